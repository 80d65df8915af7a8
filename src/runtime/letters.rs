//! The letters of a rehearsal as files: what would have been sent or handed over, with its date.

use std::path::Path;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::domain::case::{Case, How};
use crate::domain::figures;
use crate::domain::time;
use crate::domain::wording;
use crate::render::pdf::Job;
use crate::render::text::{self, TextError};
use crate::runtime::error::RuntimeError;
use crate::runtime::home::write_private;
use crate::runtime::typesetter::Typesetter;
use crate::workflow::library::Library;
use crate::workflow::rehearse::Letter;
use crate::workflow::template::Template;
use crate::workflow::view::Sheet;

/// Writes the letters of a rehearsal below `folder`, in their order; returns how many files.
pub fn write(
    library: &Library,
    case: &Case,
    letters: &[Letter],
    folder: &Path,
) -> Result<usize, RuntimeError> {
    let zone = case.time_zone();
    let fail = |source| RuntimeError::Home { path: folder.to_owned(), source };
    std::fs::create_dir_all(folder).map_err(fail)?;
    let mut typesetter = Typesetter::here();
    let mut count = 0;
    for (index, letter) in letters.iter().enumerate() {
        let Some(template) = library.packs.templates.get(&letter.template) else { continue };
        let day = time::day(letter.at, &zone);
        let step = letter.step.replace('/', "-");
        let name = format!("{:03}-{day}-{step}-{}", index + 1, letter.template);
        let mut put = |extension: &str, bytes: &[u8]| {
            let path = folder.join(format!("{name}.{extension}"));
            count += 1;
            write_private(&path, bytes).map_err(|source| RuntimeError::Home { path, source })
        };
        if template.has_paper {
            // Nothing of a rehearsal is meant to be handed in.
            let data = sheet_data(&letter.sheet, template, case, letter.at, true);
            let job = job(library, template, data);
            put("pdf", &typesetter.make(&job)?)?;
        }
        if template.has_text {
            let sheet = &letter.sheet;
            let text = filled(library, &template.id, "text.hbs", &sheet.view, sheet.part)?;
            put("txt", text.as_bytes())?;
        }
    }
    Ok(count)
}

/// Returns what a sheet that is kept in no case sees: its view, with what every paper says of
/// itself.
pub(super) fn sheet_data(
    sheet: &Sheet,
    template: &Template,
    case: &Case,
    at: Timestamp,
    draft: bool,
) -> Value {
    let day = time::day(at, &case.time_zone());
    let mut data = sheet.view.clone();
    data["doc"] = json!({
        "title": template.title.zh,
        "author": case.victim.name.clone().unwrap_or_default(),
        "draft": draft,
        "missing": Vec::<String>::new(),
        "our_number": case.case_id().as_str(),
        "date": { "year": day.year(), "month": day.month(), "day": day.day() },
        "part": sheet.part.map(How::as_str),
    });
    data
}

/// Returns the typesetting job of a template.
pub fn job(library: &Library, template: &Template, data: Value) -> Job {
    let own = library.template_files(&template.id);
    let shared = library.shared_template_files();
    let sources = own
        .into_iter()
        .chain(shared)
        .filter(|(name, _)| name.strip_suffix(".typ").is_some())
        .map(|(name, text)| (format!("/{name}"), text.to_owned()))
        .collect();
    let how = How::ALL.into_iter().find(|how| data["doc"]["part"] == how.as_str());
    Job { name: template.id.clone(), sources, data, how, picture: None }
}

/// Returns the job that makes a marked copy of a picture. Its template is the paper's source.
pub fn copy_job(library: &Library, template: &Template, data: Value, picture: Vec<u8>) -> Job {
    let mut job = job(library, template, data);
    if let Some(source) = job.sources.remove("/picture.typ") {
        job.sources.insert("/paper.typ".into(), source);
    }
    Job { picture: Some(picture), ..job }
}

/// Fills a text of a template, and looks at it once more before it is kept.
pub fn filled(
    library: &Library,
    template: &str,
    file: &str,
    view: &Value,
    how: Option<How>,
) -> Result<String, TextError> {
    let files = library.template_files(template);
    let name = format!("{template}/{file}");
    let text = text::fill(&name, files.get(file).copied().unwrap_or_default(), view)?;
    if let Some(word) = wording::offence(&text, how, view) {
        let message = format!("it says `{word}`, which the facts of these losses do not bear out");
        return Err(TextError { name, message });
    }
    if let Some(figure) = figures::stray([text.as_str()], &[], view) {
        let message = format!("it has {figure}, but the case it is made from has no such figure");
        return Err(TextError { name, message });
    }
    Ok(text)
}
