//! Reading the rows of a workbook one after the other and bringing together what belongs to one
//! client, in the order of the workbook.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::batch::catalogue::{NUMBER, Place};
use crate::batch::column::{Columns, Need};
use crate::batch::cross::{self, Report};
use crate::batch::finding::{Finding, Rule, Spot};
use crate::batch::grid::{Row, Sheet};
use crate::batch::header::{self, Header};
use crate::batch::intake::{Beside, Client};
use crate::batch::known;
use crate::batch::row::{Draft, Reader, papers_named};
use crate::domain::case::Case;
use crate::domain::document::Places;
use crate::domain::inspect;
use crate::domain::lang::Text;
use crate::domain::names;
use crate::domain::problem::Source;

/// What a workbook's rows came to so far, with what is wrong in them.
pub struct Gathered<'a> {
    sheets: &'a [Sheet],
    columns: &'a Columns,
    header: &'a Header,
    line_header: Option<&'a Header>,
    drafts: Vec<Draft>,
    by_number: BTreeMap<String, usize>,
    findings: Vec<Finding>,
}

impl Report for Gathered<'_> {
    fn at(&mut self, client: usize, spot: Spot, path: &str, finding: Finding) {
        let headers = [Some(self.header), self.line_header];
        let header = headers.into_iter().flatten().find(|header| header.sheet == spot.sheet);
        let column = header.and_then(|header| header.column(path));
        let spot = Spot { column, ..spot };
        self.findings.push(Finding { spot, ..finding }.against(client));
    }
}

impl<'a> Gathered<'a> {
    /// Begins with the sheets of clients and, where there is one, of transactions.
    pub fn new(
        sheets: &'a [Sheet],
        columns: &'a Columns,
        header: &'a Header,
        line_header: Option<&'a Header>,
    ) -> Self {
        let (drafts, by_number, findings) = Default::default();
        Self { sheets, columns, header, line_header, drafts, by_number, findings }
    }

    /// What the names of the columns lack is said once, not for every row.
    pub fn headers(&mut self) {
        let mut findings = Vec::new();
        for header in std::iter::once(self.header).chain(self.line_header) {
            findings.extend(header::inspect(header, &self.sheets[header.sheet]));
        }
        let has = |path: &str, place: Place| {
            let by = |header: &Header| header.column(path).is_some();
            match place {
                Place::Client => by(self.header),
                Place::Line => self.line_header.map_or_else(|| by(self.header), by),
            }
        };
        let has_lines = self.line_header.is_some() || self.header.count(Place::Line) > 0;
        for column in &self.columns.all {
            let (entry, of_lines) = (column.entry, column.entry.place == Place::Line);
            if has(entry.path, entry.place) || (of_lines && !has_lines) {
                continue;
            }
            let header =
                if of_lines { self.line_header.unwrap_or(self.header) } else { self.header };
            findings.extend(absent(&column.need, entry.zh, spot_of(header, self.sheets)));
        }
        if let Some(lines) = self.line_header.filter(|lines| lines.column(NUMBER).is_none()) {
            findings.extend(absent(&Need::Required, "本方编号", spot_of(lines, self.sheets)));
        }
        self.findings = findings;
    }

    /// Reads the rows of clients; a row that repeats a client adds a transaction to it.
    pub fn clients(&mut self) {
        let sheets = self.sheets;
        for row in rows(self.header, sheets) {
            let mut findings = Vec::new();
            let (columns, header) = (self.columns, self.header);
            let mut reader = Reader { columns, header, findings: &mut findings };
            let draft = reader.client(row);
            let number = draft.text(NUMBER).map(str::to_owned);
            let inline = if self.line_header.is_none() { reader.line(row) } else { None };
            let first = number.as_ref().and_then(|number| self.by_number.get(number)).copied();
            let again =
                first.filter(|first| inline.is_some() && continues(&self.drafts[*first], &draft));
            if let Some(first) = again {
                // A further transaction of a client: only what it says of the transaction counts.
                let of_line = |finding: &Finding| {
                    self.header.columns.iter().any(|(column, entry)| {
                        Some(*column) == finding.spot.column && entry.place == Place::Line
                    })
                };
                findings.retain(of_line);
                self.drafts[first].lines.extend(inline);
                self.findings.extend(findings.into_iter().map(|finding| finding.against(first)));
                continue;
            }
            let index = self.drafts.len();
            if let Some(first) = first {
                let line = self.drafts[first].spot.line;
                let column = self.header.column(NUMBER);
                findings.push(Finding::error(
                    Rule::SameNumber,
                    Spot { column, ..draft.spot },
                    crate::text!(
                        "第 {line} 行已经用了这个编号",
                        "row {line} has this number already"
                    ),
                    Text::new("每位客户一个编号", "give each client a number of its own"),
                ));
            } else if let Some(number) = number {
                self.by_number.insert(number, index);
            }
            self.findings.extend(findings.into_iter().map(|finding| finding.against(index)));
            self.drafts.push(Draft { lines: inline.into_iter().collect(), ..draft });
        }
    }

    /// Reads the rows of transactions and joins them to their clients.
    pub fn lines(&mut self, header: &Header) {
        let sheets = self.sheets;
        for row in rows(header, sheets) {
            let mut findings = Vec::new();
            let mut reader = Reader { columns: self.columns, header, findings: &mut findings };
            let number = if header.column(NUMBER).is_some() { reader.number(row) } else { None };
            let Some(line) = reader.line(row) else {
                continue;
            };
            let owner = number.as_ref().and_then(|number| self.by_number.get(number)).copied();
            if let (Some(number), None) = (&number, owner) {
                let column = header.column(NUMBER);
                let hint = match names::nearest(number, self.by_number.keys().map(String::as_str)) {
                    Some(near) => crate::text!("是不是 {near}？", "did you mean {near}?"),
                    None => {
                        Text::new("在案件表里补上这位客户", "add the client to the first sheet")
                    }
                };
                findings.push(Finding::error(
                    Rule::Orphan,
                    Spot { column, ..line.spot },
                    crate::text!("案件表里没有编号 {number}", "no client has the number {number}"),
                    hint,
                ));
            }
            if let Some(owner) = owner {
                self.drafts[owner].lines.push(line);
            }
            let against = |finding: Finding| Finding { client: owner, ..finding };
            self.findings.extend(findings.into_iter().map(against));
        }
    }

    /// Holds rows against each other.
    pub fn together(&mut self, beside: &Beside<'_>) {
        let Beside { now, folders, against } = *beside;
        let drafts = std::mem::take(&mut self.drafts);
        for (index, draft) in drafts.iter().enumerate() {
            cross::client(index, draft, now, self);
            if draft.lines.is_empty() && draft.total.is_none() && !self.columns.lines_for.is_empty()
            {
                let named = papers_named(&self.columns.lines_for);
                let finding = Finding::warning(
                    Rule::NoTransaction,
                    draft.spot,
                    crate::text!(
                        "一笔交易也没有，这些文书会停在草稿：{named}",
                        "no transaction; these stay drafts: {named}"
                    ),
                    Text::new("在交易表里补上", "add them to the second sheet"),
                );
                self.findings.push(finding.against(index));
            }
        }
        cross::all(&drafts, self);
        if let Some(against) = against {
            known::compare(&drafts, against, self.columns, self);
        }
        let strays = folders.map(|folders| cross::folders(&drafts, folders, self));
        for stray in strays.into_iter().flatten() {
            self.findings.push(Finding::warning(
                Rule::StrayFolder,
                Spot { sheet: self.header.sheet, ..Spot::default() },
                crate::text!("文件夹 {stray} 对不上任何一行", "the folder {stray} is of no row"),
                Text::new("文件夹名要以本方编号开头", "its name must begin with our number"),
            ));
        }
        self.drafts = drafts;
    }

    /// Returns the clients, and everything that is wrong in the order of the workbook.
    pub fn finish(mut self, now: Timestamp) -> (Vec<Client>, Vec<Finding>) {
        // What is wrong with the columns is wrong with every row.
        let everywhere = |finding: &Finding| {
            finding.is_error() && finding.client.is_none() && is_general(finding)
        };
        let all_bad = self.findings.iter().any(everywhere);
        let bad: BTreeSet<usize> = self
            .findings
            .iter()
            .filter(|finding| finding.is_error())
            .filter_map(|finding| finding.client)
            .collect();
        let mut clients = Vec::new();
        let nowhere = (Source::new("", ""), Places::default());
        for (index, draft) in std::mem::take(&mut self.drafts).into_iter().enumerate() {
            let (number, spot) = (draft.text(NUMBER).map(str::to_owned), draft.spot);
            let reviewed = draft.reviewed.clone();
            let mut case = None;
            if !all_bad && !bad.contains(&index) {
                match self.case(draft, &nowhere, now) {
                    Ok(checked) => case = Some(checked),
                    Err(finding) => self.findings.push((*finding).against(index)),
                }
            }
            clients.push(Client { number, spot, case, reviewed });
        }
        for finding in &mut self.findings {
            let header = [Some(self.header), self.line_header].into_iter().flatten();
            let header = header.into_iter().find(|header| header.sheet == finding.spot.sheet);
            if let (Some(header), Some(column)) = (header, finding.spot.column) {
                let row = &self.sheets[header.sheet].rows[header.row];
                row.text(column).clone_into(&mut finding.header);
            }
        }
        self.findings.sort_by_key(|finding| (finding.spot, finding.rule));
        (clients, self.findings)
    }

    /// A row without errors is a case; whatever a case file would be told is told of it, too.
    fn case(
        &self,
        draft: Draft,
        (source, places): &(Source, Places),
        now: Timestamp,
    ) -> Result<Case, Box<Finding>> {
        let spot = draft.spot;
        let mut object = draft.case;
        let platform = self.columns.platforms.first().filter(|_| self.columns.platforms.len() == 1);
        if let Some(platform) = platform {
            object.entry("platform").or_insert_with(|| Value::from(platform.as_str()));
        }
        if self.columns.numbered {
            object.remove(NUMBER);
        }
        object.insert("workflow".into(), Value::from(self.columns.workflow.as_str()));
        if let Some(consent) = draft.consent.of_case() {
            object.insert("consent".into(), json!(consent));
        }
        let losses = draft.lines.into_iter().map(|line| Value::Object(line.loss)).collect();
        object.insert("losses".into(), Value::Array(losses));
        let case: Case = serde_json::from_value(Value::Object(object)).map_err(|error| {
            Box::new(Finding::error(
                Rule::Case,
                spot,
                crate::text!(
                    "这一行不能成为案件：{error}",
                    "this row cannot become a case: {error}"
                ),
                Text::new("检查这一行的各项", "check the row"),
            ))
        })?;
        let problems = inspect::inspect(&case, source, places, now);
        match problems.into_iter().find(crate::domain::problem::Problem::is_error) {
            Some(problem) => {
                Err(Box::new(Finding::error(Rule::Case, spot, problem.message, problem.hint)))
            }
            None => Ok(case),
        }
    }
}

/// True for what is said of the whole workbook.
fn is_general(finding: &Finding) -> bool {
    matches!(finding.rule, Rule::MissingColumn | Rule::RepeatedColumn)
}

fn spot_of(header: &Header, sheets: &[Sheet]) -> Spot {
    Spot { sheet: header.sheet, line: sheets[header.sheet].rows[header.row].line, column: None }
}

/// The rows below the names, without the row that explains them.
fn rows<'a>(header: &Header, sheets: &'a [Sheet]) -> impl Iterator<Item = &'a Row> + use<'a> {
    let below = sheets[header.sheet].rows.iter().skip(header.row + 1);
    below.filter(|row| !header::explains(row))
}

/// A row repeats a client when it says nothing else of it.
fn continues(first: &Draft, again: &Draft) -> bool {
    let same = |path: &str| {
        let said = again.text(path);
        said.is_none() || said == first.text(path)
    };
    ["victim.name", "victim.id_no", "victim.phone", "discovered_at"].into_iter().all(same)
}

fn absent(need: &Need, title: &str, spot: Spot) -> Option<Finding> {
    match need {
        Need::Optional => None,
        Need::Required => Some(Finding::error(
            Rule::MissingColumn,
            spot,
            crate::text!("没有“{title}”这一列", "there is no column {title}"),
            crate::text!("加上一列，列名写 {title}", "add a column of that name"),
        )),
        Need::Wanted(papers) => {
            let named = papers_named(papers);
            Some(Finding::warning(
                Rule::MissingColumn,
                spot,
                crate::text!(
                    "没有“{title}”这一列，这些文书会停在草稿：{named}",
                    "there is no column {title}; these stay drafts: {named}"
                ),
                crate::text!(
                    "有的话加上一列，列名写 {title}",
                    "add a column of that name if it is known"
                ),
            ))
        }
    }
}
