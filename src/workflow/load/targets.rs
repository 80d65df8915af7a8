//! Names in a workflow: each must be one that exists, and the nearest is said of one that does not.

use std::ops::Range;

use crate::domain::lang::Text;
use crate::domain::lookalike;
use crate::domain::names;
use crate::workflow::channel::{Kind, Quality};
use crate::workflow::condition::{self, Condition};
use crate::workflow::load::{Loader, did_you_mean};
use crate::workflow::model::{Anchor, CLOSE, CLOSE_CASE, EXIT_PREFIX, RECIPIENT_PREFIX, Target};
use crate::workflow::packs::FieldKind;

/// Where something other than a step may stand: the end of the case, or a way out of a workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    /// Only a step.
    Never,
    /// A step or a way out.
    ByExit,
    /// A step, a way out, or the end.
    Always,
}

impl Loader<'_> {
    /// Channels of the file whose number or page only looks like that of a known one.
    pub(super) fn look_alikes(&mut self) {
        let of = |address: &str| lookalike::host(address).unwrap_or(address).to_owned();
        let known = self.packs.channels.values().filter_map(|channel| channel.address.as_deref());
        let known: Vec<String> = known.map(of).collect();
        let own: Vec<(String, String)> = self
            .channels
            .iter()
            .filter_map(|(id, channel)| Some((id.clone(), of(channel.address.as_deref()?))))
            .collect();
        for (id, address) in own {
            let known = known.iter().map(String::as_str);
            let Some(like) = lookalike::looks_like(&address, known).map(str::to_owned) else {
                continue;
            };
            self.error(
                &format!("channel.{id}"),
                crate::text!("{address} 只是看起来像 {like}", "{address} only looks like {like}"),
                Text::new(
                    "这很可能是仿冒的号码或网址；到官方页面重新核对",
                    "this is very likely a fake; check it on the official page",
                ),
            );
        }
    }

    pub(super) fn target(&mut self, at: &str, target: &str) -> Target {
        if let Some(name) = target.strip_prefix(RECIPIENT_PREFIX) {
            return Target::Recipient(name.to_owned());
        }
        let found = self.channels.get(target).or_else(|| self.packs.channels.get(target));
        match found {
            Some(channel)
                if channel.kind == Kind::Email && channel.quality != Quality::Verified =>
            {
                self.error(
                    at,
                    crate::text!("渠道 {target} 未经核实，不能用来自动发送", "channel {target} is not verified and cannot be sent to"),
                    Text::new(
                        "邮件只发给对方在本案中告知的地址：写 case.<收件人>",
                        "mail goes only to addresses the recipient gave in this case: write case.<recipient>",
                    ),
                );
            }
            Some(_) => {}
            None if is_raw_address(target) => self.error(
                at,
                crate::text!(
                    "\"{target}\" 是一个地址，流程里只能写渠道编号",
                    "\"{target}\" is an address; a workflow names channels"
                ),
                Text::new(
                    "把地址写进案件的 [recipients.<名称>]，这里写 case.<名称>",
                    "put it into the case as [recipients.<name>] and write case.<name> here",
                ),
            ),
            None => {
                let known = self.channels.keys().chain(self.packs.channels.keys());
                let near = names::nearest(target, known.map(String::as_str));
                let hint = did_you_mean(near);
                self.error(
                    at,
                    crate::text!("没有渠道 {target}", "there is no channel {target}"),
                    hint,
                );
            }
        }
        Target::Channel(target.to_owned())
    }

    pub(super) fn attachments(&mut self, at: &str, names: &[String]) -> (Vec<String>, Vec<String>) {
        let (mut papers, mut slots) = (Vec::new(), Vec::new());
        for name in names {
            if self.packs.templates.contains_key(name) {
                papers.push(name.clone());
            } else if self.slots.contains(name) {
                slots.push(name.clone());
            } else {
                let known = self.packs.templates.keys().chain(&self.slots).map(String::as_str);
                let near = names::nearest(name, known);
                let hint = did_you_mean(near);
                self.error(
                    at,
                    crate::text!(
                        "没有叫 {name} 的文书或证据位",
                        "there is no paper or evidence slot {name}"
                    ),
                    hint,
                );
            }
        }
        (papers, slots)
    }

    pub(super) fn template(&mut self, at: &str, template: &str) {
        if !self.packs.templates.contains_key(template) {
            let near = names::nearest(template, self.packs.templates.keys().map(String::as_str));
            let hint = did_you_mean(near);
            self.error(
                at,
                crate::text!("没有模板 {template}", "there is no template {template}"),
                hint,
            );
        }
    }

    pub(super) fn slot(&mut self, at: &str, slot: &str) {
        if !self.slots.contains(slot) {
            let near = names::nearest(slot, self.slots.iter().map(String::as_str));
            let hint = did_you_mean(near);
            self.error(
                at,
                crate::text!("没有证据位 {slot}", "there is no evidence slot {slot}"),
                hint,
            );
        }
    }

    pub(super) fn card(&mut self, at: &str, card: &str) {
        if !self.packs.cards.contains_key(card) {
            let near = names::nearest(card, self.packs.cards.keys().map(String::as_str));
            let hint = did_you_mean(near);
            self.error(at, crate::text!("没有提醒卡 {card}", "there is no card {card}"), hint);
        }
    }

    pub(super) fn step_name(&mut self, at: &str, name: &str, ends: Ends) {
        let is_end = match ends {
            Ends::Never => false,
            Ends::ByExit => name.starts_with(EXIT_PREFIX),
            Ends::Always => name == CLOSE || name == CLOSE_CASE || name.starts_with(EXIT_PREFIX),
        };
        if is_end || self.step_ids.iter().any(|id| id == name) {
            return;
        }
        let near = names::nearest(name, self.step_ids.iter().map(String::as_str));
        let hint = did_you_mean(near);
        self.error(at, crate::text!("没有步骤 {name}", "there is no step {name}"), hint);
    }

    pub(super) fn id(&mut self, at: &str, id: &str) {
        let fits = id
            .bytes()
            .next()
            .is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
            && id.len() <= 64
            && id.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_')
            });
        if !fits || id == CLOSE || id == CLOSE_CASE || id.starts_with(EXIT_PREFIX) {
            self.error(
                at,
                crate::text!("编号 \"{id}\" 不合格式", "the id \"{id}\" has the wrong form"),
                crate::text!(
                    "用小写字母、数字和连字符，不能是 {CLOSE}、{CLOSE_CASE} 或以 {EXIT_PREFIX} 开头",
                    "use lower-case letters, digits and hyphens; {CLOSE}, {CLOSE_CASE} and {EXIT_PREFIX}… are reserved"
                ),
            );
        }
    }

    pub(super) fn condition(&mut self, at: &str, source: &str) -> Option<Condition> {
        let place = self.places.of(at);
        match Condition::compile(source, &self.case_schema) {
            Ok(condition) => {
                for call in condition.calls() {
                    match call.function.as_str() {
                        "have" => self.slot(at, &call.argument),
                        "outcome" => self.step_name(at, &call.argument, Ends::Never),
                        "workdays_since" if !call.argument.starts_with(RECIPIENT_PREFIX) => {
                            self.step_name(at, &call.argument, Ends::Never);
                        }
                        _ => {}
                    }
                }
                Some(condition)
            }
            Err(faults) => {
                for fault in faults {
                    let span = self.inside_text(&place, fault.at);
                    self.problems.push(self.source.error(span, fault.message, fault.hint));
                }
                None
            }
        }
    }

    /// The place of a byte of a quoted value: after its opening quotes, which are one or three.
    pub(super) fn inside_text(&self, place: &Range<usize>, at: usize) -> Range<usize> {
        let text = self.source.text.get(place.clone()).unwrap_or_default();
        let quote = text.chars().next().unwrap_or('"');
        let quotes = text.chars().take_while(|c| *c == quote).count().clamp(1, 3);
        let quotes = if quotes == 2 { 1 } else { quotes };
        let start = (place.start + quotes + at).min(place.end);
        start..place.end
    }

    pub(super) fn anchor(&mut self, at: &str, source: &str) -> Anchor {
        if let Some(path) = source.strip_prefix(RECIPIENT_PREFIX) {
            if let Err(faults) = Condition::compile(&format!("has({source})"), &self.case_schema) {
                for fault in faults {
                    self.error(at, fault.message, fault.hint);
                }
            }
            if !condition::is_instant(&self.case_schema, path) {
                self.error(
                    at,
                    crate::text!("{source} 不是时间", "{source} is not a time"),
                    Text::new(
                        "写一个时间，例如 case.discovered_at",
                        "name a time, such as case.discovered_at",
                    ),
                );
            }
            return Anchor::Fact(path.to_owned());
        }
        if let Some((step, field)) = source.split_once('.') {
            self.step_name(at, step, Ends::Never);
            self.asked_time(at, step, field);
            Anchor::Answer { step: step.to_owned(), field: field.to_owned() }
        } else {
            self.error(
                at,
                crate::text!(
                    "起点 \"{source}\" 写得不对",
                    "the start \"{source}\" has the wrong form"
                ),
                Text::new(
                    "写 case.discovered_at 或 步骤.项目",
                    "write case.discovered_at or step.field",
                ),
            );
            Anchor::Fact("discovered_at".into())
        }
    }
}

impl Loader<'_> {
    /// A limit counts from a field only if that step asks for it, and as a time.
    fn asked_time(&mut self, at: &str, step: &str, field: &str) {
        let Some(asked) = self.asks.get(step) else { return };
        if !asked.iter().any(|asked| asked == field) {
            let near = names::nearest(field, asked.iter().map(String::as_str));
            let hint = match near {
                Some(near) => {
                    crate::text!("是不是想写 {step}.{near}？", "did you mean {step}.{near}?")
                }
                None => crate::text!(
                    "在步骤 {step} 里加上 ask = [\"{field}\"]",
                    "add ask = [\"{field}\"] to step {step}"
                ),
            };
            let message =
                crate::text!("步骤 {step} 不问 {field}", "step {step} does not ask for {field}");
            self.error(at, message, hint);
            return;
        }
        let kind = self.packs.fields.get(field).map(|field| field.kind);
        if kind.is_some_and(|kind| kind != FieldKind::Time) {
            self.error(
                at,
                crate::text!("{field} 不是时间", "{field} is not a time"),
                Text::new("换一个时间项目", "use a field that is a time"),
            );
        }
    }
}

/// A raw address is a mail address, a page or a telephone number.
fn is_raw_address(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    text.contains('@') || text.contains("://") || (digits >= 3 && digits * 2 >= text.len())
}
