//! One row of a table → one line. Unknown words are kept, never guessed away: a row is only left
//! out when it has no time or no amount, and then it is reported.

use crate::bills::cell::{self, is_blank};
use crate::bills::layout::{Bound, Role, Sign};
use crate::bills::limits::CELL_BYTES;
use crate::bills::line::{Flow, Line, Outcome, Parts, Place, Provider};
use crate::bills::moment::{self, Fineness};
use crate::domain::lang::Text;
use crate::domain::money::Money;
use crate::text;
use jiff::Timestamp;

/// Why a row is not a transaction.
#[derive(Debug, PartialEq, Eq)]
pub enum NoLine {
    /// Its time cell holds no time; the row may be a footer.
    Time,
    /// Its amount cannot be read.
    Amount(String),
}

impl NoLine {
    /// Returns the reason in both languages.
    pub fn text(&self) -> Text {
        match self {
            Self::Time => text!("没有交易时间", "no time of transaction"),
            Self::Amount(cell) if cell.is_empty() => text!("没有金额", "no amount"),
            Self::Amount(cell) => {
                text!("金额读不出来：{cell}", "the amount cannot be read: {cell}")
            }
        }
    }
}

/// Builds lines from rows, reusing its buffers.
#[derive(Debug, Default)]
pub struct Assembler {
    scratch: String,
    /// Year and month of a card statement whose rows have no year.
    pub statement: Option<(i64, i64)>,
    /// Cells that were longer than the limit and are kept cut.
    pub cut_cells: u64,
}

impl Assembler {
    /// Reads one row.
    pub fn line(
        &mut self,
        bound: &Bound,
        row: &csv::StringRecord,
        place: Place,
    ) -> Result<Line, NoLine> {
        let (at, fineness) = self.time(bound, row).ok_or(NoLine::Time)?;
        let amount_cell = bound.cell(Role::Amount, row);
        let (signed, flow) = money(bound, row, amount_cell)
            .ok_or_else(|| NoLine::Amount(amount_cell.chars().take(40).collect()))?;
        let amount = Money::from_fen(signed.fen().abs());
        let status = bound.cell(Role::Status, row);
        let kind = bound.cell(Role::Kind, row);
        let (flow, outcome, refunded) =
            settle(bound, row, &Seen { flow, amount, amount_cell, status, kind });
        let mut payee = bound.cell(Role::Payee, row);
        if is_blank(payee) {
            payee = bound.cell(Role::PayeeInstead, row);
        }
        let texts = [
            unblank(payee),
            kind,
            unblank(bound.cell(Role::Goods, row)),
            unblank(bound.cell(Role::Method, row)),
            status,
            unblank(bound.cell(Role::Id, row)),
            unblank(bound.cell(Role::MerchantId, row)),
            unblank(bound.cell(Role::Note, row)),
            cell::country(bound.cell(Role::Country, row)),
            unblank(bound.cell(Role::Site, row)),
            unblank(bound.cell(Role::Via, row)),
        ];
        let texts = texts.map(|text| self.shorten(text));
        Ok(Line {
            at,
            fineness,
            amount,
            refunded: refunded.min(amount),
            flow,
            outcome,
            provider: bound.provider,
            currency: currency(bound.cell(Role::Currency, row), amount_cell),
            place,
            parts: Parts::new(&mut self.scratch, texts),
        })
    }

    fn shorten<'a>(&mut self, text: &'a str) -> &'a str {
        if text.len() <= CELL_BYTES {
            return text;
        }
        self.cut_cells += 1;
        &text[..text.floor_char_boundary(CELL_BYTES)]
    }

    fn time(&self, bound: &Bound, row: &csv::StringRecord) -> Option<(Timestamp, Fineness)> {
        let mut date = bound.cell(Role::Time, row);
        if date.is_empty() {
            date = bound.cell(Role::TimeInstead, row);
        }
        if date.len() < 4 {
            return None;
        }
        let clock = bound.cell(Role::Clock, row);
        if clock.is_empty() || clock.bytes().all(|byte| byte == b'-') {
            return moment::time(date, bound.order).or_else(|| self.yearless(date));
        }
        moment::time(&format!("{date} {clock}"), bound.order)
            .or_else(|| moment::time(date, bound.order))
    }

    /// Reads `12/29` of a January statement as December of the year before.
    fn yearless(&self, date: &str) -> Option<(Timestamp, Fineness)> {
        let (year, statement_month) = self.statement?;
        let (month, day) = date.split_once('/')?;
        let month: i64 = month.parse().ok()?;
        let year = if month > statement_month { year - 1 } else { year };
        Some((moment::instant(year, month, day.parse().ok()?, 0)?, Fineness::Day))
    }
}

fn unblank(cell: &str) -> &str {
    if is_blank(cell) { "" } else { cell }
}

/// Returns the amount and which way it went.
fn money(bound: &Bound, row: &csv::StringRecord, cell: &str) -> Option<(Money, Flow)> {
    if bound.sign == Sign::TwoColumns {
        return two_columns(bound.cell(Role::Out, row), bound.cell(Role::In, row));
    }
    let amount = cell::amount(cell)?;
    let by_minus = |minus: Flow, plus: Flow| if amount.fen() < 0 { minus } else { plus };
    let flow = match bound.sign {
        Sign::Column => flow_word(bound.cell(Role::Flow, row)),
        Sign::MinusIsIn => by_minus(Flow::In, Flow::Out),
        Sign::MinusIsOut | Sign::TwoColumns => by_minus(Flow::Out, Flow::In),
        Sign::Words => flow_of_words(bound.cell(Role::Kind, row)),
    };
    Some((amount, flow))
}

/// A card statement writes what came back as a negative number in its column.
fn two_columns(out: &str, income: &str) -> Option<(Money, Flow)> {
    let read = |cell: &str| cell::amount(cell).filter(|amount| !amount.is_zero());
    match (read(out), read(income)) {
        (Some(out), _) if out.fen() > 0 => Some((out, Flow::Out)),
        (Some(back), None) => Some((back, Flow::In)),
        (_, Some(income)) if income.fen() > 0 => Some((income, Flow::In)),
        (_, Some(taken)) => Some((taken, Flow::Out)),
        (None, None) => {
            cell::amount(out).or_else(|| cell::amount(income)).map(|zero| (zero, Flow::Neutral))
        }
    }
}

fn flow_word(word: &str) -> Flow {
    let starts = |words: &[&str]| words.iter().any(|found| word.starts_with(found));
    let is = |words: &[&str]| words.iter().any(|found| word.eq_ignore_ascii_case(found));
    if starts(&["支", "借", "出", "付", "取", "转出", "消费", "Dr"])
        || is(&["debit", "dr", "d", "out", "expense", "withdrawal", "-"])
    {
        Flow::Out
    } else if starts(&["收", "贷", "入", "存", "转入", "退", "Cr"])
        || is(&["credit", "cr", "c", "in", "income", "deposit", "+"])
    {
        Flow::In
    } else {
        Flow::Neutral
    }
}

fn flow_of_words(summary: &str) -> Flow {
    let back = ["退货", "退款", "还款", "入账", "返现", "存入", "利息收入"];
    if back.iter().any(|word| summary.contains(word)) { Flow::In } else { Flow::Out }
}

fn currency(cell: &str, amount_cell: &str) -> [u8; 3] {
    let from = if cell.is_empty() { amount_cell } else { cell };
    let letters = from.as_bytes().first_chunk::<3>();
    match letters {
        Some(code) if code.iter().all(u8::is_ascii_uppercase) && code != b"RMB" => *code,
        _ if cell.contains("美元") => *b"USD",
        _ if cell.contains("港") => *b"HKD",
        _ if cell.contains("欧元") => *b"EUR",
        _ if cell.contains("日元") => *b"JPY",
        _ => *b"CNY",
    }
}

struct Seen<'a> {
    flow: Flow,
    amount: Money,
    amount_cell: &'a str,
    status: &'a str,
    kind: &'a str,
}

/// States in which no money has moved.
const NOT_PAID: &[&str] = &[
    "等待付款",
    "待付款",
    "已关闭",
    "还款失败",
    "支付失败",
    "付款失败",
    "已取消",
    "已撤销",
    "交易失败",
];

/// States that need no further look.
const SETTLED: &[&str] = &[
    "支付成功",
    "已转账",
    "对方已收钱",
    "朋友已收钱",
    "已收钱",
    "已存入零钱",
    "已转入零钱通",
    "已到账",
    "充值完成",
    "充值成功",
    "提现已到账",
    "交易成功",
    "等待确认收货",
    "还款成功",
    "代付成功",
    "付款成功",
    "解冻成功",
    "冻结成功",
    "信用服务使用成功",
    "退款成功",
    "POSTED",
    "已支付",
    "支付中",
    "提现成功",
];

/// Decides what became of the row, and how much of it came back.
fn settle(bound: &Bound, row: &csv::StringRecord, seen: &Seen<'_>) -> (Flow, Outcome, Money) {
    let Seen { flow, amount, status, kind, .. } = *seen;
    if !bound.provider.is_wallet() && status.is_empty() {
        return (flow, Outcome::Settled, Money::ZERO);
    }
    let refund_row = flow != Flow::Out
        && (kind.ends_with("-退款")
            || kind == "退款"
            || status == "退款成功"
            || flow == Flow::In && status.starts_with("已退款"));
    if refund_row {
        return (Flow::In, Outcome::RefundRow, Money::ZERO);
    }
    let stated = bound.column(Role::Refunded).is_some() || seen.amount_cell.ends_with([')', '）']);
    if !stated && SETTLED.contains(&status) {
        return (flow, Outcome::Settled, Money::ZERO);
    }
    if NOT_PAID.iter().any(|word| status.starts_with(word)) || status.contains("失败") {
        return (flow, Outcome::NotPaid, Money::ZERO);
    }
    if bound.provider == Provider::Alipay && status == "交易关闭" {
        // A closed order that counts as spending was paid first and then wholly refunded.
        return match flow {
            Flow::Out => (flow, Outcome::Refunded, amount),
            _ => (flow, Outcome::NotPaid, Money::ZERO),
        };
    }
    let full = ["全额退款", "对方已退还", "已退还", "已全额退回"];
    if full.iter().any(|word| status.contains(word) || seen.amount_cell.contains(word)) {
        return (flow, Outcome::Refunded, amount);
    }
    let back = cell::refunded_amount(status)
        .or_else(|| cell::refunded_amount(seen.amount_cell))
        .or_else(|| cell::amount(bound.cell(Role::Refunded, row)))
        .filter(|back| back.fen() > 0);
    match back {
        Some(back) => (flow, Outcome::Refunded, back),
        None if status.is_empty() || SETTLED.contains(&status) => {
            (flow, Outcome::Settled, Money::ZERO)
        }
        None => (flow, Outcome::Unknown, Money::ZERO),
    }
}
