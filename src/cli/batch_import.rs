//! The import of a checked workbook: a folder with a case file for each good client. What is there
//! already is never touched, so a second run adds only what the first did not write.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::batch::folder;
use crate::batch::intake::Client;
use crate::cli::args::BatchImport;
use crate::cli::batch::{Checked, checked};
use crate::cli::context::Context;
use crate::cli::exit;
use crate::domain::lang::Text;
use crate::runtime::error::RuntimeError;
use crate::runtime::home::write_private;

/// Writes the folders of the good clients.
pub fn import(arguments: &BatchImport, context: &Context) -> Result<u8, RuntimeError> {
    let Checked { intake, report, .. } = checked(&arguments.check, context)?;
    let (rows, good) = (intake.clients.len(), intake.good());
    let is_clean = intake.is_clean();
    if !is_clean && !arguments.accept_good {
        let (bad, report) = (rows - good, report.display());
        return Err(RuntimeError::asked(
            crate::text!(
                "{rows} 位客户里有 {bad} 位要改，什么也没有导入",
                "{bad} of {rows} clients have errors; nothing was imported"
            ),
            crate::text!(
                "照 {report} 改好再导入；先导入没有问题的，加上 --accept-good",
                "correct them as {report} says, or take the good ones with --accept-good"
            ),
        ));
    }
    let into = &arguments.into;
    fs::create_dir_all(into).map_err(|source| home(into, source))?;
    let (mut written, mut kept) = (Vec::new(), Vec::new());
    for client in &intake.clients {
        let (Some(_), Some(number)) = (&client.case, &client.number) else { continue };
        if into.join(number).exists() {
            kept.push(number.clone());
        } else {
            write(client, number, into)?;
            written.push(number.clone());
        }
    }
    if context.json {
        context.print_json(&json!({
            "schema": 1, "rows": rows, "good": good, "written": written, "kept": kept,
            "report": report.display().to_string(),
        }));
    } else {
        let (new, old, into) = (written.len(), kept.len(), into.display());
        let said = crate::text!(
            "在 {into} 里新建了 {new} 个案件文件夹；{old} 个已经有了，没有动。\n还没有打开任何案件：appeal-daemon start {into}/编号",
            "Made {new} case folders in {into}; {old} were there and stay as they are.\nNo case is open yet: appeal-daemon start {into}/NUMBER"
        );
        context.print(context.say(&said));
    }
    Ok(if is_clean { exit::DONE } else { exit::INPUT })
}

/// Written beside its place and renamed, so that a folder is there whole or not at all.
fn write(client: &Client, number: &str, into: &Path) -> Result<(), RuntimeError> {
    let files = client.case.as_ref().and_then(folder::case_file).zip(folder::consent_file(client));
    let Some((case, consent)) = files else {
        return Err(RuntimeError::asked(
            crate::text!(
                "{number} 的案件文件没有写成",
                "the case file of {number} was not written"
            ),
            Text::new("检查这一行里有没有特殊的字符", "look for unusual characters in its row"),
        ));
    };
    let beside = into.join(format!(".{number}.new"));
    let fail = |source| home(&beside, source);
    fs::create_dir_all(&beside).map_err(fail)?;
    write_private(&beside.join("case.toml"), case.as_bytes()).map_err(fail)?;
    write_private(&beside.join("consent.toml"), consent.as_bytes()).map_err(fail)?;
    fs::rename(&beside, into.join(number)).map_err(fail)
}

fn home(path: &Path, source: std::io::Error) -> RuntimeError {
    RuntimeError::Home { path: path.to_owned(), source }
}
