//! `bills FILE…`: reads the exports people really have, totals them to the fen and points at the
//! transactions that look wrong, each with its reason. Reads only; nothing is kept.

use std::fs::File;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use serde_json::{Value, json};

use crate::bills::export::Export;
use crate::bills::finding;
use crate::bills::ledger::Ledger;
use crate::bills::mapping::ColumnMap;
use crate::bills::read::{self, Options};
use crate::bills::report;
use crate::cli::args::{BillKeys, Bills, BillsCommand};
use crate::cli::bills_files;
use crate::cli::bills_shown;
use crate::cli::context::Context;
use crate::cli::exit;
use crate::cli::review;
use crate::domain::lang::Text;
use crate::runtime::error::RuntimeError;

/// A file that could not be read, and why.
pub(crate) struct Unread {
    /// The file.
    pub path: String,
    /// Why.
    pub message: Text,
    /// What to do.
    pub hint: Text,
}

/// What the files of one call hold.
#[derive(Default)]
struct Gathered {
    exports: Vec<Export>,
    tokens: Vec<Value>,
    unread: Vec<Unread>,
}

/// Reads exports and shows totals and findings.
pub fn bills(arguments: &Bills, context: &Context) -> Result<u8, RuntimeError> {
    match &arguments.command {
        Some(BillsCommand::Map(map)) => return bills_files::map(map, context),
        Some(BillsCommand::Review(arguments)) => return review::review(arguments, context),
        None => {}
    }
    let mut options = options(&arguments.keys)?;
    if let Some(path) = &arguments.map {
        let map = ColumnMap::parse(&text_of(path)?)
            .map_err(|error| RuntimeError::asked(error.message(), error.hint()))?;
        options.map = Some(map);
    }
    for path in [&arguments.xlsx, &arguments.csv, &arguments.pdf].into_iter().flatten() {
        bills_files::refuse_to_overwrite(path)?;
    }
    let around = days(&arguments.around)?;
    let progress = context.progress(context.word("正在读账单……", "reading bills …"));
    let Gathered { exports, tokens, unread } = gather(&arguments.files, &options);
    let ledger = Ledger::join(exports);
    let findings = finding::find(&ledger, &around);
    progress.finish_and_clear();
    let written = bills_files::hand_out(arguments, &ledger, &findings, context)?;
    let mut object = serde_json::to_value(report::report(&ledger, &findings)).unwrap_or_default();
    let ok = unread.is_empty();
    object["tokens"] = Value::Array(tokens);
    if context.json {
        object["ok"] = json!(ok);
        object["written"] = json!(written);
        object["unread"] = unread
            .iter()
            .map(|unread| {
                json!({
                    "path": unread.path,
                    "message": context.say(&unread.message),
                    "hint": context.say(&unread.hint),
                })
            })
            .collect();
        context.print_json(&object);
    } else {
        context.print(&bills_shown::shown(&object, &unread, context));
        for path in written {
            context.print(context.say(&crate::text!("已写好 {path}", "wrote {path}")));
        }
    }
    Ok(if ok { exit::DONE } else { exit::INPUT })
}

fn gather(files: &[PathBuf], options: &Options) -> Gathered {
    let mut gathered = Gathered::default();
    for path in files {
        let first = u32::try_from(gathered.exports.len()).unwrap_or(u32::MAX);
        let name = path.display().to_string();
        let reading = File::open(path)
            .map_err(Into::into)
            .and_then(|file| read::read(&name, file, first, options));
        match reading {
            Ok(reading) => {
                gathered.exports.extend(reading.exports);
                // Tokens have no price here, and enter no total.
                gathered.tokens.extend(reading.tokens.iter().map(|export| {
                    json!({
                        "path": name,
                        "generation": export.generation,
                        "transfers": export.transfers.len(),
                        "skipped": export.skipped,
                    })
                }));
                gathered.unread.extend(reading.failures.into_iter().map(|(path, error)| Unread {
                    path,
                    message: error.message(),
                    hint: error.hint(),
                }));
            }
            Err(error) => {
                let (message, hint) =
                    no_file(path).unwrap_or_else(|| (error.message(), error.hint()));
                gathered.unread.push(Unread { path: name, message, hint });
            }
        }
    }
    gathered
}

/// What is wrong where there is no file to read, and what to do.
fn no_file(path: &Path) -> Option<(Text, Text)> {
    if path.is_dir() {
        return Some((
            Text::new("这是文件夹", "this is a folder"),
            Text::new("把里面的账单文件一个个写上", "name the bills in it one by one"),
        ));
    }
    (!path.exists()).then(|| {
        (
            Text::new("没有这个文件", "there is no such file"),
            Text::new(
                "检查文件名；名字里有空格或括号的，用引号括起来",
                "check the name; put quotes around one with blanks or brackets",
            ),
        )
    })
}

/// Reads the passwords.
pub(crate) fn options(keys: &BillKeys) -> Result<Options, RuntimeError> {
    let mut options = Options { passwords: keys.password.clone(), ..Options::default() };
    if let Some(path) = &keys.password_file {
        options.passwords.extend(text_of(path)?.lines().map(|line| line.trim().to_owned()));
    }
    Ok(options)
}

fn text_of(path: &Path) -> Result<String, RuntimeError> {
    std::fs::read_to_string(path)
        .map_err(|source| RuntimeError::Home { path: path.to_owned(), source })
}

fn days(written: &[String]) -> Result<Vec<Date>, RuntimeError> {
    let day = |text: &String| {
        text.get(..10).unwrap_or(text).parse().map_err(|_| {
            RuntimeError::asked(
                crate::text!("日期 {text} 写得不对", "{text} is not a day"),
                Text::new("写成 2026-09-18", "write 2026-09-18"),
            )
        })
    };
    written.iter().map(day).collect()
}
