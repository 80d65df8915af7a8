//! What the case says of itself: the person, the account, the losses and their sums.

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::domain::case::{Case, Loss, SECRET_PREFIX};
use crate::domain::losses;
use crate::domain::money::Money;
use crate::domain::redaction::Redaction;
use crate::domain::time;
use crate::workflow::view::{Cut, wording};

/// Every fact a template may ask for, so that an absent one is null and not an unknown name.
const FACTS: [&str; 22] = [
    "still_moving",
    "intruder_inside",
    "frozen_out",
    "phone_lost",
    "account_banned",
    "code_given",
    "screen_shared",
    "password_known_by",
    "phone_lent",
    "account_lent",
    "fake_orders",
    "gambling",
    "custodial",
    "family_suspected",
    "assets_frozen_by_court",
    "elderly",
    "cause",
    "ban_reason",
    "sim_reported_at",
    "last_seen_intact",
    "whereabouts",
    "how_discovered",
];

pub(super) fn case(case: &Case, cut: &Cut, absent_secrets: &[String]) -> Value {
    let zone = case.time_zone();
    let shown = |loss: &Loss| cut.shows(case, loss);
    let mut chosen = case.clone();
    chosen.losses.retain(shown);
    let rows: Vec<Value> = losses::lines(case, None)
        .filter(|(_, loss)| shown(loss))
        .map(|(number, loss)| row(number, loss, &zone))
        .collect();
    let mut facts = case.snapshot().get("facts").cloned().unwrap_or_else(|| json!({}));
    complete(&mut facts, &FACTS);
    let times = [
        ("last_seen_intact", case.facts.last_seen_intact),
        ("sim_reported_at", case.facts.sim_reported_at),
    ];
    for (name, time) in times {
        if let Some(time) = time {
            facts[name] = Value::from(time::chinese_minute(time, &zone));
        }
    }
    json!({
        "our_number": case.case_id().as_str(),
        "province": case.province,
        "city": case.city,
        "discovered_at": time::chinese_minute(case.discovered_at, &zone),
        "victim": victim(case, cut.redaction, absent_secrets),
        "account": account(case, cut.redaction),
        "facts": facts,
        "losses": rows,
        "total": total(&chosen),
        "parts": parts(&chosen),
        "insurance": {
            "insurer": case.insurance.insurer,
            "product": case.insurance.product,
            "policy_no": case.insurance.policy_no,
            "period": case.insurance.period,
            "other_cover": case.insurance.other_cover,
        },
    })
}

/// The person, as much of them as the recipient may see.
fn victim(case: &Case, shown: Redaction, absent_secrets: &[String]) -> Value {
    let victim = &case.victim;
    // A secret nobody keeps is a missing fact.
    let is_kept = |id_no: &&str| {
        id_no
            .strip_prefix(SECRET_PREFIX)
            .is_none_or(|name| !absent_secrets.iter().any(|absent| absent == name))
    };
    let id_no = victim.id_no.as_deref().filter(is_kept).map(|id_no| {
        // What stands behind a name is put in, and masked, where the secret is read.
        if id_no.starts_with(SECRET_PREFIX) { id_no.to_owned() } else { shown.id_no.id_no(id_no) }
    });
    json!({
        "name": victim.name,
        "id_no": id_no,
        "phone": victim.phone.as_deref().map(|phone| shown.phone.phone(phone)),
        "email": victim.email.as_deref().map(|email| shown.email.email(email)),
        "address": victim.address.as_deref().map(|address| shown.address.address(address)),
    })
}

fn account(case: &Case, redaction: Redaction) -> Value {
    let (account, shown) = (&case.account, redaction.account);
    json!({
        "id": account.id.as_deref().map(|id| shown.account(id)),
        "nickname": account.nickname,
        "phone": account.phone.as_deref().map(|phone| redaction.phone.phone(phone)),
        "cards": account.cards.iter().map(|card| shown.account(card)).collect::<Vec<_>>(),
        "balance": account.balance.map(Money::grouped),
        "wallet_address": account.wallet_address.as_deref().map(|at| shown.account(at)),
        "exchange": account.exchange,
    })
}

fn complete(object: &mut Value, keys: &[&str]) {
    if let Some(map) = object.as_object_mut() {
        for key in keys {
            map.entry(*key).or_insert(Value::Null);
        }
    }
}

fn row(number: usize, loss: &Loss, zone: &TimeZone) -> Value {
    json!({
        "no": number,
        "at": loss.at.map(|at| time::second(at, zone)),
        "amount": loss.amount.grouped(),
        "amount_fen": loss.amount.fen(),
        "payee": loss.payee,
        "payee_account": loss.payee_account,
        "order_no": loss.order_no,
        "asset": loss.asset,
        "quantity": loss.quantity,
        "merchant_no": loss.merchant_no,
        "channel": losses::channel_name(loss),
        "refunded": loss.refunded.grouped(),
        "net": loss.net().grouped(),
        "how": loss.kind().as_str(),
        "wording": wording(loss.kind()),
    })
}

fn total(case: &Case) -> Value {
    let amount: Money = case.losses.iter().map(|loss| loss.amount).sum();
    let refunded: Money = case.losses.iter().map(|loss| loss.refunded).sum();
    let net = losses::net(case, None);
    let shares: Vec<Value> = losses::shares(case, None)
        .into_iter()
        .map(|share| {
            json!({
                "channel": share.channel,
                "lines": share.lines,
                "amount": share.amount.grouped(),
                "refunded": share.refunded.grouped(),
                "net": share.net().grouped(),
                "net_fen": share.net().fen(),
            })
        })
        .collect();
    json!({
        "lines": case.losses.len(),
        "amount": amount.grouped(),
        "refunded": refunded.grouped(),
        "has_refund": !refunded.is_zero(),
        "net": net.grouped(),
        "net_fen": net.fen(),
        "capital": net.capital(),
        "shares": shares,
    })
}

/// How many papers the losses are told in, when they are told by kind.
fn parts(case: &Case) -> Vec<Value> {
    losses::kinds(case)
        .into_iter()
        .map(|how| {
            json!({
                "how": how.as_str(),
                "wording": wording(how),
                "numbers": losses::lines(case, Some(how)).map(|(number, _)| number).collect::<Vec<_>>(),
                "lines": losses::lines(case, Some(how)).count(),
                "net": losses::net(case, Some(how)).grouped(),
            })
        })
        .collect()
}
