//! A checked client as the files of a case's folder: `case.toml`, and `consent.toml` with what the
//! client allowed.

use jiff::Timestamp;
use serde_json::Value;

use crate::batch::intake::Client;
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

/// Returns the record of what the client allowed: `purpose`, `date`, and `scope` when it is known.
pub fn consent_file(client: &Client) -> Option<String> {
    let consent = &client.consent;
    let zone = time::zone(time::DEFAULT_ZONE)?;
    let at: Timestamp = consent.at.as_deref()?.parse().ok()?;
    let mut record = toml::Table::new();
    record.insert("schema".into(), toml::Value::Integer(1));
    record.insert("case".into(), client.number.clone()?.into());
    record.insert("purpose".into(), consent.purpose.clone()?.into());
    record.insert("date".into(), time::day(at, &zone).to_string().into());
    if let Some(scope) = &consent.scope {
        record.insert("scope".into(), scope.clone().into());
    }
    toml::to_string(&record).ok()
}

fn as_written(value: &mut Value, case: &Case) {
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
