//! What the author of a workflow expects of a rehearsal, one line each:
//! `2026-09-20 15:20 timeout ticket -> chase`, and what must never happen:
//! `submitted complaint before 2026-10-04`.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::domain::lang::Text;
use crate::domain::time;
use crate::workflow::rehearse::Happening;

/// The events a rehearsal has.
pub const EVENTS: [&str; 10] = [
    "opened",
    "prepared",
    "submitted",
    "done",
    "skipped",
    "remind",
    "due",
    "timeout",
    "outcome",
    "closed",
];

/// One expected event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The line as written.
    pub line: String,
    /// `2026-09-20` or `2026-09-20 15:20`; none for any time.
    pub at: Option<String>,
    /// The event.
    pub event: String,
    /// The step; none for the case itself.
    pub step: Option<String>,
    /// The step a rung calls.
    pub calls: Option<String>,
    /// Only before that day.
    pub before: Option<Date>,
}

/// Reads one line.
pub fn read(line: &str) -> Result<Expected, (Text, Text)> {
    let mut words = line.split_whitespace().peekable();
    let mut at = None;
    if let Some(day) = words.peek().filter(|word| word.parse::<Date>().is_ok()) {
        let mut text = (*day).to_owned();
        words.next();
        if let Some(clock) = words.next_if(|word| is_clock(word)) {
            text.push(' ');
            text.push_str(clock);
        }
        at = Some(text);
    }
    let event = words.next().unwrap_or_default().to_owned();
    if !EVENTS.contains(&event.as_str()) {
        let all = EVENTS.join("、");
        return Err((
            crate::text!("不认识的事件 \"{event}\"", "unknown event \"{event}\""),
            crate::text!("可用：{all}", "there are: {all}"),
        ));
    }
    let step = words.next_if(|word| !matches!(*word, "->" | "→" | "before")).map(str::to_owned);
    let (mut calls, mut before) = (None, None);
    while let Some(word) = words.next() {
        let value = words.next();
        match (word, value) {
            ("->" | "→", Some(target)) => calls = Some(target.to_owned()),
            ("before", Some(day)) if day.parse::<Date>().is_ok() => before = day.parse().ok(),
            _ => {
                return Err((
                    crate::text!("不认识的词 {word}", "unexpected word {word}"),
                    Text::new(
                        "写成 2026-09-20 15:20 timeout 步骤 -> 下一步",
                        "write 2026-09-20 15:20 timeout step -> next",
                    ),
                ));
            }
        }
    }
    Ok(Expected { line: line.to_owned(), at, event, step, calls, before })
}

fn is_clock(word: &str) -> bool {
    word.len() == 5 && jiff::civil::Time::strptime("%H:%M", word).is_ok()
}

impl Expected {
    /// Returns true when a happening is the one that is meant.
    pub fn is(&self, happening: &Happening, zone: &TimeZone) -> bool {
        let at = time::minute(happening.at, zone);
        self.event == happening.event
            && self.at.as_ref().is_none_or(|wanted| at.starts_with(wanted.as_str()))
            && self.step.as_ref().is_none_or(|step| *step == happening.step)
            && self.calls.as_ref().is_none_or(|calls| happening.calls.as_ref() == Some(calls))
            && self.before.is_none_or(|before| time::day(happening.at, zone) < before)
    }

    /// Returns the happenings that come closest, for the message: the same event of the same step.
    pub fn near<'a>(&self, happenings: &'a [Happening]) -> Vec<&'a Happening> {
        happenings
            .iter()
            .filter(|happening| {
                happening.event == self.event
                    && self.step.as_ref().is_none_or(|step| *step == happening.step)
            })
            .collect()
    }
}
