//! Parsers that are not ours may panic on a damaged file. Such a panic is an error like any other:
//! it is caught here, and the hook of the program asks [`is_quiet`] before it frightens anyone.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static QUIET: Cell<u32> = const { Cell::new(0) };
}

/// Returns true while this thread runs foreign code whose panics are caught.
pub fn is_quiet() -> bool {
    QUIET.with(|depth| depth.get() > 0)
}

/// Runs foreign code; `None` when it panicked.
pub fn quietly<T>(run: impl FnOnce() -> T) -> Option<T> {
    QUIET.with(|depth| depth.set(depth.get() + 1));
    let outcome = catch_unwind(AssertUnwindSafe(run));
    QUIET.with(|depth| depth.set(depth.get().saturating_sub(1)));
    outcome.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foreign_panic_is_an_absent_value_and_quiet() {
        assert!(!is_quiet());
        assert_eq!(quietly(is_quiet), Some(true));
        assert_eq!(quietly(|| Vec::<u8>::new()[0]), None);
        assert!(!is_quiet());
    }
}
