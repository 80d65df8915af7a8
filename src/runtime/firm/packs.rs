//! What only clients can do, from their own account: for each one page with what to paste, where to
//! tap, a code to scan and room for the ticket; and who has brought theirs back.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::domain::consent;
use crate::domain::deadline::Deadline;
use crate::domain::lang::Text;
use crate::domain::time;
use crate::render::qr;
use crate::runtime::composing::texts_of;
use crate::runtime::desk::Desk;
use crate::runtime::error::RuntimeError;
use crate::runtime::firm::matter::Matter;
use crate::runtime::firm::papers::{self, Press};
use crate::runtime::firm::returns::{self, Way};
use crate::runtime::home::{private_folder, write_private};
use crate::runtime::papers::PreparedText;
use crate::runtime::setup::Runtime;
use crate::workflow::channel::Kind;
use crate::workflow::plan::{Plan, State, StepPlan};
use crate::workflow::raw::Action;
use crate::workflow::template::{MadeFor, Template};
use crate::workflow::view::Maker;

/// What was written for a client.
#[derive(Clone, Debug, Default)]
pub struct Pack {
    /// Its files.
    pub files: Vec<PathBuf>,
    /// The steps it is for.
    pub steps: Vec<String>,
    /// Steps whose texts still have blanks, with what is missing.
    pub drafts: Vec<(String, Vec<Text>)>,
}

/// Where one thing stands that must come back.
#[derive(Clone, Debug)]
pub struct Return {
    /// The step.
    pub step: String,
    /// Its title.
    pub title: Text,
    /// It goes by post.
    pub by_post: bool,
    /// When it came back, and with which number.
    pub done: Option<(Timestamp, Option<String>)>,
    /// When what went by post was delivered.
    pub delivered: Option<Timestamp>,
    /// Our limit.
    pub due: Option<Deadline>,
    /// Our limit has passed.
    pub overdue: bool,
}

impl Runtime {
    /// Writes the pack of a client below `folder`: a page, and each text as a file.
    pub fn pack(
        &mut self,
        press: &Press,
        matter: &Matter,
        folder: &Path,
    ) -> Result<Pack, RuntimeError> {
        let Some(desk) = &matter.desk else { return Err(not_open(matter)) };
        self.refuse_without_consent(matter)?;
        let plan = self.plan(desk, &desk.dossier(&self.library.packs, self.clock.now()))?;
        let mut pack = Pack::default();
        let mut tasks = Vec::new();
        for step in plan.steps.iter().filter(|step| is_own(step)) {
            match self.task(desk, step) {
                Some((task, texts)) => {
                    tasks.push(task);
                    pack.steps.push(step.id.clone());
                    private_folder(folder)?;
                    for text in texts {
                        put(&folder.join(&text.file), text.text.as_bytes(), &mut pack.files)?;
                    }
                }
                None => pack.drafts.push((step.id.clone(), step.missing.clone())),
            }
        }
        if !tasks.is_empty() {
            let template = self.template_for(MadeFor::Pack)?.clone();
            let data = self.pack_data(matter, &template, tasks);
            let page = press.pdf(self, &template, data)?;
            put(&folder.join(&template.id).with_extension("pdf"), &page, &mut pack.files)?;
        }
        Ok(pack)
    }

    fn pack_data(&self, matter: &Matter, template: &Template, tasks: Vec<Value>) -> Value {
        let maker = Maker::new(&matter.workflow, &self.library.packs, &matter.history);
        let step = matter.workflow.steps.first();
        let sheet = step.and_then(|step| maker.sheets(step, template, None).into_iter().next());
        let mut data = sheet.map_or_else(|| json!({}), |sheet| sheet.view);
        data["firm"] = json!(self.config.firm.as_ref().map(papers::shown));
        data["pack"] = json!({ "tasks": tasks });
        data["doc"] = self.firm_doc(matter, template, &[]);
        data
    }

    /// One thing to submit, and its texts; none while they are drafts.
    fn task(&self, desk: &Desk, plan: &StepPlan) -> Option<(Value, Vec<PreparedText>)> {
        let visit = desk.history.visit(&plan.id)?;
        let prepared = visit.prepared.as_ref().filter(|prepared| !prepared.draft)?;
        let texts = texts_of(desk, prepared)?.texts;
        if texts.is_empty() {
            return None;
        }
        let step = desk.workflow.step(&plan.id)?;
        let channel = plan.channel.as_ref()?;
        let lines = if step.how.is_empty() { &channel.path } else { &step.how };
        let shown: Vec<Value> = texts
            .iter()
            .enumerate()
            .map(|(index, text)| {
                json!({
                    "no": index + 1,
                    "file": text.file,
                    "shortened": text.shortened,
                    "count": text.text.chars().count(),
                    "lines": text.text.lines().collect::<Vec<_>>(),
                    "codes": qr::codes(&text.text),
                })
            })
            .collect();
        let named = |field: &String| {
            let known = self.library.packs.fields.get(field);
            known.map_or_else(|| field.clone(), |field| field.name.zh.to_string())
        };
        let papers = prepared.papers.iter().filter_map(|paper| {
            self.library.packs.templates.get(&paper.template).filter(|one| !one.internal)
        });
        let slots = step.attach_slots.iter().filter_map(|id| {
            let slot = desk.workflow.slots.get(id).or_else(|| self.library.packs.slots.get(id))?;
            Some(slot.name.zh.to_string())
        });
        let files: Vec<String> =
            papers.map(|template| format!("《{}》", template.title.zh)).chain(slots).collect();
        let task = json!({
            "title": plan.title.zh,
            "channel": channel.name.zh,
            "limit": channel.text_limit,
            "due": plan.due.as_ref().map(|due| shown_due(due, desk)),
            "lines": lines.iter().map(|line| &line.zh).collect::<Vec<_>>(),
            "files": files,
            "fields": step.ask.iter().map(named).collect::<Vec<_>>(),
            "texts": shown,
        });
        Some((task, texts))
    }

    /// Returns what must come back of a matter: tickets and waybills.
    pub fn returns(&self, matter: &Matter) -> Result<Vec<Return>, RuntimeError> {
        let Some(desk) = &matter.desk else { return Err(not_open(matter)) };
        let plan = self.plan(desk, &desk.dossier(&self.library.packs, self.clock.now()))?;
        let mut found = Vec::new();
        for (way, by_post) in [(Way::Own, false), (Way::Post, true)] {
            let places = returns::places(desk, &plan, way);
            found.extend(places.iter().filter_map(|place| standing(desk, &plan, place, by_post)));
        }
        Ok(found)
    }

    /// Nothing is made for somebody else's hands while the client has not agreed.
    pub(super) fn refuse_without_consent(&self, matter: &Matter) -> Result<(), RuntimeError> {
        let case = matter.case();
        let today = time::day(self.clock.now(), &matter.zone);
        let is_needed = self.config.firm.is_some();
        match consent::lack(case.consent.as_ref(), is_needed, today) {
            None => Ok(()),
            Some(lack) => Err(RuntimeError::asked(
                lack.explain(),
                Text::new(
                    "拿到书面同意后写进案件文件的 [consent]，再运行 start",
                    "once the client signed, write [consent] into the case file and run start",
                ),
            )),
        }
    }

    pub(super) fn template_for(&self, made_for: MadeFor) -> Result<&Template, RuntimeError> {
        let mut templates = self.library.packs.templates.values();
        templates
            .find(|template| template.made_for == Some(made_for) && template.has_paper)
            .ok_or_else(|| RuntimeError::Ours(format!("no template is made for {made_for:?}")))
    }
}

pub(super) fn not_open(matter: &Matter) -> RuntimeError {
    let folder = matter.folder.display();
    RuntimeError::asked(
        Text::new("案件还没有打开", "the case was not opened yet"),
        crate::text!(
            "先运行 appeal-daemon start {folder}",
            "run appeal-daemon start {folder} first"
        ),
    )
}

fn is_own(step: &StepPlan) -> bool {
    let kind = step.channel.as_ref().map(|channel| channel.kind);
    step.action == Action::Submit
        && matches!(kind, Some(Kind::App | Kind::Web))
        && matches!(step.state, State::Open | State::Overdue)
}

fn standing(desk: &Desk, plan: &Plan, place: &returns::Place, by_post: bool) -> Option<Return> {
    let step = plan.step(&place.step)?;
    let visit = desk.history.visit(&place.step);
    let done = visit.and_then(|visit| {
        let answers = returns::answers_of(desk, visit);
        let number = answers.and_then(|answers| answers[&place.field].as_str());
        Some((visit.confirmed_at()?, number.map(str::to_owned)))
    });
    let waits = matches!(step.state, State::Open | State::Overdue | State::Blocked);
    (waits || done.is_some()).then(|| Return {
        step: step.id.clone(),
        title: step.title.clone(),
        by_post,
        delivered: visit.and_then(|visit| visit.delivered),
        overdue: done.is_none() && step.state == State::Overdue,
        due: step.due.clone(),
        done,
    })
}

fn shown_due(due: &Deadline, desk: &Desk) -> String {
    match due.last_day {
        Some(day) => time::chinese_date(day),
        None => time::chinese_minute(due.end, &desk.zone),
    }
}

pub(super) fn put(path: &Path, bytes: &[u8], files: &mut Vec<PathBuf>) -> Result<(), RuntimeError> {
    write_private(path, bytes)
        .map_err(|source| RuntimeError::Home { path: path.to_owned(), source })?;
    files.push(path.to_owned());
    Ok(())
}
