//! Mail that came back: from the report a server attaches, or, where it attaches none, from what
//! it wrote. Only a mail whose sender is a mail system can be one; a person may write of bounces.

use crate::domain::lang::Text;
use crate::domain::refusal::RefusalClass;
use crate::mail::answers::{self, Meaning, Moment};
use crate::mail::inbound::letter::Letter;
use crate::mail::inbound::marks::Mark;
use crate::mail::inbound::quote;
use crate::mail::inbound::report::{Action, Fate};

/// What a mail system says of a mail of ours.
pub(super) enum Notice {
    /// It did not arrive.
    Failed(Failure),
    /// It is still being tried.
    Delayed {
        /// For whom; empty when it does not say.
        recipients: Vec<String>,
    },
    /// It arrived.
    Delivered,
}

/// A mail that did not arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What has to follow.
    pub class: RefusalClass,
    /// True when the same bytes to the same address would come back again.
    pub permanent: bool,
    /// The addresses it did not reach, in lower case; empty when the notice names none.
    pub recipients: Vec<String>,
    /// The code of RFC 3463, such as `5.1.1`; empty when there is none.
    pub status: String,
    /// What the server said, for the record.
    pub said: String,
    /// What happened, for the person.
    pub what: Text,
    /// What to do, for the person.
    pub next: Text,
}

/// Names before the `@` that only mail systems use.
const SYSTEMS: [&str; 10] = [
    "mailer-daemon",
    "postmaster",
    "mail-daemon",
    "maildaemon",
    "mdaemon",
    "microsoftexchange",
    "mailer_daemon",
    "bounce",
    "bounces",
    "double-bounce",
];

/// What mail systems call themselves.
const NAMES: [&str; 6] =
    ["mail delivery s", "mail delivery subsystem", "系统退信", "邮件系统", "mail system", "退信"];

/// Words by which they say that it did not arrive.
const FAILED: [&str; 41] = [
    "未传递",
    "无法传递",
    "未能传递",
    "传递失败",
    "不能送达",
    "did not receive",
    "was rejected",
    "undeliver",
    "delivery status notification (failure)",
    "mail delivery failed",
    "failure notice",
    "returned mail",
    "returned to sender",
    "delivery failure",
    "delivery has failed",
    "delivery failed",
    "delivery to the following",
    "could not be delivered",
    "couldn't be delivered",
    "can't be delivered",
    "wasn't delivered",
    "was not delivered",
    "not be delivered",
    "unable to deliver",
    "permanent error",
    "permanent fatal errors",
    "permanent failure",
    "non remis",
    "systems bounce",
    "message blocked",
    "address not found",
    "退信",
    "无法送达",
    "未送达",
    "未能送达",
    "投递失败",
    "发送失败",
    "无法投递",
    "被退回",
    "退回通知",
    "未能投递",
];

/// Words by which they say that they still try.
const DELAYED: [&str; 15] = [
    "delivery status notification (delay)",
    "delayed",
    "still being retried",
    "will be retried",
    "will retry",
    "will continue to try",
    "keep trying",
    "will keep trying",
    "not yet been delivered",
    "warning: could not send",
    "delivery incomplete",
    "投递延迟",
    "延迟投递",
    "继续尝试",
    "将继续重试",
];

/// Returns what a mail system says of a mail of ours; none when no mail system speaks.
pub(super) fn notice(letter: &Letter) -> Option<Notice> {
    match letter.report.as_ref().filter(|report| !report.recipients.is_empty()) {
        Some(report) => Some(reported(letter, &report.recipients)),
        None => written(letter),
    }
}

fn reported(letter: &Letter, fates: &[Fate]) -> Notice {
    let addresses = |action: Action| -> Vec<String> {
        let of = fates.iter().filter(|fate| fate.action == action);
        of.flat_map(|fate| fate.addresses.clone()).collect()
    };
    if let Some(fate) = fates.iter().find(|fate| fate.action == Action::Failed) {
        let words =
            if fate.diagnostic.is_empty() { letter.body.clone() } else { fate.diagnostic.clone() };
        return Notice::Failed(failure(addresses(Action::Failed), &fate.status, words));
    }
    if fates.iter().any(|fate| fate.action == Action::Delayed) {
        return Notice::Delayed { recipients: addresses(Action::Delayed) };
    }
    Notice::Delivered
}

fn written(letter: &Letter) -> Option<Notice> {
    if !is_from_a_system(letter) {
        return None;
    }
    let text = above_the_copy(&letter.body);
    let said = format!("{}\n{text}", letter.subject).to_lowercase();
    let says = |words: &[&str]| words.iter().any(|words| said.contains(words));
    let recipients = addresses_in(&text);
    // A warning repeats what would happen if it fails for good, so it is asked for first.
    let gave_up = ["gave up", "giving up", "given up", "permanent", "放弃"]
        .iter()
        .any(|words| said.contains(words));
    if says(&DELAYED) && !gave_up {
        return Some(Notice::Delayed { recipients });
    }
    says(&FAILED).then(|| Notice::Failed(failure(recipients, "", text)))
}

fn failure(recipients: Vec<String>, status: &str, said: String) -> Failure {
    let (code, found) = codes(&said);
    let status = if status.len() > 4 { status.to_owned() } else { found.unwrap_or_default() };
    let Meaning { class, lasting, what, next } =
        answers::meaning(code, &format!("{status} {said}"), Moment::Later);
    let said: String = said.split_whitespace().collect::<Vec<_>>().join(" ");
    // Nothing is tried again by itself once it came back: the report is the end of its trying.
    Failure {
        permanent: lasting,
        class,
        recipients,
        status,
        said: said.chars().take(1_000).collect(),
        what,
        next,
    }
}

/// The reply code and the code of RFC 3463 that stand in a text.
fn codes(text: &str) -> (Option<u16>, Option<String>) {
    let words: Vec<&str> = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.')).collect();
    let is_code = |word: &&&str| {
        word.len() == 3
            && word.starts_with(['4', '5'])
            && word.bytes().all(|byte| byte.is_ascii_digit())
    };
    let is_status = |word: &&&str| {
        let fields: Vec<&str> = word.split('.').collect();
        fields.len() == 3
            && ["4", "5"].contains(&fields[0])
            && fields[1..].iter().all(|field| {
                (1..=3).contains(&field.len()) && field.bytes().all(|byte| byte.is_ascii_digit())
            })
    };
    let code = words.iter().find(is_code).and_then(|word| word.parse().ok());
    (code, words.iter().find(is_status).map(|word| (*word).to_owned()))
}

/// True when the sender is a mail system, as far as a sender can be known at all.
pub(super) fn is_from_a_system(letter: &Letter) -> bool {
    let Some(from) = &letter.from else { return letter.marks.contains(&Mark::NoReturnPath) };
    let local = from.address.split('@').next().unwrap_or_default();
    let name = from.name.to_lowercase();
    SYSTEMS.iter().any(|system| local.starts_with(system))
        || NAMES.iter().any(|words| name.starts_with(words))
}

/// What a system wrote above its copy of the mail: our own words must not explain its failure.
fn above_the_copy(body: &str) -> String {
    let starts = [
        "------ this is a copy of",
        "--- below this line is a copy",
        "----- original message",
        "--- 原邮件",
        "------ the body of the message",
        "--- the header of the original",
        "original message headers",
        "----- message header follows",
        "--- original message header",
    ];
    let is_copy = |line: &str| {
        let line = line.trim().to_lowercase();
        starts.iter().any(|start| line.starts_with(start)) || line.starts_with("received: from")
    };
    let above: Vec<&str> = body.lines().take_while(|line| !is_copy(line)).collect();
    let above = above.join("\n");
    let own = quote::own_words("", &above);
    if own.trim().is_empty() { above } else { own }
}

fn addresses_in(text: &str) -> Vec<String> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "@.+-_=".contains(c);
    let mut found: Vec<String> = text
        .split(|c: char| !is_part(c))
        .map(|word| word.trim_matches(['.', '-', '=']).to_ascii_lowercase())
        .filter(|word| {
            word.split_once('@').is_some_and(|(local, domain)| {
                !local.is_empty() && domain.contains('.') && !domain.contains('@')
            })
        })
        .collect();
    found.sort();
    found.dedup();
    found
}
