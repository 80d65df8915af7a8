//! SMTP, phase by phase. SMTP cannot be exactly-once, so the moment before the body leaves is the
//! caller's: it writes down that the outcome may become unknown. Before that moment nothing was
//! taken; after it, only a reply can say.

use std::future::Future;
use std::time::Duration;

use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::response::{Response, Severity};
use secrecy::SecretString;
use tokio::time::timeout;

use crate::config::Smtp;
use crate::domain::refusal::RefusalClass;
use crate::mail::answers::{self, Meaning, Moment};
use crate::mail::dial::Dial;
use crate::mail::line::Line;

/// The most that is kept of a server's answer, in characters.
const LIMIT_ANSWER: usize = 300;

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The server took it.
    Accepted {
        /// Its answer: the code and its words, at most 300 characters.
        said: String,
    },
    /// The server certainly did not take it.
    Refused(Refusal),
    /// The caller called it off before the body.
    CalledOff,
    /// Nobody knows: the body left and no reply came.
    Unknown,
}

/// Why a message was certainly not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What kind.
    pub class: RefusalClass,
    /// The server's code, when it gave one.
    pub code: Option<u16>,
    /// What its answer means, when it gave one.
    pub meaning: Option<Box<Meaning>>,
    /// Its answer: the code and its words, at most 300 characters.
    pub said: Option<String>,
    /// How large a message may be, in bytes, where this one was too large for what the server says.
    pub limit: Option<u64>,
}

impl Refusal {
    pub(super) fn without_reply(class: RefusalClass) -> Self {
        Self { class, code: None, meaning: None, said: None, limit: None }
    }
}

/// The account a message leaves by.
#[derive(Clone, Copy, Debug)]
pub struct Account<'a> {
    /// Its settings.
    pub settings: &'a Smtp,
    /// Further root certificates, as PEM.
    pub ca: Option<&'a [u8]>,
    /// Its password, where the server wants one.
    pub password: Option<&'a SecretString>,
    /// Where connections come from.
    pub dial: &'a Dial,
}

/// A message and where it goes.
#[derive(Clone, Debug)]
pub struct Delivery<'a> {
    /// The envelope's sender, who also gets a copy: proof that the server took it.
    pub sender: &'a str,
    /// The envelope's recipient.
    pub recipient: &'a str,
    /// The final bytes.
    pub bytes: &'a [u8],
}

/// Delivers one message. `line` is a connection an earlier message went over, or nothing; what is in
/// it afterwards may carry the next. `before_body` is called after the server has said it is ready
/// for the body, and is told whether it agreed to deliver the sender's own copy; it returns false to
/// call the delivery off.
pub async fn deliver<F, E>(
    account: &Account<'_>,
    line: &mut Option<Line>,
    delivery: &Delivery<'_>,
    before_body: impl FnOnce(bool) -> F,
) -> Result<Outcome, E>
where
    F: Future<Output = Result<bool, E>>,
{
    let (mut ready, copied) = match ready(account, line.take(), delivery).await {
        Ok(ready) => ready,
        Err(refusal) => return Ok(Outcome::Refused(refusal)),
    };
    if !before_body(copied).await? {
        // The connection is dropped in the middle of DATA: the server throws the message away.
        drop(ready);
        return Ok(Outcome::CalledOff);
    }
    let limit = account.settings.reply_timeout(delivery.bytes.len());
    let outcome = match timeout(limit, ready.body(delivery.bytes)).await {
        // Only these say that it was taken; anything else that came says nothing.
        Ok(Ok(reply)) if reply.code().severity == Severity::PositiveCompletion => {
            *line = Some(ready);
            Outcome::Accepted { said: answer_of(&reply) }
        }
        Ok(Err(error)) if error.status().is_some() => {
            Outcome::Refused(classify(&error, Phase::Body))
        }
        Ok(_) | Err(_) => Outcome::Unknown,
    };
    Ok(outcome)
}

/// Delivers one message over a connection of its own.
pub async fn deliver_alone<F, E>(
    account: &Account<'_>,
    delivery: &Delivery<'_>,
    before_body: impl FnOnce(bool) -> F,
) -> Result<Outcome, E>
where
    F: Future<Output = Result<bool, E>>,
{
    let mut line = None;
    let outcome = deliver(account, &mut line, delivery, before_body).await;
    hang_up(line).await;
    outcome
}

/// Brings a connection to the word that the server is ready for the body. What an earlier message
/// left behind on a connection is not this message's: where the old one fails, a new one is tried
/// before anything is said of the message.
async fn ready(
    account: &Account<'_>,
    held: Option<Line>,
    delivery: &Delivery<'_>,
) -> Result<(Line, bool), Refusal> {
    match held {
        Some(mut line) if line.may_carry(account.settings) => match line.envelope(delivery).await {
            Ok(copied) => return Ok((line, copied)),
            Err(refused) => {
                line.give_up().await;
                if !refused.is_of_the_line {
                    return Err(refused.refusal);
                }
            }
        },
        held => hang_up(held).await,
    }
    let mut line = Line::open(account).await?;
    match line.envelope(delivery).await {
        Ok(copied) => Ok((line, copied)),
        Err(refused) => {
            line.give_up().await;
            Err(refused.refusal)
        }
    }
}

fn answer_of(reply: &Response) -> String {
    let words: Vec<&str> = reply.message().collect();
    bounded(&format!("{} {}", reply.code(), words.join(" ")))
}

fn bounded(answer: &str) -> String {
    let words: Vec<&str> = answer.split_whitespace().collect();
    words.join(" ").chars().filter(|c| !c.is_control()).take(LIMIT_ANSWER).collect()
}

/// Connects and logs in, and sends nothing.
pub async fn log_in(account: &Account<'_>) -> Result<(), Refusal> {
    hang_up(Some(Line::open(account).await?)).await;
    Ok(())
}

/// Takes leave of the server.
pub async fn hang_up(line: Option<Line>) {
    if let Some(line) = line {
        line.quit().await;
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Connect,
    Encrypt,
    Auth,
    Sender,
    Recipient,
    Body,
}

impl Phase {
    fn moment(self) -> Moment {
        match self {
            Self::Connect => Moment::Greeting,
            Self::Encrypt => Moment::Encryption,
            Self::Auth => Moment::Login,
            Self::Sender => Moment::Sender,
            Self::Recipient => Moment::Recipient,
            Self::Body => Moment::Body,
        }
    }
}

pub(super) async fn within<T>(
    step: Duration,
    act: impl Future<Output = Result<T, SmtpError>>,
    phase: Phase,
) -> Result<T, Refusal> {
    match timeout(step, act).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(classify(&error, phase)),
        Err(_) => Err(Refusal::without_reply(RefusalClass::Unreachable)),
    }
}

pub(super) fn classify(error: &SmtpError, phase: Phase) -> Refusal {
    let words = words_of(error);
    if let Some(code) = error.status().map(u16::from) {
        let meaning = Box::new(answers::meaning(Some(code), &words, phase.moment()));
        let said = Some(bounded(&format!("{code} {}", spoken(error))));
        return Refusal {
            class: meaning.class,
            code: Some(code),
            meaning: Some(meaning),
            said,
            limit: None,
        };
    }
    let says = |needles: &[&str]| needles.iter().any(|needle| words.contains(needle));
    let tls = error.is_tls() || says(&["certificate", "unknownissuer", "invalid peer", "tls"]);
    let class = if phase == Phase::Auth && error.is_client() {
        RefusalClass::Auth
    } else if tls {
        RefusalClass::Tls
    } else {
        RefusalClass::Unreachable
    };
    Refusal::without_reply(class)
}

/// The server's own words, when the error is its answer.
fn spoken(error: &SmtpError) -> String {
    std::error::Error::source(error).map(ToString::to_string).unwrap_or_default()
}

fn words_of(error: &SmtpError) -> String {
    let mut words = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        words.push(' ');
        words.push_str(&cause.to_string());
        source = cause.source();
    }
    words.to_lowercase()
}
