//! Commands that show cases: what to do now, and where each stands.

use serde_json::{Value, json};

use crate::cli::args::OptionalCase;
use crate::cli::context::Context;
use crate::cli::exit;
use crate::cli::inbox;
use crate::cli::report;
use crate::cli::review;
use crate::cli::tasks;
use crate::domain::case::CaseId;
use crate::domain::time;
use crate::runtime::desk::Desk;
use crate::runtime::error::RuntimeError;
use crate::runtime::setup::Runtime;
use crate::workflow::plan::{Plan, State, StepPlan};

fn one_or_named(runtime: &Runtime, case: Option<&str>) -> Result<CaseId, RuntimeError> {
    match case {
        Some(case) => runtime.find_case(case),
        None => runtime.only_case(),
    }
}

/// Shows what to do now.
pub fn today(arguments: &OptionalCase, context: &Context) -> Result<u8, RuntimeError> {
    let mut runtime = context.runtime(None)?;
    if arguments.all {
        return all_cases(&mut runtime, context, today_object, |runtime, desk, plan, context| {
            let tasks = tasks::tasks(runtime, desk, plan);
            let held = report::held(plan, context);
            format!("{}\n{}{held}", desk.id(), report::tasks(&tasks, desk, context, false))
        });
    }
    let case = one_or_named(&runtime, arguments.case.as_deref())?;
    let (desk, plan) = runtime.planned(&case)?;
    if context.json {
        context.print_json(&today_object(&runtime, &desk, &plan, context));
    } else {
        let tasks = tasks::tasks(&runtime, &desk, &plan);
        let bills = review::waits(&desk, context) + &inbox::waits(&runtime, &case, context);
        let held = report::held(&plan, context);
        context.print(&format!("{}{held}{bills}", report::tasks(&tasks, &desk, context, true)));
    }
    Ok(exit::DONE)
}

fn today_object(runtime: &Runtime, desk: &Desk, plan: &Plan, context: &Context) -> Value {
    let tasks = tasks::tasks(runtime, desk, plan);
    let list: Vec<Value> = tasks.iter().map(|task| tasks::task_json(task, desk, context)).collect();
    json!({
        "schema": 1,
        "case": desk.id().as_str(),
        "tasks": list,
        "bills": review::progress_json(desk),
    })
}

fn all_cases(
    runtime: &mut Runtime,
    context: &Context,
    object: impl Fn(&Runtime, &Desk, &Plan, &Context) -> Value,
    text: impl Fn(&Runtime, &Desk, &Plan, &Context) -> String,
) -> Result<u8, RuntimeError> {
    let mut objects = Vec::new();
    let mut out = String::new();
    for row in runtime.store.cases()?.into_iter().filter(|row| row.closed_at.is_none()) {
        let (desk, plan) = runtime.planned(&row.id)?;
        if context.json {
            objects.push(object(runtime, &desk, &plan, context));
        } else {
            out.push_str(&text(runtime, &desk, &plan, context));
            out.push('\n');
        }
    }
    if context.json {
        context.print_json(&json!({ "schema": 1, "cases": objects }));
    } else if out.is_empty() {
        context.print(context.word("没有进行中的案件。", "There is no open case."));
    } else {
        context.print(&out);
    }
    Ok(exit::DONE)
}

/// Shows where a case stands.
pub fn status(arguments: &OptionalCase, context: &Context) -> Result<u8, RuntimeError> {
    let mut runtime = context.runtime(None)?;
    if arguments.all {
        return all_cases(&mut runtime, context, status_object, |runtime, desk, plan, context| {
            report::status(desk, plan, runtime.clock.now(), context)
        });
    }
    let case = one_or_named(&runtime, arguments.case.as_deref())?;
    let (desk, plan) = runtime.planned(&case)?;
    if context.json {
        context.print_json(&status_object(&runtime, &desk, &plan, context));
    } else {
        context.print(&report::status(&desk, &plan, runtime.clock.now(), context));
    }
    Ok(exit::DONE)
}

fn status_object(_: &Runtime, desk: &Desk, plan: &Plan, context: &Context) -> Value {
    let steps: Vec<Value> =
        plan.steps.iter().map(|step| step_json(step, desk, plan, context)).collect();
    json!({
        "schema": 1,
        "case": desk.id().as_str(),
        "steps": steps,
        "next_wake": plan.next_wake.map(|wake| time::rfc3339(wake, &desk.zone)),
        "closed": desk.history.closed.as_ref().map(|closed| time::rfc3339(closed.at, &desk.zone)),
    })
}

fn step_json(step: &StepPlan, desk: &Desk, plan: &Plan, context: &Context) -> Value {
    let ids: Vec<&str> = plan
        .dates
        .iter()
        .filter(|date| date.step == step.id)
        .map(|date| date.id.as_str())
        .collect();
    json!({
        "id": step.id,
        "title": step.title.get(context.lang),
        "state": step.state.as_str(),
        "since": step.since.map(|since| time::rfc3339(since, &desk.zone)),
        "due": step.due.as_ref().filter(|_| step.state != State::Skipped).map(|due| tasks::due_json(due, desk)),
        "silence": step.silence.map(|silence| time::rfc3339(silence, &desk.zone)),
        "date_ids": ids,
        "waiting": step.waiting.as_ref().map(|waiting| report::waiting_text(waiting, desk).get(context.lang).to_owned()),
        "visit": step.visit,
    })
}
