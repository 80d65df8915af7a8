//! `firm recovery`: what was lost, recovered and spent, and what may be charged.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::batch::records::COSTS;
use crate::cli::args::FirmRecovery;
use crate::cli::batch_returns;
use crate::cli::context::Context;
use crate::cli::exit;
use crate::cli::firm::{add, add_failures, each, failures_json, save, worst};
use crate::domain::lang::Text;
use crate::domain::money::Money;
use crate::render::table::{Cell, Table};
use crate::runtime::error::RuntimeError;
use crate::runtime::firm::books::Account;

/// Writes the ledger of recoveries.
pub(super) fn recovery(arguments: &FirmRecovery, context: &Context) -> Result<u8, RuntimeError> {
    let costs = costs(arguments)?;
    let mut runtime = context.runtime(arguments.matters.at.as_deref())?;
    let mut rows: Vec<(String, String, Account)> = Vec::new();
    let failed = each(&mut runtime, &arguments.matters, |runtime, matter| {
        let spent = costs.get(matter.id.as_str()).copied().unwrap_or_default();
        let client = matter.case().victim.name.clone().unwrap_or_default();
        rows.push((matter.id.to_string(), client, runtime.account(matter, spent)));
        Ok(())
    })?;
    let strays: Vec<&String> =
        costs.keys().filter(|number| !rows.iter().any(|(id, _, _)| id == *number)).collect();
    if let Some(path) = &arguments.out {
        save(path, &recovery_table(&rows))?;
    }
    show(&Shown { rows: &rows, strays: &strays, failed: &failed }, context);
    let otherwise = if strays.is_empty() { exit::DONE } else { exit::INPUT };
    Ok(worst(&failed, otherwise))
}

/// What the ledger of recoveries shows.
struct Shown<'a> {
    rows: &'a [(String, String, Account)],
    strays: &'a [&'a String],
    failed: &'a [super::Failed],
}

fn show(shown: &Shown<'_>, context: &Context) {
    let Shown { rows, strays, failed } = *shown;
    let total =
        |of: &dyn Fn(&Account) -> Money| rows.iter().map(|(_, _, one)| of(one)).sum::<Money>();
    let (net, counted) = (total(&|one| one.net), total(&|one| one.counted));
    let (left, fees) = (total(&|one| one.outstanding), total(&|one| one.fee.unwrap_or_default()));
    if context.json {
        let shown: Vec<Value> = rows.iter().map(account_json).collect();
        let failed = failures_json(failed, context);
        context.print_json(&json!({
            "schema": 1, "rows": shown, "unknown_costs": strays, "failed": failed,
            "net_fen": net.fen(), "counted_fen": counted.fen(),
            "outstanding_fen": left.fen(), "fee_fen": fees.fen(),
        }));
        return;
    }
    let mut out = String::new();
    for row in rows {
        let _ = writeln!(out, "{}", line(row, context));
    }
    let (net, counted, left, fees) =
        (net.grouped(), counted.grouped(), left.grouped(), fees.grouped());
    add(
        &mut out,
        &crate::text!(
            "合计：净损失 {net}，计入的收回 {counted}，未收回 {left}，律师费 {fees}",
            "total: net loss {net}, recovered {counted}, outstanding {left}, fees {fees}"
        ),
        context,
    );
    for number in strays {
        add(
            &mut out,
            &crate::text!(
                "✗ 费用表里的 {number} 不在这些案件里",
                "✗ {number} of the table of costs is none of these matters"
            ),
            context,
        );
    }
    add_failures(&mut out, failed, context);
    context.print(&out);
}

fn line((id, client, one): &(String, String, Account), context: &Context) -> String {
    let above = if one.above.is_zero() {
        String::new()
    } else {
        format!("　{} {}", context.word("超出损失", "above the loss"), one.above.grouped())
    };
    format!(
        "{id}　{client}　{} {}　{} {}　{} {}{above}",
        context.word("净损失", "net loss"),
        one.net.grouped(),
        context.word("已收回", "recovered"),
        one.recovered.grouped(),
        context.word("律师费", "fee"),
        one.fee.map_or_else(|| "–".to_owned(), Money::grouped),
    )
}

/// What was spent, by matter.
fn costs(arguments: &FirmRecovery) -> Result<BTreeMap<String, Money>, RuntimeError> {
    let mut costs: BTreeMap<String, Money> = BTreeMap::new();
    let Some(path) = &arguments.costs else { return Ok(costs) };
    for record in batch_returns::table(path, &COSTS)? {
        let (number, amount) = (record.get("number"), record.get("amount"));
        let parsed = amount.and_then(|amount| Money::parse(amount).ok());
        let (Some(number), Some(sum)) = (number, parsed.filter(|sum| sum.fen() >= 0)) else {
            let line = record.line;
            return Err(RuntimeError::asked(
                crate::text!(
                    "费用表第 {line} 行没有编号或者金额不对",
                    "row {line} of the costs has no number or no amount"
                ),
                Text::new("写成 W-001,25.00 的形式", "write it like W-001,25.00"),
            ));
        };
        let known = costs.entry(number.to_owned()).or_default();
        *known = *known + sum;
    }
    Ok(costs)
}

fn account_json((id, _, one): &(String, String, Account)) -> Value {
    json!({
        "case": id,
        "lost_fen": one.lost.fen(),
        "refunded_fen": one.refunded.fen(),
        "net_fen": one.net.fen(),
        "recovered_fen": one.recovered.fen(),
        "counted_fen": one.counted.fen(),
        "above_fen": one.above.fen(),
        "outstanding_fen": one.outstanding.fen(),
        "costs_fen": one.costs.fen(),
        "fee_fen": one.fee.map(Money::fen),
    })
}

fn recovery_table(rows: &[(String, String, Account)]) -> Table {
    let row = |(id, client, one): &(String, String, Account)| {
        let mut cells = vec![Cell::Text(id.clone()), Cell::Text(client.clone())];
        let sums = [
            one.lost,
            one.refunded,
            one.net,
            one.recovered,
            one.counted,
            one.above,
            one.outstanding,
            one.costs,
        ];
        cells.extend(sums.map(Cell::Money));
        cells.push(one.fee.map_or(Cell::Empty, Cell::Money));
        cells
    };
    Table {
        name: "收回台账",
        heads: vec![
            ("本方编号", 16),
            ("委托人", 12),
            ("损失（元）", 14),
            ("已退回（元）", 14),
            ("净损失（元）", 14),
            ("已收回（元）", 14),
            ("计入收回（元）", 14),
            ("超出损失（元）", 14),
            ("未收回（元）", 14),
            ("办案费用（元）", 14),
            ("律师费（元）", 14),
        ],
        rows: rows.iter().map(row).collect(),
        sums: (2..=10).collect(),
    }
}
