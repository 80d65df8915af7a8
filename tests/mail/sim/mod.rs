//! Sending under every kind of trouble, in memory and in a time of its own: with one seed the same
//! history, and whatever the seed nothing lost and nothing twice.
//!
//! `SIM_SEEDS=100000 cargo test --test all -- mail::sim` is the long run.

mod doubt;
mod line;
mod mailbox;
mod naive;
mod run;
mod smtp;
mod volumes;
mod world;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::mail::sim::run::{Life, Told};

/// How many seeds, unless the long run asks for more.
const SEEDS: u64 = 1_000;

fn seeds() -> u64 {
    #[expect(clippy::disallowed_methods, reason = "the length of the run is the test's input")]
    let asked = std::env::var("SIM_SEEDS").ok();
    asked.map_or(SEEDS, |asked| asked.parse().unwrap())
}

/// Lives every seed, on as many threads as the machine has processors.
fn live_all(seeds: u64) -> Vec<(u64, Told)> {
    let next = AtomicU64::new(0);
    let told = Mutex::new(Vec::new());
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if seed >= seeds {
                        return;
                    }
                    let life = Life::new(seed).live();
                    told.lock().unwrap_or_else(PoisonError::into_inner).push((seed, life));
                }
            });
        }
    });
    told.into_inner().unwrap()
}

#[test]
fn nothing_is_lost_and_nothing_sent_twice() {
    let told = live_all(seeds());
    let bad: Vec<&(u64, Told)> = told.iter().filter(|(_, told)| !told.is_well()).collect();
    assert!(bad.is_empty(), "{} of {}: {:#?}", bad.len(), told.len(), bad.first());
    let sum = |of: fn(&Told) -> u32| told.iter().map(|(_, told)| u64::from(of(told))).sum::<u64>();
    let (crashes, doubts) = (sum(|told| told.crashes), sum(|told| told.doubts));
    let split = sum(|told| told.split);
    let (copy, itself, person) =
        (sum(|told| told.by_copy), sum(|told| told.by_itself), sum(|told| told.by_person));
    let said = format!(
        "{crashes} crashes, {split} in several messages, {doubts} doubts, ended {copy} by the copy, {itself} by a second try, \
         {person} by the person"
    );
    let least = seeds() / 20;
    assert!([crashes, split, doubts, copy, itself, person].iter().all(|n| *n >= least), "{said}");
}

#[test]
fn the_same_seed_gives_the_same_history() {
    for seed in 0..20 {
        assert_eq!(Life::new(seed).live(), Life::new(seed).live(), "seed {seed}");
    }
}

#[test]
fn a_naive_sender_fails_the_same_check() {
    let told: Vec<(usize, usize)> = (0..100).map(naive::live).collect();
    let doubled: usize = told.iter().map(|(_, doubled)| doubled).sum();
    assert!(doubled > 20, "only {doubled} doubled: the check does not see what it is for");
}
