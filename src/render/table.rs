//! A table for an accountant: as a spreadsheet whose sums are formulas, or as a text table.

use rust_xlsxwriter::{Format, FormatAlign, Workbook, Worksheet, XlsxError};

use crate::domain::money::Money;
use crate::domain::spreadsheet::harmless;

/// A cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Text; numbers of things are text, too.
    Text(String),
    /// An amount.
    Money(Money),
    /// A count.
    Count(u32),
    /// Not known.
    Empty,
}

/// A table.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// The name of its sheet.
    pub name: &'static str,
    /// The headings, each with its width in characters.
    pub heads: Vec<(&'static str, u16)>,
    /// The rows.
    pub rows: Vec<Vec<Cell>>,
    /// The columns that are added up, from 0.
    pub sums: Vec<u16>,
}

impl Table {
    /// Returns it as a workbook.
    pub fn xlsx(&self) -> Result<Vec<u8>, XlsxError> {
        let mut workbook = Workbook::new();
        let head = Format::new().set_bold().set_align(FormatAlign::Center);
        let money = Format::new().set_num_format("#,##0.00");
        let text = Format::new().set_num_format("@");
        let sheet = workbook.add_worksheet();
        sheet.set_name(self.name)?;
        sheet.set_repeat_rows(0, 0)?.set_freeze_panes(1, 0)?.set_landscape();
        for (column, (title, width)) in (0_u16..).zip(&self.heads) {
            sheet.write_string_with_format(0, column, *title, &head)?;
            sheet.set_column_width(column, f64::from(*width))?;
        }
        let mut line = 1;
        for row in &self.rows {
            for (column, cell) in (0_u16..).zip(row) {
                write(sheet, line, column, cell, &money, &text)?;
            }
            line += 1;
        }
        if line > 1 && !self.sums.is_empty() {
            sheet.write_string_with_format(line, 0, "合计", &head)?;
            for column in &self.sums {
                let letter = rust_xlsxwriter::utility::column_number_to_name(*column);
                let formula = format!("=SUM({letter}2:{letter}{line})");
                sheet.write_formula_with_format(line, *column, formula.as_str(), &money)?;
            }
        }
        workbook.save_to_buffer()
    }

    /// Returns it as a text table that spreadsheets open: UTF-8 with its mark, CRLF, and no cell
    /// that would be taken for a formula.
    pub fn csv(&self) -> Vec<u8> {
        let mut out = String::from("\u{feff}");
        let heads = self.heads.iter().map(|(title, _)| quoted(title));
        out.push_str(&heads.collect::<Vec<_>>().join(","));
        out.push_str("\r\n");
        for row in &self.rows {
            let cells = row.iter().map(|cell| match cell {
                Cell::Text(text) => quoted(&harmless(text)),
                Cell::Money(money) => money.grouped().replace(',', ""),
                Cell::Count(count) => count.to_string(),
                Cell::Empty => String::new(),
            });
            out.push_str(&cells.collect::<Vec<_>>().join(","));
            out.push_str("\r\n");
        }
        out.into_bytes()
    }
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[expect(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "a spreadsheet knows no other numbers; fen are exact below 2^53"
)]
fn write(
    sheet: &mut Worksheet,
    line: u32,
    column: u16,
    cell: &Cell,
    money: &Format,
    text: &Format,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Text(found) => sheet.write_string_with_format(line, column, found, text)?,
        Cell::Money(sum) => {
            sheet.write_number_with_format(line, column, sum.fen() as f64 / 100.0, money)?
        }
        Cell::Count(count) => sheet.write_number(line, column, *count)?,
        Cell::Empty => sheet,
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_table_runs_nothing_and_keeps_long_numbers() {
        let table = Table {
            name: "试",
            heads: vec![("编号", 8), ("金额", 8)],
            rows: vec![vec![
                Cell::Text("=HYPERLINK(\"x\")".into()),
                Cell::Money(Money::from_fen(123_456)),
            ]],
            sums: vec![1],
        };
        let text = String::from_utf8(table.csv()).unwrap();
        assert_eq!(text, "\u{feff}编号,金额\r\n\"'=HYPERLINK(\"\"x\"\")\",1234.56\r\n");
        assert!(!table.xlsx().unwrap().is_empty());
    }
}
