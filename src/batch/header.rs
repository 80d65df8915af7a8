//! Finding the row of names in a sheet, and which column each name means.

use std::collections::BTreeMap;

use crate::batch::catalogue::{CATALOGUE, Entry, IGNORED, Place};
use crate::batch::finding::{Finding, Rule, Spot};
use crate::batch::grid::{Row, Sheet};
use crate::domain::lang::Text;
use crate::domain::names;

/// How many rows are searched for the names.
const SEARCHED_ROWS: usize = 20;

/// Two names may be a coincidence in a text; three are a table.
const LEAST_NAMES: usize = 3;

/// A cell of the row that explains the columns begins with it.
pub const HELP_MARK: &str = "说明：";

/// How many cells of a row are searched for that mark: a report adds two columns in front.
const HELP_CELLS: usize = 4;

/// What a sheet's columns are.
#[derive(Clone, Debug)]
pub struct Header {
    /// The sheet, counted from 0.
    pub sheet: usize,
    /// Where the names stand among the sheet's rows.
    pub row: usize,
    /// The columns that are known, in the order of the sheet.
    pub columns: Vec<(usize, &'static Entry)>,
}

impl Header {
    /// Returns the column of a path.
    pub fn column(&self, path: &str) -> Option<usize> {
        self.columns.iter().find(|(_, entry)| entry.path == path).map(|(column, _)| *column)
    }

    /// Returns how many columns are of that place.
    pub fn count(&self, place: Place) -> usize {
        self.columns.iter().filter(|(_, entry)| entry.place == place).count()
    }
}

/// Finds the row of names of a sheet; none when it has no such row.
pub fn find(index: usize, sheet: &Sheet) -> Option<Header> {
    let names = known_names();
    let mut best: Option<Header> = None;
    for (row, found) in sheet.rows.iter().enumerate().take(SEARCHED_ROWS) {
        let mut columns: Vec<(usize, &'static Entry)> = Vec::new();
        for (column, cell) in found.cells.iter().enumerate() {
            let Some(entry) = names.get(&key(&cell.text)) else { continue };
            if !columns.iter().any(|(_, known)| known.path == entry.path) {
                columns.push((column, *entry));
            }
        }
        let more = best.as_ref().is_none_or(|best| best.columns.len() < columns.len());
        if more && columns.len() >= LEAST_NAMES {
            best = Some(Header { sheet: index, row, columns });
        }
    }
    best
}

/// Returns what is wrong with the names themselves.
pub fn inspect(header: &Header, sheet: &Sheet) -> Vec<Finding> {
    let names = known_names();
    let row = &sheet.rows[header.row];
    let mut findings = Vec::new();
    for (column, cell) in row.cells.iter().enumerate() {
        let name = key(&cell.text);
        let is_used = header.columns.iter().any(|(used, _)| *used == column);
        if name.is_empty() || is_used || IGNORED.iter().any(|ignored| *ignored == name) {
            continue;
        }
        let spot = Spot { sheet: header.sheet, line: row.line, column: Some(column) };
        let shown = &cell.text;
        let mut finding = if names.contains_key(&name) {
            Finding::error(
                Rule::RepeatedColumn,
                spot,
                crate::text!("列 {shown} 出现了两次", "the column {shown} is there twice"),
                Text::new("留下一列，删掉另一列", "keep one and delete the other"),
            )
        } else {
            Finding::warning(
                Rule::UnknownColumn,
                spot,
                crate::text!(
                    "不认识的列 {shown}，没有读",
                    "the column {shown} is not known and was not read"
                ),
                nearest(&name),
            )
        };
        finding.header.clone_from(shown);
        findings.push(finding);
    }
    findings
}

fn nearest(name: &str) -> Text {
    let titles = CATALOGUE.iter().map(|entry| entry.zh);
    match names::nearest(name, titles) {
        Some(near) => crate::text!("是不是 {near}？", "did you mean {near}?"),
        None => Text::new(
            "不需要就不用管；需要的话改成 batch template 里的列名",
            "ignore it, or use a name of the form that batch template writes",
        ),
    }
}

/// Returns true for the row of a form that explains its columns.
pub fn explains(row: &Row) -> bool {
    row.cells.iter().take(HELP_CELLS).any(|cell| cell.text.starts_with(HELP_MARK))
}

/// Every name by its key.
fn known_names() -> BTreeMap<String, &'static Entry> {
    let mut names = BTreeMap::new();
    for entry in &CATALOGUE {
        for name in [entry.zh, entry.en].into_iter().chain(entry.aliases.iter().copied()) {
            names.entry(key(name)).or_insert(entry);
        }
    }
    names
}

/// A name without blanks, signs and what stands in brackets behind it.
pub(super) fn key(name: &str) -> String {
    let end = name.find(['(', '（', '【', '[']).unwrap_or(name.len());
    let plain = if end == 0 { name } else { &name[..end] };
    plain
        .chars()
        .map(half_width)
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Returns the half-width form of a full-width letter, digit or sign.
pub fn half_width(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        '\u{3000}' => ' ',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_means_two_columns() {
        let mut seen: BTreeMap<String, &str> = BTreeMap::new();
        for entry in &CATALOGUE {
            let mut own: Vec<String> = [entry.zh, entry.en]
                .into_iter()
                .chain(entry.aliases.iter().copied())
                .map(key)
                .collect();
            own.sort();
            own.dedup();
            for name in own {
                assert_eq!(seen.insert(name.clone(), entry.path), None, "{name}");
            }
        }
    }

    #[test]
    fn names_are_known_however_they_are_written() {
        assert_eq!(key(" 金 额（元）*"), "金额");
        assert_eq!(key("Ｅ－mail"), "email");
    }
}
