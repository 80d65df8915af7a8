//! What an author of workflows and a keeper of dates can do: try, draw, begin, move, take a year in.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use appeal_daemon::runtime::notify::Means;

use crate::support::{Home, START, advance, block_on, example, open, repository};

#[test]
fn every_bundled_workflow_does_what_its_author_expects() {
    let home = Home::new();
    let tested = home.json(0, &["workflow", "test"]);
    assert_eq!(tested["ok"], true, "{tested}");
    let tests = tested["tests"].as_array().unwrap();
    assert!(tests.iter().any(|test| test["workflow"] == "wechat-theft"));
}

#[test]
fn a_skeleton_loads_is_drawn_and_does_what_it_expects() {
    let home = Home::new();
    let file = home.path().join("mine.toml").display().to_string();
    home.expect(0, &["workflow", "new", &file]);
    assert_eq!(home.json(0, &["workflow", "check", &file])["problems"], serde_json::json!([]));
    assert_eq!(home.json(0, &["workflow", "test", &file])["ok"], true);
    let drawn = home.expect(0, &["workflow", "graph", &file]);
    assert!(drawn.contains("s0 -.->|\"5日未答复\"| s1"), "{drawn}");
    let picture = home.path().join("mine.svg");
    home.expect(
        0,
        &["workflow", "graph", &file, "--format", "svg", "-o", &picture.display().to_string()],
    );
    let picture = std::fs::read_to_string(picture).unwrap();
    assert!(picture.contains("向公司投诉") && picture.trim_end().ends_with("</svg>"));
    assert_eq!(home.run(&["workflow", "new", &file]).status.code(), Some(1), "never overwrites");
}

#[test]
fn an_expectation_that_is_not_met_says_what_there_is() {
    let home = Home::new();
    let file = home.path().join("mine.toml");
    home.expect(0, &["workflow", "new", &file.display().to_string()]);
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("2026-09-24 09:00 timeout", "2026-09-23 timeout")).unwrap();
    let tested = home.json(1, &["workflow", "test", &file.display().to_string()]);
    let failure = tested["tests"][0]["failures"][0].as_str().unwrap();
    assert!(failure.contains("2026-09-24 09:00 timeout complain -> chase"), "{failure}");
}

#[test]
fn a_moved_date_is_moved_everywhere_and_says_why() {
    let home = Home::new();
    let folder = example(|text| text);
    let (mut runtime, hand) = home.runtime(START);
    let case = open(&mut runtime, &folder.path().join("case.toml"));
    let id = "written-notice.due";
    runtime.move_date(&case, id, Some("2026-09-30T10:00"), "对方要求改期").unwrap();
    let (_, plan) = runtime.planned(&case).unwrap();
    let date = plan.dates.iter().find(|date| date.id == id).unwrap();
    assert_eq!(date.deadline.end.to_string(), "2026-09-30T02:00:00Z");
    let why = home.json(0, &["why", case.as_str(), id]);
    assert_eq!(why["moved"]["reason"], "对方要求改期");
    assert!(why["moved"]["by_rule"].as_str().unwrap().starts_with("2026-09-22"));
    assert!(runtime.move_date(&case, "written-notice.duo", None, "x").is_err(), "a known date");
    hand.set("2026-09-18 15:30");
    runtime.move_date(&case, id, None, "不改了").unwrap();
    let (_, plan) = runtime.planned(&case).unwrap();
    let date = plan.dates.iter().find(|date| date.id == id).unwrap();
    assert_eq!(date.deadline.moved_from, None, "back to its rule");
}

#[test]
fn a_new_holiday_notice_moves_provisional_dates_before_one_s_eyes() {
    let home = Home::new();
    let folder = example(|text| text);
    let file = folder.path().join("case.toml").display().to_string();
    home.expect(3, &["start", &file, "--once", "--at", START]);
    // The five months of the log retention end in February 2027, of which nothing is known yet.
    let bundled = repository("workflows/cn/holidays/2027.json");
    let text = std::fs::read_to_string(bundled).unwrap();
    let mut notice: serde_json::Value = serde_json::from_str(&text).unwrap();
    notice["provisional"] = false.into();
    notice["papers"] = serde_json::json!(["https://www.gov.cn/example"]);
    let year = home.path().join("2027.json");
    std::fs::write(&year, notice.to_string()).unwrap();
    let imported = home.json(0, &["holidays", "import", &year.display().to_string()]);
    assert_eq!(imported["year"], 2027);
    let lines = imported["cases"][0]["dates"].to_string();
    assert!(lines.contains("later/log-retention.due") && lines.contains("暂定"), "{lines}");
    let listed = home.json(0, &["holidays", "list"]);
    let years = listed["years"].as_array().unwrap();
    let known = years.iter().find(|year| year["year"] == 2027).unwrap();
    assert_eq!(known["provisional"], false);
    std::fs::write(&year, "{}").unwrap();
    assert_eq!(
        home.run(&["holidays", "import", &year.display().to_string()]).status.code(),
        Some(1)
    );
}

#[test]
fn three_months_of_downtime_bring_the_monthly_check_once() {
    let home = Home::new();
    home.configure("schema = 1\n[reminders]\ndesktop = false\n");
    let (mut runtime, hand) = home.runtime("2026-06-15 10:00");
    let standing =
        runtime.subscribe("monthly-check", Some("妈妈".into()), Some("ios".into())).unwrap();
    let id = standing.subscription.id;
    assert!(runtime.subscribe("monthly-check", Some("妈妈".into()), None).is_err(), "once each");
    hand.set("2026-09-18 10:00");
    let given = block_on(runtime.fire_recurring(&Means::Screen)).unwrap();
    assert_eq!(given.len(), 1);
    assert!(!given[0].contains("妈妈"), "whom it is for stays here");
    assert_eq!(block_on(runtime.fire_recurring(&Means::Screen)).unwrap().len(), 0);
    hand.set("2026-06-16 10:00");
    assert_eq!(block_on(runtime.fire_recurring(&Means::Screen)).unwrap().len(), 0, "nor earlier");
    hand.set("2026-09-18 11:00");
    let list = home.expect(0, &["remind", "show", &id]);
    assert!(list.contains("VPN 与设备管理") && !list.contains("无障碍"), "{list}");
    assert!(runtime.recurring_done(&id).unwrap());
    assert!(!runtime.recurring_done(&id).unwrap(), "nothing is open any more");
    // The first of October begins a week of holidays.
    hand.set("2026-10-07 10:00");
    assert_eq!(block_on(runtime.fire_recurring(&Means::Screen)).unwrap().len(), 0);
    hand.set("2026-10-08 09:00");
    assert_eq!(block_on(runtime.fire_recurring(&Means::Screen)).unwrap().len(), 1);
}

#[test]
fn a_webhook_gets_the_number_of_things_to_do_and_no_name() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(std::time::Duration::from_secs(10))).unwrap();
        let mut request = String::new();
        let mut buffer = [0; 4096];
        while !request.contains("}}") {
            let read = stream.read(&mut buffer).unwrap();
            assert!(read > 0, "{request}");
            request.push_str(&String::from_utf8_lossy(&buffer[..read]));
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").unwrap();
        request
    });
    let home = Home::new();
    home.configure(&format!(
        "schema = 1\n[reminders]\ndesktop = false\n[[reminders.webhook]]\nkind = \"wecom\"\nurl = \"http://127.0.0.1:{port}/hook\"\n"
    ));
    let folder = example(|text| text);
    let (mut runtime, hand) = home.runtime(START);
    let case = open(&mut runtime, &folder.path().join("case.toml"));
    hand.set("2026-09-18 16:30");
    let advanced = block_on(runtime.advance(&case, &Means::Away)).unwrap();
    assert!(advanced.troubles.is_empty(), "{:?}", advanced.troubles);
    let request = server.join().unwrap();
    assert!(request.contains("\"msgtype\":\"text\"") && request.contains("件事要做"), "{request}");
    for personal in ["林晓芸", "13800138000", "4,980", "示例银行"] {
        assert!(!request.contains(personal), "{personal}");
    }
    advance(&mut runtime, &case);
}

#[test]
fn plain_http_to_elsewhere_is_refused() {
    let home = Home::new();
    home.configure(
        "schema = 1\n[[reminders.webhook]]\nkind = \"json\"\nurl = \"http://example.com/\"\n",
    );
    assert_eq!(home.run(&["status"]).status.code(), Some(1));
}

#[test]
fn a_case_moves_to_a_newer_workflow_after_showing_what_changes() {
    let home = Home::new();
    let folder = example(|text| text);
    let file = folder.path().join("case.toml").display().to_string();
    home.expect(3, &["start", &file, "--once", "--at", START]);
    let same = home.expect(0, &["workflow", "migrate", "W-2026-0001"]);
    assert!(same.contains("就是现在的流程"), "{same}");
    let own = home.path().join("config/workflows/cn");
    std::fs::create_dir_all(&own).unwrap();
    let text = std::fs::read_to_string(repository("workflows/cn/wechat-theft.toml")).unwrap();
    let newer = text.replace("due = \"3h\"", "due = \"2h\"");
    std::fs::write(own.join("wechat-theft.toml"), newer).unwrap();
    let shown = home.json(0, &["workflow", "migrate", "W-2026-0001"]);
    assert!(shown["dates"].to_string().contains("open-ticket.due"), "{shown}");
    assert!(shown["steps"].to_string().contains("3h → 2h"), "{shown}");
    let (mut runtime, _) = home.runtime(START);
    let due = |runtime: &mut appeal_daemon::runtime::setup::Runtime| {
        let case = runtime.find_case("W-2026-0001").unwrap();
        let plan = runtime.planned(&case).unwrap().1;
        plan.step("open-ticket").unwrap().due.clone().unwrap().end.to_string()
    };
    assert_eq!(due(&mut runtime), "2026-09-18T10:20:00Z", "only shown");
    home.json(0, &["workflow", "migrate", "W-2026-0001", "--yes"]);
    assert_eq!(due(&mut runtime), "2026-09-18T09:20:00Z");
}
