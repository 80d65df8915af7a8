//! A checked client as the case file of a folder.

use jiff::Timestamp;
use serde_json::Value;

use crate::domain::case::Case;
use crate::domain::document;
use crate::domain::money::Money;
use crate::domain::time;

/// Members of a case that are amounts: the file has yuan where the snapshot has fen.
const AMOUNTS: [&str; 3] = ["amount", "refunded", "balance"];

/// Members that are times: the file has them with the zone of the case.
const TIMES: [&str; 4] = ["discovered_at", "at", "sim_reported_at", "last_seen_intact"];

/// Returns the text of a case file that says exactly what `case` does; none should it not.
pub fn case_file(case: &Case) -> Option<String> {
    let mut snapshot = case.snapshot();
    as_written(&mut snapshot, case);
    let text = toml::to_string(&snapshot).ok()?;
    // What is written must be read as the same case, or it is not written.
    let read = document::read::<Case>("case.toml", &text);
    (read.content.as_ref() == Some(case)).then_some(text)
}

/// Writes amounts and times in `value`, a snapshot of `case` or a part of one, as a file has them.
pub fn as_written(value: &mut Value, case: &Case) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let written = if AMOUNTS.contains(&name.as_str()) {
                    member.as_i64().map(|fen| Money::from_fen(fen).grouped().replace(',', ""))
                } else if TIMES.contains(&name.as_str()) {
                    let at = member.as_str().and_then(|text| text.parse::<Timestamp>().ok());
                    at.map(|at| time::rfc3339(at, &case.time_zone()))
                } else {
                    None
                };
                match written {
                    Some(text) => *member = Value::from(text),
                    None => as_written(member, case),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| as_written(item, case)),
        _ => {}
    }
}
