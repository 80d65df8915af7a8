//! Whose an export says it is, as printed, and whether that can be the person of the case. Names
//! and accounts are mostly printed with stars, so the honest answers are "the same", "could be"
//! and "another", never more.

use crate::bills::line::Provider;
use crate::bills::preamble::Preamble;
use crate::domain::lang::Text;
use crate::text;

/// What an export prints of the person and the account it belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holder {
    /// The real name, often masked (`*小明`).
    pub name: Option<String>,
    /// The nickname, which anyone can choose.
    pub nickname: Option<String>,
    /// The account, telephone, mail address or card number, often masked (`138****0000`).
    pub account: Option<String>,
}

impl Holder {
    /// Takes what the head or foot of an export printed.
    pub fn of(preamble: &Preamble) -> Self {
        Self {
            name: preamble.owner.clone(),
            nickname: preamble.nickname.clone(),
            account: preamble.account.clone(),
        }
    }

    /// Returns what the two print differently, of the first thing that both print.
    fn differs<'a>(&'a self, other: &'a Self) -> Option<(&'a str, &'a str)> {
        let pairs = [
            (&self.account, &other.account),
            (&self.name, &other.name),
            (&self.nickname, &other.nickname),
        ];
        let (one, another) =
            pairs.into_iter().find_map(|(one, another)| one.as_deref().zip(another.as_deref()))?;
        (account_agrees(one, another) == Agreement::Other
            && account_agrees(another, one) == Agreement::Other)
            .then_some((one, another))
    }
}

/// Returns a question when exports of one wallet name different accounts. A bank's exports are of
/// cards, and one person has several; a nickname can be changed, so that this proves nothing.
pub fn apart(exports: &[(Provider, Holder)]) -> Option<Text> {
    for (at, (provider, holder)) in exports.iter().enumerate() {
        let others = exports.get(at + 1..).unwrap_or_default().iter();
        for (_, other) in others.filter(|(other, _)| provider.is_wallet() && other == provider) {
            let Some((one, another)) = holder.differs(other) else { continue };
            let Text { zh, en } = provider.title();
            return Some(text!(
                "{zh}的账单不止一个账号：“{one}”和“{another}”；有不是本人的，去掉再读",
                "bills of more than one account of {en}: `{one}` and `{another}`; leave out what is not yours"
            ));
        }
    }
    None
}

/// How what is printed agrees with what is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// Letter by letter.
    Same,
    /// No visible letter contradicts.
    Possible,
    /// A visible letter contradicts.
    Other,
}

/// Compares a printed name with a known one; blanks and letter case do not count.
pub fn name_agrees(printed: &str, known: &str) -> Agreement {
    agreement(&letters(printed), &letters(known))
}

/// Compares a printed account, telephone, mail address or card number with a known one. A known
/// number of four digits is the tail of a card and is compared with the end of the printed one.
pub fn account_agrees(printed: &str, known: &str) -> Agreement {
    let (printed, known) = (letters(printed), letters(known));
    let is_tail = known.len() == 4 && known.iter().all(char::is_ascii_digit);
    if is_tail && printed.len() > 4 {
        let end = &printed[printed.len() - 4..];
        return match agreement(end, &known) {
            Agreement::Other => Agreement::Other,
            _ => Agreement::Possible,
        };
    }
    agreement(&printed, &known)
}

fn letters(text: &str) -> Vec<char> {
    text.chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '·' | '•'))
        .map(|c| match c {
            '＊' | '×' | '✱' | '某' => '*',
            '０'..='９' => {
                char::from_digit(u32::from(c).saturating_sub(u32::from('０')), 10).unwrap_or(c)
            }
            other => other.to_ascii_lowercase(),
        })
        .collect()
}

fn agreement(printed: &[char], known: &[char]) -> Agreement {
    // Samples and some banks hide a whole name as `xx`.
    let all_hidden = printed.iter().all(|c| matches!(c, '*' | 'x'));
    if printed.is_empty() || known.is_empty() || printed != known && all_hidden {
        return Agreement::Possible;
    }
    if printed == known {
        Agreement::Same
    } else if printed.contains(&'*') && fits(printed, known) {
        Agreement::Possible
    } else {
        Agreement::Other
    }
}

/// Fits a text with stars to a known one. A run of stars stands for one or more letters, because
/// some exports keep the length of what they hide and some do not.
fn fits(printed: &[char], known: &[char]) -> bool {
    let parts: Vec<&[char]> = printed.split(|c| *c == '*').collect();
    let [first, between @ .., last] = parts.as_slice() else { return printed == known };
    let Some(mut rest) = known.strip_prefix(*first).and_then(|rest| rest.strip_suffix(*last))
    else {
        return false;
    };
    for part in between.iter().filter(|part| !part.is_empty()) {
        // At least the one letter that the stars before it hide.
        let found = (1..rest.len()).find(|at| rest[*at..].starts_with(part));
        let Some(at) = found else { return false };
        rest = &rest[at + part.len()..];
    }
    !rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::Agreement::{Other, Possible, Same};
    use super::*;

    #[test]
    fn two_accounts_of_one_wallet_are_asked_about() {
        let of = |provider, nickname: &str| {
            (provider, Holder { nickname: Some(nickname.into()), ..Holder::default() })
        };
        let wechat = Provider::WeChat;
        assert_eq!(apart(&[of(wechat, "晓芸"), of(wechat, "晓芸")]), None);
        assert_eq!(apart(&[of(wechat, "晓芸"), of(Provider::Alipay, "芸")]), None);
        assert_eq!(apart(&[of(Provider::Bank("abc"), "1"), of(Provider::Bank("abc"), "2")]), None);
        let asked = apart(&[of(wechat, "晓芸"), of(wechat, "晓芸"), of(wechat, "别人")]);
        assert!(asked.is_some_and(|asked| asked.zh.contains("“晓芸”和“别人”")));
    }

    #[test]
    fn a_masked_name_can_be_the_person_and_is_never_certain() {
        assert_eq!(name_agrees("王小明", "王 小明"), Same);
        assert_eq!(name_agrees("*小明", "王小明"), Possible);
        assert_eq!(name_agrees("王**", "王小明"), Possible);
        assert_eq!(name_agrees("王某某", "王小明"), Possible);
        assert_eq!(name_agrees("王*明", "王小明"), Possible);
        assert_eq!(name_agrees("***", "王小明"), Possible);
        assert_eq!(name_agrees("xx", "王小明"), Possible);
        assert_eq!(name_agrees("*小红", "王小明"), Other);
        assert_eq!(name_agrees("李*明", "王小明"), Other);
        assert_eq!(name_agrees("王小明", "王小"), Other);
    }

    #[test]
    fn a_masked_account_is_compared_by_what_it_shows() {
        assert_eq!(account_agrees("138****0000", "13812340000"), Possible);
        assert_eq!(account_agrees("138****0000", "13812340001"), Other);
        assert_eq!(account_agrees("1234****9876", "9876"), Possible);
        assert_eq!(account_agrees("1234****9876", "1234"), Other);
        assert_eq!(account_agrees("a1***@X.com", "a1bcd@x.com"), Possible);
        assert_eq!(account_agrees("6222 0000 1111 2222", "6222000011112222"), Same);
    }
}
