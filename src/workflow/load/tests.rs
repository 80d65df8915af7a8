//! What a workflow's author expects of it: each line must mean something before it can be checked.

use crate::domain::case::Case;
use crate::domain::document::{self, Places};
use crate::domain::lang::Text;
use crate::domain::names;
use crate::domain::problem::{Problem, Source, has_errors};
use crate::domain::span::Span;
use crate::workflow::load::targets::Ends;
use crate::workflow::load::{Loader, did_you_mean};
use crate::workflow::model::{Test, Workflow};
use crate::workflow::packs::Packs;
use crate::workflow::raw::RawTest;
use crate::workflow::rehearse::expectation::{self, Expected};
use crate::workflow::rehearse::scenario;
use crate::workflow::subflow::SEPARATOR;

/// The case of an expectation that names none.
const CASE: &str = "platform = \"wechat\"\ndiscovered_at = 2026-09-18T15:20:00+08:00\n";

/// How long a rehearsal goes on that is not told: beyond every limit of a year.
const UNTIL: Span = Span::Days(400);

impl Loader<'_> {
    pub(super) fn tests(&mut self, raw: Vec<RawTest>) -> Vec<Test> {
        raw.into_iter().enumerate().map(|(index, raw)| self.test(index, raw)).collect()
    }

    fn test(&mut self, index: usize, raw: RawTest) -> Test {
        let at = |key: &str| format!("test[{index}].{key}");
        if raw.expect.is_empty() && raw.never.is_empty() {
            let name = &raw.name;
            self.error(
                &format!("test[{index}]"),
                crate::text!("预期「{name}」什么也没有要求", "the test \"{name}\" expects nothing"),
                Text::new(
                    "加上 expect = [\"2026-09-20 timeout 步骤\"]",
                    "add expect = [\"2026-09-20 timeout step\"]",
                ),
            );
        }
        if let Some(case) = &raw.case {
            let read = document::read::<Case>("case", case);
            if let Some(problem) = read.problems.iter().find(|problem| problem.is_error()) {
                let (message, hint) = (problem.message.clone(), problem.hint.clone());
                self.error(&at("case"), message, hint);
            }
        }
        Test {
            expect: self.expected(&at("expect"), &raw.expect),
            never: self.expected(&at("never"), &raw.never),
            name: raw.name,
            scenario: raw.scenario.join("\n"),
            case: raw.case.unwrap_or_else(|| CASE.into()),
            until: raw.until.unwrap_or(UNTIL),
        }
    }

    fn expected(&mut self, at: &str, lines: &[String]) -> Vec<Expected> {
        let mut expected = Vec::new();
        for (index, line) in lines.iter().enumerate() {
            let place = format!("{at}[{index}]");
            match expectation::read(line) {
                Ok(read) => {
                    for step in read.step.iter().chain(&read.calls) {
                        // Steps of a workflow within are known once both are joined.
                        let holder = step.split_once(SEPARATOR).map(|(holder, _)| holder);
                        self.step_name(&place, holder.unwrap_or(step), Ends::Never);
                    }
                    expected.push(read);
                }
                Err((message, hint)) => self.error(&place, message, hint),
            }
        }
        expected
    }
}

/// Returns what is wrong with the scenarios and with names of steps of workflows within, which can
/// only be read against the whole workflow.
pub(super) fn whole(
    workflow: &Workflow,
    packs: &Packs,
    source: &Source,
    places: &Places,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (index, test) in workflow.tests.iter().enumerate() {
        for (key, lines) in [("expect", &test.expect), ("never", &test.never)] {
            for (line, expected) in lines.iter().enumerate() {
                let names = expected.step.iter().chain(&expected.calls);
                let Some(unknown) = names.into_iter().find(|id| workflow.step(id).is_none()) else {
                    continue;
                };
                let place = places.of(&format!("test[{index}].{key}[{line}]"));
                let known = workflow.steps.iter().map(|step| step.id.as_str());
                problems.push(source.error(
                    place,
                    crate::text!("没有步骤 {unknown}", "there is no step {unknown}"),
                    did_you_mean(names::nearest(unknown, known)),
                ));
            }
        }
        let text = Source::new(test.name.as_str(), test.scenario.as_str());
        let Err(wrong) = scenario::read(&text, workflow, packs) else { continue };
        if has_errors(&wrong) {
            let place = places.of(&format!("test[{index}].scenario"));
            problems.extend(
                wrong
                    .into_iter()
                    .map(|wrong| source.error(place.clone(), wrong.message, wrong.hint)),
            );
        }
    }
    problems
}
