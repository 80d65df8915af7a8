//! Opening a case, or taking a changed case file in.

use std::path::Path;

use serde_json::Value;

use crate::domain::case::{Case, CaseId};
use crate::domain::digest::Digest;
use crate::domain::lang::Text;
use crate::evidence::intake;
use crate::runtime::boundary;
use crate::runtime::case_file::{self, CASE_FILE, CaseFile};
use crate::runtime::error::RuntimeError;
use crate::runtime::setup::Runtime;
use crate::runtime::typesetter;
use crate::store::error::StoreError;
use crate::store::ledger::{NewCase, Payload};
use crate::workflow::event::Event;

/// What became of a case file.
#[derive(Debug)]
pub struct Opened {
    /// The case.
    pub id: CaseId,
    /// What was done with it.
    pub how: How,
    /// The file, for its warnings.
    pub file: CaseFile,
}

/// What was done with a case file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// The case is new.
    New,
    /// The case was open and its file is the same.
    Unchanged,
    /// The file changed; each change with the value before and after.
    Amended(Vec<Change>),
}

/// One changed value of a case file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where.
    pub path: String,
    /// What stood there, as JSON; none when nothing did.
    pub was: Option<String>,
    /// What stands there now.
    pub now: Option<String>,
}

impl Runtime {
    /// Opens the case of a file, or amends it when the file has changed. Doing it twice is
    /// harmless.
    pub fn open_case(&mut self, path: &Path) -> Result<Opened, RuntimeError> {
        let fonts = typesetter::fonts()?;
        let file = case_file::read(path, &self.library, &fonts, self.clock.now())?;
        let (Some(case), true) = (file.case.clone(), file.is_usable()) else {
            let source_text = Box::new(file.source);
            return Err(RuntimeError::Problems { source_text, problems: file.problems });
        };
        let id = case.case_id();
        let folder = std::fs::canonicalize(&file.folder)
            .map_err(|source| RuntimeError::Home { path: file.folder.clone(), source })?;
        self.home.case_folders(&id)?;
        let how = self.open_or_amend(&id, &case, &file, &folder)?;
        self.take_evidence_in(&id, &case, &folder)?;
        self.note_bills(&id)?;
        Ok(Opened { id, how, file })
    }

    fn open_or_amend(
        &mut self,
        id: &CaseId,
        case: &Case,
        file: &CaseFile,
        folder: &Path,
    ) -> Result<How, RuntimeError> {
        let snapshot = Payload::new(case.snapshot());
        loop {
            if self.store.case(id)?.is_some() {
                return self.amend(id, case, &snapshot, folder);
            }
            self.refuse_second_case(case, folder)?;
            let chosen = file.workflow.as_ref().expect("a usable case file has its workflow");
            let event = Event::Opened {
                case: snapshot.digest.clone(),
                workflow_id: chosen.workflow.id.clone(),
                workflow: chosen.workflow.digest.clone(),
            };
            let new = NewCase { id, folder: &folder.to_string_lossy(), workflow: &chosen.text };
            boundary::pass();
            let now = self.clock.now();
            match self.store.open_case(&new, now, &event, std::slice::from_ref(&snapshot)) {
                Ok(()) => {
                    boundary::pass();
                    return Ok(How::New);
                }
                // Another process opened it in this moment: look again.
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// A case without an id is known by its platform and the time of discovery. When one of the
    /// two is corrected it would open a second time, and every letter with it.
    fn refuse_second_case(&self, case: &Case, folder: &Path) -> Result<(), RuntimeError> {
        if case.id.is_some() {
            return Ok(());
        }
        let here = folder.to_string_lossy();
        let open = self.store.cases()?;
        let Some(row) = open.iter().find(|row| row.closed_at.is_none() && row.folder == here)
        else {
            return Ok(());
        };
        let id = &row.id;
        Err(RuntimeError::asked(
            crate::text!("这个文件夹已经是案件 {id}", "this folder is case {id} already"),
            crate::text!(
                "更正发现时间或平台：先在案件文件里加一行 id = \"{id}\"；另一件事就写另一个 id",
                "to correct the discovery or the platform add the line id = \"{id}\"; another matter needs another id"
            ),
        ))
    }

    fn amend(
        &mut self,
        id: &CaseId,
        case: &Case,
        snapshot: &Payload,
        folder: &Path,
    ) -> Result<How, RuntimeError> {
        loop {
            let desk = self.desk(id)?;
            let held = desk.payloads.get(&desk.history.snapshot);
            let before: Option<Case> =
                held.and_then(|held| serde_json::from_value(held.clone()).ok());
            if before.as_ref().is_some_and(|before| before.is_another_person(case)) {
                return Err(RuntimeError::asked(
                    crate::text!(
                        "编号 {id} 已是另一个人的案件",
                        "{id} is already the case of another person"
                    ),
                    Text::new(
                        "在案件文件里加一行 id = \"…\" 区分",
                        "add a line id = \"…\" to this case file",
                    ),
                ));
            }
            refuse_other_copy(case, id, &desk.row.folder, folder)?;
            if desk.row.folder != folder.to_string_lossy() {
                self.store.set_folder(id, &folder.to_string_lossy())?;
            }
            if desk.history.snapshot == snapshot.digest {
                return Ok(How::Unchanged);
            }
            if desk.history.closed.is_some() {
                return Err(RuntimeError::asked(
                    crate::text!("案件 {id} 已结束", "case {id} is closed"),
                    Text::new(
                        "新的事情另开一个案件（写不同的 id）",
                        "open another case with another id",
                    ),
                ));
            }
            let changes = differences(held.unwrap_or(&Value::Null), &snapshot.value);
            let event = Event::Amended {
                case: snapshot.digest.clone(),
                changed: changes.iter().map(|change| change.path.clone()).collect(),
            };
            boundary::pass();
            let at = self.clock.now().max(desk.history.last_at);
            let seen = desk.history.last_seq;
            match self.store.append(id, seen, at, &[event], std::slice::from_ref(snapshot)) {
                Ok(()) => {
                    boundary::pass();
                    return Ok(How::Amended(changes));
                }
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn take_evidence_in(
        &mut self,
        id: &CaseId,
        case: &Case,
        folder: &Path,
    ) -> Result<(), RuntimeError> {
        let originals = self.home.case_folders(id)?.originals;
        let known = self.known_evidence(id)?;
        let bills = self.bills_slot().map(|slot| (slot, case.bills.clone()));
        let bills = bills.as_ref().map(|(slot, names)| (slot, names));
        for (slot, names) in case.evidence.iter().chain(bills) {
            for name in names {
                let path = intake::inside(folder, name)?;
                let (digest, _) = intake::digest_of(&path)
                    .map_err(|source| RuntimeError::Home { path: path.clone(), source })?;
                if known.contains(&(slot.clone(), digest)) {
                    continue;
                }
                boundary::pass();
                let taken = intake::take_in(&path, slot, &originals)?;
                boundary::pass();
                self.append_evidence(id, slot, &taken)?;
            }
        }
        Ok(())
    }

    fn known_evidence(&mut self, id: &CaseId) -> Result<Vec<(String, Digest)>, RuntimeError> {
        let desk = self.desk(id)?;
        let items = desk.history.evidence.iter();
        Ok(items.map(|item| (item.slot.clone(), item.sha256.clone())).collect())
    }
}

/// A case without an id may lie in one folder only: two copies could be two matters.
fn refuse_other_copy(
    case: &Case,
    id: &CaseId,
    row_folder: &str,
    folder: &Path,
) -> Result<(), RuntimeError> {
    let elsewhere = Path::new(row_folder);
    if case.id.is_none() && elsewhere != folder && elsewhere.join(CASE_FILE).is_file() {
        let shown = elsewhere.display();
        return Err(RuntimeError::asked(
            crate::text!(
                "案件 {id} 的文件在 {shown}，这里是另一份",
                "the file of case {id} is in {shown}; this is another one"
            ),
            crate::text!(
                "是同一件事就在这里加一行 id = \"{id}\"；是另一件事就写另一个 id",
                "if it is the same matter add the line id = \"{id}\" here, else another id"
            ),
        ));
    }
    Ok(())
}

/// Returns the values that differ, by path.
pub fn differences(was: &Value, now: &Value) -> Vec<Change> {
    let mut changes = Vec::new();
    compare(Some(was), Some(now), "", &mut changes);
    changes
}

fn compare(was: Option<&Value>, now: Option<&Value>, path: &str, out: &mut Vec<Change>) {
    match (was, now) {
        (Some(Value::Object(left)), Some(Value::Object(right))) => {
            let keys = left.keys().chain(right.keys().filter(|key| !left.contains_key(*key)));
            for key in keys {
                let at = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                compare(left.get(key), right.get(key), &at, out);
            }
        }
        (Some(Value::Array(left)), Some(Value::Array(right))) => {
            for index in 0..left.len().max(right.len()) {
                compare(left.get(index), right.get(index), &format!("{path}[{index}]"), out);
            }
        }
        (left, right) if left != right => {
            out.push(Change { path: path.to_owned(), was: left.map(shown), now: right.map(shown) });
        }
        _ => {}
    }
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
