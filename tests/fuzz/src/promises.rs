//! What holds for every file, however damaged: it is read or refused, and what is read adds up.

use crate::bills::finding;
use crate::bills::ledger::Ledger;
use crate::bills::mapping::ColumnMap;
use crate::bills::read::{Options, Reading, read_bytes};
use crate::bills::report;
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
    serde_json::to_vec(&report::report(&ledger, &findings)).expect("plain values");
}
