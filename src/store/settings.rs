//! Facts of the whole home: whether sending is stopped, and when an executor was last at work.

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, params};

use crate::store::Store;
use crate::store::error::StoreError;

const HALTED_AT: &str = "halted_at";
const RESUMED_AT: &str = "resumed_at";
const ABSENCES: &str = "executor_absences";

/// How many absences are remembered: years of a machine that is started every day.
const LIMIT_ABSENCES: usize = 1_000;

const LAST_SEEN: &str = "executor_last_seen";

impl Store {
    /// Returns since when all sending is stopped.
    pub fn halted_at(&self) -> Result<Option<Timestamp>, StoreError> {
        self.instant(HALTED_AT)
    }

    /// Stops all sending.
    pub fn halt(&mut self, at: Timestamp) -> Result<(), StoreError> {
        self.set(HALTED_AT, Some(at))
    }

    /// Allows sending again, and asks for every case to be looked at.
    pub fn resume(&mut self, at: Timestamp) -> Result<(), StoreError> {
        self.set(HALTED_AT, None)?;
        self.set(RESUMED_AT, Some(at))?;
        self.wake_all(at)
    }

    /// Returns when sending was last allowed again: refusals before it count no more.
    pub(super) fn resumed_at(&self) -> Result<Option<Timestamp>, StoreError> {
        self.instant(RESUMED_AT)
    }

    /// Asks for every open case to be looked at.
    pub fn wake_all(&mut self, at: Timestamp) -> Result<(), StoreError> {
        self.connection
            .execute(
                "INSERT INTO timers (case_id, wake_at)
                 SELECT id, ?1 FROM cases WHERE closed_at IS NULL
                 ON CONFLICT (case_id) DO UPDATE SET wake_at = min(wake_at, excluded.wake_at)",
                params![at.as_microsecond()],
            )
            .map(drop)
            .map_err(|source| self.error("write to", source))
    }

    /// Returns when an executor was last at work.
    pub fn executor_last_seen(&self) -> Result<Option<Timestamp>, StoreError> {
        self.instant(LAST_SEEN)
    }

    /// Writes down that an executor is at work.
    pub fn see_executor(&mut self, at: Timestamp) -> Result<(), StoreError> {
        self.set(LAST_SEEN, Some(at))
    }

    /// Returns the stretches in which no executor was at work for long, oldest first.
    pub fn absences(&self) -> Result<Vec<(Timestamp, Timestamp)>, StoreError> {
        let text: Option<String> = self
            .connection
            .query_row("SELECT value FROM settings WHERE name = ?1", [ABSENCES], |row| row.get(0))
            .optional()
            .map_err(|source| self.error("read", source))?;
        let written = text.unwrap_or_default();
        let pairs = written.lines().filter_map(|line| line.split_once(' '));
        Ok(pairs.filter_map(|(from, to)| Some((from.parse().ok()?, to.parse().ok()?))).collect())
    }

    /// Remembers a stretch in which no executor was at work: whatever was to leave in it asks first,
    /// whenever it is looked at.
    pub fn add_absence(&mut self, from: Timestamp, to: Timestamp) -> Result<(), StoreError> {
        let mut absences = self.absences()?;
        absences.push((from, to));
        let kept = absences.len().saturating_sub(LIMIT_ABSENCES);
        let lines: Vec<String> =
            absences[kept..].iter().map(|(from, to)| format!("{from} {to}")).collect();
        self.connection
            .execute(
                "INSERT INTO settings (name, value) VALUES (?1, ?2)
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                params![ABSENCES, lines.join("\n")],
            )
            .map(drop)
            .map_err(|source| self.error("write to", source))
    }

    fn instant(&self, name: &str) -> Result<Option<Timestamp>, StoreError> {
        let text: Option<String> = self
            .connection
            .prepare_cached("SELECT value FROM settings WHERE name = ?1")
            .and_then(|mut found| found.query_row([name], |row| row.get(0)))
            .optional()
            .map_err(|source| self.error("read", source))?;
        Ok(text.and_then(|text| text.parse().ok()))
    }

    fn set(&mut self, name: &str, at: Option<Timestamp>) -> Result<(), StoreError> {
        let written = match at {
            Some(at) => self.connection.execute(
                "INSERT INTO settings (name, value) VALUES (?1, ?2)
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                params![name, at.to_string()],
            ),
            None => self.connection.execute("DELETE FROM settings WHERE name = ?1", [name]),
        };
        written.map(drop).map_err(|source| self.error("write to", source))
    }
}
