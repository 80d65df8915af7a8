//! Small tables that come back to a firm: ticket numbers, waybills, costs. One row a thing, the
//! columns known by their names.

use std::collections::BTreeMap;

use crate::batch::error::BatchError;
use crate::batch::grid::{self, Sheet};
use crate::batch::header::key;
use crate::domain::lang::Text;

/// So many rows are looked through for the names of the columns.
const SEARCHED_ROWS: usize = 20;

/// A column of such a table.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// What it is.
    pub name: &'static str,
    /// What may stand over it; the first is ours.
    pub titles: &'static [&'static str],
    /// A row without it says nothing.
    pub required: bool,
}

/// Our number.
pub const NUMBER: Field =
    Field {
        name: "number", titles: &["本方编号", "编号", "案号", "number"], required: true
    };
/// The step, where several would do.
pub const STEP: Field =
    Field { name: "step", titles: &["步骤", "事项", "step"], required: false };

/// A ticket number a client brought back.
pub const TICKETS: [Field; 4] = [
    NUMBER,
    Field {
        name: "value",
        titles: &["工单号", "受理编号", "受理号", "投诉编号", "ticket"],
        required: true,
    },
    Field {
        name: "at", titles: &["提交时间", "提交日期", "日期", "时间", "date"], required: true
    },
    STEP,
];

/// A waybill.
pub const WAYBILLS: [Field; 6] = [
    NUMBER,
    Field {
        name: "value",
        titles: &["邮件号", "EMS单号", "运单号", "快递单号", "单号", "waybill"],
        required: true,
    },
    Field {
        name: "at",
        titles: &["寄出日期", "寄出时间", "交寄时间", "收寄时间", "posted"],
        required: true,
    },
    Field {
        name: "signed",
        titles: &["签收日期", "签收时间", "妥投时间", "signed"],
        required: false,
    },
    Field { name: "by", titles: &["签收人", "代收人", "signed by"], required: false },
    STEP,
];

/// A cost of a matter.
pub const COSTS: [Field; 3] = [
    NUMBER,
    Field { name: "amount", titles: &["金额", "费用", "amount"], required: true },
    Field { name: "what", titles: &["项目", "事由", "说明", "what"], required: false },
];

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The line as the spreadsheet shows it.
    pub line: u32,
    values: BTreeMap<&'static str, String>,
}

impl Record {
    /// Returns what stands in a column; none when it is empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }
}

/// Why a table could not be read.
#[derive(Debug, thiserror::Error)]
pub enum RecordsError {
    /// It is no table.
    #[error("the table cannot be read")]
    Table(#[source] BatchError),
    /// A column is missing.
    #[error("the column `{title}` is missing")]
    Column {
        /// Its name.
        title: &'static str,
    },
}

impl RecordsError {
    /// Returns what is wrong and what to do.
    pub fn explain(&self) -> (Text, Text) {
        match self {
            Self::Table(error) => error.explain(),
            Self::Column { title } => (
                crate::text!("表里没有“{title}”这一列", "there is no column {title}"),
                crate::text!("加上一列，列名写 {title}", "add a column of that name"),
            ),
        }
    }
}

/// Reads the rows of a table: XLSX, or a text table in any of the encodings.
pub fn read(bytes: &[u8], fields: &[Field]) -> Result<Vec<Record>, RecordsError> {
    let sheets = grid::read(bytes).map_err(RecordsError::Table)?;
    let best = sheets
        .iter()
        .filter_map(|sheet| names(sheet, fields).map(|(row, columns)| (sheet, row, columns)))
        .max_by_key(|(_, _, columns)| columns.len());
    let missing = |has: &dyn Fn(&Field) -> bool| {
        fields.iter().find(|field| field.required && !has(field)).map(|field| field.titles[0])
    };
    let Some((sheet, row, columns)) = best else {
        let title = missing(&|_| false).unwrap_or_default();
        return Err(RecordsError::Column { title });
    };
    let has = |field: &Field| columns.iter().any(|(_, name)| *name == field.name);
    if let Some(title) = missing(&has) {
        return Err(RecordsError::Column { title });
    }
    let below = sheet.rows.iter().skip(row + 1);
    let read = |row: &grid::Row| Record {
        line: row.line,
        values: columns
            .iter()
            .map(|(column, name)| (*name, row.text(*column).trim_start_matches('\'').to_owned()))
            .filter(|(_, value)| !value.is_empty())
            .collect(),
    };
    Ok(below.map(read).filter(|record| !record.values.is_empty()).collect())
}

/// The row of names: the one with the most that are known.
fn names(sheet: &Sheet, fields: &[Field]) -> Option<(usize, Vec<(usize, &'static str)>)> {
    let mut best: Option<(usize, Vec<(usize, &'static str)>)> = None;
    for (index, row) in sheet.rows.iter().enumerate().take(SEARCHED_ROWS) {
        let mut columns: Vec<(usize, &'static str)> = Vec::new();
        for (column, cell) in row.cells.iter().enumerate() {
            let is =
                |field: &&Field| field.titles.iter().any(|title| key(title) == key(&cell.text));
            if let Some(field) = fields.iter().find(is)
                && !columns.iter().any(|(_, name)| *name == field.name)
            {
                columns.push((column, field.name));
            }
        }
        if best.as_ref().map_or(1, |(_, best)| best.len()) < columns.len() {
            best = Some((index, columns));
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_known_by_name_in_any_order() {
        let table = "\u{feff}提交日期,编号,工单号*\n2026-09-21,W-1,'20260921000123\n,,\n2026-09-22,W-2,T2\n";
        let records = read(table.as_bytes(), &TICKETS).unwrap();
        assert_eq!(records.len(), 2);
        assert_eq!((records[0].line, records[0].get("value")), (2, Some("20260921000123")));
        assert_eq!((records[1].get("number"), records[1].get("step")), (Some("W-2"), None));
    }

    #[test]
    fn a_missing_column_is_named() {
        let error = read("编号,日期\nW-1,2026-09-21\n".as_bytes(), &TICKETS).unwrap_err();
        assert!(matches!(error, RecordsError::Column { title: "工单号" }), "{error:?}");
    }
}
