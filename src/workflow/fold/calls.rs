//! How one step calls another: by an outcome, by silence, as a last resort; and what an answer
//! makes needless.

use jiff::Timestamp;

use crate::domain::deadline::Pause;
use crate::domain::span::Span;
use crate::workflow::fold::{Fold, LIMIT_VISITS};
use crate::workflow::history::{Call, Cause, Visit, What};
use crate::workflow::model::{CLOSE, CLOSE_CASE, CLOSE_PART, EXIT_PREFIX};

/// A rung that came due.
pub(super) struct Expired<'a> {
    pub span: Span,
    pub target: &'a str,
    pub due: Timestamp,
    pub late: bool,
}

impl Fold<'_> {
    /// The submission whose silence called this step, when the step itself has no use for the
    /// outcome.
    pub(super) fn asker(&self, step: &str, number: u32, outcome: &str) -> Option<(String, u32)> {
        let own = self.workflow.step(step)?;
        if own.outcomes.contains_key(outcome) {
            return None;
        }
        let visit = self.history.steps.get(step)?.get(number.checked_sub(1)? as usize)?;
        let call = visit.called.as_ref()?;
        matches!(call.cause, Cause::Silence(_)).then(|| (call.step.clone(), call.visit))
    }

    /// An answer makes needless what only silence had called and nobody has done yet.
    pub(super) fn cancel_rungs(&mut self, step: &str, number: u32, when: Timestamp) {
        for visit in self.history.steps.values_mut().flatten() {
            let called_by_silence = visit.called.as_ref().is_some_and(|call| {
                call.step == step && call.visit == number && matches!(call.cause, Cause::Silence(_))
            });
            let is_open = called_by_silence && visit.over_at().is_none();
            if is_open && !visit.drop_unsent() && !visit.is_in_doubt() {
                visit.cancelled_at = Some(when);
            }
        }
    }

    pub(super) fn call_outcome(&mut self, step: &str, number: u32, outcome: &str, when: Timestamp) {
        let Some(own) = self.workflow.step(step) else { return };
        let (targets, cause) = match own.outcomes.get(outcome) {
            Some(targets) => (targets.clone(), Cause::Outcome(outcome.to_owned())),
            None if outcome == "refused" => (own.escalate_to.clone(), Cause::LastResort),
            None => return,
        };
        let mut asked_for = false;
        for target in targets {
            if target == CLOSE || target == CLOSE_CASE {
                self.history.close_asked = true;
            } else if let Some(holder) = target.strip_prefix(CLOSE_PART) {
                self.history.ended.insert(holder.to_owned());
            } else if !target.starts_with(EXIT_PREFIX) {
                let call =
                    Call { at: when, step: step.to_owned(), visit: number, cause: cause.clone() };
                asked_for |= self.call(&target, call);
            }
        }
        // Their clock stands still only while somebody is asked for what they want, and once.
        let visit = self.visit(step, number);
        let paused = visit.pauses.last().is_some_and(|pause| pause.to.is_none());
        if outcome == "need_more" && asked_for && !paused {
            visit.pauses.push(Pause { from: when, to: None });
        }
    }

    /// Calls a step. One that is called and not over stays as it is: it is already asked for.
    /// Returns false when it was called too often to be called again.
    fn call(&mut self, target: &str, call: Call) -> bool {
        let visits = self.history.steps.entry(target.to_owned()).or_default();
        let open =
            visits.last().is_some_and(|last| last.over_at().is_none() && last.called.is_some());
        if open {
            return true;
        }
        if visits.len() >= LIMIT_VISITS as usize {
            return false;
        }
        let number = u32::try_from(visits.len() + 1).unwrap_or(LIMIT_VISITS);
        visits.push(Visit { number, called: Some(call.clone()), ..Visit::default() });
        // With a step that holds a workflow, the steps of it begin.
        self.history.ended.remove(target);
        let workflow = self.workflow;
        let begin = workflow
            .steps
            .iter()
            .filter(|step| step.starts && step.part_of.as_deref() == Some(target));
        for step in begin {
            self.call(&step.id, call.clone());
        }
        true
    }

    pub(super) fn expired(&mut self, at: Timestamp, step: &str, number: u32, rung: &Expired<'_>) {
        let Expired { span, target, due, late } = *rung;
        // A rung that came due from a submission that was taken back since never happened.
        let visit = self.visit(step, number);
        if visit.confirmed_at().is_none() {
            return;
        }
        visit.expired.push((span, target.to_owned()));
        self.tell(due, Some(step), What::Silent { span });
        if let Some(holder) = target.strip_prefix(CLOSE_PART) {
            self.history.ended.insert(holder.to_owned());
            return;
        }
        // A workflow that is nobody's part goes on with its other steps.
        if target.starts_with(EXIT_PREFIX) || !self.silence_may_call(step, target) {
            return;
        }
        let call = Call { at, step: step.to_owned(), visit: number, cause: Cause::Silence(span) };
        self.call(target, call);
        if late
            && let Some(visit) =
                self.history.steps.get_mut(target).and_then(|visits| visits.last_mut())
        {
            visit.late = true;
        }
    }

    /// Ladders of two submissions may end in the same step, which is then done once: what was done
    /// because of another submission is not asked for again. One that was made needless, left out
    /// or done before anybody called it is.
    fn silence_may_call(&self, step: &str, target: &str) -> bool {
        let last = self.history.steps.get(target).and_then(|visits| visits.last());
        last.is_none_or(|last| {
            let done = last.confirmed_at().is_some();
            !done || last.called.as_ref().is_none_or(|call| call.step == step)
        })
    }

    /// The other side's clock runs again once we have sent what they asked for, or will not: every
    /// submission that waits for this step waits no longer.
    pub(super) fn resume_callers(&mut self, step: &str, when: Timestamp) {
        let waits = |id: &str| {
            self.workflow.step(id).is_some_and(|caller| {
                caller
                    .outcomes
                    .get("need_more")
                    .is_some_and(|targets| targets.iter().any(|target| target == step))
            })
        };
        let callers: Vec<String> =
            self.history.steps.keys().filter(|id| waits(id)).cloned().collect();
        for id in callers {
            for visit in self.history.steps.get_mut(&id).into_iter().flatten() {
                for pause in &mut visit.pauses {
                    pause.to.get_or_insert(when);
                }
            }
        }
    }
}
