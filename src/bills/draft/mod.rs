//! A first column map for a table nobody has described: finds the table, guesses what each
//! column is by its name and its values, and says what is unsure, so that a person only checks.
//! The map can be used as it is; whatever it gets wrong is one word in a text file.

mod amounts;
pub mod choose;
pub mod locate;
pub mod profile;
pub mod words;
mod write;

use crate::bills::draft::choose::choose;
use crate::bills::draft::locate::{Rows, Table};
use crate::bills::error::BillError;
use crate::bills::layout;
use crate::bills::line::Provider;
use crate::bills::mapping::ColumnMap;
use crate::bills::table::Collector;
use crate::domain::lang::Text;
use crate::text;

/// The first rows of every table of a file.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    /// The name of the file; a file of an archive has the archive's name before a `!`.
    pub path: String,
    /// The tables.
    pub tables: Vec<Rows>,
}

/// A drafted column map.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The map as a commented TOML file.
    pub toml: String,
    /// What a person should check, the weightiest first.
    pub doubts: Vec<Text>,
    /// How many sampled rows the map reads.
    pub read: usize,
    /// How many sampled rows stand below the names.
    pub rows: usize,
    /// The provider, when the table needs no map because it is known.
    pub known: Option<Provider>,
}

/// Drafts a map from the first table among the samples that has dates and amounts, the one with
/// most rows. Fails with [`BillError::Foreign`] when there is none.
pub fn draft(samples: &[Sample]) -> Result<Draft, BillError> {
    let found = samples
        .iter()
        .flat_map(|sample| sample.tables.iter().map(move |rows| (sample, rows)))
        .filter_map(|(sample, rows)| Some((sample, Table::find(rows)?)))
        .max_by_key(|(_, table)| table.data().count());
    let (sample, table) = found.ok_or_else(no_table)?;
    let choice = choose(&table);
    let mut doubts = choice.doubts.clone();
    let map = ColumnMap::parse(&write::toml(sample, &table, &choice, &[], None))
        .map_err(|_| no_table())?;
    let (read, rows) = attempt(&map, &table);
    if read * 10 < rows * 9 {
        let left = rows - read;
        doubts.insert(
            0,
            text!(
                "试读 {rows} 行，有 {left} 行没有读出来",
                "of {rows} rows tried, {left} could not be read"
            ),
        );
    }
    let known = table.names().and_then(layout::recognise).map(|bound| bound.provider);
    let toml = write::toml(sample, &table, &choice, &doubts, Some((read, rows)));
    Ok(Draft { toml, doubts, read, rows, known })
}

fn no_table() -> BillError {
    BillError::Foreign { seen: String::new(), names: Vec::new() }
}

/// Reads the sampled rows through the map.
fn attempt(map: &ColumnMap, table: &Table<'_>) -> (usize, usize) {
    let mut rows = Collector::new(0, Some(map));
    for (line, row) in table.whole() {
        // The sample is far below every limit.
        let _ = rows.row(*line, row);
    }
    (rows.lines.len(), rows.lines.len() + rows.skipped)
}

#[cfg(test)]
mod tests;
