//! Who is reminded of what again and again, and which occurrences there were: each is stored once.

use jiff::Timestamp;
use rusqlite::params;

use crate::store::Store;
use crate::store::error::StoreError;

/// A subscription to a recurring reminder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Its id.
    pub id: String,
    /// The workflow whose schedule it follows.
    pub rule: String,
    /// Whom it is for, in the owner's words.
    pub person: Option<String>,
    /// Their telephone's system, for the paths of the check list.
    pub phone: Option<String>,
    /// Since when.
    pub since: Timestamp,
}

/// Where an occurrence stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OccurrenceState {
    /// It came due and is to be given.
    Due,
    /// It was given.
    Given,
    /// It passed while nothing ran, and another stands for it.
    PassedOver,
    /// The person did it.
    Done,
}

impl OccurrenceState {
    fn as_str(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Given => "given",
            Self::PassedOver => "passed_over",
            Self::Done => "done",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Due, Self::Given, Self::PassedOver, Self::Done]
            .into_iter()
            .find(|state| state.as_str() == text)
    }
}

impl Store {
    /// Adds a subscription; false when the id is taken.
    pub fn subscribe(&mut self, new: &Subscription) -> Result<bool, StoreError> {
        self.connection
            .execute(
                "INSERT INTO subscriptions (id, rule, person, phone, since) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT DO NOTHING",
                params![new.id, new.rule, new.person, new.phone, new.since.as_microsecond()],
            )
            .map(|added| added > 0)
            .map_err(|source| self.error("write to", source))
    }

    /// Ends a subscription; false when there is none.
    pub fn unsubscribe(&mut self, id: &str) -> Result<bool, StoreError> {
        self.connection
            .execute("DELETE FROM subscriptions WHERE id = ?1", [id])
            .map(|removed| removed > 0)
            .map_err(|source| self.error("write to", source))
    }

    /// Returns every subscription, by id.
    pub fn subscriptions(&self) -> Result<Vec<Subscription>, StoreError> {
        let mut statement = self
            .connection
            .prepare("SELECT id, rule, person, phone, since FROM subscriptions ORDER BY id")
            .map_err(|source| self.error("read", source))?;
        let rows = statement
            .query_map([], |row| {
                Ok(Subscription {
                    id: row.get(0)?,
                    rule: row.get(1)?,
                    person: row.get(2)?,
                    phone: row.get(3)?,
                    since: Timestamp::from_microsecond(row.get(4)?).unwrap_or(Timestamp::MIN),
                })
            })
            .map_err(|source| self.error("read", source))?;
        rows.collect::<Result<_, _>>().map_err(|source| self.error("read", source))
    }

    /// Returns the occurrences of a subscription that are stored, the latest first.
    pub fn occurrences(
        &self,
        subscription: &str,
    ) -> Result<Vec<(Timestamp, OccurrenceState)>, StoreError> {
        let mut statement = self
            .connection
            .prepare("SELECT at, state FROM occurrences WHERE subscription = ?1 ORDER BY at DESC")
            .map_err(|source| self.error("read", source))?;
        let rows = statement
            .query_map([subscription], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))
            .map_err(|source| self.error("read", source))?;
        let rows: Result<Vec<(i64, String)>, _> = rows.collect();
        Ok(rows
            .map_err(|source| self.error("read", source))?
            .into_iter()
            .filter_map(|(at, state)| {
                Some((Timestamp::from_microsecond(at).ok()?, OccurrenceState::parse(&state)?))
            })
            .collect())
    }

    /// Stores an occurrence; one that is stored already stays as it is.
    pub fn add_occurrence(
        &mut self,
        subscription: &str,
        at: Timestamp,
        state: OccurrenceState,
    ) -> Result<(), StoreError> {
        self.connection
            .execute(
                "INSERT INTO occurrences (subscription, at, state) VALUES (?1, ?2, ?3)
                 ON CONFLICT DO NOTHING",
                params![subscription, at.as_microsecond(), state.as_str()],
            )
            .map(drop)
            .map_err(|source| self.error("write to", source))
    }

    /// Moves an occurrence on.
    pub fn set_occurrence(
        &mut self,
        subscription: &str,
        at: Timestamp,
        state: OccurrenceState,
    ) -> Result<(), StoreError> {
        self.connection
            .execute(
                "UPDATE occurrences SET state = ?3 WHERE subscription = ?1 AND at = ?2",
                params![subscription, at.as_microsecond(), state.as_str()],
            )
            .map(drop)
            .map_err(|source| self.error("write to", source))
    }
}
