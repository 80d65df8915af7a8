//! The bundle of a case, and the check of a case and of a bundle.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::domain::case::CaseId;
use crate::domain::digest::Digest;
use crate::domain::lang::Text;
use crate::domain::time;
use crate::evidence::bundle::{self, Content, Item};
use crate::evidence::intake::digest_of;
use crate::evidence::verify::{self, Finding};
use crate::runtime::composing::texts_of;
use crate::runtime::desk::Desk;
use crate::runtime::error::RuntimeError;
use crate::runtime::proof;
use crate::runtime::sending::eml_name;
use crate::runtime::setup::Runtime;
use crate::workflow::submission::Submission;

/// How to check a bundle with tools that every system has.
const HOW_TO_CHECK: &str = "校验方法 / How to check\n\n\
解压后在本文件夹里运行：\n    sha256sum -c manifest-sha256.txt\n\
Windows 可用：certutil -hashfile 文件名 SHA256，与清单逐一比对。\n\n\
校验值只说明文件在打包后没有被改动，不说明内容真实。\n\
Unpack and run `sha256sum -c manifest-sha256.txt` in this folder. A matching digest shows that a\n\
file was not changed since; it does not show that what it says is true.\n";

/// A bundle that was made.
#[derive(Clone, Debug)]
pub struct Bundled {
    /// Its file.
    pub path: PathBuf,
    /// Its digest.
    pub sha256: Digest,
    /// How many files are in it.
    pub files: usize,
}

impl Runtime {
    /// Makes the bundle of a case: papers as they now are, evidence as it arrived, the timeline.
    pub fn bundle(&mut self, desk: &Desk) -> Result<Bundled, RuntimeError> {
        let folders = self.home.case_folders(desk.id())?;
        let mut items = Vec::new();
        for paper in current_papers(desk) {
            items.push(Item {
                path: format!("documents/{}", paper.file),
                content: Content::File {
                    path: folders.documents.join(&paper.file),
                    sha256: paper.sha256.clone(),
                },
            });
        }
        for item in &desk.history.evidence {
            let path = format!("originals/{}", item.file);
            if items.iter().all(|other| other.path != path) {
                let content = Content::File {
                    path: folders.originals.join(&item.file),
                    sha256: item.sha256.clone(),
                };
                items.push(Item { path, content });
            }
        }
        items.extend(self.said(desk)?);
        let messages = self.messages(desk, None)?;
        if proof::left(&messages) {
            let page = Content::Made(self.proof(desk, &messages)?);
            items.push(Item { path: "mail-record.pdf".into(), content: page });
        }
        items.push(Item {
            path: "case.json".into(),
            content: Content::Made(case_json(desk).to_string().into_bytes()),
        });
        items.push(Item {
            path: "HOW-TO-CHECK.txt".into(),
            content: Content::Made(HOW_TO_CHECK.into()),
        });
        let path = folders.bundle.join(format!("{}-{}.zip", desk.id(), desk.history.last_seq));
        let sha256 = bundle::write(&path, desk.id().as_str(), &items)?;
        Ok(Bundled { path, sha256, files: items.len() + 1 })
    }

    /// The texts that were read out or pasted and the messages, as they were.
    fn said(&self, desk: &Desk) -> Result<Vec<Item>, RuntimeError> {
        let mut items = std::collections::BTreeMap::new();
        for (step, visits) in &desk.history.steps {
            for visit in visits {
                let prepared = visit.prepared.as_ref();
                let texts = prepared.and_then(|prepared| texts_of(desk, prepared));
                for text in texts.into_iter().flat_map(|texts| texts.texts) {
                    items.insert(
                        format!("documents/{}", text.file),
                        Content::Made(text.text.into_bytes()),
                    );
                }
                for sent in visit.submission.iter().flat_map(Submission::volumes) {
                    if let Some(message) = self.store.message(&sent.message_id)? {
                        let name = eml_name(step, &sent.message_id);
                        let bytes = Content::Made(message.bytes);
                        items.insert(format!("outbox/{name}"), bytes);
                    }
                }
            }
        }
        Ok(items.into_iter().map(|(path, content)| Item { path, content }).collect())
    }

    /// Checks a case: its chain, its evidence, its papers.
    pub fn verify_case(&mut self, case: &CaseId) -> Result<Vec<Finding>, RuntimeError> {
        // Loading checks the chain from the first entry.
        let desk = self.desk(case)?;
        let folders = self.home.case_paths(case);
        let mut findings = Vec::new();
        for item in &desk.history.evidence {
            let path = folders.originals.join(&item.file);
            findings.extend(compare(&format!("originals/{}", item.file), &path, &item.sha256));
        }
        for paper in current_papers(&desk) {
            let path = folders.documents.join(&paper.file);
            findings.extend(compare(&format!("documents/{}", paper.file), &path, &paper.sha256));
        }
        Ok(findings)
    }

    /// Checks a bundle's file.
    pub fn verify_bundle(path: &Path) -> Result<Vec<Finding>, RuntimeError> {
        Ok(verify::bundle(path)?)
    }
}

/// What the bundle says of the case: its evidence, timeline and the head of its ledger. The
/// head, kept elsewhere, is what shows a later rewriting of the ledger's tail.
fn case_json(desk: &Desk) -> Value {
    let zone = &desk.zone;
    let evidence: Vec<Value> = desk
        .history
        .evidence
        .iter()
        .map(|item| {
            json!({
                "slot": item.slot,
                "file": item.file,
                "sha256": item.sha256,
                "size_bytes": item.size_bytes,
                "received_at": time::rfc3339(item.at, zone),
            })
        })
        .collect();
    let papers: Vec<Value> = current_papers(desk)
        .map(|paper| json!({ "file": paper.file, "sha256": paper.sha256, "draft": paper.draft }))
        .collect();
    json!({
        "schema": 1,
        "case": desk.id().as_str(),
        "ledger": { "entries": desk.history.last_seq, "head": desk.head },
        "evidence": evidence,
        "papers": papers,
    })
}

/// The papers that are now in `documents/`: of each file the latest that was written.
fn current_papers(desk: &Desk) -> impl Iterator<Item = &crate::workflow::event::PaperRecord> {
    let mut prepared: Vec<_> =
        desk.history.steps.values().flatten().filter_map(|visit| visit.prepared.as_ref()).collect();
    prepared.sort_by_key(|prepared| prepared.at);
    let mut latest = std::collections::BTreeMap::new();
    for paper in prepared.into_iter().flat_map(|prepared| &prepared.papers) {
        latest.insert(paper.file.as_str(), paper);
    }
    latest.into_values()
}

fn compare(item: &str, path: &Path, sha256: &Digest) -> Option<Finding> {
    let problem = match digest_of(path) {
        Ok((found, _)) if found == *sha256 => return None,
        Ok(_) => Text::new("内容已被改动", "its content was changed"),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Text::new("文件缺失", "it is missing")
        }
        Err(error) => crate::text!("读不出来：{error}", "it cannot be read: {error}"),
    };
    Some(Finding { item: item.to_owned(), problem })
}
