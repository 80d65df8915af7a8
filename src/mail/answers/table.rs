//! The table itself. Rows are read from the top, the first that fits counts; needles are in lower
//! case. The providers' own help pages and years of mail logs say these words.

use crate::domain::refusal::RefusalClass::{Auth, Content, Mailbox, Rate, Size, Tls, Unreachable};
use crate::mail::answers::{Advice, Row};

/// Said with 530, 534, 535 and the like: always of the account.
#[rustfmt::skip]
pub(super) const LOGIN: &[Row] = &[
    Row {
        says: &[
            "5.7.139", "basic authentication is disabled", "smtpclientauthentication is disabled",
            "5.7.30",
        ],
        class: Auth,
        lasting: true,
        what: ("这个邮箱已停用密码登录", "this provider has switched password logins off"),
        advice: Advice::AnotherAccount,
    },
    Row {
        says: &[
            "application-specific password required", "5.7.9", "gsmtp", "support.google.com",
        ],
        class: Auth,
        lasting: true,
        what: ("Gmail 不认这个密码", "Gmail does not accept this password"),
        advice: Advice::AppPassword,
    },
    Row {
        says: &[
            "service is not open", "has no permission", "smtp service is disabled", "not enabled",
        ],
        class: Auth,
        lasting: true,
        what: (
            "授权码不对，或邮箱没有开启 SMTP 服务",
            "the code is wrong, or SMTP is switched off",
        ),
        advice: Advice::SwitchOn,
    },
    Row {
        says: &[
            "authorization code", "authentication failed", "authentication failure", "login fail",
        ],
        class: Auth,
        lasting: true,
        what: (
            "发信服务器不认账号或授权码",
            "the mail server does not accept the account or password",
        ),
        advice: Advice::AuthorizationCode,
    },
];

/// Said at any other moment.
#[rustfmt::skip]
pub(super) const ALL: &[Row] = &[
    Row {
        says: &["user has no permission", "smtp service is disabled"],
        class: Auth,
        lasting: true,
        what: ("邮箱没有开启 SMTP 服务", "SMTP is switched off for this account"),
        advice: Advice::SwitchOn,
    },
    Row {
        says: &[
            "user suspended", "user is locked", "account is locked", "账号被锁", "帐号被锁",
            "用户被锁定",
        ],
        class: Auth,
        lasting: true,
        what: ("发信邮箱被锁定", "the sending account is locked"),
        advice: Advice::Unlock,
    },
    Row {
        says: &[
            "mail from address must be same as authorization user",
            "mail from must equal authorized user", "not owned by user", "sendasdenied", "dt:sum",
        ],
        class: Auth,
        lasting: true,
        what: ("发件地址不是登录的那个邮箱", "the sender is not the account that logged in"),
        advice: Advice::OwnAddress,
    },
    Row {
        says: &[
            "authentication is required", "authentication required", "must issue a starttls",
        ],
        class: Auth,
        lasting: true,
        what: ("发信服务器要求登录", "the mail server wants a login"),
        advice: Advice::LookAtSettings,
    },
    Row {
        says: &[
            "daily user sending quota", "daily user sending limit", "daily sending quota",
            "mi:stc", "5.4.5", "sending limit exceeded", "发信量超过", "发送数量超",
        ],
        class: Rate,
        lasting: false,
        what: ("邮箱当天的发信数量用完了", "the account's daily quota is used up"),
        advice: Advice::WaitADay,
    },
    Row {
        says: &[
            "frequency limited", "frequency limit", "frequency is limited", "too frequently",
            "too many", "too much", "rate limit", "rate limited", "rate-limited", "ratelimit",
            "exceeded the rate", "throttled", "try again later", "please try again",
            "quota exceeded for sending", "server busy", "system busy", "system is busy",
            "greylisted", "greylisting", "graylisted", "hl:icc", "hl:ifc", "hl:rep", "hl:mep",
            "mi:sfq", "rp:qrc", "mi:dmc", "mi:cel", "mi:ccl", "rp:ccl", "rp:cel", "rp:drc",
            "发信频率", "发送频率", "频率限制", "过于频繁", "smtp auth error limit exceed",
        ],
        class: Rate,
        lasting: false,
        what: ("邮件服务器说太多太快，稍后再试", "the mail server wants a pause"),
        advice: Advice::Wait,
    },
    Row {
        says: &[
            "mailbox full", "mailbox is full", "over quota", "overquota", "quota exceeded",
            "exceeded quota", "exceeded storage", "storage allocation", "insufficient storage",
            "no space left", "quotaexceeded", "邮箱已满", "邮箱空间不足", "超出邮箱容量",
            "信箱已满", "邮箱容量",
        ],
        class: Mailbox,
        lasting: false,
        what: ("对方邮箱已满，收不进去", "the recipient's mailbox is full"),
        advice: Advice::CallThem,
    },
    Row {
        says: &[
            "message too large", "message is too large", "message size exceeds",
            "exceeds size limit", "exceeded size limit", "exceeds the size",
            "exceeds fixed maximum", "maximum message size", "message file too big",
            "mailsize limit", "size limit", "too big", "message length exceeds", "邮件过大",
            "邮件太大", "邮件大小超", "附件过大", "附件太大", "大小限制",
        ],
        class: Size,
        lasting: true,
        what: ("邮件太大，对方不收", "the message is too large"),
        advice: Advice::SendLess,
    },
    Row {
        says: &[
            "user unknown", "unknown user", "no such user", "no such recipient",
            "no such account", "mailbox not found", "mailbox not exist", "mailbox does not exist",
            "mailbox unavailable", "mailbox disabled", "user not found", "user doesn't exist",
            "user does not exist", "recipient not found", "recipientnotfound",
            "recipient unknown", "unknown recipient", "address does not exist",
            "account does not exist", "does not exist", "doesn't exist", "no mailbox here",
            "invalid recipient", "recipient address rejected", "unrouteable address",
            "unroutable address", "account is disabled", "account has been disabled",
            "account disabled", "inactive user", "bad destination mailbox", "unknown local part",
            "local user only", "address unknown", "unknown or illegal alias",
            "mailbox is disabled", "user is inactive", "not a valid mailbox", "isn't a valid",
            "couldn't be found", "could not be found", "wasn't found", "not listed in",
            "no such mailbox", "不存在", "地址有误", "地址错误", "收件人未找到", "未找到收件人",
            "用户未找到", "查无此", "已注销", "已停用", "被停用",
        ],
        class: Mailbox,
        lasting: true,
        what: ("收件地址不存在", "the recipient's address does not exist"),
        advice: Advice::CheckAddress,
    },
    Row {
        says: &[
            "domain not found", "host not found", "name or service not known", "nxdomain",
            "no mx record", "domain name not found", "host unknown", "域名不存在", "域名解析失败",
        ],
        class: Mailbox,
        lasting: true,
        what: ("收件地址的域名不存在", "the recipient's domain does not exist"),
        advice: Advice::CheckAddress,
    },
    Row {
        says: &[
            "mail content denied", "dt:spm", "spam", "virus", "content rejected",
            "content presents", "blocked for policy", "blacklisted", "blacklist", "in blacklist",
            "blocklist", "blocked using", "spf check failed", "spf fail", "dmarc", "dkim",
            "policy violation", "rejected due to policy", "rejected by recipients",
            "suspected bounce attacks", "unsolicited", "behaviour spam", "not authorized",
            "hl:ihu", "hl:ipb", "mi:spb", "mi:nhd", "mi:imf", "dt:rbl", "wm:bli", "wm:blu",
            "垃圾邮件", "病毒", "反垃圾", "内容违规", "内容被拒", "黑名单", "拒收",
            "被收件人拒绝", "拒绝接收",
        ],
        class: Content,
        lasting: true,
        what: (
            "邮件服务器拒绝了这封邮件的内容或来源",
            "the mail server refused the message or its origin",
        ),
        advice: Advice::LookAtContent,
    },
    Row {
        says: &[
            "not reachable", "not responding", "queue period", "connection timed out", "operation timed out", "timed out", "connection refused",
            "no route to host", "network is unreachable", "could not connect",
            "retry timeout exceeded", "retry time not reached", "unable to connect", "连接超时",
            "连接失败", "无法连接", "连接被拒绝",
        ],
        class: Unreachable,
        lasting: false,
        what: ("对方的邮件服务器连不上", "the recipient's mail server could not be reached"),
        advice: Advice::CallThem,
    },
];

pub(super) const NOT_LOGGED_IN: Row = Row {
    says: &[],
    class: Auth,
    lasting: true,
    what: ("发信服务器不认账号或授权码", "the mail server does not accept the account or password"),
    advice: Advice::AuthorizationCode,
};

pub(super) const NOT_ENCRYPTED: Row = Row {
    says: &[],
    class: Tls,
    lasting: true,
    what: ("发信服务器不肯加密", "the mail server refuses encryption"),
    advice: Advice::LookAtSettings,
};

pub(super) const FULL: Row = Row {
    says: &[],
    class: Mailbox,
    lasting: false,
    what: ("对方邮箱已满，收不进去", "the recipient's mailbox is full"),
    advice: Advice::CallThem,
};

pub(super) const TOO_LARGE: Row = Row {
    says: &[],
    class: Size,
    lasting: true,
    what: ("邮件太大，对方不收", "the message is too large"),
    advice: Advice::SendLess,
};

pub(super) const NO_SUCH_ADDRESS: Row = Row {
    says: &[],
    class: Mailbox,
    lasting: true,
    what: ("收件地址不存在或不收信", "the recipient's address does not exist or takes no mail"),
    advice: Advice::CheckAddress,
};

pub(super) const NOT_REACHED: Row = Row {
    says: &[],
    class: Unreachable,
    lasting: false,
    what: ("对方的邮件服务器连不上", "the recipient's mail server could not be reached"),
    advice: Advice::CallThem,
};

pub(super) const FOR_NOW: Row = Row {
    says: &[],
    class: Rate,
    lasting: false,
    what: ("邮件服务器现在不收，稍后再试", "the mail server does not take it for now"),
    advice: Advice::Wait,
};

pub(super) const POLICY: Row = Row {
    says: &[],
    class: Content,
    lasting: true,
    what: ("对方的邮件服务器按规则拒收", "the recipient's mail server refuses it by its rules"),
    advice: Advice::LookAtContent,
};

pub(super) const REFUSED: Row = Row {
    says: &[],
    class: Content,
    lasting: true,
    what: ("邮件服务器拒绝了这封邮件", "the mail server refused the message"),
    advice: Advice::LookAtContent,
};
