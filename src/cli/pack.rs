//! Shows what the packs know: evidence, check lists, reasons of refusals, products, thresholds and
//! cards, each with its source. Nothing of it is legal advice, and the program says so.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use clap::ValueEnum as _;
use serde::Serialize;
use serde_json::{Value, json};

use crate::cli::args::{Pack, PackKind};
use crate::cli::channels::quality_word;
use crate::cli::context::Context;
use crate::cli::exit;
use crate::cli::show;
use crate::domain::lang::Text;
use crate::domain::redaction::Shown;
use crate::domain::role::Role;
use crate::runtime::error::RuntimeError;
use crate::workflow::channel::Quality;
use crate::workflow::packs::{CheckList, Packs, Slot};

/// One row of a pack as it is shown.
struct Row {
    id: String,
    name: String,
    lines: Vec<String>,
    json: Value,
}

/// Lists the kinds, the rows of one, or one row.
pub fn pack(arguments: &Pack, context: &Context) -> Result<u8, RuntimeError> {
    if let Some(word) = &arguments.find {
        return find(word, context);
    }
    let Some(kind) = arguments.kind else {
        let kinds = ["slots", "checks", "refusals", "products", "thresholds", "cards", "redaction"];
        if context.json {
            context.print_json(&json!({ "schema": 1, "packs": kinds }));
        } else {
            context.print(&format!("{}\n", kinds.join("\n")));
        }
        return Ok(exit::DONE);
    };
    let library = context.library()?;
    let rows = rows(kind, &library.packs, context);
    match &arguments.id {
        None if context.json => {
            let rows: Vec<&Value> = rows.iter().map(|row| &row.json).collect();
            context.print_json(&json!({ "schema": 1, "rows": rows }));
        }
        None => {
            let mut out = String::new();
            for row in &rows {
                let _ = writeln!(out, "{}　{}", row.id, row.name);
            }
            context.print(&out);
        }
        Some(id) => {
            let Some(row) = rows.iter().find(|row| row.id == *id) else {
                let known = rows.iter().map(|row| row.id.as_str());
                return Err(show::absent("编号", "row", id, known));
            };
            if context.json {
                let mut object = row.json.clone();
                object["schema"] = json!(1);
                context.print_json(&object);
            } else {
                let mut out = format!("{}　{}\n", row.id, row.name);
                for line in &row.lines {
                    let _ = writeln!(out, "  {line}");
                }
                context.print(&out);
            }
        }
    }
    Ok(exit::DONE)
}

/// Lists everything built in that says a word, with the command that shows it.
fn find(word: &str, context: &Context) -> Result<u8, RuntimeError> {
    let library = context.library()?;
    let mut found: Vec<(String, String)> = Vec::new();
    let mut look = |command: String, name: &str, lines: &[&str]| {
        if name.contains(word) || lines.iter().any(|line| line.contains(word)) {
            found.push((command, name.to_owned()));
        }
    };
    for workflow in library.workflows() {
        for step in &workflow.steps {
            let lines: Vec<&str> = step.how.iter().map(|line| line.get(context.lang)).collect();
            let name = format!("{}：{}", context.say(&workflow.name), context.say(&step.title));
            look(format!("workflow show {}", workflow.id), &name, &lines);
        }
    }
    for kind in PackKind::value_variants() {
        let name = kind.to_possible_value().map(|value| value.get_name().to_owned());
        for row in rows(*kind, &library.packs, context) {
            let lines: Vec<&str> = row.lines.iter().map(String::as_str).collect();
            look(
                format!("pack {} {}", name.as_deref().unwrap_or_default(), row.id),
                &row.name,
                &lines,
            );
        }
    }
    for (id, channel) in &library.packs.channels {
        look(format!("channel show {id}"), context.say(&channel.name), &[]);
    }
    for (id, template) in &library.packs.templates {
        look(format!("template preview {id}"), context.say(&template.title), &[]);
    }
    for (id, article) in &library.packs.law {
        let name = format!("《{}》{}", article.law, article.article);
        look(format!("law show {id}"), &name, &[&article.text]);
    }
    found.dedup();
    if context.json {
        let list: Vec<Value> = found
            .iter()
            .map(|(command, name)| json!({ "command": command, "name": name }))
            .collect();
        context.print_json(&json!({ "schema": 1, "found": list }));
        return Ok(exit::DONE);
    }
    let mut out = String::new();
    for (command, name) in &found {
        let _ = writeln!(out, "{name}\n    appeal-daemon {command}");
    }
    if out.is_empty() {
        out.push_str(context.word("没有找到，换一个词试试", "nothing found; try another word"));
    }
    context.print(&out);
    Ok(exit::DONE)
}

fn rows(kind: PackKind, packs: &Packs, context: &Context) -> Vec<Row> {
    match kind {
        PackKind::Slots => {
            packs.slots.iter().map(|(id, slot)| slot_row(id, slot, context)).collect()
        }
        PackKind::Checks => {
            packs.checks.iter().map(|(id, list)| check_row(id, list, context)).collect()
        }
        PackKind::Refusals => refusals(packs, context),
        PackKind::Products => products(packs, context),
        PackKind::Thresholds => thresholds(packs, context),
        PackKind::Cards => cards(packs, context),
        PackKind::Redaction => {
            Role::ALL.into_iter().map(|role| redaction(role, packs, context)).collect()
        }
    }
}

fn refusals(packs: &Packs, context: &Context) -> Vec<Row> {
    each(&packs.refusals, |row| {
        let mut lines =
            vec![format!("{}{}", context.word("对方怎么说：", "they say: "), row.says.join("、"))];
        lines.extend(row.answer.iter().map(|answer| format!("→ {answer}")));
        if !row.evidence.is_empty() {
            let known = row.evidence.iter().filter_map(|slot| packs.slots.get(slot));
            let names: Vec<&str> = known.map(|slot| context.say(&slot.name)).collect();
            lines.push(format!(
                "{}{}",
                context.word("补这些证据：", "evidence: "),
                names.join("、")
            ));
        }
        let articles = row.law.iter().chain(&row.law_not_by_me).filter_map(|id| packs.law.get(id));
        lines.extend(articles.map(|article| format!("《{}》{}", article.law, article.article)));
        (
            named(&row.name, row.name_en.as_ref(), context),
            lines,
            source(row.quality, &row.source, &row.checked, context),
        )
    })
}

fn products(packs: &Packs, context: &Context) -> Vec<Row> {
    each(&packs.products, |row| {
        let mut lines = Vec::new();
        let details = [
            (context.word("机构：", "from: "), &row.holder),
            (context.word("报案：", "notice: "), &row.notice),
            (context.word("最高：", "at most: "), &row.cap),
            (context.word("价格：", "price: "), &row.price),
        ];
        for (word, detail) in details {
            lines.extend(detail.iter().map(|detail| format!("{word}{detail}")));
        }
        lines.extend(row.says.iter().map(|says| format!("· {says}")));
        lines.extend(row.usage.clone());
        (
            named(&row.name, row.name_en.as_ref(), context),
            lines,
            source(row.quality, &row.source, &row.checked, context),
        )
    })
}

fn thresholds(packs: &Packs, context: &Context) -> Vec<Row> {
    each(&packs.thresholds, |row| {
        let place = row.province.as_deref().unwrap_or("全国");
        let mut lines = vec![row.text.clone()];
        lines.extend(row.note.clone());
        lines.push(
            context
                .word("只供参考：金额不到也照样报案", "for information: report it all the same")
                .to_owned(),
        );
        (
            format!("{place}　{}", row.amounts()),
            lines,
            source(row.quality, &row.source, &row.checked, context),
        )
    })
}

fn cards(packs: &Packs, context: &Context) -> Vec<Row> {
    each(&packs.cards, |row| {
        let mut lines: Vec<String> = row
            .says
            .iter()
            .map(|says| format!("{}{says}", context.word("有人说：", "people say: ")))
            .collect();
        lines.push(row.truth.clone());
        lines.extend(row.act.iter().map(|act| format!("→ {act}")));
        (
            named(&row.title, row.title_en.as_ref(), context),
            lines,
            source(row.quality, &row.source, &row.checked, context),
        )
    })
}

/// Every role has a row: one that the file does not name is shown as it is treated.
fn redaction(role: Role, packs: &Packs, context: &Context) -> Row {
    let shown = packs.redaction(role);
    let word = |shown: Shown| match shown {
        Shown::Whole => context.word("完整", "whole"),
        Shown::Masked => context.word("遮住一部分", "masked"),
    };
    let lines = [
        (context.word("身份证号", "identity number"), shown.id_no),
        (context.word("电话", "telephone"), shown.phone),
        (context.word("邮箱", "mail address"), shown.email),
        (context.word("住址", "address"), shown.address),
        (context.word("账号、钱包地址和银行卡", "account, wallet, cards"), shown.account),
    ];
    let mut json = serde_json::to_value(shown).unwrap_or_default();
    json["id"] = json!(role.as_str());
    Row {
        id: role.as_str().to_owned(),
        name: context.title(&role.name()),
        lines: lines.map(|(name, shown)| format!("{name}：{}", word(shown))).to_vec(),
        json,
    }
}

/// The rows of a pack: `show` gives a row's name, its lines and its source.
fn each<T: Serialize>(
    rows: &BTreeMap<String, T>,
    show: impl Fn(&T) -> (String, Vec<String>, String),
) -> Vec<Row> {
    let row = |(id, row): (&String, &T)| {
        let (name, mut lines, source) = show(row);
        lines.push(source);
        let mut json = serde_json::to_value(row).unwrap_or_default();
        json["id"] = json!(id);
        Row { id: id.clone(), name, lines, json }
    };
    rows.iter().map(row).collect()
}

fn named(zh: &str, en: Option<&String>, context: &Context) -> String {
    let text = Text::new(zh.to_owned(), en.cloned().unwrap_or_default());
    context.title(&text)
}

fn source(quality: Quality, source: &str, checked: &str, context: &Context) -> String {
    let quality = quality_word(quality);
    format!(
        "{}　{} {source}　{} {checked}",
        context.say(&quality),
        context.word("来源：", "source:"),
        context.word("核对于", "checked")
    )
}

fn slot_row(id: &str, slot: &Slot, context: &Context) -> Row {
    let mut lines = vec![context.say(&slot.how).to_owned()];
    lines.extend(
        slot.proves.iter().map(|proves| format!("{}{proves}", context.word("证明：", "proves: "))),
    );
    let grades: Vec<String> = slot
        .grade
        .iter()
        .map(|(role, grade): (&Role, _)| {
            let (role, grade) = (role.name(), grade.name());
            format!("{} {}", context.say(&role), context.say(&grade))
        })
        .collect();
    if !grades.is_empty() {
        lines.push(grades.join("、"));
    }
    if let Some(strength) = slot.strength {
        let strength = strength.name();
        lines.push(format!(
            "{}{}",
            context.word("证明力（只给你看）：", "strength (for you alone): "),
            context.say(&strength)
        ));
    }
    let json = json!({
        "id": id,
        "name": slot.name.get(context.lang),
        "how": slot.how.get(context.lang),
        "proves": slot.proves,
        "grade": slot.grade,
        "strength": slot.strength,
        "identity": slot.identity,
    });
    Row { id: id.to_owned(), name: context.title(&slot.name), lines, json }
}

fn check_row(id: &str, list: &CheckList, context: &Context) -> Row {
    let mut lines = Vec::new();
    for item in &list.items {
        let risk = item.risk.map(|risk| format!("【{}】", risk.name().get(context.lang)));
        lines.push(format!("{}{}", risk.unwrap_or_default(), context.say(&item.what)));
        let details = [
            (context.word("在哪里：", "where: "), &item.path),
            ("iPhone: ", &item.path_ios),
            ("Android: ", &item.path_android),
            (context.word("正常：", "normal: "), &item.normal),
            (context.word("异常时：", "otherwise: "), &item.act),
            (context.word("先截图：", "screenshot first: "), &item.capture),
        ];
        for (word, detail) in details {
            lines.extend(detail.iter().map(|detail| format!("  {word}{detail}")));
        }
    }
    let items: Vec<Value> =
        list.items.iter().map(|item| item.shown(context.lang, str::to_owned)).collect();
    let json = json!({ "id": id, "name": list.name.get(context.lang), "items": items });
    Row { id: id.to_owned(), name: context.title(&list.name), lines, json }
}
