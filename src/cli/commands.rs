//! Each command to its function, and the commands by which a person says something.

use crate::cli::args::{
    Approve, Close, Command, DoneArguments, Evidence, Export, OneCase, ReplyArguments, Verify,
};
use crate::cli::batch;
use crate::cli::bills;
use crate::cli::calendar;
use crate::cli::channels;
use crate::cli::check;
use crate::cli::context::Context;
use crate::cli::dates;
use crate::cli::evidence;
use crate::cli::exit;
use crate::cli::firm;
use crate::cli::inbox;
use crate::cli::law;
use crate::cli::mail;
use crate::cli::new;
use crate::cli::pack;
use crate::cli::proof;
use crate::cli::read;
use crate::cli::remind;
use crate::cli::report;
use crate::cli::setup;
use crate::cli::simulate;
use crate::cli::start;
use crate::cli::tasks;
use crate::cli::templates;
use crate::cli::why;
use crate::cli::workflows;
use crate::domain::case::CaseId;
use crate::domain::lang::Text;
use crate::runtime::acts::Done;
use crate::runtime::error::RuntimeError;
use crate::runtime::notify::Means;
use crate::runtime::setup::{Runtime, block_on};
use crate::runtime::volumes::Mail;
use crate::workflow::dates::PlannedDate;
use crate::workflow::plan::Plan;
use serde_json::json;

/// Runs a command; returns the exit code.
pub fn run(command: Command, context: &Context) -> Result<u8, RuntimeError> {
    match command {
        Command::New(arguments) => new::new(&arguments, context),
        Command::Check(arguments) => check::check(&arguments, context),
        Command::Start(arguments) => start::start(&arguments, context),
        Command::Run(arguments) => start::run(&arguments, context),
        Command::Today(arguments) => read::today(&arguments, context),
        Command::Status(arguments) => read::status(&arguments, context),
        Command::Done(arguments) => done(&arguments, context),
        Command::Undo(arguments) => undo(&arguments, context),
        Command::Reply(arguments) => reply(&arguments, context),
        Command::Approve(arguments) => approve(&arguments, context),
        Command::Halt => halt(context),
        Command::Resume => resume(context),
        Command::Close(arguments) => close(&arguments, context),
        Command::Simulate(arguments) => simulate::simulate(&arguments, context),
        Command::Why(arguments) => why::why(&arguments, context),
        Command::Calendar(arguments) => calendar::calendar(&arguments, context),
        Command::SetDate(arguments) => dates::set_date(&arguments, context),
        Command::Holidays(command) => dates::holidays(&command, context),
        Command::Remind(command) => remind::remind(&command, context),
        Command::Evidence(Evidence::Add { case, slot, files }) => {
            let mut runtime = context.runtime(None)?;
            let id = runtime.find_case(&case)?;
            for file in &files {
                let taken = runtime.add_evidence(&id, &slot, file)?;
                let (name, digest) = (&taken.file, taken.sha256.short(16));
                let said = crate::text!(
                    "已收存 {name}（SHA-256 {digest}…），原件未改动",
                    "kept as {name} (SHA-256 {digest}…), the original is untouched"
                );
                say(context, &said);
            }
            go_on(&mut runtime, &id, None, context)
        }
        Command::Evidence(Evidence::List(arguments)) => evidence::list(&arguments, context),
        Command::Evidence(Evidence::Gaps(arguments)) => evidence::gaps(&arguments, context),
        Command::Batch(command) => batch::batch(&command, context),
        Command::Bills(arguments) => bills::bills(&arguments, context),
        Command::Firm(command) => firm::firm(&command, context),
        Command::Inbox(command) => inbox::inbox(&command, context),
        Command::Mail(command) => mail::mail(&command, context),
        Command::Bundle(arguments) => bundle(&arguments, context),
        Command::Proof(arguments) => proof::proof(&arguments, context),
        Command::Export(arguments) => export(&arguments, context),
        Command::Verify(arguments) => verify(&arguments, context),
        Command::Workflow(command) => workflows::workflow(&command, context),
        Command::Channel(command) => channels::channel(&command, context),
        Command::Law(command) => law::law(&command, context),
        Command::Pack(arguments) => pack::pack(&arguments, context),
        Command::Template(command) => templates::template(&command, context),
        Command::Secret(command) => setup::secret(&command, context),
        Command::Doctor(arguments) => setup::doctor(&arguments, context),
        Command::Schema(arguments) => setup::schema(&arguments, context),
        Command::Completions(arguments) => setup::completions(&arguments, context),
        Command::Man => setup::man(context),
    }
}

fn say(context: &Context, text: &Text) {
    if !context.json {
        context.print(context.say(text));
    }
}

/// After the person said something: does what can be done now, when no daemon is at work, and
/// shows what comes next.
fn go_on(
    runtime: &mut Runtime,
    case: &CaseId,
    approved: Option<&[String]>,
    context: &Context,
) -> Result<u8, RuntimeError> {
    let lock = runtime.become_executor()?;
    let mut troubles = Vec::new();
    if lock.is_some() {
        troubles = block_on(runtime.advance(case, &Means::Screen))??.troubles;
    }
    let (desk, plan) = runtime.planned(case)?;
    let tasks = tasks::tasks(runtime, &desk, &plan);
    let said: Vec<String> =
        troubles.iter().map(|trouble| start::trouble_text(trouble, context)).collect();
    if context.json {
        let list: Vec<_> =
            tasks.iter().map(|task| tasks::task_json(task, &desk, context)).collect();
        let mut object = json!({
            "schema": 1, "case": case.as_str(), "tasks": list, "troubles": said,
        });
        if let Some(approved) = approved {
            object["approved"] = json!(approved);
        }
        context.print_json(&object);
        return Ok(exit::DONE);
    }
    let mut out = String::new();
    for line in said {
        out.push_str(&format!("{}{line}\n", context.word("没做成：", "Not done: ")));
    }
    if let Some(next) = tasks.first() {
        out.push_str(context.word("\n下一件事\n\n", "\nNext\n\n"));
        out.push_str(&report::tasks(std::slice::from_ref(next), &desk, context, true));
        if tasks.len() > 1 {
            let rest = tasks.len() - 1;
            let more = crate::text!(
                "另有 {rest} 件：appeal-daemon today {case}\n",
                "{rest} more: appeal-daemon today {case}\n"
            );
            out.push_str(context.say(&more));
        }
    } else if desk.history.closed.is_some() {
        out.push_str(context.word(
            "\n案件已结束，所有日期都已取消。结束错了：appeal-daemon undo 撤回上一次记录。\n",
            "\nThe case is closed and all its dates are off. Closed by mistake? `appeal-daemon undo` takes the last entry back.\n",
        ));
    } else {
        out.push_str(
            context.word("\n现在没有要你做的事。\n", "\nThere is nothing for you to do now.\n"),
        );
    }
    context.print(&out);
    Ok(exit::DONE)
}

/// Shows which known dates are others now.
fn moved_dates(
    runtime: &mut Runtime,
    case: &CaseId,
    before: &Plan,
    context: &Context,
) -> Result<(), RuntimeError> {
    if context.json {
        return Ok(());
    }
    let (desk, after) = runtime.planned(case)?;
    let known = |date: &&PlannedDate| before.dates.iter().any(|was| was.id == date.id && !was.over);
    let after = after.dates.iter().filter(|date| !date.over).filter(known).cloned().collect();
    let still: Vec<PlannedDate> = after;
    let was: Vec<PlannedDate> = before
        .dates
        .iter()
        .filter(|date| still.iter().any(|now| now.id == date.id))
        .cloned()
        .collect();
    for line in report::changed(&was, &still, &desk, context) {
        context.print(&format!("{}{line}", context.word("日期变动：", "moved: ")));
    }
    Ok(())
}

fn done(arguments: &DoneArguments, context: &Context) -> Result<u8, RuntimeError> {
    let mut runtime = context.runtime(None)?;
    let case = runtime.find_case(&arguments.case)?;
    let mut set = Vec::new();
    for pair in &arguments.set {
        let Some((name, value)) = pair.split_once('=') else {
            return Err(RuntimeError::asked(
                crate::text!("\"{pair}\" 没有等号", "\"{pair}\" has no equals sign"),
                Text::new("写成 --set 名称=内容", "write --set name=value"),
            ));
        };
        set.push((name.trim().to_owned(), value.to_owned()));
    }
    let attach = arguments
        .attach
        .iter()
        .map(|text| match text.split_once('=') {
            Some((slot, file)) => (Some(slot.to_owned()), file.into()),
            None => (None, text.into()),
        })
        .collect();
    let done = Done {
        step: arguments.step.clone(),
        outcome: arguments.outcome.clone(),
        set,
        attach,
        at: arguments.at.clone(),
        mail: arguments.mail.as_deref().map(mail).transpose()?,
    };
    let before = runtime.planned(&case)?.1;
    runtime.done(&case, &done)?;
    let step = &arguments.step;
    say(context, &crate::text!("已记下：{step}", "noted: {step}"));
    moved_dates(&mut runtime, &case, &before, context)?;
    go_on(&mut runtime, &case, None, context)
}

fn mail(text: &str) -> Result<Mail, RuntimeError> {
    Mail::parse(text).ok_or_else(|| {
        RuntimeError::asked(
            crate::text!(
                "--mail 后面写第几封，或 all：{text}",
                "--mail wants a number or all: {text}"
            ),
            Text::new("例如 --mail 2", "for example --mail 2"),
        )
    })
}

fn reply(arguments: &ReplyArguments, context: &Context) -> Result<u8, RuntimeError> {
    let mut runtime = context.runtime(None)?;
    let case = runtime.find_case(&arguments.case)?;
    let reply = arguments.said.reply(&arguments.step, &arguments.file);
    let before = runtime.planned(&case)?.1;
    runtime.reply(&case, &reply)?;
    let step = &arguments.step;
    say(context, &crate::text!("已记下对方的答复：{step}", "their answer is noted: {step}"));
    moved_dates(&mut runtime, &case, &before, context)?;
    go_on(&mut runtime, &case, None, context)
}

fn undo(arguments: &OneCase, context: &Context) -> Result<u8, RuntimeError> {
    let mut runtime = context.runtime(None)?;
    let case = runtime.find_case(&arguments.case)?;
    let before = runtime.planned(&case)?.1;
    let undone = runtime.undo(&case)?;
    let (zh, en) = (&undone.zh, &undone.en);
    say(context, &crate::text!("已撤回（留有记录）：{zh}", "taken back, with a trace: {en}"));
    moved_dates(&mut runtime, &case, &before, context)?;
    go_on(&mut runtime, &case, None, context)
}

fn approve(arguments: &Approve, context: &Context) -> Result<u8, RuntimeError> {
    let mut runtime = context.runtime(arguments.at.as_deref())?;
    let case = runtime.find_case(&arguments.case)?;
    let approved = match (arguments.mail, arguments.steps.as_slice()) {
        (Some(mail), [step]) => {
            runtime.approve_mail_again(&case, step, mail)?;
            vec![step.clone()]
        }
        (Some(_), _) => {
            return Err(RuntimeError::asked(
                Text::new("--mail 要写明是哪一步", "--mail is about one step"),
                Text::new(
                    "approve 案件 步骤 --again --mail 2",
                    "approve CASE STEP --again --mail 2",
                ),
            ));
        }
        (None, steps) => runtime.approve(&case, steps, arguments.again)?,
    };
    let list = approved.join("、");
    say(context, &crate::text!("已同意发送：{list}", "approved: {list}"));
    go_on(&mut runtime, &case, Some(&approved), context)
}

fn halt(context: &Context) -> Result<u8, RuntimeError> {
    let mut runtime = context.runtime(None)?;
    let now = runtime.clock.now();
    runtime.store.halt(now)?;
    answer(
        context,
        &Text::new(
            "已停止一切发送；恢复用 appeal-daemon resume",
            "all sending is stopped; `appeal-daemon resume` allows it again",
        ),
        json!({ "schema": 1, "halted": true }),
    );
    Ok(exit::DONE)
}

fn resume(context: &Context) -> Result<u8, RuntimeError> {
    let mut runtime = context.runtime(None)?;
    let now = runtime.clock.now();
    runtime.store.resume(now)?;
    let lock = runtime.become_executor()?;
    if lock.is_some() {
        block_on(runtime.advance_due(&Means::Screen))??;
    }
    answer(
        context,
        &Text::new("已恢复发送", "sending is allowed again"),
        json!({ "schema": 1, "halted": false }),
    );
    Ok(exit::DONE)
}

fn close(arguments: &Close, context: &Context) -> Result<u8, RuntimeError> {
    let mut runtime = context.runtime(None)?;
    let case = runtime.find_case(&arguments.case)?;
    runtime.close(&case, &arguments.reason)?;
    let lock = runtime.become_executor()?;
    if lock.is_some() {
        block_on(runtime.advance(&case, &Means::Screen))??;
    }
    answer(
        context,
        &crate::text!("案件 {case} 已结束，不再提醒", "case {case} is closed and reminds no more"),
        json!({ "schema": 1, "case": case.as_str(), "closed": true }),
    );
    Ok(exit::DONE)
}

fn bundle(arguments: &OneCase, context: &Context) -> Result<u8, RuntimeError> {
    let mut runtime = context.runtime(None)?;
    let case = runtime.find_case(&arguments.case)?;
    let desk = runtime.desk(&case)?;
    let bundled = runtime.bundle(&desk)?;
    let (path, files, digest) = (bundled.path.display(), bundled.files, &bundled.sha256);
    answer(
        context,
        &crate::text!(
            "已打包 {files} 个文件：{path}\nSHA-256 {digest}",
            "{files} files bundled: {path}\nSHA-256 {digest}"
        ),
        json!({
            "schema": 1, "case": case.as_str(), "path": bundled.path.display().to_string(),
            "sha256": bundled.sha256, "files": files,
        }),
    );
    Ok(exit::DONE)
}

fn export(arguments: &Export, context: &Context) -> Result<u8, RuntimeError> {
    let mut runtime = context.runtime(None)?;
    let case = runtime.find_case(&arguments.case)?;
    let desk = runtime.desk(&case)?;
    let files = runtime.export(&desk, &arguments.out)?;
    let (count, folder) = (files.len(), arguments.out.display());
    answer(
        context,
        &crate::text!("{count} 个文件写在 {folder}", "{count} files written to {folder}"),
        json!({
            "schema": 1,
            "case": case.as_str(),
            "files": files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>(),
        }),
    );
    Ok(exit::DONE)
}

fn verify(arguments: &Verify, context: &Context) -> Result<u8, RuntimeError> {
    let path = std::path::Path::new(&arguments.target);
    let is_bundle = path.is_file() && path.extension().is_some_and(|extension| extension == "zip");
    let (kind, findings) = if is_bundle {
        ("bundle", Runtime::verify_bundle(path)?)
    } else {
        let mut runtime = context.runtime(None)?;
        let case = runtime.find_case(&arguments.target)?;
        ("case", runtime.verify_case(&case)?)
    };
    let ok = findings.is_empty();
    if context.json {
        let problems: Vec<_> = findings
            .iter()
            .map(
                |finding| json!({ "item": finding.item, "problem": context.say(&finding.problem) }),
            )
            .collect();
        context.print_json(&json!({
            "schema": 1, "ok": ok, "kind": kind, "problems": problems,
        }));
    } else if ok {
        context.print(context.word(
            "核对无误：每个文件都与收存时的校验值一致。校验值不说明内容真实。",
            "All as it was: every file has the digest it had when it was kept. That does not show that what it says is true.",
        ));
    } else {
        for finding in &findings {
            context.print(&format!("{}　{}", finding.item, context.say(&finding.problem)));
        }
    }
    Ok(if ok { exit::DONE } else { exit::INPUT })
}

fn answer(context: &Context, text: &Text, object: serde_json::Value) {
    if context.json {
        context.print_json(&object);
    } else {
        context.print(context.say(text));
    }
}
