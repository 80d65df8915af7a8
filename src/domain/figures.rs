//! The figures of a text against those of the case: an amount or a day that a paper prints and the
//! case does not know has been written into a template, or worked out where nobody can check it.
//! Two papers made from one case then cannot differ in a sum or a day.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::domain::money::Money;

/// Returns the first amount (two decimals) or day (年月日) in `texts` that `data`, which is what
/// the template saw, does not bear out. `sums` are the numbers of the losses that a template says
/// it added up; each sum is worked out again here.
pub fn stray<'a>(
    texts: impl IntoIterator<Item = &'a str>,
    sums: &[Vec<i64>],
    data: &Value,
) -> Option<String> {
    let mut printed = BTreeSet::new();
    for text in texts {
        collect(text, &mut printed);
    }
    if printed.is_empty() {
        return None;
    }
    let mut known = BTreeSet::new();
    gather(data, &mut known);
    if let Some(date) = data.pointer("/doc/date") {
        known.insert(format!("{}年{}月{}日", date["year"], date["month"], date["day"]));
    }
    let losses = data.pointer("/case/losses").and_then(Value::as_array);
    for numbers in sums {
        let rows = losses.into_iter().flatten();
        let rows = rows.filter(|row| row["no"].as_i64().is_some_and(|no| numbers.contains(&no)));
        let sum: i64 = rows.filter_map(|row| row["amount_fen"].as_i64()).sum();
        collect(&Money::from_fen(sum).grouped(), &mut known);
    }
    printed.into_iter().find(|figure| !known.contains(figure))
}

fn gather(value: &Value, known: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => collect(text, known),
        Value::Array(items) => items.iter().for_each(|item| gather(item, known)),
        Value::Object(members) => members.values().for_each(|value| gather(value, known)),
        _ => {}
    }
}

fn collect(text: &str, out: &mut BTreeSet<String>) {
    amounts(text, out);
    days(text, out);
}

/// Amounts as the program writes them: grouped or plain, with two decimals.
fn amounts(text: &str, out: &mut BTreeSet<String>) {
    let of_number = |c: char| c.is_ascii_digit() || c == ',' || c == '.';
    for run in text.split(|c: char| !of_number(c)) {
        let plain: String = run.chars().filter(|c| *c != ',').collect();
        let Some((whole, decimals)) = plain.split_once('.') else { continue };
        let is_amount = !whole.is_empty() && decimals.len() == 2 && !decimals.contains('.');
        if is_amount {
            out.insert(plain);
        }
    }
}

/// Days written with 年月日, without leading zeros.
fn days(text: &str, out: &mut BTreeSet<String>) {
    for (at, _) in text.match_indices('年') {
        let year: String = text[..at].chars().rev().take_while(char::is_ascii_digit).collect();
        let rest = &text[at + '年'.len_utf8()..];
        let Some((month, rest)) = rest.split_once('月') else { continue };
        let Some((day, _)) = rest.split_once('日') else { continue };
        let is_number =
            |text: &str| (1..=2).contains(&text.len()) && text.chars().all(|c| c.is_ascii_digit());
        if year.len() == 4 && is_number(month) && is_number(day) {
            let year: String = year.chars().rev().collect();
            let (month, day) = (month.trim_start_matches('0'), day.trim_start_matches('0'));
            out.insert(format!("{year}年{month}月{day}日"));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_amount_must_be_one_of_the_case() {
        let data = json!({ "case": { "total": { "net": "12,800.00" }, "note": "退回 5.50 元" } });
        let stray = |text| stray([text], &[], &data);
        assert_eq!(stray("合计12800.00元，已退5.50元"), None);
        assert_eq!(stray("合计12,900.00元"), Some("12900.00".into()));
        assert_eq!(stray("版本 1.2.30，第3.5节，编号4200000"), None);
    }

    #[test]
    fn a_sum_is_worked_out_again() {
        let row = |no: u32, fen: u32| json!({ "no": no, "amount_fen": fen });
        let data = json!({ "case": { "losses": [row(1, 100_000), row(2, 250), row(3, 5_000)] } });
        assert_eq!(stray(["1,002.50"], &[vec![1, 2]], &data), None);
        assert_eq!(stray(["1,052.50"], &[vec![1, 2]], &data), Some("1052.50".into()));
    }

    #[test]
    fn a_day_must_be_one_of_the_case() {
        let data = json!({ "at": "2026年11月3日09时00分", "doc": { "date": { "year": 2026, "month": 11, "day": 22 } } });
        let stray = |text| stray([text], &[], &data);
        assert_eq!(stray("2026年11月3日发现，2026年11月22日写。"), None);
        assert_eq!(stray("2026年11月03日"), None);
        assert_eq!(stray("2026年11月4日"), Some("2026年11月4日".into()));
        assert_eq!(stray("　　年　月　日"), None);
    }
}
