//! Limits: from a start and a length to a date that can say why it is that date.
//!
//! Hours run from the instant (Civil Code 201, second sentence). Days do not count the start day
//! (201, first sentence) and end at 24:00 of the last one (203, second paragraph). A limit of the
//! other side that stands for a legal or published period rolls over holidays (203, first
//! paragraph); a limit of ours never does, and shows a safe earlier day instead, because counters
//! are shut on holidays.

use std::sync::Arc;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::domain::calendar::Calendar;
use crate::domain::lang::Text;
use crate::domain::span::Span;
use crate::domain::time;

/// Whose limit it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Ours: never extended.
    Ours,
    /// Theirs, by our own wish to follow up: not extended.
    Theirs,
    /// Theirs, by law or by their published promise: rolls over holidays.
    TheirsByRule,
}

/// A stretch in which the other side's clock stood still, because they waited for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    /// When they asked.
    pub from: Timestamp,
    /// When we answered; none while they still wait.
    pub to: Option<Timestamp>,
}

/// One computed limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deadline {
    /// What it was counted from.
    pub start: Timestamp,
    /// The length.
    pub span: Span,
    /// Whose it is.
    pub side: Side,
    /// The first instant that is outside it.
    pub end: Timestamp,
    /// The last day inside it, for lengths by day.
    pub last_day: Option<Date>,
    /// The last day before any rolling, when rolling moved it.
    pub rolled_from: Option<Date>,
    /// For our limits on a day off: the last worked day before.
    pub safe_day: Option<Date>,
    /// When the task it opens is set for: the end itself, or 09:00 of the next day.
    pub opens: Timestamp,
    /// True when it counts days of a year without an official holiday notice.
    pub provisional: bool,
    /// Days that were passed over, each with its reason.
    pub skipped: Arc<[NotedDay]>,
    /// Days off by their weekday that were counted all the same.
    pub counted: Arc<[NotedDay]>,
    /// What the rule gave, when the person moved it.
    pub moved_from: Option<Timestamp>,
}

impl Deadline {
    /// Returns the limit moved to another instant by the person.
    #[must_use]
    pub fn moved(self, to: Timestamp) -> Self {
        Self {
            moved_from: Some(self.end),
            end: to,
            opens: to,
            last_day: None,
            rolled_from: None,
            safe_day: None,
            provisional: false,
            ..self
        }
    }
}

/// A day and why it is worth a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotedDay {
    /// The day.
    pub day: Date,
    /// Why.
    pub reason: Text,
}

/// The hour at which a task opened by a day-long limit is set.
const MORNING: Time = Time::constant(9, 0, 0, 0);

/// How limits are counted in one case.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// The zone days are counted in.
    pub zone: &'a TimeZone,
    /// The working-day calendar.
    pub calendar: &'a Calendar,
}

impl Rules<'_> {
    /// Returns the limit `span` after `start`, or none while the clock stands still.
    pub fn deadline(
        &self,
        start: Timestamp,
        span: Span,
        side: Side,
        pauses: &[Pause],
    ) -> Option<Deadline> {
        let (days, count_as) = match span {
            Span::Minutes(n) => {
                return self.elapsed(
                    start,
                    span,
                    side,
                    SignedDuration::from_mins(n.into()),
                    pauses,
                );
            }
            Span::Hours(n) => {
                return self.elapsed(
                    start,
                    span,
                    side,
                    SignedDuration::from_hours(n.into()),
                    pauses,
                );
            }
            Span::Days(n) => (n, CountAs::Natural),
            Span::Workdays(n) => (n, CountAs::Worked),
            Span::Months(n) => {
                (self.days_until(start, jiff::Span::new().months(n)), CountAs::Natural)
            }
            Span::Years(n) => {
                (self.days_until(start, jiff::Span::new().years(n)), CountAs::Natural)
            }
        };
        let mut count = Count::new(self, start, pauses, count_as);
        let last = count.advance(days)?;
        Some(self.by_day(start, span, side, last, count))
    }

    fn elapsed(
        &self,
        start: Timestamp,
        span: Span,
        side: Side,
        length: SignedDuration,
        pauses: &[Pause],
    ) -> Option<Deadline> {
        let mut remaining = length;
        let mut cursor = start;
        let mut skipped = Vec::new();
        for pause in pauses.iter().filter(|pause| pause.from >= start) {
            let ran = cursor.duration_until(pause.from).max(SignedDuration::ZERO);
            if ran >= remaining {
                break;
            }
            remaining -= ran;
            let to = pause.to?;
            cursor = to.max(cursor);
            let until = time::minute(to, self.zone);
            skipped.push(NotedDay {
                day: time::day(pause.from, self.zone),
                reason: crate::text!(
                    "等我们补件，对方期限暂停到 {until}",
                    "paused until {until}: they waited for us"
                ),
            });
        }
        let end = cursor.saturating_add(remaining).unwrap_or(Timestamp::MAX);
        Some(Deadline {
            start,
            span,
            side,
            end,
            last_day: None,
            rolled_from: None,
            safe_day: None,
            opens: end,
            provisional: false,
            skipped: skipped.into(),
            counted: Arc::default(),
            moved_from: None,
        })
    }

    fn why_not_worked(&self, day: Date) -> Option<Text> {
        let day = self.calendar.day(day);
        (!day.worked).then(|| day.reason.unwrap_or_default())
    }

    /// Months and years end on the day of the same number, or the month's last; as a number of
    /// days, so that a pause lengthens them like any other limit.
    fn days_until(&self, start: Timestamp, length: jiff::Span) -> u32 {
        let first = time::day(start, self.zone);
        first
            .checked_add(length)
            .and_then(|last| first.until(last))
            .ok()
            .and_then(|span| u32::try_from(span.get_days()).ok())
            .unwrap_or(u32::MAX)
    }

    fn by_day(
        &self,
        start: Timestamp,
        span: Span,
        side: Side,
        last: Date,
        count: Count<'_>,
    ) -> Deadline {
        let rolled = match side {
            Side::TheirsByRule => self.calendar.next_worked(last),
            Side::Ours | Side::Theirs => last,
        };
        let safe = match side {
            Side::Ours => self.calendar.last_worked(last),
            Side::Theirs | Side::TheirsByRule => last,
        };
        let mut skipped = count.skipped;
        let mut day = last;
        while day < rolled {
            skipped.push(NotedDay { day, reason: self.why_not_worked(day).unwrap_or_default() });
            day = day.tomorrow().unwrap_or(rolled);
        }
        let provisional = match (count.days, side) {
            (CountAs::Worked, _) => {
                let first = time::day(start, self.zone).tomorrow().unwrap_or(last);
                (first.year()..=rolled.year()).any(|year| self.calendar.is_provisional(year))
            }
            (CountAs::Natural, Side::Theirs) => false,
            (CountAs::Natural, _) => self.calendar.is_provisional(last.year()),
        };
        Deadline {
            start,
            span,
            side,
            end: time::end_of(rolled, self.zone),
            last_day: Some(rolled),
            rolled_from: (rolled != last).then_some(last),
            safe_day: (safe != last).then_some(safe),
            opens: time::at(rolled.tomorrow().unwrap_or(rolled), MORNING, self.zone),
            provisional,
            skipped: skipped.into(),
            counted: count.counted.into(),
            moved_from: None,
        }
    }
}

/// Which days a limit counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CountAs {
    Natural,
    Worked,
}

/// Walks days from the one after the start, leaving out those in which the clock stood still.
struct Count<'a> {
    rules: &'a Rules<'a>,
    start: Date,
    pauses: Vec<(Date, Option<Date>)>,
    days: CountAs,
    skipped: Vec<NotedDay>,
    counted: Vec<NotedDay>,
}

impl<'a> Count<'a> {
    fn new(rules: &'a Rules<'a>, start: Timestamp, pauses: &[Pause], days: CountAs) -> Self {
        let day = |instant| time::day(instant, rules.zone);
        let pauses = pauses
            .iter()
            .filter(|pause| pause.from >= start)
            .map(|pause| (day(pause.from), pause.to.map(day)))
            .collect();
        let (skipped, counted) = (Vec::new(), Vec::new());
        Self { rules, start: day(start), pauses, days, skipped, counted }
    }

    /// Returns the day on which `days` countable days have passed; none while paused for good.
    fn advance(&mut self, days: u32) -> Option<Date> {
        if self.days == CountAs::Natural && self.pauses.is_empty() {
            return self.start.checked_add(jiff::Span::new().try_days(days).ok()?).ok();
        }
        let mut day = self.start;
        let mut left = days;
        while left > 0 {
            day = day.tomorrow().ok()?;
            if let Some(reason) = self.why_passed_over(day)? {
                self.skipped.push(NotedDay { day, reason });
                continue;
            }
            left -= 1;
            if self.days == CountAs::Worked
                && let Some(reason) = self.rules.calendar.day(day).reason
            {
                self.counted.push(NotedDay { day, reason });
            }
        }
        Some(day)
    }

    /// Returns why a day is not counted, if it is not; none of both when the pause has no end yet.
    #[expect(
        clippy::option_option,
        reason = "the outer none ends the count, the inner one counts the day"
    )]
    fn why_passed_over(&self, day: Date) -> Option<Option<Text>> {
        let pause =
            self.pauses.iter().find(|(from, to)| *from <= day && to.is_none_or(|to| day <= to));
        match pause {
            Some((_, None)) => None,
            Some((_, Some(_))) => {
                Some(Some(Text::new("等我们补件，对方期限暂停", "paused: they waited for us")))
            }
            None if self.days == CountAs::Worked => Some(self.rules.why_not_worked(day)),
            None => Some(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::calendar::tests::bundled;

    fn shanghai() -> TimeZone {
        time::zone(time::DEFAULT_ZONE).unwrap()
    }

    fn instant(text: &str) -> Timestamp {
        time::parse_in(text, &shanghai()).unwrap()
    }

    fn deadline(start: &str, span: &str, side: Side, pauses: &[Pause]) -> Option<Deadline> {
        let (zone, calendar) = (shanghai(), bundled());
        let rules = Rules { zone: &zone, calendar: &calendar };
        rules.deadline(instant(start), span.parse().unwrap(), side, pauses)
    }

    /// One row of the golden vectors: start, +48h, 5wd, 7d raw, 7d theirs rolled, 7d ours safe.
    #[track_caller]
    fn golden(start: &str, expected: [&str; 5]) {
        let last_day = |span, side| deadline(start, span, side, &[]).unwrap().last_day.unwrap();
        let ours = deadline(start, "7d", Side::Ours, &[]).unwrap();
        let found = [
            time::minute(deadline(start, "48h", Side::Theirs, &[]).unwrap().end, &shanghai()),
            last_day("5wd", Side::TheirsByRule).to_string(),
            last_day("7d", Side::Theirs).to_string(),
            last_day("7d", Side::TheirsByRule).to_string(),
            ours.safe_day.or(ours.last_day).unwrap().to_string(),
        ];
        assert_eq!(found, expected, "from {start}");
    }

    #[test]
    fn golden_vectors() {
        golden(
            "2026-09-18 15:20",
            ["2026-09-20 15:20", "2026-09-24", "2026-09-25", "2026-09-28", "2026-09-24"],
        );
        golden(
            "2026-09-19 10:00",
            ["2026-09-21 10:00", "2026-09-24", "2026-09-26", "2026-09-28", "2026-09-24"],
        );
        golden(
            "2026-09-29 17:00",
            ["2026-10-01 17:00", "2026-10-12", "2026-10-06", "2026-10-08", "2026-09-30"],
        );
        golden(
            "2026-02-12 09:00",
            ["2026-02-14 09:00", "2026-02-26", "2026-02-19", "2026-02-24", "2026-02-14"],
        );
        golden(
            "2026-02-14 09:00",
            ["2026-02-16 09:00", "2026-02-28", "2026-02-21", "2026-02-24", "2026-02-14"],
        );
        golden(
            "2025-12-30 09:00",
            ["2026-01-01 09:00", "2026-01-07", "2026-01-06", "2026-01-06", "2026-01-06"],
        );
        golden(
            "2026-05-07 09:00",
            ["2026-05-09 09:00", "2026-05-13", "2026-05-14", "2026-05-14", "2026-05-14"],
        );
        golden(
            "2026-12-29 09:00",
            ["2026-12-31 09:00", "2027-01-06", "2027-01-05", "2027-01-05", "2027-01-05"],
        );
        golden(
            "2026-10-01 20:00",
            ["2026-10-03 20:00", "2026-10-13", "2026-10-08", "2026-10-08", "2026-10-08"],
        );
    }

    #[test]
    fn working_days_of_a_year_without_a_notice_are_provisional() {
        assert!(deadline("2026-12-29 09:00", "5wd", Side::Theirs, &[]).unwrap().provisional);
        assert!(!deadline("2026-12-22 09:00", "5wd", Side::Theirs, &[]).unwrap().provisional);
        assert!(!deadline("2026-12-29 09:00", "7d", Side::Theirs, &[]).unwrap().provisional);
        assert!(!deadline("2026-12-29 09:00", "48h", Side::Theirs, &[]).unwrap().provisional);
    }

    #[test]
    fn a_limit_by_days_opens_its_task_the_next_morning() {
        let limit = deadline("2026-09-18 15:20", "5d", Side::Theirs, &[]).unwrap();
        assert_eq!(time::minute(limit.end, &shanghai()), "2026-09-24 00:00");
        assert_eq!(time::minute(limit.opens, &shanghai()), "2026-09-24 09:00");
        let limit = deadline("2026-09-18 15:20", "48h", Side::Theirs, &[]).unwrap();
        assert_eq!(limit.opens, limit.end);
    }

    #[test]
    fn the_same_day_ends_at_midnight() {
        let limit = deadline("2026-09-18 15:20", "0d", Side::Ours, &[]).unwrap();
        assert_eq!(time::minute(limit.end, &shanghai()), "2026-09-19 00:00");
    }

    #[test]
    fn months_end_on_the_same_number_or_the_month_s_last() {
        let last = |span| deadline("2026-01-31 10:00", span, Side::Theirs, &[]).unwrap().last_day;
        assert_eq!(last("1mo"), Some(Date::constant(2026, 2, 28)));
        assert_eq!(last("5mo"), Some(Date::constant(2026, 6, 30)));
        assert_eq!(last("3y"), Some(Date::constant(2029, 1, 31)));
    }

    #[test]
    fn says_which_days_it_passed_over_and_which_it_counted() {
        let limit = deadline("2026-09-18 15:20", "5wd", Side::TheirsByRule, &[]).unwrap();
        assert_eq!(limit.skipped.len(), 1, "only Saturday the 19th");
        assert_eq!(limit.counted[0].day, Date::constant(2026, 9, 20));
        let limit = deadline("2026-09-29 17:00", "5wd", Side::TheirsByRule, &[]).unwrap();
        assert_eq!(limit.skipped.len(), 8, "seven of the national holiday and Sunday the 11th");
    }

    #[test]
    fn their_clock_stands_still_while_they_wait_for_us() {
        let pause =
            Pause { from: instant("2026-05-08 09:00"), to: Some(instant("2026-05-12 09:00")) };
        let limit = deadline("2026-05-07 09:00", "48h", Side::Theirs, &[pause]).unwrap();
        assert_eq!(time::minute(limit.end, &shanghai()), "2026-05-13 09:00");
        // Paused on the first counted day: all five remain after the answer of the 12th.
        let limit = deadline("2026-05-07 09:00", "5wd", Side::Theirs, &[pause]).unwrap();
        assert_eq!(limit.last_day, Some(Date::constant(2026, 5, 19)));
        let open = Pause { to: None, ..pause };
        assert_eq!(deadline("2026-05-07 09:00", "5wd", Side::Theirs, &[open]), None);
        assert_eq!(deadline("2026-05-07 09:00", "48h", Side::Theirs, &[open]), None);
    }

    #[test]
    fn a_pause_after_the_end_changes_nothing() {
        let late = Pause { from: instant("2026-06-01 09:00"), to: None };
        let limit = deadline("2026-05-07 09:00", "5wd", Side::Theirs, &[late]).unwrap();
        assert_eq!(limit.last_day, Some(Date::constant(2026, 5, 13)));
    }
}
