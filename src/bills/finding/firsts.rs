//! Countries, places and means of payment that an account was never used from before, where the
//! bank's export says so. Why it holds: a card that was copied, or an account taken over from
//! another device, is used where the thief is and by the means he has: a cash machine abroad, the
//! web for an owner who only taps his telephone. It proves nothing: people travel, move house and
//! try a new way to pay. So it only adds to what speaks for a theft already, once for a run,
//! and the larger first purchases in a new country are asked about only when there are several.
//!
//! "New" must mean something: the account needs a history that names such things, and one in which
//! new ones are rare. A column that holds a shop's name is new every other day, and says nothing.

use std::collections::HashMap;

use crate::bills::finding::habit::{Entry, FAMILIAR_AFTER_SECONDS};
use crate::bills::line::{Line, Provider};

/// Rows of the same account that must have named such a thing before.
const LEAST_ROWS: usize = 30;

/// How far back they must reach: people go away for a month.
const LEAST_SECONDS: i64 = 30 * 86_400;

/// Of so many earlier rows at most one may have brought a new one.
const ROWS_PER_NEW: usize = 10;

/// What is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum First {
    /// The country.
    Country,
    /// The means: cash machine, web, telephone.
    Via,
    /// The place, branch or terminal.
    Site,
}

impl First {
    const ALL: [Self; 3] = [Self::Country, Self::Via, Self::Site];

    /// Returns what the bill says of it, empty when it says nothing.
    pub fn of(self, line: &Line) -> &str {
        match self {
            Self::Country => line.country(),
            Self::Via => line.via(),
            Self::Site => line.site(),
        }
    }

    /// Returns what a run gets for it. A new country is rarer in an owner's life than a new way to
    /// pay.
    pub fn points(self) -> u32 {
        match self {
            Self::Country => 100,
            Self::Via | Self::Site => 60,
        }
    }
}

/// When each account was first used from where.
#[derive(Debug, Default)]
pub struct Firsts<'a> {
    seen: HashMap<(Provider, First), Seen<'a>>,
}

#[derive(Debug, Default)]
struct Seen<'a> {
    /// When rows named such a thing, in order of time.
    walls: Vec<i64>,
    /// When a row named one for the first time, in order of time.
    news: Vec<i64>,
    /// The first time of each.
    first: HashMap<&'a str, i64>,
}

impl<'a> Firsts<'a> {
    /// Learns from entries in order of time.
    pub fn learn(entries: &[Entry<'a>]) -> Self {
        let mut firsts = Self::default();
        for entry in entries {
            for what in First::ALL {
                let named = what.of(entry.line);
                if named.is_empty() {
                    continue;
                }
                let seen = firsts.seen.entry((entry.line.provider, what)).or_default();
                seen.walls.push(entry.wall);
                seen.first.entry(named).or_insert_with(|| {
                    seen.news.push(entry.wall);
                    entry.wall
                });
            }
        }
        firsts
    }

    /// Returns what is new about a row, the rarest first.
    pub fn of(&self, entry: &Entry<'_>) -> Option<First> {
        First::ALL.into_iter().find(|what| self.is_new(entry, *what))
    }

    /// Returns true when the row is the first from there, and the history says enough to know. What
    /// came shortly before is no history: a thief's own first payment would be his second's alibi.
    pub fn is_new(&self, entry: &Entry<'_>, what: First) -> bool {
        let named = what.of(entry.line);
        let Some(seen) = self.seen.get(&(entry.line.provider, what)) else { return false };
        let until = entry.wall - FAMILIAR_AFTER_SECONDS;
        if named.is_empty() || seen.first.get(named).is_none_or(|first| *first <= until) {
            return false;
        }
        let rows = seen.walls.partition_point(|wall| *wall <= until);
        let news = seen.news.partition_point(|wall| *wall <= until);
        let reaches = seen.walls.first().is_some_and(|first| until - first >= LEAST_SECONDS);
        rows >= LEAST_ROWS && reaches && news * ROWS_PER_NEW <= rows
    }
}
