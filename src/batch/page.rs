//! The report of a check as a page: what is wrong, client by client, to be read on a telephone. It
//! loads nothing, links to nothing, and everything from the workbook is escaped.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::batch::finding::Finding;
use crate::batch::intake::Intake;
use crate::domain::lang::{Lang, Text};
use crate::domain::markup::entity;

/// The page has so many rows at most; the workbook beside it has them all.
const ROWS: usize = 2_000;

/// The longest value that is shown of a cell, in characters.
const SHOWN_CHARACTERS: usize = 60;

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:16px/1.6 system-ui,'PingFang SC','Microsoft YaHei','Noto Sans SC',sans-serif;\
max-width:46rem;margin:0 auto;padding:1rem;overflow-wrap:anywhere}\
h1{font-size:1.4rem;margin:0 0 .5rem}h2{font-size:1.1rem;margin:1.5rem 0 .5rem}\
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.3rem .5rem;\
border-bottom:1px solid #8886;vertical-align:top}td:last-child,th:last-child{text-align:right}\
article{border:1px solid #8886;border-left:.4rem solid #b58900;border-radius:.4rem;\
padding:.5rem .8rem;margin:.7rem 0}article.bad{border-left-color:#c0392b}\
h3{font-size:1rem;margin:0}p{margin:.3rem 0}small{opacity:.75}\
code{background:#8882;padding:0 .3rem;border-radius:.2rem}";

/// Returns the page.
pub fn page(intake: &Intake, title: &Text, lang: Lang) -> String {
    let both = |text: &Text| {
        let (zh, en) = (escaped(&text.zh), escaped(&text.en));
        match lang {
            Lang::Zh if en.is_empty() || en == zh => zh,
            Lang::Zh => format!("{zh} <small>{en}</small>"),
            Lang::En => escaped(text.get(lang)),
        }
    };
    let (rows, good) = (intake.clients.len(), intake.good());
    let bad = rows - good;
    let head = crate::text!(
        "客户 {rows} 位，可以导入 {good} 位，要改 {bad} 位",
        "{rows} clients: {good} can be taken in, {bad} must be corrected"
    );
    let shown = escaped(title.get(lang));
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <meta name=\"robots\" content=\"noindex\">\n<title>检查结果 {shown}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<h1>{}</h1>\n<p>{}</p>\n",
        both(title),
        both(&head)
    );
    counts(&mut out, intake, &both);
    let mut by_row: BTreeMap<(usize, u32), Vec<&Finding>> = BTreeMap::new();
    for finding in &intake.findings {
        by_row.entry((finding.spot.sheet, finding.spot.line)).or_default().push(finding);
    }
    if !by_row.is_empty() {
        let heading = Text::new("逐行", "Row by row");
        let _ = writeln!(out, "<h2>{}</h2>", both(&heading));
    }
    let (bad, others): (Vec<_>, Vec<_>) =
        by_row.iter().partition(|(_, findings)| findings.iter().any(|finding| finding.is_error()));
    for ((sheet, line), findings) in bad.into_iter().chain(others).take(ROWS) {
        article(&mut out, intake, (*sheet, *line), findings, &both);
    }
    if by_row.len() > ROWS {
        let rest = by_row.len() - ROWS;
        let more = crate::text!(
            "另有 {rest} 行，都在旁边的表格里。",
            "{rest} more rows are in the workbook beside this page."
        );
        let _ = writeln!(out, "<p>{}</p>", both(&more));
    }
    out.push_str("</body>\n</html>\n");
    out
}

/// How often each column was wrong.
fn counts(out: &mut String, intake: &Intake, both: &impl Fn(&Text) -> String) {
    let mut counts: BTreeMap<(bool, &str), usize> = BTreeMap::new();
    for finding in &intake.findings {
        *counts.entry((!finding.is_error(), finding.header.as_str())).or_default() += 1;
    }
    if counts.is_empty() {
        let _ = writeln!(out, "<p>{}</p>", both(&Text::new("没有问题", "nothing is wrong")));
        return;
    }
    let heads = [("列", "Column"), ("轻重", ""), ("几处", "")];
    out.push_str("<table>\n<tr>");
    for (zh, en) in heads {
        let _ = write!(out, "<th>{}</th>", both(&Text::new(zh, en)));
    }
    out.push_str("</tr>\n");
    for ((is_warning, header), count) in counts {
        let header = if header.is_empty() { "（整行）" } else { header };
        let header = escaped(header);
        let _ = writeln!(
            out,
            "<tr><td>{header}</td><td>{}</td><td>{count}</td></tr>",
            both(&grade(is_warning))
        );
    }
    out.push_str("</table>\n");
}

fn grade(is_warning: bool) -> Text {
    if is_warning { Text::new("提醒", "warning") } else { Text::new("要改", "error") }
}

fn article(
    out: &mut String,
    intake: &Intake,
    (sheet, line): (usize, u32),
    findings: &[&Finding],
    both: &impl Fn(&Text) -> String,
) {
    let is_bad = findings.iter().any(|finding| finding.is_error());
    let place = &intake.sheets[sheet].name;
    let row = intake.sheets[sheet].rows.iter().find(|row| row.line == line);
    let number = findings.iter().find_map(|finding| {
        let client = intake.clients.get(finding.client?)?;
        client.number.as_deref()
    });
    let number = escaped(number.unwrap_or_default());
    let place = match line {
        0 => crate::text!("整张表", "the whole sheet"),
        _ => crate::text!("{place} 第 {line} 行", "{place} row {line}"),
    };
    let class = if is_bad { " class=\"bad\"" } else { "" };
    let place =
        Text { zh: place.zh.trim().to_owned().into(), en: place.en.trim().to_owned().into() };
    let _ = writeln!(out, "<article{class}>\n<h3>{number} {}</h3>", both(&place));
    for finding in findings {
        let value = row.zip(finding.spot.column).map_or("", |(row, column)| row.text(column));
        let mut value: String = value.chars().take(SHOWN_CHARACTERS).collect();
        if !value.is_empty() {
            value = format!(" <code>{}</code>", escaped(&value));
        }
        let header = escaped(&finding.header);
        let _ = writeln!(
            out,
            "<p><b>{}</b> {header}{value}<br>{}<br>→ {}</p>",
            both(&grade(!finding.is_error())),
            both(&finding.message),
            both(&finding.hint)
        );
    }
    out.push_str("</article>\n");
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match entity(c) {
            Some(entity) => out.push_str(entity),
            None => out.push(if c.is_control() { ' ' } else { c }),
        }
    }
    out
}
