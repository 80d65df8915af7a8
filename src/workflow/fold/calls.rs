//! How one step calls another: by an outcome, by silence, as a last resort; and what an answer
//! makes needless.

use jiff::Timestamp;

use crate::domain::deadline::Pause;
use crate::domain::span::Span;
use crate::workflow::fold::{Fold, LIMIT_VISITS};
use crate::workflow::history::{Call, Cause, Visit, What};
use crate::workflow::model::CLOSE;

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
            if called_by_silence && visit.over_at().is_none() && visit.submission.is_none() {
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
        if outcome == "need_more" && !targets.is_empty() {
            self.visit(step, number).pauses.push(Pause { from: when, to: None });
        }
        for target in targets {
            if target == CLOSE {
                self.history.close_asked = true;
            } else {
                let call =
                    Call { at: when, step: step.to_owned(), visit: number, cause: cause.clone() };
                self.call(&target, call);
            }
        }
    }

    /// Calls a step. One that is called and not over stays as it is: it is already asked for.
    fn call(&mut self, target: &str, call: Call) {
        let visits = self.history.steps.entry(target.to_owned()).or_default();
        let open =
            visits.last().is_some_and(|last| last.over_at().is_none() && last.called.is_some());
        if open || visits.len() >= LIMIT_VISITS as usize {
            return;
        }
        let number = u32::try_from(visits.len() + 1).unwrap_or(LIMIT_VISITS);
        visits.push(Visit { number, called: Some(call), ..Visit::default() });
    }

    pub(super) fn expired(
        &mut self,
        at: Timestamp,
        step: &str,
        number: u32,
        span: Span,
        target: &str,
        late: bool,
    ) {
        self.visit(step, number).expired.push(span);
        self.tell(at, Some(step), What::Silent { span });
        if !self.silence_may_call(step, number, target) {
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

    /// Two ladders may end in the same step, which is then called once; only a new visit of the
    /// same submission calls it anew.
    fn silence_may_call(&self, step: &str, number: u32, target: &str) -> bool {
        let last = self.history.steps.get(target).and_then(|visits| visits.last());
        last.is_none_or(|last| {
            last.over_at().is_some()
                && last
                    .called
                    .as_ref()
                    .is_some_and(|call| call.step == step && call.visit != number)
        })
    }

    /// The other side's clock runs again once we have sent what they asked for.
    pub(super) fn resume_caller(&mut self, step: &str, number: u32, when: Timestamp) {
        let caller = self
            .history
            .steps
            .get(step)
            .and_then(|visits| visits.get(number.checked_sub(1)? as usize))
            .and_then(|visit| visit.called.clone())
            .filter(|call| call.cause == Cause::Outcome("need_more".into()));
        if let Some(call) = caller
            && let Some(pause) = self.visit(&call.step, call.visit).pauses.last_mut()
        {
            pause.to.get_or_insert(when);
        }
    }
}
