//! How fast the engine plans, finds what is due and works it off.
//!
//! `cargo bench --bench engine [-- CASES TIMERS]`, by default 20,000 cases and 1,000,000 timers.
//! Figures are ratios to a bare loop at the same durability in the same run where that says more
//! than seconds.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    reason = "a program that measures and prints"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use appeal_daemon::domain::case::{Case, CaseId};
use appeal_daemon::domain::deadline::Rules;
use appeal_daemon::domain::digest::Digest;
use appeal_daemon::domain::document;
use appeal_daemon::domain::pace::Gate;
use appeal_daemon::runtime::clock::Clock;
use appeal_daemon::runtime::environment::Environment;
use appeal_daemon::runtime::notify::Means;
use appeal_daemon::runtime::setup::{self, Options, Runtime};
use appeal_daemon::store::Store;
use appeal_daemon::store::ledger::{NewCase, Payload};
use appeal_daemon::store::timers::Rest;
use appeal_daemon::workflow::dossier::Dossier;
use appeal_daemon::workflow::event::{Entry, Event};
use appeal_daemon::workflow::fold::fold;
use appeal_daemon::workflow::plan;
use jiff::{SignedDuration, Timestamp};

fn workflow(steps: usize) -> String {
    let mut text =
        String::from("schema = 1\nid = \"bench\"\nname = \"基准\"\nsources = [\"bench\"]\n");
    for step in 0..steps {
        text.push_str(&format!(
            "[step.s{step}]\ntitle = \"第{step}步\"\naction = \"submit\"\nto = \"police.110\"\nneeds = []\ndue = \"{}d\"\non_silence = {{ \"48h\" = \"chase\", \"5d\" = \"chase\", \"5wd\" = \"chase\" }}\n",
            step + 1
        ));
    }
    text.push_str(
        "[step.chase]\ntitle = \"催办\"\naction = \"submit\"\nto = \"police.110\"\ndue = \"1d\"\non_silence = {}\n",
    );
    text
}

fn case(number: usize) -> Case {
    let text = format!(
        "id = \"B-{number}\"\nplatform = \"wechat\"\ndiscovered_at = 2026-09-18T15:20:00+08:00\n"
    );
    document::read::<Case>("case", &text).content.unwrap()
}

fn start() -> Timestamp {
    "2026-09-18T07:25:00Z".parse().unwrap()
}

fn done(step: &str, when: Timestamp) -> Event {
    Event::PersonDid {
        step: step.into(),
        visit: 1,
        outcome: None,
        when,
        answers: None,
        by_case: false,
    }
}

/// Twenty entries of a life: ten steps done, ten reminders.
fn life(at: Timestamp) -> Vec<Event> {
    let done = (0..10).map(|step| done(&format!("s{step}"), at));
    let reminded = (10..20).map(|step| Event::Reminded {
        items: vec![format!("s{step}#1:due")],
        via: vec!["screen".into()],
    });
    done.chain(reminded).collect()
}

fn planning() {
    let library = setup::library(Path::new("/nonexistent")).unwrap();
    let loaded = library.load_workflow("bench.toml", &workflow(19));
    let workflow = loaded.workflow.unwrap();
    let snapshot = case(0).snapshot();
    let digest = Digest::of_json(&snapshot);
    let payloads = BTreeMap::from([(digest.clone(), snapshot)]);
    let mut entries = vec![Entry {
        seq: 1,
        at: start(),
        event: Event::Opened {
            case: digest,
            workflow_id: "bench".into(),
            workflow: workflow.digest.clone(),
        },
    }];
    let mut seq = 1;
    for round in 0..10_i64 {
        let at = start().checked_add(SignedDuration::from_hours(round)).unwrap();
        for event in life(at) {
            seq += 1;
            entries.push(Entry { seq, at, event });
        }
    }
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
    let rules = Rules { zone: &zone, calendar: &library.packs.calendar };
    let now = start().checked_add(SignedDuration::from_hours(30)).unwrap();
    let history = fold(&workflow, &library.packs, &entries, &payloads).unwrap();
    let dossier = Dossier::new(&workflow, &library.packs, &history, now);
    let rounds = 2_000;
    let measure = |name: &str, act: &mut dyn FnMut()| {
        act();
        let begin = Instant::now();
        for _ in 0..rounds {
            act();
        }
        let each = begin.elapsed().as_secs_f64() * 1e6 / f64::from(rounds);
        println!("{name:<44} {each:>10.1} µs");
    };
    println!("one case, 20 steps, {} entries", entries.len());
    measure("  plan", &mut || {
        std::hint::black_box(plan::plan(&dossier, rules, &Gate::open()));
    });
    measure("  dossier", &mut || {
        std::hint::black_box(Dossier::new(&workflow, &library.packs, &history, now));
    });
    measure("  fold", &mut || {
        std::hint::black_box(fold(&workflow, &library.packs, &entries, &payloads).unwrap());
    });
}

fn open(store: &mut Store, number: usize, workflow: &str, at: Timestamp) -> CaseId {
    let case = case(number);
    let snapshot = Payload::new(case.snapshot());
    let id = case.case_id();
    let event = Event::Opened {
        case: snapshot.digest.clone(),
        workflow_id: "bench".into(),
        workflow: Digest::of(workflow.as_bytes()),
    };
    let new = NewCase { id: &id, folder: "/nonexistent", workflow };
    store.open_case(&new, at, &event, std::slice::from_ref(&snapshot)).unwrap();
    id
}

fn timers(count: usize) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    let mut store = Store::open(&path).unwrap();
    let one = open(&mut store, 0, &workflow(1), start());
    drop(store);
    // A million rows of cases are not what is measured: they are written past the ledger.
    let raw = rusqlite::Connection::open(&path).unwrap();
    raw.execute_batch("PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF; BEGIN").unwrap();
    {
        let mut insert =
            raw.prepare("INSERT INTO timers (case_id, wake_at) VALUES (?1, ?2)").unwrap();
        let far = start().as_microsecond() + 1_000_000_000;
        for number in 1..count {
            let at = far + i64::try_from(number).unwrap() * 1_000;
            insert.execute((format!("T-{number}"), at)).unwrap();
        }
    }
    raw.execute_batch("COMMIT").unwrap();
    drop(raw);
    let store = Store::open(&path).unwrap();
    let rounds = 2_000;
    let found = store.due(start(), 1_000).unwrap();
    assert_eq!(found, [one]);
    let begin = Instant::now();
    for _ in 0..rounds {
        std::hint::black_box(store.due(start(), 1_000).unwrap());
    }
    let each = begin.elapsed().as_secs_f64() * 1e6 / f64::from(rounds);
    println!("due scan among {count} timers {each:>31.1} µs");
}

fn working_off(count: usize) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.sqlite");
    let text = workflow(2);
    // A bare loop at the same durability: open and append, nothing else.
    let mut bare = Store::open(&folder.path().join("bare.sqlite")).unwrap();
    let begin = Instant::now();
    for number in 0..count / 10 {
        let id = open(&mut bare, number, &text, start());
        bare.append(&id, 1, start(), &life(start()), &[]).unwrap();
    }
    let bare_rate = (count / 10) as f64 / begin.elapsed().as_secs_f64();
    drop(bare);
    let mut store = Store::open(&path).unwrap();
    let begin = Instant::now();
    for number in 0..count {
        let id = open(&mut store, number, &text, start());
        store.append(&id, 1, start(), &life(start()), &[]).unwrap();
    }
    println!("written: {count} cases of 21 entries in {:.1} s", begin.elapsed().as_secs_f64());
    drop(store);
    let (clock, hand) = Clock::manual(start());
    let later = start().checked_add(SignedDuration::from_hours(1)).unwrap();
    hand.store(later.as_millisecond(), std::sync::atomic::Ordering::SeqCst);
    let options = Options {
        home: folder.path().to_owned(),
        config: folder.path().join("config"),
        clock,
        environment: Environment::default(),
    };
    let mut runtime = Runtime::open(options).unwrap();
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let begin = Instant::now();
    let troubles = tokio.block_on(runtime.advance_due(&Means::Screen)).unwrap();
    let took = begin.elapsed().as_secs_f64();
    assert!(troubles.is_empty(), "{troubles:?}");
    assert_eq!(runtime.store.due(later, 10).unwrap(), [], "every case came to rest");
    let rate = count as f64 / took;
    println!(
        "driven to quiet in {took:.1} s: {rate:.0} cases/s, {:.2} of a bare append loop",
        rate / bare_rate
    );
    drop(runtime);
    settling(&path, count, later);
    idle(folder.path());
}

/// The same cases again, now with nothing to do but to say when to look again.
fn settling(path: &Path, count: usize, later: Timestamp) {
    let mut store = Store::open(path).unwrap();
    let rests: Vec<Rest> = (0..count)
        .map(|number| {
            let case = case(number).case_id();
            let loaded = store.load(&case).unwrap();
            let seen = loaded.entries.last().unwrap().seq;
            Rest { case, seen, wake_at: Some(later) }
        })
        .collect();
    let begin = Instant::now();
    for group in rests.chunks(1_000) {
        store.set_wakes(group).unwrap();
    }
    println!(
        "{count} timers due at once settled in groups in {:.2} s",
        begin.elapsed().as_secs_f64()
    );
    let far = "2099-01-01T00:00:00Z".parse().unwrap();
    let rests: Vec<Rest> =
        rests.into_iter().map(|rest| Rest { wake_at: Some(far), ..rest }).collect();
    store.set_wakes(&rests).unwrap();
}

/// The daemon beside that many resting cases: its own memory, and its clock ticks in 20 s.
#[cfg(target_os = "linux")]
fn idle(home: &Path) {
    let mut daemon = std::process::Command::new(env!("CARGO_BIN_EXE_appeal-daemon"))
        .args(["run", "--home"])
        .arg(home)
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let file = |name: &str| std::fs::read_to_string(format!("/proc/{}/{name}", daemon.id()));
    let ticks = || -> u64 {
        let stat = file("stat").unwrap();
        let after = stat.rsplit_once(')').unwrap().1;
        after.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<u64>().unwrap()).sum()
    };
    std::thread::sleep(std::time::Duration::from_secs(5));
    let before = ticks();
    std::thread::sleep(std::time::Duration::from_secs(20));
    let used = ticks() - before;
    let rollup = file("smaps_rollup").unwrap();
    let anonymous = rollup.lines().find(|line| line.starts_with("Anonymous:")).unwrap();
    println!("idle: {used} clock ticks in 20 s, {}", anonymous.trim());
    daemon.kill().unwrap();
    daemon.wait().unwrap();
}

#[cfg(not(target_os = "linux"))]
fn idle(_home: &Path) {}

fn main() {
    let numbers: Vec<usize> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    let cases = numbers.first().copied().unwrap_or(20_000);
    let rows = numbers.get(1).copied().unwrap_or(1_000_000);
    planning();
    timers(rows);
    working_off(cases);
}
