//! A workflow within another: its steps take part under the name of the step that holds them, so
//! that shared pieces are written once and planned like any others.

use std::collections::BTreeSet;

use crate::workflow::condition::Condition;
use crate::workflow::model::{Anchor, CLOSE, Rung, Step, Workflow};
use crate::workflow::raw::Action;

/// How deep workflows may stand in one another; deeper is a circle.
const LIMIT_DEPTH: usize = 4;

/// Stands between the step that holds a workflow and a step of it.
pub const SEPARATOR: char = '/';

/// The line before the text of a workflow that is pinned together with the one that uses it.
const MARK: &str = "#%% flow ";

/// Splits a pinned text into its own and those of the workflows it uses, by id.
pub fn split(text: &str) -> (&str, Vec<(&str, &str)>) {
    let starts: Vec<usize> = text
        .match_indices(MARK)
        .map(|(at, _)| at)
        .filter(|at| *at == 0 || text[..*at].ends_with('\n'))
        .collect();
    let Some(first) = starts.first() else { return (text, Vec::new()) };
    let mut flows = Vec::new();
    for (index, start) in starts.iter().enumerate() {
        let end = starts.get(index + 1).copied().unwrap_or(text.len());
        let part = &text[start + MARK.len()..end];
        let (id, body) = part.split_once('\n').unwrap_or((part, ""));
        flows.push((id.trim(), body));
    }
    (&text[..*first], flows)
}

/// Joins a text with those of the workflows it uses; `split` takes them apart again.
pub fn join(text: &str, flows: &[(String, String)]) -> String {
    let mut joined = text.to_owned();
    for (id, body) in flows {
        if !joined.ends_with('\n') {
            joined.push('\n');
        }
        joined.push_str(&format!("{MARK}{id}\n{body}"));
    }
    joined
}

/// Puts the steps of used workflows in; an error names the step whose workflow is not there or
/// goes in circles.
pub fn put_in(
    workflow: Workflow,
    find: &dyn Fn(&str) -> Option<Workflow>,
) -> Result<Workflow, String> {
    put_in_at(workflow, find, 0)
}

fn put_in_at(
    mut workflow: Workflow,
    find: &dyn Fn(&str) -> Option<Workflow>,
    depth: usize,
) -> Result<Workflow, String> {
    if workflow.steps.iter().all(|step| step.action != Action::Subflow) {
        return Ok(workflow);
    }
    let mut steps = Vec::new();
    for step in std::mem::take(&mut workflow.steps) {
        let Some(id) = step.flow.clone().filter(|_| step.action == Action::Subflow) else {
            steps.push(step);
            continue;
        };
        let inner = (depth < LIMIT_DEPTH)
            .then(|| find(&id))
            .flatten()
            .ok_or_else(|| step.id.clone())
            .and_then(|inner| put_in_at(inner, find, depth + 1).map_err(|_| step.id.clone()))?;
        for (name, channel) in inner.channels.clone() {
            workflow.channels.entry(name).or_insert(channel);
        }
        for (name, slot) in inner.slots.clone() {
            workflow.slots.entry(name).or_insert(slot);
        }
        let members = members(&step, inner);
        steps.push(step);
        steps.extend(members);
    }
    workflow.steps = steps;
    Ok(workflow)
}

/// The steps of a used workflow under the name of the step that holds it.
fn members(holder: &Step, inner: Workflow) -> Vec<Step> {
    let ids: BTreeSet<String> = inner.steps.iter().map(|step| step.id.clone()).collect();
    let named = |id: &str| {
        if ids.contains(id) { format!("{}{SEPARATOR}{id}", holder.id) } else { id.to_owned() }
    };
    let target = |id: &String| {
        if id == CLOSE { format!("{CLOSE}:{}", holder.id) } else { named(id) }
    };
    let anchor = |anchor: Anchor| match anchor {
        Anchor::Answer { step, field } => Anchor::Answer { step: named(&step), field },
        fact @ Anchor::Fact(_) => fact,
    };
    inner
        .steps
        .into_iter()
        .map(|step| {
            let starts = !step.called;
            let mut needs: Vec<String> = step.needs.iter().map(|need| named(need)).collect();
            if needs.is_empty() && starts && !holder.called {
                needs.clone_from(&holder.needs);
            }
            let own = step.when.map(|when| when.with_steps(&named));
            Step {
                id: named(&step.id),
                needs,
                called: step.called || holder.called,
                when: Condition::both(holder.when.clone(), own),
                from: step.from.map(anchor),
                ladder: step
                    .ladder
                    .into_iter()
                    .map(|rung| Rung { step: named(&rung.step), ..rung })
                    .collect(),
                outcomes: step
                    .outcomes
                    .into_iter()
                    .map(|(outcome, targets)| (outcome, targets.iter().map(target).collect()))
                    .collect(),
                escalate_to: step.escalate_to.iter().map(target).collect(),
                last_rungs: step
                    .last_rungs
                    .into_iter()
                    .map(|rung| Rung { step: target(&rung.step), ..rung })
                    .collect(),
                part_of: Some(match step.part_of {
                    Some(inner) => named(&inner),
                    None => holder.id.clone(),
                }),
                starts: starts && step.starts,
                ..step
            }
        })
        .collect()
}
