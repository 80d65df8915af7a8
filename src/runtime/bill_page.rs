//! A page with the timeline of a reading of bills: what looks wrong, why, and where it was read.
//! For a case it shows what the person said of each row.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::bills::chart::{self, Chart, Stretch};
use crate::bills::finding::reason::{Finding, Grade};
use crate::bills::handout::{Handout, Row, Share};
use crate::bills::ledger::Ledger;
use crate::domain::case::{How, Loss};
use crate::domain::lang::Lang;
use crate::domain::losses;
use crate::domain::money::Money;
use crate::domain::reviewed;
use crate::domain::time;
use crate::runtime::bills::{Screening, Verdict};
use crate::runtime::desk::Desk;
use crate::runtime::error::RuntimeError;
use crate::runtime::letters;
use crate::runtime::setup::Runtime;
use crate::runtime::typesetter::Typesetter;
use crate::workflow::history::History;
use crate::workflow::library::Library;

/// How many days before and after the rows shown the timeline reaches.
const AROUND_DAYS: u16 = 20;

/// What a case says of the rows of its bills.
#[derive(Debug)]
pub struct Review {
    /// The case.
    case: String,
    /// What was said of rows, by index into the ledger's events.
    said: HashMap<usize, Verdict>,
    /// Losses of the case that no bill has.
    absent: Vec<Loss>,
    /// All losses of the case, and their sum net of refunds.
    losses: (usize, Money),
    /// The case's zone.
    zone: TimeZone,
}

/// Returns the timeline around the rows given; of everything when there are none.
pub fn timeline(ledger: &Ledger, findings: &[Finding]) -> Option<Chart> {
    chart::chart(ledger, findings, Stretch::Around { days: AROUND_DAYS })
        .or_else(|| chart::chart(ledger, findings, Stretch::Whole))
}

impl Runtime {
    /// Sets the page of a case: the rows that wait for the person's word, those that are losses of
    /// the case, and those that were cleared.
    pub fn bill_page(&self, desk: &Desk, screening: &Screening) -> Result<Vec<u8>, RuntimeError> {
        let review = Review::new(desk, screening);
        let findings = review.rows(screening);
        // What was cleared is listed, and no part of the sums and the timeline.
        let open: Vec<Finding> = findings
            .iter()
            .filter(|found| !matches!(review.said.get(&found.event), Some(Verdict::Cleared)))
            .cloned()
            .collect();
        let made = self.clock.now();
        let mut handout = Handout::new(&screening.ledger, &open, Lang::Zh, made);
        handout.rows = Handout::new(&screening.ledger, &findings, Lang::Zh, made).rows;
        let chart = timeline(&screening.ledger, &open);
        page(&self.library, &handout, chart.as_ref(), Some(&review), made)
    }
}

impl Review {
    fn new(desk: &Desk, screening: &Screening) -> Self {
        let case = &desk.history.case;
        let mut said = HashMap::new();
        let mut seen = vec![false; case.losses.len()];
        for event in 0..screening.ledger.events.len() {
            let loss = screening.loss(event, How::Unknown);
            let known = case.losses.iter().position(|known| reviewed::is_same(known, &loss));
            if let Some(known) = known {
                seen[known] = true;
            }
            let how = known.map(|known| case.losses[known].how.unwrap_or(How::Unknown));
            if let Some(verdict) = verdict(&desk.history, &screening.id(event), how) {
                said.insert(event, verdict);
            }
        }
        let absent = case.losses.iter().zip(seen).filter(|(_, seen)| !seen);
        Self {
            case: desk.id().to_string(),
            said,
            absent: absent.map(|(loss, _)| loss.clone()).collect(),
            losses: (case.losses.len(), losses::net(case, None)),
            zone: desk.zone.clone(),
        }
    }

    /// Returns the findings, with the rows that the person confirmed unasked.
    fn rows(&self, screening: &Screening) -> Vec<Finding> {
        let mut rows = screening.findings.clone();
        let unasked = self.said.iter().filter(|(event, verdict)| {
            matches!(verdict, Verdict::Loss(_)) && rows.iter().all(|row| row.event != **event)
        });
        let unasked: Vec<Finding> = unasked
            .map(|(event, _)| Finding {
                event: *event,
                score: 0,
                grade: Grade::Low,
                loss: screening.ledger.events[*event].line.net(),
                reasons: Vec::new(),
            })
            .collect();
        rows.extend(unasked);
        rows.sort_by_key(|row| row.event);
        rows
    }

    fn value(&self) -> Value {
        let absent = self.absent.iter().map(|loss| {
            json!({
                "at": loss.at.map(|at| time::second(at, &self.zone)),
                "amount": loss.amount.grouped(),
                "payee": loss.payee,
            })
        });
        json!({
            "case": self.case,
            "losses": self.losses.0,
            "net": self.losses.1.grouped(),
            "absent": absent.collect::<Vec<_>>(),
        })
    }

    fn word(&self, event: usize) -> &'static str {
        match self.said.get(&event) {
            Some(Verdict::Loss(how)) => how.as_str(),
            Some(Verdict::Cleared) => "cleared",
            None => "waits",
        }
    }
}

/// What was said of a row by its number; a loss of the case file is said too.
fn verdict(history: &History, id: &str, known: Option<How>) -> Option<Verdict> {
    let decided = history.reviewed.get(id).map(|decision| match &decision.loss {
        Some(loss) => Verdict::Loss(loss.how.unwrap_or(How::Unknown)),
        None => Verdict::Cleared,
    });
    known.map(Verdict::Loss).or(decided)
}

/// Sets the page, with the template that draws bills.
pub fn page(
    library: &Library,
    handout: &Handout,
    chart: Option<&Chart>,
    review: Option<&Review>,
    made: Timestamp,
) -> Result<Vec<u8>, RuntimeError> {
    let template = library
        .packs
        .templates
        .values()
        .find(|template| template.draws_bills && template.has_paper)
        .ok_or_else(|| RuntimeError::Ours("no template draws bills".into()))?;
    let zone = time::default_zone();
    let day = time::day(made, &zone);
    let rows = handout.rows.iter().enumerate().map(|(index, found)| row(index, found, review));
    let data = json!({
        "chart": chart.map(|chart| drawn(chart, review)),
        "review": review.map(Review::value),
        "rows": rows.collect::<Vec<_>>(),
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

fn row(index: usize, row: &Row, review: Option<&Review>) -> Value {
    json!({
        "no": index + 1,
        "at": row.at,
        "amount": row.amount.grouped(),
        "refunded": (!row.refunded.is_zero()).then(|| row.refunded.grouped()),
        "payee": row.payee,
        "channel": if row.method.is_empty() { &row.channel } else { &row.method },
        // A row that only the person pointed at was not graded.
        "grade": if row.reasons.is_empty() { "" } else { &row.grade },
        "reasons": row.reasons,
        "file": row.file,
        "line": row.line,
        "said": review.map_or("waits", |review| review.word(row.event)),
    })
}

fn drawn(chart: &Chart, review: Option<&Review>) -> Value {
    let mut value = json!(chart);
    value["top"] = json!(Money::from_fen(chart.top_fen).grouped());
    for (at, mark) in chart.marks.iter().enumerate() {
        let said = review.and_then(|review| review.said.get(&mark.event));
        value["marks"][at]["confirmed"] = json!(matches!(said, Some(Verdict::Loss(_))));
    }
    value
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
