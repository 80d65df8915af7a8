//! A timeline of payments as plain numbers, for a page to draw: no floats, no drawing, no judging.
//! All positions and heights are permille of the chart's width and height.

use jiff::Timestamp;
use serde::Serialize;

use crate::bills::finding::reason::Finding;
use crate::bills::ledger::Ledger;
use crate::bills::moment::BILL_OFFSET_SECONDS;
use crate::domain::money::Money;

/// The most bars that can still be told apart on a page.
const BARS: i64 = 120;

/// The most suspicious rows that are marked one by one.
const MARKS: usize = 200;

const HOUR: i64 = 3600;
const DAY: i64 = 86_400;

/// The lengths of time that a bar may stand for, in seconds.
const STEPS: [i64; 8] = [HOUR, 2 * HOUR, 6 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY, 28 * DAY];

/// What stretch of time a chart shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stretch {
    /// Everything on the bills.
    Whole,
    /// The days of the findings, with as many days before and after.
    Around {
        /// How many.
        days: u16,
    },
}

/// A timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Chart {
    /// `hours` or `days`: what a bar stands for is [`Chart::step`] of these.
    pub unit: &'static str,
    /// How many hours or days a bar stands for.
    pub step: i64,
    /// The first day shown, `2025-01-10`.
    pub from: String,
    /// The last day shown.
    pub until: String,
    /// The sum of the highest bar, in fen; bars reach from nothing to it.
    pub top_fen: i64,
    /// The bars that hold anything, from left to right.
    pub bars: Vec<Bar>,
    /// The suspicious rows, from left to right.
    pub marks: Vec<Mark>,
    /// Suspicious rows beyond the most that are marked.
    pub unmarked: usize,
    /// Words below the axis.
    pub ticks: Vec<Tick>,
}

/// What was paid in one step of time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Bar {
    /// Left edge, in permille of the width.
    pub x: i64,
    /// Width, in permille.
    pub width: i64,
    /// Height of all payments, in permille of [`Chart::top_fen`].
    pub height: i64,
    /// Height of the suspicious part, in permille; never more than `height`.
    pub marked_height: i64,
    /// All payments, in fen.
    pub fen: i64,
    /// The suspicious part, in fen.
    pub marked_fen: i64,
    /// How many payments.
    pub rows: u32,
    /// How many suspicious ones.
    pub marked_rows: u32,
}

/// One suspicious row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mark {
    /// Index into the ledger's events.
    #[serde(skip)]
    pub event: usize,
    /// Position, in permille of the width.
    pub x: i64,
    /// Height of its own amount, in permille.
    pub height: i64,
    /// The bill's wall clock, `2025-01-10 03:44:02`.
    pub at: String,
    /// The amount, in fen.
    pub fen: i64,
    /// Who was paid.
    pub payee: String,
    /// The number the row has in `bills --json`.
    pub id: String,
}

/// A word below the axis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tick {
    /// Position, in permille of the width.
    pub x: i64,
    /// `01-10`, or `03:00` within a few days.
    pub label: String,
}

/// One payment on the axis, in seconds of the bill's wall clock.
struct Payment<'a> {
    wall: i64,
    fen: i64,
    finding: Option<&'a Finding>,
}

/// The axis: where it begins and how it is cut.
struct Axis {
    from: i64,
    step: i64,
    steps: i64,
}

impl Axis {
    /// Covers whole days, cut so finely that the bars can still be told apart.
    fn of(first: i64, last: i64) -> Self {
        let from = first.div_euclid(DAY) * DAY;
        let length = (last.div_euclid(DAY) + 1) * DAY - from;
        let fits = |step: &&i64| length <= **step * BARS;
        let step = STEPS.iter().find(fits).copied().unwrap_or_else(|| {
            // Bills of many years: as many weeks as it takes.
            (length / BARS / (7 * DAY) + 1) * 7 * DAY
        });
        Self { from, step, steps: (length + step - 1) / step }
    }

    fn permille(&self, wall: i64) -> i64 {
        (wall - self.from) * 1000 / (self.steps * self.step).max(1)
    }

    fn bar(&self, wall: i64) -> usize {
        usize::try_from((wall - self.from) / self.step).unwrap_or(0)
    }

    fn left(&self, bar: usize) -> i64 {
        i64::try_from(bar).unwrap_or(0) * 1000 / self.steps.max(1)
    }

    fn ticks(&self) -> Vec<Tick> {
        let hourly = self.step * self.steps <= 3 * DAY;
        let apart = if hourly { 6 * HOUR } else { (self.step * self.steps / 6 / DAY).max(1) * DAY };
        let count = (self.step * self.steps + apart - 1) / apart;
        (0..count)
            .map(|at| self.from + at * apart)
            .map(|wall| Tick {
                x: self.permille(wall),
                label: written(wall, if hourly { "%H:%M" } else { "%m-%d" }),
            })
            .collect()
    }
}

fn written(wall: i64, form: &str) -> String {
    Timestamp::from_second(wall)
        .map(|at| at.to_zoned(jiff::tz::TimeZone::UTC).strftime(form).to_string())
        .unwrap_or_default()
}

/// Lays out the payments of a ledger; `None` when there is nothing to show.
pub fn chart(ledger: &Ledger, findings: &[Finding], stretch: Stretch) -> Option<Chart> {
    let mut found: Vec<Option<&Finding>> = vec![None; ledger.events.len()];
    for finding in findings {
        found[finding.event] = Some(finding);
    }
    let mut payments: Vec<Payment<'_>> = ledger
        .events
        .iter()
        .zip(found)
        .filter(|(event, finding)| finding.is_some() || event.is_spending())
        .map(|(event, finding)| Payment {
            wall: event.line.at.as_second() + BILL_OFFSET_SECONDS,
            fen: event.line.amount.fen(),
            finding,
        })
        .collect();
    narrow(&mut payments, stretch);
    let axis = Axis::of(payments.first()?.wall, payments.last()?.wall);
    let mut bars = bars(&payments, &axis);
    let top_fen = bars.iter().map(|bar| bar.fen).max().unwrap_or(0);
    let height = |fen: i64| fen.saturating_mul(1000) / top_fen.max(1);
    for bar in &mut bars {
        bar.height = height(bar.fen);
        bar.marked_height = height(bar.marked_fen);
    }
    let marked = || payments.iter().filter_map(|payment| Some((payment, payment.finding?)));
    let mark = |(payment, finding): (&Payment<'_>, &Finding)| {
        let line = &ledger.events[finding.event].line;
        Mark {
            event: finding.event,
            x: axis.permille(payment.wall),
            height: height(payment.fen),
            at: written(payment.wall, "%Y-%m-%d %H:%M:%S"),
            fen: payment.fen,
            payee: line.payee().to_owned(),
            id: line.identifier(),
        }
    };
    let daily = axis.step >= DAY;
    Some(Chart {
        unit: if daily { "days" } else { "hours" },
        step: axis.step / if daily { DAY } else { HOUR },
        from: written(axis.from, "%Y-%m-%d"),
        until: written(payments.last()?.wall, "%Y-%m-%d"),
        top_fen,
        bars,
        marks: marked().take(MARKS).map(mark).collect(),
        unmarked: marked().count().saturating_sub(MARKS),
        ticks: axis.ticks(),
    })
}

/// Keeps the payments of the stretch asked for; without findings that is everything.
fn narrow(payments: &mut Vec<Payment<'_>>, stretch: Stretch) {
    let Stretch::Around { days } = stretch else { return };
    let marked = || payments.iter().filter(|payment| payment.finding.is_some());
    let (Some(first), Some(last)) = (marked().next(), marked().next_back()) else { return };
    let margin = i64::from(days) * DAY;
    let from = first.wall.div_euclid(DAY) * DAY - margin;
    let until = (last.wall.div_euclid(DAY) + 1) * DAY + margin;
    payments.retain(|payment| (from..until).contains(&payment.wall));
}

/// Sums what lies in each step; bars that hold nothing are left out.
fn bars(payments: &[Payment<'_>], axis: &Axis) -> Vec<Bar> {
    let mut bars: Vec<(usize, Bar)> = Vec::new();
    for payment in payments {
        let at = axis.bar(payment.wall);
        if bars.last().is_none_or(|(last, _)| *last != at) {
            let (x, next) = (axis.left(at), axis.left(at + 1));
            let blank = Bar {
                x,
                width: next - x,
                height: 0,
                marked_height: 0,
                fen: 0,
                marked_fen: 0,
                rows: 0,
                marked_rows: 0,
            };
            bars.push((at, blank));
        }
        let Some((_, bar)) = bars.last_mut() else { continue };
        bar.fen = bar.fen.saturating_add(payment.fen);
        bar.rows += 1;
        if payment.finding.is_some() {
            bar.marked_fen = bar.marked_fen.saturating_add(payment.fen);
            bar.marked_rows += 1;
        }
    }
    bars.into_iter().map(|(_, bar)| bar).collect()
}

impl Chart {
    /// Returns the sum of the suspicious rows shown.
    pub fn marked(&self) -> Money {
        self.bars.iter().map(|bar| Money::from_fen(bar.marked_fen)).sum()
    }
}
