//! The books of a firm over many matters: what was lost and recovered, what it may charge, and
//! every entry of the ledger as somebody else can check it.

use serde_json::{Value, json};

use crate::config::firm::Fee;
use crate::domain::case::Case;
use crate::domain::digest::Digest;
use crate::domain::losses;
use crate::domain::money::Money;
use crate::runtime::error::RuntimeError;
use crate::runtime::firm::matter::Matter;
use crate::runtime::firm::packs::not_open;
use crate::runtime::setup::Runtime;
use crate::store::audit::Link;

/// What one client lost and got back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// The losses.
    pub lost: Money,
    /// What was refunded of them before.
    pub refunded: Money,
    /// What they come to after refunds.
    pub net: Money,
    /// What was paid since.
    pub recovered: Money,
    /// How much of that counts: never more than the loss.
    pub counted: Money,
    /// What was paid above the loss, which is nobody's to keep.
    pub above: Money,
    /// What is still missing.
    pub outstanding: Money,
    /// What was spent.
    pub costs: Money,
    /// What the firm may charge; none when nothing was agreed.
    pub fee: Option<Money>,
}

/// Works out the account of a client.
pub fn account(case: &Case, recovered: Money, costs: Money, fee: Option<&Fee>) -> Account {
    let net = losses::net(case, None);
    let counted = recovered.min(net);
    Account {
        lost: case.losses.iter().map(|loss| loss.amount).sum(),
        refunded: case.losses.iter().map(|loss| loss.refunded).sum(),
        net,
        recovered,
        counted,
        above: recovered - counted,
        outstanding: net - counted,
        costs,
        fee: fee.and_then(|fee| fee.of(counted)),
    }
}

/// Entries a person is behind; the others the program wrote by itself. The ledger does not know
/// which person.
const BY_PERSON: [&str; 9] = [
    "opened",
    "amended",
    "evidence_added",
    "bills_reviewed",
    "approved",
    "answer",
    "noted",
    "migrated",
    "person_did",
];

impl Runtime {
    /// Returns the account of a matter.
    pub fn account(&self, matter: &Matter, costs: Money) -> Account {
        let fee = self.config.firm.as_ref().map(|firm| &firm.fee);
        account(matter.case(), matter.history.recovered, costs, fee)
    }

    /// Returns the entries of a matter, a line of JSON each.
    pub fn audit_lines(&self, matter: &Matter) -> Result<Vec<String>, RuntimeError> {
        if matter.desk.is_none() {
            return Err(not_open(matter));
        }
        let links = self.store.links(&matter.id)?;
        Ok(links.iter().map(|link| audit_line(matter.id.as_str(), link).to_string()).collect())
    }
}

fn audit_line(case: &str, link: &Link) -> Value {
    let event: Value = serde_json::from_str(&link.body).unwrap_or_default();
    let kind = event["kind"].as_str().unwrap_or_default();
    let is_person = match kind {
        "person_did" => event["by_case"] != true,
        "noted" => event.pointer("/note/note").is_some_and(|note| note != "late"),
        "skipped" => event["by_person"] == true,
        "closed" => !event["reason"].is_null(),
        kind => BY_PERSON.contains(&kind),
    };
    json!({
        "schema": 1,
        "case": case,
        "seq": link.seq,
        "at": link.at.to_string(),
        "who": if is_person { "person" } else { "program" },
        "by": if kind == "approved" { &event["by"] } else { &Value::Null },
        "kind": kind,
        "step": event["step"],
        "at_microseconds": link.at_microseconds,
        "body": link.body,
        "prev": link.prev,
        "hash": link.hash,
    })
}

/// Returns the last line of an audit: how many there are, the head of every case, and the digest of
/// all lines before it.
pub fn audit_end(lines: &[String]) -> String {
    let mut heads = serde_json::Map::new();
    for line in lines {
        let entry: Value = serde_json::from_str(line).unwrap_or_default();
        if let Some(case) = entry["case"].as_str() {
            heads.insert(case.to_owned(), entry["hash"].clone());
        }
    }
    let mut all = lines.join("\n");
    all.push('\n');
    let sha256 = Digest::of(all.as_bytes());
    json!({ "schema": 1, "entries": lines.len(), "heads": heads, "sha256": sha256 }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::document;

    #[test]
    fn what_counts_never_exceeds_the_loss() {
        let text = "platform = \"wechat\"\ndiscovered_at = \"2026-09-18T15:20:00+08:00\"\n[[losses]]\namount = \"100.00\"\nrefunded = \"20.00\"\n[[losses]]\namount = \"50.00\"\n";
        let case = document::read::<Case>("case.toml", text).content.unwrap();
        let fee = Fee { per_ten_thousand: Some(1000), ..Fee::default() };
        let of = |yuan: i64| {
            let found = account(&case, Money::from_fen(yuan * 100), Money::ZERO, Some(&fee));
            [found.counted, found.above, found.outstanding, found.fee.unwrap()]
                .map(|sum| sum.fen() / 100)
        };
        assert_eq!(of(0), [0, 0, 130, 0]);
        assert_eq!(of(60), [60, 0, 70, 6]);
        assert_eq!(of(200), [130, 70, 0, 13]);
    }
}
