//! Mail both ways, without the typesetter: letters that came in, servers that misbehave.

mod corpus;
mod dkim;
mod faults;
mod imap;
mod pace;
mod robust;
mod setup;
mod sim;
mod tls;
