//! Puts a mail account into the settings file. What else stands in the file stays.

use std::path::PathBuf;

use crate::config::write::{Existing, WriteError, with_mail};
use crate::config::{self, Config, Imap, Smtp};
use crate::domain::document;
use crate::domain::lang::Text;
use crate::runtime::error::RuntimeError;
use crate::runtime::home::{private_folder, write_private};
use crate::runtime::setup::{Runtime, not_text};

/// The settings as they would be, checked and not written yet.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The file.
    pub path: PathBuf,
    /// True when it would not be as it is.
    pub changes: bool,
    text: String,
    config: Config,
}

impl Runtime {
    /// Returns the path of the settings file, whether or not there is one.
    pub fn settings_file(&self) -> PathBuf {
        self.home.config().join("config.toml")
    }

    /// Works out the settings with this account; nothing is written.
    pub fn draft_account(
        &self,
        smtp: &Smtp,
        imap: Option<&Imap>,
        existing: Existing,
    ) -> Result<Draft, RuntimeError> {
        let path = self.settings_file();
        // A link stays a link, and what it points to is changed.
        let path = std::fs::canonicalize(&path).unwrap_or(path);
        let name = path.display().to_string();
        let before = match std::fs::read(&path) {
            Ok(bytes) => Some(document::decode(&bytes).map_err(|at| not_text(&name, at))?.0),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(source) => return Err(RuntimeError::Home { path, source }),
        };
        let before_text = before.clone().unwrap_or_default();
        let text = with_mail(&before_text, &self.config, smtp, imap, existing)
            .map_err(|error| refused(&error))?;
        let config = config::read(&name, &text).map_err(|(source, problems)| {
            RuntimeError::Problems { source_text: Box::new(source), problems }
        })?;
        Ok(Draft { path, changes: before.as_ref() != Some(&text), text, config })
    }

    /// Writes the settings and goes by them from now on.
    pub fn write_account(&mut self, draft: Draft) -> Result<(), RuntimeError> {
        if draft.changes {
            private_folder(self.home.config())?;
            write_private(&draft.path, draft.text.as_bytes())
                .map_err(|source| RuntimeError::Home { path: draft.path, source })?;
        }
        self.config = draft.config;
        Ok(())
    }
}

fn refused(error: &WriteError) -> RuntimeError {
    match error {
        WriteError::Other { table, host } => RuntimeError::asked(
            crate::text!(
                "config.toml 里已经有另一个 [{table}]：{host}",
                "there is another [{table}] in config.toml already: {host}"
            ),
            Text::new(
                "什么也没改；要换成现在这个，再加 --replace（其余设置和注释都保留）",
                "nothing was changed; add --replace to put this one in its place",
            ),
        ),
        WriteError::Shape { table } => RuntimeError::asked(
            crate::text!(
                "config.toml 里的 {table} 写得不对",
                "`{table}` in config.toml is no table"
            ),
            Text::new("删掉那一行再试", "remove that line and try again"),
        ),
        WriteError::Text(_) => RuntimeError::asked(
            Text::new("config.toml 有语法错误，没有改动", "config.toml cannot be changed as it is"),
            Text::new("先改正它：appeal-daemon doctor", "mend it first: appeal-daemon doctor"),
        ),
    }
}
