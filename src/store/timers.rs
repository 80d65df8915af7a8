//! When each case is to be looked at again: one row a case.

use jiff::Timestamp;
use rusqlite::{TransactionBehavior, params};

use crate::domain::case::CaseId;
use crate::store::Store;
use crate::store::error::StoreError;

impl Store {
    /// Returns the cases that are due, the most overdue first, at most `limit` of them.
    pub fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<CaseId>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT case_id FROM timers WHERE wake_at <= ?1 ORDER BY wake_at LIMIT ?2",
            )
            .map_err(|source| self.error("read", source))?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = statement
            .query_map(params![now.as_microsecond(), limit], |row| row.get::<_, String>(0))
            .map_err(|source| self.error("read", source))?;
        let ids: Result<Vec<String>, _> = rows.collect();
        let ids = ids.map_err(|source| self.error("read", source))?;
        Ok(ids.iter().filter_map(|id| CaseId::parse(id)).collect())
    }

    /// Returns when the next case is due.
    pub fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let at: Option<i64> = self
            .connection
            .query_row("SELECT min(wake_at) FROM timers", [], |row| row.get(0))
            .map_err(|source| self.error("read", source))?;
        Ok(at.and_then(|at| Timestamp::from_microsecond(at).ok()))
    }

    /// Sets when a case is to be looked at again, unless an entry after `seen` has come: then it
    /// stays due, because what was planned did not know of it.
    pub fn set_wake(
        &mut self,
        case: &CaseId,
        seen: u64,
        wake_at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let path = self.path.clone();
        let sql = |source| StoreError::from_sql("write to", &path, source);
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(sql)?;
        let last: u64 = transaction
            .query_row("SELECT max(seq) FROM events WHERE case_id = ?1", [case.as_str()], |row| {
                row.get(0)
            })
            .map_err(sql)?;
        if last == seen {
            match wake_at {
                Some(at) => transaction.execute(
                    "INSERT INTO timers (case_id, wake_at) VALUES (?1, ?2)
                     ON CONFLICT (case_id) DO UPDATE SET wake_at = excluded.wake_at",
                    params![case.as_str(), at.as_microsecond()],
                ),
                None => {
                    transaction.execute("DELETE FROM timers WHERE case_id = ?1", [case.as_str()])
                }
            }
            .map_err(sql)?;
        }
        transaction.commit().map_err(sql)
    }
}
