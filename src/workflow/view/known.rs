//! What came to be known since the case was opened: who was told when, what was answered, what was
//! paid, what is in hand.

use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use crate::domain::lang::Lang;
use crate::domain::losses;
use crate::domain::money::Money;
use crate::domain::role::Role;
use crate::domain::time;
use crate::workflow::history::{Cause, Moment, What, answer_name};
use crate::workflow::model::Step;
use crate::workflow::packs::Slot;
use crate::workflow::raw::Action;
use crate::workflow::view::Maker;

impl Maker<'_> {
    /// What came to be known since the case was opened, and what of it this step follows up.
    pub(super) fn known(&self, step: &Step) -> Value {
        let mut known = self.shared.get_or_init(|| self.known_to_all()).clone();
        known["waited"] = self.waited(step, &self.history.case.time_zone());
        known["changes"] = Value::Array(self.changes(step));
        known
    }

    fn known_to_all(&self) -> Value {
        let history = self.history;
        let zone = history.case.time_zone();
        let timeline: Vec<Value> =
            history.timeline.iter().filter_map(|moment| self.moment(moment, &zone)).collect();
        let answers: Map<String, Value> = self
            .packs
            .fields
            .keys()
            .map(|field| {
                let value = history.answers.get(field);
                (field.clone(), value.map_or(Value::Null, |value| Value::from(value.as_str())))
            })
            .collect();
        let outstanding = losses::net(&history.case, None) - history.recovered;
        json!({
            "timeline": timeline,
            "notices": self.notices(&zone),
            "answers": answers,
            "evidence": self.evidence(&zone),
            "refusal": self.refusal(&zone),
            "request": self.request(&zone),
            "recovered": if history.recovered.is_zero() { Value::Null } else { amount(history.recovered) },
            "outstanding": amount(outstanding),
        })
    }

    /// What a person sent to themselves or their lawyer is nobody else's business.
    fn moment(&self, moment: &Moment, zone: &TimeZone) -> Option<Value> {
        let step = moment.step.as_deref().and_then(|id| self.workflow.step(id));
        if step.is_some_and(|step| self.is_private(step)) {
            return None;
        }
        let title = step.map(|step| step.title.zh.to_string());
        let what = match &moment.what {
            What::Done { answers, .. } => {
                let mut what = title?;
                for (field, value) in answers {
                    if let Some(field) = self.packs.fields.get(field)
                        && field.case.is_none()
                    {
                        what.push_str(&format!("；{}：{value}", field.name.zh));
                    }
                }
                what
            }
            What::Sent => format!("{}：已发出", title?),
            What::Answered { outcome, amount, note } => {
                let mut what = format!("{}：对方答复——{}", title?, answer_name(outcome).zh);
                if let Some(amount) = amount {
                    what.push_str(&format!("，到账{amount}"));
                }
                if let Some(note) = note {
                    what.push_str(&format!("（{note}）"));
                }
                what
            }
            What::Silent { span } => {
                format!("{}：{}未获答复", title?, span.spoken(Lang::Zh))
            }
            What::Corrected => format!("{}：已更正", title?),
            What::Opened | What::Evidence { .. } | What::Closed => return None,
        };
        Some(json!({ "at": time::minute(moment.at, zone), "what": what }))
    }

    fn is_private(&self, step: &Step) -> bool {
        let channel = (step.action == Action::Submit).then(|| self.channel(step)).flatten();
        channel.is_some_and(|channel| matches!(channel.role, Role::Owner | Role::Lawyer))
    }

    /// The earliest confirmed time at which each party was told: money can hang on it.
    fn notices(&self, zone: &TimeZone) -> Vec<Value> {
        let mut notices: Vec<(jiff::Timestamp, Value)> = Vec::new();
        let mut told: Vec<String> = Vec::new();
        let mut submissions: Vec<(jiff::Timestamp, &Step)> = self
            .workflow
            .steps
            .iter()
            .filter(|step| step.action == Action::Submit)
            .flat_map(|step| {
                let visits = self.history.steps.get(&step.id).into_iter().flatten();
                visits.filter_map(move |visit| Some((visit.confirmed_at()?, step)))
            })
            .collect();
        submissions.sort_by_key(|(at, _)| *at);
        for (at, step) in submissions {
            let Some(channel) = self.channel(step) else { continue };
            let who = channel.institution.clone().unwrap_or_else(|| channel.name.zh.to_string());
            if self.is_private(step) || told.contains(&who) {
                continue;
            }
            told.push(who.clone());
            notices.push((
                at,
                json!({ "who": who, "at": time::minute(at, zone), "how": step.title.zh }),
            ));
        }
        notices.into_iter().map(|(_, notice)| notice).collect()
    }

    fn evidence(&self, zone: &TimeZone) -> Vec<Value> {
        self.history
            .evidence
            .iter()
            .enumerate()
            .map(|(index, item)| {
                let slot = self.slot(&item.slot);
                json!({
                    "no": format!("E{:03}", index + 1),
                    "name": slot.map_or(item.slot.clone(), |slot| slot.name.zh.to_string()),
                    "proves": slot.and_then(|slot| slot.proves.clone()),
                    "file": item.file,
                    "sha256": item.sha256.as_str(),
                    "bytes": item.size_bytes,
                    "at": time::minute(item.at, zone),
                })
            })
            .collect()
    }

    fn slot(&self, id: &str) -> Option<&Slot> {
        self.workflow.slots.get(id).or_else(|| self.packs.slots.get(id))
    }

    /// The latest refusal in the case, with the reason they gave.
    fn refusal(&self, zone: &TimeZone) -> Value {
        self.latest_answer("refused", zone)
    }

    /// What they last asked for, when this step was called to bring it.
    fn request(&self, zone: &TimeZone) -> Value {
        self.latest_answer("need_more", zone)
    }

    fn latest_answer(&self, outcome: &str, zone: &TimeZone) -> Value {
        let answers = self.history.steps.iter().flat_map(|(id, visits)| {
            visits
                .iter()
                .flat_map(move |visit| visit.answers.iter().map(move |answer| (id, answer)))
        });
        answers
            .filter(|(_, answer)| answer.outcome == outcome)
            .max_by_key(|(_, answer)| answer.when)
            .map_or(Value::Null, |(id, answer)| {
                json!({
                    "of": self.workflow.step(id).map(|step| step.title.zh.to_string()),
                    "at": time::chinese_minute(answer.when, zone),
                    "reason": answer.note,
                })
            })
    }

    /// What this step follows up: the submission whose silence called it.
    fn waited(&self, step: &Step, zone: &TimeZone) -> Value {
        let call = self.history.visit(&step.id).and_then(|visit| visit.called.as_ref());
        let Some(call) = call else { return Value::Null };
        let confirmed = self
            .history
            .steps
            .get(&call.step)
            .and_then(|visits| visits.get(call.visit.checked_sub(1)? as usize)?.confirmed_at());
        json!({
            "what": self.workflow.step(&call.step).map(|step| step.title.zh.to_string()),
            "since": confirmed.map(|at| time::chinese_minute(at, zone)),
            "span": match &call.cause {
                Cause::Silence(span) => Value::from(span.spoken(Lang::Zh)),
                _ => Value::Null,
            },
        })
    }
}

fn amount(money: Money) -> Value {
    json!({ "net": money.grouped(), "capital": money.capital(), "fen": money.fen() })
}
