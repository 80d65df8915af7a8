//! Letters: read, and judged as if they came to a case.
#![no_main]

use appeal_daemon_fuzz::{letters, promises};
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: promises::catch_foreign_panics(), |data: &[u8]| {
    letters::read_any(data);
});
