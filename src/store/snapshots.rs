//! What every case said last, for comparing it with others without reading its whole ledger.

use crate::domain::case::CaseId;
use crate::store::Store;
use crate::store::error::StoreError;

/// What a case said last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Its id.
    pub id: CaseId,
    /// It is not closed.
    pub open: bool,
    /// The snapshot of its file, as JSON.
    pub case: String,
    /// Losses were added to it from its bills.
    pub reviewed: bool,
}

impl Store {
    /// Returns the last snapshot of every case, open and closed, whose content is not erased.
    pub fn snapshots(&self) -> Result<Vec<Snapshot>, StoreError> {
        let fail = |source| self.error("read", source);
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT c.id, c.closed_at IS NULL, p.body, EXISTS (
                     SELECT 1 FROM events r WHERE r.case_id = c.id AND r.kind = 'bills_reviewed')
                 FROM cases c
                 JOIN events e ON e.case_id = c.id AND e.seq = (
                     SELECT max(seq) FROM events
                     WHERE case_id = c.id AND kind IN ('opened', 'amended'))
                 JOIN payloads p ON p.case_id = c.id AND p.digest = json_extract(e.body, '$.case')
                 ORDER BY c.opened_at, c.id",
            )
            .map_err(fail)?;
        let rows = statement
            .query_map([], |row| {
                let id: String = row.get(0)?;
                let (open, case, reviewed) = (row.get(1)?, row.get(2)?, row.get(3)?);
                Ok(CaseId::parse(&id).map(|id| Snapshot { id, open, case, reviewed }))
            })
            .map_err(fail)?;
        let rows: Result<Vec<Option<Snapshot>>, _> = rows.collect();
        Ok(rows.map_err(fail)?.into_iter().flatten().collect())
    }
}
