//! The readers of bills and of mail on their own, so that a fuzz target links in seconds and needs no
//! typesetter, with what every target checks and the seeds they start from.

#![allow(dead_code, reason = "the modules are whole, and a target uses a part of them")]

#[path = "../../../src/bills/mod.rs"]
pub mod bills;

pub mod config;
pub mod domain;

/// Mail that comes in: what a letter says, and what a mailbox server says.
#[path = "../../../src/mail"]
pub mod mail {
    pub mod answers;
    pub mod imap;
    pub mod inbound;

    /// As much of the login with a token as a mailbox is opened with.
    pub mod xoauth2 {
        /// Returns what is said to log in.
        pub fn sentence(user: &str, token: &str) -> String {
            format!("user={user}\x01auth=Bearer {token}\x01\x01")
        }
    }
}

pub mod book;
pub mod letters;
pub mod promises;
pub mod seeds;
