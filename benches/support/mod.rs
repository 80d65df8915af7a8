//! What several of the measuring programs need.

#![allow(dead_code, reason = "each program needs some of it")]

use appeal_daemon::domain::id_number::{self, IdNumberError};

/// An identity number of nobody with the right check digit; each client has another.
pub(crate) fn identity(client: usize) -> String {
    let base = format!(
        "990101{:04}{:02}{:02}{:03}",
        1950 + client / 336_000,
        client / 28_000 % 12 + 1,
        client % 28 + 1,
        client / 28 % 1000
    );
    match id_number::check(&format!("{base}0")) {
        Err(IdNumberError::Checksum { expected }) => format!("{base}{expected}"),
        _ => format!("{base}0"),
    }
}

/// CPU time of ended child processes, in milliseconds (hundredths of a second are counted).
pub(crate) fn children() -> u64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = text.rsplit(')').next().unwrap_or_default().split_whitespace().skip(13).take(2);
    fields.filter_map(|field| field.parse::<u64>().ok()).sum::<u64>() * 10
}

/// What was asked for on the command line, as `name=value`.
pub(crate) fn asked(name: &str) -> Option<String> {
    std::env::args().find_map(|word| word.strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
}

/// A number that was asked for.
pub(crate) fn asked_number(name: &str) -> Option<usize> {
    asked(name)?.parse().ok()
}
