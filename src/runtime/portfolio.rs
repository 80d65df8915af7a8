//! A firm's portfolio: a folder with a folder for each matter. Every matter is worked on by itself,
//! over all cores; one that fails stops no other.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::batch::release::{Item, Release};
use crate::domain::case::CaseId;
use crate::domain::lang::Text;
use crate::domain::role::Role;
use crate::render::crew;
use crate::runtime::advance::{Trouble, is_of_the_home};
use crate::runtime::case_file::{CASE_FILE, CaseFile};
use crate::runtime::desk::Desk;
use crate::runtime::error::RuntimeError;
use crate::runtime::export::Exported;
use crate::runtime::notify::Means;
use crate::runtime::opening::How;
use crate::runtime::setup::{Options, Runtime, Scope, block_on};
use crate::runtime::typesetter::{self, Typesetter};
use crate::workflow::channel::{Channel, Kind};
use crate::workflow::plan::{Plan, State, StepPlan, Waiting};

/// What is said of a thread that fell over.
const STOPPED: &str = "the work on this matter stopped";

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
    /// Files that were made of it for people.
    pub files: Vec<Exported>,
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

/// Returns the folders of a folder that have a case file, in the order of their names.
pub fn folders(folder: &Path) -> Result<Vec<PathBuf>, RuntimeError> {
    let fail = |source| RuntimeError::Home { path: folder.to_owned(), source };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        if !is_hidden && entry.path().join(CASE_FILE).is_file() {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// Returns the matters of a folder, in the order of their numbers.
pub fn matters(folder: &Path) -> Result<Vec<Matter>, RuntimeError> {
    let matters: Vec<Matter> = folders(folder)?
        .into_iter()
        .map(|folder| {
            let number = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            Matter { number, folder }
        })
        .collect();
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
/// each row, in the order of the matters. Only what concerns all (the disk, the ledger) ends it
/// early.
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
    let workers = workers.clamp(1, matters.len().max(1));
    let fonts = typesetter::fonts()?;
    let hire = || {
        let mut runtime = hired(options, Typesetter::beside(Arc::clone(&fonts), workers - 1));
        let job = &job;
        move |matter: &Matter| match &mut runtime {
            Ok(runtime) => one(runtime, matter, job),
            Err(error) => Err(error.take().unwrap_or_else(|| RuntimeError::Ours(STOPPED.into()))),
        }
    };
    let (ended, mut rows) = (RefCell::new(None), Vec::new());
    let going_on = matters.iter().take_while(|_| ended.borrow().is_none());
    crew::spread(workers, &hire, going_on, |_, did| match did {
        Ok(row) => {
            seen(&row);
            rows.push(row);
        }
        Err(error) => drop(ended.borrow_mut().get_or_insert(error)),
    });
    ended.into_inner().map_or(Ok(rows), Err)
}

fn hired(options: &Options, typesetter: Typesetter) -> Result<Runtime, Option<RuntimeError>> {
    let mut runtime = Runtime::open(options.clone()).map_err(Some)?;
    runtime.typesetter = typesetter;
    runtime.absences = runtime.store.absences().map_err(|error| Some(error.into()))?;
    Ok(runtime)
}

/// Does one matter. What is wrong with it alone is its row's trouble; only what ends all is an
/// error.
fn one<J>(runtime: &mut Runtime, matter: &Matter, job: &J) -> Result<Row, RuntimeError>
where
    J: Fn(&mut Runtime, &Matter) -> Result<Row, RuntimeError>,
{
    // A template of someone's own may make the renderer fall over: that is this row's trouble.
    let did = catch_unwind(AssertUnwindSafe(|| job(runtime, matter)));
    match did.unwrap_or_else(|_| Err(RuntimeError::Ours(STOPPED.into()))) {
        Err(error) if !is_of_the_home(&error) => Ok(Row::of_error(matter, error)),
        did => did,
    }
}

impl Row {
    fn of_error(matter: &Matter, error: RuntimeError) -> Self {
        Self {
            number: matter.number.clone(),
            case: None,
            how: None,
            items: Vec::new(),
            tasks: 0,
            files: Vec::new(),
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
        let advanced = block_on(self.advance(&opened.id, &Means::Screen))??;
        let (items, tasks) = self.waiting_of(&opened.id)?;
        Ok(Row {
            number: matter.number.clone(),
            case: Some(opened.id),
            how: Some(opened.how),
            items,
            tasks,
            files: Vec::new(),
            warnings: warnings(&opened.file),
            troubles: advanced.troubles,
        })
    }

    /// Writes the papers of an open matter to be edited, and its losses, into a folder of its own
    /// below `out`. `case` is none when it is not open.
    pub fn export_matter(
        &mut self,
        matter: &Matter,
        case: Option<&CaseId>,
        out: &Path,
    ) -> Result<Row, RuntimeError> {
        let Some(case) = case.cloned() else {
            let number = &matter.number;
            return Err(RuntimeError::asked(
                crate::text!("{number} 还没有打开", "{number} is not open yet"),
                Text::new("先运行 batch run", "run batch run first"),
            ));
        };
        let desk = self.desk(&case)?;
        let files = self.export_again(&desk, &out.join(&matter.number))?;
        Ok(Row {
            number: matter.number.clone(),
            case: Some(case),
            how: None,
            items: Vec::new(),
            tasks: 0,
            files,
            warnings: Vec::new(),
            troubles: Vec::new(),
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
