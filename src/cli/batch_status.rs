//! Where a whole batch stands: how many matters are how far, and which dates come first.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::cli::args::BatchStatus;
use crate::cli::context::Context;
use crate::cli::exit;
use crate::domain::lang::Text;
use crate::domain::time;
use crate::runtime::error::RuntimeError;
use crate::runtime::portfolio;
use crate::runtime::setup::{Runtime, block_on};
use crate::workflow::plan::State;

/// How often `--watch` looks again.
const AGAIN: Duration = Duration::from_secs(5);

/// How many dates are shown.
const DATES: usize = 10;

/// Where every matter stands.
#[derive(Default)]
struct Standing {
    matters: usize,
    not_open: Vec<String>,
    closed: usize,
    /// Steps by where they stand.
    steps: BTreeMap<&'static str, usize>,
    /// Matters in which a limit of ours has passed.
    overdue: Vec<String>,
    /// Matters with a message of which nobody knows whether it left.
    in_doubt: Vec<String>,
    /// The next date of each matter.
    next: Vec<(Timestamp, String, String)>,
}

/// Shows where a batch stands, once or again and again.
pub fn status(arguments: &BatchStatus, context: &Context) -> Result<u8, RuntimeError> {
    let mut runtime = context.runtime(None)?;
    loop {
        let standing = look(&mut runtime, &arguments.folder)?;
        if context.json {
            context.print_json(&standing.json(&arguments.folder));
        } else {
            context.print(&standing.text(context));
        }
        if !arguments.watch {
            return Ok(exit::DONE);
        }
        let ended =
            block_on(async { tokio::time::timeout(AGAIN, tokio::signal::ctrl_c()).await.is_ok() })?;
        if ended {
            return Ok(exit::DONE);
        }
    }
}

fn look(runtime: &mut Runtime, folder: &Path) -> Result<Standing, RuntimeError> {
    let matters = portfolio::matters(folder)?;
    let open: BTreeMap<std::path::PathBuf, _> = runtime
        .store
        .cases()?
        .into_iter()
        .map(|row| (std::path::PathBuf::from(&row.folder), row))
        .collect();
    let mut standing = Standing { matters: matters.len(), ..Standing::default() };
    for matter in matters {
        let place = std::fs::canonicalize(&matter.folder).unwrap_or(matter.folder);
        let Some(row) = open.get(&place) else {
            standing.not_open.push(matter.number);
            continue;
        };
        if row.closed_at.is_some() {
            standing.closed += 1;
            continue;
        }
        let (_, plan) = runtime.planned(&row.id)?;
        for step in &plan.steps {
            *standing.steps.entry(step.state.as_str()).or_default() += 1;
        }
        if plan.steps.iter().any(|step| step.state == State::Overdue) {
            standing.overdue.push(matter.number.clone());
        }
        if plan.steps.iter().any(|step| step.state == State::InDoubt) {
            standing.in_doubt.push(matter.number.clone());
        }
        let dates = plan.dates.iter().filter(|date| !date.over);
        if let Some(next) = dates.min_by_key(|date| date.deadline.end) {
            standing.next.push((next.deadline.end, matter.number, next.title().zh.to_string()));
        }
    }
    standing.next.sort();
    Ok(standing)
}

impl Standing {
    fn json(&self, folder: &Path) -> Value {
        let zone = time::default_zone();
        json!({
            "schema": 1,
            "batch": folder.display().to_string(),
            "matters": self.matters,
            "not_open": self.not_open,
            "closed": self.closed,
            "steps": self.steps,
            "overdue": self.overdue,
            "in_doubt": self.in_doubt,
            "next": self.next.iter().take(DATES).map(|(at, number, title)| json!({
                "at": time::rfc3339(*at, &zone), "number": number, "title": title,
            })).collect::<Vec<_>>(),
        })
    }

    fn text(&self, context: &Context) -> String {
        let zone = time::default_zone();
        let (matters, not_open, closed) = (self.matters, self.not_open.len(), self.closed);
        let head = crate::text!(
            "{matters} 个案件：还没打开 {not_open} 个，已结束 {closed} 个。\n",
            "{matters} matters: {not_open} not open yet, {closed} closed.\n"
        );
        let mut out = context.say(&head).to_owned();
        for (state, said) in [
            ("prepared", Text::new("等同意", "wait for approval")),
            ("submitted", Text::new("已提交、等答复", "submitted, no answer yet")),
            ("open", Text::new("等人办", "for somebody to do")),
            ("overdue", Text::new("已过我方期限", "past our limit")),
            ("in_doubt", Text::new("发送结果不明", "in doubt")),
            ("blocked", Text::new("缺证据或事实", "lack evidence or facts")),
            ("done", Text::new("已办完", "done")),
        ] {
            let count = self.steps.get(state).copied().unwrap_or_default();
            if count > 0 {
                let _ = writeln!(out, "  {}：{count}", context.say(&said));
            }
        }
        for (numbers, said) in [
            (&self.overdue, Text::new("有过期的", "Past a limit")),
            (&self.in_doubt, Text::new("有结果不明的", "In doubt")),
        ] {
            if !numbers.is_empty() {
                let shown: Vec<&str> = numbers.iter().take(DATES).map(String::as_str).collect();
                let more = if numbers.len() > DATES { " …" } else { "" };
                let _ = writeln!(out, "{}：{}{more}", context.say(&said), shown.join("、"));
            }
        }
        if !self.next.is_empty() {
            out.push_str(context.word("最近的日期\n", "Next dates\n"));
        }
        for (at, number, title) in self.next.iter().take(DATES) {
            let _ = writeln!(out, "  {}　{number}　{title}", time::day(*at, &zone));
        }
        out
    }
}
