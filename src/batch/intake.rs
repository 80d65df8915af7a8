//! The check of a whole workbook: every row becomes a checked case or has its problems, before
//! anything is created.

use jiff::Timestamp;

use crate::batch::catalogue::Place;
use crate::batch::column::Columns;
use crate::batch::cross::Folders;
use crate::batch::error::BatchError;
use crate::batch::finding::{Finding, Spot};
use crate::batch::gather::Gathered;
use crate::batch::grid::{self, Sheet};
use crate::batch::header::{self, Header};
use crate::batch::known::Against;
use crate::domain::case::Case;

/// A workbook that was checked.
#[derive(Debug)]
pub struct Intake {
    /// Its sheets as they were read.
    pub sheets: Vec<Sheet>,
    /// The names of the sheets that were used.
    pub headers: Vec<Header>,
    /// Its clients, in the order of the workbook.
    pub clients: Vec<Client>,
    /// Everything that is wrong, in the order of the workbook.
    pub findings: Vec<Finding>,
}

/// A client of the workbook.
#[derive(Debug)]
pub struct Client {
    /// Our number; none when it is missing or wrong.
    pub number: Option<String>,
    /// Where its first row stands.
    pub spot: Spot,
    /// The case; none when any of its rows has an error.
    pub case: Option<Case>,
    /// Who looked at a conflict of interest, and what they found.
    pub reviewed: Option<String>,
}

/// What a workbook is held against.
#[derive(Clone, Copy, Debug)]
pub struct Beside<'a> {
    /// The latest that anything can have happened.
    pub now: Timestamp,
    /// The clients' folders; with them every client must have one.
    pub folders: Option<&'a Folders>,
    /// What the firm has already.
    pub against: Option<&'a Against>,
}

impl Beside<'_> {
    /// Returns nothing but the time.
    pub fn at(now: Timestamp) -> Self {
        Self { now, folders: None, against: None }
    }
}

impl Intake {
    /// Returns how many clients can be taken in.
    pub fn good(&self) -> usize {
        self.clients.iter().filter(|client| client.case.is_some()).count()
    }

    /// Returns true when nothing keeps any row from being taken in.
    pub fn is_clean(&self) -> bool {
        !self.findings.iter().any(Finding::is_error)
    }
}

/// Returns the workflow a workbook says it is for.
pub fn workflow_named(sheets: &[Sheet]) -> Option<String> {
    let rows = sheets.iter().flat_map(|sheet| &sheet.rows);
    rows.filter(|row| row.text(0) == "流程编号").map(|row| row.text(1).to_owned()).next()
}

/// Checks the sheets of a workbook.
pub fn check(
    sheets: Vec<Sheet>,
    columns: &Columns,
    beside: &Beside<'_>,
) -> Result<Intake, BatchError> {
    let (clients, lines) = find_headers(&sheets)?;
    let mut gathered = Gathered::new(&sheets, columns, &clients, lines.as_ref());
    gathered.headers();
    gathered.clients();
    if let Some(lines) = &lines {
        gathered.lines(lines);
    }
    gathered.together(beside);
    let (clients_out, findings) = gathered.finish(beside.now);
    let headers = std::iter::once(clients).chain(lines).collect();
    Ok(Intake { sheets, headers, clients: clients_out, findings })
}

fn find_headers(sheets: &[Sheet]) -> Result<(Header, Option<Header>), BatchError> {
    let mut found: Vec<Header> =
        sheets.iter().enumerate().filter_map(|(index, sheet)| header::find(index, sheet)).collect();
    let best = (0..found.len())
        .rev()
        .max_by_key(|index| found[*index].count(Place::Client))
        .filter(|index| found[*index].count(Place::Client) >= 2)
        .ok_or(BatchError::NoHeader)?;
    let clients = found.remove(best);
    let of_lines = |header: &Header| {
        header.count(Place::Line) >= 2 && header.count(Place::Line) > header.count(Place::Client)
    };
    let lines = found.into_iter().filter(of_lines).max_by_key(|header| header.count(Place::Line));
    Ok((clients, lines))
}

/// Reads and checks a workbook.
pub fn read(
    bytes: &[u8],
    columns: impl FnOnce(Option<&str>) -> Option<Columns>,
    beside: &Beside<'_>,
) -> Result<(Intake, Columns), BatchError> {
    let sheets = grid::read(bytes)?;
    let columns = columns(workflow_named(&sheets).as_deref()).ok_or(BatchError::NoWorkflow)?;
    check(sheets, &columns, beside).map(|intake| (intake, columns))
}
