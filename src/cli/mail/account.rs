//! Which account and which servers: from the command line, else from what stands in the settings,
//! else by the address, else by asking.

use std::io::IsTerminal as _;

use crate::cli::context::Context;
use crate::cli::mail::args::MailSetup;
use crate::cli::show;
use crate::config::{Config, Imap, Security, Smtp};
use crate::domain::formats;
use crate::domain::lang::Text;
use crate::mail::presets::{self, Access, Provider, Server};
use crate::runtime::error::RuntimeError;

/// An account as it goes into the settings.
#[derive(Clone, Debug)]
pub struct Account {
    /// Whose it is.
    pub provider: Provider,
    /// Where mail is sent.
    pub smtp: Smtp,
    /// Where mail is read; none when nobody said where.
    pub imap: Option<Imap>,
}

/// Returns true when a person can be asked.
pub fn can_ask(context: &Context) -> bool {
    !context.json && std::io::stdin().is_terminal()
}

/// Finds out which account is meant; nothing is written.
pub fn choose(
    arguments: &MailSetup,
    config: &Config,
    context: &Context,
) -> Result<Account, RuntimeError> {
    let address = address(arguments, config, context)?;
    let named = arguments.smtp_host.is_some()
        || arguments.provider.is_some()
        || arguments.token_command.is_some();
    if let Some(smtp) = config.smtp.as_ref().filter(|smtp| !named && smtp.from == address) {
        let provider = presets::of_address(&address).unwrap_or_else(custom);
        return Ok(Account { provider, smtp: smtp.clone(), imap: config.imap.clone() });
    }
    let provider = provider(arguments, &address, context)?;
    let command = token_command(arguments);
    match provider.access {
        Access::Token { .. } if command.is_none() => {
            let (zh, en) = (&provider.name.zh, &provider.name.en);
            Err(RuntimeError::asked(
                crate::text!(
                    "{zh} 不能用密码登录，设置了也发不出去",
                    "{en} takes no password, so nothing could be sent"
                ),
                provider.password.clone(),
            ))
        }
        Access::Password { smtp, imap } | Access::Token { smtp, imap } => {
            let mut smtp = sending(smtp.host, smtp.port, smtp.security, &address);
            smtp.token_command = command;
            Ok(Account { smtp, imap: Some(reading(imap)), provider })
        }
        Access::Ask => {
            let mut account = of_arguments(arguments, provider, &address, context)?;
            account.smtp.token_command = command;
            Ok(account)
        }
    }
}

/// The command as words; one with a blank within a word is written into the settings by hand.
fn token_command(arguments: &MailSetup) -> Option<Vec<String>> {
    let command = arguments.token_command.as_ref()?;
    Some(command.split_whitespace().map(str::to_owned).collect())
}

fn address(
    arguments: &MailSetup,
    config: &Config,
    context: &Context,
) -> Result<String, RuntimeError> {
    let known = config.smtp.as_ref().map(|smtp| smtp.from.clone());
    let written = match (&arguments.address, known) {
        (Some(address), _) => address.clone(),
        (None, Some(known)) if !can_ask(context) => known,
        (None, known) => text(
            context,
            context.word("你的邮箱地址？", "Your mail address?"),
            known.as_deref().unwrap_or_default(),
        )?,
    };
    let address = written.trim().to_owned();
    if formats::is_email(&address) {
        return Ok(address);
    }
    Err(RuntimeError::asked(
        crate::text!("\"{address}\" 不是电子邮箱", "\"{address}\" is not a mail address"),
        Text::new("写完整的地址，例如 me@qq.com", "write the whole address, such as me@qq.com"),
    ))
}

fn custom() -> Provider {
    presets::all().pop().expect("the table ends with the providers it does not know")
}

fn provider(
    arguments: &MailSetup,
    address: &str,
    context: &Context,
) -> Result<Provider, RuntimeError> {
    if arguments.smtp_host.is_some() {
        return Ok(custom());
    }
    if let Some(id) = &arguments.provider {
        let all = presets::all();
        let known = all.iter().map(|provider| provider.id);
        return presets::by_id(id).ok_or_else(|| show::absent("邮箱", "mail provider", id, known));
    }
    if let Some(provider) = presets::of_address(address) {
        return Ok(provider);
    }
    if !can_ask(context) {
        let domain = address.rsplit('@').next().unwrap_or_default();
        return Err(RuntimeError::asked(
            crate::text!(
                "不知道 {domain} 的邮件服务器",
                "the mail servers of {domain} are not known"
            ),
            Text::new(
                "加 --provider（见 mail presets），或 --smtp-host 和 --imap-host",
                "add --provider (see mail presets), or --smtp-host and --imap-host",
            ),
        ));
    }
    let all = presets::all();
    let names: Vec<String> = all.iter().map(|provider| context.title(&provider.name)).collect();
    let question = context.word("这是哪家的邮箱？", "Whose mailbox is it?");
    let chosen = inquire::Select::new(question, names.clone()).prompt().map_err(|_| stopped())?;
    let found = names.iter().position(|name| *name == chosen);
    Ok(found.and_then(|index| all.get(index).cloned()).unwrap_or_else(custom))
}

/// Servers that the person names.
fn of_arguments(
    arguments: &MailSetup,
    provider: Provider,
    address: &str,
    context: &Context,
) -> Result<Account, RuntimeError> {
    let domain = address.rsplit('@').next().unwrap_or_default();
    let (smtp_host, imap_host) = match &arguments.smtp_host {
        Some(host) => (host.clone(), arguments.imap_host.clone()),
        None if can_ask(context) => {
            context.print_aside(context.say(&provider.password));
            let question = context.word("发信（SMTP）服务器？", "SMTP server?");
            let smtp = text(context, question, &format!("smtp.{domain}"))?;
            let question =
                context.word("收信（IMAP）服务器？没有就清空", "IMAP server? Empty for none");
            (smtp, Some(text(context, question, &format!("imap.{domain}"))?))
        }
        None => {
            return Err(RuntimeError::asked(
                Text::new("没有写发信服务器", "the mail server is missing"),
                Text::new("加 --smtp-host 和 --imap-host", "add --smtp-host and --imap-host"),
            ));
        }
    };
    let security = arguments.smtp_security.into();
    let port = arguments.smtp_port.unwrap_or(match security {
        Security::Tls => 465,
        Security::Starttls => 587,
        Security::None => 25,
    });
    let mut smtp = sending(smtp_host.trim(), port, security, address);
    if let Some(user) = &arguments.user {
        smtp.user = Some(user.clone());
    }
    // The daemon may be started in another folder.
    let whole = |path: &String| std::path::absolute(path).ok()?.to_str().map(str::to_owned);
    let ca_file = arguments.ca_file.as_ref().and_then(whole);
    smtp.ca_file.clone_from(&ca_file);
    let security = arguments.imap_security.into();
    let port = arguments.imap_port.unwrap_or(if security == Security::Tls { 993 } else { 143 });
    let imap = imap_host.map(|host| host.trim().to_owned()).filter(|host| !host.is_empty());
    let imap = imap.map(|host| Imap {
        host,
        port,
        security,
        user: None,
        token_command: None,
        ca_file,
        step_seconds: None,
    });
    Ok(Account { provider, smtp, imap })
}

fn sending(host: &str, port: u16, security: Security, address: &str) -> Smtp {
    Smtp {
        host: host.to_owned(),
        port,
        security,
        user: Some(address.to_owned()),
        from: address.to_owned(),
        token_command: None,
        plus: false,
        dkim: None,
        ca_file: None,
        step_seconds: None,
        reply_seconds: None,
    }
}

fn reading(server: Server) -> Imap {
    Imap {
        host: server.host.to_owned(),
        port: server.port,
        security: server.security,
        user: None,
        token_command: None,
        ca_file: None,
        step_seconds: None,
    }
}

fn text(context: &Context, question: &str, default: &str) -> Result<String, RuntimeError> {
    if !can_ask(context) {
        return Err(RuntimeError::asked(
            Text::new("这里不能提问", "questions cannot be asked here"),
            Text::new("加上 --address 邮箱地址", "add --address YOU@EXAMPLE"),
        ));
    }
    inquire::Text::new(question).with_initial_value(default).prompt().map_err(|_| stopped())
}

/// Says that the person stopped before anything was written.
pub fn stopped() -> RuntimeError {
    RuntimeError::asked(
        Text::new("没有做完，什么也没有写", "not finished, nothing was written"),
        Text::new("再运行一次 mail setup", "run mail setup again"),
    )
}
