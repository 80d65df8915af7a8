//! One row → what it says of a client, or of one transaction.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::batch::catalogue::{
    ADDRESSES_CONFIRMED, CONFLICT_REVIEW, CONSENT_DATE, FILES, NUMBER, PURPOSE, Place, RECIPIENTS,
    RETAIN, ROLES, SCOPE, TOTAL,
};
use crate::batch::cell;
use crate::batch::column::{Columns, Need};
use crate::batch::finding::{Finding, Rule, Spot};
use crate::batch::grid::Row;
use crate::batch::header::Header;
use crate::domain::consent;
use crate::domain::lang::Text;
use crate::domain::money::Money;
use crate::domain::time;

/// So many titles of papers are named before "and others".
const NAMED_PAPERS: usize = 3;

/// What the rows of one client say, before it is known to be a case.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// Where its first row stands.
    pub spot: Spot,
    /// The case as far as it could be read.
    pub case: Map<String, Value>,
    /// Its transactions.
    pub lines: Vec<Line>,
    /// The sum the workbook states.
    pub total: Option<Money>,
    /// The files it names.
    pub files: Vec<String>,
    /// What the client allowed.
    pub consent: Consent,
    /// Its addresses were compared with what their owners gave.
    pub confirmed: bool,
    /// Who looked at a conflict of interest, and what they found.
    pub reviewed: Option<String>,
}

/// What a client allowed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Consent {
    /// What for.
    pub purpose: Option<String>,
    /// When, as an instant: the first of that day.
    pub at: Option<String>,
    /// Whom it may be shown to.
    pub scope: Option<String>,
    /// Until when it may be kept, as an instant: the first of that day.
    pub until: Option<String>,
}

impl Consent {
    /// Returns it as the case has it; none while the purpose or the day is missing.
    pub fn of_case(&self) -> Option<consent::Consent> {
        let zone = time::zone(time::DEFAULT_ZONE)?;
        let day = |at: &Option<String>| {
            let at: Timestamp = at.as_deref()?.parse().ok()?;
            Some(time::day(at, &zone))
        };
        Some(consent::Consent {
            purpose: self.purpose.clone()?,
            date: day(&self.at)?,
            scope: self.scope.clone(),
            retain_until: day(&self.until),
            withdrawn: None,
        })
    }
}

/// One transaction.
#[derive(Clone, Debug, Default)]
pub struct Line {
    /// Where its row stands.
    pub spot: Spot,
    /// The loss as far as it could be read.
    pub loss: Map<String, Value>,
}

impl Draft {
    /// Says of each address who is at its other end, and whether somebody compared it.
    fn name_recipients(&mut self) {
        let Some(Value::Object(recipients)) = self.case.get_mut(RECIPIENTS) else { return };
        for (name, role) in ROLES {
            if let Some(Value::Object(recipient)) = recipients.get_mut(name) {
                recipient.insert("role".into(), Value::from(role.as_str()));
                recipient.insert("confirmed".into(), Value::from(self.confirmed));
            }
        }
    }

    /// Returns the text at a path of the case.
    pub fn text(&self, path: &str) -> Option<&str> {
        let mut names = path.split('.');
        let mut at = self.case.get(names.next()?)?;
        for name in names {
            at = at.get(name)?;
        }
        at.as_str()
    }
}

impl Line {
    /// Returns the text of a member.
    pub fn text(&self, member: &str) -> Option<&str> {
        self.loss.get(member)?.as_str()
    }

    /// Returns the money of a member.
    pub fn money(&self, member: &str) -> Option<Money> {
        self.loss.get(member)?.as_i64().map(Money::from_fen)
    }
}

/// Reads the cells of one place of a row.
pub struct Reader<'a> {
    /// What the columns must be.
    pub columns: &'a Columns,
    /// Where they stand.
    pub header: &'a Header,
    /// Where what is wrong goes.
    pub findings: &'a mut Vec<Finding>,
}

impl Reader<'_> {
    /// Returns the values of a row by path, in the order of the workbook.
    fn values(&mut self, row: &Row, place: Place) -> Vec<(&'static str, Value)> {
        let mut values = Vec::new();
        for (index, entry) in &self.header.columns {
            let belongs = entry.place == place;
            let (true, Some(column)) = (belongs, self.columns.at(entry.path)) else { continue };
            let spot = Spot { sheet: self.header.sheet, line: row.line, column: Some(*index) };
            let found = row.cells.get(*index).filter(|cell| !cell.text.is_empty());
            let Some(found) = found else {
                self.blank(&column.need, entry.zh, spot);
                continue;
            };
            match cell::read(column, self.columns, found) {
                Ok(Some(value)) => values.push((entry.path, value)),
                Ok(None) => {}
                Err((rule, fault)) => self.findings.push(Finding::of_fault(rule, spot, fault)),
            }
        }
        values
    }

    fn blank(&mut self, need: &Need, title: &str, spot: Spot) {
        let finding = match need {
            Need::Optional => return,
            Need::Required => Finding::error(
                Rule::Missing,
                spot,
                crate::text!("{title} 没有填", "{title} is empty"),
                Text::new("补上后再检查一次", "fill it in and check again"),
            ),
            Need::Wanted(papers) => {
                let named = papers_named(papers);
                Finding::warning(
                    Rule::Wanted,
                    spot,
                    crate::text!(
                        "{title} 没有填，这些文书会停在草稿：{named}",
                        "{title} is empty; these stay drafts: {named}"
                    ),
                    Text::new("知道的话补上", "fill it in if it is known"),
                )
            }
        };
        self.findings.push(finding);
    }

    /// Reads a client's row.
    pub fn client(&mut self, row: &Row) -> Draft {
        let spot = Spot { sheet: self.header.sheet, line: row.line, column: None };
        let mut draft = Draft { spot, ..Draft::default() };
        let text = |value: &Value| value.as_str().map(str::to_owned);
        for (path, value) in self.values(row, Place::Client) {
            match path {
                TOTAL => draft.total = value.as_i64().map(Money::from_fen),
                FILES => {
                    draft.files = value.as_array().into_iter().flatten().filter_map(text).collect();
                }
                PURPOSE => draft.consent.purpose = text(&value),
                CONSENT_DATE => draft.consent.at = text(&value),
                SCOPE => draft.consent.scope = text(&value),
                ADDRESSES_CONFIRMED => draft.confirmed = value.as_bool().unwrap_or_default(),
                RETAIN => draft.consent.until = text(&value),
                CONFLICT_REVIEW => draft.reviewed = text(&value),
                _ => put(&mut draft.case, path, value),
            }
        }
        draft.name_recipients();
        draft
    }

    /// Reads a transaction; none when none of its cells is filled in.
    pub fn line(&mut self, row: &Row) -> Option<Line> {
        let of_lines = self.header.columns.iter().filter(|(_, entry)| entry.place == Place::Line);
        if of_lines.clone().all(|(index, _)| row.text(*index).is_empty()) {
            return None;
        }
        let spot = Spot { sheet: self.header.sheet, line: row.line, column: None };
        let loss = self.values(row, Place::Line);
        let loss = loss.into_iter().map(|(path, value)| (path.to_owned(), value)).collect();
        Some(Line { spot, loss })
    }

    /// Returns our number of a row, when it is one.
    pub fn number(&mut self, row: &Row) -> Option<String> {
        let index = self.header.column(NUMBER)?;
        let column = self.columns.at(NUMBER)?;
        let spot = Spot { sheet: self.header.sheet, line: row.line, column: Some(index) };
        let found = row.cells.get(index).filter(|cell| !cell.text.is_empty());
        let Some(found) = found else {
            self.blank(&Need::Required, column.entry.zh, spot);
            return None;
        };
        match cell::read(column, self.columns, found) {
            Ok(value) => value.and_then(|value| value.as_str().map(str::to_owned)),
            Err((rule, fault)) => {
                self.findings.push(Finding::of_fault(rule, spot, fault));
                None
            }
        }
    }
}

/// Names the first few papers.
pub fn papers_named(papers: &[String]) -> String {
    let mut named = papers.iter().take(NAMED_PAPERS).cloned().collect::<Vec<_>>().join("、");
    if papers.len() > NAMED_PAPERS {
        named.push('等');
    }
    named
}

fn put(case: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            case.insert(path.to_owned(), value);
        }
        Some((table, member)) => {
            let table = case.entry(table).or_insert_with(|| Value::Object(Map::new()));
            if let Some(table) = table.as_object_mut() {
                put(table, member, value);
            }
        }
    }
}
