//! Papers as Word files and the losses as a spreadsheet, for those who must edit them. What is
//! exported leaves no trace in the ledger and is never sent by the program: only what the plan
//! prepared is.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::domain::case::Case;
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

impl Runtime {
    /// Writes every prepared paper of a case as a Word file below `folder`, and its losses as a
    /// spreadsheet; returns the files.
    pub fn export(&self, desk: &Desk, folder: &Path) -> Result<Vec<PathBuf>, RuntimeError> {
        let fail = |source| RuntimeError::Home { path: folder.to_owned(), source };
        std::fs::create_dir_all(folder).map_err(fail)?;
        let renderer = Renderer::new(typesetter::fonts()?);
        let packs = Arc::clone(&self.library.packs);
        let maker = Maker::new(&desk.workflow, &packs, &desk.history);
        let mut written: Vec<PathBuf> = Vec::new();
        for step in &desk.workflow.steps {
            let visit = desk.history.visit(&step.id);
            let Some(prepared) = visit.and_then(|visit| visit.prepared.as_ref()) else { continue };
            let channel = maker.channel(step);
            let role = channel.as_ref().map_or(Role::Other, |channel| channel.role);
            for record in &prepared.papers {
                let path = folder.join(&record.file).with_extension("docx");
                let Some(template) = packs.templates.get(&record.template) else { continue };
                if !template.has_paper || written.contains(&path) {
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
                put(&path, &renderer.docx(&job)?, &mut written)?;
            }
        }
        let workbook = losses(&desk.history.case, &desk.zone, desk.id().as_str())?;
        put(&folder.join(LOSSES), &workbook, &mut written)?;
        Ok(written)
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

fn put(path: &Path, bytes: &[u8], written: &mut Vec<PathBuf>) -> Result<(), RuntimeError> {
    write_private(path, bytes)
        .map_err(|source| RuntimeError::Home { path: path.to_owned(), source })?;
    written.push(path.to_owned());
    Ok(())
}
