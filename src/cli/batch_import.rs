//! The import of a checked workbook: a folder with a case file for each good client. A client who
//! was imported before is compared: what the row changed is shown, and with `--amend` written, but
//! never over what a person changed by hand.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::batch::folder;
use crate::batch::merge::{self, Change, Fate, Imported, Merge};
use crate::batch::numbers::{self, Numbers};
use crate::cli::args::BatchImport;
use crate::cli::batch::{Checked, checked, home};
use crate::cli::batch_imported::{self, Outcome, Refused, Row};
use crate::cli::context::Context;
use crate::cli::exit;
use crate::domain::case::{Case, CaseId};
use crate::domain::document;
use crate::domain::lang::Text;
use crate::runtime::case_file::CASE_FILE;
use crate::runtime::error::RuntimeError;
use crate::runtime::home::write_private;
use crate::runtime::setup::Runtime;

/// What was imported, beside it.
const IMPORTED: &str = "imported.json";

/// The numbers that were given, in the folder of the matters.
const NUMBERS: &str = "numbers.json";

/// Writes the folders of the good clients.
pub fn import(arguments: &BatchImport, context: &Context) -> Result<u8, RuntimeError> {
    let Checked { intake, report, .. } = checked(&arguments.check, context)?;
    let (rows, good) = (intake.clients.len(), intake.good());
    let is_clean = intake.is_clean();
    if !is_clean && !arguments.accept_good {
        let (bad, report) = (rows - good, report.display());
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
    let into = &arguments.into;
    fs::create_dir_all(into).map_err(|source| home(into, source))?;
    let runtime = context.runtime(None)?;
    let mut import = Import {
        runtime: &runtime,
        into,
        amend: arguments.amend,
        numbers: read_json(&into.join(NUMBERS))?.unwrap_or_default(),
    };
    let mut outcome = Outcome { rows, good, report, ..Outcome::default() };
    for client in &intake.clients {
        let (Some(case), Some(number)) = (&client.case, &client.number) else { continue };
        import.one(number, case, &mut outcome)?;
    }
    write_json(&into.join(NUMBERS), &import.numbers)?;
    batch_imported::show(&outcome, into, arguments.amend, context);
    let is_settled = outcome.refused.is_empty() && outcome.conflicts() == 0;
    Ok(if is_clean && is_settled { exit::DONE } else { exit::INPUT })
}

/// One import.
struct Import<'a> {
    runtime: &'a Runtime,
    into: &'a Path,
    amend: bool,
    numbers: Numbers,
}

impl Import<'_> {
    fn one(
        &mut self,
        number: &str,
        case: &Case,
        outcome: &mut Outcome,
    ) -> Result<(), RuntimeError> {
        let folder = self.into.join(number);
        let has_folder = folder.join(CASE_FILE).is_file();
        if let Some(message) = self.refusal(number, &folder, has_folder)? {
            outcome.refused.push(Refused { number: number.to_owned(), message });
            return Ok(());
        }
        if !has_folder {
            // Given before it is used: a number is lost rather than given twice.
            self.numbers.give(number, case);
            write_json(&self.into.join(NUMBERS), &self.numbers)?;
            write(case, number, self.into)?;
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
        if let Some(message) = self.numbers.refusal(number, has_folder) {
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
            outcome.refused.push(refuse(Text::new(
                "案件文件有错误，没有比较；先运行 check",
                "its case file has errors and was not compared; run check first",
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
        if !self.numbers.given.contains_key(number) {
            self.numbers.give(number, &file);
        }
        let before: Option<Imported> = read_json(&folder.join(IMPORTED))?;
        // Without a record nobody knows what a person changed: then every difference is a conflict.
        let before = before.map_or_else(|| Value::Object(serde_json::Map::new()), |one| one.case);
        let merge = merge::merge(&before, &file.snapshot(), &row.snapshot());
        if merge.changes.is_empty() {
            outcome.kept.push(number.to_owned());
            return Ok(());
        }
        let written = self.amend && merge.changes.iter().any(|one| one.fate == Fate::Take);
        if written && !amend(folder, &text, &merge)? {
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

/// The record goes last: an import that was cut off between the two sees the row's value in the
/// file, and there is nothing left to take.
fn amend(folder: &Path, text: &str, merge: &Merge) -> Result<bool, RuntimeError> {
    let Some(amended) = merge::amended(text, merge) else { return Ok(false) };
    let path = folder.join(CASE_FILE);
    write_private(&path, amended.as_bytes()).map_err(|source| home(&path, source))?;
    let record = Imported { schema: merge::SCHEMA, case: merge.imported.clone() };
    write_json(&folder.join(IMPORTED), &record)?;
    Ok(true)
}

/// Written beside its place and renamed, so that a folder is there whole or not at all.
fn write(case: &Case, number: &str, into: &Path) -> Result<(), RuntimeError> {
    let Some(text) = folder::case_file(case) else {
        return Err(RuntimeError::asked(
            crate::text!(
                "{number} 的案件文件没有写成",
                "the case file of {number} was not written"
            ),
            Text::new("检查这一行里有没有特殊的字符", "look for unusual characters in its row"),
        ));
    };
    let beside = into.join(format!(".{number}.new"));
    let fail = |source| home(&beside, source);
    fs::create_dir_all(&beside).map_err(fail)?;
    write_private(&beside.join(CASE_FILE), text.as_bytes()).map_err(fail)?;
    write_json(&beside.join(IMPORTED), &Imported::of(case))?;
    fs::rename(&beside, into.join(number)).map_err(fail)
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, RuntimeError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(home(path, source)),
    };
    serde_json::from_slice(&bytes).map(Some).map_err(|_| {
        let shown = path.display();
        RuntimeError::asked(
            crate::text!("{shown} 读不懂", "{shown} cannot be read"),
            Text::new("从备份恢复它；不要手工修改", "restore it from a backup"),
        )
    })
}

fn write_json(path: &Path, value: &impl Serialize) -> Result<(), RuntimeError> {
    let bytes = serde_json::to_vec(value).map_err(|error| RuntimeError::Ours(error.to_string()))?;
    write_private(path, &bytes).map_err(|source| home(path, source))
}
