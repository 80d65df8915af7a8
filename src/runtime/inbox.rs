//! Letters that come in. What certainly belongs to a message of ours goes to its case as evidence;
//! what it means, a person says. Only two things are certain enough to act on: our own copy proves
//! that a message in doubt was taken, and a report of failure that encloses our message says that
//! it did not arrive.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::domain::case::CaseId;
use crate::domain::digest::Digest;
use crate::domain::lang::{Lang, Text};
use crate::domain::time;
use crate::mail::inbound::judge::{Belongs, Judgement, Kind, OurCase, Ours, Sent, judge};
use crate::mail::inbound::letter::Letter;
use crate::mail::inbound::suggest::outcomes::Outcome;
use crate::mail::inbound::suggest::{Due, Finding, Suggestion};
use crate::mail::presets;
use crate::runtime::acts::Reply;
use crate::runtime::boundary;
use crate::runtime::desk::Desk;
use crate::runtime::error::RuntimeError;
use crate::runtime::home::write_private;
use crate::runtime::setup::Runtime;
use crate::runtime::thread;
use crate::store::error::StoreError;
use crate::store::letters::{LetterState, StoredLetter};
use crate::workflow::event::{Event, TakenBy};
use crate::workflow::submission::{Stage, Submission};

/// How much of a letter's text is shown, in characters.
const EXCERPT: usize = 400;

/// A number shorter than this is found in any letter.
const SHORTEST_NUMBER: usize = 6;

/// What became of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// It is kept already.
    Known,
    /// Nothing links it to a case, and nobody handed it in: it is not kept.
    Foreign,
    /// It is among the case's evidence.
    Filed,
    /// It waits for the person's word.
    Held,
}

impl Runtime {
    /// Takes a letter in. One that `by_person` hands in is kept whatever it is; of a mailbox only
    /// what has to do with a case.
    pub fn receive(
        &mut self,
        ours: &Ours,
        bytes: &[u8],
        by_person: bool,
    ) -> Result<Received, RuntimeError> {
        let digest = Digest::of(bytes);
        if self.store.has_letter(&digest)? {
            return Ok(Received::Known);
        }
        let at = self.clock.now();
        let (shown, judgement) = match Letter::read(bytes) {
            Ok(letter) => {
                let judgement = judge(&letter, ours);
                (shown(&letter, &judgement), Some(judgement))
            }
            Err(error) => (json!({ "problem": error.to_string() }), None),
        };
        // What cannot be read may be ours: only the person can tell.
        let foreign = judgement.as_ref().is_some_and(|judgement| {
            judgement.belongs == Belongs::Nothing || judgement.kind == Kind::FromOurselves
        });
        if foreign && !by_person {
            return Ok(Received::Foreign);
        }
        let path = self.letter_path(&digest);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .map_err(|source| RuntimeError::Home { path: folder.to_owned(), source })?;
        }
        write_private(&path, bytes)
            .map_err(|source| RuntimeError::Home { path: path.clone(), source })?;
        let certain = judgement.as_ref().and_then(|judgement| match &judgement.belongs {
            Belongs::Certain { case, sent, .. } => Some((case.clone(), sent.clone())),
            _ => None,
        });
        let mut state = LetterState::Held;
        if let (Some(judgement), Some((case, sent))) = (&judgement, &certain) {
            state = self.act_on(judgement, case, sent.as_ref(), &path)?;
        }
        let (case, sent) = certain.map_or((None, None), |(case, sent)| (Some(case), sent));
        let step = sent.map(|sent| sent.step);
        boundary::pass();
        self.store.keep_letter(&StoredLetter { digest, at, state, case, step, shown })?;
        boundary::pass();
        Ok(if state == LetterState::Held { Received::Held } else { Received::Filed })
    }

    /// Does what is certain of a letter; says whether a person has to look at it.
    fn act_on(
        &mut self,
        judgement: &Judgement,
        case: &str,
        sent: Option<&Sent>,
        path: &Path,
    ) -> Result<LetterState, RuntimeError> {
        let Some(case) = CaseId::parse(case) else { return Ok(LetterState::Held) };
        let Some(sent) = sent else { return Ok(LetterState::Held) };
        if judgement.kind == Kind::OwnCopy {
            self.copy_came(&case, sent)?;
            return Ok(LetterState::Filed);
        }
        self.add_evidence(&case, &reply_slot(&sent.step), path)?;
        match &judgement.kind {
            Kind::Bounce(bounce) if bounce.permanent => {
                let event = |desk: &Desk| {
                    let visit = visit_of(desk, sent)?;
                    matches!(visit, Stage::Accepted { .. } | Stage::InDoubt { .. }).then(|| {
                        Event::Refused {
                            step: sent.step.clone(),
                            visit: sent.visit,
                            message_id: sent.message_id.clone(),
                            class: bounce.class,
                            code: None,
                            retry_at: None,
                            again: false,
                            reply: None,
                        }
                    })
                };
                // Of a message that the person sent themselves, they say what is next.
                let acted = self.say_if(&case, event)?;
                Ok(if acted { LetterState::Filed } else { LetterState::Held })
            }
            Kind::Automatic | Kind::Delayed | Kind::Delivered => Ok(LetterState::Filed),
            _ => Ok(LetterState::Held),
        }
    }

    /// Our own copy came, or was found: the server took the message.
    pub(super) fn copy_came(&mut self, case: &CaseId, sent: &Sent) -> Result<(), RuntimeError> {
        let taken = |desk: &Desk| {
            let stage = visit_of(desk, sent)?;
            matches!(stage, Stage::InDoubt { .. }).then(|| Event::Accepted {
                step: sent.step.clone(),
                visit: sent.visit,
                message_id: sent.message_id.clone(),
                by: TakenBy::Copy,
                reply: None,
            })
        };
        self.say_if(case, taken).map(drop)
    }

    pub(super) fn say_if(
        &mut self,
        case: &CaseId,
        event: impl Fn(&Desk) -> Option<Event>,
    ) -> Result<bool, RuntimeError> {
        let said = std::cell::Cell::new(false);
        self.say(case, |_, desk, _| {
            let events: Vec<Event> = event(desk).into_iter().collect();
            said.set(!events.is_empty());
            Ok((events, Vec::new()))
        })?;
        Ok(said.get())
    }

    pub(super) fn sent(
        &self,
        case: &CaseId,
        step: &str,
        visit: u32,
        message_id: &str,
    ) -> Result<Sent, RuntimeError> {
        Ok(Sent {
            message_id: message_id.to_owned(),
            case: case.to_string(),
            step: step.to_owned(),
            visit,
            recipient: self.store.recipient_of(message_id)?.unwrap_or_default(),
        })
    }

    /// Everything that tells a letter of ours from others. It reads every open case: once for all
    /// the letters of one look.
    pub fn ours(&mut self) -> Result<Ours, RuntimeError> {
        let zone = time::default_zone();
        let addresses = self.config.smtp.iter().map(|smtp| smtp.from.clone()).collect();
        let mut ours = Ours { sent: Vec::new(), cases: Vec::new(), addresses, zone };
        for row in self.store.cases()?.into_iter().filter(|row| row.closed_at.is_none()) {
            let desk = self.desk(&row.id)?;
            for entry in &desk.entries {
                let Event::SendStarted { step, visit, message_id, further, .. } = &entry.event
                else {
                    continue;
                };
                let further = further.iter().map(|volume| &volume.message_id);
                for message_id in std::iter::once(message_id).chain(further) {
                    ours.sent.push(self.sent(&row.id, step, *visit, message_id)?);
                }
            }
            ours.cases.push(our_case(&desk));
        }
        Ok(ours)
    }

    pub(super) fn letter_path(&self, digest: &Digest) -> PathBuf {
        self.home.root().join("inbox").join("kept").join(format!("{}.eml", digest.as_str()))
    }

    /// Takes in the `.eml` files that lie in the home's inbox folder; returns how many.
    pub fn take_dropped(&mut self) -> Result<usize, RuntimeError> {
        let folder = self.home.root().join("inbox");
        let Ok(entries) = std::fs::read_dir(&folder) else { return Ok(0) };
        let letters: Vec<PathBuf> = entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "eml"))
            .filter(|path| path.is_file())
            .collect();
        if letters.is_empty() {
            return Ok(0);
        }
        let done = folder.join("taken");
        std::fs::create_dir_all(&done)
            .map_err(|source| RuntimeError::Home { path: done.clone(), source })?;
        let ours = self.ours()?;
        let mut taken = 0;
        for path in letters {
            let fail = |source| RuntimeError::Home { path: path.clone(), source };
            let written = || std::fs::metadata(&path).and_then(|known| known.modified());
            let before = written().map_err(fail)?;
            let bytes = std::fs::read(&path).map_err(fail)?;
            let size = std::fs::metadata(&path).map_err(fail)?.len();
            if size != bytes.len() as u64 || written().map_err(fail)? != before {
                // Somebody is still writing it: the next look takes it.
                continue;
            }
            self.receive(&ours, &bytes, true)?;
            // Moved and not removed: whoever writes on after all loses nothing.
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let digest = Digest::of(&bytes);
            let moved = done.join(format!("{}-{name}", digest.short(8)));
            std::fs::rename(&path, moved).map_err(fail)?;
            taken += 1;
        }
        Ok(taken)
    }

    /// Returns the letter whose digest begins so.
    pub fn letter(&self, id: &str) -> Result<StoredLetter, RuntimeError> {
        let mut found: Vec<StoredLetter> = self
            .store
            .letters()?
            .into_iter()
            .filter(|letter| !id.is_empty() && letter.digest.as_str().starts_with(id))
            .collect();
        match (found.pop(), found.is_empty()) {
            (Some(letter), true) => Ok(letter),
            (Some(_), false) => Err(RuntimeError::asked(
                crate::text!("编号以 {id} 开头的来信不止一封", "several letters begin with {id}"),
                Text::new("多写几位", "write more of it"),
            )),
            (None, _) => Err(RuntimeError::asked(
                crate::text!("没有编号为 {id} 的来信", "there is no letter {id}"),
                Text::new("appeal-daemon inbox list 列出来信", "inbox list shows them"),
            )),
        }
    }

    /// Files a letter with a step, as the answer the person says it is.
    pub fn assign(&mut self, id: &str, case: &CaseId, reply: Reply) -> Result<(), RuntimeError> {
        let letter = self.letter(id)?;
        let step = reply.step.clone();
        let files = vec![self.letter_path(&letter.digest)];
        self.reply(case, &Reply { files, ..reply })?;
        let belongs = Some((case.as_str(), step.as_str()));
        Ok(self.store.set_letter(&letter.digest, LetterState::Filed, belongs)?)
    }

    /// The person says that a letter does not matter.
    pub fn drop_letter(&mut self, id: &str) -> Result<(), RuntimeError> {
        let letter = self.letter(id)?;
        Ok(self.store.set_letter(&letter.digest, LetterState::Dropped, None)?)
    }

    /// Returns the letters that wait for the person, of one case or of all.
    pub fn held_letters(&self, case: Option<&CaseId>) -> Result<Vec<StoredLetter>, StoreError> {
        let is_wanted = |letter: &StoredLetter| {
            letter.state == LetterState::Held
                && case.is_none_or(|case| letter.case.as_deref() == Some(case.as_str()))
        };
        Ok(self.store.letters()?.into_iter().filter(is_wanted).collect())
    }
}

/// Where an answer is kept among the evidence.
fn reply_slot(step: &str) -> String {
    format!("reply.{}", step.replace('/', "-"))
}

/// How far that very message is; none when the visit has another by now.
fn visit_of(desk: &Desk, sent: &Sent) -> Option<Stage> {
    submission_of(desk, sent).map(|submission| submission.stage.clone())
}

/// That very message, be it one of several, as its case knows it; none when the visit has another by now.
pub(super) fn submission_of<'a>(desk: &'a Desk, sent: &Sent) -> Option<&'a Submission> {
    let visits = desk.history.steps.get(&sent.step)?;
    let visit = visits.iter().find(|visit| visit.number == sent.visit)?;
    visit.submission.as_ref()?.find(&sent.message_id)
}

fn our_case(desk: &Desk) -> OurCase {
    let is_number = |value: &&String| {
        value.chars().count() >= SHORTEST_NUMBER
            && value.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && value.chars().any(|c| c.is_ascii_digit())
    };
    let recipients = desk.history.case.recipients.values();
    // Anybody may write from a provider's domain.
    let domains = recipients
        .filter_map(|recipient| recipient.email.as_deref())
        .filter(|address| presets::of_address(address).is_none())
        .filter_map(|address| address.rsplit_once('@').map(|(_, domain)| domain.to_owned()));
    OurCase {
        id: desk.id().to_string(),
        tag: thread::tag(desk),
        numbers: desk.history.answers.values().filter(is_number).cloned().collect(),
        domains: domains.collect(),
    }
}

fn shown(letter: &Letter, judgement: &Judgement) -> Value {
    let from = letter.from.as_ref();
    let kind = match &judgement.kind {
        Kind::Answer => "answer",
        Kind::Automatic => "automatic",
        Kind::Bounce(_) => "bounce",
        Kind::Delayed => "delayed",
        Kind::Delivered => "delivered",
        Kind::OwnCopy => "own_copy",
        Kind::FromOurselves => "from_ourselves",
        Kind::Unknown => "unknown",
    };
    let (certain, hints) = match &judgement.belongs {
        Belongs::Certain { .. } => (true, Vec::new()),
        Belongs::Suggested(hints) => (false, hints.iter().map(|hint| hint.case.clone()).collect()),
        Belongs::Nothing => (false, Vec::new()),
    };
    json!({
        "from": from.map(|from| &from.address),
        "name": from.map(|from| &from.name),
        "subject": letter.subject,
        "date": letter.date.map(|date: Timestamp| date.to_string()),
        "kind": kind,
        "certain": certain,
        "hints": hints,
        "excerpt": letter.body.chars().take(EXCERPT).collect::<String>(),
        "attachments": letter.attachments.iter().map(|file| &file.name).collect::<Vec<_>>(),
        "authentication": letter.authentication,
        "suggestions": judgement.suggestions.iter().map(suggestion).collect::<Vec<_>>(),
    })
}

fn suggestion(suggestion: &Suggestion) -> Value {
    let (what, value) = match &suggestion.says {
        Finding::Number { number, .. } => ("number", json!(number)),
        Finding::Handler { name, phone } => {
            let phone = phone.as_ref().map(|phone| format!(" {phone}"));
            ("handler", json!(format!("{name}{}", phone.unwrap_or_default())))
        }
        Finding::Outcome(outcome) => ("outcome", json!(answer(*outcome))),
        Finding::Paper(paper) => ("paper", json!(paper)),
        Finding::Sum { amount, .. } => ("sum", json!(amount.fen())),
        Finding::Due { by: Due::On(day), .. } => ("due", json!(day.to_string())),
        Finding::Due { by: Due::Within(span), .. } => ("due", json!(span.spoken(Lang::Zh))),
    };
    json!({ "what": what, "value": value, "sentence": suggestion.sentence })
}

/// The outcome of `reply` that a letter's words come nearest to.
fn answer(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Refused | Outcome::NotAccepted | Outcome::NotFiled => "refused",
        Outcome::NeedMore => "need-more",
        Outcome::Partial => "partial",
        Outcome::Paid => "paid",
        Outcome::Accepted | Outcome::Filed => "accepted",
        Outcome::WillPay | Outcome::Closed | Outcome::InProgress | Outcome::Received => "other",
    }
}
