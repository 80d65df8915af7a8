//! The list as CSV: with the mark that makes spreadsheets read it as UTF-8, with numbers that
//! keep their digits, and without a cell that a spreadsheet would run as a formula.

use std::borrow::Cow;

use crate::bills::handout::{Handout, Row, Share, caution, headings, share_headings};
use crate::domain::lang::Text;
use crate::domain::money::Money;
use crate::domain::spreadsheet::harmless;
use crate::text;

/// Returns the list as bytes of a CSV file.
pub fn csv(handout: &Handout) -> Vec<u8> {
    let mut out = String::from("\u{feff}");
    let say = |text: &Text| text.get(handout.lang).to_owned();
    write_record(&mut out, [Cow::Owned(say(&caution()))]);
    write_record(&mut out, headings().iter().map(|text| Cow::Owned(say(text))));
    for (number, row) in (1..).zip(&handout.rows) {
        write_record(&mut out, cells(number, row));
    }
    let (amount, refunded) = handout.sums();
    let sums = [amount, refunded, amount - refunded].map(|sum| Cow::Owned(decimal(sum)));
    let total = Cow::Owned(say(&text!("合计", "total")));
    let blank = std::iter::repeat_n(Cow::Borrowed(""), 4);
    write_record(&mut out, [Cow::Borrowed(""), total].into_iter().chain(blank).chain(sums));
    out.push_str("\r\n");
    write_record(&mut out, share_headings().iter().map(|text| Cow::Owned(say(text))));
    for share in &handout.channels {
        write_record(&mut out, share_cells(share));
    }
    out.into_bytes()
}

fn cells(number: u32, row: &Row) -> impl Iterator<Item = Cow<'_, str>> {
    let Row { at, institution, kind, payee, goods, channel, method, .. } = row;
    [
        Cow::Owned(number.to_string()),
        Cow::Borrowed(at.as_str()),
        harmless(institution),
        harmless(kind),
        harmless(payee),
        harmless(goods),
        Cow::Owned(decimal(row.amount)),
        Cow::Owned(decimal(row.refunded)),
        Cow::Owned(decimal(row.amount - row.refunded)),
        harmless(channel),
        harmless(method),
        harmless(&row.status),
        digits(&row.id),
        digits(&row.merchant_id),
        harmless(&row.grade),
        harmless(&row.reasons),
        harmless(&row.file),
        Cow::Owned(row.line.to_string()),
    ]
    .into_iter()
}

fn share_cells(share: &Share) -> impl Iterator<Item = Cow<'_, str>> {
    [
        harmless(&share.institution),
        harmless(&share.what),
        harmless(&share.method),
        Cow::Owned(share.through.rows.to_string()),
        Cow::Owned(decimal(share.through.paid)),
        Cow::Owned(decimal(share.through.refunded)),
        Cow::Owned(decimal(share.through.net())),
    ]
    .into_iter()
}

/// Returns the amount as a spreadsheet reads it: `-1234.50`.
pub(super) fn decimal(money: Money) -> String {
    let fen = money.fen();
    let sign = if fen < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", fen.unsigned_abs() / 100, fen.unsigned_abs() % 100)
}

/// The wallets' own trick: a tab behind a number keeps spreadsheets from rounding it.
fn digits(number: &str) -> Cow<'_, str> {
    if number.is_empty() {
        Cow::Borrowed("")
    } else {
        Cow::Owned(format!("{}\t", harmless(number)))
    }
}

fn write_record<'a>(out: &mut String, cells: impl IntoIterator<Item = Cow<'a, str>>) {
    for (column, cell) in cells.into_iter().enumerate() {
        if column > 0 {
            out.push(',');
        }
        if cell.contains([',', '"', '\n', '\r']) {
            out.push('"');
            out.push_str(&cell.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(&cell);
        }
    }
    out.push_str("\r\n");
}
