//! Files that mean harm, and files that were harmed: always an error or a reading, never a panic.

use super::{WECHAT_NAMES, archive, refused, wechat, workbook};
use crate::bills::error::{BillError, Limit};
use crate::bills::finding::find;
use crate::bills::ledger::Ledger;
use crate::bills::limits::{COLUMNS, RECORD_BYTES};
use crate::bills::read::{Options, read_bytes};

#[track_caller]
fn over(bytes: impl AsRef<[u8]>, limit: Limit) {
    match refused(bytes) {
        BillError::Limit(found) => assert_eq!(found, limit),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_line_without_end_ends_at_the_limit() {
    over(vec![b'a'; 3 * RECORD_BYTES], Limit::Record);
    over(format!("{WECHAT_NAMES}\n\"{}", "a,b\n".repeat(RECORD_BYTES)), Limit::Record);
}

#[test]
fn a_million_columns_end_at_the_limit() {
    over(",".repeat(COLUMNS + 5), Limit::Columns);
}

#[test]
fn a_bomb_is_not_unpacked() {
    over(archive("账单.csv", &vec![b' '; 64 << 20], None), Limit::Unpacked);
}

#[test]
fn a_workbook_bomb_is_not_unpacked() {
    let cell = "a".repeat(64 << 20);
    over(workbook(&[vec![cell.as_str()]]), Limit::Unpacked);
}

#[test]
fn archives_in_archives_end_at_the_limit() {
    let mut nested = archive("a.csv", b"x", None);
    for _ in 0..4 {
        nested = archive("a.zip", &nested, None);
    }
    over(nested, Limit::Depth);
}

#[test]
fn wrong_encoding_is_said() {
    let noise: Vec<u8> = (0..4000u32).map(|at| u8::try_from(128 + at * 7 % 120).unwrap()).collect();
    assert!(matches!(refused(noise).code(), "encoding" | "foreign"));
}

/// A fixed sequence of pseudo-random numbers.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(limit.max(1)).unwrap()).unwrap()
    }
}

fn harm(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut harmed = bytes.to_vec();
    if dice.below(3) == 0 {
        harmed.truncate(dice.below(bytes.len()));
    }
    for _ in 0..dice.below(12) {
        let at = dice.below(harmed.len());
        let letter = b"\"\n,\t\0\xff/-9E"[dice.below(10)];
        match dice.below(3) {
            _ if harmed.is_empty() => {}
            0 => harmed[at] = letter,
            1 => harmed.insert(at, letter),
            _ => drop(harmed.remove(at)),
        }
    }
    harmed
}

#[test]
fn harmed_files_never_panic() {
    harm_and_read(600);
}

#[test]
#[ignore = "takes minutes"]
fn harmed_files_never_panic_for_long() {
    harm_and_read(60_000);
}

fn harm_and_read(rounds: usize) {
    let csv = wechat(
        "2025-01-10 03:44:02,转账,阿乙,\"转账备注:微信转账\",支出,¥2663.00,零钱,已退款(￥3.00),100005\t,\"1\"\t,\"/\"\n\
         2025/1/9 12:00,商户消费,面馆,/,支出,\"￥1,020.50\",零钱通,支付成功,4.2E+27,/,/\n",
    );
    let names: Vec<&str> = WECHAT_NAMES.split(',').collect();
    let row = vec![
        "#46293.5",
        "商户消费",
        "面馆",
        "/",
        "支出",
        "#8.14",
        "零钱",
        "支付成功",
        "1",
        "/",
        "/",
    ];
    let seeds = [
        csv.as_bytes().to_vec(),
        encoding_rs::GB18030.encode(&csv).0.into_owned(),
        archive("账单.csv", csv.as_bytes(), None),
        archive("账单.csv", csv.as_bytes(), Some("1")),
        workbook(&[names, row]),
    ];
    let options = Options { passwords: vec!["1".into()], map: None };
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    for round in 0..rounds {
        let harmed = harm(&seeds[round % seeds.len()], &mut dice);
        if let Ok(reading) = read_bytes("harmed", &harmed, 0, &options) {
            let ledger = Ledger::join(reading.exports);
            find(&ledger, &[]);
        }
    }
}
