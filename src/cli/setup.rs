//! Set-up: secrets, the state of the surroundings, file formats, completions.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, Read as _};

use clap::CommandFactory as _;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::batch::release::Rules;
use crate::cli::args::{Arguments, Completions, Doctor, Schema, SchemaKind, Secret};
use crate::cli::context::Context;
use crate::cli::exit;
use crate::cli::mail::doctor::{self as mail_doctor, Depth};
use crate::cli::show;
use crate::config::Config;
use crate::domain::case::Case;
use crate::domain::document;
use crate::domain::lang::{Lang, Text};
use crate::runtime::error::RuntimeError;
use crate::runtime::setup::Runtime;
use crate::runtime::typesetter;
use crate::secrets::SecretError;
use crate::workflow::knowledge::{
    CardFile, ProductFile, RedactionFile, RefusalFile, ThresholdFile,
};
use crate::workflow::packs::{ChannelFile, CheckFile, FieldFile, LawFile, SlotFile};
use crate::workflow::raw::RawWorkflow;
use crate::workflow::template::RawTemplate;

/// The longest secret that is read, in bytes.
const LIMIT_SECRET: u64 = 4096;

/// Keeps, looks for or removes a secret.
pub fn secret(command: &Secret, context: &Context) -> Result<u8, RuntimeError> {
    let runtime = context.runtime(None)?;
    let (text, object, code) = match command {
        Secret::Set { name } => {
            let question = match context.lang {
                Lang::Zh => format!("{name}（输入时不显示）："),
                Lang::En => format!("{name} (not shown):"),
            };
            let secret = read_secret(&question)?;
            let place = runtime.secrets.keep(name, &secret)?.name();
            let (zh, en) = (place.zh.clone(), place.en.clone());
            let said = crate::text!("已保存 {name}：{zh}", "{name} is kept in {en}");
            (said, json!({ "schema": 1, "name": name, "place": en }), exit::DONE)
        }
        Secret::Test { name } => match runtime.secrets.find(name) {
            Ok(found) => {
                let place = found.place.name();
                let (zh, en) = (place.zh.clone(), place.en.clone());
                let said = crate::text!("{name} 在：{zh}", "{name} is in {en}");
                (said, json!({ "schema": 1, "name": name, "found": true, "place": en }), exit::DONE)
            }
            Err(SecretError::Absent { .. }) => {
                let said = crate::text!("没有 {name}", "there is no {name}");
                (said, json!({ "schema": 1, "name": name, "found": false }), exit::INPUT)
            }
            Err(error) => return Err(error.into()),
        },
        Secret::Forget { name } => {
            let forgotten = runtime.secrets.forget(name)?;
            let said = if forgotten {
                crate::text!("已删除 {name}", "{name} was removed")
            } else {
                crate::text!("没有 {name}", "there is no {name}")
            };
            (said, json!({ "schema": 1, "name": name, "forgotten": forgotten }), exit::DONE)
        }
    };
    if context.json {
        context.print_json(&object);
    } else {
        context.print(context.say(&text));
    }
    Ok(code)
}

/// From the keyboard without an echo, or from standard input; never from the command line, which
/// other users of the machine can read.
pub(super) fn read_secret(question: &str) -> Result<SecretString, RuntimeError> {
    if std::io::stdin().is_terminal() {
        return inquire::Password::new(question)
            .without_confirmation()
            .prompt()
            .map(SecretString::from)
            .map_err(|_| nothing_entered());
    }
    let mut text = String::new();
    let read = std::io::stdin().lock().take(LIMIT_SECRET).read_to_string(&mut text);
    let text = text.trim_end_matches(['\n', '\r']).to_owned();
    if read.is_err() || text.is_empty() {
        return Err(nothing_entered());
    }
    Ok(SecretString::from(text))
}

fn nothing_entered() -> RuntimeError {
    RuntimeError::asked(
        Text::new("没有输入内容", "nothing was entered"),
        Text::new("再试一次，或从标准输入传入", "try again, or pipe it in"),
    )
}

/// One finding about the surroundings.
pub(super) struct Finding {
    pub(super) ok: bool,
    pub(super) what: Text,
    pub(super) hint: Text,
}

/// Checks what this program needs of the machine.
pub fn doctor(arguments: &Doctor, context: &Context) -> Result<u8, RuntimeError> {
    let runtime = match context.runtime(None) {
        Ok(runtime) => runtime,
        Err(error) => {
            show::error(&error, context);
            return Ok(show::exit_code(&error));
        }
    };
    let depth = if arguments.mail { Depth::Servers } else { Depth::Settings };
    let findings = findings(runtime, depth)?;
    let ok = findings.iter().all(|finding| finding.ok);
    if context.json {
        let list: Vec<Value> = findings
            .iter()
            .map(|finding| {
                json!({
                    "ok": finding.ok,
                    "what": context.say(&finding.what),
                    "hint": context.say(&finding.hint),
                })
            })
            .collect();
        context.print_json(&json!({ "schema": 1, "ok": ok, "findings": list }));
    } else {
        let mut out = String::new();
        for finding in &findings {
            let mark = if finding.ok { "✓" } else { "✗" };
            let _ = writeln!(out, "{mark} {}", context.say(&finding.what));
            if !finding.hint.is_empty() {
                let _ = writeln!(out, "    {}", context.say(&finding.hint));
            }
        }
        context.print(&out);
    }
    Ok(if ok { exit::DONE } else { exit::SURROUNDINGS })
}

fn findings(mut runtime: Runtime, depth: Depth) -> Result<Vec<Finding>, RuntimeError> {
    let mut findings = Vec::new();
    let home = runtime.home.root().display().to_string();
    findings.push(good(crate::text!(
        "数据文件夹 {home} 可以写",
        "the data folder {home} can be written"
    )));
    let damage = runtime.store.check_file()?;
    findings.push(if damage.is_empty() {
        good(Text::new("账本文件完好", "the ledger file is whole"))
    } else {
        let first = damage.first().cloned().unwrap_or_default();
        bad(
            crate::text!("账本文件有损坏：{first}", "the ledger file is damaged: {first}"),
            Text::new("复制保存后从备份恢复", "keep a copy, then restore a backup"),
        )
    });
    let rows = runtime.store.cases()?;
    let mut broken = 0;
    for row in &rows {
        if let Err(error) = runtime.desk(&row.id) {
            broken += 1;
            let (message, hint) = show::explain(&error);
            findings.push(bad(message, hint));
        }
    }
    let count = rows.len() - broken;
    findings.push(good(crate::text!(
        "{count} 个案件的记录首尾相连",
        "the chains of {count} cases are whole"
    )));
    findings.extend(mail_doctor::findings(&runtime, depth)?);
    findings.push(match typesetter::fonts() {
        Ok(_) => good(Text::new("打印字体可用", "the fonts can be read")),
        Err(_) => bad(
            Text::new("打印字体读不出来", "the fonts cannot be read"),
            Text::new("重新安装本程序", "install this program again"),
        ),
    });
    calendar(&runtime, &mut findings);
    for path in runtime.library.own_files() {
        findings.push(Finding {
            ok: true,
            what: crate::text!("使用你自己的文件：{path}", "your own file is used: {path}"),
            hint: Text::default(),
        });
    }
    if runtime.store.halted_at()?.is_some() {
        findings.push(Finding {
            ok: true,
            what: Text::new("已停止一切发送", "all sending is stopped"),
            hint: Text::new(
                "恢复：appeal-daemon resume",
                "to allow it again: appeal-daemon resume",
            ),
        });
    }
    Ok(findings)
}

fn calendar(runtime: &Runtime, findings: &mut Vec<Finding>) {
    let years: Vec<String> =
        runtime.library.packs.calendar.official_years().map(|year| year.to_string()).collect();
    let zone = crate::domain::time::zone(crate::domain::time::DEFAULT_ZONE);
    let year = zone.map(|zone| crate::domain::time::day(runtime.clock.now(), &zone).year());
    let known = years.join("、");
    let covered = year.is_some_and(|year| !runtime.library.packs.calendar.is_provisional(year));
    findings.push(if covered {
        good(crate::text!("节假日通知：{known}", "holiday notices: {known}"))
    } else {
        bad(
            crate::text!(
                "没有今年的节假日通知（已有 {known}）",
                "no holiday notice for this year (there are {known})"
            ),
            Text::new(
                "工作日期限暂定；更新本程序",
                "working-day limits are provisional; upgrade this program",
            ),
        )
    });
}

pub(super) fn good(what: Text) -> Finding {
    Finding { ok: true, what, hint: Text::default() }
}

pub(super) fn bad(what: Text, hint: Text) -> Finding {
    Finding { ok: false, what, hint }
}

/// Prints the JSON Schema of a file format.
pub fn schema(arguments: &Schema, context: &Context) -> Result<u8, RuntimeError> {
    let mut schema = match arguments.kind {
        SchemaKind::Case => document::schema_of::<Case>(),
        SchemaKind::Workflow => document::schema_of::<RawWorkflow>(),
        SchemaKind::Config => document::schema_of::<Config>(),
        SchemaKind::Channels => document::schema_of::<ChannelFile>(),
        SchemaKind::Slots => document::schema_of::<SlotFile>(),
        SchemaKind::Fields => document::schema_of::<FieldFile>(),
        SchemaKind::Checks => document::schema_of::<CheckFile>(),
        SchemaKind::Law => document::schema_of::<LawFile>(),
        SchemaKind::Refusals => document::schema_of::<RefusalFile>(),
        SchemaKind::Products => document::schema_of::<ProductFile>(),
        SchemaKind::Thresholds => document::schema_of::<ThresholdFile>(),
        SchemaKind::Cards => document::schema_of::<CardFile>(),
        SchemaKind::Redaction => document::schema_of::<RedactionFile>(),
        SchemaKind::Template => document::schema_of::<RawTemplate>(),
        SchemaKind::Batch => document::schema_of::<Rules>(),
    };
    strip_private(&mut schema);
    // A schema is made to be saved to a file beside the case: real characters, not escapes.
    context.print(&serde_json::to_string_pretty(&schema).unwrap_or_default());
    Ok(exit::DONE)
}

/// Removes what only our own reader understands, and formats that editors do not know.
fn strip_private(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            map.retain(|key, _| !key.starts_with("x-"));
            let standard = map
                .get("format")
                .and_then(Value::as_str)
                .is_none_or(|format| matches!(format, "date-time" | "email"));
            if !standard {
                map.remove("format");
            }
            map.values_mut().for_each(strip_private);
        }
        Value::Array(items) => items.iter_mut().for_each(strip_private),
        _ => {}
    }
}

/// Prints a completion script.
pub fn completions(arguments: &Completions, context: &Context) -> Result<u8, RuntimeError> {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut Arguments::command(),
        "appeal-daemon",
        &mut script,
    );
    context.print(&String::from_utf8_lossy(&script));
    Ok(exit::DONE)
}

/// Prints the manual page.
pub fn man(context: &Context) -> Result<u8, RuntimeError> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Arguments::command())
        .render(&mut page)
        .map_err(|error| RuntimeError::Ours(error.to_string()))?;
    context.print(&String::from_utf8_lossy(&page));
    Ok(exit::DONE)
}
