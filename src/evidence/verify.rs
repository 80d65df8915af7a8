//! Checks a bundle against its own manifest.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest as _, Sha256};
use zip::ZipArchive;

use crate::domain::digest::Digest;
use crate::domain::lang::Text;
use crate::evidence::bundle::MANIFEST;

/// The most entries a bundle may have.
const LIMIT_ENTRIES: usize = 10_000;

/// The largest manifest that is read, in bytes.
const LIMIT_MANIFEST: u64 = 16 * 1024 * 1024;

/// Something in a bundle that is not as its manifest says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file inside the bundle.
    pub item: String,
    /// What is wrong with it.
    pub problem: Text,
}

/// A bundle that cannot be checked at all.
#[derive(Debug, thiserror::Error)]
#[error("cannot read the bundle `{}`", path.display())]
pub struct VerifyError {
    /// The file.
    pub path: PathBuf,
    /// Why not.
    #[source]
    pub source: io::Error,
}

/// Returns everything that is not as the manifest says; nothing when all is well.
pub fn bundle(path: &Path) -> Result<Vec<Finding>, VerifyError> {
    check(path).map_err(|source| VerifyError { path: path.to_owned(), source })
}

fn check(path: &Path) -> io::Result<Vec<Finding>> {
    let mut archive = ZipArchive::new(File::open(path)?)?;
    if archive.len() > LIMIT_ENTRIES {
        return Err(io::Error::other("it has more than 10,000 entries"));
    }
    let names: Vec<String> = archive
        .file_names()
        .map(|name| name.map(std::borrow::Cow::into_owned))
        .collect::<Result<_, _>>()?;
    let Some(manifest_name) =
        names.iter().find(|name| name.ends_with(&format!("/{MANIFEST}"))).cloned()
    else {
        return Err(io::Error::other("it has no manifest"));
    };
    let root = manifest_name.trim_end_matches(MANIFEST).to_owned();
    let mut manifest = String::new();
    archive.by_name(&manifest_name)?.take(LIMIT_MANIFEST).read_to_string(&mut manifest)?;
    let mut listed: BTreeMap<&str, &str> = BTreeMap::new();
    let mut findings = Vec::new();
    for line in manifest.lines() {
        match line.split_once("  ") {
            Some((digest, item)) if Digest::parse(digest).is_some() => {
                listed.insert(item, digest);
            }
            _ => findings.push(Finding {
                item: MANIFEST.into(),
                problem: Text::new("清单里有一行读不懂", "a line of the manifest makes no sense"),
            }),
        }
    }
    for name in names.iter().filter(|name| **name != manifest_name && !name.ends_with('/')) {
        let item = name.strip_prefix(&root).unwrap_or(name);
        let Some(expected) = listed.remove(item) else {
            findings.push(Finding {
                item: item.to_owned(),
                problem: Text::new("清单里没有这个文件", "the manifest does not list it"),
            });
            continue;
        };
        match entry_digest(&mut archive, name) {
            Ok(found) if found.as_str() == expected => {}
            Ok(_) => findings.push(Finding {
                item: item.to_owned(),
                problem: Text::new("内容已被改动", "its content was changed"),
            }),
            Err(error) => findings.push(Finding {
                item: item.to_owned(),
                problem: crate::text!("读不出来：{error}", "it cannot be read: {error}"),
            }),
        }
    }
    findings.extend(against_case(&mut archive, &root));
    findings.extend(listed.into_keys().map(|item| Finding {
        item: item.to_owned(),
        problem: Text::new("文件缺失", "it is missing"),
    }));
    Ok(findings)
}

/// The case's own account of what the bundle holds, beside the manifest: whoever changes one must
/// change the other.
fn against_case(archive: &mut ZipArchive<File>, root: &str) -> Vec<Finding> {
    let mut text = String::new();
    let read = archive
        .by_name(&format!("{root}case.json"))
        .map_err(io::Error::from)
        .and_then(|entry| entry.take(LIMIT_MANIFEST).read_to_string(&mut text));
    let Ok(_) = read else { return Vec::new() };
    let Ok(case) = serde_json::from_str::<Value>(&text) else {
        let problem = Text::new("读不懂", "it makes no sense");
        return vec![Finding { item: "case.json".into(), problem }];
    };
    let mut findings = Vec::new();
    for (list, folder) in [("evidence", "originals"), ("papers", "documents")] {
        for item in case.get(list).and_then(Value::as_array).into_iter().flatten() {
            let file = item.get("file").and_then(Value::as_str).unwrap_or_default();
            let expected = item.get("sha256").and_then(Value::as_str).unwrap_or_default();
            let name = format!("{root}{folder}/{file}");
            let found = entry_digest(archive, &name);
            if found.is_ok_and(|found| found.as_str() == expected) {
                continue;
            }
            findings.push(Finding {
                item: format!("{folder}/{file}"),
                problem: Text::new(
                    "与案件记录 case.json 里的校验值不一致",
                    "it is not what the record in case.json says",
                ),
            });
        }
    }
    findings
}

fn entry_digest(archive: &mut ZipArchive<File>, name: &str) -> io::Result<Digest> {
    let mut entry = archive.by_name(name)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let read = entry.read(&mut buffer)?;
        if read == 0 {
            return Ok(Digest::finish(hash));
        }
        hash.update(&buffer[..read]);
    }
}
