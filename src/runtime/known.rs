//! The matters a firm has already, as the check of a new workbook compares with them: those of the
//! ledger, closed ones too, and those whose folders were made and are not opened yet.

use std::collections::BTreeMap;
use std::path::Path;

use crate::batch::known::Known;
use crate::domain::case::Case;
use crate::domain::document;
use crate::runtime::case_file::CASE_FILE;
use crate::runtime::error::RuntimeError;
use crate::runtime::portfolio;
use crate::runtime::setup::Runtime;

impl Runtime {
    /// Returns the matters of the ledger, and those of folders that the ledger does not have.
    pub fn known_matters<'a>(
        &mut self,
        folders: impl IntoIterator<Item = &'a Path>,
    ) -> Result<Vec<Known>, RuntimeError> {
        let mut known: BTreeMap<String, Known> = BTreeMap::new();
        for snapshot in self.store.snapshots()? {
            let number = snapshot.id.to_string();
            let case: Option<Case> = if snapshot.reviewed {
                Some(self.desk(&snapshot.id)?.history.case)
            } else {
                serde_json::from_str(&snapshot.case).ok()
            };
            if let Some(case) = case {
                known.insert(number.clone(), Known::new(number, snapshot.open, &case));
            }
        }
        for matter in matters_of(folders)? {
            known.entry(matter.number.clone()).or_insert(matter);
        }
        Ok(known.into_values().collect())
    }
}

/// Returns the matters of folders.
pub fn matters_of<'a>(
    folders: impl IntoIterator<Item = &'a Path>,
) -> Result<Vec<Known>, RuntimeError> {
    let mut known = Vec::new();
    for folder in folders {
        let matters = matters_in(folder)?.into_iter();
        known.extend(matters.map(|(number, case)| Known::new(number, true, &case)));
    }
    Ok(known)
}

/// Returns the cases whose files lie in the folders of a folder. A file that cannot be read is
/// nothing to compare with; `check` says what is wrong with it.
fn matters_in(folder: &Path) -> Result<Vec<(String, Case)>, RuntimeError> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for folder in portfolio::folders(folder)? {
        let path = folder.join(CASE_FILE);
        let bytes = std::fs::read(&path).map_err(|source| RuntimeError::Home { path, source })?;
        let Ok((text, _)) = document::decode(&bytes) else { continue };
        let Some(case) = document::read::<Case>(CASE_FILE, &text).content else { continue };
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        found.push((case.id.clone().unwrap_or(name), case));
    }
    Ok(found)
}
