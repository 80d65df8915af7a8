//! Checks that need the whole workflow: cycles, steps nobody reaches, silence that leads nowhere.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::document::Places;
use crate::domain::lang::Text;
use crate::domain::problem::{Problem, Source};
use crate::workflow::channel::{Kind, Registry};
use crate::workflow::model::{Step, Target, Workflow};
use crate::workflow::raw::Action;

/// Returns the problems of a workflow as a graph.
pub fn check(
    workflow: &Workflow,
    registry: &Registry,
    source: &Source,
    places: &Places,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut error = |at: String, message: Text, hint: Text| {
        problems.push(source.error(places.of(&at), message, hint));
    };
    if let Some(cycle) = cycle(workflow) {
        let path = cycle.join(" → ");
        error(
            format!("step.{}.needs", cycle[0]),
            crate::text!(
                "步骤互相等待，谁也不会开始：{path}",
                "steps wait for one another: {path}"
            ),
            Text::new("从其中一步的 needs 里去掉一个", "remove one of the `needs`"),
        );
    }
    let reached = reached(workflow);
    for step in &workflow.steps {
        let id = &step.id;
        if !reached.contains(id.as_str()) {
            error(
                format!("step.{id}"),
                crate::text!(
                    "步骤 {id} 只等别的步骤来调用，但没有一条路能到达它",
                    "step {id} waits to be called, but nothing that is reached calls it"
                ),
                Text::new(
                    "让一个会执行的步骤调用它，或删掉它",
                    "call it from a step that is reached, or delete it",
                ),
            );
        }
    }
    for step in silent_ends(workflow, registry) {
        let id = &step.id;
        error(
            format!("step.{id}"),
            crate::text!(
                "步骤 {id} 提交以后，对方一直不答复就没有下文",
                "if nobody answers step {id}, nothing follows"
            ),
            Text::new(
                "加上 on_silence，或 repeat 和 escalate_to；确实不等答复就写 on_silence = {}",
                "add on_silence, or repeat and escalate_to; if no answer is expected, write on_silence = {}",
            ),
        );
    }
    problems
}

/// Depth-first search over `needs`; returns the steps of the first cycle, the first one repeated.
fn cycle(workflow: &Workflow) -> Option<Vec<String>> {
    let needs: BTreeMap<&str, Vec<&str>> = workflow
        .steps
        .iter()
        .map(|step| (step.id.as_str(), step.needs.iter().map(String::as_str).collect()))
        .collect();
    let mut done = BTreeSet::new();
    for id in needs.keys() {
        let mut path = Vec::new();
        if let Some(cycle) = visit(id, &needs, &mut path, &mut done) {
            return Some(cycle);
        }
    }
    None
}

fn visit<'a>(
    id: &'a str,
    needs: &BTreeMap<&'a str, Vec<&'a str>>,
    path: &mut Vec<&'a str>,
    done: &mut BTreeSet<&'a str>,
) -> Option<Vec<String>> {
    if let Some(start) = path.iter().position(|step| *step == id) {
        return Some(path[start..].iter().chain([&id]).map(|step| (*step).to_owned()).collect());
    }
    if done.contains(id) {
        return None;
    }
    path.push(id);
    for need in needs.get(id).into_iter().flatten() {
        if let Some(cycle) = visit(need, needs, path, done) {
            return Some(cycle);
        }
    }
    path.pop();
    done.insert(id);
    None
}

/// The steps that are begun by themselves or called by one that is reached.
fn reached(workflow: &Workflow) -> BTreeSet<&str> {
    let mut reached: BTreeSet<&str> =
        workflow.steps.iter().filter(|step| !step.called).map(|step| step.id.as_str()).collect();
    let mut queue: Vec<&str> = reached.iter().copied().collect();
    while let Some(id) = queue.pop() {
        let Some(step) = workflow.step(id) else { continue };
        for next in calls(step) {
            if workflow.step(next).is_some() && reached.insert(next) {
                queue.push(next);
            }
        }
    }
    reached
}

fn calls(step: &Step) -> impl Iterator<Item = &str> {
    let outcomes = step.outcomes.values().flatten();
    let rungs = step.ladder.iter().map(|rung| &rung.step);
    outcomes.chain(rungs).chain(&step.escalate_to).map(String::as_str)
}

/// Submissions by a channel that answers later, whose silence nobody follows up: not by a ladder
/// of their own, a last resort, or a later rung of the ladder that called them.
fn silent_ends<'a>(workflow: &'a Workflow, registry: &Registry) -> Vec<&'a Step> {
    let covered: BTreeSet<&str> = workflow
        .steps
        .iter()
        .flat_map(|step| {
            let last = usize::from(step.escalate_to.is_empty());
            let rungs = step.ladder.len().saturating_sub(last);
            step.ladder[..rungs].iter().map(|rung| rung.step.as_str())
        })
        .collect();
    workflow
        .steps
        .iter()
        .filter(|step| {
            step.action == Action::Submit
                && step.ladder.is_empty()
                && !step.no_answer_expected
                && step.last_rungs.is_empty()
                && !covered.contains(step.id.as_str())
                && !is_answered_at_once(step, workflow, registry)
        })
        .collect()
}

/// A step that only ever telephones is answered on the spot.
fn is_answered_at_once(step: &Step, workflow: &Workflow, registry: &Registry) -> bool {
    step.to.iter().all(|target| match target {
        Target::Channel(id) => workflow
            .channels
            .get(id)
            .or_else(|| registry.get(id))
            .is_some_and(|channel| channel.kind == Kind::Call),
        Target::Recipient(_) => false,
    })
}
