//! Findings: which transactions the owner should look at, and why. Every rule states why it
//! should hold in life; none knows a name, a date or an amount of any case. A finding is a
//! question to the owner, never a statement: only what the owner confirms enters a paper.

pub mod beside;
pub mod class;
pub mod explain;
pub mod firsts;
pub mod habit;
pub mod reason;
pub mod run;
pub mod slow;
pub mod weigh;

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::bills::finding::explain::Explainer;
use crate::bills::finding::habit::Habit;
use crate::bills::finding::reason::Finding;
use crate::bills::ledger::Ledger;

/// The score from which a finding is shown.
pub const THRESHOLD: u32 = 400;

/// Finds what does not look like the owner, given the days the person names, if any. Findings
/// are in order of time.
pub fn find(ledger: &Ledger, around: &[Date]) -> Vec<Finding> {
    find_above(ledger, around, THRESHOLD)
}

/// As [`find`], with another threshold; used to show how sure the rules are.
pub fn find_above(ledger: &Ledger, around: &[Date], threshold: u32) -> Vec<Finding> {
    let habit = Habit::learn(ledger);
    let weights = weigh::weigh(&habit);
    let mut found: BTreeMap<usize, Finding> = BTreeMap::new();
    let mut keep = |finding: Finding| match found.get(&finding.event) {
        Some(known) if known.score >= finding.score => {}
        _ => {
            found.insert(finding.event, finding);
        }
    };
    let explainer = Explainer { habit: &habit, weights: &weights, around };
    for run in run::gather(&habit, &weights, around) {
        if run.points >= threshold {
            let beside = beside::beside(&habit, &run);
            explainer.run(&run, &beside).into_iter().for_each(&mut keep);
        }
    }
    for pattern in slow::patterns(&habit) {
        if pattern.points >= threshold {
            explainer.pattern(&pattern).into_iter().for_each(&mut keep);
        }
    }
    found.into_values().collect()
}
