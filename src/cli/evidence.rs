//! Commands about evidence: what is in hand, and what is missing, for whom, and how to get it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::cli::args::OneCase;
use crate::cli::context::Context;
use crate::cli::exit;
use crate::domain::lang::Text;
use crate::domain::role::Role;
use crate::domain::time;
use crate::runtime::case_file::CaseFile;
use crate::runtime::error::RuntimeError;
use crate::workflow::library::Library;
use crate::workflow::model;
use crate::workflow::packs::Grade;
use crate::workflow::plan::State;

/// Lists the evidence of a case.
pub fn list(arguments: &OneCase, context: &Context) -> Result<u8, RuntimeError> {
    let mut runtime = context.runtime(None)?;
    let case = runtime.find_case(&arguments.case)?;
    let desk = runtime.desk(&case)?;
    let folder = runtime.home.case_paths(&case).originals;
    if context.json {
        let items: Vec<Value> = desk
            .history
            .evidence
            .iter()
            .map(|item| {
                json!({
                    "slot": item.slot,
                    "file": folder.join(&item.file).display().to_string(),
                    "sha256": item.sha256,
                    "size_bytes": item.size_bytes,
                    "received_at": time::rfc3339(item.at, &desk.zone),
                })
            })
            .collect();
        context.print_json(&json!({ "schema": 1, "case": case.as_str(), "evidence": items }));
        return Ok(exit::DONE);
    }
    let mut out = String::new();
    for item in &desk.history.evidence {
        let at = time::minute(item.at, &desk.zone);
        let _ = writeln!(
            out,
            "{at}　{}　{}\n    SHA-256 {}",
            item.slot,
            folder.join(&item.file).display(),
            item.sha256
        );
    }
    if out.is_empty() {
        out.push_str(context.word("还没有收存证据。\n", "No evidence was taken in yet.\n"));
    }
    context.print(&out);
    Ok(exit::DONE)
}

/// Lists what evidence is missing, for whom, and how to get it.
pub fn gaps(arguments: &OneCase, context: &Context) -> Result<u8, RuntimeError> {
    let mut runtime = context.runtime(None)?;
    let case = runtime.find_case(&arguments.case)?;
    let (desk, plan) = runtime.planned(&case)?;
    let wanted = |step: &model::Step| {
        let planned = plan.step(&step.id)?;
        if matches!(planned.state, State::Skipped | State::Done) {
            return None;
        }
        match &planned.channel {
            Some(channel) => Some((channel.role, channel.role.name())),
            None => role_of(step, &desk.workflow, &runtime.library)
                .or_else(|| Some((Role::Owner, Role::Owner.name()))),
        }
    };
    let gaps =
        all_gaps(&desk.workflow, &runtime.library, wanted, |slot| desk.history.has_evidence(slot));
    if context.json {
        let list: Vec<Value> = gaps.iter().map(|gap| gap_json(gap, context)).collect();
        context.print_json(&json!({ "schema": 1, "gaps": list }));
    } else {
        context.print(&gaps_text(&gaps, context));
    }
    Ok(exit::DONE)
}

/// One item of evidence somebody would want and does not have.
#[derive(Debug)]
pub struct Gap {
    recipient: Text,
    slot: String,
    name: Text,
    grade: Grade,
    how: Text,
}

/// Returns what a case file that was not started lacks.
pub fn gaps_of_file(file: &CaseFile, library: &Library) -> Vec<Gap> {
    let (Some(case), Some(chosen)) = (&file.case, &file.workflow) else { return Vec::new() };
    all_gaps(
        &chosen.workflow,
        library,
        |step| role_of(step, &chosen.workflow, library),
        |slot| case.evidence.contains_key(slot),
    )
}

/// Every slot a step names, for the role the step goes to, graded by that role.
fn all_gaps(
    workflow: &model::Workflow,
    library: &Library,
    role: impl Fn(&model::Step) -> Option<(Role, Text)>,
    has: impl Fn(&str) -> bool,
) -> Vec<Gap> {
    let mut gaps: Vec<Gap> = Vec::new();
    for step in &workflow.steps {
        let Some((role, recipient)) = role(step) else { continue };
        for slot in step.require.iter().chain(&step.attach_slots) {
            let known = gaps.iter().any(|gap| gap.slot == *slot && gap.recipient == recipient);
            if has(slot) || known {
                continue;
            }
            let pack = workflow.slots.get(slot).or_else(|| library.packs.slots.get(slot));
            let grade = if step.require.contains(slot) {
                Grade::Critical
            } else {
                pack.and_then(|pack| pack.grade.get(&role)).copied().unwrap_or(Grade::Optional)
            };
            gaps.push(Gap {
                recipient: recipient.clone(),
                slot: slot.clone(),
                name: pack.map_or_else(|| Text::same(slot.clone()), |pack| pack.name.clone()),
                grade,
                how: pack.map(|pack| pack.how.clone()).unwrap_or_default(),
            });
        }
    }
    gaps.sort_by_key(|gap| gap.grade);
    gaps
}

fn role_of(
    step: &model::Step,
    workflow: &model::Workflow,
    library: &Library,
) -> Option<(Role, Text)> {
    step.to.iter().find_map(|target| match target {
        model::Target::Channel(id) => workflow
            .channels
            .get(id)
            .or_else(|| library.packs.channels.get(id))
            .map(|channel| (channel.role, channel.role.name())),
        model::Target::Recipient(_) => None,
    })
}

/// Returns a gap as the read commands print it.
pub fn gap_json(gap: &Gap, context: &Context) -> Value {
    json!({
        "recipient": gap.recipient.get(context.lang),
        "slot": gap.slot,
        "grade": gap.grade,
        "how": gap.how.get(context.lang),
        "name": gap.name.get(context.lang),
    })
}

/// Returns the gaps by recipient, each with how to get it.
pub fn gaps_text(gaps: &[Gap], context: &Context) -> String {
    let mut out = String::new();
    if gaps.is_empty() {
        out.push_str(context.word("证据齐备。\n", "No evidence is missing.\n"));
        return out;
    }
    let mut by_recipient: BTreeMap<String, Vec<&Gap>> = BTreeMap::new();
    for gap in gaps {
        by_recipient.entry(gap.recipient.get(context.lang).to_owned()).or_default().push(gap);
    }
    out.push_str(
        context.word("还缺的证据（按收件人）：\n", "Evidence that is missing, by recipient:\n"),
    );
    for (recipient, gaps) in by_recipient {
        let _ = writeln!(out, "  {recipient}");
        for gap in gaps {
            let grade = gap.grade.name();
            let _ = writeln!(
                out,
                "    [{}] {}　{}\n        {}",
                context.say(&grade),
                context.say(&gap.name),
                gap.slot,
                context.say(&gap.how)
            );
        }
    }
    out
}
