//! What happened so far in one case, folded from its ledger.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use crate::domain::case::Case;
use crate::domain::deadline::Pause;
use crate::domain::digest::Digest;
use crate::domain::lang::Text;
use crate::domain::money::Money;
use crate::domain::reviewed::Decision;
use crate::domain::span::Span;
use crate::workflow::event::PaperRecord;
use crate::workflow::model::{RECIPIENT_PREFIX, Step, Workflow};
use crate::workflow::submission::{Stage, Submission};

/// What makes a repeated step call itself.
const REPEAT: &str = "repeat";

/// The folded state of one case.
#[derive(Clone, Debug)]
pub struct History {
    /// When the case was opened.
    pub opened_at: Timestamp,
    /// The case as its file says, with what the person answered since laid over it.
    pub case: Case,
    /// The same as JSON, for conditions.
    pub case_json: Value,
    /// The digest of the file's snapshot, without the answers.
    pub snapshot: Digest,
    /// The file's snapshot itself.
    pub file_json: Value,
    /// Visits of each step, in order.
    pub steps: BTreeMap<String, Vec<Visit>>,
    /// Secrets the case names and nobody keeps, as the runtime found them.
    pub absent_secrets: Vec<String>,
    /// It is a firm's: without the client's consent nothing leaves. The runtime says so.
    pub needs_consent: bool,
    /// Evidence in order of arrival.
    pub evidence: Vec<Evidence>,
    /// What was last read of the bills.
    pub bills: Option<Digest>,
    /// What the person said of rows of the bills, by row; the latest counts.
    pub reviewed: BTreeMap<String, Decision>,
    /// What the person filled in, by field; the latest counts.
    pub answers: BTreeMap<String, String>,
    /// Channels a message came back from, each with the address it was then.
    pub bounced: BTreeSet<(String, Option<String>)>,
    /// What was paid back so far.
    pub recovered: Money,
    /// When the case file last changed.
    pub amended_at: Option<Timestamp>,
    /// When and why the case was closed.
    pub closed: Option<Closed>,
    /// Steps whose workflow came to its end.
    pub ended: BTreeSet<String>,
    /// Dates the person moved, by id.
    pub moved: BTreeMap<String, Moved>,
    /// A step's outcome asks to close the case.
    pub close_asked: bool,
    /// The last entry's number.
    pub last_seq: u64,
    /// The last entry's time.
    pub last_at: Timestamp,
    /// What is worth telling a reader, in order.
    pub timeline: Vec<Moment>,
}

/// One visit of a step: most steps have one, called steps one for each call.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Visit {
    /// From 1.
    pub number: u32,
    /// Who called it, for called steps.
    pub called: Option<Call>,
    /// The latest preparation.
    pub prepared: Option<Prepared>,
    /// The whole that was approved last.
    pub approved: Option<Approval>,
    /// The whole that a firm's client confirmed last.
    pub confirmed: Option<Digest>,
    /// The message, once it was started.
    pub submission: Option<Submission>,
    /// What the person did.
    pub did: Option<Did>,
    /// What the other side answered.
    pub answers: Vec<Answer>,
    /// Stretches in which they waited for us.
    pub pauses: Vec<Pause>,
    /// Rungs that came due, each with the step it calls.
    pub expired: Vec<(Span, String)>,
    /// Reminders that were given.
    pub reminded: BTreeSet<String>,
    /// When the person skipped it.
    pub skipped_at: Option<Timestamp>,
    /// A trace of the skip by condition is in the ledger.
    pub skip_noted: bool,
    /// It was called by silence and an answer made it needless.
    pub cancelled_at: Option<Timestamp>,
    /// It was opened by an instant that passed while nothing ran.
    pub late: bool,
    /// What its recipient's papers say of the case, by template.
    pub holds: BTreeMap<String, Digest>,
    /// The case as it was when they got them.
    pub held_case: Option<Arc<Case>>,
    /// When what went by post was signed for.
    pub delivered: Option<Timestamp>,
}

/// Why a called step was called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// When.
    pub at: Timestamp,
    /// The calling step.
    pub step: String,
    /// Which visit of it.
    pub visit: u32,
    /// What made it call.
    pub cause: Cause,
}

/// What made a step call another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// That much silence.
    Silence(Span),
    /// That outcome.
    Outcome(String),
    /// Nothing else was left.
    LastResort,
}

/// Texts and papers that were made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// When.
    pub at: Timestamp,
    /// Counts the times they were made.
    pub revision: u32,
    /// They have blanks, or their turn had not come.
    pub draft: bool,
    /// Everything that went into them.
    pub inputs: Digest,
    /// The channel they are for.
    pub channel: Option<String>,
    /// The papers.
    pub papers: Vec<PaperRecord>,
    /// What each template says of the case.
    pub holds: BTreeMap<String, Digest>,
    /// Texts, as a payload.
    pub texts: Option<Digest>,
    /// The whole as it would leave.
    pub whole: Digest,
}

/// A person's word that one whole may leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// When.
    pub at: Timestamp,
    /// The whole that was seen.
    pub whole: Digest,
    /// It may leave a second time.
    pub again: bool,
}

/// What the person did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Did {
    /// The entry that says so, for taking it back.
    pub seq: u64,
    /// When they did it.
    pub when: Timestamp,
    /// The outcome they chose.
    pub outcome: Option<String>,
    /// The case itself already answered.
    pub by_case: bool,
}

/// What the other side answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// When.
    pub when: Timestamp,
    /// What they said.
    pub outcome: String,
    /// What they paid.
    pub amount: Option<Money>,
    /// The note that was taken of it.
    pub note: Option<String>,
}

/// A file of evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// When it arrived.
    pub at: Timestamp,
    /// Its slot.
    pub slot: String,
    /// Its content.
    pub sha256: Digest,
    /// Its size.
    pub size_bytes: u64,
    /// The name it is kept under.
    pub file: String,
}

/// The end of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// When.
    pub at: Timestamp,
    /// Why, when a person said so.
    pub reason: Option<String>,
}

/// A date the person moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Where to.
    pub to: Timestamp,
    /// When they said so.
    pub at: Timestamp,
    /// Why.
    pub reason: Option<String>,
}

/// A moment of the case's timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When it happened.
    pub at: Timestamp,
    /// The step concerned, if any.
    pub step: Option<String>,
    /// What happened.
    pub what: What,
}

/// What happened at a moment worth telling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The case was opened with this program.
    Opened,
    /// The person did their part of the step.
    Done {
        /// The outcome they chose.
        outcome: Option<String>,
        /// What they filled in.
        answers: BTreeMap<String, String>,
    },
    /// A message was taken.
    Sent,
    /// The other side answered.
    Answered {
        /// What they said.
        outcome: String,
        /// What they paid.
        amount: Option<Money>,
        /// The note that was taken of it.
        note: Option<String>,
    },
    /// What went by post was delivered.
    Delivered {
        /// The waybill.
        waybill: String,
        /// Who signed for it.
        by: Option<String>,
    },
    /// A rung of silence came due.
    Silent {
        /// The rung.
        span: Span,
    },
    /// Evidence arrived.
    Evidence {
        /// Its slot.
        slot: String,
    },
    /// A correction reached its holder.
    Corrected,
    /// The case was closed.
    Closed,
}

impl Visit {
    /// Returns when our part was done: the submission was confirmed, or the person did it.
    pub fn confirmed_at(&self) -> Option<Timestamp> {
        if let Some(did) = &self.did {
            return Some(did.when);
        }
        match &self.submission {
            Some(Submission { stage: Stage::Accepted { at }, .. }) => Some(*at),
            _ => None,
        }
    }

    /// Returns when it was over for those who need it: confirmed, skipped or made needless.
    pub fn over_at(&self) -> Option<Timestamp> {
        self.confirmed_at().or(self.skipped_at).or(self.cancelled_at)
    }

    /// Returns the call by which a repetition follows this visit.
    pub fn repetition(&self, step: &str) -> Option<Call> {
        let at = self.confirmed_at()?;
        let cause = Cause::Outcome(REPEAT.into());
        Some(Call { at, step: step.to_owned(), visit: self.number, cause })
    }

    /// Returns the answer that ended the matter, if there was one.
    pub fn final_answer(&self) -> Option<&Answer> {
        self.answers.iter().rev().find(|answer| is_final(&answer.outcome))
    }

    /// Returns true when something of its submission left, or may have.
    pub fn has_left(&self) -> bool {
        self.submission.as_ref().is_some_and(Submission::has_left)
    }

    /// Drops what has not left of a submission that left in part; returns whether it had.
    pub(super) fn drop_unsent(&mut self) -> bool {
        self.submission.as_mut().is_some_and(Submission::drop_unsent)
    }

    /// Returns true while the outcome of its message is not known.
    pub fn is_in_doubt(&self) -> bool {
        self.did.is_none()
            && matches!(&self.submission, Some(Submission { stage: Stage::InDoubt { .. }, .. }))
    }
}

/// Returns the word for an outcome.
pub fn answer_name(outcome: &str) -> Text {
    match outcome {
        "paid" => Text::new("已赔付", "paid"),
        "partial" => Text::new("部分赔付", "paid in part"),
        "refused" => Text::new("拒绝", "refused"),
        "need_more" => Text::new("要求补充材料", "more papers wanted"),
        "accepted" => Text::new("已受理", "accepted for processing"),
        "other" => Text::new("其他答复", "another answer"),
        other => Text::same(other.to_owned()),
    }
}

/// An acknowledgement is no answer, and a request for more papers only pauses the clock.
pub fn is_final(outcome: &str) -> bool {
    !matches!(outcome, "accepted" | "need_more" | "other")
}

impl History {
    /// Returns the latest visit of a step.
    pub fn visit(&self, step: &str) -> Option<&Visit> {
        self.steps.get(step)?.last()
    }

    /// Returns the address of a recipient of the case; none for a channel of the registry.
    pub fn address_of(&self, channel: &str) -> Option<String> {
        let recipient = self.case.recipients.get(channel.strip_prefix(RECIPIENT_PREFIX)?)?;
        recipient.email.clone().or_else(|| recipient.phone.clone())
    }

    /// Returns true when a step belongs to a workflow within this one that came to its end.
    pub fn has_ended(&self, workflow: &Workflow, step: &Step) -> bool {
        let mut holder = step.part_of.as_deref();
        while let Some(id) = holder {
            if self.ended.contains(id) {
                return true;
            }
            holder = workflow.step(id).and_then(|step| step.part_of.as_deref());
        }
        false
    }

    /// Returns true when a slot has a file.
    pub fn has_evidence(&self, slot: &str) -> bool {
        self.evidence.iter().any(|item| item.slot == slot)
    }
}
