//! The readers of bills on their own, so that a fuzz target links in seconds and needs no
//! typesetter, with what every target checks and the seeds they start from.

#![allow(dead_code, reason = "the modules are whole, and a target uses a part of them")]

#[path = "../../../src/bills/mod.rs"]
pub mod bills;

pub mod domain;

pub mod book;
pub mod promises;
pub mod seeds;
