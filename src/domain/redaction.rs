//! How much of a person's own data a paper shows, by who receives it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::id_number;
use crate::domain::role::Role;

/// How much of a value is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Shown {
    /// 完整。 All of it.
    #[default]
    Whole,
    /// 遮住一部分。 Part of it is covered.
    Masked,
}

/// 给某类收件人的材料里，本人资料写多少。 What papers for one role show of the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Redaction {
    /// 居民身份证号。 Identity number.
    pub id_no: Shown,
    /// 本人电话和账户绑定的手机号。 The person's telephone and the one bound to the account.
    pub phone: Shown,
    /// 电子邮箱。 Mail address.
    pub email: Shown,
    /// 住址。 Address.
    pub address: Shown,
    /// 账号、钱包地址和绑定的银行卡。 Account, wallet address and linked cards.
    pub account: Shown,
}

/// What a recipient sees of whom nothing is said: everything but the whole identity number.
impl Default for Redaction {
    fn default() -> Self {
        Self {
            id_no: Shown::Masked,
            phone: Shown::Whole,
            email: Shown::Whole,
            address: Shown::Whole,
            account: Shown::Whole,
        }
    }
}

/// Redactions by role.
pub type Redactions = BTreeMap<Role, Redaction>;

impl Shown {
    /// Returns an identity number as it is shown.
    pub fn id_no(self, number: &str) -> String {
        self.or(number, id_number::mask)
    }

    /// Returns a telephone number as it is shown: its first three and last four digits.
    pub fn phone(self, number: &str) -> String {
        self.or(number, |number| ends(number, 3, 4))
    }

    /// Returns a mail address as it is shown: the first letter and the domain.
    pub fn email(self, address: &str) -> String {
        self.or(address, |address| match address.split_once('@') {
            Some((name, domain)) => format!("{}@{domain}", ends(name, 1, 0)),
            None => ends(address, 1, 0),
        })
    }

    /// Returns a postal address as it is shown: province, city and district.
    pub fn address(self, address: &str) -> String {
        self.or(address, |address| {
            let district = address.rfind(['区', '县']).or_else(|| address.rfind('市'));
            let kept = district.map_or(0, |at| at + '区'.len_utf8());
            format!("{}***", &address[..kept])
        })
    }

    /// Returns an account, a wallet address or a card as it is shown: its last four characters,
    /// and of longer ones the first two. What is no more than a name and a tail stays.
    pub fn account(self, account: &str) -> String {
        self.or(account, |account| {
            let runs = account.split_inclusive(|c: char| !c.is_ascii_alphanumeric());
            runs.map(|run| if run.chars().count() > 6 { ends(run, 2, 4) } else { run.to_owned() })
                .collect()
        })
    }

    fn or(self, value: &str, mask: impl Fn(&str) -> String) -> String {
        match self {
            Self::Whole => value.to_owned(),
            Self::Masked => mask(value),
        }
    }
}

/// The first and last places with stars between; all stars when nothing would be covered.
fn ends(text: &str, head: usize, tail: usize) -> String {
    let places: Vec<char> = text.chars().collect();
    if places.len() <= head + tail {
        return "*".repeat(places.len().max(1));
    }
    let hidden = places.len() - head - tail;
    let stars = std::iter::repeat_n('*', hidden);
    places[..head]
        .iter()
        .copied()
        .chain(stars)
        .chain(places[head + hidden..].iter().copied())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn covers_what_tells_most() {
        let masked = Shown::Masked;
        assert_eq!(masked.phone("13800138000"), "138****8000");
        assert_eq!(masked.email("zhangsan@example.com"), "z*******@example.com");
        assert_eq!(masked.address("广东省深圳市南山区科技路1号3栋"), "广东省深圳市南山区***");
        assert_eq!(masked.address("某处"), "***");
        assert_eq!(masked.account("wxid_abcdefgh1234"), "wxid_ab******1234");
        assert_eq!(masked.account("招商银行（尾号1234）"), "招商银行（尾号1234）");
        assert_eq!(masked.account("6225880112345678"), "62**********5678");
        assert_eq!(Shown::Whole.phone("13800138000"), "13800138000");
    }

    #[test]
    fn nobody_sees_the_identity_number_unless_it_is_said() {
        assert_eq!(Redaction::default().id_no, Shown::Masked);
        assert_eq!(Redaction::default().phone, Shown::Whole);
    }
}
