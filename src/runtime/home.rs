//! Where everything lies on disk, and that only its owner can read it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::domain::case::CaseId;
use crate::evidence::intake::sync_folder;
use crate::runtime::error::RuntimeError;

/// The folders of one home.
#[derive(Clone, Debug)]
pub struct Home {
    root: PathBuf,
    config: PathBuf,
}

/// The folders of one case.
#[derive(Clone, Debug)]
pub struct CaseFolders {
    /// Evidence as it arrived.
    pub originals: PathBuf,
    /// Papers and texts.
    pub documents: PathBuf,
    /// Messages for the person's own mail program.
    pub outbox: PathBuf,
    /// Bundles.
    pub bundle: PathBuf,
}

impl Home {
    /// Makes the folders of a home where they are missing.
    pub fn prepare(root: &Path, config: &Path) -> Result<Self, RuntimeError> {
        let home = Self { root: root.to_owned(), config: config.to_owned() };
        private_folder(&home.root)?;
        private_folder(&home.root.join("cases"))?;
        Ok(home)
    }

    /// Returns the home's folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the folder of settings and own files.
    pub fn config(&self) -> &Path {
        &self.config
    }

    /// Returns the ledger's path.
    pub fn ledger(&self) -> PathBuf {
        self.root.join("ledger.sqlite")
    }

    /// Returns true when a home lies there; nothing is made.
    pub fn has_ledger(root: &Path) -> bool {
        root.join("ledger.sqlite").is_file()
    }

    /// Returns true when there are cases on disk and no ledger that knows of them.
    pub fn has_lost_its_ledger(&self) -> bool {
        let ledger = fs::metadata(self.ledger()).map_or(0, |metadata| metadata.len());
        let cases = fs::read_dir(self.root.join("cases"));
        ledger == 0 && cases.is_ok_and(|mut cases| cases.next().is_some())
    }

    /// Returns the path of the executor's lock.
    pub fn lock(&self) -> PathBuf {
        self.root.join("executor.lock")
    }

    /// Makes the folders of a case where they are missing.
    pub fn case_folders(&self, case: &CaseId) -> Result<CaseFolders, RuntimeError> {
        let folders = self.case_paths(case);
        private_folder(&self.root.join("cases").join(case.as_str()))?;
        for folder in [&folders.originals, &folders.documents, &folders.outbox, &folders.bundle] {
            private_folder(folder)?;
        }
        Ok(folders)
    }

    /// Returns where the folders of a case are, whether or not they exist.
    pub fn case_paths(&self, case: &CaseId) -> CaseFolders {
        let folder = self.root.join("cases").join(case.as_str());
        CaseFolders {
            originals: folder.join("originals"),
            documents: folder.join("documents"),
            outbox: folder.join("outbox"),
            bundle: folder.join("bundle"),
        }
    }
}

pub(super) fn private_folder(path: &Path) -> Result<(), RuntimeError> {
    let fail = |source| RuntimeError::Home { path: path.to_owned(), source };
    fs::create_dir_all(path).map_err(fail)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let metadata = fs::metadata(path).map_err(fail)?;
        if metadata.permissions().mode() & 0o777 != 0o700 {
            fs::set_permissions(path, fs::Permissions::from_mode(0o700)).map_err(fail)?;
        }
    }
    Ok(())
}

/// Writes a file that only its owner can read: beside its place, made durable, then renamed.
pub fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let beside = path.with_file_name(format!(".{name}.new"));
    create_private(&beside, bytes)?.sync_all()?;
    fs::rename(&beside, path)?;
    if let Some(folder) = path.parent() {
        // A bare file name stands in the current folder.
        sync_folder(if folder.as_os_str().is_empty() { Path::new(".") } else { folder })?;
    }
    Ok(())
}

/// Writes a file that only its owner can read. It is there after a power failure once it and its
/// folder are made durable.
pub fn create_private(path: &Path, bytes: &[u8]) -> std::io::Result<fs::File> {
    use std::io::Write as _;
    let mut options = fs::OpenOptions::new();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    Ok(file)
}
