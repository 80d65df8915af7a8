//! Releases what a person saw of a batch: the plan file, who approved it, and the waves in which
//! its messages leave. A message that changed since it was seen stays.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::batch::release::{Approval, Item, Plan, Release, Rules, SCHEMA, wave_end};
use crate::domain::case::CaseId;
use crate::domain::digest::Digest;
use crate::domain::document;
use crate::domain::lang::Text;
use crate::runtime::advance::Trouble;
use crate::runtime::desk::Desk;
use crate::runtime::error::RuntimeError;
use crate::runtime::home::{private_folder, write_private};
use crate::runtime::notify::Means;
use crate::runtime::setup::{Runtime, Scope};
use crate::store::ledger::Payload;
use crate::workflow::event::{Event, Note};
use crate::workflow::history::Visit;
use crate::workflow::plan::{StepPlan, Waiting};
use crate::workflow::submission::Stage;

/// The rules of a batch, in its folder.
pub const RULES: &str = "batch.toml";

/// Where plans are kept, in its folder.
const PLANS: &str = "plans";

/// Who approved what, a line each, in its folder.
const APPROVALS: &str = "approvals.jsonl";

/// The shortest beginning of a plan's hash that names it.
const SHORTEST: usize = 8;

/// Where a message of a plan stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It was taken by the server, or lies in the outbox for the person.
    Gone,
    /// It was approved and has not left yet.
    Approved,
    /// It waits for the word.
    Waiting,
    /// Nobody knows whether it left.
    InDoubt,
    /// It came back, and trying again would not help by itself.
    Refused,
    /// Something else would leave now than what was seen.
    Changed,
}

/// What one client's release came to.
#[derive(Debug)]
pub struct Released {
    /// The client's case.
    pub case: CaseId,
    /// Its messages, each with where it stands now.
    pub items: Vec<(Item, Standing)>,
    /// What could not be done.
    pub troubles: Vec<Trouble>,
}

impl Released {
    /// Returns how many of its messages did not go well.
    pub fn failures(&self) -> usize {
        let bad = |standing: Standing| matches!(standing, Standing::InDoubt | Standing::Refused);
        self.items.iter().filter(|(_, standing)| bad(*standing)).count() + self.troubles.len()
    }
}

/// Reads the rules of a batch; without a file the default ones.
pub fn rules(folder: &Path) -> Result<Rules, RuntimeError> {
    let path = folder.join(RULES);
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Rules::default()),
        Err(source) => return Err(RuntimeError::Home { path, source }),
    };
    let text = String::from_utf8_lossy(&bytes);
    let read = document::read::<Rules>(&path.display().to_string(), &text);
    read.content.ok_or_else(|| RuntimeError::Problems {
        source_text: Box::new(read.source),
        problems: read.problems,
    })
}

/// Keeps a plan under its hash.
pub fn keep(folder: &Path, plan: &Plan) -> Result<PathBuf, RuntimeError> {
    let plans = folder.join(PLANS);
    private_folder(&plans)?;
    let path = plans.join(format!("{}.json", plan.hash()));
    let bytes = serde_json::to_vec_pretty(plan).unwrap_or_default();
    write_private(&path, &bytes)
        .map_err(|source| RuntimeError::Home { path: path.clone(), source })?;
    Ok(path)
}

/// Finds the plan that a hash, or its beginning, names; a file that is not what its name says is
/// refused.
pub fn kept(folder: &Path, named: &str) -> Result<Plan, RuntimeError> {
    let named = named.trim().to_lowercase();
    let unknown = || {
        let folder = folder.display();
        RuntimeError::asked(
            crate::text!("没有计划 {named}", "there is no plan {named}"),
            crate::text!(
                "先运行 batch run {folder}，看过以后用它显示的计划号",
                "run batch run {folder} first, look at it, and use the hash it shows"
            ),
        )
    };
    if named.len() < SHORTEST || !named.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(unknown());
    }
    let Ok(entries) = fs::read_dir(folder.join(PLANS)) else { return Err(unknown()) };
    let found = entries.flatten().map(|entry| entry.path()).filter(|path| {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        stem.starts_with(&named) && path.extension().is_some_and(|extension| extension == "json")
    });
    let paths: Vec<PathBuf> = found.collect();
    let [path] = paths.as_slice() else { return Err(unknown()) };
    let bytes =
        fs::read(path).map_err(|source| RuntimeError::Home { path: path.clone(), source })?;
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    serde_json::from_slice::<Plan>(&bytes)
        .ok()
        .filter(|plan| plan.schema == SCHEMA && plan.hash().as_str() == stem)
        .ok_or_else(|| {
            let shown = path.display();
            RuntimeError::asked(
                crate::text!("{shown} 被改过", "{shown} was changed"),
                Text::new("重新运行 batch run，再看一遍", "run batch run and look again"),
            )
        })
}

/// Returns who approved a plan, each once.
pub fn approvals(folder: &Path, plan: &Digest) -> Result<Vec<Approval>, RuntimeError> {
    let path = folder.join(APPROVALS);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(RuntimeError::Home { path, source }),
    };
    let mut by_name: BTreeMap<String, Approval> = BTreeMap::new();
    for line in text.lines() {
        if let Ok(approval) = serde_json::from_str::<Approval>(line)
            && approval.plan == *plan
        {
            by_name.entry(approval.by.clone()).or_insert(approval);
        }
    }
    Ok(by_name.into_values().collect())
}

/// Writes down that somebody approved a plan.
pub fn approve(folder: &Path, approval: &Approval) -> Result<(), RuntimeError> {
    let path = folder.join(APPROVALS);
    let fail = |source| RuntimeError::Home { path: path.clone(), source };
    let mut line = serde_json::to_string(approval).unwrap_or_default();
    line.push('\n');
    let mut file = fs::OpenOptions::new().create(true).append(true).open(&path).map_err(fail)?;
    file.write_all(line.as_bytes()).and_then(|()| file.sync_all()).map_err(fail)
}

impl Runtime {
    /// Returns where each message of a plan stands, by case. Nothing is done.
    pub fn plan_standings(
        &mut self,
        plan: &Plan,
    ) -> Result<BTreeMap<CaseId, Vec<(Item, Standing)>>, RuntimeError> {
        // A case's standing consent does not count here, so what it covers waits like the rest.
        self.scope = Scope::Approved;
        let mut standings: BTreeMap<CaseId, Vec<(Item, Standing)>> = BTreeMap::new();
        for item in &plan.items {
            standings.entry(item.case.clone()).or_default().push((item.clone(), Standing::Waiting));
        }
        for (case, items) in &mut standings {
            let (desk, planned) = self.planned(case)?;
            for (item, standing) in items {
                *standing = where_it_stands(&desk, &planned.steps, item);
            }
        }
        Ok(standings)
    }

    /// Returns the clients of the next wave: those whose messages wait, or were approved and have
    /// not left when the last run was ended.
    pub fn next_wave(&mut self, plan: &Plan, rules: &Rules) -> Result<Vec<CaseId>, RuntimeError> {
        let standings = self.plan_standings(plan)?;
        let has = |case: &CaseId, wanted: Standing| {
            standings.get(case).is_some_and(|items| {
                items
                    .iter()
                    .any(|(item, standing)| item.release == Release::Wave && *standing == wanted)
            })
        };
        let clients = plan.clients();
        let (total, waiting): (usize, Vec<&CaseId>) = (
            clients.len(),
            clients.iter().copied().filter(|case| has(case, Standing::Waiting)).collect(),
        );
        let begun = total - waiting.len();
        let size = wave_end(&rules.waves, begun, total) - begun;
        // What the last run had allowed and not brought to rest when it was ended goes along.
        let due: BTreeSet<CaseId> =
            self.store.due(self.clock.now(), usize::MAX)?.into_iter().collect();
        let left_over = clients.iter().copied().filter(|case| {
            !has(case, Standing::Waiting) && (has(case, Standing::Approved) || due.contains(case))
        });
        Ok(left_over.chain(waiting.iter().copied().take(size)).cloned().collect())
    }

    /// Lets the messages of these clients leave that are still what was seen, and sends them, one
    /// client after the other over the same connection. `seen` hears of each and returns false to
    /// go no further.
    pub async fn release(
        &mut self,
        plan: &Plan,
        hash: &Digest,
        clients: &[CaseId],
        mut seen: impl FnMut(Released) -> bool,
    ) -> Result<(), RuntimeError> {
        let mut ended = Ok(());
        for case in clients {
            match self.release_one(plan, hash, case).await.map(&mut seen) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    ended = Err(error);
                    break;
                }
            }
        }
        self.hang_up().await;
        ended
    }

    async fn release_one(
        &mut self,
        plan: &Plan,
        hash: &Digest,
        case: &CaseId,
    ) -> Result<Released, RuntimeError> {
        self.scope = Scope::Approved;
        self.given_up.clear();
        let wanted = |item: &&Item| item.case == *case && item.release == Release::Wave;
        let items: Vec<Item> = plan.items.iter().filter(wanted).cloned().collect();
        self.say(case, |runtime, desk, planned| {
            let allowed = items
                .iter()
                .filter(|item| where_it_stands(desk, &planned.steps, item) == Standing::Waiting);
            let events = allowed.map(|item| Event::Approved {
                step: item.step.clone(),
                visit: item.visit,
                whole: item.whole.clone(),
                again: false,
                plan: Some(hash.clone()),
                by: runtime.user.clone(),
            });
            Ok((events.collect(), Vec::new()))
        })?;
        let advanced = self.advance_one(case, &Means::Screen).await?;
        let (desk, planned) = self.planned(case)?;
        let items = items
            .into_iter()
            .map(|item| {
                let standing = where_it_stands(&desk, &planned.steps, &item);
                (item, standing)
            })
            .collect();
        Ok(Released { case: case.clone(), items, troubles: advanced.troubles })
    }

    /// Writes down that the client confirmed what is said in their name; returns the steps.
    pub fn confirm(
        &mut self,
        case: &CaseId,
        step: Option<&str>,
        how: &str,
    ) -> Result<Vec<String>, RuntimeError> {
        self.scope = Scope::Nothing;
        let (items, _) = self.waiting_of(case)?;
        let wanted: Vec<Item> = items
            .into_iter()
            .filter(|item| item.release == Release::Client)
            .filter(|item| step.is_none_or(|step| step == item.step))
            .collect();
        if how.trim().is_empty() || wanted.is_empty() {
            return Err(RuntimeError::asked(
                crate::text!(
                    "{case} 没有等客户确认的文书，或者没有写怎样确认的",
                    "nothing of {case} waits for its client, or it is not said how they confirmed"
                ),
                Text::new(
                    "batch run 列出等客户确认的；用 --how 写明，例如 \"11月22日微信回复同意\"",
                    "batch run lists what waits; say with --how how they confirmed",
                ),
            ));
        }
        self.say(case, |_, _, _| {
            let payload = Payload::new(json!({ "how": how }));
            let notes = wanted.iter().map(|item| Event::Noted {
                note: Note::Confirmed {
                    step: item.step.clone(),
                    visit: item.visit,
                    whole: item.whole.clone(),
                    how: payload.digest.clone(),
                },
            });
            Ok((notes.collect(), vec![payload.clone()]))
        })?;
        Ok(wanted.into_iter().map(|item| item.step).collect())
    }
}

fn where_it_stands(desk: &Desk, steps: &[StepPlan], item: &Item) -> Standing {
    let visits = desk.history.steps.get(&item.step);
    let visit = visits.and_then(|visits| visits.iter().find(|visit| visit.number == item.visit));
    let Some(visit) = visit else { return Standing::Changed };
    let planned = steps.iter().find(|step| step.id == item.step && step.visit == item.visit);
    let same = visit.prepared.as_ref().is_some_and(|prepared| prepared.whole == item.whole);
    let approved = visit.approved.as_ref().is_some_and(|approval| approval.whole == item.whole);
    if let Some(gone) = left(visit).filter(|_| approved) {
        return gone;
    }
    if !same || visit.did.is_some() {
        return Standing::Changed;
    }
    match planned.and_then(|step| step.waiting.as_ref()) {
        Some(Waiting::Refusal(_)) => Standing::Refused,
        _ if approved => Standing::Approved,
        Some(Waiting::Approval | Waiting::Halted) => Standing::Waiting,
        _ => Standing::Changed,
    }
}

/// How a message that was begun to be sent ended, when it did.
fn left(visit: &Visit) -> Option<Standing> {
    match visit.submission.as_ref()?.stage {
        Stage::Accepted { .. } | Stage::Written { .. } => Some(Standing::Gone),
        Stage::InDoubt { .. } => Some(Standing::InDoubt),
        Stage::Stored | Stage::Refused { .. } => None,
    }
}
