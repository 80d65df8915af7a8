//! A laptop that slept, a clock that went back, a daemon that was away.

use appeal_daemon::domain::case::CaseId;
use appeal_daemon::runtime::acts::Done;
use appeal_daemon::runtime::notify::Means;
use appeal_daemon::workflow::event::Event;
use appeal_daemon::workflow::plan::{State, Waiting};
use jiff::SignedDuration;

use crate::support::{Home, advance, block_on, example, open};

/// Counts the entries of one kind.
fn count(runtime: &mut appeal_daemon::runtime::setup::Runtime, case: &CaseId, kind: &str) -> usize {
    let desk = runtime.desk(case).unwrap();
    desk.entries.iter().filter(|entry| entry.event.kind() == kind).count()
}

#[test]
fn after_five_days_asleep_each_timer_fires_once_and_reminders_come_as_one() {
    let home = Home::new();
    let folder = example(|text| text);
    let (mut runtime, hand) = home.runtime("2026-09-18 15:25");
    let lock = runtime.become_executor().unwrap().expect("nobody else");
    let case = open(&mut runtime, &folder.path().join("case.toml"));
    for step in ["freeze-pay", "open-ticket"] {
        runtime.done(&case, &Done { step: step.into(), ..Done::default() }).unwrap();
        advance(&mut runtime, &case);
    }
    let reminded = count(&mut runtime, &case, "reminded");
    drop(lock);
    hand.set("2026-09-24 10:00");
    let _lock = runtime.become_executor().unwrap().expect("nobody else");
    let troubles = block_on(runtime.advance_due(&Means::Screen)).unwrap();
    assert!(troubles.is_empty(), "{troubles:?}");
    let desk = runtime.desk(&case).unwrap();
    let fired: Vec<String> = desk
        .entries
        .iter()
        .filter_map(|entry| match &entry.event {
            Event::Expired { step, span, late, .. } => {
                assert!(late, "it passed while nothing ran");
                Some(format!("{step} {span}"))
            }
            _ => None,
        })
        .collect();
    assert_eq!(fired, ["open-ticket 48h", "open-ticket 5d"]);
    assert_eq!(count(&mut runtime, &case, "reminded"), reminded + 1, "one digest");
    // Nothing more happens however often it looks.
    let entries = runtime.desk(&case).unwrap().entries.len();
    advance(&mut runtime, &case);
    assert_eq!(runtime.desk(&case).unwrap().entries.len(), entries);
}

/// A workflow whose silence leads to a mail.
const MAILED: &str = r#"
schema = 1
id = "mailed"
name = "邮件跟进"
sources = []

[step.first]
title = "第一封"
action = "submit"
to = "case.office"
template = "office-letter"
on_silence = { "48h" = "second" }

[step.second]
title = "第二封"
action = "submit"
to = "case.office"
template = "office-letter"
on_silence = {}
"#;

fn mailed_case(home: &Home) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mailed.toml"), MAILED).unwrap();
    let case = "id = \"M-1\"\nplatform = \"office\"\nworkflow = \"mailed.toml\"\n\
        discovered_at = 2026-09-18T15:20:00+08:00\n[victim]\nemail = \"me@mail.example\"\n\
        [recipients.office]\nemail = \"office@firm.example\"\nrole = \"other\"\nconfirmed = true\n\
        [send]\napprove = \"auto\"\n";
    std::fs::write(folder.path().join("case.toml"), case).unwrap();
    let template = home.path().join("config/templates/office-letter");
    std::fs::create_dir_all(&template).unwrap();
    let head = "schema = 1\ntitle = \"信\"\nuses = [\"case.our_number\"]\n";
    std::fs::write(template.join("template.toml"), head).unwrap();
    std::fs::write(template.join("text.hbs"), "您好：请答复本方编号{{case.our_number}}。").unwrap();
    folder
}

#[test]
fn a_send_that_came_due_while_nothing_ran_asks_first() {
    let home = Home::new();
    let folder = mailed_case(&home);
    let (mut runtime, hand) = home.runtime("2026-09-18 15:25");
    let lock = runtime.become_executor().unwrap().unwrap();
    let case = open(&mut runtime, &folder.path().join("case.toml"));
    runtime.done(&case, &Done { step: "first".into(), ..Done::default() }).unwrap();
    advance(&mut runtime, &case);
    drop(lock);
    hand.set("2026-09-23 08:00");
    let _lock = runtime.become_executor().unwrap().unwrap();
    block_on(runtime.advance_due(&Means::Screen)).unwrap();
    let plan = runtime.planned(&case).unwrap().1;
    let second = plan.step("second").unwrap();
    assert_eq!((second.state, &second.waiting), (State::Prepared, &Some(Waiting::Approval)));
    assert_eq!(crate::support::names(&home.case("M-1").join("outbox")).len(), 1);
    runtime.approve(&case, &[], false).unwrap();
    advance(&mut runtime, &case);
    assert_eq!(crate::support::names(&home.case("M-1").join("outbox")).len(), 2);
}

#[test]
fn a_send_that_came_due_under_watch_leaves_by_itself() {
    let home = Home::new();
    let folder = mailed_case(&home);
    let (mut runtime, hand) = home.runtime("2026-09-18 15:25");
    let _lock = runtime.become_executor().unwrap().unwrap();
    let case = open(&mut runtime, &folder.path().join("case.toml"));
    runtime.done(&case, &Done { step: "first".into(), ..Done::default() }).unwrap();
    advance(&mut runtime, &case);
    for _ in 0..49 {
        hand.pass(SignedDuration::from_hours(1));
        runtime.be_seen().unwrap();
        block_on(runtime.advance_due(&Means::Screen)).unwrap();
    }
    assert_eq!(crate::support::names(&home.case("M-1").join("outbox")).len(), 2);
}

#[test]
fn what_start_opens_now_is_never_late_however_old_its_dates() {
    let home = Home::new();
    let folder = example(|text| text);
    let (mut runtime, hand) = home.runtime("2026-09-18 15:25");
    drop(runtime.become_executor().unwrap());
    hand.set("2026-11-20 09:00");
    let _lock = runtime.become_executor().unwrap().unwrap();
    let case = open(&mut runtime, &folder.path().join("case.toml"));
    assert_eq!(crate::support::names(&home.case(case.as_str()).join("outbox")).len(), 3);
}

#[test]
fn a_clock_set_back_sends_nothing_early_and_nothing_twice() {
    let home = Home::new();
    let folder = example(|text| text);
    let (mut runtime, hand) = home.runtime("2026-09-18 15:25");
    let case = open(&mut runtime, &folder.path().join("case.toml"));
    runtime.done(&case, &Done { step: "freeze-pay".into(), ..Done::default() }).unwrap();
    runtime.done(&case, &Done { step: "open-ticket".into(), ..Done::default() }).unwrap();
    advance(&mut runtime, &case);
    let letters = letters_of(&home, &case);
    hand.set("2026-09-17 12:00");
    advance(&mut runtime, &case);
    let desk = runtime.desk(&case).unwrap();
    let times: Vec<_> = desk.entries.iter().map(|entry| entry.at).collect();
    assert!(times.is_sorted(), "entries never go back in time");
    assert_eq!(count(&mut runtime, &case, "expired"), 0);
    hand.set("2026-09-20 16:00");
    advance(&mut runtime, &case);
    // Twice forward over the same instants: each rung still fired once.
    hand.set("2026-09-20 15:00");
    advance(&mut runtime, &case);
    hand.set("2026-09-20 16:00");
    advance(&mut runtime, &case);
    assert_eq!(count(&mut runtime, &case, "expired"), 1);
    assert_eq!(letters_of(&home, &case), letters, "each once, newer ones in place of older");
}

/// The steps that have a letter in the outbox, each as often as it has one.
fn letters_of(home: &Home, case: &CaseId) -> Vec<String> {
    let names = crate::support::names(&home.case(case.as_str()).join("outbox"));
    let letters = names.iter().filter_map(|name| name.strip_suffix(".eml")?.rsplit_once('-'));
    letters.map(|(step, _)| step.to_owned()).collect()
}

#[test]
fn a_clock_set_forward_sends_nothing_early() {
    let home = Home::new();
    let folder = mailed_case(&home);
    let (mut runtime, hand, steady) = home.runtime_with_steady("2026-09-18 15:25");
    let _lock = runtime.become_executor().unwrap().unwrap();
    let case = open(&mut runtime, &folder.path().join("case.toml"));
    runtime.done(&case, &Done { step: "first".into(), ..Done::default() }).unwrap();
    advance(&mut runtime, &case);
    let letters = || crate::support::names(&home.case("M-1").join("outbox")).len();
    let hour = SignedDuration::from_hours(1);
    for _ in 0..43 {
        hand.pass(hour);
        steady.pass(hour);
        runtime.be_seen().unwrap();
        block_on(runtime.advance_due(&Means::Screen)).unwrap();
    }
    assert_eq!(letters(), 1, "the two days are not over");
    // Somebody takes the machine to the wrong zone: eight hours by its clock, a minute in truth.
    hand.pass(SignedDuration::from_hours(8));
    steady.pass(SignedDuration::from_mins(1));
    runtime.be_seen().unwrap();
    block_on(runtime.advance_due(&Means::Screen)).unwrap();
    let plan = runtime.planned(&case).unwrap().1;
    assert_eq!(plan.step("second").unwrap().waiting, Some(Waiting::Approval));
    assert_eq!(letters(), 1, "nothing left early");
}

#[test]
fn a_machine_in_another_zone_shows_the_dates_of_the_case() {
    let home = Home::new();
    let folder = example(|text| text);
    let file = folder.path().join("case.toml").display().to_string();
    home.expect(3, &["start", &file, "--once", "--at", crate::support::START]);
    let in_zone = |zone: &str, command: &str| {
        let output = home.program(&[command, "W-2026-0001"]).env("TZ", zone).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    for command in ["status", "calendar"] {
        let here = in_zone("Asia/Shanghai", command);
        assert!(!here.is_empty());
        assert_eq!(here, in_zone("America/New_York", command), "{command}");
        assert_eq!(here, in_zone("Pacific/Kiritimati", command), "{command}");
    }
}

#[test]
fn after_years_away_each_rung_fires_once_and_nothing_is_endless() {
    let home = Home::new();
    let folder = example(|text| text);
    let (mut runtime, hand) = home.runtime("2026-09-18 15:25");
    let lock = runtime.become_executor().unwrap().unwrap();
    let case = open(&mut runtime, &folder.path().join("case.toml"));
    for step in ["freeze-pay", "open-ticket"] {
        runtime.done(&case, &Done { step: step.into(), ..Done::default() }).unwrap();
        advance(&mut runtime, &case);
    }
    let before = runtime.desk(&case).unwrap().entries.len();
    drop(lock);
    hand.set("2031-03-01 10:00");
    let _lock = runtime.become_executor().unwrap().unwrap();
    let troubles = block_on(runtime.advance_due(&Means::Screen)).unwrap();
    assert!(troubles.is_empty(), "{troubles:?}");
    let desk = runtime.desk(&case).unwrap();
    let mut fired: Vec<String> = Vec::new();
    for entry in &desk.entries {
        if let Event::Expired { step, visit, span, .. } = &entry.event {
            let rung = format!("{step}#{visit} {span}");
            assert!(!fired.contains(&rung), "{rung} twice");
            fired.push(rung);
        }
    }
    assert!(fired.len() >= 4, "{fired:?}");
    assert!(desk.entries.len() - before < 120, "{} entries", desk.entries.len() - before);
    let again = desk.entries.len();
    advance(&mut runtime, &case);
    assert_eq!(runtime.desk(&case).unwrap().entries.len(), again);
}
