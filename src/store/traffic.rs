//! What left an account and what its server said, read from the ledger of all cases: how fast mail
//! may leave rests on this and on nothing kept beside it.

use jiff::Timestamp;
use rusqlite::params;

use crate::domain::pace::concerns_account;
use crate::domain::refusal::RefusalClass;
use crate::store::Store;
use crate::store::error::StoreError;

/// A message whose body left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// When.
    pub at: Timestamp,
    /// Its recipient's address.
    pub recipient: String,
}

/// The kinds the index of migration 4 holds; written as there, or it is not used.
const SENDING: &str = "kind IN ('in_doubt', 'accepted', 'refused')";

impl Store {
    /// Returns every message of that sender whose body left at or after `since`, oldest first.
    pub fn left_since(&self, sender: &str, since: Timestamp) -> Result<Vec<Left>, StoreError> {
        let sql = format!(
            "SELECT events.at, outbox.recipient FROM events
             JOIN outbox ON outbox.message_id = json_extract(events.body, '$.message_id')
             WHERE events.{SENDING} AND events.kind = 'in_doubt'
               AND events.at >= ?1 AND outbox.sender = ?2
             ORDER BY events.at"
        );
        let mut statement =
            self.connection.prepare_cached(&sql).map_err(|source| self.error("read", source))?;
        let rows = statement
            .query_map(params![since.as_microsecond(), sender], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
            })
            .map_err(|source| self.error("read", source))?;
        let rows: Result<Vec<(i64, String)>, _> = rows.collect();
        let rows = rows.map_err(|source| self.error("read", source))?;
        let left =
            |(at, recipient)| Timestamp::from_microsecond(at).ok().map(|at| Left { at, recipient });
        Ok(rows.into_iter().filter_map(left).collect())
    }

    /// Returns why the latest messages of that sender were refused for the account's sake, the
    /// latest first and at most `most`: one for each message, up to the last that was taken or the
    /// last `resume`.
    pub fn refused_in_a_row(
        &self,
        sender: &str,
        most: usize,
    ) -> Result<Vec<RefusalClass>, StoreError> {
        let resumed = self.resumed_at()?.map_or(i64::MIN, Timestamp::as_microsecond);
        let sql = format!(
            "SELECT events.kind, json_extract(events.body, '$.message_id'),
                    json_extract(events.body, '$.class'), json_extract(events.body, '$.by')
             FROM events
             JOIN outbox ON outbox.message_id = json_extract(events.body, '$.message_id')
             WHERE events.{SENDING} AND events.at > ?1 AND outbox.sender = ?2
             ORDER BY events.at DESC, events.seq DESC LIMIT ?3"
        );
        let read = |source| self.error("read", source);
        let mut statement = self.connection.prepare_cached(&sql).map_err(read)?;
        // Each message has at most a handful of these entries.
        let limit = i64::try_from(most.saturating_mul(16)).unwrap_or(i64::MAX);
        let mut rows = statement.query(params![resumed, sender, limit]).map_err(read)?;
        let mut seen: Vec<String> = Vec::new();
        let mut classes = Vec::new();
        while let Some(row) = rows.next().map_err(read)? {
            let kind: String = row.get(0).map_err(read)?;
            let by: Option<String> = row.get(3).map_err(read)?;
            if kind == "accepted" && by.as_deref() != Some("outbox") {
                break;
            }
            let (id, class) = (row.get::<_, String>(1), row.get::<_, Option<String>>(2));
            let (id, class) = (id.map_err(read)?, class.map_err(read)?);
            let Some(class) = class.and_then(|name| {
                serde_json::from_value::<RefusalClass>(serde_json::Value::String(name)).ok()
            }) else {
                continue;
            };
            if concerns_account(class) && !seen.contains(&id) {
                seen.push(id);
                classes.push(class);
            }
            if classes.len() >= most {
                break;
            }
        }
        Ok(classes)
    }

    /// Returns a mark that changes whenever this or another connection has written.
    pub fn mark(&self) -> Result<(i64, u64), StoreError> {
        Ok((self.data_version()?, self.connection.total_changes()))
    }
}
