//! The fonts papers are set in, and the question whether they can show a text.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;
use typst::foundations::Bytes;
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;

/// The fonts and their index.
#[derive(Debug)]
pub struct Fonts {
    pub(crate) faces: Vec<Font>,
    pub(crate) book: LazyHash<FontBook>,
    shown: Shown,
}

/// The characters that some font has, one bit each: every character of every paper is looked up,
/// and a font's own table is read from its start each time.
struct Shown(Vec<u64>);

impl Shown {
    fn new(faces: &[Font]) -> Self {
        let mut bits = vec![0; (char::MAX as usize + 1).div_ceil(64)];
        for c in faces.iter().flat_map(|font| font.info().coverage.iter()) {
            if let Some(word) = bits.get_mut(c as usize / 64) {
                *word |= 1 << (c % 64);
            }
        }
        Self(bits)
    }

    fn has(&self, c: char) -> bool {
        let c = u32::from(c);
        self.0.get(c as usize / 64).is_some_and(|word| word & (1 << (c % 64)) != 0)
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shown")
    }
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
        let mut faces = Vec::new();
        for (index, file) in files.iter().enumerate() {
            faces.push(Font::new(Bytes::new(*file), 0).ok_or(FontError { index })?);
        }
        let book = LazyHash::new(FontBook::from_fonts(&faces));
        let shown = Shown::new(&faces);
        Ok(Self { faces, book, shown })
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
        c.is_whitespace() || self.shown.has(c)
    }
}
