//! Money in whole fen. No float ever touches it.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Sub};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The largest amount one line may have: a hundred billion yuan, far above any wallet.
const LIMIT_FEN: i64 = 10_000_000_000_000;

/// An amount of renminbi in fen.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Money {
    fen: i64,
}

/// Why a text is not an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not digits with at most one decimal point.
    #[error("not an amount")]
    NotANumber,
    /// More than two decimals.
    #[error("finer than a fen")]
    TooFine,
    /// Beyond the limit.
    #[error("too large")]
    TooLarge,
}

impl Money {
    /// No money.
    pub const ZERO: Self = Self { fen: 0 };

    /// Returns an amount of `fen`.
    pub const fn from_fen(fen: i64) -> Self {
        Self { fen }
    }

    /// Returns the amount in fen.
    pub const fn fen(self) -> i64 {
        self.fen
    }

    /// Returns true for exactly nothing.
    pub const fn is_zero(self) -> bool {
        self.fen == 0
    }

    /// Reads `4980`, `4,980.00`, `￥4980.5` or `4980元` exactly.
    pub fn parse(text: &str) -> Result<Self, MoneyError> {
        let digits = strip_decoration(text);
        let (negative, digits) = match digits.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, digits.as_str()),
        };
        let (yuan, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if yuan.is_empty() || !all_digits(yuan) || !all_digits(fraction) || digits.ends_with('.') {
            return Err(MoneyError::NotANumber);
        }
        if fraction.trim_end_matches('0').len() > 2 {
            return Err(MoneyError::TooFine);
        }
        let yuan: i64 = yuan.parse().map_err(|_| MoneyError::TooLarge)?;
        let cents: i64 =
            format!("{fraction:0<2}")[..2].parse().map_err(|_| MoneyError::NotANumber)?;
        let fen = yuan
            .checked_mul(100)
            .and_then(|fen| fen.checked_add(cents))
            .filter(|fen| *fen <= LIMIT_FEN)
            .ok_or(MoneyError::TooLarge)?;
        Ok(Self { fen: if negative { -fen } else { fen } })
    }

    /// Returns the amount as `4,980.00`.
    pub fn grouped(self) -> String {
        let yuan = (self.fen.abs() / 100).to_string();
        let mut grouped = String::new();
        for (index, digit) in yuan.chars().enumerate() {
            if index > 0 && (yuan.len() - index).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        let sign = if self.fen < 0 { "-" } else { "" };
        format!("{sign}{grouped}.{:02}", self.fen.abs() % 100)
    }

    /// Returns the amount in the capital numerals of a cheque, such as 肆仟玖佰捌拾元整.
    pub fn capital(self) -> String {
        let sign = if self.fen < 0 { "负" } else { "" };
        let yuan = self.fen.abs() / 100;
        let jiao = self.fen.abs() / 10 % 10;
        let fen = self.fen.abs() % 10;
        let mut out = String::from(sign);
        if yuan > 0 || (jiao == 0 && fen == 0) {
            out.push_str(&capital_integer(yuan));
            out.push('元');
        }
        match (jiao, fen) {
            (0, 0) => out.push('整'),
            (0, fen) => {
                if yuan > 0 {
                    out.push('零');
                }
                out.push_str(CAPITAL[index(fen)]);
                out.push('分');
            }
            (jiao, fen) => {
                out.push_str(CAPITAL[index(jiao)]);
                out.push('角');
                if fen > 0 {
                    out.push_str(CAPITAL[index(fen)]);
                    out.push('分');
                } else {
                    out.push('整');
                }
            }
        }
        out
    }
}

const CAPITAL: [&str; 10] = ["零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"];

fn index(digit: i64) -> usize {
    usize::try_from(digit).expect("a decimal digit is not negative")
}

/// Writes a whole number of yuan in capital numerals, group by group of four digits.
fn capital_integer(number: i64) -> String {
    if number == 0 {
        return "零".into();
    }
    let groups =
        [("亿", number / 100_000_000), ("万", number / 10_000 % 10_000), ("", number % 10_000)];
    let mut out = String::new();
    let mut gap = false;
    for (unit, group) in groups {
        if group == 0 {
            gap = !out.is_empty();
            continue;
        }
        if !out.is_empty() && (gap || group < 1000) {
            out.push('零');
        }
        // Above 亿 a group can itself pass four digits (up to the limit of a thousand 亿).
        out.push_str(&capital_group(group));
        out.push_str(unit);
        gap = false;
    }
    out
}

fn capital_group(group: i64) -> String {
    let mut out = String::new();
    let mut gap = false;
    for (unit, value) in [("仟", 1000), ("佰", 100), ("拾", 10), ("", 1)] {
        let digit = group / value % 10;
        if digit == 0 {
            gap = !out.is_empty();
            continue;
        }
        if gap {
            out.push('零');
        }
        gap = false;
        out.push_str(CAPITAL[index(digit)]);
        out.push_str(unit);
    }
    out
}

fn strip_decoration(text: &str) -> String {
    let text = text.trim().trim_start_matches(['￥', '¥']).trim_end_matches('元').trim();
    text.chars()
        .filter(|c| !matches!(c, ',' | '，'))
        .map(|c| match c {
            '０'..='９' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
            '．' => '.',
            other => other,
        })
        .collect()
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}元", self.grouped())
    }
}

impl Add for Money {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { fen: self.fen.saturating_add(other.fen) }
    }
}

impl Sub for Money {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self { fen: self.fen.saturating_sub(other.fen) }
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

impl JsonSchema for Money {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Money".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": ["string", "number"],
            "format": "money",
            "examples": ["4980.00"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reads(text: &str, fen: i64) {
        assert_eq!(Money::parse(text), Ok(Money::from_fen(fen)));
    }

    #[track_caller]
    fn refuses(text: &str, error: MoneyError) {
        assert_eq!(Money::parse(text), Err(error));
    }

    #[test]
    fn reads_what_people_write() {
        reads("4980", 498_000);
        reads("4,980.5", 498_050);
        reads("￥0.01", 1);
        reads("１２３．４５元", 12_345);
        reads("4980.000", 498_000);
        reads("-3.00", -300);
    }

    #[test]
    fn refuses_what_is_not_exact() {
        refuses("1.005", MoneyError::TooFine);
        refuses("4980.", MoneyError::NotANumber);
        refuses("", MoneyError::NotANumber);
        refuses("4.98e3", MoneyError::NotANumber);
        refuses("99999999999999999999", MoneyError::TooLarge);
    }

    #[track_caller]
    fn capital(yuan: &str, expected: &str) {
        assert_eq!(Money::parse(yuan).unwrap().capital(), expected);
    }

    #[test]
    fn writes_capital_numerals() {
        capital("4980", "肆仟玖佰捌拾元整");
        capital("0.01", "壹分");
        capital("0.10", "壹角整");
        capital("10000.05", "壹万元零伍分");
        capital("100103.20", "壹拾万零壹佰零叁元贰角整");
        capital("100000000", "壹亿元整");
        capital("100010000", "壹亿零壹万元整");
        capital("0", "零元整");
        capital("200.30", "贰佰元叁角整");
    }

    #[test]
    fn groups_thousands() {
        assert_eq!(Money::from_fen(123_456_789).grouped(), "1,234,567.89");
        assert_eq!(Money::from_fen(-5).grouped(), "-0.05");
    }
}
