//! How fast mail may leave: the limits a person set, what already left, and what follows for the
//! next message. Pure: counts and the time go in, the answer comes out.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::domain::calendar::Calendar;
use crate::domain::hours::Hours;
use crate::domain::lang::{Lang, Text};
use crate::domain::refusal::RefusalClass;
use crate::domain::time;

/// The stretch that "a minute" means: any sixty seconds, not those of the clock.
pub const MINUTE: SignedDuration = SignedDuration::from_secs(60);

/// After how many messages refused in a row nothing more is tried.
const STOP_AFTER: u32 = 5;

/// 发送节奏；不写则不限。 How fast mail may leave; without it there is no limit.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Throttle {
    /// 任意一分钟内最多几封。 The most messages in any sixty seconds.
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub per_minute: Option<u32>,
    /// 每天（中国时间）最多几封。 The most messages a day, by Chinese time.
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub per_day: Option<u32>,
    /// 每天发往同一个收件域名（@ 后面的部分）最多几封。 The most a day to one recipient domain.
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub per_domain_per_day: Option<u32>,
    /// 只在这些时间发送，例如 "09:00-17:00 workdays"。 Only at these hours, by Chinese time.
    #[serde(default)]
    #[schemars(with = "Option<String>", extend("format" = "hours"))]
    pub hours: Option<Hours>,
    /// 连续几封因为账号或频率被拒后停止发送，默认 5。 Refusals in a row after which it stops.
    #[serde(default)]
    #[schemars(range(min = 1))]
    pub stop_after: Option<u32>,
}

impl Throttle {
    /// Returns true when how much left matters.
    pub fn counts(&self) -> bool {
        self.per_minute.is_some() || self.per_day.is_some() || self.per_domain_per_day.is_some()
    }

    /// Returns after how many messages refused in a row nothing more is tried.
    pub fn stop_after(&self) -> u32 {
        self.stop_after.unwrap_or(STOP_AFTER)
    }
}

/// What left one account so far, as the ledger says it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// When messages left in the last sixty seconds, oldest first.
    pub minute: Vec<Timestamp>,
    /// How many left today, by Chinese time, for each recipient domain in lower case.
    pub today: BTreeMap<String, u32>,
    /// Why the latest messages were refused, when none was taken since, the latest first: one for
    /// each message, and only refusals for the account's own sake.
    pub refused: Vec<RefusalClass>,
}

/// Whether and when messages may leave.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gate {
    /// All sending is stopped.
    pub halted: bool,
    /// The limits.
    pub throttle: Throttle,
    /// What left so far.
    pub traffic: Traffic,
}

/// Why a message waits although everything about it is ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hold {
    /// Until then.
    Until {
        /// When it may leave.
        at: Timestamp,
        /// Which limit holds it.
        limit: Limit,
    },
    /// Until a person says so: the account is refused again and again.
    Stopped {
        /// How many messages were refused in a row.
        refused: u32,
        /// Why the latest was.
        class: RefusalClass,
    },
}

/// Which limit holds a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Limit {
    /// So many in sixty seconds.
    Minute(u32),
    /// So many a day.
    Day(u32),
    /// So many a day to one domain.
    Domain {
        /// The domain.
        domain: String,
        /// How many.
        most: u32,
    },
    /// Only at these hours.
    Hours(Hours),
}

/// Returns true for a refusal that speaks of the account, not of the message: the next message
/// would be refused as well.
pub fn concerns_account(class: RefusalClass) -> bool {
    matches!(class, RefusalClass::Auth | RefusalClass::Rate)
}

/// Returns the domain of an address, in lower case.
pub fn domain_of(address: &str) -> String {
    address.rsplit('@').next().unwrap_or_default().to_ascii_lowercase()
}

impl Gate {
    /// Returns the gate of a person who set no limit.
    pub fn open() -> Self {
        Self::default()
    }

    /// Returns why a message to that address may not leave now; none when it may.
    pub fn hold(&self, address: &str, now: Timestamp, calendar: &Calendar) -> Option<Hold> {
        if let Some(stopped) = self.stopped() {
            return Some(stopped);
        }
        let zone = time::default_zone();
        let counted = self.by_count(address, now, &zone);
        let from = counted.as_ref().map_or(now, |(at, _)| *at);
        let Some(hours) = self.throttle.hours else {
            return counted.map(|(at, limit)| Hold::Until { at, limit });
        };
        // A limit that ends at night holds until somebody is at work again.
        let opens = hours.next(from, &zone, calendar);
        match counted {
            Some((_, limit)) => Some(Hold::Until { at: opens, limit }),
            None => (opens > now).then_some(Hold::Until { at: opens, limit: Limit::Hours(hours) }),
        }
    }

    /// Returns true when a reminder to the person themselves waits: while the account is stopped, or
    /// for a place in the minute. It counts like any mail, but neither the day's limits nor the
    /// hours hold it back: a date that passes without a word is worse than one mail too many.
    pub fn holds_reminder(&self, now: Timestamp) -> bool {
        self.stopped().is_some() || self.free_place(now).is_some()
    }

    fn stopped(&self) -> Option<Hold> {
        let class = *self.traffic.refused.first()?;
        let refused = u32::try_from(self.traffic.refused.len()).unwrap_or(u32::MAX);
        (refused >= self.throttle.stop_after()).then_some(Hold::Stopped { refused, class })
    }

    /// The limit that lasts longest of those that are reached.
    fn by_count(
        &self,
        address: &str,
        now: Timestamp,
        zone: &TimeZone,
    ) -> Option<(Timestamp, Limit)> {
        let tomorrow = time::end_of(time::day(now, zone), zone);
        if let Some(most) = self.throttle.per_day
            && self.traffic.today.values().sum::<u32>() >= most
        {
            return Some((tomorrow, Limit::Day(most)));
        }
        let domain = domain_of(address);
        if let Some(most) = self.throttle.per_domain_per_day
            && self.traffic.today.get(&domain).copied().unwrap_or(0) >= most
        {
            return Some((tomorrow, Limit::Domain { domain, most }));
        }
        self.free_place(now)
    }

    /// When the next place in a minute is free; none when there is one now.
    fn free_place(&self, now: Timestamp) -> Option<(Timestamp, Limit)> {
        let most = self.throttle.per_minute?;
        let minute = &self.traffic.minute;
        // The next place is free when the oldest of the last `most` is a minute old.
        let oldest = minute.len().checked_sub(most as usize).and_then(|at| minute.get(at))?;
        let free = oldest.saturating_add(MINUTE).unwrap_or(Timestamp::MAX);
        (free > now).then_some((free, Limit::Minute(most)))
    }
}

impl Hold {
    /// Returns when it ends by itself; none when a person has to end it.
    pub fn until(&self) -> Option<Timestamp> {
        match self {
            Self::Until { at, .. } => Some(*at),
            Self::Stopped { .. } => None,
        }
    }

    /// Returns why the message waits and until when, for the person.
    pub fn explain(&self) -> Text {
        let (at, limit) = match self {
            Self::Until { at, limit } => (*at, limit),
            Self::Stopped { refused, class } => {
                let (what, _) = class.explain();
                let (zh, en) = (what.zh, what.en);
                return crate::text!(
                    "连续 {refused} 封都被拒（{zh}），这个邮箱已停止发送；弄好后 resume",
                    "{refused} messages in a row were refused ({en}); this account sends nothing until `resume`"
                );
            }
        };
        let zone = time::default_zone();
        let (until, minute) = (time::minute(at, &zone), time::second(at, &zone));
        match limit {
            Limit::Minute(most) => crate::text!(
                "每分钟最多 {most} 封，{minute} 后继续",
                "at most {most} a minute; goes on after {minute}"
            ),
            Limit::Day(most) => crate::text!(
                "每天最多 {most} 封，今天的已发完，{until} 后继续",
                "at most {most} a day, and today's have left; goes on after {until}"
            ),
            Limit::Domain { domain, most } => crate::text!(
                "每天发往 {domain} 最多 {most} 封，今天的已发完，{until} 后继续",
                "at most {most} a day to {domain}, and today's have left; goes on after {until}"
            ),
            Limit::Hours(hours) => {
                let (zh, en) = (hours.name(Lang::Zh), hours.name(Lang::En));
                crate::text!(
                    "只在{zh}发送，{until} 后继续",
                    "sends only {en}; goes on after {until}"
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::calendar::tests::bundled;

    const NOW: &str = "2026-09-18 16:59:30";

    fn at(text: &str) -> Timestamp {
        time::parse_in(text, &time::default_zone()).unwrap()
    }

    fn gate(throttle: &str) -> Gate {
        Gate { throttle: toml::from_str(throttle).unwrap(), ..Gate::open() }
    }

    #[track_caller]
    fn check(gate: &Gate, expected: &str) {
        let hold = gate.hold("claims@Insurer.example", at(NOW), &bundled());
        assert_eq!(hold.map(|hold| hold.explain().zh.to_string()).unwrap_or_default(), expected);
    }

    #[test]
    fn without_limits_everything_leaves() {
        check(&Gate::open(), "");
        let mut busy = gate("");
        busy.traffic.today.insert("insurer.example".into(), 10_000);
        busy.traffic.minute = vec![at(NOW); 500];
        check(&busy, "");
    }

    #[test]
    fn a_minute_is_any_sixty_seconds() {
        let mut gate = gate("per_minute = 2");
        gate.traffic.minute = vec![at("2026-09-18 16:58:40")];
        check(&gate, "");
        gate.traffic.minute.push(at("2026-09-18 16:59:10"));
        check(&gate, "每分钟最多 2 封，2026-09-18 16:59:40 后继续");
        gate.traffic.minute.push(at("2026-09-18 16:59:20"));
        check(&gate, "每分钟最多 2 封，2026-09-18 17:00:10 后继续");
    }

    #[test]
    fn a_day_ends_at_midnight_and_the_hours_decide_when_it_goes_on() {
        let mut gate = gate("per_day = 50\nper_domain_per_day = 20");
        gate.traffic.today = [("bank.example".into(), 30), ("insurer.example".into(), 19)].into();
        check(&gate, "");
        gate.traffic.today.insert("insurer.example".into(), 20);
        check(&gate, "每天最多 50 封，今天的已发完，2026-09-19 00:00 后继续");
        gate.traffic.today.insert("bank.example".into(), 1);
        check(&gate, "每天发往 insurer.example 最多 20 封，今天的已发完，2026-09-19 00:00 后继续");
        // The Saturday is a day off, the Sunday before the holiday is worked.
        gate.throttle.hours = "09:00-17:00 workdays".parse().ok();
        check(&gate, "每天发往 insurer.example 最多 20 封，今天的已发完，2026-09-20 09:00 后继续");
    }

    #[test]
    fn outside_the_hours_it_waits_for_them() {
        check(&gate("hours = \"09:00-17:00 workdays\""), "");
        check(
            &gate("hours = \"08:00-16:30 workdays\""),
            "只在工作日 08:00–16:30发送，2026-09-20 08:00 后继续",
        );
    }

    #[test]
    fn refusals_in_a_row_stop_the_account() {
        let mut gate = gate("stop_after = 3");
        gate.traffic.refused = vec![RefusalClass::Rate, RefusalClass::Auth];
        check(&gate, "");
        gate.traffic.refused.push(RefusalClass::Auth);
        check(
            &gate,
            "连续 3 封都被拒（发信服务器说太多太快，稍后再试），这个邮箱已停止发送；弄好后 resume",
        );
    }
}
