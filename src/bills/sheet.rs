//! Workbooks: XLSX as a stream of cells, old XLS as a whole. Numbers become text here and are
//! read like any other cell, so that no amount ever passes through a float's arithmetic.

use std::io::{Cursor, Read, Seek};

use calamine::{Data, DataRef, Reader, Xls, XlsError, Xlsx, XlsxError};

use crate::bills::biff;
use crate::bills::error::{BillError, Limit};
use crate::bills::limits::COLUMNS;
use crate::bills::ole;
use crate::bills::table::Collector;
use crate::domain::guard;

/// Numbers from here on have lost digits in a spreadsheet and are written with an exponent.
const EXACT_BELOW: f64 = 1e15;

/// Reads all sheets of an XLSX workbook; says whether times or amounts were numbers.
pub fn read_xlsx<R: Read + Seek>(input: R, rows: &mut Collector<'_>) -> Result<bool, BillError> {
    guarded(|| {
        let mut book: Xlsx<R> = Xlsx::new(input).map_err(xlsx_error)?;
        let names = book.sheet_names();
        let mut numbers = false;
        for name in names {
            rows.next_table();
            // A chart sheet has no cells.
            let Ok(mut cells) = book.worksheet_cells_reader(&name) else { continue };
            let mut row = RowBuilder::default();
            while let Some(cell) = cells.next_cell().map_err(xlsx_error)? {
                let (line, column) = cell.get_position();
                if line != row.line {
                    row.finish(rows)?;
                    row.line = line;
                }
                numbers |= row.put(column as usize, cell.get_value())?;
                if rows.gave_up() {
                    break;
                }
            }
            row.finish(rows)?;
        }
        Ok(numbers)
    })
}

/// Reads all sheets of an old XLS workbook, which has to be held in memory.
pub fn read_xls(bytes: &[u8], rows: &mut Collector<'_>) -> Result<bool, BillError> {
    let mut stream = ole::workbook_stream(bytes)?;
    biff::prepare(&mut stream)?;
    let plain = ole::wrap(&stream);
    drop(stream);
    guarded(|| {
        let mut book: Xls<_> = Xls::new(Cursor::new(plain)).map_err(xls_error)?;
        let mut numbers = false;
        for (_, range) in book.worksheets() {
            rows.next_table();
            let first = range.start().map_or(0, |(line, _)| line);
            for (line, cells) in (first..).zip(range.rows()) {
                let mut row = RowBuilder { line, ..RowBuilder::default() };
                for (column, cell) in cells.iter().enumerate().take(COLUMNS) {
                    numbers |= row.put(column, &reference(cell))?;
                }
                row.finish(rows)?;
            }
        }
        Ok(numbers)
    })
}

/// The parsers are not ours: should one panic on a damaged file, that is a damaged file.
fn guarded<T>(read: impl FnOnce() -> Result<T, BillError>) -> Result<T, BillError> {
    guard::quietly(read)
        .unwrap_or_else(|| Err(BillError::Damaged("the workbook cannot be parsed".into())))
}

/// Gathers the cells of one row, in the order of their columns.
#[derive(Default)]
struct RowBuilder {
    line: u32,
    record: csv::StringRecord,
    scratch: String,
}

impl RowBuilder {
    /// Puts a cell at its column; returns true for a number.
    fn put(&mut self, column: usize, cell: &DataRef<'_>) -> Result<bool, BillError> {
        if column >= COLUMNS {
            return match cell {
                DataRef::Empty => Ok(false),
                _ => Err(BillError::Limit(Limit::Columns)),
            };
        }
        while self.record.len() < column {
            self.record.push_field("");
        }
        self.scratch.clear();
        let number = write_cell(&mut self.scratch, cell);
        self.record.push_field(&self.scratch);
        Ok(number)
    }

    fn finish(&mut self, rows: &mut Collector<'_>) -> Result<(), BillError> {
        if !self.record.is_empty() {
            rows.row(self.line.saturating_add(1), &self.record)?;
            self.record.clear();
        }
        Ok(())
    }
}

fn write_cell(out: &mut String, cell: &DataRef<'_>) -> bool {
    use std::fmt::Write as _;
    match cell {
        DataRef::SharedString(text) => out.push_str(text),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            out.push_str(text);
        }
        DataRef::Int(number) => return write!(out, "{number}").is_ok(),
        DataRef::Float(number) => return write_number(out, *number),
        DataRef::DateTime(moment) => return write_number(out, moment.as_f64()),
        DataRef::Bool(_) | DataRef::Error(_) | DataRef::Empty => {}
    }
    false
}

fn write_number(out: &mut String, number: f64) -> bool {
    use std::fmt::Write as _;
    if number.abs() >= EXACT_BELOW {
        write!(out, "{number:e}").is_ok()
    } else {
        write!(out, "{number}").is_ok()
    }
}

fn reference(cell: &Data) -> DataRef<'_> {
    match cell {
        Data::Int(number) => DataRef::Int(*number),
        Data::Float(number) => DataRef::Float(*number),
        Data::DateTime(moment) => DataRef::DateTime(*moment),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => {
            DataRef::SharedString(text)
        }
        _ => DataRef::Empty,
    }
}

fn xlsx_error(error: XlsxError) -> BillError {
    match error {
        XlsxError::Password => BillError::PasswordNeeded,
        XlsxError::XmlEof(_) => BillError::Truncated,
        other => BillError::Damaged(Box::new(other)),
    }
}

fn xls_error(error: XlsError) -> BillError {
    match error {
        XlsError::Password => BillError::PasswordNeeded,
        other => BillError::Damaged(Box::new(other)),
    }
}
