//! The ledger: everything counts once.

use super::{ledger, wechat};
use crate::bills::finding;
use crate::bills::report::report;
use crate::bills::totals::{Channel, Totals};

const PAID: &str = "2025-01-10 03:44:02,商户消费,面馆,/,支出,¥30.00,零钱,支付成功,4200000000000000000000000001,/,/\n";

#[track_caller]
fn spent(bills: [&str; 2], rows: usize, net_fen: i64) {
    let ledger = ledger(bills);
    let totals = Totals::count(&ledger, &[]);
    assert_eq!((ledger.events.len(), totals.spent.net().fen()), (rows, net_fen));
}

#[test]
fn overlapping_exports_count_once() {
    spent([&wechat(PAID), &wechat(PAID)], 1, 3000);
}

#[test]
fn a_row_without_its_number_is_matched_by_time_amount_and_payee() {
    let destroyed = "2025/1/10 3:44,商户消费,面馆,/,支出,¥30.00,零钱,支付成功,4.20000E+27,/,/\n";
    spent([&wechat(PAID), &wechat(destroyed)], 1, 3000);
    let twice = format!("{destroyed}{destroyed}");
    spent([&wechat(&twice), &wechat(&twice)], 2, 6000);
}

#[test]
fn the_same_number_with_another_amount_is_another_row() {
    let part = PAID.replace("30.00", "12.00");
    spent([&wechat(PAID), &wechat(&part)], 2, 4200);
}

#[test]
fn a_bank_row_that_repeats_the_wallet_counts_once() {
    let wallet = wechat(&PAID.replace("零钱", "农业银行储蓄卡(0000)"));
    let names =
        "交易日期,交易时间,交易摘要,交易金额,本次余额,对手信息,日 志 号,交易渠道,交易附言\n";
    let same = format!("{names}20250110,034430,财付通,-30.00,1,财付通-微信支付-面馆,1,电子商务,\n");
    let other =
        format!("{names}20250110,091500,财付通,-30.00,1,财付通-微信支付-面馆,1,电子商务,\n");
    spent([&wallet, &same], 2, 3000);
    spent([&wallet, &other], 2, 6000);
}

#[test]
fn a_refund_is_counted_once_however_often_it_is_written() {
    let paid = "2025-01-10 03:44:02,商户消费,某店,/,支出,¥100.00,零钱,已退款(￥40.00),4200000000000000000000000001,9001,/\n";
    let back = "2025-01-12 10:00:00,某店-退款,某店,/,收入,¥40.00,零钱,已退款￥40.00,4200000000000000000000000001,9001,/\n";
    let ledger = ledger([&wechat(&format!("{back}{paid}"))]);
    let totals = Totals::count(&ledger, &[]);
    assert_eq!(totals.spent.net().fen(), 6000);
    assert_eq!(ledger.events[0].refund, Some(1));
}

#[test]
fn an_alipay_refund_row_alone_lowers_the_loss() {
    let bill = "交易时间,交易分类,交易对方,对方账号,商品说明,收/支,金额,收/付款方式,交易状态,交易订单号,商家订单号,备注,\n\
         2025-01-12 10:00:00,退款,某店,/,退款-鞋,不计收支,40.00,余额,退款成功,20250110001_77\t,T1\t,,\n\
         2025-01-10 03:44:02,日用百货,某店,/,鞋,支出,100.00,余额,交易成功,20250110001\t,T1\t,,\n";
    let totals = Totals::count(&ledger([bill]), &[]);
    assert_eq!(totals.spent.net().fen(), 6000);
}

#[test]
fn gaps_between_exports_are_shown() {
    let head = |from: &str, until: &str| {
        format!("起始时间：[{from} 00:00:00] 终止时间：[{until} 23:59:59],,\n")
    };
    let early = format!("{}{}", head("2024-01-01", "2024-12-31"), wechat(PAID));
    let late = format!("{}{}", head("2025-03-01", "2025-06-30"), wechat(PAID));
    let ledger = ledger([&early, &late]);
    assert_eq!(ledger.gaps.len(), 1);
    assert_eq!(ledger.gaps[0].until.to_string(), "2025-02-28T16:00:00Z");
}

#[test]
fn channels_follow_the_first_part_of_the_method() {
    let of = |method: &str| {
        let bill = wechat(&PAID.replace("零钱", method));
        Channel::of(&ledger([&bill]).events[0].line)
    };
    assert_eq!(of("零钱通"), Channel::Savings);
    assert_eq!(of("余额宝&红包"), Channel::Savings);
    assert_eq!(of("工商银行储蓄卡(0000)"), Channel::Card);
    assert_eq!(of("招商银行信用卡(0000)"), Channel::CreditCard);
    assert_eq!(of("花呗"), Channel::Credit);
}

#[test]
fn the_name_on_the_bill_is_compared_with_the_case() {
    let bill = format!("姓名：王*明,,,\n{}", wechat(PAID));
    let ledger = ledger([&bill]);
    assert!(ledger.stranger("王小明").is_none());
    assert!(ledger.stranger("李四").is_some());
}

#[test]
fn the_report_has_the_promised_members() {
    let ledger = ledger([&wechat(PAID)]);
    let report = serde_json::to_value(report(&ledger, &finding::find(&ledger, &[]))).unwrap();
    for member in ["schema", "files", "findings", "totals", "suspected_loss_fen"] {
        assert!(report.get(member).is_some(), "{member}");
    }
    assert_eq!(report["files"][0]["expense_fen"], 3000);
}
