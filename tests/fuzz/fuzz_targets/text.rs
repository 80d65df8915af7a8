//! Text tables of any kind and encoding, from bytes to the report, and to the draft of a map.
#![no_main]

use appeal_daemon_fuzz::promises;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    promises::read_any(data, None);
    promises::draft_any(data);
});
