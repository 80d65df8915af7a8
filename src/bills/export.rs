//! One export: its lines, what was left out and why, and whether it adds up.

use crate::bills::cell;
use crate::bills::error::BillError;
use crate::bills::layout::Bound;
use crate::bills::line::{Flow, Line, Outcome, Provider};
use crate::bills::preamble::{Declared, Preamble};
use crate::bills::table::{Collector, Skip};
use crate::domain::lang::Text;
use crate::text;

/// The rows of a file by direction, as the file itself counts them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// 支出, before refunds.
    pub expense: Declared,
    /// 收入.
    pub income: Declared,
    /// 不计收支.
    pub neutral: Declared,
}

/// A file that was read.
#[derive(Clone, Debug)]
pub struct Export {
    /// Its name; a file of an archive has the archive's name before a `!`.
    pub path: String,
    /// Who wrote it.
    pub provider: Provider,
    /// Which generation of its format it is.
    pub generation: String,
    /// The encoding of its text.
    pub encoding: &'static str,
    /// Its lines, in the order of the file.
    pub lines: Vec<Line>,
    /// The first rows left out, and why.
    pub skips: Vec<Skip>,
    /// All rows left out.
    pub skipped: usize,
    /// What it says about itself.
    pub preamble: Preamble,
    /// The names of its columns, for a draft of a column map.
    pub names: Vec<String>,
    /// Its own sums.
    pub sums: Sums,
    /// What a person should know before relying on it.
    pub warnings: Vec<Text>,
}

impl Export {
    /// Finishes a reading: a file without lines is an error, everything doubtful a warning.
    pub(crate) fn finish(
        path: String,
        encoding: &'static str,
        numbers: Option<bool>,
        mut rows: Collector<'_>,
    ) -> Result<Self, BillError> {
        if let Some(failure) = rows.failure() {
            return Err(failure);
        }
        let bound = rows.first.take().ok_or(BillError::NoRows { skipped: 0, first: None })?;
        let lines = std::mem::take(&mut rows.lines);
        let sums = sums(&lines);
        let mut warnings = Vec::new();
        warn_of_totals(bound.provider, &rows.preamble, &sums, lines.len(), &mut warnings);
        warn_of_rows(&rows, &lines, &mut warnings);
        Ok(Self {
            path,
            provider: bound.provider,
            generation: generation(&bound, &rows.preamble, numbers),
            encoding,
            names: rows.names.iter().flatten().map(str::to_owned).collect(),
            sums,
            lines,
            skips: rows.skips,
            skipped: rows.skipped,
            preamble: rows.preamble,
            warnings,
        })
    }
}

fn generation(bound: &Bound, preamble: &Preamble, numbers: Option<bool>) -> String {
    let detail = match (bound.provider, numbers) {
        (Provider::WeChat, None) => "-csv",
        (Provider::WeChat, Some(false)) => "-xlsx-text",
        (Provider::WeChat, Some(true)) => "-xlsx-number",
        (Provider::Alipay, _) if bound.generation == "alipay-app" => {
            let first = |role| bound.column(role);
            let flow_first = first(crate::bills::layout::Role::Flow) == Some(0);
            match preamble.entity.as_deref() {
                _ if flow_first => "-2021",
                Some(entity) if entity.contains("支付科技") => "-2025",
                _ => "-2023",
            }
        }
        _ => "",
    };
    format!("{}{detail}", bound.generation)
}

/// Sums the rows by direction. JD declares what was spent after refunds, the others before.
fn sums(lines: &[Line]) -> Sums {
    let mut sums = Sums::default();
    for line in lines.iter().filter(|line| line.is_yuan()) {
        let refund_of_neutral = line.outcome == Outcome::RefundRow
            && line.provider != Provider::WeChat
            && line.provider != Provider::Meituan;
        let slot = match line.flow {
            _ if refund_of_neutral => &mut sums.neutral,
            Flow::Out => &mut sums.expense,
            Flow::In => &mut sums.income,
            Flow::Neutral => &mut sums.neutral,
        };
        let net = line.provider == Provider::Jd && line.flow == Flow::Out;
        slot.rows += 1;
        slot.sum = slot.sum + if net { line.amount - line.refunded } else { line.amount };
    }
    sums
}

/// Compares what the file declares with what was read. A difference is a warning only: the owner
/// may have deleted rows, and wallets themselves say that their sums may differ.
fn warn_of_totals(
    provider: Provider,
    preamble: &Preamble,
    sums: &Sums,
    rows: usize,
    warnings: &mut Vec<Text>,
) {
    if let Some(declared) = preamble.rows.filter(|declared| *declared != rows as u64) {
        warnings.push(text!(
            "文件写明共 {declared} 笔，读到 {rows} 笔：可能被截断、删过行或另存过",
            "the file declares {declared} rows and {rows} were read: it may be cut off, trimmed or re-saved"
        ));
    }
    let pairs = [
        ("支出", "expense", preamble.expense, sums.expense),
        ("收入", "income", preamble.income, sums.income),
        ("不计收支", "neutral", preamble.neutral, sums.neutral),
    ];
    for (zh, en, declared, found) in pairs {
        let Some(declared) = declared.filter(|declared| declared.sum != found.sum) else {
            continue;
        };
        let (stated, read) = (declared.sum.grouped(), found.sum.grouped());
        // Their own notes say that rows added up may come to another sum.
        let same_rows = preamble.rows.is_none_or(|declared| declared == rows as u64);
        let own = matches!(provider, Provider::Jd | Provider::Meituan) && same_rows;
        let (why_zh, why_en) = if own {
            (
                "；笔数相符，平台写明它的统计口径不同",
                "; the count agrees, and the platform says that it counts sums differently",
            )
        } else {
            ("", "")
        };
        warnings.push(text!(
            "{zh}：文件写明 {stated} 元，读到 {read} 元{why_zh}",
            "{en}: the file declares {stated}, {read} was read{why_en}"
        ));
    }
}

fn warn_of_rows(rows: &Collector<'_>, lines: &[Line], warnings: &mut Vec<Text>) {
    if rows.skipped > 0 {
        let skipped = rows.skipped;
        warnings.push(text!("{skipped} 行没有读入", "{skipped} rows were left out"));
    }
    if !rows.unknown_states.is_empty() {
        let states = rows.unknown_states.iter().cloned().collect::<Vec<_>>().join("、");
        warnings.push(text!(
            "不认识的交易状态，按已付款计：{states}",
            "states not known, counted as paid: {states}"
        ));
    }
    if rows.last_row_short && lines.first().is_some_and(|line| line.provider.is_wallet()) {
        warnings.push(text!(
            "最后一行不完整，文件可能被截断",
            "the last row is incomplete: the file may be cut off"
        ));
    }
    let destroyed = lines.iter().filter(|line| cell::is_destroyed(line.id())).count();
    if destroyed > 0 {
        warnings.push(text!(
            "{destroyed} 个订单号被 Excel 改成了科学计数法：请重新导出，原文件不要用 Excel 打开",
            "{destroyed} order numbers were destroyed by a spreadsheet: export again and do not open the original in it"
        ));
    }
    let foreign = lines.iter().filter(|line| !line.is_yuan()).count();
    if foreign > 0 {
        warnings.push(text!(
            "{foreign} 行是外币，不计入合计",
            "{foreign} rows are in foreign currency and not in the totals"
        ));
    }
    if rows.cut_cells() > 0 {
        warnings.push(text!("有过长的单元格被截短", "cells that were too long are kept cut"));
    }
}
