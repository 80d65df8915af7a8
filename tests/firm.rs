//! A law firm's work around the cases, as a paralegal goes through it: papers, consent, a changed
//! workbook, what clients and the post bring back, the books.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use appeal_daemon::workflow::view::Maker;

use crate::support::{Home, pdf_text, squeezed};

const FIRM: &str = "schema = 1\n[firm]\nname = \"示例律师事务所\"\nlicence_no = \"31310000MD0000000X\"\naddress = \"示例路1号\"\nphone = \"010-88886666\"\n[[firm.lawyers]]\nname = \"林律\"\nlicence_no = \"13101202010000001\"\n[firm.fee]\nper_ten_thousand = 800\ncap = \"50.00\"\n";

const HEAD: &str = "本方编号,姓名,身份证号,联系电话,住址,发现时间,账号,授权用途,授权日期,交易时间,金额,对方名称,对方账号,交易单号,资金渠道,怎么发生的,提供过密码或验证码,共享过屏幕,手机借给过别人,谁知道支付密码";

const ROWS: [&str; 2] = [
    "W-1,李一,11010519491231002X,13800138000,示例街1号,2026-09-18 15:20,wx_a,申诉,2026-09-18,2026-09-18 03:00:00,1000.00,陌某,62170001,T100,零钱,被盗,否,否,否,无",
    "W-2,王二,440524188001010014,13800138001,示例街2号,2026-09-18 15:20,wx_b,申诉,2026-09-18,2026-09-18 03:00:00,200.00,陌某,62170001,T102,零钱,被盗,否,否,否,无",
];

const NOW: &str = "2026-09-21T10:00:00+08:00";

/// A home in firm mode, with two matters imported.
struct Office {
    home: Home,
}

impl Office {
    fn new() -> Self {
        let home = Home::new();
        home.configure(FIRM);
        let office = Self { home };
        office.table(&ROWS);
        office.import(0, &[]);
        office
    }

    fn path(&self, name: &str) -> String {
        self.home.path().join(name).display().to_string()
    }

    fn table(&self, rows: &[&str]) {
        let text = format!("{HEAD}\n{}\n", rows.join("\n"));
        std::fs::write(self.path("clients.csv"), text).unwrap();
    }

    #[track_caller]
    fn import(&self, code: i32, further: &[&str]) -> Value {
        let (table, into) = (self.path("clients.csv"), self.path("matters"));
        let mut arguments =
            vec!["batch", "import", &table, "--workflow", "wechat-theft", "--into", &into];
        arguments.extend(further);
        self.home.json(code, &arguments)
    }

    /// Opens a matter; what can be done now is done.
    fn open(&self, number: &str) {
        let file = self.path(&format!("matters/{number}"));
        self.home.json(3, &["start", &file, "--once", "--at", NOW]);
    }

    fn case_file(&self, number: &str) -> String {
        std::fs::read_to_string(self.path(&format!("matters/{number}/case.toml"))).unwrap()
    }

    /// Says that what comes before the ticket is done.
    fn reach_ticket(&self, number: &str) {
        let output = self.home.run(&["done", number, "freeze-pay"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(matches!(output.status.code(), Some(0 | 3)), "{said}");
    }

    /// The state of the first step whose word for what it waits for has `word` in it.
    fn waiting(&self, number: &str, word: &str) -> Vec<String> {
        let status = self.home.json(0, &["status", number]);
        let steps = status["steps"].as_array().unwrap();
        let held = |step: &&Value| step["waiting"].as_str().is_some_and(|said| said.contains(word));
        steps.iter().filter(held).map(|step| step["id"].as_str().unwrap().to_owned()).collect()
    }
}

#[test]
fn papers_of_a_firm_want_a_firm_with_a_licence() {
    let home = Home::new();
    let refused = |home: &Home| {
        let output = home.run(&["firm", "papers"]);
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert!(refused(&home).contains("[firm]"));
    home.configure("[firm]\nname = \"示例律师事务所\"\n");
    assert!(refused(&home).contains("licence_no"));
}

#[test]
fn a_folder_of_matters_gets_its_papers_to_print_and_to_edit() {
    let office = Office::new();
    let folder = office.path("matters");
    let made = ["firm", "papers", &folder, "--authority", "示例市公安局"];
    let said = office.home.json(0, &made);
    assert_eq!(said["matters"].as_array().unwrap().len(), 2);
    let papers = Path::new(&folder).join("W-1/firm");
    let power = squeezed(&pdf_text(&papers.join("power-of-attorney.pdf")));
    for wanted in ["李一", "11010519491231002X", "31310000MD0000000X", "林律", "代为和解"] {
        assert!(power.contains(wanted), "{wanted}");
    }
    assert!(!power.contains('√') && !power.contains("条"));
    let agreement = squeezed(&pdf_text(&papers.join("engagement-agreement.pdf")));
    assert!(agreement.contains("8%") && agreement.contains("人民币50.00元"), "{agreement}");
    let letter = squeezed(&pdf_text(&papers.join("firm-letter.pdf")));
    assert!(letter.contains("示例市公安局：") && !letter.contains("11010519491231002X"));
    assert!(papers.join("losses.xlsx").exists());
    // A Word file somebody may have edited stays.
    let word = papers.join("power-of-attorney.docx");
    std::fs::write(&word, "edited").unwrap();
    office.home.json(0, &made);
    assert_eq!(std::fs::read_to_string(&word).unwrap(), "edited");
    let output = office.home.run(&["firm", "papers", &folder, "--lawyer", "无此人"]);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn nothing_of_a_client_without_consent_is_to_be_done_by_a_firm() {
    let office = Office::new();
    office.open("W-1");
    assert_eq!(office.waiting("W-1", "什么也不发").len(), 0);
    let withdrawn = office
        .home
        .json(0, &["firm", "consent", "W-1", "--withdraw", "--on", "2026-09-21", "--at", NOW]);
    assert_eq!(withdrawn["matters"][0]["holds"], false);
    assert!(office.case_file("W-1").contains("withdrawn = \"2026-09-21\""));
    assert!(!office.waiting("W-1", "撤回").is_empty());
    let output = office.home.run(&["firm", "packs", "W-1", "--at", NOW]);
    assert_eq!(output.status.code(), Some(1));
    // Without any, the same; the same case in a person's own home needs none.
    let file = office.path("matters/W-2/case.toml");
    let text = office.case_file("W-2");
    let without = &text[..text.find("[consent]").unwrap()];
    std::fs::write(&file, without).unwrap();
    office.open("W-2");
    assert!(!office.waiting("W-2", "书面同意").is_empty());
    let own = Home::new();
    own.json(3, &["start", &file, "--once", "--at", NOW]);
    let status = own.expect(0, &["status", "W-2"]);
    assert!(!status.contains("同意，什么也不发"));
}

#[test]
fn a_changed_workbook_is_shown_then_written_and_never_over_a_persons_hand() {
    let office = Office::new();
    assert_eq!(office.import(0, &[])["kept"], json!(["W-1", "W-2"]));
    let changed =
        [ROWS[0].replace("13800138000", "13900139000"), ROWS[1].replace("示例街2号", "新街2号")];
    office.table(&changed.each_ref().map(String::as_str));
    let file = office.path("matters/W-2/case.toml");
    let by_hand = office.case_file("W-2").replace("示例街2号", "手改街2号");
    std::fs::write(&file, format!("# 电话里更正\n{by_hand}")).unwrap();
    let before = office.case_file("W-1");
    let shown = office.import(1, &[]);
    assert_eq!(shown["changed"][0]["changes"][0]["fate"], "take");
    assert_eq!(shown["changed"][1]["changes"][0]["fate"], "conflict");
    assert_eq!(office.case_file("W-1"), before);
    office.import(1, &["--amend"]);
    assert!(office.case_file("W-1").contains("13900139000"));
    assert!(office.case_file("W-2").contains("手改街2号"));
    assert!(office.case_file("W-2").starts_with("# 电话里更正"));
    let again = office.import(1, &["--amend"]);
    assert_eq!((&again["kept"], &again["changed"][0]["number"]), (&json!(["W-1"]), &json!("W-2")));
    office.home.json(0, &["check", &file]);
}

#[test]
fn a_number_is_never_given_twice() {
    let office = Office::new();
    std::fs::remove_dir_all(office.path("matters/W-1")).unwrap();
    let refused = office.import(1, &[]);
    assert_eq!(refused["refused"][0]["number"], "W-1");
    assert!(!Path::new(&office.path("matters/W-1")).exists());
    let other = ROWS[0].replace("李一", "赵三").replace("11010519491231002X", "110105194912310054");
    let other = other.replace("W-1", "W-2");
    office.table(&[&other]);
    // The check says so already.
    let refused = office.import(1, &["--accept-good"]);
    assert_eq!((&refused["good"], &refused["written"]), (&json!(0), &json!([])), "{refused}");
    assert!(office.case_file("W-2").contains("王二"));
}

/// Reads the codes on a page of a PDF with another library.
fn codes_on(path: &Path) -> Vec<String> {
    let folder = path.parent().unwrap();
    let stem = folder.join("page");
    let status =
        Command::new("pdftoppm").args(["-r", "200", "-gray"]).arg(path).arg(&stem).status();
    assert!(status.unwrap().success());
    let mut pages: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "pgm"))
        .collect();
    pages.sort();
    let mut found = Vec::new();
    for page in pages {
        let bytes = std::fs::read(&page).unwrap();
        let head: Vec<&[u8]> = bytes.splitn(4, |byte| *byte == b'\n').collect();
        let size = std::str::from_utf8(head[1]).unwrap();
        let (width, height) = size.split_once(' ').unwrap();
        let (width, height): (usize, usize) = (width.parse().unwrap(), height.parse().unwrap());
        let mut reader = quircs::Quirc::default();
        let read = |code: Result<quircs::Code, _>| {
            let code = code.expect("a code that can be taken out");
            String::from_utf8(code.decode().unwrap().payload).unwrap()
        };
        found.extend(reader.identify(width, height, head[3]).map(read));
    }
    found
}

#[test]
fn what_a_client_submits_comes_back_once() {
    let office = Office::new();
    office.open("W-1");
    office.open("W-2");
    office.reach_ticket("W-1");
    let step = "open-ticket";
    let packs = office.home.json(0, &["firm", "packs", "W-1", "--at", NOW]);
    let steps = packs["matters"][0]["steps"].as_array().unwrap();
    assert!(steps.contains(&json!(step)), "{packs}");
    let folder = office.path("matters/W-1/firm/pack");
    let page = Path::new(&folder).join("self-submission.pdf");
    let texts: String = codes_on(&page).concat();
    assert!(texts.contains("T100"), "{texts}");
    assert!(squeezed(&pdf_text(&page)).contains("工单号"));

    let table = office.path("tickets.csv");
    std::fs::write(&table, format!("本方编号,工单号,提交时间,步骤\nW-1,GD001,2026-09-21 09:30,{step}\nW-9,GD009,2026-09-21,\n")).unwrap();
    let tickets = ["batch", "tickets", &table, "--at", NOW];
    let taken = office.home.json(1, &tickets);
    assert_eq!((&taken["new"], &taken["failed"]), (&json!(1), &json!(1)), "{taken}");
    let again = office.home.json(1, &tickets);
    assert_eq!((&again["new"], &again["known"]), (&json!(0), &json!(1)));
    let returns = office.home.json(3, &["firm", "returns", "--at", NOW]);
    let rows = returns["rows"].as_array().unwrap();
    let of = |case: &str| rows.iter().find(|row| row["case"] == case && row["step"] == step);
    assert_eq!(of("W-1").unwrap()["number"], "GD001");
    assert!(of("W-2").is_none(), "its turn has not come");
    // Another number for the same thing is refused, and nothing is written over.
    let other = std::fs::read_to_string(&table).unwrap().replace("GD001", "GD777");
    std::fs::write(&table, other).unwrap();
    assert_eq!(office.home.json(1, &tickets)["failed"], 2);

    let letters = office.path("letters");
    let digest = office.home.json(0, &["firm", "digest", "--out", &letters, "--at", NOW]);
    assert_eq!(digest["letters"].as_array().unwrap().len(), 1, "{digest}");
    let letter = format!("{}.pdf", digest["letters"][0]["path"].as_str().unwrap());
    let letter = squeezed(&pdf_text(Path::new(&letter)));
    assert!(letter.contains("GD001") && letter.contains("1,000.00") && !letter.contains("王二"));
}

#[test]
fn a_posting_and_its_delivery_stand_in_the_timeline() {
    let office = Office::new();
    office.open("W-1");
    office.reach_ticket("W-1");
    let tickets = office.path("tickets.csv");
    std::fs::write(&tickets, "编号,工单号,日期,步骤\nW-1,GD001,2026-09-18,open-ticket\n").unwrap();
    office.home.json(0, &["batch", "tickets", &tickets]);
    office.home.run(&["run", "--once"]);
    let labels = office.path("labels.pdf");
    let made = office.home.json(0, &["firm", "labels", "-o", &labels]);
    assert_eq!(made["labels"], json!([{ "case": "W-1", "step": "written-notice" }]));
    let sheet = squeezed(&pdf_text(Path::new(&labels)));
    assert!(sheet.contains("示例律师事务所") && sheet.contains("W-1"), "{sheet}");
    // No address is known until the firm has checked one.
    assert!(sheet.contains("照抄到EMS面单"), "{sheet}");
    let known = "[firm.post_addresses]\n\"财付通支付科技有限公司\" = \"示例市示例大厦9层\"\n";
    office.home.configure(&format!("{FIRM}{known}"));
    let labels = office.path("labels-2.pdf");
    office.home.json(0, &["firm", "labels", "-o", &labels]);
    let sheet = squeezed(&pdf_text(Path::new(&labels)));
    assert!(sheet.contains("示例市示例大厦9层") && !sheet.contains("照抄"), "{sheet}");

    let table = office.path("post.csv");
    let post = |signed: &str| {
        let text = format!(
            "本方编号,邮件号,寄出日期,签收日期,签收人\nW-1,1234567890123,2026-09-19,{signed},收发室\n"
        );
        std::fs::write(&table, text).unwrap();
    };
    let waybills = ["batch", "waybills", &table];
    post("");
    assert_eq!(office.home.json(0, &waybills)["new"], 1);
    post("2026-09-21 11:00");
    assert_eq!(office.home.json(0, &waybills)["new"], 1);
    assert_eq!(office.home.json(0, &waybills)["known"], 1);
    post("2026-09-22");
    assert_eq!(office.home.json(1, &waybills)["failed"], 1);
    let returns = office.home.json(3, &["firm", "returns"]);
    let rows = returns["rows"].as_array().unwrap();
    let posted = rows.iter().find(|row| row["number"] == "1234567890123").unwrap();
    assert_eq!(posted["delivered"], "2026-09-21T03:00:00Z");
    // The timeline that goes into papers has it; a day of which nobody knows the hour is a day.
    let (mut runtime, _) = office.home.runtime("2026-11-30T10:00:00+08:00");
    let id = appeal_daemon::domain::case::CaseId::parse("W-1").unwrap();
    let desk = runtime.desk(&id).unwrap();
    let maker = Maker::new(&desk.workflow, &runtime.library.packs, &desk.history);
    let step = desk.workflow.step("lawyer").or(desk.workflow.steps.last()).unwrap();
    let template = &runtime.library.packs.templates["lawyer-dossier"];
    let view = maker.sheets(step, template, None).remove(0).view;
    let told = view["known"]["timeline"].to_string();
    assert!(told.contains("已签收（单号 1234567890123，签收人：收发室）"), "{told}");
    assert!(told.contains("\"at\":\"2026-09-19\""), "{told}");
}

#[test]
fn the_books_are_right_to_the_fen_and_the_chain_can_be_checked_outside() {
    let office = Office::new();
    office.open("W-1");
    office.open("W-2");
    let costs = office.path("costs.csv");
    std::fs::write(&costs, "本方编号,金额,项目\nW-1,22.00,邮寄\nW-1,3.50,打印\n").unwrap();
    let out = office.path("recovery.xlsx");
    let books =
        office.home.json(0, &["firm", "recovery", "--costs", &costs, "-o", &out, "--at", NOW]);
    assert_eq!(books["rows"][0]["costs_fen"], 2550);
    assert_eq!((&books["net_fen"], &books["fee_fen"]), (&json!(120_000), &json!(0)));
    assert!(Path::new(&out).exists());

    let shared = office.home.json(0, &["firm", "clusters", "--at", NOW]);
    let kinds: Vec<&str> = shared["clusters"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["same"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["same payee account", "same payee name"]);
    assert_eq!(shared["clusters"][0]["matters"], json!(["W-1", "W-2"]));

    let file = office.path("audit.jsonl");
    office.home.json(0, &["firm", "audit", "-o", &file, "--at", NOW]);
    let text = std::fs::read_to_string(&file).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let (end, entries) = lines.split_last().unwrap();
    let end: Value = serde_json::from_str(end).unwrap();
    assert_eq!(end["entries"], entries.len());
    let digest = |bytes: &str| appeal_daemon::domain::digest::Digest::of(bytes.as_bytes());
    let mut heads = serde_json::Map::new();
    for line in entries {
        let entry: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| entry[name].as_str().unwrap();
        let (case, seq, at) = (text("case"), &entry["seq"], &entry["at_microseconds"]);
        let whole = format!("{}\n{case}\n{seq}\n{at}\n{}", text("prev"), text("body"));
        assert_eq!(digest(&whole).as_str(), text("hash"));
        let before = heads.insert(case.into(), entry["hash"].clone()).unwrap_or(json!(""));
        assert_eq!(entry["prev"], before);
        assert!(!line.contains("李一") && !line.contains("13800138000"), "no personal data");
    }
    assert_eq!(end["heads"], Value::Object(heads));
    let all = format!("{}\n", entries.join("\n"));
    assert_eq!(end["sha256"], digest(&all).as_str());
}
