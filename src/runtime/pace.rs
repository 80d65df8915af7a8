//! Whether and when messages may leave, from the settings and what the ledger says already left.

use jiff::Timestamp;

use crate::domain::pace::{Gate, Hold, Limit, MINUTE, Traffic, domain_of};
use crate::domain::time;
use crate::runtime::error::RuntimeError;
use crate::runtime::setup::{Runtime, Scope};
use crate::workflow::dates::PlannedDate;
use crate::workflow::plan::{Plan, Waiting};

/// Cases that wait for a place in a minute are looked at in turn, and at least this often.
const TURNS: i32 = 10;

/// What was counted, and of which state of the ledger.
#[derive(Clone, Debug)]
pub(super) struct Counted {
    mark: (i64, u64),
    /// From when on messages were counted.
    since: Timestamp,
    traffic: Traffic,
    /// When each message left, oldest first.
    left: Vec<Timestamp>,
}

impl Runtime {
    /// Returns the gate for now.
    pub fn gate(&self) -> Result<Gate, RuntimeError> {
        let halted = self.scope == Scope::Nothing || self.store.halted_at()?.is_some();
        let Some(smtp) = &self.config.smtp else { return Ok(Gate { halted, ..Gate::open() }) };
        let traffic = self.traffic(&smtp.from)?;
        Ok(Gate { halted, throttle: self.config.throttle.clone(), traffic })
    }

    /// Counts what left that account; reminders since this process began. A sweep plans many cases
    /// between two entries: as long as nothing is written, nothing is counted anew.
    fn traffic(&self, sender: &str) -> Result<Traffic, RuntimeError> {
        let (now, zone) = (self.clock.now(), time::default_zone());
        let midnight = time::start_of(time::day(now, &zone), &zone);
        let minute = now.saturating_sub(MINUTE).unwrap_or(Timestamp::MIN);
        let since = midnight.min(minute);
        let mark = self.store.mark()?;
        let mut counted = self.counted.borrow_mut();
        let fresh = counted.take().filter(|old| old.mark == mark && old.since == since);
        let current = match fresh {
            Some(current) => current,
            None => self.count(sender, mark, since, midnight)?,
        };
        let mut traffic = current.traffic.clone();
        let reminders = self.mailed.iter().copied();
        traffic.minute = current.left.iter().copied().chain(reminders.clone()).collect();
        traffic.minute.retain(|at| *at > minute);
        traffic.minute.sort_unstable();
        if let Some(to) = &self.config.reminders.mail_to {
            let today = reminders.filter(|at| *at >= midnight).count();
            let count = traffic.today.entry(domain_of(to)).or_default();
            *count = count.saturating_add(u32::try_from(today).unwrap_or(u32::MAX));
        }
        *counted = Some(current);
        Ok(traffic)
    }

    fn count(
        &self,
        sender: &str,
        mark: (i64, u64),
        since: Timestamp,
        midnight: Timestamp,
    ) -> Result<Counted, RuntimeError> {
        let throttle = &self.config.throttle;
        let most = usize::try_from(throttle.stop_after()).unwrap_or(usize::MAX);
        let refused = self.store.refused_in_a_row(sender, most)?;
        let mut traffic = Traffic { refused, ..Traffic::default() };
        let mut times = Vec::new();
        if throttle.counts() {
            for left in self.store.left_since(sender, since)? {
                if left.at >= midnight {
                    *traffic.today.entry(domain_of(&left.recipient)).or_default() += 1;
                }
                times.push(left.at);
            }
        }
        Ok(Counted { mark, since, traffic, left: times })
    }

    /// Returns when to look at a case again. Where many wait for a place in the next minute, those
    /// at the end of the queue need not be planned every minute: no date of theirs is passed over.
    pub(super) fn in_turn(&mut self, plan: &Plan, wake: Option<Timestamp>) -> Option<Timestamp> {
        let held = plan.steps.iter().find_map(|step| match &step.waiting {
            Some(Waiting::Held {
                hold: Hold::Until { at, limit: Limit::Minute(most) }, ..
            }) => Some((*at, *most)),
            _ => None,
        });
        let (Some(wake), Some((at, most))) = (wake, held) else { return wake };
        if wake != at {
            return Some(wake);
        }
        let turns = i32::try_from(self.queued / most.max(1)).unwrap_or(TURNS).min(TURNS);
        self.queued = self.queued.saturating_add(1);
        let later = wake.saturating_add(MINUTE * turns).unwrap_or(wake);
        let dates = plan.dates.iter().map(PlannedDate::happens_at).filter(|date| *date > wake);
        Some(dates.min().map_or(later, |date| later.min(date)))
    }
}
