//! The examples as a new user runs them.

use std::process::Command;

use mail_parser::{MessageParser, MimeHeaders as _};
use serde_json::Value;

use crate::support::{Home, START, example, names, pdf_text, repository, squeezed};

fn example_file() -> String {
    repository("examples/wechat-theft/case.toml").display().to_string()
}

fn minimal_file() -> String {
    repository("examples/minimal/case.toml").display().to_string()
}

#[test]
fn the_example_leaves_papers_that_another_program_can_read() {
    let home = Home::new();
    let out = home.expect(3, &["start", &example_file(), "--once", "--at", START]);
    assert!(out.find("95017").unwrap() < out.find("documents").unwrap(), "what to do comes first");
    let documents = home.case("W-2026-0001").join("documents");
    let papers: Vec<String> =
        names(&documents).into_iter().filter(|name| name.ends_with(".pdf")).collect();
    assert!(papers.len() >= 6, "{papers:?}");
    for paper in &papers {
        let path = documents.join(paper);
        let check = Command::new("qpdf").arg("--check").arg(&path).output();
        let check = check.expect("qpdf is installed by the test command");
        assert!(check.status.success(), "{paper}: {}", String::from_utf8_lossy(&check.stdout));
        let text = squeezed(&pdf_text(&path));
        assert!(text.contains("本方编号：W-2026-0001"), "{paper}");
        let fonts = Command::new("pdffonts").arg(&path).output().unwrap();
        for line in String::from_utf8_lossy(&fonts.stdout).lines().skip(2) {
            assert!(line.contains(" yes yes yes "), "{paper}: {line}");
        }
    }
    let notice = squeezed(&pdf_text(&documents.join("platform-notice.pdf")));
    assert!(notice.contains("草稿") && notice.contains("「未填」"), "the ticket number is missing");
    let card = squeezed(&pdf_text(&documents.join("stop-payment-card.pdf")));
    assert!(!card.contains("草稿"), "its facts are all there");
}

#[test]
fn standing_consent_covers_the_bank_but_never_the_insurer() {
    let home = Home::new();
    home.expect(3, &["start", &example_file(), "--once", "--at", START]);
    let outbox = home.case("W-2026-0001").join("outbox");
    let letters = names(&outbox);
    let to = |address: &str| {
        letters
            .iter()
            .filter(|name| {
                let bytes = std::fs::read(outbox.join(name)).unwrap();
                let message = MessageParser::default().parse(&bytes).unwrap();
                message.to().unwrap().first().unwrap().address() == Some(address)
            })
            .count()
    };
    assert_eq!(to("lin@mail.example"), 1);
    assert_eq!(to("wang@lawfirm.example"), 1);
    assert_eq!(to("disputes@bank.example"), 1);
    assert_eq!(to("claims.li@insurer.example"), 0, "an insurer is always asked about");
    home.expect(0, &["approve", "W-2026", "insurance/notice", "--at", START]);
    let letters = names(&outbox);
    assert_eq!(letters.len(), 4, "{letters:?}");
}

#[test]
fn letters_read_right_in_another_mail_library() {
    let home = Home::new();
    home.expect(3, &["start", &example_file(), "--once", "--at", START]);
    let outbox = home.case("W-2026-0001").join("outbox");
    let name = names(&outbox).into_iter().find(|name| name.starts_with("bank-dispute")).unwrap();
    let bytes = std::fs::read(outbox.join(name)).unwrap();
    let message = MessageParser::default().parse(&bytes).unwrap();
    assert_eq!(message.subject(), Some("银行卡交易异议申请（本方编号 W-2026-0001）"));
    assert_eq!(message.from().unwrap().first().unwrap().name(), Some("林晓芸"));
    let body = message.body_text(0).unwrap();
    assert!(body.contains("非本人操作，亦未授权他人操作"), "{body}");
    assert!(body.contains("01-bank-dispute.pdf　银行卡交易异议申请"), "{body}");
    let attachments: Vec<String> =
        message.attachments().map(|part| part.attachment_name().unwrap().to_owned()).collect();
    assert_eq!(attachments, ["01-bank-dispute.pdf"], "nothing about what is not the bank's");
    for attachment in message.attachments() {
        assert!(attachment.contents().starts_with(b"%PDF-"));
    }
    assert!(message.message_id().unwrap().ends_with("@mail.example"));
}

#[test]
fn two_facts_are_enough_to_begin() {
    let home = Home::new();
    let started = home.json(3, &["start", &minimal_file(), "--once", "--at", START]);
    let steps: Vec<&str> = started["tasks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|task| task["step"].as_str().unwrap())
        .collect();
    assert_eq!(&steps[..2], ["freeze-pay", "call-110"]);
    assert_eq!(started["tasks"][0]["address"], "95017");
    assert_eq!(started["tasks"][1]["address"], "110");
    let case = started["case"].as_str().unwrap();
    let card = home.case(case).join("documents/stop-payment-card.pdf");
    assert!(squeezed(&pdf_text(&card)).contains("「未填」"));
    assert!(started["tasks"][1]["text"].as_str().unwrap().contains("「未填」"));
}

/// A missing fact blocks only the paper that needs it.
#[test]
fn missing_facts_never_hold_back_the_first_ticket() {
    let home = Home::new();
    let started = home.json(3, &["start", &minimal_file(), "--once", "--at", START]);
    let case = started["case"].as_str().unwrap().to_owned();
    home.expect(0, &["done", &case, "freeze-pay"]);
    let status = home.json(0, &["status", &case]);
    // The questions were not answered and their hour has long passed on the real clock.
    let ticket = step(&status, "open-ticket");
    assert_eq!(ticket["state"], "overdue");
    let today = home.json(0, &["today", &case]);
    let task = today["tasks"].as_array().unwrap().iter().find(|task| task["step"] == "open-ticket");
    let text = task.unwrap()["text"].as_str().unwrap();
    assert!(text.contains("「未填」") && text.chars().count() <= 300, "{text}");
}

#[track_caller]
fn step<'a>(status: &'a Value, id: &str) -> &'a Value {
    let steps = status["steps"].as_array().unwrap();
    steps.iter().find(|step| step["id"] == id).unwrap_or_else(|| panic!("no step {id}"))
}

#[test]
fn the_same_run_in_two_homes_gives_the_same_papers() {
    let (left, right) = (Home::new(), Home::new());
    for home in [&left, &right] {
        home.expect(3, &["start", &example_file(), "--once", "--at", START]);
    }
    let documents = |home: &Home| home.case("W-2026-0001").join("documents");
    let papers = names(&documents(&left));
    assert_eq!(papers, names(&documents(&right)));
    for paper in papers {
        let (one, other) = (documents(&left).join(&paper), documents(&right).join(&paper));
        assert!(std::fs::read(one).unwrap() == std::fs::read(other).unwrap(), "{paper} differs");
    }
}

#[test]
fn starting_twice_is_harmless() {
    let home = Home::new();
    let first = home.json(3, &["start", &example_file(), "--once", "--at", START]);
    let outbox = home.case("W-2026-0001").join("outbox");
    let letters = names(&outbox);
    let entries = |home: &Home| home.runtime(START).0.store.verify(&id("W-2026-0001")).unwrap();
    let before = entries(&home);
    let second = home.json(3, &["start", &example_file(), "--once", "--at", START]);
    assert_eq!(first, second);
    assert_eq!(names(&outbox), letters);
    assert_eq!(entries(&home), before, "not one entry more");
}

fn id(text: &str) -> appeal_daemon::domain::case::CaseId {
    appeal_daemon::domain::case::CaseId::parse(text).unwrap()
}

#[test]
fn the_bundle_is_checked_with_stock_tools() {
    let home = Home::new();
    home.expect(3, &["start", &example_file(), "--once", "--at", START]);
    let bundled = home.json(0, &["bundle", "W-2026-0001"]);
    let path = bundled["path"].as_str().unwrap();
    assert_eq!(home.json(0, &["verify", path])["ok"], true);
    assert_eq!(home.json(0, &["verify", "W-2026-0001"])["ok"], true);
    let folder = tempfile::tempdir().unwrap();
    let unzip = Command::new("unzip").arg("-q").arg(path).arg("-d").arg(folder.path()).output();
    assert!(unzip.expect("unzip is installed by the test command").status.success());
    let check = Command::new("sha256sum")
        .args(["-c", "--quiet", "manifest-sha256.txt"])
        .current_dir(folder.path().join("W-2026-0001"))
        .output()
        .unwrap();
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stdout));
    let again = home.json(0, &["bundle", "W-2026-0001"]);
    assert_eq!(bundled["sha256"], again["sha256"], "the same content gives the same bytes");
}

#[test]
fn verify_names_what_was_changed() {
    let home = Home::new();
    home.expect(3, &["start", &example_file(), "--once", "--at", START]);
    let card = home.case("W-2026-0001").join("documents/stop-payment-card.pdf");
    std::fs::write(&card, b"%PDF-1.7 something else").unwrap();
    let verified = home.json(1, &["verify", "W-2026-0001"]);
    assert_eq!(verified["problems"][0]["item"], "documents/stop-payment-card.pdf");
    let bundled = home.json(1, &["bundle", "W-2026-0001"]);
    assert_eq!(bundled["ok"], false, "a changed paper is not bundled");
}

#[test]
fn the_calendar_is_reproducible_and_says_nothing_personal() {
    let home = Home::new();
    home.expect(3, &["start", &example_file(), "--once", "--at", START]);
    let calendar = home.expect(0, &["calendar", "W-2026-0001"]);
    assert_eq!(calendar, home.expect(0, &["calendar", "W-2026-0001"]));
    for personal in ["林晓芸", "13800138000", "11010519491231002X", "lin_example", "4,980", "4980"]
    {
        assert!(!calendar.contains(personal), "{personal}");
    }
    strict(&calendar);
    let events = calendar.matches("BEGIN:VEVENT").count();
    assert!(events >= 10, "{events} events");
    assert_eq!(calendar.matches("BEGIN:VALARM").count(), 2 * events);
    assert!(calendar.lines().all(|line| line.len() <= 75), "lines are folded");
}

#[test]
fn a_date_says_why_it_is_that_date() {
    let home = Home::new();
    home.expect(3, &["start", &example_file(), "--once", "--at", START]);
    let why = home.json(0, &["why", "W-2026-0001", "freeze-pay.due"]);
    assert_eq!(why["date"], "2026-09-18T15:30:00+08:00");
    assert_eq!(why["start"]["at"], "2026-09-18T15:20:00+08:00");
    let why = home.json(0, &["why", "W-2026-0001", "police/station.due"]);
    assert_eq!(why["date"], "2026-09-18T23:59:59+08:00");
    let nearest = home.json(1, &["why", "W-2026-0001", "freeze-pay.dew"]);
    assert!(nearest["error"]["hint"].as_str().unwrap().contains("freeze-pay.due"));
}

#[test]
fn gaps_name_the_recipient_and_the_way() {
    let home = Home::new();
    home.expect(3, &["start", &example_file(), "--once", "--at", START]);
    let gaps = home.json(0, &["evidence", "gaps", "W-2026-0001"]);
    let gaps = gaps["gaps"].as_array().unwrap();
    let of_receipt =
        |gap: &&Value| gap["slot"] == "police.receipt" && gap["recipient"] == "保险公司";
    let receipt = gaps.iter().find(of_receipt).unwrap();
    assert_eq!(receipt["grade"], "critical");
    assert!(!receipt["how"].as_str().unwrap().is_empty());
    assert!(!gaps.iter().any(|gap| gap["slot"] == "bill.pdf"), "it is there");
}

#[test]
fn rare_characters_of_names_print_and_unknown_ones_are_named() {
    let home = Home::new();
    let rare = example(|text| text.replace("林晓芸", "䶮㛃𬭎𫖯"));
    let file = rare.path().join("case.toml").display().to_string();
    home.expect(3, &["start", &file, "--once", "--at", START]);
    let card = home.case("W-2026-0001").join("documents/stop-payment-card.pdf");
    assert!(squeezed(&pdf_text(&card)).contains("䶮㛃𬭎𫖯"));

    let unknown = example(|text| text.replace("林晓芸", "林\u{2A6A5}芸"));
    let file = unknown.path().join("case.toml").display().to_string();
    let checked = home.json(1, &["check", &file]);
    let message = checked["problems"][0]["message"].as_str().unwrap();
    assert!(message.contains("U+2A6A5"), "{message}");
}

/// What RFC 5545 demands of a calendar: lines of at most 75 octets that end with CRLF, folded
/// between characters; components that close in order; the properties each must have, once.
#[track_caller]
fn strict(calendar: &str) {
    assert!(calendar.ends_with("\r\n"), "3.1: lines end with CRLF");
    let lines: Vec<&str> = calendar.trim_end_matches("\r\n").split("\r\n").collect();
    for line in &lines {
        assert!(line.len() <= 75 && !line.contains(['\r', '\n']), "3.1: {line}");
    }
    let unfolded = calendar.replace("\r\n ", "").replace("\r\n\t", "");
    let mut open: Vec<(&str, Vec<String>)> = Vec::new();
    let mut uids = Vec::new();
    for line in unfolded.trim_end().split("\r\n") {
        let (head, value) = line.split_once(':').unwrap_or_else(|| panic!("3.1: {line}"));
        let name = head.split(';').next().unwrap_or_default();
        let is_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-';
        assert!(!name.is_empty() && name.chars().all(is_name), "3.1: {line}");
        match name {
            "BEGIN" => open.push((value, Vec::new())),
            "END" => {
                let (component, properties) = open.pop().expect("something is open");
                assert_eq!(component, value, "3.4: components close in order");
                let required: &[&str] = match component {
                    "VCALENDAR" => &["VERSION", "PRODID"],
                    "VEVENT" => &["UID", "DTSTAMP", "DTSTART"],
                    "VALARM" => &["ACTION", "TRIGGER"],
                    _ => &[],
                };
                for name in required {
                    let count = properties.iter().filter(|property| property == name).count();
                    assert_eq!(count, 1, "3.6: {component} has {name} once");
                }
            }
            _ => {
                if name == "UID" {
                    uids.push(value.to_owned());
                }
                if matches!(name, "DTSTAMP" | "DTSTART" | "DTEND") {
                    let digits = value.trim_end_matches('Z').replace('T', "");
                    assert!(digits.bytes().all(|byte| byte.is_ascii_digit()), "3.3.5: {line}");
                }
                open.last_mut().expect("inside a component").1.push(name.to_owned());
            }
        }
    }
    assert!(open.is_empty());
    let all = uids.len();
    uids.sort();
    uids.dedup();
    assert_eq!(uids.len(), all, "3.8.4.7: each UID once");
}
