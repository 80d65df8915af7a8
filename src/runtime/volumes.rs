//! What a person says of a submission that takes several messages: of which of them, because another
//! may have come to the front since they looked.

use crate::domain::lang::Text;
use crate::runtime::acts::{Done, SKIP};
use crate::runtime::desk::Desk;
use crate::runtime::error::RuntimeError;
use crate::workflow::event::{Event, TakenBy};
use crate::workflow::plan::StepPlan;
use crate::workflow::submission::Submission;

/// Which messages of a submission are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mail {
    /// One of them, from 1.
    One(u32),
    /// All: what did not leave by mail was handed over otherwise.
    All,
}

impl Mail {
    /// Reads `2` or `all`.
    pub fn parse(text: &str) -> Option<Self> {
        match text.trim() {
            "all" | "全部" => Some(Self::All),
            number => number.parse().ok().filter(|number| *number > 0).map(Self::One),
        }
    }
}

/// Returns what `done` says of one message of a submission that left in part; none where it speaks of
/// the whole step.
pub(super) fn arrived(
    desk: &Desk,
    step: &StepPlan,
    done: &Done,
) -> Result<Option<Event>, RuntimeError> {
    let sent = in_part(desk, step);
    match (sent, done.mail) {
        (None, None) | (Some(_), Some(Mail::All)) => Ok(None),
        (Some(_), None) if done.outcome.as_deref() == Some(SKIP) => Ok(None),
        (Some(sent), Some(Mail::One(named))) => {
            is_in_doubt(desk, step, sent, named)?;
            if done.outcome.is_some() || !done.set.is_empty() {
                return Err(of_the_step());
            }
            Ok(Some(Event::Accepted {
                step: step.id.clone(),
                visit: step.visit,
                message_id: sent.message_id.clone(),
                by: TakenBy::Person,
                reply: None,
            }))
        }
        (Some(sent), None) => Err(which(desk, step, sent)),
        (None, Some(_)) => Err(not_split(step)),
    }
}

/// Checks what `approve --again` says of one message of several.
pub(super) fn may_leave_again(
    desk: &Desk,
    step: &StepPlan,
    mail: Option<u32>,
) -> Result<(), RuntimeError> {
    match (in_part(desk, step), mail) {
        (None, None) => Ok(()),
        (Some(sent), Some(named)) => is_in_doubt(desk, step, sent, named),
        (Some(sent), None) => Err(which(desk, step, sent)),
        (None, Some(_)) => Err(not_split(step)),
    }
}

/// The submission of a step of which not all messages have left.
fn in_part<'a>(desk: &'a Desk, step: &StepPlan) -> Option<&'a Submission> {
    let visits = desk.history.steps.get(&step.id)?;
    let visit = visits.iter().find(|visit| visit.number == step.visit)?;
    let submission = visit.submission.as_ref()?;
    let is_split = !submission.others.is_empty() && submission.has_left();
    (is_split && visit.over_at().is_none()).then_some(submission)
}

fn is_in_doubt(
    desk: &Desk,
    step: &StepPlan,
    sent: &Submission,
    named: u32,
) -> Result<(), RuntimeError> {
    if sent.is_in_doubt() && sent.volume == named { Ok(()) } else { Err(which(desk, step, sent)) }
}

fn which(desk: &Desk, step: &StepPlan, sent: &Submission) -> RuntimeError {
    let (id, case, state) = (&step.id, desk.id(), state(sent));
    let (front, of) = (sent.volume, sent.others.len() + 1);
    let hint = if sent.is_in_doubt() {
        crate::text!(
            "第{front}封到了：done {case} {id} --mail {front}；没到、再发一次：approve {case} {id} --again --mail {front}；其余都另行交了：done {case} {id} --mail all",
            "if mail {front} arrived: done {case} {id} --mail {front}; to send it once more: approve {case} {id} --again --mail {front}; if all else was handed over: done {case} {id} --mail all"
        )
    } else {
        crate::text!(
            "其余的由程序接着发；都另行交了、不用再发：done {case} {id} --mail all",
            "the others follow; if they were handed over otherwise: done {case} {id} --mail all"
        )
    };
    let (zh, en) = (state.zh, state.en);
    RuntimeError::asked(
        crate::text!("{id} 分{of}封发出：{zh}", "{id} takes {of} mails: {en}"),
        hint,
    )
}

/// Returns which of the messages left, and which one is next.
pub fn state(sent: &Submission) -> Text {
    let gone: Vec<String> = sent
        .volumes()
        .iter()
        .filter(|volume| volume.has_gone())
        .map(|volume| volume.volume.to_string())
        .collect();
    let front = sent.volume;
    let (zh, en) = (gone.join("、"), gone.join(", "));
    let left = if gone.is_empty() {
        Text::default()
    } else {
        crate::text!("第{zh}封已发出；", "mail {en} has left; ")
    };
    let (zh, en) = (left.zh, left.en);
    if sent.is_in_doubt() {
        crate::text!("{zh}第{front}封结果不明", "{en}nobody knows of mail {front}")
    } else {
        crate::text!("{zh}轮到第{front}封", "{en}mail {front} is next")
    }
}

fn of_the_step() -> RuntimeError {
    RuntimeError::asked(
        Text::new(
            "--mail 只说这一封到没到，不能同时写结果和内容",
            "--mail speaks of one mail: no outcome and no fields with it",
        ),
        Text::new("等全部发出以后再记", "note them when all have left"),
    )
}

fn not_split(step: &StepPlan) -> RuntimeError {
    let id = &step.id;
    RuntimeError::asked(
        crate::text!("{id} 没有分几封发出", "{id} has not left in several mails"),
        Text::new("去掉 --mail", "leave --mail out"),
    )
}
