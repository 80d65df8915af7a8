//! Writes a firm's workbook of invented clients with planted faults, and says what was planted.
//!
//! `cargo run --example planted-intake -- FOLDER [CLIENTS]` writes `intake.xlsx` and `intake.csv`,
//! each with its list (`planted-xlsx.json`, `planted-csv.json`), and the clients' folders. Then
//! `batch check FOLDER/intake.xlsx --folder FOLDER/files --json > checked.json`, and
//! `cargo run --example planted-intake -- --compare FOLDER/planted-xlsx.json checked.json` says
//! what the check missed and what it invented.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program that writes files for people and tests"
)]

#[path = "../planted.rs"]
#[expect(dead_code, reason = "the tests use the rest of it")]
mod planted;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use planted::{FILES, Folder, Form, Planted};
use serde_json::Value;

/// Two in a hundred have a fault.
const FAULT_EVERY: usize = 50;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--compare", planted, checked] => compare(Path::new(planted), Path::new(checked)),
        [folder] => write(Path::new(folder), 10_000),
        [folder, clients] => write(Path::new(folder), clients.parse().unwrap()),
        _ => {
            println!("planted-intake FOLDER [CLIENTS] | --compare PLANTED CHECKED");
            ExitCode::from(2)
        }
    }
}

fn write(folder: &Path, clients: usize) -> ExitCode {
    fs::create_dir_all(folder).unwrap();
    for (form, name) in [(Form::Xlsx, "xlsx"), (Form::Csv, "csv")] {
        let planted = Planted::new(clients, FAULT_EVERY, form);
        fs::write(folder.join(format!("intake.{name}")), planted.bytes()).unwrap();
        let list = serde_json::to_vec_pretty(&planted.list()).unwrap();
        fs::write(folder.join(format!("planted-{name}.json")), list).unwrap();
        folders(&planted, &folder.join(format!("files-{name}")));
        let (kinds, good) = (planted.kinds().len(), planted.good());
        println!("intake.{name}: {clients} clients, {kinds} kinds of faults, {good} good");
    }
    ExitCode::SUCCESS
}

fn folders(planted: &Planted, root: &Path) {
    fs::create_dir_all(root.join("nobody")).unwrap();
    for (number, state) in &planted.folders {
        let folder = root.join(format!("{number}_材料"));
        if *state != Folder::Absent {
            fs::create_dir_all(&folder).unwrap();
        }
        if *state == Folder::Whole {
            for file in FILES {
                fs::write(folder.join(file), b"").unwrap();
            }
        }
    }
}

type Place = (String, u64, String, String);

fn places(list: &Value) -> BTreeSet<Place> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let place = |one: &Value| {
        let row = one["row"].as_u64().unwrap();
        (text(&one["sheet"]), row, text(&one["column"]), text(&one["severity"]))
    };
    list.as_array().unwrap().iter().map(place).collect()
}

fn compare(planted: &Path, checked: &Path) -> ExitCode {
    let read = |path: &Path| -> Value { serde_json::from_slice(&fs::read(path).unwrap()).unwrap() };
    let (planted, checked) = (read(planted), read(checked));
    let (expected, found) = (places(&planted["planted"]), places(&checked["problems"]));
    for missed in expected.difference(&found) {
        println!("missed {missed:?}");
    }
    for invented in found.difference(&expected) {
        println!("invented {invented:?}");
    }
    println!(
        "{} planted, {} found; good: {} planted, {} found",
        expected.len(),
        found.len(),
        planted["good"],
        checked["good"]
    );
    if expected == found && planted["good"] == checked["good"] {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
