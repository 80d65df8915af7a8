//! A person's word that something may leave: for exactly what lies there, and for what is said in
//! a client's name only once the client said so of the same bytes.

use crate::domain::lang::Text;
use crate::runtime::desk::Desk;
use crate::runtime::error::RuntimeError;
use crate::runtime::said::step_named;
use crate::runtime::setup::Runtime;
use crate::runtime::volumes;
use crate::workflow::event::Event;
use crate::workflow::history::Visit;
use crate::workflow::plan::{self, Plan, State, StepPlan, Waiting};

/// Whether something leaves for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// It has not left.
    First,
    /// It is in doubt, and the same bytes leave once more.
    Again {
        /// Which of its messages, from 1, where it takes several.
        mail: Option<u32>,
    },
}

impl Runtime {
    /// Returns the approvals of the steps that are named, or of all that wait.
    pub(super) fn approvable(
        &self,
        desk: &Desk,
        plan: &Plan,
        steps: &[String],
        turn: Turn,
    ) -> Result<Vec<Event>, RuntimeError> {
        if !steps.is_empty() {
            let named = steps.iter().map(|named| step_named(desk, plan, named));
            return named.map(|step| self.approval(desk, step?, turn)).collect();
        }
        let waits = |step: &&StepPlan| {
            if turn == Turn::First { waits_for_a_word(step) } else { step.state == State::InDoubt }
        };
        let mut wanted: Vec<&StepPlan> = plan.steps.iter().filter(waits).collect();
        // What waits for its client does not keep back what waits for nobody else.
        if wanted.iter().any(|step| !self.waits_for_the_client(desk, step)) {
            wanted.retain(|step| !self.waits_for_the_client(desk, step));
        }
        if wanted.is_empty() {
            return Err(RuntimeError::asked(
                Text::new("现在没有等你同意的内容", "nothing waits for your approval"),
                Text::new("status 命令显示每一步在等什么", "status shows what each step waits for"),
            ));
        }
        wanted.into_iter().map(|step| self.approval(desk, step, turn)).collect()
    }

    /// What a firm's client would say and has not confirmed.
    fn waits_for_the_client(&self, desk: &Desk, step: &StepPlan) -> bool {
        let (Some(declared), Some(channel)) = (desk.workflow.step(&step.id), &step.channel) else {
            return false;
        };
        let visit = desk.history.steps.get(&step.id).and_then(|visits| visits.last());
        let prepared = visit.and_then(|visit| visit.prepared.as_ref());
        let confirmed = visit.and_then(|visit| visit.confirmed.as_ref());
        desk.history.needs_consent
            && plan::speaks_for_the_client(declared.papers(), &self.library.packs, channel.role)
            && confirmed != prepared.map(|prepared| &prepared.whole)
    }

    fn approval(&self, desk: &Desk, step: &StepPlan, turn: Turn) -> Result<Event, RuntimeError> {
        let (id, again) = (&step.id, turn != Turn::First);
        let visit = desk.history.steps.get(id).and_then(|visits| visits.last());
        let prepared = visit.and_then(|visit| visit.prepared.as_ref());
        let in_doubt = visit.is_some_and(Visit::is_in_doubt);
        if in_doubt && !again {
            return Err(RuntimeError::asked(
                crate::text!("{id} 可能已经送达，结果不明", "{id} may have arrived; nobody knows"),
                crate::text!(
                    "查收件方或自己的邮箱：到了用 done … {id}；没到用 approve … {id} --again（同一封，只再发一次）",
                    "look in the mailbox: done … {id} if it arrived, approve … {id} --again to send the same bytes once more"
                ),
            ));
        }
        if again && !in_doubt {
            return Err(RuntimeError::asked(
                crate::text!("{id} 没有结果不明的邮件", "{id} has no message in doubt"),
                Text::new("去掉 --again", "leave --again out"),
            ));
        }
        if let Turn::Again { mail } = turn {
            volumes::may_leave_again(desk, step, mail)?;
        }
        if self.waits_for_the_client(desk, step) && prepared.is_some_and(|prepared| !prepared.draft)
        {
            return Err(wants_the_client(desk, id));
        }
        match prepared {
            Some(prepared) if !prepared.draft && (in_doubt || waits_for_a_word(step)) => {
                Ok(Event::Approved {
                    step: id.clone(),
                    visit: step.visit,
                    whole: prepared.whole.clone(),
                    again,
                    plan: None,
                    by: self.user.clone(),
                })
            }
            _ => Err(RuntimeError::asked(
                crate::text!(
                    "{id} 现在没有等你同意的内容",
                    "{id} has nothing that waits for your approval"
                ),
                Text::new("status 命令显示它在等什么", "status shows what it waits for"),
            )),
        }
    }
}

fn wants_the_client(desk: &Desk, step: &str) -> RuntimeError {
    let case = desk.id();
    RuntimeError::asked(
        crate::text!(
            "{step} 以客户的名义写，要客户先确认这一份",
            "{step} speaks in the client's name: the client confirms it first"
        ),
        crate::text!(
            "给客户看过以后：appeal-daemon batch confirm {case} {step} --how \"11月22日微信回复同意\"",
            "once they saw it: appeal-daemon batch confirm {case} {step} --how \"agreed by message\""
        ),
    )
}

/// A step that leaves once a person says so.
pub(super) fn waits_for_a_word(step: &StepPlan) -> bool {
    matches!(step.waiting, Some(Waiting::Approval | Waiting::Refusal(_) | Waiting::Retry { .. }))
}
