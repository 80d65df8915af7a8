//! Folds a ledger into a history. Calls between steps are worked out here, from the workflow and
//! what happened, so that a reply, a click and a passed deadline all enter the same way.

mod answers;
mod calls;
mod leaving;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::domain::case::Case;
use crate::domain::digest::Digest;
use crate::domain::reviewed::Decision;
use crate::workflow::doubt::NotFound;
use crate::workflow::event::{Entry, Event, Note};
use crate::workflow::fold::calls::Expired;
use crate::workflow::history::{
    Answer, Cause, Closed, Did, Evidence, History, Moment, Moved, Visit, What, is_final,
};
use crate::workflow::model::{CORRECTION_SUFFIX, Workflow};
use crate::workflow::packs::Packs;
use crate::workflow::raw::Action;
use crate::workflow::submission::Stage;

/// How often one step may be called in a case before a person must look: loops end here.
pub const LIMIT_VISITS: u32 = 9;

/// Gives the payload of a digest; none when it was erased.
pub trait Payloads {
    /// Returns the payload as JSON.
    fn get(&self, digest: &Digest) -> Option<Value>;
}

impl Payloads for BTreeMap<Digest, Value> {
    fn get(&self, digest: &Digest) -> Option<Value> {
        Self::get(self, digest).cloned()
    }
}

/// A ledger that cannot be folded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FoldError {
    /// It does not begin with the opening of a case.
    #[error("the ledger does not begin with the opening of the case")]
    NotOpened,
    /// A snapshot is absent.
    #[error("the snapshot of entry {seq} is absent or damaged")]
    Snapshot {
        /// The entry that names it.
        seq: u64,
    },
}

/// The note and files of an answer, as stored.
#[derive(Debug, Default, Deserialize)]
struct Details {
    #[serde(default)]
    note: Option<String>,
    #[serde(default)]
    fields: BTreeMap<String, String>,
}

/// The proof of a delivery, as stored.
#[derive(Debug, Default, Deserialize)]
struct Delivery {
    #[serde(default)]
    waybill: String,
    #[serde(default)]
    by: Option<String>,
}

/// Why a case was closed or a date moved, as stored.
#[derive(Debug, Default, Deserialize)]
struct Closing {
    #[serde(default)]
    reason: Option<String>,
}

/// Folds `entries` into a history.
pub fn fold(
    workflow: &Workflow,
    packs: &Packs,
    entries: &[Entry],
    payloads: &dyn Payloads,
) -> Result<History, FoldError> {
    let undone: BTreeSet<u64> = entries
        .iter()
        .filter_map(|entry| match &entry.event {
            Event::Noted { note: Note::Undone { seq } } => Some(*seq),
            _ => None,
        })
        .collect();
    let Some(Entry { at, event: Event::Opened { case, .. }, seq }) = entries.first() else {
        return Err(FoldError::NotOpened);
    };
    let mut fold = Fold {
        workflow,
        packs,
        payloads,
        history: empty(snapshot(payloads, case, *seq)?, case.clone(), *at),
    };
    for entry in entries.iter().filter(|entry| !undone.contains(&entry.seq)) {
        fold.apply(entry)?;
    }
    let mut history = fold.history;
    if let Some(last) = entries.last() {
        history.last_seq = last.seq;
        history.last_at = last.at;
    }
    Ok(history)
}

fn empty(case: Case, snapshot: Digest, at: Timestamp) -> History {
    History {
        opened_at: at,
        case_json: case.snapshot(),
        file_json: case.snapshot(),
        case,
        snapshot,
        steps: BTreeMap::new(),
        absent_secrets: Vec::new(),
        needs_consent: false,
        evidence: Vec::new(),
        bills: None,
        reviewed: BTreeMap::new(),
        answers: BTreeMap::new(),
        bounced: BTreeSet::new(),
        recovered: crate::domain::money::Money::ZERO,
        amended_at: None,
        closed: None,
        ended: BTreeSet::new(),
        moved: BTreeMap::new(),
        close_asked: false,
        last_seq: 0,
        last_at: at,
        timeline: Vec::new(),
    }
}

fn snapshot(payloads: &dyn Payloads, digest: &Digest, seq: u64) -> Result<Case, FoldError> {
    payloads
        .get(digest)
        .and_then(|value| serde_json::from_value(value).ok())
        .ok_or(FoldError::Snapshot { seq })
}

struct Fold<'a> {
    workflow: &'a Workflow,
    packs: &'a Packs,
    payloads: &'a dyn Payloads,
    history: History,
}

impl Fold<'_> {
    fn apply(&mut self, entry: &Entry) -> Result<(), FoldError> {
        let at = entry.at;
        match &entry.event {
            Event::Opened { .. } => self.tell(at, None, What::Opened),
            Event::Amended { case, .. } => self.amended(at, case, entry.seq)?,
            Event::EvidenceAdded { slot, sha256, size_bytes, file } => {
                let (slot, sha256) = (slot.clone(), sha256.clone());
                self.tell(at, None, What::Evidence { slot: slot.clone() });
                let (size_bytes, file) = (*size_bytes, file.clone());
                self.history.evidence.push(Evidence { at, slot, sha256, size_bytes, file });
            }
            Event::BillsRead { report } => self.history.bills = Some(report.clone()),
            Event::BillsReviewed { decisions } => self.bills_reviewed(at, decisions),
            Event::PersonDid { step, visit, outcome, when, answers, by_case } => {
                let (seq, when, by_case) = (entry.seq, *when, *by_case);
                let did = Did { seq, when, outcome: outcome.clone(), by_case };
                self.person_did(step, *visit, did, answers.as_ref());
            }
            Event::Answer { step, visit, outcome, when, amount, details } => {
                let details: Details = self.payload(details.as_ref());
                self.history.answers.extend(details.fields);
                let (when, amount, note) = (*when, *amount, details.note);
                self.answered(
                    step,
                    *visit,
                    Answer { when, outcome: outcome.clone(), amount, note },
                );
            }
            Event::Reminded { items, .. } => self.reminded(items),
            Event::Expired { step, visit, span, target, due, late } => {
                let (span, due, late) = (*span, *due, *late);
                self.expired(at, step, *visit, &Expired { span, target, due, late });
            }
            Event::Skipped { step, visit, by_person } => {
                let visit = self.visit(step, *visit);
                visit.skip_noted = true;
                // Whoever got a part of it holds its papers: that was no skip.
                let in_part = *by_person && visit.drop_unsent() && !visit.is_in_doubt();
                visit.skipped_at = (*by_person && !in_part).then_some(at).or(visit.skipped_at);
                self.resume_callers(step, at);
            }
            Event::Noted { note } => self.noted(at, note),
            Event::Migrated { .. } => {}
            // What the workflow closed because of an entry that was taken back is open again.
            Event::Closed { reason: None } if !self.history.close_asked => {}
            Event::Closed { reason } => {
                let reason = self.payload::<Closing>(reason.as_ref()).reason;
                self.history.closed = Some(Closed { at, reason });
                self.tell(at, None, What::Closed);
            }
            Event::Prepared { .. }
            | Event::Approved { .. }
            | Event::SendStarted { .. }
            | Event::InDoubt { .. }
            | Event::Accepted { .. }
            | Event::Refused { .. }
            | Event::Corrected { .. } => self.leaving(at, &entry.event),
        }
        Ok(())
    }

    fn noted(&mut self, at: Timestamp, note: &Note) {
        match note {
            Note::Undone { .. } => {}
            Note::Late { step, visit } => self.visit(step, *visit).late = true,
            Note::Confirmed { step, visit, whole, .. } => {
                self.visit(step, *visit).confirmed = Some(whole.clone());
            }
            Note::DateMoved { date, to, reason } => {
                self.date_moved(at, date, *to, reason.as_ref());
            }
            Note::NotFound { step, visit, message_id, server, folders, unread, witness } => {
                let (server, folders, unread) = (server.clone(), *folders, *unread);
                let look = NotFound { at, server, folders, unread, witness: witness.clone() };
                self.not_found(step, *visit, message_id, look);
            }
            Note::Delivered { step, visit, when, details } => {
                let Delivery { waybill, by } = self.payload(Some(details));
                self.visit(step, *visit).delivered = Some(*when);
                self.tell(*when, Some(step), What::Delivered { waybill, by });
            }
        }
    }

    fn date_moved(
        &mut self,
        at: Timestamp,
        date: &str,
        to: Option<Timestamp>,
        reason: Option<&Digest>,
    ) {
        let reason = self.payload::<Closing>(reason).reason;
        match to {
            Some(to) => {
                self.history.moved.insert(date.to_owned(), Moved { to, at, reason });
            }
            None => {
                self.history.moved.remove(date);
            }
        }
    }

    /// The payload of a digest; its default when there is none or it was erased.
    fn payload<T: Default + DeserializeOwned>(&self, digest: Option<&Digest>) -> T {
        digest
            .and_then(|digest| self.payloads.get(digest))
            .and_then(|value| serde_json::from_value(value).ok())
            .unwrap_or_default()
    }

    fn amended(&mut self, at: Timestamp, case: &Digest, seq: u64) -> Result<(), FoldError> {
        self.history.case = snapshot(self.payloads, case, seq)?;
        let file = self.history.case.snapshot();
        answers::drop_older(&mut self.history, self.packs, &file);
        self.history.case_json = file.clone();
        self.history.file_json = file;
        self.history.snapshot = case.clone();
        self.history.amended_at = Some(at);
        answers::lay_over(&mut self.history, self.packs);
        Ok(())
    }

    fn bills_reviewed(&mut self, at: Timestamp, decisions: &Digest) {
        let decisions: Vec<Decision> = self.payload(Some(decisions));
        // The lines after those of the file are another list from here on.
        let written = self.history.file_json["losses"].as_array().map_or(0, Vec::len);
        self.history.answers.retain(|name, _| {
            let line = name.rsplit_once('.').and_then(|(_, line)| line.parse::<usize>().ok());
            line.is_none_or(|line| line <= written)
        });
        let decided = decisions.into_iter().map(|decision| (decision.id.clone(), decision));
        self.history.reviewed.extend(decided);
        self.history.amended_at = Some(at);
        answers::lay_over(&mut self.history, self.packs);
    }

    fn tell(&mut self, at: Timestamp, step: Option<&str>, what: What) {
        self.history.timeline.push(Moment { at, step: step.map(str::to_owned), what });
    }

    /// The visit of that number; visits before it that no call made are filled in.
    fn visit(&mut self, step: &str, number: u32) -> &mut Visit {
        let repeat = self.workflow.step(step).and_then(|step| step.repeat.as_ref());
        let limit = repeat.map_or(LIMIT_VISITS + 1, |repeat| repeat.max.max(LIMIT_VISITS + 1));
        let visits = self.history.steps.entry(step.to_owned()).or_default();
        let number = number.clamp(1, limit);
        while visits.len() < number as usize {
            let next = u32::try_from(visits.len() + 1).unwrap_or(number);
            let called = repeat.and(visits.last()).and_then(|last| last.repetition(step));
            visits.push(Visit { number: next, called, ..Visit::default() });
        }
        &mut visits[number as usize - 1]
    }

    fn person_did(&mut self, step: &str, number: u32, did: Did, answers: Option<&Digest>) {
        let answers: BTreeMap<String, String> = self.payload(answers);
        let (when, outcome) = (did.when, did.outcome.clone());
        if self.visit(step, number).submission.is_none() {
            self.holds_now(step, number);
        }
        let by_case = did.by_case;
        self.visit(step, number).did = Some(did);
        if !answers.is_empty() {
            self.history.answers.extend(answers.clone());
            answers::lay_over(&mut self.history, self.packs);
        }
        if !by_case {
            self.tell(when, Some(step), What::Done { outcome: outcome.clone(), answers });
        }
        self.resume_callers(step, when);
        let outcome = outcome.unwrap_or_else(|| "done".into());
        self.settle_by_choice(step, number, &outcome, when);
        self.call_outcome(step, number, &outcome, when);
    }

    fn answered(&mut self, step: &str, number: u32, answer: Answer) {
        let (when, outcome) = (answer.when, answer.outcome.clone());
        // An answer to a message that was in doubt says that it arrived.
        let visit = self.visit(step, number);
        if visit.is_in_doubt()
            && let Some(submission) = &mut visit.submission
        {
            submission.stage = Stage::Accepted { at: when };
            submission.settle();
        }
        if is_final(&outcome) {
            self.visit(step, number).drop_unsent();
        }
        if let Some(amount) = answer.amount.filter(|_| pays(&outcome)) {
            self.history.recovered = self.history.recovered + amount;
        }
        self.tell(
            when,
            Some(step),
            What::Answered {
                outcome: outcome.clone(),
                amount: answer.amount,
                note: answer.note.clone(),
            },
        );
        // An answer to a chase is an answer to what was chased.
        let forwarded = self.asker(step, number, &outcome);
        for (step, number) in std::iter::once((step.to_owned(), number)).chain(forwarded.clone()) {
            self.visit(&step, number).answers.push(answer.clone());
            if is_final(&outcome) {
                self.cancel_rungs(&step, number, when);
            }
        }
        let (step, number) = forwarded.unwrap_or_else(|| (step.to_owned(), number));
        self.call_outcome(&step, number, &outcome, when);
    }

    /// A choice that leads somewhere of its own is their answer: nobody waits for another.
    fn settle_by_choice(&mut self, step: &str, number: u32, outcome: &str, when: Timestamp) {
        let leads = self.workflow.step(step).is_some_and(|step| {
            step.action == Action::Submit
                && step.pick.iter().any(|pick| pick == outcome)
                && step.outcomes.contains_key(outcome)
        });
        if leads {
            let outcome = outcome.to_owned();
            let answer = Answer { when, outcome, amount: None, note: None };
            let asked = self.visit(step, number).called.clone().filter(|call| {
                let asker = self.workflow.step(&call.step);
                matches!(call.cause, Cause::Silence(_))
                    && asker.is_some_and(|asker| asker.outcomes.contains_key(&answer.outcome))
            });
            self.visit(step, number).answers.push(answer.clone());
            self.cancel_rungs(step, number, when);
            // What was asked of them because of an earlier submission answers that one, too.
            if let Some(call) = asked {
                self.visit(&call.step, call.visit).answers.push(answer);
                self.cancel_rungs(&call.step, call.visit, when);
            }
        }
    }

    /// Reminder ids are `step#visit:what`.
    fn reminded(&mut self, items: &[String]) {
        for item in items {
            let Some((place, _)) = item.split_once(':') else { continue };
            let (step, number) = place.split_once('#').unwrap_or((place, "1"));
            let number = number.parse().unwrap_or(1);
            let (step, item) = (step.to_owned(), item.clone());
            self.visit(&step, number).reminded.insert(item);
        }
    }
}

/// Only these outcomes bring money.
fn pays(outcome: &str) -> bool {
    matches!(outcome, "paid" | "partial")
}

/// Returns the id of the step that a correction step corrects.
pub fn corrected_step(step: &str) -> Option<&str> {
    step.strip_suffix(CORRECTION_SUFFIX)
}
