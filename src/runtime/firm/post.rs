//! What goes by post: the labels of everything that waits to be posted.

use serde_json::{Value, json};

use crate::domain::time;
use crate::runtime::error::RuntimeError;
use crate::runtime::firm::matter::Matter;
use crate::runtime::firm::packs::not_open;
use crate::runtime::firm::papers::Press;
use crate::runtime::setup::Runtime;
use crate::workflow::channel::{Channel, Kind};
use crate::workflow::plan::State;
use crate::workflow::raw::Action;
use crate::workflow::template::MadeFor;

/// Whose name stands on an envelope as the sender's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// The firm's.
    Firm,
    /// The client's.
    Client,
}

/// The labels of a matter.
#[derive(Clone, Debug, Default)]
pub struct Labels {
    /// What can be posted.
    pub ready: Vec<Value>,
    /// Steps whose papers are not final.
    pub unready: Vec<String>,
}

impl Runtime {
    /// Returns the labels of what waits to be posted in a matter.
    pub fn labels(&self, matter: &Matter, sender: Sender) -> Result<Labels, RuntimeError> {
        let Some(desk) = &matter.desk else { return Err(not_open(matter)) };
        let plan = self.plan(desk, &desk.dossier(&self.library.packs, self.clock.now()))?;
        let mut labels = Labels::default();
        for step in &plan.steps {
            let Some(channel) = step.channel.as_ref().filter(|one| one.kind == Kind::Post) else {
                continue;
            };
            let waits = matches!(step.state, State::Open | State::Overdue);
            let prepared = desk.history.visit(&step.id).and_then(|visit| visit.prepared.as_ref());
            if !waits || step.action != Action::Submit {
                continue;
            }
            // Without a consent that holds no label invites anybody to post.
            self.refuse_without_consent(matter)?;
            let Some(prepared) = prepared.filter(|prepared| !prepared.draft) else {
                labels.unready.push(step.id.clone());
                continue;
            };
            let papers = prepared.papers.iter().filter_map(|paper| {
                self.library.packs.templates.get(&paper.template).filter(|one| !one.internal)
            });
            let mut content: Vec<&str> = papers.map(|one| one.title.zh.as_ref()).collect();
            content.dedup();
            labels.ready.push(json!({
                "number": matter.id.as_str(),
                "step": step.id,
                "title": step.title.zh,
                "to": self.addressee(channel),
                "from": self.sender_of(matter, sender)?,
                "content": content,
            }));
        }
        Ok(labels)
    }

    /// Whom a label is for. Only an address that the firm checked is printed.
    fn addressee(&self, channel: &Channel) -> Value {
        let name = channel.institution.clone().unwrap_or_else(|| channel.name.zh.to_string());
        let firm = self.config.firm.as_ref();
        let address = firm.and_then(|firm| firm.post_addresses.get(&name));
        let hint = channel.path.iter().find(|line| line.zh.contains("地址"));
        let hint = hint.filter(|_| address.is_none()).map(|line| &line.zh);
        json!({ "name": name, "address": address, "phone": channel.address, "hint": hint })
    }

    fn sender_of(&self, matter: &Matter, sender: Sender) -> Result<Value, RuntimeError> {
        if sender == Sender::Client {
            let victim = &matter.case().victim;
            return Ok(json!({
                "name": victim.name, "address": victim.address, "phone": victim.phone,
            }));
        }
        let (firm, _) = self.licensed_firm()?;
        Ok(json!({ "name": firm.name, "address": firm.address, "phone": firm.phone }))
    }

    /// Sets labels on sheets, six on each.
    pub fn label_sheets(&self, press: &Press, labels: &[Value]) -> Result<Vec<u8>, RuntimeError> {
        let template = self.template_for(MadeFor::Labels)?;
        let zone = time::default_zone();
        let day = time::day(self.clock.now(), &zone);
        let data = json!({
            "labels": labels,
            "doc": {
                "title": template.title.zh, "author": "", "draft": false, "missing": [],
                "our_number": "", "part": null,
                "date": { "year": day.year(), "month": day.month(), "day": day.day() },
            },
        });
        press.pdf(self, template, data)
    }
}
