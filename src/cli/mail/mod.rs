//! The mail account: which providers there are, setting it up, trying it.

pub mod account;
pub mod args;
pub mod doctor;
pub mod password;
pub mod setup;

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::cli::context::Context;
use crate::cli::exit;
use crate::cli::mail::args::Mail;
use crate::config::Security;
use crate::mail::presets::{self, Access, Provider};
use crate::runtime::error::RuntimeError;

/// Runs a `mail` command.
pub fn mail(command: &Mail, context: &Context) -> Result<u8, RuntimeError> {
    match command {
        Mail::Presets => list(context),
        Mail::Setup(arguments) => return setup::setup(arguments, context),
    }
    Ok(exit::DONE)
}

fn list(context: &Context) {
    let all = presets::all();
    if context.json {
        let list: Vec<Value> = all.iter().map(|provider| json(provider, context)).collect();
        context.print_json(&json!({ "schema": 1, "providers": list }));
        return;
    }
    let mut out: String = all.iter().map(|provider| text(provider, context)).collect();
    out.push_str(context.word(
        "设置：appeal-daemon mail setup --address 你的邮箱\n",
        "To set one up: appeal-daemon mail setup --address YOU@EXAMPLE\n",
    ));
    context.print(&out);
}

fn json(provider: &Provider, context: &Context) -> Value {
    let server = |host: &str, port: u16, security: Security| json!({ "host": host, "port": port, "security": security.as_str() });
    let (access, smtp, imap) = match provider.access {
        Access::Password { smtp, imap } => (
            "password",
            server(smtp.host, smtp.port, smtp.security),
            server(imap.host, imap.port, imap.security),
        ),
        Access::Token { smtp, imap } => (
            "token",
            server(smtp.host, smtp.port, smtp.security),
            server(imap.host, imap.port, imap.security),
        ),
        Access::Ask => ("ask", Value::Null, Value::Null),
    };
    json!({
        "id": provider.id, "name": context.say(&provider.name), "domains": provider.domains,
        "access": access, "smtp": smtp, "imap": imap, "password": context.say(&provider.password),
    })
}

fn text(provider: &Provider, context: &Context) -> String {
    let (id, name) = (provider.id, context.say(&provider.name));
    let mut out = format!("{id}　{name}");
    if !provider.domains.is_empty() {
        let _ = write!(out, "　@{}", provider.domains.join("、@"));
    }
    out.push('\n');
    match provider.access {
        Access::Password { smtp, imap } => {
            let (send, read) = (context.word("发信", "sends by"), context.word("收信", "reads by"));
            let _ = writeln!(
                out,
                "    {send} {}:{}　{read} {}:{}　{}",
                smtp.host,
                smtp.port,
                imap.host,
                imap.port,
                smtp.security.as_str()
            );
            let word = context.word("密码：", "password: ");
            let _ = writeln!(out, "    {word}{}\n", context.say(&provider.password));
        }
        Access::Token { .. } => {
            let word = context.word("密码用不了：", "no password works: ");
            let _ = writeln!(out, "    {word}{}\n", context.say(&provider.password));
        }
        Access::Ask => {
            let _ = writeln!(out, "    {}\n", context.say(&provider.password));
        }
    }
    out
}
