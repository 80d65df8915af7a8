//! Properties of the plan over generated workflows and whatever people do in them.
//! `PROPTEST_CASES=100000` runs the long version.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use appeal_daemon::domain::case::Case;
use appeal_daemon::domain::deadline::Rules;
use appeal_daemon::domain::digest::Digest;
use appeal_daemon::domain::document;
use appeal_daemon::domain::pace::Gate;
use appeal_daemon::runtime::setup;
use appeal_daemon::workflow::dossier::Dossier;
use appeal_daemon::workflow::event::{Entry, Event};
use appeal_daemon::workflow::fold::fold;
use appeal_daemon::workflow::library::Library;
use appeal_daemon::workflow::model::Workflow;
use appeal_daemon::workflow::plan::{self, Action, Plan, State};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::Value;

static LIBRARY: LazyLock<Library> =
    LazyLock::new(|| setup::library(std::path::Path::new("/nonexistent")).unwrap());

const SPANS: [&str; 8] = ["2h", "48h", "0d", "1d", "5d", "3wd", "5wd", "1mo"];

/// One generated step: what it needs, its limit, what silence and answers lead to.
#[derive(Clone, Debug)]
struct Step {
    needs: Vec<usize>,
    due: Option<usize>,
    silence: Vec<(usize, usize)>,
    refused: Option<usize>,
    need_more: Option<usize>,
    repeat: Option<u32>,
}

/// What somebody does.
#[derive(Clone, Debug)]
enum Deed {
    Pass(u32),
    Done(usize),
    Skip(usize),
    Answer(usize, usize),
}

const OUTCOMES: [&str; 5] = ["paid", "refused", "need_more", "accepted", "partial"];

fn step() -> impl Strategy<Value = Step> {
    (
        prop::collection::vec(0..6_usize, 0..3),
        prop::option::of(0..SPANS.len()),
        prop::collection::vec((0..SPANS.len(), 0..3_usize), 0..4),
        prop::option::of(0..3_usize),
        prop::option::of(0..3_usize),
        prop::option::weighted(0.2, 2..4_u32),
    )
        .prop_map(|(needs, due, silence, refused, need_more, repeat)| Step {
            needs,
            due,
            silence,
            refused,
            need_more,
            repeat,
        })
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        3 => (1..400_u32).prop_map(Deed::Pass),
        3 => (0..8_usize).prop_map(Deed::Done),
        1 => (0..8_usize).prop_map(Deed::Skip),
        3 => (0..8_usize, 0..OUTCOMES.len()).prop_map(|(step, outcome)| Deed::Answer(step, outcome)),
    ]
}

/// Three steps `c0..c2` that are only called, and the others in order.
fn text(steps: &[Step]) -> String {
    let mut out = String::from("schema = 1\nid = \"g\"\nname = \"生成\"\nsources = [\"test\"]\n");
    let called: Vec<usize> = steps
        .iter()
        .flat_map(|step| {
            step.silence.iter().map(|(_, to)| *to).chain(step.refused).chain(step.need_more)
        })
        .collect();
    for (index, step) in steps.iter().enumerate() {
        out.push_str(&format!(
            "[step.s{index}]\ntitle = \"步骤{index}\"\naction = \"submit\"\nto = \"police.110\"\n"
        ));
        let mut needs: Vec<String> = step
            .needs
            .iter()
            .filter(|need| **need < index)
            .map(|need| format!("\"s{need}\""))
            .collect();
        needs.dedup();
        out.push_str(&format!("needs = [{}]\n", needs.join(", ")));
        if let Some(due) = step.due {
            out.push_str(&format!("due = \"{}\"\n", SPANS[due]));
        }
        let mut ladder: BTreeMap<&str, usize> = BTreeMap::new();
        for (span, to) in &step.silence {
            ladder.insert(SPANS[*span], *to);
        }
        let ladder: Vec<String> =
            ladder.iter().map(|(span, to)| format!("\"{span}\" = \"c{to}\"")).collect();
        out.push_str(&format!("on_silence = {{ {} }}\n", ladder.join(", ")));
        for (name, to) in [("refused", step.refused), ("need_more", step.need_more)] {
            if let Some(to) = to {
                out.push_str(&format!("on_{name} = \"c{to}\"\n"));
            }
        }
        if let Some(max) = step.repeat {
            out.push_str(&format!("repeat = {{ every = \"2d\", max = {max} }}\n"));
        }
    }
    for index in 0..3 {
        if called.contains(&index) {
            out.push_str(&format!(
                "[step.c{index}]\ntitle = \"被调用{index}\"\naction = \"submit\"\nto = \"police.110\"\ndue = \"1d\"\non_silence = {{}}\n"
            ));
        }
    }
    out
}

struct World {
    workflow: Arc<Workflow>,
    entries: Vec<Entry>,
    payloads: BTreeMap<Digest, Value>,
    now: Timestamp,
}

impl World {
    fn new(text: &str) -> Self {
        let loaded = LIBRARY.load_workflow("generated.toml", text);
        let workflow = loaded.workflow.unwrap_or_else(|| panic!("{:?}\n{text}", loaded.problems));
        let case = "platform = \"wechat\"\ndiscovered_at = 2026-09-18T15:20:00+08:00\n";
        let case = document::read::<Case>("case", case).content.unwrap();
        let (snapshot, now) = (case.snapshot(), case.discovered_at);
        let digest = Digest::of_json(&snapshot);
        let opened = Event::Opened {
            case: digest.clone(),
            workflow_id: "g".into(),
            workflow: workflow.digest.clone(),
        };
        let entries = vec![Entry { seq: 1, at: now, event: opened }];
        let payloads = BTreeMap::from([(digest, snapshot)]);
        Self { workflow: Arc::new(workflow), entries, payloads, now }
    }

    fn append(&mut self, event: Event) {
        let seq = self.entries.len() as u64 + 1;
        self.entries.push(Entry { seq, at: self.now, event });
    }

    fn plan(&self) -> Plan {
        let history = fold(&self.workflow, &LIBRARY.packs, &self.entries, &self.payloads).unwrap();
        let zone = history.case.time_zone();
        let rules = Rules { zone: &zone, calendar: &LIBRARY.packs.calendar };
        let dossier = Dossier::new(&self.workflow, &LIBRARY.packs, &history, self.now);
        let plan = plan::plan(&dossier, rules, &Gate::open());
        assert_eq!(plan, plan::plan(&dossier, rules, &Gate::open()), "the same twice");
        plan
    }

    /// Does what the plan says until nothing is left; the same thing never twice.
    fn rest(&mut self) -> Plan {
        let mut seen: Vec<String> = Vec::new();
        loop {
            let plan = self.plan();
            let Some(action) = plan.actions.first().cloned() else { return plan };
            let key = format!("{action:?}");
            assert!(!seen.contains(&key), "planned twice: {key}");
            seen.push(key);
            assert!(seen.len() < 200, "goes in circles");
            self.act(&action);
        }
    }

    fn act(&mut self, action: &Action) {
        let event = match action.clone() {
            Action::Expire { step, visit, rung, due } => {
                Event::Expired { step, visit, span: rung.span, target: rung.step, due, late: false }
            }
            Action::Fulfil { step, visit } | Action::Bundle { step, visit } => Event::PersonDid {
                step,
                visit,
                outcome: None,
                when: self.now,
                answers: None,
                by_case: true,
            },
            Action::Skip { step, visit } => Event::Skipped { step, visit, by_person: false },
            Action::Remind { items } => Event::Reminded {
                items: items.into_iter().map(|item| item.id).collect(),
                via: vec!["test".into()],
            },
            Action::Close => Event::Closed { reason: None },
            other => panic!("nothing here is prepared or sent: {other:?}"),
        };
        self.append(event);
    }

    fn deed(&mut self, deed: &Deed, plan: &Plan) {
        let at = |index: usize| plan.steps.get(index % plan.steps.len());
        match deed {
            Deed::Pass(hours) => {
                let passed = SignedDuration::from_hours(i64::from(*hours));
                self.now = self.now.checked_add(passed).unwrap();
            }
            Deed::Done(index) => {
                if let Some(step) = at(*index).filter(|step| step.state.is_task()) {
                    let (step, visit) = (step.id.clone(), step.visit);
                    let when = self.now;
                    self.append(Event::PersonDid {
                        step,
                        visit,
                        outcome: None,
                        when,
                        answers: None,
                        by_case: false,
                    });
                }
            }
            Deed::Skip(index) => {
                if let Some(step) = at(*index).filter(|step| step.state.is_task()) {
                    let (step, visit) = (step.id.clone(), step.visit);
                    self.append(Event::Skipped { step, visit, by_person: true });
                }
            }
            Deed::Answer(index, outcome) => {
                let step = at(*index).filter(|step| step.state == State::Submitted);
                if let Some(step) = step {
                    let (step, visit) = (step.id.clone(), step.visit);
                    let outcome = OUTCOMES[*outcome].to_owned();
                    let when = self.now;
                    self.append(Event::Answer {
                        step,
                        visit,
                        outcome,
                        when,
                        amount: None,
                        details: None,
                    });
                }
            }
        }
    }
}

fn holds(plan: &Plan, now: Timestamp, workflow: &Workflow) {
    for step in &plan.steps {
        let over = matches!(step.state, State::Done | State::Skipped);
        if over || step.state.is_task() {
            continue;
        }
        let waiting = step.waiting.as_ref();
        assert!(waiting.is_some(), "{} waits without a reason", step.id);
        // Whoever waits for an answer has a date, or is asked for something, or no ladder left.
        if step.state == State::Submitted && step.silence.is_none() {
            let known = workflow.step(&step.id).unwrap();
            let paused = format!("{waiting:?}").contains("Us");
            assert!(
                paused
                    || known.no_answer_expected
                    || !known.ladder.is_empty()
                    || !known.outcomes.is_empty()
            );
        }
    }
    let earliest = plan
        .dates
        .iter()
        .filter(|date| !date.over && date.happens_at() > now)
        .map(appeal_daemon::workflow::dates::PlannedDate::happens_at)
        .min();
    if let Some(earliest) = earliest {
        let wake = plan.next_wake.expect("a date that matters wakes the planner");
        assert!(wake <= earliest, "sleeps past {earliest}");
    }
}

/// Two thousand cases, or as many as `PROPTEST_CASES` asks for.
fn config() -> ProptestConfig {
    let asked = ProptestConfig::default();
    let cases = if asked.cases == DEFAULT_CASES { 2_000 } else { asked.cases };
    ProptestConfig { cases, failure_persistence: None, ..asked }
}

/// What the library takes when nobody asks for a number.
const DEFAULT_CASES: u32 = 256;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn whatever_happens_the_plan_keeps_its_promises(
        steps in prop::collection::vec(step(), 1..5),
        deeds in prop::collection::vec(deed(), 1..8),
    ) {
        let mut world = World::new(&text(&steps));
        let mut plan = world.rest();
        holds(&plan, world.now, &world.workflow);
        for deed in &deeds {
            world.deed(deed, &plan);
            plan = world.rest();
            holds(&plan, world.now, &world.workflow);
        }
        // What concerns no step changes no step and no date.
        world.append(Event::EvidenceAdded {
            slot: "other.unrelated".into(),
            sha256: Digest::of(b"x"),
            size_bytes: 1,
            file: "x".into(),
        });
        let after = world.plan();
        prop_assert_eq!(&after.steps, &plan.steps);
        prop_assert_eq!(&after.dates, &plan.dates);
        prop_assert_eq!(after.next_wake, plan.next_wake);
    }
}
