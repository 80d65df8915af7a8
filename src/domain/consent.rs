//! What a client of a firm agreed to: what for, whom it may be shown to, since when and until when.
//! Without it a firm sends nothing of theirs.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::domain::lang::Text;
use crate::domain::time::chinese_date;

/// 委托人对使用资料的书面同意；只有律所的案件需要。 A client's consent; only a firm's cases need it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// 同意用于什么，例如 "代为申诉、报案、理赔"。 What for.
    #[schemars(extend("format" = "name"))]
    pub purpose: String,
    /// 签字的日期，例如 2026-09-20。 The day it was signed.
    #[schemars(with = "String", extend("format" = "day"))]
    pub date: Date,
    /// 可以给谁看，照同意书写；程序只记录，不逐个收件人核对。 Whom it may be shown to, as signed;
    /// it is kept, and not held against each recipient.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// 资料保存到哪一天；过了这一天什么也不发。 Until when the data are kept; nothing leaves after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "day"))]
    pub retain_until: Option<Date>,
    /// 撤回同意的日期。 The day it was withdrawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "day"))]
    pub withdrawn: Option<Date>,
}

/// Why nothing of a client may leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// The client never agreed.
    Absent,
    /// Their consent begins later.
    NotYet(Date),
    /// They took it back.
    Withdrawn(Date),
    /// The time for which the data may be kept is over.
    Over(Date),
}

impl Consent {
    /// Returns what was agreed to, without when it ends.
    pub fn terms(&self) -> Value {
        json!([self.purpose, self.date, self.scope])
    }

    /// Returns why it does not hold today.
    pub fn lack(&self, today: Date) -> Option<Lack> {
        if let Some(day) = self.withdrawn.filter(|day| *day <= today) {
            return Some(Lack::Withdrawn(day));
        }
        if self.date > today {
            return Some(Lack::NotYet(self.date));
        }
        self.retain_until.filter(|day| *day < today).map(Lack::Over)
    }
}

/// Returns why nothing of a case may leave today. A person's own case needs no consent; where one is
/// written, it must hold.
pub fn lack(consent: Option<&Consent>, is_required: bool, today: Date) -> Option<Lack> {
    match consent {
        Some(consent) => consent.lack(today),
        None => is_required.then_some(Lack::Absent),
    }
}

impl Lack {
    /// Returns why, in words.
    pub fn explain(self) -> Text {
        let shown = |day: Date| (chinese_date(day), day.to_string());
        match self {
            Self::Absent => Text::new(
                "没有委托人的书面同意，什么也不发",
                "the client's consent is missing, nothing is sent",
            ),
            Self::NotYet(day) => {
                let (zh, en) = shown(day);
                crate::text!(
                    "委托人的同意从{zh}起，在那以前什么也不发",
                    "the client's consent begins {en}, nothing is sent before"
                )
            }
            Self::Withdrawn(day) => {
                let (zh, en) = shown(day);
                crate::text!(
                    "委托人已在{zh}撤回同意，什么也不发",
                    "the client withdrew the consent on {en}, nothing is sent"
                )
            }
            Self::Over(day) => {
                let (zh, en) = shown(day);
                crate::text!(
                    "同意的保存期限已在{zh}届满，什么也不发",
                    "the client's data were to be kept until {en}, nothing is sent"
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_from_its_day_until_it_ends_or_is_withdrawn() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        let consent = Consent {
            purpose: "代为申诉".into(),
            date: day("2026-09-20"),
            scope: None,
            retain_until: Some(day("2027-09-20")),
            withdrawn: None,
        };
        let check = |today: &str| consent.lack(day(today));
        assert_eq!(check("2026-09-19"), Some(Lack::NotYet(day("2026-09-20"))));
        assert_eq!(check("2026-09-20"), None);
        assert_eq!(check("2027-09-20"), None);
        assert_eq!(check("2027-09-21"), Some(Lack::Over(day("2027-09-20"))));
        let withdrawn = Consent { withdrawn: Some(day("2026-10-01")), ..consent };
        assert_eq!(withdrawn.lack(day("2026-09-30")), None);
        assert_eq!(withdrawn.lack(day("2026-10-01")), Some(Lack::Withdrawn(day("2026-10-01"))));
        assert_eq!(lack(None, true, day("2026-10-01")), Some(Lack::Absent));
        assert_eq!(lack(None, false, day("2026-10-01")), None);
    }
}
