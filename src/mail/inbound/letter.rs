//! Raw bytes to a letter. Whatever can be read of a broken mail is read; what was broken is said.

use jiff::Timestamp;
use mail_parser::{Message, MessageParser};

use crate::domain::guard;
use crate::mail::inbound::headers::{Headers, Mailbox};
use crate::mail::inbound::marks::{self, Mark};
use crate::mail::inbound::parts::{self, Content};
use crate::mail::inbound::report::{Enclosed, Report};

/// The largest mail that is read, in bytes.
pub const LIMIT_SIZE_BYTES: usize = 50 * 1024 * 1024;

/// The most parts a mail may have.
pub const LIMIT_PARTS: usize = 250;

/// The most mails that may lie within one another.
pub const LIMIT_DEPTH: usize = 20;

/// The longest body that is kept, in characters; the raw mail keeps the rest.
pub const LIMIT_BODY_CHARS: usize = 200_000;

/// What a mail says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Letter {
    /// Its Message-ID, without angle brackets.
    pub message_id: Option<String>,
    /// The Message-IDs it says it answers, without angle brackets.
    pub in_reply_to: Vec<String>,
    /// The Message-IDs of its thread, oldest first, without angle brackets.
    pub references: Vec<String>,
    /// Its subject; empty when there is none.
    pub subject: String,
    /// Who it says wrote it. Anybody can write anything here.
    pub from: Option<Mailbox>,
    /// Where bounces of it go: empty text for `<>`, none when the server did not note it.
    pub return_path: Option<String>,
    /// The addresses it was delivered to, as servers on its way noted them.
    pub delivered_to: Vec<String>,
    /// The addresses it names as recipients (To, Cc).
    pub to: Vec<String>,
    /// When it says it was written.
    pub date: Option<Timestamp>,
    /// What it says: the text part, or the HTML part as text. Quoted lines are still there.
    pub body: String,
    /// What goes along.
    pub attachments: Vec<Attachment>,
    /// What servers said of the sender's identity, newest first. Only the first one can be our own
    /// provider's; none proves anything alone.
    pub authentication: Vec<String>,
    /// The signs that no person wrote it.
    pub marks: Vec<Mark>,
    /// What became of a mail of ours, when this is a delivery report.
    pub report: Option<Report>,
    /// The mails that lie within it: what it passes on, or what it reports of.
    pub enclosed: Vec<Enclosed>,
    /// What could not be read as it was meant.
    pub damage: Vec<Damage>,
}

/// A file that came along.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Its name as the sender gave it, never a path to write to.
    pub name: String,
    /// Its media type as the sender gave it.
    pub media_type: String,
    /// Its size after decoding, in bytes.
    pub size_bytes: usize,
}

/// What could not be read as it was meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Damage {
    /// Lines of the header are no fields.
    Header,
    /// Bytes fit no charset.
    Charset,
    /// The mail ends before its last part does.
    CutOff,
    /// The body is longer than is kept.
    TooLong,
}

/// Why bytes are not a mail that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// There is nothing.
    #[error("the mail is empty")]
    Empty,
    /// It is larger than is read.
    #[error("the mail has {found} bytes, the limit is {LIMIT_SIZE_BYTES}")]
    TooLarge {
        /// Its size.
        found: usize,
    },
    /// It has more parts than is read.
    #[error("the mail has more than {LIMIT_PARTS} parts")]
    TooManyParts,
    /// Too many mails lie within one another.
    #[error("the mail holds more than {LIMIT_DEPTH} mails within one another")]
    TooDeep,
    /// No header field is in it.
    #[error("this is not a mail: it has no header")]
    NotAMail,
    /// The reader stopped in the middle of it.
    #[error("the mail is damaged in a way that stops the reader")]
    Stopped,
}

impl Letter {
    /// Reads a mail as it came over the wire or stands in an `.eml` file.
    pub fn read(bytes: &[u8]) -> Result<Self, ReadError> {
        if bytes.len() > LIMIT_SIZE_BYTES {
            return Err(ReadError::TooLarge { found: bytes.len() });
        }
        let start = bytes.iter().position(|byte| !byte.is_ascii_whitespace());
        let bytes = &bytes[start.ok_or(ReadError::Empty)?..];
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        weigh(bytes)?;
        let headers = Headers::read(bytes);
        if headers.is_empty() {
            return Err(ReadError::NotAMail);
        }
        // A letter that stops the reader is fetched again and again: it must not end the daemon.
        guard::quietly(|| MessageParser::default().parse(bytes).map(|it| Self::of(&headers, &it)))
            .ok_or(ReadError::Stopped)?
            .ok_or(ReadError::NotAMail)
    }

    fn of(headers: &Headers, message: &Message<'_>) -> Self {
        let Content { body, attachments, report, enclosed, mut damage, types } =
            parts::read(message);
        if headers.damaged {
            damage.push(Damage::Header);
        }
        damage.sort_unstable();
        damage.dedup();
        let addresses = |names: &[&str]| -> Vec<String> {
            let found = names.iter().flat_map(|name| headers.addresses(name));
            found.map(|mailbox| mailbox.address).collect()
        };
        let return_path = headers
            .first("return-path")
            .map(|value| value.trim().trim_matches(['<', '>']).trim().to_ascii_lowercase());
        let subject = headers.text("subject").unwrap_or_default();
        Self {
            message_id: headers.ids("message-id").into_iter().next(),
            in_reply_to: headers.ids("in-reply-to"),
            references: headers.ids("references"),
            from: headers.addresses("from").into_iter().next(),
            return_path,
            delivered_to: addresses(&[
                "delivered-to",
                "x-original-to",
                "x-envelope-to",
                "envelope-to",
                "x-delivered-to",
            ]),
            to: addresses(&["to", "cc"]),
            date: date(message),
            marks: marks::of(headers, &subject, &body, &types),
            subject,
            authentication: headers.all("authentication-results").map(str::to_owned).collect(),
            body,
            attachments,
            report,
            enclosed,
            damage,
        }
    }
}

fn date(message: &Message<'_>) -> Option<Timestamp> {
    let date = message.date().filter(|date| date.is_valid())?;
    Timestamp::from_second(date.to_timestamp()).ok()
}

/// Counts what a reader would build, before it builds it.
fn weigh(bytes: &[u8]) -> Result<(), ReadError> {
    let (mut parts, mut depth, mut in_type) = (0, 0, false);
    for line in bytes.split(|byte| *byte == b'\n') {
        let starts = |prefix: &[u8]| {
            line.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        };
        let is_folded = line.first().is_some_and(|byte| *byte == b' ' || *byte == b'\t');
        in_type = starts(b"content-type") || (in_type && is_folded);
        parts += usize::from(starts(b"content-type"));
        if in_type {
            let line = line.to_ascii_lowercase();
            let holds = |word: &[u8]| line.windows(word.len()).any(|window| window == word);
            depth += usize::from(holds(b"rfc822") || holds(b"global") || holds(b"digest"));
        }
    }
    match (parts, depth) {
        (parts, _) if parts > LIMIT_PARTS => Err(ReadError::TooManyParts),
        (_, depth) if depth > LIMIT_DEPTH => Err(ReadError::TooDeep),
        _ => Ok(()),
    }
}
