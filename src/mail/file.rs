//! The default transport: a ready-to-open `.eml` file in the case's `outbox/`.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

/// The folder below the outbox for messages that a newer one replaced.
const REPLACED: &str = "replaced";

/// Sets a message aside that a newer one replaces, so that nobody sends the older by mistake.
pub fn set_aside(outbox: &Path, name: &str) -> io::Result<()> {
    let from = outbox.join(name);
    if !from.exists() {
        return Ok(());
    }
    let folder = outbox.join(REPLACED);
    if !folder.exists() {
        fs::create_dir(&folder)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(&folder, fs::Permissions::from_mode(0o700))?;
        }
    }
    fs::rename(from, folder.join(name))
}

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
