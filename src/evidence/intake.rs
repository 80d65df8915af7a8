//! Taking a file in: copied, hashed on the way, never changed again.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write as _};
use std::path::{Component, Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::domain::digest::Digest;
use crate::domain::lang::Text;

/// The largest file that is taken in, in bytes.
pub const LIMIT_BYTES: u64 = 2 * 1024 * 1024 * 1024;

/// A file that was taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenIn {
    /// The name it is kept under in `originals/`.
    pub file: String,
    /// Its content.
    pub sha256: Digest,
    /// Its size.
    pub size_bytes: u64,
}

/// Why a file cannot be taken in.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    /// It is not there.
    #[error("there is no file `{}`", path.display())]
    Absent {
        /// The file.
        path: PathBuf,
    },
    /// It lies outside the case's folder.
    #[error("`{}` lies outside the folder of the case", path.display())]
    Outside {
        /// The file.
        path: PathBuf,
    },
    /// It is a link.
    #[error("`{}` is a link, not a file", path.display())]
    Link {
        /// The file.
        path: PathBuf,
    },
    /// It is a folder, a device or the like.
    #[error("`{}` is not a file", path.display())]
    NotAFile {
        /// The file.
        path: PathBuf,
    },
    /// There is nothing in it.
    #[error("`{}` is empty", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// A copy of it cannot be made, because it is no picture that can be read.
    #[error("`{}` is not a picture that can be read", path.display())]
    NotAPicture {
        /// The file.
        path: PathBuf,
    },
    /// It is larger than the limit.
    #[error("`{}` is larger than 2 GiB", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// Reading or writing failed.
    #[error("cannot take in `{}`", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

impl IntakeError {
    /// Returns the file it is about.
    pub fn path(&self) -> &Path {
        match self {
            Self::Absent { path }
            | Self::Outside { path }
            | Self::Link { path }
            | Self::NotAFile { path }
            | Self::Empty { path }
            | Self::NotAPicture { path }
            | Self::TooLarge { path }
            | Self::Io { path, .. } => path,
        }
    }

    /// Returns what is wrong and what to do, for the person.
    pub fn explain(&self) -> (Text, Text) {
        let shown = self.path().display();
        match self {
            Self::Absent { .. } => (
                crate::text!("找不到文件 {shown}", "there is no file {shown}"),
                Text::new(
                    "检查文件名，或先删掉这一行",
                    "check the name, or delete the line for now",
                ),
            ),
            Self::Outside { .. } => (
                crate::text!(
                    "文件 {shown} 不在案件文件夹里",
                    "{shown} is outside the folder of the case"
                ),
                Text::new(
                    "把文件复制到案件文件夹里，再写文件名",
                    "copy it into the folder of the case",
                ),
            ),
            Self::Link { .. } => (
                crate::text!("{shown} 是链接，不是文件", "{shown} is a link, not a file"),
                Text::new("复制原文件", "copy the file itself"),
            ),
            Self::NotAFile { .. } => (
                crate::text!("{shown} 不是文件", "{shown} is not a file"),
                Text::new("写具体的文件名", "name a file"),
            ),
            Self::Empty { .. } => (
                crate::text!("文件 {shown} 是空的", "{shown} is empty"),
                Text::new("重新导出或重新截图", "export or photograph it again"),
            ),
            Self::NotAPicture { .. } => (
                crate::text!(
                    "{shown} 不是 JPG、PNG 或 WebP 图片，不能做成加注用途的复印件",
                    "{shown} is no JPG, PNG or WebP picture; no marked copy can be made of it"
                ),
                Text::new(
                    "证件原图不外发，只发加注用途的复印件；请另存为 JPG（截一张图也可以）再放进来",
                    "identity papers leave only as marked copies: save it as JPG first",
                ),
            ),
            Self::TooLarge { .. } => (
                crate::text!("文件 {shown} 超过 2 GiB", "{shown} is larger than 2 GiB"),
                Text::new("分成几个文件", "split it"),
            ),
            Self::Io { source, .. } => (
                crate::text!(
                    "无法读取或保存 {shown}：{source}",
                    "cannot read or keep {shown}: {source}"
                ),
                Text::new("检查权限和磁盘空间", "check permissions and disk space"),
            ),
        }
    }
}

/// Returns the path of a file named in a case, which must lie in the case's folder and pass
/// through no link.
pub fn inside(folder: &Path, name: &str) -> Result<PathBuf, IntakeError> {
    let relative = Path::new(name);
    let outside = || IntakeError::Outside { path: relative.to_owned() };
    let plain =
        relative.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if !plain || name.is_empty() {
        return Err(outside());
    }
    let mut path = folder.to_owned();
    for part in relative.components() {
        path.push(part);
        match fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.file_type().is_symlink() => {
                return Err(IntakeError::Link { path: relative.to_owned() });
            }
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(IntakeError::Absent { path: relative.to_owned() });
            }
            Err(source) => return Err(IntakeError::Io { path: relative.to_owned(), source }),
        }
    }
    Ok(path)
}

/// Checks that a file can be taken in, without doing so.
pub fn check(path: &Path) -> Result<u64, IntakeError> {
    let metadata = fs::symlink_metadata(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => IntakeError::Absent { path: path.to_owned() },
        _ => IntakeError::Io { path: path.to_owned(), source },
    })?;
    if metadata.file_type().is_symlink() {
        return Err(IntakeError::Link { path: path.to_owned() });
    }
    if !metadata.is_file() {
        return Err(IntakeError::NotAFile { path: path.to_owned() });
    }
    match metadata.len() {
        0 => Err(IntakeError::Empty { path: path.to_owned() }),
        size if size > LIMIT_BYTES => Err(IntakeError::TooLarge { path: path.to_owned() }),
        size => Ok(size),
    }
}

/// Takes a file in: copies it into `originals`, hashing what was copied. The same file taken in
/// twice for one slot is kept once.
pub fn take_in(path: &Path, slot: &str, originals: &Path) -> Result<TakenIn, IntakeError> {
    check(path)?;
    let fail = |source| IntakeError::Io { path: path.to_owned(), source };
    let mut source = open_no_follow(path).map_err(fail)?;
    let beside = originals.join(format!(".incoming-{}", std::process::id()));
    let copied = copy(&mut source, &beside).map_err(fail);
    let (sha256, size_bytes) = copied.inspect_err(|_| {
        let _ = fs::remove_file(&beside);
    })?;
    let file = kept_name(path, slot, &sha256);
    let target = originals.join(&file);
    if target.exists() {
        fs::remove_file(&beside).map_err(fail)?;
    } else {
        make_read_only(&beside).map_err(fail)?;
        fs::rename(&beside, &target).map_err(fail)?;
        sync_folder(originals).map_err(fail)?;
    }
    Ok(TakenIn { file, sha256, size_bytes })
}

/// The slot, part of the digest and the extension, in characters every tool can name.
fn kept_name(path: &Path, slot: &str, sha256: &Digest) -> String {
    let extension: String = path
        .extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or_default()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(8)
        .collect();
    let slot: String =
        slot.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let short = sha256.short(12);
    if extension.is_empty() {
        format!("{slot}-{short}")
    } else {
        format!("{slot}-{short}.{}", extension.to_ascii_lowercase())
    }
}

fn copy(source: &mut File, target: &Path) -> std::io::Result<(Digest, u64)> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut target = options.open(target)?;
    let mut hash = Sha256::new();
    let mut size_bytes = 0;
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let read = source.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        size_bytes += read as u64;
        hash.update(&buffer[..read]);
        target.write_all(&buffer[..read])?;
    }
    target.sync_all()?;
    Ok((Digest::finish(hash), size_bytes))
}

fn open_no_follow(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        const O_NOFOLLOW: i32 = 0o400_000;
        options.custom_flags(O_NOFOLLOW);
    }
    options.open(path)
}

fn make_read_only(path: &Path) -> std::io::Result<()> {
    let mut permissions = fs::metadata(path)?.permissions();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        permissions.set_mode(0o400);
    }
    #[cfg(not(unix))]
    permissions.set_readonly(true);
    fs::set_permissions(path, permissions)
}

/// Makes a rename in a folder survive a power cut.
pub fn sync_folder(folder: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

/// Returns the digest and size of a file.
pub fn digest_of(path: &Path) -> std::io::Result<(Digest, u64)> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut size_bytes = 0;
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((Digest::finish(hash), size_bytes));
        }
        size_bytes += read as u64;
        hash.update(&buffer[..read]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_bytes_under_a_name_of_slot_and_digest() {
        let folder = tempfile::tempdir().unwrap();
        let originals = tempfile::tempdir().unwrap();
        let path = folder.path().join("账单 2026.PDF");
        fs::write(&path, b"%PDF-1.7").unwrap();
        let taken = take_in(&path, "bill.pdf", originals.path()).unwrap();
        assert_eq!(taken.file, format!("bill-pdf-{}.pdf", taken.sha256.short(12)));
        assert_eq!(fs::read(originals.path().join(&taken.file)).unwrap(), b"%PDF-1.7");
        assert_eq!(take_in(&path, "bill.pdf", originals.path()).unwrap(), taken);
        assert_eq!(fs::read_dir(originals.path()).unwrap().count(), 1);
    }

    #[test]
    fn refuses_what_is_outside_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["../secret", "/etc/hostname", "a/../../b", ""] {
            assert!(
                matches!(inside(folder.path(), name), Err(IntakeError::Outside { .. })),
                "{name}"
            );
        }
        assert!(matches!(inside(folder.path(), "no.png"), Err(IntakeError::Absent { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn refuses_links() {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/etc/hostname", folder.path().join("link.png")).unwrap();
        assert!(matches!(inside(folder.path(), "link.png"), Err(IntakeError::Link { .. })));
    }

    #[test]
    fn refuses_nothing_and_folders() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("empty.png"), b"").unwrap();
        assert!(matches!(check(&folder.path().join("empty.png")), Err(IntakeError::Empty { .. })));
        assert!(matches!(check(folder.path()), Err(IntakeError::NotAFile { .. })));
    }
}
