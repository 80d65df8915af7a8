//! `batch tickets` and `batch waybills`: many numbers that came back, from one table. Each row is
//! taken or says why not; a second import changes nothing.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use crate::batch::records::{self, Field, Record, TICKETS, WAYBILLS};
use crate::cli::args::BatchReturns;
use crate::cli::context::Context;
use crate::cli::exit;
use crate::cli::show;
use crate::domain::lang::Text;
use crate::runtime::error::RuntimeError;
use crate::runtime::firm::returns::{Returned, Taken, Way};

/// What became of one row.
struct Row {
    line: u32,
    number: String,
    taken: Result<Taken, RuntimeError>,
}

/// Takes the ticket numbers that clients brought back.
pub fn tickets(arguments: &BatchReturns, context: &Context) -> Result<u8, RuntimeError> {
    take(arguments, &TICKETS, Way::Own, context)
}

/// Takes waybills, and when each was delivered.
pub fn waybills(arguments: &BatchReturns, context: &Context) -> Result<u8, RuntimeError> {
    take(arguments, &WAYBILLS, Way::Post, context)
}

fn take(
    arguments: &BatchReturns,
    fields: &[Field],
    way: Way,
    context: &Context,
) -> Result<u8, RuntimeError> {
    let records = table(&arguments.file, fields)?;
    let mut runtime = context.runtime(arguments.at.as_deref())?;
    let mut rows = Vec::new();
    for record in &records {
        let taken =
            returned(record, fields).and_then(|returned| runtime.take_returned(&returned, way));
        let number = record.get("number").unwrap_or_default().to_owned();
        rows.push(Row { line: record.line, number, taken });
    }
    if context.json {
        context.print_json(&as_json(&rows, context));
    } else {
        context.print(&as_text(&rows, context));
    }
    let is_clean = rows.iter().all(|row| row.taken.is_ok());
    Ok(if is_clean { exit::DONE } else { exit::INPUT })
}

/// Reads a table that came back.
pub fn table(path: &Path, fields: &[Field]) -> Result<Vec<Record>, RuntimeError> {
    let bytes = std::fs::read(path)
        .map_err(|source| RuntimeError::Home { path: path.to_owned(), source })?;
    records::read(&bytes, fields).map_err(|error| {
        let (message, hint) = error.explain();
        RuntimeError::asked(message, hint)
    })
}

fn returned(record: &Record, fields: &[Field]) -> Result<Returned, RuntimeError> {
    let absent = fields.iter().find(|field| field.required && record.get(field.name).is_none());
    if let Some(field) = absent {
        let title = field.titles[0];
        return Err(RuntimeError::asked(
            crate::text!("{title} 没有填", "{title} is empty"),
            Text::new("补上后再导入一次", "fill it in and import again"),
        ));
    }
    let text = |name: &str| record.get(name).map(str::to_owned);
    Ok(Returned {
        matter: text("number").unwrap_or_default(),
        step: text("step"),
        value: text("value").unwrap_or_default(),
        at: text("at").unwrap_or_default(),
        signed: text("signed"),
        by: text("by"),
    })
}

fn counts(rows: &[Row]) -> (usize, usize, usize) {
    let new = rows.iter().filter(|row| row.taken.as_ref().is_ok_and(|taken| taken.is_new)).count();
    let failed = rows.iter().filter(|row| row.taken.is_err()).count();
    (new, rows.len() - new - failed, failed)
}

fn as_json(rows: &[Row], context: &Context) -> Value {
    let (new, known, failed) = counts(rows);
    let one = |row: &Row| match &row.taken {
        Ok(taken) => {
            json!({ "row": row.line, "case": row.number, "step": taken.step, "new": taken.is_new })
        }
        Err(error) => {
            let (message, hint) = show::explain(error);
            json!({
                "row": row.line,
                "case": row.number,
                "message": message.get(context.lang),
                "hint": hint.get(context.lang),
            })
        }
    };
    let rows: Vec<Value> = rows.iter().map(one).collect();
    json!({ "schema": 1, "new": new, "known": known, "failed": failed, "rows": rows })
}

fn as_text(rows: &[Row], context: &Context) -> String {
    let mut out = String::new();
    for row in rows {
        let Err(error) = &row.taken else { continue };
        let (message, hint) = show::explain(error);
        let (line, number) = (row.line, &row.number);
        let (message, hint) = (context.say(&message).to_owned(), context.say(&hint).to_owned());
        let head = crate::text!("✗ 第 {line} 行　{number}", "✗ row {line}  {number}");
        let _ = writeln!(out, "{}　{message}\n  → {hint}", context.say(&head));
    }
    let (new, known, failed) = counts(rows);
    let said = crate::text!(
        "新记 {new} 条，{known} 条以前就有，{failed} 条没有记。",
        "{new} written down, {known} were known, {failed} were not taken."
    );
    let _ = writeln!(out, "{}", context.say(&said));
    if new > 0 {
        let next = Text::new(
            "接下来的材料由程序准备：appeal-daemon run --once",
            "what comes next is prepared by: appeal-daemon run --once",
        );
        let _ = writeln!(out, "{}", context.say(&next));
    }
    out
}
