//! Text tables of any kind and encoding, from bytes to the report.
#![no_main]

use appeal_daemon_fuzz::promises;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| promises::read_any(data, None));
