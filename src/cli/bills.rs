//! `bills FILE…`: reads the exports people really have, totals them to the fen and points at the
//! transactions that look wrong, each with its reason. Reads only; nothing is kept.

use std::fmt::Write as _;
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
use crate::cli::context::Context;
use crate::cli::exit;
use crate::cli::review;
use crate::domain::lang::Text;
use crate::domain::money::Money;
use crate::runtime::error::RuntimeError;

/// A file that could not be read, and why.
struct Unread {
    path: String,
    message: Text,
    hint: Text,
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
        context.print(&shown(&object, &unread, context));
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
                let (message, hint) = (error.message(), error.hint());
                gathered.unread.push(Unread { path: name, message, hint });
            }
        }
    }
    gathered
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

fn shown(object: &Value, unread: &[Unread], context: &Context) -> String {
    let mut out = String::new();
    let yuan = |value: &Value| Money::from_fen(value.as_i64().unwrap_or_default()).to_string();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    for file in object["files"].as_array().into_iter().flatten() {
        let (rows, skipped) = (&file["rows"], &file["skipped"]);
        let (expense, income) = (yuan(&file["expense_fen"]), yuan(&file["income_fen"]));
        let said = crate::text!(
            "{rows} 笔，跳过 {skipped} 行；支出 {expense}，收入 {income}",
            "{rows} transactions, {skipped} rows skipped; spent {expense}, received {income}"
        );
        let _ = writeln!(
            out,
            "{}　{} {}　{}",
            text(&file["path"]),
            text(&file["provider"]),
            text(&file["generation"]),
            context.say(&said)
        );
    }
    for file in object["tokens"].as_array().into_iter().flatten() {
        let (count, path) = (&file["transfers"], text(&file["path"]));
        let said = crate::text!(
            "{path}　{count} 笔数字资产转账，没有人民币金额，不计入合计",
            "{path}　{count} transfers of tokens, which have no amount in yuan and enter no total"
        );
        let _ = writeln!(out, "{}", context.say(&said));
    }
    let findings = object["findings"].as_array().map(Vec::as_slice).unwrap_or_default();
    let suspected = yuan(&object["suspected_loss_fen"]);
    let count = findings.len();
    let said = crate::text!(
        "\n可疑 {count} 笔，合计 {suspected}；逐笔核对，只有本人确认的才算损失\n",
        "\n{count} suspicious transactions, {suspected}; only what you confirm is a loss\n"
    );
    out.push_str(context.say(&said));
    for finding in findings {
        let _ = writeln!(
            out,
            "  {}　{}　{}　{}",
            text(&finding["at"]),
            yuan(&finding["amount_fen"]),
            text(&finding["payee"]),
            text(&finding["method"])
        );
        for reason in finding["reasons"].as_array().into_iter().flatten() {
            let language = context.word("zh", "en");
            let words = reason[language].as_str().or(reason.as_str()).unwrap_or_default();
            let _ = writeln!(out, "      {words}");
        }
    }
    out.push_str(&unreadable(unread, context));
    out
}

fn unreadable(unread: &[Unread], context: &Context) -> String {
    let mut out = String::new();
    for unread in unread {
        let _ = writeln!(
            out,
            "\n{}{}：{}\n  {}",
            context.word("没读出来 ", "not read: "),
            unread.path,
            context.say(&unread.message),
            context.say(&unread.hint)
        );
    }
    out
}
