//! A workflow within another: its steps take part under the name of the step that holds them, so
//! that shared pieces are written once and planned like any others.

use std::collections::BTreeSet;

use crate::workflow::condition::Condition;
use crate::workflow::model::{
    Anchor, CLOSE, CLOSE_CASE, CLOSE_PART, EXIT_PREFIX, Rung, Step, Workflow,
};
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

/// Returns the steps that hold a workflow and say what follows a way out it does not have.
pub fn unknown_ways(
    workflow: &Workflow,
    find: &dyn Fn(&str) -> Option<Workflow>,
) -> Vec<(String, String)> {
    let holders = workflow.steps.iter().filter(|step| step.action == Action::Subflow);
    let mut unknown = Vec::new();
    for holder in holders.filter(|step| !step.outcomes.is_empty()) {
        let Some(inner) = holder.flow.as_deref().and_then(find) else { continue };
        let ways: BTreeSet<String> = inner
            .steps
            .iter()
            .flat_map(|step| {
                let rungs = step.ladder.iter().map(|rung| &rung.step);
                step.outcomes.values().flatten().chain(&step.escalate_to).chain(rungs)
            })
            .filter_map(|target| Some(target.strip_prefix(EXIT_PREFIX)?.replace('-', "_")))
            .collect();
        let said = holder.outcomes.keys().filter(|way| !ways.contains(*way));
        unknown.extend(said.map(|way| (holder.id.clone(), way.replace('_', "-"))));
    }
    unknown
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
    // What follows an end of this workflow: the end of this part, of the whole case, or what the
    // step that holds it says of that way out.
    let target = |id: &String| -> Vec<String> {
        let end = || vec![format!("{CLOSE_PART}{}", holder.id)];
        if id == CLOSE {
            end()
        } else if id == CLOSE_CASE {
            vec![CLOSE.to_owned()]
        } else if let Some(way) = id.strip_prefix(EXIT_PREFIX) {
            holder.outcomes.get(&way.replace('-', "_")).cloned().unwrap_or_else(end)
        } else {
            vec![named(id)]
        }
    };
    let rungs = |rungs: Vec<Rung>| -> Vec<Rung> {
        let each = |rung: Rung| {
            let targets = target(&rung.step).into_iter();
            targets.map(move |step| Rung { step, ..rung.clone() }).collect::<Vec<_>>()
        };
        rungs.into_iter().flat_map(each).collect()
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
                ladder: rungs(step.ladder),
                outcomes: step
                    .outcomes
                    .into_iter()
                    .map(|(outcome, targets)| (outcome, targets.iter().flat_map(target).collect()))
                    .collect(),
                escalate_to: step.escalate_to.iter().flat_map(target).collect(),
                last_rungs: rungs(step.last_rungs),
                part_of: Some(match step.part_of {
                    Some(inner) => named(&inner),
                    None => holder.id.clone(),
                }),
                starts: step.starts,
                ..step
            }
        })
        .collect()
}
