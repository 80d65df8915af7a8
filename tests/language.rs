//! The workflow language where the bundled procedures do not use it: workflows within workflows,
//! repetitions and last resorts, working days in conditions, the table form.

use appeal_daemon::domain::case::CaseId;
use appeal_daemon::runtime::acts::{Done, Reply};
use appeal_daemon::runtime::setup::Runtime;
use appeal_daemon::workflow::plan::State;

use crate::support::{Hand, Home, advance, open};

const CHANNEL: &str = r#"
[channel."a.office"]
kind = "visit"
name = "办公室"
role = "other"
source = "test"
checked = "2026-11-22"
quality = "verified"
"#;

fn head(id: &str) -> String {
    format!(
        "schema = 1\nid = \"{id}\"\nversion = 1\nname = \"测试\"\nsources = [\"test\"]\n{CHANNEL}"
    )
}

/// A case that follows a workflow of one's own, with further workflows in the settings.
fn case(home: &Home, workflow: &str, others: &[(&str, &str)]) -> (Runtime, Hand, CaseId) {
    let folder = home.path().join("case");
    std::fs::create_dir_all(&folder).unwrap();
    let own = home.path().join("config/workflows/cn");
    std::fs::create_dir_all(&own).unwrap();
    for (name, text) in others {
        std::fs::write(own.join(format!("{name}.toml")), text).unwrap();
    }
    std::fs::write(folder.join("mine.toml"), workflow).unwrap();
    let file = folder.join("case.toml");
    let text = "id = \"L-1\"\nplatform = \"wechat\"\nworkflow = \"mine.toml\"\ndiscovered_at = 2026-09-18T15:20:00+08:00\n";
    std::fs::write(&file, text).unwrap();
    let (mut runtime, hand) = home.runtime("2026-09-18 15:25");
    let case = open(&mut runtime, &file);
    (runtime, hand, case)
}

#[track_caller]
fn state(runtime: &mut Runtime, case: &CaseId, step: &str) -> State {
    let plan = runtime.planned(case).unwrap().1;
    plan.step(step).unwrap_or_else(|| panic!("no step {step}")).state
}

#[track_caller]
fn done(runtime: &mut Runtime, case: &CaseId, step: &str, outcome: Option<&str>) {
    let outcome = outcome.map(str::to_owned);
    runtime.done(case, &Done { step: step.into(), outcome, ..Done::default() }).unwrap();
    advance(runtime, case);
}

fn inner() -> String {
    head("inner")
        + r#"
[step.ask]
title = "问"
action = "submit"
to = "a.office"
needs = []
due = "1d"
on_silence = { "2d" = "again" }
on_refused = "close"

[step.again]
title = "再问"
action = "submit"
to = "a.office"
when = 'outcome("ask") != "paid"'
due = "1d"
on_silence = {}

[step.write-up]
title = "记下结果"
action = "check"
needs = "ask"
"#
}

#[test]
fn a_workflow_within_another_is_planned_like_its_own_steps() {
    let home = Home::new();
    let outer = head("outer")
        + r#"
[step.first]
title = "先做"
action = "check"
needs = []

[step.part]
title = "子流程"
action = "subflow"
flow = "inner"

[step.last]
title = "最后"
action = "check"
needs = "part"
"#;
    let (mut runtime, hand, case) = case(&home, &outer, &[("inner", &inner())]);
    assert_eq!(state(&mut runtime, &case, "part/ask"), State::Waiting, "its turn has not come");
    hand.set("2026-09-21 10:00");
    done(&mut runtime, &case, "first", None);
    assert_eq!(state(&mut runtime, &case, "part/ask"), State::Open);
    let plan = runtime.planned(&case).unwrap().1;
    let due = plan.step("part/ask").unwrap().due.clone().unwrap();
    assert_eq!(due.last_day.unwrap().to_string(), "2026-09-22", "its clock begins with its turn");
    done(&mut runtime, &case, "part/ask", None);
    hand.set("2026-09-24 10:00");
    advance(&mut runtime, &case);
    assert_eq!(state(&mut runtime, &case, "part/again"), State::Open, "two days of silence");
    assert_eq!(state(&mut runtime, &case, "last"), State::Waiting);
    done(&mut runtime, &case, "part/write-up", None);
    assert_eq!(
        state(&mut runtime, &case, "last"),
        State::Open,
        "all that begins by itself is over"
    );
    // What the case is pinned to does not change with the file.
    let file = home.path().join("config/workflows/cn/inner.toml");
    std::fs::write(&file, inner().replace("\"2d\" = \"again\"", "\"9d\" = \"again\"")).unwrap();
    let (mut runtime, _) = home.runtime("2026-09-24 10:05");
    assert_eq!(state(&mut runtime, &case, "part/again"), State::Open);
}

#[test]
fn closing_within_ends_only_that_workflow() {
    let home = Home::new();
    let outer = head("outer")
        + "[step.part]\ntitle = \"子流程\"\naction = \"subflow\"\nflow = \"inner\"\nneeds = []\n\n[step.last]\ntitle = \"最后\"\naction = \"check\"\nneeds = \"part\"\n";
    let (mut runtime, hand, case) = case(&home, &outer, &[("inner", &inner())]);
    done(&mut runtime, &case, "part/ask", None);
    hand.set("2026-09-19 10:00");
    let reply = Reply { step: "part/ask".into(), outcome: "refused".into(), ..Reply::default() };
    runtime.reply(&case, &reply).unwrap();
    advance(&mut runtime, &case);
    assert_eq!(state(&mut runtime, &case, "part/write-up"), State::Skipped);
    assert_eq!(state(&mut runtime, &case, "last"), State::Open, "the case goes on");
    assert!(runtime.planned(&case).unwrap().0.history.closed.is_none());
}

#[test]
fn a_repetition_ends_at_its_cap_and_leads_to_the_last_resort() {
    let home = Home::new();
    let workflow = head("mine")
        + r#"
[step.call]
title = "打电话"
action = "submit"
to = "a.office"
needs = []
due = "1d"
repeat = { every = "2d", max = 3, until = 'outcome("call") == "paid"' }
escalate_to = "lawyer"

[step.lawyer]
title = "找律师"
action = "check"
due = "3d"
"#;
    let (mut runtime, hand, case) = case(&home, &workflow, &[]);
    for (day, number) in [("2026-09-18 16:00", 1), ("2026-09-21 10:00", 2), ("2026-09-24 10:00", 3)]
    {
        hand.set(day);
        advance(&mut runtime, &case);
        let plan = runtime.planned(&case).unwrap().1;
        let step = plan.step("call").unwrap();
        assert_eq!((step.state, step.visit), (State::Open, number), "{day}");
        let due = step.due.as_ref().unwrap();
        assert!(due.end > step.since.unwrap(), "the limit of a turn lies after its opening");
        done(&mut runtime, &case, "call", None);
        assert_eq!(state(&mut runtime, &case, "lawyer"), State::Waiting);
    }
    hand.set("2026-09-27 10:00");
    advance(&mut runtime, &case);
    assert_eq!(state(&mut runtime, &case, "lawyer"), State::Open, "nothing else is left");
    assert_eq!(
        runtime.planned(&case).unwrap().1.step("call").unwrap().visit,
        3,
        "and never a fourth"
    );
}

#[test]
fn a_condition_can_wait_for_working_days() {
    let home = Home::new();
    let workflow = head("mine")
        + r#"
[step.call]
title = "打电话"
action = "submit"
to = "a.office"
needs = []
on_silence = {}

[step.write]
title = "写信"
action = "check"
needs = []
when = 'workdays_since("call") >= 3'

[step.small]
title = "小额"
action = "check"
needs = []
when = { platform = "wechat", loss_max = "100元" }
"#;
    let (mut runtime, hand, case) = case(&home, &workflow, &[]);
    assert_eq!(state(&mut runtime, &case, "small"), State::Open, "no loss is a small loss");
    assert_eq!(state(&mut runtime, &case, "write"), State::Waiting, "not decided before the call");
    done(&mut runtime, &case, "call", None);
    // The 20th is a make-up working day: 20, 21, 22.
    hand.set("2026-09-21 10:00");
    let plan = runtime.planned(&case).unwrap().1;
    assert_eq!(plan.step("write").unwrap().state, State::Skipped);
    let wake = plan.next_wake.unwrap().to_string();
    assert_eq!(wake, "2026-09-21T16:00:00Z", "it is looked at again at midnight");
    hand.set("2026-09-22 00:00");
    advance(&mut runtime, &case);
    assert_eq!(state(&mut runtime, &case, "write"), State::Open);
}
