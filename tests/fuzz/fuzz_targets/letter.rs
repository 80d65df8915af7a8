//! Letters: read, and judged as if they came to a case.
#![no_main]

use appeal_daemon_fuzz::letters;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    letters::read_any(data);
});
