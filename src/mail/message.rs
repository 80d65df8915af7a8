//! A message in its final form. What goes in is all there is: the same parts give the same bytes.

use std::time::SystemTime;

use jiff::Timestamp;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Body, Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};
use mail_parser::{MessageParser, MimeHeaders as _};
use serde::Serialize;

use crate::domain::digest::Digest;
use crate::domain::volume::LIMIT_ATTACHMENTS_BYTES;
use crate::mail::html;

/// Room for a signature in front, which would move a large message otherwise.
const ROOM_BYTES: usize = 2048;

/// The parts of a message.
#[derive(Clone, Debug)]
pub struct Parts {
    /// Its Message-ID, without angle brackets.
    pub message_id: String,
    /// When it is dated.
    pub date: Timestamp,
    /// The sender's name.
    pub from_name: Option<String>,
    /// The sender's address.
    pub from: String,
    /// The recipient's name.
    pub to_name: Option<String>,
    /// The recipient's address.
    pub to: String,
    /// Where answers go, when not to the sender's address.
    pub reply_to: Option<String>,
    /// Earlier messages to the same recipient, by Message-ID without angle brackets, oldest first.
    pub earlier: Vec<String>,
    /// The subject.
    pub subject: String,
    /// The text.
    pub body: String,
    /// What goes along.
    pub attachments: Vec<AttachedFile>,
    /// Not sent yet: a mail program may open it as a draft.
    pub unsent: bool,
}

/// A file that goes along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachedFile {
    /// Its name, in ASCII: some mail programs show other names as garbage.
    pub name: String,
    /// Its media type.
    pub media_type: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Why a message cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// An address is not one.
    #[error("the address of the {whose} cannot be used")]
    Address {
        /// Whose.
        whose: &'static str,
    },
    /// The attachments are too large together.
    #[error("the attachments weigh {found} bytes, the limit is {LIMIT_ATTACHMENTS_BYTES}")]
    TooLarge {
        /// What they weigh.
        found: u64,
    },
    /// The parts do not make a message.
    #[error("the message cannot be put together")]
    Parts(#[source] lettre::error::Error),
}

/// Returns the Message-ID of one submission: a function of what it is, so that a second try has
/// the same.
pub fn message_id(case: &str, step: &str, visit: u32, revision: u32, sender: &str) -> String {
    let seed = format!("{case}\n{step}\n{visit}\n{revision}\n{sender}");
    let digest = Digest::of(seed.as_bytes());
    let domain = sender.rsplit('@').next().unwrap_or("localhost");
    format!("{}@{domain}", digest.short(32))
}

/// Returns the Message-ID of one of the messages of a submission that needs `of` of them: `whole` is
/// what it would be in one, `limit` how heavy each may be.
pub fn volume_id(whole: &str, limit: u64, volume: usize, of: usize) -> String {
    let digest = Digest::of(format!("{whole}\n{limit}\n{volume}/{of}").as_bytes());
    let (_, domain) = whole.rsplit_once('@').unwrap_or_default();
    format!("{}@{domain}", digest.short(32))
}

/// Returns the address that answers to one case go to: the sender's with the case's tag behind a
/// plus sign. None where the address has a tag of its own already.
pub fn tagged(sender: &str, tag: &str) -> Option<String> {
    let (local, domain) = sender.rsplit_once('@')?;
    (!local.contains('+')).then(|| format!("{local}+{tag}@{domain}"))
}

/// Returns the media type of a file by its name.
pub fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "pdf" => "application/pdf",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "txt" => "text/plain; charset=utf-8",
        "zip" => "application/zip",
        _ => "application/octet-stream",
    }
}

/// A file that goes along with a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Content {
    /// Its name.
    pub name: String,
    /// Its size, in bytes.
    pub size_bytes: usize,
    /// Its digest.
    pub sha256: Digest,
}

/// Returns the subject of a message that was put together here, and the files that go along.
pub fn contents(bytes: &[u8]) -> (Option<String>, Vec<Content>) {
    let Some(message) = MessageParser::default().parse(bytes) else { return Default::default() };
    let files = message.attachments().map(|part| Content {
        name: part.attachment_name().unwrap_or_default().to_owned(),
        size_bytes: part.contents().len(),
        sha256: Digest::of(part.contents()),
    });
    (message.subject().map(str::to_owned), files.collect())
}

/// Puts a message together. The parts are used up, because attachments are large.
pub fn compose(parts: Parts) -> Result<Vec<u8>, MessageError> {
    let weight = parts.attachments.iter().map(|file| file.bytes.len() as u64).sum();
    if weight > LIMIT_ATTACHMENTS_BYTES {
        return Err(MessageError::TooLarge { found: weight });
    }
    let mailbox = |name: Option<String>, address: &str, whose| {
        let address: Address = address.parse().map_err(|_| MessageError::Address { whose })?;
        Ok(Mailbox::new(name, address))
    };
    let mut builder = Message::builder()
        .message_id(Some(format!("<{}>", parts.message_id)))
        .date(SystemTime::from(parts.date))
        .from(mailbox(parts.from_name.clone(), &parts.from, "sender")?)
        .to(mailbox(parts.to_name, &parts.to, "recipient")?)
        .subject(parts.subject.clone());
    if let Some(address) = &parts.reply_to {
        builder = builder.reply_to(mailbox(parts.from_name, address, "answers")?);
    }
    if let Some(last) = parts.earlier.last() {
        let all: Vec<String> = parts.earlier.iter().map(|id| format!("<{id}>")).collect();
        builder = builder.in_reply_to(format!("<{last}>")).references(all.join(" "));
    }
    if parts.unsent {
        let name = HeaderName::new_from_ascii_str("X-Unsent");
        builder = builder.raw_header(HeaderValue::new(name, "1".to_owned()));
    }
    // The boundaries are functions of the message, not of chance.
    let boundary = |part: &str| {
        let seed = format!("{}\n{}{part}", parts.message_id, parts.date);
        format!("=_{}", Digest::of(seed.as_bytes()).short(32))
    };
    let page = html::page(&parts.subject, &parts.body);
    let text = MultiPart::alternative()
        .boundary(boundary("\ntext"))
        .singlepart(SinglePart::plain(parts.body))
        .singlepart(SinglePart::html(page));
    if parts.attachments.is_empty() {
        let message = builder.multipart(text);
        return message.map(|message| message.formatted()).map_err(MessageError::Parts);
    }
    let boundary = boundary("");
    let mut whole = MultiPart::mixed().boundary(boundary.clone()).multipart(text);
    let mut bodies = Vec::new();
    for file in parts.attachments {
        let media_type = ContentType::parse(file.media_type).unwrap_or(ContentType::TEXT_PLAIN);
        let body = Body::new(file.bytes);
        let encoding = body.encoding();
        let mark = format!("{boundary}-{}", bodies.len());
        bodies.push((mark.clone(), body.into_vec()));
        let place = Body::dangerous_pre_encoded(mark.into_bytes(), encoding);
        whole = whole.singlepart(Attachment::new(file.name).body(place, media_type));
    }
    let message = builder.multipart(whole).map_err(MessageError::Parts)?;
    Ok(filled(&message.formatted(), bodies))
}

/// Puts each attachment where its mark stands. The library would hold them all several times over
/// while it writes them.
fn filled(frame: &[u8], bodies: Vec<(String, Vec<u8>)>) -> Vec<u8> {
    let size: usize = bodies.iter().map(|(_, body)| body.len()).sum();
    let mut whole = Vec::with_capacity(frame.len() + size + ROOM_BYTES);
    let mut rest = frame;
    for (mark, body) in bodies {
        let found = rest.windows(mark.len()).position(|window| window == mark.as_bytes());
        let at = found.expect("the frame was made with this mark");
        whole.extend_from_slice(&rest[..at]);
        whole.extend_from_slice(&body);
        rest = &rest[at + mark.len()..];
    }
    whole.extend_from_slice(rest);
    whole
}

#[cfg(test)]
mod tests {
    use mail_parser::{MessageParser, MimeHeaders as _};

    use super::*;

    #[test]
    fn attachments_of_every_kind_come_out_as_they_went_in() {
        let contents: [&[u8]; 4] =
            [b"plain words\r\n", "一封信\r\n".as_bytes(), &[0, 255, 13, 10, 46, 10, 7], b""];
        let attachments = (0..12).map(|index| AttachedFile {
            name: format!("{index:02}.bin"),
            media_type: "application/octet-stream",
            bytes: contents[index % contents.len()].to_vec(),
        });
        let parts = Parts {
            message_id: "a@mail.example".into(),
            date: Timestamp::UNIX_EPOCH,
            from_name: None,
            from: "a@mail.example".into(),
            to_name: None,
            to: "b@mail.example".into(),
            subject: "x".into(),
            reply_to: None,
            earlier: Vec::new(),
            body: "正文".into(),
            attachments: attachments.collect(),
            unsent: false,
        };
        let bytes = compose(parts).unwrap();
        let message = MessageParser::default().parse(&bytes).unwrap();
        let found: Vec<(&str, &[u8])> = message
            .attachments()
            .map(|part| (part.attachment_name().unwrap(), part.contents()))
            .collect();
        assert_eq!(found.len(), 12);
        for (index, (name, content)) in found.into_iter().enumerate() {
            assert_eq!(name, format!("{index:02}.bin"));
            assert_eq!(content, contents[index % contents.len()], "{name}");
        }
    }

    fn parts() -> Parts {
        Parts {
            message_id: "0123@mail.example".into(),
            date: "2026-09-18T07:25:00Z".parse().unwrap(),
            from_name: Some("林晓芸".into()),
            from: "lin@mail.example".into(),
            to_name: None,
            to: "claims@insurer.example".into(),
            reply_to: tagged("lin@mail.example", "abc"),
            earlier: vec!["first@mail.example".into(), "last@mail.example".into()],
            subject: "理赔材料（本方编号 W-2026-0001）".into(),
            body: "您好：\n\n金额 <36,150.00> 元。\n".into(),
            attachments: Vec::new(),
            unsent: false,
        }
    }

    fn composed(parts: &Parts) -> String {
        String::from_utf8(compose(parts.clone()).unwrap()).unwrap()
    }

    #[test]
    fn a_follow_up_names_what_it_follows_and_where_answers_go() {
        let text = composed(&parts());
        for line in [
            "In-Reply-To: <last@mail.example>\r\n",
            "References: <first@mail.example> <last@mail.example>\r\n",
            "<lin+abc@mail.example>\r\n",
            "multipart/alternative",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
        assert_eq!(tagged("lin+own@mail.example", "abc"), None);
        let first = Parts { earlier: Vec::new(), reply_to: None, ..parts() };
        let text = composed(&first);
        for name in ["In-Reply-To", "References", "Reply-To"] {
            assert!(!text.contains(name), "{text}");
        }
    }

    #[test]
    fn the_same_parts_give_the_same_bytes_and_no_boundary_stands_twice() {
        let file = AttachedFile {
            name: "01-appeal.pdf".into(),
            media_type: "application/pdf",
            bytes: vec![7; 900],
        };
        let parts = Parts { attachments: vec![file], ..parts() };
        let text = composed(&parts);
        assert_eq!(text, composed(&parts));
        let opened = text.matches("boundary=\"").count();
        let boundaries: std::collections::BTreeSet<&str> =
            text.split("boundary=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert_eq!((opened, boundaries.len()), (2, 2), "{text}");
    }
}
