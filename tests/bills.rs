//! Bills within a case: what was read waits for the person's word, and only that makes a loss.

use std::fmt::Write as _;
use std::path::Path;

use crate::support::{Home, START, example, pdf_text, squeezed};

/// The three transactions at night of the example case, as WeChat's export writes them.
const NIGHT: [(&str, &str, &str, &str, &str); 3] = [
    ("03:11:26", "示例数码专营店", "4980.00", "零钱", "1000050001202609180311260001"),
    ("03:13:02", "示例充值", "3000.00", "示例银行(1234)", "1000050001202609180313020002"),
    ("03:14:40", "**华", "1999.99", "零钱通", "1000050001202609180314400003"),
];

/// Sixty days of ordinary life, then the night.
fn bill(owner: &str) -> String {
    let mut rows = String::new();
    for day in 0..60 {
        let (month, date) = if day < 31 { (7, day + 1) } else { (8, day - 30) };
        for (hour, payee, amount) in
            [(8, "示例早餐店", "12.00"), (12, "示例食堂", "25.50"), (19, "示例超市", "68.30")]
        {
            let id = 4_200_000_000_000_000_000_000_000_000_u128 + day * 100 + hour;
            let _ = writeln!(
                rows,
                "2026-{month:02}-{date:02} {hour:02}:15:{:02},商户消费,{payee},\"日常\",支出,¥{amount},零钱,支付成功,\"{id}\t\",\"M{id}\t\",\"/\"",
                day % 60
            );
        }
    }
    for (time, payee, amount, method, id) in NIGHT {
        let _ = writeln!(
            rows,
            "2026-09-18 {time},商户消费,{payee},\"虚拟商品\",支出,¥{amount},{method},支付成功,\"{id}\t\",\"S{id}\t\",\"/\""
        );
    }
    let mut head = String::from("\u{feff}微信支付账单明细,,,,,,,,\n");
    let _ = write!(
        head,
        "微信昵称：[{owner}],,,,,,,,\n起始时间：[2026-07-01 00:00:00] 终止时间：[2026-09-18 23:59:59],,,,,,,,\n导出类型：[全部],,,,,,,,\n导出时间：[2026-09-19 10:00:00],,,,,,,,\n,,,,,,,,\n----------------------微信支付账单明细列表--------------------,,,,,,,,\n交易时间,交易类型,交易对方,商品,收/支,金额(元),支付方式,当前状态,交易单号,商户单号,备注\n"
    );
    head + &rows
}

/// The example without its losses, with a bill in their place.
fn case(bills: &str, keep_losses: bool) -> tempfile::TempDir {
    let folder = example(|text| {
        let (head, rest) = text.split_once("[[losses]]").unwrap();
        let (_, tail) = rest.split_once("[insurance]").unwrap();
        let losses = if keep_losses {
            "[[losses]]\nat = 2026-09-18T03:11:00+08:00\namount = \"4980.00\"\npayee = \"示例数码专营店\"\nhow = \"not_by_me\"\n\n"
        } else {
            ""
        };
        let head = head.replace("schema = 1\n", &format!("schema = 1\nbills = [{bills}]\n"));
        format!("{head}{losses}[insurance]{tail}")
    });
    std::fs::write(folder.path().join("wechat.csv"), bill("晓芸")).unwrap();
    folder
}

fn started(home: &Home, folder: &Path) -> serde_json::Value {
    let file = folder.join("case.toml").display().to_string();
    home.json(3, &["start", &file, "--once", "--at", START])
}

fn table(home: &Home) -> String {
    squeezed(&pdf_text(&home.case("W-2026-0001").join("documents/loss-table.pdf")))
}

#[test]
fn only_what_the_person_confirms_enters_a_paper() {
    let home = Home::new();
    let folder = case("\"wechat.csv\"", false);
    let started = started(&home, folder.path());
    assert_eq!(
        (&started["bills"]["rows"], &started["bills"]["confirmed"]),
        (&183.into(), &0.into())
    );
    let review = home.json(3, &["bills", "review", "W-2026-0001"]);
    let waiting: Vec<&str> = review["pending"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["id"].as_str().unwrap())
        .collect();
    assert_eq!(waiting, NIGHT.map(|row| row.4), "{review}");
    assert_eq!(review["net_fen"], 0);
    for row in review["pending"].as_array().unwrap() {
        assert!(!row["reasons"].as_array().unwrap().is_empty(), "{row}");
        assert!(row["source"].as_str().unwrap().contains(".csv 第"), "{row}");
    }
    // Two are losses, one named by its whole number and one by its end; the third is their own.
    let arguments =
        ["bills", "review", "W-2026-0001", "--confirm", NIGHT[0].4, "3020002", "--clear", "400003"];
    let review = home.json(0, &arguments);
    assert_eq!((&review["pending"], &review["net_fen"]), (&serde_json::json!([]), &798_000.into()));
    let table = table(&home);
    for shown in ["4,980.00", "3,000.00", "7,980.00", NIGHT[1].4, "示例银行(1234)"] {
        assert!(table.contains(shown), "{shown} in {table}");
    }
    assert!(!table.contains("1,999.99"), "{table}");
    // A second thought is as good as the first, and one can be taken back.
    let review = home.json(
        0,
        &["bills", "review", "W-2026-0001", "--confirm", "400003", "--how", "by_me_deceived"],
    );
    assert_eq!(review["net_fen"], 997_999);
    home.expect(0, &["undo", "W-2026-0001"]);
    let review = home.json(0, &["bills", "review", "W-2026-0001"]);
    assert_eq!(review["net_fen"], 798_000);
}

#[test]
fn a_line_of_the_case_file_and_a_row_of_a_bill_are_one_transaction() {
    let home = Home::new();
    let folder = case("\"wechat.csv\"", true);
    let started = started(&home, folder.path());
    assert_eq!(started["bills"]["pending"], 2, "the first is in the case file");
    let review = home.json(0, &["bills", "review", "W-2026-0001", "--confirm", "all"]);
    assert_eq!(review["net_fen"], 997_999);
    // Even who confirms it again does not lose it twice.
    let review = home.json(0, &["bills", "review", "W-2026-0001", "--confirm", NIGHT[0].4]);
    assert_eq!(review["net_fen"], 997_999);
}

#[test]
fn a_row_that_was_not_flagged_can_be_confirmed_too() {
    let home = Home::new();
    let folder = case("\"wechat.csv\"", false);
    started(&home, folder.path());
    let day = home.json(0, &["bills", "review", "W-2026-0001", "--on", "2026-08-03"]);
    let rows = day["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 3, "{day}");
    let id = rows[1]["id"].as_str().unwrap();
    let review = home.json(3, &["bills", "review", "W-2026-0001", "--confirm", id]);
    assert_eq!(review["net_fen"], 2_550);
}

#[test]
fn the_page_of_a_case_shows_what_was_said_of_each_row() {
    let home = Home::new();
    let folder = case("\"wechat.csv\"", true);
    started(&home, folder.path());
    let pdf = folder.path().join("核对.pdf").display().to_string();
    let deceived = ["--confirm", "3020002", "--how", "by_me_deceived", "--pdf", &pdf];
    let review = home.json(3, &[&["bills", "review", "W-2026-0001"][..], &deceived[..]].concat());
    assert_eq!(review["written"], serde_json::json!([pdf]));
    let page = squeezed(&pdf_text(Path::new(&pdf)));
    for shown in [
        "案件W-2026-0001",
        "还有1笔等本人确认，本人已确认2笔是损失，已排除0笔",
        "共2笔，扣除退款7,980.00元",
        "本人已确认：不是我操作的",
        "本人已确认：我操作的，但受了骗",
        "等本人确认的交易",
        "1,999.99",
    ] {
        assert!(page.contains(shown), "{shown} in {page}");
    }
    // Cleared rows stay on the page, and out of its sums.
    let pdf = folder.path().join("再核对.pdf").display().to_string();
    home.json(0, &["bills", "review", "W-2026-0001", "--clear", "400003", "--pdf", &pdf]);
    let page = squeezed(&pdf_text(Path::new(&pdf)));
    assert!(page.contains("本人已排除：是正常消费"), "{page}");
    let paid_from = page.split("从哪里付出").nth(1).unwrap();
    assert!(!paid_from.contains("1,999.99"), "{page}");
}

#[test]
fn a_number_that_is_no_row_changes_nothing() {
    let home = Home::new();
    let folder = case("\"wechat.csv\"", false);
    started(&home, folder.path());
    let arguments = ["bills", "review", "W-2026-0001", "--confirm", NIGHT[0].4, "123456789"];
    let output = home.run(&arguments);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("没有编号为 123456789 的一笔"));
    let review = home.json(3, &["bills", "review", "W-2026-0001"]);
    assert_eq!(review["net_fen"], 0);
}

#[test]
fn what_cannot_be_read_is_said_and_the_rest_goes_on() {
    let home = Home::new();
    let folder = case("\"wechat.csv\", \"other.csv\"", false);
    std::fs::write(folder.path().join("other.csv"), "a,b,c\n1,2,3\n").unwrap();
    let started = started(&home, folder.path());
    assert_eq!((&started["bills"]["files"], &started["bills"]["unread"]), (&1.into(), &1.into()));
    let review = home.json(3, &["bills", "review", "W-2026-0001"]);
    assert!(review["unread"][0]["path"].as_str().unwrap().contains(".csv"), "{review}");
    assert!(!review["unread"][0]["hint"].as_str().unwrap().is_empty(), "{review}");
}

#[test]
fn a_password_does_not_stand_in_a_case_file() {
    let home = Home::new();
    let folder = case("\"wechat.csv\"]\nbills_passwords = [\"123456\"", false);
    let file = folder.path().join("case.toml").display().to_string();
    let checked = home.json(1, &["check", &file]);
    let message = checked["problems"][0]["message"].as_str().unwrap();
    assert!(message.contains("密码不能写在案件文件里"), "{checked}");
    assert!(!checked.to_string().contains("123456"), "the password is not repeated");
}

#[test]
fn a_reading_becomes_a_page_a_workbook_and_a_list() {
    let home = Home::new();
    let folder = case("\"wechat.csv\"", false);
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (bill, pdf, xlsx, csv) = (path("wechat.csv"), path("a.pdf"), path("a.xlsx"), path("a.csv"));
    home.expect(0, &["bills", &bill, "--pdf", &pdf, "--xlsx", &xlsx, "--csv", &csv]);
    let page = squeezed(&pdf_text(Path::new(&pdf)));
    for shown in ["时间线", "4,980.00", "示例数码专营店", "wechat.csv第", "不是我操作的"]
    {
        assert!(page.contains(shown), "{shown} in {page}");
    }
    // What makes a reading doubtful is said on the terminal too.
    let cut = self::bill("晓芸").replace("导出类型", "共900笔记录,,\n导出类型");
    std::fs::write(folder.path().join("cut.csv"), cut).unwrap();
    let said = home.expect(0, &["bills", &path("cut.csv")]);
    assert!(said.contains("文件写明共 900 笔，读到 183 笔"), "{said}");
    // Where nothing was read, nothing is said of what is in it.
    let said = home.expect(1, &["bills", &path("nowhere.csv")]);
    assert!(said.contains("没有这个文件") && !said.contains("可疑"), "{said}");
    let list = std::fs::read_to_string(&csv).unwrap();
    assert!(list.contains(NIGHT[0].4), "{list}");
    let mut book = calamine::open_workbook_auto(&xlsx).unwrap();
    let sheets = calamine::Reader::worksheets(&mut book);
    assert!(!sheets.is_empty());
    // What a person may have filled in is never overwritten.
    let again = home.run(&["bills", &bill, "--pdf", &pdf]);
    assert_eq!(again.status.code(), Some(1));
}
