//! The packs beside the workflows: evidence slots, fields a person fills in, check lists, law.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::domain::calendar::Calendar;
use crate::domain::lang::{Lang, Text};
use crate::domain::redaction::{Redaction, Redactions};
use crate::domain::role::Role;
use crate::workflow::channel::{RawChannel, Registry};
use crate::workflow::knowledge::{Card, Product, Refusal, Threshold};
use crate::workflow::template::Templates;

/// Everything a workflow can name that is not in the workflow file.
#[derive(Clone, Debug, Default)]
pub struct Packs {
    /// Channels by id.
    pub channels: Registry,
    /// Evidence slots by id.
    pub slots: BTreeMap<String, Slot>,
    /// Fields by id.
    pub fields: BTreeMap<String, Field>,
    /// Outcomes a person can pick, by id.
    pub outcomes: BTreeMap<String, Outcome>,
    /// Check lists by id.
    pub checks: BTreeMap<String, CheckList>,
    /// Articles of law by id, verified full text only.
    pub law: BTreeMap<String, Article>,
    /// Reasons of refusals by id.
    pub refusals: BTreeMap<String, Refusal>,
    /// Products and promises by id.
    pub products: BTreeMap<String, Product>,
    /// Usual standards for filing by id.
    pub thresholds: BTreeMap<String, Threshold>,
    /// Cards by id.
    pub cards: BTreeMap<String, Card>,
    /// How much of the person papers show, by role.
    pub redactions: Redactions,
    /// Templates by id.
    pub templates: Templates,
    /// The working-day calendar.
    pub calendar: Calendar,
}

impl Packs {
    /// Returns how much of the person a paper for this role shows.
    pub fn redaction(&self, role: Role) -> Redaction {
        self.redactions.get(&role).copied().unwrap_or_default()
    }
}

/// How much an item of evidence matters to a recipient.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Grade {
    /// 必需。 Nothing moves without it.
    Critical,
    /// 重要。 Helps a great deal.
    Strong,
    /// 可选。 Nice to have.
    Optional,
}

impl Grade {
    /// Returns the word for it.
    pub fn name(self) -> Text {
        match self {
            Self::Critical => Text::new("必需", "critical"),
            Self::Strong => Text::new("重要", "strong"),
            Self::Optional => Text::new("可选", "optional"),
        }
    }
}

/// 证据位。 An evidence slot.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawSlot {
    /// 名称。 Name.
    pub name: String,
    /// 英文名称。 English name.
    #[serde(default)]
    pub name_en: Option<String>,
    /// 怎样取得。 How to get it.
    pub how: String,
    /// 英文的取得方法。 How to get it, in English.
    #[serde(default)]
    pub how_en: Option<String>,
    /// 证明什么。 What it proves.
    #[serde(default)]
    pub proves: Option<String>,
    /// 对不同收件人的重要程度。 Grade by recipient role.
    #[serde(default)]
    pub grade: BTreeMap<Role, Grade>,
    /// 身份证件：原件不外发。 Identity papers, whose originals never leave.
    #[serde(default)]
    pub identity: bool,
    /// 外发用的加注用途的复印件，写模板编号。 The template that makes a marked copy, which may
    /// leave.
    #[serde(default)]
    pub copy: Option<String>,
    /// 导出的账单：会被读取、逐笔筛查。 Exported bills, which are read and screened.
    #[serde(default)]
    pub bills: bool,
    /// 证明力，只给本人看：A 强、B 中、C 弱。 How strong it is, for the person alone.
    #[serde(default)]
    pub strength: Option<Strength>,
}

/// How strong evidence is, as the source articles grade it; never written in what leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Strength {
    /// 强。 Strong.
    A,
    /// 中。 Middling.
    B,
    /// 弱。 Weak.
    C,
}

impl Strength {
    /// Returns the word for it.
    pub fn name(self) -> Text {
        match self {
            Self::A => Text::new("强", "strong"),
            Self::B => Text::new("中", "middling"),
            Self::C => Text::new("弱", "weak"),
        }
    }
}

/// An evidence slot ready for use.
#[derive(Clone, Debug)]
pub struct Slot {
    /// Its name.
    pub name: Text,
    /// How to get it.
    pub how: Text,
    /// What it proves.
    pub proves: Option<String>,
    /// Grade by recipient role.
    pub grade: BTreeMap<Role, Grade>,
    /// Identity papers, whose originals never leave.
    pub identity: bool,
    /// The template that makes a marked copy of it, which may leave.
    pub copy: Option<String>,
    /// Exported bills, which are read and screened.
    pub bills: bool,
    /// How strong it is, for the person alone.
    pub strength: Option<Strength>,
}

impl RawSlot {
    /// Returns the slot.
    pub fn build(self) -> Slot {
        Slot {
            name: Text::new(self.name, self.name_en.unwrap_or_default()),
            how: Text::new(self.how, self.how_en.unwrap_or_default()),
            proves: self.proves,
            grade: self.grade,
            identity: self.identity,
            copy: self.copy,
            bills: self.bills,
            strength: self.strength,
        }
    }
}

/// 一步的结果。 An outcome a person can pick.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawOutcome {
    /// 名称。 Name.
    pub name: String,
    /// 英文名称。 English name.
    #[serde(default)]
    pub name_en: Option<String>,
    /// 表示这件事没有办成。 The thing did not happen.
    #[serde(default)]
    pub missed: bool,
}

/// An outcome ready for use.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Its name.
    pub name: Text,
    /// The thing did not happen: nobody was told, nothing was handed in.
    pub missed: bool,
}

impl RawOutcome {
    /// Returns the outcome.
    pub fn build(self) -> Outcome {
        Outcome {
            name: Text::new(self.name, self.name_en.unwrap_or_default()),
            missed: self.missed,
        }
    }
}

/// What a field holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum FieldKind {
    /// 文字。 Text.
    #[default]
    Text,
    /// 是或否。 Yes or no.
    Bool,
    /// 时间。 A time.
    Time,
    /// 金额。 An amount.
    Money,
    /// 损失的性质。 How a loss happened.
    How,
}

/// 请本人填写的项目。 A field a person fills in.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawField {
    /// 名称。 Label.
    pub name: String,
    /// 英文名称。 English label.
    #[serde(default)]
    pub name_en: Option<String>,
    /// 内容种类。 What it holds.
    #[serde(default)]
    pub kind: FieldKind,
    /// 对应的案件事实，例如 "facts.code_given"。 The fact of the case it answers.
    #[serde(default)]
    pub case: Option<String>,
}

/// A field ready for use.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its label.
    pub name: Text,
    /// What it holds.
    pub kind: FieldKind,
    /// The fact of the case it answers, as a path.
    pub case: Option<String>,
}

impl RawField {
    /// Returns the field.
    pub fn build(self) -> Field {
        Field {
            name: Text::new(self.name, self.name_en.unwrap_or_default()),
            kind: self.kind,
            case: self.case,
        }
    }
}

/// 检查清单。 A check list.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawCheckList {
    /// 名称。 Name.
    pub name: String,
    /// 英文名称。 English name.
    #[serde(default)]
    pub name_en: Option<String>,
    /// 项目。 Items.
    pub items: Vec<RawCheckItem>,
}

/// 检查项目。 One item of a check list.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawCheckItem {
    /// 看什么。 What to look at.
    pub what: String,
    /// 英文。 In English.
    #[serde(default)]
    pub what_en: Option<String>,
    /// 在哪里看。 Where.
    #[serde(default)]
    pub path: Option<String>,
    /// 苹果手机上在哪里，不同时才写。 Where on an iPhone, when it differs.
    #[serde(default)]
    pub path_ios: Option<String>,
    /// 安卓手机上在哪里，不同时才写。 Where on Android, when it differs.
    #[serde(default)]
    pub path_android: Option<String>,
    /// 怎样算正常。 What is normal.
    #[serde(default)]
    pub normal: Option<String>,
    /// 异常时怎么办。 What to do when it is not.
    #[serde(default)]
    pub act: Option<String>,
    /// 风险高低。 How risky it is.
    #[serde(default)]
    pub risk: Option<Risk>,
    /// 改动之前先截图，存进这个证据位。 The slot to fill before anything is changed.
    #[serde(default)]
    pub capture: Option<String>,
}

/// How risky something abnormal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Risk {
    /// 极高。 Very high.
    #[serde(rename = "极高")]
    Extreme,
    /// 高。 High.
    #[serde(rename = "高")]
    High,
    /// 中。 Middling.
    #[serde(rename = "中")]
    Medium,
    /// 低。 Low.
    #[serde(rename = "低")]
    Low,
}

impl Risk {
    /// Returns the word for it.
    pub fn name(self) -> Text {
        match self {
            Self::Extreme => Text::new("极高", "very high"),
            Self::High => Text::new("高", "high"),
            Self::Medium => Text::new("中", "medium"),
            Self::Low => Text::new("低", "low"),
        }
    }
}

/// A check list ready for use.
#[derive(Clone, Debug)]
pub struct CheckList {
    /// Its name.
    pub name: Text,
    /// Its items.
    pub items: Vec<CheckItem>,
}

/// One item of a check list.
#[derive(Clone, Debug)]
pub struct CheckItem {
    /// What to look at.
    pub what: Text,
    /// Where.
    pub path: Option<String>,
    /// Where on an iPhone, when it differs.
    pub path_ios: Option<String>,
    /// Where on Android, when it differs.
    pub path_android: Option<String>,
    /// What is normal.
    pub normal: Option<String>,
    /// What to do when it is not.
    pub act: Option<String>,
    /// How risky it is.
    pub risk: Option<Risk>,
    /// The slot to fill before anything is changed.
    pub capture: Option<String>,
}

impl CheckItem {
    /// Returns the item as JSON and templates have it; `capture` is how the slot to fill is called.
    pub fn shown(&self, lang: Lang, capture: impl Fn(&str) -> String) -> Value {
        json!({
            "what": self.what.get(lang),
            "path": self.path,
            "path_ios": self.path_ios,
            "path_android": self.path_android,
            "normal": self.normal,
            "act": self.act,
            "risk": self.risk,
            "capture": self.capture.as_deref().map(capture),
        })
    }
}

impl RawCheckList {
    /// Returns the check list.
    pub fn build(self) -> CheckList {
        let items = self.items.into_iter().map(|item| CheckItem {
            what: Text::new(item.what, item.what_en.unwrap_or_default()),
            path: item.path,
            path_ios: item.path_ios,
            path_android: item.path_android,
            normal: item.normal,
            act: item.act,
            risk: item.risk,
            capture: item.capture,
        });
        CheckList {
            name: Text::new(self.name, self.name_en.unwrap_or_default()),
            items: items.collect(),
        }
    }
}

/// 法条。 One article of law, quoted in full.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Article {
    /// 法律名称。 The act.
    pub law: String,
    /// 条号。 Number of the article.
    pub article: String,
    /// 全文。 Its full text.
    pub text: String,
    /// 施行日期。 In force since.
    pub effective: String,
    /// 原文出处。 Where the text was read.
    pub found_at: String,
    /// 使用时的注意事项。 What to mind when using it.
    #[serde(default)]
    pub note: Option<String>,
}

/// A file of channels.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChannelFile {
    /// 格式版本。 Version of this format.
    pub schema: u32,
    /// 渠道。 Channels.
    #[serde(default)]
    pub channel: BTreeMap<String, RawChannel>,
}

/// A file of evidence slots.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlotFile {
    /// 格式版本。 Version of this format.
    pub schema: u32,
    /// 证据位。 Slots.
    #[serde(default)]
    pub slot: BTreeMap<String, RawSlot>,
}

/// A file of fields.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldFile {
    /// 格式版本。 Version of this format.
    pub schema: u32,
    /// 项目。 Fields.
    #[serde(default)]
    pub field: BTreeMap<String, RawField>,
    /// 结果。 Outcomes.
    #[serde(default)]
    pub outcome: BTreeMap<String, RawOutcome>,
}

/// A file of check lists.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckFile {
    /// 格式版本。 Version of this format.
    pub schema: u32,
    /// 清单。 Check lists.
    #[serde(default)]
    pub check: BTreeMap<String, RawCheckList>,
}

/// A file of law.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LawFile {
    /// 格式版本。 Version of this format.
    pub schema: u32,
    /// 核对日期。 When it was gathered.
    pub as_of: String,
    /// 法条。 Articles.
    #[serde(default)]
    pub article: BTreeMap<String, Article>,
}
