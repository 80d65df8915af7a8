//! The list for a bank: digits kept, nothing run, sums that can be checked.

use std::io::Cursor;

use calamine::{Data, Reader as _, Xlsx};

use super::*;
use crate::bills::finding::find;
use crate::bills::read::{Options, read_bytes};

/// A night of three transfers, one partly refunded, one to a name that is a formula.
fn handout(lang: Lang) -> Handout {
    let mut bill = String::from(
        "微信支付账单明细\n微信昵称：[小王]\n交易时间,交易类型,交易对方,商品,收/支,金额(元),支付方式,当前状态,交易单号,商户单号,备注\n",
    );
    for (minute, payee, method, state) in [
        ("05", "=1+1", "招商银行(****1234)", "对方已收钱"),
        ("09", "某,人", "零钱", "已退款(￥100.50)"),
        ("12", "某,人", "零钱", "对方已收钱"),
    ] {
        bill.push_str(&format!(
            "2025-02-20 03:{minute}:00,转账,\"{payee}\",转账备注:微信转账,支出,¥12000.00,{method},{state},10000500012025022000000000{minute}\t,/,/\n"
        ));
    }
    let mut reading =
        read_bytes("/home/x/bill.csv", bill.as_bytes(), 0, &Options::default()).unwrap();
    let ledger = Ledger::join(std::mem::take(&mut reading.exports));
    let findings = find(&ledger, &[]);
    assert_eq!(findings.len(), 3);
    Handout::new(&ledger, &findings, lang, "2026-01-02T03:04:05Z".parse().unwrap())
}

#[test]
fn the_csv_keeps_digits_and_runs_nothing() {
    let csv = String::from_utf8(csv::csv(&handout(Lang::Zh))).unwrap();
    assert!(csv.starts_with('\u{feff}'));
    assert!(csv.contains(",'=1+1,"), "{csv}");
    assert!(csv.contains("\"某,人\""), "{csv}");
    assert!(csv.contains("1000050001202502200000000005\t"), "{csv}");
    assert!(csv.contains("合计,,,,,36000.00,100.50,35899.50"), "{csv}");
    assert!(csv.contains("bill.csv,4\r\n") && !csv.contains("/home"), "{csv}");
}

#[test]
fn the_workbook_sums_with_formulas_and_shows_their_results() {
    let bytes = workbook::workbook(&handout(Lang::Zh)).unwrap();
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
    let list = book.worksheet_range("可疑交易").unwrap();
    let at = |line, column| list.get_value((line, column)).cloned();
    assert_eq!(at(3, 12), Some(Data::String("1000050001202502200000000005".into())));
    assert_eq!(at(3, 4), Some(Data::String("=1+1".into())));
    assert_eq!(at(6, 6), Some(Data::Float(36000.0)));
    assert_eq!(at(6, 8), Some(Data::Float(35899.5)));
    let formulas = book.worksheet_formula("可疑交易").unwrap();
    assert_eq!(formulas.get_value((6, 8)).map(String::as_str), Some("SUM(I4:I6)"));
    let channels = book.worksheet_range("按渠道合计").unwrap();
    let sums: Vec<_> = channels.rows().skip(1).map(|row| row[6].clone()).collect();
    assert_eq!(sums, [Data::Float(23899.5), Data::Float(12000.0)]);
}

#[test]
fn english_words_for_who_reads_english() {
    let csv = String::from_utf8(csv::csv(&handout(Lang::En))).unwrap();
    assert!(csv.contains("WeChat Pay") && csv.contains("total,"), "{csv}");
}
