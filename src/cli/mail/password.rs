//! The password of the account: explained, read without an echo, kept where secrets are kept and
//! never in a file of plain text.

use secrecy::{ExposeSecret as _, SecretString};

use crate::cli::context::Context;
use crate::cli::mail::account::{Account, can_ask, stopped};
use crate::cli::mail::args::MailSetup;
use crate::cli::setup;
use crate::config::SMTP_PASSWORD;
use crate::domain::lang::Text;
use crate::runtime::error::RuntimeError;
use crate::runtime::setup::Runtime;
use crate::secrets::{Place, SecretError};

/// What was decided about the password.
#[derive(Debug)]
pub enum Password {
    /// The server wants none.
    None,
    /// It is there already.
    There(Place),
    /// It was entered just now, and is not kept yet.
    Entered(SecretString),
}

/// Finds the password or asks for it; nothing is kept yet.
pub fn find(
    arguments: &MailSetup,
    runtime: &Runtime,
    account: &Account,
    context: &Context,
) -> Result<Password, RuntimeError> {
    if account.smtp.user.is_none() || account.smtp.token_command.is_some() {
        return Ok(Password::None);
    }
    let there = match runtime.secrets.find(SMTP_PASSWORD) {
        Ok(found) => Some(found.place),
        Err(SecretError::Absent { .. }) => None,
        // Whatever is to be entered replaces what cannot be read; without it, that is the answer.
        Err(_) if arguments.password_stdin => None,
        Err(error) => return Err(error.into()),
    };
    let is_given = |place: &Place| matches!(place, Place::Credential | Place::Environment);
    if let Some(place) = there.filter(is_given) {
        return if arguments.password_stdin {
            Err(hidden(place))
        } else {
            Ok(Password::There(place))
        };
    }
    if arguments.password_stdin {
        return entered(question_of(context));
    }
    let is_same = runtime.config.smtp.as_ref() == Some(&account.smtp);
    match there {
        Some(place) if !can_ask(context) || keeps(place, is_same, context)? => {
            Ok(Password::There(place))
        }
        None if !can_ask(context) => Err(RuntimeError::asked(
            Text::new("没有邮箱的授权码或密码", "the account's password is missing"),
            Text::new(
                "加 --password-stdin 从标准输入传入，或先 secret set smtp.password",
                "add --password-stdin and pipe it in, or run secret set smtp.password first",
            ),
        )),
        _ => {
            context.print_aside(context.say(&account.provider.password));
            entered(question_of(context))
        }
    }
}

/// Keeps what was entered; returns where the password is.
pub fn keep(password: Password, runtime: &Runtime) -> Result<Option<Place>, RuntimeError> {
    match password {
        Password::None => Ok(None),
        Password::There(place) => Ok(Some(place)),
        Password::Entered(secret) => Ok(Some(runtime.secrets.keep(SMTP_PASSWORD, &secret)?)),
    }
}

/// After a login was refused: asks whether to enter another one, and keeps it. False where nobody
/// can be asked, or where the password is not ours to change.
pub fn enters_again(
    place: Option<Place>,
    runtime: &Runtime,
    context: &Context,
) -> Result<bool, RuntimeError> {
    let is_ours = matches!(place, Some(Place::KeyStore | Place::AgeFile));
    if !is_ours || !can_ask(context) {
        return Ok(false);
    }
    let question = context.word("现在重新输入授权码吗？", "Enter the code again now?");
    if !inquire::Confirm::new(question).with_default(true).prompt().unwrap_or(false) {
        return Ok(false);
    }
    keep(entered(question_of(context))?, runtime)?;
    Ok(true)
}

fn question_of(context: &Context) -> &'static str {
    context.word(
        "授权码或密码（输入时不显示，不写进设置文件）：",
        "Code or password (not shown, never in the settings file):",
    )
}

/// Codes are copied from web pages, often with a space at an end.
fn entered(question: &str) -> Result<Password, RuntimeError> {
    let secret = setup::read_secret(question)?;
    let trimmed = secret.expose_secret().trim();
    if trimmed.is_empty() {
        return Err(stopped());
    }
    Ok(Password::Entered(SecretString::from(trimmed.to_owned())))
}

fn keeps(place: Place, is_same: bool, context: &Context) -> Result<bool, RuntimeError> {
    let name = place.name();
    let (zh, en) = (&name.zh, &name.en);
    let question = crate::text!(
        "{zh}里已有一个邮箱密码，还用它吗？",
        "There is a mail password in {en}. Use it?"
    );
    inquire::Confirm::new(context.say(&question))
        .with_default(is_same)
        .prompt()
        .map_err(|_| stopped())
}

/// A password that would never be asked for is not taken.
fn hidden(place: Place) -> RuntimeError {
    let name = place.name();
    let (zh, en) = (&name.zh, &name.en);
    RuntimeError::asked(
        crate::text!(
            "{zh}里已经有邮箱密码，程序先用那一个",
            "there is a mail password in {en}, which comes first"
        ),
        Text::new(
            "不加 --password-stdin 就用它；要换，先去掉 APPEAL_SMTP_PASSWORD 或凭据",
            "leave --password-stdin out to use it; to change it remove APPEAL_SMTP_PASSWORD or the credential first",
        ),
    )
}
