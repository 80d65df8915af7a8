//! A row that was imported before and has changed since: what of it goes into the client's case
//! file. What a person changed there by hand is never overwritten; both wanting another value is a
//! conflict, and is told.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table};

use crate::batch::folder;
use crate::domain::case::Case;
use crate::domain::document;

/// The version of the record of an import.
pub const SCHEMA: u32 = 1;

/// What was imported, kept beside the case file: `imported.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Imported {
    /// Version of this record.
    pub schema: u32,
    /// The case as the row had it, with money in fen.
    pub case: Value,
    /// Who looked at a conflict of interest before it was taken in, and what they found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conflict_review: Option<String>,
}

impl Imported {
    /// Returns the record of a case that is imported as it is.
    pub fn of(case: &Case) -> Self {
        Self { schema: SCHEMA, case: case.snapshot(), conflict_review: None }
    }
}

/// What becomes of one changed value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Fate {
    /// The file has what was imported: the new value takes its place.
    Take,
    /// The file says something else by a person's hand: it stays.
    Conflict,
}

/// One value of a row that differs from what was imported.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// Where in the case.
    pub path: String,
    /// What was imported.
    pub was: Option<Value>,
    /// What the row says now.
    pub now: Option<Value>,
    /// What the file says.
    pub file: Option<Value>,
    /// What becomes of it.
    pub fate: Fate,
}

/// A changed row against its case file.
#[derive(Clone, Debug, PartialEq)]
pub struct Merge {
    /// The values that differ.
    pub changes: Vec<Change>,
    /// The case with what is taken.
    pub case: Value,
    /// What counts as imported afterwards: conflicts stay conflicts until somebody settles them.
    pub imported: Value,
}

/// Holds a row against what was imported and what the file says now.
pub fn merge(imported: &Value, file: &Value, row: &Value) -> Merge {
    let mut merge = Merge { changes: Vec::new(), case: file.clone(), imported: imported.clone() };
    compare(Some(imported), Some(row), &mut Vec::new(), &mut |path, was, now| {
        let mine = at(file, path).cloned();
        let shown = shown(path);
        if mine.as_ref() == now {
            put(&mut merge.imported, path, now);
            return;
        }
        let fate = if mine.as_ref() == was { Fate::Take } else { Fate::Conflict };
        if fate == Fate::Take {
            put(&mut merge.case, path, now);
            put(&mut merge.imported, path, now);
        }
        let (was, now) = (was.cloned(), now.cloned());
        merge.changes.push(Change { path: shown, was, now, file: mine, fate });
    });
    merge
}

/// One part of a path.
#[derive(Clone, Debug, PartialEq)]
enum Part {
    Name(String),
    Index(usize),
}

/// A list that grew or shrank is one value: which of its items is which nobody can say.
fn compare(
    was: Option<&Value>,
    now: Option<&Value>,
    path: &mut Vec<Part>,
    found: &mut impl FnMut(&[Part], Option<&Value>, Option<&Value>),
) {
    match (was, now) {
        (Some(Value::Object(left)), Some(Value::Object(right))) => {
            let names = left.keys().chain(right.keys().filter(|name| !left.contains_key(*name)));
            for name in names {
                path.push(Part::Name(name.clone()));
                compare(left.get(name), right.get(name), path, found);
                path.pop();
            }
        }
        (Some(Value::Array(left)), Some(Value::Array(right)))
            if left.len() == right.len() && left.iter().all(Value::is_object) =>
        {
            for index in 0..left.len() {
                path.push(Part::Index(index));
                compare(left.get(index), right.get(index), path, found);
                path.pop();
            }
        }
        // A part that is there on one side only is compared value by value.
        (None, Some(Value::Object(_))) => {
            compare(Some(&Value::Object(Map::new())), now, path, found);
        }
        (Some(Value::Object(_)), None) => {
            compare(was, Some(&Value::Object(Map::new())), path, found);
        }
        (was, now) if was != now => found(path, was, now),
        _ => {}
    }
}

fn at<'a>(value: &'a Value, path: &[Part]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, part| match part {
        Part::Name(name) => value.get(name),
        Part::Index(index) => value.get(index),
    })
}

fn put(value: &mut Value, path: &[Part], new: Option<&Value>) {
    let Some((part, rest)) = path.split_first() else { return };
    match part {
        Part::Index(index) => {
            if let Some(item) = value.get_mut(index) {
                put(item, rest, new);
            }
        }
        Part::Name(name) => {
            let Some(members) = value.as_object_mut() else { return };
            match new {
                _ if !rest.is_empty() => {
                    let inner = members.entry(name.clone()).or_insert_with(|| Map::new().into());
                    put(inner, rest, new);
                    if inner.as_object().is_some_and(Map::is_empty) {
                        members.remove(name);
                    }
                }
                Some(new) => {
                    members.insert(name.clone(), new.clone());
                }
                None => {
                    members.remove(name);
                }
            }
        }
    }
}

fn shown(path: &[Part]) -> String {
    let mut shown = String::new();
    for part in path {
        match part {
            Part::Name(name) if shown.is_empty() => shown.push_str(name),
            Part::Name(name) => shown.push_str(&format!(".{name}")),
            Part::Index(index) => shown.push_str(&format!("[{index}]")),
        }
    }
    shown
}

/// Returns the text of a case file with the taken values in it; everything else stays as it is
/// written, comments included. None when what came out would not read as the merged case.
pub fn amended(text: &str, merge: &Merge) -> Option<String> {
    let case: Case = serde_json::from_value(merge.case.clone()).ok()?;
    let mut document: DocumentMut = text.parse().ok()?;
    for change in merge.changes.iter().filter(|change| change.fate == Fate::Take) {
        write(document.as_table_mut(), change, &case)?;
    }
    let written = document.to_string();
    let read = document::read::<Case>("case.toml", &written);
    (read.content.as_ref() == Some(&case)).then_some(written)
}

fn write(table: &mut Table, change: &Change, case: &Case) -> Option<()> {
    let parts = parts(&change.path);
    let (last, inner) = parts.split_last()?;
    let Part::Name(name) = last else { return None };
    let mut written =
        change.now.clone().map(|now| Value::Object(Map::from_iter([(name.clone(), now)])));
    if let Some(written) = &mut written {
        folder::as_written(written, case);
    }
    let new = written.and_then(|written| written.get(name).and_then(item));
    let mut parts = inner.iter().peekable();
    let mut at: &mut dyn toml_edit::TableLike = table;
    while let Some(Part::Name(name)) = parts.next() {
        if !at.contains_key(name) {
            at.insert(name, Item::Table(Table::new()));
        }
        let inner = at.get_mut(name)?;
        at = if let Some(Part::Index(index)) = parts.peek() {
            let _ = parts.next();
            match inner {
                Item::ArrayOfTables(tables) => tables.get_mut(*index)?,
                Item::Value(toml_edit::Value::Array(items)) => {
                    items.get_mut(*index)?.as_inline_table_mut()?
                }
                _ => return None,
            }
        } else {
            inner.as_table_like_mut()?
        };
    }
    match new {
        Some(new) => at.insert(name, new),
        None => at.remove(name),
    };
    Some(())
}

fn parts(path: &str) -> Vec<Part> {
    let of_name = |name: &str| {
        let (name, index) = match name.strip_suffix(']').and_then(|name| name.split_once('[')) {
            Some((name, index)) => (name, index.parse().ok().map(Part::Index)),
            None => (name, None),
        };
        std::iter::once(Part::Name(name.to_owned())).chain(index).collect::<Vec<_>>()
    };
    path.split('.').flat_map(of_name).collect()
}

fn item(value: &Value) -> Option<Item> {
    match value {
        Value::Array(items) if !items.is_empty() && items.iter().all(Value::is_object) => {
            let mut tables = ArrayOfTables::new();
            for item in items {
                let mut table = Table::new();
                for (name, value) in item.as_object()? {
                    table.insert(name, Item::Value(plain(value)?));
                }
                tables.push(table);
            }
            Some(Item::ArrayOfTables(tables))
        }
        other => plain(other).map(Item::Value),
    }
}

fn plain(value: &Value) -> Option<toml_edit::Value> {
    match value {
        Value::Null => None,
        Value::Bool(value) => Some((*value).into()),
        Value::Number(number) => Some(number.as_i64()?.into()),
        Value::String(text) => Some(text.as_str().into()),
        Value::Array(items) => {
            let items: Option<Array> = items.iter().map(plain).collect();
            items.map(Into::into)
        }
        Value::Object(members) => {
            let mut table = InlineTable::new();
            for (name, value) in members {
                table.insert(name, plain(value)?);
            }
            Some(table.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "# 客户来过两次电话\nid = \"W-1\"\nplatform = \"wechat\"\ndiscovered_at = \"2026-09-18T15:20:00+08:00\"\n\n[victim]\nname = \"李一\"\nphone = \"13800138000\" # 晚上打\n\n[[losses]]\namount = \"10.00\"\nat = \"2026-09-18T03:00:00+08:00\"\n";

    fn case(text: &str) -> Value {
        let read = document::read::<Case>("case.toml", text);
        assert!(read.content.is_some(), "{:?}", read.problems);
        read.content.unwrap().snapshot()
    }

    #[track_caller]
    fn check(file: &str, row: &str, fates: &[(&str, Fate)]) -> (Merge, String) {
        let merge = merge(&case(FILE), &case(file), &case(row));
        let mut found: Vec<(&str, Fate)> =
            merge.changes.iter().map(|one| (one.path.as_str(), one.fate)).collect();
        found.sort_by_key(|(path, _)| *path);
        let mut fates = fates.to_vec();
        fates.sort_by_key(|(path, _)| *path);
        assert_eq!(found, fates);
        let text = amended(file, &merge).expect("the file reads as the merged case");
        assert_eq!(case(&text), merge.case);
        (merge, text)
    }

    #[test]
    fn what_changed_in_the_workbook_alone_is_taken_and_comments_stay() {
        let row = FILE.replace("13800138000", "13900139000").replace("10.00", "12.50");
        let changed = [("victim.phone", Fate::Take), ("losses[0].amount", Fate::Take)];
        let (merge, text) = check(FILE, &row, &changed);
        assert!(text.contains("# 客户来过两次电话") && text.contains("amount = \"12.50\""));
        assert_eq!(merge.imported, case(&row));
    }

    #[test]
    fn what_a_person_changed_stays_and_is_told_until_it_is_settled() {
        let file = FILE.replace("13800138000", "13700137000");
        let row = FILE.replace("13800138000", "13900139000");
        let (merge, text) = check(&file, &row, &[("victim.phone", Fate::Conflict)]);
        assert!(text.contains("13700137000"));
        assert_eq!(merge.imported, case(FILE));
        // The person's own correction alone is no conflict, and both saying the same is none.
        check(&file, FILE, &[]);
        check(&row, &row, &[]);
    }

    #[test]
    fn a_further_transaction_replaces_a_list_nobody_touched() {
        let row = format!("{FILE}\n[[losses]]\namount = \"20.00\"\n");
        check(FILE, &row, &[("losses", Fate::Take)]);
        let touched = FILE.replace("10.00", "11.00");
        check(&touched, &row, &[("losses", Fate::Conflict)]);
    }

    #[test]
    fn a_part_that_was_not_there_is_added() {
        let row = format!("{FILE}\n[consent]\npurpose = \"申诉\"\ndate = 2026-09-20\n");
        let changed = [("consent.purpose", Fate::Take), ("consent.date", Fate::Take)];
        check(FILE, &row, &changed);
    }
}
