//! Looks for messages in doubt. What is found was taken; that something is not there is written
//! down with what speaks for it, and the plan decides what follows.

use jiff::Timestamp;

use crate::domain::case::CaseId;
use crate::mail::imap::Mailbox;
use crate::mail::imap::error::ImapError;
use crate::mail::imap::search::Search;
use crate::mail::inbound::judge::Sent;
use crate::runtime::error::RuntimeError;
use crate::runtime::inbox::submission_of;
use crate::runtime::mailbox::{apart, failed};
use crate::runtime::setup::Runtime;
use crate::workflow::doubt::LOOK_AFTER;
use crate::workflow::event::{Event, Note};
use crate::workflow::submission::Stage;

/// A message in doubt.
struct Doubt {
    case: CaseId,
    sent: Sent,
    /// The whole mailbox is to be looked through.
    thoroughly: bool,
}

impl Runtime {
    /// Looks for every message in doubt whose own copy should have come by now; returns how many
    /// were found.
    pub(super) async fn look_for_doubts(
        &mut self,
        mut mailbox: Mailbox,
        server: &str,
    ) -> Result<(Mailbox, usize), RuntimeError> {
        let mut found = 0;
        for doubt in self.doubts()? {
            let id = doubt.sent.message_id.clone();
            let witness = if doubt.thoroughly { self.witness_for(&doubt.sent)? } else { None };
            let (back, looked) = apart(async move {
                let looked = look(&mut mailbox, &id, doubt.thoroughly, witness).await;
                (mailbox, looked)
            })
            .await?;
            mailbox = back;
            match looked.map_err(|error| failed(&error))? {
                Looked::Found => {
                    self.copy_came(&doubt.case, &doubt.sent)?;
                    found += 1;
                }
                Looked::NotInTheUsualPlaces => {}
                Looked::Absent { search, witness } => {
                    self.note_absence(&doubt, server, &search, witness.as_ref())?;
                }
            }
        }
        Ok((mailbox, found))
    }

    fn doubts(&mut self) -> Result<Vec<Doubt>, RuntimeError> {
        let now = self.clock.now();
        let mut found = Vec::new();
        for row in self.store.cases()?.into_iter().filter(|row| row.closed_at.is_none()) {
            let desk = self.desk(&row.id)?;
            for (step, visits) in &desk.history.steps {
                for visit in visits.iter().filter(|visit| visit.is_in_doubt()) {
                    let Some(submission) = &visit.submission else { continue };
                    let Stage::InDoubt { since } = submission.stage else { continue };
                    if since.duration_until(now) < LOOK_AFTER {
                        continue;
                    }
                    let sent = self.sent(&row.id, step, visit.number, &submission.message_id)?;
                    let thoroughly = submission.is_to_be_looked_for(now);
                    found.push(Doubt { case: row.id.clone(), sent, thoroughly });
                }
            }
        }
        Ok(found)
    }

    /// The newest message of the same sender that was certainly taken, long enough ago for its copy
    /// to be there. Of a sender that is not the account of the settings this mailbox says nothing.
    fn witness_for(&self, sent: &Sent) -> Result<Option<String>, RuntimeError> {
        let Some(message) = self.store.message(&sent.message_id)? else { return Ok(None) };
        let own = self.config.smtp.as_ref().is_some_and(|smtp| smtp.from == message.sender);
        if !own {
            return Ok(None);
        }
        let by = self.clock.now().saturating_sub(LOOK_AFTER).unwrap_or(Timestamp::MIN);
        Ok(self.store.newest_taken(&message.sender, by)?)
    }

    fn note_absence(
        &mut self,
        doubt: &Doubt,
        server: &str,
        search: &Search,
        witness: Option<&String>,
    ) -> Result<(), RuntimeError> {
        let sent = &doubt.sent;
        let note = Note::NotFound {
            step: sent.step.clone(),
            visit: sent.visit,
            message_id: sent.message_id.clone(),
            server: server.to_owned(),
            folders: search.folders,
            unread: search.unread,
            witness: witness.cloned(),
        };
        // Whoever settled it meanwhile knows more.
        self.say_if(&doubt.case, |desk| {
            let stage = &submission_of(desk, sent)?.stage;
            matches!(stage, Stage::InDoubt { .. }).then(|| Event::Noted { note: note.clone() })
        })
        .map(drop)
    }
}

enum Looked {
    Found,
    NotInTheUsualPlaces,
    Absent { search: Search, witness: Option<String> },
}

async fn look(
    mailbox: &mut Mailbox,
    message_id: &str,
    thoroughly: bool,
    witness: Option<String>,
) -> Result<Looked, ImapError> {
    if mailbox.find(message_id).await?.is_some() {
        return Ok(Looked::Found);
    }
    if !thoroughly {
        return Ok(Looked::NotInTheUsualPlaces);
    }
    // The witness first: whether the server's search can be believed is known before it counts.
    let witness = match witness {
        Some(earlier) => mailbox.find_everywhere(&earlier).await?.place.map(|_| earlier),
        None => None,
    };
    let search = mailbox.find_everywhere(message_id).await?;
    Ok(match search.place {
        Some(_) => Looked::Found,
        None => Looked::Absent { search, witness },
    })
}
