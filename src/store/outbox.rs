//! The final bytes of every message, stored before it leaves: a second try sends the same bytes.

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, params};

use crate::domain::case::CaseId;
use crate::domain::digest::Digest;
use crate::store::Store;
use crate::store::error::StoreError;
use crate::workflow::event::Event;

/// A message in its final form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxMessage {
    /// Its Message-ID.
    pub message_id: String,
    /// The envelope's sender.
    pub sender: String,
    /// The envelope's recipient.
    pub recipient: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl OutboxMessage {
    /// Returns the digest of its bytes.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.bytes)
    }
}

impl Store {
    /// Stores the messages of a submission and the entry that says so, together.
    pub fn start_sending(
        &mut self,
        case: &CaseId,
        after: u64,
        at: Timestamp,
        event: &Event,
        messages: &[OutboxMessage],
    ) -> Result<(), StoreError> {
        self.append_with(case, after, at, std::slice::from_ref(event), &[], |transaction| {
            let mut insert = transaction.prepare_cached(
                "INSERT INTO outbox (message_id, case_id, digest, sender, recipient, message)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
            )?;
            for message in messages {
                insert.execute(params![
                    message.message_id,
                    case.as_str(),
                    message.digest().as_str(),
                    message.sender,
                    message.recipient,
                    message.bytes,
                ])?;
            }
            Ok(())
        })
    }

    /// Returns the newest message of a sender that a server had taken by then, of any case.
    pub fn newest_taken(&self, sender: &str, by: Timestamp) -> Result<Option<String>, StoreError> {
        self.connection
            .query_row(
                "SELECT outbox.message_id FROM events JOIN outbox
                     ON outbox.message_id = json_extract(events.body, '$.message_id')
                 WHERE events.kind = 'accepted'
                     AND json_extract(events.body, '$.by') IN ('server', 'copy')
                     AND events.at <= ?2 AND outbox.sender = ?1
                 ORDER BY events.at DESC, outbox.message_id LIMIT 1",
                params![sender, by.as_microsecond()],
                |row| row.get(0),
            )
            .optional()
            .map_err(|source| self.error("read", source))
    }

    /// Returns whom a stored message is for, without its bytes.
    pub fn recipient_of(&self, message_id: &str) -> Result<Option<String>, StoreError> {
        self.connection
            .prepare_cached("SELECT recipient FROM outbox WHERE message_id = ?1")
            .and_then(|mut found| found.query_row([message_id], |row| row.get(0)))
            .optional()
            .map_err(|source| self.error("read", source))
    }

    /// Returns a stored message.
    pub fn message(&self, message_id: &str) -> Result<Option<OutboxMessage>, StoreError> {
        self.connection
            .prepare_cached(
                "SELECT message_id, sender, recipient, message FROM outbox WHERE message_id = ?1",
            )
            .and_then(|mut found| {
                found.query_row([message_id], |row| {
                    Ok(OutboxMessage {
                        message_id: row.get(0)?,
                        sender: row.get(1)?,
                        recipient: row.get(2)?,
                        bytes: row.get(3)?,
                    })
                })
            })
            .optional()
            .map_err(|source| self.error("read", source))
    }
}
