//! Commands that show channels: where something can go, how, and how sure we are of it.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::cli::args;
use crate::cli::context::Context;
use crate::cli::exit;
use crate::cli::show;
use crate::domain::lang::Text;
use crate::runtime::error::RuntimeError;
use crate::workflow::channel::{Channel, Quality};

/// Shows channels.
pub fn channel(command: &args::Channel, context: &Context) -> Result<u8, RuntimeError> {
    let channels = context.library()?.packs.channels.clone();
    match command {
        args::Channel::List if context.json => {
            let list: Vec<Value> =
                channels.values().map(|channel| channel_json(channel, context)).collect();
            context.print_json(&json!({ "schema": 1, "channels": list }));
        }
        args::Channel::List => {
            let lines: String = channels.values().map(|channel| line(channel, context)).collect();
            context.print(&lines);
        }
        args::Channel::Show { id } => {
            let Some(channel) = channels.get(id) else {
                return Err(show::absent(
                    "渠道",
                    "channel",
                    id,
                    channels.keys().map(String::as_str),
                ));
            };
            if context.json {
                context.print_json(&channel_json(channel, context));
            } else {
                context.print(&channel_text(channel, context));
            }
        }
    }
    Ok(exit::DONE)
}

fn line(channel: &Channel, context: &Context) -> String {
    let kind = channel.kind.name();
    let quality = quality_word(channel.quality);
    format!(
        "{}　{}　{}　{}　{}\n",
        channel.id,
        context.say(&kind),
        channel.address.clone().unwrap_or_default(),
        context.say(&channel.name),
        context.say(&quality)
    )
}

fn channel_text(channel: &Channel, context: &Context) -> String {
    let mut out = format!("{}　{}\n", channel.id, context.title(&channel.name));
    let kind = channel.kind.name();
    let address = channel.address.clone().unwrap_or_default();
    let _ = writeln!(out, "  {} {address}", context.say(&kind));
    for line in &channel.path {
        let _ = writeln!(out, "  · {}", context.say(line));
    }
    let limit = channel.text_limit.map(|limit| limit.to_string());
    let open = channel.open.map(|open| open.name(context.lang));
    let details = [
        (context.word("服务时间：", "hours:"), &channel.hours),
        (context.word("办理时间：", "open:"), &open),
        (context.word("文字上限（字）：", "longest text:"), &limit),
        (context.word("通常答复：", "typical answer:"), &channel.reply),
    ];
    for (word, detail) in details {
        if let Some(detail) = detail {
            let _ = writeln!(out, "  {word} {detail}");
        }
    }
    let quality = quality_word(channel.quality);
    let checked = channel.checked.map(|day| day.to_string()).unwrap_or_default();
    let _ = writeln!(
        out,
        "  {}　{} {}　{} {checked}",
        context.say(&quality),
        context.word("来源：", "source:"),
        channel.source,
        context.word("核对于", "checked")
    );
    if let Some(note) = &channel.note {
        let _ = writeln!(out, "  {note}");
    }
    out
}

fn channel_json(channel: &Channel, context: &Context) -> Value {
    let path: Vec<&str> = channel.path.iter().map(|line| context.say(line)).collect();
    let mut object = serde_json::to_value(channel).unwrap_or_default();
    object["schema"] = json!(1);
    object["name"] = json!(context.say(&channel.name));
    object["path"] = json!(path);
    object
}

/// Returns how well a thing is known, in words.
pub fn quality_word(quality: Quality) -> Text {
    match quality {
        Quality::Verified => Text::new("【多来源一致】", "[verified]"),
        Quality::Dated => Text::new("【来源较旧】", "[dated]"),
        Quality::Unverified => Text::new("【未能确认】", "[unverified]"),
    }
}
