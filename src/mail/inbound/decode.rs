//! Bytes of a mail to text. Chinese mail says one charset and uses another, cuts characters in
//! two between encoded words, and loses its last bytes on the way: what can be read is read.

use encoding_rs::{Encoding, GB18030, UTF_8, WINDOWS_1252};
use mail_parser::decoders::charsets::map::charset_decoder;

/// The longest encoded word that is looked for, in characters; the rule says 75.
const LIMIT_WORD: usize = 1_000;

/// The longest name of a charset that is looked for, in bytes.
const LIMIT_CHARSET: usize = 60;

/// High bytes that must stand in a text before its being valid UTF-8 says anything.
const TELLING_BYTES: usize = 6;

/// Returns the text of `bytes`: in the charset `label` names when they fit it, otherwise in the
/// one they fit. The second value is false when some of them fit none.
pub(super) fn text(bytes: &[u8], label: Option<&str>) -> (String, bool) {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.is_ascii() && !label.is_some_and(is_stateful) {
        return (String::from_utf8_lossy(bytes).into_owned(), true);
    }
    let high = bytes.iter().filter(|byte| !byte.is_ascii()).count();
    if high >= TELLING_BYTES
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        return (text.to_owned(), true);
    }
    let named = label.and_then(encoding);
    if let Some(encoding) = named.filter(|encoding| *encoding != WINDOWS_1252)
        && let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(bytes)
    {
        return (text.into_owned(), true);
    }
    if named.is_none()
        && let Some(decoder) = label.and_then(|label| charset_decoder(label.as_bytes()))
    {
        return (decoder(bytes), true);
    }
    guess(bytes, named)
}

fn guess(bytes: &[u8], named: Option<&'static Encoding>) -> (String, bool) {
    for candidate in [UTF_8, GB18030] {
        if let Some(text) = candidate.decode_without_bom_handling_and_without_replacement(bytes)
            && (candidate == UTF_8 || named != Some(WINDOWS_1252) || is_mostly_chinese(&text))
        {
            return (text.into_owned(), true);
        }
    }
    let fallback = named.unwrap_or(if looks_like_utf8(bytes) { UTF_8 } else { GB18030 });
    let (text, _, broken) = fallback.decode(bytes);
    (text.into_owned(), !broken)
}

/// A text that lost its last bytes is still UTF-8 nearly everywhere.
fn looks_like_utf8(bytes: &[u8]) -> bool {
    let good: usize = bytes.utf8_chunks().map(|chunk| chunk.valid().len()).sum();
    good * 10 >= bytes.len() * 9
}

fn is_mostly_chinese(text: &str) -> bool {
    let high: Vec<char> = text.chars().filter(|c| !c.is_ascii()).collect();
    let chinese =
        high.iter().filter(|c| matches!(c, '\u{3000}'..='\u{9fff}' | '\u{ff00}'..='\u{ffef}'));
    chinese.count() * 10 >= high.len() * 9
}

/// Charsets in which Chinese is written with ASCII bytes.
fn is_stateful(label: &str) -> bool {
    let label = label.trim().to_ascii_lowercase();
    ["iso-2022", "utf-7", "utf7", "utf-16"].iter().any(|prefix| label.starts_with(prefix))
}

fn encoding(label: &str) -> Option<&'static Encoding> {
    let label = label.trim().trim_matches(['"', '\'']).to_ascii_lowercase();
    match label.as_str() {
        "cp936" | "ms936" | "936" | "windows-936" | "gb18030-2000" => Some(GB18030),
        "utf-8-mb4" | "utf8mb4" | "unicode" => Some(UTF_8),
        _ => Encoding::for_label(label.as_bytes()),
    }
    .filter(|encoding| *encoding != encoding_rs::REPLACEMENT)
}

/// Undoes base64 as far as it goes: strange characters are passed over, a cut end is left out.
pub(super) fn base64(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() / 4 * 3);
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in bytes {
        let Some(value) = base64_value(*byte) else {
            // Two encoded texts written after each other start anew after the padding.
            if *byte == b'=' {
                (bits, held) = (0, 0);
            }
            continue;
        };
        bits = (bits << 6) | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from((bits >> held) & 0xff).expect("masked to one byte"));
        }
    }
    out
}

fn base64_value(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

/// What an underscore stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Underscore {
    /// A space, as in a header.
    Space,
    /// Itself, as in a body.
    Itself,
}

/// Undoes quoted-printable; what is not a code is kept as it stands.
pub(super) fn quoted_printable(bytes: &[u8], underscore: Underscore) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match (first, after) {
            (b'=', [high, low, ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                out.push(hex(*high) * 16 + hex(*low));
                rest = &after[2..];
            }
            (b'=', [b'\r', b'\n', ..]) => rest = &after[2..],
            (b'=', [b'\n', ..]) => rest = &after[1..],
            (b'_', _) if underscore == Underscore::Space => out.push(b' '),
            (byte, _) => out.push(*byte),
        }
    }
    out
}

fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        _ => digit - b'A' + 10,
    }
}

/// One run of encoded words that share charset and encoding.
struct Run {
    charset: String,
    bytes: Vec<u8>,
}

/// Undoes RFC 2047. Bytes of neighbouring words of one charset are joined before they are read,
/// because many programs cut a character between two of them.
pub(super) fn words(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut run: Option<Run> = None;
    let mut rest = line;
    while let Some(start) = rest.find("=?") {
        let Some((charset, bytes, after)) = word(&rest[start..]) else {
            finish(&mut out, run.take());
            out.push_str(&rest[..start + 2]);
            rest = &rest[start + 2..];
            continue;
        };
        let between = &rest[..start];
        let apart = !between.trim().is_empty() || run.is_none();
        match &mut run {
            Some(run) if !apart && run.charset.eq_ignore_ascii_case(charset) => {
                run.bytes.extend(bytes);
            }
            _ => {
                finish(&mut out, run.take());
                if apart {
                    out.push_str(between);
                }
                run = Some(Run { charset: charset.to_owned(), bytes });
            }
        }
        rest = after;
    }
    finish(&mut out, run);
    out.push_str(rest);
    out
}

fn finish(out: &mut String, run: Option<Run>) {
    if let Some(run) = run {
        out.push_str(&text(&run.bytes, Some(&run.charset)).0);
    }
}

/// Reads `=?charset?B?…?=` at the start of `rest`: its charset, its bytes, and what follows.
fn word(rest: &str) -> Option<(&str, Vec<u8>, &str)> {
    let rest = rest.strip_prefix("=?")?;
    let at = rest.bytes().take(LIMIT_CHARSET).position(|byte| byte == b'?')?;
    let (charset, after) = (&rest[..at], &rest[at + 1..]);
    let (kind, after) = (after.get(..1)?, after.get(1..)?.strip_prefix('?')?);
    let (end, _) = after.char_indices().nth(LIMIT_WORD).unwrap_or((after.len(), ' '));
    let at = after[..end].find("?=")?;
    let (content, after) = (&after[..at], &after[at + 2..]);
    let is_label = !charset.is_empty() && charset.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_label {
        return None;
    }
    let bytes = match kind {
        "b" | "B" => base64(content.as_bytes()),
        "q" | "Q" => quoted_printable(content.as_bytes(), Underscore::Space),
        _ => return None,
    };
    // RFC 2231 allows a language behind the charset.
    let charset = charset.split('*').next().unwrap_or(charset);
    Some((charset, bytes, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_cut_between_two_words_is_whole_again() {
        assert_eq!(words("=?gbk?B?xPq1?= =?gbk?B?xMnqy98=?="), "您的申诉");
        assert_eq!(words("=?utf-8?B?55Sz6A==?=\t=?UTF-8*zh?B?r4k=?="), "申诉");
        assert_eq!(words("Re: =?utf-8?Q?=E7=94=B3?= =?utf-8?Q?=E8=AF=89?= 2026"), "Re: 申诉 2026");
        assert_eq!(words("=?broken?= =?utf-8?X?a?="), "=?broken?= =?utf-8?X?a?=");
    }

    #[test]
    fn what_is_said_of_a_charset_is_believed_only_when_it_fits() {
        let gbk = b"\xc4\xfa\xb5\xc4\xc9\xea\xcb\xdf\xd2\xd1\xca\xdc\xc0\xed";
        for label in [Some("gb2312"), Some("utf-8"), Some("us-ascii"), Some("iso-8859-1"), None] {
            assert_eq!(text(gbk, label), ("您的申诉已受理".to_owned(), true), "{label:?}");
        }
        for label in [Some("gb2312"), Some("utf-8"), Some("windows-1252"), None] {
            let (read, whole) = text("您的申诉已受理".as_bytes(), label);
            assert_eq!((read.as_str(), whole), ("您的申诉已受理", true), "{label:?}");
        }
        assert_eq!(text(b"caf\xe9", Some("iso-8859-1")), ("café".to_owned(), true));
    }

    #[test]
    fn a_cut_end_costs_only_the_end() {
        assert_eq!(
            base64(b"55Sz6K+J5b"),
            "申诉".as_bytes().iter().copied().chain([0xe5]).collect::<Vec<_>>()
        );
        assert_eq!(
            quoted_printable(b"a=\r\nb=E7=94=B3=Z_", Underscore::Itself),
            "ab申=Z_".as_bytes()
        );
    }
}
