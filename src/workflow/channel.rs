//! The registry of channels: where a submission can go, by what means, and how well we know it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::hours::Hours;
use crate::domain::lang::Text;
use crate::domain::role::Role;

/// By what means a channel is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// 电子邮件，由程序发送。 Mail, sent by the program.
    Email,
    /// 手机应用内提交。 Inside an app.
    App,
    /// 网页提交。 On a web page.
    Web,
    /// 打电话。 By telephone.
    Call,
    /// 到场。 In person.
    Visit,
    /// 邮寄。 By post.
    Post,
}

impl Kind {
    /// Returns true when the person, not the program, carries it out.
    pub fn is_by_hand(self) -> bool {
        self != Self::Email
    }

    /// Returns the word for it.
    pub fn name(self) -> Text {
        match self {
            Self::Email => Text::new("邮件", "mail"),
            Self::App => Text::new("手机应用", "app"),
            Self::Web => Text::new("网页", "web page"),
            Self::Call => Text::new("电话", "telephone"),
            Self::Visit => Text::new("到场", "in person"),
            Self::Post => Text::new("邮寄", "post"),
        }
    }
}

/// How well a channel is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Quality {
    /// 有多个独立来源。 Seen in independent sources.
    Verified,
    /// 来源较旧。 The source is old.
    Dated,
    /// 未能确认。 Not confirmed.
    Unverified,
}

/// A channel as a file writes it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RawChannel {
    /// 方式。 Means.
    pub kind: Kind,
    /// 名称。 Name.
    pub name: String,
    /// 英文名称。 English name.
    #[serde(default)]
    pub name_en: Option<String>,
    /// 对方身份。 Role.
    pub role: Role,
    /// 电话号码。 Telephone number.
    #[serde(default)]
    pub number: Option<String>,
    /// 网址。 Address of the page.
    #[serde(default)]
    pub url: Option<String>,
    /// 机构全称。 The institution's full name.
    #[serde(default)]
    pub institution: Option<String>,
    /// 操作步骤，一条一行。 Steps to take.
    #[serde(default)]
    pub path: Vec<String>,
    /// 英文操作步骤。 Steps in English.
    #[serde(default)]
    pub path_en: Vec<String>,
    /// 服务时间。 Opening hours.
    #[serde(default)]
    pub hours: Option<String>,
    /// 办理时间，供程序计算，例如 "09:00-17:00 workdays"。 The same for the program to count with.
    #[serde(default)]
    #[schemars(with = "Option<String>", extend("format" = "hours"))]
    pub open: Option<Hours>,
    /// 文字上限（字）。 Longest text in characters.
    #[serde(default)]
    pub text_limit: Option<u32>,
    /// 接受的文件格式，例如 jpg、pdf。 File types it accepts.
    #[serde(default)]
    pub accepts: Vec<String>,
    /// 单个文件上限（MB）。 Largest file in MB.
    #[serde(default)]
    pub max_file_mb: Option<u32>,
    /// 最多几个文件。 Most files.
    #[serde(default)]
    pub max_files: Option<u32>,
    /// 通常多久答复。 Typical answer time.
    #[serde(default)]
    pub reply: Option<String>,
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

/// A channel ready for use.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Channel {
    /// Its id in the registry, or `case.<name>`.
    pub id: String,
    /// By what means.
    pub kind: Kind,
    /// Its name.
    #[serde(skip)]
    pub name: Text,
    /// Who is at the other end.
    pub role: Role,
    /// Telephone number, page address or mail address.
    pub address: Option<String>,
    /// The institution's full name.
    pub institution: Option<String>,
    /// Steps to take, in Chinese and English.
    #[serde(skip)]
    pub path: Vec<Text>,
    /// Opening hours.
    pub hours: Option<String>,
    /// The same for the program to count with.
    pub open: Option<Hours>,
    /// Longest text in characters.
    pub text_limit: Option<u32>,
    /// File types it accepts; empty when nobody says.
    pub accepts: Vec<String>,
    /// Largest file in MB.
    pub max_file_mb: Option<u32>,
    /// Most files.
    pub max_files: Option<u32>,
    /// Typical answer time.
    pub reply: Option<String>,
    /// Where it was found.
    pub source: String,
    /// When it was checked.
    pub checked: Option<Date>,
    /// How well it is known.
    pub quality: Quality,
    /// A word of warning.
    pub note: Option<String>,
}

/// The registry: channels by id.
pub type Registry = BTreeMap<String, Channel>;

impl RawChannel {
    /// Returns the channel under its id.
    pub fn build(self, id: &str) -> Channel {
        let name_en = self.name_en.unwrap_or_default();
        let path = self
            .path
            .into_iter()
            .enumerate()
            .map(|(index, zh)| Text::new(zh, self.path_en.get(index).cloned().unwrap_or_default()))
            .collect();
        Channel {
            id: id.to_owned(),
            kind: self.kind,
            name: Text::new(self.name, name_en),
            role: self.role,
            address: self.number.or(self.url),
            institution: self.institution,
            path,
            hours: self.hours,
            open: self.open,
            text_limit: self.text_limit,
            accepts: self.accepts,
            max_file_mb: self.max_file_mb,
            max_files: self.max_files,
            reply: self.reply,
            source: self.source,
            checked: self.checked.parse().ok(),
            quality: self.quality,
            note: self.note,
        }
    }
}
