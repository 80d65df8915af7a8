//! Letters that came in: what waits for the person, and what they say of it.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::cli::args::Inbox;
use crate::cli::context::Context;
use crate::cli::exit;
use crate::cli::show;
use crate::cli::start;
use crate::domain::lang::Text;
use crate::domain::money::Money;
use crate::runtime::error::RuntimeError;
use crate::runtime::mailbox;
use crate::runtime::notify::Means;
use crate::runtime::setup::{Runtime, block_on};
use crate::store::letters::StoredLetter;

/// How much of a digest names a letter.
const SHORT: usize = 8;

/// Runs an `inbox` command.
pub fn inbox(command: &Inbox, context: &Context) -> Result<u8, RuntimeError> {
    let mut runtime = context.runtime(None)?;
    match command {
        Inbox::Check => return check(&mut runtime, context),
        Inbox::List { all } => list(&runtime, *all, context)?,
        Inbox::Show { id } => {
            let letter = runtime.letter(id)?;
            if context.json {
                let mut object = json(&letter);
                object["schema"] = json!(1);
                context.print_json(&object);
            } else {
                context.print(&text(&letter, true, context));
            }
        }
        Inbox::Assign(arguments) => {
            let case = runtime.find_case(&arguments.case)?;
            let reply = arguments.said.reply(&arguments.step, &[]);
            runtime.assign(&arguments.id, &case, reply)?;
            if runtime.become_executor()?.is_some() {
                let advanced = block_on(runtime.advance(&case, &Means::Screen))??;
                for trouble in &advanced.troubles {
                    context.print_aside(&start::trouble_text(trouble, context));
                }
            }
            list(&runtime, false, context)?;
        }
        Inbox::Drop { id } => {
            runtime.drop_letter(id)?;
            list(&runtime, false, context)?;
        }
    }
    Ok(exit::DONE)
}

fn check(runtime: &mut Runtime, context: &Context) -> Result<u8, RuntimeError> {
    let dropped = runtime.take_dropped()?;
    let looked = block_on::<Result<_, RuntimeError>>(async {
        let Some(mailbox) = runtime.open_mailbox().await? else { return Ok(None) };
        let (mailbox, looked) = runtime.look(mailbox).await?;
        mailbox.close().await;
        Ok(Some(looked))
    })??;
    if let Some(looked) = looked.filter(|looked| looked.too_large > 0) {
        let (message, hint) = show::explain(&mailbox::unread(looked.too_large));
        context.print_aside(&format!("{}；{}", context.say(&message), context.say(&hint)));
    }
    if looked.is_none() && dropped == 0 {
        let folder = runtime.home.root().join("inbox").display().to_string();
        return Err(RuntimeError::asked(
            Text::new("没有设置收信邮箱，也没有放进来的邮件", "there is no mailbox and no file"),
            crate::text!(
                "在 config.toml 里写 [imap]，或把 .eml 文件放进 {folder}",
                "write [imap] into config.toml, or put .eml files into {folder}"
            ),
        ));
    }
    list(runtime, false, context)?;
    let waits = !runtime.held_letters(None)?.is_empty();
    Ok(if waits { exit::WAITS } else { exit::DONE })
}

fn list(runtime: &Runtime, all: bool, context: &Context) -> Result<(), RuntimeError> {
    let letters = if all { runtime.store.letters()? } else { runtime.held_letters(None)? };
    if context.json {
        let list: Vec<Value> = letters.iter().map(json).collect();
        context.print_json(&json!({ "schema": 1, "letters": list }));
    } else if letters.is_empty() {
        context.print(context.word("没有等你看的来信。\n", "No letter waits for you.\n"));
    } else {
        let out: String = letters.iter().map(|letter| text(letter, false, context)).collect();
        context.print(&out);
    }
    Ok(())
}

fn json(letter: &StoredLetter) -> Value {
    let mut object = letter.shown.clone();
    object["id"] = json!(letter.digest.short(SHORT));
    object["sha256"] = json!(letter.digest);
    object["state"] = json!(letter.state.as_str());
    object["case"] = json!(letter.case);
    object["step"] = json!(letter.step);
    object
}

fn text(letter: &StoredLetter, whole: bool, context: &Context) -> String {
    let shown = &letter.shown;
    let word = |name: &str| shown[name].as_str().unwrap_or_default().to_owned();
    let id = letter.digest.short(SHORT);
    let mut out = format!("{id}　{}　{}\n", word("from"), word("subject"));
    if let Some(problem) = shown["problem"].as_str() {
        let _ = writeln!(out, "    {}{problem}", context.word("读不懂：", "not readable: "));
    }
    if let Some(case) = &letter.case {
        let step = letter.step.as_deref().unwrap_or_default();
        let _ = writeln!(out, "    {case} {step}");
    } else {
        let hints: Vec<&str> =
            shown["hints"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if !hints.is_empty() {
            let word = context.word("可能属于：", "may belong to: ");
            let _ = writeln!(out, "    {word}{}", hints.join("、"));
        }
    }
    for said in shown["suggestions"].as_array().into_iter().flatten() {
        let sentence = said["sentence"].as_str().unwrap_or_default();
        // A sum is in fen, everything else in words.
        let sum = said["value"].as_i64().map(|fen| Money::from_fen(fen).to_string());
        let value = sum.or_else(|| said["value"].as_str().map(str::to_owned)).unwrap_or_default();
        let _ = writeln!(out, "    {} {value}　「{sentence}」", kind(&said["what"], context));
    }
    if whole {
        let _ = writeln!(out, "\n{}", word("excerpt"));
    }
    let case = letter.case.as_deref().unwrap_or("CASE");
    let step = letter.step.as_deref().unwrap_or("STEP");
    let suggested = shown["suggestions"].as_array().into_iter().flatten();
    let outcome = suggested
        .filter(|said| said["what"] == "outcome")
        .find_map(|said| said["value"].as_str())
        .unwrap_or("other");
    let said = crate::text!(
        "    看原文再说：appeal-daemon inbox assign {id} {case} {step} --outcome {outcome}（refused、paid、partial、need-more、accepted、other）\n    与案件无关：appeal-daemon inbox drop {id}\n",
        "    read it, then: appeal-daemon inbox assign {id} {case} {step} --outcome {outcome} (refused, paid, partial, need-more, accepted, other)\n    nothing to do with it: appeal-daemon inbox drop {id}\n"
    );
    out.push_str(context.say(&said));
    out
}

fn kind(what: &Value, context: &Context) -> &'static str {
    match what.as_str().unwrap_or_default() {
        "number" => context.word("编号", "number"),
        "handler" => context.word("经办人", "handler"),
        "outcome" => context.word("像是", "seems"),
        "paper" => context.word("要补", "asks for"),
        "sum" => context.word("金额", "sum"),
        _ => context.word("期限", "by"),
    }
}

/// Returns how many letters of a case wait; nothing when none does.
pub fn waits(runtime: &Runtime, case: &crate::domain::case::CaseId, context: &Context) -> String {
    let held = runtime.held_letters(Some(case)).unwrap_or_default();
    if held.is_empty() {
        return String::new();
    }
    let count = held.len();
    let said = crate::text!(
        "\n来信 {count} 封等你看：appeal-daemon inbox list\n",
        "\n{count} letters wait for you: appeal-daemon inbox list\n"
    );
    context.say(&said).to_owned()
}
