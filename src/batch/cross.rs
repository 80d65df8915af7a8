//! What only shows when rows are held against each other: one person or one transaction twice,
//! a client who received another's money, sums, folders.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;

use crate::batch::catalogue::{CONSENT_DATE, FILES, RETAIN, TOTAL};
use crate::batch::conflict;
use crate::batch::finding::{Finding, Rule, Spot};
use crate::batch::row::{Draft, Line};
use crate::domain::lang::Text;
use crate::domain::money::Money;

/// The folders of the clients: each one's name, and the names of the files in it.
pub type Folders = BTreeMap<String, BTreeSet<String>>;

/// Adds a finding at a member of a client's row, or of one of its transactions.
pub trait Report {
    /// Takes a finding at `path`, in the column the workbook has for it.
    fn at(&mut self, client: usize, spot: Spot, path: &str, finding: Finding);
}

/// Checks what one client's rows say together.
pub fn client(index: usize, draft: &Draft, now: Timestamp, report: &mut impl Report) {
    times(index, draft, now, report);
    let mut orders: HashMap<&str, u32> = HashMap::new();
    for line in &draft.lines {
        amounts(index, line, report);
        let Some(order) = line.text("order_no") else { continue };
        if let Some(first) = orders.insert(order, line.spot.line) {
            report.at(index, line.spot, "order_no", same_transaction(line.spot, first));
        }
    }
    sum(index, draft, report);
}

fn same_transaction(spot: Spot, first: u32) -> Finding {
    Finding::error(
        Rule::SameTransaction,
        spot,
        crate::text!("这个交易单号在第 {first} 行已有", "row {first} has this transaction already"),
        Text::new(
            "同一笔只写一次，也只属于一位客户",
            "write each transaction once, for one client",
        ),
    )
}

fn parsed(text: Option<&str>) -> Option<Timestamp> {
    text?.parse().ok()
}

fn times(index: usize, draft: &Draft, now: Timestamp, report: &mut impl Report) {
    let future = |spot| {
        Finding::error(
            Rule::Future,
            spot,
            Text::new("时间在将来", "the time is in the future"),
            Text::new("检查年份和日期", "check year and day"),
        )
    };
    let discovered = parsed(draft.text("discovered_at"));
    let late = |path: &str| parsed(draft.text(path)).is_some_and(|at| at > now);
    for path in ["discovered_at", "facts.sim_reported_at"].into_iter().filter(|path| late(path)) {
        report.at(index, draft.spot, path, future(draft.spot));
    }
    if parsed(draft.consent.at.as_deref()).is_some_and(|at| at > now) {
        report.at(index, draft.spot, CONSENT_DATE, future(draft.spot));
    }
    if parsed(draft.consent.until.as_deref()).is_some_and(|until| until <= now) {
        let finding = Finding::error(
            Rule::Order,
            draft.spot,
            Text::new("资料保存期限已经过了", "the data may not be kept any longer"),
            Text::new(
                "请客户同意新的保存期限，或不再办理",
                "ask the client for another date, or leave the matter",
            ),
        );
        report.at(index, draft.spot, RETAIN, finding);
    }
    let Some(discovered) = discovered else { return };
    if parsed(draft.text("facts.last_seen_intact")).is_some_and(|seen| seen > discovered) {
        let finding = Finding::error(
            Rule::Order,
            draft.spot,
            Text::new("最后一次看到余额正常晚于发现时间", "seen intact after the discovery"),
            Text::new("检查这两个时间", "check the two times"),
        );
        report.at(index, draft.spot, "facts.last_seen_intact", finding);
    }
    for line in &draft.lines {
        if parsed(line.text("at")).is_some_and(|at| at > discovered) {
            let finding = Finding::error(
                Rule::Order,
                line.spot,
                Text::new("交易时间晚于发现时间", "the transaction is later than the discovery"),
                Text::new("检查这笔的时间和客户的发现时间", "check it and the time of discovery"),
            );
            report.at(index, line.spot, "at", finding);
        }
    }
}

fn amounts(index: usize, line: &Line, report: &mut impl Report) {
    let Some(amount) = line.money("amount") else { return };
    if amount.is_zero() {
        let finding = Finding::error(
            Rule::Amount,
            line.spot,
            Text::new("金额是零", "the amount is nothing"),
            Text::new("写上金额，或删掉这一行", "write it, or delete the row"),
        );
        report.at(index, line.spot, "amount", finding);
    } else if line.money("refunded").is_some_and(|refunded| refunded > amount) {
        let finding = Finding::error(
            Rule::Amount,
            line.spot,
            Text::new("退回的钱比损失还多", "more was refunded than lost"),
            Text::new("检查金额和已退回", "check both amounts"),
        );
        report.at(index, line.spot, "refunded", finding);
    }
}

fn sum(index: usize, draft: &Draft, report: &mut impl Report) {
    let Some(total) = draft.total else { return };
    let known: Option<Vec<Money>> = draft.lines.iter().map(|line| line.money("amount")).collect();
    // An amount that cannot be read is said where it stands; the sum would say it again.
    let Some(known) = known else { return };
    let sum: Money = known.into_iter().sum();
    if sum == total {
        return;
    }
    let lines = draft.lines.len();
    let finding = Finding::error(
        Rule::Sum,
        draft.spot,
        crate::text!(
            "合计写的是 {total}，{lines} 笔交易加起来是 {sum}",
            "the total says {total}, the {lines} transactions come to {sum}"
        ),
        Text::new(
            "检查有没有漏填、多填的交易",
            "look for transactions that are missing or too many",
        ),
    );
    report.at(index, draft.spot, TOTAL, finding);
}

/// Checks all clients against each other.
pub fn all(drafts: &[Draft], report: &mut impl Report) {
    people(drafts, report);
    transactions(drafts, report);
    conflict::among(drafts, report);
}

fn people(drafts: &[Draft], report: &mut impl Report) {
    let mut by_number: HashMap<&str, &Draft> = HashMap::new();
    for (index, draft) in drafts.iter().enumerate() {
        let Some(number) = draft.text("victim.id_no") else { continue };
        let Some(first) = by_number.get(number) else {
            by_number.insert(number, draft);
            continue;
        };
        let line = first.spot.line;
        let finding = if first.text("victim.name") == draft.text("victim.name") {
            Finding::warning(
                Rule::SamePerson,
                draft.spot,
                crate::text!("第 {line} 行是同一个人", "row {line} is the same person"),
                Text::new(
                    "如果是同一件事，合并成一行；另一件事可以保留",
                    "put them together if it is one matter",
                ),
            )
        } else {
            Finding::error(
                Rule::TwoNames,
                draft.spot,
                crate::text!(
                    "身份证号和第 {line} 行相同，姓名不同",
                    "row {line} has this identity number with another name"
                ),
                Text::new("对照两个人的身份证", "check both identity cards"),
            )
        };
        report.at(index, draft.spot, "victim.id_no", finding);
    }
}

fn transactions(drafts: &[Draft], report: &mut impl Report) {
    let mut seen: HashMap<&str, (usize, u32)> = HashMap::new();
    for (index, draft) in drafts.iter().enumerate() {
        for line in &draft.lines {
            let Some(order) = line.text("order_no") else { continue };
            match seen.get(order) {
                Some((owner, first)) if *owner != index => {
                    report.at(index, line.spot, "order_no", same_transaction(line.spot, *first));
                }
                Some(_) => {}
                None => {
                    seen.insert(order, (index, line.spot.line));
                }
            }
        }
    }
}

/// Checks that every client has its folder with the files the workbook names. Returns the folders
/// that are nobody's.
pub fn folders(drafts: &[Draft], folders: &Folders, report: &mut impl Report) -> Vec<String> {
    let mut strays: BTreeSet<&str> = folders.keys().map(String::as_str).collect();
    for (index, draft) in drafts.iter().enumerate() {
        let Some(number) = draft.text("id") else { continue };
        let Some((name, files)) = folder_of(number, folders) else {
            let finding = Finding::error(
                Rule::NoFolder,
                draft.spot,
                crate::text!("没有 {number} 的文件夹", "there is no folder of {number}"),
                crate::text!(
                    "建一个名字以 {number} 开头的文件夹，放入材料",
                    "make a folder whose name begins with {number}"
                ),
            );
            report.at(index, draft.spot, "id", finding);
            continue;
        };
        strays.remove(name);
        if files.is_empty() {
            let finding = Finding::error(
                Rule::NoFile,
                draft.spot,
                crate::text!("文件夹 {name} 是空的", "the folder {name} is empty"),
                Text::new("放入客户的材料", "put the client's files there"),
            );
            report.at(index, draft.spot, "id", finding);
        }
        for file in draft.files.iter().filter(|file| !files.contains(*file)) {
            let finding = Finding::error(
                Rule::NoFile,
                draft.spot,
                crate::text!("文件夹 {name} 里没有 {file}", "the folder {name} has no {file}"),
                Text::new("放入这个文件，或改正文件名", "put it there, or correct its name"),
            );
            report.at(index, draft.spot, FILES, finding);
        }
    }
    strays.into_iter().map(str::to_owned).collect()
}

/// A client's folder is its number, alone or with anything behind a sign: `W-0007_张某`.
fn folder_of<'a>(number: &str, folders: &'a Folders) -> Option<(&'a str, &'a BTreeSet<String>)> {
    let fits = |name: &str| {
        name.strip_prefix(number).is_some_and(|rest| {
            rest.is_empty() || rest.starts_with(['_', ' ', '－', '（', '(', '.'])
        })
    };
    folders
        .range(number.to_owned()..)
        .take_while(|(name, _)| name.starts_with(number))
        .find(|(name, _)| fits(name))
        .map(|(name, files)| (name.as_str(), files))
}
