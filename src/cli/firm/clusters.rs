//! `firm clusters`: what several consenting clients share.

use serde_json::{Value, json};

use crate::batch::cluster::{self, Cluster};
use crate::cli::args::FirmClusters;
use crate::cli::context::Context;
use crate::cli::exit;
use crate::cli::firm::{add, add_failures, each, failures_json, save, worst};
use crate::domain::case::Case;
use crate::domain::consent;
use crate::domain::time;
use crate::render::table::{Cell, Table};
use crate::runtime::error::RuntimeError;

/// Shows what several clients share, of those who agreed.
pub(super) fn clusters(arguments: &FirmClusters, context: &Context) -> Result<u8, RuntimeError> {
    let mut runtime = context.runtime(arguments.matters.at.as_deref())?;
    let mut cases: Vec<(String, Case)> = Vec::new();
    let mut left_out = 0_usize;
    let failed = each(&mut runtime, &arguments.matters, |runtime, matter| {
        let today = time::day(runtime.clock.now(), &matter.zone);
        if consent::lack(matter.case().consent.as_ref(), true, today).is_some() {
            left_out += 1;
        } else {
            cases.push((matter.id.to_string(), matter.case().clone()));
        }
        Ok(())
    })?;
    let found = cluster::clusters(cases.iter().map(|(id, case)| (id.as_str(), case)));
    if let Some(path) = &arguments.out {
        save(path, &cluster_table(&found, context))?;
    }
    let looked_at = (cases.len(), left_out);
    if context.json {
        context.print_json(&as_json(&found, looked_at, &failed, context));
    } else {
        context.print(&as_text(&found, looked_at, &failed, context));
    }
    Ok(worst(&failed, exit::DONE))
}

/// `looked_at`: how many matters were compared, and how many were left out.
fn as_json(
    found: &[Cluster],
    (compared, left_out): (usize, usize),
    failed: &[super::Failed],
    context: &Context,
) -> Value {
    let one = |one: &Cluster| {
        json!({
            "same": one.same.name().en,
            "value": one.value,
            "matters": one.matters,
            "lines": one.lines,
            "net_fen": one.net.fen(),
        })
    };
    json!({
        "schema": 1,
        "looked_at": compared,
        "without_consent": left_out,
        "clusters": found.iter().map(one).collect::<Vec<_>>(),
        "failed": failures_json(failed, context),
    })
}

fn as_text(
    found: &[Cluster],
    (compared, left_out): (usize, usize),
    failed: &[super::Failed],
    context: &Context,
) -> String {
    let mut out = String::new();
    for one in found {
        let (name, value, count) = (one.same.name(), &one.value, one.matters.len());
        let matters: Vec<&str> = one.matters.iter().map(String::as_str).collect();
        let (matters, net, lines) = (matters.join(" "), one.net.grouped(), one.lines);
        let (zh, en) = (&name.zh, &name.en);
        let said = if lines == 0 {
            crate::text!(
                "{zh}：{value}　{count} 位委托人\n  {matters}",
                "{en}: {value}  {count} clients\n  {matters}"
            )
        } else {
            crate::text!(
                "{zh}：{value}　{count} 位委托人，{lines} 笔，净额 {net}\n  {matters}",
                "{en}: {value}  {count} clients, {lines} transactions, net {net}\n  {matters}"
            )
        };
        add(&mut out, &said, context);
    }
    let count = found.len();
    add(
        &mut out,
        &crate::text!(
            "看了 {compared} 个案件（另有 {left_out} 个没有有效的同意，没有看），{count} 处相同。相同只是线索，不等于同一人。",
            "{compared} matters compared ({left_out} without a consent that holds left out), {count} things in common. The same name is not the same person."
        ),
        context,
    );
    add_failures(&mut out, failed, context);
    out
}

fn cluster_table(found: &[Cluster], context: &Context) -> Table {
    let row = |one: &Cluster| {
        let matters: Vec<&str> = one.matters.iter().map(String::as_str).collect();
        vec![
            Cell::Text(context.say(&one.same.name()).to_owned()),
            Cell::Text(one.value.clone()),
            Cell::Count(u32::try_from(one.matters.len()).unwrap_or(u32::MAX)),
            Cell::Count(one.lines),
            Cell::Money(one.net),
            Cell::Text(matters.join("、")),
        ]
    };
    Table {
        name: "相同线索",
        heads: vec![
            ("相同的是", 24),
            ("内容", 30),
            ("委托人数", 10),
            ("笔数", 8),
            ("净额（元）", 16),
            ("本方编号", 60),
        ],
        rows: found.iter().map(row).collect(),
        sums: Vec::new(),
    }
}
