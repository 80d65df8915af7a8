//! The run of a batch: prepares every matter and shows what would leave.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use crate::batch::release::{Item, Plan, Release, Rules, SCHEMA};
use crate::cli::args::{BatchPreview, BatchRun};
use crate::cli::batch_retry;
use crate::cli::batch_send;
use crate::cli::context::Context;
use crate::cli::exit;
use crate::cli::show;
use crate::cli::start::trouble_text;
use crate::domain::lang::Text;
use crate::runtime::contact;
use crate::runtime::error::RuntimeError;
use crate::runtime::home::write_private;
use crate::runtime::portfolio::{self, Row};
use crate::runtime::release;
use crate::runtime::setup::Runtime;
use crate::store::error::StoreError;
use crate::store::lock::ExecutorLock;

/// How many rows the screen shows of each kind.
pub const SHOWN: usize = 20;

/// How many places of a plan's hash are shown.
pub const HASH_SHOWN: usize = 16;

/// How many rows stand between two lines of progress where nobody looks at a bar.
const LINE_EVERY: u64 = 200;

/// Prepares a batch, or sends what was seen of it.
pub fn run(arguments: &BatchRun, context: &Context) -> Result<u8, RuntimeError> {
    match &arguments.plan {
        Some(plan) if arguments.send => batch_send::send(arguments, plan, context),
        _ => prepare(arguments, context),
    }
}

fn prepare(arguments: &BatchRun, context: &Context) -> Result<u8, RuntimeError> {
    let folder = &arguments.folder;
    let rules = release::rules(folder)?;
    let (mut runtime, _lock) = executor(arguments.at.as_deref(), context)?;
    let at = arguments.at.as_deref();
    let (rows, plan, seconds) = prepared(folder, at, arguments.workers, context)?;
    let failed = rows.iter().filter(|row| row.failed()).map(|row| {
        let said = row.troubles.iter().map(|trouble| trouble_text(trouble, context));
        (folder.join(&row.number), said.collect::<Vec<_>>().join("\n"))
    });
    let retry = batch_retry::of_matters(folder, failed.collect(), context)?;
    let prepared = Prepared { rows: &rows, plan: &plan, rules: &rules, folder, seconds, retry };
    if context.json {
        context.print_json(&prepared.json(context));
    } else {
        context.print(&prepared.text(context));
    }
    runtime.be_seen()?;
    let troubles = rows.iter().flat_map(|row| &row.troubles);
    Ok(if let Some(worst) = troubles.map(|trouble| show::exit_code(&trouble.error)).max() {
        worst
    } else if plan.items.is_empty() && rows.iter().all(|row| row.tasks == 0) {
        exit::DONE
    } else {
        exit::WAITS
    })
}

/// Prepares every matter of a folder; keeps the plan of what would leave. Returns how many seconds
/// it took, too, whatever time `at` says it is.
fn prepared(
    folder: &Path,
    at: Option<&str>,
    workers: Option<usize>,
    context: &Context,
) -> Result<(Vec<Row>, Plan, u64), RuntimeError> {
    let matters = portfolio::matters(folder)?;
    let options = context.options(at)?;
    let workers = workers.unwrap_or_else(cores);
    let progress = Progress::new(matters.len(), context);
    let rows = portfolio::over_all(&options, &matters, workers, Runtime::prepare_matter, |row| {
        progress.step(row, context);
    })?;
    let seconds = progress.finish();
    let plan = Plan::new(rows.iter().flat_map(|row| row.items.clone()).collect());
    release::keep(folder, &plan)?;
    Ok((rows, plan, seconds))
}

/// Prepares a batch and writes what a person looks through before it leaves.
pub fn preview(arguments: &BatchPreview, context: &Context) -> Result<u8, RuntimeError> {
    let folder = &arguments.folder;
    let (mut runtime, _lock) = executor(arguments.at.as_deref(), context)?;
    let (rows, plan, _) = prepared(folder, arguments.at.as_deref(), arguments.workers, context)?;
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

/// How many threads a batch has where nobody says.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// The batch works alone in its home: a daemon beside it would send in between.
pub fn executor(
    at: Option<&str>,
    context: &Context,
) -> Result<(Runtime, ExecutorLock), RuntimeError> {
    let mut runtime = context.runtime(at)?;
    match runtime.become_executor()? {
        Some(lock) => Ok((runtime, lock)),
        None => Err(RuntimeError::Store(StoreError::Taken { path: runtime.home.lock() })),
    }
}

/// Shows how far it is: a bar for a person, lines of JSON for a program.
pub struct Progress {
    bar: ProgressBar,
    total: u64,
    lines: bool,
}

impl Progress {
    /// Begins with so many rows to do.
    pub fn new(total: usize, context: &Context) -> Self {
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

    /// One more is done.
    pub fn step(&self, row: &Row, context: &Context) {
        self.tick();
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

    /// One more is done; only a bar shows it.
    pub fn tick(&self) {
        self.bar.inc(1);
    }

    /// Takes the bar away; returns for how many seconds it was there.
    pub fn finish(self) -> u64 {
        self.bar.finish_and_clear();
        self.bar.elapsed().as_secs()
    }
}

/// What the preparation of a batch came to.
struct Prepared<'a> {
    rows: &'a [Row],
    plan: &'a Plan,
    rules: &'a Rules,
    folder: &'a Path,
    seconds: u64,
    retry: Vec<PathBuf>,
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
        let mut object = json!({
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
        });
        batch_retry::add_json(&self.retry, &mut object);
        object
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
            let clients = of.iter().map(|item| &item.case).collect::<BTreeSet<_>>().len();
            let (count, zh, en) = (of.len(), &title.zh, &title.en);
            let said = crate::text!(
                "\n{zh}：{count} 封，{clients} 位客户",
                "\n{en}: {count} messages, {clients} clients"
            );
            let _ = writeln!(out, "{}", context.say(&said));
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
        out.push_str(&batch_retry::said(&self.retry, self.folder, context));
        out.push_str(&self.next(context));
        out
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
