//! A problem in a file someone wrote, with the place it stands and what to do about it.

use std::ops::Range;

use serde::Serialize;

use crate::domain::lang::Text;

/// How much a problem matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The file cannot be used until this is mended.
    Error,
    /// The file is used; a person should look.
    Warning,
}

/// One problem of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file as the person named it.
    pub file: String,
    /// Line, counted from 1; 0 when the problem belongs to the whole file.
    pub line: usize,
    /// Column in characters, counted from 1; 0 when the problem belongs to the whole file.
    pub column: usize,
    /// Byte range in the decoded text, for the snippet.
    pub span: Option<Range<usize>>,
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong.
    pub message: Text,
    /// What to do.
    pub hint: Text,
}

impl Problem {
    /// Returns true when the file cannot be used.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// A decoded text file with its line starts.
#[derive(Clone, Debug)]
pub struct Source {
    /// The file as the person named it.
    pub name: String,
    /// The decoded text.
    pub text: String,
    line_starts: Vec<usize>,
}

impl Source {
    /// Returns a source over `text`.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let line_starts =
            std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { name: name.into(), text, line_starts }
    }

    /// Returns line and column, both from 1, of a byte offset.
    pub fn position(&self, offset: usize) -> (usize, usize) {
        let offset = offset.min(self.text.len());
        let line = self.line_starts.partition_point(|start| *start <= offset);
        let start = self.line_starts[line - 1];
        let column = self.text.get(start..offset).map_or(0, |before| before.chars().count());
        (line, column + 1)
    }

    /// Returns an error at `span`.
    pub fn error(&self, span: Range<usize>, message: Text, hint: Text) -> Problem {
        self.problem(Severity::Error, Some(span), message, hint)
    }

    /// Returns a warning at `span`.
    pub fn warning(&self, span: Range<usize>, message: Text, hint: Text) -> Problem {
        self.problem(Severity::Warning, Some(span), message, hint)
    }

    /// Returns an error that belongs to the whole file.
    pub fn file_error(&self, message: Text, hint: Text) -> Problem {
        self.problem(Severity::Error, None, message, hint)
    }

    fn problem(
        &self,
        severity: Severity,
        span: Option<Range<usize>>,
        message: Text,
        hint: Text,
    ) -> Problem {
        let (line, column) = span.as_ref().map_or((0, 0), |span| self.position(span.start));
        Problem { file: self.name.clone(), line, column, span, severity, message, hint }
    }
}

/// Returns true when at least one problem is an error.
pub fn has_errors(problems: &[Problem]) -> bool {
    problems.iter().any(Problem::is_error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, needle: &str, expected: (usize, usize)) {
        let source = Source::new("case.toml", text);
        let offset = text.find(needle).expect("the needle is in the text");
        assert_eq!(source.position(offset), expected);
    }

    #[test]
    fn counts_columns_in_characters() {
        check("a = 1\n姓名 = \"张\"\n", "张", (2, 7));
        check("a = 1\n姓名 = \"张\"\n", "a", (1, 1));
    }
}
