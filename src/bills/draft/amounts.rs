//! Which columns are the amounts, and which way the money went.

use std::collections::BTreeSet;

use crate::bills::cell;
use crate::bills::draft::choose::{Choice, LEAST_NAME_POINTS, best};
use crate::bills::draft::profile::{Profile, money};
use crate::bills::draft::words::name_points;
use crate::bills::layout::{Role, Sign};
use crate::domain::money::Money;
use crate::text;

/// Returns true for a column of money.
pub(super) fn is_money(profile: &Profile) -> bool {
    profile.money > 0
        && profile.percent(profile.money) >= 60
        && profile.percent(profile.numbers) < 50
}

fn cell_money(row: &csv::StringRecord, column: usize) -> i64 {
    let cell = row.get(column).map(cell::tidy).unwrap_or_default();
    money(cell).map_or(0, Money::fen)
}

/// Two columns for the two directions, or one amount.
pub(super) fn money_columns(
    choice: &mut Choice,
    profiles: &[Profile],
    rows: &[&csv::StringRecord],
) {
    let of_role = |role: Role| {
        best(profiles, |profile| {
            let points = name_points(role, &profile.name);
            let usable = profile.filled == 0 || is_money(profile);
            if usable && points >= LEAST_NAME_POINTS { points } else { 0 }
        })
    };
    if let (Some(out), Some(income)) = (of_role(Role::Out), of_role(Role::In))
        && out.column != income.column
        && exclude_each_other(rows, out.column, income.column)
    {
        choice.take(Role::Out, out.column);
        choice.take(Role::In, income.column);
        choice.sign = Sign::TwoColumns;
        return;
    }
    let candidates: Vec<&Profile> = profiles
        .iter()
        .filter(|profile| is_money(profile) && choice.is_free(profile.column))
        .filter(|profile| !profile.name.contains("余额") && !profile.name.contains("balance"))
        .collect();
    let changes: BTreeSet<usize> = candidates
        .iter()
        .flat_map(|a| candidates.iter().map(|b| (a.column, b.column)))
        .filter(|(a, b)| a != b && is_balance_of(rows, *b, *a))
        .map(|(_, balance)| balance)
        .collect();
    if let Some((out, income)) = split_in_two(&candidates, &changes, rows) {
        choice.take(Role::Out, out);
        choice.take(Role::In, income);
        choice.sign = Sign::TwoColumns;
        let (left, right) = (out + 1, income + 1);
        choice.doubts.push(text!(
            "每行只在第 {left} 列或第 {right} 列有金额：当作左支出、右收入，请核对",
            "each row has its amount in column {left} or {right}: taken as spent and received, check it"
        ));
        return;
    }
    let amount = candidates
        .iter()
        .rev()
        .filter(|profile| !changes.contains(&profile.column))
        .max_by_key(|profile| name_points(Role::Amount, &profile.name));
    let Some(amount) = amount else { return };
    choice.take(Role::Amount, amount.column);
    let named = name_points(Role::Amount, &amount.name) >= LEAST_NAME_POINTS;
    if !named && candidates.len() > 1 {
        let number = amount.column + 1;
        choice.doubts.push(text!(
            "有几列像金额，取了第 {number} 列",
            "several columns look like amounts: column {number} was taken"
        ));
    }
}

/// Two columns without telling names, of which each row fills exactly one.
fn split_in_two(
    candidates: &[&Profile],
    balances: &BTreeSet<usize>,
    rows: &[&csv::StringRecord],
) -> Option<(usize, usize)> {
    let free: Vec<usize> = candidates
        .iter()
        .filter(|profile| profile.filled < rows.len())
        .map(|profile| profile.column)
        .filter(|column| !balances.contains(column))
        .collect();
    let pairs = free.iter().flat_map(|a| free.iter().map(move |b| (*a, *b)));
    pairs.filter(|(a, b)| a < b).find(|(a, b)| {
        let one =
            |row: &&&csv::StringRecord| (cell_money(row, *a) == 0) != (cell_money(row, *b) == 0);
        rows.iter().filter(one).count() * 10 >= rows.len() * 9
    })
}

/// True when hardly a row has something in both.
fn exclude_each_other(rows: &[&csv::StringRecord], a: usize, b: usize) -> bool {
    let both = rows.iter().filter(|row| cell_money(row, a) != 0 && cell_money(row, b) != 0);
    both.count() * 10 <= rows.len()
}

/// True when one column's steps are the other's amounts, in either order of rows.
fn is_balance_of(rows: &[&csv::StringRecord], balance: usize, amount: usize) -> bool {
    let steps = rows.windows(2).filter(|pair| {
        let step = cell_money(pair[1], balance) - cell_money(pair[0], balance);
        let amounts = [cell_money(pair[0], amount), cell_money(pair[1], amount)];
        step != 0 && amounts.iter().any(|amount| amount.abs() == step.abs())
    });
    rows.len() > 2 && steps.count() * 10 >= (rows.len() - 1) * 7
}

/// Words of money that comes in.
const COMES_BACK: &[&str] =
    &["退", "还款", "返", "奖励", "入账", "工资", "refund", "payment received"];

/// Decides how the direction of a single amount is found.
pub(super) fn direction(choice: &mut Choice, profiles: &[Profile], rows: &[&csv::StringRecord]) {
    let Some(amount) = choice.column(Role::Amount).and_then(|at| profiles.get(at)) else { return };
    if choice.column(Role::Flow).is_some() {
        choice.sign = Sign::Column;
        return;
    }
    let texts = |row: &csv::StringRecord| {
        [Role::Kind, Role::Goods, Role::Payee, Role::Note]
            .into_iter()
            .filter_map(|role| choice.column(role).and_then(|at| row.get(at)))
            .collect::<String>()
    };
    let comes_back = |row: &&&csv::StringRecord| {
        let text = texts(row);
        COMES_BACK.iter().any(|word| text.contains(word))
    };
    let negative = || rows.iter().filter(|row| cell_money(row, amount.column) < 0);
    let positive = || rows.iter().filter(|row| cell_money(row, amount.column) > 0);
    if amount.negative == 0 {
        choice.sign = Sign::Words;
        // The words that decide are read from the kind.
        if choice.column(Role::Kind).is_none()
            && let Some(goods) = choice.columns.iter_mut().find(|(role, _)| *role == Role::Goods)
        {
            goods.0 = Role::Kind;
        }
        choice.doubts.push(text!(
            "金额都没有负号，也没有收支列：除退款、还款外都算作支出",
            "no amount has a minus and no column says the direction: all but refunds and repayments count as spent"
        ));
        return;
    }
    let back_below = negative().filter(comes_back).count() * 2 > negative().count();
    let back_above = positive().filter(comes_back).count() * 2 > positive().count();
    choice.sign = if back_below && !back_above { Sign::MinusIsIn } else { Sign::MinusIsOut };
    if choice.sign == Sign::MinusIsIn || amount.negative * 4 < amount.nonzero {
        choice.doubts.push(text!(
            "负数不多：请核对负数是支出（minus_is_out）还是退回（minus_is_in）",
            "few amounts are negative: check whether a minus is money spent (minus_is_out) or received (minus_is_in)"
        ));
    }
}
