//! A paper's template and its data to a PDF: PDF/A-2b, tagged, the same bytes for the same input.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use typst::diag::SourceDiagnostic;
use typst::foundations::{Bytes, Content, Label, Selector, Smart};
use typst::introspection::{Introspector as _, MetadataElem};
use typst::layout::{Frame, FrameItem};
use typst::syntax::Source;
use typst::utils::{LazyHash, PicoStr};
use typst::{Feature, Library, LibraryExt, WorldExt as _};
use typst_html::HtmlDocument;
use typst_layout::{PagedDocument, PagedIntrospector};
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards};

use crate::domain::case::How;
use crate::domain::figures;
use crate::domain::wording;
use crate::render::compile::compile;
use crate::render::docx;
use crate::render::fonts::Fonts;
use crate::render::picture;
use crate::render::world::{self, ClosedWorld, Sources};

/// The path of the picture a paper is made of.
const PICTURE: &str = "/picture";

/// The source that says whether a paper is to print or to edit.
const EDITION: &str = "/edition.typ";

/// What it says of one to edit.
const FOR_EDITING: &str = "#let editing = true\n";

/// What stands in the metadata as the maker.
const CREATOR: &str = "appeal-daemon";

/// A paper to make: the template's files by their path in the closed world, and its data.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Job {
    /// Its name for messages: the template's id.
    pub name: String,
    /// `/paper.typ` and what it imports.
    pub sources: BTreeMap<String, String>,
    /// What it reads as `/data.json`.
    pub data: Value,
    /// The kind of loss it is about, where it is about one.
    pub how: Option<How>,
    /// A picture it is made of, as `/picture`; what comes out is a picture too, a JPEG.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "base64_bytes")]
    pub picture: Option<Vec<u8>>,
}

/// Bytes as text in a job that is handed to another process.
mod base64_bytes {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize as _, Deserializer, Serializer};

    #[expect(clippy::ref_option, reason = "serde hands it over so")]
    pub(super) fn serialize<S: Serializer>(
        bytes: &Option<Vec<u8>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match bytes {
            Some(bytes) => serializer.serialize_some(&STANDARD.encode(bytes)),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Vec<u8>>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| STANDARD.decode(text).map_err(serde::de::Error::custom)).transpose()
    }
}

/// Why a paper could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum RenderError {
    /// Characters no font has; a box in a name would be worse than no paper.
    #[error("the paper `{name}` needs {characters}, which no font here has")]
    Characters {
        /// The paper.
        name: String,
        /// The characters with their code points.
        characters: String,
    },
    /// The template is wrong.
    #[error("the template `{name}` cannot be set: {message}")]
    Template {
        /// The paper.
        name: String,
        /// What Typst said, with the line.
        message: String,
    },
    /// It says more than is known.
    #[error("the paper `{name}` says `{word}`, which the facts of these losses do not bear out")]
    Wording {
        /// The paper.
        name: String,
        /// The word.
        word: String,
    },
    /// It prints an amount or a day that its data do not have.
    #[error("the paper `{name}` prints {figure}, but the case it is made from has no such figure")]
    Figure {
        /// The paper.
        name: String,
        /// The amount or the day.
        figure: String,
    },
    /// The renderer itself failed.
    #[error("the renderer stopped while setting `{name}`")]
    Renderer {
        /// The paper.
        name: String,
    },
}

/// Sets papers.
#[derive(Debug)]
pub struct Renderer {
    fonts: Arc<Fonts>,
    library: LazyHash<Library>,
    sources: Sources,
    /// What was found in the last paper of each template, for the next one to start from.
    found: Mutex<BTreeMap<String, Arc<PagedIntrospector>>>,
    /// How many others share the caches.
    others: usize,
}

/// A paper that is set and was found to say nothing but what is known, before it is written.
#[derive(Debug)]
pub struct LaidOut {
    document: PagedDocument,
}

impl Renderer {
    /// Returns a renderer with these fonts.
    pub fn new(fonts: Arc<Fonts>) -> Self {
        Self::beside(fonts, 0)
    }

    /// Returns a renderer beside which that many others work in this process.
    pub fn beside(fonts: Arc<Fonts>, others: usize) -> Self {
        let library = LazyHash::new(Library::default());
        let (sources, found) = (Sources::default(), Mutex::default());
        Self { fonts, library, sources, found, others }
    }

    pub(super) fn fonts(&self) -> &Fonts {
        &self.fonts
    }

    pub(super) fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    /// Makes a paper, as a PDF; one that is made of a picture, as a JPEG.
    pub fn make(&self, job: &Job) -> Result<Vec<u8>, RenderError> {
        let made = self.lay_out(job).and_then(|laid_out| self.write(job, &laid_out));
        self.forget();
        made
    }

    /// Forgets what Typst keeps of the papers made so far: its caches are the process's own, and
    /// every paper would stay in memory. What the last paper was made with stays for the next, such
    /// as the shared layout, and what the others are in the middle of is left alone.
    pub fn forget(&self) {
        typst::comemo::evict(self.others + 1);
    }

    /// Sets a paper and reads it once more.
    pub fn lay_out(&self, job: &Job) -> Result<LaidOut, RenderError> {
        let missing = self.fonts.missing(&job.data);
        if !missing.is_empty() {
            let characters = named(&missing);
            return Err(RenderError::Characters { name: job.name.clone(), characters });
        }
        let world = self.world(job)?;
        let before = self.found().get(&job.name).cloned();
        let document = compile(&world, before.as_deref())
            .map_err(|errors| template_error(job, &world, &errors))?;
        self.found().insert(job.name.clone(), Arc::clone(document.introspector()));
        let runs = runs_of(&document);
        if let Some(word) = wording::offence(&runs.concat(), job.how, &job.data) {
            return Err(RenderError::Wording { name: job.name.clone(), word: word.into() });
        }
        if let Some(figure) =
            figures::stray(runs.iter().map(String::as_str), &sums_of(&document), &job.data)
        {
            return Err(RenderError::Figure { name: job.name.clone(), figure });
        }
        Ok(LaidOut { document })
    }

    /// Writes a paper that is set: a PDF, or a JPEG when it is made of a picture.
    pub fn write(&self, job: &Job, LaidOut { document }: &LaidOut) -> Result<Vec<u8>, RenderError> {
        if job.picture.is_some() {
            let failed = || RenderError::Renderer { name: job.name.clone() };
            return picture::jpeg(document).ok_or_else(failed);
        }
        let options = PdfOptions {
            ident: Smart::Auto,
            creator: Smart::Custom(Some(CREATOR.into())),
            timestamp: None,
            page_ranges: None,
            standards: PdfStandards::new(&[PdfStandard::A_2b])
                .map_err(|_| RenderError::Renderer { name: job.name.clone() })?,
            tagged: true,
            pretty: false,
        };
        typst_pdf::pdf(document, &options).map_err(|errors| {
            self.world(job).map_or_else(|error| error, |world| template_error(job, &world, &errors))
        })
    }

    /// Makes a paper as a Word file to edit.
    pub fn docx(&self, job: &Job) -> Result<Vec<u8>, RenderError> {
        let features = [Feature::Html].into_iter().collect();
        let library = LazyHash::new(Library::builder().with_features(features).build());
        let mut world = self.world(job)?;
        world.library = &library;
        let edition =
            world::id(EDITION).ok_or_else(|| RenderError::Renderer { name: job.name.clone() })?;
        world.sources.insert(edition, Source::new(edition, FOR_EDITING.to_owned()));
        let document = typst::compile::<HtmlDocument>(&world)
            .output
            .map_err(|errors| template_error(job, &world, &errors))?;
        self.forget();
        docx::pack(document.root()).ok_or_else(|| RenderError::Renderer { name: job.name.clone() })
    }

    fn found(&self) -> MutexGuard<'_, BTreeMap<String, Arc<PagedIntrospector>>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn world(&self, job: &Job) -> Result<ClosedWorld<'_>, RenderError> {
        let unreadable = || RenderError::Renderer { name: job.name.clone() };
        let mut sources = HashMap::new();
        for (path, text) in &job.sources {
            let id = world::id(path).ok_or_else(unreadable)?;
            sources.insert(id, self.sources.get(id, text));
        }
        let data = world::id(world::DATA).ok_or_else(unreadable)?;
        let mut files = HashMap::from([(data, Bytes::from_string(job.data.to_string()))]);
        if let Some(picture) = &job.picture {
            files.insert(world::id(PICTURE).ok_or_else(unreadable)?, Bytes::new(picture.clone()));
        }
        let main = world::id(world::MAIN).ok_or_else(unreadable)?;
        Ok(ClosedWorld { library: &self.library, fonts: &self.fonts, main, sources, files })
    }
}

/// The losses that the template says it added up, by their numbers: what `sum-of` leaves behind.
fn sums_of(document: &PagedDocument) -> Vec<Vec<i64>> {
    let Some(label) = Label::new(PicoStr::intern("sum")) else { return Vec::new() };
    let found = document.introspector().query(&Selector::Label(label));
    let numbers = |content: &Content| match &content.to_packed::<MetadataElem>()?.value {
        typst::foundations::Value::Array(items) => {
            Some(items.iter().filter_map(|item| item.clone().cast::<i64>().ok()).collect())
        }
        _ => None,
    };
    found.iter().filter_map(numbers).collect()
}

/// Everything that is written on the pages, run by run, in the order it is drawn.
fn runs_of(document: &PagedDocument) -> Vec<String> {
    let mut runs = Vec::new();
    for page in document.pages() {
        collect(&page.frame, &mut runs);
    }
    runs
}

fn collect(frame: &Frame, runs: &mut Vec<String>) {
    for (_, item) in frame.items() {
        match item {
            FrameItem::Group(group) => collect(&group.frame, runs),
            FrameItem::Text(run) => runs.push(run.text.to_string()),
            _ => {}
        }
    }
}

/// Writes characters with their code points, so that they can be named even where not shown.
pub fn named(characters: &BTreeSet<char>) -> String {
    characters
        .iter()
        .map(|c| format!("「{c}」(U+{:04X})", u32::from(*c)))
        .collect::<Vec<_>>()
        .join("、")
}

fn template_error(job: &Job, world: &ClosedWorld<'_>, errors: &[SourceDiagnostic]) -> RenderError {
    let message = errors
        .iter()
        .map(|error| {
            let place = error.span.id().zip(world.range(error.span)).and_then(|(id, range)| {
                let source = world.sources.get(&id)?;
                let line = source.lines().byte_to_line(range.start)? + 1;
                Some(format!("{} line {line}: ", id.vpath().get_without_slash()))
            });
            format!("{}{}", place.unwrap_or_default(), error.message)
        })
        .collect::<Vec<_>>()
        .join("; ");
    RenderError::Template { name: job.name.clone(), message }
}
