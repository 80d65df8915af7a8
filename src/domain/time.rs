//! Instants in a case's zone, and how they are written.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

use crate::domain::lang::Lang;

/// The zone a case has when it names none.
pub const DEFAULT_ZONE: &str = "Asia/Shanghai";

/// Returns the zone that is meant where none is named, and in which one account has its days.
pub fn default_zone() -> TimeZone {
    zone(DEFAULT_ZONE).unwrap_or(TimeZone::UTC)
}

/// Returns the zone of that IANA name.
pub fn zone(name: &str) -> Option<TimeZone> {
    TimeZone::get(name).ok()
}

/// Returns the first instant of `date` in `zone`.
pub fn start_of(date: Date, zone: &TimeZone) -> Timestamp {
    at(date, Time::midnight(), zone)
}

/// Returns the instant 24:00 of `date`: the first instant that is no longer that day.
pub fn end_of(date: Date, zone: &TimeZone) -> Timestamp {
    start_of(date.tomorrow().unwrap_or(Date::MAX), zone)
}

/// Returns the instant a clock in `zone` shows `time` on `date`. In a gap the clock's jump is
/// applied; in a fold the first of the two instants counts.
pub fn at(date: Date, time: Time, zone: &TimeZone) -> Timestamp {
    zone.to_ambiguous_timestamp(DateTime::from_parts(date, time))
        .compatible()
        .unwrap_or(Timestamp::MAX)
}

/// Returns the local day of an instant.
pub fn day(instant: Timestamp, zone: &TimeZone) -> Date {
    zone.to_datetime(instant).date()
}

/// Returns the instant in RFC 3339 with the zone's offset, for JSON.
pub fn rfc3339(instant: Timestamp, zone: &TimeZone) -> String {
    instant.display_with_offset(zone.to_offset(instant)).to_string()
}

/// Returns `2026-09-18 15:20`, the local wall time to the minute.
pub fn minute(instant: Timestamp, zone: &TimeZone) -> String {
    zone.to_datetime(instant).strftime("%Y-%m-%d %H:%M").to_string()
}

/// Returns `2026-09-18 15:20:07`, as a bill shows a transaction.
pub fn second(instant: Timestamp, zone: &TimeZone) -> String {
    zone.to_datetime(instant).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// Returns `2026年9月18日`, the date at the foot of a letter.
pub fn chinese_date(date: Date) -> String {
    format!("{}年{}月{}日", date.year(), date.month(), date.day())
}

/// Returns `2026年9月18日15时20分`, the wording of a Chinese paper.
pub fn chinese_minute(instant: Timestamp, zone: &TimeZone) -> String {
    let local = zone.to_datetime(instant);
    format!("{}{}时{:02}分", chinese_date(local.date()), local.hour(), local.minute())
}

/// Returns the instant that stands for a day of which nobody knows the hour: its last second, so
/// that nothing counted from it comes too early.
pub fn sometime_on(date: Date, zone: &TimeZone) -> Timestamp {
    end_of(date, zone).saturating_sub(SignedDuration::from_secs(1)).unwrap_or(Timestamp::MAX)
}

/// Returns an instant as `minute` does; of one that stands for a day, only that day.
pub fn told(instant: Timestamp, zone: &TimeZone) -> String {
    let date = day(instant, zone);
    if instant == sometime_on(date, zone) { date.to_string() } else { minute(instant, zone) }
}

/// Returns an instant as `chinese_minute` does; of one that stands for a day, only that day.
pub fn chinese_told(instant: Timestamp, zone: &TimeZone) -> String {
    let date = day(instant, zone);
    if instant == sometime_on(date, zone) {
        chinese_date(date)
    } else {
        chinese_minute(instant, zone)
    }
}

/// Returns the weekday's short name.
pub fn weekday(date: Date, lang: Lang) -> &'static str {
    match (date.weekday(), lang) {
        (Weekday::Monday, Lang::Zh) => "周一",
        (Weekday::Tuesday, Lang::Zh) => "周二",
        (Weekday::Wednesday, Lang::Zh) => "周三",
        (Weekday::Thursday, Lang::Zh) => "周四",
        (Weekday::Friday, Lang::Zh) => "周五",
        (Weekday::Saturday, Lang::Zh) => "周六",
        (Weekday::Sunday, Lang::Zh) => "周日",
        (Weekday::Monday, Lang::En) => "Mon",
        (Weekday::Tuesday, Lang::En) => "Tue",
        (Weekday::Wednesday, Lang::En) => "Wed",
        (Weekday::Thursday, Lang::En) => "Thu",
        (Weekday::Friday, Lang::En) => "Fri",
        (Weekday::Saturday, Lang::En) => "Sat",
        (Weekday::Sunday, Lang::En) => "Sun",
    }
}

/// Returns `09-20 周日 15:20`, or `2027-02-18 周四 09:00` when it is not the year of `today`.
pub fn listed(instant: Timestamp, zone: &TimeZone, today: Date, lang: Lang) -> String {
    let local = zone.to_datetime(instant);
    format!("{} {}", listed_day(local.date(), today, lang), local.strftime("%H:%M"))
}

/// Returns `09-20 周日`, or with its year when that is not the year of `today`.
pub fn listed_day(day: Date, today: Date, lang: Lang) -> String {
    let form = if day.year() == today.year() { "%m-%d" } else { "%Y-%m-%d" };
    format!("{} {}", day.strftime(form), weekday(day, lang))
}

/// Reads an RFC 3339 time that names its offset.
pub fn parse(text: &str) -> Option<Timestamp> {
    text.parse::<Timestamp>().ok()
}

/// Reads the same forms a person may type on the command line: with an offset, or a wall time
/// that is taken in the case's zone.
pub fn parse_in(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    if let Some(instant) = parse(text) {
        return Some(instant);
    }
    if let Ok(zoned) = text.parse::<Zoned>() {
        return Some(zoned.timestamp());
    }
    let wall = text.replace('T', " ");
    let wall: DateTime = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"]
        .iter()
        .find_map(|format| DateTime::strptime(format, &wall).ok())?;
    Some(at(wall.date(), wall.time(), zone))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shanghai() -> TimeZone {
        zone(DEFAULT_ZONE).unwrap()
    }

    #[test]
    fn a_day_ends_at_its_24_00() {
        let end = end_of(Date::constant(2026, 9, 24), &shanghai());
        assert_eq!(rfc3339(end, &shanghai()), "2026-09-25T00:00:00+08:00");
    }

    #[test]
    fn reads_wall_time_in_the_zone_of_the_case() {
        let instant = parse_in("2026-09-18 15:20", &shanghai()).unwrap();
        assert_eq!(rfc3339(instant, &shanghai()), "2026-09-18T15:20:00+08:00");
        assert_eq!(parse_in("2026-09-18T07:20:00Z", &shanghai()), Some(instant));
        assert_eq!(parse_in("yesterday", &shanghai()), None);
    }
}
