//! One letter to one institution about all clients who handed something in there and have not been
//! told, or were refused. Only clients whose consent holds are in it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::domain::consent;
use crate::domain::losses;
use crate::domain::money::Money;
use crate::domain::role::Role;
use crate::domain::time;
use crate::render::table::{Cell, Table};
use crate::runtime::error::RuntimeError;
use crate::runtime::firm::matter::Matter;
use crate::runtime::firm::packs::not_open;
use crate::runtime::firm::papers::{Press, Wanted};
use crate::runtime::firm::returns;
use crate::runtime::setup::Runtime;
use crate::workflow::channel::{Channel, Kind};
use crate::workflow::history::{Visit, answer_name};
use crate::workflow::plan::{State, StepPlan};
use crate::workflow::raw::Action;
use crate::workflow::template::MadeFor;

/// One open claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The matter.
    pub number: String,
    /// The client.
    pub client: String,
    /// What was handed in.
    pub title: String,
    /// Its number.
    pub ticket: Option<String>,
    /// When.
    pub submitted: String,
    /// What is still missing of the client's losses by this institution.
    pub left: Money,
    /// How it stands.
    pub state: String,
}

/// Open claims by institution.
pub type Claims = BTreeMap<String, Vec<Claim>>;

impl Runtime {
    /// Adds the open claims of a matter. Returns false when its client has not agreed.
    pub fn add_claims(&self, matter: &Matter, claims: &mut Claims) -> Result<bool, RuntimeError> {
        let Some(desk) = &matter.desk else { return Err(not_open(matter)) };
        let today = time::day(self.clock.now(), &matter.zone);
        if consent::lack(matter.case().consent.as_ref(), true, today).is_some() {
            return Ok(false);
        }
        let case = matter.case();
        let outstanding = losses::net(case, None) - matter.history.recovered;
        if outstanding.fen() <= 0 {
            return Ok(true);
        }
        let plan = self.plan(desk, &desk.dossier(&self.library.packs, self.clock.now()))?;
        for step in plan.steps.iter().filter(|step| step.action == Action::Submit) {
            let Some((channel, institution)) = claimed_at(step) else { continue };
            let Some(visit) = desk.history.visit(&step.id) else { continue };
            let (Some(at), Some(state)) = (visit.confirmed_at(), open_state(step, visit)) else {
                continue;
            };
            let ticket = returns::answers_of(desk, visit).and_then(|answers| {
                let field = desk.workflow.step(&step.id)?.ask.first()?;
                answers[field].as_str().map(str::to_owned)
            });
            let share = match channel.role {
                Role::Bank => losses::by_card(case),
                _ => losses::net(case, None),
            };
            claims.entry(institution.to_owned()).or_default().push(Claim {
                number: matter.id.to_string(),
                client: case.victim.name.clone().unwrap_or_default(),
                title: step.title.zh.to_string(),
                ticket,
                submitted: time::told(at, &matter.zone),
                left: share.min(outstanding),
                state,
            });
        }
        Ok(true)
    }

    /// Sets the letter to an institution: to print, and to edit.
    pub fn digest_letter(
        &self,
        press: &Press,
        institution: &str,
        claims: &[Claim],
        wanted: &Wanted,
    ) -> Result<(Vec<u8>, Vec<u8>), RuntimeError> {
        let template = self.template_for(MadeFor::Digest)?;
        let zone = time::default_zone();
        let day = time::day(self.clock.now(), &zone);
        let (clients, total) = sums(claims);
        let rows: Vec<Value> = claims
            .iter()
            .map(|claim| {
                json!({
                    "number": claim.number,
                    "client": claim.client,
                    "title": claim.title,
                    "ticket": claim.ticket,
                    "submitted": claim.submitted,
                    "left": claim.left.grouped(),
                    "state": claim.state,
                })
            })
            .collect();
        let mut data = self.with_firm(json!({}), wanted)?;
        data["digest"] = json!({
            "institution": institution,
            "day": time::chinese_date(day),
            "clients": clients,
            "total": total.grouped(),
            "rows": rows,
        });
        data["doc"] = json!({
            "title": template.title.zh,
            "author": data["firm"]["name"],
            "draft": false, "missing": [], "our_number": "", "part": null,
            "date": { "year": day.year(), "month": day.month(), "day": day.day() },
        });
        Ok((press.pdf(self, template, data.clone())?, press.docx(self, template, data)?))
    }
}

/// A client with several claims is counted once.
fn sums(claims: &[Claim]) -> (usize, Money) {
    let mut by_client: BTreeMap<&str, Money> = BTreeMap::new();
    for claim in claims {
        let known = by_client.entry(&claim.number).or_default();
        *known = (*known).max(claim.left);
    }
    (by_client.len(), by_client.values().copied().sum())
}

fn claimed_at(step: &StepPlan) -> Option<(&Channel, &str)> {
    let channel = step.channel.as_deref()?;
    let may_owe =
        matches!(channel.role, Role::Platform | Role::Bank | Role::Insurer | Role::Merchant);
    let institution = channel.institution.as_deref()?;
    (may_owe && channel.kind != Kind::Call).then_some((channel, institution))
}

/// How an open claim stands; none for one that is settled, or that expects no answer.
fn open_state(step: &StepPlan, visit: &Visit) -> Option<String> {
    match visit.answers.last() {
        Some(answer) if answer.outcome == "paid" => None,
        Some(answer) => Some(answer_name(&answer.outcome).zh.to_string()),
        None => (step.state == State::Submitted).then(|| "未答复".into()),
    }
}

/// Returns the claims of an institution as a table.
pub fn table(claims: &[Claim]) -> Table {
    let row = |claim: &Claim| {
        vec![
            Cell::Text(claim.number.clone()),
            Cell::Text(claim.client.clone()),
            Cell::Text(claim.title.clone()),
            claim.ticket.clone().map_or(Cell::Empty, Cell::Text),
            Cell::Text(claim.submitted.clone()),
            Cell::Money(claim.left),
            Cell::Text(claim.state.clone()),
        ]
    };
    Table {
        name: "未结事项",
        heads: vec![
            ("本方编号", 16),
            ("委托人", 12),
            ("事项", 30),
            ("编号", 26),
            ("提交时间", 18),
            ("尚未收回（元）", 16),
            ("现状", 12),
        ],
        rows: claims.iter().map(row).collect(),
        sums: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_with_two_claims_is_counted_once() {
        let claim = |number: &str, yuan: i64| Claim {
            number: number.into(),
            client: String::new(),
            title: String::new(),
            ticket: None,
            submitted: String::new(),
            left: Money::from_fen(yuan * 100),
            state: String::new(),
        };
        let claims = [claim("W-1", 10), claim("W-1", 10), claim("W-2", 5)];
        assert_eq!(sums(&claims), (2, Money::from_fen(1500)));
    }
}
