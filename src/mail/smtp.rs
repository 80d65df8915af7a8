//! SMTP, phase by phase. SMTP cannot be exactly-once, so the moment before the body leaves is the
//! caller's: it writes down that the outcome may become unknown. Before that moment nothing was
//! taken; after it, only a reply can say.

use std::future::Future;
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Ehlo, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::timeout;

use crate::config::{Security, Smtp};
use crate::domain::refusal::RefusalClass;
use crate::mail::answers::{self, Meaning, Moment};
use crate::mail::dial::Dial;
use crate::mail::xoauth2;

/// How much of a body is handed over at a time.
const PIECE_BYTES: usize = 64 * 1024;
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
    pub meaning: Option<Meaning>,
}

impl Refusal {
    pub(super) fn without_reply(class: RefusalClass) -> Self {
        Self { class, code: None, meaning: None }
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

/// Delivers one message over one connection. `before_body` is called after the server has said it
/// is ready for the body, and is told whether it agreed to deliver the sender's own copy; it
/// returns false to call the delivery off.
pub async fn deliver<F, E>(
    account: &Account<'_>,
    delivery: &Delivery<'_>,
    before_body: impl FnOnce(bool) -> F,
) -> Result<Outcome, E>
where
    F: Future<Output = Result<bool, E>>,
{
    let settings = account.settings;
    let mut connection = match open(account).await {
        Ok(connection) => connection,
        Err(refusal) => return Ok(Outcome::Refused(refusal)),
    };
    let copied = match envelope(&mut connection, delivery, settings.step_timeout()).await {
        Ok(copied) => copied,
        Err(refusal) => {
            give_up(connection).await;
            return Ok(Outcome::Refused(refusal));
        }
    };
    if !before_body(copied).await? {
        // The connection is dropped in the middle of DATA: the server throws the message away.
        drop(connection);
        return Ok(Outcome::CalledOff);
    }
    // In pieces: each is copied once more on its way.
    let body = connection.message_iter(delivery.bytes.chunks(PIECE_BYTES));
    let reply = timeout(settings.reply_timeout(delivery.bytes.len()), body).await;
    let outcome = match reply {
        Ok(Ok(reply)) => Outcome::Accepted { said: answer_of(&reply) },
        Ok(Err(error)) if error.status().is_some() => {
            Outcome::Refused(classify(&error, Phase::Body))
        }
        Ok(Err(_)) | Err(_) => Outcome::Unknown,
    };
    if matches!(outcome, Outcome::Accepted { .. }) {
        let _ = timeout(Duration::from_secs(2), connection.quit()).await;
    }
    Ok(outcome)
}

fn answer_of(reply: &Response) -> String {
    let words: Vec<&str> = reply.message().collect();
    let answer = format!("{} {}", reply.code(), words.join(" "));
    answer.chars().filter(|c| !c.is_control()).take(LIMIT_ANSWER).collect()
}

/// Connects and logs in, and sends nothing.
pub async fn log_in(account: &Account<'_>) -> Result<(), Refusal> {
    let mut connection = open(account).await?;
    let _ = timeout(Duration::from_secs(2), connection.quit()).await;
    Ok(())
}

async fn give_up(mut connection: AsyncSmtpConnection) {
    let _ = timeout(Duration::from_secs(2), connection.abort()).await;
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

async fn open(account: &Account<'_>) -> Result<AsyncSmtpConnection, Refusal> {
    let Account { settings, ca, password, dial } = *account;
    let step = settings.step_timeout();
    let hello = ClientId::default();
    let tls = match settings.security {
        Security::None => None,
        Security::Tls | Security::Starttls => Some(tls(settings, ca)?),
    };
    let implicit = if settings.security == Security::Tls { tls.clone() } else { None };
    let connecting = dial.connect(settings, implicit, &hello);
    let mut connection = within(step, connecting, Phase::Connect).await?;
    if settings.security == Security::Starttls
        && let Some(tls) = tls
    {
        if !connection.can_starttls() {
            return Err(Refusal::without_reply(RefusalClass::Tls));
        }
        within(step, connection.starttls(tls, &hello), Phase::Encrypt).await?;
    }
    if let (Some(user), Some(password)) = (&settings.user, password) {
        if settings.token_command.is_some() {
            xoauth2::log_in(&mut connection, user, password, step).await?;
            return Ok(connection);
        }
        let credentials = Credentials::new(user.clone(), password.expose_secret().to_owned());
        let mechanisms = [Mechanism::Plain, Mechanism::Login];
        within(step, connection.auth(&mechanisms, &credentials), Phase::Auth).await?;
    }
    Ok(connection)
}

fn tls(settings: &Smtp, ca: Option<&[u8]>) -> Result<TlsParameters, Refusal> {
    let unusable = |_| Refusal::without_reply(RefusalClass::Tls);
    let mut builder = TlsParameters::builder(settings.host.clone());
    if let Some(ca) = ca {
        builder = builder.add_root_certificate(Certificate::from_pem(ca).map_err(unusable)?);
    }
    builder.build().map_err(unusable)
}

/// Says who sends what to whom, up to the server's word that it is ready for the body. Returns
/// whether it agreed to deliver the sender's own copy.
async fn envelope(
    connection: &mut AsyncSmtpConnection,
    delivery: &Delivery<'_>,
    step: Duration,
) -> Result<bool, Refusal> {
    let wrong = |_| Refusal::without_reply(RefusalClass::Mailbox);
    let sender: Address = delivery.sender.parse().map_err(wrong)?;
    let recipient: Address = delivery.recipient.parse().map_err(wrong)?;
    refuse_too_large(connection, delivery.bytes.len(), step).await?;
    let from = Mail::new(Some(sender.clone()), Vec::new());
    within(step, connection.command(from), Phase::Sender).await?;
    within(step, connection.command(Rcpt::new(recipient.clone(), Vec::new())), Phase::Recipient)
        .await?;
    let mut copied = true;
    if sender != recipient {
        // The sender's own copy; a server that refuses it does not stop the message.
        let copy = connection.command(Rcpt::new(sender, Vec::new()));
        match timeout(step, copy).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) if error.status().is_some() => copied = false,
            Ok(Err(_)) | Err(_) => {
                return Err(Refusal::without_reply(RefusalClass::Unreachable));
            }
        }
    }
    within(step, connection.command(Data), Phase::Body).await?;
    Ok(copied)
}

/// Asks once more what the server can do, because only its own words hold the limit (RFC 1870). A
/// server that does not like the question is not asked again.
async fn refuse_too_large(
    connection: &mut AsyncSmtpConnection,
    size_bytes: usize,
    step: Duration,
) -> Result<(), Refusal> {
    let reply = match timeout(step, connection.command(Ehlo::new(ClientId::default()))).await {
        Ok(Ok(reply)) => reply,
        Ok(Err(error)) if error.status().is_some() => return Ok(()),
        Ok(Err(error)) => return Err(classify(&error, Phase::Connect)),
        Err(_) => return Err(Refusal::without_reply(RefusalClass::Unreachable)),
    };
    let limit = reply.message().find_map(|line| {
        let (word, limit) = line.split_once(' ')?;
        word.eq_ignore_ascii_case("SIZE").then(|| limit.trim().parse::<usize>().ok()).flatten()
    });
    // Zero means that there is no fixed limit.
    match limit.filter(|limit| *limit > 0 && *limit < size_bytes) {
        Some(_) => Err(Refusal::without_reply(RefusalClass::Size)),
        None => Ok(()),
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

fn classify(error: &SmtpError, phase: Phase) -> Refusal {
    let words = words_of(error);
    if let Some(code) = error.status().map(u16::from) {
        let meaning = answers::meaning(Some(code), &words, phase.moment());
        return Refusal { class: meaning.class, code: Some(code), meaning: Some(meaning) };
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
