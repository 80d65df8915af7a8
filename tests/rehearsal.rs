//! The whole case on a virtual clock.

use serde_json::Value;

use crate::support::{Home, repository};

fn silent() -> Vec<Value> {
    let home = Home::new();
    let file = repository("examples/wechat-theft/case.toml").display().to_string();
    let simulated = home.json(0, &["simulate", &file, "--scenario", "silent"]);
    assert!(!home.path().join("ledger.sqlite").exists(), "a rehearsal writes nothing");
    simulated["events"].as_array().unwrap().clone()
}

#[track_caller]
fn at<'a>(events: &'a [Value], step: &str, event: &str, title: &str) -> &'a str {
    let found = events.iter().find(|found| {
        found["step"] == step
            && found["event"] == event
            && found["title"].as_str().unwrap().contains(title)
    });
    found.unwrap_or_else(|| panic!("no {event} of {step} `{title}`"))["at"].as_str().unwrap()
}

#[test]
fn silence_is_followed_up_by_the_calendar() {
    let events = silent();
    // The ticket goes out the moment the freeze is done: the person is assumed to do each task
    // as it opens.
    assert_eq!(at(&events, "open-ticket", "submitted", "工单"), "2026-09-18T15:20:00+08:00");
    assert_eq!(at(&events, "open-ticket", "timeout", "95017 催办"), "2026-09-20T15:20:00+08:00");
    assert_eq!(at(&events, "open-ticket", "timeout", "书面催办工单"), "2026-09-24T09:00:00+08:00");
    assert_eq!(at(&events, "open-ticket", "timeout", "升级"), "2026-09-25T09:00:00+08:00");
    assert_eq!(at(&events, "open-ticket", "timeout", "12363"), "2026-10-04T09:00:00+08:00");
    let upgrade = events
        .iter()
        .find(|found| {
            found["event"] == "timeout" && found["title"].as_str().unwrap().contains("升级")
        })
        .unwrap();
    assert_eq!(upgrade["last_day"], "2026-09-24", "the golden calendar");
    assert!(upgrade["why"].as_str().unwrap().contains("5个工作日"));
}

#[test]
fn every_event_says_why() {
    let events = silent();
    assert!(events.len() > 60, "{}", events.len());
    for event in &events {
        assert!(!event["why"].as_str().unwrap().is_empty(), "{event}");
        let known = [
            "opened",
            "prepared",
            "submitted",
            "done",
            "skipped",
            "remind",
            "due",
            "timeout",
            "outcome",
            "closed",
        ];
        assert!(known.contains(&event["event"].as_str().unwrap()), "{event}");
    }
    let mut times: Vec<&str> = events.iter().map(|event| event["at"].as_str().unwrap()).collect();
    let sorted = {
        let mut sorted = times.clone();
        sorted.sort_unstable();
        sorted
    };
    assert_eq!(times, sorted, "in the order of the clock");
    times.dedup();
}

#[test]
fn the_same_rehearsal_twice_is_the_same() {
    assert_eq!(silent(), silent());
}

#[test]
fn the_minimal_case_rehearses_too() {
    let home = Home::new();
    let file = repository("examples/minimal/case.toml").display().to_string();
    let simulated = home.json(0, &["simulate", &file]);
    let events = simulated["events"].as_array().unwrap();
    assert!(
        events.iter().any(|event| event["step"] == "open-ticket" && event["event"] == "submitted")
    );
}

#[test]
fn the_letters_of_a_rehearsal_are_there_to_be_read() {
    let home = Home::new();
    let file = repository("examples/wechat-theft/case.toml").display().to_string();
    let folder = home.path().join("letters");
    let scenario = home.path().join("scenario.txt");
    std::fs::write(&scenario, "ticket: refused after 3d \"证据不足\"\n").unwrap();
    home.expect(
        0,
        &[
            "simulate",
            &file,
            "--scenario",
            &scenario.display().to_string(),
            "--until",
            "2026-09-22T00:00",
            "--letters",
            &folder.display().to_string(),
        ],
    );
    let names = crate::support::names(&folder);
    let review =
        names.iter().find(|name| name.contains("2026-09-21-review-once-review-letter.pdf"));
    let text =
        crate::support::pdf_text(&folder.join(review.unwrap_or_else(|| panic!("{names:?}"))));
    assert!(crate::support::squeezed(&text).contains("证据不足"));
    assert!(!home.path().join("ledger.sqlite").exists(), "and nothing else is written");
}
