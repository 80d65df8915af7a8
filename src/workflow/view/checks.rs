//! The check lists of a workflow as a template sees them: what to look at, where, what is normal.

use serde_json::{Value, json};

use crate::workflow::view::Maker;

impl Maker<'_> {
    /// The lists of this workflow's steps, in their order. What is to be captured before it is
    /// changed comes with the name of its evidence.
    pub(super) fn checks(&self) -> Value {
        let listed = self.workflow.steps.iter().filter_map(|step| {
            let list = self.packs.checks.get(step.check.as_ref()?)?;
            let items: Vec<Value> = list
                .items
                .iter()
                .map(|item| {
                    json!({
                        "what": item.what.zh,
                        "path": item.path,
                        "path_ios": item.path_ios,
                        "path_android": item.path_android,
                        "normal": item.normal,
                        "act": item.act,
                        "risk": item.risk,
                        "capture": item.capture.as_ref().map(|slot| {
                            self.slot(slot).map_or(slot.clone(), |slot| slot.name.zh.to_string())
                        }),
                    })
                })
                .collect();
            Some(json!({ "step": step.title.zh, "name": list.name.zh, "items": items }))
        });
        Value::Array(listed.collect())
    }
}
