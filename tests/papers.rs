//! Papers: the same bytes however many are made at once and whatever was made before.

use std::collections::BTreeMap;
use std::sync::Arc;

use appeal_daemon::render::crew;
use appeal_daemon::render::fonts::Fonts;
use appeal_daemon::render::pdf::{Job, RenderError, Renderer};
use appeal_daemon::runtime::typesetter;
use serde_json::json;

/// Numbered headings, how many there are, and as many pages as it has lines for.
const PAPER: &str = r#"
#let data = json("/data.json")
#set document(title: "文书", date: datetime(year: 2026, month: 9, day: 20))
#set page(footer: context [#counter(page).display() / #counter(page).final().first()])
#set heading(numbering: "一、")
= 经过
#for line in range(data.lines) [第 #line 行 #parbreak()]
#if data.more [= 另外]
= 请求
#context [共 #query(heading).len() 节]
"#;

fn job(number: usize) -> Job {
    // One, two and three pages in turn, so that what the paper before had is often wrong.
    let data = json!({ "lines": number * 37 % 120, "more": number.is_multiple_of(2) });
    let sources = BTreeMap::from([("/paper.typ".to_owned(), PAPER.to_owned())]);
    Job { name: "paper".into(), sources, data, how: None, picture: None }
}

fn fonts() -> Arc<Fonts> {
    typesetter::fonts().unwrap()
}

#[test]
fn papers_are_the_same_bytes_alone_after_others_and_beside_others() {
    let fonts = fonts();
    let alone: Vec<_> =
        (0..8).map(|number| Renderer::new(Arc::clone(&fonts)).make(&job(number))).collect();
    assert!(alone.iter().all(Result::is_ok), "{alone:?}");
    for workers in [1, 2, 3] {
        let mut made = Vec::new();
        crew::in_order(&fonts, workers, (0..8).map(job), |_, paper| made.push(paper));
        assert!(made == alone, "{workers} at once");
    }
}

#[test]
fn a_paper_that_cannot_be_set_stops_no_other() {
    let jobs = (0..6).map(|number| {
        let mut job = job(number);
        if number == 2 {
            job.sources.insert("/paper.typ".into(), "#panic(\"no\")".into());
        }
        job
    });
    let mut made = Vec::new();
    crew::in_order(&fonts(), 2, jobs, |_, paper| made.push(paper));
    let errors: Vec<usize> = (0..6).filter(|place| made[*place].is_err()).collect();
    assert_eq!(errors, [2]);
    assert!(matches!(&made[2], Err(RenderError::Template { .. })), "{:?}", made[2]);
}
