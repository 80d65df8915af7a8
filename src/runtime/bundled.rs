//! What is built into the binary: workflows, packs, templates and fonts, and how a person's own
//! files of the same name take their place.

use std::collections::BTreeMap;
use std::path::Path;

use include_dir::{Dir, DirEntry, include_dir};

use crate::workflow::library::{DeclaredFile, Files};

static WORKFLOWS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/workflows");
static TEMPLATES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// The largest file of a person's own that is read, in bytes.
const LIMIT_BYTES: u64 = 4 * 1024 * 1024;

/// How deep a person's own folders are followed.
const LIMIT_DEPTH: usize = 4;

/// Returns the bundled files, with those below `own` in the place of their namesakes.
pub fn files(own: Option<&Path>) -> std::io::Result<Files> {
    let mut files = Files::default();
    collect(&WORKFLOWS, &mut files.workflows);
    collect(&TEMPLATES, &mut files.templates);
    if let Some(own) = own {
        overlay(&own.join("workflows"), "", 0, &mut files.workflows)?;
        overlay(&own.join("templates"), "", 0, &mut files.templates)?;
    }
    Ok(files)
}

/// Returns the font files.
pub fn fonts() -> Vec<&'static [u8]> {
    let mut fonts: Vec<_> = TEMPLATES
        .get_dir("fonts")
        .into_iter()
        .flat_map(Dir::files)
        .filter(|file| file.path().extension().is_some_and(|extension| extension == "ttf"))
        .collect();
    // The body's font first.
    fonts.sort_by_key(|file| std::cmp::Reverse(file.path().to_owned()));
    fonts.into_iter().map(include_dir::File::contents).collect()
}

fn collect(folder: &Dir<'static>, files: &mut BTreeMap<String, DeclaredFile>) {
    for entry in folder.entries() {
        match entry {
            DirEntry::Dir(folder) => collect(folder, files),
            DirEntry::File(file) => {
                let path = file.path().to_string_lossy().replace('\\', "/");
                if let Some(text) = file.contents_utf8() {
                    files.insert(path, DeclaredFile { text: text.to_owned(), own: false });
                }
            }
        }
    }
}

fn overlay(
    folder: &Path,
    below: &str,
    depth: usize,
    files: &mut BTreeMap<String, DeclaredFile>,
) -> std::io::Result<()> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let path = if below.is_empty() { name.clone() } else { format!("{below}/{name}") };
        let metadata = entry.metadata()?;
        if metadata.is_dir() && depth < LIMIT_DEPTH {
            overlay(&entry.path(), &path, depth + 1, files)?;
        } else if metadata.is_file() && metadata.len() <= LIMIT_BYTES {
            let bytes = std::fs::read(entry.path())?;
            if let Ok((text, _)) = crate::domain::document::decode(&bytes) {
                files.insert(path, DeclaredFile { text, own: true });
            }
        }
    }
    Ok(())
}
