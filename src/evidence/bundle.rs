//! One ZIP with papers and evidence and a manifest that `sha256sum -c` understands. The same
//! content gives the same bytes.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::domain::digest::Digest;
use crate::evidence::intake::{digest_of, sync_folder};

/// The name of the manifest inside the bundle.
pub const MANIFEST: &str = "manifest-sha256.txt";

/// One file of a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its path inside the bundle.
    pub path: String,
    /// Where it comes from.
    pub content: Content,
}

/// Where a file of a bundle comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A file on disk, with the digest it must still have.
    File {
        /// The file.
        path: PathBuf,
        /// Its digest.
        sha256: Digest,
    },
    /// Something made for the bundle or kept in the ledger.
    Made(Vec<u8>),
}

/// Why a bundle cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// A file is no longer what it was when it was taken in.
    #[error("`{}` is no longer what it was when it was taken in", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// Reading or writing failed.
    #[error("cannot bundle `{}`", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// Writes the bundle of `items` to `target`, under one folder `root`.
pub fn write(target: &Path, root: &str, items: &[Item]) -> Result<Digest, BundleError> {
    let beside = target.with_extension("zip.new");
    let fail = |source: io::Error| BundleError::Io { path: target.to_owned(), source };
    let mut options = OpenOptions::new();
    options.create(true).truncate(true).write(true).read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let file = options.open(&beside).map_err(fail)?;
    let mut writer = ZipWriter::new(file);
    let mut sorted: Vec<&Item> = items.iter().collect();
    sorted.sort_by(|left, right| left.path.cmp(&right.path));
    let mut manifest = String::new();
    for item in sorted {
        let digest = add(&mut writer, root, item)?;
        manifest.push_str(&format!("{digest}  {}\n", item.path));
    }
    text(&mut writer, &format!("{root}/{MANIFEST}"), manifest.as_bytes()).map_err(fail)?;
    let file = writer.finish().map_err(|error| fail(error.into()))?;
    file.sync_all().map_err(fail)?;
    std::fs::rename(&beside, target).map_err(fail)?;
    sync_folder(target.parent().unwrap_or(Path::new("."))).map_err(fail)?;
    let (digest, _) = digest_of(target).map_err(fail)?;
    Ok(digest)
}

fn add(writer: &mut ZipWriter<File>, root: &str, item: &Item) -> Result<Digest, BundleError> {
    let name = format!("{root}/{}", item.path);
    match &item.content {
        Content::Made(content) => {
            text(writer, &name, content)
                .map_err(|source| BundleError::Io { path: item.path.clone().into(), source })?;
            Ok(Digest::of(content))
        }
        Content::File { path, sha256 } => {
            let fail = |source: io::Error| BundleError::Io { path: path.clone(), source };
            let (found, _) = digest_of(path).map_err(fail)?;
            if found != *sha256 {
                return Err(BundleError::Changed { path: path.clone() });
            }
            let mut file = File::open(path).map_err(fail)?;
            writer.start_file(&name, options(&name)).map_err(|error| fail(error.into()))?;
            io::copy(&mut file, writer).map_err(fail)?;
            Ok(found)
        }
    }
}

fn text(writer: &mut ZipWriter<File>, name: &str, content: &[u8]) -> io::Result<()> {
    writer.start_file(name, options(name))?;
    writer.write_all(content)
}

/// Pictures and papers are compressed already; deflating them again only costs time.
fn options(name: &str) -> SimpleFileOptions {
    let extension = name.rsplit('.').next().unwrap_or_default();
    let packed = matches!(
        extension,
        "png" | "jpg" | "jpeg" | "heic" | "pdf" | "zip" | "xlsx" | "mp4" | "mov" | "m4a" | "mp3"
    );
    let method = if packed { CompressionMethod::Stored } else { CompressionMethod::Deflated };
    SimpleFileOptions::default()
        .compression_method(method)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o600)
        .large_file(true)
}
