//! Slow thefts: no single day is remarkable, the weeks together are.

use std::collections::HashMap;

use crate::bills::finding::class::Class;
use crate::bills::finding::habit::Habit;
use crate::bills::finding::reason::Rule;
use crate::bills::finding::weigh::runs;

const DAY_SECONDS: i64 = 86_400;

/// Payees that were there from the beginning are habits of the owner, or older than the bill.
const SETTLING_DAYS: i64 = 20;

/// A stolen family card is noticed or exhausted within weeks.
const LONGEST_CARD_RUN_DAYS: i64 = 21;

/// A debit small enough to be overlooked.
const DRIP_FEN: i64 = 10_000;

/// A slow pattern with its rows.
#[derive(Debug)]
pub struct Pattern {
    /// Which rule.
    pub rule: Rule,
    /// The rows, as entries of the habit.
    pub rows: Vec<usize>,
    /// Points.
    pub points: u32,
}

/// Finds all slow patterns.
pub fn patterns(habit: &Habit<'_>) -> Vec<Pattern> {
    let mut found = drips(habit);
    found.extend(list_prices(habit));
    found.extend(family_card(habit));
    found
}

fn median_gap(habit: &Habit<'_>, rows: &[usize]) -> i64 {
    let mut gaps: Vec<i64> = rows
        .windows(2)
        .map(|pair| habit.entries[pair[1]].wall - habit.entries[pair[0]].wall)
        .collect();
    gaps.sort_unstable();
    gaps.get(gaps.len() / 2).copied().unwrap_or(i64::MAX)
}

fn is_late(habit: &Habit<'_>, rows: &[usize]) -> bool {
    rows.first().is_some_and(|at| habit.entries[*at].day() - habit.first_day() >= SETTLING_DAYS)
}

fn distinct_amounts(habit: &Habit<'_>, rows: &[usize]) -> usize {
    let mut amounts: Vec<i64> = rows.iter().map(|at| habit.entries[*at].fen).collect();
    amounts.sort_unstable();
    amounts.dedup();
    amounts.len()
}

/// Small debits by a service the owner never used before, more often than monthly and at many
/// different prices. Why it holds: a membership has one price and one day of the month; a
/// service that takes 5.80, 26.20 and 11.50 within a week sells nothing the owner chose.
/// Single debits by other such companies in the same weeks and from the same source belong to it.
fn drips(habit: &Habit<'_>) -> Vec<Pattern> {
    let mut by_payee: HashMap<&str, Vec<usize>> = HashMap::new();
    for at in habit.of_class(Class::Online) {
        if habit.entries[*at].fen <= DRIP_FEN {
            by_payee.entry(habit.entries[*at].payee).or_default().push(*at);
        }
    }
    let mut core: Vec<usize> = Vec::new();
    let mut stray: Vec<usize> = Vec::new();
    for rows in by_payee.values() {
        let late = is_late(habit, rows);
        let prices = distinct_amounts(habit, rows);
        if late && rows.len() >= 6 && prices >= 4 && median_gap(habit, rows) <= 12 * DAY_SECONDS {
            core.extend(rows);
        } else if late && prices * 3 >= rows.len() * 2 {
            stray.extend(rows);
        }
    }
    core.sort_unstable();
    stray.sort_unstable();
    if core.is_empty() {
        // No company stands out, but many unknown ones together may.
        let dense = runs(habit, &stray, 8 * DAY_SECONDS, 10);
        return dense
            .into_iter()
            .map(|rows| Pattern { rule: Rule::Drip, rows, points: 550 })
            .collect();
    }
    let wall = |at: usize| habit.entries[at].wall;
    let margin = 7 * DAY_SECONDS;
    let reach = wall(core[0]) - margin..=wall(core[core.len() - 1]) + margin;
    let source = habit.entries[core[0]].line.method();
    let belongs =
        |at: &usize| reach.contains(&wall(*at)) && habit.entries[*at].line.method() == source;
    stray.retain(belongs);
    vec![
        Pattern { rule: Rule::Drip, rows: core, points: 700 },
        Pattern { rule: Rule::Drip, rows: stray, points: 550 },
    ]
}

/// The same private code, new in the bill, paid every few days at list prices such as 9.90 and
/// 29.90. Why it holds: a stall sells by weight and portion and rounds; 9.90 is a price of
/// something sold online, and paying it over and over to a private code is a tap left open.
fn list_prices(habit: &Habit<'_>) -> Vec<Pattern> {
    let mut payees: Vec<&str> =
        habit.of_class(Class::Code).iter().map(|at| habit.entries[*at].payee).collect();
    payees.sort_unstable();
    payees.dedup();
    let mut found = Vec::new();
    for payee in payees {
        let rows = habit.of_payee(payee);
        let listed = rows.iter().filter(|at| {
            let fen = habit.entries[**at].fen;
            matches!(fen % 100, 88 | 90 | 98 | 99) && fen <= 20_000
        });
        let often = rows.len() >= 8 && listed.count() * 5 >= rows.len() * 2;
        if often && is_late(habit, rows) && median_gap(habit, rows) <= 6 * DAY_SECONDS {
            found.push(Pattern { rule: Rule::ListPrice, rows: rows.to_vec(), points: 600 });
        }
    }
    found
}

/// A family card used several times a day for days, against its own past. Why it holds: the
/// relative who has the card shops as people shop; a thief who opened one to himself has days.
/// Two or more such runs, or one that fills a long history, are how this family uses its card.
fn family_card(habit: &Habit<'_>) -> Vec<Pattern> {
    let rows = habit.of_class(Class::FamilyCard);
    let usual = median_gap(habit, rows);
    let pause = if rows.len() >= 15 { usual / 2 } else { DAY_SECONDS * 3 / 2 };
    let found = runs(habit, rows, pause.min(2 * DAY_SECONDS), 6);
    let [run] = found.as_slice() else { return Vec::new() };
    let day = |at: Option<&usize>| at.map_or(0, |at| habit.entries[*at].day());
    if day(run.last()) - day(run.first()) > LONGEST_CARD_RUN_DAYS {
        return Vec::new();
    }
    vec![Pattern { rule: Rule::FamilyCard, rows: run.clone(), points: 600 }]
}
