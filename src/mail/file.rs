//! The default transport: a ready-to-open `.eml` file in the case's `outbox/`.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

/// Writes a message as a file. Writing the same message again changes nothing, so a crash
/// between the file and the ledger leaves nothing in doubt.
pub fn write(outbox: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let target = outbox.join(name);
    if fs::read(&target).is_ok_and(|found| found == bytes) {
        return Ok(());
    }
    let beside = outbox.join(format!(".{name}.new"));
    let mut options = OpenOptions::new();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, &target)?;
    #[cfg(unix)]
    fs::File::open(outbox)?.sync_all()?;
    Ok(())
}
