//! What a template is for and what it may see. The planner needs to know which facts a paper
//! rests on; how it looks is the renderer's.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::domain::case::How;
use crate::domain::digest::Digest;
use crate::domain::lang::Text;
use crate::domain::span::Span;

/// The head of a template, `template.toml` in its folder, schema version 1.
#[expect(clippy::struct_excessive_bools, reason = "each is a key of the file")]
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawTemplate {
    /// 格式版本，现在是 1。 Version of this format.
    pub schema: u32,
    /// 标题。 Title.
    pub title: String,
    /// 英文标题。 English title.
    #[serde(default)]
    pub title_en: Option<String>,
    /// 定稿必需的事实，例如 "victim.name"。 Facts without which it stays a draft.
    #[serde(default)]
    pub needs: Vec<String>,
    /// 可以使用的内容。 What it may see.
    pub uses: Vec<String>,
    /// 是否按损失性质分成几份。 One paper for each kind of loss.
    #[serde(default)]
    pub split: bool,
    /// 是否按付出的银行分成几份。 One paper for each bank the losses left by.
    #[serde(default)]
    pub by_bank: bool,
    /// 只写哪种性质的损失。 Only losses of these kinds.
    #[serde(default)]
    pub covers: Vec<How>,
    /// 是否是本人的陈述，须本人确认。 A first-person statement.
    #[serde(default)]
    pub first_person: bool,
    /// 是否只供本人自用，不对外提交。 For the person alone.
    #[serde(default)]
    pub internal: bool,
    /// 只写经由这种渠道付出的损失：card 银行卡。 Only losses that left by this.
    #[serde(default)]
    pub paid_by: Option<PaidBy>,
    /// 画账单时间线，不属于哪个案件。 It draws a reading of bills, and is of no case.
    #[serde(default)]
    pub draws_bills: bool,
    /// 列出案件发出的邮件，由程序填写。 It lists what a case mailed.
    #[serde(default)]
    pub proves_delivery: bool,
    /// 律所文书，给谁用；由 firm 命令制作，不由步骤制作。 A firm's paper, and for whom.
    #[serde(default)]
    pub made_for: Option<MadeFor>,
    /// 法条编号。 Articles it quotes.
    #[serde(default)]
    pub law: Vec<String>,
    /// 要列出届满日的期间，按名称。 Periods whose last day it lists, by name.
    #[serde(default)]
    pub limits: BTreeMap<String, Limit>,
}

/// 一项期间。 A period of law.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// 多长，例如 "3y"。 How long.
    #[schemars(with = "String", extend("format" = "span"))]
    pub span: Span,
    /// 从哪里起算，取第一个已知的：case.discovered_at、known.answers.项目、demands.收件人种类。
    /// Where it begins; the first that is known counts.
    pub from: Vec<String>,
}

/// Whom a paper of a firm is made for. No step makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MadeFor {
    /// 委托人签名。 The client signs it.
    Client,
    /// 交给有关机关。 It goes to an authority.
    Authority,
    /// 委托人自己提交时用。 The client submits with it.
    Pack,
    /// 邮寄面单。 It is stuck on envelopes.
    Labels,
    /// 给一家机构的汇总函。 It tells one institution of many clients.
    Digest,
}

/// The channels a template can be cut to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PaidBy {
    /// 银行卡。 A bank card.
    Card,
}

/// A template's head, with the forms it has.
#[expect(clippy::struct_excessive_bools, reason = "each is a key of the file or a form it has")]
#[derive(Clone, Debug)]
pub struct Template {
    /// Its folder's name.
    pub id: String,
    /// Its title.
    pub title: Text,
    /// Facts without which it stays a draft.
    pub needs: Vec<String>,
    /// What it may see, as paths into the view.
    pub uses: Vec<String>,
    /// One paper for each kind of loss.
    pub split: bool,
    /// One paper for each bank the losses left by.
    pub by_bank: bool,
    /// Only losses of these kinds; empty for all.
    pub covers: Vec<How>,
    /// A first-person statement.
    pub first_person: bool,
    /// For the person alone.
    pub internal: bool,
    /// Only losses that left by this kind of channel.
    pub paid_by: Option<PaidBy>,
    /// It draws a reading of bills, and is of no case.
    pub draws_bills: bool,
    /// It lists what a case mailed.
    pub proves_delivery: bool,
    /// It is a firm's paper, made for this.
    pub made_for: Option<MadeFor>,
    /// Articles it quotes.
    pub law: Vec<String>,
    /// Periods whose last day it lists.
    pub limits: BTreeMap<String, Limit>,
    /// The digest of all its files: a changed template makes papers anew.
    pub digest: Digest,
    /// It has a page to print.
    pub has_paper: bool,
    /// It marks a picture.
    pub has_picture: bool,
    /// It has a text to paste or read out.
    pub has_text: bool,
    /// It has a mail with subject and body.
    pub has_mail: bool,
}

/// Every template by id.
pub type Templates = BTreeMap<String, Template>;

impl RawTemplate {
    /// Returns the template under its id, with the files of its folder deciding its forms.
    pub fn build(self, id: &str, files: &[&str], digest: Digest) -> Template {
        let has = |name: &str| files.contains(&name);
        Template {
            id: id.to_owned(),
            title: Text::new(self.title, self.title_en.unwrap_or_default()),
            needs: self.needs,
            uses: self.uses,
            split: self.split,
            by_bank: self.by_bank,
            covers: self.covers,
            first_person: self.first_person,
            internal: self.internal,
            paid_by: self.paid_by,
            draws_bills: self.draws_bills,
            proves_delivery: self.proves_delivery,
            made_for: self.made_for,
            law: self.law,
            limits: self.limits,
            digest,
            has_paper: has("paper.typ"),
            has_picture: has("picture.typ"),
            has_text: has("text.hbs"),
            has_mail: has("subject.hbs") && has("body.hbs"),
        }
    }
}
