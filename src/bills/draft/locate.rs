//! Finds the table among sampled rows: where its data begins, and which row names its columns.

use crate::bills::cell;
use crate::bills::draft::profile::{Profile, money};

/// How far above the first data the names may stand.
const NAMES_WITHIN: usize = 4;

/// Rows sampled from one table of a file, with their lines.
pub type Rows = Vec<(u32, csv::StringRecord)>;

/// A table found among rows.
#[derive(Debug)]
pub struct Table<'a> {
    rows: &'a [(u32, csv::StringRecord)],
    names: Option<usize>,
    first: usize,
}

impl<'a> Table<'a> {
    /// Finds the table: `None` when no column holds dates beside a column with money.
    pub fn find(rows: &'a [(u32, csv::StringRecord)]) -> Option<Self> {
        let width = rows.iter().map(|(_, row)| row.len()).max()?;
        let all: Vec<&csv::StringRecord> = rows.iter().map(|(_, row)| row).collect();
        let profiles: Vec<Profile> =
            (0..width).map(|column| Profile::of(column, "", &all)).collect();
        let dated = |profile: &&Profile| profile.order().1.max(profile.serials);
        let time = profiles.iter().rev().max_by_key(dated).filter(|found| dated(found) > 0)?.column;
        let is_data = |row: &csv::StringRecord| {
            let cell = |at: usize| row.get(at).map(cell::tidy).unwrap_or_default();
            let alone = Profile::of(0, "", &[&csv::StringRecord::from(vec![cell(time)])]);
            let paid = (0..row.len()).any(|at| at != time && money(cell(at)).is_some());
            paid && dated(&&alone) > 0
        };
        let follows = |at: usize| {
            let next: Vec<_> = rows.iter().skip(at + 1).take(3).collect();
            next.iter().filter(|(_, row)| is_data(row)).count() * 2 >= next.len()
        };
        let first = (0..rows.len()).find(|at| is_data(&rows[*at].1) && follows(*at))?;
        let names = (first.saturating_sub(NAMES_WITHIN)..first)
            .rev()
            .find(|at| names_columns(&rows[*at].1, &rows[first].1));
        Some(Self { rows, names, first })
    }

    /// Returns the line of the file in which the columns are named.
    pub fn names_line(&self) -> Option<u32> {
        self.names.map(|at| self.rows[at].0)
    }

    /// Returns the row that names the columns.
    pub fn names(&self) -> Option<&'a csv::StringRecord> {
        self.names.map(|at| &self.rows[at].1)
    }

    /// Returns the name of a column, empty when it has none.
    pub fn name(&self, column: usize) -> &'a str {
        self.names().and_then(|names| names.get(column)).map(cell::tidy).unwrap_or_default()
    }

    /// Returns the rows from the first data on.
    pub fn data(&self) -> impl Iterator<Item = &'a csv::StringRecord> {
        self.rows[self.first..].iter().map(|(_, row)| row)
    }

    /// Returns the rows to read, names included, with their lines.
    pub fn whole(&self) -> &'a [(u32, csv::StringRecord)] {
        &self.rows[self.names.unwrap_or(self.first)..]
    }

    /// Returns how many columns the table has.
    pub fn width(&self) -> usize {
        let of_names = self.names().map_or(0, csv::StringRecord::len);
        self.rows[self.first].1.len().max(of_names)
    }
}

/// A row of names is about as wide as the data and holds words, neither dates nor money.
fn names_columns(row: &csv::StringRecord, data: &csv::StringRecord) -> bool {
    let filled: Vec<&str> = row.iter().map(cell::tidy).filter(|cell| !cell.is_empty()).collect();
    let of_data = data.iter().filter(|cell| !cell::tidy(cell).is_empty()).count();
    let words = filled
        .iter()
        .filter(|cell| {
            cell.chars().count() <= 24
                && cell.chars().any(char::is_alphabetic)
                && !cell.starts_with(|c: char| c.is_ascii_digit())
        })
        .count();
    filled.len() >= 2 && words * 4 >= filled.len() * 3 && filled.len() * 2 >= of_data
}
