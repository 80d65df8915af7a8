//! The login with an access token (XOAUTH2). A token that is refused is answered with a challenge
//! first; only after an empty line does the server say that the login failed, and why.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lettre::transport::smtp::authentication::Mechanism;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use secrecy::{ExposeSecret as _, SecretString};

use crate::domain::refusal::RefusalClass;
use crate::mail::answers::Meaning;
use crate::mail::smtp::{Phase, Refusal, within};

/// A line of the login, written as it is.
struct Line(String);

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\r\n", self.0)
    }
}

/// Logs in. A server that does not know this kind of login is told apart from one that refuses.
pub(super) async fn log_in(
    connection: &mut AsyncSmtpConnection,
    user: &str,
    token: &SecretString,
    step: Duration,
) -> Result<(), Refusal> {
    if !connection.server_info().supports_auth_mechanism(Mechanism::Xoauth2) {
        return Err(of_the_token(Refusal::without_reply(RefusalClass::Auth)));
    }
    let said = STANDARD.encode(sentence(user, token.expose_secret()));
    let line = Line(format!("AUTH XOAUTH2 {said}"));
    let reply = within(step, connection.command(line), Phase::Auth).await.map_err(of_the_token)?;
    if reply.has_code(235) {
        return Ok(());
    }
    let end = connection.command(Line(String::new()));
    within(step, end, Phase::Auth).await.map_err(of_the_token)?;
    Err(of_the_token(Refusal::without_reply(RefusalClass::Auth)))
}

/// What servers say of a login speaks of passwords, and there is none.
fn of_the_token(refusal: Refusal) -> Refusal {
    if refusal.class != RefusalClass::Auth {
        return refusal;
    }
    let (what, next) = refusal.class.explain_token();
    let meaning = Box::new(Meaning { class: refusal.class, lasting: true, what, next });
    Refusal { meaning: Some(meaning), ..refusal }
}

/// What is said at the login, before it is encoded.
pub(super) fn sentence(user: &str, token: &str) -> String {
    format!("user={user}\x01auth=Bearer {token}\x01\x01")
}
