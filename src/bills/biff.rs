//! The records of an old workbook, looked through before they are parsed: the parser lays out
//! every sheet as a full rectangle, so two cells in opposite corners ask for gigabytes.

use std::ops::Range;

use crate::bills::error::{BillError, Limit};

/// The most cells all sheets together may span: 65,536 rows of 32 columns.
const CELLS: u64 = 1 << 21;

/// The most sheets a bill has.
const SHEETS: usize = 64;

const SHEET: u16 = 0x0085;
const DIMENSIONS: u16 = 0x0200;
const MANY_NUMBERS: u16 = 0x00BD;

/// Records that begin with the row and the column of a cell.
const CELL: [u16; 9] =
    [0x0006, MANY_NUMBERS, 0x00D6, 0x00FD, 0x0203, 0x0204, 0x0205, 0x027E, 0x0201];

/// What a sheet spans.
#[derive(Debug, Default)]
struct Span {
    cells: u64,
    rows: Option<(u16, u16)>,
    columns: Option<(u16, u16)>,
}

impl Span {
    fn take(&mut self, kind: u16, body: &[u8]) {
        let (Some(row), Some(column)) = (short(body, 0), short(body, 2)) else { return };
        let last = match kind {
            MANY_NUMBERS => short(body, body.len().saturating_sub(2)).unwrap_or(column),
            _ => column,
        };
        self.cells += 1 + u64::from(last.saturating_sub(column));
        widen(&mut self.rows, row, row);
        widen(&mut self.columns, column, last.max(column));
    }

    fn area(&self) -> u64 {
        let length = |span: Option<(u16, u16)>| {
            span.map_or(0, |(first, last)| u64::from(last) - u64::from(first) + 1)
        };
        (length(self.rows) * length(self.columns)).max(self.cells)
    }
}

fn widen(span: &mut Option<(u16, u16)>, first: u16, last: u16) {
    *span = Some(span.map_or((first, last), |(from, to)| (from.min(first), to.max(last))));
}

/// Refuses a workbook that would take more memory than a bill does, and takes out the sizes that
/// its sheets claim, for which the parser would reserve memory whatever is there. Whatever else
/// is wrong with its records the parser will say.
pub fn prepare(stream: &mut [u8]) -> Result<(), BillError> {
    let starts: Vec<usize> = records(stream)
        .filter(|(kind, _)| *kind == SHEET)
        .filter_map(|(_, body)| stream.get(body)?.first_chunk())
        .map(|four| u32::from_le_bytes(*four) as usize)
        .collect();
    if starts.len() > SHEETS {
        return Err(BillError::Limit(Limit::Unpacked));
    }
    for start in &starts {
        let claims: Vec<Range<usize>> = records(stream.get(*start..).ok_or(BillError::Truncated)?)
            .filter(|(kind, _)| *kind == DIMENSIONS)
            .map(|(_, body)| body.start + start..body.end + start)
            .collect();
        for claim in claims {
            stream[claim].fill(0);
        }
    }
    let mut all = 0;
    for start in starts {
        let sheet = &stream[start..];
        let mut span = Span::default();
        for (kind, body) in records(sheet) {
            let body = &sheet[body];
            if CELL.contains(&kind) {
                span.take(kind, body);
            }
            // Sheets that overlap can undo what was taken out.
            let claims = kind == DIMENSIONS && body.iter().any(|byte| *byte != 0);
            if claims || span.area() + all > CELLS {
                return Err(BillError::Limit(Limit::Unpacked));
            }
        }
        all += span.area();
    }
    Ok(())
}

/// The records of a stream with the places of their bodies, up to the first that runs over its
/// end.
fn records(stream: &[u8]) -> impl Iterator<Item = (u16, Range<usize>)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let (kind, length) = (short(stream, at)?, usize::from(short(stream, at + 2)?));
        let body = at + 4..at + 4 + length;
        at = body.end;
        (at <= stream.len()).then_some((kind, body))
    })
}

fn short(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|two| u16::from_le_bytes(*two))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: u16, body: &[u8]) -> Vec<u8> {
        let length = u16::try_from(body.len()).unwrap();
        [&kind.to_le_bytes()[..], &length.to_le_bytes(), body].concat()
    }

    fn book(cells: &[(u16, u16)]) -> Vec<u8> {
        let mut sheet = record(DIMENSIONS, &[0xFF; 14]);
        for (row, column) in cells {
            let place = [row.to_le_bytes(), column.to_le_bytes()].concat();
            sheet.extend(record(0x0203, &[&place[..], &[0; 10]].concat()));
        }
        let mut book = record(SHEET, &10_u32.to_le_bytes());
        book.extend([0, 0]);
        book.extend(sheet);
        book
    }

    #[test]
    fn cells_in_far_corners_are_refused() {
        assert_eq!(prepare(&mut book(&[(0, 0), (65_535, 200)])).unwrap_err().code(), "limit");
        assert!(prepare(&mut book(&[(0, 0), (65_535, 20)])).is_ok());
    }

    #[test]
    fn a_claimed_size_is_taken_out() {
        let mut book = book(&[(1, 1)]);
        prepare(&mut book).unwrap();
        assert!(book[14..28].iter().all(|byte| *byte == 0));
    }
}
