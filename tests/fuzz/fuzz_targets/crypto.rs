//! Exports of block explorers.
#![no_main]

use appeal_daemon_fuzz::bills::crypto;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Some(export) = crypto::read("fuzz", data) {
        assert!(!export.transfers.is_empty());
        assert!(export.transfers.iter().all(|transfer| transfer.amount.digits >= 0));
    }
});
