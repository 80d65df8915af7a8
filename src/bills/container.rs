//! What kind of file it is, judged by its bytes and never by its name; archives and encrypted
//! workbooks are opened with the passwords given.

use std::io::{Read, Seek, SeekFrom};

use encoding_rs::GB18030;
use zip::ZipArchive;
use zip::result::ZipError;

use crate::bills::error::{BillError, Limit};
use crate::bills::limits::{ENTRIES, HELD_BYTES, UNPACK_FLOOR_BYTES, UNPACK_RATIO, UNPACKED_BYTES};
use crate::domain::guard;

/// The kinds of file that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A ZIP archive or an XLSX workbook.
    Zip,
    /// An OLE file: XLS, or an encrypted XLSX.
    Ole,
    /// A PDF.
    Pdf,
    /// Something that is certainly no bill.
    Other(&'static str),
    /// Text, as far as one can see.
    Text,
}

const SIGNATURES: &[(&[u8], Kind)] = &[
    (b"PK\x03\x04", Kind::Zip),
    (b"PK\x05\x06", Kind::Zip),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Kind::Ole),
    (b"%PDF", Kind::Pdf),
    (b"\x89PNG", Kind::Other("PNG")),
    (b"\xff\xd8\xff", Kind::Other("JPEG")),
    (b"GIF8", Kind::Other("GIF")),
    (b"Rar!", Kind::Other("RAR")),
    (b"7z\xbc\xaf", Kind::Other("7z")),
    (b"\x1f\x8b", Kind::Other("gzip")),
    (b"\x7fELF", Kind::Other("ELF")),
    (b"MZ", Kind::Other("EXE")),
    (b"<!DOCTYPE", Kind::Other("HTML")),
    (b"<html", Kind::Other("HTML")),
    (b"<?xml", Kind::Other("XML")),
];

/// Judges a file by its first bytes.
pub fn kind(head: &[u8]) -> Kind {
    SIGNATURES
        .iter()
        .find(|(signature, _)| head.starts_with(signature))
        .map_or(Kind::Text, |(_, kind)| *kind)
}

/// One file taken out of an archive.
#[derive(Debug)]
pub struct Entry {
    /// Its name, decoded.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Returns the length of a stream, and goes back to its start.
pub fn length<R: Seek>(input: &mut R) -> Result<u64, BillError> {
    let length = input.seek(SeekFrom::End(0))?;
    input.seek(SeekFrom::Start(0))?;
    Ok(length)
}

/// Reads a whole stream that is small enough to be held.
pub fn hold<R: Read + Seek>(input: &mut R) -> Result<Vec<u8>, BillError> {
    if length(input)? > HELD_BYTES {
        return Err(BillError::Limit(Limit::Held));
    }
    let mut bytes = Vec::new();
    input.take(HELD_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Opens an archive. One that has the right first bytes and no table of contents is cut off.
pub fn open<R: Read + Seek>(input: R) -> Result<ZipArchive<R>, BillError> {
    ZipArchive::new(input).map_err(|error| match error {
        ZipError::InvalidArchive(_) => BillError::Truncated,
        other => zip_error(other),
    })
}

/// Returns true for a workbook.
pub fn is_workbook<R: Read + Seek>(archive: &ZipArchive<R>) -> bool {
    archive.file_names().flatten().any(|name| name.eq_ignore_ascii_case("xl/workbook.xml"))
}

/// Refuses a workbook whose parts unpack to more than a bill has. Sizes written in an archive
/// may lie, so every part that could grow large is unpacked once and only counted.
pub fn check_sizes<R: Read + Seek>(archive: &mut ZipArchive<R>) -> Result<(), BillError> {
    let mut total: u64 = 0;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(zip_error)?;
        let packed = entry.compressed_size();
        let allowed = packed.saturating_mul(UNPACK_RATIO).max(UNPACK_FLOOR_BYTES);
        // Deflate cannot grow more than this, so small parts need no counting.
        if packed.saturating_mul(1032) < UNPACK_FLOOR_BYTES {
            continue;
        }
        let counted = count(&mut entry, allowed)?;
        total = total.saturating_add(counted);
        if counted > allowed || total > UNPACKED_BYTES {
            return Err(BillError::Limit(Limit::Unpacked));
        }
    }
    Ok(())
}

fn count<R: Read>(entry: &mut R, allowed: u64) -> Result<u64, BillError> {
    let mut buffer = vec![0; 1 << 16];
    let mut counted: u64 = 0;
    loop {
        let read = entry.read(&mut buffer).map_err(|_| BillError::Truncated)?;
        counted += read as u64;
        if read == 0 || counted > allowed {
            return Ok(counted);
        }
    }
}

/// Takes the files out of an archive, trying each password.
pub fn entries<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    passwords: &[String],
) -> Result<Vec<Entry>, BillError> {
    if archive.len() > ENTRIES {
        return Err(BillError::Limit(Limit::Entries));
    }
    let mut found = Vec::new();
    let mut total: u64 = 0;
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(zip_error)?;
        let name = name(entry.name_raw());
        let is_noise = name.starts_with("__MACOSX") || name.ends_with(".DS_Store");
        let (skip, locked) = (entry.is_dir() || is_noise, entry.encrypted());
        let allowed = entry.compressed_size().saturating_mul(UNPACK_RATIO).max(UNPACK_FLOOR_BYTES);
        drop(entry);
        if skip {
            continue;
        }
        let limit = allowed.min(UNPACKED_BYTES.saturating_sub(total)).min(HELD_BYTES);
        let bytes = if locked {
            unlock(archive, index, passwords, limit)?
        } else {
            unpack(&mut archive.by_index(index).map_err(zip_error)?, limit)?
        };
        total += bytes.len() as u64;
        found.push(Entry { name, bytes });
    }
    Ok(found)
}

/// Tries the passwords one after another. The old cipher lets one wrong password in 256 through
/// its own check, so a failure while unpacking is a wrong password as well.
fn unlock<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    index: usize,
    passwords: &[String],
    limit: u64,
) -> Result<Vec<u8>, BillError> {
    if passwords.is_empty() {
        return Err(BillError::PasswordNeeded);
    }
    for password in passwords {
        match archive.by_index_decrypt(index, password.as_bytes()) {
            Ok(mut entry) => match unpack(&mut entry, limit) {
                Err(BillError::Truncated) => {}
                other => return other,
            },
            Err(ZipError::InvalidPassword) => {}
            Err(other) => return Err(zip_error(other)),
        }
    }
    Err(BillError::WrongPassword)
}

fn unpack<R: Read>(entry: &mut R, limit: u64) -> Result<Vec<u8>, BillError> {
    let mut bytes = Vec::new();
    entry.take(limit + 1).read_to_end(&mut bytes).map_err(|_| BillError::Truncated)?;
    if bytes.len() as u64 > limit {
        return Err(BillError::Limit(Limit::Unpacked));
    }
    Ok(bytes)
}

/// Archives made in China often hold names in GBK without saying so.
fn name(raw: &[u8]) -> String {
    std::str::from_utf8(raw)
        .map_or_else(|_| GB18030.decode(raw).0.into_owned(), str::to_owned)
        .replace('\\', "/")
}

fn zip_error(error: ZipError) -> BillError {
    match error {
        ZipError::InvalidPassword => BillError::WrongPassword,
        ZipError::Io(error) => error.into(),
        other => BillError::Damaged(Box::new(other)),
    }
}

/// Returns true for an OLE file that holds an encrypted workbook.
pub fn is_encrypted_workbook(bytes: &[u8]) -> bool {
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    bytes.windows(name.len()).any(|window| window == name.as_slice())
}

/// Decrypts a workbook. A wrong password gives noise instead of an error, so the result must
/// begin as a workbook does.
pub fn decrypt(bytes: &[u8], passwords: &[String]) -> Result<Vec<u8>, BillError> {
    if passwords.is_empty() {
        return Err(BillError::PasswordNeeded);
    }
    for password in passwords {
        let attempt = || office_crypto::decrypt_from_bytes(bytes.to_vec(), password);
        if let Some(Ok(plain)) = guard::quietly(attempt)
            && plain.starts_with(b"PK\x03\x04")
        {
            return Ok(plain);
        }
    }
    Err(BillError::WrongPassword)
}
