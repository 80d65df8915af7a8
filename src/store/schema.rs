//! The tables, and how an older file becomes a newer one. A released migration is never edited.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use crate::store::error::StoreError;

/// Each migration, in order; the file's `user_version` counts those it has had.
const MIGRATIONS: [&str; 4] = [
    // 1: the first release.
    "
    CREATE TABLE cases (
        id          TEXT PRIMARY KEY,
        folder      TEXT NOT NULL,
        opened_at   INTEGER NOT NULL,
        closed_at   INTEGER
    ) STRICT;

    -- Append-only. Times are microseconds since 1970 UTC.
    CREATE TABLE events (
        case_id     TEXT NOT NULL REFERENCES cases (id),
        seq         INTEGER NOT NULL,
        at          INTEGER NOT NULL,
        kind        TEXT NOT NULL,
        body        TEXT NOT NULL,
        prev        TEXT NOT NULL,
        hash        TEXT NOT NULL,
        PRIMARY KEY (case_id, seq)
    ) STRICT, WITHOUT ROWID;
    CREATE TRIGGER events_are_never_changed BEFORE UPDATE ON events
        BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
    CREATE TRIGGER events_are_never_removed BEFORE DELETE ON events
        BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;

    -- Personal content that events name by digest; may be erased.
    CREATE TABLE payloads (
        case_id     TEXT NOT NULL REFERENCES cases (id),
        digest      TEXT NOT NULL,
        body        TEXT NOT NULL,
        PRIMARY KEY (case_id, digest)
    ) STRICT, WITHOUT ROWID;

    -- Pinned workflow texts; nothing personal.
    CREATE TABLE definitions (
        digest      TEXT PRIMARY KEY,
        body        TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE timers (
        case_id     TEXT PRIMARY KEY REFERENCES cases (id),
        wake_at     INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX timers_by_time ON timers (wake_at);

    -- The final bytes of every message, stored before it leaves.
    CREATE TABLE outbox (
        message_id  TEXT PRIMARY KEY,
        case_id     TEXT NOT NULL REFERENCES cases (id),
        digest      TEXT NOT NULL,
        sender      TEXT NOT NULL,
        recipient   TEXT NOT NULL,
        message     BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE settings (
        name        TEXT PRIMARY KEY,
        value       TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
    ",
    // 2: recurring reminders.
    "
    CREATE TABLE subscriptions (
        id          TEXT PRIMARY KEY,
        rule        TEXT NOT NULL,
        person      TEXT,
        phone       TEXT,
        since       INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;

    -- Each occurrence once, whoever computed it.
    CREATE TABLE occurrences (
        subscription TEXT NOT NULL,
        at          INTEGER NOT NULL,
        state       TEXT NOT NULL,
        PRIMARY KEY (subscription, at)
    ) STRICT, WITHOUT ROWID;
    ",
    // 3: letters that came in.
    "
    CREATE TABLE letters (
        digest      TEXT PRIMARY KEY,
        at          INTEGER NOT NULL,
        state       TEXT NOT NULL,
        case_id     TEXT,
        step        TEXT,
        shown       TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE mailboxes (
        account     TEXT PRIMARY KEY,
        validity    INTEGER NOT NULL,
        last        INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    ",
    // 4: how much left lately, over all cases.
    "
    CREATE INDEX events_of_sending ON events (at)
        WHERE kind IN ('in_doubt', 'accepted', 'refused');
    ",
];

/// Brings the file to the newest version. A copy is kept beside it before an older one is changed.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let sql = |source| StoreError::from_sql("migrate", path, source);
    let known = u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX);
    let version = |connection: &Connection| {
        connection.pragma_query_value(None, "user_version", |row| row.get::<_, u32>(0))
    };
    let found = version(connection).map_err(sql)?;
    if found == known {
        return Ok(());
    }
    if found > known {
        return Err(StoreError::Newer { path: path.to_owned(), found, known });
    }
    if found > 0 {
        let copy = path.with_extension(format!("v{found}.sqlite"));
        if !copy.exists() {
            connection.execute("VACUUM INTO ?1", [copy.to_string_lossy().as_ref()]).map_err(sql)?;
        }
    }
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sql)?;
    // Another process may have migrated while this one waited for its turn.
    let found = version(&transaction).map_err(sql)?;
    for migration in MIGRATIONS.iter().skip(found as usize) {
        transaction.execute_batch(migration).map_err(sql)?;
    }
    transaction.pragma_update(None, "user_version", known).map_err(sql)?;
    transaction.commit().map_err(sql)
}
