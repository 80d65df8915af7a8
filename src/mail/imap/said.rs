//! What a mailbox server said, as far as it matters here.

use async_imap::imap_proto::{
    AttributeValue, Capability, MailboxDatum, NameAttribute, Response, ResponseCode,
};

/// Something a server said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// What it can do.
    Can(Vec<String>),
    /// The UIDVALIDITY of the selected folder.
    Validity(u32),
    /// The UID the next letter of the selected folder will get.
    Next(u32),
    /// How many letters the selected folder has.
    Exists(u32),
    /// The numbers a search found.
    Found(Vec<u32>),
    /// A folder that can be selected.
    Folder {
        /// Its name as the server writes it.
        name: String,
        /// True when the server says that it holds sent mail or all mail.
        is_sent: bool,
    },
    /// Something of a letter.
    Letter {
        /// Its UID.
        uid: u32,
        /// Its size in bytes.
        size_bytes: Option<u32>,
        /// Its bytes, or those of the header that were asked for.
        bytes: Option<Vec<u8>>,
    },
}

impl Said {
    /// Returns what a response says; none when it does not matter here.
    pub(super) fn of(response: &Response<'_>) -> Option<Self> {
        match response {
            Response::Capabilities(found) => Some(Self::Can(
                found
                    .iter()
                    .filter_map(|capability| match capability {
                        Capability::Atom(name) => Some(name.to_string()),
                        _ => None,
                    })
                    .collect(),
            )),
            Response::Data { outcome, .. } | Response::Done { outcome, .. } => match outcome.code {
                Some(ResponseCode::UidValidity(validity)) => Some(Self::Validity(validity)),
                Some(ResponseCode::UidNext(next)) => Some(Self::Next(next)),
                _ => None,
            },
            Response::MailboxData(datum) => Self::of_folder(datum),
            Response::Fetch(_, values) => Self::of_letter(values),
            _ => None,
        }
    }

    fn of_folder(datum: &MailboxDatum<'_>) -> Option<Self> {
        match datum {
            MailboxDatum::Exists(count) => Some(Self::Exists(*count)),
            MailboxDatum::Search(found) => Some(Self::Found(found.clone())),
            MailboxDatum::List(list) => {
                let has = |wanted: &NameAttribute<'_>| list.name_attributes.contains(wanted);
                (!has(&NameAttribute::NoSelect)).then(|| Self::Folder {
                    name: list.name.to_string(),
                    is_sent: has(&NameAttribute::Sent) || has(&NameAttribute::All),
                })
            }
            _ => None,
        }
    }

    fn of_letter(values: &[AttributeValue<'_>]) -> Option<Self> {
        let (mut number, mut size_bytes, mut bytes) = (None, None, None);
        for value in values {
            match value {
                AttributeValue::Uid(uid) => number = Some(*uid),
                AttributeValue::Rfc822Size(size) => size_bytes = Some(*size),
                AttributeValue::BodySection { data: Some(data), .. } => bytes = Some(data.to_vec()),
                _ => {}
            }
        }
        number.map(|uid| Self::Letter { uid, size_bytes, bytes })
    }
}
