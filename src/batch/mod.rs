//! The intake of a batch: a firm's workbook of clients → checked cases, or problems each with its
//! cell and what to do. Pure: workbooks come and go as bytes, folders as lists of names; nothing
//! here opens a file or reads a clock. Nothing is created while anything is still being checked.

pub mod catalogue;
pub mod cell;
pub mod cluster;
pub mod column;
pub mod conflict;
pub mod cross;
pub mod error;
pub mod finding;
pub mod folder;
pub mod form;
pub mod gather;
pub mod grid;
pub mod header;
pub mod intake;
pub mod known;
pub mod merge;
pub mod numbers;
pub mod page;
pub mod records;
pub mod release;
pub mod report;
pub mod retry;
pub mod row;

#[cfg(test)]
mod tests;
