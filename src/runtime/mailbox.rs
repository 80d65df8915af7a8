//! The person's mailbox: new letters are taken in, and messages in doubt are looked for.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use secrecy::SecretString;
use tokio::time::Instant;

use crate::config::{IMAP_PASSWORD, Imap, SMTP_PASSWORD};
use crate::domain::lang::Text;
use crate::domain::refusal::RefusalClass;
use crate::domain::time;
use crate::mail::imap::error::ImapError;
use crate::mail::imap::{Arrived, Mailbox, Seen};
use crate::runtime::error::RuntimeError;
use crate::runtime::inbox::Received;
use crate::runtime::setup::Runtime;
use crate::secrets::{Found, SecretError};

/// How often to look into the mailbox, and how rarely at most when it cannot be reached.
const LOOK_EVERY: Duration = Duration::from_mins(2);
const LOOK_AT_LEAST: Duration = Duration::from_mins(30);

/// What a look into the mailbox came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// Letters that went to a case's evidence.
    pub filed: usize,
    /// Letters that wait for the person.
    pub held: usize,
    /// Letters too large to be read.
    pub too_large: usize,
    /// Messages in doubt that were found.
    pub found: usize,
}

impl Runtime {
    /// Opens the mailbox of the settings; none without `[imap]`.
    pub async fn open_mailbox(&self) -> Result<Option<Mailbox>, RuntimeError> {
        let Some(settings) = self.mailbox_settings() else { return Ok(None) };
        let password = self.mailbox_secret(&settings).await?;
        let by_token = settings.token_command.is_some();
        let opened = self.reach_mailbox(settings, password).await?;
        Ok(Some(opened.map_err(|error| match error {
            ImapError::Auth { .. } if by_token => {
                let (message, hint) = RefusalClass::Auth.explain_token();
                RuntimeError::asked(message, hint)
            }
            error => failed(&error),
        })?))
    }

    /// Returns the mailbox's password: its own, else that of the mail account.
    pub fn mailbox_password(&self) -> Result<Found, SecretError> {
        match self.secrets.find(IMAP_PASSWORD) {
            Err(SecretError::Absent { .. }) => self.secrets.find(SMTP_PASSWORD),
            found => found,
        }
    }

    /// Opens a mailbox, and tells what the server said apart from what is wrong here.
    pub(super) async fn reach_mailbox(
        &self,
        settings: Imap,
        password: SecretString,
    ) -> Result<Result<Mailbox, ImapError>, RuntimeError> {
        let user = self.mailbox_user(&settings)?;
        let ca = certificates(settings.ca_file.as_deref())?;
        apart(async move { Mailbox::open(&settings, &user, ca.as_deref(), &password).await }).await
    }

    fn mailbox_user(&self, settings: &Imap) -> Result<String, RuntimeError> {
        let of_sending = || self.config.smtp.as_ref().and_then(|smtp| smtp.user.clone());
        settings.user.clone().or_else(of_sending).ok_or_else(|| {
            RuntimeError::asked(
                Text::new("收信邮箱没有写用户名", "the mailbox has no user name"),
                Text::new(
                    "在 config.toml 的 [imap] 下写 user = \"邮箱地址\"",
                    "write user = \"address\" below [imap] in config.toml",
                ),
            )
        })
    }

    /// Takes in what is new, and looks for messages in doubt. What was read is remembered only
    /// after every letter is kept: after a crash letters come again, and are known.
    pub async fn look(&mut self, mut mailbox: Mailbox) -> Result<(Mailbox, Looked), RuntimeError> {
        let mut looked = Looked::default();
        let Some(settings) = self.config.imap.clone() else { return Ok((mailbox, looked)) };
        let account = format!("{}@{}", self.mailbox_user(&settings)?, settings.host);
        let ours = self.ours()?;
        loop {
            let seen = self.store.mailbox_seen(&account)?;
            let seen = seen.map(|(validity, last)| Seen { validity, last });
            let from = self.first_day()?;
            let (back, new) = apart(async move {
                let new = mailbox.new_mail(seen, from).await;
                (mailbox, new)
            })
            .await?;
            mailbox = back;
            let new = new.map_err(|error| failed(&error))?;
            for arrived in new.arrived {
                match arrived {
                    Arrived::Letter { bytes, .. } => match self.receive(&ours, &bytes, false)? {
                        Received::Filed => looked.filed += 1,
                        Received::Held => looked.held += 1,
                        Received::Known | Received::Foreign => {}
                    },
                    Arrived::TooLarge { .. } => looked.too_large += 1,
                }
            }
            self.store.set_mailbox_seen(&account, new.seen.validity, new.seen.last)?;
            if !new.more {
                break;
            }
        }
        let (mailbox, found) = self.look_for_doubts(mailbox, &settings.host).await?;
        looked.found = found;
        Ok((mailbox, looked))
    }

    /// No letter to a case came before its first day.
    fn first_day(&self) -> Result<Date, RuntimeError> {
        let zone = time::default_zone();
        let open = self.store.cases()?.into_iter().filter(|row| row.closed_at.is_none());
        let first: Option<Timestamp> = open.map(|row| row.opened_at).min();
        let day = time::day(first.unwrap_or_else(|| self.clock.now()), &zone);
        // The server's day may be another.
        Ok(day.yesterday().unwrap_or(day))
    }
}

/// The session with the mailbox, and when to look again: servers want one lasting session, and
/// whoever knocks too often is shut out for a while.
#[derive(Default)]
pub(super) struct Post {
    mailbox: Option<Mailbox>,
    next: Option<Instant>,
    failures: u32,
}

impl Post {
    pub(super) fn is_due(&self) -> bool {
        self.next.is_none_or(|next| next <= Instant::now())
    }

    fn again(&mut self) {
        let wait = LOOK_EVERY * 2_u32.saturating_pow(self.failures.min(4));
        self.next = Some(Instant::now() + wait.min(LOOK_AT_LEAST));
    }
}

impl Runtime {
    /// Takes in what lies in the inbox folder and what came into the mailbox.
    pub(super) async fn fetch_post(&mut self, post: &mut Post) -> Result<(), RuntimeError> {
        // Whatever fails below is tried again later, and not at once.
        post.failures += 1;
        post.again();
        self.take_dropped()?;
        let mailbox = match post.mailbox.take() {
            None => self.open_mailbox().await?,
            open => open,
        };
        let mut too_large = 0;
        if let Some(mailbox) = mailbox {
            let (mailbox, looked) = self.look(mailbox).await?;
            post.mailbox = Some(mailbox);
            too_large = looked.too_large;
        }
        post.failures = 0;
        post.again();
        if too_large > 0 { Err(unread(too_large)) } else { Ok(()) }
    }
}

/// Reads the further certificates a server is trusted by.
pub(super) fn certificates(path: Option<&str>) -> Result<Option<Vec<u8>>, RuntimeError> {
    let read = |path: &str| {
        std::fs::read(path).map_err(|source| RuntimeError::Home { path: path.into(), source })
    };
    path.map(read).transpose()
}

/// Talks to the server in a task of its own: what a server says must not end the daemon, not even
/// where a reader of it stops in the middle.
pub(super) async fn apart<T: Send + 'static>(
    talk: impl Future<Output = T> + Send + 'static,
) -> Result<T, RuntimeError> {
    tokio::spawn(talk).await.map_err(|_| {
        RuntimeError::asked(
            Text::new("收信服务器的话读不懂", "what the mail server said cannot be read"),
            Text::new("程序会自己再试；总是这样就请反馈", "it is tried again"),
        )
    })
}

/// Letters that nobody will look at unless the person does.
pub fn unread(too_large: usize) -> RuntimeError {
    RuntimeError::asked(
        crate::text!(
            "有 {too_large} 封来信超过 50 MB，没有读",
            "{too_large} letters are larger than 50 MB and were not read"
        ),
        Text::new(
            "自己在邮箱里看；与案件有关的，用 reply --file 记下",
            "look into the mailbox; what concerns a case goes in with reply --file",
        ),
    )
}

/// What the mailbox said, for the person.
pub fn failed(error: &ImapError) -> RuntimeError {
    let (message, hint) = error.explain();
    RuntimeError::asked(message, hint)
}
