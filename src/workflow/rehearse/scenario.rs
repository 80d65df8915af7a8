//! Scenarios: who answers what and when, and what the person does, one line each.
//!
//! ```text
//! ticket: refused after 3d "证据不足"
//! insurer: need-more after 2wd
//! letter#2: paid after 5wd amount 4980.00
//! person: does nothing for 4 days
//! person: station not_received after 1d
//! person: merchant skip
//! ```
//!
//! Before the colon stands a step, a word of a step's id that no other step has, a recipient's role
//! (every first submission to it), or `person`. What no line says is the silent scenario: the
//! person does each task when it opens, and nobody answers.

use std::collections::BTreeMap;

use crate::domain::lang::Text;
use crate::domain::money::Money;
use crate::domain::names;
use crate::domain::problem::{Problem, Source};
use crate::domain::span::Span;
use crate::workflow::load::ANSWERS;
use crate::workflow::model::{Step, Target, Workflow};
use crate::workflow::packs::Packs;
use crate::workflow::raw::Action;

/// The word for the person whose case it is.
const PERSON: &str = "person";

/// The outcome with which a person leaves a step out.
pub const SKIP: &str = "skip";

/// A scenario.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scenario {
    /// What the other sides say.
    pub answers: Vec<Scripted>,
    /// When the person does nothing.
    pub idle: Vec<Idle>,
    /// What the person does otherwise than at once.
    pub choices: BTreeMap<String, Choice>,
}

/// An answer of the other side.
#[derive(Clone, Debug, PartialEq)]
pub struct Scripted {
    /// The step they answer.
    pub step: String,
    /// Which visit of it.
    pub visit: u32,
    /// What they say.
    pub outcome: String,
    /// How long after the confirmed submission.
    pub after: Span,
    /// What they pay.
    pub amount: Option<Money>,
    /// What they write.
    pub note: Option<String>,
}

/// A stretch in which the person does nothing, from the beginning or from a later point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Idle {
    /// How long after the beginning it starts; none for at once.
    pub from: Option<Span>,
    /// How long it lasts; none for ever.
    pub length: Option<Span>,
}

/// How the person does one step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// The outcome they choose, or `skip`.
    pub outcome: Option<String>,
    /// How long after it opens.
    pub after: Option<Span>,
}

/// Reads a scenario, or reports every line that is wrong.
pub fn read(source: &Source, workflow: &Workflow, packs: &Packs) -> Result<Scenario, Vec<Problem>> {
    let mut reader =
        Reader { source, workflow, packs, scenario: Scenario::default(), problems: Vec::new() };
    let mut offset = 0;
    for line in source.text.split_inclusive('\n') {
        reader.line(line.trim_end(), offset);
        offset += line.len();
    }
    if reader.problems.is_empty() { Ok(reader.scenario) } else { Err(reader.problems) }
}

struct Reader<'a> {
    source: &'a Source,
    workflow: &'a Workflow,
    packs: &'a Packs,
    scenario: Scenario,
    problems: Vec<Problem>,
}

/// Why a line cannot be read.
struct Fault(Text, Text);

impl Reader<'_> {
    fn line(&mut self, line: &str, offset: usize) {
        let said = line.trim();
        if said.is_empty() || said.starts_with('#') || said == "silent" {
            return;
        }
        let read = match said.split_once([':', '：']) {
            Some((PERSON, rest)) => self.person(rest.trim()),
            Some((who, rest)) => self.answer(who.trim(), rest.trim()),
            None => Err(Fault(
                Text::new("这一行没有冒号", "the line has no colon"),
                Text::new(
                    "写成 步骤: refused after 3d，或 person: does nothing for 4 days",
                    "write step: refused after 3d, or person: does nothing for 4 days",
                ),
            )),
        };
        if let Err(Fault(message, hint)) = read {
            self.problems.push(self.source.error(offset..offset + line.len(), message, hint));
        }
    }

    fn answer(&mut self, who: &str, rest: &str) -> Result<(), Fault> {
        let (who, visit) = match who.split_once('#') {
            Some((who, number)) => (who, number.parse().map_err(|_| bad_visit(number))?),
            None => (who, 1),
        };
        let steps = self.steps(who)?;
        let (rest, note) = split_note(rest);
        let mut words = Words::new(rest);
        let outcome = words.next().unwrap_or_default().replace('-', "_");
        for step in &steps {
            check_outcome(step, &outcome)?;
        }
        words.expect("after")?;
        let after = words.span()?;
        let amount = match words.next() {
            Some("amount") => Some(words.amount()?),
            Some(other) => return Err(unexpected(other)),
            None => None,
        };
        let steps: Vec<String> = steps.into_iter().map(|step| step.id.clone()).collect();
        for step in steps {
            let outcome = outcome.clone();
            let note = note.map(str::to_owned);
            self.scenario.answers.push(Scripted { step, visit, outcome, after, amount, note });
        }
        Ok(())
    }

    fn person(&mut self, rest: &str) -> Result<(), Fault> {
        let mut words = Words::new(rest);
        let first = words.next().unwrap_or_default();
        if first == "does" {
            words.expect("nothing")?;
            let mut idle = Idle { from: None, length: None };
            while let Some(word) = words.next() {
                match word {
                    "for" => idle.length = Some(words.span()?),
                    "from" => idle.from = Some(words.span()?),
                    other => return Err(unexpected(other)),
                }
            }
            self.scenario.idle.push(idle);
            return Ok(());
        }
        let step = match self.steps(first)?.as_slice() {
            [only] => only.id.clone(),
            _ => return Err(unexpected(first)),
        };
        let mut choice = Choice::default();
        while let Some(word) = words.next() {
            if word == "after" {
                choice.after = Some(words.span()?);
            } else if choice.outcome.is_none() {
                let outcome = word.replace('-', "_");
                self.check_choice(&step, &outcome)?;
                choice.outcome = Some(outcome);
            } else {
                return Err(unexpected(word));
            }
        }
        self.scenario.choices.insert(step, choice);
        Ok(())
    }

    fn check_choice(&self, step: &str, outcome: &str) -> Result<(), Fault> {
        let picks = self.workflow.step(step).map(|step| step.pick.clone()).unwrap_or_default();
        if outcome == SKIP || outcome == "done" || picks.iter().any(|pick| pick == outcome) {
            return Ok(());
        }
        let known = picks.iter().map(String::as_str).chain([SKIP, "done"]);
        let all: Vec<&str> = known.clone().collect();
        Err(unknown_outcome(step, outcome, names::nearest(outcome, known), &all.join(", ")))
    }

    /// The steps a subject means: one by its id or a word of it, or all submissions to a role.
    fn steps(&self, who: &str) -> Result<Vec<&Step>, Fault> {
        if let Some(step) = self.workflow.step(who) {
            return Ok(vec![step]);
        }
        let of_role: Vec<&Step> = self
            .workflow
            .steps
            .iter()
            .filter(|step| step.awaits_answer() && self.roles(step).any(|role| role == who))
            .collect();
        if !of_role.is_empty() {
            return Ok(of_role);
        }
        let words: Vec<&Step> = self
            .workflow
            .steps
            .iter()
            .filter(|step| step.id.split(['-', '_', '/']).any(|word| word == who))
            .collect();
        if let [only] = words.as_slice() {
            return Ok(vec![only]);
        }
        let ids = self.workflow.steps.iter().map(|step| step.id.as_str());
        let hint = match names::nearest(who, ids) {
            Some(near) => crate::text!("是不是想写 {near}？", "did you mean {near}?"),
            None => {
                Text::new("用 workflow show 查看有哪些步骤", "see the steps with workflow show")
            }
        };
        Err(Fault(crate::text!("没有步骤 {who}", "there is no step {who}"), hint))
    }

    fn roles<'s>(&'s self, step: &'s Step) -> impl Iterator<Item = &'s str> {
        step.to.iter().filter_map(|target| match target {
            Target::Channel(id) => {
                let own = self.workflow.channels.get(id);
                own.or_else(|| self.packs.channels.get(id)).map(|channel| channel.role.as_str())
            }
            // A recipient of the case is named as its role.
            Target::Recipient(name) => Some(name.as_str()),
        })
    }
}

fn check_outcome(step: &Step, outcome: &str) -> Result<(), Fault> {
    if step.action != Action::Submit {
        let id = &step.id;
        return Err(Fault(
            crate::text!("步骤 {id} 不提交给别人，没有人答复", "nobody answers step {id}"),
            Text::new("写一个提交步骤", "name a step that submits something"),
        ));
    }
    let picks = step.pick.iter().map(String::as_str);
    let known: Vec<&str> = ANSWERS.into_iter().chain(picks).collect();
    if known.contains(&outcome) {
        return Ok(());
    }
    let near = names::nearest(outcome, known.iter().copied());
    Err(unknown_outcome(&step.id, outcome, near, &known.join(", ")))
}

fn unknown_outcome(step: &str, outcome: &str, near: Option<&str>, all: &str) -> Fault {
    let hint = match near {
        Some(near) => crate::text!("是不是想写 {near}？", "did you mean {near}?"),
        None => crate::text!("可能的结果：{all}", "possible outcomes: {all}"),
    };
    Fault(
        crate::text!("步骤 {step} 不会有结果 {outcome}", "step {step} cannot have {outcome}"),
        hint,
    )
}

fn unexpected(word: &str) -> Fault {
    Fault(
        crate::text!("不认识的词 {word}", "unexpected word {word}"),
        Text::new(
            "写成 步骤: 结果 after 3d amount 100.00 \"说明\"",
            "write step: outcome after 3d amount 100.00 \"note\"",
        ),
    )
}

fn bad_visit(number: &str) -> Fault {
    Fault(
        crate::text!("# 后面要写第几次，不是 {number}", "after # stands a number, not {number}"),
        Text::new("写成 步骤#2", "write step#2"),
    )
}

/// Splits off a quoted note at the end of a line.
fn split_note(line: &str) -> (&str, Option<&str>) {
    let open = ['"', '“', '「'];
    match line.find(open) {
        Some(at) => {
            let note = line[at..].trim_matches(['"', '“', '”', '「', '」']);
            (line[..at].trim_end(), Some(note))
        }
        None => (line, None),
    }
}

struct Words<'a> {
    rest: std::str::SplitWhitespace<'a>,
}

impl<'a> Words<'a> {
    fn new(line: &'a str) -> Self {
        Self { rest: line.split_whitespace() }
    }

    fn next(&mut self) -> Option<&'a str> {
        self.rest.next()
    }

    fn expect(&mut self, word: &str) -> Result<(), Fault> {
        match self.next() {
            Some(found) if found == word => Ok(()),
            Some(found) => Err(unexpected(found)),
            None => Err(Fault(
                crate::text!("少了 {word}", "{word} is missing"),
                Text::new("写成 步骤: refused after 3d", "write step: refused after 3d"),
            )),
        }
    }

    /// `3d`, `2wd`, `4 days`, `5个工作日`.
    fn span(&mut self) -> Result<Span, Fault> {
        let first = self.next().unwrap_or_default();
        let is_number = !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_digit());
        let unit = if is_number { self.next().unwrap_or_default() } else { "" };
        let unit = match unit {
            "minute" | "minutes" => "m",
            "hour" | "hours" => "h",
            "day" | "days" => "d",
            "workday" | "workdays" => "wd",
            "month" | "months" => "mo",
            "year" | "years" => "y",
            other => other,
        };
        format!("{first}{unit}").parse().map_err(|_| {
            Fault(
                crate::text!("时长 {first} 写得不对", "{first} is no length of time"),
                Text::new("写成 48h、3d、5wd 或 4 days", "write 48h, 3d, 5wd or 4 days"),
            )
        })
    }

    fn amount(&mut self) -> Result<Money, Fault> {
        let word = self.next().unwrap_or_default();
        Money::parse(word).map_err(|_| {
            Fault(
                crate::text!("{word} 不是金额", "{word} is not an amount"),
                Text::new("写成 amount 4980.00", "write amount 4980.00"),
            )
        })
    }
}
