//! The folder of a firm's matters: which numbers were given, and new folders, each there whole or
//! not at all. Numbers are written down before any folder has its name, so a number may be lost and
//! is never given twice; what was cut off in between is finished by the next import.

use std::fs;
use std::path::{Path, PathBuf};

use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::batch::folder;
use crate::batch::merge::Imported;
use crate::batch::numbers::Numbers;
use crate::cli::batch::home;
use crate::domain::case::Case;
use crate::domain::lang::Text;
use crate::evidence::intake::sync_folder;
use crate::runtime::boundary;
use crate::runtime::case_file::CASE_FILE;
use crate::runtime::error::RuntimeError;
use crate::runtime::home::{create_private, write_private};
use crate::store::lock::{ExecutorLock, lock_executor};

/// What was imported, beside the case file.
pub const IMPORTED: &str = "imported.json";

/// The numbers that were given, in the folder of the matters.
const NUMBERS: &str = "numbers.json";

/// Held while somebody imports into the folder.
const LOCK: &str = ".import.lock";

/// The folder of the matters, while somebody imports into it.
#[derive(Debug)]
pub struct Shelf {
    root: PathBuf,
    /// The numbers that were given.
    pub numbers: Numbers,
    staged: Vec<String>,
    _lock: ExecutorLock,
}

/// Returns the numbers that were given in a folder of matters; none where it has no record.
pub fn numbers(root: &Path) -> Result<Numbers, RuntimeError> {
    Ok(read_json(&root.join(NUMBERS))?.unwrap_or_default())
}

impl Shelf {
    /// Opens the folder, makes it where it is missing, and finishes what an import left that was
    /// cut off.
    pub fn open(root: &Path) -> Result<Self, RuntimeError> {
        fs::create_dir_all(root).map_err(|source| home(root, source))?;
        let Some(lock) = lock_executor(&root.join(LOCK))? else {
            let shown = root.display();
            return Err(RuntimeError::asked(
                crate::text!("另一个导入正在写 {shown}", "another import is writing {shown}"),
                Text::new("等它结束再导入", "wait until it has ended"),
            ));
        };
        let shelf = Self {
            root: root.to_owned(),
            numbers: numbers(root)?,
            staged: Vec::new(),
            _lock: lock,
        };
        for number in shelf.numbers.given.keys() {
            let beside = shelf.beside(number);
            if !shelf.folder(number).exists() && beside.join(IMPORTED).is_file() {
                shelf.put(number)?;
            }
        }
        Ok(shelf)
    }

    /// Returns the folder of a matter.
    pub fn folder(&self, number: &str) -> PathBuf {
        self.root.join(number)
    }

    fn beside(&self, number: &str) -> PathBuf {
        self.root.join(format!(".{number}.new"))
    }

    /// Makes the folder of a new matter beside its place. Nothing of it counts before `settle`.
    pub fn stage(
        &mut self,
        number: &str,
        case: &Case,
        record: &Imported,
    ) -> Result<(), RuntimeError> {
        let Some(text) = folder::case_file(case) else {
            return Err(RuntimeError::asked(
                crate::text!(
                    "{number} 的案件文件没有写成",
                    "the case file of {number} was not written"
                ),
                Text::new("检查这一行里有没有特殊的字符", "look for unusual characters in its row"),
            ));
        };
        let beside = self.beside(number);
        let fail = |source| home(&beside, source);
        boundary::pass();
        fs::create_dir_all(&beside).map_err(fail)?;
        create_private(&beside.join(CASE_FILE), text.as_bytes()).map_err(fail)?;
        create_private(&beside.join(IMPORTED), &json(record)?).map_err(fail)?;
        self.numbers.give(number, case);
        self.staged.push(number.to_owned());
        Ok(())
    }

    /// Makes the new folders durable, several at once because the disk is what is waited for;
    /// writes the numbers down; then gives the folders their names.
    pub fn settle(&mut self) -> Result<(), RuntimeError> {
        self.staged.par_iter().try_for_each(|number| self.make_durable(number))?;
        sync_folder(&self.root).map_err(|source| home(&self.root, source))?;
        let path = self.root.join(NUMBERS);
        let known: Option<Numbers> = read_json(&path)?;
        boundary::pass();
        if known.as_ref() != Some(&self.numbers) {
            write_json(&path, &self.numbers)?;
        }
        for number in std::mem::take(&mut self.staged) {
            boundary::pass();
            self.put(&number)?;
        }
        sync_folder(&self.root).map_err(|source| home(&self.root, source))
    }

    fn make_durable(&self, number: &str) -> Result<(), RuntimeError> {
        let beside = self.beside(number);
        let files = [CASE_FILE, IMPORTED].map(|name| beside.join(name));
        files
            .iter()
            .try_for_each(|file| fs::OpenOptions::new().write(true).open(file)?.sync_all())
            .and_then(|()| sync_folder(&beside))
            .map_err(|source| home(&beside, source))
    }

    fn put(&self, number: &str) -> Result<(), RuntimeError> {
        let beside = self.beside(number);
        fs::rename(&beside, self.folder(number)).map_err(|source| home(&beside, source))
    }
}

/// Reads a record of the program; none when it is not there.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, RuntimeError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(home(path, source)),
    };
    serde_json::from_slice(&bytes).map(Some).map_err(|_| {
        let shown = path.display();
        RuntimeError::asked(
            crate::text!("{shown} 读不懂", "{shown} cannot be read"),
            Text::new("从备份恢复它；不要手工修改", "restore it from a backup"),
        )
    })
}

/// Writes a record of the program.
pub fn write_json(path: &Path, value: &impl Serialize) -> Result<(), RuntimeError> {
    write_private(path, &json(value)?).map_err(|source| home(path, source))
}

fn json(value: &impl Serialize) -> Result<Vec<u8>, RuntimeError> {
    serde_json::to_vec(value).map_err(|error| RuntimeError::Ours(error.to_string()))
}
