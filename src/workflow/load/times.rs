//! What happens when, in a workflow: outcomes, ladders, repetitions, reminders, quiet hours.

use std::collections::BTreeMap;

use jiff::civil::Time;

use crate::domain::formats;
use crate::domain::lang::Text;
use crate::domain::names;
use crate::domain::span::Span;
use crate::domain::time;
use crate::remind::Rule;
use crate::workflow::load::targets::Ends;
use crate::workflow::load::{ANSWERS, LIMIT_RUNGS, Loader};
use crate::workflow::model::{Offset, Repeat, Rung};
use crate::workflow::raw::{Action, RawRepeat, RawRung, RawSchedule, RawStep};

impl Loader<'_> {
    pub(super) fn outcome(&mut self, id: &str, raw: &RawStep, outcome: &str, targets: &[String]) {
        let at = format!("step.{id}.on_{outcome}");
        let known: Vec<&str> = match raw.action {
            Action::Submit => {
                ANSWERS.into_iter().chain(raw.pick.iter().map(String::as_str)).collect()
            }
            // What a workflow within can end in is known when both are joined.
            Action::Subflow => vec![outcome],
            _ => raw.pick.iter().map(String::as_str).chain(["done"]).collect(),
        };
        if !known.contains(&outcome) {
            let near = names::nearest(outcome, known.iter().copied());
            let all = known.join(", ");
            let hint = near.map_or_else(
                || crate::text!("可能的结果：{all}", "possible outcomes: {all}"),
                |near| crate::text!("是不是想写 on_{near}？", "did you mean on_{near}?"),
            );
            self.error(
                &at,
                crate::text!(
                    "步骤 {id} 不会有结果 {outcome}",
                    "step {id} cannot have the outcome {outcome}"
                ),
                hint,
            );
        }
        for target in targets {
            self.step_name(&at, target, Ends::Always);
        }
    }

    pub(super) fn ladder(&mut self, id: &str, raw: BTreeMap<String, RawRung>) -> Vec<Rung> {
        let at = format!("step.{id}.on_silence");
        if raw.len() > LIMIT_RUNGS {
            let count = raw.len();
            self.error(
                &at,
                crate::text!(
                    "阶梯有 {count} 级，最多 {LIMIT_RUNGS} 级",
                    "{count} rungs, the limit is {LIMIT_RUNGS}"
                ),
                Text::new("删掉一些", "remove some"),
            );
        }
        let mut rungs: Vec<(usize, Rung)> = Vec::new();
        for (span, rung) in raw {
            let place = format!("{at}.{span}");
            self.step_name(&place, &rung.step, Ends::ByExit);
            match formats::span_text(&span, &place) {
                Ok(span) => rungs.push((
                    self.places.of(&place).start,
                    Rung {
                        span,
                        step: rung.step,
                        by_rule: rung.by_rule || matches!(span, Span::Workdays(_)),
                        source: rung.source,
                        told: rung.told,
                    },
                )),
                Err(fault) => self.error(&place, fault.message, fault.hint),
            }
        }
        rungs.sort_by_key(|(place, _)| *place);
        rungs.into_iter().map(|(_, rung)| rung).collect()
    }

    pub(super) fn repeat(&mut self, at: &str, raw: RawRepeat) -> Repeat {
        if raw.max == 0 || raw.max > 365 {
            let max = raw.max;
            self.error(
                &format!("{at}.max"),
                crate::text!("重复次数 {max} 不合理", "{max} is no useful number of repetitions"),
                Text::new("写 1 到 365", "write 1 to 365"),
            );
        }
        if matches!(
            raw.every,
            Span::Minutes(0)
                | Span::Hours(0)
                | Span::Days(0)
                | Span::Workdays(0)
                | Span::Months(0)
                | Span::Years(0)
        ) {
            self.error(
                &format!("{at}.every"),
                Text::new("重复的间隔是零", "the repetition has no interval"),
                Text::new("写成 every = \"1wd\"", "write every = \"1wd\""),
            );
        }
        Repeat {
            every: raw.every,
            max: raw.max,
            until: raw
                .until
                .as_deref()
                .and_then(|until| self.condition(&format!("{at}.until"), until)),
        }
    }

    pub(super) fn schedule(&mut self, raw: &RawSchedule) -> Option<Rule> {
        let zone = raw.zone.as_deref().unwrap_or(time::DEFAULT_ZONE);
        match Rule::new(&raw.cron, zone, raw.first_workday, raw.missed) {
            Ok(rule) => Some(rule),
            Err((message, hint)) => {
                self.error("schedule.cron", message, hint);
                None
            }
        }
    }

    pub(super) fn offsets(&mut self, at: &str, raw: &[String]) -> Vec<Offset> {
        let mut offsets = Vec::new();
        for text in raw {
            let read = match (text.strip_prefix('-'), text.strip_prefix('+')) {
                (Some(span), _) => formats::span_text(span, at).map(Offset::Before),
                (_, Some(span)) => formats::span_text(span, at).map(Offset::After),
                _ => Err(formats::Fault {
                    message: crate::text!(
                        "提醒 \"{text}\" 没有写是之前还是之后",
                        "the reminder \"{text}\" has no sign"
                    ),
                    hint: Text::new(
                        "之前写 \"-24h\"，之后写 \"+30m\"",
                        "write \"-24h\" for before, \"+30m\" for after",
                    ),
                }),
            };
            match read {
                Ok(offset) => offsets.push(offset),
                Err(fault) => self.error(at, fault.message, fault.hint),
            }
        }
        offsets
    }

    pub(super) fn quiet(&mut self, text: &str) -> Option<(Time, Time)> {
        let time = |text: &str| Time::strptime("%H:%M", text.trim()).ok();
        let read = text.split_once('-').and_then(|(from, to)| Some((time(from)?, time(to)?)));
        if read.is_none() {
            self.error(
                "clock.quiet",
                crate::text!(
                    "安静时段 \"{text}\" 写得不对",
                    "the quiet hours \"{text}\" have the wrong form"
                ),
                Text::new("写成 \"22:30-07:30\"", "write \"22:30-07:30\""),
            );
        }
        read
    }
}
