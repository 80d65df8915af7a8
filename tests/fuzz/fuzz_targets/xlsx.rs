//! Workbooks: the XML of a sheet, its shared texts and its styles, inside a whole archive.
#![no_main]

use appeal_daemon_fuzz::{book, promises};
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: promises::catch_foreign_panics(), |data: &[u8]| {
    let [sheet, texts, styles] = book::parts(data);
    promises::read_any(&book::xlsx(sheet, texts, styles), None);
});
