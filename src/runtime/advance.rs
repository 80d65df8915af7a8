//! Does what the plan says until nothing can be done at once. One action, then plan again: what
//! one action changes, the next one knows.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use jiff::{SignedDuration, Timestamp};

use crate::domain::case::CaseId;
use crate::domain::lang::Text;
use crate::runtime::boundary;
use crate::runtime::desk::Desk;
use crate::runtime::error::RuntimeError;
use crate::runtime::notify::Means;
use crate::runtime::setup::Runtime;
use crate::store::error::StoreError;
use crate::store::timers::Rest;
use crate::workflow::dossier::Dossier;
use crate::workflow::event::Event;
use crate::workflow::plan::{Action, Plan};

/// More actions than any case has at once: beyond it the plan goes in circles.
const LIMIT_ACTIONS: usize = 2_000;

/// How soon what could not be done is tried again.
const TRY_AGAIN: SignedDuration = SignedDuration::from_mins(5);

/// How many cases come to rest in one transaction.
const GROUP: usize = 1_000;

/// What advancing a case came to.
#[derive(Debug, Default)]
pub struct Advanced {
    /// What could not be done, each with what to do about it.
    pub troubles: Vec<Trouble>,
}

/// Something that could not be done; the rest went on.
#[derive(Debug)]
pub struct Trouble {
    /// The step concerned.
    pub step: String,
    /// Why.
    pub error: RuntimeError,
}

impl Runtime {
    /// Advances a case until nothing can be done at once. `means` is how the person is reminded.
    pub async fn advance(
        &mut self,
        case: &CaseId,
        means: &Means,
    ) -> Result<Advanced, RuntimeError> {
        let advanced = self.advance_one(case, means).await;
        self.hang_up().await;
        advanced
    }

    pub(super) async fn advance_one(
        &mut self,
        case: &CaseId,
        means: &Means,
    ) -> Result<Advanced, RuntimeError> {
        let mut advanced = Advanced::default();
        let mut said = None;
        for _ in 0..LIMIT_ACTIONS {
            // Lets the signal to stop be heard between two actions.
            tokio::task::yield_now().await;
            if self.stopping.load(Ordering::SeqCst) {
                return Ok(advanced);
            }
            let desk = self.desk(case)?;
            let packs = Arc::clone(&self.library.packs);
            let dossier = desk.dossier_after(said.take(), &packs, self.clock.now());
            let plan = self.plan(&desk, &dossier)?;
            let chosen = plan.actions.iter().find(|action| !self.given_up.contains(&key(action)));
            let Some(action) = chosen else {
                // What could not be done now is tried again soon, not when something else is due.
                let again = (!advanced.troubles.is_empty())
                    .then(|| self.clock.now().saturating_add(TRY_AGAIN).unwrap_or(Timestamp::MAX));
                let wake = plan.next_wake.into_iter().chain(again).min();
                let wake = self.in_turn(&plan, wake);
                let seen = desk.history.last_seq;
                self.resting.push(Rest { case: case.clone(), seen, wake_at: wake });
                if !self.grouping || self.resting.len() >= GROUP {
                    self.settle_resting()?;
                }
                return Ok(advanced);
            };
            match self.act(&desk, &dossier, &plan, action, means).await {
                // Written, or another entry came first: read again, plan again.
                Ok(()) | Err(RuntimeError::Store(StoreError::Conflict)) => {}
                Err(error) if concerns_one_step(&error) => {
                    self.given_up.insert(key(action));
                    advanced.troubles.push(Trouble { step: step_of(action).to_owned(), error });
                }
                Err(error) => return Err(error),
            }
            // That a person was reminded, too, is told in no paper.
            let silent = matches!(action, Action::Prepare { .. } | Action::Remind { .. });
            said = silent.then(|| dossier.said());
        }
        Err(RuntimeError::Ours(format!("the plan of case {case} does not come to rest")))
    }

    /// Advances every case that is due. One case's trouble never stops another.
    pub async fn advance_due(&mut self, means: &Means) -> Result<Vec<Trouble>, RuntimeError> {
        self.given_up.clear();
        self.queued = 0;
        self.grouping = true;
        let troubles = self.advance_all(means).await;
        self.grouping = false;
        self.hang_up().await;
        self.settle_resting()?;
        troubles
    }

    async fn advance_all(&mut self, means: &Means) -> Result<Vec<Trouble>, RuntimeError> {
        let mut troubles = Vec::new();
        let mut done: BTreeSet<CaseId> = BTreeSet::new();
        loop {
            let due = self.store.due(self.clock.now(), GROUP)?;
            let before = done.len();
            for case in due {
                if self.stopping.load(Ordering::SeqCst) {
                    return Ok(troubles);
                }
                if !done.insert(case.clone()) {
                    continue;
                }
                match self.advance_one(&case, means).await {
                    Ok(advanced) => troubles.extend(advanced.troubles),
                    Err(error) if is_of_the_home(&error) => return Err(error),
                    Err(error) => troubles.push(Trouble { step: case.to_string(), error }),
                }
            }
            self.settle_resting()?;
            // What is due again although it was just looked at waits for the next sweep.
            if done.len() == before {
                return Ok(troubles);
            }
        }
    }

    /// Writes down when the cases that came to rest are looked at again. Until then they stay due:
    /// a crash before it makes them looked at once more, and that changes nothing.
    pub(super) fn settle_resting(&mut self) -> Result<(), RuntimeError> {
        let rests = std::mem::take(&mut self.resting);
        if rests.is_empty() {
            return Ok(());
        }
        self.store.set_wakes(&rests)?;
        boundary::pass();
        Ok(())
    }

    async fn act(
        &mut self,
        desk: &Desk,
        dossier: &Dossier<'_>,
        plan: &Plan,
        action: &Action,
        means: &Means,
    ) -> Result<(), RuntimeError> {
        let now = self.now_for(desk);
        match action {
            Action::Correct { corrects, holds } => {
                let events: Vec<Event> = corrects
                    .iter()
                    .map(|(step, visit)| Event::Corrected {
                        step: step.clone(),
                        visit: *visit,
                        holds: holds.clone(),
                    })
                    .collect();
                self.write(desk, &events)
            }
            Action::Expire { step, visit, rung, due } => {
                let event = Event::Expired {
                    step: step.clone(),
                    visit: *visit,
                    span: rung.span,
                    target: rung.step.clone(),
                    due: *due,
                    late: self.is_late(*due),
                };
                self.write(desk, &[event])
            }
            Action::Fulfil { step, visit } => self.write(desk, &[by_case(step, *visit, now)]),
            // What does not apply is written down together: none of it hangs on another's entry.
            Action::Skip { .. } => {
                let skipped = plan.actions.iter().filter_map(|action| match action {
                    Action::Skip { step, visit } => {
                        Some(Event::Skipped { step: step.clone(), visit: *visit, by_person: false })
                    }
                    _ => None,
                });
                self.write(desk, &skipped.collect::<Vec<_>>())
            }
            Action::Prepare { step, draft, .. } => match dossier.get(step) {
                Some(known) => self.prepare(desk, known, dossier.maker(), *draft),
                None => Ok(()),
            },
            Action::Bundle { step, visit } => {
                self.bundle(desk)?;
                self.write(desk, &[by_case(step, *visit, now)])
            }
            Action::Send { step, .. } => match dossier.get(step) {
                Some(known) => self.send(desk, known, action).await,
                None => Ok(()),
            },
            Action::Remind { items } => self.remind(desk, plan, items, means).await,
            Action::Close => self.write(desk, &[Event::Closed { reason: None }]),
        }
    }
}

fn by_case(step: &str, visit: u32, now: Timestamp) -> Event {
    Event::PersonDid {
        step: step.to_owned(),
        visit,
        outcome: None,
        when: now,
        answers: None,
        by_case: true,
    }
}

/// What names an action, so that one that failed is not tried again at once.
fn key(action: &Action) -> String {
    match action {
        Action::Prepare { step, visit, inputs, draft } => {
            format!("prepare {step} {visit} {inputs} {draft}")
        }
        Action::Send { step, visit, .. } => format!("send {step} {visit}"),
        Action::Bundle { step, visit } => format!("bundle {step} {visit}"),
        Action::Remind { items } => {
            let ids: Vec<&str> = items.iter().map(|item| item.id.as_str()).collect();
            format!("remind {}", ids.join(" "))
        }
        Action::Correct { .. } => "correct".into(),
        Action::Expire { step, visit, rung, .. } => format!("expire {step} {visit} {}", rung.span),
        Action::Fulfil { step, visit } => format!("fulfil {step} {visit}"),
        Action::Skip { step, visit } => format!("skip {step} {visit}"),
        Action::Close => "close".into(),
    }
}

fn step_of(action: &Action) -> &str {
    match action {
        Action::Expire { step, .. }
        | Action::Fulfil { step, .. }
        | Action::Skip { step, .. }
        | Action::Prepare { step, .. }
        | Action::Bundle { step, .. }
        | Action::Send { step, .. } => step,
        Action::Correct { .. } | Action::Remind { .. } | Action::Close => "",
    }
}

/// A paper that cannot be set, a secret that is absent, a file that is changed or cannot be written
/// concern one step; the others go on, and the person is still reminded.
fn concerns_one_step(error: &RuntimeError) -> bool {
    matches!(
        error,
        RuntimeError::Render(_)
            | RuntimeError::Text(_)
            | RuntimeError::Secret(_)
            | RuntimeError::Asked { .. }
            | RuntimeError::Bundle(_)
            | RuntimeError::Home { .. }
            | RuntimeError::Intake(_)
    )
}

/// Without a ledger or a disk no case can go on.
pub(super) fn is_of_the_home(error: &RuntimeError) -> bool {
    matches!(
        error,
        RuntimeError::Store(
            StoreError::Disk { .. }
                | StoreError::Damaged { .. }
                | StoreError::Busy { .. }
                | StoreError::File { .. }
        )
    )
}

impl Trouble {
    /// Returns what is wrong and what to do, when the error says so in both languages.
    pub fn words(&self) -> Option<(&Text, &Text)> {
        match &self.error {
            RuntimeError::Asked { message, hint } => Some((message, hint)),
            _ => None,
        }
    }
}
