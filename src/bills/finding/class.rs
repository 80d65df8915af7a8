//! What kind of spending a row is, from the words that every export uses.

use crate::bills::line::{Flow, Line, Provider};

/// Kinds of spending that thieves and owners use differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Money sent to a person.
    Transfer,
    /// A payment to someone's receive code.
    Code,
    /// A red packet to one person.
    RedPacket,
    /// A red packet to a group.
    GroupPacket,
    /// Game currency.
    Game,
    /// Gift and shopping cards.
    GiftCard,
    /// Telephone credit.
    TopUp,
    /// A merchant abroad.
    Overseas,
    /// Paid by a relative with a card the owner gave them.
    FamilyCard,
    /// Memberships and services without goods.
    Online,
    /// Any other merchant.
    Merchant,
    /// Savings moved to the balance.
    Pull,
    /// Everything else: income, repayments, deposits.
    Other,
}

impl Class {
    /// Returns true for what a thief can turn into money without a bank account in his name.
    pub fn is_fungible(self) -> bool {
        matches!(self, Self::Game | Self::GiftCard | Self::TopUp | Self::Overseas)
    }

    /// Returns true for payments to a private person or an unknown code.
    pub fn is_personal(self) -> bool {
        matches!(self, Self::Transfer | Self::Code)
    }
}

fn has(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

const GAMES: &[&str] = &[
    "游戏",
    "点券",
    "道具",
    "钻石",
    "皮肤",
    "元宝",
    "点卡",
    "米哈游",
    "steam",
    "腾讯天游",
    "金币充值",
    "代充",
    "q币",
    "游币",
    "代练",
    "战令",
    "网易游戏",
    "完美世界",
    "莉莉丝",
    "鹰角网络",
    "叠纸",
    "三七互娱",
    "王者荣耀",
    "和平精英",
    "原神",
    "playstation",
    "nintendo",
    "roblox",
    "epic games",
    "抖币",
    "快币",
    "直播充值",
    "打赏",
];
const CARDS: &[&str] = &[
    "e卡",
    "购物卡",
    "充值卡",
    "礼品卡",
    "任我行",
    "超市卡",
    "gift card",
    "加油卡",
    "储值卡",
    "提货券",
    "卡密",
    "骏网",
    "星礼卡",
    "沃尔玛卡",
    "盒马卡",
    "京东卡",
    "苏宁卡",
    "预付卡",
    "电子卡",
    "油卡",
    "兑换码",
    "itunes",
];
const CREDIT: &[&str] = &["话费", "手机充值", "流量充值", "流量包"];
/// Names under which worldwide shops take money from a card.
const ABROAD: &[&str] = &[
    ".com",
    ".net",
    "google",
    "apple",
    "steam",
    "paypal",
    "amazon",
    "airbnb",
    "booking",
    "agoda",
    "expedia",
    "uber",
    "netflix",
    "spotify",
    "facebk",
    "aliexpress",
    "ebay",
    "shopify",
    "openai",
    "tiktok",
    "skrill",
    "western union",
];
const MEMBERSHIPS: &[&str] =
    &["会员", "自动续费", "增值服务", "订阅", "vip", "包月", "连续包", "代扣", "免密支付"];
const COMPANIES: &[&str] =
    &["科技有限公司", "技术有限公司", "电子商务有限公司", "文化传媒有限公司", "网络有限公司"];
const TRANSFER_WORDS: &[&str] = &[
    "转账",
    "房租",
    "生活费",
    "货款",
    "还款",
    "借款",
    "饭钱",
    "车费",
    "谢谢",
    "aa",
    "份子",
    "定金",
    "押金",
    "新婚",
    "工资",
    "学费",
    "装修款",
    "红包",
];

/// How banks call money sent to an account, or drawn in cash.
const SENT_WORDS: &[&str] =
    &["转账", "汇款", "转支", "转出", "跨行", "网银互联", "取现", "取款", "atm"];

/// Judges a row.
pub fn classify(line: &Line) -> Class {
    if line.flow == Flow::Neutral || line.flow == Flow::In {
        return if line.flow == Flow::Neutral && is_pull(line) {
            Class::Pull
        } else {
            Class::Other
        };
    }
    let kind = line.kind();
    let goods = line.goods().to_lowercase();
    let payee = line.payee().to_lowercase();
    if has(kind, &["亲属卡", "亲情卡", "亲密付"]) || has(&goods, &["亲属卡", "亲情卡", "亲密付"])
    {
        return Class::FamilyCard;
    }
    if kind.contains("红包") && line.provider == Provider::WeChat {
        let group = kind.contains('群') || payee.contains("群红包");
        return if group { Class::GroupPacket } else { Class::RedPacket };
    }
    let both = format!("{payee} {goods}");
    if has(&both, GAMES) {
        return Class::Game;
    }
    if has(&both, CARDS) {
        return Class::GiftCard;
    }
    if has(&goods, CREDIT) {
        return Class::TopUp;
    }
    if has(&goods, &["境外", "海外", "跨境"]) || is_abroad(line, &payee) {
        return Class::Overseas;
    }
    private(line, kind, &goods).unwrap_or_else(|| {
        let online = has(&goods, MEMBERSHIPS) || goods.is_empty() && has(&payee, COMPANIES);
        if online { Class::Online } else { Class::Merchant }
    })
}

fn private(line: &Line, kind: &str, goods: &str) -> Option<Class> {
    if kind.contains("二维码付款") || has(goods, &["二维码收款", "收钱码", "收款码"])
    {
        let shop = kind == "商户消费";
        return Some(if shop { Class::Merchant } else { Class::Code });
    }
    if kind == "转账" || kind == "转账红包" || kind == "群收款" {
        let packet = goods.contains("红包");
        return Some(if packet { Class::RedPacket } else { Class::Transfer });
    }
    if matches!(line.provider, Provider::Bank(_) | Provider::Other) {
        let sent = has(kind, SENT_WORDS) || has(goods, SENT_WORDS);
        return sent.then_some(Class::Transfer);
    }
    let unspecific = kind.is_empty() || kind == "即时到账交易" || line.provider != Provider::WeChat;
    (unspecific && !kind.contains("美食") && has(goods, TRANSFER_WORDS)).then_some(Class::Transfer)
}

fn is_abroad(line: &Line, payee: &str) -> bool {
    !line.is_yuan() || payee.is_ascii() && has(payee, ABROAD)
}

/// Savings (零钱通, 余额宝) moved to the balance, from where they can be sent on.
fn is_pull(line: &Line) -> bool {
    let texts = [line.kind(), line.goods()];
    texts.iter().any(|text| {
        has(text, &["零钱通转出-到零钱", "转出到余额", "余额宝-转出", "零钱通转出到零钱"])
            && !text.contains("收益")
    })
}

/// A purpose that the payer wrote down and that a thief has no reason to invent.
const PURPOSES: &[&str] = &[
    "房租",
    "生活费",
    "定金",
    "订金",
    "押金",
    "装修",
    "购房",
    "买车",
    "学费",
    "份子",
    "新婚",
    "彩礼",
    "礼金",
    "医药费",
    "工资",
    "保险费",
    "物业",
    "水电",
    "饭钱",
    "车费",
    "电影票",
];

/// Words that fit anything: the default text, or the excuse a thief types as well.
const EXCUSES: &[&str] = &["货款", "还款", "借款", "谢谢", "其他"];

/// How much the message sent along tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// None, or the wallet's default text.
    Silent,
    /// A word that fits anything.
    Vague,
    /// A definite purpose.
    Definite,
}

/// Judges the message.
pub fn purpose(line: &Line) -> Purpose {
    let goods = line.goods();
    if has(goods, PURPOSES) {
        Purpose::Definite
    } else if has(goods, EXCUSES) {
        Purpose::Vague
    } else {
        Purpose::Silent
    }
}
