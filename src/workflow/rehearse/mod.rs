//! The whole case on a virtual clock: the same fold and the same plan, with a person and another
//! side that behave as a scenario says. Nothing is sent and nothing is written.

pub mod expectation;
pub mod scenario;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Time;
use serde_json::{Value, json};

use crate::domain::case::Case;
use crate::domain::deadline::{Rules, Side};
use crate::domain::digest::Digest;
use crate::domain::lang::Text;
use crate::domain::pace::Gate;
use crate::domain::span::Span;
use crate::domain::time;
use crate::workflow::channel::{Channel, Kind};
use crate::workflow::dossier::Dossier;
use crate::workflow::event::{Entry, Event, TakenBy};
use crate::workflow::fold::{self, FoldError};
use crate::workflow::history::{History, answer_name};
use crate::workflow::model::{Rung, Workflow};
use crate::workflow::packs::Packs;
use crate::workflow::plan::{self, Action, Plan, State, StepPlan};
use crate::workflow::raw::Action as StepAction;
use crate::workflow::rehearse::scenario::{Scenario, Scripted};
use crate::workflow::reminders::Reminder;
use crate::workflow::view::Sheet;

/// More entries than any case comes to: a rehearsal that reaches it goes in circles.
const LIMIT_ENTRIES: usize = 5_000;

/// The hour at which people of a scenario act.
const ACTS_AT: Time = Time::constant(10, 0, 0, 0);

/// Something that happens in a rehearsal.
#[derive(Clone, Debug, PartialEq)]
pub struct Happening {
    /// When.
    pub at: Timestamp,
    /// The step concerned; the case itself when empty.
    pub step: String,
    /// What: `opened`, `prepared`, `submitted`, `done`, `skipped`, `remind`, `due`, `timeout`,
    /// `outcome` or `closed`.
    pub event: &'static str,
    /// The step's title.
    pub title: Text,
    /// Why it happens then.
    pub why: Text,
    /// The last day of the limit that came due, for limits by day.
    pub last_day: Option<jiff::civil::Date>,
    /// The step a rung calls.
    pub calls: Option<String>,
}

/// A text or paper as it would have been when its step was done or sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Letter {
    /// When.
    pub at: Timestamp,
    /// The step.
    pub step: String,
    /// Its template.
    pub template: String,
    /// What it sees, with its kind of loss where it is split.
    pub sheet: Sheet,
    /// Where it goes.
    pub channel: Option<Channel>,
    /// Facts or evidence are missing.
    pub draft: bool,
}

/// What a rehearsal came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rehearsed {
    /// Everything that happened, in the order of the clock.
    pub happenings: Vec<Happening>,
    /// The letters, in order.
    pub letters: Vec<Letter>,
}

/// Rehearses a case. Missing evidence is assumed, and said to be.
pub fn rehearse(
    workflow: &Workflow,
    packs: &Packs,
    case: &Case,
    scenario: &Scenario,
    until: Timestamp,
) -> Result<Rehearsed, FoldError> {
    let mut rehearsal = Rehearsal::new(workflow, packs, case, scenario);
    rehearsal.run(until)?;
    let Rehearsal { mut happenings, letters, .. } = rehearsal;
    happenings.retain(|happening| happening.at <= until);
    happenings.sort_by_key(|happening| happening.at);
    Ok(Rehearsed { happenings, letters })
}

struct Rehearsal<'a> {
    workflow: &'a Workflow,
    packs: &'a Packs,
    scenario: &'a Scenario,
    given: Vec<bool>,
    letters: Vec<Letter>,
    entries: Vec<Entry>,
    payloads: BTreeMap<Digest, Value>,
    now: Timestamp,
    happenings: Vec<Happening>,
    shown_due: Vec<String>,
}

impl<'a> Rehearsal<'a> {
    fn new(workflow: &'a Workflow, packs: &'a Packs, case: &Case, scenario: &'a Scenario) -> Self {
        let snapshot = case.snapshot();
        let digest = Digest::of_json(&snapshot);
        let mut rehearsal = Self {
            workflow,
            packs,
            scenario,
            given: vec![false; scenario.answers.len()],
            letters: Vec::new(),
            entries: Vec::new(),
            payloads: BTreeMap::from([(digest.clone(), snapshot)]),
            now: case.discovered_at,
            happenings: Vec::new(),
            shown_due: Vec::new(),
        };
        rehearsal.append(Event::Opened {
            case: digest,
            workflow_id: workflow.id.clone(),
            workflow: workflow.digest.clone(),
        });
        let title = workflow.name.clone();
        rehearsal.happen("", "opened", title, Text::new("发现时间", "the discovery"), None);
        for slot in case.evidence.keys() {
            rehearsal.evidence(slot);
        }
        rehearsal
    }

    fn run(&mut self, until: Timestamp) -> Result<(), FoldError> {
        while self.entries.len() < LIMIT_ENTRIES {
            let history = fold::fold(self.workflow, self.packs, &self.entries, &self.payloads)?;
            let dossier = Dossier::new(self.workflow, self.packs, &history, self.now);
            let zone = history.case.time_zone();
            let rules = Rules { zone: &zone, calendar: &self.packs.calendar };
            let plan = plan::plan(&dossier, rules, &Gate::open());
            self.show_limits(&plan);
            if let Some(action) = plan.actions.first() {
                if let Action::Send { step, .. } = action
                    && let Some(task) = plan.step(step)
                {
                    self.keep_letters(task, &dossier);
                }
                self.act(action, &plan);
                continue;
            }
            if history.closed.is_some() {
                return Ok(());
            }
            let answers = self.answers_to_come(&history, rules);
            if let Some((_, index)) = answers.iter().find(|(at, _)| *at <= self.now) {
                self.answer(*index);
                continue;
            }
            let tasks: Vec<(Timestamp, &StepPlan)> = plan
                .tasks()
                .into_iter()
                .filter_map(|task| Some((self.done_at(task, &history, rules)?, task)))
                .collect();
            if let Some((_, task)) = tasks.iter().find(|(at, _)| *at <= self.now) {
                self.keep_letters(task, &dossier);
                self.person_does(task);
                continue;
            }
            let coming = answers.iter().map(|(at, _)| *at).chain(tasks.iter().map(|(at, _)| *at));
            match coming.chain(plan.next_wake).min().filter(|at| *at <= until) {
                Some(at) => self.now = at,
                None => return Ok(()),
            }
        }
        Ok(())
    }

    /// Answers that are still to be given, with their instants.
    fn answers_to_come(&self, history: &History, rules: Rules<'_>) -> Vec<(Timestamp, usize)> {
        let mut answers: Vec<(Timestamp, usize)> = self
            .scenario
            .answers
            .iter()
            .enumerate()
            .filter(|(index, _)| !self.given[*index])
            .filter_map(|(index, answer)| {
                let visits = history.steps.get(&answer.step)?;
                let visit = visits.get(answer.visit.checked_sub(1)? as usize)?;
                Some((moment(visit.confirmed_at()?, answer.after, rules), index))
            })
            .collect();
        answers.sort_unstable();
        answers
    }

    fn answer(&mut self, index: usize) {
        self.given[index] = true;
        let Scripted { step, visit, outcome, amount, note, .. } =
            self.scenario.answers[index].clone();
        let details = note.as_ref().map(|note| {
            let payload = json!({ "note": note });
            let digest = Digest::of_json(&payload);
            self.payloads.insert(digest.clone(), payload);
            digest
        });
        let name = answer_name(&outcome);
        let (zh, en) = (name.zh, name.en);
        let why = match note {
            Some(note) => crate::text!("情景：{zh}（{note}）", "scenario: {en} ({note})"),
            None => crate::text!("情景：{zh}", "scenario: {en}"),
        };
        self.happen(&step, "outcome", self.title(&step), why, None);
        let when = self.now;
        self.append(Event::Answer { step, visit, outcome, when, amount, details });
    }

    /// When the person does a task: as it opens, but not while they do nothing, and as late as
    /// the scenario says. None for never.
    fn done_at(&self, task: &StepPlan, history: &History, rules: Rules<'_>) -> Option<Timestamp> {
        let mut at = task.since.unwrap_or(self.now).max(history.opened_at);
        if let Some(after) = self.scenario.choices.get(&task.id).and_then(|choice| choice.after) {
            at = moment(at, after, rules);
        }
        for idle in &self.scenario.idle {
            let from =
                idle.from.map_or(history.opened_at, |from| moment(history.opened_at, from, rules));
            if at >= from {
                let until = moment(from, idle.length?, rules);
                at = at.max(until);
            }
        }
        Some(at)
    }

    /// Keeps what the step would send or hand over, as it is when it is done.
    fn keep_letters(&mut self, task: &StepPlan, dossier: &Dossier<'_>) {
        let Some(known) = dossier.get(&task.id) else { return };
        if task.state == State::Blocked && !task.gaps.is_empty() {
            return;
        }
        for template in known.step.papers().filter_map(|id| self.packs.templates.get(id)) {
            let sheets = dossier.maker().sheets(&known.step, template, known.channel.as_deref());
            for sheet in sheets {
                self.letters.push(Letter {
                    at: self.now,
                    step: task.id.clone(),
                    template: template.id.clone(),
                    draft: !dossier.maker().missing(template, &sheet.view).is_empty(),
                    sheet,
                    channel: known.channel.as_deref().cloned(),
                });
            }
        }
    }

    fn append(&mut self, event: Event) {
        let seq = self.entries.len() as u64 + 1;
        self.entries.push(Entry { seq, at: self.now, event });
    }

    fn happen(
        &mut self,
        step: &str,
        event: &'static str,
        title: Text,
        why: Text,
        last_day: Option<jiff::civil::Date>,
    ) {
        self.happenings.push(Happening {
            at: self.now,
            step: step.to_owned(),
            event,
            title,
            why,
            last_day,
            calls: None,
        });
    }

    fn title(&self, step: &str) -> Text {
        self.workflow.step(step).map(|step| step.title.clone()).unwrap_or_default()
    }

    /// Our limits are shown once, at their own place on the calendar.
    fn show_limits(&mut self, plan: &Plan) {
        for date in plan.dates.iter().filter(|date| date.calls.is_none()) {
            if self.shown_due.contains(&date.id) {
                continue;
            }
            self.shown_due.push(date.id.clone());
            self.happenings.push(Happening {
                at: match date.deadline.last_day {
                    None => date.deadline.end,
                    // The last second inside it, so that the day it names is its last.
                    Some(_) => date
                        .deadline
                        .end
                        .saturating_sub(jiff::SignedDuration::from_secs(1))
                        .unwrap_or(date.deadline.end),
                },
                step: date.step.clone(),
                event: "due",
                title: self.title(&date.step),
                why: date.rule(),
                last_day: date.deadline.last_day,
                calls: None,
            });
        }
    }

    fn act(&mut self, action: &Action, plan: &Plan) {
        match action {
            Action::Correct { corrects, holds } => {
                for (step, visit) in corrects {
                    self.append(Event::Corrected {
                        step: step.clone(),
                        visit: *visit,
                        holds: holds.clone(),
                    });
                }
            }
            Action::Expire { step, visit, rung, due } => {
                self.expire(step, *visit, rung, *due, plan);
            }
            Action::Fulfil { step, visit } => {
                self.done(
                    step,
                    *visit,
                    None,
                    Text::new("案件文件里已有", "the case file already says it"),
                    true,
                );
            }
            Action::Skip { step, visit } => {
                let title = self.title(step);
                self.happen(
                    step,
                    "skipped",
                    title,
                    Text::new("条件不成立", "its condition does not hold"),
                    None,
                );
                self.append(Event::Skipped { step: step.clone(), visit: *visit, by_person: false });
            }
            Action::Prepare { step, visit, draft, inputs } => {
                self.prepare(step, *visit, *draft, inputs, plan);
            }
            Action::Bundle { step, visit } => {
                let why = Text::new("程序打包", "bundled by the program");
                self.done(step, *visit, None, why, true);
            }
            Action::Send { step, visit, .. } => self.send(step, *visit),
            Action::Remind { items } => self.remind(items),
            Action::Close => {
                let title = self.workflow.name.clone();
                self.happen(
                    "",
                    "closed",
                    title,
                    Text::new("流程已完成", "the workflow is complete"),
                    None,
                );
                self.append(Event::Closed { reason: None });
            }
        }
    }

    fn remind(&mut self, items: &[Reminder]) {
        for item in items {
            let title = self.title(&item.step);
            let what = item.id.rsplit(':').next().unwrap_or_default().to_owned();
            self.happen(&item.step, "remind", title, Text::same(what), None);
        }
        let items = items.iter().map(|item| item.id.clone()).collect();
        self.append(Event::Reminded { items, via: vec!["rehearsal".into()] });
    }

    fn expire(&mut self, step: &str, visit: u32, rung: &Rung, due: Timestamp, plan: &Plan) {
        let date = plan.dates.iter().find(|date| {
            date.step == step && date.calls.as_ref() == Some(&rung.step) && date.happens_at() == due
        });
        let why = date.map(why).unwrap_or_default();
        let last_day = date.and_then(|date| date.deadline.last_day);
        let title = self.title(&rung.step);
        self.happen(step, "timeout", title, why, last_day);
        if let Some(happening) = self.happenings.last_mut() {
            happening.calls = Some(rung.step.clone());
        }
        self.append(Event::Expired {
            step: step.to_owned(),
            visit,
            span: rung.span,
            target: rung.step.clone(),
            due,
            late: false,
        });
    }

    fn prepare(&mut self, step: &str, visit: u32, draft: bool, inputs: &Digest, plan: &Plan) {
        let planned = plan.step(step);
        if !draft {
            let title = planned.map(|planned| planned.title.clone()).unwrap_or_default();
            let why = Text::new("轮到这一步，材料已备好", "its turn came and its papers are ready");
            self.happen(step, "prepared", title, why, None);
        }
        self.append(Event::Prepared {
            step: step.to_owned(),
            visit,
            revision: 1,
            draft,
            inputs: inputs.clone(),
            channel: planned
                .and_then(|planned| planned.channel.as_ref())
                .map(|channel| channel.id.clone()),
            papers: Vec::new(),
            holds: BTreeMap::new(),
            texts: None,
            whole: inputs.clone(),
        });
    }

    fn send(&mut self, step: &str, visit: u32) {
        let title = self.title(step);
        let message_id = format!("{step}-{visit}@rehearsal");
        self.append(Event::SendStarted {
            step: step.to_owned(),
            visit,
            message_id: message_id.clone(),
            message: Digest::of(message_id.as_bytes()),
            further: Vec::new(),
        });
        self.append(Event::Accepted {
            step: step.to_owned(),
            visit,
            message_id,
            by: TakenBy::Server,
            reply: None,
        });
        self.happen(step, "submitted", title, Text::new("邮件已发出", "the mail was sent"), None);
    }

    fn done(&mut self, step: &str, visit: u32, outcome: Option<String>, why: Text, by_case: bool) {
        let title = self.title(step);
        let submits =
            self.workflow.step(step).is_some_and(|step| step.action == StepAction::Submit);
        self.happen(step, if submits { "submitted" } else { "done" }, title, why, None);
        self.append(Event::PersonDid {
            step: step.to_owned(),
            visit,
            outcome,
            when: self.now,
            answers: None,
            by_case,
        });
    }

    fn person_does(&mut self, task: &StepPlan) {
        match task.state {
            State::Prepared => {
                // The whole of a rehearsed preparation is its inputs.
                let whole = self.latest_whole(&task.id);
                self.append(Event::Approved {
                    step: task.id.clone(),
                    visit: task.visit,
                    whole,
                    again: false,
                    plan: None,
                    by: None,
                });
            }
            State::Blocked if !task.gaps.is_empty() => {
                for slot in task.gaps.clone() {
                    self.evidence(&slot);
                }
            }
            _ => self.step_done(task),
        }
    }

    fn latest_whole(&self, step: &str) -> Digest {
        self.entries
            .iter()
            .rev()
            .find_map(|entry| match &entry.event {
                Event::Prepared { step: prepared, whole, .. } if prepared == step => {
                    Some(whole.clone())
                }
                _ => None,
            })
            .unwrap_or_else(|| Digest::of(step.as_bytes()))
    }

    fn step_done(&mut self, task: &StepPlan) {
        let chosen = self.scenario.choices.get(&task.id).and_then(|choice| choice.outcome.clone());
        if chosen.as_deref() == Some(scenario::SKIP) {
            let why = Text::new("情景：本人不做这一步", "scenario: the person leaves it out");
            self.happen(&task.id, "skipped", self.title(&task.id), why, None);
            self.append(Event::Skipped {
                step: task.id.clone(),
                visit: task.visit,
                by_person: true,
            });
            return;
        }
        let by_hand = task.channel.as_ref().is_none_or(|channel| channel.kind != Kind::Email);
        let why = if by_hand && task.missing.is_empty() {
            Text::new("任务打开时本人即办（假定）", "assumed: done by the person as it opens")
        } else {
            Text::new(
                "任务打开时本人即办（假定；缺少的事实以空白代替）",
                "assumed: done as it opens; missing facts stay blank",
            )
        };
        self.done(&task.id, task.visit, chosen, why, false);
    }

    fn evidence(&mut self, slot: &str) {
        self.append(Event::EvidenceAdded {
            slot: slot.to_owned(),
            sha256: Digest::of(slot.as_bytes()),
            size_bytes: 0,
            file: format!("assumed-{slot}"),
        });
    }
}

/// The instant a length after another at which somebody acts: hours run, and what is counted by days
/// happens on its last day at ten.
fn moment(from: Timestamp, after: Span, rules: Rules<'_>) -> Timestamp {
    let deadline = rules.deadline(from, after, Side::Theirs, &[]);
    deadline.map_or(from, |deadline| match deadline.last_day {
        Some(day) => time::at(day, ACTS_AT, rules.zone).max(from),
        None => deadline.end,
    })
}

fn why(date: &crate::workflow::dates::PlannedDate) -> Text {
    let (start, rule) = (date.start_event(), date.rule());
    let skipped = date.deadline.skipped.len();
    let (start_zh, start_en, rule_zh, rule_en) = (&start.zh, &start.en, &rule.zh, &rule.en);
    if skipped == 0 {
        crate::text!("自{start_zh}起，{rule_zh}", "from {start_en}, {rule_en}")
    } else {
        crate::text!(
            "自{start_zh}起，{rule_zh}，跳过{skipped}天",
            "from {start_en}, {rule_en}, {skipped} days passed over"
        )
    }
}
