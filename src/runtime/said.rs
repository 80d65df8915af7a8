//! What a person may say: of which step, with which outcome, in which form. Everything is checked
//! before anything is written.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use crate::domain::case::How;
use crate::domain::formats;
use crate::domain::lang::Text;
use crate::domain::losses;
use crate::domain::money::Money;
use crate::domain::names;
use crate::domain::time;
use crate::render::pdf::named;
use crate::runtime::acts::SKIP;
use crate::runtime::desk::Desk;
use crate::runtime::error::RuntimeError;
use crate::runtime::setup::Runtime;
use crate::runtime::typesetter;
use crate::workflow::load::ANSWERS;
use crate::workflow::model::{Anchor, CLOSE};
use crate::workflow::packs::FieldKind;
use crate::workflow::plan::{Plan, State, StepPlan, Waiting};
use crate::workflow::raw::Action;

impl Runtime {
    pub(super) fn check_slot(&self, desk: &Desk, slot: &str) -> Result<(), RuntimeError> {
        let known = self.library.packs.slots.contains_key(slot)
            || desk.workflow.slots.contains_key(slot)
            || slot.starts_with("other.")
            || slot.starts_with("reply.");
        if known {
            return Ok(());
        }
        let slots = self.library.packs.slots.keys().chain(desk.workflow.slots.keys());
        let hint = match names::nearest(slot, slots.map(String::as_str)) {
            Some(near) => crate::text!("是不是想写 {near}？", "did you mean {near}?"),
            None => Text::new(
                "其他材料写 other.名称；evidence gaps 列出需要的证据位",
                "for anything else write other.name; see evidence gaps",
            ),
        };
        Err(RuntimeError::asked(
            crate::text!("没有证据位 {slot}", "there is no evidence slot {slot}"),
            hint,
        ))
    }

    /// The slot a file without a named slot is for: the first open one the step asks for.
    pub(super) fn slot_for(&self, desk: &Desk, step: &str) -> String {
        let is_slot = |name: &&String| {
            self.library.packs.slots.contains_key(*name) || desk.workflow.slots.contains_key(*name)
        };
        let asked = desk.workflow.step(step).and_then(|step| {
            step.ask
                .iter()
                .chain(&step.require)
                .filter(is_slot)
                .find(|slot| !desk.history.has_evidence(slot))
                .cloned()
        });
        asked.unwrap_or_else(|| format!("other.{step}"))
    }

    /// Checks what was filled in and brings it into its normal form.
    pub(super) fn check_fields(
        &self,
        desk: &Desk,
        step: &StepPlan,
        set: &[(String, String)],
    ) -> Result<BTreeMap<String, String>, RuntimeError> {
        let asked = desk.workflow.step(&step.id).map(|step| step.ask.clone()).unwrap_or_default();
        let mut fields = BTreeMap::new();
        for (name, value) in set {
            let (field, line) = match name.rsplit_once('.') {
                Some((field, line)) if line.parse::<usize>().is_ok() => (field, Some(line)),
                _ => (name.as_str(), None),
            };
            let known = self.library.packs.fields.get(field);
            if known.is_none() && !asked.iter().any(|asked| asked == field) {
                let fields = asked.iter().chain(self.library.packs.fields.keys());
                let hint = match names::nearest(field, fields.map(String::as_str)) {
                    Some(near) => crate::text!("是不是想写 {near}？", "did you mean {near}?"),
                    None if asked.is_empty() => {
                        Text::new("这一步没有要填的项目", "this step asks for nothing")
                    }
                    None => {
                        let all = asked.join(", ");
                        crate::text!("这一步可以填：{all}", "this step asks for: {all}")
                    }
                };
                return Err(RuntimeError::asked(
                    crate::text!("没有叫 {name} 的项目", "there is no field {name}"),
                    hint,
                ));
            }
            // A limit counts from it, so it is a time whatever else is known of it.
            let starts_limit = desk.workflow.steps.iter().any(|step| {
                matches!(&step.from, Some(Anchor::Answer { field: from, .. }) if from == field)
            });
            let kind = match known {
                _ if starts_limit => FieldKind::Time,
                Some(known) => known.kind,
                None => FieldKind::Text,
            };
            let value = normal(kind, name, value, desk)?;
            printable(name, &value)?;
            let name = line.map_or_else(|| field.to_owned(), |line| format!("{field}.{line}"));
            fields.insert(name, value);
        }
        Ok(fields)
    }
}

/// What is filled in goes into papers: it must be text that our fonts can print.
fn printable(name: &str, value: &str) -> Result<(), RuntimeError> {
    if value.is_empty() {
        return Err(RuntimeError::asked(
            crate::text!("{name} 是空的", "{name} is empty"),
            Text::new("不清楚就不填这一项", "leave it out when it is not known"),
        ));
    }
    formats::text(value).map_err(|fault| RuntimeError::asked(fault.message, fault.hint))?;
    let missing = typesetter::fonts()?.missing(&Value::from(value));
    if missing.is_empty() {
        return Ok(());
    }
    let characters = named(&missing);
    Err(RuntimeError::asked(
        crate::text!(
            "{name} 里有打印不出来的字符 {characters}",
            "{name} has characters that cannot be printed: {characters}"
        ),
        Text::new("换成普通文字", "write it in plain text"),
    ))
}

/// Brings one value into its normal form, or says what it should be.
fn normal(kind: FieldKind, name: &str, value: &str, desk: &Desk) -> Result<String, RuntimeError> {
    let wrong = |hint: Text| {
        RuntimeError::asked(
            crate::text!("{name} 不能填 \"{value}\"", "{name} cannot be \"{value}\""),
            hint,
        )
    };
    match kind {
        FieldKind::Text => Ok(value.trim().to_owned()),
        FieldKind::Bool => match value.trim() {
            "true" | "yes" | "是" | "有" | "y" => Ok("true".into()),
            "false" | "no" | "否" | "没有" | "无" | "n" => Ok("false".into()),
            _ => Err(wrong(Text::new("填 是 或 否", "write yes or no"))),
        },
        FieldKind::Time => {
            time::parse_in(value, &desk.zone).map(|instant| instant.to_string()).ok_or_else(|| {
                wrong(Text::new("写成 2026-09-18 15:20 的形式", "write it like 2026-09-18 15:20"))
            })
        }
        FieldKind::Money => Money::parse(value)
            .map(Money::grouped)
            .map_err(|_| wrong(Text::new("写成 4980.00 的形式", "write it like 4980.00"))),
        FieldKind::How => {
            let meant = formats::choice_alias(value);
            How::ALL
                .iter()
                .find(|how| how.as_str() == meant)
                .map(|how| how.as_str().to_owned())
                .ok_or_else(|| {
                    wrong(Text::new(
                        "填 not_by_me（不是我）、by_me_deceived（受骗）或 unknown（不清楚）",
                        "write not_by_me, by_me_deceived or unknown",
                    ))
                })
        }
    }
}

pub(super) fn step_named<'a>(
    desk: &Desk,
    plan: &'a Plan,
    named: &str,
) -> Result<&'a StepPlan, RuntimeError> {
    if let Some(step) = plan.step(named) {
        return Ok(step);
    }
    let near = names::nearest(named, desk.workflow.steps.iter().map(|step| step.id.as_str()));
    let hint = match near {
        Some(near) => crate::text!("是不是 {near}？", "did you mean {near}?"),
        None => Text::new("status 命令列出所有步骤", "status lists every step"),
    };
    Err(RuntimeError::asked(crate::text!("没有步骤 {named}", "there is no step {named}"), hint))
}

/// A step the person can say they did: one whose turn has come, and also one that waits, because
/// life does not keep to an order. Not one that is over.
pub(super) fn doable(desk: &Desk, plan: &Plan, named: &str) -> Result<StepPlan, RuntimeError> {
    let step = step_named(desk, plan, named)?;
    let over = match step.state {
        State::Done | State::Submitted => true,
        State::Skipped => desk.history.closed.is_some(),
        _ => false,
    };
    if step.action == Action::Settle && step.waiting == Some(Waiting::Call) {
        return Err(RuntimeError::asked(
            Text::new("还没有人赔付，没有可以核对的金额", "nobody has paid yet"),
            Text::new(
                "对方赔付了先用 reply … --outcome paid --amount 金额",
                "record the payment first: reply … --outcome paid --amount SUM",
            ),
        ));
    }
    if over {
        let title = &step.title;
        let (zh, en) = (&title.zh, &title.en);
        return Err(RuntimeError::asked(
            crate::text!("「{zh}」已经办过了", "\"{en}\" was already done"),
            Text::new(
                "对方有答复用 reply；填错了先 undo",
                "use reply for an answer, undo to take the last entry back",
            ),
        ));
    }
    Ok(step.clone())
}

/// The visit an answer belongs to: the latest that was submitted.
pub(super) fn answerable(
    desk: &Desk,
    plan: &Plan,
    named: &str,
) -> Result<(String, u32), RuntimeError> {
    let step = step_named(desk, plan, named)?;
    let visits = desk.history.steps.get(&step.id).into_iter().flatten();
    let answered = visits.rev().find(|visit| visit.confirmed_at().is_some() || visit.has_left());
    let Some(visit) = answered else {
        return Err(RuntimeError::asked(
            crate::text!(
                "{named} 还没有提交，不会有答复",
                "{named} was not submitted, so there is no answer"
            ),
            crate::text!(
                "先记录提交：done … {named}",
                "first say that it was done: done … {named}"
            ),
        ));
    };
    Ok((step.id.clone(), visit.number))
}

pub(super) fn check_outcome(
    desk: &Desk,
    step: &StepPlan,
    outcome: Option<&str>,
) -> Result<(), RuntimeError> {
    let Some(outcome) = outcome else { return Ok(()) };
    let picks = desk.workflow.step(&step.id).map(|step| step.pick.clone()).unwrap_or_default();
    if outcome == SKIP || picks.iter().any(|pick| pick == outcome) {
        return may_close(desk, step, outcome);
    }
    let known: Vec<&str> = picks.iter().map(String::as_str).chain([SKIP]).collect();
    let all = known.join(", ");
    let hint = match names::nearest(outcome, known.iter().copied()) {
        Some(near) => crate::text!("是不是 {near}？", "did you mean {near}?"),
        None => crate::text!(
            "可以写：{all}（对方的答复用 reply）",
            "choose one of {all} (use reply for an answer)"
        ),
    };
    Err(RuntimeError::asked(
        crate::text!("这一步没有结果 {outcome}", "this step has no outcome {outcome}"),
        hint,
    ))
}

/// An outcome that closes the case must not do so when only a part was paid: the dates against the
/// others would go with it.
fn may_close(desk: &Desk, step: &StepPlan, outcome: &str) -> Result<(), RuntimeError> {
    let targets = desk.workflow.step(&step.id).and_then(|step| step.outcomes.get(outcome));
    let closes = targets.is_some_and(|targets| targets.iter().any(|target| target == CLOSE));
    let case = &desk.history.case;
    let missing = losses::net(case, None) - desk.history.recovered;
    if !closes || missing.fen() <= 0 || desk.history.recovered.is_zero() {
        return Ok(());
    }
    let (id, missing) = (desk.id(), missing.to_string());
    Err(RuntimeError::asked(
        crate::text!("还有 {missing} 没有到账", "{missing} is still missing"),
        crate::text!(
            "继续追就选别的结果；确实到此为止：appeal-daemon close {id} --reason \"…\"（银行、警方、保险的日期也一并结束）",
            "choose another outcome to go on; to end it all: appeal-daemon close {id} --reason \"…\""
        ),
    ))
}

/// The answers every submission can get, and those the workflow lists for this step.
pub(super) fn outcome_name(desk: &Desk, step: &str, written: &str) -> Result<String, RuntimeError> {
    let name = written.trim().to_lowercase().replace('-', "_");
    let name = match name.as_str() {
        "已赔付" | "赔付" | "到账" => "paid",
        "部分赔付" => "partial",
        "拒绝" | "拒赔" => "refused",
        "补件" | "补充材料" => "need_more",
        "受理" | "已受理" => "accepted",
        other => other,
    };
    let picks = desk.workflow.step(step).map(|step| step.pick.clone()).unwrap_or_default();
    if ANSWERS.contains(&name) || picks.iter().any(|pick| pick == name) {
        return Ok(name.to_owned());
    }
    let known = ANSWERS.iter().copied().chain(picks.iter().map(String::as_str));
    let shown: Vec<String> = known.map(|answer| answer.replace('_', "-")).collect();
    let all = shown.join(", ");
    Err(RuntimeError::asked(
        crate::text!("没有答复种类 {written}", "there is no kind of answer {written}"),
        crate::text!("可以写：{all}", "choose one of {all}"),
    ))
}

pub(super) fn amount(written: Option<&str>, outcome: &str) -> Result<Option<Money>, RuntimeError> {
    let Some(written) = written else {
        if matches!(outcome, "paid" | "partial") {
            return Err(RuntimeError::asked(
                Text::new("赔付了多少没有写", "the amount that was paid is missing"),
                Text::new("加上 --amount 4980.00", "add --amount 4980.00"),
            ));
        }
        return Ok(None);
    };
    if !matches!(outcome, "paid" | "partial") {
        return Err(RuntimeError::asked(
            Text::new("只有赔付才有金额", "only a payment has an amount"),
            Text::new(
                "去掉 --amount；钱到账用 --outcome paid 或 partial",
                "leave --amount out; for money use --outcome paid or partial",
            ),
        ));
    }
    match Money::parse(written) {
        Ok(amount) if amount.fen() > 0 => Ok(Some(amount)),
        _ => Err(RuntimeError::asked(
            crate::text!("\"{written}\" 不是金额", "\"{written}\" is not an amount"),
            Text::new("写成 4980.00 的形式，单位是元", "write it like 4980.00, in yuan"),
        )),
    }
}

/// Nobody answers what was not submitted yet.
pub(super) fn not_before_submission(
    desk: &Desk,
    step: &str,
    visit: u32,
    at: Timestamp,
) -> Result<(), RuntimeError> {
    let visits = desk.history.steps.get(step);
    let confirmed =
        visits.and_then(|visits| visits.get(visit.saturating_sub(1) as usize)?.confirmed_at());
    match confirmed.filter(|confirmed| at < *confirmed) {
        None => Ok(()),
        Some(confirmed) => {
            let shown = time::minute(confirmed, &desk.zone);
            Err(RuntimeError::asked(
                crate::text!(
                    "答复的时间早于提交的时间",
                    "the answer would come before the submission"
                ),
                crate::text!("{step} 是 {shown} 提交的", "{step} was submitted at {shown}"),
            ))
        }
    }
}

/// When it happened: what was said, or now. Never in the future, never before the discovery.
pub(super) fn when(
    desk: &Desk,
    written: Option<&str>,
    now: Timestamp,
) -> Result<Timestamp, RuntimeError> {
    let Some(written) = written else { return Ok(now) };
    let Some(at) = time::parse_in(written, &desk.zone) else {
        return Err(RuntimeError::asked(
            crate::text!("\"{written}\" 不是时间", "\"{written}\" is not a time"),
            Text::new("写成 2026-09-18T15:20 的形式", "write it like 2026-09-18T15:20"),
        ));
    };
    let discovered = desk.history.case.discovered_at;
    if at < discovered {
        let shown = time::minute(discovered, &desk.zone);
        return Err(RuntimeError::asked(
            crate::text!(
                "时间 {written} 早于发现时间",
                "the time {written} is before the discovery"
            ),
            crate::text!("发现时间是 {shown}", "the discovery was at {shown}"),
        ));
    }
    if at > now {
        let shown = time::minute(now, &desk.zone);
        return Err(RuntimeError::asked(
            crate::text!("时间 {written} 在将来", "the time {written} is in the future"),
            crate::text!("现在是 {shown}", "it is now {shown}"),
        ));
    }
    Ok(at)
}
