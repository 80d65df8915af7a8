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
    /// A clock that a test sets, in milliseconds since 1970 UTC.
    Manual(Arc<AtomicI64>),
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
            Self::Manual(milliseconds) => milliseconds.load(Ordering::SeqCst),
        };
        Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Returns a clock that a test sets, and its hand.
    pub fn manual(start: Timestamp) -> (Self, Arc<AtomicI64>) {
        let hand = Arc::new(AtomicI64::new(start.as_millisecond()));
        (Self::Manual(Arc::clone(&hand)), hand)
    }

    /// Returns true when the machine's clock is read.
    pub fn is_real(&self) -> bool {
        matches!(self, Self::System)
    }
}
