//! The whole case on a virtual clock: the same fold and the same plan, with a person and another
//! side that behave as a scenario says. Nothing is sent and nothing is written.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;

use crate::domain::case::Case;
use crate::domain::deadline::Rules;
use crate::domain::digest::Digest;
use crate::domain::lang::Text;
use crate::workflow::channel::Kind;
use crate::workflow::dossier::Dossier;
use crate::workflow::event::{Entry, Event, TakenBy};
use crate::workflow::fold::{self, FoldError};
use crate::workflow::model::{Rung, Workflow};
use crate::workflow::packs::Packs;
use crate::workflow::plan::{self, Action, Outside, Plan, State, StepPlan};
use crate::workflow::raw::Action as StepAction;

/// More entries than any case comes to: a rehearsal that reaches it goes in circles.
const LIMIT_ENTRIES: usize = 5_000;

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
}

/// Rehearses a case in which the person does each task when it opens and nobody answers. Missing
/// evidence is assumed, and said to be.
pub fn silent(
    workflow: &Workflow,
    packs: &Packs,
    case: &Case,
    until: Timestamp,
) -> Result<Vec<Happening>, FoldError> {
    let mut rehearsal = Rehearsal::new(workflow, packs, case);
    rehearsal.run(until)?;
    let mut happenings = rehearsal.happenings;
    happenings.sort_by_key(|happening| happening.at);
    Ok(happenings)
}

struct Rehearsal<'a> {
    workflow: &'a Workflow,
    packs: &'a Packs,
    entries: Vec<Entry>,
    payloads: BTreeMap<Digest, Value>,
    now: Timestamp,
    happenings: Vec<Happening>,
    shown_due: Vec<String>,
}

impl<'a> Rehearsal<'a> {
    fn new(workflow: &'a Workflow, packs: &'a Packs, case: &Case) -> Self {
        let snapshot = case.snapshot();
        let digest = Digest::of_json(&snapshot);
        let mut rehearsal = Self {
            workflow,
            packs,
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
            let dossier = Dossier::new(self.workflow, self.packs, &history);
            let zone = history.case.time_zone();
            let rules = Rules { zone: &zone, calendar: &self.packs.calendar };
            let plan = plan::plan(&dossier, rules, Outside { now: self.now, halted: false });
            self.show_limits(&plan);
            if let Some(action) = plan.actions.first() {
                self.act(action, &plan);
                continue;
            }
            if let Some(task) = plan.tasks().first() {
                self.person_does(task);
                continue;
            }
            match plan.next_wake.filter(|wake| *wake <= until) {
                Some(wake) => self.now = wake,
                None => return Ok(()),
            }
        }
        Ok(())
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
                at: date.deadline.end,
                step: date.step.clone(),
                event: "due",
                title: self.title(&date.step),
                why: date.rule(),
                last_day: date.deadline.last_day,
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
                self.done(step, *visit, Text::new("程序打包", "bundled by the program"), true);
            }
            Action::Send { step, visit, .. } => self.send(step, *visit),
            Action::Remind { items } => {
                for item in items {
                    let title = self.title(&item.step);
                    let what = item.id.rsplit(':').next().unwrap_or_default().to_owned();
                    self.happen(&item.step, "remind", title, Text::same(what), None);
                }
                let items = items.iter().map(|item| item.id.clone()).collect();
                self.append(Event::Reminded { items, via: vec!["rehearsal".into()] });
            }
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

    fn expire(&mut self, step: &str, visit: u32, rung: &Rung, due: Timestamp, plan: &Plan) {
        let date = plan.dates.iter().find(|date| {
            date.step == step && date.calls.as_ref() == Some(&rung.step) && date.happens_at() == due
        });
        let why = date.map(why).unwrap_or_default();
        let last_day = date.and_then(|date| date.deadline.last_day);
        let title = self.title(&rung.step);
        self.happen(step, "timeout", title, why, last_day);
        self.append(Event::Expired {
            step: step.to_owned(),
            visit,
            span: rung.span,
            target: rung.step.clone(),
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
        });
        self.append(Event::Accepted {
            step: step.to_owned(),
            visit,
            message_id,
            by: TakenBy::Server,
        });
        self.happen(step, "submitted", title, Text::new("邮件已发出", "the mail was sent"), None);
    }

    fn done(&mut self, step: &str, visit: u32, why: Text, by_case: bool) {
        let title = self.title(step);
        let submits =
            self.workflow.step(step).is_some_and(|step| step.action == StepAction::Submit);
        self.happen(step, if submits { "submitted" } else { "done" }, title, why, None);
        self.append(Event::PersonDid {
            step: step.to_owned(),
            visit,
            outcome: None,
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
        let by_hand = task.channel.as_ref().is_none_or(|channel| channel.kind != Kind::Email);
        let why = if by_hand && task.missing.is_empty() {
            Text::new("任务打开时本人即办（假定）", "assumed: done by the person as it opens")
        } else {
            Text::new(
                "任务打开时本人即办（假定；缺少的事实以空白代替）",
                "assumed: done as it opens; missing facts stay blank",
            )
        };
        self.done(&task.id, task.visit, why, false);
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

fn why(date: &crate::workflow::dates::PlannedDate) -> Text {
    let (start, rule) = (&date.start_event, date.rule());
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
