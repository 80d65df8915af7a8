//! What is wrong in a workbook, with its cell.

use serde::Serialize;

use crate::domain::formats::Fault;
use crate::domain::lang::Text;
use crate::domain::problem::Severity;

/// What kind of fault a finding is, for those who count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// A header nobody knows.
    UnknownColumn,
    /// One column twice.
    RepeatedColumn,
    /// A column that must be there is not.
    MissingColumn,
    /// A cell that must be filled in is empty.
    Missing,
    /// A cell papers need is empty.
    Wanted,
    /// A long number a spreadsheet has rounded.
    Destroyed,
    /// A formula that came to an error.
    Broken,
    /// The identity number is wrong.
    IdNumber,
    /// A value does not have its form.
    Form,
    /// A word that is none of the choices.
    Choice,
    /// A time that cannot be.
    Time,
    /// A time in the future.
    Future,
    /// A transaction after its discovery, or the like.
    Order,
    /// Amounts that cannot be.
    Amount,
    /// The sum is not that of the transactions.
    Sum,
    /// Our number twice.
    SameNumber,
    /// One person twice.
    SamePerson,
    /// One identity number with two names.
    TwoNames,
    /// One transaction twice.
    SameTransaction,
    /// A transaction of no client.
    Orphan,
    /// No transaction at all.
    NoTransaction,
    /// A client who was paid by another's loss.
    Conflict,
    /// No folder of that client.
    NoFolder,
    /// A file that should be there is not.
    NoFile,
    /// A folder of no client.
    StrayFolder,
    /// Anything else a case may not say.
    Case,
}

/// Where something stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// Which sheet, counted from 0.
    pub sheet: usize,
    /// The line as the spreadsheet shows it, from 1; 0 for the whole sheet.
    pub line: u32,
    /// The column from 0; none for the whole row.
    pub column: Option<usize>,
}

/// One finding.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What kind.
    pub rule: Rule,
    /// Where.
    pub spot: Spot,
    /// The name of the column, as the workbook has it; empty for the whole row.
    pub header: String,
    /// Which client it stands against, counted in the order of the workbook.
    pub client: Option<usize>,
    /// Errors keep a row from becoming a case.
    pub severity: Severity,
    /// What is wrong.
    pub message: Text,
    /// What to do.
    pub hint: Text,
}

impl Finding {
    /// Returns an error.
    pub fn error(rule: Rule, spot: Spot, message: Text, hint: Text) -> Self {
        let severity = Severity::Error;
        Self { rule, spot, header: String::new(), client: None, severity, message, hint }
    }

    /// Returns a warning.
    pub fn warning(rule: Rule, spot: Spot, message: Text, hint: Text) -> Self {
        Self { severity: Severity::Warning, ..Self::error(rule, spot, message, hint) }
    }

    /// Returns an error that a value's reader found.
    pub fn of_fault(rule: Rule, spot: Spot, fault: Fault) -> Self {
        Self::error(rule, spot, fault.message, fault.hint)
    }

    /// Returns it with the client it stands against.
    #[must_use]
    pub fn against(self, client: usize) -> Self {
        Self { client: Some(client), ..self }
    }

    /// Returns true when it keeps a row from becoming a case.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
