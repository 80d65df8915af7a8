//! Declared procedures: their language, the packs beside them, the history of a case, and the
//! plan, the one place where a date or a next step is computed. Pure: no file, clock or network.

pub mod channel;
pub mod condition;
pub mod dates;
pub mod dossier;
pub mod doubt;
pub mod event;
pub mod fit;
pub mod fold;
pub mod graph;
pub mod history;
pub mod knowledge;
pub mod library;
pub mod load;
pub mod model;
pub mod packs;
pub mod plan;
pub mod raw;
pub mod rehearse;
pub mod reminders;
pub mod subflow;
pub mod submission;
pub mod template;
pub mod view;
