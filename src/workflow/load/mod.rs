//! From a workflow's text to a checked workflow, or every problem it has at once.

mod targets;
mod tests;
mod times;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::case::Case;
use crate::domain::digest::Digest;
use crate::domain::document::{self, Document, Places};
use crate::domain::lang::Text;
use crate::domain::names;
use crate::domain::problem::{Problem, Source, has_errors};
use crate::workflow::channel::Channel;
use crate::workflow::graph;
use crate::workflow::load::targets::Ends;
use crate::workflow::model::{Rung, Step, Workflow};
use crate::workflow::packs::Packs;
use crate::workflow::raw::{Action, RawStep, RawWorkflow, SCHEMA};

/// Answers the other side can give to a submission.
pub const ANSWERS: [&str; 6] = ["paid", "partial", "refused", "need_more", "accepted", "other"];

/// The longest a ladder may be.
const LIMIT_RUNGS: usize = 32;

/// A workflow's text after loading.
#[derive(Debug)]
pub struct Loaded {
    /// The decoded text, for snippets.
    pub source: Source,
    /// The workflow; none when it has errors.
    pub workflow: Option<Workflow>,
    /// Everything that is wrong.
    pub problems: Vec<Problem>,
    /// Where things stand in the text.
    pub places: Places,
}

/// Loads a workflow against the packs it can name. `flows` are the ids a subflow can name.
pub fn load(name: &str, text: &str, packs: &Packs, flows: &[&str]) -> Loaded {
    let Document { source, content, places, problems } = document::read::<RawWorkflow>(name, text);
    let Some(raw) = content else {
        return Loaded { source, workflow: None, problems, places };
    };
    let mut loader = Loader {
        source: &source,
        places: &places,
        packs,
        flows,
        case_schema: document::shared_schema::<Case>(),
        channels: BTreeMap::new(),
        step_ids: step_order(&raw, &places),
        asks: raw.step.iter().map(|(id, step)| (id.clone(), step.ask.clone())).collect(),
        slots: packs.slots.keys().chain(raw.slot.keys()).cloned().collect(),
        problems,
    };
    let workflow = loader.workflow(raw, Digest::of(text.as_bytes()));
    let mut problems = loader.problems;
    if !has_errors(&problems) {
        problems.extend(graph::check(&workflow, &packs.channels, &source, &places));
    }
    problems.sort_by_key(|problem| (problem.line, problem.column));
    let workflow = (!has_errors(&problems)).then_some(workflow);
    Loaded { source, workflow, problems, places }
}

/// Checks what an author expects of a loaded workflow, with the workflows within put in.
pub fn check_tests(loaded: &mut Loaded, packs: &Packs) {
    let Some(workflow) = &loaded.workflow else { return };
    let problems = tests::whole(workflow, packs, &loaded.source, &loaded.places);
    if has_errors(&problems) {
        loaded.workflow = None;
    }
    loaded.problems.extend(problems);
    loaded.problems.sort_by_key(|problem| (problem.line, problem.column));
}

/// The step ids in the order they stand in the file.
fn step_order(raw: &RawWorkflow, places: &Places) -> Vec<String> {
    let mut ids: Vec<String> = raw.step.keys().cloned().collect();
    ids.sort_by_key(|id| places.of(&format!("step.{id}.title")).start);
    ids
}

struct Loader<'a> {
    source: &'a Source,
    places: &'a Places,
    packs: &'a Packs,
    flows: &'a [&'a str],
    case_schema: Arc<serde_json::Value>,
    channels: BTreeMap<String, Channel>,
    step_ids: Vec<String>,
    asks: BTreeMap<String, Vec<String>>,
    slots: BTreeSet<String>,
    problems: Vec<Problem>,
}

impl Loader<'_> {
    fn workflow(&mut self, mut raw: RawWorkflow, digest: Digest) -> Workflow {
        if raw.schema != SCHEMA {
            let found = raw.schema;
            self.error(
                "schema",
                crate::text!(
                    "不支持的流程语言版本 {found}",
                    "unsupported workflow version {found}"
                ),
                crate::text!("本程序读的版本是 {SCHEMA}", "this program reads version {SCHEMA}"),
            );
        }
        self.id("id", &raw.id);
        if raw.step.is_empty() {
            self.error(
                "step",
                Text::new("流程里没有步骤", "the workflow has no step"),
                Text::new("加上 [step.<编号>] 段落", "add a [step.<id>] table"),
            );
        }
        let channels = std::mem::take(&mut raw.channel);
        self.channels =
            channels.into_iter().map(|(id, channel)| (id.clone(), channel.build(&id))).collect();
        self.look_alikes();
        raw.cards.iter().for_each(|card| self.card("cards", card));
        let called = called_steps(&raw);
        let mut previous = None;
        let mut steps = Vec::new();
        for id in self.step_ids.clone() {
            let Some(step) = raw.step.remove(&id) else { continue };
            let is_called = called.contains(&id);
            steps.push(self.step(&id, step, is_called, previous.as_deref()));
            if !is_called {
                previous = Some(id);
            }
        }
        if let Some(template) = &raw.correction {
            self.template("correction", template);
        }
        let schedule = raw.schedule.take().and_then(|schedule| self.schedule(&schedule));
        let tests = self.tests(std::mem::take(&mut raw.test));
        let clock = raw.clock.start.as_deref().unwrap_or("case.discovered_at");
        Workflow {
            clock: self.anchor("clock.start", clock),
            quiet: raw.clock.quiet.as_deref().and_then(|quiet| self.quiet(quiet)),
            when: raw.when.as_deref().and_then(|when| self.condition("when", when)),
            id: raw.id,
            version: raw.version,
            name: Text::new(raw.name, raw.name_en.unwrap_or_default()),
            sources: raw.sources,
            subject: raw.subject,
            institution: raw.institution,
            cards: raw.cards,
            correction: raw.correction,
            steps,
            channels: std::mem::take(&mut self.channels),
            slots: raw.slot.into_iter().map(|(id, slot)| (id, slot.build())).collect(),
            schedule,
            tests,
            digest,
        }
    }

    fn step(&mut self, id: &str, raw: RawStep, called: bool, previous: Option<&str>) -> Step {
        let at = |key: &str| format!("step.{id}.{key}");
        self.id(&format!("step.{id}"), id);
        self.fits_action(id, &raw);
        let needs = match &raw.needs {
            Some(needs) => needs.clone(),
            None if called => Vec::new(),
            None => previous.map(str::to_owned).into_iter().collect(),
        };
        for need in &needs {
            self.step_name(&at("needs"), need, Ends::Never);
        }
        for template in &raw.template {
            self.template(&at("template"), template);
        }
        let (attach_papers, attach_slots) = self.attachments(&at("attach"), &raw.attach);
        for slot in &raw.require {
            self.slot(&at("require"), slot);
        }
        self.asked(id, &raw);
        for (outcome, targets) in &raw.on {
            self.outcome(id, &raw, outcome, targets);
        }
        for target in &raw.escalate_to {
            self.step_name(&at("escalate_to"), target, Ends::ByExit);
        }
        for card in &raw.cards {
            self.card(&at("cards"), card);
        }
        let last_rungs = last_rungs(&raw);
        let to = raw.to.iter().map(|target| self.target(&at("to"), target)).collect();
        Step {
            to,
            how: how_lines(raw.how, raw.how_en),
            needs,
            called,
            part_of: None,
            starts: !called,
            when: raw.when.as_deref().and_then(|when| self.condition(&at("when"), when)),
            attach_papers,
            attach_slots,
            from: raw.from.as_deref().map(|from| self.anchor(&at("from"), from)),
            no_answer_expected: raw.on_silence.as_ref().is_some_and(BTreeMap::is_empty),
            remind: raw.remind.map(|offsets| self.offsets(&at("remind"), &offsets)),
            ladder: raw.on_silence.map(|ladder| self.ladder(id, ladder)).unwrap_or_default(),
            repeat: raw.repeat.map(|repeat| self.repeat(&at("repeat"), repeat)),
            id: id.to_owned(),
            title: Text::new(raw.title, raw.title_en.unwrap_or_default()),
            action: raw.action,
            templates: raw.template,
            require: raw.require,
            due: raw.due,
            outcomes: raw.on,
            ask: raw.ask,
            pick: raw.pick,
            check: raw.check,
            flow: raw.flow,
            cards: raw.cards,
            escalate_to: raw.escalate_to,
            last_rungs,
        }
    }

    /// What each action cannot do without, or has no use for.
    fn fits_action(&mut self, id: &str, raw: &RawStep) {
        let at = format!("step.{id}");
        if raw.action == Action::Submit && raw.to.is_empty() {
            self.error(
                &at,
                crate::text!("步骤 {id} 没有写提交给谁", "step {id} does not say where it goes"),
                Text::new("加上 to = [\"渠道编号\"]", "add to = [\"channel id\"]"),
            );
        }
        if raw.action == Action::Capture
            && raw.require.is_empty()
            && raw.attach.is_empty()
            && raw.ask.is_empty()
        {
            self.error(
                &at,
                crate::text!(
                    "取证步骤 {id} 没有写要取哪些证据",
                    "the capture step {id} names no evidence"
                ),
                Text::new("加上 require = [\"证据位\"]", "add require = [\"slot\"]"),
            );
        }
        if raw.action == Action::Subflow {
            match &raw.flow {
                None => self.error(
                    &at,
                    crate::text!(
                        "子流程步骤 {id} 没有写 flow",
                        "the subflow step {id} has no `flow`"
                    ),
                    Text::new("加上 flow = \"流程编号\"", "add flow = \"workflow id\""),
                ),
                Some(flow) if !self.flows.contains(&flow.as_str()) => {
                    let near = names::nearest(flow, self.flows.iter().copied());
                    let hint = did_you_mean(near);
                    self.error(
                        &format!("{at}.flow"),
                        crate::text!("没有流程 {flow}", "there is no workflow {flow}"),
                        hint,
                    );
                }
                Some(_) => {}
            }
        }
        if let Some(check) = &raw.check
            && !self.packs.checks.contains_key(check)
        {
            let near = names::nearest(check, self.packs.checks.keys().map(String::as_str));
            let hint = did_you_mean(near);
            self.error(
                &format!("{at}.check"),
                crate::text!("没有检查清单 {check}", "there is no check list {check}"),
                hint,
            );
        }
    }

    /// Fields may be new words; only a near miss of a known one is worth a warning.
    fn asked(&mut self, id: &str, raw: &RawStep) {
        let at = format!("step.{id}.ask");
        for field in &raw.ask {
            if raw.action != Action::Capture && raw.require.contains(field) {
                self.error(
                    &format!("step.{id}.require"),
                    crate::text!(
                        "步骤 {id} 要求先有 {field}，而 {field} 正是这一步才会得到的",
                        "step {id} requires {field}, which only the step itself brings"
                    ),
                    Text::new("从 require 里删掉它", "remove it from `require`"),
                );
            }
            if self.packs.fields.contains_key(field) || self.slots.contains(field) {
                continue;
            }
            let known = self.packs.fields.keys().chain(&self.slots).map(String::as_str);
            if let Some(near) = names::nearest(field, known) {
                let near = near.to_owned();
                self.warning(
                    &at,
                    crate::text!("不认识的项目 {field}", "unknown field {field}"),
                    crate::text!("是不是想写 {near}？", "did you mean {near}?"),
                );
            }
        }
    }

    fn error(&mut self, at: &str, message: Text, hint: Text) {
        let span = self.places.of(at);
        self.problems.push(self.source.error(span, message, hint));
    }

    fn warning(&mut self, at: &str, message: Text, hint: Text) {
        let span = self.places.of(at);
        self.problems.push(self.source.warning(span, message, hint));
    }
}

/// Once it was repeated as often as it may be, the next interval leads to the last resort.
fn last_rungs(raw: &RawStep) -> Vec<Rung> {
    let Some(repeat) = &raw.repeat else { return Vec::new() };
    let rung = |step: &String| Rung {
        span: repeat.every,
        step: step.clone(),
        by_rule: false,
        source: None,
        told: true,
    };
    raw.escalate_to.iter().map(rung).collect()
}

/// The lines of a step in both languages; where the English ones are fewer, the Chinese stand.
fn how_lines(zh: Vec<String>, en: Vec<String>) -> Vec<Text> {
    let mut en = en.into_iter();
    zh.into_iter()
        .map(|zh| match en.next() {
            Some(en) => Text::new(zh, en),
            None => Text::same(zh),
        })
        .collect()
}

fn did_you_mean(near: Option<&str>) -> Text {
    match near {
        Some(near) => crate::text!("是不是想写 {near}？", "did you mean {near}?"),
        None => {
            Text::new("用 `list` 类命令查看有哪些可用", "see the `list` commands for what there is")
        }
    }
}

/// The steps that some other step calls.
fn called_steps(raw: &RawWorkflow) -> BTreeSet<String> {
    let mut called = BTreeSet::new();
    for step in raw.step.values() {
        called.extend(step.on.values().flatten().cloned());
        called.extend(
            step.on_silence.iter().flat_map(BTreeMap::values).map(|rung| rung.step.clone()),
        );
        called.extend(step.escalate_to.iter().cloned());
    }
    called
}
