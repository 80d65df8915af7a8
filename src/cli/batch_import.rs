//! The import of a checked workbook: a folder with a case file for each good client. A client who
//! was imported before is compared: what the row changed is shown, and with `--amend` written, but
//! never over what a person changed by hand.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::batch::folder;
use crate::batch::intake::Client;
use crate::batch::merge::{self, Change, Fate, Imported, Merge};
use crate::batch::numbers::{self, Counter, Pattern};
use crate::batch::retry;
use crate::cli::args::BatchImport;
use crate::cli::batch::{against, checked, home};
use crate::cli::batch_imported::{self, Outcome, Refused, Row};
use crate::cli::batch_shelf::{IMPORTED, Shelf, read_json, write_json};
use crate::cli::context::Context;
use crate::cli::exit;
use crate::domain::case::{Case, CaseId};
use crate::domain::document;
use crate::domain::lang::Text;
use crate::domain::time;
use crate::runtime::case_file::CASE_FILE;
use crate::runtime::error::RuntimeError;
use crate::runtime::home::write_private;
use crate::runtime::release;
use crate::runtime::setup::Runtime;
use crate::store::Store;

/// Writes the folders of the good clients.
pub fn import(arguments: &BatchImport, context: &Context) -> Result<u8, RuntimeError> {
    let into = &arguments.into;
    let mut check = arguments.check.clone();
    if check.number.is_none() {
        check.number = release::rules(into)?.number;
    }
    let pattern = check.number.as_deref().map(|text| pattern(text, context)).transpose()?;
    // What an import left that was cut off is there before anything is compared with it.
    let before = if into.exists() { Some(Shelf::open(into)?) } else { None };
    let checked = checked(&check, against(&check, Some(into), context)?, context)?;
    let (rows, good) = (checked.intake.clients.len(), checked.intake.good());
    let is_clean = checked.intake.is_clean();
    if !is_clean && !arguments.accept_good {
        let (bad, report) = (rows - good, checked.report.display());
        return Err(RuntimeError::asked(
            crate::text!(
                "{rows} 位客户里有 {bad} 位要改，什么也没有导入",
                "{bad} of {rows} clients have errors; nothing was imported"
            ),
            crate::text!(
                "照 {report} 改好再导入；先导入没有问题的，加上 --accept-good",
                "correct them as {report} says, or take the good ones with --accept-good"
            ),
        ));
    }
    let shelf = before.map_or_else(|| Shelf::open(into), Ok)?;
    let runtime = context.runtime(None)?;
    let counter = pattern.map(|pattern| Counter::new(pattern, &shelf.numbers));
    let mut import = Import { runtime: &runtime, shelf, amend: arguments.amend, counter };
    let report = checked.report.clone();
    let mut outcome = Outcome {
        rows,
        good,
        report,
        pattern: arguments.check.number.clone(),
        ..Outcome::default()
    };
    let mut refused = BTreeMap::new();
    for client in &checked.intake.clients {
        let before = outcome.refused.len();
        import.client(client, &mut outcome)?;
        for one in &outcome.refused[before..] {
            refused.insert(client.spot.line, context.say(&one.message).to_owned());
        }
    }
    import.shelf.settle()?;
    let retry = retry::of_intake(&checked.intake, &checked.columns, &refused, context.lang);
    outcome.retry = retry.map(|bytes| retry_beside(&check.file, &bytes)).transpose()?;
    batch_imported::show(&outcome, into, arguments.amend, context);
    let is_settled = outcome.refused.is_empty() && outcome.conflicts() == 0;
    Ok(if is_clean && is_settled { exit::DONE } else { exit::INPUT })
}

/// Reads the pattern of matter numbers.
pub fn pattern(text: &str, context: &Context) -> Result<Pattern, RuntimeError> {
    let now = context.options(None)?.clock.now();
    let year = time::day(now, &time::default_zone()).year();
    Pattern::parse(text, year).map_err(|hint| {
        RuntimeError::asked(
            crate::text!("编号样式 {text} 不能用", "the pattern {text} cannot be used"),
            hint,
        )
    })
}

/// The rows that were not taken lie beside their workbook.
fn retry_beside(workbook: &Path, bytes: &[u8]) -> Result<PathBuf, RuntimeError> {
    let stem = workbook.file_stem().unwrap_or_default().to_string_lossy();
    let stem = stem.split(".retry").next().unwrap_or_default();
    write_retry(&workbook.with_file_name(format!("{stem}.retry.csv")), bytes)
}

/// Writes rows to correct. One that lies there may be half corrected: it stays, and the new one has
/// a number behind its name.
pub fn write_retry(path: &Path, bytes: &[u8]) -> Result<PathBuf, RuntimeError> {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let mut place = path.to_owned();
    let mut count = 1;
    loop {
        match fs::read(&place) {
            Ok(there) if there == bytes => return Ok(place),
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => break,
            Err(source) => return Err(home(&place, source)),
        }
        count += 1;
        place = path.with_file_name(format!("{stem}-{count}.csv"));
    }
    write_private(&place, bytes).map_err(|source| home(&place, source))?;
    Ok(place)
}

/// One import.
struct Import<'a> {
    runtime: &'a Runtime,
    shelf: Shelf,
    amend: bool,
    counter: Option<Counter>,
}

/// The number of a row: the one it was given before, or the next that is free.
fn numbered(
    counter: &mut Counter,
    shelf: &mut Shelf,
    store: &Store,
    own: Option<&str>,
    case: &Case,
) -> Result<String, RuntimeError> {
    let (name, id_no) = (case.victim.name.as_deref(), case.victim.id_no.as_deref());
    let marks = numbers::marks(own, &case.discovered_at.to_string(), name, id_no);
    let number = match shelf.numbers.of_row(&marks) {
        Some(number) => number.to_owned(),
        None => counter.next(|number| {
            let case = CaseId::parse(number).map(|id| store.case(&id)).transpose()?.flatten();
            Ok::<bool, RuntimeError>(case.is_some() || shelf.folder(number).exists())
        })?,
    };
    shelf.numbers.give_row(marks, &number);
    Ok(number)
}

impl Import<'_> {
    fn client(&mut self, client: &Client, outcome: &mut Outcome) -> Result<(), RuntimeError> {
        let Some(case) = &client.case else { return Ok(()) };
        let own = client.number.as_deref();
        let (number, case) = match (&mut self.counter, own) {
            (Some(counter), own) => {
                let number = numbered(counter, &mut self.shelf, &self.runtime.store, own, case)?;
                let case = Case { id: Some(number.clone()), ..case.clone() };
                (number, Cow::Owned(case))
            }
            (None, Some(number)) => (number.to_owned(), Cow::Borrowed(case)),
            (None, None) => return Ok(()),
        };
        let record = Imported { conflict_review: client.reviewed.clone(), ..Imported::of(&case) };
        self.one(&number, &case, &record, outcome)
    }

    fn one(
        &mut self,
        number: &str,
        case: &Case,
        record: &Imported,
        outcome: &mut Outcome,
    ) -> Result<(), RuntimeError> {
        let folder = self.shelf.folder(number);
        let has_folder = folder.join(CASE_FILE).is_file();
        if let Some(message) = self.refusal(number, &folder, has_folder)? {
            outcome.refused.push(Refused { number: number.to_owned(), message });
            return Ok(());
        }
        if !has_folder {
            self.shelf.stage(number, case, record)?;
            outcome.written.push(number.to_owned());
            return Ok(());
        }
        self.again(number, case, &folder, outcome)
    }

    /// A number that is somebody's already.
    fn refusal(
        &self,
        number: &str,
        folder: &Path,
        has_folder: bool,
    ) -> Result<Option<Text>, RuntimeError> {
        if let Some(message) = self.shelf.numbers.refusal(number, has_folder) {
            return Ok(Some(message));
        }
        let Some(id) = CaseId::parse(number) else { return Ok(None) };
        let Some(row) = self.runtime.store.case(&id)? else { return Ok(None) };
        let here = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        let elsewhere = PathBuf::from(&row.folder);
        Ok((elsewhere != here).then(|| {
            let shown = row.folder;
            crate::text!(
                "编号 {number} 已经是另一个案件（{shown}）",
                "{number} is another matter already ({shown})"
            )
        }))
    }

    /// A client who was imported before.
    fn again(
        &mut self,
        number: &str,
        row: &Case,
        folder: &Path,
        outcome: &mut Outcome,
    ) -> Result<(), RuntimeError> {
        let refuse = |message: Text| Refused { number: number.to_owned(), message };
        let path = folder.join(CASE_FILE);
        let text = fs::read(&path).map_err(|source| home(&path, source))?;
        let text = document::decode(&text).map(|(text, _)| text).unwrap_or_default();
        let read = document::read::<Case>(CASE_FILE, &text);
        let Some(file) = read.content else {
            if self.amend && replaced(&path, row, folder)? {
                outcome.repaired.push(number.to_owned());
                return Ok(());
            }
            outcome.refused.push(refuse(Text::new(
                "案件文件有错误，没有比较；先运行 check，或加 --amend 按这一行重写（原文件另存）",
                "its case file has errors and was not compared; run check first, or write it anew from the row with --amend (the old one is kept)",
            )));
            return Ok(());
        };
        if numbers::is_another(&file, row) {
            outcome.refused.push(refuse(crate::text!(
                "编号 {number} 是另一位客户的",
                "{number} is another client's"
            )));
            return Ok(());
        }
        if !self.shelf.numbers.given.contains_key(number) {
            self.shelf.numbers.give(number, &file);
        }
        let before: Option<Imported> = read_json(&folder.join(IMPORTED))?;
        // Without a record nobody knows what a person changed: then every difference is a conflict.
        let reviewed = before.as_ref().and_then(|one| one.conflict_review.clone());
        let before = before.map_or_else(|| Value::Object(serde_json::Map::new()), |one| one.case);
        let merge = merge::merge(&before, &file.snapshot(), &row.snapshot());
        if merge.changes.is_empty() {
            outcome.kept.push(number.to_owned());
            return Ok(());
        }
        let written = self.amend && merge.changes.iter().any(|one| one.fate == Fate::Take);
        if written && !amend(folder, &text, &merge, reviewed)? {
            outcome.refused.push(refuse(Text::new(
                "改动写不进它的案件文件，请手工修改",
                "the changes do not fit its case file; edit it by hand",
            )));
            return Ok(());
        }
        let changes: Vec<Change> = merge.changes;
        outcome.changed.push(Row { number: number.to_owned(), changes, written });
        Ok(())
    }
}

/// A case file that cannot be read any more is kept under this name when its row makes it anew.
const BROKEN: &str = "case.toml.broken";

/// Makes a case file anew that cannot be read; what a person wrote there is kept beside it. Only
/// where it was imported for the same person.
fn replaced(path: &Path, row: &Case, folder: &Path) -> Result<bool, RuntimeError> {
    let before: Option<Imported> = read_json(&folder.join(IMPORTED))?;
    let was: Option<Case> = before.and_then(|one| serde_json::from_value(one.case).ok());
    let beside = folder.join(BROKEN);
    let same = was.is_some_and(|was| !numbers::is_another(&was, row));
    let text = folder::case_file(row).filter(|_| same && !beside.exists());
    let Some(text) = text else { return Ok(false) };
    fs::copy(path, &beside).map_err(|source| home(&beside, source))?;
    write_private(path, text.as_bytes()).map_err(|source| home(path, source))?;
    write_json(&folder.join(IMPORTED), &Imported::of(row))?;
    Ok(true)
}

/// The record goes last: an import that was cut off between the two sees the row's value in the
/// file, and there is nothing left to take.
fn amend(
    folder: &Path,
    text: &str,
    merge: &Merge,
    conflict_review: Option<String>,
) -> Result<bool, RuntimeError> {
    let Some(amended) = merge::amended(text, merge) else { return Ok(false) };
    let path = folder.join(CASE_FILE);
    write_private(&path, amended.as_bytes()).map_err(|source| home(&path, source))?;
    let record = Imported { schema: merge::SCHEMA, case: merge.imported.clone(), conflict_review };
    write_json(&folder.join(IMPORTED), &record)?;
    Ok(true)
}
