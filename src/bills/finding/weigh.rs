//! How much a single row speaks for a theft, before its neighbours are looked at. Points are
//! permille of certainty and add up over a run; no row reaches the threshold by being at night,
//! or large, or new alone, because owners do all of that.

use std::collections::HashMap;

use crate::bills::finding::class::{Class, Purpose, purpose};
use crate::bills::finding::firsts::First;
use crate::bills::finding::habit::{Entry, Habit};
use crate::bills::finding::reason::Rule;

/// Payments below this to a person or a code are everyday life: lunch, a taxi, a round of
/// drinks. Thieves who can send more do send more. For an owner who pays more at stalls every
/// day, everyday life reaches higher, see [`Habit::everyday`].
const PERSONAL_FLOOR_FEN: i64 = 40_000;

/// From here on one payment can be most of a wallet.
pub const LARGE_FEN: i64 = 500_000;

/// From here on a payment to a stranger without a word about its purpose is worth a question
/// even when it stands alone.
const HUGE_FEN: i64 = 1_000_000;

/// Card and credit top-ups below this are too small to be resold.
const FUNGIBLE_FLOOR_FEN: i64 = 3_000;

/// A purchase in a shop below this is not worth a thief's while.
const SHOP_FLOOR_FEN: i64 = 50_000;

/// How many times the owner's usual purchase a suspicious one is, at the least.
const SHOP_TIMES_USUAL: i64 = 5;

/// A red packet worth stealing; greetings are smaller.
const PACKET_FLOOR_FEN: i64 = 5_000;

/// A probe is a yuan at most.
pub const PROBE_FEN: i64 = 100;

/// The window in which pace is measured.
const PACE_SECONDS: i64 = 30 * 60;

/// What one row contributes.
#[derive(Clone, Debug, Default)]
pub struct Weight {
    /// Points; a row with none belongs to no run.
    pub points: u32,
    /// Which rules gave them.
    pub rules: Vec<Rule>,
}

/// Weighs every row.
pub fn weigh(habit: &Habit<'_>) -> Vec<Weight> {
    let mut weights: Vec<Weight> = (0..habit.entries.len())
        .map(|at| {
            let entry = &habit.entries[at];
            match entry.class {
                Class::Transfer | Class::Code => personal(habit, at),
                Class::Game | Class::GiftCard | Class::TopUp | Class::Overseas => {
                    fungible(habit, at)
                }
                Class::Merchant | Class::Online => out_of_place(habit, at),
                _ => Weight::default(),
            }
        })
        .collect();
    packets(habit, &mut weights);
    for class in [Class::Game, Class::TopUp, Class::Overseas] {
        pace(habit, class, &mut weights);
    }
    weights
}

/// Money sent to someone who never got a comparable amount. Why it holds: owners pay rent,
/// family and suppliers again and again, and when they pay a large sum to someone new they
/// usually write what it is for; a thief sends to accounts prepared for the day, and leaves the
/// wallet's default text or a word that fits anything.
fn personal(habit: &Habit<'_>, at: usize) -> Weight {
    let entry = &habit.entries[at];
    let purpose = purpose(entry.line);
    let everyday = entry.fen < PERSONAL_FLOOR_FEN || entry.fen <= habit.everyday(entry.class);
    if everyday || purpose == Purpose::Definite || !habit.is_unfamiliar(at) {
        return Weight::default();
    }
    let mut rules = vec![Rule::NewPayee];
    let silent = purpose == Purpose::Silent;
    let points = match entry.fen {
        HUGE_FEN.. if silent => 520,
        HUGE_FEN.. => 250,
        LARGE_FEN.. if silent => 300,
        300_000.. => 150,
        100_000.. => 120,
        _ => 100,
    };
    if entry.fen >= LARGE_FEN {
        rules.push(Rule::Large);
    }
    Weight { points, rules }
}

/// Things that can be resold at once: cards, credit, game currency, purchases abroad. Why it
/// holds: the thief needs no account of his own for them. Shops the owner has used before count
/// less, and games least of all: people do play all evening, also new games, and only the pace
/// tells. Merchants abroad count most, because stolen card numbers are used at the same few
/// worldwide shops that the owner may know too.
fn fungible(habit: &Habit<'_>, at: usize) -> Weight {
    let entry = &habit.entries[at];
    if entry.fen < FUNGIBLE_FLOOR_FEN {
        return Weight::default();
    }
    let known = habit.visits(at) >= 2;
    let points = match entry.class {
        Class::Game if !known => 25,
        _ if !known && entry.fen >= 10_000 => 100,
        _ if !known => 60,
        Class::Overseas => 60,
        Class::Game => 15,
        _ => 45,
    };
    let mut rules = vec![Rule::Fungible];
    if !known {
        rules.push(Rule::NewPayee);
    }
    Weight { points, rules }
}

/// A large sum to a shop the owner never used, in an hour in which he hardly ever pays, or in a
/// country where he never was. Why it holds: whoever sleeps buys nothing, and who shops at night
/// does so again and again, so that the hour is no longer an unusual one; and a copied card is
/// used up on its first day abroad. A traveller's first day has a hotel and a dinner too, so that it
/// takes more of them. By day and at home a large first purchase is everyday life, and counts
/// nothing.
fn out_of_place(habit: &Habit<'_>, at: usize) -> Weight {
    let entry = &habit.entries[at];
    let day = entry.day();
    let usual = habit.median(entry.class, day - 1, day + 1);
    let is_large = entry.fen >= SHOP_FLOOR_FEN
        && usual.is_some_and(|usual| entry.fen >= usual.saturating_mul(SHOP_TIMES_USUAL));
    if !is_large || habit.visits(at) > 0 {
        return Weight::default();
    }
    let points = if habit.is_off_hour(at, day - 1, day + 1) {
        160
    } else if habit.firsts.is_new(entry, First::Country) {
        90
    } else {
        return Weight::default();
    };
    Weight { points, rules: vec![Rule::NewPayee, Rule::Large] }
}

/// Red packets to one person, one after another. Why it holds: a packet is limited to 200 yuan,
/// so whoever wants more must send many; greetings go to many people, one each.
fn packets(habit: &Habit<'_>, weights: &mut [Weight]) {
    let mut by_payee: HashMap<&str, Vec<usize>> = HashMap::new();
    for at in habit.of_class(Class::RedPacket) {
        let entry = &habit.entries[*at];
        if entry.fen >= PACKET_FLOOR_FEN {
            by_payee.entry(entry.payee).or_default().push(*at);
        }
    }
    for rows in by_payee.values() {
        for run in runs(habit, rows, PACE_SECONDS, 3) {
            let familiar = run.len() < 5 && !habit.is_unfamiliar(run[0]);
            for at in run {
                weights[at] =
                    Weight { points: if familiar { 40 } else { 90 }, rules: vec![Rule::PacketRun] };
            }
        }
    }
}

/// Faster than the owner ever was. Why it holds: a thief works against the clock, and a person
/// who plays or reads between two purchases does not. Gift cards are left out: they come in fixed
/// values, so that honest buyers too order several in a row.
fn pace(habit: &Habit<'_>, class: Class, weights: &mut [Weight]) {
    let counts = |at: &usize| weights[*at].points > 0 && habit.entries[*at].has_clock();
    let rows: Vec<usize> = habit.of_class(class).iter().copied().filter(counts).collect();
    for run in windows(habit, &rows, PACE_SECONDS, 4) {
        let (first, last) = days(habit, &run);
        if run.len() < habit.most_within(class, PACE_SECONDS, first, last) + 2 {
            continue;
        }
        for at in run {
            weights[at].points = weights[at].points.max(100);
            if !weights[at].rules.contains(&Rule::Pace) {
                weights[at].rules.push(Rule::Pace);
            }
        }
    }
}

/// Returns the first and last day of some rows, with the day before and after.
pub fn days(habit: &Habit<'_>, rows: &[usize]) -> (i64, i64) {
    let day = |at: Option<&usize>| at.map_or(0, |at| habit.entries[*at].day());
    (day(rows.first()) - 1, day(rows.last()) + 1)
}

/// Splits rows where the pause between two is longer than `pause`, and keeps parts of at least
/// `least` rows.
pub fn runs(habit: &Habit<'_>, rows: &[usize], pause: i64, least: usize) -> Vec<Vec<usize>> {
    let wall = |at: usize| habit.entries[at].wall;
    rows.chunk_by(|a, b| wall(*b) - wall(*a) <= pause)
        .filter(|run| run.len() >= least)
        .map(<[usize]>::to_vec)
        .collect()
}

/// Returns the rows that lie in some window of `seconds` with at least `least` of them.
fn windows(habit: &Habit<'_>, rows: &[usize], seconds: i64, least: usize) -> Vec<Vec<usize>> {
    let wall = |at: usize| habit.entries[at].wall;
    let mut found: Vec<Vec<usize>> = Vec::new();
    let mut start = 0;
    for end in 0..rows.len() {
        while wall(rows[end]) - wall(rows[start]) > seconds {
            start += 1;
        }
        let window = &rows[start..=end];
        if window.len() < least {
            continue;
        }
        match found.last_mut() {
            Some(open) if open.last().is_some_and(|at| *at >= rows[start]) => {
                if open.last() != Some(&rows[end]) {
                    open.push(rows[end]);
                }
            }
            _ => found.push(window.to_vec()),
        }
    }
    found
}

/// Returns true for a payment so small that it only tries whether paying works, to someone hardly
/// ever paid before: nicknames repeat, so that a stranger may share his with an old acquaintance.
/// Shops' own one-cent offers are not personal payments and never count.
pub fn is_probe(habit: &Habit<'_>, at: usize) -> bool {
    let entry: &Entry<'_> = &habit.entries[at];
    let tiny = entry.class.is_personal() && entry.fen <= PROBE_FEN;
    tiny && entry.has_clock() && habit.visits(at) <= 2
}
