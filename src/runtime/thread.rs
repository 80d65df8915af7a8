//! What keeps the messages of a case together: the address its answers go to, and the earlier
//! messages that a follow-up names.

use std::collections::BTreeMap;

use crate::domain::digest::Digest;
use crate::mail::message;
use crate::runtime::desk::Desk;
use crate::runtime::error::RuntimeError;
use crate::runtime::setup::Runtime;
use crate::workflow::event::{Event, TakenBy};

/// How long the tag of a case is: too long to be guessed.
const TAG_LENGTH: usize = 16;

/// The most earlier messages a follow-up names: the first and the latest ones.
const LIMIT_EARLIER: usize = 10;

/// Returns the tag of a case. It is a function of how the case was opened, to the microsecond and
/// with what its file said, so nobody who has not been written to knows it.
pub fn tag(desk: &Desk) -> Option<String> {
    let first = desk.entries.first()?;
    let Event::Opened { case, .. } = &first.event else { return None };
    let seed = format!("answers\n{}\n{}\n{case}", desk.id(), first.at.as_microsecond());
    Some(Digest::of(seed.as_bytes()).short(TAG_LENGTH).to_owned())
}

impl Runtime {
    /// Returns the address that answers to this case go to; none where the provider may not deliver
    /// it, or where the person sends the message with their own mail program.
    pub(super) fn reply_to(&self, desk: &Desk) -> Option<String> {
        let smtp = self.config.smtp.as_ref().filter(|smtp| smtp.plus)?;
        message::tagged(&smtp.from, &tag(desk)?)
    }

    /// Returns the Message-IDs of what was sent to that address in this case and taken, oldest
    /// first.
    pub(super) fn earlier(&self, desk: &Desk, address: &str) -> Result<Vec<String>, RuntimeError> {
        let mut taken: BTreeMap<&str, u64> = BTreeMap::new();
        for entry in &desk.entries {
            if let Event::Accepted { message_id, by, .. } = &entry.event
                && *by != TakenBy::Outbox
            {
                taken.entry(message_id).or_insert(entry.seq);
            }
        }
        let mut taken: Vec<(u64, &str)> = taken.into_iter().map(|(id, seq)| (seq, id)).collect();
        taken.sort_unstable();
        let mut earlier = Vec::new();
        for (_, id) in taken {
            let recipient = self.store.recipient_of(id)?;
            if recipient.is_some_and(|recipient| recipient.eq_ignore_ascii_case(address)) {
                earlier.push(id.to_owned());
            }
        }
        if earlier.len() > LIMIT_EARLIER {
            earlier.drain(1..=earlier.len() - LIMIT_EARLIER);
        }
        Ok(earlier)
    }
}
