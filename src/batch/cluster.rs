//! Whom several clients paid, and what several clients share: the same payee, the same account.
//! That two things have one name says no more than that.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::case::Case;
use crate::domain::lang::Text;
use crate::domain::money::Money;

/// What is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Same {
    /// The account the money went to.
    PayeeAccount,
    /// The payee's name, whole.
    PayeeName,
    /// The payee's name with places covered: many have such a name.
    CoveredName,
    /// The account that was emptied.
    OwnAccount,
    /// The telephone bound to it.
    BoundPhone,
    /// The wallet's address.
    Wallet,
}

/// Something several clients have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// What is the same.
    pub same: Same,
    /// The value.
    pub value: String,
    /// The matters, by number.
    pub matters: BTreeSet<String>,
    /// How many transactions.
    pub lines: u32,
    /// What they come to after refunds.
    pub net: Money,
}

impl Same {
    /// Returns the word for it.
    pub fn name(self) -> Text {
        match self {
            Self::PayeeAccount => Text::new("收款账号相同", "same payee account"),
            Self::PayeeName => Text::new("收款方名称相同", "same payee name"),
            Self::CoveredName => Text::new(
                "收款方名称相同（名称有遮挡，可能不是同一个）",
                "same covered payee name (may be different ones)",
            ),
            Self::OwnAccount => Text::new("受害账号相同", "same account emptied"),
            Self::BoundPhone => Text::new("绑定手机号相同", "same bound telephone"),
            Self::Wallet => Text::new("钱包地址相同", "same wallet address"),
        }
    }
}

/// Finds what at least two of the matters share, the largest first.
pub fn clusters<'a>(matters: impl IntoIterator<Item = (&'a str, &'a Case)>) -> Vec<Cluster> {
    let mut found: BTreeMap<(Same, String), Cluster> = BTreeMap::new();
    for (number, case) in matters {
        for (same, value, net) in marks(case) {
            let key = (same, plain(&value));
            let cluster = found.entry(key).or_insert_with(|| Cluster {
                same,
                value,
                matters: BTreeSet::new(),
                lines: 0,
                net: Money::ZERO,
            });
            cluster.matters.insert(number.to_owned());
            if let Some(net) = net {
                cluster.lines += 1;
                cluster.net = cluster.net + net;
            }
        }
    }
    let mut shared: Vec<Cluster> =
        found.into_values().filter(|cluster| cluster.matters.len() > 1).collect();
    shared.sort_by(|left, right| {
        (right.matters.len(), right.net).cmp(&(left.matters.len(), left.net))
    });
    shared
}

/// What of a case could be another's, too; of a transaction with its sum.
fn marks(case: &Case) -> Vec<(Same, String, Option<Money>)> {
    let mut marks = Vec::new();
    for loss in &case.losses {
        let net = Some(loss.net());
        if let Some(account) = &loss.payee_account {
            marks.push((Same::PayeeAccount, account.clone(), net));
        }
        if let Some(payee) = &loss.payee {
            let covered = payee.contains(['*', '＊']);
            let same = if covered { Same::CoveredName } else { Same::PayeeName };
            marks.push((same, payee.clone(), net));
        }
    }
    let account = &case.account;
    let own = [
        (Same::OwnAccount, &account.id),
        (Same::BoundPhone, &account.phone),
        (Same::Wallet, &account.wallet_address),
    ];
    let known = own.into_iter().filter_map(|(same, value)| Some((same, value.clone()?, None)));
    marks.extend(known);
    marks
}

fn plain(value: &str) -> String {
    value.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::document;

    fn case(account: &str, payees: &[(&str, &str)]) -> Case {
        let mut text = format!(
            "platform = \"wechat\"\ndiscovered_at = \"2026-09-18T15:20:00+08:00\"\n[account]\nid = \"{account}\"\n"
        );
        for (payee, number) in payees {
            text.push_str(&format!(
                "[[losses]]\namount = \"10.00\"\npayee = \"{payee}\"\npayee_account = \"{number}\"\n"
            ));
        }
        document::read::<Case>("case.toml", &text).content.unwrap()
    }

    #[test]
    fn what_two_clients_share_is_found_and_one_clients_own_is_not() {
        let cases = [
            case("a", &[("甲公司", "6217 0001"), ("**明", "1"), ("**明", "2")]),
            case("b", &[("乙公司", "62170001"), ("**明", "3")]),
            case("c", &[("丙", "9"), ("丙", "9")]),
        ];
        let named = ["W-1", "W-2", "W-3"].into_iter().zip(&cases);
        let found = clusters(named);
        let shown: Vec<(Same, u32, i64, usize)> = found
            .iter()
            .map(|one| (one.same, one.lines, one.net.fen(), one.matters.len()))
            .collect();
        assert_eq!(shown, [(Same::CoveredName, 3, 3000, 2), (Same::PayeeAccount, 2, 2000, 2)]);
    }
}
