//! What a person needs to know of their mail provider: servers, and where the password comes from.
//! Providers move their menus now and then, so each sentence names what to look for; `custom` is for
//! everybody else.

use crate::config::Security;
use crate::domain::lang::Text;

/// A mail provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    /// Its name on the command line.
    pub id: &'static str,
    /// Its name.
    pub name: Text,
    /// The domains of its addresses, in lower case.
    pub domains: &'static [&'static str],
    /// Whether a password of some kind still opens it.
    pub access: Access,
    /// Where the password comes from, or why there is none, for the person.
    pub password: Text,
}

/// How a provider can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// With a password of some kind.
    Password {
        /// Where mail is sent.
        smtp: Server,
        /// Where mail is read.
        imap: Server,
    },
    /// Not with a password, only with an access token that a command of the person's gives.
    Token {
        /// Where mail is sent.
        smtp: Server,
        /// Where mail is read.
        imap: Server,
    },
    /// With servers the person has to name.
    Ask,
}

/// A server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Server {
    /// Its name.
    pub host: &'static str,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
}

/// A row of the table: id, names, domains, SMTP and IMAP host, and where the password comes from.
type Row = (
    &'static str,
    (&'static str, &'static str),
    &'static [&'static str],
    (&'static str, &'static str),
    (&'static str, &'static str),
);

/// How NetEase's mailboxes give their code.
const NETEASE: (&str, &str) = (
    "填授权码，不是登录密码。电脑浏览器登录邮箱 → 设置 → POP3/SMTP/IMAP → 开启“IMAP/SMTP服务” → 用手机扫码发短信 → 记下 16 位授权码（只显示一次）",
    "an authorization code, not the login password: web mail → 设置 → POP3/SMTP/IMAP → switch IMAP/SMTP on → confirm by phone → note the code",
);

/// Providers that take a password, all with encryption from the start.
const ROWS: [Row; 9] = [
    (
        "qq",
        ("QQ 邮箱", "QQ Mail"),
        &["qq.com", "vip.qq.com", "foxmail.com"],
        ("smtp.qq.com", "imap.qq.com"),
        (
            "填授权码，不是 QQ 密码。电脑浏览器登录 mail.qq.com → 设置 → 账号与安全 → 安全设置 → 开启“POP3/IMAP/SMTP/Exchange/CardDAV 服务” → 手机验证 → 生成授权码（16 个字母）",
            "an authorization code, not the QQ password: mail.qq.com → 设置 → 账号与安全 → switch the service on → confirm by phone",
        ),
    ),
    (
        "163",
        ("网易 163 邮箱", "NetEase 163"),
        &["163.com"],
        ("smtp.163.com", "imap.163.com"),
        NETEASE,
    ),
    (
        "126",
        ("网易 126 邮箱", "NetEase 126"),
        &["126.com"],
        ("smtp.126.com", "imap.126.com"),
        NETEASE,
    ),
    (
        "yeah",
        ("网易 yeah 邮箱", "NetEase yeah"),
        &["yeah.net"],
        ("smtp.yeah.net", "imap.yeah.net"),
        NETEASE,
    ),
    (
        "gmail",
        ("Gmail", "Gmail"),
        &["gmail.com", "googlemail.com"],
        ("smtp.gmail.com", "imap.gmail.com"),
        (
            "填“应用专用密码”：Google 账号先打开两步验证，再到 myaccount.google.com/apppasswords 生成 16 位密码（单位账号可能不让用，那就 mail setup --token-command）。中国大陆网络通常连不上 Gmail",
            "an app password: switch 2-step verification on, then create one at myaccount.google.com/apppasswords (where an organization forbids it: mail setup --token-command); usually not reachable from mainland China",
        ),
    ),
    (
        "aliyun",
        ("阿里云个人邮箱", "Aliyun Mail"),
        &["aliyun.com"],
        ("smtp.aliyun.com", "imap.aliyun.com"),
        (
            "网页版设置里开启 IMAP/SMTP；有“客户端授权码”的账号填授权码，没有的填登录密码",
            "switch IMAP/SMTP on in the web settings; the client code where there is one, else the password",
        ),
    ),
    (
        "aliyun-work",
        ("阿里企业邮箱", "Alibaba Mail for companies"),
        &[],
        ("smtp.qiye.aliyun.com", "imap.qiye.aliyun.com"),
        (
            "填邮箱密码或三方客户端安全密码；能不能用由公司的邮箱管理员决定",
            "the password or client security password; the company's administrator decides",
        ),
    ),
    (
        "tencent-work",
        ("腾讯企业邮箱", "Tencent Exmail"),
        &[],
        ("smtp.exmail.qq.com", "imap.exmail.qq.com"),
        (
            "网页版 → 设置 → 微信绑定 → 安全登录里生成“客户端专用密码”；没有开启安全登录的填邮箱密码",
            "the client password from the web settings, or the mail password where secure login is off",
        ),
    ),
    (
        "netease-work",
        ("网易企业邮箱", "NetEase mail for companies"),
        &[],
        ("smtp.qiye.163.com", "imap.qiye.163.com"),
        (
            "填客户端授权密码；没有的填邮箱密码，能不能用由公司的邮箱管理员决定",
            "the client password, or the mail password; the company's administrator decides",
        ),
    ),
];

/// Returns every provider, the most likely first.
pub fn all() -> Vec<Provider> {
    let tls = |host, port| Server { host, port, security: Security::Tls };
    let mut all: Vec<Provider> = ROWS
        .into_iter()
        .map(|(id, (zh, en), domains, (smtp, imap), (how, how_en))| Provider {
            id,
            name: Text::new(zh, en),
            domains,
            access: Access::Password { smtp: tls(smtp, 465), imap: tls(imap, 993) },
            password: Text::new(how, how_en),
        })
        .collect();
    all.push(Provider {
        id: "outlook",
        name: Text::new("Outlook / Hotmail / Microsoft 365", "Outlook / Hotmail / Microsoft 365"),
        domains: &["outlook.com", "hotmail.com", "live.com", "live.cn", "msn.com", "outlook.cn"],
        access: Access::Token {
            smtp: Server {
                host: "smtp-mail.outlook.com",
                port: 587,
                security: Security::Starttls,
            },
            imap: tls("outlook.office365.com", 993),
        },
        password: Text::new(
            "微软个人邮箱自 2024 年 9 月起不再接受任何密码登录，填什么密码都会失败。最省事：另用一个 QQ、163 或 126 邮箱发信，来信在 Outlook 里设置转发过去。电脑上已有能取 OAuth2 令牌的程序（如 oama、mutt_oauth2.py）的，用 mail setup --token-command \"程序 参数\"",
            "since September 2024 no password opens a personal Microsoft mailbox: send from another provider and forward what comes in, or have a program that gives an OAuth2 token and use mail setup --token-command \"PROGRAM ARGUMENTS\"",
        ),
    });
    all.push(Provider {
        id: "custom",
        name: Text::new("其他邮箱", "another provider"),
        domains: &[],
        access: Access::Ask,
        password: Text::new(
            "向邮箱服务商查 SMTP 和 IMAP 的服务器、端口（一般 465 和 993）和客户端密码",
            "ask the provider for its SMTP and IMAP servers, ports (usually 465 and 993) and client password",
        ),
    });
    all
}

/// Returns the provider with that name on the command line.
pub fn by_id(id: &str) -> Option<Provider> {
    all().into_iter().find(|provider| provider.id == id)
}

/// Returns the provider of an address; none when its domain is not in the table.
pub fn of_address(address: &str) -> Option<Provider> {
    let domain = address.rsplit_once('@')?.1.trim().to_ascii_lowercase();
    all().into_iter().find(|provider| provider.domains.contains(&domain.as_str()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn an_address_finds_its_provider() {
        let id = |address| of_address(address).map(|provider| provider.id);
        assert_eq!(id("Lin@QQ.com"), Some("qq"));
        assert_eq!(id("lin@foxmail.com"), Some("qq"));
        assert_eq!(id("lin@126.com"), Some("126"));
        assert_eq!(id("lin@hotmail.com"), Some("outlook"));
        assert_eq!(id("lin@firm.example"), None);
        assert_eq!(by_id("custom").unwrap().access, Access::Ask);
    }

    #[test]
    fn nobody_is_told_to_connect_without_encryption() {
        let all = all();
        let ids: BTreeSet<&str> = all.iter().map(|provider| provider.id).collect();
        assert_eq!(ids.len(), all.len(), "names are unique");
        for provider in all {
            if let Access::Password { smtp, imap } | Access::Token { smtp, imap } = provider.access
            {
                let encrypted = smtp.port == 465 || smtp.security == Security::Starttls;
                assert!(encrypted && imap.port == 993, "{}", provider.id);
                assert_ne!(smtp.security, Security::None);
                assert_ne!(imap.security, Security::None);
            }
            assert!(!provider.password.zh.is_empty() && !provider.password.en.is_empty());
        }
    }
}
