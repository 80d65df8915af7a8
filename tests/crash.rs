//! Dying at every moment that matters, and at moments that do not: the ledger ends the same.

use std::process::Stdio;
use std::time::Duration;

use appeal_daemon::domain::case::CaseId;
use serde_json::Value;

use crate::support::{Home, START, names, repository};

/// A small workflow in which everything happens that the program does by itself: evidence, a
/// skip, a fulfilment, a paper, a letter, a bundle.
const WORKFLOW: &str = r#"
schema = 1
id = "crash"
name = "崩溃演练"
sources = []

[step.collect]
title = "收集凭证"
action = "capture"
require = ["fee.receipt"]

[step.never]
title = "不适用"
action = "check"
needs = []
when = "case.facts.phone_lost == true"

[step.letter]
title = "发信"
action = "submit"
to = "case.office"
template = "crash-letter"
attach = ["loss-table", "fee.receipt"]
on_silence = {}

[step.pack]
title = "打包"
action = "bundle"
needs = []

[step.mine]
title = "自己留一份"
action = "submit"
to = "case.self"
template = "crash-letter"
needs = []
on_silence = {}

[slot."fee.receipt"]
name = "凭证"
how = "索取"
"#;

const CASE: &str = r#"
id = "C-1"
platform = "office"
workflow = "crash.toml"
discovered_at = 2026-09-18T15:20:00+08:00
[victim]
name = "赵家长"
email = "zhao@mail.example"
[[losses]]
at = 2026-09-18T14:00:00+08:00
amount = "12.00"
payee = "某某商户"
order_no = "100001"
channel = "balance"
how = "not_by_me"
[evidence]
"fee.receipt" = "receipt.png"
[recipients.office]
email = "office@firm.example"
role = "other"
confirmed = true
[recipients.self]
email = "zhao@mail.example"
role = "owner"
confirmed = true
[send]
approve = "auto"
"#;

pub(crate) struct Small {
    pub(crate) folder: tempfile::TempDir,
}

impl Small {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("crash.toml"), WORKFLOW).unwrap();
        std::fs::write(folder.path().join("case.toml"), CASE).unwrap();
        std::fs::write(folder.path().join("receipt.png"), b"\x89PNG receipt").unwrap();
        Self { folder }
    }

    pub(crate) fn home() -> Home {
        let home = Home::new();
        let template = home.path().join("config/templates/crash-letter");
        std::fs::create_dir_all(&template).unwrap();
        let head = "schema = 1\ntitle = \"信\"\nuses = [\"case.our_number\", \"case.total\"]\n";
        std::fs::write(template.join("template.toml"), head).unwrap();
        std::fs::write(template.join("text.hbs"), "共{{case.total.amount}}元。").unwrap();
        std::fs::write(
            template.join("paper.typ"),
            "#import \"/lib.typ\": *\n#let data = json(\"/data.json\")\n#show: letter.with(data.doc)\n金额 #data.case.total.amount 元\n",
        )
        .unwrap();
        home
    }

    fn file(&self) -> String {
        self.folder.path().join("case.toml").display().to_string()
    }
}

/// What an undisturbed run and a disturbed one must have in common: every entry but those that
/// only tell of a recovery, every letter, every paper.
#[derive(Debug, PartialEq)]
pub(crate) struct Outcome {
    entries: Vec<Value>,
    pub(crate) letters: Vec<(String, Vec<u8>)>,
    papers: Vec<(String, Vec<u8>)>,
}

pub(crate) fn outcome(home: &Home, case: &str) -> Outcome {
    let id = CaseId::parse(case).unwrap();
    let (mut runtime, _) = home.runtime(START);
    let desk = runtime.desk(&id).unwrap();
    let entries =
        desk.entries.iter().map(|entry| serde_json::to_value(&entry.event).unwrap()).collect();
    let files = |folder: &str| -> Vec<(String, Vec<u8>)> {
        let folder = home.case(case).join(folder);
        let kept = names(&folder).into_iter().filter(|name| !name.starts_with('.'));
        kept.map(|name| (name.clone(), std::fs::read(folder.join(&name)).unwrap())).collect()
    };
    Outcome { entries, letters: files("outbox"), papers: files("documents") }
}

#[test]
fn dying_before_and_after_every_durable_boundary_changes_nothing() {
    let small = Small::new();
    let start = ["start", &small.file(), "--once", "--at", START].map(str::to_owned);
    let start: Vec<&str> = start.iter().map(String::as_str).collect();
    let undisturbed = Small::home();
    undisturbed.expect(3, &start);
    let expected = outcome(&undisturbed, "C-1");
    assert_eq!(expected.letters.len(), 2);
    let mut boundary = 0;
    loop {
        boundary += 1;
        let home = Small::home();
        let mut dying = home.program(&start);
        dying.env("APPEAL_ABORT_AT_BOUNDARY", boundary.to_string());
        let died = dying.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
        if died.code() == Some(3) {
            break;
        }
        assert_eq!(died.code(), None, "boundary {boundary}: it was to die");
        home.expect(3, &start);
        assert_eq!(outcome(&home, "C-1"), expected, "boundary {boundary}");
    }
    assert!(boundary > 30, "only {boundary} boundaries: is the hook still there?");
}

/// How many kills, unless the long run asks for more.
const KILLS: u32 = 200;

#[test]
fn random_kills_change_nothing() {
    let small = Small::new();
    let start = ["start", &small.file(), "--once", "--at", START].map(str::to_owned);
    let start: Vec<&str> = start.iter().map(String::as_str).collect();
    let undisturbed = Small::home();
    undisturbed.expect(3, &start);
    let expected = outcome(&undisturbed, "C-1");
    let mut random = Random(20_260_918);
    let mut kills = 0;
    while kills < KILLS {
        let home = Small::home();
        // The same home is killed several times over before it may finish.
        for _ in 0..4 {
            let mut child =
                home.program(&start).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            let wait = Duration::from_micros(random.below(350_000));
            // The moment of the kill is the test's input, not a wait for something to happen.
            std::thread::park_timeout(wait);
            if child.try_wait().unwrap().is_none() {
                child.kill().unwrap();
                kills += 1;
            }
            child.wait().unwrap();
        }
        home.expect(3, &start);
        assert_eq!(outcome(&home, "C-1"), expected, "after {kills} kills");
    }
}

/// A generator of its own: the same moments on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

#[test]
fn four_processes_beside_a_daemon_lose_nothing() {
    const PROCESSES: usize = 4;
    const COMMANDS: usize = 100;
    let home = Home::new();
    let file = repository("examples/minimal/case.toml").display().to_string();
    let case = home.json(3, &["start", &file, "--once"])["case"].as_str().unwrap().to_owned();
    let mut daemon = home.program(&["run"]);
    let mut daemon = daemon.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::scope(|scope| {
        for process in 0..PROCESSES {
            let (home, case) = (&home, &case);
            scope.spawn(move || {
                for command in 0..COMMANDS {
                    let evidence = home.path().join(format!("{process}-{command}.txt"));
                    std::fs::write(&evidence, format!("{process} {command}")).unwrap();
                    let slot = format!("other.p{process}-c{command}");
                    let path = evidence.display().to_string();
                    home.expect(0, &["--json", "evidence", "add", case, &slot, &path]);
                }
            });
        }
    });
    let stopped = terminate(&mut daemon);
    assert!(stopped, "SIGTERM stops it within ten seconds");
    let id = CaseId::parse(&case).unwrap();
    let (mut runtime, _) = home.runtime("2027-01-01 00:00");
    let desk = runtime.desk(&id).unwrap();
    let added =
        desk.history.evidence.iter().filter(|item| item.slot.starts_with("other.p")).count();
    assert_eq!(added, PROCESSES * COMMANDS, "every command's entry is there, once");
}

/// Asks a process to end; true when it does so within ten seconds.
pub(crate) fn terminate(child: &mut std::process::Child) -> bool {
    let asked = std::process::Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(asked.success());
    for _ in 0..100 {
        if child.try_wait().unwrap().is_some() {
            return true;
        }
        std::thread::park_timeout(Duration::from_millis(100));
    }
    child.kill().unwrap();
    false
}
