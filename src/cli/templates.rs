//! Commands that show papers and texts: which there are, and how they look.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::cli::args;
use crate::cli::context::Context;
use crate::cli::exit;
use crate::cli::show;
use crate::runtime::error::RuntimeError;
use crate::runtime::preview;
use crate::workflow::template::Template;

/// Shows templates.
pub fn template(command: &args::Template, context: &Context) -> Result<u8, RuntimeError> {
    let library = context.library()?;
    let templates = &library.packs.templates;
    match command {
        args::Template::List if context.json => {
            let list: Vec<Value> = templates
                .values()
                .map(|template| {
                    json!({
                        "id": template.id,
                        "title": template.title.get(context.lang),
                        "forms": forms(template),
                    })
                })
                .collect();
            context.print_json(&json!({ "schema": 1, "templates": list }));
        }
        args::Template::List => {
            let mut out = String::new();
            for template in templates.values() {
                let forms = forms(template).join(" ");
                let _ =
                    writeln!(out, "{}　{}　{forms}", template.id, context.title(&template.title));
            }
            context.print(&out);
        }
        args::Template::Preview(arguments) => return previewed(arguments, &library, context),
    }
    Ok(exit::DONE)
}

fn forms(template: &Template) -> Vec<&'static str> {
    let forms = [
        (template.has_paper, "pdf"),
        (template.has_picture, "jpg"),
        (template.has_text, "txt"),
        (template.has_mail, "mail"),
    ];
    forms.into_iter().filter(|(has, _)| *has).map(|(_, form)| form).collect()
}

fn previewed(
    arguments: &args::Preview,
    library: &crate::workflow::library::Library,
    context: &Context,
) -> Result<u8, RuntimeError> {
    let known = &library.packs.templates;
    if let Some(unknown) = arguments.templates.iter().find(|id| !known.contains_key(*id)) {
        return Err(show::absent("模板", "template", unknown, known.keys().map(String::as_str)));
    }
    let chosen: Vec<&Template> = known
        .values()
        .filter(|template| arguments.all || arguments.templates.contains(&template.id))
        .collect();
    let progress = context.progress(context.word("正在写样张……", "writing samples …"));
    let previewed = preview::write(library, &chosen, &arguments.out);
    progress.finish_and_clear();
    let previewed = previewed?;
    let failed = previewed.iter().filter(|sample| sample.problem.is_some()).count();
    if context.json {
        let samples: Vec<Value> = previewed
            .iter()
            .map(|sample| {
                json!({
                    "template": sample.template,
                    "case": sample.case,
                    "file": sample.file,
                    "problem": sample.problem.as_ref().map(|problem| context.say(problem)),
                })
            })
            .collect();
        context.print_json(&json!({ "schema": 1, "ok": failed == 0, "samples": samples }));
    } else {
        let mut out = String::new();
        for sample in &previewed {
            if let Some(problem) = &sample.problem {
                let _ = writeln!(
                    out,
                    "{}（{}）：{}",
                    sample.template,
                    sample.case,
                    context.say(problem)
                );
            }
        }
        let (count, folder) = (previewed.len() - failed, arguments.out.display());
        let said = crate::text!("{count} 份样张写在 {folder}", "{count} samples in {folder}");
        let _ = writeln!(out, "{}", context.say(&said));
        context.print(&out);
    }
    Ok(if failed == 0 { exit::DONE } else { exit::INPUT })
}
