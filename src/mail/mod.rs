//! Messages and the two ways they leave: as a file for the person's own mail program, or over SMTP;
//! and mail that came in, as far as a program can read it.

pub mod answers;
pub mod dial;
pub mod dkim;
pub mod file;
mod html;
pub mod imap;
pub mod inbound;
pub mod line;
pub mod message;
pub mod presets;
pub mod smtp;
mod xoauth2;
