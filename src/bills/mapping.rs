//! Column maps: a small file in which a person says what each column of an unknown export is.
//! `bills map FILE` writes a first draft from the table's own names.
//!
//! ```toml
//! name = "云闪付 2026"
//! sign = "minus_is_out"        # column, minus_is_out, minus_is_in, two_columns, words
//! order = "year_first"         # year_first, day_first, month_first
//! [columns]
//! time = "交易日期"            # a name, or a number counted from 1 where there are no names
//! amount = "交易金额"
//! payee = "交易对方"
//! ```

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::bills::error::BillError;
use crate::bills::layout::{Bound, Role, Sign, canonical};
use crate::bills::line::Provider;
use crate::bills::moment::DateOrder;
use crate::text;

/// The names roles have in a column map.
const ROLE_NAMES: &[(&str, Role)] = &[
    ("time", Role::Time),
    ("clock", Role::Clock),
    ("kind", Role::Kind),
    ("payee", Role::Payee),
    ("goods", Role::Goods),
    ("flow", Role::Flow),
    ("amount", Role::Amount),
    ("out", Role::Out),
    ("in", Role::In),
    ("method", Role::Method),
    ("status", Role::Status),
    ("id", Role::Id),
    ("merchant_id", Role::MerchantId),
    ("note", Role::Note),
    ("refunded", Role::Refunded),
    ("currency", Role::Currency),
    ("country", Role::Country),
    ("place", Role::Site),
    ("via", Role::Via),
];

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Column {
    Number(usize),
    Name(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    name: String,
    #[serde(default)]
    sign: WrittenSign,
    #[serde(default)]
    order: WrittenOrder,
    columns: BTreeMap<String, Column>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WrittenSign {
    Column,
    #[default]
    MinusIsOut,
    MinusIsIn,
    TwoColumns,
    Words,
}

#[derive(Clone, Copy, Default, Deserialize)]
enum WrittenOrder {
    #[default]
    #[serde(rename = "year_first")]
    Year,
    #[serde(rename = "day_first")]
    Day,
    #[serde(rename = "month_first")]
    Month,
}

/// A column map, checked.
#[derive(Clone, Debug)]
pub struct ColumnMap {
    name: String,
    sign: Sign,
    order: DateOrder,
    columns: Vec<(Role, Column)>,
}

impl ColumnMap {
    /// Reads a column map. Errors name what is missing or unknown.
    pub fn parse(source: &str) -> Result<Self, BillError> {
        let written: Written = toml::from_str(source).map_err(|error| {
            let why = error.message().to_owned();
            BillError::Mapping(text!(
                "列映射文件写错了：{why}",
                "the column map is not right: {why}"
            ))
        })?;
        let mut columns = Vec::new();
        for (name, column) in written.columns {
            let Some((_, role)) = ROLE_NAMES.iter().find(|(known, _)| *known == name) else {
                let known = ROLE_NAMES.map_names();
                return Err(BillError::Mapping(text!(
                    "列映射里的 `{name}` 不认识，可用：{known}",
                    "`{name}` is not a column of the map; there are {known}"
                )));
            };
            columns.push((*role, column));
        }
        let sign = match written.sign {
            WrittenSign::Column => Sign::Column,
            WrittenSign::MinusIsOut => Sign::MinusIsOut,
            WrittenSign::MinusIsIn => Sign::MinusIsIn,
            WrittenSign::TwoColumns => Sign::TwoColumns,
            WrittenSign::Words => Sign::Words,
        };
        let order = match written.order {
            WrittenOrder::Year => DateOrder::YearFirst,
            WrittenOrder::Day => DateOrder::DayFirst,
            WrittenOrder::Month => DateOrder::MonthFirst,
        };
        let map = Self { name: written.name, sign, order, columns };
        map.check()?;
        Ok(map)
    }

    fn check(&self) -> Result<(), BillError> {
        let has = |role: Role| self.columns.iter().any(|(found, _)| *found == role);
        let money = if self.sign == Sign::TwoColumns {
            has(Role::Out) && has(Role::In)
        } else {
            has(Role::Amount)
        };
        if has(Role::Time) && money {
            return Ok(());
        }
        Err(BillError::Mapping(text!(
            "列映射至少要有 time 和 amount（或 out 与 in）",
            "a column map needs at least time and amount (or out and in)"
        )))
    }

    /// Returns true when every column is given by its number, so that the table has no names.
    pub fn is_nameless(&self) -> bool {
        self.columns.iter().all(|(_, column)| matches!(column, Column::Number(_)))
    }

    /// Binds the map to a row of names; `None` when a name of the map is not among them.
    pub fn bind(&self, row: &csv::StringRecord) -> Option<Bound> {
        let names: Vec<String> = row.iter().map(canonical).collect();
        let mut columns = Vec::new();
        for (role, column) in &self.columns {
            let place = match column {
                Column::Number(number) => number.checked_sub(1).filter(|at| *at < row.len())?,
                Column::Name(name) => {
                    let wanted = canonical(name);
                    names.iter().position(|found| *found == wanted)?
                }
            };
            columns.push((*role, place));
        }
        let generation = if self.name.is_empty() { "mapped".to_owned() } else { self.name.clone() };
        Some(Bound::new(Provider::Other, generation, self.sign, self.order, columns, row.len()))
    }
}

trait Names {
    fn map_names(&self) -> String;
}

impl Names for &[(&str, Role)] {
    fn map_names(&self) -> String {
        self.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
    }
}

/// Returns the word of a role in a column map.
pub fn role_name(role: Role) -> Option<&'static str> {
    ROLE_NAMES.iter().find(|(_, found)| *found == role).map(|(word, _)| *word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_names_what_it_lacks() {
        let error = ColumnMap::parse("[columns]\ntime = \"日期\"\n").unwrap_err();
        assert_eq!(error.code(), "mapping");
        let error = ColumnMap::parse("[columns]\nwann = \"日期\"\n").unwrap_err();
        assert!(error.message().en.contains("`wann`"), "{}", error.message().en);
    }
}
