//! The dates of a case as a calendar file for the phone: it reminds even when the computer is off.

use chrono::Duration;
use icalendar::{Alarm, Calendar, Component as _, Event, EventLike as _, Trigger};
use jiff::Timestamp;
use jiff::civil::Time;

use crate::cli::args::CalendarArguments;
use crate::cli::context::Context;
use crate::cli::exit;
use crate::domain::time;
use crate::runtime::desk::Desk;
use crate::runtime::error::RuntimeError;
use crate::runtime::home::write_private;
use crate::workflow::dates::PlannedDate;
use crate::workflow::plan::Plan;

/// The hour at which a limit by days is shown.
const MORNING: Time = Time::constant(9, 0, 0, 0);

/// The longest line of a calendar file, in octets.
const LIMIT_OCTETS: usize = 75;

/// Writes the calendar of a case.
pub fn calendar(arguments: &CalendarArguments, context: &Context) -> Result<u8, RuntimeError> {
    let mut runtime = context.runtime(None)?;
    let cases = if let Some(named) = &arguments.case {
        vec![runtime.find_case(named)?]
    } else {
        let open = runtime.store.cases()?.into_iter().filter(|row| row.closed_at.is_none());
        open.map(|row| row.id).collect()
    };
    let mut planned = Vec::new();
    for case in &cases {
        planned.push(runtime.planned(case)?);
    }
    let text = ics(&planned, context);
    match &arguments.output {
        None => context.print(&text),
        Some(path) => {
            write_private(path, text.as_bytes())
                .map_err(|source| RuntimeError::Home { path: path.clone(), source })?;
            let path = path.display();
            let said = crate::text!(
                "已写入 {path}：发到手机上打开即可导入",
                "written to {path}: open it on your phone to import it"
            );
            context.print_aside(context.say(&said));
        }
    }
    Ok(exit::DONE)
}

/// Returns the calendar file. Nothing personal is in it: calendars are synchronised to others'
/// servers.
pub fn ics(planned: &[(Desk, Plan)], context: &Context) -> String {
    let mut calendar = Calendar::empty();
    calendar.append_property(("VERSION", "2.0"));
    calendar.append_property(("PRODID", "-//appeal-daemon//calendar 1//ZH"));
    calendar.append_property(("CALSCALE", "GREGORIAN"));
    for (desk, plan) in planned {
        let mut dates: Vec<&PlannedDate> = plan.dates.iter().filter(|date| !date.over).collect();
        dates.sort_by_key(|date| (date.happens_at(), date.id.clone()));
        for date in dates {
            calendar.push(event(date, desk, context));
        }
    }
    folded(&calendar.to_string())
}

/// Folds lines anew at 75 octets, the space of a continued line included: the library counts it
/// out, and strict readers count it in (RFC 5545, 3.1).
fn folded(calendar: &str) -> String {
    let mut out = String::with_capacity(calendar.len());
    for line in calendar.replace("\r\n ", "").split_terminator("\r\n") {
        let mut length = 0;
        for c in line.chars() {
            if length + c.len_utf8() > LIMIT_OCTETS {
                out.push_str("\r\n ");
                length = 1;
            }
            out.push(c);
            length += c.len_utf8();
        }
        out.push_str("\r\n");
    }
    out
}

fn event(date: &PlannedDate, desk: &Desk, context: &Context) -> Event {
    let case = desk.id();
    let uid = format!("{}@{case}.appeal-daemon", date.id);
    let title = match date.calls.as_ref().and_then(|id| desk.workflow.step(id)) {
        Some(step) => step.title.clone(),
        None => date.title(),
    };
    let (start, rule) = (date.start_event(), date.rule());
    let (start_zh, start_en, rule_zh, rule_en) = (&start.zh, &start.en, &rule.zh, &rule.en);
    let why = crate::text!("自{start_zh}起，{rule_zh}", "from {start_en}, {rule_en}");
    let at = utc(shown_at(date, desk));
    let mut event = Event::new();
    event.uid(&uid);
    event.summary(context.say(&title));
    event.description(&format!("{}\nappeal-daemon today {case}", context.say(&why)));
    event.append_property(("DTSTAMP", utc(desk.history.last_at).as_str()));
    event.append_property(("SEQUENCE", desk.history.last_seq.to_string().as_str()));
    event.append_property(("DTSTART", at.as_str()));
    event.append_property(("DTEND", at.as_str()));
    if date.deadline.provisional {
        event.append_property(("STATUS", "TENTATIVE"));
    }
    for (name, before) in [("at", Duration::zero()), ("day-before", Duration::days(1))] {
        let words = context.say(&title).to_owned();
        let mut alarm = Alarm::display(&words, Trigger::before_start(before));
        alarm.uid(&format!("{name}-{uid}"));
        // Otherwise the library writes the time of this run, and no two files are alike.
        alarm.append_property(("DTSTAMP", utc(desk.history.last_at).as_str()));
        event.alarm(alarm);
    }
    event.done()
}

/// A limit by days is shown on the morning of its last day, or of the safe day before it.
fn shown_at(date: &PlannedDate, desk: &Desk) -> Timestamp {
    let deadline = &date.deadline;
    match (date.calls.is_some(), deadline.safe_day.or(deadline.last_day)) {
        (false, Some(day)) => time::at(day, MORNING, &desk.zone),
        _ => date.happens_at(),
    }
}

fn utc(instant: Timestamp) -> String {
    instant.strftime("%Y%m%dT%H%M%SZ").to_string()
}
