//! The bills of a case: exports among its evidence are read, what looks wrong waits for the
//! person's word, and only what they confirm becomes a loss.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::io::Cursor;
use std::sync::Arc;

use secrecy::ExposeSecret as _;
use serde_json::{Value, json};

use crate::bills::error::BillError;
use crate::bills::export::Export;
use crate::bills::finding::{self, reason::Finding};
use crate::bills::ledger::Ledger;
use crate::bills::line::Line;
use crate::bills::mapping::ColumnMap;
use crate::bills::read::{self, Options};
use crate::bills::report;
use crate::bills::totals::Channel;
use crate::domain::case::{CaseId, How, Loss, SECRET_PREFIX};
use crate::domain::lang::{Lang, Text};
use crate::domain::reviewed::{self, Decision};
use crate::domain::time;
use crate::evidence::intake;
use crate::runtime::composing::read_unchanged;
use crate::runtime::desk::Desk;
use crate::runtime::error::RuntimeError;
use crate::runtime::setup::Runtime;
use crate::store::ledger::Payload;
use crate::workflow::event::Event;
use crate::workflow::history::History;

/// How short the end of a number may be that stands for it.
const SHORTEST_ENDING: usize = 4;

/// The exports of a case as they were read.
#[derive(Debug)]
pub struct Screening {
    /// Every transaction.
    pub ledger: Ledger,
    /// Those that look wrong.
    pub findings: Vec<Finding>,
    /// What could not be read, and why.
    pub unread: Vec<Unread>,
    /// The account's name on a bill is not that of the case.
    pub stranger: Option<Text>,
    /// How many earlier rows have the same number, by row.
    earlier: Vec<u32>,
}

/// An export that could not be read.
#[derive(Clone, Debug)]
pub struct Unread {
    /// The file.
    pub path: String,
    /// Why.
    pub message: Text,
    /// What to do.
    pub hint: Text,
}

/// What a person says of one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is a loss, and this is how it happened.
    Loss(How),
    /// All is well with it.
    Cleared,
}

/// How far the review of a case's bills is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Exports that were read.
    pub files: usize,
    /// Transactions in them, each counted once.
    pub rows: u64,
    /// Findings nobody has decided.
    pub pending: usize,
    /// Rows that were confirmed.
    pub confirmed: usize,
    /// Rows that were cleared.
    pub cleared: usize,
    /// Files that could not be read.
    pub unread: usize,
    /// The account's name on a bill is not that of the case.
    pub stranger: Option<String>,
}

impl Screening {
    /// Returns the number of a row: as the bill writes it, with `#2` and so on for one that
    /// another row has too.
    pub fn id(&self, event: usize) -> String {
        let own = self.ledger.events[event].line.identifier();
        match self.earlier[event] {
            0 => own,
            earlier => format!("{own}#{}", earlier + 1),
        }
    }

    fn new(
        ledger: Ledger,
        findings: Vec<Finding>,
        unread: Vec<Unread>,
        name: Option<&str>,
    ) -> Self {
        let state = RandomState::new();
        let mut seen: HashMap<u64, u32> = HashMap::new();
        let earlier = ledger.events.iter().map(|event| {
            let count = seen.entry(state.hash_one(event.line.identifier())).or_default();
            *count += 1;
            *count - 1
        });
        let earlier = earlier.collect();
        let stranger = name.and_then(|name| ledger.stranger(name));
        Self { ledger, findings, unread, stranger, earlier }
    }

    /// Returns the row of that number, or the only one whose number ends so, from four characters
    /// on. Two that end so are an error.
    pub fn find(&self, id: &str) -> Result<Option<usize>, RuntimeError> {
        let mut ending = None;
        let mut several = false;
        for event in 0..self.ledger.events.len() {
            let own = self.id(event);
            if own == id {
                return Ok(Some(event));
            }
            if id.chars().count() >= SHORTEST_ENDING && own.ends_with(id) {
                several |= ending.is_some();
                ending = Some(event);
            }
        }
        if several {
            return Err(RuntimeError::asked(
                crate::text!("编号以 {id} 结尾的不止一笔", "several numbers end in {id}"),
                Text::new("把编号写全", "write the whole number"),
            ));
        }
        Ok(ending)
    }

    /// Returns a row as a loss, with the place in the bill that it was read from.
    pub fn loss(&self, event: usize, how: How) -> Loss {
        let line = &self.ledger.events[event].line;
        let source = self.ledger.sources.get(line.place.file as usize);
        let file = source.map(|source| source.export.path.as_str()).unwrap_or_default();
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let (channel, bank) = paid_by(line);
        Loss {
            at: Some(line.at),
            amount: line.amount,
            payee: text(line.payee()),
            payee_account: None,
            order_no: line.whole_id().map(str::to_owned),
            merchant_no: text(line.merchant_id()),
            channel,
            bank,
            asset: None,
            quantity: None,
            how: Some(how),
            refunded: line.refunded,
            source: Some(format!("{file} 第{}行", line.place.line)),
        }
    }
}

/// The channel as the bill writes it; a card with its bank, because the bank answers for it too.
fn paid_by(line: &Line) -> (Option<String>, Option<String>) {
    let written = line.method().split('&').next().unwrap_or_default().trim();
    let method = (!written.is_empty()).then(|| written.to_owned());
    let channel = Channel::of(line);
    match channel {
        Channel::Card | Channel::CreditCard => {
            let bank = method.or_else(|| Some(line.provider.title().get(Lang::Zh).to_owned()));
            (Some(channel.text().get(Lang::Zh).to_owned()), bank)
        }
        _ => (method, None),
    }
}

impl Runtime {
    /// Reads the exports among the evidence of a case.
    pub fn screen_bills(&self, desk: &Desk) -> Result<Screening, RuntimeError> {
        let originals = self.home.case_paths(desk.id()).originals;
        let case = &desk.history.case;
        let (mut exports, mut unread): (Vec<Export>, Vec<Unread>) = (Vec::new(), Vec::new());
        let options = self.bill_options(desk, &mut unread)?;
        let slots = &self.library.packs.slots;
        for item in &desk.history.evidence {
            if !slots.get(&item.slot).is_some_and(|slot| slot.bills) {
                continue;
            }
            let bytes = read_unchanged(&originals.join(&item.file), &item.sha256)?;
            let first = u32::try_from(exports.len()).unwrap_or(u32::MAX);
            match read::read(&item.file, Cursor::new(bytes), first, &options) {
                Ok(reading) => {
                    exports.extend(reading.exports);
                    let failures = reading.failures.into_iter();
                    unread.extend(failures.map(|(path, error)| failed(path, &error)));
                }
                Err(error) => unread.push(failed(item.file.clone(), &error)),
            }
        }
        let ledger = Ledger::join(exports);
        let findings = finding::find(&ledger, &[time::day(case.discovered_at, &desk.zone)]);
        Ok(Screening::new(ledger, findings, unread, case.victim.name.as_deref()))
    }

    fn bill_options(&self, desk: &Desk, unread: &mut Vec<Unread>) -> Result<Options, RuntimeError> {
        let case = &desk.history.case;
        let mut options = Options::default();
        for password in &case.bills_passwords {
            let Some(name) = password.strip_prefix(SECRET_PREFIX) else { continue };
            match self.secrets.find(name) {
                Ok(found) => options.passwords.push(found.secret.expose_secret().trim().to_owned()),
                Err(crate::secrets::SecretError::Absent { .. }) => unread.push(Unread {
                    path: name.to_owned(),
                    message: crate::text!(
                        "账单密码 {name} 还没有保存",
                        "the password {name} is not kept"
                    ),
                    hint: crate::text!(
                        "运行 appeal-daemon secret set {name}，再运行 start",
                        "run appeal-daemon secret set {name}, then start"
                    ),
                }),
                Err(error) => return Err(error.into()),
            }
        }
        if let Some(name) = &case.bills_map {
            let path = intake::inside(std::path::Path::new(&desk.row.folder), name)?;
            let text = std::fs::read_to_string(&path)
                .map_err(|source| RuntimeError::Home { path: path.clone(), source })?;
            let map = ColumnMap::parse(&text)
                .map_err(|error| RuntimeError::asked(error.message(), error.hint()))?;
            options.map = Some(map);
        }
        Ok(options)
    }

    /// Reads the exports of a case and writes down what was read, when it is something new.
    pub fn note_bills(&mut self, case: &CaseId) -> Result<(), RuntimeError> {
        let desk = self.desk(case)?;
        if !self.has_bills(&desk.history) {
            return Ok(());
        }
        let screening = self.screen_bills(&desk)?;
        let value = shape(&screening);
        self.say(case, |_, desk, _| {
            let payload = Payload::new(value.clone());
            if desk.history.bills.as_ref() == Some(&payload.digest) {
                return Ok((Vec::new(), Vec::new()));
            }
            Ok((vec![Event::BillsRead { report: payload.digest.clone() }], vec![payload]))
        })
    }

    fn has_bills(&self, history: &History) -> bool {
        let slots = &self.library.packs.slots;
        history.evidence.iter().any(|item| slots.get(&item.slot).is_some_and(|slot| slot.bills))
    }

    /// Returns the slot that exported bills are kept in.
    pub(super) fn bills_slot(&self) -> Option<String> {
        let packs = Arc::clone(&self.library.packs);
        packs.slots.iter().find(|(_, slot)| slot.bills).map(|(id, _)| id.clone())
    }

    /// Writes down what the person said of rows, by their numbers. Nothing is written unless every
    /// number is a row of the bills.
    pub fn review_bills(
        &mut self,
        case: &CaseId,
        said: &[(String, Verdict)],
    ) -> Result<(), RuntimeError> {
        let desk = self.desk(case)?;
        let screening = self.screen_bills(&desk)?;
        let mut decisions = Vec::new();
        for (id, verdict) in said {
            let event = screening.find(id)?.ok_or_else(|| {
                RuntimeError::asked(
                    crate::text!(
                        "账单里没有编号为 {id} 的一笔",
                        "no row of the bills has number {id}"
                    ),
                    crate::text!(
                        "appeal-daemon bills review {case} 列出编号；--on 日期 列出那天的每一笔",
                        "appeal-daemon bills review {case} lists them, --on DAY every row of a day"
                    ),
                )
            })?;
            let loss = match verdict {
                Verdict::Loss(how) => Some(screening.loss(event, *how)),
                Verdict::Cleared => None,
            };
            decisions.push(Decision { id: screening.id(event), loss });
        }
        let value = serde_json::to_value(&decisions).unwrap_or_default();
        self.say(case, |_, _, _| {
            let payload = Payload::new(value.clone());
            let event = Event::BillsReviewed { decisions: payload.digest.clone() };
            Ok((vec![event], vec![payload]))
        })
    }
}

fn failed(path: String, error: &BillError) -> Unread {
    Unread { path, message: error.message(), hint: error.hint() }
}

/// Returns the findings that nobody has decided and the case does not have as a loss.
pub fn pending<'a>(history: &History, screening: &'a Screening) -> Vec<&'a Finding> {
    let is_open = |finding: &&Finding| {
        let loss = screening.loss(finding.event, How::Unknown);
        is_open(history, &screening.id(finding.event), &loss)
    };
    screening.findings.iter().filter(is_open).collect()
}

fn is_open(history: &History, id: &str, loss: &Loss) -> bool {
    !history.reviewed.contains_key(id)
        && !history.case.losses.iter().any(|known| reviewed::is_same(known, loss))
}

/// Returns how far the review of a case's bills is, by what was last read; none without bills.
pub fn progress(desk: &Desk) -> Option<Progress> {
    let history = &desk.history;
    let report = desk.payloads.get(history.bills.as_ref()?)?;
    let list = |name: &str| report[name].as_array().map(Vec::as_slice).unwrap_or_default();
    let is_pending = |finding: &&Value| {
        let loss = serde_json::from_value::<Loss>(finding["loss"].clone());
        let id = finding["id"].as_str().unwrap_or_default();
        loss.is_ok_and(|loss| is_open(history, id, &loss))
    };
    let confirmed = history.reviewed.values().filter(|decision| decision.loss.is_some()).count();
    Some(Progress {
        files: list("files").len(),
        rows: report["totals"]["rows"].as_u64().unwrap_or_default(),
        pending: list("findings").iter().filter(is_pending).count(),
        confirmed,
        cleared: history.reviewed.len() - confirmed,
        unread: list("unread").len(),
        stranger: report["stranger"].as_str().map(str::to_owned),
    })
}

/// What is written down of a reading: the shape of `bills --json`, and what could not be read.
fn shape(screening: &Screening) -> Value {
    let report = report::report(&screening.ledger, &screening.findings);
    let mut value = serde_json::to_value(report).unwrap_or_default();
    for (index, finding) in screening.findings.iter().enumerate() {
        let loss = screening.loss(finding.event, How::Unknown);
        value["findings"][index]["id"] = json!(screening.id(finding.event));
        value["findings"][index]["loss"] = json!(loss);
    }
    value["unread"] = screening
        .unread
        .iter()
        .map(|unread| json!({ "path": unread.path, "message": unread.message.zh, "hint": unread.hint.zh }))
        .collect();
    value["stranger"] = json!(screening.stranger.as_ref().map(|warning| &warning.zh));
    value
}
