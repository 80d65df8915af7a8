//! One executor per home: a lock on a file, given back by the system when its holder dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use crate::store::error::StoreError;

/// Held by the one process that acts.
#[derive(Debug)]
pub struct ExecutorLock {
    _file: File,
}

/// Takes the executor's lock, or returns none when another process holds it.
pub fn lock_executor(path: &Path) -> Result<Option<ExecutorLock>, StoreError> {
    let fail = |source| StoreError::File { path: path.to_owned(), source };
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let file = options.open(path).map_err(fail)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(ExecutorLock { _file: file })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(fail(source)),
    }
}
