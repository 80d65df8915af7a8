//! What came to be known since the case was opened: who was told when, what was answered, what was
//! paid, what is in hand.

use std::rc::Rc;

use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use crate::domain::case::How;
use crate::domain::lang::Lang;
use crate::domain::losses;
use crate::domain::money::Money;
use crate::domain::role::Role;
use crate::domain::span::Span;
use crate::domain::time;
use crate::workflow::dossier::copied;
use crate::workflow::history::{Cause, Evidence, Moment, Visit, What, answer_name};
use crate::workflow::model::Step;
use crate::workflow::packs::{FieldKind, Slot};
use crate::workflow::raw::Action;
use crate::workflow::template::Template;
use crate::workflow::view::{Maker, Shared};

impl Maker<'_> {
    /// What a step follows up of what came to be known, as far as a template asks for it.
    pub(super) fn known(&self, step: &Step, part: Option<How>, template: &Template) -> Value {
        let Shared { all, plain_timeline } = self.shared();
        let zone = self.history.case.time_zone();
        let mut known = Map::new();
        let mut add = |name: &str, make: &dyn Fn() -> Value| {
            let asked = |path: &String| {
                let mut names = path.split('.');
                names.next() == Some("known") && names.next().is_none_or(|next| next == name)
            };
            if template.uses.iter().any(asked) {
                known.insert(name.to_owned(), make());
            }
        };
        add("timeline", &|| {
            // The numbers others gave are theirs to know who act for the person or inquire into it
            // all.
            let sees_all = self.channel(step).is_none_or(|channel| sees_all(channel.role));
            if sees_all { &all["timeline"] } else { plain_timeline }.clone()
        });
        add("waited", &|| self.waited(step, &zone));
        add("refusal", &|| {
            let mut refusal = self.refusal(step, &zone);
            let said = refusal["reason"].as_str().map(|said| self.reasons(said, part));
            if let Some(reasons) = said {
                refusal["reasons"] = Value::Array(reasons);
            }
            refusal
        });
        add("request", &|| self.request(step, &zone));
        add("enclosures", &|| self.enclosures(step, &all["evidence"]));
        add("papers", &|| {
            let papers = step.attach_papers.iter().filter_map(|id| self.packs.templates.get(id));
            papers.map(|template| Value::from(template.title.zh.as_ref())).collect()
        });
        add("changes", &|| Value::Array(self.changes(step)));
        Value::Object(known)
    }

    pub(super) fn shared(&self) -> &Shared {
        self.shared.get_or_init(|| self.known_to_all())
    }

    fn known_to_all(&self) -> Shared {
        let history = self.history;
        let zone = history.case.time_zone();
        let mut moments: Vec<&Moment> = history.timeline.iter().collect();
        moments.sort_by_key(|moment| moment.at);
        let timeline = |with_fields: bool| -> Vec<Value> {
            moments.iter().filter_map(|moment| self.moment(moment, &zone, with_fields)).collect()
        };
        let answers: Map<String, Value> = self
            .packs
            .fields
            .keys()
            .map(|field| {
                let value = history.answers.get(field);
                let value = value.map(|value| self.written(field, value, &zone));
                (field.clone(), value.map_or(Value::Null, Value::from))
            })
            .collect();
        let refunded: Money = history.case.losses.iter().map(|loss| loss.refunded).sum();
        let returned = refunded + history.recovered;
        let outstanding = losses::net(&history.case, None) - history.recovered;
        let all = json!({
            "timeline": timeline(true),
            "notices": self.notices(&zone),
            "demands": self.demands(&zone),
            "answers": answers,
            "evidence": self.evidence(&zone),
            "returned": if returned.is_zero() { Value::Null } else { amount(returned) },
            "recovered": if history.recovered.is_zero() { Value::Null } else { amount(history.recovered) },
            "outstanding": amount(outstanding),
        });
        Shared { all: Rc::new(all), plain_timeline: Value::Array(timeline(false)) }
    }

    /// An answer as a reader sees it: times in the case's zone.
    fn written(&self, field: &str, value: &str, zone: &TimeZone) -> String {
        let kind = self.packs.fields.get(field).map(|field| field.kind);
        match time::parse(value).filter(|_| kind == Some(FieldKind::Time)) {
            Some(at) => time::chinese_minute(at, zone),
            None => value.to_owned(),
        }
    }

    /// What a person sent to themselves or their lawyer is nobody else's business.
    fn moment(&self, moment: &Moment, zone: &TimeZone, with_fields: bool) -> Option<Value> {
        let step = moment.step.as_deref().and_then(|id| self.workflow.step(id));
        if step.is_some_and(|step| self.is_private(step)) {
            return None;
        }
        let title = step.map(|step| step.title.zh.to_string());
        let what = match &moment.what {
            What::Done { answers, outcome } => {
                let mut what = title?;
                if let Some(outcome) = outcome.as_deref().filter(|outcome| *outcome != "done") {
                    let known = self.packs.outcomes.get(outcome);
                    let name = known.map_or(outcome, |outcome| outcome.name.get(Lang::Zh));
                    what.push_str(&format!("：{name}"));
                }
                for (name, value) in answers.iter().filter(|_| with_fields) {
                    let value = self.written(name, value, zone);
                    let field = name;
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
            // An answer that is entered later, but came before, ends the silence after all.
            What::Silent { .. } if self.was_answered(moment) => return None,
            What::Silent { span } if !self.is_told(moment, *span) => return None,
            What::Silent { span } => {
                format!("{}：{}未获答复", title?, span.spoken(Lang::Zh))
            }
            What::Corrected => format!("{}：已更正", title?),
            What::Delivered { waybill, by } => {
                let by = by.as_ref().map(|by| format!("，签收人：{by}")).unwrap_or_default();
                format!("{}：已签收（单号 {waybill}{by}）", title?)
            }
            What::Opened | What::Evidence { .. } | What::Closed => return None,
        };
        Some(json!({ "at": time::told(moment.at, zone), "what": what }))
    }

    fn is_private(&self, step: &Step) -> bool {
        // Our own checks, questions and sums are no steps towards anybody.
        if matches!(step.action, Action::Ask | Action::Check | Action::Settle | Action::Remind) {
            return true;
        }
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
                visits
                    .filter(|visit| !self.was_missed(visit))
                    .filter_map(move |visit| Some((visit.confirmed_at()?, step)))
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
                json!({ "who": who, "at": time::told(at, zone), "how": step.title.zh }),
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

    pub(super) fn slot(&self, id: &str) -> Option<&Slot> {
        self.workflow.slots.get(id).or_else(|| self.packs.slots.get(id))
    }

    /// Nobody was told when the person could not reach them or left without handing anything in.
    pub(super) fn was_missed(&self, visit: &Visit) -> bool {
        let outcome = visit.did.as_ref().and_then(|did| did.outcome.as_ref());
        let known = outcome.and_then(|outcome| self.packs.outcomes.get(outcome));
        known.is_some_and(|outcome| outcome.missed)
    }

    fn is_told(&self, silence: &Moment, span: Span) -> bool {
        let step = silence.step.as_deref().and_then(|id| self.workflow.step(id));
        let rung = step.and_then(|step| step.ladder.iter().find(|rung| rung.span == span));
        rung.is_none_or(|rung| rung.told)
    }

    fn was_answered(&self, silence: &Moment) -> bool {
        let visits = silence.step.as_ref().and_then(|step| self.history.steps.get(step));
        let answers = visits.into_iter().flatten().flat_map(|visit| &visit.answers);
        answers.into_iter().any(|answer| answer.when <= silence.at)
    }

    /// What goes along with this step: evidence that is there and may leave.
    fn enclosures(&self, step: &Step, evidence: &Value) -> Value {
        let items = self.history.evidence.iter().zip(evidence.as_array().into_iter().flatten());
        let copies: Vec<&Evidence> =
            copied(step, self.workflow, self.packs, self.history).map(|(item, _)| item).collect();
        items
            .filter(|(item, _)| {
                let identity = self.slot(&item.slot).is_some_and(|slot| slot.identity);
                if identity {
                    copies.contains(item)
                } else {
                    step.attach_slots.contains(&item.slot)
                }
            })
            .map(|(_, shown)| json!({ "no": shown["no"], "name": shown["name"], "file": shown["file"] }))
            .collect()
    }

    /// The latest refusal by the one this step goes to or complains of, with their reason.
    fn refusal(&self, step: &Step, zone: &TimeZone) -> Value {
        self.latest_answer(step, &["refused", "partial"], zone)
    }

    /// What they last asked for, when this step was called to bring it.
    fn request(&self, step: &Step, zone: &TimeZone) -> Value {
        self.latest_answer(step, &["need_more"], zone)
    }

    /// The steps whose answers concern this one: those that called it, one after the other; without
    /// any, those that go to the same recipient.
    fn concerns(&self, step: &Step) -> Vec<&str> {
        let mut callers: Vec<&str> = Vec::new();
        let mut call = self.history.visit(&step.id).and_then(|visit| visit.called.as_ref());
        while let Some(by) = call
            && !callers.contains(&by.step.as_str())
        {
            callers.push(&by.step);
            let visits = self.history.steps.get(&by.step);
            let index = by.visit.saturating_sub(1) as usize;
            call = visits.and_then(|visits| visits.get(index)?.called.as_ref());
        }
        if !callers.is_empty() {
            return callers;
        }
        let party =
            |step: &Step| self.channel(step).map(|channel| (channel.role, channel.institution));
        let own = party(step);
        let same = self.workflow.steps.iter().filter(|other| party(other) == own);
        same.map(|step| step.id.as_str()).collect()
    }

    fn latest_answer(&self, step: &Step, outcomes: &[&str], zone: &TimeZone) -> Value {
        let answers = self.history.steps.iter().flat_map(|(id, visits)| {
            visits
                .iter()
                .flat_map(move |visit| visit.answers.iter().map(move |answer| (id, answer)))
        });
        let mut given =
            answers.filter(|(_, answer)| outcomes.contains(&answer.outcome.as_str())).peekable();
        // Whom a step concerns takes a look at all the others.
        if given.peek().is_none() {
            return Value::Null;
        }
        let concerned = self.concerns(step);
        given
            .filter(|(id, _)| concerned.contains(&id.as_str()))
            .max_by_key(|(_, answer)| answer.when)
            .map_or(Value::Null, |(id, answer)| {
                json!({
                    "of": self.workflow.step(id).map(|step| step.title.zh.to_string()),
                    "at": time::chinese_minute(answer.when, zone),
                    "reason": answer.note,
                    "reasons": [],
                    "outcome": answer.outcome,
                    "paid": answer.amount.map(Money::grouped),
                })
            })
    }

    /// Returns the known reasons whose words stand in what they said, with what answers them.
    pub fn reasons(&self, said: &str, part: Option<How>) -> Vec<Value> {
        let matches = self.packs.refusals.iter().filter(|(_, refusal)| {
            refusal.says.iter().any(|word| !word.is_empty() && said.contains(word.as_str()))
        });
        matches
            .map(|(id, refusal)| {
                let evidence = refusal.evidence.iter().filter_map(|slot| self.slot(slot));
                let evidence: Vec<&str> = evidence.map(|slot| slot.name.zh.as_ref()).collect();
                let mut law = refusal.law.clone();
                if part == Some(How::NotByMe) {
                    law.extend(refusal.law_not_by_me.iter().cloned());
                }
                json!({
                    "id": id,
                    "name": refusal.name,
                    "answer": refusal.answer,
                    "evidence": evidence,
                    "law": self.law(&law),
                })
            })
            .collect()
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
        let days = confirmed.map(|confirmed| confirmed.duration_until(call.at).as_hours() / 24);
        let made = self
            .history
            .steps
            .iter()
            .flat_map(|(id, visits)| visits.iter().filter(move |_| *id != step.id));
        let times = made
            .filter(|visit| {
                let followed = visit.called.as_ref().is_some_and(|earlier| {
                    earlier.step == call.step
                        && earlier.visit == call.visit
                        && matches!(earlier.cause, Cause::Silence(_))
                });
                followed && visit.confirmed_at().is_some() && !self.was_missed(visit)
            })
            .count();
        json!({
            "days": days,
            "times": times,
            "what": self.workflow.step(&call.step).map(|step| step.title.zh.to_string()),
            "since": confirmed.map(|at| time::chinese_told(at, zone)),
            "span": match &call.cause {
                Cause::Silence(span) => Value::from(span.spoken(Lang::Zh)),
                _ => Value::Null,
            },
        })
    }
}

fn sees_all(role: Role) -> bool {
    matches!(
        role,
        Role::Owner
            | Role::Lawyer
            | Role::Police
            | Role::Procuratorate
            | Role::Court
            | Role::Insurer
    )
}

fn amount(money: Money) -> Value {
    json!({ "net": money.grouped(), "capital": money.capital(), "fen": money.fen() })
}
