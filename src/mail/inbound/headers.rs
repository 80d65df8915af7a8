//! The header of a mail, read leniently: a line that is no field is passed over, not the mail.

use crate::mail::inbound::decode;

/// The longest field that is kept, in bytes, and the most fields.
const LIMIT_FIELD_BYTES: usize = 64 * 1024;
const LIMIT_FIELDS: usize = 2_000;

/// The fields of one header, in their order. Names are in lower case, lines are unfolded, encoded
/// words are still encoded.
#[derive(Clone, Debug, Default)]
pub(super) struct Headers {
    fields: Vec<(String, String)>,
    /// True when lines stood there that are no fields.
    pub(super) damaged: bool,
}

impl Headers {
    /// Reads the header at the start of `bytes`, up to the first empty line.
    pub(super) fn read(bytes: &[u8]) -> Self {
        let mut headers = Self::default();
        for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.is_empty() {
                break;
            }
            if headers.fields.len() >= LIMIT_FIELDS {
                headers.damaged = true;
                break;
            }
            let line = &line[..line.len().min(LIMIT_FIELD_BYTES)];
            let (line, whole) = decode::text(line, None);
            headers.damaged |= !whole;
            headers.take(index, &line);
        }
        headers
    }

    fn take(&mut self, index: usize, line: &str) {
        if line.starts_with([' ', '\t']) {
            match self.fields.last_mut() {
                Some((_, value)) if value.len() > LIMIT_FIELD_BYTES => self.damaged = true,
                Some((_, value)) => {
                    value.push(' ');
                    value.push_str(line.trim());
                }
                None => self.damaged = true,
            }
            return;
        }
        let name = |name: &str| {
            let name = name.trim_end();
            let fits = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic());
            fits.then(|| name.to_ascii_lowercase())
        };
        match line.split_once(':').and_then(|(left, right)| Some((name(left)?, right))) {
            Some((name, value)) => self.fields.push((name, value.trim().to_owned())),
            // The first line of a mailbox file says `From ` and is no field.
            None => self.damaged |= !(index == 0 && line.starts_with("From ")),
        }
    }

    /// Returns true when there is no field at all.
    pub(super) fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Returns every value of a field, as it stands.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Returns the first value of a field, as it stands.
    pub(super) fn first<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.all(name).next()
    }

    /// Returns the first value of a field as text.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.first(name).map(|value| decode::words(value).trim().to_owned())
    }

    /// Returns the Message-IDs a field holds, without angle brackets.
    pub(super) fn ids(&self, name: &str) -> Vec<String> {
        self.all(name).flat_map(ids).collect()
    }

    /// Returns the addresses a field holds.
    pub(super) fn addresses(&self, name: &str) -> Vec<Mailbox> {
        self.all(name).flat_map(mailboxes).collect()
    }
}

/// A name and an address, as a header gives them: nobody vouches for either.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mailbox {
    /// The name shown beside the address; empty when there is none.
    pub name: String,
    /// The address in lower case.
    pub address: String,
}

/// Reads Message-IDs: what stands in angle brackets, or else words with an `@`.
fn ids(value: &str) -> Vec<String> {
    let squeeze = |id: &str| id.split_whitespace().collect::<String>();
    let bracketed: Vec<String> = value
        .split('<')
        .skip(1)
        .filter_map(|rest| rest.split_once('>'))
        .map(|(id, _)| squeeze(id))
        .filter(|id| !id.is_empty())
        .collect();
    if !bracketed.is_empty() {
        return bracketed;
    }
    let words = value.split_whitespace().map(|word| word.trim_matches(['<', '>', ',', ';']));
    words.filter(|word| word.contains('@')).map(str::to_owned).collect()
}

/// Reads a list of mailboxes. Commas within quotes or brackets do not part two of them.
fn mailboxes(value: &str) -> Vec<Mailbox> {
    let mut found = Vec::new();
    let (mut quoted, mut start) = (false, 0);
    for (index, c) in value.char_indices() {
        match c {
            '"' => quoted = !quoted,
            ',' | ';' if !quoted => {
                found.extend(mailbox(&value[start..index]));
                start = index + 1;
            }
            _ => {}
        }
    }
    found.extend(mailbox(&value[start..]));
    found
}

fn mailbox(value: &str) -> Option<Mailbox> {
    let (name, address) = match value.rfind('<') {
        Some(open) => (&value[..open], value[open + 1..].split('>').next().unwrap_or_default()),
        None => ("", value.split('(').next().unwrap_or_default()),
    };
    let address = address.trim().to_ascii_lowercase();
    let has_shape = address.contains('@') && !address.contains(char::is_whitespace);
    let name = decode::words(name).trim().trim_matches(['"', '\'']).trim().to_owned();
    has_shape.then_some(Mailbox { name, address })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_no_field_costs_only_itself() {
        let headers = Headers::read(
            b"From x@y Sat\r\nSubject: a\r\n b\r\nthis is nothing\r\nTo : \"\xc1\xd6, \" <Lin@Mail.CN>,b@c.cn\r\n\r\nBody: no\r\n",
        );
        assert!(headers.damaged);
        assert_eq!(headers.first("subject"), Some("a b"));
        let to = headers.addresses("to");
        assert_eq!((to[0].name.as_str(), to[0].address.as_str()), ("林,", "lin@mail.cn"));
        assert_eq!(to[1].address, "b@c.cn");
        assert_eq!(headers.first("body"), None);
    }

    #[test]
    fn message_ids_are_found_with_and_without_brackets() {
        assert_eq!(ids("<a@b> <c\t@d>"), ["a@b", "c@d"]);
        assert_eq!(ids("a@b (comment), c@d"), ["a@b", "c@d"]);
        assert_eq!(ids("Your message of Sat"), Vec::<String>::new());
    }
}
