//! What a person said of the rows of their bills. Only a row that they confirmed is a loss, and
//! only once: a line of the case file that is the same transaction goes before it.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::domain::case::Loss;

/// How far apart two records of one transaction may be in time.
const NEAR: SignedDuration = SignedDuration::from_secs(90);

/// One decision about one row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// The row's number as the bill writes it, or what stands for it.
    pub id: String,
    /// The loss it is; none when the person says that all is well with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss: Option<Loss>,
}

/// Returns true when two lines are one transaction: the same number, or, where one has none, the
/// same amount at nearly the same time and no other payee.
pub fn is_same(left: &Loss, right: &Loss) -> bool {
    if let (Some(left), Some(right)) = (&left.order_no, &right.order_no) {
        return left == right;
    }
    let (Some(one), Some(other)) = (left.at, right.at) else { return false };
    let payee = match (&left.payee, &right.payee) {
        (Some(left), Some(right)) => left == right,
        _ => true,
    };
    left.amount == right.amount && one.duration_until(other).abs() <= NEAR && payee
}

/// Returns the confirmed rows that `losses` does not have yet, in order of time.
pub fn confirmed<'a>(losses: &[Loss], decisions: impl Iterator<Item = &'a Decision>) -> Vec<Loss> {
    let mut added: Vec<Loss> = Vec::new();
    for loss in decisions.filter_map(|decision| decision.loss.as_ref()) {
        if !losses.iter().chain(&added).any(|known| is_same(known, loss)) {
            added.push(loss.clone());
        }
    }
    added.sort_by(|left, right| (left.at, &left.order_no).cmp(&(right.at, &right.order_no)));
    added
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loss(at: &str, amount: &str, order: Option<&str>, payee: Option<&str>) -> Loss {
        let amount = crate::domain::money::Money::parse(amount).unwrap().fen();
        serde_json::from_value(serde_json::json!({
            "at": at, "amount": amount, "order_no": order, "payee": payee,
        }))
        .unwrap()
    }

    #[test]
    fn one_transaction_counts_once() {
        let typed = [loss("2026-09-18T03:11:00+08:00", "4980.00", None, Some("数码店"))];
        let row = |order, at: &str, amount: &str| Decision {
            id: order,
            loss: Some(loss(at, amount, Some("1000"), Some("数码店"))),
        };
        let same = row("1000".into(), "2026-09-18T03:11:26+08:00", "4980.00");
        let later = row("1000".into(), "2026-09-18T03:18:26+08:00", "4980.00");
        let other = row("1000".into(), "2026-09-18T03:11:26+08:00", "4981.00");
        assert_eq!(confirmed(&typed, [&same].into_iter()), []);
        assert_eq!(confirmed(&typed, [&later].into_iter()).len(), 1);
        assert_eq!(confirmed(&typed, [&other, &other].into_iter()).len(), 1);
        let cleared = Decision { id: "1".into(), loss: None };
        assert_eq!(confirmed(&[], [&cleared].into_iter()), []);
    }
}
