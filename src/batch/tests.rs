//! Tests of the intake: a workbook of three hundred clients with one planted fault of every kind,
//! and text tables as people save them. The report must find each fault and nothing else.

mod again;
mod book;
mod tables;

use std::collections::BTreeSet;

use crate::batch::catalogue::Place;
use crate::batch::column::Need;
use crate::batch::finding::{Finding, Rule};
use crate::batch::folder;
use crate::batch::form;
use crate::batch::grid;
use crate::batch::header;
use crate::batch::intake::{self, Beside, Intake};
use crate::batch::report;
use crate::batch::tests::book::{Book, Value, columns, now};
use crate::domain::lang::Lang;

const CLIENTS: usize = 300;

/// Plants a fault in a book and returns where it must be found: rule, sheet, line, header.
type Plant = fn(&mut Book, usize) -> Vec<(Rule, usize, u32, &'static str)>;

fn of_client(
    book: &mut Book,
    n: usize,
    path: &'static str,
    value: Value,
    rule: Rule,
    header: &'static str,
) -> Vec<(Rule, usize, u32, &'static str)> {
    book.clients[n].insert(path, value);
    vec![(rule, 0, book.client_line(n), header)]
}

fn of_line(
    book: &mut Book,
    n: usize,
    path: &'static str,
    value: Value,
    rule: Rule,
    header: &'static str,
) -> Vec<(Rule, usize, u32, &'static str)> {
    let line = book.first_line_of(n);
    book.lines[line].insert(path, value);
    vec![(rule, 1, book.line_line(line), header)]
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

/// One planted fault of each kind.
const PLANTS: [(&str, Plant); 40] = [
    ("identity checksum", |b, n| {
        of_client(b, n, "victim.id_no", text("990101198001010012"), Rule::IdNumber, "身份证号")
    }),
    ("identity birth date", |b, n| {
        of_client(b, n, "victim.id_no", text("990101198013400016"), Rule::IdNumber, "身份证号")
    }),
    ("identity too short", |b, n| {
        of_client(b, n, "victim.id_no", text("99010119800101"), Rule::IdNumber, "身份证号")
    }),
    ("identity as a number", |b, n| {
        of_client(
            b,
            n,
            "victim.id_no",
            Value::Number(990_101_198_001_010_048.0),
            Rule::Destroyed,
            "身份证号",
        )
    }),
    ("identity rounded in text", |b, n| {
        of_client(b, n, "victim.id_no", text("990101198001011000"), Rule::Destroyed, "身份证号")
    }),
    ("telephone", |b, n| {
        of_client(b, n, "victim.phone", text("138001380001"), Rule::Form, "手机号码")
    }),
    ("telephone too short", |b, n| {
        of_client(b, n, "victim.phone", text("1380013800"), Rule::Form, "手机号码")
    }),
    ("mail address", |b, n| {
        of_client(b, n, "victim.email", text("claims.example"), Rule::Form, "邮箱")
    }),
    ("name empty", |b, n| of_client(b, n, "victim.name", text(""), Rule::Missing, "姓名*")),
    ("name with digits", |b, n| {
        of_client(b, n, "victim.name", text("张13800138000"), Rule::Form, "姓名*")
    }),
    ("discovery in the future", |b, n| {
        of_client(b, n, "discovered_at", text("2027-01-05 10:00"), Rule::Future, "发现时间*")
    }),
    ("no such day", |b, n| {
        of_client(b, n, "discovered_at", text("2026-02-30 10:00"), Rule::Time, "发现时间*")
    }),
    ("day without a time", |b, n| {
        of_client(b, n, "discovered_at", text("2026/9/18"), Rule::Time, "发现时间*")
    }),
    ("month first", |b, n| {
        of_client(b, n, "discovered_at", text("9/18/2026 15:20"), Rule::Time, "发现时间*")
    }),
    ("intact after discovery", |b, n| {
        of_client(
            b,
            n,
            "facts.last_seen_intact",
            text("2026-09-19 10:00"),
            Rule::Order,
            "最后余额正常时间",
        )
    }),
    ("sum", |b, n| of_client(b, n, "batch.total", text("1"), Rule::Sum, "损失合计（元）")),
    ("sum too fine", |b, n| {
        of_client(b, n, "batch.total", text("1.005"), Rule::Amount, "损失合计（元）")
    }),
    ("consent without purpose", |b, n| {
        of_client(b, n, "consent.purpose", text(""), Rule::Missing, "授权用途*")
    }),
    ("consent without date", |b, n| {
        of_client(b, n, "consent.date", text("  "), Rule::Missing, "授权日期*")
    }),
    ("consent in the future", |b, n| {
        of_client(b, n, "consent.date", text("2030-01-01"), Rule::Future, "授权日期*")
    }),
    ("platform", |b, n| of_client(b, n, "platform", text("徽信"), Rule::Choice, "平台")),
    ("flag", |b, n| {
        of_client(b, n, "facts.code_given", text("也许"), Rule::Choice, "提供过密码或验证码")
    }),
    ("number unusable", |b, n| {
        let line = b.client_line(n);
        b.drop_lines_of(n);
        b.clients[n].insert("batch.total", text("0"));
        b.clients[n].insert("id", text("W_7/8"));
        vec![(Rule::Form, 0, line, "案号")]
    }),
    ("number twice", |b, n| {
        b.drop_lines_of(n);
        b.clients[n].insert("batch.total", text("0"));
        b.clients[n].insert("id", text(&Book::number(n - 1)));
        vec![(Rule::SameNumber, 0, b.client_line(n), "案号")]
    }),
    ("same person", |b, n| {
        for path in ["victim.id_no", "victim.name"] {
            let same = b.clients[n - 1][path].clone();
            b.clients[n].insert(path, same);
        }
        vec![(Rule::SamePerson, 0, b.client_line(n), "身份证号")]
    }),
    ("one number, two names", |b, n| {
        let same = b.clients[n - 1]["victim.id_no"].clone();
        of_client(b, n, "victim.id_no", same, Rule::TwoNames, "身份证号")
    }),
    ("address empty", |b, n| of_client(b, n, "victim.address", text(""), Rule::Wanted, "住址")),
    ("no transaction", |b, n| {
        b.drop_lines_of(n);
        b.clients[n].insert("batch.total", text(""));
        vec![(Rule::NoTransaction, 0, b.client_line(n), "")]
    }),
    ("amount no number", |b, n| of_line(b, n, "amount", text("四千"), Rule::Amount, "金额（元）*")),
    ("amount negative", |b, n| of_line(b, n, "amount", text("-3"), Rule::Amount, "金额（元）*")),
    ("refund above loss", |b, n| {
        of_line(b, n, "refunded", text("999999"), Rule::Amount, "已退回（元）")
    }),
    ("after discovery", |b, n| {
        of_line(b, n, "at", text("2026-10-02 10:00:00"), Rule::Order, "交易时间")
    }),
    ("order number rounded", |b, n| {
        of_line(b, n, "order_no", Value::Number(4.200_001_5e27), Rule::Destroyed, "交易单号")
    }),
    ("order number as shown", |b, n| {
        of_line(b, n, "order_no", text("4.20000E+27"), Rule::Destroyed, "交易单号")
    }),
    ("way", |b, n| of_line(b, n, "how", text("被偷走"), Rule::Choice, "怎么发生的")),
    ("one transaction twice", |b, n| {
        let (first, second) = (b.first_line_of(n), b.first_line_of(n) + 1);
        let order = b.lines[first]["order_no"].clone();
        b.lines[second].insert("order_no", order);
        vec![(Rule::SameTransaction, 1, b.line_line(second), "交易单号")]
    }),
    ("one transaction, two clients", |b, n| {
        let order = b.lines[b.first_line_of(n - 1)]["order_no"].clone();
        of_line(b, n, "order_no", order, Rule::SameTransaction, "交易单号")
    }),
    ("transaction of nobody", |b, n| {
        let mut line = b.lines[b.first_line_of(n)].clone();
        line.insert("id", text("ZZ-99999"));
        line.insert("order_no", text("7700000000000000000000001"));
        b.lines.push(line);
        vec![(Rule::Orphan, 1, b.line_line(b.lines.len() - 1), "本方编号*")]
    }),
    ("conflict of interest", |b, n| {
        let line = b.first_line_of(n);
        let name = b.clients[n - 1]["victim.name"].clone();
        b.lines[line].insert("payee", name);
        vec![
            (Rule::Conflict, 1, b.line_line(line), "对方名称"),
            (Rule::Conflict, 0, b.client_line(n - 1), "姓名*"),
        ]
    }),
    ("file not there", |b, n| {
        of_client(
            b,
            n,
            "batch.files",
            text("账单.pdf、身份证.jpg、护照.jpg"),
            Rule::NoFile,
            "材料文件",
        )
    }),
];

type Found = BTreeSet<(Rule, usize, u32, String)>;

fn found(intake: &Intake) -> Found {
    let place = |finding: &Finding| {
        (finding.rule, finding.spot.sheet, finding.spot.line, finding.header.clone())
    };
    intake.findings.iter().map(place).collect()
}

fn checked(bytes: &[u8], book: &Book) -> Intake {
    let folders = book.folders();
    let read = intake::read(
        bytes,
        |id| Some(columns()).filter(|columns| id == Some(columns.workflow.as_str())),
        &Beside { folders: Some(&folders), ..Beside::at(now()) },
    );
    read.unwrap().0
}

#[test]
fn a_clean_workbook_has_no_finding() {
    let book = Book::new(CLIENTS);
    let intake = checked(&book.bytes(), &book);
    assert_eq!(found(&intake), Found::new());
    assert_eq!(intake.good(), CLIENTS);
    let case = intake.clients[7].case.as_ref().unwrap();
    assert_eq!(case.discovered_at.to_string(), "2026-09-18T07:20:00Z");
    assert_eq!(case.victim.phone.as_deref(), Some("13800000007"));
    assert_eq!(case.losses.len(), 2);
    assert_eq!(case.losses[0].at.unwrap().to_string(), "2026-09-17T19:11:05Z");
    let consent = case.consent.as_ref().unwrap();
    assert_eq!((consent.purpose.as_str(), consent.retain_until), ("申诉、报案", None));
}

#[test]
fn finds_each_planted_fault_and_nothing_else() {
    let mut book = Book::new(CLIENTS);
    let mut expected = Found::new();
    for (index, (_, plant)) in PLANTS.iter().enumerate() {
        // Every plant has its own row and the one before it.
        for (rule, sheet, line, header) in plant(&mut book, index * 4 + 3) {
            expected.insert((rule, sheet, line, header.to_owned()));
        }
    }
    let lost = CLIENTS - 5;
    book.without_folder = Some(lost);
    book.stray = true;
    expected.insert((Rule::NoFolder, 0, book.client_line(lost), "案号".into()));
    expected.insert((Rule::StrayFolder, 0, 0, String::new()));
    let intake = checked(&book.bytes(), &book);
    let found = found(&intake);
    let missed: Vec<_> = expected.difference(&found).collect();
    let invented: Vec<_> = found.difference(&expected).collect();
    assert!(missed.is_empty() && invented.is_empty(), "missed {missed:?}\ninvented {invented:?}");
    let rules: BTreeSet<Rule> = found.iter().map(|(rule, ..)| *rule).collect();
    assert!(rules.len() >= 15, "{} rules", rules.len());
    let bad: BTreeSet<usize> =
        intake.findings.iter().filter(|f| f.is_error()).filter_map(|f| f.client).collect();
    assert_eq!(intake.good(), CLIENTS - bad.len());
}

#[test]
fn every_good_client_becomes_files_that_read_the_same() {
    let book = Book::new(10);
    let intake = checked(&book.bytes(), &book);
    for client in &intake.clients {
        let text = folder::case_file(client.case.as_ref().unwrap()).unwrap();
        assert!(text.contains("amount = \"100.10\""), "{text}");
        assert!(text.contains("discovered_at = \"2026-09-18T15:20:00+08:00\""), "{text}");
        assert!(text.contains("date = \"2026-10-08\""), "{text}");
    }
}

#[test]
fn a_report_can_be_checked_again() {
    let mut book = Book::new(CLIENTS);
    book.clients[4].insert("victim.phone", text("12"));
    let first = checked(&book.bytes(), &book);
    let bytes = report::report(&first, Lang::Zh).unwrap();
    let again = checked(&bytes, &book);
    assert_eq!(found(&again), found(&first));
    let sheets = grid::read(&report::report(&again, Lang::Zh).unwrap()).unwrap();
    let client = sheets[0].rows.iter().find(|row| row.line == book.client_line(4)).unwrap();
    assert_eq!(client.text(0), "要改");
    assert!(client.text(1).starts_with("手机号码：电话号码的位数或字符不对"), "{}", client.text(1));
    assert_eq!(client.text(2), Book::number(4));
    assert_eq!(sheets.iter().filter(|sheet| sheet.name == "问题清单").count(), 1);
}

#[test]
fn a_form_has_what_the_workflow_s_papers_need() {
    let columns = columns();
    let sheets = grid::read(&form::form(&columns).unwrap()).unwrap();
    assert_eq!(intake::workflow_named(&sheets).as_deref(), Some(columns.workflow.as_str()));
    for (index, place) in [Place::Client, Place::Line].into_iter().enumerate() {
        let header = header::find(index, &sheets[index]).unwrap();
        for column in columns.shown(place) {
            assert!(header.column(column.entry.path).is_some(), "{}", column.entry.zh);
        }
        assert!(header::inspect(&header, &sheets[index]).is_empty());
    }
    let address = columns.at("victim.address").unwrap();
    assert!(matches!(&address.need, Need::Wanted(papers) if !papers.is_empty()));
    assert!(columns.all.iter().any(|column| !column.shown), "only what the workflow uses");
}

#[test]
fn every_column_stands_in_the_case_schema_or_is_the_batch_s_own() {
    let columns = columns();
    for column in &columns.all {
        assert!(!column.help.is_empty(), "{}", column.entry.path);
    }
}
