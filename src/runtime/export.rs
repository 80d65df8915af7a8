//! Papers as Word files and the losses as a spreadsheet, for those who must edit them. What is
//! exported leaves no trace in the ledger and is never sent by the program: only what the plan
//! prepared is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::domain::case::Case;
use crate::domain::digest::Digest;
use crate::domain::losses;
use crate::domain::role::Role;
use crate::domain::time;
use crate::render::pdf::Renderer;
use crate::render::sheet;
use crate::runtime::desk::Desk;
use crate::runtime::error::RuntimeError;
use crate::runtime::home::write_private;
use crate::runtime::letters;
use crate::runtime::setup::Runtime;
use crate::runtime::typesetter;
use crate::workflow::view::{Maker, Sheet};

/// The spreadsheet's name.
pub(super) const LOSSES: &str = "losses.xlsx";

/// What was written, beside it.
const RECORD: &str = "exported.json";

/// What was written into a folder, by name: version 1.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Record {
    schema: u32,
    files: BTreeMap<String, Made>,
}

/// A file as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Made {
    /// What went into it. A spreadsheet has the time it was made, too.
    of: Digest,
    /// Its bytes.
    file: Digest,
}

impl Default for Record {
    fn default() -> Self {
        Self { schema: 1, files: BTreeMap::new() }
    }
}

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// It was written.
    Written,
    /// It lay there already, the same.
    Same,
    /// Somebody changed it since it was written, or it is not ours: it stays.
    Edited,
}

/// A file of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// Where it lies.
    pub path: PathBuf,
    /// What became of it.
    pub what: What,
}

impl Runtime {
    /// Writes every prepared paper of a case as a Word file below `folder`, and its losses as a
    /// spreadsheet; returns the files.
    pub fn export(&self, desk: &Desk, folder: &Path) -> Result<Vec<PathBuf>, RuntimeError> {
        make(folder)?;
        let files = self.exports(desk)?.into_iter();
        files
            .map(|(name, bytes, _)| {
                let path = folder.join(name);
                put(&path, &bytes)?;
                Ok(path)
            })
            .collect()
    }

    /// Does the same, and leaves alone what lies there already as it would be written and what a
    /// person changed since. What was written is kept in `exported.json`.
    pub fn export_again(&self, desk: &Desk, folder: &Path) -> Result<Vec<Exported>, RuntimeError> {
        make(folder)?;
        let record = folder.join(RECORD);
        let before: Record = read(&record)?
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default();
        let (mut now, mut done) = (Record::default(), Vec::new());
        for (name, bytes, of) in self.exports(desk)? {
            let path = folder.join(&name);
            let name = name.to_string_lossy().into_owned();
            let made = Made { of, file: Digest::of(&bytes) };
            let there = read(&path)?.map(|bytes| Digest::of(&bytes));
            let ours = before.files.get(&name);
            let untouched = ours.filter(|ours| there.as_ref() == Some(&ours.file));
            let (what, made) = match (&there, untouched) {
                (Some(there), _) if *there == made.file => (What::Same, Some(made)),
                (Some(_), Some(ours)) if ours.of == made.of => (What::Same, Some(ours.clone())),
                (Some(_), None) => (What::Edited, ours.cloned()),
                _ => (What::Written, Some(made)),
            };
            if what == What::Written {
                put(&path, &bytes)?;
            }
            now.files.extend(made.map(|made| (name, made)));
            done.push(Exported { path, what });
        }
        if now != before {
            put(&record, &serde_json::to_vec(&now).unwrap_or_default())?;
        }
        Ok(done)
    }

    /// Every paper that was prepared as a Word file and the losses, each with its name.
    /// Beside each stands a digest of what went into it.
    fn exports(&self, desk: &Desk) -> Result<Vec<(PathBuf, Vec<u8>, Digest)>, RuntimeError> {
        let renderer = Renderer::new(typesetter::fonts()?);
        let packs = Arc::clone(&self.library.packs);
        let maker = Maker::new(&desk.workflow, &packs, &desk.history);
        let mut made: Vec<(PathBuf, Vec<u8>, Digest)> = Vec::new();
        for step in &desk.workflow.steps {
            let visit = desk.history.visit(&step.id);
            let Some(prepared) = visit.and_then(|visit| visit.prepared.as_ref()) else { continue };
            let channel = maker.channel(step);
            let role = channel.as_ref().map_or(Role::Other, |channel| channel.role);
            for record in &prepared.papers {
                let name = Path::new(&record.file).with_extension("docx");
                let Some(template) = packs.templates.get(&record.template) else { continue };
                if !template.has_paper || made.iter().any(|(known, ..)| *known == name) {
                    continue;
                }
                let sheets = maker.sheets(step, template, channel.as_ref());
                let same = |sheet: &Sheet| {
                    sheet.part == record.part && sheet.bank.name() == record.bank.as_deref()
                };
                let Some(found) = sheets.into_iter().find(same) else { continue };
                let mut data = self.with_secrets(&found.view, role)?;
                data["doc"] = self.doc(desk, template.title.zh.as_ref(), record.draft);
                data["doc"]["part"] = json!(record.part);
                let job = letters::job(&self.library, template, data);
                let bytes = renderer.docx(&job)?;
                let digest = Digest::of(&bytes);
                made.push((name, bytes, digest));
            }
        }
        let workbook = losses(&desk.history.case, &desk.zone, desk.id().as_str())?;
        let digest = Digest::of_json(&json!({
            "case": desk.id(), "losses": desk.history.case.losses, "zone": desk.history.case.zone,
        }));
        made.push((PathBuf::from(LOSSES), workbook, digest));
        Ok(made)
    }

    fn doc(&self, desk: &Desk, title: &str, draft: bool) -> Value {
        let day = time::day(self.now_for(desk), &desk.zone);
        json!({
            "title": title,
            "author": desk.history.case.victim.name.clone().unwrap_or_default(),
            "draft": draft,
            "edit": true,
            "missing": Vec::<String>::new(),
            "our_number": desk.id().as_str(),
            "date": { "year": day.year(), "month": day.month(), "day": day.day() },
        })
    }
}

/// Returns the losses of a case as a spreadsheet.
pub(super) fn losses(
    case: &Case,
    zone: &TimeZone,
    our_number: &str,
) -> Result<Vec<u8>, RuntimeError> {
    let rows: Vec<Value> = losses::lines(case, None)
        .map(|(number, loss)| {
            json!({
                "no": number,
                "at": loss.at.map(|at| time::second(at, zone)),
                "amount_fen": loss.amount.fen(),
                "refunded_fen": loss.refunded.fen(),
                "payee": loss.payee,
                "payee_account": loss.payee_account,
                "order_no": loss.order_no,
                "merchant_no": loss.merchant_no,
                "channel": losses::channel_name(loss),
            })
        })
        .collect();
    sheet::losses(&rows, our_number).map_err(|error| RuntimeError::Ours(error.to_string()))
}

fn make(folder: &Path) -> Result<(), RuntimeError> {
    std::fs::create_dir_all(folder)
        .map_err(|source| RuntimeError::Home { path: folder.to_owned(), source })
}

/// Returns what lies at a path; none when nothing does.
fn read(path: &Path) -> Result<Option<Vec<u8>>, RuntimeError> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(RuntimeError::Home { path: path.to_owned(), source }),
    }
}

fn put(path: &Path, bytes: &[u8]) -> Result<(), RuntimeError> {
    write_private(path, bytes)
        .map_err(|source| RuntimeError::Home { path: path.to_owned(), source })
}
