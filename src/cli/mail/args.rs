//! The command line of `mail`, as its user sees it.

use clap::{Args, Subcommand, ValueEnum};

use crate::config::Security;

/// Commands of `mail`.
#[derive(Debug, Subcommand)]
pub enum Mail {
    /// 常用邮箱的服务器，密码从哪里来 / servers of common providers and where the password is
    Presets,
    /// 设置发信和收信邮箱，并给自己发一封试试 / set the account up and try it on yourself
    Setup(MailSetup),
}

/// Arguments of `mail setup`.
#[derive(Debug, Args)]
pub struct MailSetup {
    /// 自己的邮箱地址 / your own address
    #[arg(long)]
    pub address: Option<String>,
    /// 哪家邮箱（mail presets 里的编号），默认按地址判断 / provider, by default that of the address
    #[arg(long, value_name = "ID")]
    pub provider: Option<String>,
    /// 发信服务器，表里没有的邮箱才写 / mail server, for providers that are not listed
    #[arg(long, value_name = "HOST")]
    pub smtp_host: Option<String>,
    /// 发信端口，默认按加密方式 / its port
    #[arg(long, value_name = "PORT", requires = "smtp_host")]
    pub smtp_port: Option<u16>,
    /// 发信加密方式 / its encryption
    #[arg(long, value_enum, default_value = "tls", value_name = "HOW")]
    pub smtp_security: SecurityChoice,
    /// 收信服务器 / mailbox server
    #[arg(long, value_name = "HOST", requires = "smtp_host")]
    pub imap_host: Option<String>,
    /// 收信端口，默认按加密方式 / its port
    #[arg(long, value_name = "PORT", requires = "imap_host")]
    pub imap_port: Option<u16>,
    /// 收信加密方式 / its encryption
    #[arg(long, value_enum, default_value = "tls", value_name = "HOW")]
    pub imap_security: SecurityChoice,
    /// 登录用户名，默认是邮箱地址 / user name, by default the address
    #[arg(long, requires = "smtp_host")]
    pub user: Option<String>,
    /// 额外信任的证书（PEM）/ further root certificates
    #[arg(long, value_name = "FILE", requires = "smtp_host")]
    pub ca_file: Option<String>,
    /// 取访问令牌的命令，代替密码；空格隔开参数，不经过 shell / command that prints an access token
    #[arg(long, value_name = "COMMAND", conflicts_with = "password_stdin")]
    pub token_command: Option<String>,
    /// 从标准输入读密码 / read the password from standard input
    #[arg(long)]
    pub password_stdin: bool,
    /// 换掉 config.toml 里的另一个邮箱 / put it in place of another account
    #[arg(long)]
    pub replace: bool,
    /// 只写设置，不发测试邮件 / write the settings and try nothing
    #[arg(long)]
    pub no_test: bool,
    /// 等自己的测试邮件最多几秒 / seconds to wait for the test mail
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(..=600))]
    pub wait: u64,
}

/// How a connection is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SecurityChoice {
    /// 从一开始加密 / encrypted from the start
    Tls,
    /// 先连接后加密 / STARTTLS, required
    Starttls,
    /// 不加密，只允许本机 / none, for this machine only
    None,
}

impl From<SecurityChoice> for Security {
    fn from(choice: SecurityChoice) -> Self {
        match choice {
            SecurityChoice::Tls => Self::Tls,
            SecurityChoice::Starttls => Self::Starttls,
            SecurityChoice::None => Self::None,
        }
    }
}
