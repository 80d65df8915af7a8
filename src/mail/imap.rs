//! The person's mailbox over IMAP, read and never changed: no letter is marked, moved or deleted.
//! One session lasts; some providers lock out whoever logs in for every look.

pub mod error;
mod line;
mod said;
pub mod search;

use std::fmt::Debug;
use std::time::Duration;

use jiff::civil::Date;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::io::{AsyncRead, AsyncWrite};

use crate::config::Imap;
use crate::mail::imap::error::ImapError;
use crate::mail::imap::line::{Line, Login, Reach};
use crate::mail::imap::said::Said;
use crate::mail::inbound::letter::LIMIT_SIZE_BYTES;

/// How long one IDLE lasts before it is renewed: some providers end it after ten minutes.
const IDLE_RENEWAL: Duration = Duration::from_mins(9);

/// How long to wait between two looks where the server knows no IDLE.
const LOOK_AGAIN: Duration = Duration::from_mins(2);

/// The most letters that are fetched in one go.
const LIMIT_LETTERS: usize = 50;

/// Up to where a mailbox was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The mailbox's UIDVALIDITY: when it changes, its numbers mean other letters.
    pub validity: u32,
    /// The highest UID that was handed over.
    pub last: u32,
}

/// A letter of the mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arrived {
    /// It was fetched.
    Letter {
        /// Its number in the mailbox.
        uid: u32,
        /// Its bytes.
        bytes: Vec<u8>,
    },
    /// It is larger than is read; only its number and size are known.
    TooLarge {
        /// Its number in the mailbox.
        uid: u32,
        /// Its size in bytes, as the server says.
        size_bytes: u32,
    },
}

/// What was found in the mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMail {
    /// The letters, oldest first.
    pub arrived: Vec<Arrived>,
    /// Up to where the mailbox is read now; to be stored together with the letters.
    pub seen: Seen,
    /// True when there was no place to go on from, so letters may come a second time: compare
    /// them with what is known, by their digest.
    pub from_scratch: bool,
    /// True when more letters wait: ask again at once.
    pub more: bool,
}

/// A session with a mailbox server. After `ImapError::Lost` and `ImapError::TooMuch` it is of no
/// use any more; open another one.
#[derive(Debug)]
pub struct Mailbox {
    line: Line,
    can_idle: bool,
    folders: Vec<String>,
    /// The other folders a letter can be filed or thrown away in.
    others: Vec<String>,
    /// The server's search missed a message that was there.
    misses: bool,
}

impl Mailbox {
    /// Connects, logs in, says who we are where the server wants to know, and looks for folders.
    /// `ca` holds further root certificates as PEM. `secret` is the password, or the access token
    /// where the settings name a command for it.
    pub async fn open(
        settings: &Imap,
        user: &str,
        ca: Option<&[u8]>,
        secret: &SecretString,
    ) -> Result<Self, ImapError> {
        let reach = Reach {
            host: &settings.host,
            port: settings.port,
            security: settings.security,
            ca,
            step: settings.step_timeout(),
        };
        let secret = secret.expose_secret();
        let login = match settings.token_command {
            Some(_) => Login::Token(secret),
            None => Login::Password(secret),
        };
        Self::greet(Line::open(&reach, user, login).await?).await
    }

    /// The same over a stream that is open already; each command may take as long as `step`.
    pub async fn over(
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + Debug + 'static,
        step: Duration,
        user: &str,
        password: &SecretString,
    ) -> Result<Self, ImapError> {
        let login = Login::Password(password.expose_secret());
        Self::greet(Line::over(Box::new(stream), step, user, login).await?).await
    }

    async fn greet(mut line: Line) -> Result<Self, ImapError> {
        let capabilities = capabilities(&line.ask("CAPABILITY", "CAPABILITY").await?);
        let can = |name: &str| capabilities.iter().any(|found| found.eq_ignore_ascii_case(name));
        if can("ID") {
            // 163, 126 and yeah.net let nobody SELECT who did not say this. A server that does not
            // like the words is read all the same.
            let said = line.ask("ID", &identity()).await;
            if let Err(error) = said
                && !matches!(error, ImapError::Refused { .. })
            {
                return Err(error);
            }
        }
        let can_idle = can("IDLE");
        let (folders, others) = (Vec::new(), Vec::new());
        let mut mailbox = Self { line, can_idle, folders, others, misses: false };
        mailbox.find_folders().await?;
        Ok(mailbox)
    }

    /// Fetches what came since `seen`. Without it, or when the mailbox was numbered anew, whatever
    /// came on `from_day` or later.
    pub async fn new_mail(
        &mut self,
        seen: Option<Seen>,
        from_day: Date,
    ) -> Result<NewMail, ImapError> {
        let Selected { validity, next, .. } = self.select("INBOX").await?;
        let seen = seen.filter(|seen| seen.validity == validity);
        let (mut uids, floor) = if let Some(Seen { last, .. }) = seen {
            let from = format!("UID {}:*", last.saturating_add(1));
            // `*` is the newest letter, also when it is older than that.
            let newer = self.search(&from).await?.into_iter().filter(|uid| *uid > last);
            (newer.collect::<Vec<u32>>(), last)
        } else {
            // What is older than that day is passed over for good.
            let floor = match next {
                Some(next) => next.saturating_sub(1),
                None => self.search("ALL").await?.into_iter().max().unwrap_or(0),
            };
            let day = from_day.strftime("%-d-%b-%Y");
            (self.search(&format!("SINCE {day}")).await?, floor)
        };
        uids.sort_unstable();
        uids.dedup();
        let more = uids.len() > LIMIT_LETTERS;
        uids.truncate(LIMIT_LETTERS);
        let newest = uids.last().copied().unwrap_or(0);
        let last = if more { newest } else { newest.max(floor) };
        let mut arrived = Vec::new();
        for uid in uids {
            arrived.extend(self.fetch(uid).await?);
        }
        Ok(NewMail { arrived, seen: Seen { validity, last }, from_scratch: seen.is_none(), more })
    }

    /// Waits until something may have come, at most for `limit`. Returns true when the server said
    /// so; where it cannot, after a while, because then one has to look.
    pub async fn wait(&mut self, limit: Duration) -> Result<bool, ImapError> {
        self.select("INBOX").await?;
        if self.can_idle {
            match self.line.idle(limit.min(IDLE_RENEWAL)).await {
                // It said it could, and cannot.
                Err(ImapError::Refused { .. }) => self.can_idle = false,
                other => return other,
            }
        }
        tokio::time::sleep(limit.min(LOOK_AGAIN)).await;
        let came = self.line.ask("NOOP", "NOOP").await?;
        Ok(came.iter().any(|said| matches!(said, Said::Exists(_))) || limit >= LOOK_AGAIN)
    }

    /// Says goodbye. What the server answers does not matter.
    pub async fn close(mut self) {
        let _ = self.line.ask("LOGOUT", "LOGOUT").await;
    }

    /// Returns the names of the folders that are searched.
    pub fn folders(&self) -> &[String] {
        &self.folders
    }

    async fn select(&mut self, folder: &str) -> Result<Selected, ImapError> {
        let name =
            quoted(folder).ok_or_else(|| ImapError::NotAskable { what: folder.to_owned() })?;
        let came = self.line.ask("SELECT", &format!("SELECT {name}")).await?;
        let mut selected = Selected { validity: 0, next: None, exists: 0 };
        for said in came {
            match said {
                Said::Validity(validity) => selected.validity = validity,
                Said::Next(next) => selected.next = Some(next),
                Said::Exists(exists) => selected.exists = exists,
                _ => {}
            }
        }
        Ok(selected)
    }

    async fn search(&mut self, what: &str) -> Result<Vec<u32>, ImapError> {
        Ok(searched(&self.line.ask("SEARCH", &format!("UID SEARCH {what}")).await?))
    }

    /// Fetches one letter; none when it is gone meanwhile.
    async fn fetch(&mut self, uid: u32) -> Result<Option<Arrived>, ImapError> {
        let ask = format!("UID FETCH {uid} (UID RFC822.SIZE)");
        let sizes = self.line.ask("FETCH", &ask).await?;
        let Some(size_bytes) = sizes.iter().find_map(|said| size_of(said, uid)) else {
            return Ok(None);
        };
        let size = usize::try_from(size_bytes).unwrap_or(usize::MAX);
        if size > LIMIT_SIZE_BYTES {
            return Ok(Some(Arrived::TooLarge { uid, size_bytes }));
        }
        // Servers count line ends differently, so a little more than they said is let through.
        let limit = size.saturating_add(size / 10).saturating_add(64 * 1024);
        let time = self.line.time_for(size);
        let ask = format!("UID FETCH {uid} (UID BODY.PEEK[])");
        let came = self.line.ask_for("FETCH", &ask, limit, time).await?;
        let bytes = came.into_iter().find_map(|said| body_of(said, uid));
        Ok(bytes.map(|bytes| Arrived::Letter { uid, bytes }))
    }

    /// The inbox, the sent mail and all mail, by what the server says they are for or by name; and
    /// whatever else there is.
    async fn find_folders(&mut self) -> Result<(), ImapError> {
        let came = self.line.ask("LIST", "LIST \"\" \"*\"").await?;
        self.folders = vec!["INBOX".to_owned()];
        for said in came {
            let Said::Folder { name, is_sent } = said else { continue };
            if name.eq_ignore_ascii_case("INBOX") {
                continue;
            }
            let named = SENT.iter().any(|known| name.eq_ignore_ascii_case(known));
            let list = if is_sent || named { &mut self.folders } else { &mut self.others };
            if !list.contains(&name) {
                list.push(name);
            }
        }
        Ok(())
    }
}

/// What folders of sent mail are called where the server does not say what they are for. The last
/// two are 已发送 and 已发送邮件 in the encoding of folder names.
const SENT: [&str; 6] =
    ["Sent", "Sent Messages", "Sent Items", "Sent Mail", "&XfJT0ZAB-", "&XfJT0ZABkK5O9g-"];

struct Selected {
    validity: u32,
    next: Option<u32>,
    exists: u32,
}

/// What we say of ourselves. NetEase takes no space behind the bracket.
fn identity() -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!(
        "ID (\"name\" \"appeal-daemon\" \"version\" \"{version}\" \"vendor\" \"appeal-daemon\")"
    )
}

/// A folder's name as a command takes it; none when it cannot stand there.
fn quoted(name: &str) -> Option<String> {
    let fits = !name.contains(|c: char| c.is_control() || !c.is_ascii());
    fits.then(|| format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\"")))
}

fn capabilities(came: &[Said]) -> Vec<String> {
    let can = came.iter().filter_map(|said| match said {
        Said::Can(names) => Some(names.clone()),
        _ => None,
    });
    can.flatten().collect()
}

fn searched(came: &[Said]) -> Vec<u32> {
    let found = came.iter().filter_map(|said| match said {
        Said::Found(uids) => Some(uids.clone()),
        _ => None,
    });
    found.flatten().collect()
}

fn size_of(said: &Said, wanted: u32) -> Option<u32> {
    match said {
        Said::Letter { uid, size_bytes, .. } if *uid == wanted => *size_bytes,
        _ => None,
    }
}

fn body_of(said: Said, wanted: u32) -> Option<Vec<u8>> {
    match said {
        Said::Letter { uid, bytes, .. } if uid == wanted => bytes,
        _ => None,
    }
}
