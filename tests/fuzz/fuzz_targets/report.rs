//! Reports of delivery: what follows the header of one.
#![no_main]

use appeal_daemon_fuzz::{letters, promises};
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: promises::catch_foreign_panics(), |data: &[u8]| {
    let mut whole = letters::REPORT.to_vec();
    whole.extend_from_slice(data);
    letters::read_any(&whole);
});
