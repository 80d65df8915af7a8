//! Letters as they come in life, each with what must be read from it.

use std::collections::BTreeMap;

use appeal_daemon::mail::inbound::judge::{
    Belongs, Judgement, Kind, OurCase, Ours, Proof, Sent, Sign, judge,
};
use appeal_daemon::mail::inbound::letter::{Damage, Letter};
use appeal_daemon::mail::inbound::suggest::{Due, Finding, NumberOf, Purpose, Suggestion, Whose};
use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::support::repository;

/// What must be read from a letter.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Label {
    kind: String,
    belongs: String,
    #[serde(default)]
    says: Vec<String>,
    #[serde(default)]
    attachments: Vec<String>,
    #[serde(default)]
    damage: Vec<String>,
}

fn ours() -> Ours {
    let sent = |message_id: &str, case: &str, step: &str, recipient: &str| Sent {
        message_id: format!("{message_id}@mailbox.example"),
        case: case.into(),
        step: step.into(),
        visit: 1,
        recipient: recipient.into(),
    };
    let case = |id: &str, tag: &str, numbers: &[&str], domains: &[&str]| OurCase {
        id: id.into(),
        tag: Some(tag.into()),
        numbers: numbers.iter().map(|number| (*number).to_owned()).collect(),
        domains: domains.iter().map(|domain| (*domain).to_owned()).collect(),
    };
    Ours {
        sent: vec![
            sent(
                "5f1d7a0c93be4e2288d06c1a7be94f30",
                "W-2026-0001",
                "claim",
                "claims@insurer.example",
            ),
            sent(
                "c2a94be6710d4f5b9e3381f7d20a6c55",
                "W-2026-0001",
                "dispute",
                "dispute@bank.example",
            ),
            sent("08e67b1d4c2f4a939b75e0d3f1a86c24", "A-2026-0107", "appeal", "appeal@pay.example"),
            sent(
                "e93d50c7a8164b02bf6172d94a0e8b1f",
                "B-2026-0014",
                "complain",
                "service@gonebank.example",
            ),
        ],
        cases: vec![
            case(
                "W-2026-0001",
                "w31c88",
                &["RA20260920118834"],
                &["insurer.example", "bank.example"],
            ),
            case("A-2026-0107", "k7q2m9", &[], &["pay.example"]),
            case("B-2026-0014", "p02xx7", &[], &[]),
        ],
        addresses: vec!["linxiaoyu@mailbox.example".into(), "lin.xy@second.example".into()],
        zone: TimeZone::get("Asia/Shanghai").unwrap(),
    }
}

fn kind(kind: &Kind) -> String {
    match kind {
        Kind::Answer => "answer".into(),
        Kind::Automatic => "automatic".into(),
        Kind::Bounce(bounce) => {
            let lasting = if bounce.permanent { "permanent" } else { "passing" };
            format!("bounce {lasting} {:?} {}", bounce.class, bounce.recipients.join(" "))
                .to_lowercase()
        }
        Kind::Delayed => "delayed".into(),
        Kind::Delivered => "delivered".into(),
        Kind::OwnCopy => "own copy".into(),
        Kind::FromOurselves => "from ourselves".into(),
        Kind::Unknown => "unknown".into(),
    }
}

fn belongs(belongs: &Belongs) -> String {
    match belongs {
        Belongs::Certain { case, sent, by } => {
            let by = match by {
                Proof::ReplyHeader => "reply header",
                Proof::DeliveryReport => "report",
                Proof::PlusAddress => "plus-address",
                Proof::OwnMessageId => "own id",
            };
            let step = sent.as_ref().map_or(String::new(), |sent| format!(" {}", sent.step));
            format!("{case}{step} by {by}")
        }
        Belongs::Suggested(hints) => {
            let hints: Vec<String> = hints
                .iter()
                .map(|hint| {
                    let by = match hint.by {
                        Sign::CaseNumber => "case number",
                        Sign::TheirNumber => "their number",
                        Sign::BouncedAddress => "bounced address",
                        Sign::SenderAddress => "sender address",
                        Sign::SenderDomain => "sender domain",
                    };
                    format!("{} by {by}", hint.case)
                })
                .collect();
            format!("perhaps {}", hints.join(", "))
        }
        Belongs::Nothing => "nothing".into(),
    }
}

fn says(suggestion: &Suggestion) -> String {
    match &suggestion.says {
        Finding::Number { of, number } => {
            let of = match of {
                NumberOf::Ticket => "ticket",
                NumberOf::Claim => "claim",
                NumberOf::Document => "document",
            };
            format!("{of} {number}")
        }
        Finding::Handler { name, phone: None } => format!("handler {name}"),
        Finding::Handler { name, phone: Some(phone) } => format!("handler {name}, {phone}"),
        Finding::Outcome(outcome) => format!("outcome {}", outcome.name()),
        Finding::Paper(name) => format!("paper {name}"),
        Finding::Sum { amount, purpose } => {
            let purpose = if *purpose == Purpose::Payment { "payment" } else { "sum" };
            format!("{purpose} {}", amount.grouped())
        }
        Finding::Due { by, whose } => {
            let whose = if *whose == Whose::Ours { "ours" } else { "theirs" };
            match by {
                Due::On(day) => format!("due {day} {whose}"),
                Due::Within(span) => format!("due {span} {whose}"),
            }
        }
    }
}

fn label(letter: &Letter, judgement: &Judgement) -> Label {
    let damage = |damage: &Damage| format!("{damage:?}").to_lowercase();
    Label {
        kind: kind(&judgement.kind).trim_end().to_owned(),
        belongs: belongs(&judgement.belongs),
        says: judgement.suggestions.iter().map(says).collect(),
        attachments: letter.attachments.iter().map(|file| file.name.clone()).collect(),
        damage: letter.damage.iter().map(damage).collect(),
    }
}

fn labels() -> BTreeMap<String, Label> {
    let text = std::fs::read_to_string(repository("tests/mail/corpus/labels.toml")).unwrap();
    toml::from_str(&text).unwrap()
}

#[test]
fn every_letter_is_read_as_labelled() {
    let (ours, labels) = (ours(), labels());
    let mut wrong = Vec::new();
    for (name, expected) in &labels {
        let bytes = std::fs::read(repository(&format!("tests/mail/corpus/{name}.eml"))).unwrap();
        let letter = Letter::read(&bytes).unwrap();
        let judgement = judge(&letter, &ours);
        for suggestion in &judgement.suggestions {
            assert!(!suggestion.sentence.is_empty(), "{name}: {suggestion:?}");
        }
        let found = label(&letter, &judgement);
        if found != *expected {
            wrong.push(format!("{name}\n   found {found:?}\nexpected {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}\n{}", wrong.len(), labels.len(), wrong.join("\n"));
}

#[test]
fn the_corpus_is_large_and_no_letter_has_no_label() {
    let folder = repository("tests/mail/corpus");
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut letters: Vec<String> = names
        .filter(|path| path.extension().is_some_and(|extension| extension == "eml"))
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    letters.sort();
    assert!(letters.len() >= 60, "{}", letters.len());
    assert_eq!(letters, labels().into_keys().collect::<Vec<_>>());
}
