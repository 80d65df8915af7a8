//! Mail both ways, without the typesetter: letters that came in, servers that misbehave.

mod corpus;
mod faults;
mod robust;
mod tls;
