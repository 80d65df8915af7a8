//! How something leaves: prepared, approved, sent, doubted, taken, refused, corrected; and what its
//! recipient holds from then on.

use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::case::Case;
use crate::domain::refusal::RefusalClass;
use crate::workflow::doubt::NotFound;
use crate::workflow::event::{Event, TakenBy};
use crate::workflow::fold::Fold;
use crate::workflow::history::{Approval, Prepared, What};
use crate::workflow::submission::{Stage, Submission};

impl Fold<'_> {
    pub(super) fn leaving(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::Prepared { step, visit, .. } => {
                self.visit(step, *visit).prepared = prepared(at, event);
            }
            Event::Approved { step, visit, whole, again, .. } => {
                let approval = Approval { at, whole: whole.clone(), again: *again };
                self.visit(step, *visit).approved = Some(approval);
            }
            Event::SendStarted { step, visit, message_id, further, .. } => {
                self.holds_now(step, *visit);
                let visit = self.visit(step, *visit);
                let revision = visit.prepared.as_ref().map_or(0, |prepared| prepared.revision);
                visit.submission = Some(Submission::stored(message_id, further, revision, at));
            }
            Event::InDoubt { step, visit, message_id, .. }
            | Event::Accepted { step, visit, message_id, .. }
            | Event::Refused { step, visit, message_id, .. } => {
                self.with_volume(step, *visit, |submission| submission.turn_to(message_id));
                self.outcome(at, event);
                self.with_volume(step, *visit, Submission::settle);
                if matches!(event, Event::Accepted { .. }) {
                    self.taken(at, step, *visit);
                }
            }
            Event::Corrected { step, visit, holds } => {
                let case = self.held_case();
                let visit = self.visit(step, *visit);
                visit.holds.extend(holds.clone());
                visit.held_case = Some(case);
                self.tell(at, Some(step), What::Corrected);
            }
            _ => {}
        }
    }

    /// From here on the recipient holds what was prepared.
    pub(super) fn holds_now(&mut self, step: &str, visit: u32) {
        let case = self.held_case();
        let visit = self.visit(step, visit);
        visit.holds =
            visit.prepared.as_ref().map(|prepared| prepared.holds.clone()).unwrap_or_default();
        visit.held_case = Some(case);
    }

    fn held_case(&self) -> Arc<Case> {
        Arc::new(self.history.case.clone())
    }

    /// What became of the message in front.
    fn outcome(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::InDoubt { step, visit, copied, .. } => {
                self.in_doubt(at, step, *visit, *copied);
            }
            Event::Accepted {
                step,
                visit,
                by: TakenBy::Server | TakenBy::Copy | TakenBy::Person,
                ..
            } => {
                self.stage(step, *visit, Stage::Accepted { at });
            }
            Event::Accepted { step, visit, by: TakenBy::Outbox, .. } => {
                self.stage(step, *visit, Stage::Written { at });
            }
            Event::Refused { step, visit, class, retry_at, again, .. }
                if !self.refused_again(step, *visit, *retry_at, *again) =>
            {
                self.refused(at, step, *visit, *class, *retry_at);
            }
            _ => {}
        }
    }

    fn with_volume(&mut self, step: &str, visit: u32, change: impl FnOnce(&mut Submission)) {
        if let Some(submission) = &mut self.visit(step, visit).submission {
            change(submission);
        }
    }

    fn in_doubt(&mut self, at: Timestamp, step: &str, visit: u32, copied: bool) {
        let visit = self.visit(step, visit);
        // A word for a second try is used up by it.
        if let Some(approval) = &mut visit.approved {
            approval.again = false;
        }
        if let Some(submission) = &mut visit.submission {
            // The body of a message in doubt left once more.
            submission.sent_again |= matches!(submission.stage, Stage::InDoubt { .. });
            submission.stage = Stage::InDoubt { since: at };
            submission.copied = copied;
            submission.not_found = None;
        }
    }

    /// A look that did not find a message counts for that message only, and only while it is in
    /// doubt.
    pub(super) fn not_found(&mut self, step: &str, visit: u32, message_id: &str, look: NotFound) {
        if let Some(submission) = &mut self.visit(step, visit).submission
            && submission.message_id == message_id
            && matches!(submission.stage, Stage::InDoubt { .. })
        {
            submission.not_found = Some(look);
        }
    }

    fn stage(&mut self, step: &str, visit: u32, stage: Stage) {
        self.with_volume(step, visit, |submission| submission.stage = stage);
    }

    /// With the last of its volumes a submission was made.
    fn taken(&mut self, at: Timestamp, step: &str, visit: u32) {
        let submission = self.visit(step, visit).submission.as_ref();
        let whole =
            submission.is_some_and(|submission| matches!(submission.stage, Stage::Accepted { .. }));
        if whole {
            self.tell(at, Some(step), What::Sent);
            self.resume_callers(step, at);
        }
    }

    /// Returns true when a second try was not taken: of the first nobody knows more than before.
    fn refused_again(
        &mut self,
        step: &str,
        visit: u32,
        retry_at: Option<Timestamp>,
        again: bool,
    ) -> bool {
        let visit = self.visit(step, visit);
        let by_word = visit.approved.as_ref().is_some_and(|approval| approval.again);
        let sent_again = visit.submission.as_ref().is_some_and(|submission| submission.sent_again);
        if !visit.is_in_doubt() || !(again || by_word || sent_again) {
            return false;
        }
        if by_word {
            visit.approved = None;
        }
        if let Some(submission) = &mut visit.submission {
            submission.refusals += 1;
            submission.not_found = None;
            submission.held_until = Some(retry_at.unwrap_or(Timestamp::MAX));
        }
        true
    }

    fn refused(
        &mut self,
        at: Timestamp,
        step: &str,
        visit: u32,
        class: RefusalClass,
        retry_at: Option<Timestamp>,
    ) {
        self.stage(step, visit, Stage::Refused { at, class, retry_at });
        let visit = self.visit(step, visit);
        if let Some(submission) = &mut visit.submission {
            submission.refusals += 1;
        }
        // What was prepared since may be for another address.
        let revision = visit.submission.as_ref().map(|submission| submission.revision);
        let prepared = visit.prepared.as_ref().filter(|one| Some(one.revision) == revision);
        if class == RefusalClass::Mailbox
            && let Some(channel) = prepared.and_then(|prepared| prepared.channel.clone())
        {
            let address = self.history.address_of(&channel);
            self.history.bounced.insert((channel, address));
        }
    }
}

fn prepared(at: Timestamp, event: &Event) -> Option<Prepared> {
    let Event::Prepared { revision, draft, inputs, channel, papers, holds, texts, whole, .. } =
        event
    else {
        return None;
    };
    Some(Prepared {
        at,
        revision: *revision,
        draft: *draft,
        inputs: inputs.clone(),
        channel: channel.clone(),
        papers: papers.clone(),
        holds: holds.clone(),
        texts: texts.clone(),
        whole: whole.clone(),
    })
}
