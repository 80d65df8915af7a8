//! Text tables as people save them.

use encoding_rs::GB18030;

use crate::batch::cell;
use crate::batch::error::BatchError;
use crate::batch::finding::Rule;
use crate::batch::grid::{Cell, CellKind};
use crate::batch::intake::{self, Beside, Intake};
use crate::batch::tests::book::{columns, now};

const TABLE: &str = "\
案号,姓名,身份证,电话,发现日期,授权用途,授权日期,交易时间,金额,订单号,备用栏
W-1,李一,11010519491231002X,13800138000,2026-09-18 15:20,申诉,2026-09-20,2026-09-18 03:00:00,10.00,T100,
W-1,李一,,,,,,2026-09-18 03:01:00,20.00,T101,
W-2,王二,440524188001010014,13800138001,2026/9/18 15:20,申诉,2026-09-20,2026-09-18 03:00:00,x,T102,
";

fn check(bytes: &[u8]) -> Result<Intake, BatchError> {
    intake::read(bytes, |_| Some(columns()), &Beside::at(now())).map(|(intake, _)| intake)
}

#[track_caller]
fn reads(bytes: &[u8]) {
    let intake = check(bytes).unwrap();
    let errors: Vec<_> = intake.findings.iter().filter(|finding| finding.is_error()).collect();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!(
        (errors[0].rule, errors[0].spot.line, errors[0].header.as_str()),
        (Rule::Amount, 4, "金额")
    );
    assert!(
        intake
            .findings
            .iter()
            .any(|finding| finding.rule == Rule::UnknownColumn && finding.header == "备用栏")
    );
    assert_eq!((intake.clients.len(), intake.good()), (2, 1));
    assert_eq!(intake.clients[0].case.as_ref().unwrap().losses.len(), 2);
}

#[test]
fn reads_every_encoding_and_delimiter() {
    reads(TABLE.as_bytes());
    reads(format!("\u{feff}{TABLE}").as_bytes());
    reads(&GB18030.encode(TABLE).0);
    reads(TABLE.replace(',', ";").as_bytes());
    reads(TABLE.replace(',', "\t").as_bytes());
    reads(TABLE.replace('\n', "\r\n").as_bytes());
}

#[test]
fn a_line_number_is_the_line_an_editor_shows() {
    let table = TABLE.replacen('\n', "\n\n\n", 1).replace("T101,", "T101,\"一\n二\"");
    let seen = table.lines().position(|line| line.starts_with("W-2")).unwrap();
    for ends in ["\n", "\r\n", "\r"] {
        let table = table.replace('\n', ends);
        let wide: Vec<u8> =
            format!("\u{feff}{table}").encode_utf16().flat_map(u16::to_be_bytes).collect();
        for file in [table.into_bytes(), wide] {
            let intake = check(&file).unwrap();
            let error = intake.findings.iter().find(|finding| finding.is_error()).unwrap();
            assert_eq!(error.spot.line, u32::try_from(seen + 1).unwrap(), "{ends:?}");
        }
    }
}

#[test]
fn a_missing_column_is_said_once_and_keeps_every_row_back() {
    let table = TABLE.replace("授权日期", "随便");
    let intake = check(table.as_bytes()).unwrap();
    let missing: Vec<_> = intake
        .findings
        .iter()
        .filter(|finding| finding.is_error() && finding.rule == Rule::MissingColumn)
        .collect();
    assert_eq!(missing.len(), 1);
    assert_eq!(intake.good(), 0);
}

#[test]
fn a_column_twice_is_an_error() {
    let intake = check(TABLE.replace("备用栏", "手机号").as_bytes()).unwrap();
    assert!(intake.findings.iter().any(|finding| finding.rule == Rule::RepeatedColumn));
    assert_eq!(intake.good(), 0);
}

#[test]
fn a_formula_that_failed_is_no_value() {
    let columns = columns();
    let cell = Cell { text: "#REF!".into(), kind: CellKind::Broken };
    let read = cell::read(columns.at("batch.total").unwrap(), &columns, &cell);
    assert_eq!(read.unwrap_err().0, Rule::Broken);
}

#[test]
fn what_is_no_table_is_refused_with_its_reason() {
    assert!(matches!(check(b""), Err(BatchError::Empty)));
    assert!(matches!(check(b"hello\nworld\n"), Err(BatchError::NoHeader)));
    assert!(matches!(check(b"PK\x03\x04 broken"), Err(BatchError::Unreadable(_))));
    assert!(matches!(check(&[0xD0, 0xCF, 0x11, 0xE0, 0]), Err(BatchError::OldFormat)));
}
