//! Tries the mail account before anything depends on it: a mail to oneself, read back out of the
//! mailbox. It sends nothing to anybody else and writes nothing into the ledger.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::config::{IMAP_PASSWORD, Smtp};
use crate::domain::lang::Text;
use crate::domain::refusal::RefusalClass;
use crate::mail::imap::Mailbox;
use crate::mail::imap::error::ImapError;
use crate::mail::message::{self, Parts};
use crate::mail::smtp::{self, Account, Delivery, Outcome, Refusal};
use crate::runtime::error::RuntimeError;
use crate::runtime::mailbox::{apart, certificates};
use crate::runtime::setup::Runtime;
use crate::runtime::signing::sign;

/// How long to wait between two looks for the mail.
const LOOK_AGAIN: Duration = Duration::from_secs(3);

/// Why something did not work, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What happened.
    pub what: Text,
    /// What to do.
    pub next: Text,
    /// What kind of trouble.
    pub kind: TroubleKind,
}

/// What kind of trouble there is with a mail server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TroubleKind {
    /// The server does not accept the login.
    Login,
    /// It cannot be reached, or not now.
    Away,
    /// Anything else a person must look at.
    Other,
}

/// What became of the mail to oneself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The server took it.
    Accepted {
        /// Its Message-ID, without angle brackets.
        message_id: String,
    },
    /// The body left and no reply came: it may arrive.
    Unknown {
        /// Its Message-ID, without angle brackets.
        message_id: String,
    },
    /// It certainly did not leave.
    Failed(Trouble),
}

impl Sent {
    /// Returns the Message-ID of a mail that may arrive.
    pub fn message_id(&self) -> Option<&str> {
        match self {
            Self::Accepted { message_id } | Self::Unknown { message_id } => Some(message_id),
            Self::Failed(_) => None,
        }
    }
}

impl Runtime {
    /// Sends one mail from the account to itself.
    pub async fn send_to_oneself(&self, settings: &Smtp) -> Result<Sent, RuntimeError> {
        if self.store.halted_at()?.is_some() {
            return Ok(Sent::Failed(halted()));
        }
        let password = self.sending_secret(settings).await?;
        let ca = certificates(settings.ca_file.as_deref())?;
        let parts = self.letter_to_oneself(&settings.from);
        let message_id = parts.message_id.clone();
        let date = parts.date;
        let mut bytes = message::compose(parts).map_err(|_| {
            RuntimeError::asked(
                Text::new("发件地址不能用", "the sender's address cannot be used"),
                Text::new("写完整的邮箱地址", "write the whole address"),
            )
        })?;
        sign(settings, &mut bytes, date)?;
        let address = settings.from.as_str();
        let delivery = Delivery { sender: address, recipient: address, bytes: &bytes };
        let before_body = |_| {
            let halted = self.store.halted_at().map(|halted| halted.is_none());
            std::future::ready(halted.map_err(RuntimeError::from))
        };
        let (ca, password) = (ca.as_deref(), password.as_ref());
        let account = Account { settings, ca, password, dial: &self.dial };
        let outcome = smtp::deliver_alone(&account, &delivery, before_body).await?;
        Ok(match outcome {
            Outcome::Accepted { .. } => Sent::Accepted { message_id },
            Outcome::Unknown => Sent::Unknown { message_id },
            Outcome::CalledOff => Sent::Failed(halted()),
            Outcome::Refused(refusal) => Sent::Failed(of_refusal(&refusal)),
        })
    }

    fn letter_to_oneself(&self, address: &str) -> Parts {
        let now = self.clock.now();
        Parts {
            message_id: message::message_id("mail setup", &now.to_string(), 0, 0, address),
            date: now,
            from_name: None,
            from: address.to_owned(),
            to_name: None,
            to: address.to_owned(),
            reply_to: None,
            earlier: Vec::new(),
            subject: "appeal-daemon 测试邮件 / test mail".to_owned(),
            body: "这是 appeal-daemon 发给你自己的测试邮件，没有发给别人，不用回复，可以删除。\n\
                   A test mail to yourself. Nobody else got it; it needs no answer.\n"
                .to_owned(),
            attachments: Vec::new(),
            unsent: false,
        }
    }

    /// Connects to the mail server and logs in, and sends nothing.
    pub async fn log_in_to_send(&self, settings: &Smtp) -> Result<Option<Trouble>, RuntimeError> {
        let password = self.sending_secret(settings).await?;
        let ca = certificates(settings.ca_file.as_deref())?;
        let (ca, password) = (ca.as_deref(), password.as_ref());
        let account = Account { settings, ca, password, dial: &self.dial };
        let tried = smtp::log_in(&account).await;
        Ok(tried.err().map(|refusal| of_refusal(&refusal)))
    }

    /// Opens the mailbox of the settings; none without `[imap]`.
    pub async fn try_mailbox(&self) -> Result<Option<Result<Mailbox, Trouble>>, RuntimeError> {
        let Some(settings) = self.mailbox_settings() else { return Ok(None) };
        let password = self.mailbox_secret(&settings).await?;
        let by_token = settings.token_command.is_some();
        let opened = self.reach_mailbox(settings, password).await?;
        Ok(Some(opened.map_err(|error| {
            let trouble = of_mailbox(&error);
            if by_token && trouble.kind == TroubleKind::Login {
                let (what, next) = RefusalClass::Auth.explain_token();
                return Trouble { what, next, ..trouble };
            }
            let shares = !by_token && self.secrets.find(IMAP_PASSWORD).is_err();
            if trouble.kind == TroubleKind::Login && shares {
                return Trouble { next: switched_off(), ..trouble };
            }
            trouble
        })))
    }

    /// Looks for a message until it is there, at least once and at most for `limit`. Returns the
    /// folder it lies in; none when it is in none of them.
    pub async fn read_back(
        &self,
        mut mailbox: Mailbox,
        message_id: &str,
        limit: Duration,
    ) -> Result<Result<Option<String>, Trouble>, RuntimeError> {
        let message_id = message_id.to_owned();
        let found = apart(async move {
            let until = Instant::now() + limit;
            loop {
                match mailbox.find(&message_id).await {
                    Ok(None) if Instant::now() + LOOK_AGAIN <= until => sleep(LOOK_AGAIN).await,
                    Ok(place) => {
                        mailbox.close().await;
                        return Ok(place.map(|place| place.folder));
                    }
                    Err(error) => return Err(error),
                }
            }
        })
        .await?;
        Ok(found.map_err(|error| of_mailbox(&error)))
    }
}

fn halted() -> Trouble {
    Trouble {
        what: Text::new(
            "已停止一切发送，没有发测试邮件",
            "all sending is stopped; nothing was sent",
        ),
        next: Text::new(
            "先恢复：appeal-daemon resume，再运行一次 mail setup",
            "allow it again: appeal-daemon resume, then run mail setup again",
        ),
        kind: TroubleKind::Other,
    }
}

fn of_refusal(refusal: &Refusal) -> Trouble {
    let (what, next) = match &refusal.meaning {
        Some(meaning) => (meaning.what.clone(), meaning.next.clone()),
        None => refusal.class.explain(),
    };
    let kind = match refusal.class {
        RefusalClass::Auth => TroubleKind::Login,
        class if class.passes_by_itself() => TroubleKind::Away,
        _ => TroubleKind::Other,
    };
    let promises_to_try = next == RefusalClass::Rate.explain().1;
    let is_away = refusal.class == RefusalClass::Unreachable || promises_to_try;
    Trouble { what, next: if is_away { again() } else { next }, kind }
}

fn of_mailbox(error: &ImapError) -> Trouble {
    let (what, next) = error.explain();
    let kind = match error {
        ImapError::Auth { .. } => TroubleKind::Login,
        ImapError::Unreachable { .. } | ImapError::Lost { .. } => TroubleKind::Away,
        _ => TroubleKind::Other,
    };
    Trouble { what, next: if kind == TroubleKind::Away { again() } else { next }, kind }
}

/// The mailbox is opened with the password of sending.
fn switched_off() -> Text {
    Text::new(
        "先在邮箱网页版开启 IMAP 服务；收信和发信用同一个密码，QQ、163 邮箱是授权码，不是登录密码",
        "switch IMAP on in the provider's web settings; it is opened with the code that sends",
    )
}

/// The daemon tries again by itself; a trial does not.
fn again() -> Text {
    Text::new(
        "检查网络、服务器名和端口，过一会儿再试一次",
        "check the network, the server's name and its port, then try again in a while",
    )
}
