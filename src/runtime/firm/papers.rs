//! The papers of a firm for one matter: what the client signs, and what an authority is told. They
//! are printed and signed by people; the ledger knows nothing of them.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::config::firm::Firm;
use crate::domain::lang::Text;
use crate::domain::money::Money;
use crate::domain::role::Role;
use crate::domain::time;
use crate::render::pdf::Renderer;
use crate::runtime::error::RuntimeError;
use crate::runtime::export;
use crate::runtime::firm::matter::Matter;
use crate::runtime::home::{private_folder, write_private};
use crate::runtime::letters;
use crate::runtime::setup::Runtime;
use crate::runtime::typesetter;
use crate::workflow::template::{MadeFor, Template};
use crate::workflow::view::Maker;

/// Which papers are wanted.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The lawyers who act, by name; all when none is named.
    pub lawyers: Vec<String>,
    /// The authority that is told who acts; without one there is no letter to it.
    pub authority: Option<String>,
}

/// A paper that was written.
#[derive(Clone, Debug)]
pub struct Written {
    /// Its file.
    pub path: PathBuf,
    /// Facts without which it is a draft.
    pub missing: Vec<Text>,
    /// It was there already, and may have been edited: it stays.
    pub kept: bool,
}

/// Sets the papers of a firm.
#[derive(Debug)]
pub struct Press {
    renderer: Renderer,
}

impl Press {
    /// Returns a press.
    pub fn new() -> Result<Self, RuntimeError> {
        Ok(Self { renderer: Renderer::new(typesetter::fonts()?) })
    }

    /// Sets a page of a template with these data.
    pub fn pdf(
        &self,
        runtime: &Runtime,
        template: &Template,
        data: Value,
    ) -> Result<Vec<u8>, RuntimeError> {
        Ok(self.renderer.make(&letters::job(&runtime.library, template, data))?)
    }

    /// Makes the same as a Word file.
    pub fn docx(
        &self,
        runtime: &Runtime,
        template: &Template,
        mut data: Value,
    ) -> Result<Vec<u8>, RuntimeError> {
        data["doc"]["edit"] = Value::Bool(true);
        Ok(self.renderer.docx(&letters::job(&runtime.library, template, data))?)
    }
}

impl Runtime {
    /// Writes the firm's papers of a matter below `folder`, each to print and to edit, and its
    /// losses as a spreadsheet.
    pub fn firm_papers(
        &mut self,
        press: &Press,
        matter: &Matter,
        wanted: &Wanted,
        folder: &Path,
    ) -> Result<Vec<Written>, RuntimeError> {
        self.licensed_firm()?;
        let mut written = Vec::new();
        let templates = self.library.packs.templates.values().cloned().collect::<Vec<_>>();
        private_folder(folder)?;
        for template in templates {
            let is_wanted = match template.made_for {
                Some(MadeFor::Client) => true,
                Some(MadeFor::Authority) => wanted.authority.is_some(),
                _ => false,
            };
            if is_wanted {
                self.firm_paper(press, matter, &template, wanted, folder, &mut written)?;
            }
        }
        let losses = export::losses(matter.case(), &matter.zone, matter.id.as_str())?;
        let path = folder.join(export::LOSSES);
        write_private(&path, &losses)
            .map_err(|source| RuntimeError::Home { path: path.clone(), source })?;
        written.push(Written { path, missing: Vec::new(), kept: false });
        Ok(written)
    }

    fn firm_paper(
        &self,
        press: &Press,
        matter: &Matter,
        template: &Template,
        wanted: &Wanted,
        folder: &Path,
        written: &mut Vec<Written>,
    ) -> Result<(), RuntimeError> {
        let maker = Maker::new(&matter.workflow, &self.library.packs, &matter.history);
        let Some(step) = matter.workflow.steps.first() else { return Ok(()) };
        let Some(sheet) = maker.sheets(step, template, None).into_iter().next() else {
            return Ok(());
        };
        let mut view = sheet.view;
        if template.made_for == Some(MadeFor::Client) {
            view = self.with_own_number(view, matter)?;
        }
        let missing = maker.missing(template, &view);
        let mut data = self.with_firm(view, wanted)?;
        data["doc"] = self.firm_doc(matter, template, &missing);
        for extension in ["pdf", "docx"] {
            let path = folder.join(&template.id).with_extension(extension);
            let missing = missing.clone();
            // A Word file is there to be edited: what somebody may have changed is not replaced.
            if extension == "docx" && path.exists() {
                written.push(Written { path, missing, kept: true });
                continue;
            }
            let bytes = match extension {
                "pdf" => press.pdf(self, template, data.clone())?,
                _ => press.docx(self, template, data.clone())?,
            };
            write_private(&path, &bytes)
                .map_err(|source| RuntimeError::Home { path: path.clone(), source })?;
            written.push(Written { path, missing, kept: false });
        }
        Ok(())
    }

    /// A paper that clients themselves sign has their whole identity number.
    fn with_own_number(&self, mut view: Value, matter: &Matter) -> Result<Value, RuntimeError> {
        let Some(victim) = view.pointer_mut("/case/victim").and_then(Value::as_object_mut) else {
            return Ok(view);
        };
        if victim.contains_key("id_no") {
            victim.insert("id_no".into(), json!(matter.case().victim.id_no));
        }
        self.with_secrets(&view, Role::Police)
    }

    pub(super) fn with_firm(
        &self,
        mut view: Value,
        wanted: &Wanted,
    ) -> Result<Value, RuntimeError> {
        let (firm, _) = self.licensed_firm()?;
        let lawyers = firm.lawyers_named(&wanted.lawyers).map_err(|name| {
            let known: Vec<&str> = firm.lawyers.iter().map(|one| one.name.as_str()).collect();
            let known = known.join("、");
            RuntimeError::asked(
                crate::text!("设置里没有律师 {name}", "there is no lawyer {name} in the settings"),
                crate::text!(
                    "在 config.toml 里写上 [[firm.lawyers]]；现有：{known}",
                    "write [[firm.lawyers]] into config.toml; there are: {known}"
                ),
            )
        })?;
        view["lawyers"] = lawyers
            .iter()
            .map(
                |one| json!({ "name": one.name, "licence_no": one.licence_no, "phone": one.phone }),
            )
            .collect();
        view["firm"] = shown(firm);
        view["authority"] = json!(wanted.authority);
        Ok(view)
    }

    /// Returns what every paper of a firm says of itself.
    pub(super) fn firm_doc(&self, matter: &Matter, template: &Template, missing: &[Text]) -> Value {
        let day = time::day(self.clock.now().max(matter.history.last_at), &matter.zone);
        json!({
            "title": template.title.zh,
            "author": self.config.firm.as_ref().map(|firm| firm.name.clone()).unwrap_or_default(),
            "draft": !missing.is_empty(),
            "missing": missing.iter().map(|label| label.zh.to_string()).collect::<Vec<_>>(),
            "our_number": matter.id.as_str(),
            "date": { "year": day.year(), "month": day.month(), "day": day.day() },
            "part": null,
        })
    }
}

/// Returns the firm as its papers show it.
pub(super) fn shown(firm: &Firm) -> Value {
    json!({
        "name": firm.name,
        "licence_no": firm.licence_no,
        "address": firm.address,
        "phone": firm.phone,
        "fee": {
            "fixed": firm.fee.fixed.map(Money::grouped),
            "per_cent": firm.fee.per_cent(),
            "cap": firm.fee.cap.map(Money::grouped),
        },
    })
}
