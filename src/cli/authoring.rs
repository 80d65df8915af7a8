//! Tools for those who write workflows: try what they expect, draw, begin, move a case over.

use std::fmt::Write as _;
use std::path::Path;

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::cli::args::GraphFormat;
use crate::cli::context::Context;
use crate::cli::exit;
use crate::cli::graph;
use crate::cli::report;
use crate::cli::show;
use crate::domain::case::Case;
use crate::domain::deadline::{Rules, Side};
use crate::domain::digest::Digest;
use crate::domain::document;
use crate::domain::lang::Text;
use crate::domain::problem::Source;
use crate::domain::time;
use crate::runtime::error::RuntimeError;
use crate::runtime::home::write_private;
use crate::runtime::setup;
use crate::workflow::library::Library;
use crate::workflow::load::Loaded;
use crate::workflow::model::{Test, Workflow};
use crate::workflow::packs::Packs;
use crate::workflow::rehearse::expectation::Expected;
use crate::workflow::rehearse::{self, Happening, scenario};

/// What `workflow new` writes.
const SKELETON: &str = include_str!("skeleton.toml");

/// Loads a workflow named by its id or by a file.
pub fn load(library: &Library, named: &str) -> Result<(Workflow, String), RuntimeError> {
    let path = Path::new(named);
    let (loaded, text) = if path.is_file() {
        let bytes = std::fs::read(path)
            .map_err(|source| RuntimeError::Home { path: path.to_owned(), source })?;
        let (text, _) = document::decode(&bytes).map_err(|at| setup::not_text(named, at))?;
        (library.load_workflow(named, &text), text)
    } else {
        let (Some(loaded), Some((_, file))) =
            (library.workflow(named), library.workflow_file(named))
        else {
            return Err(show::absent("流程", "workflow", named, library.workflow_ids()));
        };
        (loaded, file.text.clone())
    };
    let text = library.with_flows(&text);
    match loaded {
        Loaded { workflow: Some(mut workflow), .. } => {
            workflow.digest = Digest::of(text.as_bytes());
            Ok((workflow, text))
        }
        Loaded { source, problems, .. } => {
            Err(RuntimeError::Problems { source_text: Box::new(source), problems })
        }
    }
}

/// Rehearses what the authors of workflows expect; all workflows when none is named.
pub fn test(names: &[String], context: &Context) -> Result<u8, RuntimeError> {
    let library = context.library()?;
    let all: Vec<String> = library.workflow_ids().map(str::to_owned).collect();
    let names = if names.is_empty() { &all } else { names };
    let mut out = String::new();
    let (mut ok, mut tests) = (true, Vec::new());
    for name in names {
        let (workflow, _) = load(&library, name)?;
        if workflow.tests.is_empty() {
            let none = crate::text!("{name}　没有写预期（[[test]]）", "{name}  has no [[test]]");
            let _ = writeln!(out, "{}", context.say(&none));
        }
        for test in &workflow.tests {
            let failures = failures(&workflow, &library.packs, test)?;
            let passed = failures.is_empty();
            ok &= passed;
            let _ = writeln!(out, "{} {name}　{}", if passed { "✓" } else { "✗" }, test.name);
            for failure in &failures {
                let _ = writeln!(out, "    {}", context.say(failure));
            }
            let failures: Vec<&str> = failures.iter().map(|said| context.say(said)).collect();
            tests.push(json!({
                "workflow": workflow.id, "name": test.name, "ok": passed, "failures": failures,
            }));
        }
    }
    if context.json {
        context.print_json(&json!({ "schema": 1, "ok": ok, "tests": tests }));
    } else {
        context.print(&out);
    }
    Ok(if ok { exit::DONE } else { exit::INPUT })
}

fn failures(workflow: &Workflow, packs: &Packs, test: &Test) -> Result<Vec<Text>, RuntimeError> {
    let problems = |source: Source, problems| RuntimeError::Problems {
        source_text: Box::new(source),
        problems,
    };
    let source = Source::new(test.name.as_str(), test.scenario.as_str());
    let scenario = scenario::read(&source, workflow, packs)
        .map_err(|wrong| problems(source.clone(), wrong))?;
    let read = document::read::<Case>(&test.name, &test.case);
    let Some(case) = read.content else { return Err(problems(read.source, read.problems)) };
    let zone = case.time_zone();
    let rules = Rules { zone: &zone, calendar: &packs.calendar };
    let until = rules.deadline(case.discovered_at, test.until, Side::Theirs, &[]);
    let until = until.map_or(case.discovered_at, |until| until.end);
    let rehearsed = rehearse::rehearse(workflow, packs, &case, &scenario, until)
        .map_err(|source| RuntimeError::Fold { case: test.name.clone(), source })?;
    let happenings = &rehearsed.happenings;
    let mut failures = Vec::new();
    for expected in &test.expect {
        if !happenings.iter().any(|happening| expected.is(happening, &zone)) {
            failures.push(missed(expected, happenings, &zone));
        }
    }
    for never in &test.never {
        if let Some(found) = happenings.iter().find(|happening| never.is(happening, &zone)) {
            let (line, at) = (&never.line, time::minute(found.at, &zone));
            failures.push(crate::text!(
                "不得发生，却在 {at} 发生了：{line}",
                "must never happen and happened {at}: {line}"
            ));
        }
    }
    Ok(failures)
}

fn missed(expected: &Expected, happenings: &[Happening], zone: &TimeZone) -> Text {
    let line = &expected.line;
    let near: Vec<String> = expected
        .near(happenings)
        .into_iter()
        .take(4)
        .map(|happening| {
            let calls = happening.calls.as_ref().map(|calls| format!(" -> {calls}"));
            let at = time::minute(happening.at, zone);
            format!("{at} {} {}{}", happening.event, happening.step, calls.unwrap_or_default())
        })
        .collect();
    if near.is_empty() {
        return crate::text!("没有发生：{line}", "did not happen: {line}");
    }
    let near = near.join("；");
    crate::text!("没有发生：{line}（有的是：{near}）", "did not happen: {line} (there is: {near})")
}

/// Draws a workflow.
pub fn draw(
    named: &str,
    format: GraphFormat,
    output: Option<&Path>,
    context: &Context,
) -> Result<u8, RuntimeError> {
    let library = context.library()?;
    let (workflow, _) = load(&library, named)?;
    let drawn = match format {
        GraphFormat::Mermaid => graph::mermaid(&workflow, &library.packs, context.lang),
        GraphFormat::Svg => graph::svg(&workflow, &library.packs, context.lang),
    };
    let Some(path) = output else {
        context.print(&drawn);
        return Ok(exit::DONE);
    };
    std::fs::write(path, drawn)
        .map_err(|source| RuntimeError::Home { path: path.to_owned(), source })?;
    context.print(&path.display().to_string());
    Ok(exit::DONE)
}

/// Writes a commented skeleton, which loads as it is.
pub fn new(path: &Path, context: &Context) -> Result<u8, RuntimeError> {
    if path.exists() {
        let shown = path.display();
        return Err(RuntimeError::asked(
            crate::text!("{shown} 已经存在", "{shown} exists already"),
            Text::new("换一个文件名", "choose another name"),
        ));
    }
    write_private(path, SKELETON.as_bytes())
        .map_err(|source| RuntimeError::Home { path: path.to_owned(), source })?;
    let shown = path.display();
    context.print(context.say(&crate::text!(
        "已写好 {shown}。改好后：appeal-daemon workflow check {shown}；演练：appeal-daemon workflow test {shown}",
        "Wrote {shown}. Then: appeal-daemon workflow check {shown}; appeal-daemon workflow test {shown}"
    )));
    Ok(exit::DONE)
}

/// Moves a case to the version of its workflow that this program has, after showing what changes.
pub fn migrate(named: &str, yes: bool, context: &Context) -> Result<u8, RuntimeError> {
    let mut runtime = context.runtime(None)?;
    let case = runtime.find_case(named)?;
    let (before_desk, before) = runtime.planned(&case)?;
    let id = before_desk.workflow.id.clone();
    let (workflow, text) = load(&runtime.library, &id)?;
    if workflow.digest == before_desk.workflow.digest {
        let same =
            Text::new("案件用的就是现在的流程。", "The case has the current workflow already.");
        context.print(context.say(&same));
        return Ok(exit::DONE);
    }
    let after = runtime.plan_with(&before_desk, &workflow)?;
    let steps = step_changes(&before_desk.workflow, &workflow);
    let dates = report::changed_dates(&before, &after, &before_desk, context);
    if context.json {
        let steps: Vec<Value> = steps.iter().map(|line| Value::from(context.say(line))).collect();
        context.print_json(&json!({
            "schema": 1, "case": case.as_str(), "steps": steps, "dates": dates, "applied": yes,
        }));
    } else {
        let mut out = String::new();
        for line in
            steps.iter().map(|line| context.say(line)).chain(dates.iter().map(String::as_str))
        {
            let _ = writeln!(out, "{line}");
        }
        context.print(&out);
    }
    let agreed = yes
        || (context.on_terminal()
            && inquire::Confirm::new(context.word("更换？", "Apply?"))
                .with_default(false)
                .prompt()
                .unwrap_or(false));
    if !agreed {
        context.print_aside(
            context.word("没有更换。加 --yes 更换。", "Nothing was changed; --yes applies it."),
        );
        return Ok(exit::DONE);
    }
    runtime.migrate(&case, &text)?;
    Ok(exit::DONE)
}

fn step_changes(before: &Workflow, after: &Workflow) -> Vec<Text> {
    let mut changes = Vec::new();
    for step in &after.steps {
        let (id, zh, en) = (&step.id, &step.title.zh, &step.title.en);
        match before.step(id) {
            None => changes.push(crate::text!("新增步骤：{zh}　[{id}]", "new step: {en}  [{id}]")),
            Some(old) => {
                let written = |step: &crate::workflow::model::Step| {
                    let ladder: Vec<String> = step
                        .ladder
                        .iter()
                        .map(|rung| format!("{} → {}", rung.span, rung.step))
                        .collect();
                    (step.due.map(|due| due.to_string()).unwrap_or_default(), ladder.join(", "))
                };
                let ((due, ladder), (new_due, new_ladder)) = (written(old), written(step));
                if due != new_due {
                    changes.push(crate::text!(
                        "{zh}：我方期限 {due} → {new_due}",
                        "{en}: our limit {due} → {new_due}"
                    ));
                }
                if ladder != new_ladder {
                    changes.push(crate::text!(
                        "{zh}：对方不答复 {ladder} ⇒ {new_ladder}",
                        "{en}: their silence {ladder} ⇒ {new_ladder}"
                    ));
                }
            }
        }
    }
    for step in before.steps.iter().filter(|step| after.step(&step.id).is_none()) {
        let (id, zh, en) = (&step.id, &step.title.zh, &step.title.en);
        changes.push(crate::text!("去掉步骤：{zh}　[{id}]", "step removed: {en}  [{id}]"));
    }
    changes
}
