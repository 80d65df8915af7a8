//! Rows that would not be asked about alone, beside a run that already is one. Why it holds: once
//! a run of payments to strangers stands out, a further payment to the same stranger within the
//! same half hour is his as well, whatever purpose was typed; and so is
//! one of like size to another person whom the owner never paid before. What the owner pays in
//! those hours goes to people and shops he knows.

use crate::bills::finding::class::Class;
use crate::bills::finding::habit::Habit;
use crate::bills::finding::run::Run;
use crate::bills::finding::weigh::PROBE_FEN;

/// How long before its first and after its last payment a run reaches.
const REACH_SECONDS: i64 = 30 * 60;

/// Nicknames repeat, so that a small payment may be the owner's own to a namesake.
const SAME_NAME_FLOOR_FEN: i64 = 5_000;

/// A payment to yet another stranger must be worth a question of its own.
const STRANGER_FLOOR_FEN: i64 = 10_000;

/// Returns the rows beside a run, in order of time.
pub fn beside(habit: &Habit<'_>, run: &Run) -> Vec<usize> {
    let wall = |at: Option<&usize>| at.map(|at| habit.entries[*at].wall);
    let (Some(from), Some(until)) = (wall(run.rows.first()), wall(run.rows.last())) else {
        return Vec::new();
    };
    let usual = usual_amount(habit, run);
    habit
        .between(from - REACH_SECONDS, until + REACH_SECONDS)
        .filter(|at| !run.rows.contains(at) && !run.probes.contains(at))
        .filter(|at| {
            let entry = &habit.entries[*at];
            if !entry.has_clock() || entry.fen <= PROBE_FEN || habit.visits(*at) > 0 {
                return false;
            }
            let paid = run.rows.iter().any(|other| {
                let other = &habit.entries[*other];
                other.payee == entry.payee && kin(other.class, entry.class)
            });
            let like = usual.is_some_and(|usual| entry.fen.saturating_mul(5) >= usual);
            let small = !entry.class.is_fungible() && entry.fen < SAME_NAME_FLOOR_FEN;
            !entry.payee.is_empty() && paid && !small
                || entry.class.is_personal() && like && entry.fen >= STRANGER_FLOOR_FEN
        })
        .collect()
}

/// Money sent to a person is one thing, whatever way it took.
fn kin(a: Class, b: Class) -> bool {
    let person = |class: Class| class.is_personal() || class == Class::RedPacket;
    a == b && a.is_fungible() || person(a) && person(b)
}

/// The middle amount that the run sent to persons; `None` for fewer than two.
fn usual_amount(habit: &Habit<'_>, run: &Run) -> Option<i64> {
    let mut amounts: Vec<i64> = run
        .rows
        .iter()
        .map(|at| &habit.entries[*at])
        .filter(|entry| entry.class.is_personal())
        .map(|entry| entry.fen)
        .collect();
    amounts.sort_unstable();
    if amounts.len() < 2 { None } else { amounts.get(amounts.len() / 2).copied() }
}
