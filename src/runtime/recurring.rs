//! Recurring reminders: who is subscribed to what, what came due, what was missed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;

use crate::domain::case::Case;
use crate::domain::lang::{Lang, Text};
use crate::domain::names;
use crate::runtime::error::RuntimeError;
use crate::runtime::home::write_private;
use crate::runtime::letters;
use crate::runtime::notify::{Means, Notice};
use crate::runtime::preview;
use crate::runtime::setup::Runtime;
use crate::store::subscriptions::{OccurrenceState, Subscription};
use crate::workflow::model::Workflow;
use crate::workflow::view::Maker;

/// A subscription with where it stands.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The subscription.
    pub subscription: Subscription,
    /// Its workflow.
    pub workflow: Workflow,
    /// Its next occurrence.
    pub next: Option<Timestamp>,
    /// The occurrence that was given and is not done.
    pub open: Option<Timestamp>,
}

impl Runtime {
    /// Subscribes to a recurring workflow; returns the subscription.
    pub fn subscribe(
        &mut self,
        rule: &str,
        person: Option<String>,
        phone: Option<String>,
    ) -> Result<Standing, RuntimeError> {
        self.recurring(rule)?;
        let taken = self.store.subscriptions()?;
        let same = taken.iter().find(|other| other.rule == rule && other.person == person);
        if let Some(same) = same {
            let id = same.id.clone();
            return Err(RuntimeError::asked(
                crate::text!("已经订阅了：{id}", "subscribed already: {id}"),
                crate::text!(
                    "给别人订阅加 --person；退订用 remind stop {id}",
                    "for somebody else add --person; to end it: remind stop {id}"
                ),
            ));
        }
        let since = self.clock.now();
        let mut number = taken.iter().filter(|other| other.rule == rule).count() + 1;
        loop {
            let id = format!("{rule}-{number}");
            let (person, phone) = (person.clone(), phone.clone());
            let new = Subscription { id, rule: rule.to_owned(), person, phone, since };
            if self.store.subscribe(&new)? {
                return self.standing(new);
            }
            number += 1;
        }
    }

    /// Returns every subscription with where it stands.
    pub fn standings(&self) -> Result<Vec<Standing>, RuntimeError> {
        self.store.subscriptions()?.into_iter().map(|known| self.standing(known)).collect()
    }

    /// Returns the subscription of that id.
    pub fn subscription(&self, id: &str) -> Result<Standing, RuntimeError> {
        let all = self.store.subscriptions()?;
        if let Some(known) = all.iter().find(|known| known.id == id) {
            return self.standing(known.clone());
        }
        let near = names::nearest(id, all.iter().map(|known| known.id.as_str()));
        let hint = near.map_or_else(
            || Text::new("remind list 列出所有订阅", "remind list shows them all"),
            |near| crate::text!("是不是想写 {near}？", "did you mean {near}?"),
        );
        let message = crate::text!("没有订阅 {id}", "there is no subscription {id}");
        Err(RuntimeError::asked(message, hint))
    }

    /// Sets the papers of a recurring workflow below `folder`; returns their files. Such a paper is
    /// about no case: it sees the check lists only.
    pub fn sheets(
        &mut self,
        workflow: &Workflow,
        folder: &Path,
    ) -> Result<Vec<PathBuf>, RuntimeError> {
        let fail = |source| RuntimeError::Home { path: folder.to_owned(), source };
        std::fs::create_dir_all(folder).map_err(fail)?;
        let now = self.clock.now();
        let nobody = json!({ "platform": "none", "discovered_at": now.to_string() });
        let case: Case = serde_json::from_value(nobody)
            .map_err(|error| RuntimeError::Ours(error.to_string()))?;
        let history = preview::history(&self.library, workflow, &case)?;
        let packs = Arc::clone(&self.library.packs);
        let maker = Maker::new(workflow, &packs, &history);
        let mut written = Vec::new();
        for step in &workflow.steps {
            for template in step.papers().filter_map(|id| packs.templates.get(id)) {
                let path = folder.join(format!("{}.pdf", template.id));
                if !template.has_paper || written.contains(&path) {
                    continue;
                }
                for sheet in maker.sheets(step, template, None) {
                    let data = letters::sheet_data(&sheet, template, &case, now, false);
                    let pdf = self.typesetter.make(&letters::job(&self.library, template, data))?;
                    write_private(&path, &pdf)
                        .map_err(|source| RuntimeError::Home { path: path.clone(), source })?;
                }
                written.push(path);
            }
        }
        Ok(written)
    }

    fn standing(&self, subscription: Subscription) -> Result<Standing, RuntimeError> {
        let workflow = self.recurring(&subscription.rule)?;
        let stored = self.store.occurrences(&subscription.id)?;
        let after = self.clock.now().max(subscription.since);
        let rule = workflow.schedule.as_ref();
        let next = rule.and_then(|rule| rule.next(after, &self.library.packs.calendar));
        let open = stored
            .iter()
            .find(|(_, state)| matches!(state, OccurrenceState::Given | OccurrenceState::Due))
            .map(|(at, _)| *at);
        Ok(Standing { subscription, workflow, next, open })
    }

    fn recurring(&self, rule: &str) -> Result<Workflow, RuntimeError> {
        let all = self.library.workflows();
        let recurring: Vec<&Workflow> =
            all.iter().filter(|workflow| workflow.schedule.is_some()).collect();
        if let Some(found) = recurring.iter().find(|workflow| workflow.id == rule) {
            return Ok((*found).clone());
        }
        let ids: Vec<&str> = recurring.iter().map(|workflow| workflow.id.as_str()).collect();
        let all = ids.join("、");
        let hint = names::nearest(rule, ids.iter().copied()).map_or_else(
            || crate::text!("可以订阅：{all}", "there are: {all}"),
            |near| crate::text!("是不是想写 {near}？", "did you mean {near}?"),
        );
        let message = crate::text!("没有定期提醒 {rule}", "there is no recurring {rule}");
        Err(RuntimeError::asked(message, hint))
    }

    /// The person went through what the latest reminder asked for; returns false when none is open.
    pub fn recurring_done(&mut self, id: &str) -> Result<bool, RuntimeError> {
        let standing = self.subscription(id)?;
        let Some(at) = standing.open else { return Ok(false) };
        self.store.set_occurrence(id, at, OccurrenceState::Done)?;
        Ok(true)
    }

    /// Stores what came due and gives what is to be given: each occurrence is stored once, so
    /// that neither a restart nor a clock set back gives it again.
    /// Returns what was given.
    pub async fn fire_recurring(&mut self, means: &Means) -> Result<Vec<String>, RuntimeError> {
        let now = self.clock.now();
        let mut fired = Vec::new();
        for subscription in self.store.subscriptions()? {
            // A rule whose file is gone fires no more; `doctor` and `remind list` say so.
            let Ok(workflow) = self.recurring(&subscription.rule) else { continue };
            let Some(rule) = &workflow.schedule else { continue };
            let stored = self.store.occurrences(&subscription.id)?;
            let last = stored.first().map_or(subscription.since, |(at, _)| *at);
            let calendar = &self.library.packs.calendar;
            let due = rule.between(last, now, calendar);
            let given = rule.given(&due, now);
            for at in due {
                let state = if given.contains(&at) {
                    OccurrenceState::Due
                } else {
                    OccurrenceState::PassedOver
                };
                self.store.add_occurrence(&subscription.id, at, state)?;
            }
            fired.extend(self.give(&subscription, &workflow, now, means).await?);
        }
        Ok(fired)
    }

    async fn give(
        &mut self,
        subscription: &Subscription,
        workflow: &Workflow,
        now: Timestamp,
        means: &Means,
    ) -> Result<Vec<String>, RuntimeError> {
        let stored = self.store.occurrences(&subscription.id)?;
        let due = stored.into_iter().filter(|(_, state)| *state == OccurrenceState::Due);
        let mut given = Vec::new();
        for (at, _) in due {
            let notice = notice(subscription, workflow, at, now);
            let via = match means {
                Means::Screen => vec!["screen".to_owned()],
                Means::Away => self.reach(&notice).await,
            };
            // What reached nobody stays due and is tried again at the next sweep.
            if !via.is_empty() {
                self.store.set_occurrence(&subscription.id, at, OccurrenceState::Given)?;
                given.push(notice.body);
            }
        }
        Ok(given)
    }
}

fn notice(
    subscription: &Subscription,
    workflow: &Workflow,
    at: Timestamp,
    now: Timestamp,
) -> Notice {
    let id = &subscription.id;
    let name = workflow.name.get(Lang::Zh);
    let steps: Vec<String> = workflow
        .steps
        .iter()
        .enumerate()
        .map(|(index, step)| format!("{}. {}", index + 1, step.title.get(Lang::Zh)))
        .collect();
    Notice {
        about: id.clone(),
        key: at.to_string(),
        short: format!("{name}：appeal-daemon remind show {id}"),
        subject: name.to_owned(),
        body: format!(
            "{name}\n{}\n\n怎么做：appeal-daemon remind show {id}\n做完：appeal-daemon remind done {id}",
            steps.join("\n")
        ),
        at: now,
    }
}
