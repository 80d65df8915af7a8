//! The one place that reads the clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;

/// Where the time comes from.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// One instant, for `--at`.
    Fixed(Timestamp),
    /// A clock that a test sets, in milliseconds since 1970 UTC, and one that only goes on.
    Manual(Arc<AtomicI64>, Option<Arc<AtomicI64>>),
}

impl Clock {
    /// Returns the time to the millisecond, which is what the ledger keeps.
    pub fn now(&self) -> Timestamp {
        let milliseconds = match self {
            #[expect(
                clippy::disallowed_methods,
                reason = "this is the one place that reads the clock"
            )]
            Self::System => Timestamp::now().as_millisecond(),
            Self::Fixed(instant) => instant.as_millisecond(),
            Self::Manual(milliseconds, _) => milliseconds.load(Ordering::SeqCst),
        };
        Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Returns a clock that a test sets, and its hand.
    pub fn manual(start: Timestamp) -> (Self, Arc<AtomicI64>) {
        let hand = Arc::new(AtomicI64::new(start.as_millisecond()));
        (Self::Manual(Arc::clone(&hand), None), hand)
    }

    /// Returns a clock that a test sets, its hand, and the hand of the one that only goes on.
    pub fn manual_with_steady(start: Timestamp) -> (Self, Arc<AtomicI64>, Arc<AtomicI64>) {
        let hand = Arc::new(AtomicI64::new(start.as_millisecond()));
        let steady = Arc::new(AtomicI64::new(0));
        (Self::Manual(Arc::clone(&hand), Some(Arc::clone(&steady))), hand, steady)
    }

    /// Returns how long the machine has been on, sleep included, in milliseconds, where it says so:
    /// unlike its clock nobody can set it. Source: `proc_uptime(5)`.
    pub fn steady(&self) -> Option<i64> {
        match self {
            Self::System => {
                let text = std::fs::read_to_string("/proc/uptime").ok()?;
                let (seconds, hundredths) = text.split_whitespace().next()?.split_once('.')?;
                Some(seconds.parse::<i64>().ok()? * 1000 + hundredths.parse::<i64>().ok()? * 10)
            }
            Self::Fixed(_) => None,
            Self::Manual(_, steady) => Some(steady.as_ref()?.load(Ordering::SeqCst)),
        }
    }

    /// Returns true when the machine's clock is read.
    pub fn is_real(&self) -> bool {
        matches!(self, Self::System)
    }
}
