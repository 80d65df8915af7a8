//! Losses as a spreadsheet: numbers are numbers, long transaction numbers are text, and the sums
//! are formulas that a bank or a lawyer can check.

use rust_xlsxwriter::{Format, FormatAlign, Workbook, Worksheet, XlsxError};
use serde_json::Value;

/// The columns: heading, member of a loss, width in characters.
const COLUMNS: [(&str, &str, u16); 9] = [
    ("序号", "no", 6),
    ("交易时间", "at", 20),
    ("金额（元）", "amount_fen", 14),
    ("已退回（元）", "refunded_fen", 14),
    ("对方名称", "payee", 30),
    ("对方账号", "payee_account", 24),
    ("交易单号", "order_no", 34),
    ("商户单号", "merchant_no", 34),
    ("资金渠道", "channel", 24),
];

/// Returns the workbook of a case's losses as the view has them (`case.losses`).
pub fn losses(rows: &[Value], our_number: &str) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let head = Format::new().set_bold().set_align(FormatAlign::Center);
    let money = Format::new().set_num_format("#,##0.00");
    let text = Format::new().set_num_format("@");
    let sheet = workbook.add_worksheet();
    sheet.set_name("损失明细")?;
    sheet.set_header(format!("&L本方编号：{our_number}"));
    sheet.set_repeat_rows(0, 0)?.set_freeze_panes(1, 0)?.set_landscape();
    for (column, (title, _, width)) in (0_u16..).zip(COLUMNS) {
        sheet.write_string_with_format(0, column, title, &head)?;
        sheet.set_column_width(column, f64::from(width))?;
    }
    let mut line = 1;
    for row in rows {
        for (column, (_, member, _)) in (0_u16..).zip(COLUMNS) {
            cell(sheet, line, column, &row[member], member, &money, &text)?;
        }
        line += 1;
    }
    if line > 1 {
        sheet.write_string_with_format(line, 1, "合计", &head)?;
        for column in [2, 3] {
            let letter = if column == 2 { 'C' } else { 'D' };
            let formula = format!("=SUM({letter}2:{letter}{line})");
            sheet.write_formula_with_format(line, column, formula.as_str(), &money)?;
        }
    }
    workbook.save_to_buffer()
}

#[expect(
    clippy::float_arithmetic,
    reason = "a spreadsheet knows no other numbers; fen are exact below 2^53"
)]
fn cell(
    sheet: &mut Worksheet,
    line: u32,
    column: u16,
    value: &Value,
    member: &str,
    money: &Format,
    text: &Format,
) -> Result<(), XlsxError> {
    if member.ends_with("_fen") {
        let fen = value
            .as_i64()
            .and_then(|fen| i32::try_from(fen).ok().map(f64::from).or(value.as_f64()));
        sheet.write_number_with_format(line, column, fen.unwrap_or_default() / 100.0, money)?;
        return Ok(());
    }
    match value {
        Value::Null => {}
        Value::String(found) => {
            sheet.write_string_with_format(line, column, found, text)?;
        }
        other => {
            sheet.write_string(line, column, other.to_string())?;
        }
    }
    Ok(())
}
