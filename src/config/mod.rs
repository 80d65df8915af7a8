//! Settings of a home, read once from `config.toml`. The case file never holds them: a case is
//! handed on, a mail password is not.

pub mod firm;
pub mod write;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::config::firm::Firm;
use crate::domain::document::{self, Document, Places};
use crate::domain::formats;
use crate::domain::lang::Text;
use crate::domain::pace::{Throttle, domain_of};
use crate::domain::problem::{Problem, Source, has_errors};

/// The version of the settings file this program reads.
pub const SCHEMA: u32 = 1;

/// The secret that holds the password of the mail account.
pub const SMTP_PASSWORD: &str = "smtp.password";

/// The secret that holds the password of the mailbox; without it, the mail account's is used.
pub const IMAP_PASSWORD: &str = "imap.password";

/// 设置文件 config.toml（版本 1）。 Settings, version 1.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// 文件格式版本，现在是 1。 Version of this file format.
    #[serde(default = "version")]
    pub schema: u32,
    /// 发信邮箱；不写则只生成 .eml 文件。 Mail account; without it .eml files are written.
    #[serde(default)]
    pub smtp: Option<Smtp>,
    /// 收信邮箱；不写则来信由本人交给程序。 Mailbox; without it replies are handed in by hand.
    #[serde(default)]
    pub imap: Option<Imap>,
    /// 发送节奏：每分钟、每天最多几封，只在哪些时间发。 How fast mail may leave.
    #[serde(default)]
    pub throttle: Throttle,
    /// 提醒。 Reminders.
    #[serde(default)]
    pub reminders: Reminders,
    /// 律师事务所；写了就是律所模式。 The firm; with it, clients' consent is asked for.
    #[serde(default)]
    pub firm: Option<Firm>,
}

fn version() -> u32 {
    SCHEMA
}

impl Default for Config {
    fn default() -> Self {
        Self {
            schema: SCHEMA,
            smtp: None,
            imap: None,
            throttle: Throttle::default(),
            reminders: Reminders::default(),
            firm: None,
        }
    }
}

/// How the connection to the mail server is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// 从一开始加密（465 端口）。 Encrypted from the start.
    #[default]
    Tls,
    /// 先连接后加密（587 端口）；不能加密就不发送。 STARTTLS, required.
    Starttls,
    /// 不加密，只允许本机。 None, for this machine only.
    None,
}

/// 发信邮箱。 The mail account.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Smtp {
    /// 服务器，例如 "smtp.qq.com"。 Server.
    pub host: String,
    /// 端口，465 或 587。 Port.
    pub port: u16,
    /// 加密方式：tls、starttls 或 none（仅本机）。 Security.
    #[serde(default)]
    pub security: Security,
    /// 用户名，通常是完整的邮箱地址；不写则不登录。 User name.
    #[serde(default)]
    pub user: Option<String>,
    /// 取访问令牌的命令（XOAUTH2），程序和参数各一项；写了就不用密码。 A command that prints the access
    /// token; it is run without a shell and takes the place of the password.
    #[serde(default)]
    pub token_command: Option<Vec<String>>,
    /// 邮箱收得到 名字+标记@域名 的信（Gmail、Outlook 可以；QQ、163 未证实）：回信地址带上案件的标记，
    /// 默认否。 Answers go to name+tag@domain, so that they find their case; only where the provider
    /// delivers such mail.
    #[serde(default)]
    pub plus: bool,
    /// 发件地址。 Sender's address.
    #[schemars(extend("format" = "email"))]
    pub from: String,
    /// 额外信任的证书文件（PEM）。 Further root certificates.
    #[serde(default)]
    pub ca_file: Option<String>,
    /// 每一步最多等几秒，默认 60。 Seconds to wait at each step.
    #[serde(default)]
    pub step_seconds: Option<u32>,
    /// 正文发出后最多等几秒，默认 600。 Seconds to wait after the body.
    #[serde(default)]
    pub reply_seconds: Option<u32>,
    /// 用自己域名的密钥给邮件签名（DKIM）；用 QQ、163 等邮箱的不要写。 Signs messages with a key of one's
    /// own domain; not for accounts of a provider.
    #[serde(default)]
    pub dkim: Option<Dkim>,
}

/// 给邮件签名（DKIM）。 How messages are signed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dkim {
    /// 签名的域名，发件地址要在它下面。 The domain that signs; the sender's address is below it.
    pub domain: String,
    /// 选择子：密钥在域名解析里的名字，例如 "mail2026"。 The selector: the key's name in the domain's
    /// records.
    pub selector: String,
    /// 私钥文件（PEM；RSA 2048 位以上，或 Ed25519）。 The private key.
    pub key_file: String,
}

impl Dkim {
    /// Returns the name of the record that holds the public key.
    pub fn record_name(&self) -> String {
        format!("{}._domainkey.{}", self.selector, self.domain)
    }
}

impl Security {
    /// Returns its name in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tls => "tls",
            Self::Starttls => "starttls",
            Self::None => "none",
        }
    }
}

impl Smtp {
    /// Returns true when both are the same account on the same server.
    pub fn is_same_account(&self, other: &Self) -> bool {
        (&self.host, self.port, self.security) == (&other.host, other.port, other.security)
            && (&self.user, &self.from) == (&other.user, &other.from)
            && self.token_command == other.token_command
    }

    /// Returns how long to wait at each step before the body.
    pub fn step_timeout(&self) -> std::time::Duration {
        std::time::Duration::from_secs(self.step_seconds.unwrap_or(60).max(1).into())
    }

    /// Returns how long to wait for the answer to a body of that size: RFC 5321 asks for ten
    /// minutes, and large bodies are scanned for longer.
    pub fn reply_timeout(&self, size_bytes: usize) -> std::time::Duration {
        let base = u64::from(self.reply_seconds.unwrap_or(600).max(1));
        let megabytes = size_bytes.div_ceil(1024 * 1024) as u64;
        let extra = if self.reply_seconds.is_some() { 0 } else { 60 * megabytes };
        std::time::Duration::from_secs(base + extra)
    }
}

/// 收信邮箱（IMAP）；只读，不改动任何邮件。 The mailbox, which is only read.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Imap {
    /// 服务器，例如 "imap.qq.com"。 Server.
    pub host: String,
    /// 端口，993 或 143。 Port.
    pub port: u16,
    /// 加密方式：tls、starttls 或 none（仅本机）。 Security.
    #[serde(default)]
    pub security: Security,
    /// 用户名，通常是完整的邮箱地址；不写则用 [smtp] 的。 User name; by default that of [smtp].
    #[serde(default)]
    pub user: Option<String>,
    /// 取访问令牌的命令（XOAUTH2）；同一个用户不写则用 [smtp] 的。 A command that prints the access
    /// token; by default that of [smtp] for the same user.
    #[serde(default)]
    pub token_command: Option<Vec<String>>,
    /// 额外信任的证书文件（PEM）。 Further root certificates.
    #[serde(default)]
    pub ca_file: Option<String>,
    /// 每一步最多等几秒，默认 60。 Seconds to wait at each step.
    #[serde(default)]
    pub step_seconds: Option<u32>,
}

impl Imap {
    /// Returns true when both are the same server. Without a user name it is that of `[smtp]`, which
    /// `sender` is.
    pub fn is_same_account(&self, other: &Self, sender: Option<&str>) -> bool {
        let user = |imap: &Self| imap.user.clone().or_else(|| sender.map(str::to_owned));
        (&self.host, self.port, self.security) == (&other.host, other.port, other.security)
            && user(self) == user(other)
    }

    /// Returns how long to wait at each step.
    pub fn step_timeout(&self) -> std::time::Duration {
        std::time::Duration::from_secs(self.step_seconds.unwrap_or(60).max(1).into())
    }
}

/// 提醒。 Reminders.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reminders {
    /// 提醒发到哪个邮箱。 Where reminders are mailed.
    #[serde(default)]
    #[schemars(extend("format" = "email"))]
    pub mail_to: Option<String>,
    /// 网络钩子：企业微信、钉钉、飞书、ntfy 或 JSON。 Webhooks.
    #[serde(default)]
    pub webhook: Vec<Webhook>,
    /// 是否弹出桌面通知，默认是。 Desktop notices.
    #[serde(default = "yes")]
    pub desktop: bool,
}

/// What a webhook speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum WebhookKind {
    /// 企业微信群机器人。 WeCom group robot.
    Wecom,
    /// 钉钉群机器人（安全设置用关键词 appeal-daemon）。 DingTalk group robot.
    Dingtalk,
    /// 飞书群机器人。 Feishu group robot.
    Feishu,
    /// ntfy 主题地址。 An ntfy topic.
    Ntfy,
    /// 纯 JSON。 Plain JSON.
    Json,
}

/// 网络钩子。 A webhook; what it gets names nobody and no sum.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// 种类：wecom、dingtalk、feishu、ntfy、json。 Kind.
    pub kind: WebhookKind,
    /// 地址（https，或本机），也可写 secret:名称。 Address, or secret:NAME.
    pub url: String,
}

fn yes() -> bool {
    true
}

impl Default for Reminders {
    fn default() -> Self {
        Self { mail_to: None, webhook: Vec::new(), desktop: true }
    }
}

/// Reads the settings, or reports every problem of the file.
pub fn read(name: &str, text: &str) -> Result<Config, (Source, Vec<Problem>)> {
    let Document { source, content, places, mut problems } = document::read::<Config>(name, text);
    if let Some(config) = &content {
        if config.schema != SCHEMA {
            let found = config.schema;
            problems.push(source.error(
                places.of("schema"),
                crate::text!(
                    "不支持的设置文件版本 {found}",
                    "unsupported settings version {found}"
                ),
                crate::text!("本程序读的版本是 {SCHEMA}", "this program reads version {SCHEMA}"),
            ));
        }
        problems.extend(problems_of_mail(config, &source, &places));
        problems.extend(problems_of_throttle(&config.throttle, &source, &places));
        let firm = config.firm.iter();
        problems.extend(firm.flat_map(|firm| firm::problems(firm, &source, &places)));
    }
    for (index, webhook) in content.iter().flat_map(|config| &config.reminders.webhook).enumerate()
    {
        if !is_safe_url(&webhook.url) {
            problems.push(source.error(
                places.of(&format!("reminders.webhook[{index}].url")),
                Text::new("网络钩子的地址必须加密", "a webhook needs an encrypted address"),
                Text::new(
                    "写 https:// 开头的地址，或 secret:名称",
                    "write an https:// address, or secret:NAME",
                ),
            ));
        }
    }
    match content {
        Some(config) if !has_errors(&problems) => Ok(config),
        _ => Err((source, problems)),
    }
}

fn problems_of_mail(config: &Config, source: &Source, places: &Places) -> Vec<Problem> {
    let mut problems = Vec::new();
    let opens = |security, host: &str| security == Security::None && !is_this_machine(host);
    let encrypt = || Text::new("改成 security = \"tls\"", "write security = \"tls\"");
    if let Some(smtp) = &config.smtp {
        if opens(smtp.security, &smtp.host) {
            problems.push(source.error(
                places.of("smtp.security"),
                Text::new(
                    "不加密的发信只允许本机",
                    "sending without encryption is for this machine only",
                ),
                encrypt(),
            ));
        }
        if !formats::is_email(&smtp.from) {
            problems.push(source.error(
                places.of("smtp.from"),
                Text::new("发件地址不是电子邮箱", "the sender is not a mail address"),
                Text::new("写完整的邮箱地址", "write the whole address"),
            ));
        }
    }
    problems.extend(config.smtp.iter().flat_map(|smtp| problems_of_dkim(smtp, source, places)));
    let smtp_command = config.smtp.as_ref().and_then(|smtp| smtp.token_command.as_ref());
    let imap_command = config.imap.as_ref().and_then(|imap| imap.token_command.as_ref());
    for (table, command) in [("smtp", smtp_command), ("imap", imap_command)] {
        if command.is_some_and(|command| command.iter().all(String::is_empty)) {
            problems.push(source.error(
                places.of(&format!("{table}.token_command")),
                Text::new("取令牌的命令是空的", "the token command is empty"),
                Text::new(
                    "写成 [\"程序\", \"参数\"]，或删掉这一行",
                    "write it as [\"program\", \"argument\"], or remove the line",
                ),
            ));
        }
    }
    if let Some(imap) = &config.imap
        && opens(imap.security, &imap.host)
    {
        problems.push(source.error(
            places.of("imap.security"),
            Text::new(
                "不加密的收信只允许本机",
                "reading mail without encryption is for this machine only",
            ),
            encrypt(),
        ));
    }
    problems
}

/// A signature of another domain than the sender's says nothing to whoever checks it.
fn problems_of_dkim(smtp: &Smtp, source: &Source, places: &Places) -> Vec<Problem> {
    let Some(dkim) = &smtp.dkim else { return Vec::new() };
    let is_name = |name: &str| {
        let part = |part: &str| {
            let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            (1..=63).contains(&part.len()) && part.chars().all(fits)
        };
        name.len() <= 200 && name.split('.').all(part)
    };
    let mut problems = Vec::new();
    for (key, name) in [("domain", &dkim.domain), ("selector", &dkim.selector)] {
        if !is_name(name) {
            problems.push(source.error(
                places.of(&format!("smtp.dkim.{key}")),
                crate::text!("{key} 不是域名里能用的名字", "`{key}` is no name of a domain"),
                Text::new(
                    "用字母、数字、连字符和点，例如 firm.example、mail2026",
                    "letters, digits, hyphens and dots, such as firm.example or mail2026",
                ),
            ));
        }
    }
    let (own, domain) = (domain_of(&smtp.from), dkim.domain.to_ascii_lowercase());
    if own != domain && !own.ends_with(&format!(".{domain}")) {
        problems.push(source.error(
            places.of("smtp.dkim.domain"),
            crate::text!(
                "签名的域名不是发件地址的域名 {own}",
                "the domain that signs is not that of the sender, {own}"
            ),
            Text::new(
                "写发件地址 @ 后面的域名；用 QQ、163 等邮箱发信就删掉 [smtp.dkim]，由它们签名",
                "write the domain behind the @ of `from`; a provider signs by itself: then remove [smtp.dkim]",
            ),
        ));
    }
    problems
}

/// A limit of nothing would stop all mail without saying so.
fn problems_of_throttle(throttle: &Throttle, source: &Source, places: &Places) -> Vec<Problem> {
    let limits = [
        ("per_minute", throttle.per_minute),
        ("per_day", throttle.per_day),
        ("per_domain_per_day", throttle.per_domain_per_day),
        ("stop_after", throttle.stop_after),
    ];
    let zero = limits.into_iter().filter(|(_, limit)| *limit == Some(0));
    zero.map(|(name, _)| {
        source.error(
            places.of(&format!("throttle.{name}")),
            crate::text!("{name} 至少是 1", "{name} is 1 at least"),
            Text::new(
                "不想限制就删掉这一行；停止发送用 appeal-daemon halt",
                "remove the line for no limit; `appeal-daemon halt` stops all sending",
            ),
        )
    })
    .collect()
}

/// Returns true for an address that is encrypted or on this machine, or the name of a secret.
pub fn is_safe_url(url: &str) -> bool {
    let host = url.strip_prefix("http://").and_then(|rest| rest.split(['/', ':']).next());
    url.starts_with("https://") || url.starts_with("secret:") || host.is_some_and(is_this_machine)
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost"
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_writes_eml_files() {
        let config = read("config.toml", "").unwrap();
        assert!(config.smtp.is_none());
        assert!(config.reminders.desktop);
    }

    #[test]
    fn limits_on_sending_are_read_and_none_is_nothing() {
        let config = read(
            "config.toml",
            "[throttle]\nper_minute = 10\nper_day = 500\nhours = \"09:00-17:00 workdays\"\n",
        )
        .unwrap();
        assert_eq!((config.throttle.per_minute, config.throttle.stop_after()), (Some(10), 5));
        assert_eq!(config.throttle.hours.unwrap().to_string(), "09:00-17:00 workdays");
        let (_, problems) = read("config.toml", "[throttle]\nper_day = 0\n").unwrap_err();
        assert_eq!((problems.len(), problems[0].line), (1, 2));
        let (_, problems) = read("config.toml", "[throttle]\nhours = \"morning\"\n").unwrap_err();
        assert_eq!((problems.len(), problems[0].line), (1, 2));
    }

    #[test]
    fn plain_text_sending_is_for_this_machine_only() {
        let text = "[smtp]\nhost = \"smtp.example.com\"\nport = 25\nsecurity = \"none\"\nfrom = \"a@b.cn\"\n";
        let (_, problems) = read("config.toml", text).unwrap_err();
        assert_eq!((problems[0].line, problems[0].is_error()), (4, true));
        assert!(read("config.toml", &text.replace("smtp.example.com", "127.0.0.1")).is_ok());
        let text = "[imap]\nhost = \"imap.example.com\"\nport = 143\nsecurity = \"none\"\n";
        let (_, problems) = read("config.toml", text).unwrap_err();
        assert_eq!((problems[0].line, problems[0].is_error()), (4, true));
        assert!(read("config.toml", &text.replace("imap.example.com", "127.0.0.1")).is_ok());
    }
}
