//! Lengths of time as a workflow writes them: `48h`, `7d`, `5wd`, `5个工作日`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::domain::lang::Lang;

/// A length of time with its unit; never a bare number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Span {
    /// Elapsed minutes.
    Minutes(u32),
    /// Elapsed hours.
    Hours(u32),
    /// Natural days; zero means the rest of the same day.
    Days(u32),
    /// Chinese working days, make-up days counted.
    Workdays(u32),
    /// Calendar months.
    Months(u32),
    /// Calendar years.
    Years(u32),
}

/// Why a text is not a length of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpanError {
    /// A number alone: nobody can tell hours from working days.
    #[error("a number without a unit")]
    NoUnit,
    /// The unit is not known.
    #[error("an unknown unit")]
    UnknownUnit,
    /// There is no whole number in front of the unit.
    #[error("no whole number")]
    NoNumber,
    /// Longer than twenty years.
    #[error("too long")]
    TooLong,
}

/// Twenty years, the longest limitation the Civil Code knows, in the smallest unit.
const LIMIT_MINUTES: u64 = 20 * 366 * 24 * 60;

impl Span {
    /// Returns true for lengths that end with a day and not at an instant.
    pub fn is_by_day(self) -> bool {
        !matches!(self, Self::Minutes(_) | Self::Hours(_))
    }

    /// Returns the length in a person's words.
    pub fn spoken(self, lang: Lang) -> String {
        let (count, zh, en) = match self {
            Self::Minutes(n) => (n, "分钟", "minute"),
            Self::Hours(n) => (n, "小时", "hour"),
            Self::Days(0) => {
                return match lang {
                    Lang::Zh => "当日".into(),
                    Lang::En => "the same day".into(),
                };
            }
            Self::Days(n) => (n, "日", "day"),
            Self::Workdays(n) => (n, "个工作日", "working day"),
            Self::Months(n) => (n, "个月", "month"),
            Self::Years(n) => (n, "年", "year"),
        };
        match lang {
            Lang::Zh => format!("{count}{zh}"),
            Lang::En if count == 1 => format!("1 {en}"),
            Lang::En => format!("{count} {en}s"),
        }
    }

    fn minutes(self) -> u64 {
        let (count, minutes) = match self {
            Self::Minutes(n) => (n, 1),
            Self::Hours(n) => (n, 60),
            Self::Days(n) | Self::Workdays(n) => (n, 24 * 60),
            Self::Months(n) => (n, 31 * 24 * 60),
            Self::Years(n) => (n, 366 * 24 * 60),
        };
        u64::from(count) * minutes
    }
}

impl FromStr for Span {
    type Err = SpanError;

    fn from_str(text: &str) -> Result<Self, SpanError> {
        let text = text.trim();
        if matches!(text, "当日" | "当天") {
            return Ok(Self::Days(0));
        }
        let digits_end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (digits, unit) = text.split_at(digits_end);
        if digits.is_empty() {
            return Err(SpanError::NoNumber);
        }
        let count: u32 = digits.parse().map_err(|_| SpanError::TooLong)?;
        let span = match unit.trim() {
            "" => return Err(SpanError::NoUnit),
            "m" | "min" | "分" | "分钟" => Self::Minutes(count),
            "h" | "小时" | "个小时" => Self::Hours(count),
            "d" | "日" | "天" | "自然日" | "个自然日" => Self::Days(count),
            "wd" | "工作日" | "个工作日" => Self::Workdays(count),
            "mo" | "月" | "个月" => Self::Months(count),
            "y" | "年" => Self::Years(count),
            _ => return Err(SpanError::UnknownUnit),
        };
        if span.minutes() > LIMIT_MINUTES {
            return Err(SpanError::TooLong);
        }
        Ok(span)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Minutes(n) => write!(f, "{n}m"),
            Self::Hours(n) => write!(f, "{n}h"),
            Self::Days(n) => write!(f, "{n}d"),
            Self::Workdays(n) => write!(f, "{n}wd"),
            Self::Months(n) => write!(f, "{n}mo"),
            Self::Years(n) => write!(f, "{n}y"),
        }
    }
}

impl From<Span> for String {
    fn from(span: Span) -> Self {
        span.to_string()
    }
}

impl TryFrom<String> for Span {
    type Error = SpanError;

    fn try_from(text: String) -> Result<Self, SpanError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<Span, SpanError>) {
        assert_eq!(text.parse(), expected);
    }

    #[test]
    fn reads_both_languages() {
        check("48h", Ok(Span::Hours(48)));
        check("48小时", Ok(Span::Hours(48)));
        check("5个工作日", Ok(Span::Workdays(5)));
        check("7天", Ok(Span::Days(7)));
        check("10 分钟", Ok(Span::Minutes(10)));
        check("当日", Ok(Span::Days(0)));
        check("5个月", Ok(Span::Months(5)));
    }

    #[test]
    fn never_guesses_a_unit() {
        check("5", Err(SpanError::NoUnit));
        check("5w", Err(SpanError::UnknownUnit));
        check("h", Err(SpanError::NoNumber));
        check("99999999d", Err(SpanError::TooLong));
    }
}
