//! The entries of a case exactly as they are stored, for somebody who wants to check the chain with
//! tools of their own.

use jiff::Timestamp;

use crate::domain::case::CaseId;
use crate::store::Store;
use crate::store::error::StoreError;

/// One entry as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its number in the case.
    pub seq: u64,
    /// When it was written.
    pub at: Timestamp,
    /// The same in microseconds since 1970, as the hash has it.
    pub at_microseconds: i64,
    /// Its body: JSON, byte for byte.
    pub body: String,
    /// The hash of the one before; empty for the first.
    pub prev: String,
    /// Its own hash.
    pub hash: String,
}

impl Store {
    /// Returns the entries of a case as they are stored. The chain was checked before.
    pub fn links(&self, id: &CaseId) -> Result<Vec<Link>, StoreError> {
        self.verify(id)?;
        let fail = |source| self.error("read", source);
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT seq, at, body, prev, hash FROM events WHERE case_id = ?1 ORDER BY seq",
            )
            .map_err(fail)?;
        let rows = statement
            .query_map([id.as_str()], |row| {
                let at_microseconds = row.get(1)?;
                Ok(Link {
                    seq: row.get(0)?,
                    at: Timestamp::from_microsecond(at_microseconds).unwrap_or(Timestamp::MIN),
                    at_microseconds,
                    body: row.get(2)?,
                    prev: row.get(3)?,
                    hash: row.get(4)?,
                })
            })
            .map_err(fail)?;
        rows.collect::<Result<Vec<Link>, _>>().map_err(fail)
    }
}
