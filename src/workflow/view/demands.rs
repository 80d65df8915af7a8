//! What was asked of whoever may owe, and what they paid: a limitation period can start anew with
//! each. Whether it did is for a lawyer to say.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::domain::role::Role;
use crate::domain::time;
use crate::workflow::channel::Kind;
use crate::workflow::raw::Action;
use crate::workflow::view::Maker;

/// One demand, or one payment.
#[derive(Clone, Debug)]
pub(super) struct Made {
    /// When.
    pub at: Timestamp,
    /// Who was asked, or paid.
    pub who: String,
    /// What they are.
    pub role: Role,
    /// In which way.
    pub how: String,
    /// On paper or by a form, or by paying: not by telephone alone.
    pub written: bool,
}

impl Maker<'_> {
    /// Every confirmed submission to a platform, bank, insurer or merchant, and every payment of
    /// theirs, by time.
    pub(super) fn demands_made(&self) -> Vec<Made> {
        let zone = self.history.case.time_zone();
        let mut made: Vec<Made> = Vec::new();
        for step in self.workflow.steps.iter().filter(|step| step.action == Action::Submit) {
            let Some(channel) = self.channel(step).filter(|channel| may_owe(channel.role)) else {
                continue;
            };
            let who = channel.institution.clone().unwrap_or_else(|| channel.name.zh.to_string());
            let one = |at, how: String, written| {
                let (who, role) = (who.clone(), channel.role);
                Made { at, who, role, how, written }
            };
            for visit in self.history.steps.get(&step.id).into_iter().flatten() {
                if let Some(at) = visit.confirmed_at().filter(|_| !self.was_missed(visit)) {
                    let written = channel.kind != Kind::Call;
                    let signed = visit.delivered.map(|at| time::told(at, &zone));
                    let signed = signed.map(|at| format!("；{at} 签收")).unwrap_or_default();
                    made.push(one(at, format!("{}{signed}", step.title.zh), written));
                }
                let paid =
                    visit.answers.iter().filter_map(|answer| Some((answer.when, answer.amount?)));
                made.extend(paid.map(|(at, amount)| {
                    one(at, format!("对方支付人民币 {} 元", amount.grouped()), true)
                }));
            }
        }
        made.sort_by_key(|made| made.at);
        made
    }

    /// The same, as a reader sees it.
    pub(super) fn demands(&self, zone: &TimeZone) -> Vec<Value> {
        let shown = |made: Made| {
            json!({
                "who": made.who,
                "role": made.role,
                "at": time::told(made.at, zone),
                "how": made.how,
                "written": made.written,
            })
        };
        self.demands_made().into_iter().map(shown).collect()
    }
}

fn may_owe(role: Role) -> bool {
    matches!(role, Role::Platform | Role::Bank | Role::Insurer | Role::Merchant)
}
