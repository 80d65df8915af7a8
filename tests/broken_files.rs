//! Files as people break them: each with the message, line and hint it is meant to get.

use std::path::Path;

use crate::support::{Home, repository};

/// Checks every file of a folder; the snapshot beside it holds what is said.
fn check_all(folder: &str, command: &[&str]) -> usize {
    let home = Home::new();
    let mut count = 0;
    let mut files: Vec<_> = std::fs::read_dir(repository(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    for file in files {
        let mut arguments = vec!["--json"];
        arguments.extend(command);
        let path = file.display().to_string();
        arguments.push(&path);
        let output = home.run(&arguments);
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        assert_eq!(output.status.code(), Some(1), "{name} is broken");
        insta::assert_snapshot!(
            format!("{folder}-{name}").replace('/', "-"),
            said(&output.stdout, &file)
        );
        count += 1;
    }
    count
}

/// `line:column severity message | hint`, in both languages.
fn said(stdout: &[u8], file: &Path) -> String {
    let object: serde_json::Value = serde_json::from_slice(stdout).expect("one JSON object");
    let name = file.display().to_string();
    let folder = file.parent().unwrap().display().to_string();
    let problems = object["problems"].as_array().expect("problems");
    let mut lines = Vec::new();
    for problem in problems {
        let word = |key: &str| problem[key].as_str().unwrap().to_owned();
        lines.push(format!(
            "{}:{}:{} {}\n  {} | {}\n  {} | {}",
            word("file").replace(&name, "FILE").replace(&folder, "FOLDER"),
            problem["line"],
            problem["column"],
            word("severity"),
            word("message"),
            word("hint"),
            word("message_en"),
            word("hint_en"),
        ));
    }
    lines.join("\n")
}

#[test]
fn every_broken_case_file_gets_its_message() {
    let count = check_all("tests/broken-cases", &["check"]);
    assert!(count >= 25, "{count}");
}

#[test]
fn every_broken_workflow_gets_its_message() {
    let count = check_all("tests/broken-workflows", &["workflow", "check"]);
    assert!(count >= 12, "{count}");
}
