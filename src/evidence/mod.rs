//! Files we must be able to show again byte for byte: taken in, kept, bundled, checked.

pub mod bundle;
pub mod intake;
pub mod picture;
pub mod verify;
