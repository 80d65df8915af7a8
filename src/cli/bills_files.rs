//! Files that `bills` writes: the list for a bank or a wallet, and the draft of a column map.
//! Nothing is overwritten: a person may have filled in what an earlier run wrote.

use std::fs::File;
use std::path::Path;

use serde_json::json;

use crate::bills::draft::{self, Draft};
use crate::bills::error::BillError;
use crate::bills::finding::reason::Finding;
use crate::bills::handout::{Handout, csv, workbook};
use crate::bills::ledger::Ledger;
use crate::bills::line::Provider;
use crate::bills::read;
use crate::cli::args::{Bills, BillsMap};
use crate::cli::bills::options;
use crate::cli::context::Context;
use crate::cli::exit;
use crate::domain::lang::{Lang, Text};
use crate::runtime::bill_page;
use crate::runtime::error::RuntimeError;
use crate::runtime::home::write_private;

/// Drafts a column map and shows or writes it.
pub fn map(arguments: &BillsMap, context: &Context) -> Result<u8, RuntimeError> {
    if let Some(path) = &arguments.output {
        refuse_to_overwrite(path)?;
    }
    let options = options(&arguments.keys)?;
    let name = arguments.file.display().to_string();
    let draft = File::open(&arguments.file)
        .map_err(Into::into)
        .and_then(|file| read::sample(&name, file, &options))
        .and_then(|samples| draft::draft(&samples))
        .map_err(|error| {
            let Text { zh, en } = error.message();
            RuntimeError::asked(crate::text!("{name}：{zh}", "{name}: {en}"), hint(&error))
        })?;
    if let Some(path) = &arguments.output {
        write(path, draft.toml.as_bytes())?;
    }
    show(&draft, arguments, context);
    Ok(exit::DONE)
}

/// A table without dates or amounts cannot be mapped, so mapping it is no advice.
fn hint(error: &BillError) -> Text {
    match error {
        BillError::Foreign { .. } => Text::new(
            "表格里要有一列日期和一列金额；请选银行或平台导出的明细文件",
            "a table needs a column of dates and one of amounts: choose the export of the bank or wallet",
        ),
        other => other.hint(),
    }
}

fn show(draft: &Draft, arguments: &BillsMap, context: &Context) {
    let output = arguments.output.as_ref().map(|path| path.display().to_string());
    if context.json {
        let doubts: Vec<&str> = draft.doubts.iter().map(|doubt| context.say(doubt)).collect();
        context.print_json(&json!({
            "schema": 1,
            "path": output,
            "map": draft.toml,
            "rows": draft.rows,
            "read": draft.read,
            "known": draft.known.map(Provider::name),
            "doubts": doubts,
        }));
        return;
    }
    let Some(output) = output else {
        context.print(&draft.toml);
        return;
    };
    let file = arguments.file.display();
    let mut said = context
        .say(&crate::text!(
            "已写好 {output}。核对后：appeal-daemon bills {file} --map {output}",
            "Wrote {output}. Check it, then: appeal-daemon bills {file} --map {output}"
        ))
        .to_owned();
    if let Some(provider) = draft.known {
        let title = provider.title();
        let (zh, en) = (&*title.zh, &*title.en);
        let known = crate::text!(
            "\n这是{zh}的账单，本来就认识，不用列映射",
            "\nThis is a bill of {en}, which is known and needs no map"
        );
        said.push_str(context.say(&known));
    }
    for doubt in &draft.doubts {
        said.push_str("\n  ");
        said.push_str(context.say(doubt));
    }
    context.print(&said);
}

/// Writes the list of suspicious transactions where it was asked for; returns the files written.
pub fn hand_out(
    arguments: &Bills,
    ledger: &Ledger,
    findings: &[Finding],
    context: &Context,
) -> Result<Vec<String>, RuntimeError> {
    if arguments.xlsx.is_none() && arguments.csv.is_none() && arguments.pdf.is_none() {
        return Ok(Vec::new());
    }
    let made = context.options(None)?.clock.now();
    let handout = Handout::new(ledger, findings, context.lang, made);
    let mut written = Vec::new();
    if let Some(path) = &arguments.xlsx {
        let bytes = workbook::workbook(&handout).map_err(|error| {
            RuntimeError::asked(
                crate::text!("表格没有写成：{error}", "the workbook was not made: {error}"),
                Text::new("改用 --csv", "use --csv instead"),
            )
        })?;
        write(path, &bytes)?;
        written.push(path.display().to_string());
    }
    if let Some(path) = &arguments.csv {
        write(path, &csv::csv(&handout))?;
        written.push(path.display().to_string());
    }
    if let Some(path) = &arguments.pdf {
        // The page is Chinese, like every paper.
        let handout = Handout::new(ledger, findings, Lang::Zh, made);
        let chart = bill_page::timeline(ledger, findings);
        let page = bill_page::page(&context.library()?, &handout, chart.as_ref(), None, made)?;
        write(path, &page)?;
        written.push(path.display().to_string());
    }
    Ok(written)
}

/// Fails when a file is there already.
pub fn refuse_to_overwrite(path: &Path) -> Result<(), RuntimeError> {
    if !path.exists() {
        return Ok(());
    }
    let shown = path.display();
    Err(RuntimeError::asked(
        crate::text!("{shown} 已经存在", "{shown} exists already"),
        Text::new("换一个文件名，或先移走它", "choose another name, or move it away"),
    ))
}

/// Writes a file that only the owner may read.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), RuntimeError> {
    write_private(path, bytes)
        .map_err(|source| RuntimeError::Home { path: path.to_owned(), source })
}
