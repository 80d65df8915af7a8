//! The check of a case file: every problem at once, and the evidence somebody will want.

use serde_json::json;

use crate::cli::args::CaseFileArgument;
use crate::cli::context::Context;
use crate::cli::evidence;
use crate::cli::exit;
use crate::cli::show;
use crate::domain::document;
use crate::domain::problem::has_errors;
use crate::runtime::case_file;
use crate::runtime::error::RuntimeError;
use crate::runtime::setup;
use crate::runtime::typesetter;

/// Checks a case file.
pub fn check(arguments: &CaseFileArgument, context: &Context) -> Result<u8, RuntimeError> {
    let options = context.options(None)?;
    let library = setup::library(&options.config)?;
    let fonts = typesetter::fonts()?;
    let file = case_file::read(&arguments.file, &library, &fonts, options.clock.now())?;
    let ok = !has_errors(&file.problems);
    let gaps = evidence::gaps_of_file(&file, &library);
    if context.json {
        let object = json!({
            "schema": 1,
            "ok": ok,
            "problems": show::problems_json(&file.problems, context.lang),
            "encoding": format!("{:?}", file.encoding).to_lowercase(),
            "gaps": gaps.iter().map(|gap| evidence::gap_json(gap, context)).collect::<Vec<_>>(),
        });
        context.print_json(&object);
    } else {
        let mut sources = vec![&file.source];
        sources.extend(&file.sources);
        let mut out = String::new();
        if file.encoding == document::Encoding::Gb18030 {
            out.push_str(context.word(
                "（文件是 GBK 编码，已按 GBK 读取）\n",
                "(the file is in GBK and was read as such)\n",
            ));
        }
        if file.problems.is_empty() {
            out.push_str(context.word("案件文件没有问题。\n", "The case file has no problems.\n"));
        } else {
            out.push_str(&show::problems_text(&file.problems, &sources, context));
        }
        if ok {
            out.push_str(&evidence::gaps_text(&gaps, context));
        }
        context.print(&out);
    }
    Ok(if ok { exit::DONE } else { exit::INPUT })
}
