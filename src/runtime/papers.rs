//! Makes texts and papers of a step: as drafts ahead of their turn, as finals when facts and
//! evidence are there. What is made is written down with everything it rests on.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::domain::case::{How, SECRET_PREFIX};
use crate::domain::digest::Digest;
use crate::domain::id_number;
use crate::domain::lang::Lang;
use crate::domain::role::Role;
use crate::domain::time;
use crate::evidence::intake::digest_of;
use crate::render::text;
use crate::runtime::boundary;
use crate::runtime::composing::read_unchanged;
use crate::runtime::desk::Desk;
use crate::runtime::error::RuntimeError;
use crate::runtime::home::write_private;
use crate::runtime::letters;
use crate::runtime::setup::Runtime;
use crate::store::ledger::Payload;
use crate::workflow::channel::Kind;
use crate::workflow::dossier::{Known, attached, copied};
use crate::workflow::event::{Event, PaperRecord};
use crate::workflow::fold::corrected_step;
use crate::workflow::template::Template;
use crate::workflow::view::{Maker, Sheet};

/// The shared text for a mail whose templates are told in several parts, which it must not mix.
const SEVERAL_PARTS: &str = "several-parts.hbs";

/// The texts of a preparation, as kept in the ledger's payload.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Texts {
    /// Texts to paste or read out.
    #[serde(default)]
    pub texts: Vec<PreparedText>,
    /// The subject of a mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The body of a mail, with a mark where the list of attachments goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

/// A text to paste or read out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PreparedText {
    /// Its template.
    pub template: String,
    /// The kind of loss it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<How>,
    /// The text.
    pub text: String,
    /// Its file below `documents/`.
    pub file: String,
    /// It was too long for the channel and continues in its file.
    #[serde(default)]
    pub shortened: bool,
}

/// Stands in a mail's body where the list of attachments goes; it is written when the message is.
pub const ATTACHMENTS_MARK: &str = "\u{1}attachments\u{1}";

impl Runtime {
    /// Makes the texts and papers of a step and writes that down.
    pub fn prepare(
        &mut self,
        desk: &Desk,
        known: &Known<'_>,
        maker: &Maker<'_>,
        draft: bool,
    ) -> Result<(), RuntimeError> {
        let now = self.now_for(desk);
        let documents = self.home.case_folders(desk.id())?.documents;
        let mut papers = Vec::new();
        let mut texts = Texts::default();
        let own = known.step.templates.clone();
        let attached = known.step.attach_papers.clone();
        for (id, is_own) in
            own.iter().map(|id| (id, true)).chain(attached.iter().map(|id| (id, false)))
        {
            let Some(template) = self.library.packs.templates.get(id).cloned() else { continue };
            let sheets = maker.sheets(&known.step, &template, known.channel.as_deref());
            let draft = draft && is_own;
            let making = Making { desk, known, template: &template, maker, draft, now };
            for (index, sheet) in sheets.iter().enumerate() {
                let suffix =
                    if sheets.len() > 1 { format!("-{}", index + 1) } else { String::new() };
                if template.has_paper {
                    papers.push(self.paper(&making, sheet, &suffix, &documents)?);
                }
                if is_own && template.has_text {
                    texts.texts.push(self.text(&making, sheet, &suffix, &documents)?);
                }
            }
            if is_own && template.has_mail && texts.subject.is_none() {
                self.mail_texts(&making, &sheets, &mut texts)?;
            }
        }
        if !draft {
            self.copies(desk, known, maker, now, &mut papers)?;
        }
        self.write_prepared(desk, known, draft, papers, texts, now)
    }

    /// Makes the marked copies of identity papers that go along with a step.
    fn copies(
        &mut self,
        desk: &Desk,
        known: &Known<'_>,
        maker: &Maker<'_>,
        now: Timestamp,
        papers: &mut Vec<PaperRecord>,
    ) -> Result<(), RuntimeError> {
        let Some(channel) = known.channel.as_deref() else { return Ok(()) };
        let folders = self.home.case_folders(desk.id())?;
        let packs = Arc::clone(&self.library.packs);
        for (item, template) in copied(&known.step, &desk.workflow, &packs, &desk.history) {
            let making = Making { desk, known, template, maker, draft: false, now };
            for sheet in maker.sheets(&known.step, template, Some(channel)) {
                let digest = Digest::of_json(&json!([template.digest, item.sha256, sheet.view]));
                if let Some(record) = reusable(desk, &template.id, &digest, &folders.documents) {
                    papers.push(record);
                    continue;
                }
                let original = read_unchanged(&folders.originals.join(&item.file), &item.sha256)?;
                let mut data = sheet.view.clone();
                data["doc"] = making.doc(&sheet, false, &[]);
                let job = letters::copy_job(&self.library, template, data, original);
                let picture = self.typesetter.make(&job)?;
                let sha256 = Digest::of(&picture);
                let suffix = format!("-{}-{}", item.slot, known.step.id).replace(['.', '/'], "-");
                let file = making.file(&suffix, "jpg", &sha256);
                let path = folders.documents.join(&file);
                write_private(&path, &picture)
                    .map_err(|source| RuntimeError::Home { path, source })?;
                let bank = sheet.bank.name().map(str::to_owned);
                let (template, part) = (template.id.clone(), sheet.part);
                papers.push(PaperRecord {
                    template,
                    part,
                    bank,
                    file,
                    sha256,
                    sheet: digest,
                    draft: false,
                });
            }
        }
        Ok(())
    }

    fn write_prepared(
        &mut self,
        desk: &Desk,
        known: &Known<'_>,
        draft: bool,
        papers: Vec<PaperRecord>,
        texts: Texts,
        now: Timestamp,
    ) -> Result<(), RuntimeError> {
        // A step without papers to make is never asked for.
        let Some(inputs) = known.inputs.clone() else { return Ok(()) };
        let payload = Payload::new(serde_json::to_value(&texts).unwrap_or_default());
        let has_texts = texts != Texts::default();
        let channel = known.channel.as_ref();
        let packs = &self.library.packs;
        let evidence: Vec<Digest> = attached(&known.step, &desk.workflow, packs, &desk.history)
            .map(|item| item.sha256.clone())
            .collect();
        let mut whole = json!({
            "channel": channel.map(|channel| (&channel.id, &channel.address)),
            "papers": papers.iter().map(|paper| &paper.sha256).collect::<Vec<_>>(),
            "evidence": evidence,
            "texts": payload.digest,
        });
        if let Some(consent) = &desk.history.case.consent {
            whole["consent"] = consent.terms();
        }
        let whole = Digest::of_json(&whole);
        let revision = known.visit.prepared.as_ref().map_or(1, |prepared| prepared.revision + 1);
        let event = Event::Prepared {
            step: known.step.id.clone(),
            visit: known.visit.number,
            revision,
            draft,
            inputs,
            channel: channel.map(|channel| channel.id.clone()),
            papers,
            holds: known.holds.clone(),
            texts: has_texts.then(|| payload.digest.clone()),
            whole,
        };
        boundary::pass();
        let payloads = if has_texts { vec![payload] } else { Vec::new() };
        self.store.append(desk.id(), desk.history.last_seq, now, &[event], &payloads)?;
        boundary::pass();
        Ok(())
    }

    fn paper(
        &mut self,
        making: &Making<'_>,
        sheet: &Sheet,
        suffix: &str,
        documents: &Path,
    ) -> Result<PaperRecord, RuntimeError> {
        let view = self.with_secrets(&sheet.view, making.role())?;
        let missing = making.missing(&view);
        let draft = making.draft || !missing.is_empty();
        let digest = Digest::of_json(&json!([making.template.digest, sheet.part, view, draft]));
        if let Some(record) = reusable(making.desk, &making.template.id, &digest, documents) {
            return Ok(record);
        }
        let mut data = view;
        data["doc"] = making.doc(sheet, draft, &missing);
        let job = letters::job(&self.library, making.template, data);
        let pdf = self.typesetter.make(&job)?;
        let sha256 = Digest::of(&pdf);
        let file = making.file(suffix, "pdf", &sha256);
        let path = documents.join(&file);
        write_private(&path, &pdf).map_err(|source| RuntimeError::Home { path, source })?;
        Ok(PaperRecord {
            template: making.template.id.clone(),
            part: sheet.part,
            bank: sheet.bank.name().map(str::to_owned),
            file,
            sha256,
            sheet: digest,
            draft,
        })
    }

    fn text(
        &mut self,
        making: &Making<'_>,
        sheet: &Sheet,
        suffix: &str,
        documents: &Path,
    ) -> Result<PreparedText, RuntimeError> {
        let view = self.with_secrets(&sheet.view, making.role())?;
        let filled = self.fill(&making.template.id, "text.hbs", &view, sheet.part)?;
        let limit = making.known.channel.as_ref().and_then(|channel| channel.text_limit);
        let (text, shortened) = within(&filled, limit);
        let file = making.file(suffix, "txt", &Digest::of(filled.as_bytes()));
        let path = documents.join(&file);
        write_private(&path, filled.as_bytes())
            .map_err(|source| RuntimeError::Home { path, source })?;
        let template = making.template.id.clone();
        Ok(PreparedText { template, part: sheet.part, text, file, shortened })
    }

    fn fill(
        &self,
        template: &str,
        file: &str,
        view: &Value,
        how: Option<How>,
    ) -> Result<String, RuntimeError> {
        Ok(letters::filled(&self.library, template, file, view, how)?)
    }

    fn mail_texts(
        &mut self,
        making: &Making<'_>,
        sheets: &[Sheet],
        texts: &mut Texts,
    ) -> Result<(), RuntimeError> {
        let is_mail =
            making.known.channel.as_ref().is_some_and(|channel| channel.kind == Kind::Email);
        let Some(first) = sheets.first().filter(|_| is_mail) else { return Ok(()) };
        let mut view = self.with_secrets(&first.view, making.role())?;
        view["attachments"] = Value::from(ATTACHMENTS_MARK);
        texts.subject = Some(self.fill(&making.template.id, "subject.hbs", &view, first.part)?);
        let body = if sheets.len() == 1 {
            self.fill(&making.template.id, "body.hbs", &view, first.part)?
        } else {
            let shared = self.library.shared_template_files();
            let source = shared.get(SEVERAL_PARTS).copied().unwrap_or_default();
            text::fill(SEVERAL_PARTS, source, &view)?
        };
        texts.body = Some(body);
        Ok(())
    }

    /// Puts secrets in the place of their names, as much of them as this recipient may see.
    pub(super) fn with_secrets(&self, view: &Value, role: Role) -> Result<Value, RuntimeError> {
        let mut view = view.clone();
        let named = view
            .pointer("/case/victim/id_no")
            .and_then(Value::as_str)
            .and_then(|id_no| id_no.strip_prefix(SECRET_PREFIX))
            .map(str::to_owned);
        if let Some(name) = named {
            let value = match self.secrets.find(&name) {
                Ok(found) => {
                    let number = found.secret.expose_secret().trim().to_owned();
                    if id_number::check(&number).is_err() {
                        return Err(RuntimeError::asked(
                            crate::text!(
                                "机密 {name} 里的身份证号不对",
                                "the identity number in the secret {name} is wrong"
                            ),
                            crate::text!(
                                "运行 appeal-daemon secret set {name} 重新保存",
                                "keep it anew with appeal-daemon secret set {name}"
                            ),
                        ));
                    }
                    Value::from(self.library.packs.redaction(role).id_no.id_no(&number))
                }
                // An absent secret is a missing fact: the paper stays a draft.
                Err(crate::secrets::SecretError::Absent { .. }) => Value::Null,
                Err(error) => return Err(error.into()),
            };
            view["case"]["victim"]["id_no"] = value;
        }
        Ok(view)
    }
}

/// What one sheet is made for.
struct Making<'a> {
    desk: &'a Desk,
    known: &'a Known<'a>,
    template: &'a Template,
    maker: &'a Maker<'a>,
    draft: bool,
    now: Timestamp,
}

impl Making<'_> {
    fn role(&self) -> Role {
        self.known.channel.as_ref().map_or(Role::Other, |channel| channel.role)
    }

    fn missing(&self, view: &Value) -> Vec<String> {
        let labels = self.maker.missing(self.template, view);
        labels.iter().map(|label| label.get(Lang::Zh).to_owned()).collect()
    }

    fn doc(&self, sheet: &Sheet, draft: bool, missing: &[String]) -> Value {
        let day = time::day(self.now, &self.desk.zone);
        let case = &self.desk.history.case;
        let title = &self.template.title.zh;
        json!({
            "title": title,
            "author": case.victim.name.clone().unwrap_or_default(),
            "draft": draft,
            "missing": missing,
            "our_number": self.desk.id().as_str(),
            "date": { "year": day.year(), "month": day.month(), "day": day.day() },
            "part": sheet.part.map(How::as_str),
        })
    }

    /// The first step that makes a paper of a template gives the plain name; others, later visits
    /// and papers that replace one somebody already holds get a longer one.
    fn file(&self, suffix: &str, extension: &str, sha256: &Digest) -> String {
        let template = &self.template.id;
        let step = &self.known.step;
        let own = step.templates.contains(template);
        let mut name = template.clone();
        let corrects = corrected_step(&step.id).is_some();
        if own && (corrects || self.is_taken(&format!("{name}{suffix}.{extension}"))) {
            name.push('-');
            name.push_str(&corrected_step(&step.id).unwrap_or(&step.id).replace('/', "-"));
        }
        if own && self.known.visit.number > 1 {
            name.push_str(&format!("-{}", self.known.visit.number));
        }
        name.push_str(suffix);
        let mut version = 1;
        loop {
            let file = if version == 1 {
                format!("{name}.{extension}")
            } else {
                format!("{name}-v{version}.{extension}")
            };
            if !is_held(self.desk, &file, sha256) {
                return file;
            }
            version += 1;
        }
    }
}

impl Making<'_> {
    /// True when another step made a paper or text of this name for itself.
    fn is_taken(&self, file: &str) -> bool {
        let template = &self.template.id;
        let history = &self.desk.history;
        let others =
            self.desk.workflow.steps.iter().filter(|other| {
                other.id != self.known.step.id && other.templates.contains(template)
            });
        let visits = others.filter_map(|other| history.steps.get(&other.id)).flatten();
        visits.filter_map(|visit| visit.prepared.as_ref()).any(|prepared| {
            let texts = prepared
                .texts
                .as_ref()
                .and_then(|digest| self.desk.payloads.get(digest))
                .and_then(|value| serde_json::from_value::<Texts>(value.clone()).ok())
                .unwrap_or_default();
            prepared.papers.iter().any(|paper| paper.file == file)
                || texts.texts.iter().any(|text| text.file == file)
        })
    }
}

/// True when somebody already has a different paper under this name.
fn is_held(desk: &Desk, file: &str, sha256: &Digest) -> bool {
    desk.history.steps.values().flatten().any(|visit| {
        let given = visit.confirmed_at().is_some() || visit.submission.is_some();
        given
            && visit.prepared.as_ref().is_some_and(|prepared| {
                prepared.papers.iter().any(|paper| paper.file == file && paper.sha256 != *sha256)
            })
    })
}

/// An equal sheet was set before, for this step or another: the same bytes serve again.
fn reusable(desk: &Desk, template: &str, sheet: &Digest, documents: &Path) -> Option<PaperRecord> {
    let visits = desk.history.steps.values().flatten();
    let papers =
        visits.filter_map(|visit| visit.prepared.as_ref()).flat_map(|prepared| &prepared.papers);
    papers
        .filter(|paper| paper.template == template && paper.sheet == *sheet)
        .find(|paper| {
            let found = digest_of(&documents.join(&paper.file));
            found.is_ok_and(|(digest, _)| digest == paper.sha256)
        })
        .cloned()
}

/// Cuts a text to a channel's limit at the end of a sentence, and says where the rest is.
fn within(text: &str, limit: Option<u32>) -> (String, bool) {
    const NOTICE: &str = "（全文见所附文件）";
    let Some(limit) = limit.map(|limit| limit as usize) else { return (text.to_owned(), false) };
    if text.chars().count() <= limit {
        return (text.to_owned(), false);
    }
    let room = limit.saturating_sub(NOTICE.chars().count());
    let cut: String = text.chars().take(room).collect();
    let end = cut
        .rfind(['。', '；', '\n'])
        .map_or(cut.len(), |at| at + cut[at..].chars().next().map_or(0, char::len_utf8));
    (format!("{}{NOTICE}", cut[..end].trim_end()), true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_ends_with_a_sentence_and_a_notice() {
        let text = "第一句。第二句很长很长很长很长。";
        assert_eq!(within(text, Some(100)), (text.to_owned(), false));
        let (cut, shortened) = within(&text.repeat(5), Some(20));
        assert!(shortened);
        assert_eq!(cut, "第一句。（全文见所附文件）");
        assert!(cut.chars().count() <= 20);
    }
}
