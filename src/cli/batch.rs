//! The intake of a firm's batch: the workbook to fill in, and the check of a filled one.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::batch::column::Columns;
use crate::batch::cross::Folders;
use crate::batch::finding::Finding;
use crate::batch::form;
use crate::batch::intake::{self, Beside, Intake};
use crate::batch::known::Against;
use crate::batch::page;
use crate::batch::report;
use crate::cli::args::{Batch, BatchCheck};
use crate::cli::authoring;
use crate::cli::batch_export;
use crate::cli::batch_import;
use crate::cli::batch_returns;
use crate::cli::batch_run;
use crate::cli::batch_send;
use crate::cli::batch_shelf;
use crate::cli::batch_status;
use crate::cli::bills_files::refuse_to_overwrite;
use crate::cli::context::Context;
use crate::cli::exit;
use crate::domain::lang::Text;
use crate::runtime::error::RuntimeError;
use crate::runtime::home::{Home, write_private};
use crate::runtime::known;
use crate::runtime::setup::{self, Runtime};
use crate::workflow::library::Library;

/// How many findings the screen shows; the report has them all.
const SHOWN: usize = 30;

/// Runs a command of `batch`.
pub fn batch(command: &Batch, context: &Context) -> Result<u8, RuntimeError> {
    match command {
        Batch::Template { workflow, output } => template(workflow, output, context),
        Batch::Check(arguments) => check(arguments, context),
        Batch::Import(arguments) => batch_import::import(arguments, context),
        Batch::Run(arguments) => batch_run::run(arguments, context),
        Batch::Preview(arguments) => batch_run::preview(arguments, context),
        Batch::Export(arguments) => batch_export::export(arguments, context),
        Batch::Status(arguments) => batch_status::status(arguments, context),
        Batch::Approve(arguments) => batch_send::approve(arguments, context),
        Batch::Confirm(arguments) => batch_send::confirm(arguments, context),
        Batch::Tickets(arguments) => batch_returns::tickets(arguments, context),
        Batch::Waybills(arguments) => batch_returns::waybills(arguments, context),
    }
}

fn template(workflow: &str, output: &Path, context: &Context) -> Result<u8, RuntimeError> {
    refuse_to_overwrite(output)?;
    let columns = columns(&context.library()?, workflow)?;
    let bytes = form::form(&columns).map_err(not_written)?;
    write(output, &bytes)?;
    let shown = output.display();
    if context.json {
        context.print_json(
            &json!({ "schema": 1, "workflow": columns.workflow, "path": shown.to_string() }),
        );
        return Ok(exit::DONE);
    }
    let said = crate::text!(
        "已写好 {shown}：一位客户一行，交易写在第二张表。\n填好后检查：appeal-daemon batch check {shown}",
        "Wrote {shown}: a row for each client, transactions on the second sheet.\nThen: appeal-daemon batch check {shown}"
    );
    context.print(context.say(&said));
    Ok(exit::DONE)
}

fn columns(library: &Library, workflow: &str) -> Result<Columns, RuntimeError> {
    let (workflow, _) = authoring::load(library, workflow)?;
    Ok(Columns::of(&workflow, &library.packs))
}

fn check(arguments: &BatchCheck, context: &Context) -> Result<u8, RuntimeError> {
    if let Some(number) = &arguments.number {
        batch_import::pattern(number, context)?;
    }
    let against = against(arguments, None, context)?;
    let checked = checked(arguments, against, context)?;
    if context.json {
        context.print_json(&as_json(&checked, context));
    } else {
        context.print(&as_text(&checked, context));
    }
    Ok(if checked.intake.is_clean() { exit::DONE } else { exit::INPUT })
}

/// A workbook that was checked, with where its report lies.
pub struct Checked {
    /// What was found.
    pub intake: Intake,
    /// What was looked for.
    pub columns: Columns,
    /// What it was held against.
    pub against: Against,
    /// The report.
    pub report: PathBuf,
    /// The report as a page.
    pub page: PathBuf,
}

/// Checks a workbook and writes its report. The matters in `against` are those it is compared with
/// beside the home's.
pub fn checked(
    arguments: &BatchCheck,
    against: Against,
    context: &Context,
) -> Result<Checked, RuntimeError> {
    let now = context.options(None)?.clock.now();
    let path = &arguments.file;
    let bytes = std::fs::read(path).map_err(|source| home(path, source))?;
    let folders = arguments.folder.as_deref().map(folders).transpose()?;
    let library = context.library()?;
    let mut failed = None;
    let choose = |named: Option<&str>| {
        let named = arguments.workflow.as_deref().or(named)?;
        let columns = columns(&library, named).map_err(|error| failed = Some(error)).ok()?;
        Some(if arguments.number.is_some() { columns.numbered() } else { columns })
    };
    let progress = context.progress(context.word("正在检查……", "checking …"));
    let beside = Beside { now, folders: folders.as_ref(), against: Some(&against) };
    let read = intake::read(&bytes, choose, &beside);
    progress.finish_and_clear();
    if let Some(error) = failed {
        return Err(error);
    }
    let (intake, columns) = read.map_err(|error| {
        let (message, hint) = error.explain();
        RuntimeError::asked(message, hint)
    })?;
    let report = report_path(arguments);
    write(&report, &report::report(&intake, context.lang).map_err(not_written)?)?;
    let page = report.with_extension("html");
    write(&page, page::page(&intake, &columns.title, context.lang).as_bytes())?;
    Ok(Checked { intake, columns, against, report, page })
}

/// Returns what a workbook is compared with: the matters of the home, closed ones too, those of the
/// folders, and the firm's standing clients. A home that is not there is not made.
pub fn against(
    arguments: &BatchCheck,
    into: Option<&Path>,
    context: &Context,
) -> Result<Against, RuntimeError> {
    let options = context.options(None)?;
    let mut against = Against::default();
    if let Some(firm) = setup::settings(&options.config)?.firm {
        against.standing = firm.standing_clients;
    }
    let folders = || arguments.against.iter().map(PathBuf::as_path).chain(into);
    for folder in folders() {
        let numbers = batch_shelf::numbers(folder)?;
        against.numbers.rows.extend(numbers.rows);
        against.numbers.given.extend(numbers.given);
    }
    against.matters = if Home::has_ledger(&options.home) {
        Runtime::open(options)?.known_matters(folders())?
    } else {
        known::matters_of(folders())?
    };
    Ok(against)
}

/// The report lies beside its workbook, and a report of a report replaces it.
fn report_path(arguments: &BatchCheck) -> PathBuf {
    if let Some(path) = &arguments.report {
        return path.clone();
    }
    let stem = arguments.file.file_stem().unwrap_or_default().to_string_lossy();
    let stem = stem.strip_suffix(".report").unwrap_or(&stem);
    arguments.file.with_file_name(format!("{stem}.report.xlsx"))
}

/// Lists the folders of clients, each with its files, down to one folder within.
fn folders(root: &Path) -> Result<Folders, RuntimeError> {
    let mut folders = Folders::new();
    for (name, path) in entries(root)? {
        if !path.is_dir() || name.starts_with('.') {
            continue;
        }
        let mut files = BTreeSet::new();
        for (name, path) in entries(&path)? {
            if path.is_dir() {
                files.extend(
                    entries(&path)?.into_iter().map(|(inner, _)| format!("{name}/{inner}")),
                );
            }
            files.insert(name);
        }
        folders.insert(name, files);
    }
    Ok(folders)
}

fn entries(folder: &Path) -> Result<Vec<(String, PathBuf)>, RuntimeError> {
    let fail = |source| home(folder, source);
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        entries.push((entry.file_name().to_string_lossy().into_owned(), entry.path()));
    }
    Ok(entries)
}

fn as_json(checked: &Checked, context: &Context) -> Value {
    let Checked { intake, columns, report, page, .. } = checked;
    let one = |finding: &Finding| {
        json!({
            "sheet": intake.sheets[finding.spot.sheet].name,
            "row": finding.spot.line,
            "column": finding.header,
            "severity": finding.severity,
            "rule": finding.rule,
            "message": finding.message.get(context.lang),
            "hint": finding.hint.get(context.lang),
        })
    };
    json!({
        "schema": 1,
        "workflow": columns.workflow,
        "rows": intake.clients.len(),
        "good": intake.good(),
        "problems": intake.findings.iter().map(one).collect::<Vec<_>>(),
        "report": report.display().to_string(),
        "page": page.display().to_string(),
    })
}

fn as_text(checked: &Checked, context: &Context) -> String {
    let Checked { intake, columns, report, page, .. } = checked;
    let (rows, good) = (intake.clients.len(), intake.good());
    let (title, en) = (&columns.title.zh, &columns.title.en);
    let head = crate::text!(
        "{title}：客户 {rows} 位，可以导入 {good} 位。",
        "{en}: {rows} clients, {good} can be taken in."
    );
    let mut out = format!("{}\n", context.say(&head));
    let (errors, others): (Vec<&Finding>, Vec<&Finding>) =
        intake.findings.iter().partition(|finding| finding.is_error());
    for finding in errors.into_iter().chain(others).take(SHOWN) {
        let grade = if finding.is_error() {
            context.word("要改", "error")
        } else {
            context.word("提醒", "warning")
        };
        let sheet = &intake.sheets[finding.spot.sheet].name;
        let line = finding.spot.line;
        let place = match line {
            0 => String::new(),
            _ => context
                .say(&crate::text!("{sheet} 第 {line} 行", "{sheet} row {line}"))
                .trim()
                .to_owned(),
        };
        let header = &finding.header;
        let (message, hint) = (context.say(&finding.message), context.say(&finding.hint));
        let _ = writeln!(out, "\n{grade}　{place}　{header}\n  {message}\n  → {hint}");
    }
    if intake.findings.len() > SHOWN {
        let rest = intake.findings.len() - SHOWN;
        let more =
            crate::text!("\n另有 {rest} 处，都在报告里。", "\n{rest} more are in the report.");
        let _ = writeln!(out, "{}", context.say(&more));
    }
    let (shown, page) = (report.display(), page.display());
    let last = crate::text!(
        "\n报告：{shown}（改好以后可以直接再检查它）\n网页：{page}（手机上也能看；里面有客户资料，别外传）",
        "\nReport: {shown} (correct it and check it again)\nPage: {page} (also for a telephone; it has clients' data, keep it to yourself)"
    );
    out.push_str(context.say(&last));
    out
}

fn not_written(error: rust_xlsxwriter::XlsxError) -> RuntimeError {
    RuntimeError::asked(
        crate::text!("表格没有写成：{error}", "the workbook was not made: {error}"),
        Text::new("检查表格里有没有特别长的内容", "look for very long texts in it"),
    )
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), RuntimeError> {
    write_private(path, bytes).map_err(|source| home(path, source))
}

/// Returns the error of a place that cannot be read or written.
pub fn home(path: &Path, source: std::io::Error) -> RuntimeError {
    RuntimeError::Home { path: path.to_owned(), source }
}
