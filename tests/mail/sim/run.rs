//! One life of a small case: acts, crashes, looks and words of the person, until nothing is left to
//! do; then the ledger is held against what arrived.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::AtomicI64;
use std::sync::{Arc, Mutex, OnceLock};
use std::task::Poll;
use std::time::Duration;

use appeal_daemon::domain::case::CaseId;
use appeal_daemon::domain::digest::Digest;
use appeal_daemon::runtime::acts::Done;
use appeal_daemon::runtime::boundary;
use appeal_daemon::runtime::clock::Clock;
use appeal_daemon::runtime::desk::Desk;
use appeal_daemon::runtime::environment::Environment;
use appeal_daemon::runtime::error::RuntimeError;
use appeal_daemon::runtime::notify::Means;
use appeal_daemon::runtime::setup::{Options, Runtime};
use appeal_daemon::runtime::volumes::Mail;
use appeal_daemon::workflow::event::{Event, Note, TakenBy};
use appeal_daemon::workflow::history::Visit;
use appeal_daemon::workflow::library::Library;
use appeal_daemon::workflow::submission::Stage;
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::mail::sim::world::{self, Script, Shared, World};
use crate::mail::sim::{mailbox, smtp};
use crate::support::{START, copy_folder, instant};

/// Three letters to three offices, and nothing else. The second carries more than some servers take
/// in one message.
const WORKFLOW: &str = r#"
schema = 1
id = "sim"
name = "模拟投递"
sources = []
[step.one]
title = "一"
action = "submit"
to = "case.one"
template = "sim-letter"
needs = []
on_silence = {}
[step.two]
title = "二"
action = "submit"
to = "case.two"
template = "sim-letter"
attach = ["bank.statement"]
needs = []
on_silence = {}
[step.three]
title = "三"
action = "submit"
to = "case.three"
template = "sim-letter"
needs = ["two"]
on_silence = {}
"#;

const CASE: &str = r#"
id = "S-1"
platform = "office"
workflow = "sim.toml"
discovered_at = 2026-09-18T15:20:00+08:00
[victim]
name = "赵家长"
email = "lin@mail.example"
[[losses]]
at = 2026-09-18T14:00:00+08:00
amount = "12.00"
payee = "某某商户"
order_no = "100001"
channel = "balance"
how = "not_by_me"
[recipients.one]
email = "one@firm.example"
role = "other"
confirmed = true
[recipients.two]
email = "two@firm.example"
role = "other"
confirmed = true
[recipients.three]
email = "three@firm.example"
role = "other"
confirmed = true
[send]
approve = "auto"
"#;

const CONFIG: &str = r#"
[smtp]
host = "127.0.0.1"
port = 1
security = "none"
user = "lin@mail.example"
from = "lin@mail.example"
[imap]
host = "127.0.0.1"
port = 1
security = "none"
[reminders]
desktop = false
"#;

/// How much each of the second letter's attachments weighs.
const STATEMENT_BYTES: usize = 100_000;

/// A home in which the case was opened and nothing has left.
struct Base {
    folder: TempDir,
    library: Library,
}

static BASE: OnceLock<Mutex<Base>> = OnceLock::new();

fn options(folder: &std::path::Path, clock: Clock) -> Options {
    let appeal = [("APPEAL_NO_KEYRING", "1"), ("APPEAL_SMTP_PASSWORD", "swordfish")];
    let appeal = appeal.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let environment = Environment { appeal, ..Environment::default() };
    Options { home: folder.join("home"), config: folder.join("home/config"), clock, environment }
}

/// A folder in memory where there is one: durability is not what is simulated.
fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

fn base() -> Base {
    let folder = folder();
    let template = folder.path().join("home/config/templates/sim-letter");
    std::fs::create_dir_all(&template).unwrap();
    let head = "schema = 1\ntitle = \"信\"\nuses = [\"case.our_number\", \"case.total\"]\n";
    std::fs::write(template.join("template.toml"), head).unwrap();
    std::fs::write(template.join("text.hbs"), "共{{case.total.amount}}元。").unwrap();
    std::fs::write(folder.path().join("home/config/config.toml"), CONFIG).unwrap();
    std::fs::write(folder.path().join("sim.toml"), WORKFLOW).unwrap();
    std::fs::write(folder.path().join("case.toml"), CASE).unwrap();
    let (clock, _) = Clock::manual(instant(START));
    let mut runtime = Runtime::open(options(folder.path(), clock)).unwrap();
    let case = runtime.open_case(&folder.path().join("case.toml")).unwrap().id;
    for name in ["a", "b", "c"] {
        let statement = folder.path().join(format!("{name}.pdf"));
        std::fs::write(&statement, name.repeat(STATEMENT_BYTES)).unwrap();
        runtime.add_evidence(&case, "bank.statement", &statement).unwrap();
    }
    let library = runtime.library.clone();
    Base { folder, library }
}

/// How a life went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// A digest of all that was written and all that arrived.
    pub(super) history: Option<Digest>,
    /// Messages the ledger says arrived and did not.
    pub(super) lost: Vec<String>,
    /// Messages that arrived more than once.
    pub(super) doubled: Vec<String>,
    /// Messages that arrived and the ledger says did not.
    pub(super) denied: Vec<String>,
    /// It never came to rest.
    pub(super) unsettled: bool,
    pub(super) crashes: u32,
    pub(super) doubts: u32,
    /// Letters that took several messages.
    pub(super) split: u32,
    /// Doubts that our own copy ended.
    pub(super) by_copy: u32,
    /// Second tries that nobody had to ask for.
    pub(super) by_itself: u32,
    /// Doubts that the person ended.
    pub(super) by_person: u32,
}

impl Told {
    pub(super) fn is_well(&self) -> bool {
        let none = self.lost.is_empty() && self.doubled.is_empty() && self.denied.is_empty();
        none && !self.unsettled
    }
}

pub(super) struct Life {
    folder: TempDir,
    pub(super) world: Shared,
    hand: Arc<AtomicI64>,
    library: Library,
    runtime: Option<Runtime>,
    tokio: tokio::runtime::Runtime,
    pub(super) case: CaseId,
    told: Told,
}

impl Life {
    /// A life in which chance has its way.
    pub(super) fn new(seed: u64) -> Self {
        Self::with(|hand| World::new(seed, hand))
    }

    /// A life in which only what is written goes wrong.
    pub(super) fn written(scripts: Vec<Script>) -> Self {
        Self::with(|hand| World::written(scripts, hand))
    }

    fn with(world: impl FnOnce(Arc<AtomicI64>) -> World) -> Self {
        let folder = folder();
        let base = BASE.get_or_init(|| Mutex::new(base())).lock().unwrap();
        copy_folder(base.folder.path(), folder.path());
        let library = base.library.clone();
        drop(base);
        let (_, hand) = Clock::manual(instant(START));
        let tokio = world::time_of_its_own();
        let case = CaseId::parse("S-1").unwrap();
        Self {
            folder,
            world: Arc::new(Mutex::new(world(Arc::clone(&hand)))),
            hand,
            library,
            runtime: None,
            tokio,
            case,
            told: Told::default(),
        }
    }

    /// Lives until nothing is left to do.
    pub(super) fn live(mut self) -> Told {
        for _ in 0..600 {
            self.round();
            let case = self.case.clone();
            let desk = self.open().desk(&case).unwrap();
            if is_at_rest(&desk) {
                return self.tell(&desk);
            }
            self.have_the_person_look(&desk);
        }
        self.told.unsettled = true;
        let case = self.case.clone();
        let desk = self.open().desk(&case).unwrap();
        self.tell(&desk)
    }

    fn round(&mut self) {
        let crash_at = self.draw(|dice| dice.one_in(5).then(|| 1 + dice.below(14)));
        boundary::crash_at(crash_at);
        self.act();
        if self.draw(|dice| dice.one_in(3)) {
            self.look();
        }
        boundary::crash_at(None);
        let minutes = self.draw(|dice| if dice.one_in(6) { 360 } else { 1 + dice.below(25) });
        self.pass(i64::try_from(minutes).unwrap());
    }

    /// Does what the plan says.
    pub(super) fn act(&mut self) {
        let case = self.case.clone();
        self.alive(async move |runtime, _| runtime.advance(&case, &Means::Screen).await.map(drop));
    }

    /// Looks into the mailbox. A session that breaks off is tried again with the next look.
    pub(super) fn look(&mut self) {
        self.alive(async |runtime, world| {
            let Ok(mailbox) = mailbox::open(&world).await else { return Ok(()) };
            let _ = runtime.look(mailbox).await;
            Ok(())
        });
    }

    pub(super) fn pass(&self, minutes: i64) {
        self.world.lock().unwrap().pass(minutes * 60_000);
    }

    /// Returns the latest visit of a step.
    pub(super) fn visit(&mut self, step: &str) -> Visit {
        let case = self.case.clone();
        self.open().desk(&case).unwrap().history.visit(step).unwrap().clone()
    }

    /// Returns how often the message of a step arrived.
    pub(super) fn arrivals(&mut self, step: &str) -> usize {
        let message_id = self.visit(step).submission.unwrap().message_id;
        self.world.lock().unwrap().arrivals(&message_id)
    }

    /// The person lets a message in doubt leave once more.
    pub(super) fn approve_again(&mut self, step: &str) {
        let case = self.case.clone();
        self.open().approve(&case, &[step.to_owned()], true).unwrap();
    }

    fn draw<T>(&self, draw: impl FnOnce(&mut world::Dice) -> T) -> T {
        draw(&mut self.world.lock().unwrap().dice)
    }

    pub(super) fn open(&mut self) -> &mut Runtime {
        let (folder, world) = (self.folder.path(), &self.world);
        self.runtime.get_or_insert_with(|| {
            let clock = Clock::Manual(Arc::clone(&self.hand), None);
            let mut runtime =
                Runtime::open_with(options(folder, clock), self.library.clone()).unwrap();
            runtime.dial = smtp::dial(world);
            runtime
        })
    }

    /// Has the program act, until it is done or dies. What is on its way then goes on.
    fn alive(&mut self, act: impl AsyncFnOnce(&mut Runtime, Shared) -> Result<(), RuntimeError>) {
        self.open();
        let mut runtime = self.runtime.take().unwrap();
        let world = Arc::clone(&self.world);
        let kill = Arc::clone(&world.lock().unwrap().kill);
        let survived = self.tokio.block_on(async {
            let began = Instant::now();
            let survived = {
                let mut acting = pin!(act(&mut runtime, Arc::clone(&world)));
                let caught = std::future::poll_fn(|context| {
                    let poll = AssertUnwindSafe(|| acting.as_mut().poll(context));
                    match catch_unwind(poll) {
                        Ok(Poll::Pending) => Poll::Pending,
                        Ok(Poll::Ready(done)) => Poll::Ready(Some(done)),
                        Err(cause) if cause.is::<boundary::Crash>() => Poll::Ready(None),
                        Err(cause) => std::panic::resume_unwind(cause),
                    }
                });
                tokio::select! {
                    biased;
                    () = kill.notified() => None,
                    done = caught => done,
                }
            };
            let passed = i64::try_from(began.elapsed().as_millis()).unwrap();
            world.lock().unwrap().pass(passed);
            survived
        });
        if let Some(done) = survived {
            done.unwrap();
            self.runtime = Some(runtime);
        } else {
            boundary::crash_at(None);
            self.told.crashes += 1;
            drop(runtime);
        }
        // The servers come to their end, whatever became of the program.
        self.tokio.block_on(async { sleep(Duration::from_hours(3)).await });
    }

    /// After three hours of doubt the person asks the other side, who knows.
    fn have_the_person_look(&mut self, desk: &Desk) {
        let (case, now) = (self.case.clone(), self.world.lock().unwrap().now());
        let now = Timestamp::from_millisecond(now).unwrap();
        for (step, visits) in &desk.history.steps {
            let visit = visits.last().unwrap();
            let (true, Some(submission)) = (visit.is_in_doubt(), &visit.submission) else {
                continue;
            };
            let Stage::InDoubt { since } = submission.stage else { continue };
            if since.duration_until(now) < SignedDuration::from_hours(3) {
                continue;
            }
            self.told.by_person += 1;
            let is_split = !submission.others.is_empty();
            let mail = is_split.then_some(submission.volume);
            let arrived = self.world.lock().unwrap().arrivals(&submission.message_id) > 0;
            let runtime = self.open();
            if arrived {
                let mail = mail.map(Mail::One);
                let done = Done { step: step.clone(), mail, ..Done::default() };
                runtime.done(&case, &done).unwrap();
            } else if let Some(mail) = mail {
                runtime.approve_mail_again(&case, step, mail).unwrap();
            } else {
                runtime.approve(&case, std::slice::from_ref(step), true).unwrap();
            }
        }
    }

    fn tell(mut self, desk: &Desk) -> Told {
        let mut told = std::mem::take(&mut self.told);
        let world = self.world.lock().unwrap();
        let mut was_absent = false;
        for entry in &desk.entries {
            match &entry.event {
                Event::SendStarted { step, message_id, further, .. } => {
                    told.split += u32::from(!further.is_empty());
                    let further = further.iter().map(|volume| &volume.message_id);
                    for id in std::iter::once(message_id).chain(further) {
                        match (world.arrivals(id), claimed(desk, step, id)) {
                            (0, true) => told.lost.push(id.clone()),
                            (1, false) => told.denied.push(id.clone()),
                            (0 | 1, _) => {}
                            _ => told.doubled.push(id.clone()),
                        }
                    }
                }
                Event::InDoubt { .. } => {
                    told.doubts += 1;
                    told.by_itself += u32::from(std::mem::take(&mut was_absent));
                }
                Event::Accepted { by: TakenBy::Copy, .. } => told.by_copy += 1,
                _ => {}
            }
            was_absent = matches!(entry.event, Event::Noted { note: Note::NotFound { .. } });
        }
        let taken: Vec<String> = world.taken.iter().map(|(id, to)| format!("{id} {to}")).collect();
        told.history = Some(Digest::of(format!("{}\n{}", desk.head, taken.join("\n")).as_bytes()));
        told
    }
}

fn is_at_rest(desk: &Desk) -> bool {
    let settled = |step: &str| {
        desk.history.visit(step).is_some_and(|visit| {
            let stage = visit.submission.as_ref().map(|submission| &submission.stage);
            let refused = matches!(stage, Some(Stage::Refused { retry_at: None, .. }));
            visit.confirmed_at().is_some() || refused
        })
    };
    // The third waits for the second, for ever if that was refused.
    settled("one") && settled("two") && (settled("three") || !confirmed(desk, "two"))
}

/// Whether the ledger says that a message was taken. One that another took the place of was not.
fn claimed(desk: &Desk, step: &str, message_id: &str) -> bool {
    let Some(visit) = desk.history.visit(step) else { return false };
    let submission = visit.submission.as_ref();
    let Some(sent) = submission.and_then(|submission| submission.find(message_id)) else {
        return false;
    };
    visit.did.is_some() || matches!(sent.stage, Stage::Accepted { .. })
}

fn confirmed(desk: &Desk, step: &str) -> bool {
    desk.history.visit(step).is_some_and(|visit| visit.confirmed_at().is_some())
}
