//! Puts together what acting needs: home, settings, library, ledger, clock.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use jiff::{SignedDuration, Timestamp};

use crate::config::{self, Config};
use crate::domain::digest::Digest;
use crate::domain::document;
use crate::domain::lang::Text;
use crate::domain::problem::Source;
use crate::mail::dial::Dial;
use crate::runtime::bundled;
use crate::runtime::clock::Clock;
use crate::runtime::environment::Environment;
use crate::runtime::error::RuntimeError;
use crate::runtime::home::Home;
use crate::runtime::open_line::OpenLine;
use crate::runtime::pace::Counted;
use crate::runtime::typesetter::Typesetter;
use crate::secrets::Sources;
use crate::store::Store;
use crate::store::lock::{ExecutorLock, lock_executor};
use crate::store::timers::Rest;
use crate::workflow::library::Library;
use crate::workflow::model::Workflow;

/// How much further a clock may go than the machine has been on before it counts as set.
const JUMP: SignedDuration = SignedDuration::from_mins(5);

/// An absence of an executor that makes what came due in it late.
const ABSENCE: SignedDuration = SignedDuration::from_hours(12);

/// What is asked of a runtime.
#[derive(Clone, Debug)]
pub struct Options {
    /// The home's folder.
    pub home: PathBuf,
    /// The folder of settings and own files.
    pub config: PathBuf,
    /// Where the time comes from.
    pub clock: Clock,
    /// The environment.
    pub environment: Environment,
}

/// Everything that acting needs.
#[derive(Debug)]
pub struct Runtime {
    /// Where everything lies.
    pub home: Home,
    /// What is declared.
    pub library: Library,
    /// The settings.
    pub config: Config,
    /// The ledger.
    pub store: Store,
    /// The clock.
    pub clock: Clock,
    /// Where secrets come from.
    pub secrets: Sources,
    /// Where papers are set.
    pub typesetter: Typesetter,
    /// Where connections for sending come from.
    pub dial: Dial,
    /// The connection the next message may go over, while cases are advanced.
    pub(super) open_line: Option<OpenLine>,
    /// Shows a reminder on a screen somebody may be looking at.
    pub screen: Option<fn(&str)>,
    /// The user of the machine, where it says.
    pub(super) user: Option<String>,
    pub(super) workflows: BTreeMap<Digest, Arc<Workflow>>,
    pub(super) own_files: (usize, Option<std::time::SystemTime>),
    pub(super) absences: Vec<(Timestamp, Timestamp)>,
    /// The clock and how long the machine had been on, when both were last looked at.
    looked_at: Option<(Timestamp, i64)>,
    /// Cases that came to rest and are not written down yet.
    pub(super) resting: Vec<Rest>,
    /// Several cases are advanced: they come to rest together.
    pub(super) grouping: bool,
    /// When reminders were mailed in the last day.
    pub(super) mailed: Vec<Timestamp>,
    /// When webhooks were called in the last minute.
    pub(super) called: Vec<Timestamp>,
    pub(super) given_up: BTreeSet<String>,
    /// What may leave while cases are advanced.
    pub(super) scope: Scope,
    /// What left lately, until something else is written.
    pub(super) counted: RefCell<Option<Counted>>,
    /// How many cases of this sweep wait for a place in a minute.
    pub(super) queued: u32,
    pub(super) stopping: Arc<AtomicBool>,
}

/// What may leave while cases are advanced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// What the plan of each case says.
    Everything,
    /// Only what a person allowed by itself; a case's standing consent does not count.
    Approved,
    /// Nothing.
    Nothing,
}

impl Options {
    /// Works out the folders: what was asked for, else what the environment says.
    pub fn new(
        home: Option<PathBuf>,
        config: Option<PathBuf>,
        clock: Clock,
        environment: Environment,
    ) -> Result<Self, RuntimeError> {
        let named = |name: &str| environment.appeal.get(name).map(PathBuf::from);
        let own_home = home.or_else(|| named("APPEAL_HOME"));
        let config = config
            .or_else(|| named("APPEAL_CONFIG"))
            .or_else(|| own_home.as_ref().map(|home| home.join("config")))
            .or_else(|| environment.config_folder.clone());
        let home = own_home.or_else(|| environment.data_folder.clone());
        match (home, config) {
            (Some(home), Some(config)) => Ok(Self { home, config, clock, environment }),
            _ => Err(RuntimeError::asked(
                Text::new("不知道数据放在哪里", "it is not known where to keep the data"),
                Text::new("用 --home 指定一个文件夹", "name a folder with --home"),
            )),
        }
    }
}

/// Runs what is asynchronous on this thread.
pub fn block_on<T>(future: impl Future<Output = T>) -> Result<T, RuntimeError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| RuntimeError::Ours(error.to_string()))?;
    Ok(runtime.block_on(future))
}

/// Loads what is declared, without a home.
pub fn library(config: &Path) -> Result<Library, RuntimeError> {
    let files = bundled::files(Some(config))
        .map_err(|source| RuntimeError::Home { path: config.to_owned(), source })?;
    Ok(Library::load(files)?)
}

/// Returns what tells whether a person's own files changed: how many there are and when the last
/// was written.
pub fn own_files_mark(config: &Path) -> (usize, Option<std::time::SystemTime>) {
    fn look(folder: &Path, depth: usize, mark: &mut (usize, Option<std::time::SystemTime>)) {
        let Ok(entries) = std::fs::read_dir(folder) else { return };
        for entry in entries.flatten() {
            let Ok(metadata) = entry.metadata() else { continue };
            if metadata.is_dir() && depth < 5 {
                look(&entry.path(), depth + 1, mark);
            } else {
                mark.0 += 1;
                mark.1 = mark.1.max(metadata.modified().ok());
            }
        }
    }
    let mut mark = (0, None);
    for folder in ["workflows", "templates"] {
        look(&config.join(folder), 0, &mut mark);
    }
    mark
}

/// Reads the settings of a folder; an absent file means the defaults.
pub fn settings(folder: &Path) -> Result<Config, RuntimeError> {
    let path = folder.join("config.toml");
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Config::default()),
        Err(source) => return Err(RuntimeError::Home { path, source }),
    };
    let name = path.display().to_string();
    let (text, _) = document::decode(&bytes).map_err(|at| not_text(&name, at))?;
    config::read(&name, &text).map_err(|(source, problems)| RuntimeError::Problems {
        source_text: Box::new(source),
        problems,
    })
}

/// Returns the error for a file that is no text.
pub fn not_text(name: &str, at: usize) -> RuntimeError {
    let source = Source::new(name, "");
    let problem = source.file_error(
        crate::text!(
            "文件不是文本（第 {at} 字节起无法识别）",
            "the file is not text (from byte {at})"
        ),
        Text::new("用记事本另存为 UTF-8", "save it as UTF-8"),
    );
    RuntimeError::Problems { source_text: Box::new(source), problems: vec![problem] }
}

fn lost_ledger(home: &Home) -> RuntimeError {
    let (ledger, cases) = (home.ledger(), home.root().join("cases"));
    let (ledger, cases) = (ledger.display(), cases.display());
    RuntimeError::asked(
        crate::text!(
            "账本 {ledger} 不见了，而案件文件还在",
            "the ledger {ledger} is gone, the cases are not"
        ),
        crate::text!(
            "从备份恢复账本；没有备份就先把 {cases} 整个移到别处保存，再重新 start",
            "restore it from a backup; without one move {cases} to a safe place and start anew"
        ),
    )
}

impl Runtime {
    /// Opens a home.
    pub fn open(options: Options) -> Result<Self, RuntimeError> {
        let library = library(&options.config)?;
        Self::open_with(options, library)
    }

    /// Opens a home with what was loaded before.
    pub fn open_with(options: Options, library: Library) -> Result<Self, RuntimeError> {
        let home = Home::prepare(&options.home, &options.config)?;
        if home.has_lost_its_ledger() {
            return Err(lost_ledger(&home));
        }
        let config = settings(&options.config)?;
        if !options.clock.is_real()
            && config.smtp.is_some()
            && matches!(options.clock, Clock::Fixed(_))
        {
            return Err(RuntimeError::asked(
                Text::new(
                    "--at 只用于演练，不能与真实发信一起用",
                    "--at is for rehearsals and cannot send real mail",
                ),
                Text::new(
                    "换一个没有 [smtp] 设置的 --home",
                    "use a --home without [smtp] settings",
                ),
            ));
        }
        let store = Store::open(&home.ledger())?;
        let secrets = Sources {
            credentials: options.environment.credentials.clone(),
            environment: options.environment.appeal.clone(),
            age_file: options.config.join("secrets.age"),
            key_store: !options.environment.appeal.contains_key("APPEAL_NO_KEYRING"),
        };
        Ok(Self {
            home,
            library,
            config,
            store,
            clock: options.clock,
            secrets,
            typesetter: Typesetter::here(),
            dial: Dial::Network,
            open_line: None,
            screen: None,
            user: options.environment.user.clone(),
            workflows: BTreeMap::new(),
            own_files: own_files_mark(&options.config),
            absences: Vec::new(),
            looked_at: None,
            resting: Vec::new(),
            grouping: false,
            mailed: Vec::new(),
            called: Vec::new(),
            given_up: BTreeSet::new(),
            scope: Scope::Everything,
            counted: RefCell::default(),
            queued: 0,
            stopping: Arc::new(AtomicBool::new(false)),
        })
    }

    /// Takes the executor's lock, or returns none when another process acts for this home.
    pub fn become_executor(&mut self) -> Result<Option<ExecutorLock>, RuntimeError> {
        let Some(lock) = lock_executor(&self.home.lock())? else { return Ok(None) };
        self.be_seen()?;
        Ok(Some(lock))
    }

    /// Writes down that an executor is at work, and notices how long none was.
    pub fn be_seen(&mut self) -> Result<(), RuntimeError> {
        let now = self.clock.now();
        let seen = self.store.executor_last_seen()?;
        if let Some(seen) = seen
            && seen.duration_until(now) >= ABSENCE
        {
            self.store.add_absence(seen, now)?;
        } else if let Some(before) = self.set_forward(now) {
            // The clock was set forward: what seems due since then may be early.
            self.store.add_absence(before, now)?;
        }
        self.absences = self.store.absences()?;
        if seen.is_none_or(|seen| seen < now) {
            self.store.see_executor(now)?;
        }
        Ok(())
    }

    /// Returns when the clock was last looked at, if it went on much more since than the machine has
    /// been on.
    fn set_forward(&mut self, now: Timestamp) -> Option<Timestamp> {
        let steady = self.clock.steady()?;
        let (before, steady_before) = self.looked_at.replace((now, steady))?;
        let by_clock = before.duration_until(now);
        let passed = SignedDuration::from_millis(steady.saturating_sub(steady_before).max(0));
        (by_clock > passed + JUMP).then_some(before)
    }

    /// Reads a person's own files again when they changed: a new holiday notice counts at once. Files
    /// that do not load leave everything as it was.
    pub fn refresh(&mut self) {
        let mark = own_files_mark(self.home.config());
        if mark == self.own_files {
            return;
        }
        self.own_files = mark;
        if let Ok(library) = library(self.home.config()) {
            self.library = library;
            self.workflows.clear();
        }
    }

    /// Returns true when an instant that was already planned passed while nothing ran for long.
    pub fn is_late(&self, instant: Timestamp) -> bool {
        self.absences.iter().any(|(from, to)| *from < instant && instant < *to)
    }
}
