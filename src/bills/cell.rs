//! Single cells: amounts and numbers as the exports write them, read without floats.

use crate::domain::money::Money;

/// The largest amount one row may have: a hundred billion yuan.
const LIMIT_FEN: i64 = 10_000_000_000_000;

/// Returns the cell without blanks, tabs, no-break spaces and byte order marks around it,
/// and without the `="…"` that some banks write to keep spreadsheets from touching it.
pub fn tidy(cell: &str) -> &str {
    let cell = cell.trim_matches([' ', '\t']);
    let bytes = cell.as_bytes();
    if begins_plainly(bytes) && ends_plainly(bytes) {
        return cell;
    }
    let cell =
        cell.strip_prefix("=\"").map_or(cell, |inner| inner.strip_suffix('"').unwrap_or(inner));
    cell.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}' | '\0'))
}

/// A visible ASCII letter, or the first byte of a Chinese one.
fn is_plain_lead(byte: u8) -> bool {
    (0x21..0x7F).contains(&byte) || (0xE4..=0xE9).contains(&byte)
}

fn begins_plainly(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(|byte| *byte != b'=' && is_plain_lead(*byte))
}

fn ends_plainly(bytes: &[u8]) -> bool {
    match bytes {
        [.., last] if last.is_ascii() => is_plain_lead(*last),
        [.., lead, _, _] => is_plain_lead(*lead) && !lead.is_ascii(),
        _ => false,
    }
}

/// Returns true for the ways exports write "nothing": empty, `/`, and dashes only.
pub fn is_blank(cell: &str) -> bool {
    cell.is_empty() || cell == "/" || cell.bytes().all(|byte| byte == b'-')
}

/// Reads an amount with its sign, in fen: `¥28.16`, `￥1,000.00`, `-12`, `+3.5`, `CNY13.50`,
/// `131.77(已退款89.84)` (the part before the bracket). A spreadsheet's long tail of decimals is
/// rounded to the fen; three to five decimals are not money and give `None`.
pub fn amount(cell: &str) -> Option<Money> {
    let mut negative = false;
    let mut fen: i64 = 0;
    let mut decimals: Option<u32> = None;
    let mut round_up = false;
    let mut digits = 0u32;
    for c in cell.chars() {
        match c {
            '0'..='9' | '０'..='９' => {
                let digit = i64::from(
                    c.to_digit(10).unwrap_or_else(|| u32::from(c).saturating_sub(u32::from('０'))),
                );
                digits += 1;
                match &mut decimals {
                    Some(count) if *count >= 2 => {
                        round_up |= *count == 2 && digit >= 5;
                        *count += 1;
                    }
                    Some(count) => {
                        fen = fen.checked_mul(10)?.checked_add(digit)?;
                        *count += 1;
                    }
                    None => fen = fen.checked_mul(10)?.checked_add(digit)?,
                }
            }
            '.' | '．' if decimals.is_none() => decimals = Some(0),
            '-' | '－' | '−' if digits == 0 && !negative => negative = true,
            ',' | '，' | ' ' | '\t' | '¥' | '￥' | '元' | '\u{a0}' | '\\' => {}
            '(' | '（' if digits > 0 => break,
            '+' | '＋' | 'A'..='Z' if digits == 0 => {}
            _ => return None,
        }
    }
    let decimals = decimals.unwrap_or(0);
    if digits == 0 || (3..=5).contains(&decimals) && round_tail(cell) {
        return None;
    }
    for _ in decimals.min(2)..2 {
        fen = fen.checked_mul(10)?;
    }
    if round_up {
        fen = fen.checked_add(1)?;
    }
    (fen <= LIMIT_FEN).then_some(Money::from_fen(if negative { -fen } else { fen }))
}

/// Returns true when decimals beyond the second hold anything but zeros.
fn round_tail(cell: &str) -> bool {
    cell.split(['.', '．']).nth(1).is_some_and(|tail| {
        tail.chars().take_while(char::is_ascii_digit).skip(2).any(|digit| digit != '0')
    })
}

/// Returns the amount inside `已退款(￥39.93)`, `已退款￥39.93` or `131.77(已退款89.84)`.
pub fn refunded_amount(cell: &str) -> Option<Money> {
    let (_, rest) = cell.split_once("退款")?;
    let rest = rest.trim_matches(['(', '（', ')', '）', ' ']);
    amount(rest.trim_end_matches([')', '）']))
}

/// Returns the country that a cell names: `CHN`, `中国`, or `CN` of `3.90(CN)`; nothing when it
/// holds an amount alone.
pub fn country(cell: &str) -> &str {
    let inner = cell.strip_suffix([')', '）']).and_then(|cell| cell.rsplit(['(', '（']).next());
    let name = inner.unwrap_or(cell).trim();
    let is_name = name.chars().any(char::is_alphabetic) && !name.contains(|c: char| c.is_numeric());
    if is_name { name } else { "" }
}

/// Returns true for a number that a spreadsheet has turned into `4.20000E+27`.
pub fn is_destroyed(number: &str) -> bool {
    if number.len() > 24 || !number.bytes().any(|byte| matches!(byte, b'E' | b'e')) {
        return false;
    }
    let Some((mantissa, exponent)) = number.split_once(['E', 'e']) else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits(exponent.trim_start_matches('+')) && digits(&mantissa.replacen('.', "", 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn fen(cell: &str, expected: Option<i64>) {
        assert_eq!(amount(cell).map(Money::fen), expected, "{cell}");
    }

    #[test]
    fn reads_amounts_as_exports_write_them() {
        fen("¥28.16", Some(2816));
        fen("￥1,000.00", Some(100_000));
        fen("+10.00", Some(1000));
        fen("－3.5", Some(-350));
        fen("CNY13.50", Some(1350));
        fen("131.77(已退款89.84)", Some(13_177));
        fen("8.140000000000001", Some(814));
        fen("8.139999999999999", Some(814));
        fen("38", Some(3800));
        fen("1.005", None);
        fen("", None);
        fen("/", None);
        fen("4.2E27", None);
        fen("99999999999999999999", None);
    }

    #[test]
    fn recognises_numbers_that_a_spreadsheet_destroyed() {
        assert!(is_destroyed("4.20000E+27"));
        assert!(is_destroyed("1e35"));
        assert!(!is_destroyed("4200001121202412140022518110"));
        assert!(!is_destroyed("T1E5X"));
    }

    #[test]
    fn finds_the_country_also_behind_an_amount() {
        assert_eq!(country("CHN"), "CHN");
        assert_eq!(country("-3.90(CN)"), "CN");
        assert_eq!(country("8,000.00（US）"), "US");
        assert_eq!(country("-345.67"), "");
        assert_eq!(country("-"), "");
    }

    #[test]
    fn finds_the_refund_inside_a_state() {
        let fen = |cell| refunded_amount(cell).map(Money::fen);
        assert_eq!(fen("已退款(￥39.93)"), Some(3993));
        assert_eq!(fen("已退款￥39.93"), Some(3993));
        assert_eq!(fen("131.77(已退款89.84)"), Some(8984));
        assert_eq!(fen("已全额退款"), None);
    }
}
