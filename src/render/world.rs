//! The closed world Typst works in: a fixed pool of virtual files, our fonts, no clock.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, World};

use crate::render::fonts::Fonts;

/// The path of the data every paper reads.
pub(super) const DATA: &str = "/data.json";

/// The path of the paper itself.
pub(super) const MAIN: &str = "/paper.typ";

pub(super) struct ClosedWorld<'a> {
    pub library: &'a LazyHash<Library>,
    pub fonts: &'a Fonts,
    pub main: FileId,
    pub sources: HashMap<FileId, Source>,
    pub files: HashMap<FileId, Bytes>,
}

/// Templates as they were last read: all papers of a batch share them, and reading them costs more
/// than a short paper's layout.
#[derive(Debug, Default)]
pub(super) struct Sources(Mutex<HashMap<FileId, Source>>);

impl Sources {
    /// Returns the source of this text, read anew only where the text is another.
    pub(super) fn get(&self, id: FileId, text: &str) -> Source {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match known.get(&id) {
            Some(source) if source.text() == text => source.clone(),
            _ => {
                let source = Source::new(id, text.to_owned());
                known.insert(id, source.clone());
                source
            }
        }
    }
}

/// Returns the id of a virtual path. Ids are never given back, so paths come from a fixed pool:
/// a case number in a path would use them up.
pub(super) fn id(path: &str) -> Option<FileId> {
    let path = VirtualPath::new(path).ok()?;
    Some(FileId::new(RootedPath::new(VirtualRoot::Project, path)))
}

impl World for ClosedWorld<'_> {
    fn library(&self) -> &LazyHash<Library> {
        self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.fonts.book
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        self.sources.get(&id).cloned().ok_or(FileError::AccessDenied)
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        self.files.get(&id).cloned().ok_or(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.faces.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        None
    }
}
