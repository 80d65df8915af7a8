//! Holds the shape: who may import whom, what may not stand in `src`, how long a file may be.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::support::repository;

/// The table of ARCHITECTURE.md: a module and what it may import.
const TABLE: [(&str, &[&str]); 14] = [
    ("domain", &[]),
    ("secrets", &["domain"]),
    ("config", &["domain", "secrets"]),
    ("bills", &["domain"]),
    ("remind", &["domain"]),
    ("workflow", &["domain", "remind"]),
    ("batch", &["domain", "workflow", "bills"]),
    ("evidence", &["domain"]),
    ("render", &["domain"]),
    ("mail", &["domain", "config", "secrets"]),
    ("store", &["domain", "workflow"]),
    (
        "runtime",
        &[
            "domain", "secrets", "config", "bills", "batch", "remind", "workflow", "evidence",
            "render", "mail", "store",
        ],
    ),
    (
        "cli",
        &[
            "domain", "secrets", "config", "remind", "workflow", "evidence", "render", "mail",
            "store", "runtime", "bills", "batch",
        ],
    ),
    ("main", &["cli"]),
];

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// The module a file belongs to: the first name below `src`.
fn module(path: &Path) -> String {
    let below = path.strip_prefix(repository("src")).unwrap();
    let first = below.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_owned()
}

/// The crate's modules that a text names, in `use` lines and in paths.
fn imports(text: &str) -> Vec<String> {
    text.split("crate::")
        .skip(1)
        .map(|rest| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect())
        .filter(|name: &String| name != "text" && !name.is_empty())
        .collect()
}

#[test]
fn modules_import_only_what_the_table_allows() {
    let allowed: BTreeMap<&str, &[&str]> = TABLE.into_iter().collect();
    for path in rust_files(&repository("src")) {
        let module = module(&path);
        if module == "lib" {
            continue;
        }
        let Some(allowed) = allowed.get(module.as_str()) else {
            panic!("module `{module}` has no row in the table");
        };
        let text = std::fs::read_to_string(&path).unwrap();
        for import in imports(&text) {
            assert!(
                import == module || allowed.contains(&import.as_str()),
                "{} imports `{import}`, which `{module}` may not",
                path.display()
            );
        }
    }
}

#[test]
fn the_core_touches_no_file_clock_or_network() {
    let forbidden =
        ["std::fs", "std::net", "std::env", "tokio", "rusqlite", "std::io", "SystemTime"];
    for path in rust_files(&repository("src")) {
        if !["domain", "workflow"].contains(&module(&path).as_str()) {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for word in forbidden {
            assert!(!text.contains(word), "{} uses `{word}`", path.display());
        }
    }
}

/// What is declared can be changed without compiling, so no code may know its names.
#[test]
fn no_bundled_step_channel_or_template_stands_in_the_code() {
    let mut ids = Vec::new();
    for path in toml_files(&repository("workflows")) {
        let text = std::fs::read_to_string(&path).unwrap();
        let table: toml::Table = toml::from_str(&text).unwrap();
        for group in ["step", "channel"] {
            if let Some(group) = table.get(group).and_then(toml::Value::as_table) {
                ids.extend(group.keys().cloned());
            }
        }
        if let Some(id) = table.get("id").and_then(toml::Value::as_str) {
            ids.push(id.to_owned());
        }
    }
    for entry in std::fs::read_dir(repository("templates")).unwrap() {
        let path = entry.unwrap().path();
        if path.join("template.toml").exists() {
            ids.push(path.file_name().unwrap().to_string_lossy().into_owned());
        }
    }
    assert!(ids.len() > 60, "the search found the declared names");
    for path in rust_files(&repository("src")) {
        let text = std::fs::read_to_string(&path).unwrap();
        for id in &ids {
            // A plain word, such as `notice`, is a step's id in one place and a word in another.
            let named = id.contains(['-', '.']) && text.contains(&format!("\"{id}\""));
            assert!(!named, "{} names `{id}`", path.display());
        }
    }
}

fn toml_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(toml_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
    files
}

#[test]
fn every_module_says_what_it_is_for() {
    for path in rust_files(&repository("src")) {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("//! "), "{} has no opening sentence", path.display());
    }
}
