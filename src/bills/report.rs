//! The outcome of a reading in the shape of `bills --json`: stable names, times with their zone,
//! money in whole fen.

use serde::Serialize;

use crate::bills::export::Sums;
use crate::bills::finding::reason::{Finding, Reason};
use crate::bills::holder::Holder;
use crate::bills::ledger::{Ledger, Source};
use crate::bills::line::{Line, Place, Provider};
use crate::bills::totals::{Channel, Through, Totals};
use crate::domain::lang::Text;

/// The version of this shape.
pub const SCHEMA: u32 = 1;

/// The whole object.
#[derive(Debug, Serialize)]
pub struct Report {
    schema: u32,
    files: Vec<File>,
    findings: Vec<Found>,
    totals: Sum,
    gaps: Vec<Hole>,
    warnings: Vec<Both>,
    suspected_loss_fen: i64,
}

#[derive(Debug, Serialize)]
struct Both {
    zh: String,
    en: String,
}

impl From<&Text> for Both {
    fn from(text: &Text) -> Self {
        Self { zh: text.zh.to_string(), en: text.en.to_string() }
    }
}

#[derive(Debug, Serialize)]
struct File {
    path: String,
    provider: &'static str,
    generation: String,
    encoding: &'static str,
    holder: Owner,
    rows: usize,
    skipped: usize,
    repeated: usize,
    mirrored: usize,
    expense_fen: i64,
    income_fen: i64,
    neutral_fen: i64,
    expense_rows: u64,
    income_rows: u64,
    neutral_rows: u64,
    from: Option<String>,
    until: Option<String>,
    skips: Vec<Skipped>,
    warnings: Vec<Both>,
}

/// Whose the file says it is, as printed there.
#[derive(Debug, Serialize)]
struct Owner {
    name: Option<String>,
    nickname: Option<String>,
    account: Option<String>,
}

impl From<Holder> for Owner {
    fn from(Holder { name, nickname, account }: Holder) -> Self {
        Self { name, nickname, account }
    }
}

#[derive(Debug, Serialize)]
struct Skipped {
    line: u32,
    reason: Both,
}

#[derive(Debug, Serialize)]
struct Found {
    id: String,
    at: String,
    amount_fen: i64,
    refunded_fen: i64,
    payee: String,
    kind: String,
    provider: &'static str,
    channel: &'static str,
    method: String,
    score: u32,
    grade: &'static str,
    reasons: Vec<Why>,
    file: String,
    line: u32,
}

#[derive(Debug, Serialize)]
struct Why {
    rule: &'static str,
    zh: String,
    en: String,
    rows: Vec<Row>,
}

#[derive(Debug, Serialize)]
struct Row {
    file: u32,
    line: u32,
}

#[derive(Debug, Serialize)]
struct Sum {
    rows: usize,
    spent_fen: i64,
    refunded_fen: i64,
    net_fen: i64,
    channels: Vec<Stream>,
    suspected_channels: Vec<Stream>,
    suspected_payees: Vec<Recipient>,
}

#[derive(Debug, Serialize)]
struct Stream {
    provider: &'static str,
    channel: &'static str,
    method: String,
    rows: u64,
    paid_fen: i64,
    refunded_fen: i64,
    net_fen: i64,
}

#[derive(Debug, Serialize)]
struct Recipient {
    provider: &'static str,
    payee: String,
    rows: u64,
    net_fen: i64,
}

#[derive(Debug, Serialize)]
struct Hole {
    provider: &'static str,
    from: String,
    until: String,
}

/// Returns a time of a bill in RFC 3339, in the bill's own zone.
pub fn rfc3339(at: jiff::Timestamp) -> String {
    at.display_with_offset(jiff::tz::Offset::constant(8)).to_string()
}

/// Puts a ledger and its findings into the shape.
pub fn report(ledger: &Ledger, findings: &[Finding]) -> Report {
    let totals = Totals::count(ledger, findings);
    let gaps = ledger.gaps.iter().map(|gap| Hole {
        provider: gap.provider.name(),
        from: rfc3339(gap.from),
        until: rfc3339(gap.until),
    });
    Report {
        schema: SCHEMA,
        files: ledger.sources.iter().map(file).collect(),
        findings: findings.iter().map(|finding| found(ledger, finding)).collect(),
        gaps: gaps.collect(),
        warnings: ledger.several_accounts().iter().map(Both::from).collect(),
        suspected_loss_fen: totals.suspected.net().fen(),
        totals: sum(ledger, &totals),
    }
}

fn file(source: &Source) -> File {
    let export = &source.export;
    let Sums { expense, income, neutral } = export.sums;
    let skip = |skip: &crate::bills::table::Skip| Skipped {
        line: skip.line,
        reason: Both::from(&skip.reason),
    };
    File {
        path: export.path.clone(),
        provider: export.provider.name(),
        generation: export.generation.clone(),
        encoding: export.encoding,
        holder: Holder::of(&export.preamble).into(),
        rows: source.rows,
        skipped: export.skipped,
        repeated: source.repeated,
        mirrored: source.mirrored,
        expense_fen: expense.sum.fen(),
        income_fen: income.sum.fen(),
        neutral_fen: neutral.sum.fen(),
        expense_rows: expense.rows,
        income_rows: income.rows,
        neutral_rows: neutral.rows,
        from: export.preamble.from.map(rfc3339),
        until: export.preamble.until.map(rfc3339),
        skips: export.skips.iter().map(skip).collect(),
        warnings: export.warnings.iter().map(Both::from).collect(),
    }
}

fn found(ledger: &Ledger, finding: &Finding) -> Found {
    let line: &Line = &ledger.events[finding.event].line;
    let path = ledger.sources.get(line.place.file as usize).map(|source| &source.export.path);
    Found {
        id: line.identifier(),
        at: rfc3339(line.at),
        amount_fen: line.amount.fen(),
        refunded_fen: line.refunded.fen(),
        payee: line.payee().to_owned(),
        kind: line.kind().to_owned(),
        provider: line.provider.name(),
        channel: Channel::of(line).name(),
        method: line.method().to_owned(),
        score: finding.score,
        grade: finding.grade.name(),
        reasons: finding.reasons.iter().map(why).collect(),
        file: path.cloned().unwrap_or_default(),
        line: line.place.line,
    }
}

fn why(reason: &Reason) -> Why {
    Why {
        rule: reason.rule.name(),
        zh: reason.text.zh.to_string(),
        en: reason.text.en.to_string(),
        rows: reason
            .rows
            .iter()
            .map(|Place { file, line }| Row { file: *file, line: *line })
            .collect(),
    }
}

fn stream(
    ((provider, channel, method), through): (&(Provider, Channel, String), &Through),
) -> Stream {
    Stream {
        provider: provider.name(),
        channel: channel.name(),
        method: method.clone(),
        rows: through.rows,
        paid_fen: through.paid.fen(),
        refunded_fen: through.refunded.fen(),
        net_fen: through.net().fen(),
    }
}

fn sum(ledger: &Ledger, totals: &Totals) -> Sum {
    let payee = |((provider, payee), through): (&(Provider, String), &Through)| Recipient {
        provider: provider.name(),
        payee: payee.clone(),
        rows: through.rows,
        net_fen: through.net().fen(),
    };
    Sum {
        rows: ledger.events.len(),
        spent_fen: totals.spent.paid.fen(),
        refunded_fen: totals.spent.refunded.fen(),
        net_fen: totals.spent.net().fen(),
        channels: totals.by_channel.iter().map(stream).collect(),
        suspected_channels: totals.suspected_by_channel.iter().map(stream).collect(),
        suspected_payees: totals.suspected_by_payee.iter().map(payee).collect(),
    }
}
