//! What the tests share: a home of their own, the program, a clock they set, a mail server that
//! does what it is told.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use appeal_daemon::domain::case::CaseId;
use appeal_daemon::domain::time;
use appeal_daemon::runtime::clock::Clock;
use appeal_daemon::runtime::environment::Environment;
use appeal_daemon::runtime::notify::Means;
use appeal_daemon::runtime::setup::{Options, Runtime};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tempfile::TempDir;

/// The instant most tests begin at: five minutes after the discovery in the examples.
pub(crate) const START: &str = "2026-09-18T15:25:00+08:00";

/// Returns a path below the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Reads a time as Chinese wall time.
#[track_caller]
pub(crate) fn instant(text: &str) -> Timestamp {
    time::parse_in(text, &time::zone(time::DEFAULT_ZONE).unwrap()).expect("a time")
}

/// A home of one's own, thrown away at the end.
pub(crate) struct Home {
    folder: TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the folder of a case.
    pub(crate) fn case(&self, id: &str) -> PathBuf {
        self.path().join("cases").join(id)
    }

    /// Writes the settings.
    pub(crate) fn configure(&self, text: &str) {
        std::fs::create_dir_all(self.path().join("config")).unwrap();
        std::fs::write(self.path().join("config/config.toml"), text).unwrap();
    }

    /// Returns the program with this home and an empty environment.
    pub(crate) fn program(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_appeal-daemon"));
        command
            .env_clear()
            .env("APPEAL_NO_KEYRING", "1")
            .arg("--home")
            .arg(self.path())
            .args(arguments);
        command
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.program(arguments).output().unwrap()
    }

    /// Runs the program and returns its standard output; fails unless it ends with `code`.
    #[track_caller]
    pub(crate) fn expect(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let (out, err) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{out}\n{err}");
        out.into_owned()
    }

    /// Runs the program with `--json` and returns the object.
    #[track_caller]
    pub(crate) fn json(&self, code: i32, arguments: &[&str]) -> Value {
        let mut all = vec!["--json"];
        all.extend(arguments);
        let out = self.expect(code, &all);
        assert!(out.is_ascii(), "JSON output is ASCII");
        serde_json::from_str(&out).expect("one JSON object")
    }

    /// Opens the home in this process, with a clock that the test sets.
    pub(crate) fn runtime(&self, start: &str) -> (Runtime, Hand) {
        let (clock, hand) = Clock::manual(instant(start));
        (self.runtime_by(clock), Hand { hand })
    }

    /// Opens the home in this process, with a clock that the test sets and one nobody can set.
    pub(crate) fn runtime_with_steady(&self, start: &str) -> (Runtime, Hand, Hand) {
        let (clock, hand, steady) = Clock::manual_with_steady(instant(start));
        (self.runtime_by(clock), Hand { hand }, Hand { hand: steady })
    }

    /// Opens the home in this process, with the password of the mail account.
    pub(crate) fn runtime_that_mails(&self, start: &str) -> Runtime {
        let (clock, _) = Clock::manual(instant(start));
        self.runtime_in(clock, &[("APPEAL_SMTP_PASSWORD", "swordfish")])
    }

    fn runtime_by(&self, clock: Clock) -> Runtime {
        self.runtime_in(clock, &[])
    }

    fn runtime_in(&self, clock: Clock, further: &[(&str, &str)]) -> Runtime {
        let all = [("APPEAL_NO_KEYRING", "1")];
        let all = all.iter().chain(further);
        let environment = Environment {
            appeal: all.map(|(name, value)| ((*name).into(), (*value).into())).collect(),
            ..Environment::default()
        };
        let options = Options {
            home: self.path().to_owned(),
            config: self.path().join("config"),
            clock,
            environment,
        };
        Runtime::open(options).unwrap()
    }
}

/// The hand of a test's clock.
pub(crate) struct Hand {
    hand: Arc<AtomicI64>,
}

impl Hand {
    /// Sets the clock.
    #[track_caller]
    pub(crate) fn set(&self, text: &str) {
        self.hand.store(instant(text).as_millisecond(), Ordering::SeqCst);
    }

    /// Moves the clock on.
    pub(crate) fn pass(&self, duration: SignedDuration) {
        let moved = i64::try_from(duration.as_millis()).unwrap();
        self.hand.fetch_add(moved, Ordering::SeqCst);
    }
}

/// Runs something asynchronous.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Advances a case until nothing can be done at once; fails on any trouble.
#[track_caller]
pub(crate) fn advance(runtime: &mut Runtime, case: &CaseId) {
    let advanced = block_on(runtime.advance(case, &Means::Screen)).unwrap();
    assert!(advanced.troubles.is_empty(), "{:?}", advanced.troubles);
}

/// Opens a case in this process and advances it.
#[track_caller]
pub(crate) fn open(runtime: &mut Runtime, file: &Path) -> CaseId {
    let opened = runtime.open_case(file).unwrap();
    advance(runtime, &opened.id);
    opened.id
}

/// Copies a folder.
pub(crate) fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Copies the example case, with its text changed.
pub(crate) fn example(change: impl Fn(String) -> String) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy_folder(&repository("examples/wechat-theft"), folder.path());
    let file = folder.path().join("case.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, change(text)).unwrap();
    folder
}

/// Returns the names of the files in a folder, sorted.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Returns the text of a PDF, as another program reads it.
#[track_caller]
pub(crate) fn pdf_text(path: &Path) -> String {
    let output = Command::new("pdftotext")
        .args(["-layout", "-enc", "UTF-8"])
        .arg(path)
        .arg("-")
        .output()
        .expect("pdftotext (package poppler-utils) is installed by the test command");
    assert!(output.status.success(), "{}", path.display());
    String::from_utf8(output.stdout).unwrap()
}

/// Returns text without white space, for comparing across line breaks.
pub(crate) fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}
