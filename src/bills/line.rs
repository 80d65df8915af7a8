//! One transaction of a bill, in the shape that every provider's rows are brought to.

use jiff::Timestamp;

use crate::bills::moment::Fineness;
use crate::domain::lang::Text;
use crate::domain::money::Money;
use crate::text;

/// Who wrote the export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Provider {
    /// 微信支付.
    WeChat,
    /// 支付宝.
    Alipay,
    /// 京东.
    Jd,
    /// 美团.
    Meituan,
    /// 云闪付.
    UnionPay,
    /// A bank, by the short name it is known by.
    Bank(&'static str),
    /// Anything read through a column map or a general layout.
    Other,
}

impl Provider {
    /// Returns the name used in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::WeChat => "wechat",
            Self::Alipay => "alipay",
            Self::Jd => "jd",
            Self::Meituan => "meituan",
            Self::UnionPay => "unionpay",
            Self::Bank(name) => name,
            Self::Other => "other",
        }
    }

    /// Returns what people call it.
    pub fn title(self) -> Text {
        match self {
            Self::WeChat => text!("微信支付", "WeChat Pay"),
            Self::Alipay => text!("支付宝", "Alipay"),
            Self::Jd => text!("京东支付", "JD Pay"),
            Self::Meituan => text!("美团支付", "Meituan Pay"),
            Self::UnionPay => text!("云闪付", "UnionPay"),
            Self::Bank("icbc") => text!("工商银行", "ICBC"),
            Self::Bank("ccb") => text!("建设银行", "CCB"),
            Self::Bank("cmb") => text!("招商银行", "CMB"),
            Self::Bank("abc") => text!("农业银行", "ABC"),
            Self::Bank("boc") => text!("中国银行", "Bank of China"),
            Self::Bank("bocom") => text!("交通银行", "Bank of Communications"),
            Self::Bank("cgb") => text!("广发银行", "CGB"),
            Self::Bank("spdb") => text!("浦发银行", "SPDB"),
            Self::Bank("citic") => text!("中信银行", "CITIC"),
            Self::Bank("cib") => text!("兴业银行", "CIB"),
            Self::Bank("hsbc-hk") => text!("汇丰银行（香港）", "HSBC Hong Kong"),
            Self::Bank(name) => Text::same(name),
            Self::Other => text!("其他账单", "another bill"),
        }
    }

    /// Returns the short form used in identifiers that are built from time, amount and payee.
    pub fn short(self) -> &'static str {
        match self {
            Self::WeChat => "wx",
            Self::Alipay => "ali",
            other => other.name(),
        }
    }

    /// Returns true for wallets, whose payments a bank's statement repeats.
    pub fn is_wallet(self) -> bool {
        matches!(self, Self::WeChat | Self::Alipay | Self::Jd | Self::Meituan)
    }
}

/// Which way the money went, from the owner's side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flow {
    /// Paid (支出).
    Out,
    /// Received (收入).
    In,
    /// Between the owner's own pockets, or never carried out (不计收支).
    Neutral,
}

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Money moved.
    Settled,
    /// Money moved and came back, wholly or in part.
    Refunded,
    /// Never paid, failed, or still unpaid: no money moved.
    NotPaid,
    /// The row is itself the refund of another.
    RefundRow,
    /// A state this program does not know; money is assumed to have moved.
    Unknown,
}

/// Where a row stands: the number of its file in this reading, and its line in that file,
/// counted from 1. In a workbook the line is the row of the sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Index into the list of files.
    pub file: u32,
    /// Line or sheet row, from 1.
    pub line: u32,
}

/// The texts of a row that are kept, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// 交易对方.
    Payee,
    /// 交易类型.
    Kind,
    /// 商品, 商品说明, 摘要.
    Goods,
    /// 支付方式.
    Method,
    /// 当前状态.
    Status,
    /// 交易单号.
    Id,
    /// 商户单号.
    MerchantId,
    /// 备注.
    Note,
    /// 交易国家或地区.
    Country,
    /// 交易场所, 交易地点, 网点.
    Site,
    /// 交易渠道.
    Via,
}

/// How many texts a row keeps.
pub const PARTS: usize = 11;

/// The kept texts of one row, in one allocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    text: Box<str>,
    ends: [u16; PARTS],
}

impl Parts {
    /// Joins the texts; what does not fit into 64 KiB is left out.
    pub fn new(scratch: &mut String, parts: [&str; PARTS]) -> Self {
        scratch.clear();
        let mut ends = [0; PARTS];
        for (part, end) in parts.iter().zip(&mut ends) {
            if let Ok(length) = u16::try_from(scratch.len() + part.len()) {
                scratch.push_str(part);
                *end = length;
            } else {
                *end = u16::try_from(scratch.len()).unwrap_or(u16::MAX);
            }
        }
        Self { text: scratch.as_str().into(), ends }
    }

    fn get(&self, part: Part) -> &str {
        let index = part as usize;
        let start = if index == 0 { 0 } else { usize::from(self.ends[index - 1]) };
        self.text.get(start..usize::from(self.ends[index])).unwrap_or_default()
    }
}

/// One transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When, as an instant; the bill's wall clock is UTC+8.
    pub at: Timestamp,
    /// How exactly the bill says when.
    pub fineness: Fineness,
    /// The amount of the row, never negative, before any refund.
    pub amount: Money,
    /// What of it came back, never more than the amount.
    pub refunded: Money,
    /// Which way.
    pub flow: Flow,
    /// What became of it.
    pub outcome: Outcome,
    /// Who says so.
    pub provider: Provider,
    /// ISO code of the currency; totals count `CNY` only.
    pub currency: [u8; 3],
    /// Where it stands.
    pub place: Place,
    /// Its texts.
    pub parts: Parts,
}

impl Line {
    /// Returns the counterparty, empty when the bill names none.
    pub fn payee(&self) -> &str {
        self.parts.get(Part::Payee)
    }

    /// Returns the provider's word for the kind of transaction.
    pub fn kind(&self) -> &str {
        self.parts.get(Part::Kind)
    }

    /// Returns what was bought, or the message sent along.
    pub fn goods(&self) -> &str {
        self.parts.get(Part::Goods)
    }

    /// Returns what it was paid with.
    pub fn method(&self) -> &str {
        self.parts.get(Part::Method)
    }

    /// Returns the provider's word for the state.
    pub fn status(&self) -> &str {
        self.parts.get(Part::Status)
    }

    /// Returns the transaction number as the bill writes it; it may be destroyed, see
    /// [`Line::whole_id`].
    pub fn id(&self) -> &str {
        self.parts.get(Part::Id)
    }

    /// Returns the merchant's order number.
    pub fn merchant_id(&self) -> &str {
        self.parts.get(Part::MerchantId)
    }

    /// Returns the remark.
    pub fn note(&self) -> &str {
        self.parts.get(Part::Note)
    }

    /// Returns the country the bill names, in the bill's own spelling.
    pub fn country(&self) -> &str {
        self.parts.get(Part::Country)
    }

    /// Returns the place, branch or terminal.
    pub fn site(&self) -> &str {
        self.parts.get(Part::Site)
    }

    /// Returns by what means the bank took the order.
    pub fn via(&self) -> &str {
        self.parts.get(Part::Via)
    }

    /// Returns the transaction number if the bill has one and no spreadsheet has destroyed it.
    pub fn whole_id(&self) -> Option<&str> {
        let id = self.id();
        (!id.is_empty() && !crate::bills::cell::is_destroyed(id)).then_some(id)
    }

    /// Returns the number, or `wx|2025-01-10 03:44|266300|payee` where there is none to rely on.
    pub fn identifier(&self) -> String {
        self.whole_id().map_or_else(
            || {
                let minute = self.wall().strftime("%Y-%m-%d %H:%M").to_string();
                format!("{}|{minute}|{}|{}", self.provider.short(), self.amount.fen(), self.payee())
            },
            str::to_owned,
        )
    }

    /// Returns the bill's wall clock time.
    pub fn wall(&self) -> jiff::civil::DateTime {
        jiff::tz::Offset::constant(8).to_datetime(self.at)
    }

    /// Returns what was paid and did not come back: zero unless money went out.
    pub fn net(&self) -> Money {
        match (self.flow, self.outcome) {
            (Flow::Out, Outcome::Settled | Outcome::Refunded | Outcome::Unknown) => {
                self.amount - self.refunded
            }
            _ => Money::ZERO,
        }
    }

    /// Returns true for renminbi.
    pub fn is_yuan(&self) -> bool {
        self.currency == *b"CNY"
    }
}
