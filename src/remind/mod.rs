//! Recurring reminders: from a rule to its next instants, and what a machine that was off does
//! about those it missed. Pure: the same rule and the same instants, the same answer.
//!
//! A rule is a cron pattern of five fields in the civil time of its zone. An instant that the zone's
//! clock jumps over happens when the clock is put forward; one that it shows twice happens the first
//! time.

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, TimeDelta, Timelike as _, Utc};
use croner::Cron;
use croner::parser::{CronParser, Seconds};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime as CivilDateTime};
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::domain::calendar::Calendar;
use crate::domain::lang::Text;
use crate::domain::time;

/// What happens to occurrences that passed while nothing ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Missed {
    /// 补一次。 The latest is given once.
    #[default]
    RunOnce,
    /// 不补。 None is given.
    Skip,
    /// 每次都补。 Each is given.
    All,
}

/// How long after its instant an occurrence counts as given in time.
const IN_TIME: jiff::SignedDuration = jiff::SignedDuration::from_hours(12);

/// More occurrences than anyone misses: years of a daily rule.
const LIMIT_MISSED: usize = 4_000;

/// A recurrence.
#[derive(Clone, Debug)]
pub struct Rule {
    cron: Cron,
    last_days: Option<u32>,
    zone: TimeZone,
    first_workday: bool,
    /// What happens to missed occurrences.
    pub missed: Missed,
}

impl Rule {
    /// Reads a rule, or says what is wrong and what to do.
    pub fn new(
        pattern: &str,
        zone: &str,
        first_workday: bool,
        missed: Missed,
    ) -> Result<Self, (Text, Text)> {
        let hint = || {
            Text::new(
                "写成 \"分 时 日 月 星期\"，例如每月 1 日九点：\"0 9 1 * *\"",
                "write \"minute hour day month weekday\", such as \"0 9 1 * *\"",
            )
        };
        let Some(known) = time::zone(zone) else {
            return Err((
                crate::text!("没有时区 {zone}", "there is no zone {zone}"),
                Text::new("写成 Asia/Shanghai", "write Asia/Shanghai"),
            ));
        };
        let mut fields: Vec<&str> = pattern.split_whitespace().collect();
        if fields.len() != 5 {
            let message = crate::text!(
                "重复规则 \"{pattern}\" 不是五段",
                "the rule \"{pattern}\" does not have five fields"
            );
            return Err((message, hint()));
        }
        // A month without a 31st ends all the same: its last day stands for it.
        let last_days = fields[2].parse().ok().filter(|day| (29..=31).contains(day));
        if last_days.is_some() {
            fields[2] = "L";
        }
        let parser = CronParser::builder().seconds(Seconds::Disallowed).build();
        let cron = parser.parse(&fields.join(" ")).map_err(|error| {
            let said = error.to_string();
            (
                crate::text!(
                    "重复规则 \"{pattern}\" 写得不对",
                    "the rule \"{pattern}\" makes no sense: {said}"
                ),
                hint(),
            )
        })?;
        Ok(Self { cron, last_days, zone: known, first_workday, missed })
    }

    /// Returns the first occurrence after an instant; none when there is none any more.
    pub fn next(&self, after: Timestamp, calendar: &Calendar) -> Option<Timestamp> {
        // A rule that waits for a working day may have begun its wait before `after`.
        let back = if self.first_workday { TimeDelta::days(20) } else { TimeDelta::days(2) };
        let mut from = civil(after, &self.zone)?.checked_sub_signed(back)?;
        for _ in 0..LIMIT_MISSED {
            let at = DateTime::<Utc>::from_naive_utc_and_offset(from, Utc);
            let found = self.cron.find_next_occurrence(&at, false).ok()?.naive_utc();
            from = found;
            let instant = self.instant(found, calendar)?;
            if instant > after {
                return Some(instant);
            }
        }
        None
    }

    /// The instant of a civil time, moved to the day it is meant for.
    fn instant(&self, found: NaiveDateTime, calendar: &Calendar) -> Option<Timestamp> {
        let day = match self.last_days {
            Some(wanted) => found.date().with_day(wanted).unwrap_or(found.date()),
            None => found.date(),
        };
        let day = to_date(day)?;
        let day = if self.first_workday { calendar.next_worked(day) } else { day };
        let hour = i8::try_from(found.hour()).ok()?;
        let minute = i8::try_from(found.minute()).ok()?;
        let civil = day.at(hour, minute, 0, 0);
        Some(self.zone.to_ambiguous_zoned(civil).compatible().ok()?.timestamp())
    }

    /// Returns the occurrences after `since`, up to and with `now`.
    pub fn between(&self, since: Timestamp, now: Timestamp, calendar: &Calendar) -> Vec<Timestamp> {
        let mut found = Vec::new();
        let mut at = since;
        while found.len() < LIMIT_MISSED {
            match self.next(at, calendar) {
                Some(next) if next <= now => {
                    found.push(next);
                    at = next;
                }
                _ => break,
            }
        }
        found
    }

    /// Returns which of the occurrences that came due are given now; the others are passed over.
    pub fn given(&self, due: &[Timestamp], now: Timestamp) -> Vec<Timestamp> {
        match self.missed {
            Missed::All => due.to_vec(),
            Missed::RunOnce => due.last().copied().into_iter().collect(),
            Missed::Skip => {
                let fresh = |at: &&Timestamp| at.duration_until(now) < IN_TIME;
                due.iter().rev().take(1).filter(fresh).copied().collect()
            }
        }
    }
}

fn civil(instant: Timestamp, zone: &TimeZone) -> Option<NaiveDateTime> {
    let local: CivilDateTime = zone.to_datetime(instant);
    let month = u32::try_from(local.month()).ok()?;
    let day = u32::try_from(local.day()).ok()?;
    let date = NaiveDate::from_ymd_opt(local.year().into(), month, day)?;
    date.and_hms_opt(
        u32::try_from(local.hour()).ok()?,
        u32::try_from(local.minute()).ok()?,
        u32::try_from(local.second()).ok()?,
    )
}

fn to_date(day: NaiveDate) -> Option<Date> {
    let year = i16::try_from(day.year()).ok()?;
    Date::new(year, i8::try_from(day.month()).ok()?, i8::try_from(day.day()).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::calendar::tests::bundled;

    fn rule(pattern: &str, zone: &str, first_workday: bool) -> Rule {
        Rule::new(pattern, zone, first_workday, Missed::RunOnce).unwrap()
    }

    #[track_caller]
    fn next(rule: &Rule, after: &str, expected: &str) {
        let after: Timestamp = after.parse().unwrap();
        let found = rule.next(after, &bundled()).unwrap();
        assert_eq!(time::rfc3339(found, &rule.zone), expected);
    }

    #[test]
    fn the_first_of_the_month_or_the_first_working_day_after_it() {
        let plain = rule("0 9 1 * *", "Asia/Shanghai", false);
        next(&plain, "2026-09-18T00:00:00Z", "2026-10-01T09:00:00+08:00");
        let worked = rule("0 9 1 * *", "Asia/Shanghai", true);
        next(&worked, "2026-09-18T00:00:00Z", "2026-10-08T09:00:00+08:00");
        // Already waiting for the end of the holiday when asked.
        next(&worked, "2026-10-03T00:00:00Z", "2026-10-08T09:00:00+08:00");
        next(&worked, "2026-10-08T01:00:00Z", "2026-11-02T09:00:00+08:00");
    }

    #[test]
    fn months_without_a_thirty_first_keep_their_last_day() {
        let last = rule("0 9 31 * *", "Asia/Shanghai", false);
        next(&last, "2026-01-31T02:00:00Z", "2026-02-28T09:00:00+08:00");
        next(&last, "2026-02-28T02:00:00Z", "2026-03-31T09:00:00+08:00");
        let thirtieth = rule("0 9 30 * *", "Asia/Shanghai", false);
        next(&thirtieth, "2026-01-30T02:00:00Z", "2026-02-28T09:00:00+08:00");
        next(&thirtieth, "2026-02-28T02:00:00Z", "2026-03-30T09:00:00+08:00");
    }

    #[test]
    fn a_clock_that_jumps_skips_nothing_and_repeats_nothing() {
        let gap = rule("30 2 * * *", "America/New_York", false);
        next(&gap, "2027-03-13T12:00:00Z", "2027-03-14T03:30:00-04:00");
        next(&gap, "2027-03-14T07:30:00Z", "2027-03-15T02:30:00-04:00");
        let fold = rule("30 1 * * *", "America/New_York", false);
        next(&fold, "2027-11-07T04:00:00Z", "2027-11-07T01:30:00-04:00");
        next(&fold, "2027-11-07T05:30:00Z", "2027-11-08T01:30:00-05:00");
    }

    #[test]
    fn three_months_of_downtime_give_one_reminder() {
        let mut monthly = rule("0 9 1 * *", "Asia/Shanghai", false);
        let (since, now) =
            ("2026-06-15T00:00:00Z".parse().unwrap(), "2026-09-18T00:00:00Z".parse().unwrap());
        let due = monthly.between(since, now, &bundled());
        assert_eq!(due.len(), 3);
        assert_eq!(monthly.given(&due, now), [due[2]]);
        monthly.missed = Missed::All;
        assert_eq!(monthly.given(&due, now), due);
        monthly.missed = Missed::Skip;
        assert_eq!(monthly.given(&due, now), []);
    }

    #[test]
    fn says_what_is_wrong() {
        assert!(Rule::new("0 9 1 *", "Asia/Shanghai", false, Missed::RunOnce).is_err());
        assert!(Rule::new("0 25 1 * *", "Asia/Shanghai", false, Missed::RunOnce).is_err());
        assert!(Rule::new("0 9 1 * *", "Asia/Peking", false, Missed::RunOnce).is_err());
    }
}
