//! The matters a firm's command is about: cases that are open, and case folders that are not yet.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::tz::TimeZone;

use crate::domain::case::{Case, CaseId};
use crate::domain::lang::Text;
use crate::runtime::case_file::{self, CASE_FILE};
use crate::runtime::desk::Desk;
use crate::runtime::error::RuntimeError;
use crate::runtime::portfolio;
use crate::runtime::preview;
use crate::runtime::setup::Runtime;
use crate::runtime::typesetter;
use crate::workflow::history::History;
use crate::workflow::model::Workflow;

/// Where a matter is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the ledger.
    Open(CaseId),
    /// In a folder, not opened yet.
    Folder(PathBuf),
}

/// One client's matter.
#[derive(Debug)]
pub struct Matter {
    /// Its number.
    pub id: CaseId,
    /// The folder of its case file.
    pub folder: PathBuf,
    /// Its zone.
    pub zone: TimeZone,
    /// Its workflow.
    pub workflow: Arc<Workflow>,
    /// What happened; of one that is not open, nothing.
    pub history: History,
    /// The case on the desk, when it is open.
    pub desk: Option<Desk>,
}

impl Matter {
    /// Returns the case.
    pub fn case(&self) -> &Case {
        &self.history.case
    }
}

impl Place {
    /// Returns how it is named to a person.
    pub fn shown(&self) -> String {
        match self {
            Self::Open(id) => id.to_string(),
            Self::Folder(folder) => folder.display().to_string(),
        }
    }
}

impl Runtime {
    /// Returns the matters that are named: by id, by the path of a case, or by a folder that holds
    /// folders of cases. Without names, every case that is open.
    pub fn matters(&self, named: &[String]) -> Result<Vec<Place>, RuntimeError> {
        let mut places: Vec<Place> = Vec::new();
        if named.is_empty() {
            let open = self.store.cases()?.into_iter().filter(|row| row.closed_at.is_none());
            places.extend(open.map(|row| Place::Open(row.id)));
        }
        for name in named {
            let path = Path::new(name);
            let found = match folders(path)? {
                Some(found) => found,
                None => vec![Place::Open(self.find_case(name)?)],
            };
            for place in found {
                if !places.contains(&place) {
                    places.push(place);
                }
            }
        }
        if places.is_empty() {
            return Err(RuntimeError::asked(
                Text::new("没有找到任何案件", "there is no matter here"),
                Text::new(
                    "写案件编号，或 batch import 写好的文件夹",
                    "name a case, or the folder that batch import wrote",
                ),
            ));
        }
        Ok(places)
    }

    /// Lays a matter out.
    pub fn matter(&mut self, place: &Place) -> Result<Matter, RuntimeError> {
        match place {
            Place::Open(id) => self.open_matter(id, None),
            Place::Folder(folder) => {
                let fonts = typesetter::fonts()?;
                let file = case_file::read(folder, &self.library, &fonts, self.clock.now())?;
                let (Some(case), Some(chosen), true) =
                    (&file.case, &file.workflow, file.is_usable())
                else {
                    let source_text = Box::new(file.source);
                    return Err(RuntimeError::Problems { source_text, problems: file.problems });
                };
                let id = case.case_id();
                if self.store.case(&id)?.is_some() {
                    return self.open_matter(&id, Some(folder));
                }
                let history = preview::history(&self.library, &chosen.workflow, case)?;
                Ok(Matter {
                    id,
                    folder: folder.clone(),
                    zone: case.time_zone(),
                    workflow: Arc::clone(&chosen.workflow),
                    history,
                    desk: None,
                })
            }
        }
    }

    fn open_matter(&mut self, id: &CaseId, folder: Option<&Path>) -> Result<Matter, RuntimeError> {
        let desk = self.desk(id)?;
        Ok(Matter {
            id: id.clone(),
            folder: folder.map_or_else(|| PathBuf::from(&desk.row.folder), Path::to_owned),
            zone: desk.zone.clone(),
            workflow: Arc::clone(&desk.workflow),
            history: desk.history.clone(),
            desk: Some(desk),
        })
    }
}

/// The folders of matters a path names, in the order of their names; none when it is no folder.
fn folders(path: &Path) -> Result<Option<Vec<Place>>, RuntimeError> {
    if path.is_file() {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.map_or_else(|| PathBuf::from("."), Path::to_owned);
        return Ok(Some(vec![Place::Folder(folder)]));
    }
    if !path.is_dir() {
        return Ok(None);
    }
    if path.join(CASE_FILE).is_file() {
        return Ok(Some(vec![Place::Folder(path.to_owned())]));
    }
    Ok(Some(portfolio::folders(path)?.into_iter().map(Place::Folder).collect()))
}
