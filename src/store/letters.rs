//! Letters that came in: each once, by its digest; and up to where the mailbox was read.

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Row, params};
use serde_json::Value;

use crate::domain::digest::Digest;
use crate::store::Store;
use crate::store::error::StoreError;

/// Where a letter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LetterState {
    /// It waits for the person's word.
    Held,
    /// It is among a case's evidence, and nobody needs to look.
    Filed,
    /// The person said that it does not matter.
    Dropped,
}

impl LetterState {
    /// Returns the word that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Filed => "filed",
            Self::Dropped => "dropped",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Held, Self::Filed, Self::Dropped].into_iter().find(|state| state.as_str() == text)
    }
}

/// A letter that came in. Its bytes lie in the home's inbox folder.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredLetter {
    /// Its content.
    pub digest: Digest,
    /// When it was taken in.
    pub at: Timestamp,
    /// Where it stands.
    pub state: LetterState,
    /// The case it belongs to, once that is certain or somebody said it.
    pub case: Option<String>,
    /// The step it answers.
    pub step: Option<String>,
    /// What is shown of it: sender, subject, what it seems to say.
    pub shown: Value,
}

impl Store {
    /// Keeps a letter; false when it is kept already.
    pub fn keep_letter(&mut self, letter: &StoredLetter) -> Result<bool, StoreError> {
        self.connection
            .execute(
                "INSERT INTO letters (digest, at, state, case_id, step, shown)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
                params![
                    letter.digest.as_str(),
                    letter.at.as_microsecond(),
                    letter.state.as_str(),
                    letter.case,
                    letter.step,
                    letter.shown.to_string(),
                ],
            )
            .map(|added| added > 0)
            .map_err(|source| self.error("write to", source))
    }

    /// Returns true when a letter of that content is kept.
    pub fn has_letter(&self, digest: &Digest) -> Result<bool, StoreError> {
        self.connection
            .query_row("SELECT 1 FROM letters WHERE digest = ?1", [digest.as_str()], |_| Ok(()))
            .optional()
            .map(|found| found.is_some())
            .map_err(|source| self.error("read", source))
    }

    /// Returns the letters, oldest first.
    pub fn letters(&self) -> Result<Vec<StoredLetter>, StoreError> {
        let mut statement = self
            .connection
            .prepare(
                "SELECT digest, at, state, case_id, step, shown FROM letters ORDER BY at, digest",
            )
            .map_err(|source| self.error("read", source))?;
        let rows = statement.query_map([], letter).map_err(|source| self.error("read", source))?;
        let letters: Result<Vec<_>, _> = rows.collect();
        Ok(letters.map_err(|source| self.error("read", source))?.into_iter().flatten().collect())
    }

    /// Says where a letter stands and what it belongs to.
    pub fn set_letter(
        &mut self,
        digest: &Digest,
        state: LetterState,
        belongs: Option<(&str, &str)>,
    ) -> Result<(), StoreError> {
        self.connection
            .execute(
                "UPDATE letters SET state = ?2, case_id = COALESCE(?3, case_id),
                 step = COALESCE(?4, step) WHERE digest = ?1",
                params![
                    digest.as_str(),
                    state.as_str(),
                    belongs.map(|(case, _)| case),
                    belongs.map(|(_, step)| step),
                ],
            )
            .map(drop)
            .map_err(|source| self.error("write to", source))
    }

    /// Returns up to where the mailbox of that account was read: its UIDVALIDITY and last UID.
    pub fn mailbox_seen(&self, account: &str) -> Result<Option<(u32, u32)>, StoreError> {
        self.connection
            .query_row(
                "SELECT validity, last FROM mailboxes WHERE account = ?1",
                [account],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()
            .map_err(|source| self.error("read", source))
    }

    /// Writes down up to where the mailbox of that account was read.
    pub fn set_mailbox_seen(
        &mut self,
        account: &str,
        validity: u32,
        last: u32,
    ) -> Result<(), StoreError> {
        self.connection
            .execute(
                "INSERT INTO mailboxes (account, validity, last) VALUES (?1, ?2, ?3)
                 ON CONFLICT (account) DO UPDATE SET validity = ?2, last = ?3",
                params![account, validity, last],
            )
            .map(drop)
            .map_err(|source| self.error("write to", source))
    }
}

/// A row that this program did not write is passed over.
fn letter(row: &Row<'_>) -> rusqlite::Result<Option<StoredLetter>> {
    let (digest, at, state): (String, i64, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
    let shown: String = row.get(5)?;
    let (Some(digest), Ok(at), Some(state)) =
        (Digest::parse(&digest), Timestamp::from_microsecond(at), LetterState::parse(&state))
    else {
        return Ok(None);
    };
    let shown = serde_json::from_str(&shown).unwrap_or_default();
    let (case, step) = (row.get(3)?, row.get(4)?);
    Ok(Some(StoredLetter { digest, at, state, case, step, shown }))
}
