//! What is handed to a bank or a wallet: every suspicious transaction with its reasons and the
//! place it was read from, and the totals by channel and payee, in one language. It lists what
//! the rules point at and never calls it proven.

pub mod csv;
pub mod workbook;

use jiff::Timestamp;

use crate::bills::finding::reason::{Finding, Reason};
use crate::bills::ledger::{Ledger, Source};
use crate::bills::line::{Line, Provider};
use crate::bills::totals::{Channel, Through, Totals};
use crate::domain::lang::{Lang, Text};
use crate::domain::money::Money;
use crate::text;

/// One suspicious transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Index into the ledger's events.
    pub event: usize,
    /// The bill's wall clock.
    pub at: String,
    /// Who wrote the bill.
    pub institution: String,
    /// 交易类型.
    pub kind: String,
    /// Who was paid; never empty, because sums are looked up by it.
    pub payee: String,
    /// What for.
    pub goods: String,
    /// The amount.
    pub amount: Money,
    /// What came back.
    pub refunded: Money,
    /// Where the money came from.
    pub channel: String,
    /// The account or card.
    pub method: String,
    /// The state.
    pub status: String,
    /// Transaction number; empty when the bill has none, or a spreadsheet destroyed it.
    pub id: String,
    /// The merchant's number.
    pub merchant_id: String,
    /// How grave.
    pub grade: String,
    /// Why, each reason a sentence.
    pub reasons: String,
    /// The name of the file, without its folder.
    pub file: String,
    /// Line or sheet row, from 1.
    pub line: u32,
}

/// A sum of rows that have something in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// Who wrote the bill.
    pub institution: String,
    /// Channel, or payee.
    pub what: String,
    /// The account or card; empty for payees.
    pub method: String,
    /// How many, how much, how much came back.
    pub through: Through,
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Its name, without its folder.
    pub file: String,
    /// Who wrote it.
    pub institution: String,
    /// Whose it says it is.
    pub holder: String,
    /// The days it covers, as it says itself.
    pub covers: String,
    /// Rows read.
    pub rows: usize,
    /// Rows left out.
    pub skipped: usize,
}

/// Everything that is handed out.
#[derive(Clone, Debug)]
pub struct Handout {
    /// The language of headings and reasons.
    pub lang: Lang,
    /// When it was made.
    pub made: Timestamp,
    /// The transactions, in order of time.
    pub rows: Vec<Row>,
    /// Their sums by channel.
    pub channels: Vec<Share>,
    /// Their sums by payee.
    pub payees: Vec<Share>,
    /// The files.
    pub files: Vec<Origin>,
}

/// The headings of the transactions, in the order of [`Row`].
pub(crate) fn headings() -> [Text; 18] {
    [
        text!("序号", "no."),
        text!("交易时间", "time"),
        text!("平台 / 银行", "institution"),
        text!("交易类型", "kind"),
        text!("交易对方", "payee"),
        text!("商品 / 说明", "goods"),
        text!("金额（元）", "amount (CNY)"),
        text!("已退回（元）", "refunded (CNY)"),
        text!("净额（元）", "net (CNY)"),
        text!("资金渠道", "channel"),
        text!("付款账户", "paid with"),
        text!("状态", "state"),
        text!("交易单号", "transaction no."),
        text!("商户单号", "merchant no."),
        text!("风险", "risk"),
        text!("理由", "reasons"),
        text!("账单文件", "file"),
        text!("行", "line"),
    ]
}

/// The headings of the sums by channel.
pub(crate) fn share_headings() -> [Text; 7] {
    [
        text!("平台 / 银行", "institution"),
        text!("资金渠道", "channel"),
        text!("付款账户", "paid with"),
        text!("笔数", "count"),
        text!("金额（元）", "amount (CNY)"),
        text!("已退回（元）", "refunded (CNY)"),
        text!("净额（元）", "net (CNY)"),
    ]
}

/// What stands above the list.
pub(crate) fn caution() -> Text {
    text!(
        "由程序按规则从账单中列出，待本人逐笔确认，不是认定结论；时间为账单时间（UTC+8）",
        "listed from the bills by rules, for the owner to confirm one by one, not a verdict; times as on the bill (UTC+8)"
    )
}

impl Handout {
    /// Gathers what was found in a ledger.
    pub fn new(ledger: &Ledger, findings: &[Finding], lang: Lang, made: Timestamp) -> Self {
        let totals = Totals::count(ledger, findings);
        let channel =
            |((provider, channel, method), through): (&(_, Channel, String), &Through)| {
                let what = channel.text().get(lang).to_owned();
                Share {
                    institution: title(*provider, lang),
                    what,
                    method: named(method, lang),
                    through: *through,
                }
            };
        let payee = |((provider, payee), through): (&(Provider, String), &Through)| Share {
            institution: title(*provider, lang),
            what: named(payee, lang),
            method: String::new(),
            through: *through,
        };
        let mut rows: Vec<(Timestamp, Row)> = findings
            .iter()
            .map(|finding| (ledger.events[finding.event].line.at, row(ledger, finding, lang)))
            .collect();
        rows.sort_by_key(|(at, _)| *at);
        Self {
            lang,
            made,
            rows: rows.into_iter().map(|(_, row)| row).collect(),
            channels: totals.suspected_by_channel.iter().map(channel).collect(),
            payees: totals.suspected_by_payee.iter().map(payee).collect(),
            files: ledger.sources.iter().map(|source| origin(source, lang)).collect(),
        }
    }

    /// Returns the sum of amounts and the sum of what came back.
    pub fn sums(&self) -> (Money, Money) {
        (
            self.rows.iter().map(|row| row.amount).sum(),
            self.rows.iter().map(|row| row.refunded).sum(),
        )
    }
}

fn row(ledger: &Ledger, finding: &Finding, lang: Lang) -> Row {
    let line: &Line = &ledger.events[finding.event].line;
    let source = ledger.sources.get(line.place.file as usize);
    let sentence = |reason: &Reason| reason.text.get(lang).to_owned();
    let reasons: Vec<String> = finding.reasons.iter().map(sentence).collect();
    Row {
        event: finding.event,
        at: line.wall().strftime("%Y-%m-%d %H:%M:%S").to_string(),
        institution: title(line.provider, lang),
        kind: line.kind().to_owned(),
        payee: named(line.payee(), lang),
        goods: line.goods().to_owned(),
        amount: line.amount,
        refunded: line.refunded,
        channel: Channel::of(line).text().get(lang).to_owned(),
        method: named(line.method(), lang),
        status: line.status().to_owned(),
        id: line.whole_id().unwrap_or_default().to_owned(),
        merchant_id: line.merchant_id().to_owned(),
        grade: finding.grade.text().get(lang).to_owned(),
        reasons: reasons.join(if lang == Lang::Zh { "；" } else { "; " }),
        file: source.map(|source| bare(&source.export.path)).unwrap_or_default(),
        line: line.place.line,
    }
}

fn origin(source: &Source, lang: Lang) -> Origin {
    let head = &source.export.preamble;
    let parts = [&head.owner, &head.nickname, &head.account];
    let day =
        |at: Timestamp| crate::bills::report::rfc3339(at).chars().take(10).collect::<String>();
    let covers =
        head.from.zip(head.until).map(|(from, until)| format!("{} – {}", day(from), day(until)));
    Origin {
        file: bare(&source.export.path),
        institution: title(source.export.provider, lang),
        holder: parts.into_iter().flatten().cloned().collect::<Vec<_>>().join(" "),
        covers: covers.unwrap_or_default(),
        rows: source.rows,
        skipped: source.export.skipped,
    }
}

fn title(provider: Provider, lang: Lang) -> String {
    provider.title().get(lang).to_owned()
}

/// Sums are looked up by these words, and an empty cell cannot be looked up.
fn named(text: &str, lang: Lang) -> String {
    if text.is_empty() {
        text!("未写明", "not stated").get(lang).to_owned()
    } else {
        text.to_owned()
    }
}

/// The folders of the owner's computer are nobody's business.
fn bare(path: &str) -> String {
    let (outer, inner) = path.split_once('!').map_or((path, None), |(a, b)| (a, Some(b)));
    let outer = outer.rsplit(['/', '\\']).next().unwrap_or(outer);
    inner.map_or_else(|| outer.to_owned(), |inner| format!("{outer}!{inner}"))
}

#[cfg(test)]
mod tests;
