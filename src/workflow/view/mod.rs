//! What a template may see of a case: one JSON value for all papers and texts, so that one name,
//! one amount and one ticket number stand everywhere. Values are already written as a reader sees
//! them; null is a fact nobody has given.

mod case;
mod changes;
mod checks;
mod demands;
mod known;
mod limits;

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use serde_json::{Map, Value, json};

use crate::domain::case::{Case, How, Loss};
use crate::domain::lang::Text;
use crate::domain::losses;
use crate::domain::redaction::Redaction;
use crate::domain::role::Role;
use crate::workflow::channel::Channel;
use crate::workflow::history::History;
use crate::workflow::model::{Step, Workflow};
use crate::workflow::packs::Packs;
use crate::workflow::template::{PaidBy, Template};

/// The sentence a loss of this kind may be described with, and the only one.
pub fn wording(how: How) -> &'static str {
    match how {
        How::NotByMe => "非本人操作，亦未授权他人操作",
        How::ByMeDeceived => "受他人欺骗，由本人操作",
        How::Unknown => "交易性质尚待核查",
    }
}

/// Facts that are true for a while: that they changed corrects nothing that was said before.
const PASSING: [&str; 3] = ["still_moving", "intruder_inside", "frozen_out"];

/// What views are made from. What several papers see alike is made once.
#[derive(Debug)]
pub struct Maker<'a> {
    workflow: &'a Workflow,
    packs: &'a Packs,
    history: &'a History,
    cases: RefCell<Vec<(Cut, Rc<Value>)>>,
    shared: OnceCell<Shared>,
}

/// What came to be known since the case was opened, the same for every step.
#[derive(Debug)]
struct Shared {
    all: Rc<Value>,
    /// The timeline without the numbers that others gave.
    plain_timeline: Value,
}

/// What of a case a view shows.
#[derive(Clone, Debug, PartialEq)]
struct Cut {
    /// How much of the person.
    redaction: Redaction,
    /// Losses of one kind.
    part: Option<How>,
    /// Losses that left by one bank.
    bank: OneBank,
    /// Losses of these kinds; empty for all.
    covers: Vec<How>,
    /// Losses that left by such a channel.
    paid_by: Option<PaidBy>,
}

/// Which bank's losses a sheet is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OneBank {
    /// All of them.
    #[default]
    Any,
    /// That one's.
    Named(String),
    /// Those that the case names no bank of.
    NotNamed,
}

impl OneBank {
    /// Returns the bank's name.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Named(name) => Some(name),
            Self::Any | Self::NotNamed => None,
        }
    }

    fn of(loss: &Loss) -> Self {
        losses::bank_of(loss).map_or(Self::NotNamed, |name| Self::Named(name.to_owned()))
    }
}

impl Cut {
    fn new(redaction: Redaction, part: Option<How>, template: &Template) -> Self {
        let (covers, paid_by) = (template.covers.clone(), template.paid_by);
        Self { redaction, part, bank: OneBank::Any, covers, paid_by }
    }

    fn at(self, bank: OneBank) -> Self {
        Self { bank, ..self }
    }

    fn shows(&self, case: &Case, loss: &Loss) -> bool {
        let covered = self.covers.is_empty() || self.covers.contains(&loss.kind());
        let paid = self.paid_by.is_none_or(|PaidBy::Card| losses::is_by_card(case, loss));
        let bank = self.bank == OneBank::Any || self.bank == OneBank::of(loss);
        covered && paid && bank && self.part.is_none_or(|how| loss.kind() == how)
    }
}

/// One paper or text to make: its name beside others of the same template, and what it sees.
#[derive(Clone, Debug, PartialEq)]
pub struct Sheet {
    /// Which kind of loss it is about, when the template is split by kind.
    pub part: Option<How>,
    /// Which bank it is about, when the template is split by bank.
    pub bank: OneBank,
    /// What it sees.
    pub view: Value,
}

impl<'a> Maker<'a> {
    /// Returns a maker for one history.
    pub fn new(workflow: &'a Workflow, packs: &'a Packs, history: &'a History) -> Self {
        let (cases, shared) = (RefCell::default(), OnceCell::new());
        Self { workflow, packs, history, cases, shared }
    }

    /// Returns what `template` sees for `step`, one sheet for each kind of loss and
    /// each bank where it is split.
    pub fn sheets(
        &self,
        step: &Step,
        template: &Template,
        channel: Option<&Channel>,
    ) -> Vec<Sheet> {
        let case = &self.history.case;
        let parts: Vec<Option<How>> = if template.split {
            let kinds: Vec<How> = losses::kinds(case)
                .into_iter()
                .filter(|how| {
                    let cut = Cut::new(Redaction::default(), Some(*how), template);
                    case.losses.iter().any(|loss| cut.shows(case, loss))
                })
                .collect();
            if kinds.is_empty() {
                vec![Some(How::Unknown)]
            } else {
                kinds.into_iter().map(Some).collect()
            }
        } else {
            vec![None]
        };
        parts
            .into_iter()
            .flat_map(|part| self.banks(template, part).into_iter().map(move |bank| (part, bank)))
            .map(|(part, bank)| {
                let view = self.view(step, template, channel, (part, &bank));
                Sheet { part, bank, view }
            })
            .collect()
    }

    /// The banks that the losses of one kind left by, in order of first appearance.
    fn banks(&self, template: &Template, part: Option<How>) -> Vec<OneBank> {
        if !template.by_bank {
            return vec![OneBank::Any];
        }
        let case = &self.history.case;
        let cut = Cut::new(Redaction::default(), part, template);
        let mut banks: Vec<OneBank> = Vec::new();
        for loss in case.losses.iter().filter(|loss| cut.shows(case, loss)) {
            let bank = OneBank::of(loss);
            if !banks.contains(&bank) {
                banks.push(bank);
            }
        }
        if banks.is_empty() { vec![OneBank::Any] } else { banks }
    }

    /// Returns what `template` says of the case itself, for finding papers that no longer agree.
    pub fn case_part(&self, template: &Template, role: Role) -> Value {
        case_part(template, &self.case(Cut::new(self.packs.redaction(role), None, template)))
    }

    /// The case as it is now, cut to what a recipient and a template may see.
    fn case(&self, cut: Cut) -> Rc<Value> {
        let made = self.cases.borrow().iter().find(|(known, _)| *known == cut).cloned();
        made.map_or_else(
            || {
                let absent = &self.history.absent_secrets;
                let value = Rc::new(case::case(&self.history.case, &cut, absent));
                self.cases.borrow_mut().push((cut, Rc::clone(&value)));
                value
            },
            |(_, value)| value,
        )
    }

    /// Returns the labels of facts without which the template stays a draft.
    pub fn missing(&self, template: &Template, view: &Value) -> Vec<Text> {
        let mut missing = Vec::new();
        for path in &template.needs {
            absent(view, path, &mut missing);
        }
        missing.into_iter().map(|path| self.label(&path)).collect()
    }

    fn view(
        &self,
        step: &Step,
        template: &Template,
        channel: Option<&Channel>,
        (part, bank): (Option<How>, &OneBank),
    ) -> Value {
        let role = channel.map_or(Role::Other, |channel| channel.role);
        let redaction = self.packs.redaction(role);
        let mut view = Value::Object(Map::new());
        let mut add = |name: &str, make: &dyn Fn() -> Rc<Value>| {
            if template.uses.iter().any(|path| path.split('.').next() == Some(name)) {
                trim(name, &make(), &template.uses, &mut view);
            }
        };
        add("case", &|| self.case(Cut::new(redaction, part, template).at(bank.clone())));
        add("known", &|| Rc::clone(&self.shared().all));
        // What this step follows up stands beside what all see, and in its place.
        add("known", &|| Rc::new(self.known(step, part, template)));
        add("flow", &|| Rc::new(self.flow()));
        add("to", &|| Rc::new(to(channel)));
        // What one bank gave or answered is not said of another.
        let alone = self.banks(template, None).len() == 1;
        let of_kind = |how| json!({ "how": how, "wording": wording(how), "bank": bank.name(), "alone": alone });
        add("part", &|| Rc::new(part.map_or(Value::Null, of_kind)));
        add("checks", &|| Rc::new(self.checks()));
        add("law", &|| Rc::new(Value::Array(self.law(&template.law))));
        if !template.limits.is_empty() {
            view["limits"] = self.limits(template);
        }
        view
    }

    /// What the workflow says of the account and of who answers for it.
    fn flow(&self) -> Value {
        let workflow = self.workflow;
        json!({
            "id": workflow.id,
            "name": workflow.name.zh,
            "subject": workflow.subject,
            "institution": workflow.institution,
        })
    }

    pub(super) fn law(&self, ids: &[String]) -> Vec<Value> {
        ids.iter()
            .filter_map(|id| self.packs.law.get(id))
            .map(|article| {
                let paragraphs: Vec<&str> = article.text.lines().collect();
                json!({ "law": article.law, "article": article.article, "paragraphs": paragraphs })
            })
            .collect()
    }

    /// Returns the first usable channel of a step.
    pub fn channel(&self, step: &Step) -> Option<Channel> {
        crate::workflow::dossier::choose_channel(step, self.workflow, self.packs, self.history)
    }
}

/// What a template says of a whole case.
fn case_part(template: &Template, whole: &Value) -> Value {
    let mut kept = Value::Object(Map::new());
    trim("case", whole, &template.uses, &mut kept);
    // What was so when a text was read out is not wrong because it is over.
    if let Some(facts) = kept.pointer_mut("/case/facts").and_then(Value::as_object_mut) {
        for passing in PASSING {
            facts.remove(passing);
        }
    }
    kept
}

fn to(channel: Option<&Channel>) -> Value {
    channel.map_or(Value::Null, |channel| {
        json!({
            "name": channel.name.zh,
            "institution": channel.institution,
            "address": channel.address,
            "kind": channel.kind,
            "role": channel.role,
            "text_limit": channel.text_limit,
        })
    })
}

/// Keeps of the member `name` what the paths name; names that are not there are left out, so that
/// a template that uses them fails loudly.
fn trim(name: &str, whole: &Value, uses: &[String], kept: &mut Value) {
    for path in uses {
        let mut names = path.split('.');
        if names.next() != Some(name) {
            continue;
        }
        let rest: Vec<&str> = names.collect();
        let Some(map) = kept.as_object_mut() else { return };
        if rest.is_empty() {
            match (map.get_mut(name), whole) {
                (Some(Value::Object(there)), Value::Object(more)) => there.extend(more.clone()),
                _ => drop(map.insert(name.to_owned(), whole.clone())),
            }
        } else {
            let next = map.entry(name).or_insert_with(|| Value::Object(Map::new()));
            copy(whole, next, &rest);
        }
    }
}

fn copy(from: &Value, to: &mut Value, path: &[&str]) {
    let Some((name, rest)) = path.split_first() else { return };
    let (Some(value), Some(map)) = (from.get(*name), to.as_object_mut()) else { return };
    if rest.is_empty() {
        map.insert((*name).to_owned(), value.clone());
    } else {
        let next = map.entry(*name).or_insert_with(|| Value::Object(Map::new()));
        copy(value, next, rest);
    }
}

/// Collects the places at `path` where nothing stands; `list[].name` asks every item.
fn absent(view: &Value, path: &str, out: &mut Vec<String>) {
    if let Some((list, rest)) = path.split_once("[].") {
        let items = at(view, list).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        for (index, item) in items.iter().enumerate() {
            if is_absent(at(item, rest)) {
                out.push(format!("{list}[{index}].{rest}"));
            }
        }
        return;
    }
    if is_absent(at(view, path)) {
        out.push(path.to_owned());
    }
}

fn at<'a>(view: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(view, |value, name| value.get(name))
}

fn is_absent(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::Array(items)) => items.is_empty(),
        Some(Value::String(text)) => text.trim().is_empty(),
        Some(_) => false,
    }
}
