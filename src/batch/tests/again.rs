//! Rows that come back to be corrected, and the page of a report.

use std::collections::BTreeMap;

use crate::batch::intake::{self, Beside, Intake};
use crate::batch::page;
use crate::batch::retry;
use crate::batch::tests::book::{Book, Value, columns, now};
use crate::domain::case::Case;
use crate::domain::lang::Lang;

fn checked(bytes: &[u8]) -> Intake {
    let named = |id: Option<&str>| {
        let columns = columns();
        (id == Some(columns.workflow.as_str())).then_some(columns)
    };
    intake::read(bytes, named, &Beside::at(now())).unwrap().0
}

fn cases(intake: &Intake) -> Vec<Case> {
    intake.clients.iter().filter_map(|client| client.case.clone()).collect()
}

#[test]
fn a_case_as_rows_is_the_same_case() {
    let book = Book::new(20);
    let all = cases(&checked(&book.bytes()));
    assert_eq!(all.len(), 20);
    let failed: Vec<(Case, String)> =
        all.iter().map(|case| (case.clone(), "没做成，再试".to_owned())).collect();
    let bytes = retry::of_cases(&failed, &columns()).unwrap();
    assert_eq!(cases(&checked(&bytes)), all);
    assert!(retry::of_cases(&[], &columns()).is_none());
}

#[test]
fn what_was_not_taken_comes_back_with_its_transactions_and_can_be_corrected() {
    let mut book = Book::new(20);
    let before = cases(&checked(&book.bytes()));
    book.clients[7].insert("victim.phone", Value::Text("12".into()));
    let line = book.first_line_of(9);
    book.lines[line].insert("amount", Value::Text("=1+1".into()));
    let intake = checked(&book.bytes());
    let bytes = retry::of_intake(&intake, &columns(), &BTreeMap::new(), Lang::Zh).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.contains("手机号码：电话号码的位数或字符不对"), "{text}");
    assert!(text.contains(",'=1+1,"), "{text}");
    assert_eq!(cases(&checked(text.as_bytes())), []);
    let corrected = text.replace(",12,", ",13800000007,").replace("'=1+1", "100.10");
    assert_eq!(cases(&checked(corrected.as_bytes())), [before[7].clone(), before[9].clone()]);
}

#[test]
fn a_page_has_every_row_with_something_wrong() {
    let mut book = Book::new(20);
    book.clients[7].insert("victim.name", Value::Text("<b>9</b>".into()));
    let intake = checked(&book.bytes());
    let page = page::page(&intake, &columns().title, Lang::Zh);
    assert!(page.contains("&lt;b&gt;9&lt;/b&gt;") && !page.contains("<b>9"));
    assert_eq!(page.matches("<article").count(), 1);
    assert!(
        page::page(&checked(&Book::new(3).bytes()), &columns().title, Lang::En)
            .contains("nothing is wrong")
    );
}
