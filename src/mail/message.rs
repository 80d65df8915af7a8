//! A message in its final form. What goes in is all there is: the same parts give the same bytes.

use std::time::SystemTime;

use jiff::Timestamp;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Body, Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};

use crate::domain::digest::Digest;

/// The most the attachments of one message may weigh before encoding, in bytes: providers take
/// less than they say, and base64 adds a third.
pub const LIMIT_ATTACHMENTS_BYTES: usize = 15 * 1024 * 1024;

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
        found: usize,
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

/// Puts a message together. The parts are used up, because attachments are large.
pub fn compose(parts: Parts) -> Result<Vec<u8>, MessageError> {
    let weight: usize = parts.attachments.iter().map(|file| file.bytes.len()).sum();
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
        .from(mailbox(parts.from_name, &parts.from, "sender")?)
        .to(mailbox(parts.to_name, &parts.to, "recipient")?)
        .subject(parts.subject);
    if parts.unsent {
        let name = HeaderName::new_from_ascii_str("X-Unsent");
        builder = builder.raw_header(HeaderValue::new(name, "1".to_owned()));
    }
    let text = SinglePart::plain(parts.body);
    // The boundary is a function of the message, not of chance.
    let seed = format!("{}\n{}", parts.message_id, parts.date);
    let boundary = format!("=_{}", Digest::of(seed.as_bytes()).short(32));
    let mut whole = MultiPart::mixed().boundary(boundary.clone()).singlepart(text);
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
    let mut whole = Vec::with_capacity(frame.len() + size);
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
}
