//! What a submission comes to: by hand, or by mail with the person's consent, never twice.

use jiff::Timestamp;

use crate::domain::case::Approve;
use crate::domain::consent::{self, Lack};
use crate::domain::pace::Hold;
use crate::domain::role::Role;
use crate::domain::time;
use crate::domain::volume::{self, LIMIT_ATTACHMENTS_BYTES};
use crate::workflow::channel::{Channel, Kind};
use crate::workflow::dossier::{Dossier, Known, attached};
use crate::workflow::doubt::ABSENT_AFTER;
use crate::workflow::packs::Packs;
use crate::workflow::plan::planner::{Found, Planner, ahead, preparation, ready};
use crate::workflow::plan::{Action, State, Waiting};
use crate::workflow::submission::{Stage, Submission};

impl Planner<'_> {
    pub(super) fn submit(&self, known: &Known<'_>, opened: Timestamp, open: State) -> Found {
        let Some(channel) = &known.channel else {
            return ahead(known, Found::new(State::Blocked, Some(Waiting::Channel), Some(opened)));
        };
        if let Some(found) = self.held_by_correction(known, channel, opened) {
            return found;
        }
        if let Some(found) = self.held_by_consent(known, channel, opened) {
            return found;
        }
        let is_call = channel.kind == Kind::Call;
        if !known.gaps.is_empty() && !is_call {
            let waiting = Waiting::Evidence(known.gaps.clone());
            return ready(known, Found::new(State::Blocked, Some(waiting), Some(opened)));
        }
        if channel.kind.is_by_hand() {
            return ready(known, Found::new(open, None, Some(opened)));
        }
        self.mail(known, channel, opened, open)
    }

    /// While a correction is owed, no other paper leaves.
    fn held_by_correction(
        &self,
        known: &Known<'_>,
        channel: &Channel,
        opened: Timestamp,
    ) -> Option<Found> {
        let owed = self.owed?;
        let exempt = channel.kind == Kind::Call
            || channel.role == Role::Owner
            || !known.corrects.is_empty()
            || known.step.papers().next().is_none()
            || known.visit.is_in_doubt()
            || known.visit.submission.as_ref().is_some_and(Submission::is_under_way);
        if exempt {
            return None;
        }
        let waiting = Waiting::Correction(owed.step.id.clone());
        Some(ahead(known, Found::new(State::Waiting, Some(waiting), Some(opened))))
    }

    /// Nothing of a client leaves a firm without their consent. A call is theirs to make and may be
    /// a matter of minutes; a message that may have left stays what it is.
    fn held_by_consent(
        &self,
        known: &Known<'_>,
        channel: &Channel,
        opened: Timestamp,
    ) -> Option<Found> {
        if channel.kind == Kind::Call || known.visit.is_in_doubt() {
            return None;
        }
        let lack = self.lack()?;
        if let Lack::NotYet(day) = lack {
            self.wake(time::start_of(day, self.rules.zone));
        }
        Some(ahead(known, Found::new(State::Blocked, Some(Waiting::Consent(lack)), Some(opened))))
    }

    /// What the client's consent lacks today.
    fn lack(&self) -> Option<Lack> {
        let history = self.dossier.history;
        let today = time::day(self.now, self.rules.zone);
        consent::lack(history.case.consent.as_ref(), history.needs_consent, today)
    }

    fn mail(&self, known: &Known<'_>, channel: &Channel, opened: Timestamp, open: State) -> Found {
        let visit = &known.visit;
        if let Some(submission) = &visit.submission
            && let Stage::InDoubt { since } = submission.stage
        {
            return self.in_doubt(known, channel, submission, since);
        }
        if let Some(found) = written(known, channel, open) {
            return found;
        }
        // What a part of has left goes on as it was seen, whatever was said since.
        let goes_on = visit.submission.as_ref().is_some_and(Submission::is_under_way);
        if let Some(found) = self.unready(known, opened).filter(|_| !goes_on) {
            return found;
        }
        let approved_at = self.approved_at(known, channel);
        if approved_at.is_none() && !self.standing_consent(known, channel) {
            return Found::new(State::Prepared, Some(Waiting::Approval), Some(opened));
        }
        let mut ready_at = approved_at.map_or(opened, |at| at.max(opened));
        if let Some(Submission { stage: Stage::Refused { at, class, retry_at }, .. }) =
            &visit.submission
            && approved_at.is_none_or(|approved| approved <= *at)
        {
            match retry_at {
                None => {
                    return Found::new(State::Blocked, Some(Waiting::Refusal(*class)), Some(*at));
                }
                Some(retry) if *retry > self.now => {
                    self.wake(*retry);
                    let waiting = Waiting::Retry { at: *retry, class: *class };
                    return Found::new(State::Prepared, Some(waiting), Some(*at));
                }
                Some(retry) => ready_at = ready_at.max(*retry),
            }
        }
        if self.gate.halted {
            return Found::new(State::Prepared, Some(Waiting::Halted), Some(opened));
        }
        if let Some(found) = self.held(known, channel, opened) {
            return found;
        }
        Found::new(State::Prepared, None, Some(opened)).with(Action::Send {
            step: known.step.id.clone(),
            visit: visit.number,
            ready_at,
            approved: approved_at.is_some(),
        })
    }

    /// What is to be done before anything of it can leave.
    fn unready(&self, known: &Known<'_>, opened: Timestamp) -> Option<Found> {
        if !known.missing.is_empty() {
            let waiting = Waiting::Facts(known.missing.clone());
            return Some(ready(known, Found::new(State::Blocked, Some(waiting), Some(opened))));
        }
        if let Some(action) = preparation(known, false) {
            return Some(Found::new(State::Open, None, Some(opened)).with(action));
        }
        // Nothing is left out of what the person saw, and no part of it leaves where another cannot.
        // Papers add little to the evidence.
        let Dossier { workflow, packs, history, .. } = self.dossier;
        let evidence = attached(&known.step, workflow, packs, history);
        let weights: Vec<u64> = evidence.map(|item| item.size_bytes).collect();
        let heavy = volume::split(&weights, LIMIT_ATTACHMENTS_BYTES).err()?;
        Some(Found::new(State::Blocked, Some(Waiting::TooHeavy(heavy)), Some(opened)))
    }

    /// A limit on sending holds what could leave. It is the person's task only where waiting does
    /// not help, or where our own limit passes meanwhile.
    fn held(&self, known: &Known<'_>, channel: &Channel, opened: Timestamp) -> Option<Found> {
        let (hold, misses) = self.hold(known, channel)?;
        let waits = hold.until().is_some() && misses.is_none();
        let state = if waits { State::Waiting } else { State::Prepared };
        Some(Found::new(state, Some(Waiting::Held { hold, misses }), Some(opened)))
    }

    /// The limit that holds a message, and our own limit where it passes meanwhile.
    fn hold(&self, known: &Known<'_>, channel: &Channel) -> Option<(Hold, Option<Timestamp>)> {
        let address = channel.address.as_deref().unwrap_or_default();
        let hold = self.gate.hold(address, self.now, self.rules.calendar)?;
        let until = hold.until();
        if let Some(until) = until {
            self.wake(until);
        }
        let due = self.due(known).map(|due| due.end);
        let misses = due.filter(|due| until.is_none_or(|until| *due <= until));
        Some((hold, misses))
    }

    fn in_doubt(
        &self,
        known: &Known<'_>,
        channel: &Channel,
        submission: &Submission,
        since: Timestamp,
    ) -> Found {
        let found = Found::new(
            State::InDoubt,
            Some(Waiting::Doubt(submission.message_id.clone())),
            Some(since),
        );
        let approved = known.visit.approved.as_ref();
        let again = approved.filter(|approval| approval.again && approval.at >= since);
        if let Some(until) = submission.held_until.filter(|until| *until < Timestamp::MAX) {
            self.wake(until);
        }
        let by_word = again.map(|approval| (approval.at, true));
        // What a person lets leave once more waits like anything else, and says so.
        if by_word.is_some()
            && let Some((hold, misses)) = self.hold(known, channel)
        {
            let waiting = Waiting::Held { hold, misses };
            return Found::new(State::InDoubt, Some(waiting), Some(since));
        }
        match by_word.or_else(|| self.certainly_absent(known, channel, submission, since)) {
            Some((ready_at, approved)) if !self.gate.halted => found.with(Action::Send {
                step: known.step.id.clone(),
                visit: known.visit.number,
                ready_at,
                approved,
            }),
            _ => found,
        }
    }

    /// The same bytes leave a second time by themselves when the first is proven not to have been
    /// taken and they are still what would be sent: since when, and whether a person approved them.
    fn certainly_absent(
        &self,
        known: &Known<'_>,
        channel: &Channel,
        submission: &Submission,
        since: Timestamp,
    ) -> Option<(Timestamp, bool)> {
        submission.proof_of_absence(self.now)?;
        // If that moment passed while nothing ran, it is late like any other.
        let ready_at = since.saturating_add(ABSENT_AFTER).ok()?;
        let revision = known.visit.prepared.as_ref()?.revision;
        let as_it_was = submission.revision == revision
            && known.missing.is_empty()
            && self.owed.is_none()
            && preparation(known, false).is_none();
        let approved = self.approved_at(known, channel).is_some();
        let may_leave = approved || self.standing_consent(known, channel);
        let held = self.hold(known, channel).is_some() || self.lack().is_some();
        (as_it_was && may_leave && !held).then_some((ready_at, approved))
    }

    /// The owner's standing consent covers confirmed recipients that are no authority or insurer,
    /// nothing late, and no statement that only they can make.
    fn standing_consent(&self, known: &Known<'_>, channel: &Channel) -> bool {
        self.dossier.history.case.send.approve == Approve::Auto
            && channel.role.standing_consent_allowed()
            && !speaks_for_the_client(known.step.papers(), self.dossier.packs, channel.role)
            && !known.visit.late
    }

    /// When the person approved exactly what is prepared now. A firm's word does not stand for its
    /// client's: what is said in the client's name also needs their confirmation of these bytes.
    fn approved_at(&self, known: &Known<'_>, channel: &Channel) -> Option<Timestamp> {
        let prepared = known.visit.prepared.as_ref()?;
        let approval = known.visit.approved.as_ref()?;
        let Dossier { packs, history, .. } = self.dossier;
        let unheard = history.needs_consent
            && known.visit.confirmed.as_ref() != Some(&prepared.whole)
            && speaks_for_the_client(known.step.papers(), packs, channel.role);
        (approval.whole == prepared.whole && !unheard).then_some(approval.at)
    }
}

/// Returns true when any of these papers has the client speak to somebody else than their own side.
pub fn speaks_for_the_client<'a>(
    papers: impl Iterator<Item = &'a str>,
    packs: &Packs,
    to: Role,
) -> bool {
    let own_side = matches!(to, Role::Owner | Role::Lawyer);
    let mut found = papers.filter_map(|id| packs.templates.get(id));
    !own_side && found.any(|template| template.first_person)
}

/// A message in the outbox is the person's to send; one to themselves has arrived already. If
/// something else would be said now, it is prepared anew.
fn written(known: &Known<'_>, channel: &Channel, open: State) -> Option<Found> {
    let submission = known.visit.submission.as_ref()?;
    let Stage::Written { at } = submission.stage else { return None };
    // What was prepared anew since is another message, and that one is written next.
    let revision = known.visit.prepared.as_ref().map_or(0, |prepared| prepared.revision);
    if submission.revision != revision {
        return None;
    }
    if channel.role == Role::Owner {
        return Some(
            Found::new(State::Done, None, Some(at))
                .with(Action::Fulfil { step: known.step.id.clone(), visit: known.visit.number }),
        );
    }
    if known.missing.is_empty() && preparation(known, false).is_some() {
        return None;
    }
    Some(Found::new(open, Some(Waiting::Outbox), Some(at)))
}
