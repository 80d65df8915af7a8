//! What each step comes to: whether its turn has come, what it waits for, what can be done.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Time;

use crate::domain::deadline::{Deadline, Rules, Side};
use crate::domain::digest::Digest;
use crate::domain::pace::Gate;
use crate::domain::role::Role;
use crate::domain::time;
use crate::workflow::condition::Verdict;
use crate::workflow::dates;
use crate::workflow::dossier::{Dossier, Known};
use crate::workflow::model::Anchor;
use crate::workflow::plan::{Action, Plan, State, StepPlan, Waiting};
use crate::workflow::raw::Action as StepAction;
use crate::workflow::reminders;
use crate::workflow::submission::Submission;

/// One planning of one case.
pub(super) struct Planner<'a> {
    pub(super) dossier: &'a Dossier<'a>,
    pub(super) rules: Rules<'a>,
    pub(super) now: Timestamp,
    pub(super) gate: &'a Gate,
    /// The correction that is owed first, if any.
    pub(super) owed: Option<&'a Known<'a>>,
    wakes: RefCell<Vec<Timestamp>>,
    /// What our limits count from, read once.
    clock: OnceCell<Option<Timestamp>>,
}

/// The hour at which a reminder by days is given.
const MORNING: Time = Time::constant(9, 0, 0, 0);

/// What one step comes to.
pub(super) struct Found {
    state: State,
    waiting: Option<Waiting>,
    since: Option<Timestamp>,
    actions: Vec<Action>,
}

impl Found {
    pub(super) fn new(state: State, waiting: Option<Waiting>, since: Option<Timestamp>) -> Self {
        Self { state, waiting, since, actions: Vec::new() }
    }

    pub(super) fn with(mut self, action: Action) -> Self {
        self.actions.push(action);
        self
    }
}

impl<'a> Planner<'a> {
    pub(super) fn new(dossier: &'a Dossier<'a>, rules: Rules<'a>, gate: &'a Gate) -> Self {
        let owed = dossier
            .steps
            .iter()
            .find(|known| !known.corrects.is_empty() && known.visit.over_at().is_none());
        let (now, wakes, clock) = (dossier.now, RefCell::default(), OnceCell::new());
        Self { dossier, rules, now, gate, owed, wakes, clock }
    }

    pub(super) fn plan(&self) -> Plan {
        let mut steps = Vec::new();
        let mut actions = Vec::new();
        let mut dates = Vec::new();
        for known in &self.dossier.steps {
            let due = self.due(known);
            let silence = self.silence(known, &mut actions, &mut dates);
            let found = self.step(known, due.as_ref(), silence);
            if let Some(due) = &due
                && found.state != State::Skipped
            {
                let named = known.step.from.as_ref();
                dates.push(dates::due(
                    known,
                    due.clone(),
                    named.is_none_or(|from| self.anchor(from).is_some()),
                    found.state == State::Done || found.state == State::Submitted,
                ));
                self.wake(due.end);
            }
            actions.extend(found.actions);
            steps.push(StepPlan {
                id: known.step.id.clone(),
                title: known.step.title.clone(),
                action: known.step.action,
                visit: known.visit.number,
                state: found.state,
                waiting: found.waiting,
                since: found.since,
                due,
                silence,
                channel: known.channel.clone(),
                missing: known.missing.clone(),
                gaps: known.gaps.clone(),
            });
        }
        if self.dossier.history.closed.is_none() && !self.dossier.history.close_asked {
            let (items, next) = reminders::due(self.dossier, &steps, self.rules, self.now);
            if !items.is_empty() {
                actions.push(Action::Remind { items });
            }
            for at in next {
                self.wake(at);
            }
        }
        if self.dossier.history.closed.is_none() && self.dossier.history.close_asked {
            actions.push(Action::Close);
        }
        actions.sort_by_key(Action::order);
        if self.dossier.steps.iter().any(|known| known.timed && known.visit.over_at().is_none()) {
            self.wake(time::end_of(time::day(self.now, self.rules.zone), self.rules.zone));
        }
        let next_wake = self.wakes.borrow().iter().copied().filter(|at| *at > self.now).min();
        Plan { steps, actions, dates, next_wake }
    }

    pub(super) fn wake(&self, at: Timestamp) {
        if self.dossier.history.closed.is_none() {
            self.wakes.borrow_mut().push(at);
        }
    }

    pub(super) fn due(&self, known: &Known<'_>) -> Option<Deadline> {
        let span = known.step.due?;
        let named = known.step.from.as_ref().and_then(|from| self.anchor(from));
        let start = named.or_else(|| self.due_start(known))?;
        let mut deadline = self.rules.deadline(start, span, Side::Ours, &[])?;
        // Nobody gave the start the workflow names: an earlier one is better than no date.
        deadline.provisional |= known.step.from.is_some() && named.is_none();
        // Somebody is there on days off too: the last day serves as well as any.
        let open = known.channel.as_ref().and_then(|channel| channel.open);
        if open.is_some_and(|open| !open.workdays) {
            deadline.safe_day = None;
        }
        Some(self.as_moved(|| dates::due_id(known), deadline))
    }

    /// The person's word on a date stands above the rule.
    pub(super) fn as_moved(&self, id: impl Fn() -> String, deadline: Deadline) -> Deadline {
        let moved = &self.dossier.history.moved;
        if moved.is_empty() {
            return deadline;
        }
        match moved.get(&id()) {
            Some(moved) => deadline.moved(moved.to),
            None => deadline,
        }
    }

    /// Without a start of its own our limit counts from the call, from the turn of a repetition,
    /// or from the workflow's clock.
    fn due_start(&self, known: &Known<'_>) -> Option<Timestamp> {
        match &known.visit.called {
            Some(call) => Some(self.repeated_at(known).unwrap_or(call.at)),
            None if known.step.called => None,
            // Within another workflow the clock begins with the step that holds it.
            None => match known.step.part_of.as_ref().and_then(|id| self.dossier.get(id)) {
                Some(holder) => self.opened_at(holder).ok(),
                None => *self.clock.get_or_init(|| self.anchor(&self.dossier.workflow.clock)),
            },
        }
    }

    /// When the turn of a repetition comes.
    fn repeated_at(&self, known: &Known<'_>) -> Option<Timestamp> {
        let call = known.visit.called.as_ref()?;
        let repeat = known.step.repeat.as_ref()?;
        let repeated = known.visit.number > 1 && call.step == known.step.id;
        let next = self.rules.deadline(call.at, repeat.every, Side::Theirs, &[])?;
        repeated.then_some(next.opens)
    }

    fn anchor(&self, anchor: &Anchor) -> Option<Timestamp> {
        let history = self.dossier.history;
        match anchor {
            Anchor::Fact(path) => {
                let value =
                    path.split('.').try_fold(&history.case_json, |value, name| value.get(name))?;
                time::parse(value.as_str()?)
            }
            Anchor::Answer { field, .. } => time::parse(history.answers.get(field)?),
        }
    }

    fn step(&self, known: &Known<'_>, due: Option<&Deadline>, silence: Option<Timestamp>) -> Found {
        let visit = &known.visit;
        if visit.cancelled_at.is_some() {
            return Found::new(State::Skipped, Some(Waiting::Answered), visit.cancelled_at);
        }
        if let Some(at) = visit.skipped_at {
            return Found::new(State::Skipped, None, Some(at));
        }
        if let Some(at) = visit.confirmed_at() {
            return self.confirmed(known, at, silence);
        }
        let history = self.dossier.history;
        if history.has_ended(self.dossier.workflow, &known.step) {
            return Found::new(State::Skipped, Some(Waiting::Closed), Some(history.last_at));
        }
        if let Some(closed) = &self.dossier.history.closed {
            return Found::new(State::Skipped, Some(Waiting::Closed), Some(closed.at));
        }
        if known.step.called && visit.called.is_none() {
            return Found::new(State::Waiting, Some(Waiting::Call), None);
        }
        match self.dossier.verdict(known) {
            Verdict::Holds => {}
            Verdict::Fails => return self.skip(known),
            Verdict::Undecided(fact) => {
                return Found::new(State::Waiting, Some(Waiting::Fact(fact.clone())), None);
            }
        }
        match self.opened_at(known) {
            Ok(opened) if opened > self.now => {
                self.wake(opened);
                Found::new(State::Waiting, Some(Waiting::Until(opened)), None)
            }
            Ok(opened) => self.open(known, opened, due),
            // What the case already answers is done, whatever comes first.
            Err(_) if known.answered_by_case => self.open(known, self.now, due),
            Err(first) => {
                ahead(known, Found::new(State::Waiting, Some(Waiting::Steps(first)), None))
            }
        }
    }

    /// The steps of the workflow a step holds that are not over yet.
    fn members_open(&self, holder: &str) -> Vec<String> {
        let history = self.dossier.history;
        if history.ended.contains(holder) {
            return Vec::new();
        }
        let members = self
            .dossier
            .steps
            .iter()
            .filter(|known| known.step.part_of.as_deref() == Some(holder) && known.step.starts);
        let open = members.filter(|known| {
            known.visit.over_at().is_none() && *self.dossier.verdict(known) != Verdict::Fails
        });
        open.map(|known| known.step.id.clone()).collect()
    }

    fn skip(&self, known: &Known<'_>) -> Found {
        let skipped = Found::new(
            State::Skipped,
            Some(Waiting::Condition),
            Some(self.dossier.history.opened_at),
        );
        if known.visit.skip_noted {
            return skipped;
        }
        skipped.with(Action::Skip { step: known.step.id.clone(), visit: known.visit.number })
    }

    fn confirmed(&self, known: &Known<'_>, at: Timestamp, silence: Option<Timestamp>) -> Found {
        let step = &known.step;
        let visit = &known.visit;
        if !known.corrects.is_empty() {
            let action =
                Action::Correct { corrects: known.corrects.clone(), holds: self.corrected(known) };
            return Found::new(State::Done, None, Some(at)).with(action);
        }
        let waits = step.awaits_answer()
            && !step.no_answer_expected
            && visit.final_answer().is_none()
            && self.dossier.history.closed.is_none();
        if !waits {
            return Found::new(State::Done, None, Some(at));
        }
        let paused = visit.pauses.last().is_some_and(|pause| pause.to.is_none());
        let waiting = if paused { Waiting::Us } else { Waiting::Answer(silence) };
        Found::new(State::Submitted, Some(waiting), Some(at))
    }

    /// What the holders of the corrected papers hold after the correction.
    fn corrected(&self, known: &Known<'_>) -> BTreeMap<String, Digest> {
        known
            .corrects
            .iter()
            .filter_map(|(step, _)| self.dossier.get(step))
            .flat_map(|corrected| {
                let channel = corrected.channel.as_ref();
                let role = channel.map_or(Role::Other, |channel| channel.role);
                self.dossier.holds(&corrected.step, role)
            })
            .collect()
    }

    /// When a step's turn came, or the steps it still waits for.
    fn opened_at(&self, known: &Known<'_>) -> Result<Timestamp, Vec<String>> {
        let mut opened = self.dossier.history.opened_at;
        if let Some(call) = &known.visit.called {
            opened = opened.max(call.at).max(self.repeated_at(known).unwrap_or(call.at));
        }
        // A reminder has nothing to be done before its day.
        if known.step.action == StepAction::Remind
            && let Some(due) = self.due(known)
        {
            let day = due.safe_day.or(due.last_day);
            opened = opened.max(day.map_or(due.end, |day| time::at(day, MORNING, self.rules.zone)));
        }
        let mut first = Vec::new();
        for need in &known.step.needs {
            match self.over_at(need) {
                Some(at) => opened = opened.max(at),
                None => first.push(need.clone()),
            }
        }
        if first.is_empty() { Ok(opened) } else { Err(first) }
    }

    /// When a needed step was over for those who need it. A question holds its followers only
    /// until its own limit: an answer nobody gave must not hold back a freeze or a ticket.
    fn over_at(&self, id: &str) -> Option<Timestamp> {
        let known = self.dossier.get(id)?;
        if let Some(at) = known.visit.over_at() {
            return Some(at);
        }
        if *self.dossier.verdict(known) == Verdict::Fails {
            return Some(self.dossier.history.opened_at);
        }
        if known.step.action == StepAction::Ask {
            let due = self.due(known)?.end;
            return (due <= self.now).then_some(due);
        }
        None
    }

    fn open(&self, known: &Known<'_>, opened: Timestamp, due: Option<&Deadline>) -> Found {
        let step = &known.step;
        let overdue = due.is_some_and(|due| due.end <= self.now);
        let open = if overdue { State::Overdue } else { State::Open };
        if known.answered_by_case {
            return Found::new(open, None, Some(opened))
                .with(Action::Fulfil { step: step.id.clone(), visit: known.visit.number });
        }
        match step.action {
            StepAction::Submit => self.submit(known, opened, open),
            StepAction::Subflow => {
                let found = Found::new(State::Waiting, None, Some(opened));
                let rest = self.members_open(&step.id);
                if rest.is_empty() {
                    return found
                        .with(Action::Fulfil { step: step.id.clone(), visit: known.visit.number });
                }
                Found { waiting: Some(Waiting::Steps(rest)), ..found }
            }
            StepAction::Bundle => Found::new(open, None, Some(opened))
                .with(Action::Bundle { step: step.id.clone(), visit: known.visit.number }),
            _ => ready(known, Found::new(open, None, Some(opened))),
        }
    }
}

/// Makes texts and papers when there are none, or when what they rest on has changed.
pub(super) fn preparation(known: &Known<'_>, draft: bool) -> Option<Action> {
    // What a part of has left goes on as it was seen.
    if known.visit.submission.as_ref().is_some_and(Submission::is_under_way) {
        return None;
    }
    let inputs = known.inputs.clone()?;
    let draft = draft || !known.missing.is_empty() || !known.gaps.is_empty();
    let fresh = known
        .visit
        .prepared
        .as_ref()
        .is_some_and(|prepared| prepared.inputs == inputs && prepared.draft == draft);
    if fresh {
        return None;
    }
    Some(Action::Prepare { step: known.step.id.clone(), visit: known.visit.number, draft, inputs })
}

/// Papers whose turn has not come are drafted ahead.
pub(super) fn ahead(known: &Known<'_>, found: Found) -> Found {
    match preparation(known, true) {
        Some(action) => found.with(action),
        None => found,
    }
}

/// Adds the making of papers to a step whose turn has come.
pub(super) fn ready(known: &Known<'_>, found: Found) -> Found {
    match preparation(known, false) {
        Some(action) => found.with(action),
        None => found,
    }
}
