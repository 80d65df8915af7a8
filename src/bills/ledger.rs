//! Several exports → one ledger, in which every transaction counts once: rows of overlapping
//! exports are one, a bank row that repeats a wallet's payment is one with it, and refunds are
//! tied to what they refund.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use jiff::{SignedDuration, Timestamp};

use crate::bills::export::Export;
use crate::bills::holder::{self, Agreement, Holder, name_agrees};
use crate::bills::line::{Flow, Line, Outcome, Place, Provider};
use crate::bills::moment::Fineness;
use crate::bills::refund;
use crate::domain::lang::Text;
use crate::text;

/// One transaction, with every place it was read from.
#[derive(Clone, Debug)]
pub struct Event {
    /// The row that tells most.
    pub line: Line,
    /// The same transaction in other exports.
    pub also: Vec<Place>,
    /// For a bank row: the wallet payment it repeats.
    pub mirror_of: Option<usize>,
    /// For a refund row: the payment it refunds. For a payment: its refund row.
    pub refund: Option<usize>,
}

impl Event {
    /// Returns true for money that left the owner, counted once.
    pub fn is_spending(&self) -> bool {
        self.mirror_of.is_none()
            && self.line.flow == Flow::Out
            && !matches!(self.line.outcome, Outcome::NotPaid | Outcome::RefundRow)
            && self.line.is_yuan()
    }
}

/// Days between two exports of one provider that neither covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Whose.
    pub provider: Provider,
    /// The last instant covered before it.
    pub from: Timestamp,
    /// The first instant covered after it.
    pub until: Timestamp,
}

/// What a file was, once its lines are in the ledger.
#[derive(Clone, Debug)]
pub struct Source {
    /// The export without its lines.
    pub export: Export,
    /// How many rows it had.
    pub rows: usize,
    /// Rows that another file also has.
    pub repeated: usize,
    /// Bank rows that repeat a wallet's payment.
    pub mirrored: usize,
}

/// All transactions of a person, in order of time.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// The transactions.
    pub events: Vec<Event>,
    /// The files.
    pub sources: Vec<Source>,
    /// Days no file covers.
    pub gaps: Vec<Gap>,
}

/// A row that a spreadsheet touched is known by its minute, amount, payee and direction.
type Likeness = (Provider, i64, i64, Flow, String);

/// What makes two rows with whole numbers the same transaction.
fn identity(line: &Line) -> (Provider, &str, i64, i64, Flow) {
    (line.provider, line.id(), minute(line), line.amount.fen(), line.flow)
}

fn minute(line: &Line) -> i64 {
    line.at.as_second().div_euclid(60)
}

fn likeness(line: &Line) -> Likeness {
    (line.provider, minute(line), line.amount.fen(), line.flow, line.payee().to_owned())
}

impl Ledger {
    /// Joins exports.
    pub fn join(exports: Vec<Export>) -> Self {
        let gaps = gaps(&exports);
        let mut sources = Vec::new();
        let mut lines = Vec::new();
        for mut export in exports {
            let mut own = std::mem::take(&mut export.lines);
            let file = u32::try_from(sources.len()).unwrap_or(u32::MAX);
            for line in &mut own {
                line.place.file = file;
            }
            sources.push(Source { rows: own.len(), repeated: 0, mirrored: 0, export });
            lines.extend(own);
        }
        let mut events = unite(lines, &mut sources);
        events.sort_by_key(|event| (event.line.at, event.line.place));
        mirror(&mut events, &mut sources);
        refund::tie(&mut events);
        Self { events, sources, gaps }
    }

    /// Returns the names on the bills: real names first, then nicknames.
    pub fn names(&self) -> Vec<&str> {
        let heads = || self.sources.iter().map(|source| &source.export.preamble);
        let real = heads().filter_map(|head| head.owner.as_deref());
        let mut names: Vec<&str> =
            real.chain(heads().filter_map(|head| head.nickname.as_deref())).collect();
        let mut seen = std::collections::HashSet::new();
        names.retain(|name| seen.insert(*name));
        names
    }

    /// Returns whom each file says it belongs to, in the order of the files.
    pub fn holders(&self) -> Vec<Holder> {
        self.sources.iter().map(|source| Holder::of(&source.export.preamble)).collect()
    }

    /// Returns a question when exports of one wallet name different accounts.
    pub fn several_accounts(&self) -> Option<Text> {
        let of = |source: &Source| (source.export.provider, Holder::of(&source.export.preamble));
        holder::apart(&self.sources.iter().map(of).collect::<Vec<_>>())
    }

    /// Returns a warning when a real name on a bill is not that of the case.
    pub fn stranger(&self, name: &str) -> Option<Text> {
        let other = self
            .holders()
            .into_iter()
            .filter_map(|holder| holder.name)
            .find(|found| name_agrees(found, name) == Agreement::Other)?;
        Some(text!(
            "账单上的姓名“{other}”与案件中的“{name}”不同",
            "the name on the bill, `{other}`, is not that of the case, `{name}`"
        ))
    }
}

/// Makes one event of the rows that are one transaction. Rows with whole numbers are joined by
/// number, time and amount: a number alone is not enough, since some exports reuse the order
/// number for every part of an order.
fn unite(lines: Vec<Line>, sources: &mut [Source]) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::with_capacity(lines.len());
    let single = sources.len() <= 1;
    // Numbers are kept as hashes, so that joining needs little memory beside the rows.
    let hasher = RandomState::new();
    let mut by_id: HashMap<u64, usize> = HashMap::new();
    let mut by_likeness: HashMap<Likeness, Vec<usize>> = HashMap::new();
    let (whole, bare): (Vec<Line>, Vec<Line>) =
        lines.into_iter().partition(|line| line.whole_id().is_some());
    for line in whole {
        let hash = hasher.hash_one(identity(&line));
        let known = by_id.get(&hash).copied();
        if let Some(at) = known.filter(|at| identity(&events[*at].line) == identity(&line)) {
            repeat(&mut events[at], line, sources);
            continue;
        }
        by_id.insert(hash, events.len());
        if !single {
            by_likeness.entry(likeness(&line)).or_default().push(events.len());
        }
        events.push(single_event(line));
    }
    for line in bare {
        if single {
            events.push(single_event(line));
            continue;
        }
        let alike = by_likeness.entry(likeness(&line)).or_default();
        let file = line.place.file;
        let other = alike.iter().copied().find(|at| {
            let event = &events[*at];
            event.line.place.file != file && event.also.iter().all(|place| place.file != file)
        });
        if let Some(at) = other {
            repeat(&mut events[at], line, sources);
        } else {
            alike.push(events.len());
            events.push(single_event(line));
        }
    }
    events
}

fn single_event(line: Line) -> Event {
    Event { line, also: Vec::new(), mirror_of: None, refund: None }
}

/// A later export may know of a refund that an earlier one could not.
fn repeat(event: &mut Event, line: Line, sources: &mut [Source]) {
    if let Some(source) = sources.get_mut(line.place.file as usize) {
        source.repeated += 1;
    }
    event.also.push(line.place);
    if line.refunded > event.line.refunded {
        event.line.refunded = line.refunded;
        event.line.outcome = line.outcome;
    }
}

/// The wallets a bank's text can name.
const WALLET_WORDS: &[(&str, Provider)] = &[
    ("财付通", Provider::WeChat),
    ("微信", Provider::WeChat),
    ("支付宝", Provider::Alipay),
    ("京东", Provider::Jd),
    ("网银在线", Provider::Jd),
    ("美团", Provider::Meituan),
];

fn named_wallet(line: &Line) -> Option<Provider> {
    let texts = [line.payee(), line.kind(), line.goods(), line.note()];
    WALLET_WORDS
        .iter()
        .find(|(word, _)| texts.iter().any(|text| text.contains(word)))
        .map(|(_, provider)| *provider)
}

/// How far the clocks of a wallet and a bank may differ.
const MIRROR_SECONDS: i64 = 60;

/// Marks bank rows that repeat a wallet's payment: the text names the wallet, the amount is the
/// same, and the times agree as far as the bank tells them.
fn mirror(events: &mut [Event], sources: &mut [Source]) {
    let mut wallets: HashMap<(Provider, i64, Flow), Vec<usize>> = HashMap::new();
    for (at, event) in events.iter().enumerate() {
        if event.line.provider.is_wallet() {
            let key = (event.line.provider, event.line.amount.fen(), event.line.flow);
            wallets.entry(key).or_default().push(at);
        }
    }
    let mut taken = vec![false; events.len()];
    for at in 0..events.len() {
        let line = &events[at].line;
        if line.provider.is_wallet() {
            continue;
        }
        let Some(wallet) = named_wallet(line) else { continue };
        let reach = match line.fineness {
            Fineness::Second => MIRROR_SECONDS,
            Fineness::Minute => 2 * MIRROR_SECONDS,
            Fineness::Day => 86_400,
        };
        let flows = [line.flow, Flow::Neutral];
        let alike =
            flows.iter().filter_map(|flow| wallets.get(&(wallet, line.amount.fen(), *flow)));
        let away = |other: usize| (events[other].line.at.as_second() - line.at.as_second()).abs();
        let best = alike
            .flatten()
            .copied()
            .filter(|other| !taken[*other] && away(*other) <= reach)
            .min_by_key(|other| away(*other));
        if let Some(other) = best {
            taken[other] = true;
            if let Some(source) = sources.get_mut(events[at].line.place.file as usize) {
                source.mirrored += 1;
            }
            events[at].mirror_of = Some(other);
        }
    }
}

/// Finds the days that lie between two exports of a provider and are in neither.
fn gaps(exports: &[Export]) -> Vec<Gap> {
    let mut spans: Vec<(Provider, Timestamp, Timestamp)> = Vec::new();
    for export in exports {
        let first = export.lines.iter().map(|line| line.at).min();
        let last = export.lines.iter().map(|line| line.at).max();
        let from = export.preamble.from.or(first);
        let until = export.preamble.until.or(last);
        spans.extend(from.zip(until).map(|(from, until)| (export.provider, from, until)));
    }
    spans.sort();
    let mut gaps = Vec::new();
    let mut covered: HashMap<Provider, Timestamp> = HashMap::new();
    for (provider, from, until) in spans {
        if let Some(last) = covered.get(&provider)
            && from.duration_since(*last) > SignedDuration::from_hours(24)
        {
            gaps.push(Gap { provider, from: *last, until: from });
        }
        let last = covered.entry(provider).or_insert(until);
        *last = (*last).max(until);
    }
    gaps
}
