//! A firm's portfolio: a folder with a folder for each matter. Every matter is worked on by itself,
//! over all cores; one that fails stops no other.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};

use crate::batch::release::{Item, Release};
use crate::domain::case::CaseId;
use crate::domain::lang::Text;
use crate::domain::role::Role;
use crate::render::crew;
use crate::runtime::advance::{Trouble, is_of_the_home};
use crate::runtime::case_file::CaseFile;
use crate::runtime::desk::Desk;
use crate::runtime::error::RuntimeError;
use crate::runtime::notify::Means;
use crate::runtime::opening::How;
use crate::runtime::setup::{Options, Runtime, Scope};
use crate::runtime::typesetter::{self, Typesetter};
use crate::workflow::channel::{Channel, Kind};
use crate::workflow::plan::{Plan, State, StepPlan, Waiting};

/// The case file of a matter.
const CASE_FILE: &str = "case.toml";

/// A matter of the portfolio.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matter {
    /// The name of its folder: our number.
    pub number: String,
    /// Its folder.
    pub folder: PathBuf,
}

/// What was done with a matter.
#[derive(Debug)]
pub struct Row {
    /// Our number.
    pub number: String,
    /// Its case; none when it could not be opened.
    pub case: Option<CaseId>,
    /// What became of its case file.
    pub how: Option<How>,
    /// What would leave.
    pub items: Vec<Item>,
    /// How many things wait for a person, apart from what would leave.
    pub tasks: usize,
    /// What of its case file a person should look at.
    pub warnings: Vec<Text>,
    /// What could not be done.
    pub troubles: Vec<Trouble>,
}

impl Row {
    /// Returns true when something could not be done.
    pub fn failed(&self) -> bool {
        !self.troubles.is_empty()
    }
}

/// Returns the matters of a folder, in the order of their numbers.
pub fn matters(folder: &Path) -> Result<Vec<Matter>, RuntimeError> {
    let fail = |source| RuntimeError::Home { path: folder.to_owned(), source };
    let mut matters = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        let folder = entry.map_err(fail)?.path();
        let number = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !number.starts_with('.') && folder.join(CASE_FILE).is_file() {
            matters.push(Matter { number, folder });
        }
    }
    matters.sort_by(|a, b| a.number.cmp(&b.number));
    if matters.is_empty() {
        let shown = folder.display();
        return Err(RuntimeError::asked(
            crate::text!("{shown} 里没有案件文件夹", "{shown} has no case folders"),
            Text::new(
                "先用 batch import 表格 --into 文件夹 导入",
                "make them with batch import WORKBOOK --into FOLDER",
            ),
        ));
    }
    Ok(matters)
}

/// Does `job` with every matter on so many threads, each with a runtime of its own. `seen` hears of
/// each row as it is done; the rows come back in the order of the matters. Only what concerns all
/// (the disk, the ledger) ends it early.
pub fn over_all<J>(
    options: &Options,
    matters: &[Matter],
    workers: usize,
    job: J,
    mut seen: impl FnMut(&Row),
) -> Result<Vec<Row>, RuntimeError>
where
    J: Fn(&mut Runtime, &Matter) -> Result<Row, RuntimeError> + Sync,
{
    let next = AtomicUsize::new(0);
    let (done, rows) = mpsc::channel();
    let mut found: Vec<Option<Row>> = matters.iter().map(|_| None).collect();
    let workers = workers.clamp(1, matters.len().max(1));
    let fonts = typesetter::fonts()?;
    let ended = std::thread::scope(|scope| {
        let working: Vec<_> = (0..workers)
            .map(|_| {
                let (done, next, job) = (done.clone(), &next, &job);
                let typesetter = Typesetter::beside(Arc::clone(&fonts), workers - 1);
                scope.spawn(move || {
                    let _alone = crew::alone();
                    let mut runtime = Runtime::open(options.clone())?;
                    runtime.typesetter = typesetter;
                    one_worker(runtime, matters, next, job, &done)
                })
            })
            .collect();
        drop(done);
        for (index, row) in rows {
            seen(&row);
            found[index] = Some(row);
        }
        let ended = working.into_iter().map(|worker| {
            worker.join().unwrap_or_else(|_| Err(RuntimeError::Ours("a worker stopped".into())))
        });
        ended.collect::<Result<Vec<()>, _>>()
    });
    ended?;
    Ok(found.into_iter().flatten().collect())
}

fn one_worker<J>(
    mut runtime: Runtime,
    matters: &[Matter],
    next: &AtomicUsize,
    job: &J,
    done: &mpsc::Sender<(usize, Row)>,
) -> Result<(), RuntimeError>
where
    J: Fn(&mut Runtime, &Matter) -> Result<Row, RuntimeError> + Sync,
{
    runtime.grouping = true;
    runtime.absences = runtime.store.absences()?;
    loop {
        let index = next.fetch_add(1, Ordering::SeqCst);
        let Some(matter) = matters.get(index) else { break };
        // A template of someone's own may make the renderer fall over: that is this row's trouble.
        let did = catch_unwind(AssertUnwindSafe(|| job(&mut runtime, matter)));
        let did = did.unwrap_or_else(|_| Err(RuntimeError::Ours("the work stopped".into())));
        let row = match did {
            Ok(row) => row,
            Err(error) if is_of_the_home(&error) => {
                // The others stop as well.
                next.store(matters.len(), Ordering::SeqCst);
                return Err(error);
            }
            Err(error) => Row::of_error(matter, error),
        };
        if done.send((index, row)).is_err() {
            break;
        }
    }
    runtime.settle_resting()
}

impl Row {
    fn of_error(matter: &Matter, error: RuntimeError) -> Self {
        Self {
            number: matter.number.clone(),
            case: None,
            how: None,
            items: Vec::new(),
            tasks: 0,
            warnings: Vec::new(),
            troubles: vec![Trouble { step: String::new(), error }],
        }
    }
}

impl Runtime {
    /// Opens a matter, or takes its changed case file in, and makes what can be made. Nothing
    /// leaves. Returns what would.
    pub fn prepare_matter(&mut self, matter: &Matter) -> Result<Row, RuntimeError> {
        self.scope = Scope::Nothing;
        self.given_up.clear();
        let opened = self.open_case(&matter.folder)?;
        let advanced = now(self.advance(&opened.id, &Means::Screen))??;
        let (items, tasks) = self.waiting_of(&opened.id)?;
        Ok(Row {
            number: matter.number.clone(),
            case: Some(opened.id),
            how: Some(opened.how),
            items,
            tasks,
            warnings: warnings(&opened.file),
            troubles: advanced.troubles,
        })
    }

    /// Returns what of a case would leave once a person allows it, and how many other things wait
    /// for a person.
    pub fn waiting_of(&mut self, case: &CaseId) -> Result<(Vec<Item>, usize), RuntimeError> {
        let (desk, plan) = self.planned(case)?;
        let items = self.items(&desk, &plan);
        let tasks = plan.steps.iter().filter(|step| step.state.is_task()).count();
        Ok((items.clone(), tasks.saturating_sub(items.len())))
    }

    /// The messages of a case that wait for a person's word.
    fn items(&self, desk: &Desk, plan: &Plan) -> Vec<Item> {
        let waits = |step: &&StepPlan| {
            step.state == State::Prepared && step.waiting == Some(Waiting::Approval)
        };
        let found = plan.steps.iter().filter(waits);
        found.filter_map(|step| self.item(desk, step)).collect()
    }

    fn item(&self, desk: &Desk, step: &StepPlan) -> Option<Item> {
        let visits = desk.history.steps.get(&step.id)?;
        let visit = visits.iter().find(|visit| visit.number == step.visit)?;
        let prepared = visit.prepared.as_ref().filter(|prepared| !prepared.draft)?;
        let channel = step.channel.as_deref().filter(|channel| channel.kind == Kind::Email)?;
        let templates = &self.library.packs.templates;
        let first_person = prepared.papers.iter().any(|paper| {
            templates.get(&paper.template).is_some_and(|template| template.first_person)
        });
        let confirmed = visit.confirmed.as_ref() == Some(&prepared.whole);
        Some(Item {
            case: desk.id().clone(),
            step: step.id.clone(),
            visit: step.visit,
            title: step.title.zh.to_string(),
            channel: channel.id.clone(),
            role: channel.role,
            recipient: channel.address.clone().unwrap_or_default(),
            whole: prepared.whole.clone(),
            papers: prepared.papers.iter().map(|paper| paper.file.clone()).collect(),
            release: release(channel, first_person && !confirmed),
        })
    }
}

fn warnings(file: &CaseFile) -> Vec<Text> {
    let open = file.problems.iter().filter(|problem| !problem.is_error());
    open.map(|problem| problem.message.clone()).collect()
}

/// An authority gets a matter by a word for it alone, and nobody speaks in a client's name before
/// they saw what is said.
fn release(channel: &Channel, unconfirmed: bool) -> Release {
    let own_side = matches!(channel.role, Role::Owner | Role::Lawyer);
    if unconfirmed && !own_side {
        Release::Client
    } else if channel.role.is_authority() {
        Release::Single
    } else {
        Release::Wave
    }
}

/// Runs what is asynchronous on this thread.
pub(super) fn now<T>(future: impl Future<Output = T>) -> Result<T, RuntimeError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| RuntimeError::Ours(error.to_string()))?;
    Ok(runtime.block_on(future))
}
