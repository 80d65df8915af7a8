//! A checked workflow: every name in it resolves, and every step can be reached and left.

use std::collections::BTreeMap;

use jiff::civil::Time;

use crate::domain::digest::Digest;
use crate::domain::lang::Text;
use crate::domain::span::Span;
use crate::remind::Rule;
use crate::workflow::channel::Registry;
use crate::workflow::condition::Condition;
use crate::workflow::packs::Slot;
use crate::workflow::raw::Action;
use crate::workflow::rehearse::expectation::Expected;

/// The word that stands for the end of the case where a step's id may stand.
pub const CLOSE: &str = "close";

/// The word before the name of the step whose workflow ends, where a step's id may stand.
pub const CLOSE_PART: &str = "close:";

/// The word that ends the whole case from within a workflow that is part of another.
pub const CLOSE_CASE: &str = "close-case";

/// The word before the name of a way out of a workflow that is part of another: the step that holds
/// it says with `on_<name>` what follows.
pub const EXIT_PREFIX: &str = "exit-";

/// The prefix of a recipient of the case where a channel's id may stand.
pub const RECIPIENT_PREFIX: &str = "case.";

/// The suffix of the step that corrects what another step sent.
pub const CORRECTION_SUFFIX: &str = ".correction";

/// A checked workflow.
#[derive(Clone, Debug)]
pub struct Workflow {
    /// Its id.
    pub id: String,
    /// Its own version.
    pub version: u32,
    /// Its name.
    pub name: Text,
    /// Which cases it is for; none for any that names it.
    pub when: Option<Condition>,
    /// What it was made from.
    pub sources: Vec<String>,
    /// What the account it is about is called in texts.
    pub subject: Option<String>,
    /// The institution that answers for the account.
    pub institution: Option<String>,
    /// Warnings shown with its tasks, by id.
    pub cards: Vec<String>,
    /// What our limits count from.
    pub clock: Anchor,
    /// When not to disturb: from, to, local time.
    pub quiet: Option<(Time, Time)>,
    /// The template that corrects what was sent.
    pub correction: Option<String>,
    /// The steps in order.
    pub steps: Vec<Step>,
    /// Channels only this workflow has.
    pub channels: Registry,
    /// Evidence slots only this workflow has.
    pub slots: BTreeMap<String, Slot>,
    /// When it recurs; none for a workflow of cases.
    pub schedule: Option<Rule>,
    /// What its author expects of it.
    pub tests: Vec<Test>,
    /// The digest of the text it was read from.
    pub digest: Digest,
}

/// What the author of a workflow expects: a scenario, and what happens in it.
#[derive(Clone, Debug)]
pub struct Test {
    /// Its name.
    pub name: String,
    /// The scenario as written.
    pub scenario: String,
    /// The text of a case file.
    pub case: String,
    /// How long the rehearsal goes on.
    pub until: Span,
    /// What must happen.
    pub expect: Vec<Expected>,
    /// What must not.
    pub never: Vec<Expected>,
}

/// A step.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its id.
    pub id: String,
    /// One line.
    pub title: Text,
    /// What it does.
    pub action: Action,
    /// Where a submission goes, in order of preference.
    pub to: Vec<Target>,
    /// How to do it, in place of the channel's own path; empty for that.
    pub how: Vec<Text>,
    /// Steps that come first, by id.
    pub needs: Vec<String>,
    /// True when it waits until another step calls it.
    pub called: bool,
    /// The step that holds the workflow this one belongs to.
    pub part_of: Option<String>,
    /// Within that workflow it begins by itself.
    pub starts: bool,
    /// False skips it.
    pub when: Option<Condition>,
    /// Its texts and papers.
    pub templates: Vec<String>,
    /// Papers that go along.
    pub attach_papers: Vec<String>,
    /// Evidence that goes along when there is any.
    pub attach_slots: Vec<String>,
    /// Evidence that must exist; for a capture, the slots to fill.
    pub require: Vec<String>,
    /// Our limit.
    pub due: Option<Span>,
    /// What the limit counts from, when not the clock or the call.
    pub from: Option<Anchor>,
    /// Reminders relative to the limit; none for the default ones.
    pub remind: Option<Vec<Offset>>,
    /// What follows their silence, in the order of the file.
    pub ladder: Vec<Rung>,
    /// The file says on purpose that no answer is expected.
    pub no_answer_expected: bool,
    /// Next steps by outcome.
    pub outcomes: BTreeMap<String, Vec<String>>,
    /// Fields a person fills in.
    pub ask: Vec<String>,
    /// Closed choice of outcomes.
    pub pick: Vec<String>,
    /// Its check list.
    pub check: Option<String>,
    /// The workflow of a subflow.
    pub flow: Option<String>,
    /// Warnings shown with it, by id.
    pub cards: Vec<String>,
    /// Its repetition.
    pub repeat: Option<Repeat>,
    /// Last resort: after a refusal that leads nowhere else, and after the last repetition.
    pub escalate_to: Vec<String>,
    /// The rungs that stand for the last resort after the last repetition.
    pub last_rungs: Vec<Rung>,
}

/// Where a submission goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A channel of the registry.
    Channel(String),
    /// A recipient of the case, by its name there.
    Recipient(String),
}

/// What a limit counts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// A time in the case, as a path below `case`.
    Fact(String),
    /// A field another step asked for.
    Answer {
        /// That step.
        step: String,
        /// The field.
        field: String,
    },
}

/// A reminder's place relative to a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Offset {
    /// That long before.
    Before(Span),
    /// That long after.
    After(Span),
}

/// One rung of a ladder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rung {
    /// How long the silence lasts.
    pub span: Span,
    /// The step it calls.
    pub step: String,
    /// Stands for a legal or published limit of theirs.
    pub by_rule: bool,
    /// Where that limit is written.
    pub source: Option<String>,
    /// Papers tell of it as of their silence; otherwise it only reminds us.
    pub told: bool,
}

/// A repetition.
#[derive(Clone, Debug)]
pub struct Repeat {
    /// Interval.
    pub every: Span,
    /// At most how often.
    pub max: u32,
    /// Until this holds.
    pub until: Option<Condition>,
}

impl Workflow {
    /// Returns the step of that id.
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == id)
    }
}

impl Step {
    /// Returns every template whose paper or text this step makes.
    pub fn papers(&self) -> impl Iterator<Item = &str> {
        self.templates.iter().chain(&self.attach_papers).map(String::as_str)
    }

    /// Returns true when an answer of the other side is waited for.
    pub fn awaits_answer(&self) -> bool {
        self.action == Action::Submit && (!self.ladder.is_empty() || !self.outcomes.is_empty())
    }

    /// Returns the step that corrects what this one sent.
    #[must_use]
    pub fn correction(&self, template: &str) -> Self {
        let title = &self.title;
        Self {
            id: format!("{}{CORRECTION_SUFFIX}", self.id),
            title: Text::new(
                format!("更正已提交的材料：{}", title.zh),
                format!("Correct what was submitted: {}", title.en),
            ),
            action: Action::Submit,
            to: self.to.clone(),
            how: Vec::new(),
            needs: Vec::new(),
            called: true,
            part_of: None,
            starts: false,
            when: None,
            templates: vec![template.to_owned()],
            attach_papers: Vec::new(),
            attach_slots: Vec::new(),
            require: Vec::new(),
            due: Some(Span::Hours(24)),
            from: None,
            remind: None,
            ladder: Vec::new(),
            no_answer_expected: true,
            outcomes: BTreeMap::new(),
            ask: Vec::new(),
            pick: Vec::new(),
            check: None,
            flow: None,
            cards: Vec::new(),
            repeat: None,
            escalate_to: Vec::new(),
            last_rungs: Vec::new(),
        }
    }
}
