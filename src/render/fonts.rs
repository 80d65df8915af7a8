//! The fonts papers are set in, and the question whether they can show a text.

use std::collections::BTreeSet;

use serde_json::Value;
use typst::foundations::Bytes;
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;

/// The fonts and their index.
#[derive(Debug)]
pub struct Fonts {
    pub(crate) fonts: Vec<Font>,
    pub(crate) book: LazyHash<FontBook>,
}

/// A font file that cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("font {index} cannot be read")]
pub struct FontError {
    /// Which of the files.
    pub index: usize,
}

impl Fonts {
    /// Returns the fonts of these files.
    pub fn new(files: &[&'static [u8]]) -> Result<Self, FontError> {
        let mut fonts = Vec::new();
        for (index, file) in files.iter().enumerate() {
            fonts.push(Font::new(Bytes::new(*file), 0).ok_or(FontError { index })?);
        }
        let book = LazyHash::new(FontBook::from_fonts(&fonts));
        Ok(Self { fonts, book })
    }

    /// Returns the characters of `text` that no font has, each once.
    pub fn missing_in(&self, text: &str) -> BTreeSet<char> {
        text.chars().filter(|c| !self.covers(*c)).collect()
    }

    /// Returns the characters in any string of `data` that no font has.
    pub fn missing(&self, data: &Value) -> BTreeSet<char> {
        match data {
            Value::String(text) => self.missing_in(text),
            Value::Array(items) => items.iter().flat_map(|item| self.missing(item)).collect(),
            Value::Object(map) => map.values().flat_map(|value| self.missing(value)).collect(),
            _ => BTreeSet::new(),
        }
    }

    fn covers(&self, c: char) -> bool {
        c.is_whitespace()
            || self.fonts.iter().any(|font| font.info().coverage.contains(u32::from(c)))
    }
}
