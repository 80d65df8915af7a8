//! What a reviewer found once and must not come back: answers in any order, changes of mind,
//! corrections, lost files.

use appeal_daemon::domain::case::CaseId;
use appeal_daemon::runtime::acts::{Done, Reply};
use appeal_daemon::runtime::setup::Runtime;
use appeal_daemon::workflow::plan::{Plan, State, Waiting};

use crate::support::{Hand, Home, advance, example, names, open, pdf_text, squeezed};

fn begun(home: &Home) -> (Runtime, Hand, CaseId, tempfile::TempDir) {
    let folder = example(|text| text);
    let (mut runtime, hand) = home.runtime("2026-09-18 15:25");
    let case = open(&mut runtime, &folder.path().join("case.toml"));
    (runtime, hand, case, folder)
}

fn with_ticket(home: &Home) -> (Runtime, Hand, CaseId, tempfile::TempDir) {
    let (mut runtime, hand, case, folder) = begun(home);
    done(&mut runtime, &case, "freeze-pay", None);
    hand.set("2026-09-18 16:00");
    done(&mut runtime, &case, "open-ticket", None);
    (runtime, hand, case, folder)
}

#[track_caller]
fn done(runtime: &mut Runtime, case: &CaseId, step: &str, outcome: Option<&str>) {
    let outcome = outcome.map(str::to_owned);
    runtime.done(case, &Done { step: step.into(), outcome, ..Done::default() }).unwrap();
    advance(runtime, case);
}

#[track_caller]
fn reply(runtime: &mut Runtime, case: &CaseId, step: &str, outcome: &str, note: &str) {
    let reply = Reply {
        step: step.into(),
        outcome: outcome.into(),
        note: Some(note.into()),
        ..Reply::default()
    };
    runtime.reply(case, &reply).unwrap();
    advance(runtime, case);
}

fn plan(runtime: &mut Runtime, case: &CaseId) -> Plan {
    runtime.planned(case).unwrap().1
}

#[track_caller]
fn state(runtime: &mut Runtime, case: &CaseId, step: &str) -> State {
    plan(runtime, case).step(step).unwrap_or_else(|| panic!("no step {step}")).state
}

#[track_caller]
fn amend(folder: &tempfile::TempDir, runtime: &mut Runtime, from: &str, to: &str) {
    let file = folder.path().join("case.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains(from), "{from}");
    std::fs::write(&file, text.replacen(from, to, 1)).unwrap();
    let id = runtime.open_case(&file).unwrap().id;
    advance(runtime, &id);
}

fn paper(home: &Home, case: &CaseId, name: &str) -> String {
    squeezed(&pdf_text(&home.case(case.as_str()).join("documents").join(name)))
}

#[test]
fn silence_calls_again_what_an_earlier_answer_had_made_needless() {
    let home = Home::new();
    let (mut runtime, hand, case, _folder) = with_ticket(&home);
    hand.set("2026-10-10 10:00");
    advance(&mut runtime, &case);
    assert_eq!(state(&mut runtime, &case, "complaint/file"), State::Open, "15 days of silence");
    reply(&mut runtime, &case, "open-ticket", "refused", "证据不足");
    assert_eq!(state(&mut runtime, &case, "complaint/file"), State::Skipped);
    done(&mut runtime, &case, "review-once", None);
    hand.set("2026-10-30 10:00");
    advance(&mut runtime, &case);
    assert_eq!(state(&mut runtime, &case, "complaint/file"), State::Open, "silent once more");
}

#[test]
fn their_clock_runs_again_however_often_they_asked_and_whatever_we_did() {
    for outcome in [None, Some("skip")] {
        let home = Home::new();
        let (mut runtime, hand, case, _folder) = with_ticket(&home);
        hand.set("2026-09-19 09:00");
        reply(&mut runtime, &case, "open-ticket", "need-more", "身份证");
        reply(&mut runtime, &case, "open-ticket", "need-more", "还要流水");
        assert_eq!(
            plan(&mut runtime, &case).step("open-ticket").unwrap().waiting,
            Some(Waiting::Us)
        );
        hand.set("2026-09-21 09:00");
        done(&mut runtime, &case, "supplement", outcome);
        let plan = plan(&mut runtime, &case);
        let waiting = plan.step("open-ticket").unwrap().waiting.clone();
        assert!(matches!(waiting, Some(Waiting::Answer(Some(_)))), "{outcome:?}: {waiting:?}");
    }
}

#[test]
fn a_changed_case_rewrites_the_letter_that_still_lies_in_the_outbox() {
    let home = Home::new();
    let (mut runtime, hand, case, folder) = begun(&home);
    let outbox = home.case(case.as_str()).join("outbox");
    let bank = || names(&outbox).into_iter().filter(|name| name.starts_with("bank-")).collect();
    let before: Vec<String> = bank();
    hand.set("2026-09-18 15:45");
    amend(&folder, &mut runtime, "amount = \"3000.00\"", "amount = \"3100.00\"");
    let after: Vec<String> = bank();
    assert_eq!((before.len(), after.len()), (1, 1), "one letter, never two to choose from");
    assert_ne!(before, after);
    assert!(names(&outbox.join("replaced")).contains(&before[0]), "and the old one is kept aside");
    let letter = std::fs::read(outbox.join(&after[0])).unwrap();
    let letter = mail_parser::MessageParser::default().parse(&letter).unwrap();
    let body = letter.body_text(0).unwrap().into_owned();
    assert!(body.contains("3,100.00") && !body.contains("3,000.00"), "{body}");
}

#[test]
fn of_two_words_the_newer_counts() {
    let home = Home::new();
    let folder = example(|text| text.replace("code_given = false\n", ""));
    let (mut runtime, hand) = home.runtime("2026-09-18 15:25");
    let case = open(&mut runtime, &folder.path().join("case.toml"));
    let said = Done {
        step: "loss-facts".into(),
        set: vec![("code_given".into(), "否".into())],
        ..Done::default()
    };
    runtime.done(&case, &said).unwrap();
    advance(&mut runtime, &case);
    hand.set("2026-09-18 15:40");
    amend(&folder, &mut runtime, "[facts]\n", "[facts]\ncode_given = true\n");
    let (desk, _) = runtime.planned(&case).unwrap();
    assert_eq!(desk.history.case.facts.code_given, Some(true));
}

#[test]
fn a_limit_whose_start_nobody_gave_still_has_a_date() {
    let home = Home::new();
    let (mut runtime, hand, case, _folder) = begun(&home);
    done(&mut runtime, &case, "call-110", None);
    hand.set("2026-09-19 10:00");
    done(&mut runtime, &case, "police/station", Some("not_filed"));
    let plan = plan(&mut runtime, &case);
    let due = plan.step("police/refusal/reconsider").unwrap().due.clone().unwrap();
    assert!(due.provisional, "and says that it is provisional");
    assert_eq!(due.last_day.unwrap().to_string(), "2026-09-26");
}

#[test]
fn a_choice_that_leads_somewhere_ends_the_waiting() {
    let home = Home::new();
    let (mut runtime, hand, case, _folder) = begun(&home);
    done(&mut runtime, &case, "hold-merchant", Some("held"));
    assert_eq!(state(&mut runtime, &case, "hold-merchant"), State::Done);
    hand.set("2026-09-25 10:00");
    advance(&mut runtime, &case);
    assert_eq!(state(&mut runtime, &case, "hold-again"), State::Waiting, "nobody calls again");
}

#[test]
fn a_refusal_after_the_receipt_can_be_recorded() {
    let home = Home::new();
    let (mut runtime, hand, case, _folder) = begun(&home);
    done(&mut runtime, &case, "call-110", None);
    done(&mut runtime, &case, "police/station", Some("receipt"));
    hand.set("2026-09-22 10:00");
    reply(&mut runtime, &case, "police/station", "not-filed", "不予立案");
    assert_eq!(state(&mut runtime, &case, "police/refusal/reconsider"), State::Open);
}

#[test]
fn what_was_not_done_is_not_told_as_done() {
    let home = Home::new();
    let (mut runtime, hand, case, _folder) = begun(&home);
    done(&mut runtime, &case, "hold-merchant", Some("not_reached"));
    done(&mut runtime, &case, "insurance/notice", Some("none"));
    hand.set("2026-09-18 17:00");
    done(&mut runtime, &case, "freeze-pay", None);
    done(&mut runtime, &case, "call-110", None);
    let (desk, _) = runtime.planned(&case).unwrap();
    let packs = std::sync::Arc::clone(&runtime.library.packs);
    let dossier = desk.dossier(&packs, runtime.clock.now());
    let template = packs.templates.get("case-timeline").unwrap();
    let step = desk.workflow.step("self-copy").unwrap();
    let view = &dossier.maker().sheets(step, template, None)[0].view;
    let told = view["known"]["notices"].to_string();
    assert!(!told.contains("保险") && !told.contains("商户"), "{told}");
}

#[test]
fn a_changed_kind_of_loss_owes_a_correction_to_whoever_holds_the_old_one() {
    let home = Home::new();
    let (mut runtime, hand, case, folder) = with_ticket(&home);
    done(&mut runtime, &case, "call-110", None);
    done(&mut runtime, &case, "police/station", Some("receipt"));
    hand.set("2026-09-18 18:00");
    amend(&folder, &mut runtime, "how = \"not_by_me\"", "how = \"by_me_deceived\"");
    for step in ["open-ticket.correction", "police/station.correction"] {
        assert_eq!(state(&mut runtime, &case, step), State::Open, "{step}");
    }
}

#[test]
fn the_bank_s_reason_is_never_put_in_the_platform_s_mouth() {
    let home = Home::new();
    let (mut runtime, hand, case, _folder) = with_ticket(&home);
    done(&mut runtime, &case, "bank-dispute", None);
    hand.set("2026-09-21 10:00");
    reply(&mut runtime, &case, "bank-dispute", "refused", "银行说的理由");
    reply(&mut runtime, &case, "open-ticket", "refused", "平台说的理由");
    let letter = paper(&home, &case, "review-letter.pdf");
    assert!(letter.contains("平台说的理由") && !letter.contains("银行说的理由"), "{letter}");
}

#[test]
fn a_letter_about_a_bank_names_no_other_bank_s_losses() {
    let home = Home::new();
    let folder = example(|text| {
        text.replace(
            "channel = \"零钱通\"",
            "channel = \"储蓄卡\"\nbank = \"样本银行储蓄卡(5678)\"",
        )
    });
    let (mut runtime, _hand) = home.runtime("2026-09-18 15:25");
    let case = open(&mut runtime, &folder.path().join("case.toml"));
    let (desk, _) = runtime.planned(&case).unwrap();
    let packs = std::sync::Arc::clone(&runtime.library.packs);
    let dossier = desk.dossier(&packs, runtime.clock.now());
    let template = packs.templates.get("complaint-bank-letter").unwrap();
    let step = desk.workflow.step("self-copy").unwrap();
    let sheets = dossier.maker().sheets(step, template, None);
    let told: Vec<_> = sheets
        .iter()
        .map(|sheet| {
            let total = &sheet.view["case"]["total"];
            (sheet.bank.name(), sheet.view["part"]["bank"].as_str(), total["net"].as_str())
        })
        .collect();
    let named = |bank, net| (Some(bank), Some(bank), Some(net));
    assert_eq!(told, [named("示例银行", "3,000.00"), named("样本银行", "1,900.99")]);
    assert!(!sheets[0].view.to_string().contains("样本银行"));
    // Whose numbers and answers these are, nobody said.
    assert_eq!(sheets[0].view["part"]["alone"], false);
}

#[test]
fn evidence_that_came_after_the_approval_does_not_leave_unseen() {
    let home = Home::new();
    let folder = example(|text| text.replace("approve = \"auto\"", "approve = \"ask\""));
    let (mut runtime, hand) = home.runtime("2026-09-18 15:25");
    let case = open(&mut runtime, &folder.path().join("case.toml"));
    let notified = Done {
        step: "insurance/notice".into(),
        outcome: Some("notified".into()),
        set: vec![("claim_no".into(), "BX-1".into())],
        ..Done::default()
    };
    runtime.done(&case, &notified).unwrap();
    done(&mut runtime, &case, "call-110", None);
    let at_station = Done {
        step: "police/station".into(),
        outcome: Some("receipt".into()),
        set: vec![("station".into(), "示例派出所".into()), ("receipt_no".into(), "1".into())],
        ..Done::default()
    };
    runtime.done(&case, &at_station).unwrap();
    let receipt = folder.path().join("receipt.png");
    std::fs::write(&receipt, b"\x89PNG receipt").unwrap();
    runtime.add_evidence(&case, "police.receipt", &receipt).unwrap();
    advance(&mut runtime, &case);
    assert_eq!(state(&mut runtime, &case, "insurance/claim"), State::Prepared);
    runtime.store.halt(runtime.clock.now()).unwrap();
    runtime.approve(&case, &["insurance/claim".into()], false).unwrap();
    let diary = folder.path().join("diary.txt");
    std::fs::write(&diary, "与本案无关").unwrap();
    runtime.add_evidence(&case, "bill.pdf", &diary).unwrap();
    hand.set("2026-09-18 16:30");
    runtime.store.resume(runtime.clock.now()).unwrap();
    advance(&mut runtime, &case);
    let plan = plan(&mut runtime, &case);
    let claim = plan.step("insurance/claim").unwrap();
    assert_eq!(claim.waiting, Some(Waiting::Approval), "it is another letter now");
}

#[test]
fn a_wrong_time_taken_back_leaves_no_trace_in_the_dates() {
    let home = Home::new();
    let (mut runtime, hand, case, _folder) = begun(&home);
    done(&mut runtime, &case, "freeze-pay", None);
    hand.set("2026-10-20 16:00");
    let wrong =
        Done { step: "open-ticket".into(), at: Some("2026-09-18T16:00".into()), ..Done::default() };
    runtime.done(&case, &wrong).unwrap();
    advance(&mut runtime, &case);
    assert_eq!(state(&mut runtime, &case, "complaint/file"), State::Open);
    runtime.undo(&case).unwrap();
    advance(&mut runtime, &case);
    assert_eq!(state(&mut runtime, &case, "complaint/file"), State::Waiting);
    done(&mut runtime, &case, "open-ticket", None);
    hand.set("2026-10-22 17:00");
    advance(&mut runtime, &case);
    assert_eq!(
        state(&mut runtime, &case, "chase-call"),
        State::Open,
        "48 hours from the right time"
    );
    assert_eq!(state(&mut runtime, &case, "complaint/file"), State::Waiting);
    let before =
        Done { step: "call-110".into(), at: Some("1999-01-01T00:00".into()), ..Done::default() };
    assert!(runtime.done(&case, &before).is_err(), "and no time before the discovery is taken");
}

#[test]
fn a_case_closed_by_mistake_opens_again() {
    let home = Home::new();
    let (mut runtime, hand, case, _folder) = with_ticket(&home);
    hand.set("2026-09-21 10:00");
    let paid = Reply {
        step: "open-ticket".into(),
        outcome: "paid".into(),
        amount: Some("9880.99".into()),
        ..Reply::default()
    };
    runtime.reply(&case, &paid).unwrap();
    advance(&mut runtime, &case);
    done(&mut runtime, &case, "settle-money", Some("settled"));
    assert!(runtime.planned(&case).unwrap().0.history.closed.is_some());
    runtime.undo(&case).unwrap();
    advance(&mut runtime, &case);
    let (desk, plan) = runtime.planned(&case).unwrap();
    assert!(desk.history.closed.is_none() && desk.row.closed_at.is_none());
    assert!(plan.next_wake.is_some(), "and its dates are watched again");
}

#[test]
fn money_that_is_still_missing_keeps_the_case_open() {
    let home = Home::new();
    let (mut runtime, hand, case, _folder) = with_ticket(&home);
    hand.set("2026-09-21 10:00");
    let part = Reply {
        step: "open-ticket".into(),
        outcome: "partial".into(),
        amount: Some("1000".into()),
        ..Reply::default()
    };
    runtime.reply(&case, &part).unwrap();
    advance(&mut runtime, &case);
    let settled =
        Done { step: "settle-money".into(), outcome: Some("settled".into()), ..Done::default() };
    assert!(runtime.done(&case, &settled).is_err());
}

#[test]
fn a_paper_that_was_lost_is_made_again() {
    let home = Home::new();
    let folder = example(|text| text.replace("approve = \"auto\"", "approve = \"ask\""));
    let (mut runtime, hand) = home.runtime("2026-09-18 15:25");
    let case = open(&mut runtime, &folder.path().join("case.toml"));
    let lost = home.case(case.as_str()).join("documents/bank-dispute.pdf");
    let before = std::fs::read(&lost).unwrap();
    std::fs::remove_file(&lost).unwrap();
    hand.set("2026-09-18 15:40");
    runtime.approve(&case, &["bank-dispute".into()], false).unwrap();
    advance(&mut runtime, &case);
    assert_eq!(std::fs::read(&lost).unwrap(), before, "the same bytes, so the approval holds");
    let outbox = names(&home.case(case.as_str()).join("outbox"));
    assert!(outbox.iter().any(|name| name.starts_with("bank-dispute-")), "{outbox:?}");
}

#[test]
fn correcting_the_discovery_never_opens_a_second_case() {
    let home = Home::new();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("case.toml");
    let text = "platform = \"wechat\"\ndiscovered_at = 2026-09-18T15:20:00+08:00\n";
    std::fs::write(&file, text).unwrap();
    let (mut runtime, _) = home.runtime("2026-09-18 15:25");
    let case = open(&mut runtime, &file);
    std::fs::write(&file, text.replace("15:20", "15:10")).unwrap();
    assert!(runtime.open_case(&file).is_err());
    std::fs::write(&file, format!("id = \"{case}\"\n{}", text.replace("15:20", "15:10"))).unwrap();
    assert_eq!(runtime.open_case(&file).unwrap().id, case);
}
