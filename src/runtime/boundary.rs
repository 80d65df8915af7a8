//! Durable boundaries: the moments before and after something became durable. A debug build can
//! be told to die at the n-th of them, which is how crash safety is tested.

/// What unwinds a thread that was told to crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crash;

/// Passes a boundary.
pub fn pass() {
    #[cfg(debug_assertions)]
    counted::pass();
}

/// Lets this thread unwind with `Crash` at the `n`-th boundary from now, once; none takes it back.
/// A release build passes every boundary.
pub fn crash_at(n: Option<u64>) {
    #[cfg(debug_assertions)]
    counted::LEFT.set(n);
    #[cfg(not(debug_assertions))]
    let _ = n;
}

#[cfg(debug_assertions)]
mod counted {
    use std::cell::Cell;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    static PASSED: AtomicU64 = AtomicU64::new(0);
    static ABORT_AT: OnceLock<Option<u64>> = OnceLock::new();

    std::thread_local! {
        pub(super) static LEFT: Cell<Option<u64>> = const { Cell::new(None) };
    }

    pub(super) fn pass() {
        let passed = PASSED.fetch_add(1, Ordering::SeqCst) + 1;
        let abort_at = ABORT_AT.get_or_init(|| {
            #[expect(
                clippy::disallowed_methods,
                reason = "only in debug builds, only for crash tests"
            )]
            let wanted = std::env::var("APPEAL_ABORT_AT_BOUNDARY").ok();
            wanted.and_then(|wanted| wanted.parse().ok())
        });
        if *abort_at == Some(passed) {
            std::process::abort();
        }
        LEFT.set(LEFT.get().map(|left| left.saturating_sub(1)));
        if LEFT.get() == Some(0) {
            LEFT.set(None);
            std::panic::resume_unwind(Box::new(super::Crash));
        }
    }
}
