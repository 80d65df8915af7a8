//! What is built in beside the first workflow: every example case runs, every template can be
//! looked at, every row of a pack names only what exists, and papers can be taken away to edit.

use std::io::Read as _;
use std::path::Path;

use appeal_daemon::runtime::setup;

use crate::support::{Home, START, example, names, pdf_text, repository, squeezed};

#[test]
fn every_example_case_starts() {
    let examples = names(&repository("examples"));
    assert!(examples.len() >= 10, "{examples:?}");
    for name in examples {
        let home = Home::new();
        let file = repository("examples").join(&name).join("case.toml");
        let file = file.display().to_string();
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.contains("discovered_at"), "{name}");
        let started =
            home.json(3, &["start", &file, "--once", "--at", "2026-09-30T12:00:00+08:00"]);
        assert!(!started["tasks"].as_array().unwrap().is_empty(), "{name}");
        for task in started["tasks"].as_array().unwrap() {
            let text = task["text"].as_str().unwrap_or_default();
            assert!(!text.contains('\u{1}'), "{name}: {text}");
        }
        assert_eq!(started["troubles"], serde_json::json!([]), "{name}");
    }
}

#[test]
fn every_template_is_written_for_the_least_and_the_most_known_case() {
    let home = Home::new();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().display().to_string();
    let previewed = home.json(0, &["template", "preview", "--all", "--out", &out]);
    let samples = previewed["samples"].as_array().unwrap();
    let problems: Vec<_> = samples.iter().filter(|sample| !sample["problem"].is_null()).collect();
    assert!(problems.is_empty(), "{problems:?}");
    let templates = home.json(0, &["template", "list"])["templates"].as_array().unwrap().len();
    assert!(samples.len() >= 4 * templates, "{} samples of {templates}", samples.len());
}

#[test]
fn advice_is_found_by_a_word_and_a_check_sheet_is_printed() {
    let home = Home::new();
    let found = home.json(0, &["pack", "--find", "紧急止付"]);
    let found = found["found"].as_array().unwrap();
    let commands: Vec<&str> = found.iter().map(|row| row["command"].as_str().unwrap()).collect();
    assert!(commands.contains(&"workflow show wechat-theft"), "{commands:?}");
    home.expect(0, &["remind", "add", "monthly-check"]);
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().display().to_string();
    home.expect(0, &["remind", "show", "monthly-check-1", "--sheet", &out]);
    let sheet = squeezed(&pdf_text(&folder.path().join("monthly-check-sheet.pdf")));
    for shown in ["正常", "苹果", "先截图"] {
        assert!(sheet.contains(shown), "{shown} in {sheet}");
    }
}

#[test]
fn every_row_of_a_pack_names_only_what_exists() {
    let library = setup::library(Path::new("/nonexistent")).unwrap();
    let packs = &library.packs;
    for (id, refusal) in &packs.refusals {
        assert!(!refusal.says.is_empty() && !refusal.answer.is_empty(), "{id}");
        for slot in &refusal.evidence {
            assert!(packs.slots.contains_key(slot), "{id}: {slot}");
        }
        for law in refusal.law.iter().chain(&refusal.law_not_by_me) {
            assert!(packs.law.contains_key(law), "{id}: {law}");
        }
    }
    for (id, slot) in &packs.slots {
        let makes = |copy: &String| packs.templates.get(copy).is_some_and(|made| made.has_picture);
        assert!(slot.copy.as_ref().is_none_or(makes), "{id}: {:?}", slot.copy);
    }
    for (id, threshold) in &packs.thresholds {
        if let Some(law) = &threshold.law {
            assert!(packs.law.contains_key(law), "{id}: {law}");
        }
    }
    for (id, list) in &packs.checks {
        for slot in list.items.iter().filter_map(|item| item.capture.as_ref()) {
            assert!(packs.slots.contains_key(slot), "{id}: {slot}");
        }
    }
    for (id, template) in &packs.templates {
        for law in &template.law {
            assert!(packs.law.contains_key(law), "{id}: {law}");
        }
    }
    for (id, channel) in &packs.channels {
        assert!(channel.checked.is_some() && !channel.source.is_empty(), "{id}");
        assert_ne!(channel.kind, appeal_daemon::workflow::channel::Kind::Email, "{id}");
    }
}

#[test]
fn papers_and_losses_are_exported_to_edit() {
    let home = Home::new();
    let folder = example(|text| text);
    let file = folder.path().join("case.toml").display().to_string();
    home.expect(3, &["start", &file, "--once", "--at", START]);
    let out = home.path().join("export");
    home.expect(0, &["export", "W-2026-0001", "--out", &out.display().to_string()]);
    let part = |file: &str, part: &str| {
        let archive = std::fs::File::open(out.join(file)).unwrap();
        let mut text = String::new();
        let mut archive = zip::ZipArchive::new(archive).unwrap();
        archive.by_name(part).unwrap().read_to_string(&mut text).unwrap();
        text
    };
    let letter = part("appeal-letter.docx", "word/document.xml");
    assert!(letter.contains("林晓芸") && letter.contains("<w:tbl>"), "text and tables");
    let sheet = part("losses.xlsx", "xl/worksheets/sheet1.xml");
    assert!(sheet.contains("<v>4980</v>") && sheet.contains("SUM(C2:C4)"), "numbers and sums");
    let strings = part("losses.xlsx", "xl/sharedStrings.xml");
    assert!(strings.contains("1000050001202609180311260001"), "long numbers are text");
}

#[test]
fn an_address_that_only_looks_like_an_official_one_is_refused() {
    let home = Home::new();
    let folder = example(|text| {
        format!(
            "{text}\n[recipients.fake]\nemail = \"claims@weixin11O.qq.com\"\nrole = \"other\"\nconfirmed = true\n"
        )
    });
    let file = folder.path().join("case.toml").display().to_string();
    let checked = home.json(1, &["check", &file]);
    let problems = checked["problems"].as_array().unwrap();
    assert!(
        problems
            .iter()
            .any(|problem| { problem["message"].as_str().unwrap().contains("weixin110.qq.com") }),
        "{problems:?}"
    );
}

/// A bill as WeChat exports it, made up.
const BILL: &str = "\u{feff}微信支付账单明细,,,,,,,,\r\n微信昵称：[示例],,,,,,,,\r\n起始时间：[2026-09-01 00:00:00] 终止时间：[2026-09-30 23:59:59],,,,,,,,\r\n----------------------微信支付账单明细列表--------------------,,,,,,,,\r\n交易时间,交易类型,交易对方,商品,收/支,金额(元),支付方式,当前状态,交易单号,商户单号,备注\r\n2026-09-18 03:11:26,商户消费,示例数码,\"点卡\",支出,¥4980.00,零钱,支付成功,\"1000050001202609180311260001\t\",\"SJ1\t\",\"/\"\r\n2026-09-10 12:00:00,商户消费,示例面馆,\"午饭\",支出,¥18.00,零钱,支付成功,\"1000050001202609101200000002\t\",\"SJ2\t\",\"/\"\r\n";

#[test]
fn a_bill_is_read_and_what_cannot_be_read_says_why() {
    let home = Home::new();
    let folder = tempfile::tempdir().unwrap();
    let bill = folder.path().join("bill.csv");
    std::fs::write(&bill, BILL).unwrap();
    let read = home.json(0, &["bills", &bill.display().to_string()]);
    assert_eq!(read["files"][0]["rows"], 2);
    assert_eq!(read["files"][0]["expense_fen"], 499_800);
    let mut messages = Vec::new();
    for (name, bytes) in [("empty.csv", &b""[..]), ("photo.png", b"\x89PNG\r\n\x1a\n0000")] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let read = home.json(1, &["bills", &path.display().to_string()]);
        let message = read["unread"][0]["message"].as_str().unwrap().to_owned();
        assert!(!read["unread"][0]["hint"].as_str().unwrap().is_empty());
        messages.push(message);
    }
    assert_ne!(messages[0], messages[1], "each says what is wrong with it");
}
