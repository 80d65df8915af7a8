//! The plan: what can be done now, what waits and for what, and when to look again. Same dossier,
//! same instant, same plan. The daemon, every command and the rehearsal show what this says.

mod planner;
mod silence;
mod submission;

pub use submission::speaks_for_the_client;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::consent::Lack;
use crate::domain::deadline::{Deadline, Rules};
use crate::domain::digest::Digest;
use crate::domain::lang::Text;
use crate::domain::pace::{Gate, Hold};
use crate::domain::refusal::RefusalClass;
use crate::domain::volume::TooHeavy;
use crate::workflow::channel::Channel;
use crate::workflow::dates::PlannedDate;
use crate::workflow::dossier::Dossier;
use crate::workflow::model::Rung;
use crate::workflow::plan::planner::Planner;
use crate::workflow::raw::Action as StepAction;
use crate::workflow::reminders::Reminder;

/// The plan of one case at one instant.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Every step, in the order of the file, owed corrections first.
    pub steps: Vec<StepPlan>,
    /// What the program can do now, in order.
    pub actions: Vec<Action>,
    /// Every date that is counted.
    pub dates: Vec<PlannedDate>,
    /// When to plan again, if nothing happens before.
    pub next_wake: Option<Timestamp>,
}

/// One step of the plan.
#[derive(Clone, Debug, PartialEq)]
pub struct StepPlan {
    /// The step's id.
    pub id: String,
    /// Its title.
    pub title: Text,
    /// What it does.
    pub action: StepAction,
    /// Which visit of it.
    pub visit: u32,
    /// Where it stands.
    pub state: State,
    /// What it waits for.
    pub waiting: Option<Waiting>,
    /// Since when it stands there.
    pub since: Option<Timestamp>,
    /// Our limit.
    pub due: Option<Deadline>,
    /// The next rung of their silence.
    pub silence: Option<Timestamp>,
    /// Where it goes.
    pub channel: Option<Arc<Channel>>,
    /// Facts without which its papers are drafts.
    pub missing: Vec<Text>,
    /// Evidence that must exist and does not.
    pub gaps: Vec<String>,
}

/// Where a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Its turn has not come, or something outside holds it.
    Waiting,
    /// The person can do it now.
    Open,
    /// It is ready to leave and wants the person's word.
    Prepared,
    /// It left; the other side has not answered.
    Submitted,
    /// Nobody knows whether it left.
    InDoubt,
    /// The person can do it, and our limit has passed.
    Overdue,
    /// It is over.
    Done,
    /// It is not for this case.
    Skipped,
    /// Evidence or facts are missing.
    Blocked,
}

impl State {
    /// Returns the word used in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Open => "open",
            Self::Prepared => "prepared",
            Self::Submitted => "submitted",
            Self::InDoubt => "in_doubt",
            Self::Overdue => "overdue",
            Self::Done => "done",
            Self::Skipped => "skipped",
            Self::Blocked => "blocked",
        }
    }

    /// Returns true when the person has something to do.
    pub fn is_task(self) -> bool {
        matches!(self, Self::Open | Self::Overdue | Self::Prepared | Self::InDoubt | Self::Blocked)
    }
}

/// What a step waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// Another step calls it when it is needed.
    Call,
    /// These steps come first.
    Steps(Vec<String>),
    /// This fact decides whether it is for this case.
    Fact(String),
    /// Its condition does not hold.
    Condition,
    /// The next repetition begins then.
    Until(Timestamp),
    /// This evidence must exist first.
    Evidence(Vec<String>),
    /// These facts must be known first.
    Facts(Vec<Text>),
    /// No channel can be used.
    Channel,
    /// The person's word.
    Approval,
    /// The other side's answer; the next rung is then, unless their clock stands still.
    Answer(Option<Timestamp>),
    /// They wait for us.
    Us,
    /// A correction of what was sent before.
    Correction(String),
    /// A firm's client has not agreed, or no longer does.
    Consent(Lack),
    /// Sending is stopped.
    Halted,
    /// Its evidence weighs more than messages may carry.
    TooHeavy(TooHeavy),
    /// A limit on sending holds it.
    Held {
        /// Which, and until when.
        hold: Hold,
        /// Our limit, when it passes before the message may leave.
        misses: Option<Timestamp>,
    },
    /// The next try.
    Retry {
        /// When.
        at: Timestamp,
        /// Why the last one failed.
        class: RefusalClass,
    },
    /// The person sends it from the outbox with their own mail program.
    Outbox,
    /// A person must look at why it was refused.
    Refusal(RefusalClass),
    /// A person must say whether this message arrived.
    Doubt(String),
    /// The case is closed.
    Closed,
    /// An answer made it needless.
    Answered,
}

/// One thing the program can do now.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Write down that a correction reached its holders.
    Correct {
        /// The corrected visits.
        corrects: Vec<(String, u32)>,
        /// What they hold now.
        holds: BTreeMap<String, Digest>,
    },
    /// Write down that a rung came due.
    Expire {
        /// The submission.
        step: String,
        /// Which visit of it.
        visit: u32,
        /// The rung.
        rung: Rung,
        /// When it came due.
        due: Timestamp,
    },
    /// Write down that the case itself answers a step.
    Fulfil {
        /// The step.
        step: String,
        /// Which visit of it.
        visit: u32,
    },
    /// Write down that a step is not for this case.
    Skip {
        /// The step.
        step: String,
        /// Which visit of it.
        visit: u32,
    },
    /// Make texts and papers.
    Prepare {
        /// The step.
        step: String,
        /// Which visit of it.
        visit: u32,
        /// With blanks, or ahead of their turn.
        draft: bool,
        /// Everything that goes into them.
        inputs: Digest,
    },
    /// Make the bundle of the case.
    Bundle {
        /// The step.
        step: String,
        /// Which visit of it.
        visit: u32,
    },
    /// Send a message.
    Send {
        /// The step.
        step: String,
        /// Which visit of it.
        visit: u32,
        /// Since when it could leave.
        ready_at: Timestamp,
        /// The person approved it; otherwise their standing consent covers it.
        approved: bool,
    },
    /// Remind the person.
    Remind {
        /// Of what.
        items: Vec<Reminder>,
    },
    /// Close the case.
    Close,
}

/// Plans one case. `gate` says whether and when messages may leave.
pub fn plan(dossier: &Dossier<'_>, rules: Rules<'_>, gate: &Gate) -> Plan {
    Planner::new(dossier, rules, gate).plan()
}

impl Action {
    /// The order in which things are done: first what only writes down what is already so.
    fn order(&self) -> u8 {
        match self {
            Self::Correct { .. } => 0,
            Self::Expire { .. } => 1,
            Self::Fulfil { .. } | Self::Skip { .. } => 2,
            // What the program cannot make or send must not keep the person from hearing of it.
            Self::Remind { .. } => 3,
            Self::Prepare { .. } | Self::Bundle { .. } => 4,
            Self::Send { .. } => 5,
            Self::Close => 6,
        }
    }
}

impl Plan {
    /// Returns the plan of one step.
    pub fn step(&self, id: &str) -> Option<&StepPlan> {
        self.steps.iter().find(|step| step.id == id)
    }

    /// Returns what the person has to do, the most pressing first: by our limit, then by the
    /// order of the workflow.
    pub fn tasks(&self) -> Vec<&StepPlan> {
        let mut tasks: Vec<&StepPlan> =
            self.steps.iter().filter(|step| step.state.is_task()).collect();
        tasks.sort_by_key(|step| step.due.as_ref().map_or(Timestamp::MAX, |due| due.end));
        tasks
    }
}
