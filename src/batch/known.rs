//! What the firm has already, and how new rows stand to it: conflicts of interest with its matters,
//! closed ones too, and with its standing clients; a person or a transaction it has already.

use std::collections::{HashMap, HashSet};

use crate::batch::catalogue::NUMBER;
use crate::batch::column::Columns;
use crate::batch::conflict::{another_person, key, others, own, same_person, tell};
use crate::batch::cross::Report;
use crate::batch::finding::{Finding, Rule, Spot};
use crate::batch::numbers::{self, Numbers};
use crate::batch::row::{Draft, Line};
use crate::domain::case::Case;
use crate::domain::lang::Text;
use crate::domain::problem::Severity;

/// A matter the firm has or had.
#[derive(Clone, Debug)]
pub struct Known {
    /// Its number.
    pub number: String,
    /// It is not closed.
    pub open: bool,
    /// What it says.
    draft: Draft,
}

impl Known {
    /// Returns a matter as the check compares it.
    pub fn new(number: String, open: bool, case: &Case) -> Self {
        let snapshot = case.snapshot();
        let mut case = snapshot.as_object().cloned().unwrap_or_default();
        let losses = case.remove("losses");
        let losses = losses.as_ref().and_then(|losses| losses.as_array()).into_iter().flatten();
        let lines = losses.filter_map(|loss| loss.as_object().cloned());
        let lines = lines.map(|loss| Line { spot: Spot::default(), loss }).collect();
        Self { number, open, draft: Draft { case, lines, ..Draft::default() } }
    }

    fn said(&self) -> Text {
        let number = &self.number;
        if self.open {
            crate::text!("进行中的案件 {number}", "the open matter {number}")
        } else {
            crate::text!("已结束的案件 {number}", "the closed matter {number}")
        }
    }
}

/// What the rows are held against.
#[derive(Clone, Debug, Default)]
pub struct Against {
    /// Matters.
    pub matters: Vec<Known>,
    /// Whom the firm acts for all the time, by name.
    pub standing: Vec<String>,
    /// Which numbers were given to rows by a pattern.
    pub numbers: Numbers,
}

impl Against {
    /// Returns the number under which a row was taken in before, or will be.
    fn number_of(&self, draft: &Draft, columns: &Columns) -> Option<String> {
        let own = draft.text(NUMBER);
        if !columns.numbered {
            return own.map(str::to_owned);
        }
        let [name, id_no] = ["victim.name", "victim.id_no"].map(|path| draft.text(path));
        let marks = numbers::marks(own, draft.text("discovered_at")?, name, id_no);
        self.numbers.of_row(&marks).map(str::to_owned)
    }
}

/// Holds the rows against what the firm has already.
pub fn compare(drafts: &[Draft], against: &Against, columns: &Columns, report: &mut impl Report) {
    // A matter that is a row here as well was held against the others already.
    let mut here: HashMap<String, Vec<&Draft>> = HashMap::new();
    for draft in drafts {
        if let Some(number) = against.number_of(draft, columns) {
            here.entry(number).or_default().push(draft);
        }
    }
    let elsewhere = |known: &&Known| {
        let mut rows = here.get(&known.number).into_iter().flatten();
        rows.all(|draft| another_person(draft, &known.draft))
    };
    let index = Index::of(against.matters.iter().filter(elsewhere));
    let standing: Vec<(String, &String)> =
        against.standing.iter().map(|name| (key(name), name)).collect();
    let taken: HashSet<&str> = against.matters.iter().map(|known| known.number.as_str()).collect();
    for (client, draft) in drafts.iter().enumerate() {
        let number = against.number_of(draft, columns);
        let is_own = |known: &Known| number.as_deref() == Some(known.number.as_str());
        let mut found = Softened {
            // A matter the firm has already is not held back for what came later.
            soften: number.as_deref().is_some_and(|number| taken.contains(number)),
            report,
        };
        if let Some(known) = number.as_deref().and_then(|number| index.numbers.get(number)) {
            found.report.at(client, draft.spot, NUMBER, another(draft, known));
            continue;
        }
        index.sides(client, draft, &is_own, &mut found);
        index.same_matter(client, draft, &is_own, &mut found);
        let institution =
            columns.institution.iter().map(|name| (draft.spot, "platform", key(name)));
        for (spot, path, value) in others(draft).chain(institution) {
            let Some((_, name)) = standing.iter().find(|(known, _)| *known == value) else {
                continue;
            };
            let message = crate::text!(
                "对方 {name} 是本所的常年客户，可能有利益冲突",
                "the other side, {name}, is a standing client of the firm: a conflict of interest"
            );
            tell(draft, client, spot, path, message, &mut found);
        }
    }
}

/// What is said of a number that is another person's matter.
fn another(draft: &Draft, known: &Known) -> Finding {
    let Text { zh, en } = known.said();
    Finding::error(
        Rule::SameNumber,
        draft.spot,
        crate::text!("编号已经是{zh}，是另一位客户", "the number is {en}, of another client"),
        Text::new("换一个没有用过的编号", "choose a number that was never used"),
    )
}

/// Passes findings on, errors as warnings where that is wanted.
struct Softened<'a, R> {
    soften: bool,
    report: &'a mut R,
}

impl<R: Report> Report for Softened<'_, R> {
    fn at(&mut self, client: usize, spot: Spot, path: &str, finding: Finding) {
        let finding =
            if self.soften { Finding { severity: Severity::Warning, ..finding } } else { finding };
        self.report.at(client, spot, path, finding);
    }
}

/// The matters, to be found by what they say.
struct Index<'a> {
    numbers: HashMap<&'a str, &'a Known>,
    clients: HashMap<String, Vec<&'a Known>>,
    others: HashMap<String, Vec<&'a Known>>,
    orders: HashMap<&'a str, Vec<&'a Known>>,
    persons: HashMap<&'a str, Vec<&'a Known>>,
}

impl<'a> Index<'a> {
    fn of(matters: impl Iterator<Item = &'a Known>) -> Self {
        let mut index = Self {
            numbers: HashMap::new(),
            clients: HashMap::new(),
            others: HashMap::new(),
            orders: HashMap::new(),
            persons: HashMap::new(),
        };
        for known in matters {
            index.numbers.insert(&known.number, known);
            for (_, value) in own(&known.draft) {
                index.clients.entry(value).or_default().push(known);
            }
            for (_, _, value) in others(&known.draft) {
                let found = index.others.entry(value).or_default();
                // An insurer is the other side of thousands: one of its matters says it all.
                if found.len() < 2 {
                    found.push(known);
                }
            }
            for order in known.draft.lines.iter().filter_map(|line| line.text("order_no")) {
                index.orders.entry(order).or_default().push(known);
            }
            if let Some(id_no) = known.draft.text("victim.id_no") {
                index.persons.entry(id_no).or_default().push(known);
            }
        }
        index
    }

    fn sides(
        &self,
        client: usize,
        draft: &Draft,
        is_own: &impl Fn(&Known) -> bool,
        report: &mut impl Report,
    ) {
        let foreign = |known: &&&Known| !is_own(known) && !same_person(draft, &known.draft);
        for (spot, path, value) in others(draft) {
            let found = self.clients.get(&value).into_iter().flatten().find(foreign);
            if let Some(Text { zh, en }) = found.map(|known| known.said()) {
                let message = crate::text!(
                    "对方是{zh}的客户，可能有利益冲突",
                    "the other side is the client of {en}: a conflict of interest"
                );
                tell(draft, client, spot, path, message, report);
            }
        }
        for (path, value) in own(draft) {
            let found = self.others.get(&value).into_iter().flatten().find(foreign);
            if let Some(Text { zh, en }) = found.map(|known| known.said()) {
                let message = crate::text!(
                    "这位客户是{zh}的对方，可能有利益冲突",
                    "this client is the other side of {en}: a conflict of interest"
                );
                tell(draft, client, draft.spot, path, message, report);
                return;
            }
        }
    }

    fn same_matter(
        &self,
        client: usize,
        draft: &Draft,
        is_own: &impl Fn(&Known) -> bool,
        report: &mut impl Report,
    ) {
        let mut taken = false;
        for line in &draft.lines {
            let Some(order) = line.text("order_no") else { continue };
            let found = self.orders.get(order).into_iter().flatten().find(|known| !is_own(known));
            if let Some(Text { zh, en }) = found.map(|known| known.said()) {
                let finding = Finding::error(
                    Rule::SameTransaction,
                    line.spot,
                    crate::text!("这笔交易在{zh}里已有", "{en} has this transaction already"),
                    Text::new(
                        "同一笔损失只办一次；要补充就改那个案件",
                        "a loss is pursued once; to add to it change that matter",
                    ),
                );
                report.at(client, line.spot, "order_no", finding);
                taken = true;
            }
        }
        let id_no = draft.text("victim.id_no");
        let found = id_no.and_then(|id_no| self.persons.get(id_no)).into_iter().flatten();
        let Some(known) = found.filter(|known| !is_own(known)).max_by_key(|known| known.open)
        else {
            return;
        };
        let Text { zh, en } = known.said();
        let same = |path: &str| known.draft.text(path) == draft.text(path);
        let again = known.open && same("discovered_at") && !taken;
        let message = crate::text!("这个人已经有{zh}", "this person has {en} already");
        let finding = if again {
            Finding::error(
                Rule::SamePerson,
                draft.spot,
                message,
                Text::new(
                    "发现时间也相同，像是同一件事；是另一件事就核对发现时间",
                    "the discovery is the same, too: if it is another matter, check its time",
                ),
            )
        } else {
            Finding::warning(
                Rule::SamePerson,
                draft.spot,
                message,
                Text::new("确认是另一件事", "make sure that it is another matter"),
            )
        };
        report.at(client, draft.spot, "victim.id_no", finding);
    }
}
