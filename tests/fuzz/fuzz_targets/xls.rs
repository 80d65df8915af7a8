//! Old workbooks: the records inside a whole compound file, or the file itself.
#![no_main]

use appeal_daemon_fuzz::bills::ole;
use appeal_daemon_fuzz::promises;
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: promises::catch_foreign_panics(), |data: &[u8]| {
    if data.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        promises::read_any(data, None);
    } else {
        promises::read_any(&ole::wrap(data), None);
    }
});
