//! What is known of a case at one instant, worked out once: the truth of conditions, channels,
//! gaps, and the digests of what papers would say. `plan` adds limits and turns.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::domain::calendar::Calendar;
use crate::domain::case::How;
use crate::domain::consent::Consent;
use crate::domain::digest::Digest;
use crate::domain::lang::Text;
use crate::domain::losses;
use crate::domain::money::Money;
use crate::domain::role::Role;
use crate::domain::time;
use crate::workflow::channel::{Channel, Kind, Quality};
use crate::workflow::condition::{ANY, CARD, Condition, Facts, Verdict};
use crate::workflow::event::{Entry, Event};
use crate::workflow::history::{Call, Cause, Evidence, History, Visit};
use crate::workflow::model::{RECIPIENT_PREFIX, Step, Target, Workflow};
use crate::workflow::packs::Packs;
use crate::workflow::raw::Action;
use crate::workflow::template::Template;
use crate::workflow::view::Maker;

/// What a plan rests on.
#[derive(Debug)]
pub struct Dossier<'a> {
    /// The workflow.
    pub workflow: &'a Workflow,
    /// The packs.
    pub packs: &'a Packs,
    /// What happened.
    pub history: &'a History,
    /// The instant, for conditions that count days.
    pub now: Timestamp,
    /// The steps with what is known of each, corrections first.
    pub steps: Vec<Known<'a>>,
    maker: Maker<'a>,
    /// What papers would say, where that is known from before.
    said: BTreeMap<(String, u32), Papers>,
}

/// What the papers of every step would say, as of one entry of the ledger.
#[derive(Debug)]
pub struct Said {
    seq: u64,
    steps: BTreeMap<(String, u32), Papers>,
}

/// What the papers of one visit would say.
#[derive(Clone, Debug, Default, PartialEq)]
struct Papers {
    missing: Vec<Text>,
    inputs: Option<Digest>,
    holds: BTreeMap<String, Digest>,
}

/// What is known of one step.
#[derive(Clone, Debug)]
pub struct Known<'a> {
    /// The step; a correction is made for the case.
    pub step: Cow<'a, Step>,
    /// The visit that counts now.
    pub visit: Visit,
    /// Whether its condition holds, once somebody asked.
    verdict: OnceCell<Verdict>,
    /// Its condition can change by the day alone.
    pub timed: bool,
    /// Whether its repetition is to go on.
    pub repeats: bool,
    /// The first usable channel.
    pub channel: Option<Arc<Channel>>,
    /// Evidence that must exist and does not.
    pub gaps: Vec<String>,
    /// Facts without which its papers stay drafts.
    pub missing: Vec<Text>,
    /// Everything that would go into its papers, but for whether they are drafts.
    pub inputs: Option<Digest>,
    /// What each of its templates would say of the case.
    pub holds: BTreeMap<String, Digest>,
    /// The case itself already answers it.
    pub answered_by_case: bool,
    /// For a correction: the visits whose papers it corrects.
    pub corrects: Vec<(String, u32)>,
}

impl Said {
    /// Returns true when these entries go on from it by one that no paper tells of: that papers are
    /// there, or that a person was reminded. Another process may have written first.
    pub fn outlasts(&self, entries: &[Entry]) -> bool {
        let last = entries.last().filter(|entry| entry.seq == self.seq + 1);
        last.is_some_and(|entry| {
            matches!(entry.event, Event::Prepared { .. } | Event::Reminded { .. })
        })
    }
}

impl<'a> Dossier<'a> {
    /// Works the dossier out.
    pub fn new(
        workflow: &'a Workflow,
        packs: &'a Packs,
        history: &'a History,
        now: Timestamp,
    ) -> Self {
        Self::after(None, workflow, packs, history, now)
    }

    /// Works the dossier out with what papers were found to say before, where that outlasted what
    /// was written down since.
    pub fn after(
        said: Option<Said>,
        workflow: &'a Workflow,
        packs: &'a Packs,
        history: &'a History,
        now: Timestamp,
    ) -> Self {
        let maker = Maker::new(workflow, packs, history);
        let said = said.map(|said| said.steps).unwrap_or_default();
        let mut dossier = Self { workflow, packs, history, now, steps: Vec::new(), maker, said };
        dossier.steps = dossier.corrections();
        let steps: Vec<Known<'a>> =
            workflow.steps.iter().map(|step| dossier.known(Cow::Borrowed(step), None)).collect();
        dossier.steps.extend(steps);
        dossier
    }

    /// Returns what is known of the step of that id.
    pub fn get(&self, id: &str) -> Option<&Known<'a>> {
        self.steps.iter().find(|known| known.step.id == id)
    }

    /// Returns what the papers of every step would say.
    pub fn said(&self) -> Said {
        let steps = self.steps.iter().map(|known| {
            let papers = Papers {
                missing: known.missing.clone(),
                inputs: known.inputs.clone(),
                holds: known.holds.clone(),
            };
            ((known.step.id.clone(), known.visit.number), papers)
        });
        Said { seq: self.history.last_seq, steps: steps.collect() }
    }

    /// Returns the maker of this case's views.
    pub fn maker(&self) -> &Maker<'a> {
        &self.maker
    }

    fn known(&self, step: Cow<'a, Step>, visit: Option<Visit>) -> Known<'a> {
        let truth = self.truth();
        let until = step.repeat.as_ref().and_then(|repeat| repeat.until.as_ref());
        let timed = step.when.iter().chain(until).any(Condition::is_timed);
        let repeats = step.repeat.as_ref().is_some_and(|repeat| {
            let until =
                repeat.until.as_ref().map(|until| until.evaluate(&self.history.case_json, &truth));
            until != Some(Verdict::Holds)
        });
        let visit = visit.unwrap_or_else(|| self.current_visit(&step, repeats));
        let channel = (step.action == Action::Submit)
            .then(|| choose_channel(&step, self.workflow, self.packs, self.history))
            .flatten()
            .map(Arc::new);
        let mut known = Known {
            gaps: self.gaps(&step),
            answered_by_case: self.answered_by_case(&step),
            missing: Vec::new(),
            inputs: None,
            holds: BTreeMap::new(),
            corrects: Vec::new(),
            timed,
            repeats,
            visit,
            verdict: OnceCell::new(),
            channel,
            step,
        };
        // Nobody asks what papers would say that are not made any more, or not yet.
        let uncalled = known.step.called && known.visit.called.is_none();
        if !uncalled && known.visit.over_at().is_none() && *self.verdict(&known) != Verdict::Fails {
            let key = (known.step.id.clone(), known.visit.number);
            let before = self.said.get(&key).filter(|papers| papers.inputs.is_some());
            debug_assert!(
                before.is_none_or(|papers| *papers == self.papers(&known)),
                "that papers are there changes no paper"
            );
            let papers = before.cloned().unwrap_or_else(|| self.papers(&known));
            Papers { missing: known.missing, inputs: known.inputs, holds: known.holds } = papers;
        }
        known
    }

    fn truth(&self) -> Truth<'_> {
        Truth { history: self.history, calendar: &self.packs.calendar, now: self.now }
    }

    /// Returns whether the condition of a step holds.
    pub fn verdict<'k>(&self, known: &'k Known<'_>) -> &'k Verdict {
        known.verdict.get_or_init(|| {
            let when = known.step.when.as_ref();
            when.map_or(Verdict::Holds, |when| {
                when.evaluate(&self.history.case_json, &self.truth())
            })
        })
    }

    /// The last visit, or the one that a repetition begins after it.
    fn current_visit(&self, step: &Step, repeats: bool) -> Visit {
        let last = self.history.visit(&step.id).cloned();
        match last {
            Some(last) if last.over_at().is_some() && repeats => {
                let max = step.repeat.as_ref().map_or(0, |repeat| repeat.max);
                if last.number < max && last.skipped_at.is_none() && last.final_answer().is_none() {
                    let called = last.repetition(&step.id);
                    Visit { number: last.number + 1, called, ..Visit::default() }
                } else {
                    last
                }
            }
            Some(last) => last,
            None => Visit { number: 1, ..Visit::default() },
        }
    }

    fn gaps(&self, step: &Step) -> Vec<String> {
        self.slots_of(step)
            .filter(|slot| !self.history.has_evidence(slot))
            .map(str::to_owned)
            .collect()
    }

    /// The slots a step cannot do without; for a capture, those it fills.
    fn slots_of<'s>(&'s self, step: &'s Step) -> impl Iterator<Item = &'s str> {
        let is_slot = |name: &str| {
            self.packs.slots.contains_key(name) || self.workflow.slots.contains_key(name)
        };
        let captured = (step.action == Action::Capture)
            .then(|| {
                step.attach_slots.iter().chain(step.ask.iter().filter(move |name| is_slot(name)))
            })
            .into_iter()
            .flatten();
        step.require.iter().chain(captured).map(String::as_str)
    }

    fn answered_by_case(&self, step: &Step) -> bool {
        match step.action {
            Action::Capture => self.gaps(step).is_empty(),
            Action::Ask => {
                let facts: Vec<Option<&str>> = step
                    .ask
                    .iter()
                    .map(|field| {
                        self.packs.fields.get(field).and_then(|field| field.case.as_deref())
                    })
                    .collect();
                !facts.is_empty()
                    && facts.iter().all(|path| path.is_some_and(|path| self.case_says(path)))
            }
            _ => false,
        }
    }

    fn case_says(&self, path: &str) -> bool {
        let case = &self.history.case_json;
        if let Some((list, field)) = path.split_once("[].") {
            let lines = case.get(list).and_then(Value::as_array);
            return lines.is_some_and(|lines| {
                !lines.is_empty() && lines.iter().all(|line| line.get(field).is_some())
            });
        }
        path.split('.').try_fold(case, |value, name| value.get(name)).is_some()
    }

    fn papers(&self, known: &Known<'_>) -> Papers {
        let maker = self.maker();
        let mut papers = Papers::default();
        let role = known.channel.as_ref().map_or(Role::Other, |channel| channel.role);
        let mut inputs = Vec::new();
        for template in known.step.papers().filter_map(|id| self.packs.templates.get(id)) {
            for sheet in maker.sheets(&known.step, template, known.channel.as_deref()) {
                for label in maker.missing(template, &sheet.view) {
                    if !papers.missing.contains(&label) {
                        papers.missing.push(label);
                    }
                }
                inputs.push(Value::Array(vec![
                    Value::from(template.id.as_str()),
                    Value::from(template.digest.as_str()),
                    sheet.part.map_or(Value::Null, |part| Value::from(part.as_str())),
                    sheet.view,
                ]));
            }
        }
        papers.holds = self.holds(&known.step, role);
        if !inputs.is_empty() {
            let channel = known.channel.as_ref().map(|channel| (&channel.id, &channel.address));
            let evidence: Vec<&str> =
                attached(&known.step, self.workflow, self.packs, self.history)
                    .map(|item| item.sha256.as_str())
                    .collect();
            let copies: Vec<[&str; 2]> =
                copied(&known.step, self.workflow, self.packs, self.history)
                    .map(|(item, template)| [item.sha256.as_str(), template.digest.as_str()])
                    .collect();
            let mut all =
                vec![json!(channel), Value::Array(inputs), json!(evidence), json!(copies)];
            // What a client agreed to is part of what was approved under it.
            all.extend(self.history.case.consent.as_ref().map(Consent::terms));
            papers.inputs = Some(Digest::of_json(&Value::Array(all)));
        }
        papers
    }

    /// Returns what each paper of a step says of the case to somebody of that role.
    pub fn holds(&self, step: &Step, role: Role) -> BTreeMap<String, Digest> {
        let templates = step.papers().filter_map(|id| self.packs.templates.get(id));
        templates
            .filter(|template| !template.internal)
            .map(|template| {
                let part = self.maker.case_part(template, role);
                (template.id.clone(), Digest::of_json(&part))
            })
            .collect()
    }

    /// The corrections that are owed: to everyone who was given papers that now disagree with the
    /// case. A telephone call and the person's own copy leave nothing to correct.
    fn corrections(&self) -> Vec<Known<'a>> {
        let Some(template) = &self.workflow.correction else { return Vec::new() };
        self.workflow
            .steps
            .iter()
            .filter_map(|step| {
                let stale: Vec<(String, u32)> = self
                    .history
                    .steps
                    .get(&step.id)?
                    .iter()
                    .filter(|visit| visit.confirmed_at().is_some() && self.is_stale(step, visit))
                    .map(|visit| (step.id.clone(), visit.number))
                    .collect();
                (!stale.is_empty()).then(|| self.correction(step, template, stale))
            })
            .collect()
    }

    fn is_stale(&self, step: &Step, visit: &Visit) -> bool {
        let Some(channel) = choose_channel(step, self.workflow, self.packs, self.history) else {
            return false;
        };
        if channel.kind == Kind::Call || channel.role == Role::Owner {
            return false;
        }
        let maker = self.maker();
        visit.holds.iter().any(|(id, held)| {
            self.packs.templates.get(id).is_some_and(|template| {
                let part = maker.case_part(template, channel.role);
                Digest::of_json(&part) != *held
            })
        })
    }

    fn correction(&self, step: &Step, template: &str, stale: Vec<(String, u32)>) -> Known<'a> {
        let correction = step.correction(template);
        let visits = self.history.steps.get(&correction.id);
        let last = visits.and_then(|visits| visits.last()).cloned();
        let owed_since = self.history.amended_at.unwrap_or(self.history.opened_at);
        let visit = match last {
            Some(last) if last.over_at().is_none_or(|over| over >= owed_since) => last,
            last => Visit { number: last.map_or(1, |last| last.number + 1), ..Visit::default() },
        };
        let call = Call {
            at: owed_since,
            step: step.id.clone(),
            visit: stale[0].1,
            cause: Cause::Outcome("amended".into()),
        };
        let visit = Visit { called: Some(call), ..visit };
        let mut known = self.known(Cow::Owned(correction), Some(visit));
        known.corrects = stale;
        known
    }
}

/// Returns the evidence that goes along with a step; identity papers never leave as they are.
pub fn attached<'a>(
    step: &'a Step,
    workflow: &'a Workflow,
    packs: &'a Packs,
    history: &'a History,
) -> impl Iterator<Item = &'a Evidence> {
    step.attach_slots.iter().flat_map(move |slot| {
        let pack = workflow.slots.get(slot).or_else(|| packs.slots.get(slot));
        let leaves = !pack.is_some_and(|slot| slot.identity);
        history.evidence.iter().filter(move |item| leaves && item.slot == *slot)
    })
}

/// Returns the identity papers of which a marked copy goes along with a step, each with the
/// template that makes it. Of several files in one slot only the newest is copied.
pub fn copied<'a>(
    step: &'a Step,
    workflow: &'a Workflow,
    packs: &'a Packs,
    history: &'a History,
) -> impl Iterator<Item = (&'a Evidence, &'a Template)> {
    step.attach_slots.iter().filter_map(move |id| {
        let slot = workflow.slots.get(id).or_else(|| packs.slots.get(id))?;
        let template = packs.templates.get(slot.copy.as_ref().filter(|_| slot.identity)?)?;
        let item = history.evidence.iter().rfind(|item| item.slot == *id)?;
        template.has_picture.then_some((item, template))
    })
}

/// Returns the first usable channel: verified or confirmed by the owner, and not bounced. Without
/// one, a channel the person carries out by hand will do, shown as unverified.
pub fn choose_channel(
    step: &Step,
    workflow: &Workflow,
    packs: &Packs,
    history: &History,
) -> Option<Channel> {
    let usable = |channel: &Channel| {
        let address = history.address_of(&channel.id);
        !history.bounced.contains(&(channel.id.clone(), address))
    };
    let known = step.to.iter().filter_map(|target| match target {
        Target::Channel(id) => {
            workflow.channels.get(id).or_else(|| packs.channels.get(id)).map(Cow::Borrowed)
        }
        Target::Recipient(name) => recipient(name, history).map(Cow::Owned),
    });
    let mut by_hand = None;
    for channel in known.filter(|channel| usable(channel)) {
        if channel.quality == Quality::Verified {
            return Some(channel.into_owned());
        }
        if by_hand.is_none() && channel.kind.is_by_hand() {
            by_hand = Some(channel);
        }
    }
    by_hand.map(Cow::into_owned)
}

fn recipient(name: &str, history: &History) -> Option<Channel> {
    let recipient = history.case.recipients.get(name)?;
    let kind = if recipient.email.is_some() { Kind::Email } else { Kind::Call };
    let address = recipient.email.clone().or_else(|| recipient.phone.clone())?;
    if kind == Kind::Email && !recipient.confirmed {
        return None;
    }
    let role = recipient.role.name();
    let shown = recipient.name.clone().or_else(|| recipient.organisation.clone());
    Some(Channel {
        id: format!("{RECIPIENT_PREFIX}{name}"),
        kind,
        name: shown.map_or(role, Text::same),
        role: recipient.role,
        address: Some(address),
        institution: recipient.organisation.clone(),
        path: Vec::new(),
        hours: None,
        open: None,
        text_limit: None,
        accepts: Vec::new(),
        max_file_mb: None,
        max_files: None,
        reply: None,
        source: "case.toml".into(),
        checked: None,
        quality: Quality::Verified,
        note: None,
    })
}

/// The answers to the functions of conditions.
struct Truth<'a> {
    history: &'a History,
    calendar: &'a Calendar,
    now: Timestamp,
}

impl Facts for Truth<'_> {
    fn have(&self, slot: &str) -> bool {
        self.history.has_evidence(slot)
    }

    fn outcome(&self, step: &str) -> String {
        let Some(visit) = self.history.visit(step) else { return String::new() };
        let answered = visit.answers.last().map(|answer| answer.outcome.clone());
        let did =
            visit.did.as_ref().map(|did| did.outcome.clone().unwrap_or_else(|| "done".into()));
        answered.or(did).unwrap_or_default()
    }

    fn workdays_since(&self, what: &str) -> Option<i64> {
        let since = match what.strip_prefix(RECIPIENT_PREFIX) {
            Some(path) => {
                let case = &self.history.case_json;
                let value = path.split('.').try_fold(case, |value, name| value.get(name))?;
                time::parse(value.as_str()?)?
            }
            None => self.history.visit(what)?.confirmed_at()?,
        };
        let zone = self.history.case.time_zone();
        Some(self.calendar.worked_between(time::day(since, &zone), time::day(self.now, &zone)))
    }

    fn loss(&self, how: &str) -> Money {
        if how == CARD {
            return losses::by_card(&self.history.case);
        }
        if how == ANY {
            return losses::net(&self.history.case, None);
        }
        let how = How::ALL.into_iter().find(|candidate| candidate.as_str() == how);
        losses::net(&self.history.case, how)
    }
}
