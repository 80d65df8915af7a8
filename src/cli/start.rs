//! `start` and `run`: open, do, print what matters, keep working.

use std::time::Duration;

use serde_json::json;

use crate::cli::args::{Run, Start};
use crate::cli::context::Context;
use crate::cli::exit;
use crate::cli::inbox;
use crate::cli::report;
use crate::cli::review;
use crate::cli::show;
use crate::cli::tasks;
use crate::domain::case::CaseId;
use crate::domain::lang::Text;
use crate::domain::time;
use crate::runtime::advance::Trouble;
use crate::runtime::error::RuntimeError;
use crate::runtime::notify::Means;
use crate::runtime::opening::{How, Opened};
use crate::runtime::setup::{Runtime, block_on};
use crate::store::error::StoreError;
use crate::store::lock::ExecutorLock;
use crate::workflow::packs::Packs;

/// How long `start` beside a running daemon waits for it to have done what can be done.
const HAND_OVER: Duration = Duration::from_secs(30);

/// How often `run` asks for the executor's lock before it gives up, and how long between.
const LOCK_TRIES: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(250);

/// Opens a case and does what can be done now.
pub fn start(arguments: &Start, context: &Context) -> Result<u8, RuntimeError> {
    block_on(start_now(arguments, context))?
}

async fn start_now(arguments: &Start, context: &Context) -> Result<u8, RuntimeError> {
    let mut runtime = context.runtime(arguments.at.as_deref())?;
    let lock = runtime.become_executor()?;
    let opened = runtime.open_case(&arguments.file)?;
    let troubles = if lock.is_some() {
        let progress = context.progress(context.word("正在准备材料……", "preparing the papers …"));
        let advanced = runtime.advance(&opened.id, &Means::Screen).await;
        progress.finish_and_clear();
        advanced?.troubles
    } else {
        wait_for_daemon(&runtime, &opened.id).await?;
        Vec::new()
    };
    let code = print_start(&mut runtime, &opened, &troubles, context)?;
    if arguments.once || arguments.at.is_some() {
        return Ok(code);
    }
    if lock.is_none() {
        let note = Text::new(
            "另一个 appeal-daemon 正在运行，后面的事由它继续做。",
            "Another appeal-daemon is running and goes on with it.",
        );
        context.print_aside(context.say(&note));
        return Ok(code);
    }
    keep_working(&mut runtime, context).await?;
    Ok(exit::DONE)
}

/// The daemon has seen what was appended once the case is no longer due.
async fn wait_for_daemon(runtime: &Runtime, case: &CaseId) -> Result<(), RuntimeError> {
    let done = async {
        loop {
            let now = runtime.clock.now();
            match runtime.store.due(now, usize::MAX) {
                Ok(due) if !due.contains(case) => return Ok(()),
                Ok(_) => tokio::time::sleep(Duration::from_millis(100)).await,
                Err(error) => return Err(error),
            }
        }
    };
    match tokio::time::timeout(HAND_OVER, done).await {
        Ok(done) => Ok(done?),
        // It is busy with something long; what was appended is safe with it.
        Err(_) => Ok(()),
    }
}

fn print_start(
    runtime: &mut Runtime,
    opened: &Opened,
    troubles: &[Trouble],
    context: &Context,
) -> Result<u8, RuntimeError> {
    let (desk, plan) = runtime.planned(&opened.id)?;
    let tasks = tasks::tasks(runtime, &desk, &plan);
    let code = if tasks.is_empty() { exit::DONE } else { exit::WAITS };
    if context.json {
        let list: Vec<_> =
            tasks.iter().map(|task| tasks::task_json(task, &desk, context)).collect();
        let object = json!({
            "schema": 1,
            "case": desk.id().as_str(),
            "tasks": list,
            "bills": review::progress_json(&desk),
            "troubles": troubles.iter().map(|trouble| trouble_text(trouble, context)).collect::<Vec<_>>(),
        });
        context.print_json(&object);
        return Ok(code);
    }
    let now = runtime.clock.now();
    let mut out = String::new();
    out.push_str(&headline(&desk, opened, &runtime.library.packs, context));
    out.push_str(context.word("\n现在就做\n\n", "\nDo now\n\n"));
    out.push_str(&report::tasks(&tasks, &desk, context, false));
    out.push_str(&report::held(&plan, context));
    out.push_str(&review::waits(&desk, context));
    out.push_str(&inbox::waits(runtime, desk.id(), context));
    let ready = report::ready(runtime, &desk, &plan, context);
    if !ready.is_empty() {
        out.push_str(context.word("已备好（先看一遍）\n", "Prepared (read it first)\n"));
        out.push_str(&ready);
    }
    let dates = report::dates(&desk, &plan, now, report::DATES, context);
    if !dates.is_empty() {
        out.push_str(context.word("\n接下来的日期和原因\n", "\nDates to come, and why\n"));
        out.push_str(&dates);
    }
    for trouble in troubles {
        out.push_str(&format!(
            "\n{}{}\n",
            context.word("没做成：", "Not done: "),
            trouble_text(trouble, context)
        ));
    }
    out.push_str(&footer(&desk, context));
    context.print(&out);
    Ok(code)
}

fn headline(
    desk: &crate::runtime::desk::Desk,
    opened: &Opened,
    packs: &Packs,
    context: &Context,
) -> String {
    let name = context.say(&desk.workflow.name);
    let id = desk.id();
    let mut out = match &opened.how {
        How::New => format!("{} {id} · {name}\n", context.word("案件已打开", "Case opened")),
        How::Unchanged => format!("{} {id} · {name}\n", context.word("案件", "Case")),
        How::Amended(changes) => {
            let mut out = format!(
                "{} {id} · {name}\n",
                context.word("案件文件有改动，已记入", "The case file changed and was taken in:")
            );
            for change in changes.iter().take(20) {
                let was = change.was.as_deref().unwrap_or("—");
                let now = change.now.as_deref().unwrap_or("—");
                out.push_str(&format!("    {}　{was} → {now}\n", change.path));
            }
            out
        }
    };
    let warnings: Vec<_> =
        opened.file.problems.iter().filter(|problem| !problem.is_error()).collect();
    for warning in warnings {
        out.push_str(&format!(
            "    {} {}\n",
            context.word("提醒：", "note:"),
            context.say(&warning.message)
        ));
    }
    for card in &tasks::card_lines(&desk.workflow.cards, packs) {
        out.push_str(&format!("    ⚠ {}\n", context.say(card)));
    }
    out
}

fn footer(desk: &crate::runtime::desk::Desk, context: &Context) -> String {
    let id = desk.id();
    let footer = crate::text!(
        "\n随时查看：appeal-daemon today {id}　进展：appeal-daemon status {id}　导入手机日历：appeal-daemon calendar {id} -o {id}.ics\n",
        "\nAt any time: appeal-daemon today {id}, status {id}; for your phone: appeal-daemon calendar {id} -o {id}.ics\n"
    );
    context.say(&footer).to_owned()
}

/// Returns a trouble in words.
pub fn trouble_text(trouble: &Trouble, context: &Context) -> String {
    let (message, hint) = show::explain(&trouble.error);
    let (message, hint) = (context.say(&message).to_owned(), context.say(&hint).to_owned());
    if trouble.step.is_empty() {
        format!("{message}；{hint}")
    } else {
        format!("[{}] {message}；{hint}", trouble.step)
    }
}

async fn keep_working(runtime: &mut Runtime, context: &Context) -> Result<(), RuntimeError> {
    let note = Text::new(
        "正在后台守候，到期会提醒。按 Ctrl-C 结束；结束后用 appeal-daemon run 继续。",
        "Watching from here on. Ctrl-C ends it; `appeal-daemon run` goes on later.",
    );
    context.print_aside(context.say(&note));
    let program = program()?;
    // Whoever looks at this screen is reminded on it, too.
    if context.is_terminal() {
        runtime.screen = Some(Context::print_notice);
    }
    runtime.work(program, |trouble| context.print_aside(&trouble_text(trouble, context))).await
}

#[expect(
    clippy::disallowed_methods,
    reason = "the path of this program is not the person's environment"
)]
fn program() -> Result<std::path::PathBuf, RuntimeError> {
    std::env::current_exe().map_err(|error| RuntimeError::Ours(error.to_string()))
}

/// A command at work holds the lock for moments, another daemon for good.
async fn wait_for_lock(runtime: &mut Runtime) -> Result<ExecutorLock, RuntimeError> {
    for _ in 0..LOCK_TRIES {
        if let Some(lock) = runtime.become_executor()? {
            return Ok(lock);
        }
        tokio::time::sleep(LOCK_PAUSE).await;
    }
    Err(RuntimeError::Store(StoreError::Taken { path: runtime.home.lock() }))
}

/// Works for all open cases.
pub fn run(arguments: &Run, context: &Context) -> Result<u8, RuntimeError> {
    block_on(run_now(arguments, context))?
}

async fn run_now(arguments: &Run, context: &Context) -> Result<u8, RuntimeError> {
    let mut runtime = context.runtime(arguments.at.as_deref())?;
    let _lock = wait_for_lock(&mut runtime).await?;
    if !(arguments.once || arguments.at.is_some()) {
        keep_working(&mut runtime, context).await?;
        return Ok(exit::DONE);
    }
    let recurring = runtime.fire_recurring(&Means::Screen).await?;
    let troubles = runtime.advance_due(&Means::Screen).await?;
    let mut waits = !recurring.is_empty();
    let mut objects = Vec::new();
    let mut out = String::new();
    for notice in &recurring {
        out.push_str(&format!("{notice}\n\n"));
    }
    for row in runtime.store.cases()?.into_iter().filter(|row| row.closed_at.is_none()) {
        let (desk, plan) = runtime.planned(&row.id)?;
        let tasks = tasks::tasks(&runtime, &desk, &plan);
        waits |= !tasks.is_empty();
        if context.json {
            let list: Vec<_> =
                tasks.iter().map(|task| tasks::task_json(task, &desk, context)).collect();
            let next = plan.next_wake.map(|wake| time::rfc3339(wake, &desk.zone));
            objects.push(json!({ "case": row.id.as_str(), "tasks": list, "next_wake": next }));
        } else {
            out.push_str(&format!("{}\n", row.id));
            out.push_str(&report::tasks(&tasks, &desk, context, false));
            out.push_str(&report::held(&plan, context));
        }
    }
    if context.json {
        context.print_json(&json!({
            "schema": 1,
            "cases": objects,
            "recurring": recurring,
            "troubles": troubles.iter().map(|trouble| trouble_text(trouble, context)).collect::<Vec<_>>(),
        }));
    } else {
        for trouble in &troubles {
            out.push_str(&format!(
                "{}{}\n",
                context.word("没做成：", "Not done: "),
                trouble_text(trouble, context)
            ));
        }
        context.print(&out);
    }
    Ok(if waits { exit::WAITS } else { exit::DONE })
}
