//! The types of the domain that bills are made of.

#[path = "../../../src/domain/lang.rs"]
pub mod lang;
#[path = "../../../src/domain/money.rs"]
pub mod money;
#[path = "../../../src/domain/problem.rs"]
pub mod problem;
#[path = "../../../src/domain/time.rs"]
pub mod time;
