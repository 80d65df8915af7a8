//! The rehearsal of a whole case on a virtual clock: sends nothing, writes nothing.

use std::fmt::Write as _;
use std::path::Path;

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::cli::args::Simulate;
use crate::cli::context::{Context, instant};
use crate::cli::exit;
use crate::domain::document;
use crate::domain::lang::Text;
use crate::domain::problem::Source;
use crate::domain::time;
use crate::runtime::case_file;
use crate::runtime::error::RuntimeError;
use crate::runtime::letters;
use crate::runtime::setup;
use crate::runtime::typesetter;
use crate::workflow::model::Workflow;
use crate::workflow::packs::Packs;
use crate::workflow::rehearse::scenario::{self, Scenario};
use crate::workflow::rehearse::{self, Happening};

/// How far a rehearsal goes when it is not told: beyond the last limit of the first year.
const REHEARSE_FOR: SignedDuration = SignedDuration::from_hours(24 * 365);

/// Shows the whole case on a virtual clock.
pub fn simulate(arguments: &Simulate, context: &Context) -> Result<u8, RuntimeError> {
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
    let scenario = scenario(&arguments.scenario, &chosen.workflow, &library.packs)?;
    let rehearsed = rehearse::rehearse(&chosen.workflow, &library.packs, case, &scenario, until)
        .map_err(|source| RuntimeError::Fold { case: id.to_string(), source })?;
    let happenings = &rehearsed.happenings;
    if let Some(folder) = &arguments.letters {
        let progress = context.progress(context.word("正在写材料……", "writing the letters …"));
        let written = letters::write(&library, case, &rehearsed.letters, folder);
        progress.finish_and_clear();
        let count = written?;
        let shown = folder.display();
        let said = crate::text!("{count} 份材料写在 {shown}", "{count} letters in {shown}");
        context.print_aside(context.say(&said));
    }
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
                    "calls": happening.calls,
                })
            })
            .collect();
        context.print_json(&json!({ "schema": 1, "case": id.as_str(), "events": events }));
        return Ok(exit::DONE);
    }
    context.print(&shown(happenings, &zone, context));
    Ok(exit::DONE)
}

fn shown(happenings: &[Happening], zone: &TimeZone, context: &Context) -> String {
    let mut out = String::new();
    for happening in happenings {
        let at = time::minute(happening.at, zone);
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
    out
}

/// The silent scenario, or the one a file tells.
fn scenario(named: &str, workflow: &Workflow, packs: &Packs) -> Result<Scenario, RuntimeError> {
    if named == "silent" {
        return Ok(Scenario::default());
    }
    let path = Path::new(named);
    let bytes = std::fs::read(path).map_err(|_| {
        RuntimeError::asked(
            crate::text!("没有情景文件 {named}", "there is no scenario file {named}"),
            Text::new(
                "写 silent（对方一直不答复），或情景文件的路径",
                "write silent (nobody answers), or the path of a scenario file",
            ),
        )
    })?;
    let (text, _) = document::decode(&bytes).map_err(|at| setup::not_text(named, at))?;
    let source = Source::new(named, text);
    scenario::read(&source, workflow, packs)
        .map_err(|problems| RuntimeError::Problems { source_text: Box::new(source), problems })
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
