//! What a case is: its facts, money, times, limits and the problems a reader of it can meet.
//! Pure: nothing here reads a clock, a file or the environment, and nothing here decides a step.

pub mod calendar;
pub mod case;
pub mod consent;
pub mod deadline;
pub mod digest;
pub mod document;
pub mod figures;
pub mod formats;
pub mod guard;
pub mod hours;
pub mod id_number;
pub mod inspect;
pub mod lang;
pub mod lookalike;
pub mod losses;
pub mod markup;
pub mod money;
pub mod names;
pub mod pace;
pub mod problem;
pub mod redaction;
pub mod refusal;
pub mod reviewed;
pub mod role;
pub mod shorthand;
pub mod span;
pub mod spreadsheet;
pub mod time;
pub mod volume;
pub mod wording;
