//! Why a mailbox cannot be read, by what the person has to do about it.

use crate::domain::lang::Text;

/// Why a mailbox cannot be read. What a server said is kept for showing to its owner; it never
/// holds the password.
#[derive(Debug, thiserror::Error)]
pub enum ImapError {
    /// The server could not be reached, or said nothing in time before the login.
    #[error("the mailbox server cannot be reached")]
    Unreachable {
        /// Why not, when the system said so.
        #[source]
        source: Option<std::io::Error>,
    },
    /// The connection is not safe: certificate or encryption.
    #[error("the connection to the mailbox server is not safe")]
    Tls {
        /// Why not, when the library said so.
        #[source]
        source: Option<std::io::Error>,
    },
    /// The server does not accept user name and password.
    #[error("the mailbox server does not accept the login: {said}")]
    Auth {
        /// What it said.
        said: String,
    },
    /// The server understood and will not.
    #[error("the mailbox server refuses {what}: {said}")]
    Refused {
        /// What was asked.
        what: &'static str,
        /// What it said.
        said: String,
    },
    /// The server sent more than was agreed; the connection was given up.
    #[error("the mailbox server sent more than {limit} bytes")]
    TooMuch {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The connection ended, or nothing came in time, or what came made no sense. What was asked
    /// for is not known.
    #[error("the connection to the mailbox server was lost")]
    Lost {
        /// Why, when the library said so.
        #[source]
        source: Option<async_imap::error::Error>,
    },
    /// What was asked for cannot be put into a command.
    #[error("`{what}` cannot be asked for")]
    NotAskable {
        /// What it was.
        what: String,
    },
}

impl ImapError {
    /// Returns what happened and what to do, for the person.
    pub fn explain(&self) -> (Text, Text) {
        match self {
            Self::Unreachable { .. } => (
                Text::new("连不上收信服务器", "the mailbox server cannot be reached"),
                Text::new("检查网络；程序会自己再试", "check the network; it is tried again"),
            ),
            Self::Tls { .. } => (
                Text::new(
                    "与收信服务器的加密连接不可信",
                    "the encrypted connection to the mailbox server is not trusted",
                ),
                Text::new(
                    "检查 config.toml 里 [imap] 的 host、port、security",
                    "check host, port and security of [imap] in config.toml",
                ),
            ),
            Self::Auth { .. } => (
                Text::new(
                    "收信服务器不认账号或授权码",
                    "the mailbox server does not accept the account or password",
                ),
                Text::new(
                    "先在邮箱网页版开启 IMAP 服务；QQ、163 邮箱填授权码而不是登录密码：secret set imap.password",
                    "switch IMAP on in the provider's web settings and set its code: secret set imap.password",
                ),
            ),
            Self::Refused { said, .. } if said.to_lowercase().contains("unsafe login") => (
                Text::new(
                    "网易邮箱认为这次登录不安全，不让读信",
                    "NetEase takes this login for unsafe and lets nobody read",
                ),
                Text::new(
                    "登录邮箱网页版确认是本人操作，再试一次；仍不行就写信问 kefu@188.com",
                    "log in to the web mail and confirm that it was you, then try again",
                ),
            ),
            Self::Refused { .. } => (
                Text::new("收信服务器拒绝了请求", "the mailbox server refuses"),
                Text::new(
                    "登录邮箱网页版看看有没有提示；程序过一会儿再试",
                    "look for a notice in the web mail; it is tried again later",
                ),
            ),
            Self::TooMuch { .. } => (
                Text::new("收信服务器发来的数据超出上限", "the mailbox server sent too much"),
                Text::new(
                    "在邮箱网页版里打开那封大邮件，另存为 .eml 后用 reply --file 交给程序",
                    "save the large mail as .eml in the web mail and hand it in with reply --file",
                ),
            ),
            Self::Lost { .. } => (
                Text::new("与收信服务器的连接断了", "the connection to the mailbox was lost"),
                Text::new("不用做什么，程序会自己再连", "nothing to do; it connects again"),
            ),
            Self::NotAskable { .. } => (
                Text::new("邮件编号不能用来查找", "that Message-ID cannot be looked for"),
                Text::new("在邮箱网页版里自己找一下", "look for it in the web mail"),
            ),
        }
    }

    /// Returns true when it may be different in a while without anybody doing anything.
    pub fn passes_by_itself(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::Lost { .. } | Self::Refused { .. })
    }
}
