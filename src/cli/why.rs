//! How a date came about: its start, its rule, the days passed over, its source.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::cli::args::Why;
use crate::cli::context::Context;
use crate::cli::exit;
use crate::cli::tasks;
use crate::domain::deadline::NotedDay;
use crate::domain::lang::Text;
use crate::domain::names;
use crate::domain::span::Span;
use crate::domain::time;
use crate::runtime::desk::Desk;
use crate::runtime::error::RuntimeError;
use crate::workflow::dates::PlannedDate;

/// Says how a date came about.
pub fn why(arguments: &Why, context: &Context) -> Result<u8, RuntimeError> {
    let mut runtime = context.runtime(None)?;
    let case = runtime.find_case(&arguments.case)?;
    let (desk, plan) = runtime.planned(&case)?;
    let wanted = &arguments.date;
    let Some(date) = plan.dates.iter().find(|date| date.id == *wanted) else {
        let near = names::nearest(wanted, plan.dates.iter().map(|date| date.id.as_str()));
        let hint = match near {
            Some(near) => crate::text!("是不是 {near}？", "did you mean {near}?"),
            None => {
                Text::new("status --json 的 date_ids 列出日期编号", "see date_ids of status --json")
            }
        };
        return Err(RuntimeError::asked(
            crate::text!("没有日期 {wanted}", "there is no date {wanted}"),
            hint,
        ));
    };
    let deadline = &date.deadline;
    let noted = |days: &[NotedDay]| -> Vec<Value> {
        days.iter()
            .map(|noted| json!({ "day": noted.day.to_string(), "reason": noted.reason.get(context.lang) }))
            .collect()
    };
    let notice =
        deadline.last_day.and_then(|day| runtime.library.packs.calendar.source(day.year()));
    let source = date.source.clone().or_else(|| {
        matches!(deadline.span, Span::Workdays(_)).then(|| notice.map(str::to_owned)).flatten()
    });
    if context.json {
        let object = json!({
            "schema": 1,
            "date": tasks::due_json(deadline, &desk),
            "id": date.id,
            "title": context.say(&date.title()),
            "start": { "event": context.say(&date.start_event()), "at": time::rfc3339(deadline.start, &desk.zone) },
            "rule": context.say(&date.rule()),
            "skipped": noted(&deadline.skipped),
            "counted": noted(&deadline.counted),
            "source": source,
            "opens": time::rfc3339(deadline.opens, &desk.zone),
            "safe_day": deadline.safe_day.map(|day| day.to_string()),
            "provisional": deadline.provisional,
            "moved": moved_json(date, &desk),
        });
        context.print_json(&object);
        return Ok(exit::DONE);
    }
    context.print(&why_text(date, &desk, source.as_deref(), context));
    Ok(exit::DONE)
}

fn moved_json(date: &PlannedDate, desk: &Desk) -> Value {
    desk.history.moved.get(&date.id).map_or(Value::Null, |moved| {
        json!({
            "by_rule": date.deadline.moved_from.map(|at| time::rfc3339(at, &desk.zone)),
            "at": time::rfc3339(moved.at, &desk.zone),
            "reason": moved.reason,
        })
    })
}

fn why_text(date: &PlannedDate, desk: &Desk, source: Option<&str>, context: &Context) -> String {
    let deadline = &date.deadline;
    let mut out = format!("{}\n", context.say(&date.title()));
    let _ = writeln!(
        out,
        "  {} {}",
        context.word("期限：", "limit:"),
        tasks::due_text(deadline, desk, context)
    );
    let start = time::minute(deadline.start, &desk.zone);
    let _ = writeln!(
        out,
        "  {} {}　{start}",
        context.word("起点：", "from:"),
        context.say(&date.start_event())
    );
    let _ = writeln!(out, "  {} {}", context.word("规则：", "rule:"), context.say(&date.rule()));
    if let Some(moved) = desk.history.moved.get(&date.id) {
        let was = deadline.moved_from.map(|at| time::minute(at, &desk.zone)).unwrap_or_default();
        let reason = moved.reason.clone().unwrap_or_default();
        let said =
            crate::text!("按规则是 {was}；改的理由：{reason}", "by rule {was}; why: {reason}");
        let _ = writeln!(out, "    {}", context.say(&said));
    }
    for noted in deadline.skipped.iter() {
        let _ = writeln!(
            out,
            "    {} {}　{}",
            context.word("跳过", "passed over"),
            noted.day,
            context.say(&noted.reason)
        );
    }
    for noted in deadline.counted.iter() {
        let _ = writeln!(
            out,
            "    {} {}　{}",
            context.word("计入", "counted"),
            noted.day,
            context.say(&noted.reason)
        );
    }
    if let Some(day) = deadline.rolled_from {
        let _ = writeln!(out, "    {} {day}", context.word("原末日", "before rolling"));
    }
    if date.calls.is_some() {
        let opens = time::minute(deadline.opens, &desk.zone);
        let _ = writeln!(out, "  {} {opens}", context.word("到时执行：", "acts:"));
    }
    if let Some(source) = source {
        let _ = writeln!(out, "  {} {source}", context.word("出处：", "source:"));
    }
    if deadline.provisional {
        out.push_str(context.word(
            "  暂定：涉及的年份还没有国务院放假通知，公布后会重新计算。\n",
            "  Provisional: no holiday notice for that year yet; it is computed again when there is one.\n",
        ));
    }
    out
}
