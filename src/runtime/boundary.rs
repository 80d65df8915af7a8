//! Durable boundaries: the moments before and after something became durable. A debug build can
//! be told to die at the n-th of them, which is how crash safety is tested.

/// Passes a boundary.
pub fn pass() {
    #[cfg(debug_assertions)]
    counted::pass();
}

#[cfg(debug_assertions)]
mod counted {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    static PASSED: AtomicU64 = AtomicU64::new(0);
    static ABORT_AT: OnceLock<Option<u64>> = OnceLock::new();

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
    }
}
