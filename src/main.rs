//! The binary: everything is in the library.

use std::process::ExitCode;

/// Typesetting asks for memory all the time, from several threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    appeal_daemon::cli::main()
}
