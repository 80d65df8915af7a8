//! When the person is reminded of what. A reminder has an id; once its id is in the ledger it is
//! not given again. What was missed while nothing ran comes as one digest.

use jiff::civil::Time;
use jiff::{SignedDuration, Timestamp};

use crate::domain::deadline::{Rules, Side};
use crate::domain::span::Span;
use crate::domain::time;
use crate::workflow::dossier::Dossier;
use crate::workflow::history::{Cause, Visit};
use crate::workflow::model::Offset;
use crate::workflow::plan::{State, StepPlan, Waiting};

/// One reminder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reminder {
    /// `step#visit:what`.
    pub id: String,
    /// The step.
    pub step: String,
    /// When it was due.
    pub at: Timestamp,
}

/// The hour of the daily reminder of what is overdue.
const MORNING: Time = Time::constant(9, 0, 0, 0);

/// Only what must be done within hours may disturb the night.
fn is_urgent(due: Span) -> bool {
    match due {
        Span::Minutes(_) => true,
        Span::Hours(hours) => hours <= 3,
        _ => false,
    }
}

/// Returns the reminders that are due and not given, and the next instants to look again.
pub fn due(
    dossier: &Dossier<'_>,
    steps: &[StepPlan],
    rules: Rules<'_>,
    now: Timestamp,
) -> (Vec<Reminder>, Vec<Timestamp>) {
    let mut items = Vec::new();
    let mut next = Vec::new();
    for (plan, known) in steps.iter().zip(&dossier.steps) {
        if !plan.state.is_task() {
            continue;
        }
        for reminder in of_step(plan, &known.visit, known.step.remind.as_deref(), rules, now) {
            let urgent = known.step.due.is_some_and(is_urgent);
            let at = if urgent {
                reminder.at
            } else {
                reachable(undisturbed(reminder.at, dossier, rules), plan, rules)
            };
            if at > now {
                next.push(at);
            } else if !known.visit.reminded.contains(&reminder.id) {
                items.push(Reminder { at, ..reminder });
            }
        }
    }
    (items, next)
}

fn of_step(
    plan: &StepPlan,
    visit: &Visit,
    offsets: Option<&[Offset]>,
    rules: Rules<'_>,
    now: Timestamp,
) -> Vec<Reminder> {
    let reminder = |what: &str, at: Timestamp| Reminder {
        id: format!("{}#{}:{what}", plan.id, plan.visit),
        step: plan.id.clone(),
        at,
    };
    let mut reminders = Vec::new();
    let called_by_time = visit
        .called
        .as_ref()
        .filter(|call| matches!(call.cause, Cause::Silence(_)) || call.step == plan.id);
    if let Some(since) = plan.since
        && called_by_time.is_some()
    {
        reminders.push(reminder("open", since));
    }
    // A limit on sending makes us miss ours: that is said once, as soon as it is known.
    if let (Some(since), Some(Waiting::Held { .. })) = (plan.since, &plan.waiting) {
        reminders.push(reminder("held", since));
    }
    if let Some(due) = &plan.due {
        let end = due.end;
        match offsets {
            Some(offsets) => reminders.extend(offsets.iter().map(|offset| {
                let at = place(*offset, end, rules);
                reminder(&label(*offset), at)
            })),
            None => reminders.push(reminder("due", end)),
        }
        if plan.state == State::Overdue || end <= now {
            reminders.extend(
                daily(end, now, rules).map(|(day, at)| reminder(&format!("overdue-{day}"), at)),
            );
        }
    } else if matches!(plan.state, State::Prepared | State::InDoubt)
        && let Some(since) = plan.since
    {
        reminders.extend(
            daily(since, now, rules).map(|(day, at)| reminder(&format!("waiting-{day}"), at)),
        );
    }
    reminders
}

fn label(offset: Offset) -> String {
    match offset {
        Offset::Before(span) => format!("-{span}"),
        Offset::After(span) => format!("+{span}"),
    }
}

fn place(offset: Offset, end: Timestamp, rules: Rules<'_>) -> Timestamp {
    match offset {
        Offset::After(span) => {
            rules.deadline(end, span, Side::Theirs, &[]).map_or(end, |deadline| deadline.opens)
        }
        Offset::Before(span) => before(span, end, rules),
    }
}

/// A reminder days before a limit comes at the morning of that day.
fn before(span: Span, end: Timestamp, rules: Rules<'_>) -> Timestamp {
    let elapsed = |duration: SignedDuration| end.checked_sub(duration).unwrap_or(end);
    let days = match span {
        Span::Minutes(n) => return elapsed(SignedDuration::from_mins(n.into())),
        Span::Hours(n) => return elapsed(SignedDuration::from_hours(n.into())),
        Span::Days(n) => jiff::Span::new().days(n),
        Span::Months(n) => jiff::Span::new().months(n),
        Span::Years(n) => jiff::Span::new().years(n),
        Span::Workdays(n) => {
            let mut day = time::day(end, rules.zone);
            for _ in 0..n {
                day = rules.calendar.last_worked(day.yesterday().unwrap_or(day));
            }
            return time::at(day, MORNING, rules.zone);
        }
    };
    let day =
        time::day(end, rules.zone).checked_sub(days).unwrap_or_else(|_| time::day(end, rules.zone));
    time::at(day, MORNING, rules.zone)
}

/// The latest daily reminder that has passed, and the one that comes next: those between were
/// missed together and are given once.
fn daily(
    since: Timestamp,
    now: Timestamp,
    rules: Rules<'_>,
) -> impl Iterator<Item = (jiff::civil::Date, Timestamp)> {
    let today = time::day(now, rules.zone);
    let day = time::day(since, rules.zone);
    let same_day = time::at(day, MORNING, rules.zone) > since;
    let first = if same_day { day } else { day.tomorrow().unwrap_or(today) };
    let yesterday = today.yesterday().unwrap_or(today);
    let tomorrow = today.tomorrow().unwrap_or(today);
    let morning = move |day| (day, time::at(day, MORNING, rules.zone));
    let (_, this_morning) = morning(today);
    let passed = if this_morning <= now { today } else { yesterday };
    let coming = if this_morning <= now { tomorrow } else { today };
    [passed, coming]
        .into_iter()
        .filter(move |day| *day >= first)
        .map(morning)
        .collect::<Vec<_>>()
        .into_iter()
}

/// Moves a reminder to when somebody can be reached, unless our limit passes before.
fn reachable(at: Timestamp, plan: &StepPlan, rules: Rules<'_>) -> Timestamp {
    let Some(open) = plan.channel.as_ref().and_then(|channel| channel.open) else { return at };
    let opening = open.next(at, rules.zone, rules.calendar);
    let in_time = plan.due.as_ref().is_none_or(|due| opening < due.end || due.end <= at);
    if in_time { opening } else { at }
}

/// Moves a reminder out of the quiet hours to their end.
fn undisturbed(at: Timestamp, dossier: &Dossier<'_>, rules: Rules<'_>) -> Timestamp {
    let Some((from, to)) = dossier.workflow.quiet else { return at };
    let local = rules.zone.to_datetime(at);
    let clock = local.time();
    let spans_midnight = from > to;
    let quiet =
        if spans_midnight { clock >= from || clock < to } else { clock >= from && clock < to };
    if !quiet {
        return at;
    }
    let day = if spans_midnight && clock >= from {
        local.date().tomorrow().unwrap_or(local.date())
    } else {
        local.date()
    };
    time::at(day, to, rules.zone)
}
