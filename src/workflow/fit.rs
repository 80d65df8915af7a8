//! Which workflow a case is for.

use serde_json::Value;

use crate::domain::case::{Case, How};
use crate::domain::losses;
use crate::domain::money::Money;
use crate::workflow::condition::{ANY, CARD, Facts, Verdict};
use crate::workflow::model::Workflow;

/// Returns the workflows whose condition a case meets.
pub fn fitting<'a>(workflows: &'a [Workflow], case: &Case) -> Vec<&'a Workflow> {
    let json = case.snapshot();
    workflows.iter().filter(|workflow| fits(workflow, case, &json)).collect()
}

fn fits(workflow: &Workflow, case: &Case, json: &Value) -> bool {
    // A workflow without a condition is only for cases that name it.
    workflow
        .when
        .as_ref()
        .is_some_and(|when| when.evaluate(json, &Unopened { case }) == Verdict::Holds)
}

/// A case that was not opened yet: nothing was captured and nobody answered.
struct Unopened<'a> {
    case: &'a Case,
}

impl Facts for Unopened<'_> {
    fn have(&self, slot: &str) -> bool {
        self.case.evidence.contains_key(slot)
    }

    fn outcome(&self, _step: &str) -> String {
        String::new()
    }

    fn loss(&self, how: &str) -> Money {
        if how == CARD {
            return losses::by_card(self.case);
        }
        if how == ANY {
            return losses::net(self.case, None);
        }
        losses::net(self.case, How::ALL.into_iter().find(|candidate| candidate.as_str() == how))
    }

    fn workdays_since(&self, _what: &str) -> Option<i64> {
        None
    }
}
