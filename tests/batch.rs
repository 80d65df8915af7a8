//! The intake of a firm's batch, as a paralegal goes through it.

use std::path::Path;

use crate::support::Home;

const TABLE: &str = "\
本方编号,姓名,身份证号,联系电话,发现时间,授权用途,授权日期,交易时间,金额,交易单号
W-1,李一,11010519491231002X,13800138000,2026-09-18 15:20,申诉,2026-09-20,2026-09-18 03:00:00,10.00,T100
W-2,王二,440524188001010014,1380013800,2026-09-18 15:20,申诉,2026-09-20,2026-09-18 03:00:00,20.00,T102
";

fn at<'a>(folder: &'a Path, name: &str) -> (std::path::PathBuf, String, &'a Path) {
    let path = folder.join(name);
    let shown = path.display().to_string();
    (path, shown, folder)
}

#[test]
fn an_empty_form_is_checked_and_has_no_client() {
    let home = Home::new();
    let (_, form, _) = at(home.path(), "intake.xlsx");
    home.expect(0, &["batch", "template", "wechat-theft", "-o", &form]);
    let checked = home.json(0, &["batch", "check", &form]);
    assert_eq!((&checked["rows"], &checked["problems"]), (&0.into(), &serde_json::json!([])));
    // A form that somebody has begun to fill in is not overwritten.
    home.expect(1, &["batch", "template", "wechat-theft", "-o", &form]);
}

#[test]
fn bad_rows_are_reported_and_good_ones_imported_once() {
    let home = Home::new();
    let (table, named, folder) = at(home.path(), "clients.csv");
    std::fs::write(&table, TABLE).unwrap();
    let check = ["batch", "check", named.as_str(), "--workflow", "wechat-theft"];
    let checked = home.json(1, &check);
    assert_eq!((&checked["rows"], &checked["good"]), (&2.into(), &1.into()));
    let problems = checked["problems"].as_array().unwrap();
    let errors: Vec<_> = problems.iter().filter(|one| one["severity"] == "error").collect();
    assert_eq!(errors.len(), 1);
    assert_eq!((&errors[0]["row"], &errors[0]["column"]), (&3.into(), &"联系电话".into()));
    assert!(folder.join("clients.report.xlsx").exists());

    let cases = folder.join("clients");
    let into = cases.display().to_string();
    let import =
        ["batch", "import", named.as_str(), "--workflow", "wechat-theft", "--into", into.as_str()];
    home.expect(1, &import);
    assert!(!cases.exists());
    let mut accepting = import.to_vec();
    accepting.push("--accept-good");
    assert_eq!(home.json(1, &accepting)["written"], serde_json::json!(["W-1"]));
    let file = cases.join("W-1").join("case.toml");
    home.expect(0, &["check", &file.display().to_string()]);
    let before = std::fs::read(&file).unwrap();
    assert_eq!(home.json(1, &accepting)["kept"], serde_json::json!(["W-1"]));
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

#[test]
fn a_table_that_names_no_workflow_asks_for_one() {
    let home = Home::new();
    let (table, named, _) = at(home.path(), "clients.csv");
    std::fs::write(&table, TABLE).unwrap();
    let output = home.run(&["batch", "check", &named]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--workflow"));
}
