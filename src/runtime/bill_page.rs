//! A page with the timeline of a reading of bills: what looks wrong, why, and where it was read.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::bills::chart::Chart;
use crate::bills::handout::{Handout, Share};
use crate::domain::time;
use crate::runtime::error::RuntimeError;
use crate::runtime::letters;
use crate::runtime::typesetter::Typesetter;
use crate::workflow::library::Library;

/// Sets the page, with the template that draws bills.
pub fn page(
    library: &Library,
    handout: &Handout,
    chart: Option<&Chart>,
    made: Timestamp,
) -> Result<Vec<u8>, RuntimeError> {
    let template = library
        .packs
        .templates
        .values()
        .find(|template| template.draws_bills && template.has_paper)
        .ok_or_else(|| RuntimeError::Ours("no template draws bills".into()))?;
    let zone = time::zone(time::DEFAULT_ZONE).unwrap_or(TimeZone::UTC);
    let day = time::day(made, &zone);
    let mut chart = json!(chart);
    if let Some(top) = chart["top_fen"].as_i64() {
        chart["top"] = json!(crate::domain::money::Money::from_fen(top).grouped());
    }
    let data = json!({
        "chart": chart,
        "rows": handout.rows.iter().enumerate().map(|(index, row)| json!({
            "no": index + 1,
            "at": row.at,
            "amount": row.amount.grouped(),
            "refunded": (!row.refunded.is_zero()).then(|| row.refunded.grouped()),
            "payee": row.payee,
            "channel": if row.method.is_empty() { &row.channel } else { &row.method },
            "grade": row.grade,
            "reasons": row.reasons,
            "file": row.file,
            "line": row.line,
        })).collect::<Vec<_>>(),
        "channels": shares(&handout.channels),
        "payees": shares(&handout.payees),
        "files": handout.files.iter().map(|origin| json!({
            "file": origin.file,
            "institution": origin.institution,
            "holder": origin.holder,
            "covers": origin.covers,
            "rows": origin.rows,
        })).collect::<Vec<_>>(),
        "doc": {
            "title": template.title.zh,
            "author": "",
            "draft": false,
            "missing": [],
            "our_number": "",
            "date": { "year": day.year(), "month": day.month(), "day": day.day() },
            "part": null,
        },
    });
    Typesetter::here().make(&letters::job(library, template, data))
}

fn shares(shares: &[Share]) -> Vec<Value> {
    let one = |share: &Share| {
        json!({
            "institution": share.institution,
            "what": share.what,
            "method": share.method,
            "rows": share.through.rows,
            "net": share.through.net().grouped(),
        })
    };
    shares.iter().map(one).collect()
}
