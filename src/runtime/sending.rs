//! Sends what the plan says may leave. Intent first, then the act, then the outcome; between the
//! server's readiness and its reply the ledger says that nobody knows.

use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use memchr::memmem;
use serde_json::json;

use crate::config::Smtp;
use crate::domain::case::CaseId;
use crate::domain::digest::Digest;
use crate::domain::lang::Text;
use crate::domain::refusal::RefusalClass;
use crate::domain::role::Role;
use crate::evidence::intake::digest_of;
use crate::mail::file;
use crate::mail::message::{self, AttachedFile, Parts};
use crate::mail::smtp::{self, Account, Delivery, Outcome};
use crate::runtime::boundary;
use crate::runtime::desk::Desk;
use crate::runtime::error::RuntimeError;
use crate::runtime::mailbox::certificates;
use crate::runtime::papers::{ATTACHMENTS_MARK, Texts};
use crate::runtime::setup::Runtime;
use crate::runtime::signing::sign;
use crate::store::ledger::Payload;
use crate::store::outbox::OutboxMessage;
use crate::workflow::channel::Channel;
use crate::workflow::dossier::{Known, attached as evidence_for};
use crate::workflow::event::{Event, Note, PaperRecord, TakenBy};
use crate::workflow::history::{Prepared, Stage, Submission};
use crate::workflow::plan::Action;
use crate::workflow::view::Maker;

/// How long to wait before trying again, by how often it was refused.
const BACK_OFF_MINUTES: [i64; 7] = [5, 15, 30, 60, 180, 360, 720];

impl Runtime {
    /// Carries out a sending action.
    pub async fn send(
        &mut self,
        desk: &Desk,
        known: &Known<'_>,
        action: &Action,
    ) -> Result<(), RuntimeError> {
        let Action::Send { ready_at, approved, .. } = action else { return Ok(()) };
        // What came due while nothing ran is asked about before it leaves.
        if !approved && self.is_late(*ready_at) {
            let note = Note::Late { step: known.step.id.clone(), visit: known.visit.number };
            return self.write(desk, &[Event::Noted { note }]);
        }
        let Some(message) = self.stored_message(desk, known)? else {
            if self.must_be_made_again(desk, known)? {
                return self.make_again(desk, known);
            }
            return self.store_message(desk, known);
        };
        match self.config.smtp.clone() {
            None => self.write_file(desk, known, &message),
            Some(settings) => self.deliver(desk, known, &message, &settings).await,
        }
    }

    /// The message whose bytes are stored, unless something else was prepared since. One whose
    /// outcome is in doubt stays what it is.
    fn stored_message(
        &self,
        desk: &Desk,
        known: &Known<'_>,
    ) -> Result<Option<OutboxMessage>, RuntimeError> {
        let Some(submission) = &known.visit.submission else { return Ok(None) };
        let in_doubt = matches!(submission.stage, Stage::InDoubt { .. });
        if !in_doubt && submission.message_id != self.message_id(desk, known) {
            return Ok(None);
        }
        Ok(self.store.message(&submission.message_id)?)
    }

    /// True when a paper or text that was prepared is not there as it was.
    fn must_be_made_again(&self, desk: &Desk, known: &Known<'_>) -> Result<bool, RuntimeError> {
        let Some(prepared) = &known.visit.prepared else { return Ok(true) };
        let documents = self.home.case_folders(desk.id())?.documents;
        let lost = |paper: &PaperRecord| {
            !digest_of(&documents.join(&paper.file)).is_ok_and(|(found, _)| found == paper.sha256)
        };
        Ok(prepared.papers.iter().any(lost) || texts_of(desk, prepared).is_none())
    }

    /// The same facts give the same bytes, so an approval holds. What stands in the file's place is
    /// kept beside it.
    fn make_again(&mut self, desk: &Desk, known: &Known<'_>) -> Result<(), RuntimeError> {
        let packs = Arc::clone(&self.library.packs);
        let maker = Maker::new(&desk.workflow, &packs, &desk.history);
        self.prepare(desk, known, &maker, false)
    }

    fn message_id(&self, desk: &Desk, known: &Known<'_>) -> String {
        let revision = known.visit.prepared.as_ref().map_or(0, |prepared| prepared.revision);
        let (step, visit) = (&known.step.id, known.visit.number);
        message::message_id(desk.id().as_str(), step, visit, revision, &self.sender(desk))
    }

    /// The mail account's address; without one the person's own, as the case gives it.
    fn sender(&self, desk: &Desk) -> String {
        let case = &desk.history.case;
        let own = case.recipients.values().find(|recipient| recipient.role == Role::Owner);
        self.config
            .smtp
            .as_ref()
            .map(|smtp| smtp.from.clone())
            .or_else(|| case.victim.email.clone())
            .or_else(|| own.and_then(|own| own.email.clone()))
            .unwrap_or_else(|| "me@unknown.invalid".into())
    }

    /// Puts the message together and stores its final bytes; sending comes with the next plan.
    fn store_message(&mut self, desk: &Desk, known: &Known<'_>) -> Result<(), RuntimeError> {
        let (Some(prepared), Some(channel)) = (&known.visit.prepared, &known.channel) else {
            return Err(RuntimeError::Ours("a message was planned without its parts".into()));
        };
        let now = self.now_for(desk);
        let parts = self.parts(desk, known, prepared, channel, now)?;
        let message_id = parts.message_id.clone();
        let (sender, recipient) = (parts.from.clone(), parts.to.clone());
        let mut bytes = message::compose(parts).map_err(|error| {
            let said = error.to_string();
            RuntimeError::asked(
                crate::text!(
                    "这封邮件组不起来：{said}",
                    "the message cannot be put together: {said}"
                ),
                Text::new("检查收件人地址和附件大小", "check the address and the attachments"),
            )
        })?;
        if let Some(settings) = &self.config.smtp {
            sign(settings, &mut bytes, now)?;
        }
        let message = OutboxMessage { message_id, sender, recipient, bytes };
        let event = Event::SendStarted {
            step: known.step.id.clone(),
            visit: known.visit.number,
            message_id: message.message_id.clone(),
            message: message.digest(),
        };
        boundary::pass();
        self.store.start_sending(desk.id(), desk.history.last_seq, now, &event, &message)?;
        boundary::pass();
        Ok(())
    }

    fn parts(
        &self,
        desk: &Desk,
        known: &Known<'_>,
        prepared: &Prepared,
        channel: &Channel,
        now: Timestamp,
    ) -> Result<Parts, RuntimeError> {
        let case = &desk.history.case;
        let texts = texts_of(desk, prepared)
            .ok_or_else(|| RuntimeError::Ours("a message was planned without its texts".into()))?;
        let attached = self.attachments(desk, known, prepared, &texts)?;
        let list = attached_list(&attached);
        let title = &known.step.title.zh;
        let subject =
            texts.subject.clone().unwrap_or_else(|| format!("{title}（本方编号 {}）", desk.id()));
        let body = texts
            .body
            .clone()
            .unwrap_or_else(|| plain_body(&texts))
            .replace(ATTACHMENTS_MARK, &list);
        let to = channel.address.clone().unwrap_or_default();
        Ok(Parts {
            message_id: self.message_id(desk, known),
            date: now,
            from_name: case.victim.name.clone(),
            from: self.sender(desk),
            to_name: Some(channel.name.zh.to_string()),
            to: to.clone(),
            reply_to: self.reply_to(desk),
            earlier: self.earlier(desk, &to)?,
            subject,
            body,
            attachments: attached.into_iter().map(|(file, _)| file).collect(),
            unsent: self.config.smtp.is_none(),
        })
    }

    /// Papers as they were prepared, then evidence; identity papers never leave as they are.
    fn attachments(
        &self,
        desk: &Desk,
        known: &Known<'_>,
        prepared: &Prepared,
        texts: &Texts,
    ) -> Result<Vec<(AttachedFile, String)>, RuntimeError> {
        let folders = self.home.case_folders(desk.id())?;
        let packs = Arc::clone(&self.library.packs);
        let mut attached = Vec::new();
        // Told in several parts, each part goes along as a text of its own.
        for text in texts.texts.iter().filter(|_| texts.texts.len() > 1) {
            let title = self.library.packs.templates.get(&text.template);
            let title = title.map(|template| template.title.zh.to_string()).unwrap_or_default();
            attached.push((text.file.clone(), text.text.clone().into_bytes(), title));
        }
        for paper in &prepared.papers {
            let path = folders.documents.join(&paper.file);
            let bytes = read_unchanged(&path, &paper.sha256)?;
            if let Some(other) = number_of_another(&bytes, desk.id()) {
                return Err(of_another_case(&path, &other, desk.id()));
            }
            let title = self.library.packs.templates.get(&paper.template);
            let title = title.map(|template| template.title.zh.to_string()).unwrap_or_default();
            attached.push((paper.file.clone(), bytes, title));
        }
        for item in evidence_for(&known.step, &desk.workflow, &packs, &desk.history) {
            let slot = &item.slot;
            let pack = desk.workflow.slots.get(slot).or_else(|| self.library.packs.slots.get(slot));
            let name = pack.map_or(slot.clone(), |slot| slot.name.zh.to_string());
            let bytes = read_unchanged(&folders.originals.join(&item.file), &item.sha256)?;
            attached.push((item.file.clone(), bytes, name));
        }
        Ok(attached
            .into_iter()
            .enumerate()
            .map(|(index, (file, bytes, title))| {
                let name = format!("{:02}-{file}", index + 1);
                let media_type = message::media_type(&name);
                (AttachedFile { name, media_type, bytes }, title)
            })
            .collect())
    }

    fn write_file(
        &mut self,
        desk: &Desk,
        known: &Known<'_>,
        message: &OutboxMessage,
    ) -> Result<(), RuntimeError> {
        if self.store.halted_at()?.is_some() {
            return Ok(());
        }
        let outbox = self.home.case_folders(desk.id())?.outbox;
        let name = eml_name(&known.step.id, &message.message_id);
        for older in older_messages(desk, known, message) {
            let name = eml_name(&known.step.id, &older);
            file::set_aside(&outbox, &name)
                .map_err(|source| RuntimeError::Home { path: outbox.join(&name), source })?;
        }
        boundary::pass();
        file::write(&outbox, &name, &message.bytes)
            .map_err(|source| RuntimeError::Home { path: outbox.join(&name), source })?;
        boundary::pass();
        self.write(desk, &[accepted(known, message, TakenBy::Outbox, None)])
    }

    async fn deliver(
        &mut self,
        desk: &Desk,
        known: &Known<'_>,
        message: &OutboxMessage,
        settings: &Smtp,
    ) -> Result<(), RuntimeError> {
        let (mut line, password) = self.take_line(settings).await?;
        let ca = certificates(settings.ca_file.as_deref())?;
        let dial = self.dial.clone();
        let account =
            Account { settings, ca: ca.as_deref(), password: password.as_ref(), dial: &dial };
        let delivery = Delivery {
            sender: &message.sender,
            recipient: &message.recipient,
            bytes: &message.bytes,
        };
        let outcome = {
            let before_body =
                |copied| std::future::ready(self.enter_doubt(desk, known, message, copied));
            smtp::deliver(&account, &mut line, &delivery, before_body).await?
        };
        self.keep_line(line, password);
        boundary::pass();
        self.write_outcome(desk, known, message, outcome)
    }

    /// The last moment at which nothing has left: reads the halt once more and writes down that
    /// from here on nobody knows. Returns false to call the delivery off.
    fn enter_doubt(
        &mut self,
        desk: &Desk,
        known: &Known<'_>,
        message: &OutboxMessage,
        copied: bool,
    ) -> Result<bool, RuntimeError> {
        if self.store.halted_at()?.is_some() {
            return Ok(false);
        }
        boundary::pass();
        let event = Event::InDoubt {
            step: known.step.id.clone(),
            visit: known.visit.number,
            message_id: message.message_id.clone(),
            copied,
        };
        // Somebody may have amended or undone something meanwhile: then it does not leave now.
        match self.store.append(desk.id(), desk.history.last_seq, self.now_for(desk), &[event], &[])
        {
            Ok(()) => {
                boundary::pass();
                Ok(true)
            }
            Err(crate::store::error::StoreError::Conflict) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    fn write_outcome(
        &mut self,
        desk: &Desk,
        known: &Known<'_>,
        message: &OutboxMessage,
        outcome: Outcome,
    ) -> Result<(), RuntimeError> {
        let server = self.config.smtp.as_ref().map(|smtp| smtp.host.clone());
        let said = match &outcome {
            Outcome::Accepted { said } => Some(said.as_str()),
            Outcome::Refused(refusal) => refusal.said.as_deref(),
            Outcome::Unknown | Outcome::CalledOff => None,
        };
        let kept = said.map(|said| Payload::new(json!({ "server": server, "said": said })));
        let reply = kept.as_ref().map(|kept| kept.digest.clone());
        let event = match outcome {
            Outcome::Accepted { .. } => accepted(known, message, TakenBy::Server, reply),
            Outcome::Unknown | Outcome::CalledOff => return Ok(()),
            Outcome::Refused(refusal) => Event::Refused {
                step: known.step.id.clone(),
                visit: known.visit.number,
                message_id: message.message_id.clone(),
                class: refusal.class,
                code: refusal.code,
                retry_at: retry_at(
                    refusal.class,
                    known.visit.submission.as_ref(),
                    self.now_for(desk),
                ),
                again: known.visit.is_in_doubt(),
                reply,
            },
        };
        // The outcome is a fact, whoever wrote meanwhile: it goes after whatever came.
        self.write_after_all(desk, &event, kept.as_slice())
    }

    fn write_after_all(
        &mut self,
        desk: &Desk,
        event: &Event,
        payloads: &[Payload],
    ) -> Result<(), RuntimeError> {
        loop {
            let last = self.desk(desk.id())?.history.last_seq;
            let at = self.now_for(desk);
            match self.store.append(desk.id(), last, at, std::slice::from_ref(event), payloads) {
                Ok(()) => {
                    boundary::pass();
                    return Ok(());
                }
                Err(crate::store::error::StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Appends after what was on the desk.
    pub(super) fn write(&mut self, desk: &Desk, events: &[Event]) -> Result<(), RuntimeError> {
        boundary::pass();
        self.store.append(desk.id(), desk.history.last_seq, self.now_for(desk), events, &[])?;
        boundary::pass();
        Ok(())
    }

    /// The time for an entry: never before the last one, whatever the machine's clock shows.
    pub fn now_for(&self, desk: &Desk) -> Timestamp {
        self.clock.now().max(desk.history.last_at)
    }
}

/// Messages of this visit that the new one replaces.
fn older_messages(desk: &Desk, known: &Known<'_>, message: &OutboxMessage) -> Vec<String> {
    let started = desk.entries.iter().filter_map(|entry| match &entry.event {
        Event::SendStarted { step, visit, message_id, .. }
            if *step == known.step.id && *visit == known.visit.number =>
        {
            Some(message_id.clone())
        }
        _ => None,
    });
    started.filter(|id| *id != message.message_id).collect()
}

fn accepted(
    known: &Known<'_>,
    message: &OutboxMessage,
    by: TakenBy,
    reply: Option<Digest>,
) -> Event {
    Event::Accepted {
        step: known.step.id.clone(),
        visit: known.visit.number,
        message_id: message.message_id.clone(),
        by,
        reply,
    }
}

/// Returns the name of a message's file in the outbox.
pub fn eml_name(step: &str, message_id: &str) -> String {
    format!("{}-{}.eml", step.replace('/', "-"), message_id.get(..8).unwrap_or(message_id))
}

/// The texts of a preparation; none when the ledger's payload is gone.
pub(super) fn texts_of(desk: &Desk, prepared: &Prepared) -> Option<Texts> {
    let Some(digest) = &prepared.texts else { return Some(Texts::default()) };
    serde_json::from_value(desk.payloads.get(digest)?.clone()).ok()
}

fn retry_at(
    class: RefusalClass,
    submission: Option<&Submission>,
    now: Timestamp,
) -> Option<Timestamp> {
    if !class.passes_by_itself() {
        return None;
    }
    let refusals = submission.map_or(0, |submission| submission.refusals as usize);
    // A server that says "later" for days means something a person must look at.
    if class == RefusalClass::Rate && refusals >= BACK_OFF_MINUTES.len() {
        return None;
    }
    let minutes = BACK_OFF_MINUTES[refusals.min(BACK_OFF_MINUTES.len() - 1)];
    now.saturating_add(SignedDuration::from_mins(minutes)).ok()
}

/// Reads a kept file, which must be as it was when it was written down.
pub(super) fn read_unchanged(path: &Path, sha256: &Digest) -> Result<Vec<u8>, RuntimeError> {
    let fail = |source| RuntimeError::Home { path: path.to_owned(), source };
    let (found, _) = digest_of(path).map_err(fail)?;
    if found != *sha256 {
        let shown = path.display();
        return Err(RuntimeError::asked(
            crate::text!(
                "文件 {shown} 被改动过，不能发出",
                "{shown} was changed and cannot be sent"
            ),
            Text::new(
                "把它移走，程序会重新生成；证据文件请从原处恢复",
                "move it away and it is made again; restore evidence from where it came",
            ),
        ));
    }
    std::fs::read(path).map_err(fail)
}

/// Returns the case number a paper carries, when it is another's. Papers carry theirs as the only
/// keyword of their metadata, which PDF/A leaves as plain text.
fn number_of_another(paper: &[u8], case: &CaseId) -> Option<String> {
    const BEGINS: &[u8] = b"<pdf:Keywords>";
    let start = memmem::find(paper, BEGINS)? + BEGINS.len();
    let length = memmem::find(&paper[start..], b"<")?;
    let found = String::from_utf8_lossy(&paper[start..start + length]).into_owned();
    (found != case.as_str()).then_some(found)
}

fn of_another_case(path: &Path, other: &str, case: &CaseId) -> RuntimeError {
    let shown = path.display();
    RuntimeError::asked(
        crate::text!(
            "{shown} 是案件 {other} 的文书，不是 {case} 的，没有发",
            "{shown} is a paper of case {other}, not of {case}; it was not sent"
        ),
        Text::new(
            "不要改动 documents 里的文件；运行 verify 核对，再查清它是怎么来的",
            "leave the files in documents alone; run verify and find out where it came from",
        ),
    )
}

fn attached_list(attached: &[(AttachedFile, String)]) -> String {
    if attached.is_empty() {
        return String::new();
    }
    let lines: Vec<String> =
        attached.iter().map(|(file, title)| format!("　{}　{title}", file.name)).collect();
    format!("附件：\n{}\n", lines.join("\n"))
}

pub(super) fn plain_body(texts: &Texts) -> String {
    let bodies: Vec<&str> = texts.texts.iter().map(|text| text.text.as_str()).collect();
    let mut body = bodies.join("\n\n");
    body.push_str("\n\n");
    body.push_str(ATTACHMENTS_MARK);
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paper_that_carries_another_number_is_noticed() {
        let case = CaseId::parse("W-1").unwrap();
        let paper = |number: &str| format!("%PDF…<pdf:Keywords>{number}</pdf:Keywords>…");
        assert_eq!(number_of_another(paper("W-1").as_bytes(), &case), None);
        let found = number_of_another(paper("W-10").as_bytes(), &case);
        assert_eq!(found.as_deref(), Some("W-10"));
        assert_eq!(number_of_another(b"a picture", &case), None);
    }
}
