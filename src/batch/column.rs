//! The columns for one workflow: which it needs and for what, and what a value of each must be.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::batch::catalogue::{
    ADDRESSES_CONFIRMED, CATALOGUE, CONFLICT_REVIEW, CONSENT_DATE, Entry, FILES, NUMBER, PURPOSE,
    Place, RECIPIENTS, RETAIN, SCOPE, TOTAL,
};
use crate::domain::case::{Case, How};
use crate::domain::document;
use crate::domain::lang::Text;
use crate::workflow::model::{Target, Workflow};
use crate::workflow::packs::Packs;

/// What a cell of a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Free text.
    Text,
    /// A value of a named format of the case schema, such as `phone`.
    Format(&'static str),
    /// Yes or no; empty when it is not known.
    Flag,
    /// How a loss happened.
    How,
    /// One of the workflow's platforms.
    Platform,
    /// Several texts in one cell.
    List,
    /// A day.
    Day,
}

/// How much a column matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// A row without it cannot become a case.
    Required,
    /// The papers of these titles stay drafts without it.
    Wanted(Vec<String>),
    /// It may be left empty.
    Optional,
}

/// A column.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its names.
    pub entry: &'static Entry,
    /// What it holds.
    pub kind: Kind,
    /// How much it matters.
    pub need: Need,
    /// What to write, in a sentence or two.
    pub help: String,
    /// The workflow makes use of it, so a new workbook has it.
    pub shown: bool,
}

/// The columns of a workflow, with what its cells may choose from.
#[derive(Clone, Debug)]
pub struct Columns {
    /// The workflow's id.
    pub workflow: String,
    /// The workflow's name.
    pub title: Text,
    /// Every column there is, in the order of a new workbook.
    pub all: Vec<Column>,
    /// The platforms the workflow is for; empty when it does not say.
    pub platforms: Vec<String>,
    /// The papers that stay drafts without any transaction; empty when none does.
    pub lines_for: Vec<String>,
    /// The institution that answers for the accounts.
    pub institution: Option<String>,
    /// Matter numbers are given by a pattern: our number only tells the rows apart.
    pub numbered: bool,
}

/// Columns without which a row is no client of a firm.
const REQUIRED: [&str; 5] = [NUMBER, "victim.name", "discovered_at", PURPOSE, CONSENT_DATE];

/// Columns every new workbook has, whatever its workflow needs.
const ALWAYS: [&str; 7] = ["victim.id_no", "victim.phone", "platform", TOTAL, SCOPE, RETAIN, FILES];

/// Columns of transactions every new workbook has.
const ALWAYS_OF_LINES: [&str; 7] =
    ["at", "amount", "payee", "order_no", "channel", "how", "refunded"];

/// What papers need, by path below the case: the titles of those papers.
type Needs = BTreeMap<String, Vec<String>>;

impl Columns {
    /// Returns the columns that the papers and questions of a workflow ask for.
    pub fn of(workflow: &Workflow, packs: &Packs) -> Self {
        let (wanted, used) = asked_for(workflow, packs);
        let schema = document::shared_schema::<Case>();
        let platforms = platforms(workflow);
        let all = CATALOGUE
            .iter()
            .map(|entry| column(entry, &schema, &wanted, &used, platforms.len()))
            .collect();
        let lines_for = wanted.get("losses").cloned().unwrap_or_default();
        Self {
            workflow: workflow.id.clone(),
            title: workflow.name.clone(),
            all,
            platforms,
            lines_for,
            institution: workflow.institution.clone(),
            numbered: false,
        }
    }

    /// Returns the columns where matter numbers are given by a pattern: the workbook's own may be
    /// anything, or nothing where each client has one row.
    #[must_use]
    pub fn numbered(mut self) -> Self {
        self.numbered = true;
        for column in self.all.iter_mut().filter(|column| column.entry.path == NUMBER) {
            column.kind = Kind::Text;
            column.need = Need::Optional;
        }
        self
    }

    /// Returns the columns of a new workbook's sheet.
    pub fn shown(&self, place: Place) -> impl Iterator<Item = &Column> {
        self.all.iter().filter(move |column| column.shown && column.entry.place == place)
    }

    /// Returns the column of a path.
    pub fn at(&self, path: &str) -> Option<&Column> {
        self.all.iter().find(|column| column.entry.path == path)
    }
}

/// What a workflow's papers need always, and what it may ever make use of.
fn asked_for(workflow: &Workflow, packs: &Packs) -> (Needs, Vec<String>) {
    let mut wanted = Needs::new();
    let mut used = Vec::new();
    for step in &workflow.steps {
        let fields = step.ask.iter().filter_map(|field| packs.fields.get(field)?.case.clone());
        used.extend(fields);
        for target in &step.to {
            let Target::Recipient(name) = target else { continue };
            used.push(format!("{RECIPIENTS}.{name}"));
            used.push(ADDRESSES_CONFIRMED.to_owned());
        }
        for template in step.papers().filter_map(|id| packs.templates.get(id)) {
            used.extend(template.uses.iter().chain(&template.needs).filter_map(|path| below(path)));
            if step.when.is_some() {
                continue;
            }
            for path in template.needs.iter().filter_map(|path| below(path)) {
                let papers = wanted.entry(path).or_default();
                let title = template.title.zh.to_string();
                if !papers.contains(&title) {
                    papers.push(title);
                }
            }
        }
    }
    (wanted, used)
}

fn below(path: &str) -> Option<String> {
    path.strip_prefix("case.").map(str::to_owned)
}

fn column(
    entry: &'static Entry,
    schema: &Value,
    wanted: &Needs,
    used: &[String],
    platforms: usize,
) -> Column {
    let path = match entry.place {
        Place::Client => entry.path.to_owned(),
        Place::Line => format!("losses[].{}", entry.path),
    };
    let always = match entry.place {
        Place::Client => ALWAYS.contains(&entry.path) || REQUIRED.contains(&entry.path),
        Place::Line => ALWAYS_OF_LINES.contains(&entry.path),
    };
    let required = REQUIRED.contains(&entry.path)
        || path == "losses[].amount"
        || (path == "platform" && platforms != 1);
    let need = match wanted.get(&path) {
        _ if required => Need::Required,
        Some(papers) => Need::Wanted(papers.clone()),
        None => Need::Optional,
    };
    let (described, found) = schema_at(schema, &path).unzip();
    let holds = |used: &String| *used == path || path.starts_with(&format!("{used}."));
    Column {
        entry,
        kind: kind(entry.path, found),
        shown: always || need != Need::Optional || used.iter().any(holds),
        help: help(entry.path, described),
        need,
    }
}

fn kind(path: &str, schema: Option<&Value>) -> Kind {
    match path {
        NUMBER => return Kind::Format("case-id"),
        "platform" => return Kind::Platform,
        "how" => return Kind::How,
        TOTAL => return Kind::Format("money"),
        CONSENT_DATE | RETAIN => return Kind::Day,
        FILES => return Kind::List,
        ADDRESSES_CONFIRMED => return Kind::Flag,
        _ if path.starts_with(RECIPIENTS) => return Kind::Format("email"),
        _ => {}
    }
    let Some(schema) = schema else { return Kind::Text };
    let is = |name: &str| match &schema["type"] {
        Value::Array(types) => types.iter().any(|found| found == name),
        single => single == name,
    };
    if is("boolean") {
        return Kind::Flag;
    }
    if is("array") {
        return Kind::List;
    }
    let format = schema["format"].as_str().unwrap_or_default();
    ["date-time", "money", "phone", "email", "id-number", "number-text", "name"]
        .into_iter()
        .find(|known| *known == format)
        .map_or(Kind::Text, Kind::Format)
}

fn help(path: &str, schema: Option<&Value>) -> String {
    match path {
        NUMBER => "每位客户一个，只用字母、数字和连字符；交易表用它对应".into(),
        TOTAL => "选填：各笔金额之和（元），用来核对有没有漏填".into(),
        FILES => "选填：客户文件夹里必须有的文件名，用、隔开".into(),
        PURPOSE => "客户书面同意用于什么，例如：代为申诉、报案、理赔".into(),
        CONSENT_DATE => "客户签字的日期，例如 2026-09-20".into(),
        ADDRESSES_CONFIRMED => {
            "是：已核对上面的邮箱是对方在本案中亲自告知的；没有核对的不会发".into()
        }
        _ if path.starts_with(RECIPIENTS) => {
            "选填：对方在本案中亲自告知的邮箱，不要从网上找".into()
        }
        SCOPE => "选填：可以把资料给谁看".into(),
        CONFLICT_REVIEW => {
            "检查说可能有利益冲突、律师审查后可以办的才填：谁审查的、结论，例如：林律师，同名不同人"
                .into()
        }
        RETAIN => "选填：客户同意资料保存到哪一天，例如 2028-09-20；过了这一天什么也不发".into(),
        _ => {
            // A schema's sentence is Chinese first, then English.
            let said = schema.and_then(|schema| schema["description"].as_str()).unwrap_or_default();
            said.split_inclusive('。').next().unwrap_or_default().replace('\n', "")
        }
    }
}

/// Finds a path in the schema: the place with its description, and what it refers to.
fn schema_at<'a>(root: &'a Value, path: &str) -> Option<(&'a Value, &'a Value)> {
    let mut at = root;
    for name in path.split('.') {
        let (name, is_list) = name.strip_suffix("[]").map_or((name, false), |name| (name, true));
        at = resolve(root, at)["properties"].get(name)?;
        if is_list {
            at = &at["items"];
        }
    }
    Some((at, resolve(root, at)))
}

fn resolve<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    if let Some(reference) = schema["$ref"].as_str() {
        return root
            .pointer(reference.trim_start_matches('#'))
            .map_or(schema, |target| resolve(root, target));
    }
    let real = schema["anyOf"].as_array().into_iter().flatten().find(|one| one["type"] != "null");
    real.map_or(schema, |real| resolve(root, real))
}

/// The platforms a workflow's condition names.
fn platforms(workflow: &Workflow) -> Vec<String> {
    let Some(condition) = &workflow.when else { return Vec::new() };
    let mut found: Vec<String> = Vec::new();
    for rest in condition.source().split("case.platform ==").skip(1) {
        let Some(name) = rest.split('"').nth(1) else { continue };
        if !found.iter().any(|known| known == name) {
            found.push(name.to_owned());
        }
    }
    found
}

/// The words of the drop-down for how a loss happened.
pub fn ways() -> [(How, String); 3] {
    How::ALL.map(|how| (how, how.name().zh.to_string()))
}
