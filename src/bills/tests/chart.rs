//! Timelines: what is drawn where.

use crate::bills::chart::{Chart, Stretch, chart};
use crate::bills::finding::find;
use crate::bills::ledger::Ledger;
use crate::bills::read::{Options, read_bytes};
use crate::domain::money::Money;

/// Sixty days of lunches of 20 yuan, and four transfers of 5,000 in one night.
fn drawn(stretch: Stretch) -> Chart {
    let mut bill = String::from(
        "交易时间,交易类型,交易对方,商品,收/支,金额(元),支付方式,当前状态,交易单号,商户单号,备注\n",
    );
    for day in 0..60 {
        let date = format!("2025-{:02}-{:02}", day / 28 + 1, day % 28 + 1);
        bill.push_str(&format!(
            "{date} 12:20:00,商户消费,面馆,/,支出,¥20.00,零钱,支付成功,L{day},/,/\n"
        ));
    }
    for minute in [5, 14, 20, 31] {
        bill.push_str(&format!(
            "2025-02-20 03:{minute:02}:00,转账,陌生人,转账备注:微信转账,支出,¥5000.00,零钱,对方已收钱,T{minute},/,/\n"
        ));
    }
    let mut reading = read_bytes("b", bill.as_bytes(), 0, &Options::default()).unwrap();
    let ledger = Ledger::join(std::mem::take(&mut reading.exports));
    let findings = find(&ledger, &[]);
    assert_eq!(findings.len(), 4);
    chart(&ledger, &findings, stretch).unwrap()
}

#[test]
fn the_whole_bill_is_cut_into_days() {
    let chart = drawn(Stretch::Whole);
    assert_eq!((chart.unit, chart.step), ("days", 1));
    assert_eq!((chart.from.as_str(), chart.until.as_str()), ("2025-01-01", "2025-03-04"));
    assert_eq!(chart.top_fen, 2_002_000);
    assert_eq!(chart.marked(), Money::from_fen(2_000_000));
    let night = chart.bars.iter().find(|bar| bar.marked_rows > 0).unwrap();
    assert_eq!((night.height, night.marked_height, night.rows), (1000, 999, 5));
    assert!(chart.bars.iter().all(|bar| bar.x >= 0 && bar.x + bar.width <= 1000));
    assert!(chart.ticks.len() >= 4 && chart.ticks.iter().all(|tick| tick.x < 1000));
}

#[test]
fn the_days_of_the_theft_are_cut_into_hours() {
    let chart = drawn(Stretch::Around { days: 1 });
    assert_eq!((chart.unit, chart.step), ("hours", 1));
    assert_eq!(chart.from, "2025-02-19");
    assert_eq!(chart.marks.len(), 4);
    assert_eq!(chart.marks[0].at, "2025-02-20 03:05:00");
    assert!(chart.marks.windows(2).all(|pair| pair[0].x <= pair[1].x));
    assert_eq!(chart.ticks[1].label, "06:00");
}

#[test]
fn a_page_reads_it_as_plain_values() {
    let value = serde_json::to_value(drawn(Stretch::Whole)).unwrap();
    assert!(value["bars"][0]["x"].is_i64() && value["marks"][0]["payee"].is_string());
}
