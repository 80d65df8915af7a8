//! The papers of a whole batch to be edited: a folder for each matter, each paper as a Word file and
//! the losses as a spreadsheet.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::cli::args::BatchExport;
use crate::cli::batch::home;
use crate::cli::batch_run::{Progress, SHOWN, cores};
use crate::cli::context::Context;
use crate::cli::exit;
use crate::cli::show;
use crate::cli::start::trouble_text;
use crate::domain::case::CaseId;
use crate::runtime::error::RuntimeError;
use crate::runtime::export::What;
use crate::runtime::portfolio::{self, Row};

/// Writes the papers of every matter of a folder.
pub fn export(arguments: &BatchExport, context: &Context) -> Result<u8, RuntimeError> {
    let matters = portfolio::matters(&arguments.folder)?;
    let options = context.options(None)?;
    let open: BTreeMap<PathBuf, CaseId> = {
        let cases = context.runtime(None)?.store.cases()?;
        cases.into_iter().map(|row| (PathBuf::from(row.folder), row.id)).collect()
    };
    let out = &arguments.out;
    std::fs::create_dir_all(out).map_err(|source| home(out, source))?;
    let progress = Progress::new(matters.len(), context);
    let workers = arguments.workers.unwrap_or_else(cores);
    let rows = portfolio::over_all(
        &options,
        &matters,
        workers,
        |runtime, matter| {
            let place = std::fs::canonicalize(&matter.folder);
            let case = open.get(place.as_ref().unwrap_or(&matter.folder));
            runtime.export_matter(matter, case, out)
        },
        |row| progress.step(row, context),
    )?;
    progress.finish();
    if context.json {
        context.print_json(&as_json(&rows, arguments, context));
    } else {
        context.print(&as_text(&rows, arguments, context));
    }
    let troubles = rows.iter().flat_map(|row| &row.troubles);
    let worst = troubles.map(|trouble| show::exit_code(&trouble.error)).max();
    Ok(worst.unwrap_or(exit::DONE))
}

fn count(rows: &[Row], what: What) -> usize {
    rows.iter().flat_map(|row| &row.files).filter(|file| file.what == what).count()
}

fn edited(rows: &[Row]) -> Vec<String> {
    let files = rows.iter().flat_map(|row| &row.files);
    let edited = files.filter(|file| file.what == What::Edited);
    edited.map(|file| file.path.display().to_string()).collect()
}

fn as_json(rows: &[Row], arguments: &BatchExport, context: &Context) -> Value {
    let failed: Vec<Value> = rows
        .iter()
        .filter(|row| row.failed())
        .map(|row| {
            let said: Vec<String> =
                row.troubles.iter().map(|trouble| trouble_text(trouble, context)).collect();
            json!({ "number": row.number, "problems": said })
        })
        .collect();
    json!({
        "schema": 1,
        "batch": arguments.folder.display().to_string(),
        "out": arguments.out.display().to_string(),
        "matters": rows.len(),
        "written": count(rows, What::Written),
        "same": count(rows, What::Same),
        "edited": edited(rows),
        "failed": failed.len(),
        "problems": failed,
    })
}

fn as_text(rows: &[Row], arguments: &BatchExport, context: &Context) -> String {
    let (matters, out) = (rows.len(), arguments.out.display());
    let (written, same) = (count(rows, What::Written), count(rows, What::Same));
    let head = crate::text!(
        "{matters} 个案件：写好 {written} 个文件，{same} 个没有变，都在 {out}/编号。程序不会发这些文件。",
        "{matters} matters: {written} files written, {same} as they were, in {out}/NUMBER. None of them is ever sent."
    );
    let mut text = format!("{}\n", context.say(&head));
    let edited = edited(rows);
    if !edited.is_empty() {
        let count = edited.len();
        let said = crate::text!(
            "改过的 {count} 个没有动（要新的就先移走它）：",
            "{count} that somebody changed were left alone (move one away for a new one):"
        );
        let _ = writeln!(text, "{}", context.say(&said));
        for path in edited.iter().take(SHOWN) {
            let _ = writeln!(text, "  {path}");
        }
    }
    for row in rows.iter().filter(|row| row.failed()).take(SHOWN) {
        let _ = writeln!(text, "{} {}", context.word("没做成：", "Not done:"), row.number);
        for trouble in &row.troubles {
            let _ = writeln!(text, "  {}", trouble_text(trouble, context));
        }
    }
    text
}
