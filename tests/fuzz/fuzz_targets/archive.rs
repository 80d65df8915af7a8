//! Archives: plain, nested, with passwords, with workbooks in them.
#![no_main]

use appeal_daemon_fuzz::promises;
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: promises::catch_foreign_panics(), |data: &[u8]| promises::read_any(data, None));
