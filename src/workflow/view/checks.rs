//! The check lists of a workflow as a template sees them: what to look at, where, what is normal.

use serde_json::{Value, json};

use crate::domain::lang::Lang;
use crate::workflow::view::Maker;

impl Maker<'_> {
    /// The lists of this workflow's steps, in their order. What is to be captured before it is
    /// changed comes with the name of its evidence.
    pub(super) fn checks(&self) -> Value {
        let listed = self.workflow.steps.iter().filter_map(|step| {
            let list = self.packs.checks.get(step.check.as_ref()?)?;
            let name = |id: &str| {
                self.slot(id).map_or_else(|| id.to_owned(), |slot| slot.name.zh.to_string())
            };
            let items: Vec<Value> =
                list.items.iter().map(|item| item.shown(Lang::Zh, name)).collect();
            Some(json!({ "step": step.title.zh, "name": list.name.zh, "items": items }))
        });
        Value::Array(listed.collect())
    }
}
