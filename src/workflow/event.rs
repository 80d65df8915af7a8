//! The vocabulary of the ledger, version 1. Fields are fixed once released; what is personal
//! stands in payloads that an event names by digest, so that they can be erased without breaking
//! the chain.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::case::How;
use crate::domain::digest::Digest;
use crate::domain::money::Money;
use crate::domain::refusal::RefusalClass;
use crate::domain::span::Span;

/// The version of the event shapes.
pub const SCHEMA: u32 = 1;

/// One entry of a case's ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number in the case, from 1 without gaps.
    pub seq: u64,
    /// When it was written.
    pub at: Timestamp,
    /// What happened.
    pub event: Event,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// The case was opened.
    Opened {
        /// Snapshot of the case file.
        case: Digest,
        /// The pinned workflow's id.
        workflow_id: String,
        /// The pinned workflow's text.
        workflow: Digest,
    },
    /// The case file changed.
    Amended {
        /// Snapshot of the changed file.
        case: Digest,
        /// Which values changed, by path; never the values.
        changed: Vec<String>,
    },
    /// A file was taken in as evidence.
    EvidenceAdded {
        /// Its slot.
        slot: String,
        /// Its content.
        sha256: Digest,
        /// Its size.
        size_bytes: u64,
        /// The name it is kept under.
        file: String,
    },
    /// The exported bills were read.
    BillsRead {
        /// What was read and found, as `bills --json` gives it.
        report: Digest,
    },
    /// A person said which rows of the bills are losses and which are not.
    BillsReviewed {
        /// The decisions.
        decisions: Digest,
    },
    /// Texts and papers were made.
    Prepared {
        /// The step.
        step: String,
        /// Which visit of it.
        visit: u32,
        /// Counts the times they were made for this visit.
        revision: u32,
        /// They still have blanks, or their turn has not come.
        draft: bool,
        /// Everything that went into them.
        inputs: Digest,
        /// The channel they are for.
        channel: Option<String>,
        /// The papers.
        papers: Vec<PaperRecord>,
        /// What each template says of the case.
        holds: BTreeMap<String, Digest>,
        /// Texts, subjects and bodies, as one payload.
        texts: Option<Digest>,
        /// The whole as it would leave: papers, texts and recipient.
        whole: Digest,
    },
    /// A person allowed one thing to leave.
    Approved {
        /// The step.
        step: String,
        /// Which visit of it.
        visit: u32,
        /// The whole that was seen.
        whole: Digest,
        /// Allowed to leave a second time, as the same bytes.
        again: bool,
        /// The plan of a batch it was approved with.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        plan: Option<Digest>,
        /// The user of the machine who said so, where it is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
    },
    /// The final bytes of a message were stored; it may leave from here on.
    SendStarted {
        /// The step.
        step: String,
        /// Which visit of it.
        visit: u32,
        /// Its Message-ID.
        message_id: String,
        /// Its bytes.
        message: Digest,
        /// The messages that follow it, where it is too heavy for one.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        further: Vec<VolumeRecord>,
    },
    /// The body is about to leave: from here on the outcome may be unknown.
    InDoubt {
        /// The step.
        step: String,
        /// Which visit of it.
        visit: u32,
        /// Its Message-ID.
        message_id: String,
        /// The server agreed to deliver our own copy with it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        copied: bool,
    },
    /// The message was taken over by the next server, or written to the outbox for the person to
    /// send.
    Accepted {
        /// The step.
        step: String,
        /// Which visit of it.
        visit: u32,
        /// Its Message-ID.
        message_id: String,
        /// Who took it.
        by: TakenBy,
        /// Which server answered and what it said, as a payload.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply: Option<Digest>,
    },
    /// The message was certainly not taken.
    Refused {
        /// The step.
        step: String,
        /// Which visit of it.
        visit: u32,
        /// Its Message-ID.
        message_id: String,
        /// What kind of refusal.
        class: RefusalClass,
        /// The server's reply code, when it gave one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<u16>,
        /// When to try again; none when it would not help.
        retry_at: Option<Timestamp>,
        /// It was a second try of a message in doubt: of the first nobody knows more than before.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        again: bool,
        /// Which server answered and what it said, as a payload.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply: Option<Digest>,
    },
    /// The person did their part of a step.
    PersonDid {
        /// The step.
        step: String,
        /// Which visit of it.
        visit: u32,
        /// The outcome they chose.
        outcome: Option<String>,
        /// When they did it.
        when: Timestamp,
        /// What they filled in, as a payload.
        answers: Option<Digest>,
        /// The case itself already answered.
        by_case: bool,
    },
    /// The other side answered.
    Answer {
        /// The step they answered.
        step: String,
        /// Which visit of it.
        visit: u32,
        /// What they said.
        outcome: String,
        /// When.
        when: Timestamp,
        /// What they paid.
        amount: Option<Money>,
        /// Note and files, as a payload.
        details: Option<Digest>,
    },
    /// The person was reminded.
    Reminded {
        /// Of what, by reminder ids.
        items: Vec<String>,
        /// By which means.
        via: Vec<String>,
    },
    /// A rung of their silence came due.
    Expired {
        /// The submission it counts from.
        step: String,
        /// Which visit of it.
        visit: u32,
        /// The rung.
        span: Span,
        /// The step it calls.
        target: String,
        /// When it came due; the entry itself may be later.
        due: Timestamp,
        /// It passed while nothing ran, so nothing may leave because of it without a question.
        late: bool,
    },
    /// A step is not for this case.
    Skipped {
        /// The step.
        step: String,
        /// Which visit of it.
        visit: u32,
        /// The person decided it, not the condition.
        by_person: bool,
    },
    /// The holder of a paper got its correction.
    Corrected {
        /// The step whose papers were corrected.
        step: String,
        /// Which visit of it.
        visit: u32,
        /// What each template says of the case now.
        holds: BTreeMap<String, Digest>,
    },
    /// Something worth a trace.
    Noted {
        /// What.
        note: Note,
    },
    /// The workflow was replaced by another version.
    Migrated {
        /// The new workflow's text.
        workflow: Digest,
    },
    /// The case was closed.
    Closed {
        /// Why, as a payload; none when the workflow closed it.
        reason: Option<Digest>,
    },
}

/// Who took a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TakenBy {
    /// The mail server: it is on its way.
    Server,
    /// The outbox folder: it is on its way once the person has sent it.
    Outbox,
    /// The mail server: our own copy of it came back.
    Copy,
    /// The recipient has it, says the person: one of several messages of a submission.
    Person,
}

/// A message of a submission that takes several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VolumeRecord {
    /// Its Message-ID.
    pub message_id: String,
    /// Its bytes.
    pub message: Digest,
}

/// A paper that was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperRecord {
    /// Its template.
    pub template: String,
    /// The kind of loss it is about, when its template is split by kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<How>,
    /// The bank it is about, when its template is split by bank and the case names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank: Option<String>,
    /// Its file below the case's `documents/`.
    pub file: String,
    /// Its content.
    pub sha256: Digest,
    /// What went into it: an equal sheet is not set again.
    pub sheet: Digest,
    /// It has blanks, or its turn had not come.
    pub draft: bool,
}

/// Something worth a trace that no other event says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "note", rename_all = "snake_case")]
pub enum Note {
    /// The person took an entry back.
    Undone {
        /// That entry's number.
        seq: u64,
    },
    /// The person moved a date of the plan.
    DateMoved {
        /// The date's id, as `status` lists it.
        date: String,
        /// Where to; none takes the move back.
        to: Option<Timestamp>,
        /// Why, as a payload.
        reason: Option<Digest>,
    },
    /// A client confirmed to their firm what is said in their name.
    Confirmed {
        /// The step.
        step: String,
        /// Which visit of it.
        visit: u32,
        /// The whole they saw.
        whole: Digest,
        /// How they did, as a payload.
        how: Digest,
    },
    /// A message in doubt was looked for in the whole mailbox, and is not there.
    NotFound {
        /// The step.
        step: String,
        /// Which visit of it.
        visit: u32,
        /// Its Message-ID.
        message_id: String,
        /// The mailbox's server.
        server: String,
        /// How many folders were looked through.
        folders: u32,
        /// How many could not be looked through.
        unread: u32,
        /// The Message-ID of the newest earlier message of the same sender that was taken, if our
        /// own copy of it lies in this mailbox.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        witness: Option<String>,
    },
    /// A send instant passed while nothing ran: it needs a word from the person.
    Late {
        /// The step.
        step: String,
        /// Which visit of it.
        visit: u32,
    },
    /// What went by post was delivered.
    Delivered {
        /// The step.
        step: String,
        /// Which visit of it.
        visit: u32,
        /// When it was signed for.
        when: Timestamp,
        /// The waybill and who signed, as a payload.
        details: Digest,
    },
}

impl Event {
    /// Returns the name of its kind, as stored.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Opened { .. } => "opened",
            Self::Amended { .. } => "amended",
            Self::EvidenceAdded { .. } => "evidence_added",
            Self::BillsRead { .. } => "bills_read",
            Self::BillsReviewed { .. } => "bills_reviewed",
            Self::Prepared { .. } => "prepared",
            Self::Approved { .. } => "approved",
            Self::SendStarted { .. } => "send_started",
            Self::InDoubt { .. } => "in_doubt",
            Self::Accepted { .. } => "accepted",
            Self::Refused { .. } => "refused",
            Self::PersonDid { .. } => "person_did",
            Self::Answer { .. } => "answer",
            Self::Reminded { .. } => "reminded",
            Self::Expired { .. } => "expired",
            Self::Skipped { .. } => "skipped",
            Self::Corrected { .. } => "corrected",
            Self::Noted { .. } => "noted",
            Self::Migrated { .. } => "migrated",
            Self::Closed { .. } => "closed",
        }
    }
}
