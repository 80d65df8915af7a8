//! `firm audit`: every entry of the ledger, for somebody else to check.

use serde_json::json;

use crate::cli::args::FirmAudit;
use crate::cli::bills_files::refuse_to_overwrite;
use crate::cli::context::Context;
use crate::cli::exit;
use crate::cli::firm::{add, add_failures, each, failures_json, worst};
use crate::runtime::error::RuntimeError;
use crate::runtime::firm::books;
use crate::runtime::home::write_private;

/// Writes every entry of the ledger, so that somebody else can check the chain.
pub(super) fn audit(arguments: &FirmAudit, context: &Context) -> Result<u8, RuntimeError> {
    refuse_to_overwrite(&arguments.output)?;
    let mut runtime = context.runtime(arguments.matters.at.as_deref())?;
    let mut lines: Vec<String> = Vec::new();
    let mut matters = 0;
    let failed = each(&mut runtime, &arguments.matters, |runtime, matter| {
        lines.extend(runtime.audit_lines(matter)?);
        matters += 1;
        Ok(())
    })?;
    let entries = lines.len();
    lines.push(books::audit_end(&lines));
    lines.push(String::new());
    let path = &arguments.output;
    write_private(path, lines.join("\n").as_bytes())
        .map_err(|source| RuntimeError::Home { path: path.clone(), source })?;
    let shown = path.display();
    if context.json {
        let failed = failures_json(&failed, context);
        context.print_json(&json!({
            "schema": 1, "path": shown.to_string(), "matters": matters, "entries": entries,
            "failed": failed,
        }));
    } else {
        let mut out = String::new();
        add(
            &mut out,
            &crate::text!(
                "{matters} 个案件的 {entries} 条记录写在 {shown}；最后一行是各案件的末端校验值和全文校验值，另存一份才能发现以后的改动",
                "{entries} entries of {matters} matters in {shown}; its last line has the heads and a digest of it all: keep them elsewhere to notice later changes"
            ),
            context,
        );
        add_failures(&mut out, &failed, context);
        context.print(&out);
    }
    Ok(worst(&failed, exit::DONE))
}
