//! The only place that acts: it reads the clock and the environment, writes files, sends mail and
//! appends to the ledger, and it does so only as the plan says.

pub mod account;
pub mod acts;
pub mod advance;
pub mod bill_page;
pub mod bills;
pub mod boundary;
pub mod bundled;
pub mod bundling;
pub mod case_file;
pub mod clock;
pub mod contact;
pub mod daemon;
pub mod desk;
mod doubt;
pub mod environment;
pub mod error;
pub mod export;
pub mod home;
pub mod inbox;
pub mod letters;
pub mod mailbox;
pub mod notify;
pub mod opening;
pub mod pace;
pub mod papers;
pub mod portfolio;
pub mod preview;
pub mod recurring;
pub mod release;
pub mod said;
pub mod sending;
pub mod setup;
pub mod thread;
mod token;
pub mod trial;
pub mod typesetter;
