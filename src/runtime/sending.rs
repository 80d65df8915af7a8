//! Sends what the plan says may leave. Intent first, then the act, then the outcome; between the
//! server's readiness and its reply the ledger says that nobody knows.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::config::Smtp;
use crate::domain::digest::Digest;
use crate::domain::lang::Text;
use crate::domain::refusal::RefusalClass;
use crate::domain::volume::{self, LIMIT_ATTACHMENTS_BYTES};
use crate::evidence::intake::digest_of;
use crate::mail::file;
use crate::mail::smtp::{self, Account, Delivery, Outcome, Refusal};
use crate::runtime::boundary;
use crate::runtime::composing::texts_of;
use crate::runtime::desk::Desk;
use crate::runtime::error::RuntimeError;
use crate::runtime::mailbox::certificates;
use crate::runtime::setup::Runtime;
use crate::store::ledger::Payload;
use crate::store::outbox::OutboxMessage;
use crate::workflow::dossier::Known;
use crate::workflow::event::{Event, Note, PaperRecord, TakenBy, VolumeRecord};
use crate::workflow::plan::Action;
use crate::workflow::submission::Submission;
use crate::workflow::view::Maker;

/// How long to wait before trying again, by how often it was refused.
const BACK_OFF_MINUTES: [i64; 7] = [5, 15, 30, 60, 180, 360, 720];

impl Runtime {
    /// Carries out a sending action.
    pub async fn send(
        &mut self,
        desk: &Desk,
        known: &Known<'_>,
        action: &Action,
    ) -> Result<(), RuntimeError> {
        let Action::Send { ready_at, approved, .. } = action else { return Ok(()) };
        // What came due while nothing ran is asked about before it leaves.
        if !approved && self.is_late(*ready_at) {
            let note = Note::Late { step: known.step.id.clone(), visit: known.visit.number };
            return self.write(desk, &[Event::Noted { note }]);
        }
        let Some(message) = self.stored_message(desk, known)? else {
            if self.must_be_made_again(desk, known)? {
                return self.make_again(desk, known);
            }
            let messages = self.compose(desk, known, LIMIT_ATTACHMENTS_BYTES)?;
            return self.store_messages(desk, known, &messages.unwrap_or_default());
        };
        match self.config.smtp.clone() {
            None => self.write_file(desk, known, &message),
            Some(settings) => self.deliver(desk, known, &message, &settings).await,
        }
    }

    /// The message whose bytes are stored, unless something else was prepared since or the sender is
    /// another. One whose outcome is in doubt stays what it is, and so does the rest of what left in
    /// part.
    fn stored_message(
        &self,
        desk: &Desk,
        known: &Known<'_>,
    ) -> Result<Option<OutboxMessage>, RuntimeError> {
        let Some(submission) = &known.visit.submission else { return Ok(None) };
        let stored = self.store.message(&submission.message_id)?;
        if known.visit.is_in_doubt() || submission.is_under_way() {
            let gone = || RuntimeError::Ours("the bytes of a message that may have left".into());
            return stored.ok_or_else(gone).map(Some);
        }
        let revision = known.visit.prepared.as_ref().map_or(0, |prepared| prepared.revision);
        let is_it = |message: &OutboxMessage| {
            submission.revision == revision && message.sender == self.sender(desk)
        };
        Ok(stored.filter(is_it))
    }

    /// True when a paper or text that was prepared is not there as it was.
    fn must_be_made_again(&self, desk: &Desk, known: &Known<'_>) -> Result<bool, RuntimeError> {
        let Some(prepared) = &known.visit.prepared else { return Ok(true) };
        let documents = self.home.case_folders(desk.id())?.documents;
        let lost = |paper: &PaperRecord| {
            !digest_of(&documents.join(&paper.file)).is_ok_and(|(found, _)| found == paper.sha256)
        };
        Ok(prepared.papers.iter().any(lost) || texts_of(desk, prepared).is_none())
    }

    /// The same facts give the same bytes, so an approval holds. What stands in the file's place is
    /// kept beside it.
    fn make_again(&mut self, desk: &Desk, known: &Known<'_>) -> Result<(), RuntimeError> {
        let packs = Arc::clone(&self.library.packs);
        let maker = Maker::new(&desk.workflow, &packs, &desk.history);
        self.prepare(desk, known, &maker, false)
    }

    /// Stores the final bytes; sending comes with the next plan.
    fn store_messages(
        &mut self,
        desk: &Desk,
        known: &Known<'_>,
        messages: &[OutboxMessage],
    ) -> Result<(), RuntimeError> {
        let (first, further) = messages.split_first().ok_or_else(too_heavy)?;
        let record = |message: &OutboxMessage| VolumeRecord {
            message_id: message.message_id.clone(),
            message: message.digest(),
        };
        let event = Event::SendStarted {
            step: known.step.id.clone(),
            visit: known.visit.number,
            message_id: first.message_id.clone(),
            message: first.digest(),
            further: further.iter().map(record).collect(),
        };
        let now = self.now_for(desk);
        boundary::pass();
        self.store.start_sending(desk.id(), desk.history.last_seq, now, &event, messages)?;
        boundary::pass();
        Ok(())
    }

    fn write_file(
        &mut self,
        desk: &Desk,
        known: &Known<'_>,
        message: &OutboxMessage,
    ) -> Result<(), RuntimeError> {
        if self.store.halted_at()?.is_some() {
            return Ok(());
        }
        let outbox = self.home.case_folders(desk.id())?.outbox;
        let name = eml_name(&known.step.id, &message.message_id);
        for older in older_messages(desk, known) {
            let name = eml_name(&known.step.id, &older);
            file::set_aside(&outbox, &name)
                .map_err(|source| RuntimeError::Home { path: outbox.join(&name), source })?;
        }
        boundary::pass();
        file::write(&outbox, &name, &message.bytes)
            .map_err(|source| RuntimeError::Home { path: outbox.join(&name), source })?;
        boundary::pass();
        self.write(desk, &[accepted(known, message, TakenBy::Outbox, None)])
    }

    async fn deliver(
        &mut self,
        desk: &Desk,
        known: &Known<'_>,
        message: &OutboxMessage,
        settings: &Smtp,
    ) -> Result<(), RuntimeError> {
        let (mut line, password) = self.take_line(settings).await?;
        let ca = certificates(settings.ca_file.as_deref())?;
        let dial = self.dial.clone();
        let account =
            Account { settings, ca: ca.as_deref(), password: password.as_ref(), dial: &dial };
        let delivery = Delivery {
            sender: &message.sender,
            recipient: &message.recipient,
            bytes: &message.bytes,
        };
        let outcome = {
            let before_body =
                |copied| std::future::ready(self.enter_doubt(desk, known, message, copied));
            smtp::deliver(&account, &mut line, &delivery, before_body).await?
        };
        self.keep_line(line, password);
        boundary::pass();
        if let Outcome::Refused(Refusal { limit: Some(limit), .. }) = &outcome
            && let Ok(Some(messages)) = self.smaller(desk, known, *limit)
        {
            return self.store_messages(desk, known, &messages);
        }
        self.write_outcome(desk, known, message, outcome)
    }

    /// The messages of a submission of which nothing has left, for a server that takes no larger
    /// ones than `limit`; none when they would be no smaller.
    fn smaller(
        &self,
        desk: &Desk,
        known: &Known<'_>,
        limit: u64,
    ) -> Result<Option<Vec<OutboxMessage>>, RuntimeError> {
        if known.visit.submission.as_ref().is_none_or(Submission::has_left) {
            return Ok(None);
        }
        let messages = self.compose(desk, known, volume::room_in(limit))?;
        let fits = |message: &OutboxMessage| message.bytes.len() as u64 <= limit;
        Ok(messages.filter(|messages| messages.iter().all(fits)))
    }

    /// The last moment at which nothing has left: reads the halt once more and writes down that
    /// from here on nobody knows. Returns false to call the delivery off.
    fn enter_doubt(
        &mut self,
        desk: &Desk,
        known: &Known<'_>,
        message: &OutboxMessage,
        copied: bool,
    ) -> Result<bool, RuntimeError> {
        if self.store.halted_at()?.is_some() {
            return Ok(false);
        }
        boundary::pass();
        let event = Event::InDoubt {
            step: known.step.id.clone(),
            visit: known.visit.number,
            message_id: message.message_id.clone(),
            copied,
        };
        // Somebody may have amended or undone something meanwhile: then it does not leave now.
        match self.store.append(desk.id(), desk.history.last_seq, self.now_for(desk), &[event], &[])
        {
            Ok(()) => {
                boundary::pass();
                Ok(true)
            }
            Err(crate::store::error::StoreError::Conflict) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    fn write_outcome(
        &mut self,
        desk: &Desk,
        known: &Known<'_>,
        message: &OutboxMessage,
        outcome: Outcome,
    ) -> Result<(), RuntimeError> {
        let server = self.config.smtp.as_ref().map(|smtp| smtp.host.clone());
        let said = match &outcome {
            Outcome::Accepted { said } => Some(said.as_str()),
            Outcome::Refused(refusal) => refusal.said.as_deref(),
            Outcome::Unknown | Outcome::CalledOff => None,
        };
        let kept = said.map(|said| Payload::new(json!({ "server": server, "said": said })));
        let reply = kept.as_ref().map(|kept| kept.digest.clone());
        let event = match outcome {
            Outcome::Accepted { .. } => accepted(known, message, TakenBy::Server, reply),
            Outcome::Unknown | Outcome::CalledOff => return Ok(()),
            Outcome::Refused(refusal) => Event::Refused {
                step: known.step.id.clone(),
                visit: known.visit.number,
                message_id: message.message_id.clone(),
                class: refusal.class,
                code: refusal.code,
                retry_at: retry_at(
                    refusal.class,
                    known.visit.submission.as_ref(),
                    self.now_for(desk),
                ),
                again: known.visit.is_in_doubt(),
                reply,
            },
        };
        // The outcome is a fact, whoever wrote meanwhile: it goes after whatever came.
        self.write_after_all(desk, &event, kept.as_slice())
    }

    fn write_after_all(
        &mut self,
        desk: &Desk,
        event: &Event,
        payloads: &[Payload],
    ) -> Result<(), RuntimeError> {
        loop {
            let last = self.desk(desk.id())?.history.last_seq;
            let at = self.now_for(desk);
            match self.store.append(desk.id(), last, at, std::slice::from_ref(event), payloads) {
                Ok(()) => {
                    boundary::pass();
                    return Ok(());
                }
                Err(crate::store::error::StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Appends after what was on the desk.
    pub(super) fn write(&mut self, desk: &Desk, events: &[Event]) -> Result<(), RuntimeError> {
        boundary::pass();
        self.store.append(desk.id(), desk.history.last_seq, self.now_for(desk), events, &[])?;
        boundary::pass();
        Ok(())
    }

    /// The time for an entry: never before the last one, whatever the machine's clock shows.
    pub fn now_for(&self, desk: &Desk) -> Timestamp {
        self.clock.now().max(desk.history.last_at)
    }
}

/// Messages of this visit that those of its submission replace.
fn older_messages(desk: &Desk, known: &Known<'_>) -> Vec<String> {
    let started = desk.entries.iter().flat_map(|entry| match &entry.event {
        Event::SendStarted { step, visit, message_id, further, .. }
            if *step == known.step.id && *visit == known.visit.number =>
        {
            let further = further.iter().map(|volume| volume.message_id.clone());
            std::iter::once(message_id.clone()).chain(further).collect()
        }
        _ => Vec::new(),
    });
    let submission = known.visit.submission.as_ref();
    started.filter(|id| submission.is_none_or(|one| one.find(id).is_none())).collect()
}

fn too_heavy() -> RuntimeError {
    RuntimeError::asked(
        Text::new("附件太大，邮件装不下", "the attachments are too heavy for mail"),
        Text::new("减少附件，或改用其他渠道", "send less along, or use another channel"),
    )
}

fn accepted(
    known: &Known<'_>,
    message: &OutboxMessage,
    by: TakenBy,
    reply: Option<Digest>,
) -> Event {
    Event::Accepted {
        step: known.step.id.clone(),
        visit: known.visit.number,
        message_id: message.message_id.clone(),
        by,
        reply,
    }
}

/// Returns the name of a message's file in the outbox.
pub fn eml_name(step: &str, message_id: &str) -> String {
    format!("{}-{}.eml", step.replace('/', "-"), message_id.get(..8).unwrap_or(message_id))
}

fn retry_at(
    class: RefusalClass,
    submission: Option<&Submission>,
    now: Timestamp,
) -> Option<Timestamp> {
    if !class.passes_by_itself() {
        return None;
    }
    let refusals = submission.map_or(0, |submission| submission.refusals as usize);
    // A server that says "later" for days means something a person must look at.
    if class == RefusalClass::Rate && refusals >= BACK_OFF_MINUTES.len() {
        return None;
    }
    let minutes = BACK_OFF_MINUTES[refusals.min(BACK_OFF_MINUTES.len() - 1)];
    now.saturating_add(SignedDuration::from_mins(minutes)).ok()
}
