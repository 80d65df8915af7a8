//! Runs: rows that speak for a theft and follow each other closely are judged together. A theft
//! is an episode of minutes to hours; what makes it stand out is the company a row keeps.

use std::collections::HashMap;

use jiff::civil::Date;

use crate::bills::finding::class::Class;
use crate::bills::finding::firsts::First;
use crate::bills::finding::habit::Habit;
use crate::bills::finding::reason::Rule;
use crate::bills::finding::weigh::{LARGE_FEN, Weight, days, is_probe, runs};

/// A pause longer than this ends a run: the thief has left, or was shut out.
const PAUSE_SECONDS: i64 = 12_600;

/// Savings pulled this long before the first payment belong to the run.
const PULL_BEFORE_SECONDS: i64 = 9_000;

/// A probe this long before the first payment belongs to the run.
const PROBE_BEFORE_SECONDS: i64 = 7_200;

/// What a further card of the same kind from the same shop counts.
const SAME_CARD_POINTS: u32 = 20;

/// A run of rows with the evidence for it.
#[derive(Debug)]
pub struct Run {
    /// The rows, as entries of the habit, in order of time.
    pub rows: Vec<usize>,
    /// Probes that belong to it.
    pub probes: Vec<usize>,
    /// Pulls of savings that belong to it; they are no loss by themselves.
    pub pulls: Vec<usize>,
    /// Rows in hours in which the owner hardly ever pays.
    pub off_hours: Vec<usize>,
    /// Rows from a country or place, or by a means, that are new to the account.
    pub new_places: Vec<usize>,
    /// All points.
    pub points: u32,
    /// Rules that hold for the run as a whole.
    pub rules: Vec<Rule>,
}

/// Gathers and scores all runs.
pub fn gather(habit: &Habit<'_>, weights: &[Weight], around: &[Date]) -> Vec<Run> {
    let rows: Vec<usize> = (0..weights.len()).filter(|at| weights[*at].points > 0).collect();
    runs(habit, &rows, PAUSE_SECONDS, 1)
        .into_iter()
        .map(|rows| score(habit, weights, around, rows))
        .collect()
}

fn score(habit: &Habit<'_>, weights: &[Weight], around: &[Date], rows: Vec<usize>) -> Run {
    let mut points: u32 = rows.iter().map(|at| weights[*at].points).sum();
    points = points.saturating_sub(as_on_other_days(habit, weights, &rows));
    points = points.saturating_sub(same_card_again(habit, weights, &rows));
    let mut run = Run {
        pulls: pulls(habit, &rows),
        probes: probes(habit, &rows),
        off_hours: off_hours(habit, &rows),
        new_places: new_places(habit, &rows),
        rows,
        points,
        rules: Vec::new(),
    };
    let several = run.rows.len() > 1;
    if several {
        run.rules.push(Rule::Run);
    }
    // The same new payee several times within hours: an account prepared for the day.
    if pays_one_stranger_repeatedly(habit, &run.rows) {
        run.points += 100;
    }
    if !run.pulls.is_empty() {
        run.points += 150;
        run.rules.push(Rule::SavingsPulled);
    }
    if !run.probes.is_empty() {
        run.points += 100;
        run.rules.push(Rule::Probe);
    }
    if !run.off_hours.is_empty() {
        let share = run.off_hours.len() * 150 / run.rows.len().max(1);
        run.points += u32::try_from(share).unwrap_or(0);
        run.rules.push(Rule::OffHours);
    }
    let first = |at: &usize| habit.firsts.of(&habit.entries[*at]).map(First::points);
    if let Some(points) = run.new_places.iter().filter_map(first).max() {
        run.points += points;
        run.rules.push(Rule::NewPlace);
    }
    match reported(habit, &run.rows, around) {
        Some(true) => {
            // One payment alone on a named day may well be the owner's own.
            let large = run.rows.iter().any(|at| habit.entries[*at].fen >= LARGE_FEN);
            run.points += match (several, large) {
                (true, _) => 250,
                (false, true) => 150,
                (false, false) => 100,
            };
            run.rules.push(Rule::Reported);
        }
        Some(false) => run.points = run.points.saturating_sub(300),
        None => {}
    }
    run
}

/// An owner who tops up every weekend is not robbed every weekend: takes off half the points of things bought at known shops when the owner bought as many of
/// their kind on some other day.
fn as_on_other_days(habit: &Habit<'_>, weights: &[Weight], rows: &[usize]) -> u32 {
    let (first, last) = days(habit, rows);
    let mut off = 0;
    for class in [Class::Game, Class::GiftCard, Class::TopUp, Class::Overseas] {
        let of_class = || rows.iter().filter(|at| habit.entries[**at].class == class);
        let usual = habit.most_within(class, 6 * 3600, first, last);
        if of_class().count() == 0 || of_class().count() > usual {
            continue;
        }
        let known = of_class().filter(|at| !weights[**at].rules.contains(&Rule::NewPayee));
        off += known.map(|at| weights[*at].points / 2).sum::<u32>();
    }
    off
}

/// Gift cards come in fixed values: the same card from the same shop several times is one
/// purchase, and counts little beyond its first row.
fn same_card_again(habit: &Habit<'_>, weights: &[Weight], rows: &[usize]) -> u32 {
    let mut seen: Vec<(&str, &str)> = Vec::new();
    let mut off = 0;
    for at in rows {
        let entry = &habit.entries[*at];
        if entry.class != Class::GiftCard {
            continue;
        }
        let card = (entry.payee, entry.line.goods());
        if seen.contains(&card) {
            off += weights[*at].points.saturating_sub(SAME_CARD_POINTS);
        } else {
            seen.push(card);
        }
    }
    off
}

fn pays_one_stranger_repeatedly(habit: &Habit<'_>, rows: &[usize]) -> bool {
    let mut times: HashMap<&str, u32> = HashMap::new();
    for at in rows {
        let entry = &habit.entries[*at];
        if entry.class.is_personal() && !entry.payee.is_empty() {
            *times.entry(entry.payee).or_default() += 1;
        }
    }
    times.values().any(|times| *times >= 2)
}

/// Savings moved to the balance just before or during the run, and more than usual. Why it
/// holds: the balance is what can be sent on; an owner who wants to pay pays from the savings.
fn pulls(habit: &Habit<'_>, rows: &[usize]) -> Vec<usize> {
    let Some((from, until)) = span(habit, rows) else { return Vec::new() };
    let (first, last) = days(habit, rows);
    let near: Vec<usize> = habit
        .between(from - PULL_BEFORE_SECONDS, until)
        .filter(|at| habit.entries[*at].class == Class::Pull && habit.entries[*at].has_clock())
        .collect();
    if near.is_empty() {
        return near;
    }
    let usual = habit.median(Class::Pull, first, last).unwrap_or(0);
    let sent = rows.iter().map(|at| habit.entries[*at].fen).fold(0, i64::saturating_add);
    let large = |at: &usize| {
        let fen = habit.entries[*at].fen;
        fen >= usual.saturating_mul(2) && fen.saturating_mul(3) >= sent
    };
    near.into_iter().filter(large).collect()
}

/// Tiny payments to other strangers shortly before or during the run. Why it holds: whoever holds
/// another's telephone does not know whether paying works, which password is asked and what is
/// left, and tries with a sum nobody misses; the owner knows. A cent to the very person
/// who then gets the large sum is how honest people check an account, and does not count.
fn probes(habit: &Habit<'_>, rows: &[usize]) -> Vec<usize> {
    let Some((from, until)) = span(habit, rows) else { return Vec::new() };
    let paid: Vec<&str> = rows.iter().map(|at| habit.entries[*at].payee).collect();
    habit
        .between(from - PROBE_BEFORE_SECONDS, until)
        .filter(|at| !paid.contains(&habit.entries[*at].payee) && is_probe(habit, *at))
        .collect()
}

/// Rows in hours in which this owner hardly ever pays. Why it holds: a telephone is taken over
/// while its owner sleeps or works, so that nobody sees the messages of the bank. Learnt from his
/// own history, so that a night worker's night is day; it only adds to a run, because everybody
/// is up late at times.
fn off_hours(habit: &Habit<'_>, rows: &[usize]) -> Vec<usize> {
    let (first, last) = days(habit, rows);
    rows.iter().copied().filter(|at| habit.is_off_hour(*at, first, last)).collect()
}

fn new_places(habit: &Habit<'_>, rows: &[usize]) -> Vec<usize> {
    let is_new = |at: &usize| habit.firsts.of(&habit.entries[*at]).is_some();
    rows.iter().copied().filter(is_new).collect()
}

fn span(habit: &Habit<'_>, rows: &[usize]) -> Option<(i64, i64)> {
    let wall = |at: &usize| habit.entries[*at].wall;
    Some((rows.first().map(wall)?, rows.last().map(wall)?))
}

/// Compares the run with the days the person names. Why it holds: the owner saw the balance, a
/// message or the missing telephone. People are a day off, more so after a night; a run far from
/// every named day counts less, and a strong one is still shown, because few owners know all.
fn reported(habit: &Habit<'_>, rows: &[usize], around: &[Date]) -> Option<bool> {
    if around.is_empty() {
        return None;
    }
    Some(rows.iter().any(|at| is_reported(habit, *at, around)))
}

/// Returns true for a row on a named day or next to one.
pub fn is_reported(habit: &Habit<'_>, at: usize, around: &[Date]) -> bool {
    let day = habit.entries[at].line.wall().date();
    around.iter().any(|named| {
        let apart = named.until(day).map_or(i32::MAX, |span| span.get_days());
        apart.abs() <= 1
    })
}
