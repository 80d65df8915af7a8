//! The one loss ledger every paper is written from, so that all papers reconcile.

use crate::domain::case::{Case, How, Loss};
use crate::domain::money::Money;

/// The platform of a case about a bank's own card or account: whatever left, left by that bank.
const BANK: &str = "bank";

/// Words that say of a channel that it is a bank's.
const BANK_WORDS: [&str; 3] = ["卡", "银行", "网银"];

/// One channel's share of the loss.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// The channel as the case names it, with the bank for a card; none when nobody said.
    pub channel: Option<String>,
    /// What left by it.
    pub amount: Money,
    /// What came back to it.
    pub refunded: Money,
    /// How many lines.
    pub lines: usize,
}

impl Share {
    /// Returns the share net of refunds.
    pub fn net(&self) -> Money {
        self.amount - self.refunded
    }
}

/// Returns the net loss of the lines of one kind, or of all.
pub fn net(case: &Case, how: Option<How>) -> Money {
    lines(case, how).map(|(_, loss)| loss.net()).sum()
}

/// Returns the lines of one kind, or all, each with its number counted from 1.
pub fn lines(case: &Case, how: Option<How>) -> impl Iterator<Item = (usize, &Loss)> {
    case.losses
        .iter()
        .enumerate()
        .map(|(index, loss)| (index + 1, loss))
        .filter(move |(_, loss)| how.is_none_or(|how| loss.kind() == how))
}

/// Returns the kinds that occur, in the order papers are written in.
pub fn kinds(case: &Case) -> Vec<How> {
    How::ALL.into_iter().filter(|how| lines(case, Some(*how)).next().is_some()).collect()
}

/// Returns each channel's share, in order of first appearance. The shares sum to the net loss.
pub fn shares(case: &Case, how: Option<How>) -> Vec<Share> {
    let mut shares: Vec<Share> = Vec::new();
    for (_, loss) in lines(case, how) {
        let channel = channel_name(loss);
        let index = shares.iter().position(|share| share.channel == channel).unwrap_or_else(|| {
            shares.push(Share { channel, amount: Money::ZERO, refunded: Money::ZERO, lines: 0 });
            shares.len() - 1
        });
        let share = &mut shares[index];
        share.amount = share.amount + loss.amount;
        share.refunded = share.refunded + loss.refunded;
        share.lines += 1;
    }
    shares
}

/// Returns true when a loss left by a bank: the case is about one, its bank is named, or its
/// channel says so.
pub fn is_by_card(case: &Case, loss: &Loss) -> bool {
    let said = |channel: &String| BANK_WORDS.iter().any(|word| channel.contains(word));
    case.platform == BANK || loss.bank.is_some() || loss.channel.as_ref().is_some_and(said)
}

/// Returns what left by bank cards, net of refunds.
pub fn by_card(case: &Case) -> Money {
    case.losses.iter().filter(|loss| is_by_card(case, loss)).map(Loss::net).sum()
}

/// What a bank's name ends in.
const BANK_ENDS: [&str; 4] = ["银行", "农信", "信用社", "农商行"];

/// Names of a way to pay, and of no bank.
const NO_BANKS: [&str; 6] = ["银行", "网上银行", "手机银行", "电话银行", "掌上银行", "其他银行"];

/// Returns the bank a loss left by, without the card, as far as the case names it: `招商银行` of
/// `招商银行信用卡(1111)`.
pub fn bank_of(loss: &Loss) -> Option<&str> {
    let name = match (&loss.bank, &loss.channel) {
        (Some(bank), _) => bank_name(bank).or_else(|| bank.split(['(', '（']).next()),
        (None, Some(channel)) => bank_name(channel),
        (None, None) => None,
    };
    name.map(str::trim).filter(|name| !name.is_empty() && !NO_BANKS.contains(name))
}

fn bank_name(text: &str) -> Option<&str> {
    let ends = BANK_ENDS.iter().filter_map(|end| Some(text.find(end)? + end.len()));
    text.get(..ends.min()?)
}

/// Returns the channel with the bank, when both are known.
pub fn channel_name(loss: &Loss) -> Option<String> {
    match (&loss.channel, &loss.bank) {
        (Some(channel), Some(bank)) => Some(format!("{channel}（{bank}）")),
        (Some(channel), None) => Some(channel.clone()),
        (None, bank) => bank.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bank_is_named_without_its_card() {
        let by = |bank: Option<&str>, channel: &str| {
            let loss = Loss { bank: bank.map(str::to_owned), ..loss(1, channel, How::NotByMe, 0) };
            bank_of(&loss).map(str::to_owned)
        };
        assert_eq!(by(Some("招商银行信用卡(1111)"), "信用卡").as_deref(), Some("招商银行"));
        assert_eq!(by(None, "中国银行储蓄卡（0000）").as_deref(), Some("中国银行"));
        assert_eq!(by(Some("某某村镇农信(1)"), "银行卡").as_deref(), Some("某某村镇农信"));
        assert_eq!(by(Some("HSBC (1234)"), "银行卡").as_deref(), Some("HSBC"));
        assert_eq!(by(None, "银行卡"), None);
        assert_eq!(by(None, "零钱"), None);
    }

    fn loss(fen: i64, channel: &str, how: How, refunded: i64) -> Loss {
        Loss {
            at: None,
            amount: Money::from_fen(fen),
            payee: None,
            payee_account: None,
            order_no: None,
            merchant_no: None,
            channel: Some(channel.into()),
            bank: None,
            asset: None,
            quantity: None,
            how: Some(how),
            refunded: Money::from_fen(refunded),
            source: None,
        }
    }

    fn case(losses: Vec<Loss>) -> Case {
        let mut case: Case = serde_json::from_value(serde_json::json!({
            "platform": "wallet", "discovered_at": "2026-09-18T07:20:00Z",
        }))
        .unwrap();
        case.losses = losses;
        case
    }

    #[test]
    fn every_loss_of_a_bank_case_left_by_the_bank() {
        let mut case = case(vec![
            loss(100, "手机转账", How::NotByMe, 0),
            loss(20, "网银", How::NotByMe, 0),
            loss(3, "借记卡", How::NotByMe, 0),
        ]);
        assert_eq!(by_card(&case), Money::from_fen(23));
        case.platform = BANK.into();
        assert_eq!(by_card(&case), Money::from_fen(123));
    }

    #[test]
    fn shares_sum_to_the_net_loss() {
        let case = case(vec![
            loss(10_000, "零钱", How::NotByMe, 0),
            loss(5_000, "银行卡", How::NotByMe, 1_000),
            loss(2_500, "零钱", How::Unknown, 500),
        ]);
        let total: Money = shares(&case, None).iter().map(Share::net).sum();
        assert_eq!(total, net(&case, None));
        assert_eq!(total, Money::from_fen(16_000));
        assert_eq!(shares(&case, None).len(), 2);
        assert_eq!(net(&case, Some(How::NotByMe)), Money::from_fen(14_000));
        assert_eq!(kinds(&case), [How::NotByMe, How::Unknown]);
    }
}
