//! Days on which a period of law ends, for papers that list them: worked out by the engine that
//! counts every other limit, never by a template. Nothing is extended over holidays: the day shown
//! is the earliest that can be meant.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use crate::domain::deadline::{Rules, Side};
use crate::domain::time;
use crate::workflow::template::{Limit, Template};
use crate::workflow::view::Maker;

/// Stands before the role whose latest written demand or payment a period begins anew with.
const DEMANDS: &str = "demands.";

/// Stands before the field whose answer is a time.
const ANSWERS: &str = "known.answers.";

impl Maker<'_> {
    /// The last day of each of the template's limits, by name; null while its beginning is unknown.
    pub(super) fn limits(&self, template: &Template) -> Value {
        let zone = self.history.case.time_zone();
        let rules = Rules { zone: &zone, calendar: &self.packs.calendar };
        let day = |limit: &Limit| {
            let start = limit.from.iter().find_map(|from| self.beginning(from, &zone))?;
            let last = rules.deadline(start, limit.span, Side::Ours, &[])?.last_day?;
            Some(format!("{}年{}月{}日", last.year(), last.month(), last.day()))
        };
        let limits = template.limits.iter();
        let limits: Map<String, Value> =
            limits.map(|(name, limit)| (name.clone(), day(limit).into())).collect();
        Value::Object(limits)
    }

    fn beginning(&self, from: &str, zone: &TimeZone) -> Option<Timestamp> {
        if from == "case.discovered_at" {
            return Some(self.history.case.discovered_at);
        }
        if let Some(field) = from.strip_prefix(ANSWERS) {
            return time::parse_in(self.history.answers.get(field)?, zone);
        }
        let role = from.strip_prefix(DEMANDS)?;
        let asked = self.demands_made();
        asked.iter().rfind(|made| made.written && made.role.as_str() == role).map(|made| made.at)
    }
}
