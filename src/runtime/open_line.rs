//! The connection to the mail server while cases are advanced: what is due together goes over it, and
//! it is closed when nothing is left to do.

use secrecy::SecretString;

use crate::config::Smtp;
use crate::mail::line::Line;
use crate::mail::smtp;
use crate::runtime::error::RuntimeError;
use crate::runtime::setup::Runtime;

/// A connection the next message may go over, with what opened it.
#[derive(Debug)]
pub(super) struct OpenLine {
    line: Line,
    password: Option<SecretString>,
}

impl Runtime {
    /// Returns the open connection of that account, if there is one, and what opens another. Whoever
    /// is dropped with it in hand closes it.
    pub(super) async fn take_line(
        &mut self,
        settings: &Smtp,
    ) -> Result<(Option<Line>, Option<SecretString>), RuntimeError> {
        match self.open_line.take() {
            Some(open) if open.line.is_of(settings) => Ok((Some(open.line), open.password)),
            _ => Ok((None, self.sending_secret(settings).await?)),
        }
    }

    /// Keeps a connection for the next message.
    pub(super) fn keep_line(&mut self, line: Option<Line>, password: Option<SecretString>) {
        self.open_line = line.map(|line| OpenLine { line, password });
    }

    /// Takes leave of the mail server, when somebody still speaks with it.
    pub(super) async fn hang_up(&mut self) {
        smtp::hang_up(self.open_line.take().map(|open| open.line)).await;
    }
}
