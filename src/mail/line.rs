//! A connection to the mail server that is logged in. A small batch of messages goes over one, one
//! after the other: it is used again only when the server took the message before, so nothing is
//! ever in doubt on it.

use std::fmt;
use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Ehlo, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use secrecy::ExposeSecret as _;
use tokio::time::{Instant, timeout};

use crate::config::{Security, Smtp};
use crate::domain::refusal::RefusalClass;
use crate::mail::smtp::{Account, Delivery, Phase, Refusal, classify, within};
use crate::mail::xoauth2;

/// The most messages over one connection: providers count them.
const LIMIT_MESSAGES: u32 = 10;

/// How long a connection may lie unused: a server that waits longer may have hung up.
const LIMIT_IDLE: Duration = Duration::from_secs(20);

/// How much of a body is handed over at a time.
const PIECE_BYTES: usize = 64 * 1024;

/// How long taking leave may last: nothing depends on it.
const LEAVE: Duration = Duration::from_secs(2);

/// A connection that is logged in.
pub struct Line {
    connection: Box<AsyncSmtpConnection>,
    settings: Smtp,
    /// The most the server takes, in bytes, where it says so.
    limit: Option<usize>,
    messages: u32,
    used_at: Instant,
}

/// Why a message could not go over a connection.
pub(super) struct Refused {
    pub(super) refusal: Refusal,
    /// Another connection may do better: this one broke, or the server wants no further message
    /// over it.
    pub(super) is_of_the_line: bool,
}

impl Line {
    /// Connects and logs in.
    pub(super) async fn open(account: &Account<'_>) -> Result<Self, Refusal> {
        let step = account.settings.step_timeout();
        let mut connection = Box::new(Box::pin(connect(account)).await?);
        let limit = limit(&mut connection, step).await?;
        let settings = account.settings.clone();
        Ok(Self { connection, settings, limit, messages: 0, used_at: Instant::now() })
    }

    /// Returns true when it was opened for that account.
    pub fn is_of(&self, settings: &Smtp) -> bool {
        self.settings == *settings
    }

    /// Returns true when another message of that account may go over it.
    pub(super) fn may_carry(&self, settings: &Smtp) -> bool {
        self.is_of(settings)
            && self.messages < LIMIT_MESSAGES
            && self.used_at.elapsed() < LIMIT_IDLE
    }

    /// Says who sends what to whom, up to the server's word that it is ready for the body. Returns
    /// whether it agreed to deliver the sender's own copy.
    pub(super) async fn envelope(&mut self, delivery: &Delivery<'_>) -> Result<bool, Refused> {
        let step = self.settings.step_timeout();
        let wrong = |_| Refused::of_the_message(RefusalClass::Mailbox);
        let sender: Address = delivery.sender.parse().map_err(wrong)?;
        let recipient: Address = delivery.recipient.parse().map_err(wrong)?;
        if let Some(limit) = self.limit.filter(|limit| *limit < delivery.bytes.len()) {
            let mut refused = Refused::of_the_message(RefusalClass::Size);
            refused.refusal.limit = Some(limit as u64);
            return Err(refused);
        }
        self.messages += 1;
        let from = Mail::new(Some(sender.clone()), Vec::new());
        let named = within(step, self.connection.command(from), Phase::Sender).await;
        named.map_err(|refusal| {
            let is_of_the_line = refusal.class.passes_by_itself();
            Refused { refusal, is_of_the_line }
        })?;
        let to = Rcpt::new(recipient.clone(), Vec::new());
        within(step, self.connection.command(to), Phase::Recipient).await?;
        let copied = sender == recipient || self.copy(sender, step).await?;
        let reply = within(step, self.connection.command(Data), Phase::Body).await?;
        // Whatever else it says, the server did not ask for the body.
        if !reply.has_code(354) {
            return Err(Refusal::without_reply(RefusalClass::Unreachable).into());
        }
        Ok(copied)
    }

    /// Asks for the sender's own copy; a server that refuses it does not stop the message.
    async fn copy(&mut self, sender: Address, step: Duration) -> Result<bool, Refusal> {
        match timeout(step, self.connection.command(Rcpt::new(sender, Vec::new()))).await {
            Ok(Ok(_)) => Ok(true),
            Ok(Err(error)) if error.status().is_some() => Ok(false),
            Ok(Err(_)) | Err(_) => Err(Refusal::without_reply(RefusalClass::Unreachable)),
        }
    }

    /// Hands the body over and returns what the server says of it.
    pub(super) async fn body(&mut self, bytes: &[u8]) -> Result<Response, SmtpError> {
        let reply = match std::str::from_utf8(bytes) {
            // In one go: an end that leaves by itself waits for the word that the rest arrived.
            Ok(text) if bytes.len() <= PIECE_BYTES => self.connection.command(Body(text)).await,
            // In pieces: each is copied once more on its way.
            _ => self.connection.message_iter(bytes.chunks(PIECE_BYTES)).await,
        };
        self.used_at = Instant::now();
        reply
    }

    pub(super) async fn quit(mut self) {
        let _ = timeout(LEAVE, self.connection.quit()).await;
    }

    pub(super) async fn give_up(mut self) {
        let _ = timeout(LEAVE, self.connection.abort()).await;
    }
}

/// A body as it goes over the wire: no line of it is taken for its end.
struct Body<'a>(&'a str);

impl fmt::Display for Body<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, line) in self.0.split("\r\n").enumerate() {
            let end = if index > 0 { "\r\n" } else { "" };
            let dot = if line.starts_with('.') { "." } else { "" };
            write!(formatter, "{end}{dot}{line}")?;
        }
        formatter.write_str("\r\n.\r\n")
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Line").field("messages", &self.messages).finish_non_exhaustive()
    }
}

impl Refused {
    fn of_the_message(class: RefusalClass) -> Self {
        Self { refusal: Refusal::without_reply(class), is_of_the_line: false }
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        let is_of_the_line =
            refusal.class == RefusalClass::Unreachable || refusal.code == Some(421);
        Self { refusal, is_of_the_line }
    }
}

async fn connect(account: &Account<'_>) -> Result<AsyncSmtpConnection, Refusal> {
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

/// Asks once more what the server can do, because only its own words hold the limit (RFC 1870). A
/// server that does not like the question is not asked again.
async fn limit(
    connection: &mut AsyncSmtpConnection,
    step: Duration,
) -> Result<Option<usize>, Refusal> {
    let reply = match timeout(step, connection.command(Ehlo::new(ClientId::default()))).await {
        Ok(Ok(reply)) => reply,
        Ok(Err(error)) if error.status().is_some() => return Ok(None),
        Ok(Err(error)) => return Err(classify(&error, Phase::Connect)),
        Err(_) => return Err(Refusal::without_reply(RefusalClass::Unreachable)),
    };
    let limit = reply.message().find_map(|line| {
        let (word, limit) = line.split_once(' ')?;
        word.eq_ignore_ascii_case("SIZE").then(|| limit.trim().parse::<usize>().ok()).flatten()
    });
    // Zero means that there is no fixed limit.
    Ok(limit.filter(|limit| *limit > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_of_a_body_ends_it() {
        for (body, wire) in [
            ("", "\r\n.\r\n"),
            ("a", "a\r\n.\r\n"),
            (".\r\n", "..\r\n\r\n.\r\n"),
            ("a\r\n.\r\n..b\r\nc.", "a\r\n..\r\n...b\r\nc.\r\n.\r\n"),
        ] {
            assert_eq!(Body(body).to_string(), wire);
        }
    }
}
