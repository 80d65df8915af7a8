//! Recurring security checks: subscribe, see when, go through the list, say that it was done.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::cli::args::Remind;
use crate::cli::context::Context;
use crate::cli::exit;
use crate::domain::time;
use crate::runtime::error::RuntimeError;
use crate::runtime::recurring::Standing;
use crate::workflow::packs::{CheckItem, Packs};

/// Runs a `remind` command.
pub fn remind(command: &Remind, context: &Context) -> Result<u8, RuntimeError> {
    let mut runtime = context.runtime(None)?;
    match command {
        Remind::Add { rule, person, phone } => {
            let standing = runtime.subscribe(rule, person.clone(), phone.clone())?;
            list(&[standing], context);
        }
        Remind::List => list(&runtime.standings()?, context),
        Remind::Show { id, sheet } => {
            let standing = runtime.subscription(id)?;
            show(&standing, &runtime.library.packs, context);
            if let Some(folder) = sheet {
                for path in runtime.sheets(&standing.workflow, folder)? {
                    context.print_aside(&path.display().to_string());
                }
            }
        }
        Remind::Done { id } => {
            if !runtime.recurring_done(id)? {
                context.print_aside(
                    context.word("现在没有要做的检查。", "No check is open at the moment."),
                );
            }
            list(&[runtime.subscription(id)?], context);
        }
        Remind::Stop { id } => {
            let standing = runtime.subscription(id)?;
            runtime.store.unsubscribe(&standing.subscription.id)?;
            context.print(context.word("已退订。", "Ended."));
        }
    }
    Ok(exit::DONE)
}

fn list(standings: &[Standing], context: &Context) {
    let zone = time::default_zone();
    if context.json {
        let list: Vec<Value> = standings
            .iter()
            .map(|standing| {
                let known = &standing.subscription;
                json!({
                    "id": known.id,
                    "rule": known.rule,
                    "name": standing.workflow.name.get(context.lang),
                    "person": known.person,
                    "phone": known.phone,
                    "next": standing.next.map(|at| time::rfc3339(at, &zone)),
                    "open": standing.open.map(|at| time::rfc3339(at, &zone)),
                })
            })
            .collect();
        context.print_json(&json!({ "schema": 1, "reminders": list }));
        return;
    }
    if standings.is_empty() {
        context.print(context.word(
            "还没有订阅。订阅每月检查：appeal-daemon remind add monthly",
            "There are none yet. To subscribe: appeal-daemon remind add",
        ));
        return;
    }
    let mut out = String::new();
    for standing in standings {
        let known = &standing.subscription;
        let person = known.person.as_ref().map(|person| format!("（{person}）"));
        let next = standing.next.map(|at| time::minute(at, &zone)).unwrap_or_default();
        let _ = writeln!(
            out,
            "{}　{}{}\n    {} {next}",
            known.id,
            context.say(&standing.workflow.name),
            person.unwrap_or_default(),
            context.word("下一次：", "next:")
        );
        if let Some(open) = standing.open {
            let _ = writeln!(
                out,
                "    {} {}　appeal-daemon remind show {}",
                context.word("待做：", "open since:"),
                time::minute(open, &zone),
                known.id
            );
        }
    }
    context.print(&out);
}

fn show(standing: &Standing, packs: &Packs, context: &Context) {
    let known = &standing.subscription;
    let mut out = format!("{}\n", context.title(&standing.workflow.name));
    for step in &standing.workflow.steps {
        let _ = writeln!(out, "\n{}", context.title(&step.title));
        let list = step.check.as_ref().and_then(|check| packs.checks.get(check));
        for item in list.map(|list| list.items.as_slice()).unwrap_or_default() {
            let _ = writeln!(out, "  □ {}", context.say(&item.what));
            for path in paths(item, known.phone.as_deref()) {
                let _ = writeln!(out, "      {path}");
            }
            for (word, text) in [
                (context.word("正常：", "normal: "), &item.normal),
                (context.word("不正常就：", "otherwise: "), &item.act),
            ] {
                if let Some(text) = text {
                    let _ = writeln!(out, "      {word}{text}");
                }
            }
        }
    }
    let _ = writeln!(
        out,
        "\n{} appeal-daemon remind done {}",
        context.word("做完：", "when done:"),
        known.id
    );
    context.print(&out);
}

/// Where to look on this telephone; on both where nobody said which.
fn paths(item: &CheckItem, phone: Option<&str>) -> Vec<String> {
    let own = match phone {
        Some("ios") => item.path_ios.clone(),
        Some("android") => item.path_android.clone(),
        _ => {
            let both = [("iPhone", &item.path_ios), ("Android", &item.path_android)];
            let named: Vec<String> = both
                .into_iter()
                .filter_map(|(name, path)| Some(format!("{name}：{}", path.as_ref()?)))
                .collect();
            return item.path.iter().cloned().chain(named).collect();
        }
    };
    own.or_else(|| item.path.clone()).into_iter().collect()
}
