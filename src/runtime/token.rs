//! Asks a command of the person's for an access token. The command is run as it is written, without
//! a shell; what it prints is a secret and is never logged, shown or kept.

use std::process::Stdio;
use std::time::Duration;

use secrecy::SecretString;
use tokio::io::AsyncReadExt as _;
use tokio::process::Command;
use tokio::time::timeout;

use crate::config::{IMAP_PASSWORD, Imap, SMTP_PASSWORD, Smtp};
use crate::domain::lang::Text;
use crate::domain::refusal::RefusalClass;
use crate::runtime::error::RuntimeError;
use crate::runtime::setup::Runtime;
use crate::secrets::SecretError;

/// How long a command may take: it may have to renew a token over the network.
const LIMIT_TIME: Duration = Duration::from_mins(1);

/// The longest token that is taken, in bytes.
const LIMIT_BYTES: u64 = 64 * 1024;

impl Runtime {
    /// Returns what opens the mail account: its password, or the token its command gives; none
    /// where its server wants neither.
    pub(super) async fn sending_secret(
        &self,
        settings: &Smtp,
    ) -> Result<Option<SecretString>, RuntimeError> {
        match (&settings.user, &settings.token_command) {
            (None, _) => Ok(None),
            (Some(_), Some(command)) => Ok(Some(token(command).await?)),
            (Some(_), None) => Ok(Some(self.secrets.find(SMTP_PASSWORD)?.secret)),
        }
    }

    /// Returns what a refusal of a message means for the account of the settings.
    pub fn explain(&self, class: RefusalClass) -> (Text, Text) {
        let by_token = self.config.smtp.as_ref().is_some_and(|smtp| smtp.token_command.is_some());
        if by_token { class.explain_token() } else { class.explain() }
    }

    /// Returns what opens the mailbox: what its own settings say, else what those of the mail
    /// account say.
    pub(super) async fn mailbox_secret(
        &self,
        settings: &Imap,
    ) -> Result<SecretString, RuntimeError> {
        match &settings.token_command {
            Some(command) => token(command).await,
            None => Ok(self.mailbox_password()?.secret),
        }
    }

    /// Returns the settings of the mailbox with what they take over from the mail account.
    pub fn mailbox_settings(&self) -> Option<Imap> {
        let mut imap = self.config.imap.clone()?;
        let own_password =
            !matches!(self.secrets.find(IMAP_PASSWORD), Err(SecretError::Absent { .. }));
        if let Some(smtp) = &self.config.smtp
            && imap.user.as_ref().is_none_or(|user| Some(user) == smtp.user.as_ref())
            && imap.token_command.is_none()
            && !own_password
        {
            imap.token_command.clone_from(&smtp.token_command);
        }
        Some(imap)
    }
}

/// Runs the command and returns the one line it prints.
async fn token(command: &[String]) -> Result<SecretString, RuntimeError> {
    let Some((program, arguments)) = command.split_first() else {
        return Err(failed(program_of(command), &Text::new("没有写命令", "it is empty")));
    };
    let started = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn();
    let mut child = started.map_err(|error| {
        let why = error.kind().to_string();
        failed(program, &crate::text!("启动不了（{why}）", "it cannot be started ({why})"))
    })?;
    let mut printed = String::new();
    let running = async {
        if let Some(out) = child.stdout.take() {
            out.take(LIMIT_BYTES).read_to_string(&mut printed).await?;
        }
        child.wait().await
    };
    let seconds = LIMIT_TIME.as_secs();
    match timeout(LIMIT_TIME, running).await {
        Ok(Ok(status)) if status.success() => {}
        Ok(Ok(status)) => {
            let code = status.code().map_or_else(|| "–".to_owned(), |code| code.to_string());
            let why = crate::text!("退出码 {code}", "it ended with code {code}");
            return Err(failed(program, &why));
        }
        Ok(Err(_)) => {
            let why = Text::new("输出读不出来", "what it printed cannot be read");
            return Err(failed(program, &why));
        }
        Err(_) => {
            let why = crate::text!("{seconds} 秒没有结束", "it took more than {seconds} seconds");
            return Err(failed(program, &why));
        }
    }
    let token = printed.trim();
    if token.is_empty() || !token.chars().all(|c| c.is_ascii_graphic()) {
        let why = Text::new("输出不是一个令牌", "what it printed is no token");
        return Err(failed(program, &why));
    }
    Ok(SecretString::from(token.to_owned()))
}

fn program_of(command: &[String]) -> &str {
    command.first().map_or("", String::as_str)
}

/// What it printed is not part of what is said: it may hold the token.
fn failed(program: &str, why: &Text) -> RuntimeError {
    let (zh, en) = (&why.zh, &why.en);
    RuntimeError::asked(
        crate::text!(
            "取邮箱令牌的命令 {program} 没有成功：{zh}",
            "the token command {program} gave no token: {en}"
        ),
        Text::new(
            "自己在终端里运行一次 config.toml 里的 token_command，它应当只输出一行令牌",
            "run the token_command of config.toml in a terminal: it must print the token and nothing else",
        ),
    )
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    fn run(command: &[&str]) -> Result<String, String> {
        let command: Vec<String> = command.iter().map(|word| (*word).to_owned()).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        match runtime.block_on(token(&command)) {
            Ok(secret) => Ok(secret.expose_secret().to_owned()),
            Err(RuntimeError::Asked { message, .. }) => Err(message.en.to_string()),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_one_line_it_prints_is_the_token() {
        assert_eq!(run(&["echo", "ya29.token"]).unwrap(), "ya29.token");
        // There is no shell: what stands there is handed over as it is.
        assert_eq!(run(&["echo", "$HOME;ls"]).unwrap(), "$HOME;ls");
    }

    #[test]
    fn whatever_else_happens_is_said_without_what_it_printed() {
        for (command, why) in [
            (&["false"][..], "code 1"),
            (&["true"], "no token"),
            (&["echo", "two words"], "no token"),
            (&["/nowhere/at-all"], "cannot be started"),
            (&[], "is empty"),
            (&["sh", "-c", "echo sesame; exit 3"], "code 3"),
        ] {
            let said = run(command).unwrap_err();
            assert!(said.contains(why) && !said.contains("sesame"), "{said}");
        }
    }
}
