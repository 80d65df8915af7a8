//! What was asked of whoever may owe, and what they paid: a limitation period can start anew with
//! each. Whether it did is for a lawyer to say.

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::domain::role::Role;
use crate::domain::time;
use crate::workflow::channel::Kind;
use crate::workflow::raw::Action;
use crate::workflow::view::Maker;

impl Maker<'_> {
    /// Every confirmed submission to a platform, bank, insurer or merchant, and every payment of
    /// theirs, by time.
    pub(super) fn demands(&self, zone: &TimeZone) -> Vec<Value> {
        let mut demands: Vec<(jiff::Timestamp, Value)> = Vec::new();
        for step in self.workflow.steps.iter().filter(|step| step.action == Action::Submit) {
            let Some(channel) = self.channel(step).filter(|channel| may_owe(channel.role)) else {
                continue;
            };
            let who = channel.institution.clone().unwrap_or_else(|| channel.name.zh.to_string());
            let said = |at, how: &str, written: bool| {
                let value = json!({
                    "who": who,
                    "role": channel.role,
                    "at": time::minute(at, zone),
                    "how": how,
                    "written": written,
                });
                (at, value)
            };
            for visit in self.history.steps.get(&step.id).into_iter().flatten() {
                if let Some(at) = visit.confirmed_at().filter(|_| !self.was_missed(visit)) {
                    demands.push(said(at, &step.title.zh, channel.kind != Kind::Call));
                }
                let paid =
                    visit.answers.iter().filter_map(|answer| Some((answer.when, answer.amount?)));
                demands.extend(paid.map(|(at, amount)| {
                    said(at, &format!("对方支付人民币 {} 元", amount.grouped()), true)
                }));
            }
        }
        demands.sort_by_key(|(at, _)| *at);
        demands.into_iter().map(|(_, demand)| demand).collect()
    }
}

fn may_owe(role: Role) -> bool {
    matches!(role, Role::Platform | Role::Bank | Role::Insurer | Role::Merchant)
}
