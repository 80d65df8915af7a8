//! Records of a text table with the line each stands on, as an editor shows it. The parser's own
//! count leaves out blank lines before a record and lags behind where lines end in two characters,
//! so the lines are counted in the bytes that it is given.

use std::collections::VecDeque;
use std::io::{self, Read};

use memchr::memchr2;

use crate::bills::error::Limit;
use crate::bills::limits::RECORD_BYTES;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads records of UTF-8 text, each with its line from 1. A record of several lines has the line
/// it begins on; CR LF, LF and CR alone each end a line, inside quotes too.
pub struct Records<R> {
    reader: csv::Reader<Watched<R>>,
}

impl<R: Read> Records<R> {
    /// Starts reading with the delimiter; without `quoting` a quotation mark is a letter like
    /// others.
    pub fn new(input: R, delimiter: u8, quoting: bool) -> Self {
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .quoting(quoting)
            .buffer_capacity(1 << 16)
            .from_reader(Watched::new(input));
        Self { reader }
    }

    /// Reads the next record into `record`; returns its line, and `None` at the end. A record
    /// longer than [`RECORD_BYTES`] is an error.
    pub fn next(&mut self, record: &mut csv::StringRecord) -> Result<Option<u32>, csv::Error> {
        let from = self.reader.position().byte();
        let found = self.reader.read_record(record)?;
        let watched = self.reader.get_mut();
        watched.left = RECORD_BYTES;
        Ok(found.then(|| watched.line_from(from)))
    }
}

/// Where the lines begin in what was read so far and is not parsed yet. It lets through only so
/// many bytes for each record, so that a line without end cannot fill the memory.
struct Watched<R> {
    inner: R,
    /// Bytes the record may still take.
    left: usize,
    /// Bytes passed.
    passed: u64,
    /// The line of the byte that comes next.
    line: u32,
    /// Nothing of that line has been passed.
    at_start: bool,
    /// The last byte was CR: an LF behind it ends no further line.
    after_return: bool,
    /// The first byte of each line that is not blank, with its line.
    starts: VecDeque<(u64, u32)>,
}

impl<R> Watched<R> {
    fn new(inner: R) -> Self {
        Self {
            inner,
            left: RECORD_BYTES,
            passed: 0,
            line: 1,
            at_start: true,
            after_return: false,
            starts: VecDeque::new(),
        }
    }

    /// Returns the line of the record that begins at this byte or, behind line ends, after it.
    fn line_from(&mut self, byte: u64) -> u32 {
        while self.starts.front().is_some_and(|(start, _)| *start < byte) {
            self.starts.pop_front();
        }
        self.starts.front().map_or(self.line, |(_, line)| *line)
    }

    fn watch(&mut self, bytes: &[u8]) {
        let mut at = 0;
        // A mark is no part of the first line, which may be blank behind it.
        if self.passed == 0 && bytes.starts_with(BYTE_ORDER_MARK) {
            at = BYTE_ORDER_MARK.len();
        }
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let length = memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
            if length > 0 {
                if self.at_start {
                    self.starts.push_back((self.passed + at as u64, self.line));
                }
                self.at_start = false;
                self.after_return = false;
                at += length;
                continue;
            }
            let is_return = rest.starts_with(b"\r");
            if is_return || !self.after_return {
                self.line = self.line.saturating_add(1);
            }
            self.after_return = is_return;
            self.at_start = true;
            at += 1;
        }
        self.passed += bytes.len() as u64;
    }
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::other(Limit::Record));
        }
        let room = output.len().min(self.left);
        let read = self.inner.read(&mut output[..room])?;
        self.left -= read;
        self.watch(&output[..read]);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives its bytes a few at a time.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
            let length = self.1.min(self.0.len()).min(output.len());
            let (now, later) = self.0.split_at(length);
            output[..length].copy_from_slice(now);
            self.0 = later;
            Ok(length)
        }
    }

    #[track_caller]
    fn check(text: &str, expected: &[(u32, &str)]) {
        check_by(&[1, 2, 3, 7, usize::MAX], text, expected);
    }

    #[track_caller]
    fn check_by(steps: &[usize], text: &str, expected: &[(u32, &str)]) {
        for step in steps.iter().copied() {
            let mut records = Records::new(Slow(text.as_bytes(), step), b',', true);
            let mut record = csv::StringRecord::new();
            let mut found = Vec::new();
            while let Some(line) = records.next(&mut record).unwrap() {
                found.push((line, record[0].to_owned()));
            }
            let expected: Vec<_> =
                expected.iter().map(|(line, cell)| (*line, (*cell).to_owned())).collect();
            assert_eq!(found, expected, "{text:?} by {step}");
        }
    }

    #[test]
    fn counts_lines_whatever_ends_them() {
        check("a,1\nb,2\nc,3", &[(1, "a"), (2, "b"), (3, "c")]);
        check("a,1\r\nb,2\r\nc,3\r\n", &[(1, "a"), (2, "b"), (3, "c")]);
        check("a,1\rb,2\rc,3", &[(1, "a"), (2, "b"), (3, "c")]);
        check("a\r\r\nb\n\rc", &[(1, "a"), (3, "b"), (5, "c")]);
    }

    #[test]
    fn counts_blank_lines() {
        check("\n\na\n\n\nb\n \nc", &[(3, "a"), (6, "b"), (7, " "), (8, "c")]);
        check("\r\na\r\n\r\n\r\nb\r\n", &[(2, "a"), (5, "b")]);
        check("a\r\n\nb\n\r\nc", &[(1, "a"), (3, "b"), (5, "c")]);
    }

    #[test]
    fn counts_the_lines_inside_quotes() {
        check("a,\"x\ny\r\nz\"\nb\n", &[(1, "a"), (4, "b")]);
        check("\"\r\n\r\na\",1\r\n\r\nb\r\n", &[(1, "\r\n\r\na"), (5, "b")]);
        check("a,\"\"\"\n\"\nb", &[(1, "a"), (3, "b")]);
    }

    #[test]
    fn a_byte_order_mark_is_no_line() {
        // Real streams give more than its three bytes at once.
        let steps = [7, usize::MAX];
        check_by(&steps, "\u{feff}a\nb", &[(1, "a"), (2, "b")]);
        check_by(&steps, "\u{feff}\r\n\r\na\nb", &[(3, "a"), (4, "b")]);
    }

    #[test]
    fn a_quotation_mark_may_be_a_letter_like_others() {
        let mut records = Records::new("\"a\n\n\"b\n".as_bytes(), b',', false);
        let mut record = csv::StringRecord::new();
        assert_eq!(records.next(&mut record).unwrap(), Some(1));
        assert_eq!(records.next(&mut record).unwrap(), Some(3));
        assert_eq!(records.next(&mut record).unwrap(), None);
    }
}
