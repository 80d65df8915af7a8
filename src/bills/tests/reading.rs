//! Readers: every generation, and what people and spreadsheets do to them.

use encoding_rs::GB18030;

use super::{WECHAT_NAMES, archive, export, refused, wechat, workbook};
use crate::bills::line::{Flow, Outcome, Provider};
use crate::bills::mapping::ColumnMap;
use crate::bills::moment::Fineness;
use crate::bills::read::{Options, read_bytes};

#[test]
fn reads_a_wechat_csv_with_tabs_and_both_yen_signs() {
    let bill = export(wechat(
        "2025-01-10 03:44:02,转账,阿乙,\"转账备注:微信转账\",支出,¥2663.00,零钱,对方已收钱,1000050000000000000000000001\t,\"100005\"\t,\"/\"\n\
         2025-01-09 12:00:00,\"商户消费\"\t,\"面馆\"\t,/,支出,\"￥1,020.50\",零钱通,支付成功,4200000000000000000000000001\t,/,/\n",
    ));
    assert_eq!(bill.generation, "wechat-csv");
    assert_eq!(bill.sums.expense.sum.fen(), 266_300 + 102_050);
    let first = &bill.lines[0];
    assert_eq!((first.payee(), first.id()), ("阿乙", "1000050000000000000000000001"));
    assert_eq!((first.merchant_id(), first.note()), ("100005", ""));
    assert_eq!(first.place.line, 5);
    assert_eq!(bill.lines[1].kind(), "商户消费");
}

#[test]
fn the_table_is_found_by_its_names_wherever_it_starts() {
    let rows = "2025-01-10 03:44:02,商户消费,面馆,/,支出,¥1.00,零钱,支付成功,1,/,/\n";
    let bare = format!("{WECHAT_NAMES}\n{rows}");
    let long = format!("{}{bare}", "说明,,\n".repeat(40));
    assert_eq!(export(bare).lines.len(), 1);
    assert_eq!(export(long).lines.len(), 1);
}

#[test]
fn unknown_kinds_and_states_are_kept_and_reported() {
    let bill =
        export(wechat("2025-01-10 03:44:02,前所未有,面馆,/,支出,¥1.00,零钱,状态待定,1,/,/\n"));
    assert_eq!(bill.lines[0].kind(), "前所未有");
    assert_eq!(bill.lines[0].outcome, Outcome::Unknown);
    assert!(bill.warnings.iter().any(|warning| warning.zh.contains("状态待定")));
}

#[test]
fn a_row_that_cannot_be_read_is_reported_with_its_line() {
    let bill = export(wechat(
        "2025-01-10 03:44:02,商户消费,面馆,/,支出,¥1.00,零钱,支付成功,1,/,/\n\
         2025-01-10 03:45:02,商户消费,面馆,/,支出,五元,零钱,支付成功,2,/,/\n",
    ));
    assert_eq!((bill.lines.len(), bill.skipped, bill.skips[0].line), (1, 1, 6));
    assert!(bill.skips[0].reason.zh.contains("五元"));
}

#[test]
fn declared_totals_are_compared() {
    let head = "支出：2笔 3.00元,,\n";
    let bill = export(format!(
        "{head}{WECHAT_NAMES}\n2025-01-10 03:44:02,商户消费,面馆,/,支出,¥1.00,零钱,支付成功,1,/,/\n"
    ));
    assert!(
        bill.warnings[0].en.contains("declares 3.00, 1.00 was read"),
        "{}",
        bill.warnings[0].en
    );
}

#[test]
fn what_a_spreadsheet_destroyed_is_recognised() {
    let bill =
        export(wechat("2025/1/10 3:44,商户消费,面馆,/,支出,¥1.00,零钱,支付成功,4.20000E+27,/,/\n"));
    let line = &bill.lines[0];
    assert_eq!((line.whole_id(), line.fineness), (None, Fineness::Minute));
    assert_eq!(line.identifier(), "wx|2025-01-10 03:44|100|面馆");
}

#[test]
fn a_lost_quote_does_not_swallow_the_rows_after_it() {
    let bill = export(wechat(
        "2025-01-10 03:44:02,商户消费,\"坏引号,/,支出,¥1.00,零钱,支付成功,1,/,/\n\
         2025-01-10 03:45:02,商户消费,面馆,/,支出,¥2.00,零钱,支付成功,2,/,/\n\
         2025-01-10 03:46:02,商户消费,面馆,/,支出,¥3.00,零钱,支付成功,3,/,/\n",
    ));
    assert_eq!(bill.lines.len(), 3);
}

#[test]
fn reads_a_workbook_with_text_or_with_numbers() {
    let names: Vec<&str> = WECHAT_NAMES.split(',').collect();
    let row = |time, amount| {
        vec![
            time,
            "商户消费",
            "面馆",
            "/",
            "支出",
            amount,
            "零钱",
            "支付成功",
            "4200000000000000000000000001",
            "/",
            "/",
        ]
    };
    let text = export(workbook(&[
        vec!["微信支付账单明细"],
        names.clone(),
        row("2026-09-28 12:00:00", "¥8.14"),
    ]));
    let number = export(workbook(&[names, row("#46293.5", "#8.140000000000001")]));
    assert_eq!(text.generation, "wechat-xlsx-text");
    assert_eq!(number.generation, "wechat-xlsx-number");
    assert_eq!(text.lines[0].at, number.lines[0].at);
    assert_eq!(number.lines[0].amount.fen(), 814);
}

#[test]
fn reads_alipay_with_padding_and_the_info_below() {
    let bill = "收/支                 ,交易对方   ,对方账号 ,商品说明 ,收/付款方式 ,金额   ,交易状态   ,交易分类 ,交易订单号 ,商家订单号 ,交易时间 ,\n\
                支出                  ,面馆   ,/ ,午餐 ,花呗&红包 ,20.92   ,交易成功   ,餐饮美食 ,2021092822001\t ,T1\t ,2021-09-28 12:23:33 ,\n\
                其他                  ,某公司 ,/ ,手机 ,余额 ,9.00   ,交易关闭   ,其他 ,2021092822002\t ,\t ,2021-09-28 12:24:33 ,\n\
                ------------------------\n共2笔记录\n支出：1笔 20.92元\n";
    let bill = export(GB18030.encode(bill).0);
    assert_eq!((bill.generation.as_str(), bill.encoding), ("alipay-app-2021", "gb18030"));
    assert_eq!(bill.lines[0].payee(), "面馆");
    assert_eq!(bill.lines[1].outcome, Outcome::NotPaid);
    assert!(bill.warnings.is_empty(), "{:?}", bill.warnings);
}

#[test]
fn a_closed_order_that_was_paid_is_a_full_refund() {
    let bill = export(
        "交易时间,交易分类,交易对方,对方账号,商品说明,收/支,金额,收/付款方式,交易状态,交易订单号,商家订单号,备注,\n\
         2025-01-10 03:44:02,日用百货,某店,/,鞋,支出,99.00,余额,交易关闭,20250110\t,\t,,\n",
    );
    assert_eq!(bill.lines[0].outcome, Outcome::Refunded);
    assert!(bill.lines[0].net().is_zero());
}

#[test]
fn reads_both_column_orders_of_jd_and_its_refunds() {
    for names in [
        "交易时间,商户名称,交易说明,金额,收/付款方式,交易状态,收/支,交易分类,交易订单号,商家订单号,备注\n2024-12-28 13:27:56\t,京东平台商户,衣服,131.77(已退款89.84),白条,交易成功,支出,服饰,1\t,2\t,\n",
        "交易时间,交易分类,商户名称,交易说明,收/支,金额,收/付款方式,交易状态,交易订单号,商家订单号,备注\n2024-12-28 13:27:56\t,服饰,京东平台商户,衣服,支出,131.77(已退款89.84),白条,交易成功,1\t,2\t,\n",
    ] {
        let bill = export(names);
        assert_eq!(bill.provider, Provider::Jd);
        assert_eq!(bill.lines[0].refunded.fen(), 8984);
        assert_eq!(bill.lines[0].net().fen(), 4193);
    }
}

#[track_caller]
fn flows(bill: &str, expected: &[(Flow, i64)]) {
    let found: Vec<_> =
        export(bill).lines.iter().map(|line| (line.flow, line.amount.fen())).collect();
    assert_eq!(found, expected);
}

#[test]
fn reads_the_signs_of_banks() {
    flows(
        "交易日期,交易时间,交易摘要,交易金额,本次余额,对手信息,日 志 号,交易渠道,交易附言\n20240101,123456,转存,+10.00,1,甲,3,网银,\n20240103,,还款,-12.30,1\n",
        &[(Flow::In, 1000), (Flow::Out, 1230)],
    );
    flows(
        "招商银行信用卡对账单（个人消费卡账户 2024年01月）\n交易日,记账日,交易摘要,人民币金额,卡号末四位,交易地金额\n,12/29,还款,-1.23,1234,-1.23\n01/02,01/03,午餐,56.78,1234,56.78\n",
        &[(Flow::In, 123), (Flow::Out, 5678)],
    );
    flows(
        "交易日期,记账日期,交易说明,交易币种/金额,入账币种/金额\n2025-01-10,2025-01-10,退货 某店,CNY 3.18,CNY 3.18\n2025-01-11,2025-01-12,消费 某店,CNY 2.99,CNY2.99\n",
        &[(Flow::In, 318), (Flow::Out, 299)],
    );
}

#[test]
fn a_card_statement_puts_december_into_the_year_before() {
    let bill = export(
        "招商银行信用卡对账单（2024年01月）\n交易日,记账日,交易摘要,人民币金额,卡号末四位,交易地金额\n12/29,12/30,午餐,1.00,1,1\n",
    );
    assert_eq!(bill.lines[0].wall().date().to_string(), "2023-12-29");
}

#[test]
fn a_column_map_reads_a_table_without_names() {
    let map = ColumnMap::parse(
        "sign = \"two_columns\"\norder = \"month_first\"\n[columns]\ntime = 1\npayee = 2\nout = 3\nin = 4\n",
    )
    .unwrap();
    let options = Options { map: Some(map), ..Options::default() };
    let table = b"05/01/2023,SHOP,1.96,,13.04\n05/02/2023,PAY,,332.22,1\n";
    let reading = read_bytes("t", table, 0, &options).unwrap();
    let sums = reading.exports[0].sums;
    assert_eq!((sums.expense.sum.fen(), sums.income.sum.fen()), (196, 33_222));
}

#[test]
fn opens_an_archive_with_the_right_password_only() {
    let bill = wechat("2025-01-10 03:44:02,商户消费,面馆,/,支出,¥1.00,零钱,支付成功,1,/,/\n");
    let locked = archive("账单.csv", bill.as_bytes(), Some("123456"));
    assert_eq!(refused(&locked).code(), "password_needed");
    let with = |passwords: &[&str]| {
        let passwords = passwords.iter().map(|password| (*password).to_owned()).collect();
        read_bytes("a.zip", &locked, 0, &Options { passwords, map: None })
    };
    assert_eq!(with(&["654321"]).unwrap_err().code(), "wrong_password");
    let reading = with(&["654321", "123456"]).unwrap();
    assert_eq!(reading.exports[0].path, "a.zip!账单.csv");
}

#[test]
fn every_failure_has_its_own_words() {
    let names = "交易时间,交易类型,交易对方,收/支,当前状态,交易单号,金额(元)\n";
    let whole = archive("a.csv", b"x", None);
    let errors = [
        refused(b""),
        refused(b"  \n"),
        refused(&whole[..whole.len() / 2]),
        refused("姓,名,地,址,号\n1,2,3,4,5\n"),
        refused(b"\x89PNG\r\n\x1a\n0000"),
        refused(b"%PDF-1.7"),
        refused(names),
        refused("微信支付账单明细\n微信昵称：[某人]\n"),
        refused("记录时间,分类,收支类型,金额\n"),
    ];
    let codes: Vec<&str> = errors.iter().map(crate::bills::error::BillError::code).collect();
    assert_eq!(
        codes,
        [
            "empty",
            "empty",
            "truncated",
            "foreign",
            "not_a_bill",
            "pdf",
            "no_rows",
            "truncated",
            "bookkeeping"
        ]
    );
    for error in errors {
        let (message, hint) = (error.message(), error.hint());
        assert!(![&message.zh, &message.en, &hint.zh, &hint.en].iter().any(|text| text.is_empty()));
    }
}

#[test]
fn reads_an_old_workbook() {
    let names = "交易时间,交易类型,交易对方,商品,收/支,金额(元),支付方式,当前状态,交易单号";
    let row = "#46293.5,转账,某人,/,支出,#28.16,零钱,支付成功,A1";
    let rows = [names, row].map(|row| row.split(',').collect::<Vec<_>>());
    let export = export(crate::bills::ole::wrap(&super::xls_records(&rows)));
    assert_eq!(export.lines[0].amount.fen(), 2816);
}

/// Three rows between blank lines, the second of two lines.
const SPREAD: &str = "
2025-01-10 03:44:02,转账,阿乙,/,支出,¥2663.00,零钱,对方已收钱,1,/,/


2025-01-11 03:44:02,转账,阿乙,\"第一行
第二行\",支出,¥2664.00,零钱,对方已收钱,2,/,/

2025-01-12 03:44:02,转账,阿乙,/,支出,¥2665.00,零钱,对方已收钱,3,/,/
";

#[test]
fn a_line_number_is_the_line_an_editor_shows() {
    let text = wechat(SPREAD).replacen(",,,,,\n", "\n\n", 1);
    let seen = text.lines().enumerate().filter(|(_, line)| line.starts_with("2025-01-1"));
    let expected: Vec<u32> = seen.map(|(at, _)| u32::try_from(at + 1).unwrap()).collect();
    assert_eq!(expected.len(), 3);
    for ends in ["\n", "\r\n", "\r"] {
        let text = text.replace('\n', ends);
        let letters = text.trim_start_matches('\u{feff}');
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let files =
            [text.clone().into_bytes(), letters.into(), GB18030.encode(letters).0.into(), wide];
        for (form, file) in files.into_iter().enumerate() {
            let bill = export(file);
            let lines: Vec<u32> = bill.lines.iter().map(|line| line.place.line).collect();
            assert_eq!(lines, expected, "{ends:?} in form {form}");
        }
    }
}
