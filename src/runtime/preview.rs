//! Papers and texts written with invented cases, so that an author can look at them: an ordinary
//! case, one of deceived losses, one of which nothing is known yet, and the most a case can be.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::bills::handout::Handout;
use crate::bills::ledger::Ledger;
use crate::domain::case::{Case, How};
use crate::domain::digest::Digest;
use crate::domain::document;
use crate::domain::lang::{Lang, Text};
use crate::domain::money::Money;
use crate::domain::time;
use crate::runtime::bill_page;
use crate::runtime::error::RuntimeError;
use crate::runtime::home::write_private;
use crate::runtime::letters;
use crate::runtime::proof::{self, About};
use crate::runtime::typesetter::Typesetter;
use crate::workflow::channel::Channel;
use crate::workflow::event::{Entry, Event};
use crate::workflow::fold;
use crate::workflow::history::History;
use crate::workflow::library::Library;
use crate::workflow::model::{Step, Workflow};
use crate::workflow::packs::{FieldKind, Packs};
use crate::workflow::template::Template;
use crate::workflow::view::{Maker, Sheet};

/// The folder below `templates/` that holds the invented cases.
const SAMPLES: &str = "samples";

/// How many losses the most a case can be has.
const MANY_LOSSES: usize = 80;

/// What was paid back in them, of which more is known.
const RECOVERED: Money = Money::from_fen(20_000);

/// The invented cases.
const CASES: [Sample; 4] = [
    Sample { name: "sample", file: "sample.toml", how: None, known: true, many: false },
    Sample {
        name: "deceived",
        file: "sample.toml",
        how: Some(How::ByMeDeceived),
        known: true,
        many: false,
    },
    Sample { name: "minimal", file: "minimal.toml", how: None, known: false, many: false },
    Sample { name: "extreme", file: "extreme.toml", how: None, known: true, many: true },
];

struct Sample {
    name: &'static str,
    file: &'static str,
    /// Every loss is of this kind.
    how: Option<How>,
    /// Answers came and evidence is there.
    known: bool,
    /// Its losses are repeated.
    many: bool,
}

/// One file that was written, or why it could not be.
#[derive(Clone, Debug)]
pub struct Previewed {
    /// The template.
    pub template: String,
    /// The invented case.
    pub case: &'static str,
    /// The file.
    pub file: PathBuf,
    /// Why it could not be written.
    pub problem: Option<Text>,
}

/// Writes each template with each invented case below `folder`.
pub fn write(
    library: &Library,
    templates: &[&Template],
    folder: &Path,
) -> Result<Vec<Previewed>, RuntimeError> {
    std::fs::create_dir_all(folder)
        .map_err(|source| RuntimeError::Home { path: folder.to_owned(), source })?;
    let workflows = library.workflows();
    let known: Value = library
        .template_files(SAMPLES)
        .get("known.json")
        .and_then(|text| serde_json::from_str(text).ok())
        .ok_or_else(|| RuntimeError::Ours("templates/samples/known.json".into()))?;
    let firm: Value = library
        .template_files(SAMPLES)
        .get("firm.json")
        .and_then(|text| serde_json::from_str(text).ok())
        .ok_or_else(|| RuntimeError::Ours("templates/samples/firm.json".into()))?;
    let mut typesetter = Typesetter::here();
    let mut previewed = Vec::new();
    for sample in &CASES {
        let case = case(library, sample)?;
        for template in templates {
            let place = place(&library.packs, &workflows, template);
            let Some((workflow, step)) = place else { continue };
            let mut history = history(library, &workflow, &case)?;
            if sample.known {
                history.recovered = RECOVERED;
            }
            let maker = Maker::new(&workflow, &library.packs, &history);
            let channel = maker.channel(&step);
            for sheet in maker.sheets(&step, template, channel.as_ref()) {
                let mut view = view(library, &maker, &sheet, sample, &known);
                if template.made_for.is_some() {
                    add_firm(&mut view, template, &firm);
                }
                let one = One {
                    library,
                    template,
                    case: &case,
                    sample,
                    channel: channel.as_ref(),
                    sheet: &sheet,
                    view,
                };
                one.write(folder, &mut typesetter, &mut previewed)?;
            }
        }
    }
    Ok(previewed)
}

fn case(library: &Library, sample: &Sample) -> Result<Case, RuntimeError> {
    let files = library.template_files(SAMPLES);
    let text = files.get(sample.file).copied().unwrap_or_default();
    let read = document::read::<Case>(sample.file, text);
    let Some(mut case) = read.content else {
        return Err(RuntimeError::Problems {
            source_text: Box::new(read.source),
            problems: read.problems,
        });
    };
    if sample.many && !case.losses.is_empty() {
        case.losses = case.losses.iter().cycle().take(MANY_LOSSES).cloned().collect();
    }
    for loss in &mut case.losses {
        loss.how = sample.how.or(loss.how);
    }
    Ok(case)
}

/// The first step that uses a template as its own, or along with others; a template that no step
/// uses is shown as if the first step of all did.
fn place(packs: &Packs, workflows: &[Workflow], template: &Template) -> Option<(Workflow, Step)> {
    let copies = |id: &String| packs.slots.get(id).and_then(|slot| slot.copy.as_ref());
    let uses = |workflow: &&Workflow, own: bool| {
        let step = workflow.steps.iter().find(|step| {
            if template.has_picture {
                return step.attach_slots.iter().any(|id| copies(id) == Some(&template.id));
            }
            let mut papers: Box<dyn Iterator<Item = &String>> = if own {
                Box::new(step.templates.iter())
            } else {
                Box::new(step.attach_papers.iter())
            };
            papers.any(|id| *id == template.id)
        })?;
        Some(((*workflow).clone(), step.clone()))
    };
    let found = |own: bool| workflows.iter().find_map(|workflow| uses(&workflow, own));
    found(true).or_else(|| found(false)).or_else(|| {
        let workflow = workflows.iter().find(|workflow| workflow.when.is_some())?;
        let step = workflow.steps.first()?;
        Some((workflow.clone(), step.correction(&template.id)))
    })
}

/// Returns the history of a case in which nothing has happened yet.
pub(super) fn history(
    library: &Library,
    workflow: &Workflow,
    case: &Case,
) -> Result<History, RuntimeError> {
    let snapshot = case.snapshot();
    let digest = Digest::of_json(&snapshot);
    let opened = Event::Opened {
        case: digest.clone(),
        workflow_id: workflow.id.clone(),
        workflow: workflow.digest.clone(),
    };
    let entries = [Entry { seq: 1, at: case.discovered_at, event: opened }];
    let payloads = std::collections::BTreeMap::from([(digest, snapshot)]);
    fold::fold(workflow, &library.packs, &entries, &payloads)
        .map_err(|source| RuntimeError::Fold { case: case.case_id().to_string(), source })
}

/// What a sheet sees, with invented answers where nothing is known of an invented case.
fn view(
    library: &Library,
    maker: &Maker<'_>,
    sheet: &Sheet,
    sample: &Sample,
    known: &Value,
) -> Value {
    let mut view = sheet.view.clone();
    let Some(shown) = view.get_mut("known").filter(|_| sample.known) else { return view };
    overlay(shown, known);
    if let Some(reason) =
        shown.pointer("/refusal/reason").and_then(Value::as_str).map(str::to_owned)
    {
        shown["refusal"]["reasons"] = Value::Array(maker.reasons(&reason, sheet.part));
    }
    if let Some(answers) = shown.get_mut("answers").and_then(Value::as_object_mut) {
        for (name, value) in answers {
            let field = library.packs.fields.get(name);
            *value = match field.map(|field| field.kind) {
                Some(FieldKind::Time) => json!("2026年9月19日10时00分"),
                Some(FieldKind::Bool) => json!("是"),
                Some(FieldKind::Money) => json!("100.00"),
                _ => json!(format!("示例{}", field.map_or("", |field| field.name.get(Lang::Zh)))),
            };
        }
    }
    view
}

/// What no case says: an invented firm, as far as the template looks at it.
fn add_firm(view: &mut Value, template: &Template, firm: &Value) {
    for (name, value) in firm.as_object().into_iter().flatten() {
        if template.uses.iter().any(|path| path == name) {
            view[name] = value.clone();
        }
    }
}

/// Puts what is invented in the place of what the view asks for and the case does not know.
fn overlay(shown: &mut Value, known: &Value) {
    let Some(shown) = shown.as_object_mut() else { return };
    for (name, value) in shown {
        let Some(invented) = known.get(name) else { continue };
        if value.is_object() && name == "answers" {
            continue;
        }
        if value.is_object() && invented.is_object() {
            overlay(value, invented);
        } else if value.is_null() || value.as_array().is_some_and(Vec::is_empty) {
            value.clone_from(invented);
        }
    }
}

/// Stands for a photograph of a card: grey shades of its shape.
fn photograph() -> Vec<u8> {
    let shade = |x: u32, y: u32| u8::try_from(200 - (x / 12 + y / 9) % 60).unwrap_or_default();
    let picture = image::RgbImage::from_fn(856, 540, |x, y| image::Rgb([shade(x, y); 3]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    let written = picture.write_to(&mut bytes, image::ImageFormat::Png);
    written.map(|()| bytes.into_inner()).unwrap_or_default()
}

/// One sheet of one template for one invented case.
struct One<'a> {
    library: &'a Library,
    template: &'a Template,
    case: &'a Case,
    sample: &'a Sample,
    channel: Option<&'a Channel>,
    sheet: &'a Sheet,
    view: Value,
}

impl One<'_> {
    fn write(
        &self,
        folder: &Path,
        typesetter: &mut Typesetter,
        previewed: &mut Vec<Previewed>,
    ) -> Result<(), RuntimeError> {
        if self.template.proves_delivery {
            // Nothing was mailed for an invented case: the page says so.
            let zone = time::DEFAULT_ZONE;
            let day = time::day(self.now(), &time::zone(zone).unwrap_or(TimeZone::UTC));
            let about = About { number: "", day, zone, entries: 0, head: "" };
            let page = typesetter.make(&proof::job(self.library, self.template, &[], &about));
            return self.put(folder, "pdf", page, previewed);
        }
        if self.template.draws_bills {
            // Without a bill there is nothing to draw: the page says so.
            let handout = Handout::new(&Ledger::join(Vec::new()), &[], Lang::Zh, self.now());
            let page = bill_page::page(self.library, &handout, None, None, self.now());
            return self.put(folder, "pdf", page, previewed);
        }
        if self.template.has_paper {
            let job = letters::job(self.library, self.template, self.data());
            self.put(folder, "pdf", typesetter.make(&job), previewed)?;
        }
        if self.template.has_picture {
            let job = letters::copy_job(self.library, self.template, self.data(), photograph());
            self.put(folder, "jpg", typesetter.make(&job), previewed)?;
        }
        let is_mail = self.channel.is_some_and(|channel| !channel.kind.is_by_hand());
        let texts = [
            ("text.hbs", "txt", self.template.has_text && !is_mail),
            ("subject.hbs", "subject.txt", self.template.has_mail),
            ("body.hbs", "body.txt", self.template.has_mail),
        ];
        for (name, extension, is_wanted) in texts {
            if !is_wanted {
                continue;
            }
            let mut view = self.view.clone();
            view["attachments"] = Value::from("1. 示例附件.pdf");
            let filled =
                letters::filled(self.library, &self.template.id, name, &view, self.sheet.part);
            self.put(
                folder,
                extension,
                filled.map(String::into_bytes).map_err(Into::into),
                previewed,
            )?;
        }
        Ok(())
    }

    fn data(&self) -> Value {
        let Sheet { part, bank, .. } = self.sheet;
        let sheet = Sheet { part: *part, bank: bank.clone(), view: self.view.clone() };
        letters::sheet_data(&sheet, self.template, self.case, self.now(), !self.sample.known)
    }

    fn now(&self) -> Timestamp {
        self.case.discovered_at
    }

    fn put(
        &self,
        folder: &Path,
        extension: &str,
        made: Result<Vec<u8>, RuntimeError>,
        previewed: &mut Vec<Previewed>,
    ) -> Result<(), RuntimeError> {
        let part = self.sheet.part.map(|how| format!("-{}", how.as_str())).unwrap_or_default();
        let bank = self.sheet.bank.name().map(|name| format!("-{name}")).unwrap_or_default();
        let bank = bank.replace(['/', '\\'], "-");
        let name = format!("{}-{}{part}{bank}.{extension}", self.template.id, self.sample.name);
        let file = folder.join(name);
        let problem = match made {
            Ok(bytes) => {
                write_private(&file, &bytes)
                    .map_err(|source| RuntimeError::Home { path: file.clone(), source })?;
                None
            }
            Err(RuntimeError::Render(error)) => Some(Text::same(error.to_string())),
            Err(RuntimeError::Text(error)) => Some(Text::same(error.to_string())),
            Err(error) => return Err(error),
        };
        previewed.push(Previewed {
            template: self.template.id.clone(),
            case: self.sample.name,
            file,
            problem,
        });
        Ok(())
    }
}
