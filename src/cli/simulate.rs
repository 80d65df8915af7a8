//! The rehearsal of a whole case on a virtual clock: sends nothing, writes nothing.

use std::fmt::Write as _;

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::cli::args::Simulate;
use crate::cli::context::{Context, instant};
use crate::cli::exit;
use crate::domain::lang::Text;
use crate::domain::time;
use crate::runtime::case_file;
use crate::runtime::error::RuntimeError;
use crate::runtime::setup;
use crate::runtime::typesetter;
use crate::workflow::rehearse;

/// How far a rehearsal goes when it is not told: beyond the last limit of the first year.
const REHEARSE_FOR: SignedDuration = SignedDuration::from_hours(24 * 365);

/// Shows the whole case on a virtual clock.
pub fn simulate(arguments: &Simulate, context: &Context) -> Result<u8, RuntimeError> {
    if arguments.scenario != "silent" {
        let scenario = &arguments.scenario;
        return Err(RuntimeError::asked(
            crate::text!("没有情景 {scenario}", "there is no scenario {scenario}"),
            Text::new("现在只有 silent（对方一直不答复）", "there is only silent so far"),
        ));
    }
    let options = context.options(None)?;
    let library = setup::library(&options.config)?;
    let fonts = typesetter::fonts()?;
    let file = case_file::read(&arguments.file, &library, &fonts, options.clock.now())?;
    let (Some(case), Some(chosen), true) = (&file.case, &file.workflow, file.is_usable()) else {
        let source_text = Box::new(file.source);
        return Err(RuntimeError::Problems { source_text, problems: file.problems });
    };
    let until = match &arguments.until {
        Some(text) => instant(text)?,
        None => case.discovered_at.saturating_add(REHEARSE_FOR).unwrap_or(case.discovered_at),
    };
    let id = case.case_id();
    let happenings = rehearse::silent(&chosen.workflow, &library.packs, case, until)
        .map_err(|source| RuntimeError::Fold { case: id.to_string(), source })?;
    let zone = case.time_zone();
    if context.json {
        let events: Vec<Value> = happenings
            .iter()
            .map(|happening| {
                json!({
                    "at": time::rfc3339(happening.at, &zone),
                    "step": happening.step,
                    "event": happening.event,
                    "title": happening.title.get(context.lang),
                    "why": happening.why.get(context.lang),
                    "last_day": happening.last_day.map(|day| day.to_string()),
                })
            })
            .collect();
        context.print_json(&json!({ "schema": 1, "case": id.as_str(), "events": events }));
        return Ok(exit::DONE);
    }
    let mut out = String::new();
    for happening in &happenings {
        let at = time::minute(happening.at, &zone);
        let word = event_word(happening.event);
        let _ = writeln!(
            out,
            "{at}　{}　{}　{}\n                    {}",
            context.say(&word),
            context.say(&happening.title),
            if happening.step.is_empty() { String::new() } else { format!("[{}]", happening.step) },
            context.say(&happening.why)
        );
    }
    out.push_str(context.word(
        "（演练：没有发送任何东西，没有写入任何东西；本人每件事当即办理和证据都是假定的。）\n",
        "(A rehearsal: nothing was sent or written; that each task is done at once and the evidence are assumed.)\n",
    ));
    context.print(&out);
    Ok(exit::DONE)
}

fn event_word(event: &str) -> Text {
    match event {
        "opened" => Text::new("打开", "opened"),
        "prepared" => Text::new("备好", "prepared"),
        "submitted" => Text::new("提交", "submitted"),
        "done" => Text::new("完成", "done"),
        "skipped" => Text::new("跳过", "skipped"),
        "remind" => Text::new("提醒", "reminder"),
        "due" => Text::new("截止", "limit"),
        "timeout" => Text::new("未答复", "silence"),
        "outcome" => Text::new("答复", "answer"),
        "closed" => Text::new("结束", "closed"),
        other => Text::same(other.to_owned()),
    }
}
