//! What mail servers say, and what it means. Chinese providers say 550 for what others call 450,
//! so the words count before the code; the codes of RFC 3463 count before the bare number.

mod table;

use crate::domain::lang::Text;
use crate::domain::refusal::RefusalClass;

/// Where in the conversation a server said it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Before the login.
    Greeting,
    /// When encryption was asked for.
    Encryption,
    /// At the login.
    Login,
    /// At the sender's address.
    Sender,
    /// At the recipient's address.
    Recipient,
    /// At the body or after it.
    Body,
    /// In a report that came back later.
    Later,
}

/// What an answer means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meaning {
    /// What has to follow.
    pub class: RefusalClass,
    /// True when the same bytes to the same address would be refused again.
    pub lasting: bool,
    /// What happened, for the person.
    pub what: Text,
    /// What to do, for the person.
    pub next: Text,
}

/// What a person can do about an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Advice {
    Wait,
    WaitADay,
    AuthorizationCode,
    SwitchOn,
    AppPassword,
    AnotherAccount,
    OwnAddress,
    Unlock,
    CheckAddress,
    CallThem,
    SendLess,
    LookAtContent,
    LookAtSettings,
}

/// One row of the table: any of the words, what they mean.
struct Row {
    says: &'static [&'static str],
    class: RefusalClass,
    lasting: bool,
    what: (&'static str, &'static str),
    advice: Advice,
}

/// Returns what an answer means: its code, its words, and when it came. The words may hold the
/// code of RFC 3463 and several lines.
pub fn meaning(code: Option<u16>, words: &str, moment: Moment) -> Meaning {
    let said = Said::of(words);
    let rows = if is_login_refused(code) { table::LOGIN } else { table::ALL };
    if let Some(row) = rows
        .iter()
        .filter(|row| row.class != RefusalClass::Auth || moment != Moment::Later)
        .find(|row| row.says.iter().any(|needle| said.has(needle)))
    {
        return row.meaning();
    }
    by_code(code, said.status().as_deref(), moment)
}

/// With these codes a server speaks of the account, whatever else its sentence lists.
fn is_login_refused(code: Option<u16>) -> bool {
    matches!(code, Some(526 | 530 | 534 | 535 | 538))
}

impl Row {
    fn meaning(&self) -> Meaning {
        let (zh, en) = self.what;
        Meaning {
            class: self.class,
            lasting: self.lasting,
            what: Text::new(zh, en),
            next: self.advice.text(),
        }
    }
}

/// Words in the form the table has them: lower case, single spaces.
struct Said {
    text: String,
}

impl Said {
    fn of(words: &str) -> Self {
        let lower = words.to_lowercase();
        let mut text = String::with_capacity(lower.len() + 2);
        text.push(' ');
        for word in lower.split_whitespace() {
            text.push_str(word);
            text.push(' ');
        }
        Self { text }
    }

    /// Whole words only: "corporate" says nothing of a rate. Chinese has no such borders.
    fn has(&self, needle: &str) -> bool {
        let is_part = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        self.text.match_indices(needle).any(|(start, found)| {
            let before = self.text[..start].chars().next_back();
            let after = self.text[start + found.len()..].chars().next();
            let begins = !is_part(needle.chars().next()) || !is_part(before);
            let ends = !is_part(needle.chars().next_back()) || !is_part(after);
            begins && ends
        })
    }

    /// The code of RFC 3463, such as `5.1.1`.
    fn status(&self) -> Option<String> {
        let is_edge = |c: char| !(c.is_ascii_digit() || c == '.');
        let is_status = |word: &&str| {
            let mut fields = word.split('.');
            let class = fields.next().is_some_and(|class| ["2", "4", "5"].contains(&class));
            let rest: Vec<&str> = fields.collect();
            let digits = |field: &&str| (1..=3).contains(&field.len());
            class && rest.len() == 2 && rest.iter().all(digits)
        };
        self.text.split(is_edge).find(is_status).map(str::to_owned)
    }
}

fn by_code(code: Option<u16>, status: Option<&str>, moment: Moment) -> Meaning {
    let is_for_now = match (status.and_then(|status| status.chars().next()), code) {
        (_, Some(code)) => code < 500,
        (Some(class), None) => class == '4',
        (None, None) => false,
    };
    let detail = status.and_then(|status| status.split_once('.')).map(|(_, detail)| detail);
    let row = match (detail, code, moment) {
        _ if is_login_refused(code) => &table::NOT_LOGGED_IN,
        (Some("2.2"), ..) => &table::FULL,
        (Some("3.4" | "2.3"), ..) | (_, Some(552 | 523), _) => &table::TOO_LARGE,
        (Some("1.1" | "1.2" | "1.3" | "1.6" | "1.10" | "2.1"), ..) if !is_for_now => {
            &table::NO_SUCH_ADDRESS
        }
        (Some("4.1" | "4.4" | "4.6" | "4.7"), ..) if moment == Moment::Later => &table::NOT_REACHED,
        _ if is_for_now => &table::FOR_NOW,
        (Some(detail), ..) if detail.starts_with("7.") && moment == Moment::Later => &table::POLICY,
        (_, _, Moment::Encryption) => &table::NOT_ENCRYPTED,
        (_, _, Moment::Login) => &table::NOT_LOGGED_IN,
        (_, _, Moment::Recipient) => &table::NO_SUCH_ADDRESS,
        _ => &table::REFUSED,
    };
    row.meaning()
}

impl Advice {
    fn text(self) -> Text {
        let (zh, en) = match self {
            Self::Wait => ("不用做什么，程序会自己再试", "nothing to do; it is tried again"),
            Self::WaitADay => (
                "当天的发信数量用完了：等到明天，或换一个邮箱账号",
                "today's quota is used up: wait until tomorrow, or use another account",
            ),
            Self::AuthorizationCode => (
                "QQ、163、126 邮箱要填网页版设置里生成的授权码，不是登录密码；改过密码后授权码会失效，要重新生成：secret set smtp.password",
                "set the authorization code from the provider's web settings, not the login password: secret set smtp.password",
            ),
            Self::SwitchOn => (
                "登录邮箱网页版，在“设置”里开启 POP3/IMAP/SMTP 服务，再用新的授权码：secret set smtp.password",
                "switch the POP3/IMAP/SMTP service on in the provider's web settings, then set the new code: secret set smtp.password",
            ),
            Self::AppPassword => (
                "在 Google 账号里打开两步验证，生成“应用专用密码”填进来：secret set smtp.password",
                "create an app password in the Google account and set it: secret set smtp.password",
            ),
            Self::AnotherAccount => (
                "这种邮箱不再接受密码登录，请改用 QQ、163 或 126 邮箱",
                "this provider no longer takes passwords: use another account",
            ),
            Self::OwnAddress => (
                "config.toml 里的 from 要写登录所用的那个邮箱地址",
                "write the account's own address as `from` in config.toml",
            ),
            Self::Unlock => (
                "登录邮箱网页版，按提示解除限制，再重新同意发送",
                "log in to the provider's web page, lift the restriction, then approve again",
            ),
            Self::CheckAddress => (
                "向对方核对地址，改正案件文件后重新 start",
                "ask the recipient and correct the case file",
            ),
            Self::CallThem => (
                "打电话告诉对方邮件进不去，或改用其他渠道",
                "call the recipient, or use another channel",
            ),
            Self::SendLess => {
                ("减少附件，或改用其他渠道", "send less along, or use another channel")
            }
            Self::LookAtContent => (
                "看一遍内容后重新同意，或改用其他渠道",
                "look at it and approve it again, or use another channel",
            ),
            Self::LookAtSettings => (
                "检查 config.toml 里的 host、port、security、user",
                "check host, port, security and user in config.toml",
            ),
        };
        Text::new(zh, en)
    }
}
