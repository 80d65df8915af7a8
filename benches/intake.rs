//! How long the check of a firm's workbook takes.
//!
//! `cargo bench --bench intake [-- CLIENTS]`, by default 10,000 clients with two transactions
//! each, of which two in a hundred have a fault. CPU time is that of the process (Linux), so that
//! other work on the machine does not count.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a program that measures and prints"
)]

use std::time::Instant;

use appeal_daemon::batch::column::Columns;
use appeal_daemon::batch::intake::{self, Beside};
use appeal_daemon::batch::report;
use appeal_daemon::domain::lang::Lang;
use appeal_daemon::runtime::bundled;
use appeal_daemon::workflow::library::Library;
use jiff::Timestamp;
use rust_xlsxwriter::Workbook;

use crate::support::identity;

mod support;

const WORKFLOW: &str = "wechat-theft";

/// One client in so many has a fault.
const FAULT_EVERY: usize = 50;

/// A cell of a client, by the column's path; what is not named is left empty.
fn cell(path: &str, n: usize) -> Option<String> {
    let faulty = n.is_multiple_of(FAULT_EVERY);
    Some(match path {
        "id" => format!("W-{n:06}"),
        "victim.name" => format!("客户{}", ["甲", "乙", "丙", "丁"][n % 4].repeat(n % 7 + 1)),
        "victim.id_no" if faulty => "990101198001010012".into(),
        "victim.id_no" => identity(n),
        "victim.phone" => format!("138{n:08}"),
        "victim.address" => format!("示例省示例市示例区示例街{n}号"),
        "platform" => "微信".into(),
        "discovered_at" => "2026-09-18 15:20".into(),
        "batch.total" => "150.50".into(),
        "account.id" => format!("wx_{n}"),
        "consent.purpose" => "代为申诉、报案、理赔".into(),
        "consent.date" => "2026-09-20".into(),
        "facts.code_given" | "facts.screen_shared" | "facts.phone_lent" => "否".into(),
        _ => return None,
    })
}

fn line(path: &str, n: usize) -> Option<String> {
    Some(match path {
        "id" => format!("W-{:06}", n / 2),
        "at" => "2026-09-18 03:11:05".into(),
        "amount" => if n.is_multiple_of(2) { "100.10" } else { "50.40" }.into(),
        "payee" => "示例数码专营店".into(),
        "order_no" => format!("4200001121202609{n:012}"),
        "channel" => "零钱".into(),
        "how" => "不是我操作的".into(),
        _ => return None,
    })
}

fn workbook(columns: &Columns, clients: usize) -> Vec<u8> {
    let mut book = Workbook::new();
    let names = ["id", "at", "amount", "payee", "order_no", "channel", "how"];
    let title = |path: &str| columns.at(path).unwrap().entry.zh;
    let sheet = book.add_worksheet().set_name("案件").unwrap();
    let shown = columns.all.iter().map(|column| column.entry.path);
    for (index, path) in (0_u16..).zip(shown.filter(|path| cell(path, 1).is_some())) {
        sheet.write_string(0, index, title(path)).unwrap();
        for n in 0..clients {
            let line = u32::try_from(n + 1).unwrap();
            sheet.write_string(line, index, cell(path, n).unwrap()).unwrap();
        }
    }
    let sheet = book.add_worksheet().set_name("交易").unwrap();
    for (index, path) in (0_u16..).zip(names) {
        sheet.write_string(0, index, title(path)).unwrap();
        for n in 0..clients * 2 {
            let at = u32::try_from(n + 1).unwrap();
            sheet.write_string(at, index, line(path, n).unwrap()).unwrap();
        }
    }
    book.save_to_buffer().unwrap()
}

/// CPU time of this process in hundredths of a second, where the system tells it.
fn cpu() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = text.rsplit(')').next()?.split_whitespace().collect();
    Some(fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?)
}

fn measured<T>(what: &str, run: impl FnOnce() -> T) -> T {
    let (before, start) = (cpu(), Instant::now());
    let made = run();
    let wall = start.elapsed().as_millis();
    match (before, cpu()) {
        (Some(before), Some(after)) => {
            println!("{what}: {} ms CPU, {wall} ms wall", (after - before) * 10);
        }
        _ => println!("{what}: {wall} ms wall"),
    }
    made
}

fn main() {
    let given = std::env::args().skip(1).find_map(|argument| argument.parse().ok());
    let clients: usize = given.unwrap_or(10_000);
    let library = Library::load(bundled::files(None).unwrap()).unwrap();
    let workflow = library.workflow(WORKFLOW).unwrap().workflow.unwrap();
    let columns = Columns::of(&workflow, &library.packs);
    let bytes = workbook(&columns, clients);
    let now: Timestamp = "2026-11-20T00:00:00Z".parse().unwrap();
    println!("{clients} clients, {} transactions, {} KiB", clients * 2, bytes.len() / 1024);
    let (intake, _) = measured("check", || {
        intake::read(&bytes, |_| Some(columns.clone()), &Beside::at(now)).unwrap()
    });
    let report = measured("report", || report::report(&intake, Lang::Zh).unwrap());
    let errors = intake.findings.iter().filter(|finding| finding.is_error()).count();
    println!("{} good, {errors} errors, report {} KiB", intake.good(), report.len() / 1024);
}
