//! Messages and the two ways they leave: as a file for the person's own mail program, or over SMTP.

pub mod file;
pub mod message;
pub mod smtp;
