//! Times as the exports write them: text in many forms, or a spreadsheet's serial number.

use jiff::Timestamp;

/// Bills show the wall clock of China, whatever the phone showed.
pub const BILL_OFFSET_SECONDS: i64 = 8 * 3600;

const DAY_SECONDS: i64 = 86_400;

/// The serial number spreadsheets give to 1 January 1970.
const EPOCH_SERIAL: i64 = 25_569;

/// How exactly a bill gives a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fineness {
    /// To the second.
    Second,
    /// To the minute: the seconds were lost when a spreadsheet saved the file.
    Minute,
    /// Only the day.
    Day,
}

/// The order of day, month and year in a date with three short parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DateOrder {
    /// Year first, as everywhere in China.
    #[default]
    YearFirst,
    /// Day first, as Hong Kong banks write.
    DayFirst,
    /// Month first, as North American banks write.
    MonthFirst,
}

/// Returns the seconds since the epoch of a wall time in the bill's zone.
pub fn instant(year: i64, month: i64, day: i64, second_of_day: i64) -> Option<Timestamp> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    let known = (1990..=2100).contains(&year) && (1..=length).contains(&day);
    if !known || !(0..DAY_SECONDS).contains(&second_of_day) {
        return None;
    }
    // Days since the epoch, with years that start in March so that the leap day is the last.
    let shifted = if month <= 2 { year - 1 } else { year };
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let days = shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + day_of_year - 719_468;
    Timestamp::from_second(days * DAY_SECONDS + second_of_day - BILL_OFFSET_SECONDS).ok()
}

/// Reads a time: `2025-01-10 03:44:02`, `2025/1/10 3:44`, `20250110 034402`, `2025年1月10日`, a
/// spreadsheet's serial number (`46293.96523`), or a date alone.
pub fn time(cell: &str, order: DateOrder) -> Option<(Timestamp, Fineness)> {
    if let Some(fast) = plain_time(cell.as_bytes()) {
        return Some((fast, Fineness::Second));
    }
    let mut numbers = [(0i64, 0usize); 6];
    let mut count = 0;
    let mut inside = false;
    let mut serial_point = false;
    for c in cell.chars() {
        if let Some(digit) = c.to_digit(10) {
            if !inside {
                count += 1;
                inside = true;
            }
            if count > numbers.len() {
                break;
            }
            let (value, length) = numbers.get_mut(count - 1)?;
            if *length < 12 {
                *value = *value * 10 + i64::from(digit);
            }
            *length += 1;
        } else {
            let separator = matches!(c, '-' | '/' | ':' | '.' | ' ' | 'T' | '\t' | '\u{a0}')
                || matches!(c, '年' | '月' | '日' | '时' | '分' | '秒' | '：');
            if !separator {
                return None;
            }
            serial_point |= count == 1 && c == '.';
            inside = false;
        }
    }
    parts_to_time(&numbers[..count.min(6)], serial_point, order, cell)
}

fn parts_to_time(
    parts: &[(i64, usize)],
    serial_point: bool,
    order: DateOrder,
    cell: &str,
) -> Option<(Timestamp, Fineness)> {
    let value = |index: usize| parts.get(index).map(|(value, _)| *value);
    let (first, first_length) = *parts.first()?;
    if first_length == 5 && (parts.len() == 1 || serial_point) {
        return serial(cell);
    }
    if first_length == 14 && parts.len() == 1 {
        return time(&format!("{} {}", cell.get(..8)?, cell.get(8..)?), order);
    }
    if first_length == 8 && parts.len() <= 4 {
        let (year, month, day) = (first / 10_000, first / 100 % 100, first % 100);
        let (clock, fineness) = match parts.len() {
            1 => (0, Fineness::Day),
            2 => compact_clock(parts[1].0, parts[1].1)?,
            _ => clock(value(1)?, value(2)?, value(3))?,
        };
        return Some((instant(year, month, day, clock)?, fineness));
    }
    let (year, month, day) = match order {
        DateOrder::YearFirst => (first, value(1)?, value(2)?),
        DateOrder::DayFirst => (value(2)?, value(1)?, first),
        DateOrder::MonthFirst => (value(2)?, first, value(1)?),
    };
    let (clock, fineness) = match (value(3), value(4)) {
        (Some(number), None) => compact_clock(number, parts.get(3)?.1)?,
        (Some(hour), Some(minute)) => clock(hour, minute, value(5))?,
        _ => (0, Fineness::Day),
    };
    Some((instant(year, month, day, clock)?, fineness))
}

fn clock(hour: i64, minute: i64, second: Option<i64>) -> Option<(i64, Fineness)> {
    let fineness = if second.is_some() { Fineness::Second } else { Fineness::Minute };
    let second = second.unwrap_or(0);
    let known = (0..24).contains(&hour) && (0..60).contains(&minute) && (0..60).contains(&second);
    known.then_some((hour * 3600 + minute * 60 + second, fineness))
}

/// Reads `034402` or `0344`; a leading zero may be lost.
fn compact_clock(number: i64, length: usize) -> Option<(i64, Fineness)> {
    match length {
        5 | 6 => clock(number / 10_000, number / 100 % 100, Some(number % 100)),
        3 | 4 => clock(number / 100, number % 100, None),
        _ => None,
    }
}

/// Reads exactly `YYYY-MM-DD HH:MM:SS`, which is what nearly every row has.
fn plain_time(bytes: &[u8]) -> Option<Timestamp> {
    let bytes: &[u8; 19] = bytes.try_into().ok()?;
    let shape = bytes[4] == b'-' && bytes[7] == b'-' && bytes[10] == b' ';
    if !shape || bytes[13] != b':' || bytes[16] != b':' {
        return None;
    }
    let digit = |at: usize| {
        let value = bytes[at].wrapping_sub(b'0');
        (value < 10).then_some(i64::from(value))
    };
    let two = |at: usize| Some(digit(at)? * 10 + digit(at + 1)?);
    let (hour, minute, second) = (two(11)?, two(14)?, two(17)?);
    let (clock, _) = clock(hour, minute, Some(second))?;
    instant(two(0)? * 100 + two(2)?, two(5)?, two(8)?, clock)
}

/// Reads a spreadsheet's serial number: days since 30 December 1899, rounded to the second.
fn serial(cell: &str) -> Option<(Timestamp, Fineness)> {
    let (days, fraction) = cell.split_once('.').unwrap_or((cell, ""));
    let days: i64 = days.trim().parse().ok()?;
    if !(32_000..75_000).contains(&days) {
        return None;
    }
    let mut second_of_day: i64 = 0;
    if !fraction.is_empty() {
        let digits: String = fraction.chars().take(12).collect();
        let scale = 10i64.checked_pow(u32::try_from(digits.len()).ok()?)?;
        let part: i64 = digits.trim().parse().ok()?;
        second_of_day = (part * DAY_SECONDS + scale / 2) / scale;
    }
    let seconds = (days - EPOCH_SERIAL) * DAY_SECONDS + second_of_day - BILL_OFFSET_SECONDS;
    let fineness = if fraction.is_empty() { Fineness::Day } else { Fineness::Second };
    Some((Timestamp::from_second(seconds).ok()?, fineness))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn when(cell: &str, expected: &str, fineness: Fineness) {
        let (at, found) = time(cell, DateOrder::YearFirst).expect(cell);
        assert_eq!((at.to_string().as_str(), found), (expected, fineness), "{cell}");
    }

    #[test]
    fn reads_times_as_exports_write_them() {
        use Fineness::{Day, Minute, Second};
        when("2025-01-10 03:44:02", "2025-01-09T19:44:02Z", Second);
        when("2025/1/10 3:44", "2025-01-09T19:44:00Z", Minute);
        when("2025/12/03  14:06:51", "2025-12-03T06:06:51Z", Second);
        when("20250110 034402", "2025-01-09T19:44:02Z", Second);
        when("20250110", "2025-01-09T16:00:00Z", Day);
        when("46293.5", "2026-09-28T04:00:00Z", Second);
        when("2025年1月10日 03时44分02秒", "2025-01-09T19:44:02Z", Second);
        for bad in ["2025-02-30 00:00:00", "2025-01-10 25:00:00", "昨天", "", "1"] {
            assert_eq!(time(bad, DateOrder::YearFirst), None, "{bad}");
        }
    }
}
