//! Mail that came in: bytes to a letter, and what it can be to us. Pure: nothing here reads a
//! mailbox, a clock or the ledger, and nothing here moves a case. A sender's address, a subject
//! and a sentence can all be written by anybody, so they only ever suggest.

pub mod bounce;
mod decode;
pub mod headers;
mod html;
pub mod judge;
pub mod letter;
pub mod marks;
mod parts;
mod quote;
pub mod report;
pub mod suggest;
