//! When a channel can be reached: from one hour to another, on every day or on working days.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::domain::calendar::Calendar;
use crate::domain::lang::Lang;
use crate::domain::time;

/// How many days ahead the next opening is looked for: longer than any run of days off.
const LIMIT_DAYS: usize = 30;

/// Opening hours, written `24h`, `09:00-18:00` or `09:00-17:00 workdays`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hours {
    /// From when to when; none for the whole day.
    pub day: Option<(Time, Time)>,
    /// Only on working days.
    pub workdays: bool,
}

impl Hours {
    /// Returns true when somebody is there at that instant.
    pub fn is_open(&self, at: Timestamp, zone: &TimeZone, calendar: &Calendar) -> bool {
        let local = zone.to_datetime(at);
        let worked = !self.workdays || calendar.is_worked(local.date());
        worked && self.day.is_none_or(|(from, to)| from <= local.time() && local.time() < to)
    }

    /// Returns that instant, or the next at which somebody is there.
    pub fn next(&self, at: Timestamp, zone: &TimeZone, calendar: &Calendar) -> Timestamp {
        if self.is_open(at, zone, calendar) {
            return at;
        }
        let opens = self.day.map_or(Time::midnight(), |(from, _)| from);
        let mut day = time::day(at, zone);
        for _ in 0..LIMIT_DAYS {
            let opening = time::at(day, opens, zone);
            if opening > at && self.is_open(opening, zone, calendar) {
                return opening;
            }
            day = day.tomorrow().unwrap_or(day);
        }
        at
    }

    /// Returns the hours in words.
    pub fn name(&self, lang: Lang) -> String {
        let hours = match (self.day, lang) {
            (None, Lang::Zh) => "24小时".to_owned(),
            (None, Lang::En) => "24 hours".to_owned(),
            (Some((from, to)), _) => {
                format!("{}–{}", from.strftime("%H:%M"), to.strftime("%H:%M"))
            }
        };
        match (self.workdays, lang) {
            (true, Lang::Zh) => format!("工作日 {hours}"),
            (true, Lang::En) => format!("{hours} on working days"),
            (false, _) => hours,
        }
    }
}

impl FromStr for Hours {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || format!("\"{text}\"");
        let mut words = text.split_whitespace();
        let hours = words.next().ok_or_else(wrong)?;
        let workdays = match words.next() {
            None => false,
            Some("workdays" | "工作日") => true,
            Some(_) => return Err(wrong()),
        };
        if hours == "24h" && words.next().is_none() {
            return Ok(Self { day: None, workdays });
        }
        let time = |text: &str| Time::strptime("%H:%M", text).map_err(|_| wrong());
        let (from, to) = hours.split_once('-').ok_or_else(wrong)?;
        let (from, to) = (time(from)?, time(to)?);
        if from >= to || words.next().is_some() {
            return Err(wrong());
        }
        Ok(Self { day: Some((from, to)), workdays })
    }
}

impl TryFrom<String> for Hours {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Hours> for String {
    fn from(hours: Hours) -> Self {
        hours.to_string()
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.day {
            None => f.write_str("24h")?,
            Some((from, to)) => {
                write!(f, "{}-{}", from.strftime("%H:%M"), to.strftime("%H:%M"))?;
            }
        }
        if self.workdays { f.write_str(" workdays") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::calendar::tests::bundled;

    #[track_caller]
    fn opens(hours: &str, at: &str, expected: &str) {
        let zone = time::zone(time::DEFAULT_ZONE).unwrap();
        let hours: Hours = hours.parse().unwrap();
        let next = hours.next(time::parse_in(at, &zone).unwrap(), &zone, &bundled());
        assert_eq!(time::minute(next, &zone), expected);
    }

    #[test]
    fn the_next_opening() {
        opens("09:00-17:00 workdays", "2026-09-18 16:59", "2026-09-18 16:59");
        opens("09:00-17:00 workdays", "2026-09-18 17:00", "2026-09-20 09:00");
        opens("09:00-17:00 workdays", "2026-09-30 18:00", "2026-10-08 09:00");
        opens("09:00-17:00", "2026-10-01 03:00", "2026-10-01 09:00");
        opens("24h", "2026-10-01 03:00", "2026-10-01 03:00");
        opens("24h 工作日", "2026-10-01 03:00", "2026-10-08 00:00");
    }

    #[test]
    fn says_what_it_read() {
        for text in ["24h", "09:00-17:30", "08:30-12:00 workdays"] {
            assert_eq!(text.parse::<Hours>().unwrap().to_string(), text);
        }
        for text in ["", "9-17 always", "17:00-09:00", "24h workdays x", "morning"] {
            assert!(text.parse::<Hours>().is_err(), "{text}");
        }
    }
}
