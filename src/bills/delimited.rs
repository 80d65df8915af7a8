//! Text tables: CSV and TAB-separated, in any of the encodings, read as a stream.

use std::io::{self, Read, Seek, SeekFrom};

use encoding_rs::{Encoding, GB18030, UTF_8};

use crate::bills::encoding::{self, Transcoder};
use crate::bills::error::{BillError, Limit};
use crate::bills::limits::COLUMNS;
use crate::bills::records::Records;
use crate::bills::table::Collector;

const HEAD_BYTES: u64 = 64 * 1024;

/// What a text table holds, and how it was read.
#[derive(Debug)]
pub struct TextTable<'a> {
    /// The rows.
    pub rows: Collector<'a>,
    /// The encoding used.
    pub encoding: &'static Encoding,
}

/// Reads a text table; `begin` gives the collector of each attempt.
pub fn read<'a, R: Read + Seek>(
    input: &mut R,
    begin: impl Fn() -> Collector<'a>,
) -> Result<TextTable<'a>, BillError> {
    let mut head = Vec::new();
    input.by_ref().take(HEAD_BYTES).read_to_end(&mut head)?;
    if head.iter().all(|byte| byte.is_ascii_whitespace() || *byte == 0) {
        return Err(BillError::Empty);
    }
    let mut encoding = encoding::detect(&head, (head.len() as u64) < HEAD_BYTES);
    let delimiter = delimiter(&head, encoding);
    let mut attempt = |encoding, quoting| {
        input.seek(SeekFrom::Start(0))?;
        read_as(input, encoding, &Form { delimiter, quoting }, begin())
    };
    let mut first = attempt(encoding, true);
    if matches!(first, Err(Attempt::NotUtf8)) {
        // The first 64 KiB were plain ASCII; the first Chinese letter shows what it is.
        encoding = GB18030;
        first = attempt(encoding, true);
    }
    let broken = match &first {
        Ok(rows) => rows.swallowed,
        Err(Attempt::Failed(BillError::Limit(Limit::Record))) => true,
        Err(_) => false,
    };
    let read = |tried: &Result<Collector<'_>, Attempt>| {
        tried.as_ref().map_or(0, |rows: &Collector<'_>| rows.collected())
    };
    if broken {
        // A quote without its partner: the file is read again with quotes as plain letters.
        let again = attempt(encoding, false);
        if read(&again) > read(&first) {
            first = again;
        }
    }
    let rows = first?;
    if let Some(failure) = rows.failure() {
        return Err(failure);
    }
    Ok(TextTable { rows, encoding })
}

struct Form {
    delimiter: u8,
    quoting: bool,
}

enum Attempt {
    NotUtf8,
    Failed(BillError),
}

impl From<Attempt> for BillError {
    fn from(attempt: Attempt) -> Self {
        match attempt {
            Attempt::NotUtf8 => Self::Encoding,
            Attempt::Failed(error) => error,
        }
    }
}

impl From<io::Error> for Attempt {
    fn from(error: io::Error) -> Self {
        Self::Failed(error.into())
    }
}

fn read_as<'a, R: Read>(
    input: &mut R,
    encoding: &'static Encoding,
    form: &Form,
    rows: Collector<'a>,
) -> Result<Collector<'a>, Attempt> {
    if encoding == UTF_8 {
        return read_records(input, form, rows);
    }
    let mut transcoder = Transcoder::new(input, encoding);
    let rows = read_records(&mut transcoder, form, rows)?;
    // Real files have no meaningless bytes; a picture or a program has them everywhere.
    if transcoder.malformed > 0 && rows.lines.is_empty() && !rows.is_sampling() {
        return Err(Attempt::Failed(BillError::Encoding));
    }
    Ok(rows)
}

fn read_records<'a, R: Read>(
    input: R,
    form: &Form,
    mut rows: Collector<'a>,
) -> Result<Collector<'a>, Attempt> {
    let mut records = Records::new(input, form.delimiter, form.quoting);
    let mut record = csv::StringRecord::new();
    while let Some(line) = records.next(&mut record).map_err(failed)? {
        if record.len() > COLUMNS {
            return Err(Attempt::Failed(BillError::Limit(Limit::Columns)));
        }
        rows.row(line, &record).map_err(Attempt::Failed)?;
        if rows.gave_up() {
            break;
        }
    }
    Ok(rows)
}

fn failed(error: csv::Error) -> Attempt {
    if matches!(error.kind(), csv::ErrorKind::Utf8 { .. }) {
        return Attempt::NotUtf8;
    }
    match error.into_kind() {
        csv::ErrorKind::Io(error) => Attempt::Failed(error.into()),
        other => Attempt::Failed(BillError::Damaged(format!("{other:?}").into())),
    }
}

/// Returns the delimiter: the one that some line has most often.
pub fn delimiter(head: &[u8], encoding: &'static Encoding) -> u8 {
    let (text, _, _) = encoding.decode(head);
    let most = |delimiter: char| text.lines().map(|line| line.matches(delimiter).count()).max();
    [',', '\t', ';', '|']
        .into_iter()
        .rev()
        .max_by_key(|delimiter| most(*delimiter))
        .map_or(b',', |delimiter| u8::try_from(delimiter).unwrap_or(b','))
}
