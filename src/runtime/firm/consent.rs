//! What clients agreed to, over many matters; and taking a consent back, which stops everything of
//! that client that has not left.

use std::path::Path;

use jiff::civil::Date;
use toml_edit::{DocumentMut, value};

use crate::domain::consent::{self, Lack};
use crate::domain::document;
use crate::domain::lang::Text;
use crate::domain::time;
use crate::mail::file;
use crate::runtime::case_file::CASE_FILE;
use crate::runtime::desk::Desk;
use crate::runtime::error::RuntimeError;
use crate::runtime::firm::matter::Matter;
use crate::runtime::home::write_private;
use crate::runtime::sending::eml_name;
use crate::runtime::setup::Runtime;
use crate::workflow::submission::{Stage, Submission};

/// What one client agreed to, and whether it holds.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The matter.
    pub matter: String,
    /// The client.
    pub client: Option<String>,
    /// What was agreed, when anything was.
    pub consent: Option<consent::Consent>,
    /// Why nothing may leave.
    pub lack: Option<Lack>,
}

impl Runtime {
    /// Returns what the client of a matter agreed to.
    pub fn consent_of(&self, matter: &Matter) -> Standing {
        let case = matter.case();
        let today = time::day(self.clock.now(), &matter.zone);
        Standing {
            matter: matter.id.to_string(),
            client: case.victim.name.clone(),
            consent: case.consent.clone(),
            lack: consent::lack(case.consent.as_ref(), true, today),
        }
    }

    /// Writes into the case file that the client took the consent back, and amends the case when it
    /// is open: from then on nothing of it leaves.
    pub fn withdraw_consent(
        &mut self,
        matter: &Matter,
        day: Option<Date>,
    ) -> Result<Date, RuntimeError> {
        let today = time::day(self.clock.now(), &matter.zone);
        let day = day.unwrap_or(today);
        let Some(consent) = &matter.case().consent else {
            return Err(RuntimeError::asked(
                Text::new("这位委托人没有同意过，本来就不发", "this client never agreed"),
                Text::new("没有要撤回的", "there is nothing to take back"),
            ));
        };
        if day > today || day < consent.date {
            return Err(RuntimeError::asked(
                crate::text!("{day} 不能是撤回的日期", "{day} cannot be the day it was withdrawn"),
                Text::new(
                    "写同意之后、不晚于今天的日期",
                    "name a day after the consent, not after today",
                ),
            ));
        }
        write_day(&matter.folder.join(CASE_FILE), day)?;
        if let Some(desk) = &matter.desk {
            self.open_case(&matter.folder)?;
            self.set_unsent_aside(desk)?;
        }
        Ok(day)
    }

    /// What lies in the outbox for a person to send is taken out of their sight.
    fn set_unsent_aside(&self, desk: &Desk) -> Result<(), RuntimeError> {
        let outbox = self.home.case_paths(desk.id()).outbox;
        for (step, visits) in &desk.history.steps {
            let unsent = visits.iter().filter(|visit| visit.did.is_none());
            let submissions = unsent.filter_map(|visit| visit.submission.as_ref());
            for message in submissions.flat_map(Submission::volumes) {
                if !matches!(message.stage, Stage::Written { .. }) {
                    continue;
                }
                let name = eml_name(step, &message.message_id);
                file::set_aside(&outbox, &name)
                    .map_err(|source| RuntimeError::Home { path: outbox.join(&name), source })?;
            }
        }
        Ok(())
    }
}

fn write_day(path: &Path, day: Date) -> Result<(), RuntimeError> {
    let fail = |source| RuntimeError::Home { path: path.to_owned(), source };
    let bytes = std::fs::read(path).map_err(fail)?;
    let by_hand = || {
        let shown = path.display();
        RuntimeError::asked(
            crate::text!("{shown} 改不了", "{shown} cannot be changed"),
            crate::text!(
                "在 [consent] 里手工写 withdrawn = {day}，再运行 start",
                "write withdrawn = {day} into [consent] by hand and run start"
            ),
        )
    };
    let (text, _) = document::decode(&bytes).map_err(|_| by_hand())?;
    let mut document: DocumentMut = text.parse().map_err(|_| by_hand())?;
    let consent = document.get_mut("consent").and_then(|item| item.as_table_like_mut());
    consent.ok_or_else(by_hand)?.insert("withdrawn", value(day.to_string()));
    write_private(path, document.to_string().as_bytes()).map_err(fail)
}
