//! The ladder of their silence: which rungs a confirmed submission has, and which came due.

use jiff::Timestamp;

use crate::domain::deadline::{Deadline, Side};
use crate::workflow::dates::{self, PlannedDate};
use crate::workflow::dossier::Known;
use crate::workflow::history::Visit;
use crate::workflow::model::{Rung, Step};
use crate::workflow::plan::Action;
use crate::workflow::plan::planner::Planner;

impl Planner<'_> {
    /// Plans the ladder of a confirmed submission; returns when its next rung comes due.
    pub(super) fn silence(
        &self,
        known: &Known<'_>,
        actions: &mut Vec<Action>,
        dates: &mut Vec<PlannedDate>,
    ) -> Option<Timestamp> {
        let history = self.dossier.history;
        let closed =
            history.closed.is_some() || history.has_ended(self.dossier.workflow, &known.step);
        // Earlier visits of a step keep their ladders until they are answered.
        let current = known.visit.number;
        let earlier = self.dossier.history.steps.get(&known.step.id).into_iter().flatten();
        let mut next = None;
        for visit in earlier.filter(|visit| visit.number != current).chain([&known.visit]) {
            let Some(confirmed) = visit.confirmed_at() else { continue };
            let over = closed || visit.final_answer().is_some();
            let mut rungs = self.rungs(&known.step, confirmed, visit);
            rungs.extend(self.last_resort(known, confirmed, visit));
            for (rung, deadline) in rungs {
                let fired = visit
                    .expired
                    .iter()
                    .any(|(span, step)| *span == rung.span && *step == rung.step);
                dates.push(dates::silence(
                    &known.step,
                    visit,
                    rung,
                    deadline.clone(),
                    fired || over,
                ));
                if fired || over {
                    continue;
                }
                let due = deadline.opens;
                if due <= self.now {
                    actions.push(Action::Expire {
                        step: known.step.id.clone(),
                        visit: visit.number,
                        rung: rung.clone(),
                        due,
                    });
                } else {
                    self.wake(due);
                    next = Some(next.map_or(due, |next: Timestamp| next.min(due)));
                }
            }
        }
        next
    }

    /// After the last repetition: the steps that are left.
    fn last_resort<'s>(
        &self,
        known: &'s Known<'_>,
        confirmed: Timestamp,
        visit: &Visit,
    ) -> Vec<(&'s Rung, Deadline)> {
        let last = known.step.repeat.as_ref().is_some_and(|repeat| visit.number >= repeat.max);
        if !last || !known.repeats {
            return Vec::new();
        }
        let rungs = known.step.last_rungs.iter();
        rungs
            .filter_map(|rung| {
                let side = Side::Theirs;
                Some((rung, self.rules.deadline(confirmed, rung.span, side, &visit.pauses)?))
            })
            .collect()
    }

    /// The rungs with their limits, without those that end together with a later one: of these
    /// only the last acts.
    fn rungs<'s>(
        &self,
        step: &'s Step,
        confirmed: Timestamp,
        visit: &Visit,
    ) -> Vec<(&'s Rung, Deadline)> {
        let all: Vec<(&Rung, Deadline)> = step
            .ladder
            .iter()
            .filter_map(|rung| {
                let side = if rung.by_rule { Side::TheirsByRule } else { Side::Theirs };
                let deadline = self.rules.deadline(confirmed, rung.span, side, &visit.pauses)?;
                Some((rung, self.as_moved(|| dates::silence_id(step, visit, rung), deadline)))
            })
            .collect();
        let mut kept: Vec<(&Rung, Deadline)> = Vec::new();
        for (rung, deadline) in all {
            kept.retain(|(other, earlier)| {
                earlier.opens != deadline.opens || other.span == rung.span
            });
            kept.push((rung, deadline));
        }
        kept.sort_by_key(|(_, deadline)| deadline.opens);
        kept
    }
}
