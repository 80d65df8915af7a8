//! The rows that could not be taken in or worked on, as a text table that can be corrected and
//! given to the check again: the input's own columns, transactions beside their client, and behind
//! them what was wrong, which the check does not read.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::batch::catalogue::{
    ADDRESSES_CONFIRMED, Entry, FILES, NUMBER, Place, RECIPIENTS, TOTAL,
};
use crate::batch::column::Columns;
use crate::batch::finding::Finding;
use crate::batch::folder;
use crate::batch::grid::Row;
use crate::batch::header::{self, Header};
use crate::batch::intake::{Client, Intake};
use crate::domain::case::Case;
use crate::domain::lang::Lang;
use crate::domain::spreadsheet::harmless;

/// The name of the last column; the check knows it and does not read it.
const PROBLEM: &str = "问题";

/// The name of a report's first column, which is left out like the last one.
const STATUS: &str = "状态";

/// So many digits in a row are written as text, lest a spreadsheet rounds them.
const LONG_DIGITS: usize = 12;

/// Names the workflow, as a workbook does, so that the table needs no other word.
const WORKFLOW: &str = "流程编号";

/// Returns the rows of an intake that were not taken in; none when there is none. `refused` are
/// clients without errors that were not imported, by the line of their first row, with the reason.
pub fn of_intake(
    intake: &Intake,
    columns: &Columns,
    refused: &BTreeMap<u32, String>,
    lang: Lang,
) -> Option<Vec<u8>> {
    let rows = Rows::new(intake, lang)?;
    let mut table = Table::new(columns, rows.heads());
    let mut used = BTreeSet::new();
    for client in &intake.clients {
        let refusal = refused.get(&client.spot.line);
        if client.case.is_none() || refusal.is_some() {
            rows.client(client, refusal.map_or("", String::as_str), &mut used, &mut table);
        }
    }
    rows.orphans(&mut table);
    table.bytes()
}

/// Where the rows of an intake stand.
struct Rows<'a> {
    clients: &'a Header,
    lines: Option<&'a Header>,
    /// The columns of the clients' sheet that are kept.
    own: Vec<(usize, &'a str)>,
    /// The columns of the transactions' sheet.
    of_lines: Vec<(usize, &'a str)>,
    /// The rows of clients, by line.
    firsts: BTreeMap<u32, &'a Row>,
    /// The rows that may be transactions, by the number they name.
    further: BTreeMap<&'a str, Vec<&'a Row>>,
    /// What is wrong, by sheet and line.
    problems: BTreeMap<(usize, u32), String>,
    /// The lines of transactions that are nobody's.
    orphans: Vec<&'a Row>,
}

impl<'a> Rows<'a> {
    fn new(intake: &'a Intake, lang: Lang) -> Option<Self> {
        let clients = intake.headers.first()?;
        let lines = intake.headers.get(1);
        let sheet = |header: &Header| -> &'a [Row] { &intake.sheets[header.sheet].rows };
        let below = |header: &Header| {
            let rows = sheet(header).iter().skip(header.row + 1);
            rows.filter(|row| !header::explains(row)).collect::<Vec<&'a Row>>()
        };
        let mut problems: BTreeMap<(usize, u32), String> = BTreeMap::new();
        let mut nobodys = BTreeSet::new();
        for finding in intake.findings.iter().filter(|finding| finding.is_error()) {
            let at = (finding.spot.sheet, finding.spot.line);
            let said = problems.entry(at).or_default();
            if !said.is_empty() {
                said.push('\n');
            }
            said.push_str(&told(finding, lang));
            if finding.client.is_none() {
                nobodys.insert(at);
            }
        }
        // Without a sheet of transactions, a row that begins no client adds one to it.
        let firsts: BTreeSet<u32> = intake.clients.iter().map(|client| client.spot.line).collect();
        let source = lines.unwrap_or(clients);
        let mut further: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
        for row in
            below(source).into_iter().filter(|row| lines.is_some() || !firsts.contains(&row.line))
        {
            let number = source.column(NUMBER).map_or("", |column| row.text(column));
            further.entry(number).or_default().push(row);
        }
        let orphans = lines.map(|header| {
            let rows = below(header).into_iter();
            rows.filter(|row| nobodys.contains(&(header.sheet, row.line))).collect()
        });
        let mut of_lines = Vec::new();
        if let Some(header) = lines {
            let titles = &sheet(header)[header.row];
            let named = header.columns.iter().filter(|(_, entry)| entry.place == Place::Line);
            of_lines.extend(named.map(|(index, _)| (*index, titles.text(*index))));
        }
        let own = own(clients, lines.is_some(), &sheet(clients)[clients.row]);
        let firsts = below(clients).into_iter().map(|row| (row.line, row)).collect();
        let orphans = orphans.unwrap_or_default();
        Some(Self { clients, lines, own, of_lines, firsts, further, problems, orphans })
    }

    fn heads(&self) -> Vec<String> {
        self.own.iter().chain(&self.of_lines).map(|(_, name)| (*name).to_owned()).collect()
    }

    fn problem(&self, header: &Header, line: u32) -> &str {
        self.problems.get(&(header.sheet, line)).map_or("", String::as_str)
    }

    fn client(&self, client: &Client, refusal: &str, used: &mut BTreeSet<u32>, table: &mut Table) {
        let Some(first) = self.firsts.get(&client.spot.line) else { return };
        let number = self.clients.column(NUMBER).map_or("", |column| first.text(column));
        let further = self.further.get(number).filter(|_| !number.is_empty());
        let further = further.into_iter().flatten().filter(|row| used.insert(row.line));
        let problem = format!("{}\n{refusal}", self.problem(self.clients, first.line));
        let own = cells(first, &self.own);
        let Some(header) = self.lines else {
            table.row(own, problem.trim());
            for row in further {
                table.row(cells(row, &self.own), self.problem(self.clients, row.line));
            }
            return;
        };
        let lines: Vec<&&Row> = further.collect();
        if lines.is_empty() {
            let blank = vec![String::new(); self.of_lines.len()];
            table.row([own, blank].concat(), problem.trim());
            return;
        }
        for (place, row) in lines.into_iter().enumerate() {
            let of_line = self.problem(header, row.line);
            let both = format!("{problem}\n{of_line}");
            let said = if place == 0 { both.trim() } else { of_line };
            table.row([own.clone(), cells(row, &self.of_lines)].concat(), said);
        }
    }

    /// Transactions that are nobody's: what is known of their client is the number they name.
    fn orphans(&self, table: &mut Table) {
        let Some(header) = self.lines else { return };
        for row in &self.orphans {
            let number = header.column(NUMBER).map_or("", |column| row.text(column));
            let own = self.own.iter().map(|(index, _)| {
                let is_number = self.clients.column(NUMBER) == Some(*index);
                if is_number { number.to_owned() } else { String::new() }
            });
            let all = own.chain(cells(row, &self.of_lines)).collect();
            table.row(all, self.problem(header, row.line));
        }
    }
}

/// Where transactions have a sheet of their own, what stands of them beside a client is not read.
fn own<'a>(header: &Header, has_lines: bool, names: &'a Row) -> Vec<(usize, &'a str)> {
    let kept = |index: usize| {
        let entry = header.columns.iter().find(|(at, _)| *at == index);
        !has_lines || entry.is_none_or(|(_, entry)| entry.place == Place::Client)
    };
    let names = names.cells.iter().map(|cell| cell.text.as_str()).enumerate();
    names
        .filter(|(_, name)| !name.is_empty() && *name != PROBLEM && *name != STATUS)
        .filter(|(index, _)| kept(*index))
        .collect()
}

fn told(finding: &Finding, lang: Lang) -> String {
    let (message, hint) = (finding.message.get(lang), finding.hint.get(lang));
    match finding.header.as_str() {
        "" => format!("{message}。{hint}"),
        header => format!("{header}：{message}。{hint}"),
    }
}

fn cells(row: &Row, columns: &[(usize, &str)]) -> Vec<String> {
    columns.iter().map(|(index, _)| row.text(*index).to_owned()).collect()
}

/// Returns clients that were taken in as rows again, each with what went wrong; none when there is
/// none.
pub fn of_cases(failed: &[(Case, String)], columns: &Columns) -> Option<Vec<u8>> {
    let all: Vec<&Entry> = columns.all.iter().map(|column| column.entry).collect();
    let snapshots: Vec<Value> = failed.iter().map(|(case, _)| written(case)).collect();
    let used = |entry: &&&Entry| {
        entry.path == NUMBER
            || snapshots
                .iter()
                .any(|case| lines(case).iter().any(|line| said(case, line, entry).is_some()))
    };
    let used: Vec<&Entry> = all.iter().filter(used).copied().collect();
    let heads = used.iter().map(|entry| entry.zh.to_owned()).collect();
    let mut table = Table::new(columns, heads);
    for ((_, problem), case) in failed.iter().zip(&snapshots) {
        for (place, line) in lines(case).iter().enumerate() {
            let cells = used.iter().map(|entry| said(case, line, entry).unwrap_or_default());
            table.row(cells.collect(), if place == 0 { problem } else { "" });
        }
    }
    table.bytes()
}

fn written(case: &Case) -> Value {
    let mut snapshot = case.snapshot();
    folder::as_written(&mut snapshot, case);
    snapshot
}

/// The transactions of a case; one of nothing where there is none, so that the client has a row.
fn lines(case: &Value) -> Vec<Value> {
    let lines = case["losses"].as_array().filter(|lines| !lines.is_empty());
    lines.cloned().unwrap_or_else(|| vec![Value::Null])
}

fn said(case: &Value, line: &Value, entry: &Entry) -> Option<String> {
    let mut path = match (entry.place, entry.path) {
        (_, TOTAL | FILES) => return None,
        (_, ADDRESSES_CONFIRMED) => {
            let all = case[RECIPIENTS].as_object()?;
            return all.values().all(|one| one["confirmed"] == true).then(|| "是".to_owned());
        }
        (_, path) => path.split('.'),
    };
    let start = if entry.place == Place::Line { line } else { case };
    let found = path.try_fold(start, |value, name| value.get(name))?;
    match found {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Bool(value) => Some(if *value { "是" } else { "否" }.to_owned()),
        Value::Array(items) => {
            let items: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            (!items.is_empty()).then(|| items.join("、"))
        }
        other => Some(other.to_string()),
    }
}

/// A text table for a spreadsheet.
struct Table {
    text: String,
    rows: usize,
}

impl Table {
    fn new(columns: &Columns, heads: Vec<String>) -> Self {
        let mut table = Self { text: String::from("\u{feff}"), rows: 0 };
        table.record([WORKFLOW.to_owned(), columns.workflow.clone()].into_iter());
        table.record(heads.into_iter().chain([PROBLEM.to_owned()]));
        table
    }

    fn row(&mut self, cells: Vec<String>, problem: &str) {
        self.rows += 1;
        self.record(cells.into_iter().chain([problem.to_owned()]));
    }

    fn record(&mut self, cells: impl Iterator<Item = String>) {
        let cells: Vec<String> = cells.map(|cell| quoted(&kept_as_text(&cell))).collect();
        self.text.push_str(&cells.join(","));
        self.text.push_str("\r\n");
    }

    fn bytes(self) -> Option<Vec<u8>> {
        (self.rows > 0).then(|| self.text.into_bytes())
    }
}

/// A spreadsheet rounds what is a long number, too. The check takes the apostrophe away again.
fn kept_as_text(text: &str) -> Cow<'_, str> {
    let is_long = text.len() >= LONG_DIGITS && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_long { Cow::Owned(format!("'{text}")) } else { harmless(text) }
}

/// Quotes more than a comma asks for: the check guesses the delimiter from what stands bare.
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r', ';', '\t']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
