//! How something leaves: prepared, approved, sent, doubted, taken, refused, corrected; and what its
//! recipient holds from then on.

use std::sync::Arc;

use jiff::Timestamp;

use crate::domain::case::Case;
use crate::domain::refusal::RefusalClass;
use crate::workflow::event::{Event, TakenBy};
use crate::workflow::fold::Fold;
use crate::workflow::history::{Approval, Prepared, Stage, Submission, What};

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
            Event::SendStarted { step, visit, message_id, .. } => {
                self.send_started(at, step, *visit, message_id);
            }
            Event::InDoubt { step, visit, .. } => {
                self.stage(step, *visit, Stage::InDoubt { since: at });
            }
            Event::Accepted { step, visit, by: TakenBy::Server | TakenBy::Copy, .. } => {
                self.accepted(at, step, *visit);
            }
            Event::Accepted { step, visit, by: TakenBy::Outbox, .. } => {
                self.stage(step, *visit, Stage::Written { at });
            }
            Event::Refused { step, visit, class, retry_at, .. } => {
                self.refused(at, step, *visit, *class, *retry_at);
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

    fn send_started(&mut self, at: Timestamp, step: &str, visit: u32, message_id: &str) {
        self.holds_now(step, visit);
        let visit = self.visit(step, visit);
        visit.submission = Some(Submission {
            message_id: message_id.to_owned(),
            started_at: at,
            revision: visit.prepared.as_ref().map_or(0, |prepared| prepared.revision),
            stage: Stage::Stored,
            refusals: 0,
            sent_again: false,
        });
    }

    fn stage(&mut self, step: &str, visit: u32, stage: Stage) {
        let visit = self.visit(step, visit);
        let again = visit.approved.as_ref().is_some_and(|approval| approval.again);
        if let Some(submission) = &mut visit.submission {
            let was_in_doubt = matches!(submission.stage, Stage::InDoubt { .. });
            submission.sent_again |= was_in_doubt && again;
            submission.stage = stage;
        }
    }

    fn accepted(&mut self, at: Timestamp, step: &str, visit: u32) {
        self.stage(step, visit, Stage::Accepted { at });
        self.tell(at, Some(step), What::Sent);
        self.resume_callers(step, at);
    }

    fn refused(
        &mut self,
        at: Timestamp,
        step: &str,
        visit: u32,
        class: RefusalClass,
        retry_at: Option<Timestamp>,
    ) {
        let visit = self.visit(step, visit);
        let again = visit.approved.as_ref().is_some_and(|approval| approval.again);
        if again && visit.is_in_doubt() {
            // The second try was not taken; of the first nobody knows more than before.
            visit.approved = None;
            return;
        }
        let number = visit.number;
        self.stage(step, number, Stage::Refused { at, class, retry_at });
        let visit = self.visit(step, number);
        if let Some(submission) = &mut visit.submission {
            submission.refusals += 1;
        }
        if class == RefusalClass::Mailbox
            && let Some(channel) =
                visit.prepared.as_ref().and_then(|prepared| prepared.channel.clone())
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
