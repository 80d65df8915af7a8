//! Where and by what means an account is used, in exports that say so.

use std::fmt::Write as _;

use super::ledger;
use crate::bills::finding::find;
use crate::bills::finding::reason::{Finding, Grade, Rule};

const ICBC: &str = "交易日期,摘要,交易场所,交易国家或地区简称,记账金额(收入),记账金额(支出),记账币种,余额,对方户名";

/// Fifty days of a card used at home, with `extra` rows.
fn card(extra: &str) -> String {
    let mut rows = format!("{ICBC}\n");
    for day in 0..50 {
        let date = format!("2025-{:02}-{:02}", day / 28 + 1, day % 28 + 1);
        let _ = writeln!(rows, "{date},消费,面馆,CHN,,22.00,人民币,,");
    }
    rows + extra
}

fn abroad(day: &str, shop: &str, yuan: &str) -> String {
    format!("{day},消费,{shop},THA,,{yuan},人民币,,\n")
}

fn abc(days: u32, extra: &str) -> String {
    let mut rows =
        "交易日期,交易时间,交易摘要,交易金额,本次余额,对手信息,日志号,交易渠道,交易附言\n"
            .to_owned();
    for day in 0..days {
        let date = format!("2025{:02}{:02}", day / 28 + 1, day % 28 + 1);
        let _ = writeln!(rows, "{date},122000,消费,-22.00,100.00,面馆,{day},掌上银行,");
    }
    rows + extra
}

fn drawn(time: &str) -> String {
    format!("20250225,{time},ATM取现,-3000.00,100.00,,{time},ATM,\n")
}

fn has(finding: &Finding, rule: Rule) -> bool {
    finding.reasons.iter().any(|reason| reason.rule == rule)
}

#[test]
fn reads_country_place_and_means() {
    let bank = ledger([&card(&abroad("2025-02-24", "BANGKOK", "9.00"))]);
    let last = &bank.events[50].line;
    assert_eq!((last.country(), last.site(), last.payee()), ("THA", "BANGKOK", "BANGKOK"));
    let bank = ledger([&abc(1, "")]);
    assert_eq!((bank.events[0].line.via(), bank.events[0].line.method()), ("掌上银行", ""));
}

#[test]
fn several_large_purchases_on_the_first_day_in_a_new_country_are_asked_about() {
    let shops = ["GOLD ONE", "GOLD TWO", "WATCHES", "JEWELS"];
    let theft: String = shops.map(|shop| abroad("2025-02-24", shop, "4000.00")).concat();
    let bank = ledger([&card(&theft)]);
    let found = find(&bank, &[]);
    assert_eq!(found.len(), 4);
    for finding in &found {
        assert_eq!(finding.grade, Grade::MediumHigh);
        assert!(has(finding, Rule::NewPlace));
        assert!(!has(finding, Rule::OffHours), "the bill gives no time of day");
        let said: String = finding.reasons.iter().map(|reason| &*reason.text.zh).collect();
        assert!(said.contains("THA") && said.contains("一天之内 4 笔"), "{said}");
        assert!(!said.contains("小时"), "{said}");
    }
}

#[test]
fn a_journey_is_not_a_theft() {
    let first_day = [("HOTEL", "1600.00"), ("DINNER", "700.00"), ("TAXI", "90.00")];
    let mut journey = first_day.map(|(shop, yuan)| abroad("2025-02-24", shop, yuan)).concat();
    for (day, shop) in [("2025-02-25", "GOLD"), ("2025-02-25", "BAGS"), ("2025-02-25", "SUITS")] {
        journey.push_str(&abroad(day, shop, "5000.00"));
    }
    assert!(find(&ledger([&card(&journey)]), &[]).is_empty());
}

#[test]
fn a_new_means_is_said_beside_other_reasons() {
    let theft = ["030500", "031000", "031500"].map(drawn).concat();
    let found = find(&ledger([&abc(50, &theft)]), &[]);
    assert_eq!(found.len(), 3);
    assert!(found.iter().all(|finding| has(finding, Rule::NewPlace)));
    assert!(find(&ledger([&abc(50, &drawn("120500"))]), &[]).is_empty());
}

#[test]
fn a_short_history_knows_no_first_time() {
    let theft = ["030500", "031000", "031500"].map(drawn).concat();
    let found = find(&ledger([&abc(20, &theft)]), &[]);
    assert!(!found.iter().any(|finding| has(finding, Rule::NewPlace)));
}

#[test]
fn a_place_that_is_new_every_other_day_says_nothing() {
    let mut rows = format!("{ICBC}\n");
    for day in 0..50 {
        let date = format!("2025-{:02}-{:02}", day / 28 + 1, day % 28 + 1);
        let _ = writeln!(rows, "{date},消费,店{day},CHN,,22.00,人民币,,");
    }
    for shop in ["甲", "乙", "丙"] {
        let _ = writeln!(rows, "2025-02-24,跨行汇款,{shop},CHN,,6000.00,人民币,,{shop}");
    }
    let found = find(&ledger([&rows]), &[]);
    assert_eq!(found.len(), 3);
    assert!(!found.iter().any(|finding| has(finding, Rule::NewPlace)));
}
