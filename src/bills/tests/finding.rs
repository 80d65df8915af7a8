//! Findings: what a theft looks like beside an ordinary life, and what only looks like one.

use std::fmt::Write as _;

use super::{ledger, wechat};
use crate::bills::finding::find;
use crate::bills::finding::reason::Rule;

/// Sixty days of meals, rides and rent from January 2025, with `extra` rows.
fn life(extra: &str) -> String {
    let mut rows = String::new();
    for day in 0..60 {
        let date = format!("2025-{:02}-{:02}", day / 28 + 1, day % 28 + 1);
        for (hour, shop, yuan) in
            [("08:05", "早点铺", 6), ("12:20", "面馆", 22), ("18:40", "公交", 2)]
        {
            let _ = writeln!(
                rows,
                "{date} {hour}:{:02},扫二维码付款,{shop},/,支出,¥{yuan}.00,零钱,已转账,A{day}{hour},/,/",
                day % 60
            );
        }
    }
    rows.push_str(
        "2025-01-01 09:00:00,转账,房东,转账备注:房租,支出,¥3000.00,零钱,对方已收钱,R1,/,/\n",
    );
    rows.push_str(extra);
    wechat(&rows)
}

fn pay(time: &str, kind: &str, payee: &str, goods: &str, yuan: &str) -> String {
    format!("{time},{kind},{payee},{goods},支出,¥{yuan},零钱,支付成功,X{time}{payee},/,/\n")
}

#[track_caller]
fn finds(extra: &str, count: usize) -> Vec<Rule> {
    let ledger = ledger([&life(extra)]);
    let found = find(&ledger, &[]);
    let payees: Vec<&str> = found.iter().map(|f| ledger.events[f.event].line.payee()).collect();
    assert_eq!(found.len(), count, "{payees:?}");
    found.iter().flat_map(|finding| finding.reasons.iter().map(|reason| reason.rule)).collect()
}

#[test]
fn an_ordinary_life_has_no_findings() {
    finds("", 0);
}

#[test]
fn a_night_of_transfers_after_a_pull_and_a_probe_is_found_whole() {
    let mut theft = pay("2025-02-20 02:41:00", "扫二维码付款", "某摊", "/", "0.10");
    theft.push_str("2025-02-20 03:00:00,零钱通转出-到零钱,/,/,/,¥9000.00,零钱通,支付成功,P1,/,/\n");
    for minute in ["03:05:10", "03:14:00", "03:20:50"] {
        theft.push_str(&pay(
            &format!("2025-02-20 {minute}"),
            "转账",
            "陌生人",
            "转账备注:微信转账",
            "3000.00",
        ));
    }
    let rules = finds(&theft, 4);
    for rule in [Rule::Run, Rule::NewPayee, Rule::SavingsPulled, Rule::Probe, Rule::OffHours] {
        assert!(rules.contains(&rule), "{rule:?}");
    }
}

#[test]
fn a_deposit_with_its_purpose_after_a_cent_to_the_same_person_is_no_theft() {
    let mut own = pay("2025-02-20 10:00:00", "转账", "卖家", "转账备注:微信转账", "0.01");
    own.push_str(&pay("2025-02-20 10:06:00", "转账", "卖家", "转账备注:定金", "15000.00"));
    finds(&own, 0);
}

#[test]
fn one_huge_silent_transfer_to_a_stranger_is_a_question() {
    finds(&pay("2025-02-20 11:05:00", "转账", "陌生人", "转账备注:微信转账", "29800.00"), 1);
}

#[test]
fn red_packets_to_one_person_are_found_and_greetings_to_many_are_not() {
    let mut drain = String::new();
    let mut greetings = String::new();
    for at in 0..8 {
        let time = format!("2025-02-20 13:{:02}:00", 30 + at);
        drain.push_str(&pay(&time, "微信红包（单发）", "发给陌生人", "/", "200.00"));
        greetings.push_str(&pay(
            &time,
            "微信红包（单发）",
            &format!("发给亲友{at}"),
            "/",
            "200.00",
        ));
    }
    assert!(finds(&drain, 8).contains(&Rule::PacketRun));
    finds(&greetings, 0);
}

#[test]
fn gift_cards_of_one_kind_at_a_known_shop_are_no_theft() {
    let mut own = String::new();
    for day in 1..9 {
        own.push_str(&pay(
            &format!("2025-01-{day:02} 20:00:00"),
            "商户消费",
            "某东平台",
            "订单",
            "80.00",
        ));
    }
    for minute in [0, 7, 14, 21] {
        own.push_str(&pay(
            &format!("2025-02-20 14:{minute:02}:00"),
            "商户消费",
            "某东平台",
            "某东E卡",
            "1000.00",
        ));
    }
    finds(&own, 0);
}

#[test]
fn a_drip_of_changing_prices_is_found_and_a_membership_is_not() {
    let mut drip = String::new();
    let mut member = String::new();
    for at in 0..8 {
        let date = format!("2025-02-{:02} 16:16:00", 1 + at * 3);
        drip.push_str(&pay(
            &date,
            "商户消费",
            "某某信息技术有限公司",
            "增值服务",
            &format!("{}.{}0", 5 + at * 2, at),
        ));
    }
    for month in 1..=3 {
        member.push_str(&pay(
            &format!("2025-{month:02}-11 04:00:00"),
            "商户消费",
            "某视频",
            "自动续费",
            "25.00",
        ));
    }
    assert!(finds(&drip, 8).contains(&Rule::Drip));
    finds(&member, 0);
}

#[test]
fn a_named_day_turns_two_doubtful_payments_into_questions() {
    let mut two = pay("2025-02-20 11:05:00", "转账", "甲", "转账备注:微信转账", "900.00");
    two.push_str(&pay("2025-02-20 11:35:00", "转账", "乙", "转账备注:微信转账", "1900.00"));
    let ledger = ledger([&life(&two)]);
    let day = |text: &str| text.parse::<jiff::civil::Date>().unwrap();
    assert_eq!(find(&ledger, &[]).len(), 0);
    assert_eq!(find(&ledger, &[day("2025-02-20")]).len(), 2);
    assert_eq!(find(&ledger, &[day("2025-01-15")]).len(), 0);
}

#[test]
fn a_night_workers_night_is_not_strange() {
    let mut rows = String::new();
    for day in 0..56 {
        let date = format!("2025-{:02}-{:02}", day / 28 + 1, day % 28 + 1);
        for hour in ["01:10", "03:20", "05:40"] {
            let _ = writeln!(
                rows,
                "{date} {hour}:00,扫二维码付款,夜宵摊,/,支出,¥15.00,零钱,已转账,N{day}{hour},/,/"
            );
        }
    }
    for minute in ["03:05:10", "03:14:00", "03:20:50", "03:30:00"] {
        rows.push_str(&pay(
            &format!("2025-02-20 {minute}"),
            "转账",
            "陌生人",
            "转账备注:微信转账",
            "3000.00",
        ));
    }
    let ledger = ledger([&wechat(&rows)]);
    let found = find(&ledger, &[]);
    assert_eq!(found.len(), 4);
    let off = found.iter().flat_map(|f| &f.reasons).any(|reason| reason.rule == Rule::OffHours);
    assert!(!off);
}

#[test]
fn a_purpose_typed_in_the_middle_of_a_run_excuses_nothing() {
    let mut theft = String::new();
    for (minute, goods) in
        [("03:05", "微信转账"), ("03:14", "学费"), ("03:20", "微信转账"), ("03:31", "微信转账")]
    {
        let time = format!("2025-02-20 {minute}:00");
        theft.push_str(&pay(&time, "转账", "陌生人", &format!("转账备注:{goods}"), "3000.00"));
    }
    // The rent goes to someone the owner has paid before.
    theft.push_str(&pay("2025-02-20 03:25:00", "转账", "房东", "转账备注:房租", "3000.00"));
    assert!(finds(&theft, 4).contains(&Rule::Beside));
}

#[test]
fn what_is_everyday_is_learnt_from_the_owner() {
    let mut rich = String::new();
    for day in 1..=28 {
        for at in 0..4 {
            let time = format!("2025-01-{day:02} 1{at}:30:00");
            rich.push_str(&pay(&time, "扫二维码付款", &format!("画廊{}", day % 5), "/", "900.00"));
        }
    }
    for minute in [0, 8, 16, 24, 32] {
        let time = format!("2025-02-20 15:{minute:02}:00");
        rich.push_str(&pay(&time, "扫二维码付款", &format!("新店{minute}"), "/", "800.00"));
    }
    finds(&rich, 0);
}

#[test]
fn transfers_out_of_a_bank_account_are_found_without_any_wallet() {
    let mut rows = String::from(
        "交易日期,交易时间,交易摘要,交易金额,本次余额,对手信息,日 志 号,交易渠道,交易附言\n",
    );
    for day in 0..60 {
        let date = format!("2025{:02}{:02}", day / 28 + 1, day % 28 + 1);
        let _ = writeln!(rows, "{date},122000,消费,-22.00,1,面馆,A{day},POS,");
    }
    rows.push_str("20250105,090000,转账,-3000.00,1,房东,R1,手机银行,房租\n");
    rows.push_str("20250205,090000,转账,-3000.00,1,房东,R2,手机银行,房租\n");
    for minute in ["05", "14", "20", "31"] {
        let _ = writeln!(rows, "20250220,03{minute}00,转账,-6000.00,1,陌生人,T{minute},手机银行,");
    }
    let ledger = ledger([&rows]);
    let found = find(&ledger, &[]);
    let payees: Vec<&str> = found.iter().map(|f| ledger.events[f.event].line.payee()).collect();
    assert_eq!(payees, ["陌生人"; 4]);
}
