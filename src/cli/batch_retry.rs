//! The matters of a batch that could not be worked on, as rows that can be corrected and imported
//! again.

use std::path::{Path, PathBuf};

use crate::batch::column::Columns;
use crate::batch::merge::Imported;
use crate::batch::retry;
use crate::cli::authoring;
use crate::cli::batch::home;
use crate::cli::batch_import::write_retry;
use crate::cli::batch_shelf::{IMPORTED, read_json};
use crate::cli::context::Context;
use crate::domain::case::Case;
use crate::domain::document;
use crate::runtime::case_file::CASE_FILE;
use crate::runtime::error::RuntimeError;

/// The rows to correct, in the folder of the matters.
const RETRY: &str = "retry.csv";

/// Writes `retry.csv` for these numbers, each with what went wrong; none when there are none, or
/// none of them says what it is about.
pub fn of_matters(
    folder: &Path,
    failed: &[(&str, String)],
    context: &Context,
) -> Result<Option<PathBuf>, RuntimeError> {
    let mut rows: Vec<(Case, String)> = Vec::new();
    for (number, problem) in failed {
        if let Some(mut case) = case_of(&folder.join(number))? {
            case.id = Some((*number).to_owned());
            rows.push((case, problem.clone()));
        }
    }
    let named = rows.iter().find_map(|(case, _)| case.workflow.clone());
    let Some(workflow) = named else { return Ok(None) };
    let library = context.library()?;
    let Ok((workflow, _)) = authoring::load(&library, &workflow) else { return Ok(None) };
    let columns = Columns::of(&workflow, &library.packs);
    let bytes = retry::of_cases(&rows, &columns);
    bytes.map(|bytes| write_retry(&folder.join(RETRY), &bytes)).transpose()
}

/// What a matter is about: its case file, or what was imported where that cannot be read any more.
fn case_of(folder: &Path) -> Result<Option<Case>, RuntimeError> {
    let path = folder.join(CASE_FILE);
    let bytes = std::fs::read(&path).map_err(|source| home(&path, source))?;
    let text = document::decode(&bytes).map(|(text, _)| text).unwrap_or_default();
    if let Some(case) = document::read::<Case>(CASE_FILE, &text).content {
        return Ok(Some(case));
    }
    let imported: Option<Imported> = read_json(&folder.join(IMPORTED)).unwrap_or_default();
    Ok(imported.and_then(|one| serde_json::from_value(one.case).ok()))
}

/// Says where the rows lie.
pub fn said(retry: Option<&Path>, folder: &Path, context: &Context) -> String {
    let Some(retry) = retry else { return String::new() };
    let (retry, folder) = (retry.display(), folder.display());
    let said = crate::text!(
        "没做成的在 {retry}，最后一列是原因。改案件文件再运行一次；或改这个表，再 batch import {retry} --into {folder} --amend",
        "What failed is in {retry} with the reason in the last column. Correct the case files and run again; or correct the table and batch import {retry} --into {folder} --amend"
    );
    format!("\n{}\n", context.say(&said))
}
