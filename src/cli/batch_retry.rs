//! The matters of a batch that could not be worked on, as rows that can be corrected and imported
//! again.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

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

/// Writes the matters of these folders, each with what went wrong, below `folder`: a table for each
/// workflow, because a table names the workflow of all its rows. What says nowhere what it is about
/// is in none.
pub fn of_matters(
    folder: &Path,
    failed: Vec<(PathBuf, String)>,
    context: &Context,
) -> Result<Vec<PathBuf>, RuntimeError> {
    let mut by_workflow: BTreeMap<String, Vec<(Case, String)>> = BTreeMap::new();
    for (matter, problem) in failed {
        let Some(mut case) = case_of(&matter)? else { continue };
        let Some(workflow) = case.workflow.clone() else { continue };
        case.id = matter.file_name().map(|name| name.to_string_lossy().into_owned());
        by_workflow.entry(workflow).or_default().push((case, problem));
    }
    if by_workflow.is_empty() {
        return Ok(Vec::new());
    }
    let (library, mut written) = (context.library()?, Vec::new());
    for (workflow, rows) in by_workflow {
        let Ok((workflow, _)) = authoring::load(&library, &workflow) else { continue };
        if let Some(bytes) = retry::of_cases(&rows, &Columns::of(&workflow, &library.packs)) {
            written.push(write_retry(&folder.join(RETRY), &bytes)?);
        }
    }
    Ok(written)
}

/// What a matter is about: its case file, or what was imported where that cannot be read any more.
fn case_of(folder: &Path) -> Result<Option<Case>, RuntimeError> {
    let path = folder.join(CASE_FILE);
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(home(&path, source)),
    };
    let text = document::decode(&bytes).map(|(text, _)| text).unwrap_or_default();
    if let Some(case) = document::read::<Case>(CASE_FILE, &text).content {
        return Ok(Some(case));
    }
    let imported: Option<Imported> = read_json(&folder.join(IMPORTED)).unwrap_or_default();
    Ok(imported.and_then(|one| serde_json::from_value(one.case).ok()))
}

/// Says where the rows lie.
pub fn said(written: &[PathBuf], folder: &Path, context: &Context) -> String {
    written.iter().map(|retry| said_of(retry, folder, context)).collect()
}

/// Returns where the rows lie, as it stands in JSON: `retry` is the first of `retries`.
pub fn add_json(written: &[PathBuf], object: &mut Value) {
    let all: Vec<String> = written.iter().map(|path| path.display().to_string()).collect();
    object["retry"] = json!(all.first());
    object["retries"] = json!(all);
}

fn said_of(retry: &Path, folder: &Path, context: &Context) -> String {
    let (retry, folder) = (retry.display(), folder.display());
    let said = crate::text!(
        "没做成的在 {retry}，最后一列是原因。改案件文件再运行一次；或改这个表，再 batch import {retry} --into {folder} --amend",
        "What failed is in {retry} with the reason in the last column. Correct the case files and run again; or correct the table and batch import {retry} --into {folder} --amend"
    );
    format!("\n{}\n", context.say(&said))
}
