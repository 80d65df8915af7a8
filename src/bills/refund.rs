//! Ties refunds to what they refund, so that a loss is counted net and a refund only once. Most
//! exports write a refund twice: in the state of the payment and as a row of its own.

use std::collections::HashMap;

use crate::bills::ledger::Event;
use crate::bills::line::{Flow, Outcome, Provider};
use crate::domain::money::Money;

/// The longest time between a payment and its refund.
const REFUND_DAYS: i64 = 200;

/// Ties every refund row to one payment, where one fits.
pub fn tie(events: &mut [Event]) {
    let mut by_id: HashMap<(Provider, String), Vec<usize>> = HashMap::new();
    let mut by_payee: HashMap<(Provider, String), Vec<usize>> = HashMap::new();
    for (at, event) in events.iter().enumerate() {
        let line = &event.line;
        if line.flow == Flow::In || line.outcome == Outcome::NotPaid {
            continue;
        }
        for id in [line.id(), line.merchant_id()] {
            if id.len() >= 8 && !crate::bills::cell::is_destroyed(id) {
                by_id.entry((line.provider, id.to_owned())).or_default().push(at);
            }
        }
        by_payee.entry((line.provider, line.payee().to_owned())).or_default().push(at);
    }
    let mut given: HashMap<usize, Money> = HashMap::new();
    for at in 0..events.len() {
        if events[at].line.outcome != Outcome::RefundRow {
            continue;
        }
        let named = candidates(events, at, &by_id);
        let payee = (events[at].line.provider, events[at].line.payee().to_owned());
        let same_payee = by_payee.get(&payee).cloned().unwrap_or_default();
        let fits = |other: &usize| fits(events, at, *other, &given);
        let found = named
            .into_iter()
            .find(fits)
            .or_else(|| best_of_payee(events, at, same_payee.into_iter().filter(fits).collect()));
        if let Some(other) = found {
            let back = events[at].line.amount;
            let total = given.entry(other).or_insert(Money::ZERO);
            *total = *total + back;
            let line = &mut events[other].line;
            // The state of the payment may already say so; it is never added to it.
            line.refunded = line.refunded.max(*total).min(line.amount);
            if line.flow == Flow::Out {
                line.outcome = Outcome::Refunded;
            }
            events[other].refund = Some(at);
            events[at].refund = Some(other);
        }
    }
}

/// Payments whose number the refund's number begins with, or that share the merchant's number.
fn candidates(
    events: &[Event],
    at: usize,
    by_id: &HashMap<(Provider, String), Vec<usize>>,
) -> Vec<usize> {
    let line = &events[at].line;
    let id = line.id();
    let stem = id.split(['_', '*']).next().unwrap_or(id);
    [id, stem, line.merchant_id()]
        .iter()
        .filter_map(|key| by_id.get(&(line.provider, (*key).to_owned())))
        .flatten()
        .copied()
        .collect()
}

/// A payment can be refunded later, within reason, and never beyond its amount.
fn fits(events: &[Event], at: usize, other: usize, given: &HashMap<usize, Money>) -> bool {
    let (refund, payment) = (&events[at].line, &events[other].line);
    let seconds = refund.at.as_second() - payment.at.as_second();
    let before = given.get(&other).copied().unwrap_or(Money::ZERO);
    at != other
        && payment.outcome != Outcome::RefundRow
        && (0..=REFUND_DAYS * 86_400).contains(&seconds)
        && before + refund.amount <= payment.amount
}

/// Of the payments to one payee: the latest that states this very refund; else, where states say
/// nothing of refunds, the latest of exactly this amount.
fn best_of_payee(events: &[Event], at: usize, fitting: Vec<usize>) -> Option<usize> {
    let back = events[at].line.amount;
    let latest = |matches: &dyn Fn(usize) -> bool| {
        fitting.iter().rev().copied().find(|other| matches(*other))
    };
    let states_it = |other: usize| events[other].line.refunded == back;
    let same_goods = |other: usize| {
        let goods = events[at].line.goods().trim_start_matches("退款-").to_owned();
        events[other].line.amount == back
            && !goods.is_empty()
            && events[other].line.goods() == goods
    };
    let silent = |other: usize| {
        events[other].line.provider != Provider::WeChat && events[other].line.amount == back
    };
    latest(&states_it).or_else(|| latest(&same_goods)).or_else(|| latest(&silent))
}
