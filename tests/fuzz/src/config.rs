//! As much of the settings as a mailbox is opened with.

use std::time::Duration;

/// How a connection is kept from others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Security {
    /// Encrypted from the first byte.
    #[default]
    Tls,
    /// Encrypted after a word.
    Starttls,
    /// Open.
    None,
}

/// A mailbox.
#[derive(Clone, Debug)]
pub struct Imap {
    /// Server.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Security.
    pub security: Security,
    /// A command that prints an access token; never one here.
    pub token_command: Option<Vec<String>>,
}

impl Imap {
    /// Returns how long to wait at each step.
    pub fn step_timeout(&self) -> Duration {
        Duration::from_secs(1)
    }
}
