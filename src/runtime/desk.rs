//! One case on the desk: its ledger folded, its pinned workflow loaded, its plan made.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::domain::case::{Approve, Case, CaseId, SECRET_PREFIX};
use crate::domain::deadline::Rules;
use crate::domain::digest::Digest;
use crate::domain::lang::Text;
use crate::domain::pace::Gate;
use crate::runtime::case_file::CASE_FILE;
use crate::runtime::error::RuntimeError;
use crate::runtime::setup::{Runtime, Scope};
use crate::secrets::SecretError;
use crate::store::ledger::CaseRow;
use crate::workflow::dossier::{Dossier, Said};
use crate::workflow::event::{Entry, Event};
use crate::workflow::fold::fold;
use crate::workflow::history::History;
use crate::workflow::model::Workflow;
use crate::workflow::packs::Packs;
use crate::workflow::plan::{Plan, plan};

/// One case with all that is known of it.
#[derive(Clone, Debug)]
pub struct Desk {
    /// Its row.
    pub row: CaseRow,
    /// Its entries.
    pub entries: Vec<Entry>,
    /// Its payloads.
    pub payloads: BTreeMap<Digest, Value>,
    /// The hash of its last entry.
    pub head: String,
    /// Its pinned workflow.
    pub workflow: Arc<Workflow>,
    /// What happened.
    pub history: History,
    /// Its zone.
    pub zone: TimeZone,
}

impl Desk {
    /// Makes the dossier of the case.
    pub fn dossier<'a>(&'a self, packs: &'a Packs, now: Timestamp) -> Dossier<'a> {
        self.dossier_after(None, packs, now)
    }

    /// Makes the dossier of the case with what the dossier before said, where one entry followed it
    /// and that is one of those no paper tells of. Another process may have written first.
    pub fn dossier_after<'a>(
        &'a self,
        said: Option<Said>,
        packs: &'a Packs,
        now: Timestamp,
    ) -> Dossier<'a> {
        let now = now.max(self.history.last_at);
        let said = said.filter(|said| said.outlasts(&self.entries));
        Dossier::after(said, &self.workflow, packs, &self.history, now)
    }

    /// Plans the case from its dossier.
    pub fn plan(&self, dossier: &Dossier<'_>, gate: &Gate) -> Plan {
        let rules = Rules { zone: &self.zone, calendar: &dossier.packs.calendar };
        plan(dossier, rules, gate)
    }

    /// Returns the case's id.
    pub fn id(&self) -> &CaseId {
        &self.row.id
    }
}

impl Runtime {
    /// Lays a case on the desk.
    pub fn desk(&mut self, case: &CaseId) -> Result<Desk, RuntimeError> {
        let loaded = self.store.load(case)?;
        let digest = pinned(&loaded.entries).ok_or_else(|| RuntimeError::Fold {
            case: case.to_string(),
            source: crate::workflow::fold::FoldError::NotOpened,
        })?;
        let workflow = self.pinned_workflow(case, &digest)?;
        let mut history =
            fold(&workflow, &self.library.packs, &loaded.entries, &loaded.payloads)
                .map_err(|source| RuntimeError::Fold { case: case.to_string(), source })?;
        history.absent_secrets = self.absent_secrets(&history.case);
        if self.scope != Scope::Everything {
            history.case.send.approve = Approve::Ask;
        }
        history.needs_consent = self.config.firm.is_some();
        let zone = history.case.time_zone();
        Ok(Desk {
            row: loaded.row,
            entries: loaded.entries,
            payloads: loaded.payloads,
            head: loaded.head,
            workflow,
            history,
            zone,
        })
    }

    /// The secrets a case names that nobody keeps: facts that are missing.
    fn absent_secrets(&self, case: &Case) -> Vec<String> {
        let id_no = case.victim.id_no.iter();
        let named = id_no.filter_map(|id_no| id_no.strip_prefix(SECRET_PREFIX));
        named
            .filter(|name| matches!(self.secrets.find(name), Err(SecretError::Absent { .. })))
            .map(str::to_owned)
            .collect()
    }

    /// Lays a case on the desk and plans it for now.
    pub fn planned(&mut self, case: &CaseId) -> Result<(Desk, Plan), RuntimeError> {
        let desk = self.desk(case)?;
        let plan = self.plan(&desk, &desk.dossier(&self.library.packs, self.clock.now()))?;
        Ok((desk, plan))
    }

    /// Plans the case on the desk for now.
    pub(super) fn plan(&self, desk: &Desk, dossier: &Dossier<'_>) -> Result<Plan, RuntimeError> {
        Ok(desk.plan(dossier, &self.gate()?))
    }

    /// Plans the case on the desk as if it had another workflow.
    pub fn plan_with(&self, desk: &Desk, workflow: &Workflow) -> Result<Plan, RuntimeError> {
        let packs = &self.library.packs;
        let mut history = fold(workflow, packs, &desk.entries, &desk.payloads)
            .map_err(|source| RuntimeError::Fold { case: desk.id().to_string(), source })?;
        history.absent_secrets.clone_from(&desk.history.absent_secrets);
        history.needs_consent = desk.history.needs_consent;
        let now = self.clock.now().max(history.last_at);
        let dossier = Dossier::new(workflow, packs, &history, now);
        self.plan(desk, &dossier)
    }

    fn pinned_workflow(
        &mut self,
        case: &CaseId,
        digest: &Digest,
    ) -> Result<Arc<Workflow>, RuntimeError> {
        if let Some(workflow) = self.workflows.get(digest) {
            return Ok(Arc::clone(workflow));
        }
        let Some(text) = self.store.definition(digest)? else {
            return Err(RuntimeError::asked(
                crate::text!(
                    "案件 {case} 的流程原文不见了",
                    "the pinned workflow of case {case} is gone"
                ),
                Text::new("账本可能已损坏：运行 doctor", "the ledger may be damaged: run doctor"),
            ));
        };
        let loaded = self.library.load_workflow(&format!("{case}/workflow.toml"), &text);
        let Some(workflow) = loaded.workflow else {
            return Err(RuntimeError::Problems {
                source_text: Box::new(loaded.source),
                problems: loaded.problems,
            });
        };
        let workflow = Arc::new(workflow);
        self.workflows.insert(digest.clone(), Arc::clone(&workflow));
        Ok(workflow)
    }

    /// Finds a case by its id, a unique beginning of it, or the path of its file.
    pub fn find_case(&self, named: &str) -> Result<CaseId, RuntimeError> {
        let rows = self.store.cases()?;
        if let Some(row) = rows.iter().find(|row| row.id.as_str() == named) {
            return Ok(row.id.clone());
        }
        let beginning: Vec<&CaseRow> = rows
            .iter()
            .filter(|row| !named.is_empty() && row.id.as_str().starts_with(named))
            .collect();
        match beginning.as_slice() {
            [row] => return Ok(row.id.clone()),
            [] => {}
            several => {
                let ids: Vec<&str> = several.iter().map(|row| row.id.as_str()).collect();
                let ids = ids.join(", ");
                return Err(RuntimeError::asked(
                    crate::text!(
                        "有几个案件以 {named} 开头：{ids}",
                        "several cases begin with {named}: {ids}"
                    ),
                    Text::new("把编号写全", "write the whole id"),
                ));
            }
        }
        if let Some(id) = case_of_path(named) {
            if rows.iter().any(|row| row.id == id) {
                return Ok(id);
            }
            return Err(RuntimeError::asked(
                crate::text!("案件 {id} 还没有打开", "case {id} was not opened yet"),
                crate::text!(
                    "先运行 appeal-daemon start {named}",
                    "run appeal-daemon start {named} first"
                ),
            ));
        }
        let near = crate::domain::names::nearest(named, rows.iter().map(|row| row.id.as_str()));
        let hint = match near {
            Some(near) => crate::text!("是不是 {near}？", "did you mean {near}?"),
            None if rows.is_empty() => Text::new(
                "还没有案件：先运行 start 案件文件",
                "there is no case yet: run start with a case file",
            ),
            None => {
                let ids: Vec<&str> = rows.iter().take(5).map(|row| row.id.as_str()).collect();
                let ids = ids.join(", ");
                crate::text!("现有案件：{ids}", "there are: {ids}")
            }
        };
        Err(RuntimeError::asked(crate::text!("没有案件 {named}", "there is no case {named}"), hint))
    }

    /// The only open case, for commands that were given none.
    pub fn only_case(&self) -> Result<CaseId, RuntimeError> {
        let rows = self.store.cases()?;
        let open: Vec<&CaseRow> = rows.iter().filter(|row| row.closed_at.is_none()).collect();
        match open.as_slice() {
            [row] => Ok(row.id.clone()),
            [] => Err(RuntimeError::asked(
                Text::new("没有进行中的案件", "there is no open case"),
                Text::new(
                    "先运行 appeal-daemon start 案件文件",
                    "run appeal-daemon start with a case file",
                ),
            )),
            several => {
                let ids: Vec<&str> = several.iter().take(8).map(|row| row.id.as_str()).collect();
                let ids = ids.join(", ");
                Err(RuntimeError::asked(
                    crate::text!("有几个案件：{ids}", "there are several cases: {ids}"),
                    Text::new("在命令后写上案件编号", "name the case"),
                ))
            }
        }
    }
}

/// The case a path names: its file, or the folder the file is in.
fn case_of_path(named: &str) -> Option<CaseId> {
    let path = std::path::Path::new(named);
    let file = if path.is_dir() { path.join(CASE_FILE) } else { path.to_owned() };
    if !file.is_file() {
        return None;
    }
    let bytes = std::fs::read(&file).ok()?;
    let (text, _) = crate::domain::document::decode(&bytes).ok()?;
    let read = crate::domain::document::read::<Case>(named, &text);
    read.content.map(|case| case.case_id())
}

/// The workflow a case is pinned to: the one it was opened with, or migrated to.
fn pinned(entries: &[Entry]) -> Option<Digest> {
    entries.iter().rev().find_map(|entry| match &entry.event {
        Event::Opened { workflow, .. } | Event::Migrated { workflow } => Some(workflow.clone()),
        _ => None,
    })
}
