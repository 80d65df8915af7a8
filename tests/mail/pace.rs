//! How fast mail leaves: limits hold what could leave, say until when, and let nothing pass silently.

use appeal_daemon::domain::case::CaseId;
use appeal_daemon::domain::pace::{Hold, Limit};
use appeal_daemon::domain::refusal::RefusalClass;
use appeal_daemon::domain::volume::TooHeavy;
use appeal_daemon::runtime::setup::Runtime;
use appeal_daemon::workflow::plan::{State, StepPlan, Waiting};
use mail_parser::{Message, MessageParser};
use tempfile::TempDir;

use crate::smtp::{Behaviour, STEP, Server, bounce, only_the_bank};
use crate::support::{Hand, Home, START, advance, example, instant, open};

struct Firm {
    home: Home,
    server: Server,
    runtime: Runtime,
    hand: Hand,
    folders: Vec<TempDir>,
}

impl Firm {
    fn new(behaviour: Behaviour, throttle: &str) -> Self {
        let (home, server) = (Home::new(), Server::start(behaviour));
        let settings = server.settings().replace("user = \"lin@mail.example\"\n", "");
        home.configure(&format!("{settings}[throttle]\n{throttle}\n"));
        let (runtime, hand) = home.runtime(START);
        Self { home, server, runtime, hand, folders: Vec::new() }
    }

    /// Opens one more case.
    fn open(&mut self) -> CaseId {
        let id = format!("W-2026-{:04}", self.folders.len() + 1);
        let folder = example(|text| only_the_bank(&text).replace("W-2026-0001", &id));
        let case = open(&mut self.runtime, &folder.path().join("case.toml"));
        self.folders.push(folder);
        case
    }

    fn step(&mut self, case: &CaseId) -> StepPlan {
        self.runtime.planned(case).unwrap().1.step(STEP).unwrap().clone()
    }

    #[track_caller]
    fn hold(&mut self, case: &CaseId) -> (State, Hold) {
        let step = self.step(case);
        match step.waiting {
            Some(Waiting::Held { hold, .. }) => (step.state, hold),
            other => panic!("{:?} {other:?}", step.state),
        }
    }
}

#[test]
fn what_is_over_the_day_waits_for_the_next() {
    let mut firm = Firm::new(Behaviour::Accept, "per_day = 2");
    let cases = [firm.open(), firm.open(), firm.open()];
    assert_eq!(firm.server.received().len(), 2);
    let at = instant("2026-09-19 00:00");
    let day = Hold::Until { at, limit: Limit::Day(2) };
    assert_eq!(firm.hold(&cases[2]), (State::Waiting, day));
    let (_, plan) = firm.runtime.planned(&cases[2]).unwrap();
    assert!(plan.next_wake.is_some_and(|wake| wake <= at), "it is looked at then: {plan:?}");
    firm.hand.set("2026-09-18 23:59");
    advance(&mut firm.runtime, &cases[2]);
    assert_eq!(firm.server.received().len(), 2, "not a minute earlier");
    firm.hand.set("2026-09-19 00:00");
    advance(&mut firm.runtime, &cases[2]);
    assert_eq!(firm.server.received().len(), 3);
    assert_eq!(firm.step(&cases[2]).state, State::Submitted);
}

#[test]
fn what_was_counted_is_in_the_ledger() {
    let mut firm = Firm::new(Behaviour::Accept, "per_domain_per_day = 1");
    let cases = [firm.open(), firm.open()];
    let (runtime, _) = firm.home.runtime("2026-09-18 15:30");
    firm.runtime = runtime;
    let (state, hold) = firm.hold(&cases[1]);
    assert_eq!(state, State::Waiting);
    let domain = "bank.example".to_owned();
    let at = instant("2026-09-19 00:00");
    assert_eq!(hold, Hold::Until { at, limit: Limit::Domain { domain, most: 1 } });
}

#[test]
fn a_minute_is_waited_for() {
    let mut firm = Firm::new(Behaviour::Accept, "per_minute = 1");
    let cases = [firm.open(), firm.open()];
    assert_eq!(firm.server.received().len(), 1);
    assert_eq!(firm.hold(&cases[1]).1.until(), Some(instant("2026-09-18 15:26")));
    firm.hand.set("2026-09-18 15:26");
    advance(&mut firm.runtime, &cases[1]);
    assert_eq!(firm.server.received().len(), 2);
}

#[test]
fn a_limit_that_makes_us_miss_ours_is_the_persons_task() {
    // A Friday afternoon; the make-up Sunday is worked, but our limit is the Saturday.
    let mut firm = Firm::new(Behaviour::Accept, "hours = \"09:00-12:00 workdays\"");
    let case = firm.open();
    let step = firm.step(&case);
    assert_eq!(step.state, State::Prepared);
    let Some(Waiting::Held { hold, misses }) = step.waiting else { panic!("{step:?}") };
    assert_eq!(hold.until(), Some(instant("2026-09-20 09:00")));
    assert_eq!(misses, step.due.map(|due| due.end));
    let (desk, _) = firm.runtime.planned(&case).unwrap();
    let reminded = &desk.history.visit(STEP).unwrap().reminded;
    assert!(reminded.iter().any(|id| id.ends_with(":held")), "told at once: {reminded:?}");
    assert!(firm.server.received().is_empty());

    firm.hand.set("2026-09-20 09:00");
    advance(&mut firm.runtime, &case);
    assert_eq!(firm.server.received().len(), 1);
}

#[test]
fn an_account_refused_again_and_again_is_stopped() {
    let mut firm = Firm::new(Behaviour::RefuseAsTooFrequent, "stop_after = 2");
    let cases = [firm.open(), firm.open(), firm.open()];
    let stopped = Hold::Stopped { refused: 2, class: RefusalClass::Rate };
    assert_eq!(firm.hold(&cases[2]), (State::Prepared, stopped));
    firm.server.become_(Behaviour::Accept);
    firm.hand.set("2026-09-18 16:00");
    for case in &cases {
        advance(&mut firm.runtime, case);
    }
    assert!(firm.server.received().is_empty(), "also what would be tried again");
    firm.hand.set("2026-09-18 16:01");
    firm.runtime.store.resume(instant("2026-09-18 16:01")).unwrap();
    for case in &cases {
        advance(&mut firm.runtime, case);
    }
    assert_eq!(firm.server.received().len(), 3);
}

#[test]
fn what_a_person_lets_leave_once_more_counts_and_waits_too() {
    let mut firm = Firm::new(Behaviour::DropAfterBody, "per_minute = 1");
    let case = firm.open();
    assert_eq!(firm.step(&case).state, State::InDoubt);
    firm.server.become_(Behaviour::Accept);
    firm.hand.set("2026-09-18 15:25:30");
    firm.runtime.approve(&case, &[STEP.to_owned()], true).unwrap();
    advance(&mut firm.runtime, &case);
    assert_eq!(firm.hold(&case).0, State::InDoubt);
    assert_eq!(firm.hold(&case).1.until(), Some(instant("2026-09-18 15:26")));
    assert_eq!(firm.server.received().len(), 1, "only the first try");
    firm.hand.set("2026-09-18 15:26");
    advance(&mut firm.runtime, &case);
    assert_eq!(firm.server.received().len(), 2);
    let other = firm.open();
    assert_eq!(firm.hold(&other).1.until(), Some(instant("2026-09-18 15:27")));
    firm.hand.set("2026-09-18 15:27");
    advance(&mut firm.runtime, &other);
    assert_eq!(firm.server.received().len(), 3);
}

#[test]
fn a_recipient_that_does_not_exist_stops_nobody_else() {
    let mut firm = Firm::new(Behaviour::RefuseRecipient, "stop_after = 1");
    firm.open();
    firm.server.become_(Behaviour::Accept);
    firm.open();
    assert_eq!(firm.server.received().len(), 1);
}

impl Firm {
    /// Opens a case with as many statements of so many megabytes, and lets the time come to send.
    fn open_with_statements(&mut self, megabytes: &[usize]) -> CaseId {
        let case = self.open();
        for (index, megabytes) in megabytes.iter().enumerate() {
            let statement = self.folders[0].path().join(format!("statement-{index}.pdf"));
            let content = vec![b"%PQ"[index % 3]; megabytes * 1024 * 1024];
            std::fs::write(&statement, content).unwrap();
            self.runtime.add_evidence(&case, "bank.statement", &statement).unwrap();
        }
        self.hand.set("2026-09-20 09:30");
        advance(&mut self.runtime, &case);
        case
    }
}

#[test]
fn what_one_mail_cannot_carry_goes_in_several() {
    let mut firm = Firm::new(Behaviour::Accept, "hours = \"09:00-12:00 workdays\"");
    let case = firm.open_with_statements(&[7, 7, 7]);
    assert_eq!(firm.step(&case).state, State::Submitted);
    let received = firm.server.received();
    let read: Vec<Message<'_>> = received
        .iter()
        .map(|bytes| MessageParser::default().parse(bytes.as_bytes()).unwrap())
        .collect();
    let [first, second] = read.as_slice() else { panic!("{} came", read.len()) };
    for (mail, ends) in [(first, "（第1封，共2封）"), (second, "（第2封，共2封）")] {
        let subject = mail.subject().unwrap();
        assert!(subject.contains("W-2026-0001") && subject.ends_with(ends), "{subject}");
    }
    // The first says what is in which, the second what it belongs to; they are one thread.
    let words = first.body_text(0).unwrap();
    assert!(words.contains("04-bank-statement") && words.contains("（第2封）"), "{words}");
    assert!(second.body_text(0).unwrap().contains("第2封，共2封"));
    assert_eq!(second.in_reply_to().as_text(), first.message_id());
    let weigh = |mail: &Message<'_>| -> Vec<usize> {
        mail.attachments().map(|part| part.contents().len() >> 20).collect()
    };
    assert_eq!(weigh(first).iter().filter(|megabytes| **megabytes == 7).count(), 2);
    assert_eq!(weigh(second), [7]);
    // Nothing is sent again, and both are in the record of what was mailed.
    advance(&mut firm.runtime, &case);
    assert_eq!(firm.server.received().len(), 2);
    let (desk, _) = firm.runtime.planned(&case).unwrap();
    assert_eq!(firm.runtime.messages(&desk, Some(STEP)).unwrap().len(), 2);
}

#[test]
fn what_comes_back_of_one_mail_closes_no_other_way() {
    let mut firm = Firm::new(Behaviour::Accept, "hours = \"09:00-12:00 workdays\"");
    let case = firm.open_with_statements(&[7, 7, 7]);
    let (desk, _) = firm.runtime.planned(&case).unwrap();
    let submission = desk.history.visit(STEP).unwrap().submission.clone().unwrap();
    let inbox = firm.home.path().join("inbox");
    std::fs::create_dir_all(&inbox).unwrap();
    let mut ways = Vec::new();
    for volume in submission.volumes() {
        std::fs::write(inbox.join("bounce.eml"), bounce(&volume.message_id)).unwrap();
        assert_eq!(firm.runtime.take_dropped().unwrap(), 1);
        advance(&mut firm.runtime, &case);
        let step = firm.step(&case);
        ways.push(step.channel.map(|channel| channel.id.clone()));
        let (desk, _) = firm.runtime.planned(&case).unwrap();
        assert_eq!(desk.history.bounced.len(), 1, "{:?}", desk.history.bounced);
    }
    assert!(ways[0].is_some() && ways[0] == ways[1], "the counter stays the next way: {ways:?}");
}

#[test]
fn what_one_mail_cannot_carry_is_not_sent_and_not_cut() {
    let mut firm = Firm::new(Behaviour::Accept, "hours = \"09:00-12:00 workdays\"");
    let case = firm.open_with_statements(&[16]);
    let step = firm.step(&case);
    assert_eq!(step.state, State::Blocked);
    assert!(
        matches!(step.waiting, Some(Waiting::TooHeavy(TooHeavy::File(bytes))) if bytes == 16 << 20)
    );
    assert!(firm.server.received().is_empty());
}
