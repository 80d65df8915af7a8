//! `firm packs`, `firm returns` and `firm labels`: what clients and the post carry, and what has
//! come back.

use std::fmt::Write as _;
use std::path::Path;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::cli::args::{FirmLabels, FirmPacks, FirmReturns};
use crate::cli::bills_files::refuse_to_overwrite;
use crate::cli::context::Context;
use crate::cli::exit;
use crate::cli::firm::{add, add_failures, each, failures_json, save, worst};
use crate::domain::deadline::Deadline;
use crate::domain::lang::{Lang, Text};
use crate::domain::time;
use crate::render::table::{Cell, Table};
use crate::runtime::error::RuntimeError;
use crate::runtime::firm::packs::{Pack, Return};
use crate::runtime::firm::papers::Press;
use crate::runtime::firm::post::Sender;

/// The folder within a matter's own.
const FOLDER: &str = "firm/pack";

/// Writes packs.
pub(super) fn packs(arguments: &FirmPacks, context: &Context) -> Result<u8, RuntimeError> {
    let mut runtime = context.runtime(arguments.matters.at.as_deref())?;
    let press = Press::new()?;
    let progress = context.progress(context.word("正在写……", "writing …"));
    let mut made: Vec<(String, Pack)> = Vec::new();
    let failed = each(&mut runtime, &arguments.matters, |runtime, matter| {
        let folder = arguments
            .out
            .as_ref()
            .map_or_else(|| matter.folder.join(FOLDER), |out| out.join(matter.id.as_str()));
        let pack = runtime.pack(&press, matter, &folder)?;
        made.push((matter.id.to_string(), pack));
        Ok(())
    })?;
    progress.finish_and_clear();
    if context.json {
        let one = |(case, pack): &(String, Pack)| {
            let drafts: Vec<Value> = pack
                .drafts
                .iter()
                .map(|(step, missing)| json!({ "step": step, "missing": words(missing, context.lang) }))
                .collect();
            let files: Vec<String> =
                pack.files.iter().map(|path| path.display().to_string()).collect();
            json!({ "case": case, "steps": pack.steps, "files": files, "drafts": drafts })
        };
        let matters: Vec<Value> = made.iter().map(one).collect();
        let failed = failures_json(&failed, context);
        context.print_json(&json!({ "schema": 1, "matters": matters, "failed": failed }));
    } else {
        context.print(&packs_text(&made, &failed, context));
    }
    let has_drafts = made.iter().any(|(_, pack)| !pack.drafts.is_empty());
    Ok(worst(&failed, if has_drafts { exit::WAITS } else { exit::DONE }))
}

fn words(missing: &[Text], lang: Lang) -> Vec<String> {
    missing.iter().map(|label| label.get(lang).to_owned()).collect()
}

fn packs_text(made: &[(String, Pack)], failed: &[super::Failed], context: &Context) -> String {
    let mut out = String::new();
    for (case, pack) in made {
        let (steps, files) = (pack.steps.join(", "), pack.files.len());
        let folder = pack.files.first().and_then(|path| path.parent());
        let folder = folder.map(|folder| folder.display().to_string()).unwrap_or_default();
        let said = if steps.is_empty() {
            crate::text!(
                "{case}　现在没有要本人提交的",
                "{case}  there is nothing for the client to submit now"
            )
        } else {
            crate::text!(
                "{case}　{steps}：{files} 个文件，在 {folder}",
                "{case}  {steps}: {files} files in {folder}"
            )
        };
        add(&mut out, &said, context);
        for (step, missing) in &pack.drafts {
            let (zh, en) =
                (words(missing, Lang::Zh).join("、"), words(missing, Lang::En).join(", "));
            let said = crate::text!(
                "  {step} 还没有定稿，缺：{zh}",
                "  {step} is still a draft; missing: {en}"
            );
            add(&mut out, &said, context);
        }
    }
    add_failures(&mut out, failed, context);
    out
}

/// One thing that must come back, with whose it is.
struct Line {
    case: String,
    client: String,
    phone: String,
    due: String,
    done: String,
    delivered: String,
    one: Return,
}

/// Shows what has come back and what has not.
pub(super) fn returns(arguments: &FirmReturns, context: &Context) -> Result<u8, RuntimeError> {
    let mut runtime = context.runtime(arguments.matters.at.as_deref())?;
    let mut lines: Vec<Line> = Vec::new();
    let failed = each(&mut runtime, &arguments.matters, |runtime, matter| {
        let victim = &matter.case().victim;
        let minute = |at| time::told(at, &matter.zone);
        for one in runtime.returns(matter)? {
            lines.push(Line {
                case: matter.id.to_string(),
                client: victim.name.clone().unwrap_or_default(),
                phone: victim.phone.clone().unwrap_or_default(),
                due: one.due.as_ref().map(|due| last_of(due, minute)).unwrap_or_default(),
                done: one.done.as_ref().map(|(at, _)| minute(*at)).unwrap_or_default(),
                delivered: one.delivered.map(minute).unwrap_or_default(),
                one,
            });
        }
        Ok(())
    })?;
    let open = lines.iter().filter(|line| line.one.done.is_none()).count();
    if let Some(path) = &arguments.out {
        save(path, &table(&lines, context.lang))?;
    }
    if context.json {
        let rows: Vec<Value> = lines.iter().map(|line| as_json(line, context)).collect();
        let failed = failures_json(&failed, context);
        context.print_json(&json!({ "schema": 1, "open": open, "rows": rows, "failed": failed }));
    } else {
        context.print(&returns_text(&lines, arguments.open, &failed, context));
    }
    Ok(worst(&failed, if open > 0 { exit::WAITS } else { exit::DONE }))
}

/// A limit in days ends with its last day.
fn last_of(due: &Deadline, minute: impl Fn(Timestamp) -> String) -> String {
    due.last_day.map_or_else(|| minute(due.end), |day| day.to_string())
}

fn as_json(line: &Line, context: &Context) -> Value {
    json!({
        "case": line.case,
        "step": line.one.step,
        "title": line.one.title.get(context.lang),
        "by_post": line.one.by_post,
        "returned": line.one.done.as_ref().map(|(at, _)| at.to_string()),
        "number": line.one.done.as_ref().and_then(|(_, number)| number.clone()),
        "delivered": line.one.delivered.map(|at| at.to_string()),
        "due": line.one.due.as_ref().map(|due| due.end.to_string()),
        "overdue": line.one.overdue,
    })
}

fn returns_text(
    lines: &[Line],
    only_open: bool,
    failed: &[super::Failed],
    context: &Context,
) -> String {
    let mut out = String::new();
    let mut sorted: Vec<&Line> =
        lines.iter().filter(|line| !only_open || line.one.done.is_none()).collect();
    // What is late comes first: that is the list of whom to remind.
    sorted.sort_by_key(|line| (line.one.done.is_some(), !line.one.overdue, line.due.clone()));
    for line in sorted {
        let Line { case, client, phone, due, .. } = line;
        let title = line.one.title.get(context.lang);
        let _ = match &line.one.done {
            Some((_, number)) => {
                let number = number.as_deref().unwrap_or("–");
                let delivered = match line.delivered.as_str() {
                    "" => String::new(),
                    at => format!("　{} {at}", context.word("签收", "delivered")),
                };
                writeln!(out, "✓ {case}　{client}　{title}　{number}　{}{delivered}", line.done)
            }
            None if line.one.overdue => {
                let late = context.word("已过期，请催", "overdue, remind");
                writeln!(out, "✗ {case}　{client} {phone}　{title}　{due}　{late}")
            }
            None => writeln!(out, "… {case}　{client} {phone}　{title}　{due}"),
        };
    }
    let open = lines.iter().filter(|line| line.one.done.is_none()).count();
    let (all, back) = (lines.len(), lines.len() - open);
    let said = crate::text!(
        "{all} 项里 {back} 项已经办回，{open} 项还没有",
        "{back} of {all} have come back, {open} have not"
    );
    add(&mut out, &said, context);
    add_failures(&mut out, failed, context);
    out
}

fn table(lines: &[Line], lang: Lang) -> Table {
    let text = |text: &str| Cell::Text(text.to_owned());
    let row = |line: &Line| {
        let number = line.one.done.as_ref().and_then(|(_, number)| number.clone());
        vec![
            text(&line.case),
            text(&line.client),
            text(&line.phone),
            text(line.one.title.get(lang)),
            text(&line.one.step),
            number.map_or(Cell::Empty, Cell::Text),
            text(&line.done),
            text(&line.delivered),
            text(&line.due),
            text(if line.one.overdue { "是" } else { "" }),
        ]
    };
    Table {
        name: "办回情况",
        heads: vec![
            ("本方编号", 16),
            ("委托人", 12),
            ("电话", 16),
            ("事项", 30),
            ("步骤", 18),
            ("编号", 24),
            ("办理时间", 18),
            ("签收时间", 18),
            ("最晚", 18),
            ("已过期", 8),
        ],
        rows: lines.iter().map(row).collect(),
        sums: Vec::new(),
    }
}

/// Writes the labels of everything that waits to be posted.
pub(super) fn labels(arguments: &FirmLabels, context: &Context) -> Result<u8, RuntimeError> {
    refuse_to_overwrite(&arguments.output)?;
    let mut runtime = context.runtime(arguments.matters.at.as_deref())?;
    let sender = if arguments.client { Sender::Client } else { Sender::Firm };
    if sender == Sender::Firm {
        runtime.licensed_firm()?;
    }
    let press = Press::new()?;
    let (mut labels, mut unready) = (Vec::<Value>::new(), Vec::<String>::new());
    let failed = each(&mut runtime, &arguments.matters, |runtime, matter| {
        let found = runtime.labels(matter, sender)?;
        labels.extend(found.ready);
        let named = |step: &String| format!("{} {step}", matter.id);
        unready.extend(found.unready.iter().map(named));
        Ok(())
    })?;
    if !labels.is_empty() {
        let sheets = runtime.label_sheets(&press, &labels)?;
        write(&arguments.output, &sheets)?;
    }
    let (count, path) = (labels.len(), arguments.output.display());
    if context.json {
        let failed = failures_json(&failed, context);
        let shown: Vec<Value> = labels
            .iter()
            .map(|one| json!({ "case": one["number"], "step": one["step"] }))
            .collect();
        context.print_json(&json!({
            "schema": 1, "labels": shown, "unready": unready, "path": path.to_string(),
            "failed": failed,
        }));
    } else {
        let mut out = String::new();
        let said = if count == 0 {
            Text::new("现在没有可以寄的", "nothing is ready to be posted")
        } else {
            crate::text!(
                "{count} 张面单写在 {path}；空着的收件地址，照面单上说的出处抄写。\n寄出后把单号填进表格：appeal-daemon batch waybills 表格",
                "{count} labels in {path}; copy the missing addresses from where the label says.\nThen: appeal-daemon batch waybills FILE"
            )
        };
        add(&mut out, &said, context);
        for one in &unready {
            let said = crate::text!(
                "{one}　文书还没有定稿：补齐事实，再运行 run --once",
                "{one}  its papers are not final: fill in the facts and run run --once"
            );
            add(&mut out, &said, context);
        }
        add_failures(&mut out, &failed, context);
        context.print(&out);
    }
    Ok(worst(&failed, if unready.is_empty() { exit::DONE } else { exit::WAITS }))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), RuntimeError> {
    crate::runtime::home::write_private(path, bytes)
        .map_err(|source| RuntimeError::Home { path: path.to_owned(), source })
}
