//! Commands that show workflows: which there are, what one does in prose, what is wrong in one.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use crate::cli::args::Workflow;
use crate::cli::authoring;
use crate::cli::context::Context;
use crate::cli::exit;
use crate::cli::graph::outcome_name;
use crate::cli::show;
use crate::domain::document;
use crate::domain::lang::Lang;
use crate::domain::problem::has_errors;
use crate::runtime::error::RuntimeError;
use crate::runtime::setup;
use crate::workflow::library::Library;
use crate::workflow::model;

/// Shows workflows.
pub fn workflow(command: &Workflow, context: &Context) -> Result<u8, RuntimeError> {
    match command {
        Workflow::List => {
            list(&context.library()?, context);
            Ok(exit::DONE)
        }
        Workflow::Show { id } => shown(&context.library()?, id, context),
        Workflow::Check { file } => check(&context.library()?, file, context),
        Workflow::Test { workflows } => authoring::test(workflows, context),
        Workflow::Graph { workflow, format, output } => {
            authoring::draw(workflow, *format, output.as_deref(), context)
        }
        Workflow::New { file } => authoring::new(file, context),
        Workflow::Migrate { case, yes } => authoring::migrate(case, *yes, context),
    }
}

fn list(library: &Library, context: &Context) {
    let workflows = library.workflows();
    if context.json {
        let list: Vec<Value> = workflows
            .iter()
            .map(|workflow| {
                json!({
                    "id": workflow.id,
                    "name": workflow.name.get(context.lang),
                    "version": workflow.version,
                    "steps": workflow.steps.len(),
                })
            })
            .collect();
        context.print_json(&json!({ "schema": 1, "workflows": list }));
        return;
    }
    let mut out = String::new();
    for workflow in &workflows {
        let _ = writeln!(out, "{}　{}", workflow.id, context.title(&workflow.name));
    }
    context.print(&out);
}

fn shown(library: &Library, id: &str, context: &Context) -> Result<u8, RuntimeError> {
    let (workflow, _) = authoring::load(library, id)?;
    if context.json {
        context.print_json(&workflow_json(&workflow, context));
    } else {
        context.print(&workflow_text(&workflow, library, context));
    }
    Ok(exit::DONE)
}

fn check(library: &Library, file: &Path, context: &Context) -> Result<u8, RuntimeError> {
    let name = file.display().to_string();
    let bytes = std::fs::read(file)
        .map_err(|source| RuntimeError::Home { path: file.to_owned(), source })?;
    let (text, _) = document::decode(&bytes).map_err(|at| setup::not_text(&name, at))?;
    let loaded = library.load_workflow(&name, &text);
    let ok = !has_errors(&loaded.problems);
    if context.json {
        let problems = show::problems_json(&loaded.problems, context.lang);
        context.print_json(&json!({ "schema": 1, "ok": ok, "problems": problems }));
    } else if loaded.problems.is_empty() {
        context.print(context.word("流程文件没有问题。", "The workflow file has no problems."));
    } else {
        context.print(&show::problems_text(&loaded.problems, &[&loaded.source], context));
    }
    Ok(if ok { exit::DONE } else { exit::INPUT })
}

fn workflow_json(workflow: &model::Workflow, context: &Context) -> Value {
    let steps: Vec<Value> = workflow
        .steps
        .iter()
        .map(|step| {
            json!({
                "id": step.id,
                "title": step.title.get(context.lang),
                "needs": step.needs,
                "called": step.called,
                "when": step.when.as_ref().map(|when| when.source().to_owned()),
                "due": step.due.map(|due| due.to_string()),
                "on_silence": step.ladder.iter().map(|rung| (rung.span.to_string(), rung.step.clone())).collect::<BTreeMap<_, _>>(),
                "outcomes": step.outcomes,
            })
        })
        .collect();
    json!({
        "schema": 1, "id": workflow.id, "version": workflow.version,
        "name": workflow.name.get(context.lang), "sources": workflow.sources, "steps": steps,
    })
}

/// A workflow as prose: what happens first, what waits for what, what silence leads to.
fn workflow_text(workflow: &model::Workflow, library: &Library, context: &Context) -> String {
    let mut out = format!("{}　{}\n\n", workflow.id, context.title(&workflow.name));
    for step in &workflow.steps {
        let _ = writeln!(out, "{}　[{}]", step.title.get(context.lang), step.id);
        begins(step, workflow, context, &mut out);
        for target in &step.to {
            let shown = target_name(target, workflow, library, context.lang);
            let _ = writeln!(out, "    {} {shown}", context.word("提交给：", "to:"));
        }
        follows(step, workflow, library, context, &mut out);
        out.push('\n');
    }
    out
}

/// When a step begins, and by when we should have done it.
fn begins(step: &model::Step, workflow: &model::Workflow, context: &Context, out: &mut String) {
    if step.called {
        out.push_str(context.word("    需要时由其他步骤调用\n", "    called by other steps\n"));
    } else if step.needs.is_empty() {
        out.push_str(context.word("    立即开始\n", "    begins at once\n"));
    } else {
        let needs: Vec<String> =
            step.needs.iter().map(|need| title(need, workflow, context)).collect();
        let needs = needs.join("、");
        let _ = writeln!(out, "    {} {needs}", context.word("在这些之后：", "after:"));
    }
    if let Some(when) = &step.when {
        let _ = writeln!(out, "    {} {}", context.word("条件：", "when:"), when.source());
    }
    if let Some(due) = step.due {
        let due = due.spoken(context.lang);
        let _ = writeln!(out, "    {} {due}", context.word("我方期限：", "our limit:"));
    }
}

/// What their silence and their answers lead to.
fn follows(
    step: &model::Step,
    workflow: &model::Workflow,
    library: &Library,
    context: &Context,
    out: &mut String,
) {
    for rung in &step.ladder {
        let (span, next) = (rung.span.spoken(context.lang), title(&rung.step, workflow, context));
        let _ = match context.lang {
            Lang::Zh => writeln!(out, "    {span}没有答复 → {next}"),
            Lang::En => writeln!(out, "    {span} of silence → {next}"),
        };
    }
    for (outcome, next) in &step.outcomes {
        let outcome = outcome_name(outcome, &library.packs);
        let next: Vec<String> = next.iter().map(|id| title(id, workflow, context)).collect();
        let _ = writeln!(out, "    {} → {}", context.say(&outcome), next.join("、"));
    }
}

fn title(id: &str, workflow: &model::Workflow, context: &Context) -> String {
    if id == model::CLOSE {
        return context.word("结案", "close the case").to_owned();
    }
    if id == model::CLOSE_CASE {
        return context.word("整个案件结案", "close the whole case").to_owned();
    }
    if let Some(holder) = id.strip_prefix(model::CLOSE_PART) {
        let part = title(holder, workflow, context);
        return context.word("结束：", "the end of: ").to_owned() + &part;
    }
    if let Some(way) = id.strip_prefix(model::EXIT_PREFIX) {
        return format!("{}（{way}）", context.word("由外层流程接着办", "the workflow around it"));
    }
    workflow.step(id).map_or_else(|| id.to_owned(), |step| context.say(&step.title).to_owned())
}

fn target_name(
    target: &model::Target,
    workflow: &model::Workflow,
    library: &Library,
    lang: Lang,
) -> String {
    match target {
        model::Target::Channel(id) => library
            .packs
            .channels
            .get(id)
            .or_else(|| workflow.channels.get(id))
            .map_or_else(|| id.clone(), |channel| channel.name.get(lang).to_owned()),
        model::Target::Recipient(name) => format!("[recipients.{name}]"),
    }
}
