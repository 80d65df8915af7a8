//! The firm that works for clients: who it is, who its lawyers are, what it charges. Its papers
//! name nothing that does not stand here.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::domain::document::Places;
use crate::domain::lang::Text;
use crate::domain::money::Money;
use crate::domain::problem::{Problem, Source};

/// The least places of a number of a licence; shorter ones are a slip of the keyboard.
const LEAST_PLACES: usize = 6;

/// The whole in hundredths of a per cent.
const WHOLE: u32 = 10_000;

/// 律师事务所。 The firm.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Firm {
    /// 全称，照执业许可证写。 Its full name.
    pub name: String,
    /// 执业许可证号；没有就不能出具律所文书。 Its licence; without it there are no firm papers.
    #[serde(default)]
    pub licence_no: Option<String>,
    /// 地址。 Address.
    #[serde(default)]
    pub address: Option<String>,
    /// 电话。 Telephone.
    #[serde(default)]
    #[schemars(extend("format" = "phone"))]
    pub phone: Option<String>,
    /// 律师。 Its lawyers.
    #[serde(default)]
    pub lawyers: Vec<Lawyer>,
    /// 常年客户：批次里的对方是其中之一时，提示利益冲突。 Standing clients: a conflict, where a
    /// batch is against one of them.
    #[serde(default)]
    pub standing_clients: Vec<String>,
    /// 收件单位的邮寄地址，从协议或官网抄来、自己核对过的；面单上照印，不写就留空手填。 Postal addresses by
    /// the institution's name, as the firm checked them: labels print them.
    #[serde(default)]
    pub post_addresses: BTreeMap<String, String>,
    /// 收费；不写的项目在委托协议里留空。 What it charges; what is left out is a blank.
    #[serde(default)]
    pub fee: Fee,
}

/// 律师。 A lawyer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lawyer {
    /// 姓名。 Name.
    pub name: String,
    /// 执业证号。 Licence.
    pub licence_no: String,
    /// 电话。 Telephone.
    #[serde(default)]
    #[schemars(extend("format" = "phone"))]
    pub phone: Option<String>,
}

/// 收费。 What the firm charges.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fee {
    /// 每件固定收费（元）。 A fixed sum for each client, in yuan.
    #[serde(default)]
    pub fixed: Option<Money>,
    /// 按实际收回金额的比例，单位万分之一：1000 是 10%。 Of what was recovered, in 1/10,000.
    #[serde(default)]
    pub per_ten_thousand: Option<u32>,
    /// 收费合计不超过（元）。 The most of both, in yuan.
    #[serde(default)]
    pub cap: Option<Money>,
}

impl Fee {
    /// Returns the fee for what was recovered, rounded down to the fen. None when nothing was
    /// agreed.
    pub fn of(&self, recovered: Money) -> Option<Money> {
        if self.fixed.is_none() && self.per_ten_thousand.is_none() {
            return None;
        }
        let share = i128::from(recovered.fen().max(0))
            * i128::from(self.per_ten_thousand.unwrap_or_default())
            / i128::from(WHOLE);
        let share = Money::from_fen(i64::try_from(share).unwrap_or(i64::MAX));
        let whole = self.fixed.unwrap_or(Money::ZERO) + share;
        Some(self.cap.map_or(whole, |cap| whole.min(cap)))
    }

    /// Returns the share as it is written: "10%", "12.5%".
    pub fn per_cent(&self) -> Option<String> {
        let share = self.per_ten_thousand?;
        let (whole, rest) = (share / 100, share % 100);
        Some(match rest {
            0 => format!("{whole}%"),
            rest if rest % 10 == 0 => format!("{whole}.{}%", rest / 10),
            rest => format!("{whole}.{rest:02}%"),
        })
    }
}

impl Firm {
    /// Returns the lawyers of these names, or all of them when none is named; the name of one who is
    /// not there comes back as the error.
    pub fn lawyers_named<'a>(&'a self, names: &[String]) -> Result<Vec<&'a Lawyer>, String> {
        if names.is_empty() {
            return Ok(self.lawyers.iter().collect());
        }
        let find = |name: &String| {
            self.lawyers.iter().find(|lawyer| lawyer.name == *name).ok_or_else(|| name.clone())
        };
        names.iter().map(find).collect()
    }
}

/// Returns what is wrong with the firm of a settings file.
pub(super) fn problems(firm: &Firm, source: &Source, places: &Places) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut error = |path: &str, message: Text, hint: Text| {
        problems.push(source.error(places.of(path), message, hint));
    };
    let whole = || Text::new("照证书写完整的号码", "write the whole number of the licence");
    if firm.licence_no.as_deref().is_some_and(|number| !is_licence(number)) {
        error(
            "firm.licence_no",
            Text::new("这不像执业许可证号", "this does not look like the number of a licence"),
            whole(),
        );
    }
    for (index, lawyer) in firm.lawyers.iter().enumerate() {
        if !is_licence(&lawyer.licence_no) {
            error(
                &format!("firm.lawyers[{index}].licence_no"),
                Text::new("这不像律师执业证号", "this does not look like a lawyer's licence"),
                whole(),
            );
        }
    }
    if firm.fee.per_ten_thousand.is_some_and(|share| share > WHOLE) {
        error(
            "firm.fee.per_ten_thousand",
            Text::new("收费比例超过 100%", "the share is above 100%"),
            Text::new("单位是万分之一：10% 写 1000", "in 1/10,000: write 1000 for 10%"),
        );
    }
    problems
}

fn is_licence(number: &str) -> bool {
    let places = number.trim().chars().filter(|c| c.is_alphanumeric()).count();
    places >= LEAST_PLACES && number.chars().any(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fee_is_never_above_its_cap_and_rounds_down() {
        let fee = Fee {
            fixed: Some(Money::from_fen(10_000)),
            per_ten_thousand: Some(1_250),
            cap: Some(Money::from_fen(50_000)),
        };
        assert_eq!(fee.of(Money::from_fen(333)), Some(Money::from_fen(10_041)));
        assert_eq!(fee.of(Money::from_fen(100_000_000)), Some(Money::from_fen(50_000)));
        assert_eq!(fee.of(Money::ZERO), Some(Money::from_fen(10_000)));
        assert_eq!(Fee::default().of(Money::from_fen(100)), None);
        assert_eq!(fee.per_cent().as_deref(), Some("12.5%"));
        let share = |share| Fee { per_ten_thousand: Some(share), ..Fee::default() }.per_cent();
        assert_eq!(share(1000).as_deref(), Some("10%"));
        assert_eq!(share(805).as_deref(), Some("8.05%"));
    }

    #[test]
    fn a_licence_that_is_none_is_told() {
        let text = "[firm]\nname = \"示例律师事务所\"\nlicence_no = \"3101\"\n\n[[firm.lawyers]]\nname = \"林律师\"\nlicence_no = \"无\"\n\n[firm.fee]\nper_ten_thousand = 20000\n";
        let (_, problems) = crate::config::read("config.toml", text).unwrap_err();
        assert_eq!(problems.iter().map(|one| one.line).collect::<Vec<_>>(), [3, 7, 10]);
        let good = text
            .replace("3101", "31310000MD0000000X")
            .replace("\"无\"", "\"13101202010000001\"")
            .replace("20000", "1000");
        let config = crate::config::read("config.toml", &good).unwrap();
        let firm = config.firm.unwrap();
        assert_eq!(firm.lawyers_named(&["林律师".into()]).unwrap().len(), 1);
        assert_eq!(firm.lawyers_named(&["王律师".into()]), Err("王律师".into()));
    }
}
