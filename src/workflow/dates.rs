//! Dates that can say why they are that date.

use jiff::Timestamp;

use crate::domain::deadline::{Deadline, Side};
use crate::domain::lang::{Lang, Text};
use crate::domain::span::Span;
use crate::workflow::dossier::Known;
use crate::workflow::history::{Cause, Visit};
use crate::workflow::model::{Rung, Step};

/// What a date counts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From {
    /// The discovery, or what else the workflow's clock starts with.
    Clock,
    /// The start the step names.
    Named,
    /// The step names a start nobody gave yet.
    NotYetKnown,
    /// A call by another step.
    Call(String, Cause),
    /// The confirmed submission of the step itself.
    Submission,
}

/// One date of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedDate {
    /// Its id, which `why` takes: `step.due` or `step.silence.48h`.
    pub id: String,
    /// The step it belongs to.
    pub step: String,
    /// The step's title.
    pub about: Text,
    /// What it counts from.
    pub from: From,
    /// How it was counted.
    pub deadline: Deadline,
    /// The step it calls, for a rung.
    pub calls: Option<String>,
    /// Where the rule is written.
    pub source: Option<String>,
    /// It no longer matters.
    pub over: bool,
}

impl PlannedDate {
    /// Returns what it is.
    pub fn title(&self) -> Text {
        let (zh, en) = (&self.about.zh, &self.about.en);
        if self.from != From::Submission {
            return crate::text!("我方期限：{zh}", "our limit: {en}");
        }
        let span = self.deadline.span;
        let (span_zh, span_en) = (span.spoken(Lang::Zh), span.spoken(Lang::En));
        crate::text!(
            "{zh}：{span_zh}没有答复就执行下一步",
            "{en}: next step after {span_en} of silence"
        )
    }

    /// Returns the event it counts from, in words.
    pub fn start_event(&self) -> Text {
        let (zh, en) = (&self.about.zh, &self.about.en);
        match &self.from {
            From::Clock => Text::new("发现时间", "the discovery"),
            From::Named => Text::new("流程指定的起点", "the start the workflow names"),
            From::NotYetKnown => Text::new(
                "流程指定的起点还没有填，暂从轮到这一步或发现时间起算",
                "the start the workflow names is not known yet; counted from the call or the discovery",
            ),
            From::Call(step, cause) => call_text(step, cause),
            From::Submission => {
                crate::text!("确认提交：{zh}", "confirmed submission: {en}")
            }
        }
    }

    /// Returns when something happens because of it.
    pub fn happens_at(&self) -> Timestamp {
        if self.calls.is_some() { self.deadline.opens } else { self.deadline.end }
    }

    /// Returns the rule in words.
    pub fn rule(&self) -> Text {
        if self.deadline.moved_from.is_some() {
            return Text::new("本人改定的日期", "moved by the person");
        }
        let span = self.deadline.span;
        let (zh, en) = (span.spoken(Lang::Zh), span.spoken(Lang::En));
        let counted = counting(span);
        let (counted_zh, counted_en) = (&counted.zh, &counted.en);
        let ends = match (self.deadline.side, span.is_by_day()) {
            (Side::TheirsByRule, true) => Text::new(
                "末日为休假日的顺延到下一工作日（民法典第二百零三条）",
                "a last day off moves to the next working day (Civil Code 203)",
            ),
            (Side::Ours, true) => Text::new(
                "我方期限不顺延；末日为休假日时以安全日为准",
                "our own limit is never extended; on a day off the safe day counts",
            ),
            (Side::Theirs, true) => Text::new("跟进日不顺延", "a follow-up is not extended"),
            (_, false) => Text::default(),
        };
        let (ends_zh, ends_en) = (&ends.zh, &ends.en);
        if ends.is_empty() {
            crate::text!("{zh}：{counted_zh}", "{en}: {counted_en}")
        } else {
            crate::text!("{zh}：{counted_zh}；{ends_zh}", "{en}: {counted_en}; {ends_en}")
        }
    }
}

fn counting(span: Span) -> Text {
    match span {
        Span::Minutes(_) | Span::Hours(_) => Text::new(
            "自起点时刻起连续计算（民法典第二百零一条）",
            "runs from the instant (Civil Code 201)",
        ),
        Span::Workdays(_) => Text::new(
            "起算日不计，按工作日计，调休上班日计入，最后一日24时止",
            "the first day is not counted, working days with make-up days, ends at 24:00",
        ),
        _ => Text::new(
            "起算日不计，按自然日计，最后一日24时止",
            "the first day is not counted, natural days, ends at 24:00",
        ),
    }
}

fn visit_id(step: &str, visit: u32) -> String {
    if visit > 1 { format!("{step}#{visit}") } else { step.to_owned() }
}

/// Returns the id of our limit of a step.
pub fn due_id(known: &Known<'_>) -> String {
    format!("{}.due", visit_id(&known.step.id, known.visit.number))
}

/// Returns the id of a rung.
pub fn silence_id(step: &Step, visit: &Visit, rung: &Rung) -> String {
    format!("{}.silence.{}", visit_id(&step.id, visit.number), rung.span)
}

/// Returns our limit of a step as a date. `is_known` says whether somebody gave the start that the
/// step names.
pub fn due(known: &Known<'_>, deadline: Deadline, is_known: bool, over: bool) -> PlannedDate {
    let step = &known.step;
    let from = match (&step.from, &known.visit.called) {
        (Some(_), _) if !is_known => From::NotYetKnown,
        (Some(_), _) => From::Named,
        (None, Some(call)) => From::Call(call.step.clone(), call.cause.clone()),
        (None, None) => From::Clock,
    };
    PlannedDate {
        id: due_id(known),
        step: step.id.clone(),
        about: step.title.clone(),
        from,
        deadline,
        calls: None,
        source: None,
        over,
    }
}

fn call_text(step: &str, cause: &Cause) -> Text {
    match cause {
        Cause::Silence(span) => {
            let (zh, en) = (span.spoken(Lang::Zh), span.spoken(Lang::En));
            crate::text!("{step} {zh}未获答复", "{step} unanswered for {en}")
        }
        Cause::Outcome(outcome) => crate::text!("{step} 的结果：{outcome}", "{step}: {outcome}"),
        Cause::LastResort => crate::text!("{step} 已无其他办法", "{step}: last resort"),
    }
}

/// Returns a rung of silence as a date.
pub fn silence(
    step: &Step,
    visit: &Visit,
    rung: &Rung,
    deadline: Deadline,
    over: bool,
) -> PlannedDate {
    PlannedDate {
        id: silence_id(step, visit, rung),
        step: step.id.clone(),
        about: step.title.clone(),
        from: From::Submission,
        deadline,
        calls: Some(rung.step.clone()),
        source: rung.source.clone(),
        over,
    }
}

/// A date that differs between two plans.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangedDate {
    /// Its id.
    pub id: String,
    /// What it is.
    pub title: Text,
    /// What it was; none when it is new.
    pub was: Option<PlannedDate>,
    /// What it is now; none when it is gone.
    pub now: Option<PlannedDate>,
}

/// Returns the dates that matter and differ: because the calendar, the workflow or a time that was
/// given changed.
pub fn changes(before: &[PlannedDate], after: &[PlannedDate]) -> Vec<ChangedDate> {
    let open = |dates: &[PlannedDate], id: &str| {
        dates.iter().find(|date| date.id == id && !date.over).cloned()
    };
    let mut ids: Vec<&str> = Vec::new();
    for date in before.iter().chain(after) {
        if !ids.contains(&date.id.as_str()) {
            ids.push(&date.id);
        }
    }
    ids.into_iter()
        .filter_map(|id| {
            let (was, now) = (open(before, id), open(after, id));
            let same = |left: &PlannedDate, right: &PlannedDate| {
                left.happens_at() == right.happens_at()
                    && left.deadline.provisional == right.deadline.provisional
            };
            let differs = match (&was, &now) {
                (Some(was), Some(now)) => !same(was, now),
                (None, None) => false,
                _ => true,
            };
            let title = now.as_ref().or(was.as_ref())?.title();
            differs.then(|| ChangedDate { id: id.to_owned(), title, was, now })
        })
        .collect()
}
