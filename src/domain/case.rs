//! The case: what one person knows of what happened to them. This is the shape of `case.toml`,
//! schema version 1, and of the snapshot the ledger keeps of it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::consent::Consent;
use crate::domain::digest::Digest;
use crate::domain::lang::Text;
use crate::domain::money::Money;
use crate::domain::role::Role;
use crate::domain::time;

/// The version of the case file this program reads and writes.
pub const SCHEMA: u32 = 1;

/// 案件文件 case.toml（版本 1）。只有 `platform` 和 `discovered_at` 必填，其余知道多少填多少。
/// A case file; only `platform` and `discovered_at` are required.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// 文件格式版本，现在是 1。 Version of this file format, now 1.
    #[serde(default = "schema_version")]
    pub schema: u32,
    /// 本方编号，只含字母、数字和连字符；不填则自动生成。 Our number for the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "case-id"))]
    pub id: Option<String>,
    /// 出事的平台，例如 "wechat"。 The platform, such as "wechat".
    #[schemars(extend("format" = "name"))]
    pub platform: String,
    /// 指定流程：流程编号，或本文件夹里的流程文件名；不填则按平台选择。 The workflow, by id or file name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow: Option<String>,
    /// 发现出事的时间，带时区，例如 2026-09-18T15:20:00+08:00。 When it was discovered, with zone.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub discovered_at: Timestamp,
    /// 时区，默认 Asia/Shanghai。 IANA zone of the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "zone"))]
    pub zone: Option<String>,
    /// 所在省份。 Province.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub province: Option<String>,
    /// 所在城市。 City.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// 受害人（本人）。 The victim.
    #[serde(default, skip_serializing_if = "Victim::is_empty")]
    pub victim: Victim,
    /// 出事的账户。 The account concerned.
    #[serde(default, skip_serializing_if = "Account::is_empty")]
    pub account: Account,
    /// 已知的事实，是 true、否 false、不清楚就不填。 Facts; leave out what is not known.
    #[serde(default, skip_serializing_if = "Facts::is_empty")]
    pub facts: Facts,
    /// 损失明细，一笔一段。 The losses, one table a line.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub losses: Vec<Loss>,
    /// 保险。 Insurance.
    #[serde(default, skip_serializing_if = "Insurance::is_empty")]
    pub insurance: Insurance,
    /// 证据文件，按证据位填写，例如 "bill.pdf" = "账单.pdf"。 Evidence files by slot.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(schema_with = "evidence_schema")]
    pub evidence: BTreeMap<String, Vec<String>>,
    /// 导出的账单文件，会被读取、逐笔筛查。 Exported bills, which are read and screened.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bills: Vec<String>,
    /// 打开账单要用的密码，一律写 "secret:名称"（先用 secret set 保存）。 Passwords of the bills.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bills_passwords: Vec<String>,
    /// 读不懂的账单的列对应文件，由 bills map 写出。 A column map for bills of other institutions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bills_map: Option<String>,
    /// 可以用电子邮件联系的收件人：只写对方在本案中亲自告知的地址。 Recipients by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub recipients: BTreeMap<String, Recipient>,
    /// 发送的同意方式。 Consent to sending.
    #[serde(default)]
    pub send: Send,
    /// 委托人对律所使用资料的同意。 What a client allowed their firm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<Consent>,
}

fn schema_version() -> u32 {
    SCHEMA
}

/// A slot holds one file or several; a dotted slot may be written as a key or as nested tables.
fn evidence_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({
        "type": "object",
        "format": "evidence",
        "additionalProperties": { "type": ["string", "array", "object"] },
    })
}

/// 受害人。 The victim.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Victim {
    /// 姓名，与身份证一致。 Name as on the identity card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "name"))]
    pub name: Option<String>,
    /// 居民身份证号，或 "secret:名称"（从密钥库取）。 Identity number, or "secret:NAME".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "id-number"))]
    pub id_no: Option<String>,
    /// 电话。 Telephone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "phone"))]
    pub phone: Option<String>,
    /// 电子邮箱。 Mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "email"))]
    pub email: Option<String>,
    /// 住址。 Address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

/// 账户。 The account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// 账号（如微信号）。 Account id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// 昵称。 Nickname.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    /// 绑定的手机号。 Bound telephone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "phone"))]
    pub phone: Option<String>,
    /// 账户里现在还剩的钱（元）。 Money still in the account, in yuan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub balance: Option<Money>,
    /// 数字钱包的地址。 Address of a crypto wallet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "number-text"))]
    pub wallet_address: Option<String>,
    /// 涉及的交易所名称。 The exchange concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exchange: Option<String>,
    /// 绑定的银行卡，如 "招商银行（尾号1234）"。 Linked cards.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cards: Vec<String>,
}

/// 事实：每一项只在知道时填写。 Facts, each only when known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// 钱是否还在转出。 Money is still leaving.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub still_moving: Option<bool>,
    /// 陌生人是否仍登录着账户。 The intruder is still logged in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intruder_inside: Option<bool>,
    /// 本人是否已无法登录。 The owner cannot log in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frozen_out: Option<bool>,
    /// 手机或 SIM 卡是否丢失。 Phone or SIM lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone_lost: Option<bool>,
    /// 账户是否被平台封禁。 The account is banned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_banned: Option<bool>,
    /// 是否向任何人提供过密码或验证码。 A password or code was given to someone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_given: Option<bool>,
    /// 是否与人共享过屏幕。 The screen was shared with someone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub screen_shared: Option<bool>,
    /// 还有谁知道支付密码；没有就填 "无"。 Who else knows the payment password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_known_by: Option<String>,
    /// 手机是否借给过别人。 The phone was lent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone_lent: Option<bool>,
    /// 账户或银行卡是否出借、出租过。 The account or a card was lent or rented out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_lent: Option<bool>,
    /// 是否参与过刷单。 Took part in fake orders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fake_orders: Option<bool>,
    /// 是否涉及赌博。 Gambling is involved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gambling: Option<bool>,
    /// 数字钱包是否由平台托管；自己保管助记词的填 false。 The wallet is held by a platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custodial: Option<bool>,
    /// 是否怀疑是家里人操作的（只供本人，不写进材料）。 A relative may have done it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family_suspected: Option<bool>,
    /// 财产是否已被司法机关冻结。 The property was frozen by a court or the police.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assets_frozen_by_court: Option<bool>,
    /// 本人是否为老年人。 The owner is elderly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elderly: Option<bool>,
    /// 可能的原因，用自己的话：钓鱼链接、公共 Wi-Fi 等。 The likely cause, in their own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "prose"))]
    pub cause: Option<String>,
    /// 处罚页面写的封禁原因。 The reason given for the ban.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "prose"))]
    pub ban_reason: Option<String>,
    /// 向运营商挂失手机卡的时间。 When the SIM was reported lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub sim_reported_at: Option<Timestamp>,
    /// 最后一次看到余额正常的时间。 When the balance was last seen intact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub last_seen_intact: Option<Timestamp>,
    /// 事发时本人在哪里、在做什么，用自己的话。 Where the owner was, in their own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "prose"))]
    pub whereabouts: Option<String>,
    /// 怎么发现的，用自己的话。 How it was discovered, in their own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "prose"))]
    pub how_discovered: Option<String>,
}

/// How a loss happened.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// 非本人操作。 Not done by the owner.
    NotByMe,
    /// 受人欺骗，本人操作。 Done by the owner, deceived.
    ByMeDeceived,
    /// 不清楚。 Not known.
    Unknown,
}

impl How {
    /// Every way, in the order papers are written in.
    pub const ALL: [Self; 3] = [Self::NotByMe, Self::ByMeDeceived, Self::Unknown];

    /// Returns the word the case file uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotByMe => "not_by_me",
            Self::ByMeDeceived => "by_me_deceived",
            Self::Unknown => "unknown",
        }
    }

    /// Returns the word for the person's own screen.
    pub fn name(self) -> Text {
        match self {
            Self::NotByMe => Text::new("不是我操作的", "not done by me"),
            Self::ByMeDeceived => Text::new("我操作的，但受了骗", "done by me, deceived"),
            Self::Unknown => Text::new("还不清楚", "not known yet"),
        }
    }
}

/// 一笔损失。 One loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Loss {
    /// 交易时间，带时区。 When, with zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub at: Option<Timestamp>,
    /// 金额（元），精确到分，例如 "4980.00"。 Amount in yuan.
    pub amount: Money,
    /// 对方名称（账单上显示的）。 The payee as the bill shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payee: Option<String>,
    /// 对方账号。 The payee's account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payee_account: Option<String>,
    /// 交易单号。 Transaction number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "number-text"))]
    pub order_no: Option<String>,
    /// 商户单号。 Merchant number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "number-text"))]
    pub merchant_no: Option<String>,
    /// 资金渠道：零钱、零钱通、银行卡、信用等。 The channel the money left by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// 渠道是银行卡时的银行和尾号。 The bank, for a card.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank: Option<String>,
    /// 数字资产的种类，例如 "USDT"。 The crypto asset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asset: Option<String>,
    /// 数字资产的数量，照账单写，例如 "1200.5"。 Its quantity, exactly as the bill has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "number-text"))]
    pub quantity: Option<String>,
    /// 怎么发生的：not_by_me 非本人操作、by_me_deceived 受骗操作、unknown 不清楚。 How it happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub how: Option<How>,
    /// 已退回的金额（元）。 What was refunded.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub refunded: Money,
    /// 出自账单的哪个文件、哪一行；由程序填写。 Where in which bill; the program writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(amount: &Money) -> bool {
    amount.is_zero()
}

impl Loss {
    /// Returns how it happened; what nobody said is unknown.
    pub fn kind(&self) -> How {
        self.how.unwrap_or(How::Unknown)
    }

    /// Returns the loss that is left after refunds.
    pub fn net(&self) -> Money {
        self.amount - self.refunded
    }
}

/// 保险。 Insurance.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Insurance {
    /// 保险公司。 Insurer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub insurer: Option<String>,
    /// 险种名称。 Product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// 保险单号。 Policy number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "number-text"))]
    pub policy_no: Option<String>,
    /// 保险期间。 Period of cover.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<String>,
    /// 其他保险或赔付；没有就填 "无"。 Other cover or payments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other_cover: Option<String>,
}

/// 收件人。 A recipient.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Recipient {
    /// 姓名或称呼。 Name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// 单位。 Organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
    /// 电子邮箱：必须是对方在本案中亲自告知的。 An address the recipient itself gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "email"))]
    pub email: Option<String>,
    /// 电话。 Telephone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "phone"))]
    pub phone: Option<String>,
    /// 身份：owner 本人、lawyer 律师、bank 银行、insurer 保险公司等。 Role.
    pub role: Role,
    /// 本人已核对该地址是对方亲自告知的。 The owner confirmed the address.
    #[serde(default)]
    pub confirmed: bool,
}

/// How sending is consented to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Approve {
    /// 每一封都先问（默认）。 Ask before each message.
    #[default]
    Ask,
    /// 给本人、律师、银行等已确认的收件人自动发送；保险、警方、法院、监管永远先问。
    /// Send at once to confirmed recipients; insurers and authorities are always asked for.
    Auto,
}

/// 发送。 Sending.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Send {
    /// "ask" 或 "auto"。 "ask" or "auto".
    #[serde(default)]
    pub approve: Approve,
}

impl Victim {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Account {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Facts {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Insurance {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The id of a case, fit for a folder name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CaseId(String);

impl CaseId {
    /// Returns the id that `text` spells: letters, digits and hyphens, at most 64.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=64).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
        fits.then(|| Self(text.to_owned()))
    }

    /// Returns the id's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for CaseId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Stands before the name of a secret where a value may stand.
pub const SECRET_PREFIX: &str = "secret:";

impl Case {
    /// Returns the zone of the case.
    pub fn time_zone(&self) -> TimeZone {
        let name = self.zone.as_deref().unwrap_or(time::DEFAULT_ZONE);
        time::zone(name).unwrap_or_else(time::default_zone)
    }

    /// Returns the case's id: the written one, or one derived from the two facts that every case
    /// has and that a person does not change.
    pub fn case_id(&self) -> CaseId {
        if let Some(id) = self.id.as_deref().and_then(CaseId::parse) {
            return id;
        }
        let day = time::day(self.discovered_at, &self.time_zone());
        let seed = format!("{}|{}", self.platform, self.discovered_at);
        let digest = Digest::of(seed.as_bytes());
        let platform: String =
            self.platform.chars().filter(char::is_ascii_alphanumeric).take(16).collect();
        let platform = if platform.is_empty() { "case".into() } else { platform };
        CaseId(format!("{platform}-{}-{}", day.strftime("%Y%m%d"), digest.short(6)))
    }

    /// Returns the case as canonical JSON, the snapshot the ledger keeps.
    pub fn snapshot(&self) -> serde_json::Value {
        serde_json::to_value(self).expect("a case holds only what JSON can say")
    }

    /// Returns true when `other` is plainly another person's case under the same derived id, or may
    /// be: somebody who corrects their own name without an id is asked too.
    pub fn is_another_person(&self, other: &Self) -> bool {
        let differ = |left: &Option<String>, right: &Option<String>| matches!((left, right), (Some(left), Some(right)) if left != right);
        self.id.is_none()
            && (differ(&self.victim.name, &other.victim.name)
                || (differ(&self.victim.id_no, &other.victim.id_no)
                    && differ(&self.victim.phone, &other.victim.phone)))
    }
}
