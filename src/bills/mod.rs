//! Bills: bytes of an export → lines → findings, each with its reason. Pure: nothing here opens
//! a file, reads a clock or knows an answer beforehand.
//!
//! [`read`] brings what people really export (WeChat, Alipay, JD, Meituan, banks, archives with
//! passwords) to [`line::Line`]s that remember their file and line.
//! [`ledger::Ledger::join`] makes one ledger of several exports, in which everything counts once.
//! [`finding::find`] points at what does not look like the owner. [`report::report`] is the
//! outcome in the shape of `bills --json`.

pub mod assemble;
pub mod bank_csv;
pub mod banks;
pub mod biff;
pub mod cell;
pub mod chart;
pub mod container;
pub mod crypto;
pub mod delimited;
pub mod draft;
pub mod encoding;
pub mod error;
pub mod export;
pub mod finding;
pub mod general;
pub mod handout;
pub mod holder;
pub mod layout;
pub mod ledger;
pub mod limits;
pub mod line;
pub mod mapping;
pub mod moment;
pub mod ole;
pub mod preamble;
pub mod read;
pub mod records;
pub mod refund;
pub mod report;
pub mod sheet;
pub mod table;
pub mod totals;
pub mod wallets;

#[cfg(test)]
mod tests;
