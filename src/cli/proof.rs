//! Shows what is known of the mail of a case, as a page.

use serde_json::json;

use crate::cli::args::Proof;
use crate::cli::context::Context;
use crate::cli::exit;
use crate::domain::digest::Digest;
use crate::domain::lang::Text;
use crate::runtime::error::RuntimeError;
use crate::runtime::home::write_private;

/// Writes the page and says where it is.
pub fn proof(arguments: &Proof, context: &Context) -> Result<u8, RuntimeError> {
    let mut runtime = context.runtime(None)?;
    let case = runtime.find_case(&arguments.case)?;
    let desk = runtime.desk(&case)?;
    let messages = runtime.messages(&desk, arguments.step.as_deref())?;
    if messages.is_empty() {
        return Err(RuntimeError::asked(
            Text::new("这里还没有邮件", "no mail was made here yet"),
            crate::text!(
                "看看有哪些步骤：appeal-daemon status {case}",
                "see the steps: appeal-daemon status {case}"
            ),
        ));
    }
    let page = runtime.proof(&desk, &messages)?;
    let path = arguments.output.clone().unwrap_or_else(|| format!("{case}-mail.pdf").into());
    write_private(&path, &page)
        .map_err(|source| RuntimeError::Home { path: path.clone(), source })?;
    let shown = path.display().to_string();
    if context.json {
        context.print_json(&json!({
            "schema": 1,
            "case": case.as_str(),
            "path": shown,
            "sha256": Digest::of(&page),
            "messages": messages,
        }));
        return Ok(exit::DONE);
    }
    let count = messages.len();
    let said = crate::text!(
        "{count} 封邮件的发送记录写在 {shown}",
        "the record of {count} messages is in {shown}"
    );
    context.print(&format!("{}\n", context.say(&said)));
    for message in &messages {
        let (title, recipient, known) = (&message.title, &message.recipient, &message.known);
        context.print(&format!("    {title} → {recipient}　{known}\n"));
    }
    Ok(exit::DONE)
}
