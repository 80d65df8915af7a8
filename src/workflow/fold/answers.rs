//! What the person filled in counts as a fact of the case where a field stands for one.

use serde_json::Value;

use crate::domain::case::{Case, Loss};
use crate::domain::reviewed;
use crate::workflow::history::History;
use crate::workflow::packs::{FieldKind, Packs};

/// Lays over the case file what the person said since: rows of bills that they confirmed, then
/// answers to fields that stand for a fact of the case.
pub(super) fn lay_over(history: &mut History, packs: &Packs) {
    let before = std::mem::replace(&mut history.case_json, history.file_json.clone());
    if !history.reviewed.is_empty()
        && let Ok(file) = serde_json::from_value::<Case>(history.file_json.clone())
    {
        let added = reviewed::confirmed(&file.losses, history.reviewed.values());
        if !added.is_empty() {
            let losses: Vec<Loss> = file.losses.into_iter().chain(added).collect();
            history.case_json["losses"] = serde_json::to_value(losses).unwrap_or_default();
        }
    }
    for (name, value) in &history.answers {
        let (field, line) = match name.rsplit_once('.') {
            Some((field, line)) if line.parse::<usize>().is_ok() => (field, line.parse().ok()),
            _ => (name.as_str(), None),
        };
        let Some(field) = packs.fields.get(field) else { continue };
        let Some(path) = &field.case else { continue };
        let value = match field.kind {
            FieldKind::Bool => Value::Bool(value == "true"),
            _ => Value::from(value.as_str()),
        };
        set_fact(&mut history.case_json, path, line, value);
    }
    if history.case_json != before
        && let Ok(case) = serde_json::from_value(history.case_json.clone())
    {
        history.case = case;
    }
}

/// Drops answers about facts that a changed file says anew: of two words the newer counts.
pub(super) fn drop_older(history: &mut History, packs: &Packs, file: &Value) {
    let was = &history.file_json;
    history.answers.retain(|name, _| {
        let field = name.rsplit_once('.').map_or(name.as_str(), |(field, _)| field);
        let path = packs.fields.get(field).or_else(|| packs.fields.get(name.as_str()));
        path.and_then(|field| field.case.as_deref())
            .is_none_or(|path| said(was, path) == said(file, path))
    });
}

/// What a case says at a path, for each line of a list.
fn said<'a>(case: &'a Value, path: &str) -> Vec<Option<&'a Value>> {
    match path.split_once("[].") {
        Some((list, field)) => case
            .get(list)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .map(|line| line.get(field))
            .collect(),
        None => vec![path.split('.').try_fold(case, |value, name| value.get(name))],
    }
}

/// Sets `a.b`, or `list[].b` of one line (counted from 1) or of every line that lacks it.
fn set_fact(case: &mut Value, path: &str, line: Option<usize>, value: Value) {
    if let Some((list, field)) = path.split_once("[].") {
        let Some(lines) = case.get_mut(list).and_then(Value::as_array_mut) else { return };
        for (index, item) in lines.iter_mut().enumerate() {
            let open = item.get(field).is_none_or(|value| value == "unknown");
            let wanted = line.map_or(open, |line| line == index + 1);
            if wanted && let Some(map) = item.as_object_mut() {
                map.insert(field.to_owned(), value.clone());
            }
        }
        return;
    }
    let mut target = case;
    let names: Vec<&str> = path.split('.').collect();
    let Some((last, groups)) = names.split_last() else { return };
    for name in groups {
        let Some(map) = target.as_object_mut() else { return };
        target = map.entry(*name).or_insert_with(|| Value::Object(serde_json::Map::new()));
    }
    if let Some(map) = target.as_object_mut() {
        map.insert((*last).to_owned(), value);
    }
}
