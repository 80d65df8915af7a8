//! A message in doubt: when to look for it, and when not finding it proves that it was not taken. A
//! copy for ourselves goes with every message in the same transaction, so the server took both or
//! neither; but only where such copies are seen to arrive does a missing one say anything.

use jiff::{SignedDuration, Timestamp};

use crate::workflow::submission::{Stage, Submission};

/// How long our own copy may be on its way before one looks for it.
pub const LOOK_AFTER: SignedDuration = SignedDuration::from_mins(15);

/// How old a doubt is before a missing copy proves anything: the answer to the largest message may
/// take half an hour, and the copy as long again.
pub const ABSENT_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// How long a look counts; a doubt that lasts is looked for as often.
pub const LOOK_COUNTS_FOR: SignedDuration = SignedDuration::from_hours(24);

/// A look through the whole mailbox that did not find a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotFound {
    /// When.
    pub at: Timestamp,
    /// The mailbox's server.
    pub server: String,
    /// How many folders were looked through.
    pub folders: u32,
    /// How many could not be looked through.
    pub unread: u32,
    /// Our own copy of this earlier message of the same sender lies there.
    pub witness: Option<String>,
}

/// Why a look that found nothing proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unproven {
    /// The server did not agree to deliver our own copy.
    NoCopy,
    /// Folders could not be looked through.
    Unread(u32),
    /// No copy of an earlier message is there either.
    NoWitness,
    /// The copy may still be on its way.
    Early,
}

impl Submission {
    /// Returns true when a message in doubt is to be looked for in the whole mailbox.
    pub fn is_to_be_looked_for(&self, now: Timestamp) -> bool {
        let Stage::InDoubt { since } = self.stage else { return false };
        let age = since.duration_until(now);
        let Some(last) = &self.not_found else { return age >= LOOK_AFTER };
        let was_early = since.duration_until(last.at) < ABSENT_AFTER && age >= ABSENT_AFTER;
        let was_before_hold = self.held_until.is_some_and(|until| last.at < until && until <= now);
        was_early || was_before_hold || last.at.duration_until(now) >= LOOK_COUNTS_FOR
    }

    /// Returns why the last look that found nothing proves nothing; none when it proves that the
    /// message was not taken.
    pub fn unproven(&self, last: &NotFound) -> Option<Unproven> {
        let Stage::InDoubt { since } = self.stage else { return Some(Unproven::Early) };
        if !self.copied {
            Some(Unproven::NoCopy)
        } else if last.unread > 0 {
            Some(Unproven::Unread(last.unread))
        } else if last.witness.is_none() {
            Some(Unproven::NoWitness)
        } else if since.duration_until(last.at) < ABSENT_AFTER {
            Some(Unproven::Early)
        } else {
            None
        }
    }

    /// Returns the look by which the same bytes may leave a second time without anybody's word, and
    /// at most once.
    pub fn proof_of_absence(&self, now: Timestamp) -> Option<&NotFound> {
        self.not_found.as_ref().filter(|last| {
            !self.sent_again
                && self.unproven(last).is_none()
                && last.at.duration_until(now) < LOOK_COUNTS_FOR
                && self.held_until.is_none_or(|until| until <= last.at)
        })
    }
}
