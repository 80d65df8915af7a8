//! The types of the domain that bills and mail are made of.

#[path = "../../../src/domain/guard.rs"]
pub mod guard;
#[path = "../../../src/domain/lang.rs"]
pub mod lang;
#[path = "../../../src/domain/money.rs"]
pub mod money;
#[path = "../../../src/domain/problem.rs"]
pub mod problem;
#[path = "../../../src/domain/refusal.rs"]
pub mod refusal;
#[path = "../../../src/domain/span.rs"]
pub mod span;
#[path = "../../../src/domain/spreadsheet.rs"]
pub mod spreadsheet;
#[path = "../../../src/domain/time.rs"]
pub mod time;
