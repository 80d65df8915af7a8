//! Which days are worked in China: the weekday rule, and the State Council's yearly notices
//! that move it (放假 and 调休).

use std::collections::BTreeMap;

use jiff::civil::{Date, Weekday};
use serde::Deserialize;

use crate::domain::lang::{Lang, Text};
use crate::domain::time;

/// The working-day calendar of the years whose notices are known.
#[derive(Clone, Debug, Default)]
pub struct Calendar {
    days: BTreeMap<Date, Special>,
    years: BTreeMap<i16, Year>,
}

#[derive(Clone, Debug)]
struct Special {
    reason: Text,
    off: bool,
}

#[derive(Clone, Debug)]
struct Year {
    provisional: bool,
    source: String,
}

/// What one day is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// True when it is worked.
    pub worked: bool,
    /// Why, when it is not simply a weekday.
    pub reason: Option<Text>,
    /// True when no notice for its year is known, so the answer may change.
    pub provisional: bool,
}

/// Why a calendar file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CalendarError {
    /// Not JSON of the expected shape.
    #[error("the holiday file `{file}` cannot be read")]
    Shape {
        /// The file.
        file: String,
        /// What the reader said.
        #[source]
        source: serde_json::Error,
    },
    /// A day in it does not exist.
    #[error("the holiday file `{file}` names `{date}`, which is not a day")]
    NotADay {
        /// The file.
        file: String,
        /// The text that stands there.
        date: String,
    },
}

/// The shape of the public holiday files (one per notice).
#[derive(Deserialize)]
struct File {
    year: i16,
    #[serde(default)]
    provisional: bool,
    #[serde(default)]
    papers: Vec<String>,
    days: Vec<FileDay>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FileDay {
    name: String,
    date: String,
    is_off_day: bool,
}

fn special(date: Date, name: &str, off: bool) -> Special {
    let weekday = time::weekday(date, Lang::Zh);
    let weekday_en = time::weekday(date, Lang::En);
    let reason = if off {
        crate::text!("{name}放假", "holiday ({name})")
    } else {
        crate::text!("{weekday}，{name}调休上班", "{weekday_en}, make-up working day ({name})")
    };
    Special { reason, off }
}

impl Calendar {
    /// Adds one year's file. A later file wins over an earlier one, day by day, because a notice
    /// may move days of the December before it.
    pub fn add(&mut self, file: &str, json: &str) -> Result<(), CalendarError> {
        let read: File = serde_json::from_str(json)
            .map_err(|source| CalendarError::Shape { file: file.into(), source })?;
        for day in read.days {
            let date: Date = day.date.parse().map_err(|_| CalendarError::NotADay {
                file: file.into(),
                date: day.date.clone(),
            })?;
            self.days.insert(date, special(date, &day.name, day.is_off_day));
        }
        let source = read.papers.into_iter().next().unwrap_or_default();
        self.years.insert(read.year, Year { provisional: read.provisional, source });
        Ok(())
    }

    /// Returns what `date` is.
    pub fn day(&self, date: Date) -> Day {
        let provisional = self.is_provisional(date.year());
        if let Some(special) = self.days.get(&date) {
            let reason = Some(special.reason.clone());
            return Day { worked: !special.off, reason, provisional };
        }
        let weekend = matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
        let reason = weekend
            .then(|| Text::new(time::weekday(date, Lang::Zh), time::weekday(date, Lang::En)));
        Day { worked: !weekend, reason, provisional }
    }

    /// Returns true when `date` is worked.
    pub fn is_worked(&self, date: Date) -> bool {
        match self.days.get(&date) {
            Some(special) => !special.off,
            None => !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday),
        }
    }

    /// Returns true when no official notice for that year is known.
    pub fn is_provisional(&self, year: i16) -> bool {
        self.years.get(&year).is_none_or(|year| year.provisional)
    }

    /// Returns where the notice of that year is published, when one is known.
    pub fn source(&self, year: i16) -> Option<&str> {
        self.years
            .get(&year)
            .filter(|year| !year.provisional && !year.source.is_empty())
            .map(|year| year.source.as_str())
    }

    /// Returns the first worked day on or after `date`.
    pub fn next_worked(&self, date: Date) -> Date {
        self.seek(date, Date::tomorrow)
    }

    /// Returns the last worked day on or before `date`.
    pub fn last_worked(&self, date: Date) -> Date {
        self.seek(date, Date::yesterday)
    }

    /// Returns how many worked days come after `from`, up to and with `to`.
    pub fn worked_between(&self, from: Date, to: Date) -> i64 {
        let mut count = 0;
        let mut day = from;
        while day < to {
            let Ok(next) = day.tomorrow() else { break };
            day = next;
            count += i64::from(self.is_worked(day));
        }
        count
    }

    fn seek(&self, from: Date, step: impl Fn(Date) -> Result<Date, jiff::Error>) -> Date {
        let mut day = from;
        while !self.is_worked(day) {
            match step(day) {
                Ok(next) => day = next,
                Err(_) => return day,
            }
        }
        day
    }

    /// Returns the years there is a file for.
    pub fn years(&self) -> impl Iterator<Item = i16> + '_ {
        self.years.keys().copied()
    }

    /// Returns the years with an official notice.
    pub fn official_years(&self) -> impl Iterator<Item = i16> + '_ {
        self.years.iter().filter(|(_, year)| !year.provisional).map(|(year, _)| *year)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The calendar of the bundled files, for tests of dates.
    pub(crate) fn bundled() -> Calendar {
        let mut calendar = Calendar::default();
        for (name, text) in [
            ("2024.json", include_str!("../../workflows/cn/holidays/2024.json")),
            ("2025.json", include_str!("../../workflows/cn/holidays/2025.json")),
            ("2026.json", include_str!("../../workflows/cn/holidays/2026.json")),
            ("2027.json", include_str!("../../workflows/cn/holidays/2027.json")),
        ] {
            calendar.add(name, text).unwrap();
        }
        calendar
    }

    #[track_caller]
    fn check(date: &str, worked: bool) {
        assert_eq!(bundled().is_worked(date.parse().unwrap()), worked, "{date}");
    }

    #[test]
    fn knows_make_up_days_and_holidays() {
        check("2026-09-20", true);
        check("2026-09-25", false);
        check("2026-10-08", true);
        check("2026-10-10", true);
        check("2026-02-14", true);
        check("2026-02-23", false);
    }

    #[test]
    fn counts_worked_days_of_the_published_years() {
        let calendar = bundled();
        let worked = |year: i16| {
            Date::constant(year, 1, 1)
                .series(jiff::Span::new().days(1))
                .take_while(|date| date.year() == year)
                .filter(|date| calendar.is_worked(*date))
                .count()
        };
        assert_eq!([worked(2024), worked(2025), worked(2026)], [251, 248, 248]);
    }

    #[test]
    fn years_without_a_notice_are_provisional() {
        let calendar = bundled();
        assert!(!calendar.is_provisional(2026));
        assert!(calendar.is_provisional(2027));
        assert!(calendar.is_provisional(2031));
    }
}
