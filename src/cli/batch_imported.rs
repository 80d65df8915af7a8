//! What an import did and did not do, for the screen and as JSON.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::batch::catalogue::CATALOGUE;
use crate::batch::merge::{Change, Fate};
use crate::cli::context::Context;
use crate::domain::lang::Text;
use crate::domain::money::Money;

/// What an import did.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Clients in the workbook.
    pub rows: usize,
    /// Those without errors.
    pub good: usize,
    /// Where the report of the check lies.
    pub report: PathBuf,
    /// Where the rows lie that were not taken.
    pub retry: Option<PathBuf>,
    /// The pattern of numbers that was asked for in the command, and must be asked for again.
    pub pattern: Option<String>,
    /// Numbers that are new.
    pub written: Vec<String>,
    /// Numbers that are there and the same.
    pub kept: Vec<String>,
    /// Numbers whose case file could not be read and was made anew.
    pub repaired: Vec<String>,
    /// Rows that changed since they were imported.
    pub changed: Vec<Row>,
    /// Rows that were not taken.
    pub refused: Vec<Refused>,
}

/// A row that changed since it was imported.
#[derive(Debug)]
pub struct Row {
    /// Its number.
    pub number: String,
    /// What differs.
    pub changes: Vec<Change>,
    /// What could be taken was written into the case file.
    pub written: bool,
}

/// A row that was not taken.
#[derive(Debug)]
pub struct Refused {
    /// Its number.
    pub number: String,
    /// Why.
    pub message: Text,
}

impl Outcome {
    /// Returns how many values a person must settle.
    pub fn conflicts(&self) -> usize {
        let all = self.changed.iter().flat_map(|row| &row.changes);
        all.filter(|change| change.fate == Fate::Conflict).count()
    }
}

/// Prints it.
pub fn show(outcome: &Outcome, into: &Path, amend: bool, context: &Context) {
    if context.json {
        context.print_json(&as_json(outcome, context));
    } else {
        context.print(&as_text(outcome, into, amend, context));
    }
}

fn as_json(outcome: &Outcome, context: &Context) -> Value {
    let row =
        |row: &Row| json!({ "number": row.number, "amended": row.written, "changes": row.changes });
    let refused =
        |one: &Refused| json!({ "number": one.number, "message": context.say(&one.message) });
    json!({
        "schema": 1,
        "rows": outcome.rows,
        "good": outcome.good,
        "written": outcome.written,
        "kept": outcome.kept,
        "repaired": outcome.repaired,
        "changed": outcome.changed.iter().map(row).collect::<Vec<_>>(),
        "refused": outcome.refused.iter().map(refused).collect::<Vec<_>>(),
        "report": outcome.report.display().to_string(),
        "retry": outcome.retry.as_ref().map(|path| path.display().to_string()),
    })
}

fn as_text(outcome: &Outcome, into: &Path, amend: bool, context: &Context) -> String {
    let mut out = String::new();
    let mut say = |text: &Text| {
        let _ = writeln!(out, "{}", context.say(text));
    };
    let (new, same, changed) = (outcome.written.len(), outcome.kept.len(), outcome.changed.len());
    let shown = into.display();
    say(&crate::text!(
        "在 {shown} 里新建了 {new} 个案件文件夹；{same} 个已经有了，内容没变；{changed} 个和表格不一样。",
        "{new} case folders made in {shown}; {same} were there and are the same; {changed} differ from the workbook."
    ));
    for row in &outcome.changed {
        let number = &row.number;
        say(&Text::same(number.clone()));
        for change in &row.changes {
            say(&said(change, row.written));
        }
    }
    for number in &outcome.repaired {
        say(&crate::text!(
            "{number}　案件文件读不懂，已按表格重写；原来的存为 case.toml.broken",
            "{number}  its case file could not be read and was written anew; the old one is case.toml.broken"
        ));
    }
    for Refused { number, message } in &outcome.refused {
        let (zh, en) = (&message.zh, &message.en);
        say(&crate::text!("✗ {number}　{zh}", "✗ {number}  {en}"));
    }
    let takes = outcome.changed.iter().flat_map(|row| &row.changes);
    if !amend && takes.clone().any(|change| change.fate == Fate::Take) {
        say(&Text::new(
            "还没有写进案件文件：确认无误后再运行一次，加上 --amend",
            "nothing was written into the case files yet: run it again with --amend",
        ));
    }
    if outcome.changed.iter().any(|row| row.written) {
        say(&Text::new(
            "已经打开的案件，要再运行一次 start 才按新的内容办",
            "for cases that are open already, run start once more",
        ));
    }
    if let Some(retry) = &outcome.retry {
        let (bad, retry) = (outcome.rows - outcome.good + outcome.refused.len(), retry.display());
        let pattern = outcome.pattern.as_ref().map(|text| format!(" --number '{text}'"));
        let pattern = pattern.unwrap_or_default();
        say(&crate::text!(
            "没有导入的 {bad} 位在 {retry}，最后一列是原因；改好后：appeal-daemon batch import {retry} --into {shown}{pattern}",
            "{bad} were not taken and stand in {retry} with the reason in the last column; once corrected: appeal-daemon batch import {retry} --into {shown}{pattern}"
        ));
    }
    if new > 0 {
        say(&crate::text!(
            "还没有打开任何案件。整批写好材料（不发送）：appeal-daemon batch run {shown}",
            "No case is open yet. To prepare all (sends nothing): appeal-daemon batch run {shown}"
        ));
    }
    out
}

fn said(change: &Change, written: bool) -> Text {
    let (zh, en) = title(&change.path);
    let [was, now, file] = [&change.was, &change.now, &change.file]
        .map(|value| value_of(value.as_ref(), &change.path));
    match change.fate {
        Fate::Take if written => {
            crate::text!("  {zh}：{was} → {now}（已写入）", "  {en}: {was} → {now} (written)")
        }
        Fate::Take => crate::text!("  {zh}：{was} → {now}", "  {en}: {was} → {now}"),
        Fate::Conflict => crate::text!(
            "  冲突　{zh}：导入时 {was}，表格现在 {now}，案件文件里已被改成 {file}；没有动，请改成一致",
            "  conflict  {en}: imported {was}, the workbook now has {now}, the case file was changed to {file}; left as it is, make them agree"
        ),
    }
}

/// A path with the name of its column.
fn title(path: &str) -> (String, String) {
    let (plain, number) = match path.strip_prefix("losses[").and_then(|rest| rest.split_once(']')) {
        Some((index, rest)) => {
            (rest.trim_start_matches('.'), index.parse::<usize>().ok().map(|index| index + 1))
        }
        None => (path, None),
    };
    let entry = CATALOGUE.iter().find(|entry| entry.path == plain);
    let (zh, en) = match (plain, entry) {
        (_, Some(entry)) => (entry.zh, entry.en),
        ("losses", None) => ("交易", "transactions"),
        (plain, None) => (plain, plain),
    };
    match number {
        Some(number) => (format!("第 {number} 笔{zh}"), format!("transaction {number}: {en}")),
        None => (zh.to_owned(), en.to_owned()),
    }
}

fn value_of(value: Option<&Value>, path: &str) -> Text {
    let is_money = ["amount", "refunded", "balance"].iter().any(|name| path.ends_with(name));
    match value {
        None | Some(Value::Null) => Text::new("（空）", "(empty)"),
        Some(Value::String(text)) => Text::same(text.clone()),
        Some(Value::Number(fen)) if is_money => {
            Text::same(Money::from_fen(fen.as_i64().unwrap_or_default()).grouped())
        }
        Some(Value::Array(items)) if items.iter().any(Value::is_object) => {
            let count = items.len();
            crate::text!("{count} 笔", "{count} of them")
        }
        Some(Value::Bool(value)) => {
            if *value {
                Text::new("是", "yes")
            } else {
                Text::new("否", "no")
            }
        }
        Some(other) => Text::same(other.to_string()),
    }
}
