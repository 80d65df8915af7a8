//! What a batch costs: from a workbook of clients to four papers and a bundle each.
//!
//! `cargo bench --bench batch [-- clients=N workers=N]`; by default 100 and 300 clients, with one
//! worker and with two. CPU time is that of the program (Linux), so that other work on the machine
//! counts little; the wall time stands beside it. All runs of as many clients must give the same
//! files.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    reason = "a program that measures and prints"
)]

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use appeal_daemon::domain::digest::Digest;

use crate::support::{asked_number, children, identity};

mod support;

const PROGRAM: &str = env!("CARGO_BIN_EXE_appeal-daemon");

/// Four letters to three recipients, and a bundle.
const WORKFLOW: &str = r#"
schema = 1
id = "four-papers"
version = 1
name = "四份文书和打包"
name_en = "Four papers and a bundle"
sources = ["benches/batch.rs"]
subject = "微信支付账户"
institution = "财付通支付科技有限公司"

[clock]
start = "case.discovered_at"

[step.letter]
title = "向支付机构申诉"
title_en = "Appeal"
action = "submit"
to = "tencent.kefu-mini"
needs = []
template = "appeal-letter"
on_silence = {}

[step.police]
title = "报案"
title_en = "Report to the police"
action = "submit"
to = "police.station"
needs = []
template = "police-statement"
attach = ["case-timeline"]
on_silence = {}

[step.demand]
title = "寄出催告函"
title_en = "Demand by post"
action = "submit"
to = "tenpay.registered-post"
needs = []
template = "demand-letter"
on_silence = {}

[step.bundle]
title = "打包"
title_en = "Bundle"
action = "bundle"
needs = []
"#;

const HEADS: &str = "本方编号,平台,谁知道支付密码,姓名,身份证号,联系电话,住址,发现时间,账号,提供过密码或验证码,共享过屏幕,手机借给过别人,授权用途,授权日期,授权范围,交易时间,金额,对方名称,交易单号,资金渠道,怎么发生的\n";

/// The workbook: each client with three transactions.
fn workbook(clients: usize) -> String {
    let mut text = String::from(HEADS);
    for client in 0..clients {
        let name = ["甲", "乙", "丙", "丁", "戊", "己", "庚"][client % 7].repeat(client % 3 + 1);
        let identity = identity(client);
        for row in 0..3 {
            let amount = 100 + (client * 31 + row * 977) % 9_000;
            writeln!(
                text,
                "W-{client:06},微信,只有本人,客户{name},{identity},138{client:08},示例省示例市示例街{client}号,2026-11-18 15:20,wx_{client},否,否,否,代为申诉、报案、理赔,2026-11-19,平台、银行、保险公司、公安机关,2026-11-18 03:1{row}:05,{amount}.50,示例数码专营店,42000011212026{:014},零钱,不是我操作的",
                (client * 3 + row) * 10 + 7,
            )
            .unwrap();
        }
    }
    text
}

/// What a run of the program took.
struct Cost {
    wall: Duration,
    cpu_ms: u64,
    peak_mib: u64,
}

fn run(home: &Path, arguments: &[&str]) -> Cost {
    let (begin, before) = (Instant::now(), children());
    let mut child = Command::new(PROGRAM)
        .args(arguments)
        .env("APPEAL_HOME", home)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let (mut peak_kib, process) = (0, child.id());
    let status = loop {
        peak_kib = peak_kib.max(peak_of(process));
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    // Prepared papers wait for the person.
    assert!(matches!(status.code(), Some(0 | 3)), "{arguments:?} ended with {status}");
    Cost { wall: begin.elapsed(), cpu_ms: children() - before, peak_mib: peak_kib / 1024 }
}

/// The most memory a process has had, in KiB.
fn peak_of(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).unwrap_or(0)
}

/// Makes a batch from nothing; returns the digest of all its papers.
fn batch(clients: usize, workers: usize) -> Digest {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("home");
    let workflows = home.join("config/workflows");
    std::fs::create_dir_all(&workflows).unwrap();
    std::fs::write(workflows.join("four-papers.toml"), WORKFLOW).unwrap();
    let book = folder.path().join("clients.csv");
    std::fs::write(&book, workbook(clients)).unwrap();
    let matters = folder.path().join("matters");
    let [book, matters] = [&book, &matters].map(|path| path.to_str().unwrap());
    let imported =
        run(&home, &["batch", "import", book, "--into", matters, "--workflow", "four-papers"]);
    let at = "2026-11-20T10:00:00+08:00";
    let workers_said = workers.to_string();
    let prepared = run(&home, &["batch", "run", matters, "--workers", &workers_said, "--at", at]);
    let (papers, count) = papers(&home);
    let cpu = imported.cpu_ms + prepared.cpu_ms;
    println!(
        "{clients:>6} clients, {workers} at once: {:.1} ms CPU a client ({:.1} of them import), {:.1} s wall, {} MiB, {count} papers",
        cpu as f64 / clients as f64,
        imported.cpu_ms as f64 / clients as f64,
        (imported.wall + prepared.wall).as_secs_f64(),
        prepared.peak_mib,
    );
    papers
}

/// The digest of the names and bytes of all papers, and how many they are.
fn papers(home: &Path) -> (Digest, usize) {
    let mut all = Vec::new();
    for case in std::fs::read_dir(home.join("cases")).unwrap() {
        let documents = case.unwrap().path().join("documents");
        for paper in std::fs::read_dir(documents).unwrap() {
            let paper = paper.unwrap().path();
            let bytes = std::fs::read(&paper).unwrap();
            all.push(format!("{} {}\n", paper.display(), Digest::of(&bytes)));
        }
    }
    let inside = home.display().to_string();
    let mut all: Vec<String> = all.into_iter().map(|line| line.replace(&inside, "")).collect();
    all.sort();
    (Digest::of(all.concat().as_bytes()), all.len())
}

fn main() {
    let clients = asked_number("clients").map_or(vec![100, 300], |clients| vec![clients]);
    let workers = asked_number("workers").map_or(vec![1, 2], |workers| vec![workers]);
    for clients in clients {
        let mut digests: Vec<Digest> =
            workers.iter().map(|workers| batch(clients, *workers)).collect();
        digests.dedup();
        assert_eq!(digests.len(), 1, "the same bytes whatever the number of workers");
    }
}
