//! `firm papers`: what clients sign and authorities are told, for one matter or a folder of them.

use serde_json::json;

use crate::cli::args::FirmPapers;
use crate::cli::context::Context;
use crate::cli::exit;
use crate::cli::firm::{add, add_failures, each, failures_json, worst};
use crate::domain::lang::Lang;
use crate::runtime::error::RuntimeError;
use crate::runtime::firm::papers::{Press, Wanted, Written};

/// The folder within a matter's own.
const FOLDER: &str = "firm";

/// Writes the papers.
pub(super) fn papers(arguments: &FirmPapers, context: &Context) -> Result<u8, RuntimeError> {
    let mut runtime = context.runtime(arguments.matters.at.as_deref())?;
    runtime.licensed_firm()?;
    let press = Press::new()?;
    let wanted =
        Wanted { lawyers: arguments.lawyers.clone(), authority: arguments.authority.clone() };
    let progress = context.progress(context.word("正在写……", "writing …"));
    let mut made: Vec<(String, Vec<Written>)> = Vec::new();
    let failed = each(&mut runtime, &arguments.matters, |runtime, matter| {
        let folder = arguments
            .out
            .as_ref()
            .map_or_else(|| matter.folder.join(FOLDER), |out| out.join(matter.id.as_str()));
        let written = runtime.firm_papers(&press, matter, &wanted, &folder)?;
        made.push((matter.id.to_string(), written));
        Ok(())
    })?;
    progress.finish_and_clear();
    let is_draft = made.iter().flat_map(|(_, written)| written).any(|one| !one.missing.is_empty());
    if context.json {
        let matters: Vec<_> = made
            .iter()
            .map(|(case, written)| {
                let files: Vec<_> = written
                    .iter()
                    .map(|one| {
                        json!({
                            "path": one.path.display().to_string(),
                            "kept": one.kept,
                            "missing": one.missing.iter().map(|label| context.say(label)).collect::<Vec<_>>(),
                        })
                    })
                    .collect();
                json!({ "case": case, "files": files })
            })
            .collect();
        let failed = failures_json(&failed, context);
        context.print_json(&json!({ "schema": 1, "matters": matters, "failed": failed }));
    } else {
        context.print(&as_text(&made, &failed, context));
    }
    Ok(worst(&failed, if is_draft { exit::WAITS } else { exit::DONE }))
}

fn as_text(made: &[(String, Vec<Written>)], failed: &[super::Failed], context: &Context) -> String {
    let mut out = String::new();
    for (case, written) in made {
        let folder = written.first().and_then(|one| one.path.parent());
        let folder = folder.map(|folder| folder.display().to_string()).unwrap_or_default();
        let (files, kept) = (written.len(), written.iter().filter(|one| one.kept).count());
        add(
            &mut out,
            &crate::text!("{case}　{files} 份，在 {folder}", "{case}  {files} files in {folder}"),
            context,
        );
        if kept > 0 {
            add(
                &mut out,
                &crate::text!(
                    "  {kept} 份 Word 文件已经有了，可能改过，没有动；要重写就先移走",
                    "  {kept} Word files were there and may have been edited: they stay; move them away to write them anew"
                ),
                context,
            );
        }
        let mut missing: Vec<(&str, &str)> = written
            .iter()
            .flat_map(|one| &one.missing)
            .map(|label| (label.get(Lang::Zh), label.get(Lang::En)))
            .collect();
        missing.sort_unstable();
        missing.dedup();
        if !missing.is_empty() {
            let zh: Vec<&str> = missing.iter().map(|(zh, _)| *zh).collect();
            let en: Vec<&str> = missing.iter().map(|(_, en)| *en).collect();
            let (zh, en) = (zh.join("、"), en.join(", "));
            add(&mut out, &crate::text!("  是草稿，缺：{zh}", "  drafts; missing: {en}"), context);
        }
    }
    add_failures(&mut out, failed, context);
    out
}
