//! What a person looks through before a batch leaves: the first clients, some drawn by lot, and all
//! that want a look.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::batch::release::{Item, Plan, Release};
use crate::domain::digest::Digest;
use crate::domain::lang::{Lang, Text};
use crate::domain::time;
use crate::render::contact::{LIMIT_PAPERS, paper_path};
use crate::render::pdf::Renderer;
use crate::runtime::composing::{plain_body, read_unchanged, texts_of};
use crate::runtime::error::RuntimeError;
use crate::runtime::papers::{ATTACHMENTS_MARK, Texts};
use crate::runtime::portfolio::Row;
use crate::runtime::setup::Runtime;
use crate::runtime::typesetter;

/// The folder below `templates/` that holds the sheet, and its name there.
const FOLDER: &str = "batch";
const SHEET: &str = "contact.typ";

/// What a PDF begins with.
const PDF: &[u8] = b"%PDF-";

/// How many clients stand first, whoever they are.
const FIRST: usize = 3;

/// Why a client is on the sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// One of the first.
    First,
    /// Something about it wants a look.
    Warning,
    /// Drawn by lot.
    Drawn,
}

impl Why {
    fn name(self) -> Text {
        match self {
            Self::First => Text::new("前三位", "one of the first"),
            Self::Warning => Text::new("有提醒", "has a warning"),
            Self::Drawn => Text::new("抽查", "drawn by lot"),
        }
    }
}

/// Chooses the rows to look at, in the order of the batch: the first three, all with warnings, and
/// `sample` others that the plan's hash draws, so that the same plan shows the same ones.
pub fn chosen<'a>(rows: &'a [Row], plan: &Plan, sample: usize) -> Vec<(&'a Row, Why)> {
    let hash = plan.hash();
    let mut chosen: BTreeMap<usize, Why> = BTreeMap::new();
    let shown: Vec<usize> = (0..rows.len()).filter(|at| !rows[*at].items.is_empty()).collect();
    for at in &shown {
        if !rows[*at].warnings.is_empty() {
            chosen.insert(*at, Why::Warning);
        }
    }
    for at in shown.iter().take(FIRST) {
        chosen.entry(*at).or_insert(Why::First);
    }
    let mut lots: Vec<(Digest, usize)> = shown
        .iter()
        .filter(|at| !chosen.contains_key(at))
        .map(|at| (Digest::of(format!("{hash} {}", rows[*at].number).as_bytes()), *at))
        .collect();
    lots.sort();
    for (_, at) in lots.into_iter().take(sample) {
        chosen.insert(at, Why::Drawn);
    }
    chosen.into_iter().map(|(at, why)| (&rows[at], why)).collect()
}

impl Runtime {
    /// Sets the contact sheet of these rows as a PDF; returns with it how many clients found no
    /// place on it. A paper that is not what the ledger says is refused.
    pub fn contact_sheet(
        &mut self,
        chosen: &[(&Row, Why)],
        plan: &Plan,
        title: &str,
    ) -> Result<(Vec<u8>, usize), RuntimeError> {
        let mut papers = Vec::new();
        let mut entries = Vec::new();
        for (row, why) in chosen {
            let files: usize = row.items.iter().map(|item| item.papers.len()).sum();
            if papers.len() + files > LIMIT_PAPERS {
                break;
            }
            entries.push(self.entry(row, *why, &mut papers)?);
        }
        let left_out = chosen.len() - entries.len();
        let zone = time::default_zone();
        let made = time::rfc3339(self.clock.now(), &zone);
        let (count, clients) = (plan.items.len(), plan.clients().len());
        let data = json!({
            "title": title,
            "footer": format!("计划号 {}", plan.hash().short(16)),
            "head": [
                format!("计划号 {}", plan.hash()),
                format!("制作时间 {made}"),
                format!("共 {count} 封，其中分波发出的有 {clients} 位客户；这里是其中 {} 位。", entries.len()),
            ],
            "entries": entries,
        });
        let files = self.library.template_files(FOLDER);
        let source = files
            .get(SHEET)
            .ok_or_else(|| RuntimeError::Ours(format!("templates/{FOLDER}/{SHEET}")))?;
        let renderer = Renderer::new(typesetter::fonts()?);
        Ok((renderer.contact_sheet(source, &data, papers)?, left_out))
    }

    fn entry(
        &mut self,
        row: &Row,
        why: Why,
        papers: &mut Vec<Vec<u8>>,
    ) -> Result<Value, RuntimeError> {
        let case =
            row.case.as_ref().ok_or_else(|| RuntimeError::Ours("a row has no case".into()))?;
        let desk = self.desk(case)?;
        let documents = self.home.case_folders(case)?.documents;
        let (mut items, mut shown) = (Vec::new(), Vec::new());
        for item in &row.items {
            let mut visits = desk.history.steps.get(&item.step).into_iter().flatten();
            let visit = visits.find(|visit| visit.number == item.visit);
            let Some(prepared) = visit.and_then(|visit| visit.prepared.as_ref()) else { continue };
            items.push(mail(item, texts_of(&desk, prepared)));
            for paper in &prepared.papers {
                let bytes = read_unchanged(&documents.join(&paper.file), &paper.sha256)?;
                if bytes.starts_with(PDF) {
                    shown.push(json!({ "name": paper.file, "file": paper_path(papers.len()) }));
                    papers.push(bytes);
                }
            }
        }
        Ok(json!({
            "number": row.number,
            "name": desk.history.case.victim.name.clone().unwrap_or_default(),
            "why": why.name().get(Lang::Zh),
            "warnings": row.warnings.iter().map(|text| text.get(Lang::Zh)).collect::<Vec<_>>(),
            "items": items,
            "papers": shown,
        }))
    }
}

/// A message as it is shown, with the text of the mail.
fn mail(item: &Item, texts: Option<Texts>) -> Value {
    let texts = texts.unwrap_or_default();
    let plain = || plain_body(&texts);
    let body = texts.body.clone().unwrap_or_else(plain);
    json!({
        "title": item.title,
        "recipient": item.recipient,
        "release": match item.release {
            Release::Wave => "分波发出",
            Release::Single => "逐件放行",
            Release::Client => "先要客户确认",
        },
        "subject": texts.subject,
        "body": body.replace(ATTACHMENTS_MARK, "（附件清单）"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::case::CaseId;
    use crate::domain::role::Role;

    fn row(number: usize, warning: bool) -> Row {
        let case = CaseId::parse(&format!("W-{number:03}")).unwrap();
        let item = Item {
            case: case.clone(),
            step: "claim".into(),
            visit: 1,
            title: "理赔".into(),
            channel: "case.insurer".into(),
            role: Role::Insurer,
            recipient: "claims@insurer.example".into(),
            whole: Digest::of(b"whole"),
            papers: Vec::new(),
            release: Release::Wave,
        };
        Row {
            number: case.to_string(),
            case: Some(case),
            how: None,
            items: vec![item],
            tasks: 0,
            files: Vec::new(),
            warnings: warning.then(|| Text::new("看一眼", "look")).into_iter().collect(),
            troubles: Vec::new(),
        }
    }

    #[test]
    fn the_first_three_all_warnings_and_a_sample_are_shown_the_same_each_time() {
        let rows: Vec<Row> = (0..50).map(|number| row(number, number == 40)).collect();
        let plan = Plan::new(rows.iter().flat_map(|row| row.items.clone()).collect());
        let numbers = |sample| -> Vec<(String, Why)> {
            let chosen = chosen(&rows, &plan, sample);
            chosen.into_iter().map(|(row, why)| (row.number.clone(), why)).collect()
        };
        let none = numbers(0);
        assert_eq!(none.len(), 4);
        assert_eq!(none[3], ("W-040".to_owned(), Why::Warning));
        assert_eq!(numbers(5).len(), 9);
        assert_eq!(numbers(5), numbers(5));
        assert_eq!(numbers(500).len(), 50);
    }
}
