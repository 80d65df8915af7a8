//! Finds the table in a stream of rows and turns its rows into lines. The table is found by the
//! names of its columns; what stands above and below is read as the export's own words.

use std::collections::BTreeSet;

use crate::bills::assemble::{Assembler, NoLine};
use crate::bills::cell;
use crate::bills::draft::locate::Rows;
use crate::bills::error::{BillError, Limit};
use crate::bills::general;
use crate::bills::layout::{self, Bound, Role};
use crate::bills::limits::{HEADER_ROWS, LISTED_SKIPS, ROWS, SAMPLED_ROWS};
use crate::bills::line::{Line, Outcome, Place};
use crate::bills::mapping::ColumnMap;
use crate::bills::preamble::Preamble;
use crate::domain::lang::Text;

/// No known table has fewer columns.
const LEAST_NAMES: usize = 4;

/// A row that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skip {
    /// Its line in the file, from 1.
    pub line: u32,
    /// Why.
    pub reason: Text,
}

/// Collects what one file holds.
#[derive(Debug)]
pub struct Collector<'a> {
    map: Option<&'a ColumnMap>,
    file: u32,
    searched: usize,
    bound: Option<Bound>,
    /// The names of the first table's columns, or of what looks like them.
    pub names: Option<csv::StringRecord>,
    assembler: Assembler,
    /// The layout of the first table.
    pub first: Option<Bound>,
    /// The lines so far.
    pub lines: Vec<Line>,
    /// The first rows left out.
    pub skips: Vec<Skip>,
    /// All rows left out.
    pub skipped: usize,
    /// What the export says about itself.
    pub preamble: Preamble,
    /// States this program does not know.
    pub unknown_states: BTreeSet<String>,
    /// True when a cell held a line break and then a new row: the quotes are broken.
    pub swallowed: bool,
    /// True when the last row of the table had fewer cells than the table has columns.
    pub last_row_short: bool,
    bookkeeping: bool,
    sampled: Option<Vec<Rows>>,
}

impl<'a> Collector<'a> {
    /// Starts collecting for the file with this number.
    pub fn new(file: u32, map: Option<&'a ColumnMap>) -> Self {
        Self {
            map,
            file,
            searched: 0,
            bound: None,
            names: None,
            assembler: Assembler::default(),
            first: None,
            lines: Vec::new(),
            skips: Vec::new(),
            skipped: 0,
            preamble: Preamble::default(),
            unknown_states: BTreeSet::new(),
            swallowed: false,
            last_row_short: false,
            bookkeeping: false,
            sampled: None,
        }
    }

    /// Starts collecting the first rows of every table as they stand, and reads nothing of them.
    pub fn sampling() -> Self {
        Self { sampled: Some(vec![Rows::new()]), ..Self::new(0, None) }
    }

    /// Returns true when rows are only sampled.
    pub fn is_sampling(&self) -> bool {
        self.sampled.is_some()
    }

    /// Returns the rows sampled.
    pub fn into_samples(self) -> Vec<Rows> {
        self.sampled.unwrap_or_default()
    }

    /// Returns how much was collected, to compare two attempts at one file.
    pub fn collected(&self) -> usize {
        let sampled = self.sampled.iter().flatten().map(Vec::len).sum::<usize>();
        sampled + self.lines.len()
    }

    /// Begins a new table, such as the next sheet of a workbook.
    pub fn next_table(&mut self) {
        self.bound = None;
        self.searched = 0;
        if let Some(tables) = &mut self.sampled {
            tables.push(Rows::new());
        }
    }

    /// Takes one row; `line` counts from 1.
    pub fn row(&mut self, line: u32, row: &csv::StringRecord) -> Result<(), BillError> {
        self.swallowed |= swallowed_a_row(row);
        if let Some(rows) = self.sampled.as_mut().and_then(|tables| tables.last_mut()) {
            if rows.len() < SAMPLED_ROWS {
                rows.push((line, row.clone()));
            }
            return Ok(());
        }
        if self.bound.is_none() {
            return self.search(line, row);
        }
        self.read(line, row)
    }

    fn search(&mut self, line: u32, row: &csv::StringRecord) -> Result<(), BillError> {
        if self.searched >= HEADER_ROWS {
            return Ok(());
        }
        self.searched += 1;
        if let Some(map) = self.map {
            if let Some(bound) = map.bind(row) {
                self.begin(bound, row);
                return if map.is_nameless() { self.read(line, row) } else { Ok(()) };
            }
        } else if let Some(bound) = layout::recognise(row).or_else(|| general::guess(row)) {
            self.begin(bound, row);
            return Ok(());
        }
        self.bookkeeping |= layout::is_bookkeeping(row);
        if self.names.is_none() && layout::looks_like_names(row) {
            self.names = Some(row.clone());
        }
        self.preamble.take(row);
        Ok(())
    }

    fn begin(&mut self, bound: Bound, names: &csv::StringRecord) {
        if self.first.is_none() {
            self.names = Some(names.clone());
        }
        self.assembler.statement = self.preamble.statement;
        self.first.get_or_insert_with(|| bound.clone());
        self.bound = Some(bound);
    }

    /// Returns true when no table was found within the rows searched, or enough rows are sampled.
    pub fn gave_up(&self) -> bool {
        match self.sampled.as_ref().and_then(|tables| tables.last()) {
            Some(rows) => rows.len() >= SAMPLED_ROWS,
            None => self.bound.is_none() && self.searched >= HEADER_ROWS,
        }
    }

    fn read(&mut self, line: u32, row: &csv::StringRecord) -> Result<(), BillError> {
        let Some(bound) = &self.bound else { return Ok(()) };
        self.last_row_short = row.len() < bound.width;
        match self.assembler.line(bound, row, Place { file: self.file, line }) {
            Ok(found) => {
                if self.lines.len() >= ROWS {
                    return Err(BillError::Limit(Limit::Rows));
                }
                if found.outcome == Outcome::Unknown && self.unknown_states.len() < LISTED_SKIPS {
                    self.unknown_states.insert(found.status().to_owned());
                }
                self.lines.push(found);
                Ok(())
            }
            Err(NoLine::Time) => {
                self.outside(line, row);
                Ok(())
            }
            Err(reason) => {
                self.skip(line, || reason.text());
                Ok(())
            }
        }
    }

    /// A row without a time: names again, a footer, or a row to report.
    fn outside(&mut self, line: u32, row: &csv::StringRecord) {
        self.last_row_short = false;
        let filled = row.iter().filter(|cell| !cell::tidy(cell).is_empty()).count();
        if filled == 0 || self.preamble.take(row) {
            return;
        }
        if self.map.is_none()
            && filled >= LEAST_NAMES
            && let Some(bound) = layout::recognise(row)
        {
            self.bound = Some(bound);
            return;
        }
        let text: String = row.iter().map(cell::tidy).collect();
        let footer =
            ["合计", "总计", "以上数据", "特别提示", "温馨提示", "注：", "----", "说明", "本页"];
        if footer.iter().any(|word| text.contains(word)) || filled <= 1 {
            return;
        }
        let time = self.bound.as_ref().and_then(|bound| bound.column(Role::Time));
        self.skip(line, || {
            let cell = time.and_then(|time| row.get(time)).map(cell::tidy).unwrap_or_default();
            let cell: String = cell.chars().take(40).collect();
            crate::text!("交易时间读不出来：{cell}", "the time cannot be read: {cell}")
        });
    }

    fn skip(&mut self, line: u32, reason: impl FnOnce() -> Text) {
        self.skipped += 1;
        if self.skips.len() < LISTED_SKIPS {
            self.skips.push(Skip { line, reason: reason() });
        }
    }

    /// Returns the error of a file that gave no lines, if so.
    pub fn failure(&self) -> Option<BillError> {
        if !self.lines.is_empty() || self.sampled.is_some() {
            return None;
        }
        Some(if self.bookkeeping {
            BillError::Bookkeeping
        } else if self.first.is_some() {
            let first = self.skips.first().map(|skip| skip.reason.clone());
            BillError::NoRows { skipped: self.skipped, first }
        } else if self.preamble.known && self.names.is_none() {
            BillError::Truncated
        } else {
            let names: Vec<String> =
                self.names.iter().flatten().map(|name| cell::tidy(name).to_owned()).collect();
            let seen = names.join(",").chars().take(80).collect();
            BillError::Foreign { seen, names }
        })
    }

    /// Returns how many cells were kept cut.
    pub fn cut_cells(&self) -> u64 {
        self.assembler.cut_cells
    }
}

/// Returns true when a cell holds a line break followed by a date: an opening quote without its
/// partner has swallowed the rows after it.
fn swallowed_a_row(row: &csv::StringRecord) -> bool {
    let year = |rest: &str| {
        rest.get(..4).is_some_and(|year| year.bytes().all(|byte| byte.is_ascii_digit()))
    };
    row.as_slice().split_once('\n').is_some_and(|(_, rest)| year(rest))
}
