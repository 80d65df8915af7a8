//! What a person says: they did a step, an answer came, something may leave, all sending stops.
//! Each is one entry; the planner decides what follows.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::json;

use crate::domain::case::CaseId;
use crate::domain::lang::Text;
use crate::domain::names;
use crate::domain::time;
use crate::evidence::intake::{self, TakenIn};
use crate::evidence::picture;
use crate::runtime::approval::Turn;
use crate::runtime::boundary;
use crate::runtime::desk::Desk;
use crate::runtime::error::RuntimeError;
use crate::runtime::said::{
    amount, answerable, check_outcome, doable, not_before_submission, outcome_name, when,
};
use crate::runtime::setup::Runtime;
use crate::runtime::volumes::{self, Mail};
use crate::store::error::StoreError;
use crate::store::ledger::Payload;
use crate::workflow::event::{Event, Note, TakenBy};
use crate::workflow::history::Visit;
use crate::workflow::plan::Plan;

/// The person did a step.
#[derive(Clone, Debug, Default)]
pub struct Done {
    /// The step.
    pub step: String,
    /// The outcome they chose.
    pub outcome: Option<String>,
    /// What they filled in.
    pub set: Vec<(String, String)>,
    /// Evidence they bring: slot, when named, and file.
    pub attach: Vec<(Option<String>, PathBuf)>,
    /// When they did it.
    pub at: Option<String>,
    /// Of which messages they speak, where it takes several.
    pub mail: Option<Mail>,
}

/// An answer came.
#[derive(Clone, Debug, Default)]
pub struct Reply {
    /// The step it answers.
    pub step: String,
    /// What they said.
    pub outcome: String,
    /// What they paid.
    pub amount: Option<String>,
    /// When it came.
    pub at: Option<String>,
    /// The answer itself, as files.
    pub files: Vec<PathBuf>,
    /// What they said, in the person's words.
    pub note: Option<String>,
}

/// The outcome that says a step is not going to be done.
pub(super) const SKIP: &str = "skip";

impl Runtime {
    /// Appends what a person said. Whatever came first is read again, as often as it takes.
    pub(super) fn say(
        &mut self,
        case: &CaseId,
        say: impl Fn(&mut Self, &Desk, &Plan) -> Result<(Vec<Event>, Vec<Payload>), RuntimeError>,
    ) -> Result<(), RuntimeError> {
        loop {
            let (desk, plan) = self.planned(case)?;
            let (events, payloads) = say(self, &desk, &plan)?;
            if events.is_empty() {
                return Ok(());
            }
            boundary::pass();
            let at = self.now_for(&desk);
            match self.store.append(case, desk.history.last_seq, at, &events, &payloads) {
                Ok(()) => {
                    boundary::pass();
                    return Ok(());
                }
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Writes down that the person did a step.
    pub fn done(&mut self, case: &CaseId, done: &Done) -> Result<(), RuntimeError> {
        let (desk, plan) = self.planned(case)?;
        let step = doable(&desk, &plan, &done.step)?;
        check_outcome(&desk, &step, done.outcome.as_deref())?;
        self.check_fields(&desk, &step, &done.set)?;
        when(&desk, done.at.as_deref(), self.now_for(&desk))?;
        volumes::arrived(&desk, &step, done)?;
        for (slot, path) in &done.attach {
            let slot = match slot {
                Some(slot) => slot.clone(),
                None => self.slot_for(&desk, &step.id),
            };
            self.add_evidence(case, &slot, path)?;
        }
        self.say(case, |runtime, desk, plan| {
            let step = doable(desk, plan, &done.step)?;
            if let Some(event) = volumes::arrived(desk, &step, done)? {
                return Ok((vec![event], Vec::new()));
            }
            if done.outcome.as_deref() == Some(SKIP) {
                let event =
                    Event::Skipped { step: step.id.clone(), visit: step.visit, by_person: true };
                return Ok((vec![event], Vec::new()));
            }
            let fields: BTreeMap<String, String> = runtime.check_fields(desk, &step, &done.set)?;
            let payload = (!fields.is_empty()).then(|| Payload::new(json!(fields)));
            let event = Event::PersonDid {
                step: step.id.clone(),
                visit: step.visit,
                outcome: done.outcome.clone(),
                when: when(desk, done.at.as_deref(), runtime.now_for(desk))?,
                answers: payload.as_ref().map(|payload| payload.digest.clone()),
                by_case: false,
            };
            Ok((vec![event], payload.into_iter().collect()))
        })
    }

    /// Writes down an answer of the other side.
    pub fn reply(&mut self, case: &CaseId, reply: &Reply) -> Result<(), RuntimeError> {
        let (desk, plan) = self.planned(case)?;
        let outcome = outcome_name(&desk, &reply.step, &reply.outcome)?;
        let (step, visit) = answerable(&desk, &plan, &reply.step)?;
        let amount = amount(reply.amount.as_deref(), &outcome)?;
        let at = when(&desk, reply.at.as_deref(), self.now_for(&desk))?;
        not_before_submission(&desk, &step, visit, at)?;
        for path in &reply.files {
            self.add_evidence(case, &format!("reply.{}", reply.step.replace('/', "-")), path)?;
        }
        self.say(case, |runtime, desk, plan| {
            let (step, visit) = answerable(desk, plan, &reply.step)?;
            let details = reply.note.as_ref().map(|note| Payload::new(json!({ "note": note })));
            let event = Event::Answer {
                step,
                visit,
                outcome: outcome.clone(),
                when: when(desk, reply.at.as_deref(), runtime.now_for(desk))?,
                amount,
                details: details.as_ref().map(|payload| payload.digest.clone()),
            };
            Ok((vec![event], details.into_iter().collect()))
        })
    }

    /// Allows steps to leave, or all that wait; returns which. With `again`, one whose outcome is
    /// in doubt may leave a second time as the same bytes.
    pub fn approve(
        &mut self,
        case: &CaseId,
        steps: &[String],
        again: bool,
    ) -> Result<Vec<String>, RuntimeError> {
        let turn = if again { Turn::Again { mail: None } } else { Turn::First };
        let mut approved = Vec::new();
        self.say(case, |runtime, desk, plan| {
            let events = runtime.approvable(desk, plan, steps, turn)?;
            Ok((events, Vec::new()))
        })?;
        let (desk, _) = self.planned(case)?;
        for (id, visits) in &desk.history.steps {
            let just = visits.last().and_then(|visit| visit.approved.as_ref());
            let wanted = steps.is_empty() || steps.contains(id);
            if wanted && just.is_some_and(|approval| approval.at == desk.history.last_at) {
                approved.push(id.clone());
            }
        }
        Ok(approved)
    }

    /// Allows one of the messages of a step to leave a second time: `mail` is which, from 1.
    pub fn approve_mail_again(
        &mut self,
        case: &CaseId,
        step: &str,
        mail: u32,
    ) -> Result<(), RuntimeError> {
        self.say(case, |runtime, desk, plan| {
            let steps = [step.to_owned()];
            let turn = Turn::Again { mail: Some(mail) };
            let events = runtime.approvable(desk, plan, &steps, turn)?;
            Ok((events, Vec::new()))
        })
    }

    /// Takes the person's last entry back; returns the step it was about.
    pub fn undo(&mut self, case: &CaseId) -> Result<Text, RuntimeError> {
        let mut undone = Text::default();
        self.say(case, |_, desk, _| {
            let seq = last_of_person(desk).ok_or_else(|| {
                RuntimeError::asked(
                    Text::new("没有可以撤回的操作", "there is nothing to take back"),
                    Text::new(
                        "撤回只针对 done、reply、approve",
                        "undo takes back done, reply and approve",
                    ),
                )
            })?;
            if let Some(left) = left_because_of(desk, seq) {
                return Err(left);
            }
            let event = Event::Noted { note: Note::Undone { seq } };
            Ok((vec![event], Vec::new()))
        })?;
        let (desk, _) = self.planned(case)?;
        if desk.history.closed.is_none() && desk.row.closed_at.is_some() {
            let now = self.now_for(&desk);
            self.store.reopen(case, now)?;
        }
        if let Some(Event::Noted { note: Note::Undone { seq } }) =
            desk.entries.last().map(|entry| &entry.event)
            && let Some(entry) = desk.entries.iter().find(|entry| entry.seq == *seq)
        {
            undone = described(&desk, &entry.event);
        }
        Ok(undone)
    }

    /// Closes a case for good: all its timers end.
    pub fn close(&mut self, case: &CaseId, reason: &str) -> Result<(), RuntimeError> {
        if reason.trim().is_empty() {
            return Err(RuntimeError::asked(
                Text::new("没有写为什么结束", "the reason is missing"),
                Text::new("加上 --reason \"…\"", "add --reason \"…\""),
            ));
        }
        self.say(case, |_, desk, _| {
            if desk.history.closed.is_some() {
                return Ok((Vec::new(), Vec::new()));
            }
            let payload = Payload::new(json!({ "reason": reason }));
            let event = Event::Closed { reason: Some(payload.digest.clone()) };
            Ok((vec![event], vec![payload]))
        })
    }

    /// Moves a date of the plan, or with none gives it back to its rule. The reason is kept.
    pub fn move_date(
        &mut self,
        case: &CaseId,
        date: &str,
        to: Option<&str>,
        reason: &str,
    ) -> Result<(), RuntimeError> {
        if reason.trim().is_empty() {
            return Err(RuntimeError::asked(
                Text::new("没有写为什么改日期", "the reason is missing"),
                Text::new("加上 --reason \"…\"", "add --reason \"…\""),
            ));
        }
        self.say(case, |_, desk, plan| {
            let known = plan.dates.iter().find(|known| known.id == date && !known.over);
            if known.is_none() {
                let open = plan.dates.iter().filter(|known| !known.over);
                let near = names::nearest(date, open.map(|known| known.id.as_str()));
                let hint = near.map_or_else(
                    || Text::new("status 列出所有日期编号", "status lists the dates"),
                    |near| crate::text!("是不是想写 {near}？", "did you mean {near}?"),
                );
                let message = crate::text!("没有日期 {date}", "there is no date {date}");
                return Err(RuntimeError::asked(message, hint));
            }
            let to = to
                .map(|to| {
                    time::parse_in(to, &desk.zone).ok_or_else(|| {
                        RuntimeError::asked(
                            crate::text!("\"{to}\" 不是时间", "\"{to}\" is not a time"),
                            Text::new(
                                "写成 2026-09-30T09:00 的形式",
                                "write it like 2026-09-30T09:00",
                            ),
                        )
                    })
                })
                .transpose()?;
            let payload = Payload::new(json!({ "reason": reason }));
            let reason = Some(payload.digest.clone());
            let note = Note::DateMoved { date: date.to_owned(), to, reason };
            Ok((vec![Event::Noted { note }], vec![payload]))
        })
    }

    /// Pins a case to another text of its workflow.
    pub fn migrate(&mut self, case: &CaseId, text: &str) -> Result<(), RuntimeError> {
        loop {
            let desk = self.desk(case)?;
            let at = self.now_for(&desk);
            boundary::pass();
            match self.store.migrate(case, desk.history.last_seq, at, text) {
                Ok(()) => {
                    boundary::pass();
                    return Ok(());
                }
                Err(StoreError::Conflict) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Takes a file in as evidence for a slot.
    pub fn add_evidence(
        &mut self,
        case: &CaseId,
        slot: &str,
        path: &std::path::Path,
    ) -> Result<TakenIn, RuntimeError> {
        let desk = self.desk(case)?;
        self.check_slot(&desk, slot)?;
        if self.library.packs.slots.get(slot).is_some_and(|slot| slot.copy.is_some()) {
            intake::check(path)?;
            picture::check(path)?;
        }
        let originals = self.home.case_folders(case)?.originals;
        boundary::pass();
        let taken = intake::take_in(path, slot, &originals)?;
        boundary::pass();
        self.append_evidence(case, slot, &taken)?;
        if self.library.packs.slots.get(slot).is_some_and(|slot| slot.bills) {
            self.note_bills(case)?;
        }
        Ok(taken)
    }

    pub(super) fn append_evidence(
        &mut self,
        case: &CaseId,
        slot: &str,
        taken: &TakenIn,
    ) -> Result<(), RuntimeError> {
        self.say(case, |_, desk, _| {
            let known = desk
                .history
                .evidence
                .iter()
                .any(|item| item.slot == slot && item.sha256 == taken.sha256);
            if known {
                return Ok((Vec::new(), Vec::new()));
            }
            let event = Event::EvidenceAdded {
                slot: slot.to_owned(),
                sha256: taken.sha256.clone(),
                size_bytes: taken.size_bytes,
                file: taken.file.clone(),
            };
            Ok((vec![event], Vec::new()))
        })
    }
}

/// The last entry a person made that was not taken back already.
fn last_of_person(desk: &Desk) -> Option<u64> {
    let undone: Vec<u64> = desk
        .entries
        .iter()
        .filter_map(|entry| match &entry.event {
            Event::Noted { note: Note::Undone { seq } } => Some(*seq),
            _ => None,
        })
        .collect();
    desk.entries
        .iter()
        .rev()
        .find(|entry| {
            let by_person = match &entry.event {
                Event::PersonDid { by_case, .. } => !by_case,
                Event::Skipped { by_person, .. } => *by_person,
                Event::Answer { .. }
                | Event::Approved { .. }
                | Event::Accepted { by: TakenBy::Person, .. }
                | Event::BillsReviewed { .. }
                | Event::Noted { note: Note::DateMoved { .. } } => true,
                _ => false,
            };
            by_person && !undone.contains(&entry.seq)
        })
        .map(|entry| entry.seq)
}

/// What has left cannot be taken back by taking back the word that let it leave.
fn left_because_of(desk: &Desk, seq: u64) -> Option<RuntimeError> {
    let entry = desk.entries.iter().find(|entry| entry.seq == seq)?;
    let (step, visit) = match &entry.event {
        Event::Approved { step, visit, .. }
        | Event::PersonDid { step, visit, .. }
        | Event::Answer { step, visit, .. } => (step, *visit),
        _ => return None,
    };
    let own = matches!(entry.event, Event::Approved { .. });
    let has_left = |visit: &Visit| {
        let submission = visit.submission.as_ref();
        submission.is_some_and(|one| one.started_at >= entry.at && one.has_left())
    };
    let left = desk.history.steps.iter().find_map(|(id, visits)| {
        let concerned = |other: &&Visit| {
            let called = other.called.as_ref();
            let by_it = called.is_some_and(|call| call.step == *step && call.visit == visit);
            by_it || (own && id == step && other.number == visit)
        };
        visits.iter().filter(concerned).any(has_left).then_some(id)
    })?;
    let title = desk.workflow.step(left).map(|step| step.title.clone()).unwrap_or_default();
    let (zh, en) = (&title.zh, &title.en);
    Some(RuntimeError::asked(
        crate::text!("已经发出，撤不回来：{zh}", "it has left and cannot be taken back: {en}"),
        Text::new(
            "需要更正就改案件文件再 start；对方有答复就用 reply",
            "to correct it change the case file and start; an answer goes in with reply",
        ),
    ))
}

fn described(desk: &Desk, event: &Event) -> Text {
    let step = match event {
        Event::PersonDid { step, .. }
        | Event::Answer { step, .. }
        | Event::Approved { step, .. }
        | Event::Skipped { step, .. } => step.as_str(),
        _ => "",
    };
    let kind = match event {
        Event::Answer { .. } => Text::new("对方答复", "an answer"),
        Event::Approved { .. } => Text::new("同意发送", "an approval"),
        Event::Skipped { .. } => Text::new("跳过", "a skip"),
        Event::BillsReviewed { .. } => Text::new("账单确认", "what was said of the bills"),
        Event::Noted { .. } => Text::new("改日期", "a moved date"),
        _ => Text::new("办理记录", "done"),
    };
    let title = desk.workflow.step(step).map(|step| step.title.clone()).unwrap_or_default();
    let (kind_zh, kind_en, zh, en) = (&kind.zh, &kind.en, &title.zh, &title.en);
    crate::text!("{kind_zh}：{zh}", "{kind_en}: {en}")
}
