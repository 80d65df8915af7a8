//! Cases and their entries. Each entry carries the hash of the one before; two writers cannot
//! both write the next one.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Transaction, TransactionBehavior, params};
use serde_json::Value;

use crate::domain::case::CaseId;
use crate::domain::digest::{Digest, canonical_json};
use crate::store::Store;
use crate::store::error::StoreError;
use crate::workflow::event::{Entry, Event};

/// A case as the ledger lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseRow {
    /// Its id.
    pub id: CaseId,
    /// The folder its file was last read from.
    pub folder: String,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
}

/// What a new case begins with.
#[derive(Clone, Debug)]
pub struct NewCase<'a> {
    /// Its id.
    pub id: &'a CaseId,
    /// The folder its file was read from.
    pub folder: &'a str,
    /// The pinned workflow's text.
    pub workflow: &'a str,
}

/// Content that an event names by digest.
#[derive(Clone, Debug, PartialEq)]
pub struct Payload {
    /// Its digest.
    pub digest: Digest,
    /// Its content.
    pub value: Value,
}

impl Payload {
    /// Returns the payload of a value.
    pub fn new(value: Value) -> Self {
        Self { digest: Digest::of_json(&value), value }
    }
}

/// A case's entries with everything they name.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The case.
    pub row: CaseRow,
    /// Its entries.
    pub entries: Vec<Entry>,
    /// Its payloads that are not erased.
    pub payloads: BTreeMap<Digest, Value>,
    /// The hash of the last entry.
    pub head: String,
}

/// What a check of a case's chain found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// How many entries there are.
    pub entries: usize,
    /// The hash of the last entry.
    pub head: String,
}

impl Store {
    /// Opens a case: its row, its first entry and what that names, all or nothing.
    pub fn open_case(
        &mut self,
        new: &NewCase<'_>,
        at: Timestamp,
        event: &Event,
        payloads: &[Payload],
    ) -> Result<(), StoreError> {
        let path = self.path.clone();
        let sql = |source| StoreError::from_sql("open a case in", &path, source);
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(sql)?;
        let id = new.id.as_str();
        let added = transaction
            .execute(
                "INSERT INTO cases (id, folder, opened_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                params![id, new.folder, at.as_microsecond()],
            )
            .map_err(sql)?;
        if added == 0 {
            return Err(StoreError::Conflict);
        }
        let digest = Digest::of(new.workflow.as_bytes());
        transaction
            .execute(
                "INSERT INTO definitions (digest, body) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                params![digest.as_str(), new.workflow],
            )
            .map_err(sql)?;
        write_payloads(&transaction, id, payloads).map_err(sql)?;
        write_entry(&transaction, id, 1, at, event, "").map_err(sql)?;
        wake(&transaction, id, at).map_err(sql)?;
        transaction.commit().map_err(sql)
    }

    /// Appends entries after entry `after`, all or nothing, and asks for the case to be looked at.
    /// Fails with `Conflict` when another entry came first.
    pub fn append(
        &mut self,
        case: &CaseId,
        after: u64,
        at: Timestamp,
        events: &[Event],
        payloads: &[Payload],
    ) -> Result<(), StoreError> {
        self.append_with(case, after, at, events, payloads, |_| Ok(()))
    }

    /// Pins a case to another workflow text.
    pub fn migrate(
        &mut self,
        case: &CaseId,
        after: u64,
        at: Timestamp,
        text: &str,
    ) -> Result<(), StoreError> {
        let digest = Digest::of(text.as_bytes());
        let event = Event::Migrated { workflow: digest.clone() };
        self.append_with(case, after, at, &[event], &[], |transaction| {
            transaction
                .execute(
                    "INSERT INTO definitions (digest, body) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                    params![digest.as_str(), text],
                )
                .map(drop)
        })
    }

    /// As `append`, with further writes in the same transaction.
    pub(super) fn append_with(
        &mut self,
        case: &CaseId,
        after: u64,
        at: Timestamp,
        events: &[Event],
        payloads: &[Payload],
        further: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>,
    ) -> Result<(), StoreError> {
        let path = self.path.clone();
        let sql = |source| StoreError::from_sql("write to", &path, source);
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(sql)?;
        let id = case.as_str();
        let (mut seq, mut hash) = head(&transaction, id)
            .map_err(sql)?
            .ok_or_else(|| StoreError::NoCase { case: id.to_owned() })?;
        if seq != after {
            return Err(StoreError::Conflict);
        }
        write_payloads(&transaction, id, payloads).map_err(sql)?;
        for event in events {
            seq += 1;
            hash = write_entry(&transaction, id, seq, at, event, &hash).map_err(sql)?;
            if matches!(event, Event::Closed { .. }) {
                transaction
                    .execute(
                        "UPDATE cases SET closed_at = ?2 WHERE id = ?1",
                        params![id, at.as_microsecond()],
                    )
                    .map_err(sql)?;
            }
        }
        wake(&transaction, id, at).map_err(sql)?;
        further(&transaction).map_err(sql)?;
        transaction.commit().map_err(sql)
    }

    /// Returns every case, oldest first.
    pub fn cases(&self) -> Result<Vec<CaseRow>, StoreError> {
        let mut statement = self
            .connection
            .prepare("SELECT id, folder, opened_at, closed_at FROM cases ORDER BY opened_at, id")
            .map_err(|source| self.error("read", source))?;
        let rows =
            statement.query_map([], case_row).map_err(|source| self.error("read", source))?;
        let rows: Result<Vec<Option<CaseRow>>, _> = rows.collect();
        Ok(rows.map_err(|source| self.error("read", source))?.into_iter().flatten().collect())
    }

    /// Returns one case's row.
    pub fn case(&self, id: &CaseId) -> Result<Option<CaseRow>, StoreError> {
        self.connection
            .prepare_cached("SELECT id, folder, opened_at, closed_at FROM cases WHERE id = ?1")
            .and_then(|mut found| found.query_row([id.as_str()], case_row))
            .optional()
            .map(Option::flatten)
            .map_err(|source| self.error("read", source))
    }

    /// Opens a case again whose closing was taken back.
    pub fn reopen(&mut self, id: &CaseId, wake: Timestamp) -> Result<(), StoreError> {
        self.connection
            .execute("UPDATE cases SET closed_at = NULL WHERE id = ?1", [id.as_str()])
            .and_then(|_| {
                self.connection.execute(
                    "INSERT INTO timers (case_id, wake_at) VALUES (?1, ?2)
                     ON CONFLICT (case_id) DO UPDATE SET wake_at = min(wake_at, excluded.wake_at)",
                    params![id.as_str(), wake.as_microsecond()],
                )
            })
            .map(drop)
            .map_err(|source| self.error("write to", source))
    }

    /// Remembers where a case's file now lies.
    pub fn set_folder(&mut self, id: &CaseId, folder: &str) -> Result<(), StoreError> {
        self.connection
            .execute("UPDATE cases SET folder = ?2 WHERE id = ?1", params![id.as_str(), folder])
            .map(drop)
            .map_err(|source| self.error("write to", source))
    }

    /// Loads a case and checks its chain.
    pub fn load(&self, id: &CaseId) -> Result<Loaded, StoreError> {
        let no_case = || StoreError::NoCase { case: id.as_str().to_owned() };
        let row = self.case(id)?.ok_or_else(no_case)?;
        let (entries, head) = self.entries(id)?;
        let payloads = self.payloads(id)?;
        Ok(Loaded { row, entries, payloads, head })
    }

    /// Checks a case's chain from its first entry.
    pub fn verify(&self, id: &CaseId) -> Result<Verification, StoreError> {
        let (entries, head) = self.entries(id)?;
        Ok(Verification { entries: entries.len(), head })
    }

    /// Returns the text of a pinned workflow.
    pub fn definition(&self, digest: &Digest) -> Result<Option<String>, StoreError> {
        self.connection
            .query_row("SELECT body FROM definitions WHERE digest = ?1", [digest.as_str()], |row| {
                row.get(0)
            })
            .optional()
            .map_err(|source| self.error("read", source))
    }

    fn entries(&self, id: &CaseId) -> Result<(Vec<Entry>, String), StoreError> {
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT seq, at, body, prev, hash FROM events WHERE case_id = ?1 ORDER BY seq",
            )
            .map_err(|source| self.error("read", source))?;
        let mut rows =
            statement.query([id.as_str()]).map_err(|source| self.error("read", source))?;
        let mut entries = Vec::new();
        let mut last = String::new();
        while let Some(row) = rows.next().map_err(|source| self.error("read", source))? {
            let read = || -> rusqlite::Result<(u64, i64, String, String, String)> {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
            };
            let (seq, at, body, prev, hash) =
                read().map_err(|source| self.error("read", source))?;
            let broken = || StoreError::BrokenChain { case: id.as_str().to_owned(), seq };
            let follows = seq == entries.len() as u64 + 1
                && prev == last
                && hash == entry_hash(&prev, id.as_str(), seq, at, &body);
            if !follows {
                return Err(broken());
            }
            let event: Event = serde_json::from_str(&body).map_err(|_| broken())?;
            let at = Timestamp::from_microsecond(at).map_err(|_| broken())?;
            entries.push(Entry { seq, at, event });
            last = hash;
        }
        Ok((entries, last))
    }

    fn payloads(&self, id: &CaseId) -> Result<BTreeMap<Digest, Value>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT digest, body FROM payloads WHERE case_id = ?1")
            .map_err(|source| self.error("read", source))?;
        let rows = statement
            .query_map([id.as_str()], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
            })
            .map_err(|source| self.error("read", source))?;
        let rows: Result<Vec<(String, String)>, _> = rows.collect();
        let rows = rows.map_err(|source| self.error("read", source))?;
        // A payload that was tampered with no longer has its digest and counts as erased.
        Ok(rows
            .into_iter()
            .filter_map(|(digest, body)| {
                let value: Value = serde_json::from_str(&body).ok()?;
                let digest = Digest::parse(&digest)?;
                (Digest::of_json(&value) == digest).then_some((digest, value))
            })
            .collect())
    }
}

fn case_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Option<CaseRow>> {
    let id: String = row.get(0)?;
    let opened_at: i64 = row.get(2)?;
    let closed_at: Option<i64> = row.get(3)?;
    let folder = row.get(1)?;
    Ok(CaseId::parse(&id).zip(Timestamp::from_microsecond(opened_at).ok()).map(
        |(id, opened_at)| {
            let closed_at = closed_at.and_then(|at| Timestamp::from_microsecond(at).ok());
            CaseRow { id, folder, opened_at, closed_at }
        },
    ))
}

/// The last entry's number and hash; none when there is no such case.
fn head(transaction: &Transaction<'_>, case: &str) -> rusqlite::Result<Option<(u64, String)>> {
    transaction
        .prepare_cached(
            "SELECT seq, hash FROM events WHERE case_id = ?1 ORDER BY seq DESC LIMIT 1",
        )?
        .query_row([case], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
}

fn write_entry(
    transaction: &Transaction<'_>,
    case: &str,
    seq: u64,
    at: Timestamp,
    event: &Event,
    prev: &str,
) -> rusqlite::Result<String> {
    let body = serde_json::to_value(event)
        .map(|value| canonical_json(&value))
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
    let at = at.as_microsecond();
    let hash = entry_hash(prev, case, seq, at, &body);
    transaction
        .prepare_cached(
            "INSERT INTO events (case_id, seq, at, kind, body, prev, hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![case, seq, at, event.kind(), body, prev, hash])?;
    Ok(hash)
}

fn entry_hash(prev: &str, case: &str, seq: u64, at: i64, body: &str) -> String {
    Digest::of(format!("{prev}\n{case}\n{seq}\n{at}\n{body}").as_bytes()).as_str().to_owned()
}

fn write_payloads(
    transaction: &Transaction<'_>,
    case: &str,
    payloads: &[Payload],
) -> rusqlite::Result<()> {
    let mut statement = transaction.prepare_cached(
        "INSERT INTO payloads (case_id, digest, body) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
    )?;
    for payload in payloads {
        statement.execute(params![case, payload.digest.as_str(), payload.value.to_string()])?;
    }
    Ok(())
}

/// Asks for the case to be looked at no later than `at`.
fn wake(transaction: &Transaction<'_>, case: &str, at: Timestamp) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO timers (case_id, wake_at) VALUES (?1, ?2)
             ON CONFLICT (case_id) DO UPDATE SET wake_at = min(wake_at, excluded.wake_at)",
        )?
        .execute(params![case, at.as_microsecond()])
        .map(drop)
}
