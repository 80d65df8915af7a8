//! What the owner usually does, learnt from the same bills: hours, payees, amounts, and how much
//! of each kind on one day. All of it is asked "apart from these days", so that a theft never
//! becomes its own alibi.

use std::collections::HashMap;

use crate::bills::finding::class::{Class, classify};
use crate::bills::finding::firsts::Firsts;
use crate::bills::ledger::Ledger;
use crate::bills::line::Line;
use crate::bills::moment::Fineness;

const DAY: i64 = 86_400;

/// A payment seen before less than this long ago says nothing about familiarity: a thief's own
/// second payment would make his first one look familiar.
pub const FAMILIAR_AFTER_SECONDS: i64 = 20 * 3600;

/// An hour holding less than this permille of the owner's payments (with both its neighbours)
/// is one in which he sleeps or works.
const OFF_HOUR_PERMILLE: usize = 25;

/// One row as the rules see it.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// Index into the ledger's events.
    pub event: usize,
    /// The row.
    pub line: &'a Line,
    /// Seconds of the bill's wall clock since its epoch.
    pub wall: i64,
    /// Fen.
    pub fen: i64,
    /// What kind of spending.
    pub class: Class,
    /// Who was paid, without the wallet's decoration.
    pub payee: &'a str,
}

impl Entry<'_> {
    /// Returns the day, counted from the epoch.
    pub fn day(&self) -> i64 {
        self.wall.div_euclid(DAY)
    }

    /// Returns the hour of the wall clock; `None` where the bill gives only the day.
    pub fn hour(&self) -> Option<usize> {
        let hour = usize::try_from(self.wall.rem_euclid(DAY) / 3600).unwrap_or(0);
        self.has_clock().then_some(hour)
    }

    /// Returns true when the bill says at what time of the day it was.
    pub fn has_clock(&self) -> bool {
        self.line.fineness != Fineness::Day
    }
}

/// The owner's history.
#[derive(Debug)]
pub struct Habit<'a> {
    /// All spending and all pulls of savings, in order of time, each once.
    pub entries: Vec<Entry<'a>>,
    by_payee: HashMap<&'a str, Vec<usize>>,
    by_class: HashMap<Class, Vec<usize>>,
    /// Where the accounts were used from.
    pub firsts: Firsts<'a>,
    hours: [usize; 24],
    everyday_code: i64,
}

/// `发给小王` and `小王` are the same person.
fn plain_payee(name: &str) -> &str {
    name.strip_prefix("发给").unwrap_or(name)
}

/// The hour of a payment; savings are also moved by standing orders.
fn waking_hour(entry: &Entry<'_>) -> Option<usize> {
    if entry.class == Class::Pull { None } else { entry.hour() }
}

/// The most that a habit of paying at stalls can excuse.
const EVERYDAY_LIMIT_FEN: i64 = 200_000;

fn everyday(entries: &[Entry<'_>], of_class: Option<&Vec<usize>>) -> i64 {
    let rows = of_class.into_iter().flatten();
    let mut amounts: Vec<i64> = rows.map(|at| entries[*at].fen).collect();
    amounts.sort_unstable();
    // With fewer payments a theft would make its own measure.
    if amounts.len() < 100 {
        return 0;
    }
    amounts[amounts.len() * 19 / 20].min(EVERYDAY_LIMIT_FEN)
}

impl<'a> Habit<'a> {
    /// Learns from a ledger.
    pub fn learn(ledger: &'a Ledger) -> Self {
        let mut entries: Vec<Entry<'a>> = Vec::new();
        for (event, found) in ledger.events.iter().enumerate() {
            let class = classify(&found.line);
            if !found.is_spending() && class != Class::Pull {
                continue;
            }
            entries.push(Entry {
                event,
                line: &found.line,
                wall: found.line.at.as_second() + crate::bills::moment::BILL_OFFSET_SECONDS,
                fen: found.line.amount.fen(),
                class,
                payee: plain_payee(found.line.payee()),
            });
        }
        let mut by_payee: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut by_class: HashMap<Class, Vec<usize>> = HashMap::new();
        for (at, entry) in entries.iter().enumerate() {
            by_payee.entry(entry.payee).or_default().push(at);
            by_class.entry(entry.class).or_default().push(at);
        }
        let mut hours = [0; 24];
        for hour in entries.iter().filter_map(waking_hour) {
            hours[hour] += 1;
        }
        let everyday_code = everyday(&entries, by_class.get(&Class::Code));
        let firsts = Firsts::learn(&entries);
        Self { entries, by_payee, by_class, firsts, hours, everyday_code }
    }

    /// Returns earlier payments to the same payee, old enough to count.
    pub fn earlier(&self, at: usize) -> impl Iterator<Item = &Entry<'a>> {
        let entry = &self.entries[at];
        let until = entry.wall - FAMILIAR_AFTER_SECONDS;
        self.by_payee
            .get(entry.payee)
            .into_iter()
            .flatten()
            .map(|other| &self.entries[*other])
            .take_while(move |other| other.wall <= until)
    }

    /// Returns all payments to the payee of a row.
    pub fn of_payee(&self, payee: &str) -> &[usize] {
        self.by_payee.get(payee).map_or(&[], Vec::as_slice)
    }

    /// Returns all rows of a class.
    pub fn of_class(&self, class: Class) -> &[usize] {
        self.by_class.get(&class).map_or(&[], Vec::as_slice)
    }

    /// Returns true when the payee never received a comparable amount: nothing above a fifth of it.
    pub fn is_unfamiliar(&self, at: usize) -> bool {
        let fen = self.entries[at].fen;
        self.earlier(at).all(|other| other.fen.saturating_mul(5) < fen)
    }

    /// Returns how often the payee was paid before.
    pub fn visits(&self, at: usize) -> usize {
        let entry = &self.entries[at];
        let until = entry.wall - FAMILIAR_AFTER_SECONDS;
        self.of_payee(entry.payee).partition_point(|other| self.entries[*other].wall <= until)
    }

    /// Returns the entries between two wall times, both included.
    pub fn between(&self, from: i64, until: i64) -> std::ops::Range<usize> {
        let start = self.entries.partition_point(|entry| entry.wall < from);
        let end = self.entries.partition_point(|entry| entry.wall <= until);
        start..end.max(start)
    }

    /// Returns, in permille, how much of the owner's spending falls into this hour and its
    /// neighbours on days outside `first..=last`. `None` with too little history.
    pub fn hour_share(&self, hour: usize, first: i64, last: i64) -> Option<usize> {
        let mut hours = self.hours;
        let within = self.between(first * DAY, last * DAY + DAY - 1);
        for hour in within.filter_map(|at| waking_hour(&self.entries[at])) {
            hours[hour] -= 1;
        }
        let all: usize = hours.iter().sum();
        let near = hours[(hour + 23) % 24] + hours[hour % 24] + hours[(hour + 1) % 24];
        (all >= 50).then(|| near * 1000 / all)
    }

    /// Returns true for a row in an hour in which this owner hardly ever pays on days outside
    /// `first..=last`.
    pub fn is_off_hour(&self, at: usize, first: i64, last: i64) -> bool {
        let hour = self.entries[at].hour();
        let share = hour.and_then(|hour| self.hour_share(hour, first, last));
        share.is_some_and(|share| share < OFF_HOUR_PERMILLE)
    }

    /// Returns the most rows of a class within `seconds` on days outside `first..=last`.
    pub fn most_within(&self, class: Class, seconds: i64, first: i64, last: i64) -> usize {
        let walls: Vec<i64> = self
            .of_class(class)
            .iter()
            .map(|at| &self.entries[*at])
            .filter(|entry| !(first..=last).contains(&entry.day()))
            .map(|entry| entry.wall)
            .collect();
        let mut start = 0;
        let mut most = 0;
        for (end, wall) in walls.iter().enumerate() {
            while wall - walls[start] > seconds {
                start += 1;
            }
            most = most.max(end - start + 1);
        }
        most
    }

    /// Returns the median amount of a class on days outside `first..=last`.
    pub fn median(&self, class: Class, first: i64, last: i64) -> Option<i64> {
        let mut amounts: Vec<i64> = self
            .of_class(class)
            .iter()
            .map(|at| &self.entries[*at])
            .filter(|entry| !(first..=last).contains(&entry.day()))
            .map(|entry| entry.fen)
            .collect();
        amounts.sort_unstable();
        amounts.get(amounts.len() / 2).copied()
    }

    /// Returns the amount below which nineteen of twenty payments to private codes lie, at most
    /// 2,000 yuan: what people pay at stalls differs, and what is everyday for one is not for
    /// another. Nothing for other classes, whose amounts say little about a habit.
    pub fn everyday(&self, class: Class) -> i64 {
        if class == Class::Code { self.everyday_code } else { 0 }
    }

    /// Returns the day of the first row.
    pub fn first_day(&self) -> i64 {
        self.entries.first().map_or(0, Entry::day)
    }
}
