//! Why a mail server did not take a message, by what has to follow.

use serde::{Deserialize, Serialize};

use crate::domain::lang::Text;

/// What kind of refusal a mail server gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalClass {
    /// The server could not be reached, or hung.
    Unreachable,
    /// The connection is not safe: certificate or encryption.
    Tls,
    /// User name or password.
    Auth,
    /// Too much, too fast, or otherwise for now.
    Rate,
    /// The recipient does not exist.
    Mailbox,
    /// The message is too large.
    Size,
    /// The content, or anything a person must look at.
    Content,
}

impl RefusalClass {
    /// Returns what happened and what to do, for the person.
    pub fn explain(self) -> (Text, Text) {
        match self {
            Self::Unreachable => (
                Text::new("连不上发信服务器", "the mail server cannot be reached"),
                Text::new("检查网络；程序会自己再试", "check the network; it is tried again"),
            ),
            Self::Tls => (
                Text::new(
                    "与发信服务器的加密连接不可信",
                    "the encrypted connection to the mail server is not trusted",
                ),
                Text::new(
                    "检查 config.toml 里的 host、port、security",
                    "check host, port and security in config.toml",
                ),
            ),
            Self::Auth => (
                Text::new(
                    "发信服务器不认账号或授权码",
                    "the mail server does not accept the account or password",
                ),
                Text::new(
                    "QQ、163 邮箱要填授权码而不是登录密码：secret set smtp.password",
                    "set the password again: secret set smtp.password",
                ),
            ),
            Self::Rate => (
                Text::new("发信服务器说太多太快，稍后再试", "the mail server wants a pause"),
                Text::new("不用做什么，程序会自己再试", "nothing to do; it is tried again"),
            ),
            Self::Mailbox => (
                Text::new("收件地址不存在", "the recipient's address does not exist"),
                Text::new(
                    "向对方核对地址，改正案件文件后重新 start",
                    "ask the recipient and correct the case file",
                ),
            ),
            Self::Size => (
                Text::new("邮件太大，对方不收", "the message is too large"),
                Text::new("减少附件，或改用其他渠道", "send less along, or use another channel"),
            ),
            Self::Content => (
                Text::new("发信服务器拒绝了这封邮件的内容", "the mail server refused the message"),
                Text::new(
                    "看一遍内容后重新同意，或改用其他渠道",
                    "look at it and approve it again, or use another channel",
                ),
            ),
        }
    }

    /// Returns the same for an account that is opened with an access token.
    pub fn explain_token(self) -> (Text, Text) {
        match self {
            Self::Auth => (
                Text::new(
                    "邮件服务器不认访问令牌",
                    "the mail server does not accept the access token",
                ),
                Text::new(
                    "令牌可能过期，或没有收发邮件的权限：在终端运行 token_command 那条命令，必要时按它的说明重新登录授权；再核对 config.toml 里的 user",
                    "it may have expired, or may not cover mail: run the token_command in a terminal, log in again if it asks for it, and check `user` in config.toml",
                ),
            ),
            class => class.explain(),
        }
    }

    /// Returns true when the same bytes may be taken later without anybody doing anything.
    pub fn passes_by_itself(self) -> bool {
        matches!(self, Self::Unreachable | Self::Rate)
    }
}
