//! The parts of a mail: which one is what the person reads, which ones go along, and what a
//! server reports of a mail of ours.

use mail_parser::{Encoding, HeaderName, Message, MessagePart, MimeHeaders as _, PartType};

use crate::mail::inbound::decode::{self, Underscore};
use crate::mail::inbound::headers::Headers;
use crate::mail::inbound::html;
use crate::mail::inbound::letter::{Attachment, Damage, LIMIT_BODY_CHARS};
use crate::mail::inbound::report::{self, Enclosed, Report};

/// What the parts of a mail hold.
#[derive(Default)]
pub(super) struct Content {
    pub(super) body: String,
    pub(super) attachments: Vec<Attachment>,
    pub(super) report: Option<Report>,
    pub(super) enclosed: Vec<Enclosed>,
    pub(super) damage: Vec<Damage>,
    /// The media types, in lower case with their parameters' values, outermost first.
    pub(super) types: Vec<String>,
}

/// Reads the parts of a mail.
pub(super) fn read(message: &Message<'_>) -> Content {
    let mut content = Content::default();
    let (mut text, mut page) = (String::new(), String::new());
    for (index, part) in message.parts.iter().enumerate() {
        let kind = media_type(part);
        content.types.push(kind.clone());
        if matches!(part.body, PartType::Multipart(_)) {
            // A part that says it has parts and ends without any is shown as the text it is.
            continue;
        }
        let bytes = bytes(message, part);
        if is_cut_off(message, index, part) {
            content.damage.push(Damage::CutOff);
        }
        if !take_report(&mut content, message, part, &kind, &bytes) {
            take(&mut content, message, part, &kind, &bytes, (&mut text, &mut page));
        }
    }
    content.body = if is_readable(&text) { text } else { page };
    shorten(&mut content);
    content
}

/// Puts a part where it belongs: the body as text, the body as a page, or the attachments.
fn take(
    content: &mut Content,
    message: &Message<'_>,
    part: &MessagePart<'_>,
    kind: &str,
    bytes: &[u8],
    (text, page): (&mut String, &mut String),
) {
    let name = name(message, part);
    let goes_along =
        part.content_disposition().is_some_and(mail_parser::ContentType::is_attachment);
    let is_text = matches!(part.body, PartType::Text(_) | PartType::Html(_));
    let is_body = is_text && !goes_along && name.is_none();
    if !is_body {
        let unnamed = matches!(part.body, PartType::InlineBinary(_)) && name.is_none();
        if !unnamed {
            content.attachments.push(Attachment {
                name: name.unwrap_or_default(),
                media_type: kind.split(';').next().unwrap_or_default().to_owned(),
                size_bytes: bytes.len(),
            });
        }
        return;
    }
    let charset = part.content_type().and_then(|kind| kind.attribute("charset"));
    let (mut read, mut whole) = decode::text(bytes, charset);
    let is_page = kind.starts_with("text/html") || looks_like_a_page(&read);
    if is_page
        && charset.is_none()
        && let Some(declared) = declared_charset(&read)
    {
        (read, whole) = decode::text(bytes, Some(&declared));
    }
    if !whole {
        content.damage.push(Damage::Charset);
    }
    let target = if is_page { page } else { text };
    if !target.is_empty() && !target.ends_with('\n') {
        target.push('\n');
    }
    // Styles and pictures make a page long; its words are short.
    let read: String = read.chars().take(LIMIT_BODY_CHARS * 10).collect();
    target.push_str(&if is_page { html::text(&read) } else { read.replace("\r\n", "\n") });
}

/// Takes a delivery report, or a mail that lies within this one. Returns false for other parts.
fn take_report(
    content: &mut Content,
    message: &Message<'_>,
    part: &MessagePart<'_>,
    kind: &str,
    bytes: &[u8],
) -> bool {
    let enclosed = if kind.starts_with("message/delivery-status")
        || kind.starts_with("message/global-delivery-status")
    {
        let read = report::read(bytes);
        content.report.get_or_insert_default().recipients.extend(read.recipients);
        return true;
    } else if kind.contains("disposition-notification") {
        return true;
    } else if let PartType::Message(inner) = &part.body {
        let root = inner.root_part();
        let (start, end) = (root.offset_header as usize, root.offset_body as usize);
        Headers::read(inner.raw_message.get(start..end).unwrap_or_default())
    } else if kind.starts_with("text/rfc822-headers")
        || kind.starts_with("message/rfc822-headers")
        || kind.starts_with("message/global-headers")
        || kind.starts_with("message/rfc822")
    {
        Headers::read(bytes)
    } else {
        return false;
    };
    if !kind.contains("headers") {
        content.attachments.push(Attachment {
            name: name(message, part).or_else(|| enclosed.text("subject")).unwrap_or_default(),
            media_type: kind.split(';').next().unwrap_or_default().to_owned(),
            size_bytes: bytes.len(),
        });
    }
    content.enclosed.push(Enclosed::of(&enclosed));
    true
}

/// The bytes of a part, its transfer encoding undone.
fn bytes(message: &Message<'_>, part: &MessagePart<'_>) -> Vec<u8> {
    let (start, end) = (part.offset_body as usize, part.offset_end as usize);
    let raw = message.raw_message.get(start..end).unwrap_or_default();
    let said = part.content_transfer_encoding().unwrap_or_default().trim();
    if said.eq_ignore_ascii_case("base64") || part.encoding == Encoding::Base64 {
        decode::base64(raw)
    } else if said.eq_ignore_ascii_case("quoted-printable") {
        decode::quoted_printable(raw, Underscore::Itself)
    } else {
        raw.to_vec()
    }
}

/// True when the part is the last one, lies in a multipart, and that one's closing line is missing.
fn is_cut_off(message: &Message<'_>, index: usize, part: &MessagePart<'_>) -> bool {
    if index + 1 != message.parts.len() || index == 0 {
        return false;
    }
    let boundary = message.parts[0].content_type().and_then(|kind| kind.attribute("boundary"));
    let Some(boundary) = boundary else { return false };
    let closing = format!("--{boundary}--");
    let from = (part.offset_body as usize).min(message.raw_message.len());
    let rest = &message.raw_message[from..];
    !rest.windows(closing.len()).any(|window| window == closing.as_bytes())
}

fn media_type(part: &MessagePart<'_>) -> String {
    let Some(kind) = part.content_type() else { return "text/plain".into() };
    let subtype = kind.subtype().unwrap_or_default();
    let mut out = format!("{}/{subtype}", kind.ctype()).to_ascii_lowercase();
    if let Some(report) = kind.attribute("report-type") {
        out.push_str("; report-type=");
        out.push_str(&report.to_ascii_lowercase());
    }
    out
}

/// The name of a file, as far as anybody gave one.
fn name(message: &Message<'_>, part: &MessagePart<'_>) -> Option<String> {
    let name = written_name(message, part).or_else(|| part.attachment_name().map(str::to_owned))?;
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    let shown: String = last.chars().filter(|c| !c.is_control()).take(200).collect();
    (!shown.is_empty()).then_some(shown)
}

/// A name that stands in the header in encoded words or bare bytes, against the rule of RFC 2231:
/// most Chinese programs write it so.
fn written_name(message: &Message<'_>, part: &MessagePart<'_>) -> Option<String> {
    let fields = [HeaderName::ContentDisposition, HeaderName::ContentType];
    fields.iter().zip(["filename", "name"]).find_map(|(field, attribute)| {
        let header = part.headers.iter().find(|header| header.name == *field)?;
        let range = header.offset_start as usize..header.offset_end as usize;
        let raw = message.raw_message.get(range)?;
        let is_plain = raw.is_ascii() && !raw.windows(2).any(|pair| pair == b"=?");
        if is_plain {
            return None;
        }
        let (text, _) = decode::text(raw, None);
        let lower = text.to_ascii_lowercase();
        let (start, _) = lower
            .match_indices(attribute)
            .find(|(start, found)| lower[start + found.len()..].trim_start().starts_with('='))?;
        let value = text[start..].split_once('=')?.1.trim_start();
        let value = match value.strip_prefix('"') {
            Some(quoted) => quoted.split('"').next()?,
            None => value.split(';').next()?,
        };
        Some(decode::words(&value.replace(['\r', '\n', '\t'], " ")))
    })
}

fn looks_like_a_page(text: &str) -> bool {
    let start: String = text.trim_start().chars().take(15).collect();
    let start = start.to_ascii_lowercase();
    start.starts_with("<html") || start.starts_with("<!doctype html")
}

/// The charset an HTML page gives itself.
fn declared_charset(page: &str) -> Option<String> {
    let start: String = page.chars().take(2_000).collect::<String>().to_ascii_lowercase();
    let after = start.split_once("charset=")?.1.trim_start_matches(['"', '\'']);
    let label: String =
        after.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
    (!label.is_empty()).then_some(label)
}

fn is_readable(text: &str) -> bool {
    text.chars().any(|c| !c.is_whitespace())
}

fn shorten(content: &mut Content) {
    if let Some((end, _)) = content.body.char_indices().nth(LIMIT_BODY_CHARS) {
        content.body.truncate(end);
        content.damage.push(Damage::TooLong);
    }
}
