//! What `doctor` says of mail: what is set, where the password is, and when asked whether the
//! servers let us in. The password itself is never shown, and nothing is sent.

use crate::cli::setup::{Finding, bad, good};
use crate::cli::show;
use crate::domain::lang::Text;
use crate::domain::pace::{Hold, Throttle};
use crate::runtime::error::RuntimeError;
use crate::runtime::setup::{Runtime, block_on};
use crate::runtime::signing::signing_key;
use crate::runtime::trial::Trouble;
use crate::secrets::{Found, SecretError};

/// How far to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Depth {
    /// Look at the settings.
    Settings,
    /// Connect and log in, too.
    Servers,
}

/// Returns one finding for sending and one for reading.
pub(in crate::cli) fn findings(
    runtime: &Runtime,
    depth: Depth,
) -> Result<Vec<Finding>, RuntimeError> {
    let mut findings = vec![sending(runtime, depth)?, reading(runtime, depth)?];
    findings.extend(signing(runtime));
    findings.extend(pace(runtime)?);
    Ok(findings)
}

/// Whether messages can be signed, and what must stand in the domain's records for it.
fn signing(runtime: &Runtime) -> Option<Finding> {
    let dkim = runtime.config.smtp.as_ref()?.dkim.as_ref()?;
    let key = match signing_key(dkim) {
        Ok(key) => key,
        Err(error) => {
            let (what, hint) = show::explain(&error);
            return Some(bad(what, hint));
        }
    };
    let (domain, name, record) = (&dkim.domain, dkim.record_name(), key.record());
    Some(Finding {
        ok: true,
        what: crate::text!("邮件用 {domain} 的密钥签名", "messages are signed for {domain}"),
        hint: crate::text!(
            "域名解析里要有这条 TXT 记录（程序查不到，请自己核对）：{name} = {record}",
            "this TXT record must stand in the domain's records (not checked here): {name} = {record}"
        ),
    })
}

/// What the limits on sending come to just now; none where nobody set any.
fn pace(runtime: &Runtime) -> Result<Option<Finding>, RuntimeError> {
    if runtime.config.smtp.is_none() {
        return Ok(None);
    }
    let gate = runtime.gate()?;
    let hold = gate.hold("", runtime.clock.now(), &runtime.library.packs.calendar);
    if let Some(hold @ Hold::Stopped { class, .. }) = &hold {
        return Ok(Some(bad(hold.explain(), runtime.explain(*class).1)));
    }
    if gate.throttle == Throttle::default() {
        return Ok(None);
    }
    let left: u32 = gate.traffic.today.values().sum();
    let hint = hold.map(|hold| hold.explain()).unwrap_or_default();
    let what = if gate.throttle.counts() {
        crate::text!("发送有限制，今天已发 {left} 封", "sending is limited; {left} left today")
    } else {
        Text::new("发送有限制", "sending is limited")
    };
    Ok(Some(Finding { ok: true, what, hint }))
}

fn sending(runtime: &Runtime, depth: Depth) -> Result<Finding, RuntimeError> {
    let Some(smtp) = &runtime.config.smtp else {
        let path = runtime.settings_file().display().to_string();
        let said = crate::text!(
            "没有设置发信邮箱（{path}）：邮件写成 .eml 文件，由你打开发出",
            "no mail account ({path}): messages are written as .eml files for you to send"
        );
        let hint = Text::new(
            "要让程序发：appeal-daemon mail setup",
            "to have them sent: appeal-daemon mail setup",
        );
        return Ok(Finding { ok: true, what: said, hint });
    };
    let (host, port) = (&smtp.host, smtp.port);
    let server = crate::text!("发信服务器 {host}:{port}", "mail server {host}:{port}");
    let password = match (&smtp.user, &smtp.token_command) {
        (None, _) => Text::new("不登录", "without a login"),
        (Some(_), Some(command)) => by_token(command),
        (Some(_), None) => match place(runtime.secrets.find(crate::config::SMTP_PASSWORD)) {
            Ok(place) => place,
            Err(error) => return Ok(without_password(&server, error)),
        },
    };
    if depth == Depth::Settings {
        return Ok(finding(&server, &password, None));
    }
    let tried = block_on(runtime.log_in_to_send(smtp))?;
    Ok(finding(&server, &password, Some(tried)))
}

fn reading(runtime: &Runtime, depth: Depth) -> Result<Finding, RuntimeError> {
    let Some(imap) = runtime.mailbox_settings() else {
        return Ok(good(Text::new(
            "没有设置收信邮箱：回信由你存成 .eml 放进 inbox 文件夹",
            "no mailbox: save answers as .eml into the inbox folder",
        )));
    };
    let (host, port) = (&imap.host, imap.port);
    let server = crate::text!("收信服务器 {host}:{port}", "mailbox server {host}:{port}");
    let password = match &imap.token_command {
        Some(command) => by_token(command),
        None => match place(runtime.mailbox_password()) {
            Ok(place) => place,
            Err(error) => return Ok(without_password(&server, error)),
        },
    };
    if depth == Depth::Settings {
        return Ok(finding(&server, &password, None));
    }
    let tried = block_on(async {
        match runtime.try_mailbox().await? {
            Some(Ok(mailbox)) => mailbox.close().await,
            Some(Err(trouble)) => return Ok(Some(trouble)),
            None => {}
        }
        Ok(None)
    })?;
    Ok(finding(&server, &password, Some(tried)))
}

fn by_token(command: &[String]) -> Text {
    let program = command.first().map_or("", String::as_str);
    crate::text!("令牌由命令 {program} 给出", "the token comes from the command {program}")
}

fn place(found: Result<Found, SecretError>) -> Result<Text, SecretError> {
    let name = found?.place.name();
    let (zh, en) = (&name.zh, &name.en);
    Ok(crate::text!("密码在{zh}", "the password is in {en}"))
}

fn without_password(server: &Text, error: SecretError) -> Finding {
    let (zh, en) = (&server.zh, &server.en);
    if matches!(error, SecretError::Absent { .. }) {
        return bad(
            crate::text!("{zh} 没有密码", "{en} has no password"),
            Text::new(
                "appeal-daemon secret set smtp.password（QQ、163 填授权码；见 mail presets）",
                "appeal-daemon secret set smtp.password (see mail presets)",
            ),
        );
    }
    let (what, hint) = show::explain(&error.into());
    let (why_zh, why_en) = (&what.zh, &what.en);
    bad(crate::text!("{zh}：{why_zh}", "{en}: {why_en}"), hint)
}

/// `tried` is none where nothing was tried, else the trouble there was.
fn finding(
    server: &Text,
    password: &Text,
    tried: Option<Result<Option<Trouble>, RuntimeError>>,
) -> Finding {
    let (zh, en) = (&server.zh, &server.en);
    let (place_zh, place_en) = (&password.zh, &password.en);
    match tried {
        None => good(crate::text!("{zh}，{place_zh}", "{en}, {place_en}")),
        Some(Ok(None)) => {
            good(crate::text!("{zh}，{place_zh}，连得上", "{en}, {place_en}, it lets us in"))
        }
        Some(Ok(Some(trouble))) => {
            let (why_zh, why_en) = (&trouble.what.zh, &trouble.what.en);
            bad(
                crate::text!("{zh}，{place_zh}：{why_zh}", "{en}, {place_en}: {why_en}"),
                trouble.next,
            )
        }
        Some(Err(error)) => {
            let (what, hint) = show::explain(&error);
            let (why_zh, why_en) = (&what.zh, &what.en);
            bad(crate::text!("{zh}，{place_zh}：{why_zh}", "{en}, {place_en}: {why_en}"), hint)
        }
    }
}
