//! What can go wrong with the ledger, by what a caller would do about it.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why the ledger could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file cannot be created or opened.
    #[error("cannot open the ledger `{}`", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The file was written by a newer program.
    #[error("the ledger `{}` has version {found}, this program knows {known}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The newest this program knows.
        known: u32,
    },
    /// The file is no database, or damaged.
    #[error("the ledger `{}` is damaged", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
    /// The disk is full or cannot be written.
    #[error("the disk of the ledger `{}` is full or cannot be written", path.display())]
    Disk {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
    /// Another process holds the ledger for too long.
    #[error("another process has held the ledger `{}` for too long", path.display())]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// Another executor is at work for this home.
    #[error("another executor holds `{}`", path.display())]
    Taken {
        /// The lock.
        path: PathBuf,
    },
    /// Another writer was faster: read again and decide again.
    #[error("another entry came first")]
    Conflict,
    /// An entry does not fit the one before it.
    #[error("entry {seq} of case `{case}` does not follow from the one before it")]
    BrokenChain {
        /// The case.
        case: String,
        /// The first entry that does not fit.
        seq: u64,
    },
    /// The case is not in this ledger.
    #[error("there is no case `{case}` in this ledger")]
    NoCase {
        /// The case.
        case: String,
    },
    /// Anything else.
    #[error("cannot {doing} the ledger `{}`", path.display())]
    Sql {
        /// What we were doing.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        #[source]
        source: rusqlite::Error,
    },
}

impl StoreError {
    pub(super) fn from_sql(doing: &'static str, path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        match source.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
                Self::Damaged { path, source }
            }
            Some(
                ErrorCode::DiskFull
                | ErrorCode::ReadOnly
                | ErrorCode::SystemIoFailure
                | ErrorCode::CannotOpen
                | ErrorCode::PermissionDenied,
            ) => Self::Disk { path, source },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy { path },
            _ => Self::Sql { doing, path, source },
        }
    }
}
