//! Puts the messages of a submission together: papers, texts and evidence, in as many messages as
//! they need.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use memchr::memmem;

use crate::domain::case::CaseId;
use crate::domain::digest::Digest;
use crate::domain::lang::Text;
use crate::domain::role::Role;
use crate::domain::volume;
use crate::evidence::intake::digest_of;
use crate::mail::message::{self, AttachedFile, Parts};
use crate::runtime::desk::Desk;
use crate::runtime::error::RuntimeError;
use crate::runtime::papers::{ATTACHMENTS_MARK, Texts};
use crate::runtime::setup::Runtime;
use crate::runtime::signing::sign;
use crate::store::outbox::OutboxMessage;
use crate::workflow::channel::Channel;
use crate::workflow::dossier::{Known, attached as evidence_for};
use crate::workflow::history::Prepared;

/// What goes along, with what it is called in the list.
struct Attachment {
    file: AttachedFile,
    title: String,
}

/// The words of the first message, and what all of them have in common.
struct Letter {
    subject: String,
    body: String,
    limit: u64,
    volumes: Vec<Range<usize>>,
}

impl Runtime {
    /// Returns the final messages of a submission, of which the attachments of each weigh no more
    /// than `limit`, in bytes; none when one of them alone is heavier.
    pub(super) fn compose(
        &self,
        desk: &Desk,
        known: &Known<'_>,
        limit: u64,
    ) -> Result<Option<Vec<OutboxMessage>>, RuntimeError> {
        let (Some(prepared), Some(channel)) = (&known.visit.prepared, &known.channel) else {
            return Err(RuntimeError::Ours("a message was planned without its parts".into()));
        };
        let texts = texts_of(desk, prepared)
            .ok_or_else(|| RuntimeError::Ours("a message was planned without its texts".into()))?;
        let attached = self.attachments(desk, known, prepared, &texts)?;
        let weights: Vec<u64> =
            attached.iter().map(|attachment| attachment.file.bytes.len() as u64).collect();
        let Ok(volumes) = volume::split(&weights, limit) else { return Ok(None) };
        let title = &known.step.title.zh;
        let letter = Letter {
            subject: texts
                .subject
                .clone()
                .unwrap_or_else(|| format!("{title}（本方编号 {}）", desk.id())),
            body: texts
                .body
                .clone()
                .unwrap_or_else(|| plain_body(&texts))
                .replace(ATTACHMENTS_MARK, &list_of(&attached, &volumes)),
            limit,
            volumes,
        };
        let now = self.now_for(desk);
        let whole = self.parts(desk, known, channel, now)?;
        let mut files = attached.into_iter();
        let volumes = 1..=letter.volumes.len();
        let messages: Result<_, _> =
            volumes.map(|volume| self.volume(&whole, &letter, volume, &mut files, now)).collect();
        messages.map(Some)
    }

    /// The final form of one of the messages. It takes its attachments off the front.
    fn volume(
        &self,
        whole: &Parts,
        letter: &Letter,
        volume: usize,
        files: &mut impl Iterator<Item = Attachment>,
        now: Timestamp,
    ) -> Result<OutboxMessage, RuntimeError> {
        let of = letter.volumes.len();
        let own: Vec<Attachment> = files.take(letter.volumes[volume - 1].len()).collect();
        let mut parts = whole.clone();
        (parts.subject, parts.body) = (letter.subject.clone(), letter.body.clone());
        if of > 1 {
            let id = |volume| message::volume_id(&whole.message_id, letter.limit, volume, of);
            parts.message_id = id(volume);
            parts.subject = format!("{}（第{volume}封，共{of}封）", letter.subject);
            if volume > 1 {
                parts.earlier.push(id(1));
                parts.body = body_of_a_further(&letter.subject, volume, of, &own);
            }
        }
        parts.attachments = own.into_iter().map(|attachment| attachment.file).collect();
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
        Ok(OutboxMessage { message_id, sender, recipient, bytes })
    }

    /// What is the same whatever the number of messages.
    fn parts(
        &self,
        desk: &Desk,
        known: &Known<'_>,
        channel: &Channel,
        now: Timestamp,
    ) -> Result<Parts, RuntimeError> {
        let case = &desk.history.case;
        let revision = known.visit.prepared.as_ref().map_or(0, |prepared| prepared.revision);
        let (step, visit) = (&known.step.id, known.visit.number);
        let (from, to) = (self.sender(desk), channel.address.clone().unwrap_or_default());
        Ok(Parts {
            message_id: message::message_id(desk.id().as_str(), step, visit, revision, &from),
            date: now,
            from_name: case.victim.name.clone(),
            from,
            to_name: Some(channel.name.zh.to_string()),
            to: to.clone(),
            reply_to: self.reply_to(desk),
            earlier: self.earlier(desk, &to)?,
            subject: String::new(),
            body: String::new(),
            attachments: Vec::new(),
            unsent: self.config.smtp.is_none(),
        })
    }

    /// The mail account's address; without one the person's own, as the case gives it.
    pub(super) fn sender(&self, desk: &Desk) -> String {
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

    /// Papers as they were prepared, then evidence; identity papers never leave as they are.
    fn attachments(
        &self,
        desk: &Desk,
        known: &Known<'_>,
        prepared: &Prepared,
        texts: &Texts,
    ) -> Result<Vec<Attachment>, RuntimeError> {
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
        let attachments = attached.into_iter().enumerate().map(|(index, (file, bytes, title))| {
            let name = format!("{:02}-{file}", index + 1);
            let media_type = message::media_type(&name);
            Attachment { file: AttachedFile { name, media_type, bytes }, title }
        });
        Ok(attachments.collect())
    }
}

/// The texts of a preparation; none when the ledger's payload is gone.
pub(super) fn texts_of(desk: &Desk, prepared: &Prepared) -> Option<Texts> {
    let Some(digest) = &prepared.texts else { return Some(Texts::default()) };
    serde_json::from_value(desk.payloads.get(digest)?.clone()).ok()
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

/// The list of all attachments, each with its message where there are several.
fn list_of(attached: &[Attachment], volumes: &[Range<usize>]) -> String {
    let is_one = volumes.len() == 1;
    let place = |index: usize| match volumes.iter().position(|volume| volume.contains(&index)) {
        Some(volume) if !is_one => format!("（第{}封）", volume + 1),
        _ => String::new(),
    };
    let head = if is_one {
        "附件：".to_owned()
    } else {
        format!("附件（邮件有大小限制，分{}封发送，本封是第1封）：", volumes.len())
    };
    let lines: Vec<String> = attached
        .iter()
        .enumerate()
        .map(|(index, one)| format!("　{}　{}{}", one.file.name, one.title, place(index)))
        .collect();
    if lines.is_empty() { String::new() } else { format!("{head}\n{}\n", lines.join("\n")) }
}

/// Whoever opens only this message sees what it belongs to.
fn body_of_a_further(subject: &str, volume: usize, of: usize, own: &[Attachment]) -> String {
    let lines: Vec<String> =
        own.iter().map(|one| format!("　{}　{}\n", one.file.name, one.title)).collect();
    format!(
        "这是“{subject}”的第{volume}封，共{of}封。正文和全部附件的清单在第1封。\n\n附件：\n{}",
        lines.concat()
    )
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
