//! What a letter can be to us. The judgement says how strong each finding is, and its type keeps
//! what may be attached by itself apart from what a person has to confirm.

use jiff::tz::TimeZone;

use crate::mail::inbound::bounce::{self, Failure, Notice};
use crate::mail::inbound::letter::Letter;
use crate::mail::inbound::marks::Mark;
use crate::mail::inbound::quote;
use crate::mail::inbound::suggest::{self, Suggestion};

/// A message of ours that left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Its Message-ID, without angle brackets.
    pub message_id: String,
    /// The case it belongs to.
    pub case: String,
    /// The step that sent it.
    pub step: String,
    /// Which visit of the step, from 1.
    pub visit: u32,
    /// The address it went to.
    pub recipient: String,
}

/// What is known of a case that a letter may name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OurCase {
    /// Its number, which stands in our subjects.
    pub id: String,
    /// The tag behind the `+` of the address its mail is sent from; must not be guessable.
    pub tag: Option<String>,
    /// The numbers others gave it: tickets, claims, reports.
    pub numbers: Vec<String>,
    /// The domains its recipients write from.
    pub domains: Vec<String>,
}

/// What is known on our side.
#[derive(Clone, Debug)]
pub struct Ours {
    /// The messages that left.
    pub sent: Vec<Sent>,
    /// The cases that are open.
    pub cases: Vec<OurCase>,
    /// The person's own addresses.
    pub addresses: Vec<String>,
    /// The zone in which dates without one are read.
    pub zone: TimeZone,
}

/// What a letter can be to us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// What kind of letter it is.
    pub kind: Kind,
    /// Which of our messages or cases it belongs to.
    pub belongs: Belongs,
    /// What it seems to say. Never a fact: a person confirms each.
    pub suggestions: Vec<Suggestion>,
}

/// What kind of letter it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Somebody answers; what it means, a person says.
    Answer,
    /// A program answers: it was received, which is not an answer.
    Automatic,
    /// A mail of ours did not reach its recipient.
    Bounce(Failure),
    /// A mail of ours is still on its way.
    Delayed,
    /// A mail of ours was delivered, as a server says.
    Delivered,
    /// Our own copy of a message: proof that our server took it.
    OwnCopy,
    /// From our own address and no copy: the person's own mail, or somebody who uses their name.
    FromOurselves,
    /// Nothing links it to us.
    Unknown,
}

/// Which of ours a letter belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Belongs {
    /// Strong enough to attach by itself: it names something only a recipient of ours has.
    Certain {
        /// The case.
        case: String,
        /// The message, when the finding names one.
        sent: Option<Sent>,
        /// What the finding rests on.
        by: Proof,
    },
    /// A person assigns it: anybody could have written what the finding rests on. Best first.
    Suggested(Vec<Hint>),
    /// Nothing links it to us; it waits in the holding pen.
    Nothing,
}

/// What a certain finding rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// In-Reply-To or References name our Message-ID.
    ReplyHeader,
    /// A report encloses our message, or names its Message-ID.
    DeliveryReport,
    /// It was delivered to the tagged address of the case.
    PlusAddress,
    /// Its own Message-ID is ours.
    OwnMessageId,
}

/// A case that a letter may belong to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The case.
    pub case: String,
    /// What speaks for it.
    pub by: Sign,
}

/// What speaks for a case, strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sign {
    /// Our number of the case stands in it.
    CaseNumber,
    /// A number they gave the case stands in it.
    TheirNumber,
    /// A mail system names an address we wrote to.
    BouncedAddress,
    /// The sender's address is one we wrote to.
    SenderAddress,
    /// The sender's domain is one of a recipient.
    SenderDomain,
}

/// Judges a letter.
pub fn judge(letter: &Letter, ours: &Ours) -> Judgement {
    let belongs = belongs(letter, ours);
    let kind = kind(letter, ours, &belongs);
    let says_something =
        matches!(kind, Kind::Answer | Kind::Automatic | Kind::FromOurselves | Kind::Unknown);
    let suggestions = if says_something { suggest::read(letter, ours) } else { Vec::new() };
    // A program's footer stands below decisions too; a decision is an answer, a receipt is none.
    let kind = match kind {
        Kind::Automatic if is_only_footed(letter) && suggest::decides(&suggestions) => {
            if belongs == Belongs::Nothing { Kind::Unknown } else { Kind::Answer }
        }
        kind => kind,
    };
    Judgement { kind, belongs, suggestions }
}

fn kind(letter: &Letter, ours: &Ours, belongs: &Belongs) -> Kind {
    if matches!(belongs, Belongs::Certain { by: Proof::OwnMessageId, .. }) {
        return Kind::OwnCopy;
    }
    match bounce::notice(letter) {
        Some(Notice::Failed(failure)) if is_only_our_copy(&failure.recipients, ours) => {
            return Kind::Automatic;
        }
        Some(Notice::Failed(failure)) => return Kind::Bounce(of_theirs(failure, ours)),
        Some(Notice::Delayed { recipients }) if is_only_our_copy(&recipients, ours) => {
            return Kind::Automatic;
        }
        Some(Notice::Delayed { .. }) => return Kind::Delayed,
        Some(Notice::Delivered) => return Kind::Delivered,
        None => {}
    }
    let from_ourselves = letter.from.as_ref().is_some_and(|from| is_ours(&from.address, ours));
    if !letter.marks.is_empty() {
        return Kind::Automatic;
    }
    if from_ourselves {
        return Kind::FromOurselves;
    }
    if *belongs == Belongs::Nothing { Kind::Unknown } else { Kind::Answer }
}

/// A copy to ourselves that came back says nothing of the recipient.
fn is_only_our_copy(recipients: &[String], ours: &Ours) -> bool {
    !recipients.is_empty() && recipients.iter().all(|address| is_ours(address, ours))
}

fn of_theirs(mut failure: Failure, ours: &Ours) -> Failure {
    let is_an_id = |text: &str| ours.sent.iter().any(|sent| same_id(&sent.message_id, text));
    failure.recipients.retain(|address| !is_ours(address, ours) && !is_an_id(address));
    failure
}

fn is_only_footed(letter: &Letter) -> bool {
    letter.marks == [Mark::Text]
}

/// True for one of our addresses, with or without a tag.
fn is_ours(address: &str, ours: &Ours) -> bool {
    let bare = split_tag(address).map_or_else(|| address.to_owned(), |(bare, _)| bare);
    ours.addresses
        .iter()
        .any(|own| own.eq_ignore_ascii_case(&bare) || own.eq_ignore_ascii_case(address))
}

/// Splits `lin+tag@mail.cn` into `lin@mail.cn` and `tag`.
fn split_tag(address: &str) -> Option<(String, &str)> {
    let (local, domain) = address.split_once('@')?;
    let (bare, tag) = local.split_once('+')?;
    Some((format!("{bare}@{domain}"), tag))
}

fn belongs(letter: &Letter, ours: &Ours) -> Belongs {
    let named = |ids: &[String]| {
        let of = |id: &String| ours.sent.iter().find(|sent| same_id(&sent.message_id, id));
        ids.iter().rev().find_map(of)
    };
    let certain = |sent: &Sent, by| Belongs::Certain {
        case: sent.case.clone(),
        sent: Some(sent.clone()),
        by,
    };
    if let Some(sent) = letter.message_id.as_ref().and_then(|id| named(std::slice::from_ref(id))) {
        return certain(sent, Proof::OwnMessageId);
    }
    if bounce::notice(letter).is_some()
        && let Some(sent) = reported(letter, ours)
    {
        return certain(sent, Proof::DeliveryReport);
    }
    if let Some(sent) = named(&letter.in_reply_to).or_else(|| named(&letter.references)) {
        return certain(sent, Proof::ReplyHeader);
    }
    if let Some(case) = tagged(letter, ours) {
        return Belongs::Certain { case: case.id.clone(), sent: None, by: Proof::PlusAddress };
    }
    let hints = hints(letter, ours);
    if hints.is_empty() { Belongs::Nothing } else { Belongs::Suggested(hints) }
}

/// Some providers change the case of a Message-ID's domain.
fn same_id(left: &str, right: &str) -> bool {
    left.trim().eq_ignore_ascii_case(right.trim())
}

/// The message of ours that a report encloses, or whose Message-ID stands in its text.
fn reported<'a>(letter: &Letter, ours: &'a Ours) -> Option<&'a Sent> {
    let mut enclosed = letter.enclosed.iter().filter_map(|mail| mail.message_id.as_ref());
    let named = enclosed.find_map(|id| ours.sent.iter().find(|sent| same_id(&sent.message_id, id)));
    named.or_else(|| {
        let body = letter.body.to_lowercase();
        ours.sent.iter().find(|sent| {
            !sent.message_id.is_empty() && body.contains(&sent.message_id.to_lowercase())
        })
    })
}

fn tagged<'a>(letter: &Letter, ours: &'a Ours) -> Option<&'a OurCase> {
    let addresses = letter.delivered_to.iter().chain(&letter.to);
    let tags: Vec<&str> = addresses
        .filter(|address| is_ours(address, ours))
        .filter_map(|address| split_tag(address))
        .map(|(_, tag)| tag)
        .collect();
    ours.cases.iter().find(|case| {
        case.tag.as_ref().is_some_and(|own| tags.iter().any(|tag| tag.eq_ignore_ascii_case(own)))
    })
}

fn hints(letter: &Letter, ours: &Ours) -> Vec<Hint> {
    let text = format!("{}\n{}", letter.subject, letter.body).to_lowercase();
    let from = letter.from.as_ref().map(|from| from.address.as_str()).unwrap_or_default();
    let domain = from.rsplit('@').next().unwrap_or_default();
    let wrote_to = |case: &OurCase, address: &str| {
        let of = ours.sent.iter().filter(|sent| sent.case == case.id);
        of.into_iter().any(|sent| sent.recipient.eq_ignore_ascii_case(address))
    };
    let bounced: Vec<String> = match bounce::notice(letter) {
        Some(Notice::Failed(failure)) => failure.recipients,
        Some(Notice::Delayed { recipients }) => recipients,
        Some(Notice::Delivered) | None => Vec::new(),
    };
    let mut hints = Vec::new();
    for case in &ours.cases {
        let number = |number: &String| {
            number.chars().count() >= 5 && stands_in(&text, &number.to_lowercase())
        };
        let at_home = |home: &String| {
            let home = home.to_ascii_lowercase();
            !home.is_empty() && (domain == home || domain.ends_with(&format!(".{home}")))
        };
        let by = if stands_in(&text, &case.id.to_lowercase()) {
            Sign::CaseNumber
        } else if case.numbers.iter().any(number) {
            Sign::TheirNumber
        } else if bounced.iter().any(|address| wrote_to(case, address)) {
            Sign::BouncedAddress
        } else if wrote_to(case, from) {
            Sign::SenderAddress
        } else if case.domains.iter().any(at_home) {
            Sign::SenderDomain
        } else {
            continue;
        };
        hints.push(Hint { case: case.id.clone(), by });
    }
    hints.sort_by_key(|hint| hint.by);
    hints
}

/// True when a number stands in a text by itself, not as a part of a longer one.
fn stands_in(text: &str, number: &str) -> bool {
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    !number.is_empty()
        && text.match_indices(number).any(|(start, found)| {
            !is_part(text[..start].chars().next_back())
                && !is_part(text[start + found.len()..].chars().next())
        })
}

/// Returns what the sender wrote, without what is quoted.
pub fn own_words(letter: &Letter) -> String {
    quote::own_words(&letter.subject, &letter.body)
}
