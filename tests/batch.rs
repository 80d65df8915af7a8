//! The intake of a firm's batch, as a paralegal goes through it.

use std::path::Path;
use std::process::Stdio;

use crate::crash::{Outcome, Small, outcome};
use crate::support::{Home, START, copy_folder, names, pdf_text};

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

const CLIENTS: &str = "\
本方编号,姓名,身份证号,联系电话,发现时间,账号,提供过密码或验证码,共享过屏幕,保险公司,保险单号,保险理赔邮箱,邮箱已核对,授权用途,授权日期,交易时间,金额,交易单号,怎么发生的
";

/// Imports so many clients, each with an insurer who gave an address.
fn portfolio(home: &Home, clients: usize) -> String {
    let names = ["李一", "王二", "张三", "赵四", "钱五", "孙六", "周七", "吴八", "郑九"];
    let numbers = [
        "11010519491231002X",
        "110105199001010010",
        "110105199001010037",
        "110105199001010053",
        "11010519900101007X",
        "110105199001010096",
        "110105199001010117",
        "110105199001010133",
        "11010519900101015X",
    ];
    let mut table = CLIENTS.to_owned();
    for (index, (name, number)) in names.iter().zip(numbers).take(clients).enumerate() {
        table.push_str(&format!(
            "W-{index},{name},{number},1380013800{index},2026-09-18 15:20,wx_{index},否,否,\
             示例财险,P{index},claims@insurer.example,是,申诉、理赔,2026-09-19,\
             2026-09-18 03:00:00,1{index}.00,T10{index},不是我操作的\n"
        ));
    }
    let (written, shown, folder) = at(home.path(), "clients.csv");
    std::fs::write(&written, table).unwrap();
    let into = folder.join("matters").display().to_string();
    home.expect(0, &["batch", "import", &shown, "--workflow", "wechat-theft", "--into", &into]);
    into
}

const NOW: &str = "2026-09-19T10:00:00+08:00";

/// Prepares the portfolio; returns its plan's hash.
fn plan_of(home: &Home, into: &str, messages: usize) -> String {
    let prepared = home.json(3, &["batch", "run", into, "--at", NOW]);
    assert_eq!(prepared["planned"], messages, "{prepared}");
    assert_eq!(prepared["failed"], 0, "{prepared}");
    prepared["plan"].as_str().unwrap().to_owned()
}

fn sent(home: &Home) -> usize {
    let cases = std::fs::read_dir(home.path().join("cases")).unwrap();
    let outboxes = cases.flatten().map(|case| case.path().join("outbox"));
    outboxes.flat_map(std::fs::read_dir).flatten().count()
}

#[test]
fn a_batch_leaves_in_waves_as_it_was_seen_and_only_once() {
    let home = Home::new();
    let into = portfolio(&home, 9);
    let plan = plan_of(&home, &into, 9);
    assert_eq!(sent(&home), 0, "a dry run sends nothing");
    // By its number the sender tells another client's paper from this one's.
    for paper in names(&home.case("W-0").join("documents")) {
        let bytes = std::fs::read(home.case("W-0").join("documents").join(&paper)).unwrap();
        let carried = String::from_utf8_lossy(&bytes).contains("<pdf:Keywords>W-0<");
        assert_eq!(carried, paper.ends_with(".pdf"), "{paper}");
    }
    // The same matters give the same plan.
    assert_eq!(plan_of(&home, &into, 9), plan);

    let send = |code, extra: &[&str]| {
        let mut arguments = vec!["batch", "run", into.as_str(), "--send", "--plan", &plan];
        arguments.extend(["--at", NOW]);
        arguments.extend(extra);
        home.json(code, &arguments)
    };
    assert_eq!(send(3, &[])["done"], 1);
    assert_eq!(send(3, &[])["done"], 5);
    assert_eq!(send(0, &["--all"])["done"], 3);
    assert_eq!(sent(&home), 9);
    assert_eq!(send(0, &["--all"])["done"], 0);
    assert_eq!(sent(&home), 9, "nothing leaves twice");
}

#[test]
fn what_changed_since_it_was_seen_stays() {
    let home = Home::new();
    let into = portfolio(&home, 3);
    let plan = plan_of(&home, &into, 3);
    let file = Path::new(&into).join("W-1").join("case.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("王二", "王贰")).unwrap();
    home.json(3, &["batch", "run", &into, "--at", NOW]);
    let sent_now =
        home.json(0, &["batch", "run", &into, "--send", "--plan", &plan, "--all", "--at", NOW]);
    assert_eq!(sent_now["done"], 2, "{sent_now}");
    assert_eq!(sent(&home), 2);
    let outbox = home.path().join("cases").join("W-1").join("outbox");
    assert!(std::fs::read_dir(outbox).unwrap().next().is_none(), "the changed one stays");
}

#[test]
fn named_lawyers_must_approve_the_plan_that_is_sent() {
    let home = Home::new();
    let into = portfolio(&home, 3);
    let rules = "four_eyes_over = 2\n[[people]]\nname = \"李律师\"\nrole = \"lawyer\"\n\
                 [[people]]\nname = \"陈律师\"\nrole = \"lawyer\"\n\
                 [[people]]\nname = \"小王\"\nrole = \"clerk\"\n";
    std::fs::write(Path::new(&into).join("batch.toml"), rules).unwrap();
    let plan = plan_of(&home, &into, 3);
    let send = ["batch", "run", into.as_str(), "--send", "--plan", &plan, "--at", NOW];
    let approve = |name| ["batch", "approve", into.as_str(), "--plan", &plan, "--as", name];
    home.expect(1, &send);
    home.expect(1, &approve("小王"));
    home.expect(0, &approve("李律师"));
    home.expect(0, &approve("李律师"));
    // The same person twice is not two people.
    home.expect(1, &send);
    assert_eq!(sent(&home), 0);
    home.expect(0, &approve("陈律师"));
    assert_eq!(home.json(3, &send)["done"], 1);
}

#[test]
fn a_plan_that_was_changed_or_is_unknown_is_refused() {
    let home = Home::new();
    let into = portfolio(&home, 2);
    let plan = plan_of(&home, &into, 2);
    let file = Path::new(&into).join("plans").join(format!("{plan}.json"));
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("claims@insurer", "thief@insurer")).unwrap();
    home.expect(1, &["batch", "run", &into, "--send", "--plan", &plan]);
    home.expect(1, &["batch", "run", &into, "--send", "--plan", "0123456789abcdef"]);
    assert_eq!(sent(&home), 0);
}

#[test]
fn one_broken_matter_stops_no_other_and_the_preview_shows_the_letters() {
    let home = Home::new();
    let into = portfolio(&home, 3);
    let file = Path::new(&into).join("W-1").join("case.toml");
    std::fs::write(&file, "schema = 1\nplatform = 7\n").unwrap();
    let prepared = home.json(1, &["batch", "run", &into, "--at", NOW]);
    assert_eq!((&prepared["failed"], &prepared["planned"]), (&1.into(), &2.into()));
    assert_eq!(prepared["problems"][0]["number"], "W-1");
    let (_, page, _) = at(home.path(), "preview.pdf");
    let shown = home.json(1, &["batch", "preview", &into, "-o", &page, "--at", NOW]);
    assert_eq!(shown["shown"], serde_json::json!(["W-0", "W-2"]));
    let text = pdf_text(Path::new(&page));
    assert!(text.contains("claims@insurer.example") && text.contains("李一"), "{text}");
    let stands = home.json(0, &["batch", "status", &into]);
    assert_eq!((&stands["matters"], &stands["not_open"]), (&3.into(), &serde_json::json!(["W-1"])));
}

/// How many matters the killed batch has, and at how many moments it dies.
const MATTERS: usize = 4;
const MOMENTS: u64 = 20;

/// A batch of small matters, whose owners gave a standing consent that a batch does not use.
fn small_batch(home: &Home) -> String {
    let small = Small::new();
    let into = home.path().join("matters");
    for matter in 1..=MATTERS {
        let folder = into.join(format!("C-{matter}"));
        copy_folder(small.folder.path(), &folder);
        let file = folder.join("case.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, text.replace("C-1", &format!("C-{matter}"))).unwrap();
    }
    into.display().to_string()
}

/// Runs the batch to its end; dies at a moment of the preparation or of the sending, and goes on.
fn run_batch(dies: Option<(bool, u64)>) -> Vec<Outcome> {
    let home = Small::home();
    let into = small_batch(&home);
    let prepare = ["--json", "batch", "run", into.as_str(), "--workers", "2", "--at", START];
    let die = |arguments: &[&str], moment: u64| {
        let mut dying = home.program(arguments);
        dying.env("APPEAL_ABORT_AT_BOUNDARY", moment.to_string());
        dying.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    };
    if let Some((false, moment)) = dies {
        die(&prepare, moment);
    }
    let prepared = home.json(3, &prepare[1..]);
    let plan = prepared["plan"].as_str().unwrap().to_owned();
    for matter in 1..=MATTERS {
        let id = format!("C-{matter}");
        assert!(outcome(&home, &id).letters.is_empty(), "nothing leaves in a dry run");
    }
    let send = ["batch", "run", into.as_str(), "--send", "--plan", &plan, "--all", "--at", START];
    if let Some((true, moment)) = dies {
        die(&send, moment);
    }
    home.json(0, &send);
    (1..=MATTERS).map(|matter| outcome(&home, &format!("C-{matter}"))).collect()
}

#[test]
fn a_batch_that_is_killed_and_goes_on_ends_like_one_that_was_not() {
    let expected = run_batch(None);
    let letters: Vec<usize> = expected.iter().map(|case| case.letters.len()).collect();
    assert_eq!(letters, [2; MATTERS]);
    for moment in 0..MOMENTS {
        let dies = (moment % 2 == 1, 3 + moment * 5);
        assert_eq!(run_batch(Some(dies)), expected, "killed at {dies:?}");
    }
}
