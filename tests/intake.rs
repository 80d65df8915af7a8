//! A firm's intake from the workbook to the folders: what is wrong is found and nothing else, what
//! is good is taken in once, and what failed can be corrected and given again.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::planted::{FILES, Folder, Form, Place, Planted};
use crate::support::Home;

const CLIENTS: usize = 300;

fn places(checked: &Value) -> BTreeSet<Place> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let place = |one: &Value| {
        let row = one["row"].as_u64().unwrap();
        (text(&one["sheet"]), row, text(&one["column"]), text(&one["severity"]))
    };
    checked["problems"].as_array().unwrap().iter().map(place).collect()
}

/// Writes the workbook and the clients' folders.
fn written(planted: &Planted, root: &Path, name: &str) -> (String, String) {
    let workbook = root.join(name);
    fs::write(&workbook, planted.bytes()).unwrap();
    let files = root.join("files");
    fs::create_dir_all(files.join("nobody")).unwrap();
    for (number, state) in &planted.folders {
        let folder = files.join(format!("{number}_材料"));
        if *state != Folder::Absent {
            fs::create_dir_all(&folder).unwrap();
        }
        if *state == Folder::Whole {
            for file in FILES {
                fs::write(folder.join(file), b"").unwrap();
            }
        }
    }
    (workbook.display().to_string(), files.display().to_string())
}

/// Checks and imports a workbook with faults.
fn finds_each_and_takes_the_rest(form: Form, name: &str) {
    let home = Home::new();
    let planted = Planted::new(CLIENTS, 6, form);
    assert!(planted.kinds().len() >= 40, "{:?}", planted.kinds());
    let (workbook, files) = written(&planted, home.path(), name);
    let checked = home.json(1, &["batch", "check", &workbook, "--folder", &files]);
    let (expected, found) = (planted.expected(), places(&checked));
    let missed: Vec<_> = expected.difference(&found).collect();
    let invented: Vec<_> = found.difference(&expected).collect();
    assert!(missed.is_empty() && invented.is_empty(), "missed {missed:#?}\ninvented {invented:#?}");
    assert_eq!(checked["good"], planted.list()["good"]);

    let into = home.path().join("cases").display().to_string() + "-of-firm";
    let import =
        ["batch", "import", &workbook, "--folder", &files, "--into", &into, "--accept-good"];
    let imported = home.json(1, &import);
    assert_eq!(imported["written"].as_array().unwrap().len(), planted.good());
    let folders = || fs::read_dir(&into).unwrap().flatten();
    let matters = folders().filter(|entry| entry.path().join("case.toml").is_file()).count();
    assert_eq!(matters, planted.good());
    // The same twice changes nothing.
    let bytes = |path: &str| fs::read(path).unwrap();
    let retry = imported["retry"].as_str().unwrap();
    let before = (bytes(retry), bytes(&format!("{into}/numbers.json")));
    let again = home.json(1, &import);
    assert_eq!((again["written"].as_array().unwrap().len(), &again["retry"]), (0, &json!(retry)));
    assert_eq!(again["kept"].as_array().unwrap().len(), planted.good());
    assert_eq!((bytes(retry), bytes(&format!("{into}/numbers.json"))), before);
    // What was not taken says the same wrong things again, client by client.
    let check = ["batch", "check", retry, "--folder", &files, "--against", &into];
    let once_more = home.json(1, &check);
    assert_eq!(once_more["rows"], CLIENTS - planted.good() + orphans(&planted), "{retry}");
    assert_eq!(once_more["good"], 0, "{once_more:#}");
}

/// Transactions of nobody become rows of nobody.
fn orphans(planted: &Planted) -> usize {
    usize::from(planted.kinds().contains("transaction of nobody"))
}

#[test]
fn every_fault_of_a_workbook_is_found_and_nothing_else() {
    finds_each_and_takes_the_rest(Form::Xlsx, "intake.xlsx");
}

#[test]
fn every_fault_of_a_text_table_is_found_and_nothing_else() {
    finds_each_and_takes_the_rest(Form::Csv, "intake.csv");
}

const HEAD: &str = "本方编号,姓名,身份证号,联系电话,发现时间,账号,保险公司,授权用途,授权日期,利益冲突审查,交易时间,金额,对方名称,对方账号,交易单号";

/// A client's row: our number, name, which identity number, insurer, review, payee, its order.
fn row(number: &str, name: &str, n: usize, further: [&str; 4]) -> String {
    let [insurer, review, payee, order] = further;
    let id_no = crate::planted::identity(n);
    format!(
        "{number},{name},{id_no},138{n:08},2026-09-18 15:20,wx_{n},{insurer},申诉,2026-09-20,{review},2026-09-18 03:00:00,10.00,{payee},,{order}\n"
    )
}

fn table(home: &Home, name: &str, rows: &[String]) -> String {
    let path = home.path().join(name);
    fs::write(&path, format!("{HEAD}\n{}", rows.concat())).unwrap();
    path.display().to_string()
}

/// The rules that were broken, each with its row.
fn rules(checked: &Value) -> Vec<(u64, String, String)> {
    let one = |problem: &Value| {
        let text = |name: &str| problem[name].as_str().unwrap().to_owned();
        (problem["row"].as_u64().unwrap(), text("rule"), text("severity"))
    };
    let problems = checked["problems"].as_array().unwrap().iter();
    problems.map(one).filter(|(row, rule, _)| *row > 1 && rule != "wanted").collect()
}

/// Clients of whom most collide with a matter the firm has.
fn colliding(home: &Home) -> String {
    let rows = [
        row("B-1", "陌 某", 3, ["", "", "某店", "T3"]),
        row("B-2", "孙丙", 4, ["", "", "冯子", "T4"]),
        row("B-3", "李丁", 5, ["", "", "ＷＸ_12", "T5"]),
        row("B-4", "周戊", 6, ["", "", "某店", "T2"]),
        row("B-5", "赵甲", 1, ["", "", "某店", "T6"]),
        row("B-6", "钱乙", 2, ["", "", "某店", "T7"]),
        row("B-7", "甲保险", 7, ["", "", "某店", "T8"]),
        row("B-8", "吴己", 8, ["示例财险", "", "某店", "T9"]),
        row("B-9", "郑庚", 9, ["", "林律师：同名不同人", "冯子", "T10"]),
        row("B-10", "王辛", 10, ["", "", "某店", "T11"]),
    ];
    table(home, "second.csv", &rows)
}

#[test]
fn a_new_client_is_held_against_every_matter_the_firm_has() {
    let home = Home::new();
    home.configure("[firm]\nname = \"示例律师事务所\"\nstanding_clients = [\"示例 财险\"]\n");
    let into = home.path().join("matters").display().to_string();
    let flow = ["--workflow", "wechat-theft"];
    let run = |code, command: &str, table: &str, further: &[&str]| {
        let mut arguments = vec!["batch", command, table];
        arguments.extend(flow);
        arguments.extend(further);
        home.json(code, &arguments)
    };
    let first = table(
        &home,
        "first.csv",
        &[
            row("A-1", "赵甲", 1, ["甲保险", "", "陌某", "T1"]),
            row("A-2", "钱乙", 2, ["", "", "某店", "T2"]),
            row("A-3", "冯子", 11, ["", "", "某店", "T21"]),
            row("A-4", "陈丑", 12, ["", "", "某店", "T22"]),
        ],
    );
    run(0, "import", &first, &["--into", &into]);
    home.json(3, &["batch", "run", &into, "--at", "2026-09-21T10:00:00+08:00"]);
    home.expect(0, &["close", "A-2", "--reason", "结束"]);

    let second = colliding(&home);
    let checked = run(1, "check", &second, &[]);
    let expected = [
        (2, "conflict", "error"),
        (3, "conflict", "error"),
        (4, "conflict", "error"),
        (5, "same_transaction", "error"),
        (6, "same_person", "error"),
        (7, "same_person", "warning"),
        (8, "conflict", "error"),
        (9, "conflict", "error"),
        (10, "conflict", "warning"),
    ];
    let expected = expected.map(|(row, rule, grade)| (row, rule.to_owned(), grade.to_owned()));
    assert_eq!(rules(&checked), expected, "{checked:#}");
    let all = checked["problems"].to_string();
    assert!(all.contains("进行中的案件 A-1") && all.contains("已结束的案件 A-2"));
    assert!(all.contains("林律师：同名不同人"));
    // What a person looked at is kept with the matter; the same import again finds only itself.
    let imported = run(1, "import", &second, &["--into", &into, "--accept-good"]);
    assert_eq!(imported["written"], json!(["B-6", "B-9", "B-10"]));
    let record = fs::read_to_string(Path::new(&into).join("B-9/imported.json")).unwrap();
    assert!(record.contains("林律师：同名不同人"));
    assert_eq!(
        run(0, "import", &first, &["--into", &into])["kept"],
        json!(["A-1", "A-2", "A-3", "A-4"])
    );
    // Another home knows the matters by their folder alone.
    let elsewhere = Home::new();
    let table = ["batch", "check", second.as_str(), "--workflow", "wechat-theft"];
    let blind = elsewhere.json(0, &table);
    assert_eq!(rules(&blind), []);
    let seen = elsewhere.json(1, &[&table[..], &["--against", &into]].concat());
    assert!(rules(&seen).len() >= 7, "{seen:#}");
}

/// Imports two workbooks whose rows have no matter number; dies at a moment of the first, and does
/// it again.
fn numbered(dies: Option<u64>) -> (Vec<(String, String)>, Value) {
    let home = Home::new();
    let into = home.path().join("matters").display().to_string();
    let name = ["赵甲", "钱乙", "孙丙", "李丁"];
    let rows = |from: usize| {
        let one =
            |n: usize| row(&format!("客户{n}"), name[n], n, ["", "", "某店", &format!("T{n}")]);
        (from..from + 2).map(one).collect::<Vec<_>>()
    };
    let (first, second) =
        (table(&home, "first.csv", &rows(0)), table(&home, "second.csv", &rows(2)));
    let into_it = ["--workflow", "wechat-theft", "--into", into.as_str()];
    let import = [&["batch", "import", &first, "--number", "2026-DS-{000}"], &into_it[..]].concat();
    if let Some(moment) = dies {
        let mut dying = home.program(&import);
        dying.env("APPEAL_ABORT_AT_BOUNDARY", moment.to_string());
        dying.output().unwrap();
    }
    home.json(0, &import);
    let again = home.json(0, &import);
    // The rules of the batch may say it once and for all.
    fs::write(Path::new(&into).join("batch.toml"), "number = \"2026-DS-{000}\"\n").unwrap();
    let last = home.json(0, &[&["batch", "import", &second], &into_it[..]].concat());
    assert_eq!(last["written"], json!(["2026-DS-003", "2026-DS-004"]));
    let mut cases: Vec<(String, String)> = fs::read_dir(&into)
        .unwrap()
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .map(|entry| {
            let text = fs::read_to_string(entry.path().join("case.toml")).unwrap();
            (entry.file_name().into_string().unwrap(), text)
        })
        .collect();
    cases.sort();
    (cases, again)
}

#[test]
fn numbers_by_a_pattern_are_given_once_whenever_the_import_dies() {
    let (expected, again) = numbered(None);
    let names: Vec<&str> = expected.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["2026-DS-001", "2026-DS-002", "2026-DS-003", "2026-DS-004"]);
    assert!(expected[0].1.contains("id = \"2026-DS-001\"") && expected[0].1.contains("赵甲"));
    assert_eq!(again["kept"], json!(["2026-DS-001", "2026-DS-002"]));
    for moment in 1..=6 {
        let (cases, again) = numbered(Some(moment));
        assert_eq!(cases, expected, "killed at {moment}");
        assert_eq!(again["kept"], json!(["2026-DS-001", "2026-DS-002"]));
    }
}

#[test]
fn a_pattern_that_makes_no_number_is_refused_before_anything_is_read() {
    let home = Home::new();
    let first = table(&home, "first.csv", &[row("", "赵甲", 1, ["", "", "某店", "T1"])]);
    let check = ["batch", "check", &first, "--workflow", "wechat-theft", "--number"];
    let refused = home.run(&[&check[..], &["盗刷-{0000}"]].concat());
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("2026-DS-{0000}"));
    // Without a number of its own a row only passes where the program gives one.
    home.json(1, &check[..5]);
    assert_eq!(home.json(0, &[&check[..], &["{0000}"]].concat())["good"], 1);
}

#[test]
fn the_page_of_a_report_says_what_is_wrong_and_loads_nothing() {
    let home = Home::new();
    let bad = row("W-1", "<script>alert(1)</script>3", 1, ["", "", "\"><img src=x>", "T1"]);
    let first = table(&home, "first.csv", &[bad]);
    let checked = home.json(1, &["batch", "check", &first, "--workflow", "wechat-theft"]);
    let page = fs::read_to_string(checked["page"].as_str().unwrap()).unwrap();
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && page.contains("W-1"));
    assert!(page.contains("姓名") && page.contains("viewport"));
    for outside in ["<script", "<img", "http", "src=", "href", "@import", "url("] {
        let said = page.replace("src=x", "");
        assert!(!said.contains(outside), "{outside}");
    }
}

const NOW: &str = "2026-09-21T10:00:00+08:00";

#[test]
fn the_papers_of_a_batch_are_written_to_be_edited_and_an_edit_stays() {
    let home = Home::new();
    let into = home.path().join("matters").display().to_string();
    let both = [
        row("A-1", "赵甲", 1, ["", "", "陌某", "T1"]),
        row("A-2", "钱乙", 2, ["", "", "某店", "T2"]),
    ];
    let first = table(&home, "first.csv", &both);
    home.json(0, &["batch", "import", &first, "--workflow", "wechat-theft", "--into", &into]);
    home.json(3, &["batch", "run", &into, "--at", NOW]);
    let third = table(&home, "third.csv", &[row("A-3", "孙丙", 3, ["", "", "某店", "T3"])]);
    home.json(0, &["batch", "import", &third, "--workflow", "wechat-theft", "--into", &into]);
    let out = home.path().join("out");
    let shown = out.display().to_string();
    let export = || home.json(1, &["batch", "export", &into, "-o", &shown]);
    let done = export();
    assert_eq!((&done["matters"], &done["failed"]), (&json!(3), &json!(1)));
    assert_eq!(done["problems"][0]["number"], "A-3");
    let written = done["written"].as_u64().unwrap();
    assert!(written > 6, "{done}");
    let names = crate::support::names(&out.join("A-1"));
    assert!(names.contains(&"losses.xlsx".to_owned()), "{names:?}");
    let word = names.iter().find(|name| name.ends_with(".docx")).unwrap();
    assert!(fs::read(out.join("A-1").join(word)).unwrap().starts_with(b"PK"));
    let again = export();
    assert_eq!((&again["written"], &again["same"]), (&json!(0), &json!(written)), "{again}");
    fs::write(out.join("A-1").join(word), "edited").unwrap();
    let third = export();
    assert_eq!(third["edited"].as_array().unwrap().len(), 1);
    assert_eq!(fs::read(out.join("A-1").join(word)).unwrap(), b"edited");
    assert_eq!(export()["edited"], third["edited"], "an edit stays one");
}

#[test]
fn what_a_run_could_not_do_comes_back_as_rows_to_correct() {
    let home = Home::new();
    let into = home.path().join("matters").display().to_string();
    let both = [
        row("A-1", "赵甲", 1, ["甲保险", "", "陌某", "4200001121202609000000000001"]),
        row("A-2", "钱乙", 2, ["", "", "某店", "T2"]),
    ];
    let first = table(&home, "first.csv", &both);
    let import = |table: &str, code| {
        let all = ["batch", "import", table, "--workflow", "wechat-theft", "--into", &into];
        home.json(code, &all)
    };
    import(&first, 0);
    let file = Path::new(&into).join("A-1/case.toml");
    fs::write(&file, "schema = 1\nplatform = 7\n").unwrap();
    let failed = home.json(1, &["batch", "run", &into, "--at", NOW]);
    let retry = failed["retry"].as_str().unwrap();
    let text = fs::read_to_string(retry).unwrap();
    assert!(text.contains("'4200001121202609000000000001") && text.contains("甲保险"), "{text}");
    assert!(!text.contains("钱乙"));
    let again = home.json(1, &["batch", "run", &into, "--at", NOW]);
    assert_eq!(again["retry"], retry, "the same rows are one file");
    let checked = home.json(0, &["batch", "check", retry]);
    assert_eq!((&checked["rows"], &checked["good"]), (&json!(1), &json!(1)), "{checked:#}");
    // With the row corrected, the case file is made anew; what stood there is kept.
    import(&first, 1);
    assert!(fs::read_to_string(&file).unwrap().contains("platform = 7"));
    let all = ["batch", "import", retry, "--into", &into, "--amend"];
    assert_eq!(home.json(0, &all)["repaired"], json!(["A-1"]));
    assert!(fs::read_to_string(&file).unwrap().contains("赵甲"));
    let broken = fs::read_to_string(Path::new(&into).join("A-1/case.toml.broken")).unwrap();
    assert!(broken.contains("platform = 7"));
    assert_eq!(home.json(3, &["batch", "run", &into, "--at", NOW])["retry"], Value::Null);
}

#[test]
fn what_could_not_be_done_comes_back_by_its_workflow() {
    let home = Home::new();
    let into = home.path().join("matters").display().to_string();
    for (number, workflow) in [("A-1", "wechat-theft"), ("B-1", "bank-card-theft")] {
        let one = [row(number, "赵甲", 1, ["甲保险", "", "陌某", "T1"])];
        let one = table(&home, &format!("{number}.csv"), &one);
        home.json(0, &["batch", "import", &one, "--workflow", workflow, "--into", &into]);
        fs::write(Path::new(&into).join(number).join("case.toml"), "platform = 7\n").unwrap();
    }
    let failed = home.json(1, &["batch", "run", &into, "--at", NOW]);
    let tables = failed["retries"].as_array().unwrap();
    assert_eq!((tables.len(), &failed["retry"]), (2, &tables[0]));
    // Each is a table that the check knows by itself, with the row of its own workflow.
    for (table, workflow) in tables.iter().zip(["bank-card-theft", "wechat-theft"]) {
        let checked = home.json(0, &["batch", "check", table.as_str().unwrap()]);
        assert_eq!((&checked["workflow"], &checked["good"]), (&json!(workflow), &json!(1)));
    }
}
