//! What leaves of a batch: nothing for an authority, nothing in a client's name that the client did
//! not confirm, and over a real connection each message once.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use appeal_daemon::batch::release::{Plan, Rules};
use appeal_daemon::runtime::portfolio;
use appeal_daemon::runtime::release::Released;
use serde_json::{Value, json};

use crate::crash::Small;
use crate::smtp::{Behaviour, Server};
use crate::support::{Home, START, advance, block_on};

/// One letter to an office, one to the police and one to a regulator, in the same words.
const WORKFLOW: &str = r#"
schema = 1
id = "batch"
name = "整批演练"
sources = []

[step.letter]
title = "发信"
action = "submit"
to = "case.office"
template = "TEMPLATE"
needs = []
on_silence = {}

[step.police]
title = "报案材料"
action = "submit"
to = "case.station"
template = "crash-letter"
needs = []
on_silence = {}

[step.regulator]
title = "投诉"
action = "submit"
to = "case.authority"
template = "crash-letter"
needs = []
on_silence = {}
"#;

fn case(number: usize) -> String {
    format!(
        "id = \"C-{number}\"\nplatform = \"office\"\nworkflow = \"batch.toml\"\n\
         discovered_at = 2026-09-18T15:20:00+08:00\n\
         [victim]\nname = \"客户\"\nphone = \"138{number:08}\"\n\
         [[losses]]\nat = 2026-09-18T14:00:00+08:00\namount = \"{number}.00\"\norder_no = \"A{number}\"\n\
         channel = \"balance\"\nhow = \"not_by_me\"\n\
         [recipients.office]\nemail = \"office@firm.example\"\nrole = \"other\"\nconfirmed = true\n\
         [recipients.station]\nemail = \"station@police.example\"\nrole = \"police\"\nconfirmed = true\n\
         [recipients.authority]\nemail = \"desk@regulator.example\"\nrole = \"regulator\"\nconfirmed = true\n\
         [send]\napprove = \"auto\"\n\
         [consent]\npurpose = \"代为申诉\"\ndate = 2026-09-18\n"
    )
}

/// A home with so many matters beside it.
fn office(matters: usize, template: &str) -> (Home, PathBuf) {
    let home = Small::home();
    let into = home.path().join("matters");
    for number in 1..=matters {
        let folder = into.join(format!("C-{number}"));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("batch.toml"), WORKFLOW.replace("TEMPLATE", template)).unwrap();
        fs::write(folder.join("case.toml"), case(number)).unwrap();
    }
    (home, into)
}

/// Every letter that was written, by case, with its recipients.
fn letters(home: &Home) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for case in fs::read_dir(home.path().join("cases")).unwrap().flatten() {
        let number = case.file_name().to_string_lossy().into_owned();
        for letter in fs::read_dir(case.path().join("outbox")).into_iter().flatten().flatten() {
            let text = fs::read(letter.path()).unwrap();
            let text = String::from_utf8_lossy(&text).into_owned();
            let to = text.lines().find(|line| line.starts_with("To:")).unwrap().to_owned();
            found.push((number.clone(), to));
        }
    }
    found
}

/// Every file below a folder with its content.
fn contents(root: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(root).unwrap().flatten() {
        if entry.path().is_dir() {
            all.extend(contents(&entry.path()));
        } else {
            all.push((entry.path(), fs::read(entry.path()).unwrap()));
        }
    }
    all.sort();
    all
}

#[test]
fn a_hundred_clients_with_standing_consent_write_to_no_authority() {
    let (home, into) = office(100, "crash-letter");
    let into = into.display().to_string();
    let prepare = ["batch", "run", into.as_str(), "--at", START];
    let prepared = home.json(3, &prepare);
    let counts = ["planned", "in_waves", "one_by_one", "failed"].map(|name| prepared[name].clone());
    assert_eq!(counts, [300, 100, 200, 0].map(|count| json!(count)), "{prepared}");
    assert!(letters(&home).is_empty());
    // The same twice changes nothing.
    let before = (contents(&home.path().join("cases")), contents(Path::new(&into)));
    assert_eq!(home.json(3, &prepare)["plan"], prepared["plan"]);
    assert_eq!((contents(&home.path().join("cases")), contents(Path::new(&into))), before);

    let plan = prepared["plan"].as_str().unwrap();
    let send = ["batch", "run", into.as_str(), "--send", "--plan", plan, "--all", "--at", START];
    assert_eq!(home.json(0, &send)["done"], 100);
    // Nor do they once each case goes on by itself, under its owner's standing consent.
    let (mut runtime, _) = home.runtime(START);
    for row in runtime.store.cases().unwrap() {
        advance(&mut runtime, &row.id);
    }
    let gone = letters(&home);
    let cases: BTreeSet<&String> = gone.iter().map(|(case, _)| case).collect();
    assert_eq!((gone.len(), cases.len()), (100, 100));
    assert!(gone.iter().all(|(_, to)| to.contains("office@firm.example")), "{gone:?}");
    assert_eq!(home.json(0, &send)["done"], 0);
    assert_eq!(letters(&home).len(), 100);
}

#[test]
fn a_batch_leaves_over_a_connection_in_waves_and_each_message_once() {
    let (home, into) = office(9, "crash-letter");
    let server = Server::start(Behaviour::Accept);
    home.configure(&server.settings());
    let mut runtime = home.runtime_that_mails(START);
    let matters = portfolio::matters(&into).unwrap();
    let rows = matters.iter().map(|matter| runtime.prepare_matter(matter).unwrap());
    let plan = Plan::new(rows.flat_map(|row| row.items).collect());
    let (hash, rules) = (plan.hash(), Rules::default());
    let (mut sizes, mut connections) = (Vec::new(), Vec::new());
    loop {
        let wave = runtime.next_wave(&plan, &rules).unwrap();
        if wave.is_empty() {
            break;
        }
        let seen = |released: Released| {
            assert_eq!(released.failures(), 0, "{:?}", released.troubles);
            true
        };
        block_on(runtime.release(&plan, &hash, &wave, seen)).unwrap();
        connections.push(server.connections());
        sizes.push(wave.len());
        assert_eq!(server.received().len(), sizes.iter().sum::<usize>());
    }
    assert_eq!(sizes, [1, 5, 3]);
    assert_eq!(connections, [1, 2, 3], "a wave goes over one connection");
    let received = server.received();
    let office = |letter: &String| {
        letter.contains("office@firm.example") && !letter.contains("station@police.example")
    };
    assert!(received.iter().all(office), "{received:?}");
    let numbers: BTreeSet<&str> = received
        .iter()
        .filter_map(|letter| letter.lines().find(|line| line.starts_with("Message-ID:")))
        .collect();
    assert_eq!(numbers.len(), 9, "each has a number of its own");
}

const FIRM: &str = "schema = 1\n[firm]\nname = \"示例律师事务所\"\n";

/// A home of a firm whose letter speaks in its client's name.
fn firm_for_a_client() -> (Home, String) {
    let (home, into) = office(1, "own-words");
    home.configure(FIRM);
    let template = home.path().join("config/templates/own-words");
    crate::support::copy_folder(&home.path().join("config/templates/crash-letter"), &template);
    let head = template.join("template.toml");
    let text = fs::read_to_string(&head).unwrap();
    fs::write(head, format!("first_person = true\n{text}")).unwrap();
    (home, into.display().to_string())
}

#[test]
fn nobody_speaks_in_a_clients_name_before_the_client_confirmed_these_words() {
    let (home, into) = firm_for_a_client();
    let run = |code| home.json(code, &["batch", "run", into.as_str(), "--at", START]);
    let approve = |refused| {
        let mut said = home.program(&["approve", "C-1", "letter", "--at", START]);
        let said = said.env("USER", "lin").output().unwrap();
        let shown = String::from_utf8_lossy(&said.stderr).into_owned();
        assert_eq!(said.status.code() == Some(1), refused, "{shown}");
        shown
    };
    assert_eq!(run(3)["client_first"], 1);
    assert!(approve(true).contains("batch confirm C-1 letter"));
    let how = ["batch", "confirm", "C-1", "letter", "--how", "当面确认"];
    home.json(0, &how);
    assert_eq!(run(3)["client_first"], 0);
    // One fact is corrected: what was confirmed is not what would leave.
    let file = Path::new(&into).join("C-1/case.toml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("amount = \"1.00\"", "amount = \"2.00\"")).unwrap();
    assert_eq!(run(3)["client_first"], 1);
    approve(true);
    home.json(0, &how);
    // A word that cannot be followed yet falls with the next correction.
    home.expect(0, &["halt"]);
    approve(false);
    fs::write(&file, text.replace("amount = \"1.00\"", "amount = \"3.00\"")).unwrap();
    assert_eq!(run(3)["client_first"], 1);
    home.run(&["resume"]);
    let (mut runtime, _) = home.runtime(START);
    let case = runtime.find_case("C-1").unwrap();
    advance(&mut runtime, &case);
    assert!(letters(&home).is_empty());

    let file = home.path().join("audit.jsonl");
    home.json(0, &["firm", "audit", "-o", &file.display().to_string()]);
    let text = fs::read_to_string(&file).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let approved: Vec<Value> = lines.filter(|line| line["kind"] == "approved").collect();
    assert_eq!(approved.len(), 1);
    assert_eq!(approved[0]["by"], "lin");
}
