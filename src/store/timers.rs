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

    /// Sets when cases are to be looked at again, all in one transaction; a case that got an entry
    /// after the one its plan had seen stays due, because what was planned did not know of it.
    pub fn set_wakes(&mut self, rests: &[Rest]) -> Result<(), StoreError> {
        let path = self.path.clone();
        let sql = |source| StoreError::from_sql("write to", &path, source);
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(sql)?;
        {
            let mut last = transaction
                .prepare_cached("SELECT max(seq) FROM events WHERE case_id = ?1")
                .map_err(sql)?;
            let mut set = transaction
                .prepare_cached(
                    "INSERT INTO timers (case_id, wake_at) VALUES (?1, ?2)
                     ON CONFLICT (case_id) DO UPDATE SET wake_at = excluded.wake_at",
                )
                .map_err(sql)?;
            let mut unset =
                transaction.prepare_cached("DELETE FROM timers WHERE case_id = ?1").map_err(sql)?;
            for rest in rests {
                let id = rest.case.as_str();
                let found: u64 = last.query_row([id], |row| row.get(0)).map_err(sql)?;
                if found != rest.seen {
                    continue;
                }
                match rest.wake_at {
                    Some(at) => set.execute(params![id, at.as_microsecond()]),
                    None => unset.execute([id]),
                }
                .map_err(sql)?;
            }
        }
        transaction.commit().map_err(sql)
    }
}

/// A case that came to rest.
#[derive(Clone, Debug)]
pub struct Rest {
    /// The case.
    pub case: CaseId,
    /// The last entry its plan had seen.
    pub seen: u64,
    /// When to look again.
    pub wake_at: Option<Timestamp>,
}
