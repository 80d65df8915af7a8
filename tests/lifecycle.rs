//! A case from refusal to payment, on a fake clock, through the real store.

use appeal_daemon::domain::case::CaseId;
use appeal_daemon::domain::money::Money;
use appeal_daemon::runtime::acts::{Done, Reply};
use appeal_daemon::runtime::opening::How;
use appeal_daemon::runtime::setup::Runtime;
use appeal_daemon::workflow::plan::{Plan, State, Waiting};

use crate::support::{Hand, Home, advance, example, open, pdf_text, squeezed};

fn plan(runtime: &mut Runtime, case: &CaseId) -> Plan {
    runtime.planned(case).unwrap().1
}

#[track_caller]
fn state(runtime: &mut Runtime, case: &CaseId, step: &str) -> State {
    plan(runtime, case).step(step).unwrap_or_else(|| panic!("no step {step}")).state
}

#[track_caller]
fn done(runtime: &mut Runtime, case: &CaseId, step: &str, set: &[(&str, &str)]) {
    let set = set.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    runtime.done(case, &Done { step: step.into(), set, ..Done::default() }).unwrap();
    advance(runtime, case);
}

#[track_caller]
fn pick(runtime: &mut Runtime, case: &CaseId, step: &str, outcome: &str) {
    let outcome = Some(outcome.into());
    runtime.done(case, &Done { step: step.into(), outcome, ..Done::default() }).unwrap();
    advance(runtime, case);
}

#[track_caller]
fn reply(runtime: &mut Runtime, case: &CaseId, step: &str, outcome: &str, amount: Option<&str>) {
    let reply = Reply {
        step: step.into(),
        outcome: outcome.into(),
        amount: amount.map(str::to_owned),
        note: Some("示例答复".into()),
        ..Reply::default()
    };
    runtime.reply(case, &reply).unwrap();
    advance(runtime, case);
}

fn ticket_filed(home: &Home) -> (Runtime, Hand, CaseId, tempfile::TempDir) {
    let folder = example(|text| text);
    let (mut runtime, hand) = home.runtime("2026-09-18 15:25");
    let case = open(&mut runtime, &folder.path().join("case.toml"));
    done(&mut runtime, &case, "freeze-pay", &[("agent", "8021")]);
    hand.set("2026-09-18 16:00");
    done(&mut runtime, &case, "open-ticket", &[("ticket_no", "TK20260918001")]);
    (runtime, hand, case, folder)
}

#[test]
fn refused_then_reviewed_then_paid_in_part_then_paid_then_closed() {
    let home = Home::new();
    let (mut runtime, hand, case, _folder) = ticket_filed(&home);
    assert_eq!(state(&mut runtime, &case, "open-ticket"), State::Submitted);

    hand.set("2026-09-21 10:00");
    advance(&mut runtime, &case);
    assert_eq!(state(&mut runtime, &case, "chase-call"), State::Open, "48 hours of silence");
    reply(&mut runtime, &case, "open-ticket", "refused", None);
    assert_eq!(state(&mut runtime, &case, "open-ticket"), State::Done);
    assert_eq!(state(&mut runtime, &case, "chase-call"), State::Skipped, "an answer came");
    assert_eq!(state(&mut runtime, &case, "review-once"), State::Open);
    let letter = home.case(case.as_str()).join("documents/review-letter.pdf");
    let letter = squeezed(&pdf_text(&letter));
    assert!(letter.contains("示例答复") && letter.contains("TK20260918001"), "{letter}");

    hand.set("2026-09-22 09:30");
    done(&mut runtime, &case, "review-once", &[]);
    reply(&mut runtime, &case, "review-once", "partial", Some("5000.00"));
    let (desk, _) = runtime.planned(&case).unwrap();
    assert_eq!(desk.history.recovered, Money::from_fen(500_000));
    assert_eq!(state(&mut runtime, &case, "settle-money"), State::Open);
    assert_eq!(
        state(&mut runtime, &case, "complaint/file"),
        State::Open,
        "the rest is not given up"
    );

    hand.set("2026-09-28 11:00");
    pick(&mut runtime, &case, "settle-money", "continue");
    done(&mut runtime, &case, "complaint/file", &[("complaint_no", "C-77")]);
    reply(&mut runtime, &case, "complaint/file", "paid", Some("4880.99"));
    assert_eq!(runtime.planned(&case).unwrap().0.history.recovered, Money::from_fen(988_099));
    pick(&mut runtime, &case, "complaint/check-paid", "settled");
    let (desk, plan) = runtime.planned(&case).unwrap();
    assert!(desk.history.closed.is_some());
    assert_eq!(plan.next_wake, None, "a closed case has no timers");
    assert!(plan.tasks().is_empty());
    hand.set("2027-09-28 11:00");
    assert_eq!(runtime.store.due(runtime.clock.now(), 10).unwrap(), [], "and never wakes again");
}

#[test]
fn a_corrected_amount_is_owed_to_those_who_hold_the_old_one() {
    let home = Home::new();
    let (mut runtime, hand, case, folder) = ticket_filed(&home);
    hand.set("2026-09-18 18:00");
    let file = folder.path().join("case.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("amount = \"4980.00\"", "amount = \"4890.00\"")).unwrap();
    let opened = runtime.open_case(&file).unwrap();
    let How::Amended(changes) = &opened.how else { panic!("{:?}", opened.how) };
    assert_eq!((changes.len(), changes[0].path.as_str()), (1, "losses[0].amount"));
    advance(&mut runtime, &case);

    let documents = home.case(case.as_str()).join("documents");
    for paper in ["police-statement.pdf", "stop-payment-card.pdf", "insurance-account.pdf"] {
        let text = squeezed(&pdf_text(&documents.join(paper)));
        assert!(text.contains("4,890.00") && !text.contains("4,980.00"), "{paper}");
    }
    let held = squeezed(&pdf_text(&documents.join("appeal-letter.pdf")));
    assert!(held.contains("4,980.00"), "what was handed in stays as it was handed in");

    assert_eq!(state(&mut runtime, &case, "open-ticket.correction"), State::Open);
    let now = plan(&mut runtime, &case);
    for held_back in ["written-notice", "hold-merchant"] {
        let step = now.step(held_back).unwrap();
        let waits = matches!(&step.waiting, Some(Waiting::Correction(of)) if of == "open-ticket.correction");
        let is_call = held_back == "hold-merchant";
        assert!(waits != is_call, "{held_back}: {:?}", step.waiting);
    }
    assert_eq!(now.step("call-110").unwrap().state, State::Overdue, "a call is never held back");
    let notice = squeezed(&pdf_text(&documents.join("correction-notice-open-ticket.pdf")));
    assert!(notice.contains("4,980.00") && notice.contains("4,890.00"), "{notice}");

    hand.set("2026-09-18 18:30");
    done(&mut runtime, &case, "open-ticket.correction", &[]);
    let now = plan(&mut runtime, &case);
    assert!(now.step("open-ticket.correction").is_none(), "nothing is owed any more");
    assert_eq!(now.step("written-notice").unwrap().state, State::Open);
}

#[test]
fn nothing_else_leaves_before_a_correction() {
    let home = Home::new();
    let folder = example(|text| text);
    let (mut runtime, hand) = home.runtime("2026-09-18 15:25");
    let file = folder.path().join("case.toml");
    let case = open(&mut runtime, &file);
    let outbox = home.case(case.as_str()).join("outbox");
    // The person sends the letter to the bank, then the amount turns out to be wrong.
    done(&mut runtime, &case, "bank-dispute", &[]);
    let letters = crate::support::names(&outbox).len();
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("\"3000.00\"", "\"3100.00\"")).unwrap();
    hand.set("2026-09-18 16:00");
    open(&mut runtime, &file);
    runtime.approve(&case, &["insurance/notice".into()], false).unwrap_err();
    let now = plan(&mut runtime, &case);
    assert_eq!(
        now.step("insurance/notice").unwrap().waiting,
        Some(Waiting::Correction("bank-dispute.correction".into()))
    );
    // The correction itself goes to the bank by the same channel.
    assert_eq!(crate::support::names(&outbox).len(), letters + 1);
    done(&mut runtime, &case, "bank-dispute.correction", &[]);
    assert_eq!(state(&mut runtime, &case, "insurance/notice"), State::Prepared);
    runtime.approve(&case, &["insurance/notice".into()], false).unwrap();
    advance(&mut runtime, &case);
    assert_eq!(crate::support::names(&outbox).len(), letters + 2);
}

#[test]
fn an_approval_is_of_the_bytes_that_were_seen() {
    let home = Home::new();
    let folder = example(|text| text.replace("approve = \"auto\"", "approve = \"ask\""));
    let (mut runtime, hand) = home.runtime("2026-09-18 15:25");
    let file = folder.path().join("case.toml");
    let case = open(&mut runtime, &file);
    let outbox = home.case(case.as_str()).join("outbox");
    assert_eq!(crate::support::names(&outbox).len(), 0, "by default each message is asked about");
    assert_eq!(state(&mut runtime, &case, "bank-dispute"), State::Prepared);
    // Approved while no executor runs, then changed before one does.
    runtime.approve(&case, &["bank-dispute".into()], false).unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("\"3000.00\"", "\"3100.00\"")).unwrap();
    hand.set("2026-09-18 16:00");
    open(&mut runtime, &file);
    assert_eq!(crate::support::names(&outbox).len(), 0, "other bytes want another approval");
    assert_eq!(state(&mut runtime, &case, "bank-dispute"), State::Prepared);
    runtime.approve(&case, &["bank-dispute".into()], false).unwrap();
    advance(&mut runtime, &case);
    assert_eq!(crate::support::names(&outbox).len(), 1);
}

#[test]
fn their_clock_stands_still_while_they_wait_for_us() {
    let home = Home::new();
    let (mut runtime, hand, case, _folder) = ticket_filed(&home);
    hand.set("2026-09-19 10:00");
    reply(&mut runtime, &case, "open-ticket", "need-more", None);
    assert_eq!(state(&mut runtime, &case, "supplement"), State::Open);
    let ticket = plan(&mut runtime, &case).step("open-ticket").unwrap().clone();
    assert_eq!((ticket.state, ticket.waiting), (State::Submitted, Some(Waiting::Us)));
    hand.set("2026-09-21 16:30");
    advance(&mut runtime, &case);
    assert_eq!(state(&mut runtime, &case, "chase-call"), State::Waiting, "48 hours have not run");
    done(&mut runtime, &case, "supplement", &[]);
    // 18 hours had run before the pause; 30 are left after 16:30 of the 21st.
    let silence = plan(&mut runtime, &case).step("open-ticket").unwrap().silence;
    assert_eq!(silence, Some(crate::support::instant("2026-09-22 22:30")));
}

#[test]
fn undo_takes_the_last_word_back_with_a_trace() {
    let home = Home::new();
    let (mut runtime, _hand, case, _folder) = ticket_filed(&home);
    reply(&mut runtime, &case, "open-ticket", "refused", None);
    assert_eq!(state(&mut runtime, &case, "review-once"), State::Open);
    let before = runtime.store.verify(&case).unwrap().entries;
    runtime.undo(&case).unwrap();
    advance(&mut runtime, &case);
    assert_eq!(state(&mut runtime, &case, "open-ticket"), State::Submitted);
    assert_eq!(state(&mut runtime, &case, "review-once"), State::Waiting);
    assert!(runtime.store.verify(&case).unwrap().entries > before, "nothing is ever removed");
}

#[test]
fn halt_stops_everything_until_resume() {
    let home = Home::new();
    let folder = example(|text| text);
    let (mut runtime, hand) = home.runtime("2026-09-18 15:25");
    runtime.store.halt(runtime.clock.now()).unwrap();
    let case = open(&mut runtime, &folder.path().join("case.toml"));
    let outbox = home.case(case.as_str()).join("outbox");
    assert_eq!(crate::support::names(&outbox).len(), 0);
    assert_eq!(
        plan(&mut runtime, &case).step("bank-dispute").unwrap().waiting,
        Some(Waiting::Halted)
    );
    hand.set("2026-09-18 15:40");
    runtime.store.resume(runtime.clock.now()).unwrap();
    advance(&mut runtime, &case);
    assert_eq!(crate::support::names(&outbox).len(), 3);
}

#[test]
fn a_changed_file_never_becomes_another_person_s_case() {
    let home = Home::new();
    let folder = example(|text| text.replace("id = \"W-2026-0001\"\n", ""));
    let (mut runtime, _hand) = home.runtime("2026-09-18 15:25");
    let file = folder.path().join("case.toml");
    open(&mut runtime, &file);
    let text = std::fs::read_to_string(&file).unwrap();
    let other = text.replace("林晓芸", "王小明").replace("13800138000", "13900139000");
    std::fs::write(&file, other).unwrap();
    let error = runtime.open_case(&file).unwrap_err().to_string();
    assert!(error.contains("another person"), "{error}");
}
