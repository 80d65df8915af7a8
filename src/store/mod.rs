//! The ledger, its timers and its outbox on SQLite: the only place that knows SQL. It keeps what
//! it is given and decides nothing.

pub mod audit;
pub mod error;
pub mod ledger;
pub mod letters;
pub mod lock;
pub mod outbox;
mod schema;
mod settings;
pub mod snapshots;
pub mod subscriptions;
pub mod timers;
pub mod traffic;

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::store::error::StoreError;

/// How long a writer waits for another before it gives up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(20);

/// How many statements are kept as they were read: more than there are.
const LIMIT_STATEMENTS: usize = 64;

/// An open ledger file.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    path: PathBuf,
}

impl Store {
    /// Opens the ledger at `path`, creating it (readable by its owner only) or migrating it.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        create_private(path)?;
        let connection = Connection::open_with_flags(
            path,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )
        .map_err(|source| StoreError::from_sql("open", path, source))?;
        let mut store = Self { connection, path: path.to_owned() };
        store.prepare()?;
        Ok(store)
    }

    /// Opens a ledger that lives only in memory, for tests.
    pub fn in_memory() -> Result<Self, StoreError> {
        let path = PathBuf::from(":memory:");
        let connection = Connection::open_in_memory()
            .map_err(|source| StoreError::from_sql("open", &path, source))?;
        let mut store = Self { connection, path };
        store.prepare()?;
        Ok(store)
    }

    fn prepare(&mut self) -> Result<(), StoreError> {
        self.connection
            .busy_timeout(BUSY_TIMEOUT)
            .map_err(|source| self.error("set up", source))?;
        // FULL: an entry that was acknowledged survives a power cut, not only a crash.
        for (name, value) in [
            ("journal_mode", "WAL"),
            ("synchronous", "FULL"),
            ("foreign_keys", "ON"),
            ("fullfsync", "ON"),
            ("trusted_schema", "OFF"),
        ] {
            self.connection
                .pragma_update(None, name, value)
                .map_err(|source| self.error("set up", source))?;
        }
        self.connection.set_prepared_statement_cache_capacity(LIMIT_STATEMENTS);
        schema::migrate(&mut self.connection, &self.path)
    }

    /// Returns a number that changes whenever another connection has written.
    pub fn data_version(&self) -> Result<i64, StoreError> {
        self.connection
            .pragma_query_value(None, "data_version", |row| row.get(0))
            .map_err(|source| self.error("watch", source))
    }

    /// Returns what is wrong with the file as a database; nothing when it is whole.
    pub fn check_file(&self) -> Result<Vec<String>, StoreError> {
        let mut statement = self
            .connection
            .prepare("PRAGMA quick_check(20)")
            .map_err(|source| self.error("check", source))?;
        let rows = statement
            .query_map([], |row| row.get::<_, String>(0))
            .map_err(|source| self.error("check", source))?;
        let found: Result<Vec<String>, _> = rows.collect();
        let found = found.map_err(|source| self.error("check", source))?;
        Ok(found.into_iter().filter(|line| line != "ok").collect())
    }

    fn error(&self, doing: &'static str, source: rusqlite::Error) -> StoreError {
        StoreError::from_sql(doing, &self.path, source)
    }
}

/// SQLite gives its side files the permissions of the main one, so that is made first.
fn create_private(path: &Path) -> Result<(), StoreError> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options
        .open(path)
        .map(drop)
        .map_err(|source| StoreError::File { path: path.to_owned(), source })
}
