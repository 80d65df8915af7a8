//! A workbook or a text table as sheets of cells. A cell keeps what it was: a number cannot carry
//! an identity number, and a date is not the number a spreadsheet stores it as.

use std::io::Cursor;

use calamine::{DataRef, ExcelDateTime, Reader, Xlsx, XlsxError};
use encoding_rs::{Encoding, GB18030, UTF_8};

use crate::batch::error::BatchError;
use crate::bills::container;
use crate::bills::delimited;
use crate::bills::encoding;
use crate::bills::error::BillError;
use crate::bills::limits::COLUMNS;
use crate::bills::records::Records;
use crate::domain::guard;
use crate::domain::spreadsheet::FORMULA_SIGNS;

/// The largest file, in bytes.
const LIMIT_BYTES: usize = 64 << 20;

/// The most rows of a sheet.
const LIMIT_ROWS: usize = 200_000;

/// How much of a text table is looked at for its delimiter, in bytes.
const HEAD_BYTES: usize = 64 << 10;

/// Numbers from here on have lost digits in a spreadsheet.
const EXACT_BELOW: f64 = 1e15;

/// What a cell was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CellKind {
    /// Text, or nothing.
    #[default]
    Text,
    /// A number.
    Number,
    /// A number with more digits than a spreadsheet keeps.
    Rounded,
    /// A date or time.
    Moment,
    /// A formula that came to an error.
    Broken,
}

/// A cell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// Its text, without blanks around it.
    pub text: String,
    /// What it was.
    pub kind: CellKind,
}

/// A row that has something in it.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// The line as the spreadsheet shows it, from 1.
    pub line: u32,
    /// Its cells from the first column; cells behind the last filled one may be absent.
    pub cells: Vec<Cell>,
}

/// A sheet.
#[derive(Clone, Debug, Default)]
pub struct Sheet {
    /// Its name; empty for a text table.
    pub name: String,
    /// Its rows, without empty ones.
    pub rows: Vec<Row>,
}

impl Row {
    /// Returns the text of a cell; empty when there is none.
    pub fn text(&self, column: usize) -> &str {
        self.cells.get(column).map_or("", |cell| cell.text.as_str())
    }

    /// Returns true when nothing is written in it.
    pub fn is_blank(&self) -> bool {
        self.cells.iter().all(|cell| cell.text.is_empty())
    }
}

/// Reads every sheet of an XLSX workbook, or a text table in any of the encodings.
pub fn read(bytes: &[u8]) -> Result<Vec<Sheet>, BatchError> {
    if bytes.len() > LIMIT_BYTES {
        return Err(BatchError::TooLarge);
    }
    if bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        return Err(BatchError::OldFormat);
    }
    let sheets = if bytes.starts_with(b"PK\x03\x04") {
        guard::quietly(|| workbook(bytes)).unwrap_or_else(|| {
            let said = "the workbook cannot be parsed".into();
            Err(BatchError::Unreadable(BillError::Damaged(said)))
        })?
    } else {
        vec![text_table(bytes)?]
    };
    if sheets.iter().all(|sheet| sheet.rows.is_empty()) {
        return Err(BatchError::Empty);
    }
    Ok(sheets)
}

fn workbook(bytes: &[u8]) -> Result<Vec<Sheet>, BatchError> {
    let mut archive = container::open(Cursor::new(bytes)).map_err(BatchError::Unreadable)?;
    container::check_sizes(&mut archive).map_err(BatchError::Unreadable)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(xlsx_error)?;
    let mut sheets = Vec::new();
    for name in book.sheet_names() {
        let mut sheet = Sheet { name: name.clone(), rows: Vec::new() };
        // A chart sheet has no cells.
        if let Ok(mut cells) = book.worksheet_cells_reader(&name) {
            let mut row = Row::default();
            while let Some(found) = cells.next_cell().map_err(xlsx_error)? {
                let (line, column) = found.get_position();
                let line = line.saturating_add(1);
                if line != row.line {
                    sheet.keep(std::mem::replace(&mut row, Row { line, cells: Vec::new() }))?;
                }
                row.put(column as usize, cell(found.get_value()))?;
            }
            sheet.keep(row)?;
        }
        sheets.push(sheet);
    }
    Ok(sheets)
}

impl Sheet {
    fn keep(&mut self, row: Row) -> Result<(), BatchError> {
        if row.is_blank() {
            return Ok(());
        }
        if self.rows.len() == LIMIT_ROWS {
            return Err(BatchError::TooLarge);
        }
        self.rows.push(row);
        Ok(())
    }
}

impl Row {
    fn put(&mut self, column: usize, cell: Cell) -> Result<(), BatchError> {
        // Some programs write an empty, formatted cell in every column there is.
        if cell.text.is_empty() {
            return Ok(());
        }
        if column >= COLUMNS {
            return Err(BatchError::TooLarge);
        }
        if self.cells.len() <= column {
            self.cells.resize_with(column + 1, Cell::default);
        }
        self.cells[column] = cell;
        Ok(())
    }
}

fn cell(value: &DataRef<'_>) -> Cell {
    let (text, kind) = match value {
        DataRef::SharedString(text) => ((*text).to_owned(), CellKind::Text),
        DataRef::String(text) | DataRef::DurationIso(text) => (text.clone(), CellKind::Text),
        DataRef::DateTimeIso(text) => (text.clone(), CellKind::Moment),
        DataRef::Int(number) => (number.to_string(), CellKind::Number),
        DataRef::Float(number) if number.abs() >= EXACT_BELOW => {
            (format!("{number:e}"), CellKind::Rounded)
        }
        DataRef::Float(number) => (number.to_string(), CellKind::Number),
        DataRef::DateTime(moment) => (moment_text(moment), CellKind::Moment),
        DataRef::Bool(true) => ("是".into(), CellKind::Text),
        DataRef::Bool(false) => ("否".into(), CellKind::Text),
        DataRef::Error(error) => (error.to_string(), CellKind::Broken),
        DataRef::Empty => return Cell::default(),
    };
    Cell { text: tidy(&text), kind }
}

/// A date as a person reads it; without a time of day where none was entered.
fn moment_text(moment: &ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    if moment.as_f64().to_string().contains('.') {
        format!("{date} {hour:02}:{minute:02}:{second:02}")
    } else {
        date
    }
}

/// Takes away what is around a value and cannot be seen, and the `="…"` that guards long numbers.
fn tidy(text: &str) -> String {
    let shell = |c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}' | '\0' | '\t');
    let inner = text.trim_matches(shell);
    let inner =
        inner.strip_prefix("=\"").and_then(|inner| inner.strip_suffix('"')).unwrap_or(inner);
    // An apostrophe before digits is how people tell a spreadsheet to keep them as text; before a
    // sign of a formula it is how tables for spreadsheets are written.
    let kept = |c: char| c.is_numeric() || FORMULA_SIGNS.contains(&c);
    let plain = inner.strip_prefix('\'').filter(|rest| rest.starts_with(kept));
    plain.unwrap_or(inner).trim_matches(shell).to_owned()
}

fn text_table(bytes: &[u8]) -> Result<Sheet, BatchError> {
    let mut encoding = encoding::detect(bytes, true);
    if encoding == UTF_8 && std::str::from_utf8(bytes).is_err() {
        encoding = GB18030;
    }
    let (text, malformed) = decode(bytes, encoding);
    if malformed {
        return Err(BatchError::Unreadable(BillError::Encoding));
    }
    let delimiter = delimited::delimiter(&bytes[..bytes.len().min(HEAD_BYTES)], encoding);
    let mut records = Records::new(text.as_bytes(), delimiter, true);
    let mut sheet = Sheet::default();
    let mut record = csv::StringRecord::new();
    while let Some(line) = records
        .next(&mut record)
        .map_err(|error| BatchError::Unreadable(BillError::Damaged(error.to_string().into())))?
    {
        let mut row = Row { line, cells: Vec::new() };
        for (column, text) in record.iter().enumerate() {
            row.put(column, Cell { text: tidy(text), kind: CellKind::Text })?;
        }
        sheet.keep(row)?;
    }
    Ok(sheet)
}

fn decode<'a>(bytes: &'a [u8], encoding: &'static Encoding) -> (std::borrow::Cow<'a, str>, bool) {
    let (text, _, malformed) = encoding.decode(bytes);
    (text, malformed)
}

fn xlsx_error(error: XlsxError) -> BatchError {
    match error {
        XlsxError::Password => BatchError::OldFormat,
        other => BatchError::Unreadable(BillError::Damaged(Box::new(other))),
    }
}
