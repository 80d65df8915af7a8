//! Delivery reports (RFC 3464): what a server says became of a mail, one block a recipient.

use crate::mail::inbound::headers::Headers;

/// What a server reports of one mail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// What became of it, recipient by recipient.
    pub recipients: Vec<Fate>,
}

/// What became of a mail for one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fate {
    /// The addresses the block names, in lower case: as it was sent, and as it was tried.
    pub addresses: Vec<String>,
    /// What the server did.
    pub action: Action,
    /// The code of RFC 3463, such as `5.1.1`; empty when the server gave none.
    pub status: String,
    /// What the other server said; empty when it said nothing.
    pub diagnostic: String,
}

/// What a server did with a mail for one recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Gave up.
    Failed,
    /// Still tries.
    Delayed,
    /// Handed it over, or passed it on.
    Delivered,
    /// Something else.
    Other,
}

/// A mail that lies within another, as far as its header is needed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Enclosed {
    /// Its Message-ID, without angle brackets.
    pub message_id: Option<String>,
    /// Its subject.
    pub subject: String,
    /// The addresses it names as recipients.
    pub to: Vec<String>,
}

impl Enclosed {
    pub(super) fn of(headers: &Headers) -> Self {
        Self {
            message_id: headers.ids("message-id").into_iter().next(),
            subject: headers.text("subject").unwrap_or_default(),
            to: headers.addresses("to").into_iter().map(|mailbox| mailbox.address).collect(),
        }
    }
}

/// Reads the blocks of a `message/delivery-status` part.
pub(super) fn read(bytes: &[u8]) -> Report {
    let text: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != b'\r').collect();
    let mut report = Report::default();
    let mut rest = text.as_slice();
    while !rest.is_empty() {
        let end = rest.windows(2).position(|pair| pair == b"\n\n").unwrap_or(rest.len());
        report.recipients.extend(fate(&Headers::read(&rest[..end])));
        rest = rest.get(end + 2..).unwrap_or_default();
    }
    report
}

fn fate(block: &Headers) -> Option<Fate> {
    let mut addresses = Vec::new();
    for name in ["original-recipient", "final-recipient"] {
        // The value begins with the kind of the address: `rfc822; a@b.cn`.
        let value = block.first(name).map(|value| value.rsplit(';').next().unwrap_or(value));
        let address = value.map(|value| value.trim().trim_matches(['<', '>']).to_ascii_lowercase());
        addresses.extend(address.filter(|address| address.contains('@')));
    }
    addresses.dedup();
    let action = block.first("action").map(str::to_ascii_lowercase);
    let action = match action.as_deref().map(str::trim) {
        Some("failed" | "failure") => Action::Failed,
        Some("delayed") => Action::Delayed,
        Some("delivered" | "relayed" | "expanded") => Action::Delivered,
        None if addresses.is_empty() => return None,
        _ => Action::Other,
    };
    let status = block.first("status").unwrap_or_default();
    let status = status.split_whitespace().next().unwrap_or_default().to_owned();
    let diagnostic = block.text("diagnostic-code").unwrap_or_default();
    let action = match (action, status.chars().next()) {
        (Action::Other, Some('5')) => Action::Failed,
        (Action::Other, Some('4')) => Action::Delayed,
        (action, _) => action,
    };
    Some(Fate { addresses, action, status, diagnostic })
}
