//! Reads an export of any kind: bytes in, lines out. Nothing here touches a disk or a clock; the
//! caller opens the file and hands over anything that can be read and rewound.

use std::io::{Cursor, Read, Seek, SeekFrom};

use crate::bills::container::{self, Kind};
use crate::bills::crypto::{self, CryptoExport};
use crate::bills::delimited;
use crate::bills::draft::Sample;
use crate::bills::error::{BillError, Limit};
use crate::bills::export::Export;
use crate::bills::limits::DEPTH;
use crate::bills::mapping::ColumnMap;
use crate::bills::sheet;
use crate::bills::table::Collector;

/// What a reading may use.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Passwords to try, in order.
    pub passwords: Vec<String>,
    /// A column map; with it, no known layout is tried.
    pub map: Option<ColumnMap>,
}

/// What a file was found to hold.
#[derive(Debug, Default)]
pub struct Reading {
    /// Bills in money.
    pub exports: Vec<Export>,
    /// Transfers of tokens, which have no price and enter no total.
    pub tokens: Vec<CryptoExport>,
    /// Files inside an archive that could not be read, with the reason.
    pub failures: Vec<(String, BillError)>,
}

/// Reads one file. `first` is the number its first export gets; each further one gets the next.
pub fn read<R: Read + Seek>(
    path: &str,
    input: R,
    first: u32,
    options: &Options,
) -> Result<Reading, BillError> {
    let mut reader = Walker { options, next: first, reading: Reading::default(), samples: None };
    reader.walk(path, input, 0)?;
    Ok(reader.reading)
}

/// Takes the first rows of every table in a file as they stand, to draft a column map from them.
pub fn sample<R: Read + Seek>(
    path: &str,
    input: R,
    options: &Options,
) -> Result<Vec<Sample>, BillError> {
    let reading = Reading::default();
    let mut reader = Walker { options, next: 0, reading, samples: Some(Vec::new()) };
    reader.walk(path, input, 0)?;
    Ok(reader.samples.unwrap_or_default())
}

/// Reads one file that is already in memory.
pub fn read_bytes(
    path: &str,
    bytes: &[u8],
    first: u32,
    options: &Options,
) -> Result<Reading, BillError> {
    read(path, Cursor::new(bytes), first, options)
}

struct Walker<'a> {
    options: &'a Options,
    next: u32,
    reading: Reading,
    samples: Option<Vec<Sample>>,
}

impl<'a> Walker<'a> {
    fn walk<R: Read + Seek>(
        &mut self,
        path: &str,
        mut input: R,
        depth: u32,
    ) -> Result<(), BillError> {
        let mut head = [0; 16];
        let mut filled = 0;
        while filled < head.len() {
            match input.read(&mut head[filled..])? {
                0 => break,
                read => filled += read,
            }
        }
        input.seek(SeekFrom::Start(0))?;
        if filled == 0 {
            return Err(BillError::Empty);
        }
        match container::kind(&head[..filled]) {
            Kind::Zip => self.archive(path, input, depth),
            Kind::Ole => self.ole(path, &container::hold(&mut input)?),
            Kind::Pdf => Err(BillError::Pdf),
            Kind::Other(kind) => Err(BillError::NotABill { kind }),
            Kind::Text => self.text(path, input),
        }
    }

    fn archive<R: Read + Seek>(
        &mut self,
        path: &str,
        mut input: R,
        depth: u32,
    ) -> Result<(), BillError> {
        let mut archive = container::open(&mut input)?;
        if container::is_workbook(&archive) {
            container::check_sizes(&mut archive)?;
            drop(archive);
            input.seek(SeekFrom::Start(0))?;
            return self.workbook(path, |rows| sheet::read_xlsx(&mut input, rows));
        }
        if depth >= DEPTH {
            return Err(BillError::Limit(Limit::Depth));
        }
        let entries = container::entries(&mut archive, &self.options.passwords)?;
        let before = self.found();
        for entry in entries {
            let inner = format!("{path}!{}", entry.name);
            if let Err(error) = self.walk(&inner, Cursor::new(&entry.bytes), depth + 1) {
                self.reading.failures.push((inner, error));
            }
        }
        if self.found() == before {
            let failure = self.reading.failures.pop().map(|(_, error)| error);
            return Err(failure.unwrap_or(BillError::Empty));
        }
        Ok(())
    }

    fn ole(&mut self, path: &str, bytes: &[u8]) -> Result<(), BillError> {
        if !container::is_encrypted_workbook(bytes) {
            return self.workbook(path, |rows| sheet::read_xls(bytes, rows));
        }
        let plain = container::decrypt(bytes, &self.options.passwords)?;
        let mut archive = container::open(Cursor::new(&plain))?;
        container::check_sizes(&mut archive)?;
        self.workbook(path, |rows| sheet::read_xlsx(Cursor::new(&plain), rows))
    }

    fn workbook(
        &mut self,
        path: &str,
        read: impl FnOnce(&mut Collector<'_>) -> Result<bool, BillError>,
    ) -> Result<(), BillError> {
        let mut rows = self.collector();
        let numbers = read(&mut rows)?;
        if let Some(samples) = &mut self.samples {
            samples.push(Sample { path: path.to_owned(), tables: rows.into_samples() });
            return Ok(());
        }
        self.keep(Export::finish(path.to_owned(), "utf-8", Some(numbers), rows)?);
        Ok(())
    }

    fn text<R: Read + Seek>(&mut self, path: &str, mut input: R) -> Result<(), BillError> {
        let table = delimited::read(&mut input, || self.collector());
        match (table, &mut self.samples) {
            (Ok(table), Some(samples)) => {
                let tables = table.rows.into_samples();
                samples.push(Sample { path: path.to_owned(), tables });
                Ok(())
            }
            (Ok(table), None) => {
                let encoding = encoding_name(table.encoding);
                self.keep(Export::finish(path.to_owned(), encoding, None, table.rows)?);
                Ok(())
            }
            (Err(failure @ BillError::Foreign { .. }), _) if self.options.map.is_none() => {
                input.seek(SeekFrom::Start(0))?;
                let tokens = crypto::read(path, &mut input).ok_or(failure)?;
                self.reading.tokens.push(tokens);
                Ok(())
            }
            (Err(failure), _) => Err(failure),
        }
    }

    fn collector(&self) -> Collector<'a> {
        match self.samples {
            Some(_) => Collector::sampling(),
            None => Collector::new(self.next, self.options.map.as_ref()),
        }
    }

    fn found(&self) -> usize {
        let samples = self.samples.as_ref().map_or(0, Vec::len);
        self.reading.exports.len() + self.reading.tokens.len() + samples
    }

    fn keep(&mut self, export: Export) {
        self.next = self.next.saturating_add(1);
        self.reading.exports.push(export);
    }
}

fn encoding_name(encoding: &'static encoding_rs::Encoding) -> &'static str {
    match encoding.name() {
        "UTF-8" => "utf-8",
        "gb18030" => "gb18030",
        "UTF-16LE" => "utf-16le",
        "UTF-16BE" => "utf-16be",
        other => other,
    }
}
