//! What holds for every file, however damaged: it is read or refused, and what is read adds up.

use std::io::Cursor;

use crate::bills::chart::{Stretch, chart};
use crate::bills::draft::draft;
use crate::bills::finding;
use crate::bills::handout::{Handout, csv};
use crate::bills::ledger::Ledger;
use crate::bills::mapping::ColumnMap;
use crate::bills::read::{Options, Reading, read_bytes, sample};
use crate::bills::report;
use crate::domain::lang::Lang;
use crate::domain::money::Money;

/// Foreign parsers may panic, and the reader makes an error of it. The hook of the fuzzer would
/// end the process before the reader sees it; a panic that nobody catches still ends it.
pub fn catch_foreign_panics() {
    std::panic::set_hook(Box::new(|_| {}));
}

/// Reads bytes as a file and holds the reading to its promises.
pub fn read_any(bytes: &[u8], map: Option<ColumnMap>) {
    let passwords = vec!["000000".to_owned(), "123456".to_owned()];
    match read_bytes("fuzz", bytes, 0, &Options { passwords, map }) {
        Ok(reading) => hold(reading),
        Err(error) => {
            assert!(!error.message().zh.is_empty() && !error.hint().zh.is_empty());
        }
    }
}

/// Drafts a column map for a file: whatever the file holds, the draft is a map.
pub fn draft_any(bytes: &[u8]) {
    let samples = sample("fuzz", Cursor::new(bytes), &Options::default());
    if let Ok(draft) = samples.and_then(|samples| draft(&samples)) {
        assert!(ColumnMap::parse(&draft.toml).is_ok(), "{}", draft.toml);
        assert!(draft.read <= draft.rows);
    }
}

fn hold(reading: Reading) {
    for export in &reading.exports {
        assert!(!export.lines.is_empty(), "an export without lines is an error");
        assert!(export.skips.len() <= export.skipped);
        for line in &export.lines {
            assert!(line.amount >= Money::ZERO, "an amount has no sign");
            assert!(line.refunded >= Money::ZERO && line.refunded <= line.amount);
            assert!(line.place.line >= 1);
        }
    }
    let rows: usize = reading.exports.iter().map(|export| export.lines.len()).sum();
    let ledger = Ledger::join(reading.exports);
    let counted: usize = ledger.events.iter().map(|event| 1 + event.also.len()).sum();
    assert_eq!(rows, counted, "a row was lost or counted twice");
    let findings = finding::find(&ledger, &[]);
    assert!(findings.iter().all(|found| !found.reasons.is_empty()));
    if let Some(chart) = chart(&ledger, &findings, Stretch::Whole) {
        assert!(chart.bars.iter().all(|bar| bar.x >= 0 && bar.x + bar.width <= 1000));
        assert!(chart.bars.iter().all(|bar| bar.marked_height <= bar.height));
    }
    let handout = Handout::new(&ledger, &findings, Lang::Zh, jiff::Timestamp::UNIX_EPOCH);
    assert!(!csv::csv(&handout).is_empty());
    serde_json::to_vec(&report::report(&ledger, &findings)).expect("plain values");
}
