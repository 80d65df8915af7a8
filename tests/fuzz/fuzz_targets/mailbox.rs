//! A mailbox server that says anything.
#![no_main]

use appeal_daemon_fuzz::{letters, promises};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    promises::catch_foreign_panics();
    letters::listen_to(data);
});
