//! What the packs know beside what a workflow does: reasons of refusals and what answers them,
//! products and promises, thresholds, and cards that warn of rumours and mistakes. Every row says
//! where it was read, when that was checked and how far it can be trusted; none of them decides
//! whether something is reported or claimed.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::money::Money;
use crate::domain::redaction::Redactions;
use crate::workflow::channel::Quality;

/// 拒绝理由。 A reason of a refusal, by the words they use, and what answers it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Refusal {
    /// 名称。 Name.
    pub name: String,
    /// 英文名称。 English name.
    #[serde(default)]
    pub name_en: Option<String>,
    /// 对方答复里的字眼。 Words found in their answers.
    pub says: Vec<String>,
    /// 我方怎样回应，一句一行。 What we reply, one sentence each.
    pub answer: Vec<String>,
    /// 补什么证据。 Evidence that helps.
    #[serde(default)]
    pub evidence: Vec<String>,
    /// 适用于各种损失的法条。 Articles that fit any kind of loss.
    #[serde(default)]
    pub law: Vec<String>,
    /// 只适用于非本人操作的法条。 Articles for losses not made by the person.
    #[serde(default)]
    pub law_not_by_me: Vec<String>,
    /// 来源。 Source.
    pub source: String,
    /// 核对日期。 When it was checked.
    pub checked: String,
    /// 可信程度。 Quality.
    pub quality: Quality,
}

/// What a product row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ProductKind {
    /// 保险。 Insurance.
    Insurance,
    /// 机构自己的承诺。 What an institution promised.
    Promise,
    /// 服务。 A service.
    Service,
}

/// 保险、承诺和服务。 Insurance, a promise or a service, as each source tells of it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// 名称。 Name.
    pub name: String,
    /// 英文名称。 English name.
    #[serde(default)]
    pub name_en: Option<String>,
    /// 种类。 Kind.
    pub kind: ProductKind,
    /// 平台。 The platform it belongs to.
    #[serde(default)]
    pub platform: Option<String>,
    /// 机构。 Who stands behind it.
    #[serde(default)]
    pub holder: Option<String>,
    /// 多久之内报案。 When to report.
    #[serde(default)]
    pub notice: Option<String>,
    /// 最高多少。 The most it pays.
    #[serde(default)]
    pub cap: Option<String>,
    /// 价格。 Price.
    #[serde(default)]
    pub price: Option<String>,
    /// 各来源怎么说，一个来源一行。 What each source says.
    #[serde(default)]
    pub says: Vec<String>,
    /// 怎样使用，或为什么不写进材料。 How it is used, or why it is left out of letters.
    #[serde(default, rename = "use")]
    #[schemars(rename = "use")]
    pub usage: Option<String>,
    /// 来源。 Source.
    pub source: String,
    /// 核对日期。 When it was checked.
    pub checked: String,
    /// 可信程度。 Quality.
    pub quality: Quality,
}

/// 立案标准：只显示，从不作为门槛。 A usual standard for filing: shown, never a gate.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// 类别。 Of what.
    pub crime: String,
    /// 省份，不写为全国。 Province; the whole country without one.
    #[serde(default)]
    pub province: Option<String>,
    /// 从多少分起。 From how many fen.
    pub from_fen: i64,
    /// 到多少分。 To how many fen, where it is a range.
    #[serde(default)]
    pub to_fen: Option<i64>,
    /// 说明。 In words.
    pub text: String,
    /// 法条编号。 The article it stands in.
    #[serde(default)]
    pub law: Option<String>,
    /// 来源。 Source.
    pub source: String,
    /// 核对日期。 When it was checked.
    pub checked: String,
    /// 可信程度。 Quality.
    pub quality: Quality,
    /// 提示。 A word of warning.
    #[serde(default)]
    pub note: Option<String>,
}

impl Threshold {
    /// Returns its amounts in words.
    pub fn amounts(&self) -> String {
        let from = Money::from_fen(self.from_fen);
        match self.to_fen {
            Some(to) => format!("{from}–{}", Money::from_fen(to)),
            None => from.to_string(),
        }
    }
}

/// What a card warns of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum CardKind {
    /// 传言。 A rumour.
    Rumour,
    /// 常见错误。 A common mistake.
    Mistake,
    /// 风险。 A risk.
    Risk,
    /// 须知。 A fact worth knowing.
    Fact,
}

/// 提醒卡。 A card: what people say, what is right, what to do.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// 种类。 Kind.
    pub kind: CardKind,
    /// 标题。 Title.
    pub title: String,
    /// 英文标题。 English title.
    #[serde(default)]
    pub title_en: Option<String>,
    /// 有人怎么说。 What people say.
    #[serde(default)]
    pub says: Option<String>,
    /// 实际是怎样。 What is right.
    pub truth: String,
    /// 怎么办。 What to do.
    #[serde(default)]
    pub act: Option<String>,
    /// 来源。 Source.
    pub source: String,
    /// 核对日期。 When it was checked.
    pub checked: String,
    /// 可信程度。 Quality.
    pub quality: Quality,
}

macro_rules! pack_file {
    ($(#[$doc:meta])* $name:ident, $member:ident: $row:ty) => {
        $(#[$doc])*
        #[derive(Debug, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// 格式版本。 Version of this format.
            pub schema: u32,
            /// 各行。 Rows by id.
            #[serde(default)]
            pub $member: BTreeMap<String, $row>,
        }
    };
}

pack_file!(
    /// A file of reasons of refusals.
    RefusalFile, refusal: Refusal
);
pack_file!(
    /// A file of products.
    ProductFile, product: Product
);
pack_file!(
    /// A file of thresholds.
    ThresholdFile, threshold: Threshold
);
pack_file!(
    /// A file of cards.
    CardFile, card: Card
);

/// A file of redactions.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RedactionFile {
    /// 格式版本。 Version of this format.
    pub schema: u32,
    /// 按收件人的种类。 By role.
    #[serde(default)]
    pub redaction: Redactions,
}
