//! Drafts of column maps that are read back at once.

use super::*;
use crate::bills::layout::{Role, Sign};
use crate::bills::read::{Options, read_bytes, sample};

fn drafted(file: &str) -> Draft {
    let samples = sample("某行.csv", std::io::Cursor::new(file), &Options::default()).unwrap();
    draft(&samples).expect("a table")
}

/// Drafts a map, reads the file with it at once, and compares rows and the sums of both ways.
#[track_caller]
fn reads(file: &str, rows: usize, spent_fen: i64, received_fen: i64) -> Draft {
    let draft = drafted(file);
    let map = ColumnMap::parse(&draft.toml).unwrap_or_else(|_| panic!("{}", draft.toml));
    let options = Options { map: Some(map), ..Options::default() };
    let reading = read_bytes("某行.csv", file.as_bytes(), 0, &options).expect("readable");
    let sums = reading.exports[0].sums;
    let found = (reading.exports[0].lines.len(), sums.expense.sum.fen(), sums.income.sum.fen());
    assert_eq!(found, (rows, spent_fen, received_fen), "{}", draft.toml);
    draft
}

#[test]
fn signed_amounts_with_a_balance_are_told_from_the_balance() {
    let draft = reads(
        "某行借记卡明细\n户名：,王*明\n记账日,发生数,结余数,对方,附言\n20250401,-45.00,955.00,面馆,午饭\n20250402,-5.00,950.00,早点,/\n20250403,+100.00,1050.00,老王,还钱\n20250404,-50.00,1000.00,面馆,\n",
        4,
        10_000,
        10_000,
    );
    assert!(draft.toml.contains("amount = \"发生数\""), "{}", draft.toml);
    assert!(draft.toml.contains("payee = \"对方\""), "{}", draft.toml);
    assert!(draft.toml.contains("20250401 | 20250402 | 20250403"), "{}", draft.toml);
}

#[test]
fn two_columns_for_two_directions() {
    let draft = reads(
        "Date,Details,Money out,Money in,Balance\n13/01/2025,TESCO,12.50,,87.50\n14/01/2025,SALARY,,100.00,187.50\n15/01/2025,CAFE,7.50,,180.00\n",
        3,
        2_000,
        10_000,
    );
    assert!(draft.toml.contains("sign = \"two_columns\""), "{}", draft.toml);
    assert!(draft.toml.contains("order = \"day_first\""), "{}", draft.toml);
}

#[test]
fn a_column_of_directions() {
    let draft = reads(
        "流水\t发生时刻\t进出\t数额\t给谁\nA20250101000001\t2025-01-02 10:11:12\t支出\t12.50\t面馆\nA20250101000002\t2025-01-03 10:11:12\t收入\t8.00\t老王\nA20250101000003\t2025-01-04 10:11:12\t支出\t7.50\t早点铺\n",
        3,
        2_000,
        800,
    );
    let choice = choose_of(&draft);
    assert!(choice.contains("id = "), "{choice}");
    assert!(choice.contains("payee = \"给谁\""), "{choice}");
}

#[test]
fn directions_in_other_words() {
    for (out, income) in [("转出", "转入"), ("付款", "收款"), ("D", "C"), ("-", "+"), ("out", "in")]
    {
        let file = format!(
            "日期,方向,数额,对方\n2025-01-02,{out},12.50,面馆\n2025-01-03,{income},8.00,老王\n2025-01-04,{out},7.50,早点铺\n"
        );
        reads(&file, 3, 2_000, 800);
    }
}

fn choose_of(draft: &Draft) -> &str {
    draft.toml.split("[columns]").nth(1).unwrap()
}

#[test]
fn a_table_without_names_is_mapped_by_numbers() {
    let draft = reads(
        "2025-01-02 10:11:12;面馆;-12.50\n2025-01-03 10:11:12;早点铺;-7.50\n2025-01-04 09:00:00;老王;30.00\n",
        3,
        2_000,
        3_000,
    );
    assert!(choose_of(&draft).contains("time = 1"), "{}", draft.toml);
}

#[test]
fn amounts_without_any_direction_are_a_doubt() {
    let draft = reads(
        "日期,摘要,金额\n2025-01-02,消费 面馆,12.50\n2025-01-03,退货 某店,7.50\n",
        2,
        1_250,
        750,
    );
    assert!(draft.doubts.iter().any(|doubt| doubt.en.contains("minus")), "{:?}", draft.doubts);
}

#[test]
fn a_comment_cannot_be_broken_by_a_cell() {
    let draft =
        reads("日期,说明,金额\n2025-01-02,\"a\nb\u{7}\",-1.00\n2025-01-03,c,-2.00\n", 2, 300, 0);
    assert_eq!(draft.known, None);
}

#[test]
fn a_file_without_a_table_is_foreign() {
    let samples =
        sample("x", std::io::Cursor::new("hello,world\nno,table\n"), &Options::default()).unwrap();
    assert_eq!(draft(&samples).unwrap_err().code(), "foreign");
}

#[test]
fn a_known_table_is_said_to_need_no_map() {
    let names =
        "交易时间,交易类型,交易对方,商品,收/支,金额(元),支付方式,当前状态,交易单号,商户单号,备注";
    let draft = drafted(&format!(
        "微信支付账单明细\n{names}\n2025-01-02 03:04:05,转账,某人,/,支出,¥3.00,零钱,支付成功,1000050001202501020001,/,/\n"
    ));
    assert_eq!(draft.known, Some(Provider::WeChat));
    let map = ColumnMap::parse(&draft.toml).unwrap();
    let row = csv::StringRecord::from(names.split(',').collect::<Vec<_>>());
    let bound = map.bind(&row).unwrap();
    assert_eq!(bound.sign, Sign::Column);
    assert_eq!(bound.column(Role::Amount), Some(5));
    assert_eq!(bound.column(Role::Id), Some(8));
}

#[test]
fn amounts_split_over_two_nameless_columns() {
    let draft = reads(
        "05/13/2023,DOLLARAMA,1.96,,13.04\n05/14/2023,PTS FROM,,2.00,15.04\n05/15/2023,MARKET,10.04,,5.00\n",
        3,
        1_200,
        200,
    );
    assert!(
        draft.doubts.iter().any(|doubt| doubt.en.contains("column 3 or 4")),
        "{:?}",
        draft.doubts
    );
}
