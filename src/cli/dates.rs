//! Dates a person or a new holiday notice changes, each change shown.

use std::path::Path;

use serde_json::{Value, json};

use crate::cli::args::{Holidays, SetDate};
use crate::cli::context::Context;
use crate::cli::exit;
use crate::cli::report;
use crate::domain::calendar::Calendar;
use crate::domain::lang::Text;
use crate::runtime::error::RuntimeError;
use crate::runtime::home::write_private;

/// The largest holiday file that is read, in bytes.
const LIMIT_BYTES: u64 = 1024 * 1024;

/// Moves a date, with a reason that is kept.
pub fn set_date(arguments: &SetDate, context: &Context) -> Result<u8, RuntimeError> {
    let mut runtime = context.runtime(None)?;
    let case = runtime.find_case(&arguments.case)?;
    let (desk, before) = runtime.planned(&case)?;
    runtime.move_date(&case, &arguments.date, arguments.to.as_deref(), &arguments.reason)?;
    let (_, after) = runtime.planned(&case)?;
    let changed = report::changed_dates(&before, &after, &desk, context);
    if context.json {
        context.print_json(&json!({ "schema": 1, "case": case.as_str(), "dates": changed }));
    } else {
        context.print(&changed.join("\n"));
    }
    Ok(exit::DONE)
}

/// Shows or takes in years of holidays.
pub fn holidays(command: &Holidays, context: &Context) -> Result<u8, RuntimeError> {
    match command {
        Holidays::List => list(context),
        Holidays::Import { file } => import(file, context),
    }
}

fn list(context: &Context) -> Result<u8, RuntimeError> {
    let library = context.library()?;
    let calendar = &library.packs.calendar;
    let years: Vec<i16> = calendar.years().collect();
    if context.json {
        let years: Vec<Value> = years
            .iter()
            .map(|year| {
                json!({
                    "year": year,
                    "provisional": calendar.is_provisional(*year),
                    "source": calendar.source(*year),
                })
            })
            .collect();
        context.print_json(&json!({ "schema": 1, "years": years }));
        return Ok(exit::DONE);
    }
    let lines: Vec<String> = years
        .iter()
        .map(|year| {
            let source =
                calendar.source(*year).unwrap_or_else(|| context.word("（暂定）", "(provisional)"));
            format!("{year}　{source}")
        })
        .collect();
    context.print(&lines.join("\n"));
    Ok(exit::DONE)
}

/// Reads a year's file; its year and its text.
fn read(file: &Path) -> Result<(i16, String), RuntimeError> {
    let fail = |source| RuntimeError::Home { path: file.to_owned(), source };
    if std::fs::metadata(file).map_err(fail)?.len() > LIMIT_BYTES {
        return Err(RuntimeError::asked(
            Text::new("文件太大，不是节假日数据", "the file is too large for holidays"),
            Text::new("用 holiday-cn 的年份文件", "use a year's file of holiday-cn"),
        ));
    }
    let text = std::fs::read_to_string(file).map_err(fail)?;
    let shown = file.display().to_string();
    let mut read = Calendar::default();
    read.add(&shown, &text).map_err(|error| {
        let said = error.to_string();
        RuntimeError::asked(
            crate::text!("{shown} 不是节假日数据：{said}", "{shown} is no holiday file: {said}"),
            Text::new(
                "用 holiday-cn 的年份文件，例如 2027.json",
                "use a year's file of holiday-cn, such as 2027.json",
            ),
        )
    })?;
    match read.years().next() {
        Some(year) => Ok((year, text)),
        None => Err(RuntimeError::Ours("a holiday file without a year was read".into())),
    }
}

/// Keeps the file beside the settings, where it stands in place of the program's own, and shows
/// which open dates it changes.
fn import(file: &Path, context: &Context) -> Result<u8, RuntimeError> {
    let (year, text) = read(file)?;
    let mut runtime = context.runtime(None)?;
    let open: Vec<_> =
        runtime.store.cases()?.into_iter().filter(|row| row.closed_at.is_none()).collect();
    let mut before = Vec::new();
    for row in &open {
        before.push(runtime.planned(&row.id)?);
    }
    let folder = runtime.home.config().join("workflows/cn/holidays");
    std::fs::create_dir_all(&folder)
        .map_err(|source| RuntimeError::Home { path: folder.clone(), source })?;
    let path = folder.join(format!("{year}.json"));
    write_private(&path, text.as_bytes())
        .map_err(|source| RuntimeError::Home { path: path.clone(), source })?;
    let mut runtime = context.runtime(None)?;
    let mut changes = Vec::new();
    for (row, (desk, was)) in open.iter().zip(&before) {
        let (_, now) = runtime.planned(&row.id)?;
        let lines = report::changed_dates(was, &now, desk, context);
        if !lines.is_empty() {
            runtime.store.wake_all(runtime.clock.now())?;
        }
        changes.push((row.id.to_string(), lines));
    }
    if context.json {
        let cases: Vec<Value> =
            changes.iter().map(|(case, lines)| json!({ "case": case, "dates": lines })).collect();
        context.print_json(&json!({ "schema": 1, "year": year, "cases": cases }));
        return Ok(exit::DONE);
    }
    let path = path.display();
    let mut out = format!(
        "{}\n",
        context.say(&crate::text!("{year} 年已导入：{path}", "{year} taken in: {path}"))
    );
    for (case, lines) in &changes {
        for line in lines {
            out.push_str(&format!("{case}　{line}\n"));
        }
    }
    if changes.iter().all(|(_, lines)| lines.is_empty()) {
        out.push_str(context.word("没有日期因此改变。\n", "No date changes by it.\n"));
    }
    context.print(&out);
    Ok(exit::DONE)
}
