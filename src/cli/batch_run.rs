//! The run of a batch: prepares every matter, shows what would leave, and sends what was seen.

use std::fmt::Write as _;
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use crate::batch::release::{Approval, Item, Plan, Release, Rules, SCHEMA};
use crate::cli::args::{BatchApprove, BatchConfirm, BatchPreview, BatchRun};
use crate::cli::context::Context;
use crate::cli::exit;
use crate::cli::start::{block_on, trouble_text};
use crate::domain::digest::Digest;
use crate::domain::lang::Text;
use crate::domain::time;
use crate::runtime::contact;
use crate::runtime::error::RuntimeError;
use crate::runtime::home::write_private;
use crate::runtime::portfolio::{self, Row};
use crate::runtime::release::{self, Released, Standing};
use crate::runtime::setup::Runtime;
use crate::store::error::StoreError;
use crate::store::lock::ExecutorLock;

/// How many rows the screen shows of each kind.
const SHOWN: usize = 20;

/// How many places of a plan's hash are shown.
const HASH_SHOWN: usize = 16;

/// How many rows stand between two lines of progress where nobody looks at a bar.
const LINE_EVERY: u64 = 200;

/// Prepares a batch, or sends what was seen of it.
pub fn run(arguments: &BatchRun, context: &Context) -> Result<u8, RuntimeError> {
    match &arguments.plan {
        Some(plan) if arguments.send => send(arguments, plan, context),
        _ => prepare(arguments, context),
    }
}

fn prepare(arguments: &BatchRun, context: &Context) -> Result<u8, RuntimeError> {
    let folder = &arguments.folder;
    let rules = release::rules(folder)?;
    let (mut runtime, _lock) = executor(arguments.at.as_deref(), context)?;
    let begun = runtime.clock.now();
    let at = arguments.at.as_deref();
    let (rows, plan) = prepared(folder, at, arguments.workers, context)?;
    let seconds = begun.duration_until(runtime.clock.now()).as_secs();
    let prepared = Prepared { rows: &rows, plan: &plan, rules: &rules, folder, seconds };
    if context.json {
        context.print_json(&prepared.json(context));
    } else {
        context.print(&prepared.text(context));
    }
    runtime.be_seen()?;
    let failed = rows.iter().any(Row::failed);
    Ok(if failed {
        exit::INPUT
    } else if plan.items.is_empty() && rows.iter().all(|row| row.tasks == 0) {
        exit::DONE
    } else {
        exit::WAITS
    })
}

/// Prepares every matter of a folder; keeps the plan of what would leave.
fn prepared(
    folder: &Path,
    at: Option<&str>,
    workers: Option<usize>,
    context: &Context,
) -> Result<(Vec<Row>, Plan), RuntimeError> {
    let matters = portfolio::matters(folder)?;
    let options = context.options(at)?;
    let workers = workers.unwrap_or_else(cores);
    let progress = Progress::new(matters.len(), context);
    let rows = portfolio::over_all(&options, &matters, workers, Runtime::prepare_matter, |row| {
        progress.step(row, context);
    })?;
    progress.finish();
    let plan = Plan::new(rows.iter().flat_map(|row| row.items.clone()).collect());
    release::keep(folder, &plan)?;
    Ok((rows, plan))
}

/// Prepares a batch and writes what a person looks through before it leaves.
pub fn preview(arguments: &BatchPreview, context: &Context) -> Result<u8, RuntimeError> {
    let folder = &arguments.folder;
    let (mut runtime, _lock) = executor(arguments.at.as_deref(), context)?;
    let (rows, plan) = prepared(folder, arguments.at.as_deref(), arguments.workers, context)?;
    let chosen = contact::chosen(&rows, &plan, arguments.sample);
    let title = context.word("发送前一览", "Before it leaves");
    let (pdf, left_out) = runtime.contact_sheet(&chosen, &plan, title)?;
    write_private(&arguments.output, &pdf)
        .map_err(|source| RuntimeError::Home { path: arguments.output.clone(), source })?;
    let failed = rows.iter().filter(|row| row.failed()).count();
    let (hash, output) = (plan.hash(), arguments.output.display().to_string());
    if context.json {
        let shown: Vec<&str> = chosen.iter().map(|(row, _)| row.number.as_str()).collect();
        context.print_json(&json!({
            "schema": SCHEMA, "plan": hash.as_str(), "path": output, "shown": shown,
            "left_out": left_out, "planned": plan.items.len(), "failed": failed,
        }));
    } else {
        let (shown, hash) = (chosen.len() - left_out, hash.short(HASH_SHOWN));
        let said = crate::text!(
            "{output}：{shown} 位客户（另有 {left_out} 位放不下，没做成的 {failed} 个）。计划号：{hash}",
            "{output}: {shown} clients ({left_out} more found no place, {failed} failed). Plan: {hash}"
        );
        context.print(context.say(&said));
    }
    Ok(if failed > 0 { exit::INPUT } else { exit::DONE })
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// The batch works alone in its home: a daemon beside it would send in between.
fn executor(at: Option<&str>, context: &Context) -> Result<(Runtime, ExecutorLock), RuntimeError> {
    let mut runtime = context.runtime(at)?;
    match runtime.become_executor()? {
        Some(lock) => Ok((runtime, lock)),
        None => Err(RuntimeError::Store(StoreError::Taken { path: runtime.home.lock() })),
    }
}

/// Shows how far it is: a bar for a person, lines of JSON for a program.
struct Progress {
    bar: ProgressBar,
    total: u64,
    lines: bool,
}

impl Progress {
    fn new(total: usize, context: &Context) -> Self {
        let total = total as u64;
        let bar = if context.is_terminal() {
            let style = ProgressStyle::with_template(
                "{bar:30} {pos}/{len}  {per_sec}  {msg}  {eta_precise}",
            );
            let bar = ProgressBar::new(total);
            bar.set_message(context.word("还要", "left"));
            style.map(|style| bar.clone().with_style(style)).unwrap_or(bar)
        } else {
            ProgressBar::hidden()
        };
        bar.set_length(total);
        Self { bar, total, lines: !context.is_terminal() }
    }

    fn step(&self, row: &Row, context: &Context) {
        self.bar.inc(1);
        let done = self.bar.position();
        if self.lines && (done.is_multiple_of(LINE_EVERY) || done == self.total || row.failed()) {
            let left = self.bar.eta().as_secs();
            let line = json!({
                "done": done, "of": self.total, "number": row.number, "failed": row.failed(),
                "seconds_left": left,
            });
            context.print_aside(&line.to_string());
        }
    }

    fn finish(self) {
        self.bar.finish_and_clear();
    }
}

/// What the preparation of a batch came to.
struct Prepared<'a> {
    rows: &'a [Row],
    plan: &'a Plan,
    rules: &'a Rules,
    folder: &'a Path,
    seconds: i64,
}

impl Prepared<'_> {
    fn failed(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.failed())
    }

    fn json(&self, context: &Context) -> Value {
        let failed: Vec<Value> = self
            .failed()
            .map(|row| {
                let problems: Vec<String> =
                    row.troubles.iter().map(|trouble| trouble_text(trouble, context)).collect();
                json!({ "number": row.number, "problems": problems })
            })
            .collect();
        json!({
            "schema": SCHEMA,
            "batch": self.folder.display().to_string(),
            "plan": self.plan.hash().as_str(),
            "planned": self.plan.items.len(),
            "done": self.rows.len() - failed.len(),
            "failed": failed.len(),
            "waiting": self.rows.iter().map(|row| row.tasks).sum::<usize>(),
            "seconds": self.seconds,
            "in_waves": self.plan.count(Release::Wave),
            "one_by_one": self.plan.count(Release::Single),
            "client_first": self.plan.count(Release::Client),
            "problems": failed,
        })
    }

    fn text(&self, context: &Context) -> String {
        let (rows, seconds) = (self.rows.len(), self.seconds);
        let failed = self.failed().count();
        let tasks: usize = self.rows.iter().map(|row| row.tasks).sum();
        let head = crate::text!(
            "{rows} 个案件，用了 {seconds} 秒；没做成的 {failed} 个；要人办的事 {tasks} 件。什么也没有发出。\n",
            "{rows} matters in {seconds} s; {failed} failed; {tasks} things wait for people. Nothing was sent.\n"
        );
        let mut out = context.say(&head).to_owned();
        for (release, title) in [
            (Release::Wave, Text::new("可以分波发出", "Would go in waves")),
            (Release::Single, Text::new("只能逐件放行（机关）", "One by one (authorities)")),
            (Release::Client, Text::new("先要客户确认", "Their client confirms first")),
        ] {
            let of: Vec<&Item> =
                self.plan.items.iter().filter(|item| item.release == release).collect();
            if of.is_empty() {
                continue;
            }
            let (count, clients) = (of.len(), self.clients(release));
            let title = context.say(&title);
            let _ = match context.lang {
                crate::domain::lang::Lang::Zh => {
                    writeln!(out, "\n{title}：{count} 封，{clients} 位客户")
                }
                crate::domain::lang::Lang::En => {
                    writeln!(out, "\n{title}: {count} messages, {clients} clients")
                }
            };
            for item in of.iter().take(SHOWN) {
                let Item { case, title, recipient, step, .. } = item;
                let _ = writeln!(out, "  {case}　{title}　→ {recipient}　（{step}）");
            }
            if count > SHOWN {
                let rest = count - SHOWN;
                let more = crate::text!("  另有 {rest} 封", "  {rest} more");
                let _ = writeln!(out, "{}", context.say(&more));
            }
        }
        for row in self.failed().take(SHOWN) {
            let _ = writeln!(out, "\n{} {}", context.word("没做成：", "Not done:"), row.number);
            for trouble in &row.troubles {
                let _ = writeln!(out, "  {}", trouble_text(trouble, context));
            }
        }
        out.push_str(&self.next(context));
        out
    }

    fn clients(&self, release: Release) -> usize {
        let of = self.plan.items.iter().filter(|item| item.release == release);
        of.map(|item| &item.case).collect::<std::collections::BTreeSet<_>>().len()
    }

    fn next(&self, context: &Context) -> String {
        let count = self.plan.count(Release::Wave);
        if count == 0 {
            return String::new();
        }
        let hash = self.plan.hash();
        let (hash, folder) = (hash.short(HASH_SHOWN), self.folder.display());
        let mut out = format!("\n{}{hash}\n", context.word("计划号：", "Plan: "));
        let wanted = self.rules.approvals_wanted(count);
        if wanted > 0 {
            let line = crate::text!(
                "  要 {wanted} 位律师同意：appeal-daemon batch approve {folder} --plan {hash} --as 姓名",
                "  {wanted} lawyers must approve: appeal-daemon batch approve {folder} --plan {hash} --as NAME"
            );
            let _ = writeln!(out, "{}", context.say(&line));
        }
        let line = crate::text!(
            "  看过以后发下一波：appeal-daemon batch run {folder} --send --plan {hash}",
            "  once seen, send the next wave: appeal-daemon batch run {folder} --send --plan {hash}"
        );
        let _ = writeln!(out, "{}", context.say(&line));
        out
    }
}

/// Sends the next wave of a plan, or all of them.
fn send(arguments: &BatchRun, named: &str, context: &Context) -> Result<u8, RuntimeError> {
    let folder = &arguments.folder;
    let plan = release::kept(folder, named)?;
    let hash = plan.hash();
    let rules = release::rules(folder)?;
    is_approved(folder, &plan, &hash, &rules)?;
    let (mut runtime, _lock) = executor(arguments.at.as_deref(), context)?;
    if runtime.store.halted_at()?.is_some() {
        return Err(RuntimeError::asked(
            Text::new("发送已全部停止", "all sending is stopped"),
            Text::new("恢复用 appeal-daemon resume", "appeal-daemon resume lets it go on"),
        ));
    }
    let begun = runtime.clock.now();
    let mut sent = Sent::default();
    loop {
        let wave = runtime.next_wave(&plan, &rules)?;
        let progress = Progress::new(wave.len(), context);
        let before = sent.released.len();
        for case in &wave {
            let released = block_on(runtime.release(&plan, &hash, case))??;
            progress.bar.inc(1);
            sent.failures += released.failures();
            sent.released.push(released);
            if sent.failures >= rules.stop_after {
                sent.stopped = true;
                break;
            }
        }
        progress.finish();
        if sent.stopped
            || !arguments.all
            || wave.is_empty()
            || !progresses(&sent.released[before..])
        {
            break;
        }
    }
    sent.rest = runtime.next_wave(&plan, &rules)?.len();
    let seconds = begun.duration_until(runtime.clock.now()).as_secs();
    runtime.be_seen()?;
    if context.json {
        context.print_json(&sent.json(folder, &plan, seconds, context));
    } else {
        context.print(&sent.text(folder, &hash, context));
    }
    Ok(if sent.failures > 0 {
        exit::INPUT
    } else if sent.rest > 0 {
        exit::WAITS
    } else {
        exit::DONE
    })
}

/// A wave in which nothing could leave (the server is away, a limit is reached) is not begun anew.
fn progresses(wave: &[Released]) -> bool {
    wave.iter()
        .flat_map(|released| &released.items)
        .any(|(_, standing)| matches!(standing, Standing::Gone | Standing::Changed))
}

fn is_approved(
    folder: &Path,
    plan: &Plan,
    hash: &Digest,
    rules: &Rules,
) -> Result<(), RuntimeError> {
    let wanted = rules.approvals_wanted(plan.count(Release::Wave));
    let given = release::approvals(folder, hash)?;
    let valid = given.iter().filter(|approval| rules.lawyer(&approval.by).is_some()).count();
    if valid >= wanted {
        return Ok(());
    }
    let (missing, folder, hash) = (wanted - valid, folder.display(), hash.short(HASH_SHOWN));
    Err(RuntimeError::asked(
        crate::text!(
            "这个计划还差 {missing} 位律师同意，什么也没有发出",
            "{missing} more lawyers must approve this plan; nothing was sent"
        ),
        crate::text!(
            "appeal-daemon batch approve {folder} --plan {hash} --as 姓名",
            "appeal-daemon batch approve {folder} --plan {hash} --as NAME"
        ),
    ))
}

/// What a run of `--send` came to.
#[derive(Default)]
struct Sent {
    released: Vec<Released>,
    failures: usize,
    stopped: bool,
    rest: usize,
}

impl Sent {
    fn count(&self, wanted: Standing) -> usize {
        let items = self.released.iter().flat_map(|released| &released.items);
        items.filter(|(_, standing)| *standing == wanted).count()
    }

    fn json(&self, folder: &Path, plan: &Plan, seconds: i64, context: &Context) -> Value {
        let problems = self.released.iter().filter(|released| !released.troubles.is_empty());
        let problems: Vec<Value> = problems
            .map(|released| {
                let said: Vec<String> =
                    released.troubles.iter().map(|one| trouble_text(one, context)).collect();
                json!({ "case": released.case.as_str(), "problems": said })
            })
            .collect();
        json!({
            "schema": SCHEMA,
            "batch": folder.display().to_string(),
            "plan": plan.hash().as_str(),
            "planned": plan.count(Release::Wave),
            "clients": self.released.len(),
            "done": self.count(Standing::Gone),
            "failed": self.failures,
            "waiting": self.count(Standing::Approved),
            "changed": self.count(Standing::Changed),
            "clients_in_next_wave": self.rest,
            "stopped": self.stopped,
            "seconds": seconds,
            "problems": problems,
        })
    }

    fn text(&self, folder: &Path, hash: &Digest, context: &Context) -> String {
        let (gone, clients) = (self.count(Standing::Gone), self.released.len());
        let head = crate::text!(
            "{clients} 位客户，发出 {gone} 封。\n",
            "{clients} clients, {gone} messages left.\n"
        );
        let mut out = context.say(&head).to_owned();
        for (standing, said) in [
            (Standing::Approved, Text::new("已同意、稍后发出", "allowed, leave later")),
            (Standing::InDoubt, Text::new("结果不明，请查邮箱", "in doubt: look in the mailbox")),
            (Standing::Refused, Text::new("被退回", "refused")),
            (
                Standing::Changed,
                Text::new("看过以后有变化，没有发", "changed since it was seen, not sent"),
            ),
        ] {
            let of: Vec<&Item> = self
                .released
                .iter()
                .flat_map(|released| &released.items)
                .filter(|(_, stands)| *stands == standing)
                .map(|(item, _)| item)
                .collect();
            if !of.is_empty() {
                let _ = writeln!(out, "{}：{}", context.say(&said), of.len());
            }
            for item in of.iter().take(SHOWN) {
                let _ = writeln!(out, "  {}　{}　→ {}", item.case, item.title, item.recipient);
            }
        }
        for released in &self.released {
            for trouble in &released.troubles {
                let _ = writeln!(out, "  {}　{}", released.case, trouble_text(trouble, context));
            }
        }
        let (folder, hash) = (folder.display(), hash.short(HASH_SHOWN));
        if self.stopped {
            out.push_str(context.word(
                "出错太多，停下了。先看清原因再继续。\n",
                "Too much went wrong; it stopped. Look into it before going on.\n",
            ));
        }
        if self.rest > 0 {
            let rest = self.rest;
            let line = crate::text!(
                "下一波 {rest} 位客户：appeal-daemon batch run {folder} --send --plan {hash}",
                "Next wave, {rest} clients: appeal-daemon batch run {folder} --send --plan {hash}"
            );
            let _ = writeln!(out, "{}", context.say(&line));
        }
        out
    }
}

/// Writes down that a lawyer approved a plan.
pub fn approve(arguments: &BatchApprove, context: &Context) -> Result<u8, RuntimeError> {
    let folder = &arguments.folder;
    let plan = release::kept(folder, &arguments.plan)?;
    let rules = release::rules(folder)?;
    let options = context.options(None)?;
    let name = arguments.name.trim();
    let Some(person) = rules.lawyer(name) else {
        return Err(RuntimeError::asked(
            crate::text!("batch.toml 里没有律师 {name}", "batch.toml names no lawyer {name}"),
            Text::new(
                "在批次文件夹的 batch.toml 里写 [[people]] name、role = \"lawyer\"",
                "add [[people]] with name and role = \"lawyer\" to batch.toml in the batch's folder",
            ),
        ));
    };
    let user = options.environment.user.clone();
    if person.user.is_some() && person.user != user {
        let wanted = person.user.clone().unwrap_or_default();
        return Err(RuntimeError::asked(
            crate::text!(
                "{name} 只能用电脑用户 {wanted} 同意",
                "{name} approves as the user {wanted} only"
            ),
            Text::new("换本人登录后再同意", "log in as that user"),
        ));
    }
    let zone = time::zone(time::DEFAULT_ZONE).unwrap_or(jiff::tz::TimeZone::UTC);
    let hash = plan.hash();
    let messages = plan.count(Release::Wave);
    let approval = Approval {
        schema: SCHEMA,
        plan: hash.clone(),
        by: name.to_owned(),
        user,
        at: time::rfc3339(options.clock.now(), &zone),
        messages,
    };
    release::approve(folder, &approval)?;
    let given = release::approvals(folder, &hash)?.len();
    let wanted = rules.approvals_wanted(messages);
    if context.json {
        context.print_json(&json!({
            "schema": SCHEMA, "plan": hash.as_str(), "approved_by": name, "given": given,
            "wanted": wanted, "messages": messages,
        }));
    } else {
        let said = crate::text!(
            "{name} 已同意 {messages} 封（{given}/{wanted}）",
            "{name} approved {messages} messages ({given} of {wanted})"
        );
        context.print(context.say(&said));
    }
    Ok(exit::DONE)
}

/// Writes down that a client confirmed what is said in their name.
pub fn confirm(arguments: &BatchConfirm, context: &Context) -> Result<u8, RuntimeError> {
    let mut runtime = context.runtime(None)?;
    let case = runtime.find_case(&arguments.case)?;
    let steps = runtime.confirm(&case, arguments.step.as_deref(), &arguments.how)?;
    if context.json {
        context.print_json(&json!({ "schema": SCHEMA, "case": case.as_str(), "confirmed": steps }));
    } else {
        let (count, listed) = (steps.len(), steps.join("、"));
        let said = crate::text!(
            "{case}：客户确认了 {count} 份（{listed}）。内容一变，就要重新确认。",
            "{case}: the client confirmed {count} ({listed}). Any change wants a new confirmation."
        );
        context.print(context.say(&said));
    }
    Ok(exit::DONE)
}
