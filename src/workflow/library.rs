//! The library of what is declared: bundled files, and files of a person's configuration that
//! win over them by name.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use serde::de::DeserializeOwned;

use crate::domain::calendar::{Calendar, CalendarError};
use crate::domain::digest::Digest;
use crate::domain::document;
use crate::domain::lang::Text;
use crate::domain::problem::{Problem, Source, has_errors};
use crate::domain::role::Role;
use crate::workflow::knowledge::{
    CardFile, ProductFile, RedactionFile, RefusalFile, ThresholdFile,
};
use crate::workflow::load::{self, Loaded};
use crate::workflow::model::Workflow;
use crate::workflow::packs::{ChannelFile, CheckFile, FieldFile, LawFile, Packs, SlotFile};
use crate::workflow::subflow;
use crate::workflow::template::RawTemplate;

/// A declared file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredFile {
    /// Its text.
    pub text: String,
    /// True when it comes from a person's configuration.
    pub own: bool,
}

/// Every declared file by its path below `workflows/` or `templates/`.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// Below `workflows/`.
    pub workflows: BTreeMap<String, DeclaredFile>,
    /// Below `templates/`.
    pub templates: BTreeMap<String, DeclaredFile>,
}

/// Packs and workflows, loaded.
#[derive(Clone, Debug)]
pub struct Library {
    /// What workflows can name.
    pub packs: Arc<Packs>,
    files: Arc<Files>,
    ids: BTreeMap<String, String>,
    /// Whole workflows that were loaded, by the digest of their name and text.
    whole: Arc<Mutex<BTreeMap<Digest, Arc<Whole>>>>,
}

/// A workflow's text with the workflows it holds, and what loading it came to.
#[derive(Debug)]
pub struct Whole {
    /// The text to pin.
    pub text: String,
    /// The workflow; none when it has errors.
    pub workflow: Option<Arc<Workflow>>,
    /// Everything that is wrong.
    pub problems: Vec<Problem>,
    /// The decoded text, for snippets.
    pub source: Source,
}

/// How many whole workflows are kept.
const KEPT: usize = 32;

/// A library that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// A pack has errors.
    #[error("a pack file has errors")]
    Pack(Vec<Problem>),
    /// A holiday file has errors.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
}

impl Library {
    /// Loads the packs of `files` and finds its workflows.
    pub fn load(files: Files) -> Result<Self, LibraryError> {
        let mut packs = Packs { calendar: calendar(&files)?, ..Packs::default() };
        let mut problems = Vec::new();
        for (path, file) in &files.workflows {
            let Some((_, name)) = path.split_once("/pack/") else { continue };
            add_pack(&mut packs, path, name, &file.text, &mut problems);
        }
        templates(&mut packs, &files, &mut problems);
        copies(&packs, &mut problems);
        if has_errors(&problems) {
            return Err(LibraryError::Pack(problems));
        }
        let ids = workflow_ids(&files);
        let whole = Arc::default();
        Ok(Self { packs: Arc::new(packs), files: Arc::new(files), ids, whole })
    }

    /// Returns the ids of the workflows there are.
    pub fn workflow_ids(&self) -> impl Iterator<Item = &str> {
        self.ids.keys().map(String::as_str)
    }

    /// Returns the path and text of a workflow.
    pub fn workflow_file(&self, id: &str) -> Option<(&str, &DeclaredFile)> {
        let path = self.ids.get(id)?;
        Some((path, self.files.workflows.get(path)?))
    }

    /// Loads the workflow of that id.
    pub fn workflow(&self, id: &str) -> Option<Loaded> {
        let (path, file) = self.workflow_file(id)?;
        Some(self.load_workflow(&format!("workflows/{path}"), &file.text))
    }

    /// Loads a workflow with all it holds. Thousands of cases have the same one: it is loaded once.
    pub fn whole(&self, name: &str, text: &str) -> Arc<Whole> {
        let key = Digest::of_json(&serde_json::json!([name, text]));
        let mut kept = self.whole.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = kept.get(&key) {
            return Arc::clone(found);
        }
        let text = self.with_flows(text);
        let Loaded { workflow, problems, source, .. } = self.load_workflow(name, &text);
        let whole = Arc::new(Whole { text, workflow: workflow.map(Arc::new), problems, source });
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(key, Arc::clone(&whole));
        whole
    }

    /// Loads a workflow from any text.
    pub fn load_workflow(&self, name: &str, text: &str) -> Loaded {
        let (own, pinned) = subflow::split(text);
        let flows: Vec<&str> =
            self.workflow_ids().chain(pinned.iter().map(|(id, _)| *id)).collect();
        let mut loaded = load::load(name, own, &self.packs, &flows);
        let found: RefCell<BTreeMap<String, Option<Workflow>>> = RefCell::default();
        let find = |id: &str| {
            if let Some(known) = found.borrow().get(id) {
                return known.clone();
            }
            let known = pinned.iter().find(|(pinned, _)| *pinned == id).map(|(_, text)| *text);
            let text = known.or_else(|| Some(self.workflow_file(id)?.1.text.as_str()))?;
            let workflow = load::load(id, text, &self.packs, &flows).workflow;
            found.borrow_mut().insert(id.to_owned(), workflow.clone());
            workflow
        };
        let Some(workflow) = loaded.workflow.take() else { return loaded };
        for (step, way) in subflow::unknown_ways(&workflow, &find) {
            loaded.problems.push(loaded.source.file_error(
                crate::text!(
                    "步骤 {step} 写了 on_{way}，但它的子流程里没有 exit-{way}",
                    "step {step} has on_{way}, but its subflow has no exit-{way}"
                ),
                Text::new(
                    "在子流程里用 exit-名称 作为去处，或删掉这一行",
                    "lead to exit-NAME in the subflow, or delete the line",
                ),
            ));
        }
        if has_errors(&loaded.problems) {
            return loaded;
        }
        match subflow::put_in(workflow, &find) {
            Ok(mut workflow) => {
                workflow.digest = Digest::of(text.as_bytes());
                loaded.workflow = Some(workflow);
                load::check_tests(&mut loaded, &self.packs);
            }
            Err(step) => loaded.problems.push(loaded.source.file_error(
                crate::text!(
                    "步骤 {step} 的子流程读不出来，或互相包含",
                    "the subflow of step {step} does not load, or they hold one another"
                ),
                Text::new(
                    "用 workflow check 检查那个流程",
                    "check that workflow with `workflow check`",
                ),
            )),
        }
        loaded
    }

    /// Returns a workflow's text with those of the workflows it uses, as a case is pinned to it.
    pub fn with_flows(&self, text: &str) -> String {
        let (own, pinned) = subflow::split(text);
        let mut flows: Vec<(String, String)> =
            pinned.iter().map(|(id, text)| ((*id).to_owned(), (*text).to_owned())).collect();
        let mut wanted = used_flows(own);
        while let Some(id) = wanted.pop() {
            if flows.iter().any(|(known, _)| *known == id) {
                continue;
            }
            if let Some((_, file)) = self.workflow_file(&id) {
                wanted.extend(used_flows(&file.text));
                flows.push((id, file.text.clone()));
            }
        }
        flows.sort();
        subflow::join(own, &flows)
    }

    /// Returns every workflow that loads without an error, without the steps of those it holds: for
    /// choosing one.
    pub fn heads(&self) -> Vec<Workflow> {
        let flows: Vec<&str> = self.workflow_ids().collect();
        let files =
            self.ids.iter().filter_map(|(id, path)| Some((id, self.files.workflows.get(path)?)));
        files
            .filter_map(|(id, file)| load::load(id, &file.text, &self.packs, &flows).workflow)
            .collect()
    }

    /// Returns every workflow that loads without an error.
    pub fn workflows(&self) -> Vec<Workflow> {
        self.ids.keys().filter_map(|id| self.workflow(id)?.workflow).collect()
    }

    /// Returns the files of a template by their names in its folder.
    pub fn template_files(&self, id: &str) -> BTreeMap<&str, &str> {
        let prefix = format!("{id}/");
        self.files
            .templates
            .range(prefix.clone()..)
            .map_while(|(path, file)| Some((path.strip_prefix(&prefix)?, file.text.as_str())))
            .collect()
    }

    /// Returns the files that templates share: those at the top of `templates/`.
    pub fn shared_template_files(&self) -> BTreeMap<&str, &str> {
        self.files
            .templates
            .iter()
            .filter(|(path, _)| !path.contains('/'))
            .map(|(path, file)| (path.as_str(), file.text.as_str()))
            .collect()
    }

    /// Returns the paths a person's configuration has taken over or added.
    pub fn own_files(&self) -> Vec<String> {
        let below = |root: &str, files: &BTreeMap<String, DeclaredFile>| -> Vec<String> {
            files
                .iter()
                .filter(|(_, file)| file.own)
                .map(|(path, _)| format!("{root}/{path}"))
                .collect()
        };
        let mut paths = below("workflows", &self.files.workflows);
        paths.extend(below("templates", &self.files.templates));
        paths
    }
}

/// The workflows a text names in its `flow` keys.
fn used_flows(text: &str) -> Vec<String> {
    let table = toml::from_str::<toml::Table>(text).unwrap_or_default();
    let steps = table.get("step").and_then(toml::Value::as_table);
    let flows = steps.into_iter().flatten().filter_map(|(_, step)| step.get("flow")?.as_str());
    flows.map(str::to_owned).collect()
}

fn calendar(files: &Files) -> Result<Calendar, CalendarError> {
    let mut calendar = Calendar::default();
    for (path, file) in &files.workflows {
        if path.contains("/holidays/") && has_extension(path, "json") {
            calendar.add(path, &file.text)?;
        }
    }
    Ok(calendar)
}

fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path).extension().is_some_and(|found| found == extension)
}

/// The id of each workflow is what its file says; a file that does not parse keeps its name.
fn workflow_ids(files: &Files) -> BTreeMap<String, String> {
    files
        .workflows
        .iter()
        .filter(|(path, _)| {
            has_extension(path, "toml") && !path.contains("/pack/") && !path.contains("/holidays/")
        })
        .map(|(path, file)| {
            let stem = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".toml");
            let id = toml::from_str::<toml::Table>(&file.text)
                .ok()
                .and_then(|table| table.get("id")?.as_str().map(str::to_owned))
                .unwrap_or_else(|| stem.to_owned());
            (id, path.clone())
        })
        .collect()
}

fn add_pack(packs: &mut Packs, path: &str, name: &str, text: &str, problems: &mut Vec<Problem>) {
    match name {
        "channels.toml" => {
            if let Some(file) = read::<ChannelFile>(path, text, problems) {
                let channels =
                    file.channel.into_iter().map(|(id, channel)| (id.clone(), channel.build(&id)));
                packs.channels.extend(channels);
            }
        }
        "slots.toml" => {
            if let Some(file) = read::<SlotFile>(path, text, problems) {
                packs.slots.extend(file.slot.into_iter().map(|(id, slot)| (id, slot.build())));
            }
        }
        "fields.toml" => {
            if let Some(file) = read::<FieldFile>(path, text, problems) {
                packs.fields.extend(file.field.into_iter().map(|(id, field)| (id, field.build())));
                let outcomes = file.outcome.into_iter();
                packs.outcomes.extend(outcomes.map(|(id, outcome)| (id, outcome.build())));
            }
        }
        "checks.toml" => {
            if let Some(file) = read::<CheckFile>(path, text, problems) {
                packs.checks.extend(file.check.into_iter().map(|(id, check)| (id, check.build())));
            }
        }
        "refusals.toml" => {
            if let Some(file) = read::<RefusalFile>(path, text, problems) {
                packs.refusals.extend(file.refusal);
            }
        }
        "products.toml" => {
            if let Some(file) = read::<ProductFile>(path, text, problems) {
                packs.products.extend(file.product);
            }
        }
        "thresholds.toml" => {
            if let Some(file) = read::<ThresholdFile>(path, text, problems) {
                packs.thresholds.extend(file.threshold);
            }
        }
        "cards.toml" => {
            if let Some(file) = read::<CardFile>(path, text, problems) {
                packs.cards.extend(file.card);
            }
        }
        "redaction.toml" => {
            if let Some(file) = read::<RedactionFile>(path, text, problems) {
                packs.redactions.extend(file.redaction);
            }
        }
        "law.toml" => {
            if let Some(file) = read::<LawFile>(path, text, problems) {
                packs.law.extend(file.article);
            }
        }
        _ => {}
    }
}

fn templates(packs: &mut Packs, files: &Files, problems: &mut Vec<Problem>) {
    for (path, file) in &files.templates {
        let Some(id) = path.strip_suffix("/template.toml") else { continue };
        let prefix = format!("{id}/");
        let own = |path: &&String| path.starts_with(&prefix) || !path.contains('/');
        let names: Vec<&str> =
            files.templates.keys().filter_map(|other| other.strip_prefix(&prefix)).collect();
        let mut texts = String::new();
        for path in files.templates.keys().filter(own) {
            texts.push_str(path);
            texts.push('\0');
            texts.push_str(&files.templates[path].text);
        }
        if let Some(raw) = read::<RawTemplate>(path, &file.text, problems) {
            let froms = raw.limits.values().flat_map(|limit| &limit.from);
            for from in froms.filter(|from| !is_beginning(from)) {
                problems.push(Source::new(path.as_str(), "").file_error(
                    crate::text!("期间不能从 {from} 起算", "no period begins with {from}"),
                    Text::new(
                        "写 case.discovered_at、known.answers.项目 或 demands.收件人种类",
                        "write case.discovered_at, known.answers.FIELD or demands.ROLE",
                    ),
                ));
            }
            let template = raw.build(id, &names, Digest::of(texts.as_bytes()));
            packs.templates.insert(id.to_owned(), template);
        }
    }
}

fn is_beginning(from: &str) -> bool {
    let role = from.strip_prefix("demands.");
    from == "case.discovered_at"
        || from.starts_with("known.answers.")
        || role.is_some_and(|role| Role::ALL.iter().any(|known| known.as_str() == role))
}

/// An identity paper whose copy nothing can make would silently stay behind.
fn copies(packs: &Packs, problems: &mut Vec<Problem>) {
    for (id, slot) in &packs.slots {
        let Some(copy) = &slot.copy else { continue };
        let makes = packs.templates.get(copy).is_some_and(|template| template.has_picture);
        if !slot.identity || !makes {
            problems.push(Source::new("slots.toml", "").file_error(
                crate::text!(
                    "证据位 {id} 的 copy = \"{copy}\" 用不上",
                    "slot {id} cannot use copy = \"{copy}\""
                ),
                Text::new(
                    "copy 只写在 identity = true 的证据位，写一个含 picture.typ 的模板",
                    "copy goes with identity = true and names a template that has picture.typ",
                ),
            ));
        }
    }
}

fn read<T: DeserializeOwned + schemars::JsonSchema>(
    path: &str,
    text: &str,
    problems: &mut Vec<Problem>,
) -> Option<T> {
    let document = document::read::<T>(path, text);
    problems.extend(document.problems);
    document.content
}
