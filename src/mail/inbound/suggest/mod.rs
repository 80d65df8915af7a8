//! What a letter seems to say: numbers, who handles it, what was decided, what is asked for, sums
//! and dates. Each comes with the sentence it rests on. All of it is only what somebody wrote.

mod dates;
mod handler;
mod numbers;
pub mod outcomes;
mod papers;
mod sentences;
mod sums;

use jiff::civil::Date;

use crate::domain::money::Money;
use crate::domain::span::Span;
use crate::mail::inbound::judge::{self, Ours};
use crate::mail::inbound::letter::Letter;
use crate::mail::inbound::suggest::outcomes::Outcome;
use crate::mail::inbound::suggest::sentences::Sentence;

/// The most suggestions of one letter.
pub const LIMIT_SUGGESTIONS: usize = 40;

/// Something a letter seems to say, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// What it seems to say.
    pub says: Finding,
    /// The sentence this rests on, as the sender wrote it.
    pub sentence: String,
}

/// What a letter can seem to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// They gave the matter a number.
    Number {
        /// What it counts.
        of: NumberOf,
        /// The number.
        number: String,
    },
    /// Somebody handles it.
    Handler {
        /// Their name, or what stands for it, such as 工号 1234.
        name: String,
        /// How to call them.
        phone: Option<String>,
    },
    /// Something was decided or done.
    Outcome(Outcome),
    /// A paper is asked for.
    Paper(String),
    /// A sum is named.
    Sum {
        /// How much.
        amount: Money,
        /// What it is.
        purpose: Purpose,
    },
    /// Something is to be done by then.
    Due {
        /// By when.
        by: Due,
        /// By whom.
        whose: Whose,
    },
}

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberOf {
    /// A ticket or complaint.
    Ticket,
    /// An insurance claim.
    Claim,
    /// A paper of the police or another authority.
    Document,
}

/// What a sum is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Paid, refunded or promised to the person, by the sentence's words.
    Payment,
    /// Named for some other reason.
    Other,
}

/// By when something is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// At the latest on this day.
    On(Date),
    /// Within a length of time, counted from what the sentence says.
    Within(Span),
}

/// Who has to do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The person.
    Ours,
    /// The sender.
    Theirs,
}

/// Reads what a letter seems to say; what it quotes is left out.
pub fn read(letter: &Letter, ours: &Ours) -> Vec<Suggestion> {
    let mut text = judge::own_words(letter);
    // The subject of an answer is our own; any other is the sender's.
    if !is_reply(&letter.subject) {
        text = format!("{}\n\n{text}", letter.subject);
    }
    let sentences = sentences::split(&text);
    let today = letter.date.map(|date| date.to_zoned(ours.zone.clone()).date());
    let subject = Sentence::of(&letter.subject);
    let mut found = numbers::read(&subject, &sentences, ours);
    found.extend(handler::read(&sentences));
    found.extend(outcomes::read(&sentences));
    found.extend(papers::read(&sentences));
    found.extend(sums::read(&sentences));
    found.extend(dates::read(&sentences, today));
    let mut kept: Vec<Suggestion> = Vec::new();
    for suggestion in found {
        if kept.len() < LIMIT_SUGGESTIONS && !kept.iter().any(|kept| kept.says == suggestion.says) {
            kept.push(suggestion);
        }
    }
    kept
}

/// True when an outcome among them decides something, rather than confirming receipt.
pub fn decides(suggestions: &[Suggestion]) -> bool {
    suggestions.iter().any(
        |suggestion| matches!(&suggestion.says, Finding::Outcome(outcome) if outcome.decides()),
    )
}

fn is_reply(subject: &str) -> bool {
    let subject = subject.trim().to_lowercase();
    ["re:", "re：", "回复:", "回复：", "答复:", "答复：", "回覆:", "回覆：", "aw:", "sv:"]
        .iter()
        .any(|start| subject.starts_with(start))
}

impl Suggestion {
    fn new(says: Finding, sentence: &Sentence) -> Self {
        Self { says, sentence: sentence.shown() }
    }
}
