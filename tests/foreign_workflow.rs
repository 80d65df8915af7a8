//! A procedure the program has never seen: a parent disputes a school fee.

use appeal_daemon::runtime::acts::{Done, Reply};
use appeal_daemon::workflow::plan::State;

use crate::support::{Home, advance, open, pdf_text, squeezed};

const WORKFLOW: &str = r#"
schema = 1
id = "school-fee"
name = "学费争议"
name_en = "School fee dispute"
sources = ["written for a test"]

[clock]
start = "case.discovered_at"

[step.collect]
title = "收集缴费凭证"
title_en = "Collect the receipts"
action = "capture"
require = ["fee.receipt"]
due = "2d"

[step.letter]
title = "向学校发出异议"
title_en = "Object to the school"
action = "submit"
to = "case.school"
template = "fee-letter"
attach = ["fee.receipt"]
due = "7天"
on_silence = { "15个工作日" = "call-office" }
on_paid = "settle"
on_partial = "settle"
on_refused = "bureau"
on_need_more = "more"

[step.call-office]
title = "致电财务处"
title_en = "Call the office"
action = "submit"
to = "school.office"
due = "24小时"

[step.more]
title = "补充材料"
title_en = "Bring more"
action = "submit"
to = "case.school"
template = "fee-letter"
on_silence = {}

[step.bureau]
title = "向教育局反映"
title_en = "Tell the bureau"
action = "submit"
to = "school.bureau"
due = "5wd"
on_silence = { "60d" = "settle" }

[step.settle]
title = "核对退费"
title_en = "Check the refund"
action = "settle"
pick = ["settled", "continue"]
on_settled = "close"

[channel."school.office"]
kind = "call"
name = "学校财务处"
role = "other"
number = "0571-88880000"
source = "学校网站"
checked = "2026-09-01"
quality = "verified"

[channel."school.bureau"]
kind = "visit"
name = "区教育局"
role = "regulator"
source = "教育局网站"
checked = "2026-09-01"
quality = "verified"

[slot."fee.receipt"]
name = "缴费凭证"
how = "向学校索取"
"#;

const CASE: &str = r#"
id = "S-1"
platform = "school"
workflow = "school-fee.toml"
discovered_at = 2026-09-01T10:00:00+08:00

[victim]
name = "赵家长"
email = "zhao@mail.example"

[[losses]]
amount = "1200.00"
payee = "示例学校"

[recipients.school]
name = "财务处"
email = "finance@school.example"
role = "other"
confirmed = true

[send]
approve = "auto"
"#;

const TEMPLATE: &str = r#"
schema = 1
title = "收费异议书"
needs = ["case.victim.name", "case.losses"]
uses = ["case.our_number", "case.victim.name", "case.losses", "case.total", "to"]
"#;

const PAPER: &str = r#"
#import "/lib.typ": *
#let data = json("/data.json")
#show: letter.with(data.doc)
致：#data.to.name

本人#fact(data.case.victim.name)对所收费用 #data.case.total.amount 元提出异议，请书面说明依据。
#ending([此致])
"#;

const TEXT: &str =
    "对所收费用{{case.total.amount}}元提出异议，请书面说明依据。\n\n{{attachments}}\n";

fn prepare(home: &Home) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("case.toml"), CASE).unwrap();
    std::fs::write(folder.path().join("school-fee.toml"), WORKFLOW).unwrap();
    let template = home.path().join("config/templates/fee-letter");
    std::fs::create_dir_all(&template).unwrap();
    std::fs::write(template.join("template.toml"), TEMPLATE).unwrap();
    std::fs::write(template.join("paper.typ"), PAPER).unwrap();
    std::fs::write(template.join("subject.hbs"), "收费异议（本方编号 {{case.our_number}}）")
        .unwrap();
    std::fs::write(template.join("body.hbs"), TEXT).unwrap();
    folder
}

#[test]
fn a_workflow_the_program_has_never_seen_runs_unchanged() {
    let home = Home::new();
    let folder = prepare(&home);
    let (mut runtime, hand) = home.runtime("2026-09-01 10:05");
    let case = open(&mut runtime, &folder.path().join("case.toml"));
    let state = |runtime: &mut appeal_daemon::runtime::setup::Runtime, step: &str| {
        runtime.planned(&case).unwrap().1.step(step).unwrap().state
    };
    assert_eq!(state(&mut runtime, "collect"), State::Open);
    assert_eq!(state(&mut runtime, "letter"), State::Waiting, "by position after `collect`");

    let receipt = folder.path().join("receipt.png");
    std::fs::write(&receipt, b"\x89PNG not a real picture").unwrap();
    runtime.add_evidence(&case, "fee.receipt", &receipt).unwrap();
    advance(&mut runtime, &case);
    assert_eq!(state(&mut runtime, "collect"), State::Done);
    let paper = home.case("S-1").join("documents/fee-letter.pdf");
    assert!(squeezed(&pdf_text(&paper)).contains("赵家长对所收费用1,200.00元提出异议"));
    assert_eq!(crate::support::names(&home.case("S-1").join("outbox")).len(), 1);

    let said = |step: &str| Done { step: step.into(), ..Done::default() };
    runtime.done(&case, &said("letter")).unwrap();
    advance(&mut runtime, &case);
    assert_eq!(state(&mut runtime, "letter"), State::Submitted);
    // 15 working days from 1 September, with the make-up Sunday of the 20th: the 21st.
    hand.set("2026-09-22 08:59");
    advance(&mut runtime, &case);
    assert_eq!(state(&mut runtime, "call-office"), State::Waiting);
    hand.set("2026-09-22 09:00");
    advance(&mut runtime, &case);
    assert_eq!(state(&mut runtime, "call-office"), State::Open);

    let reply = Reply { step: "letter".into(), outcome: "refused".into(), ..Reply::default() };
    runtime.reply(&case, &reply).unwrap();
    advance(&mut runtime, &case);
    assert_eq!(state(&mut runtime, "call-office"), State::Skipped);
    assert_eq!(state(&mut runtime, "bureau"), State::Open);
    runtime.done(&case, &said("bureau")).unwrap();
    advance(&mut runtime, &case);
    hand.set("2026-11-25 09:00");
    advance(&mut runtime, &case);
    assert_eq!(state(&mut runtime, "settle"), State::Open, "sixty days of silence");
    let settled =
        Done { step: "settle".into(), outcome: Some("settled".into()), ..Done::default() };
    runtime.done(&case, &settled).unwrap();
    advance(&mut runtime, &case);
    assert!(runtime.planned(&case).unwrap().0.history.closed.is_some());
}

#[test]
fn it_is_checked_shown_and_rehearsed_like_a_bundled_one() {
    let home = Home::new();
    let folder = prepare(&home);
    let file = folder.path().join("school-fee.toml").display().to_string();
    assert_eq!(home.json(0, &["workflow", "check", &file])["ok"], true);
    let case = folder.path().join("case.toml").display().to_string();
    assert_eq!(home.json(0, &["check", &case])["ok"], true);
    let simulated = home.json(0, &["simulate", &case]);
    let events = simulated["events"].as_array().unwrap();
    assert!(events.iter().any(|event| event["step"] == "letter" && event["event"] == "timeout"));
}
