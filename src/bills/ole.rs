//! Compound files, the container of old workbooks: takes the one stream out that matters, and
//! puts a checked stream back into a plain container. The parser of workbooks then sees exactly
//! the bytes that were checked, and nothing else that a file may hold.

use crate::bills::error::{BillError, Limit};

/// The largest stream of an old workbook that is read: sheets end at 65,536 rows.
const STREAM_BYTES: usize = 128 << 20;

/// Numbers from here on are marks, not sectors.
const MARKS: u32 = 0xFFFF_FFFA;
const END: u32 = 0xFFFF_FFFE;
const FREE: u32 = 0xFFFF_FFFF;

/// Streams below this many bytes lie in the sectors for small ones.
const SMALL_BELOW: usize = 4096;

struct Container<'a> {
    bytes: &'a [u8],
    shift: u32,
    table: Vec<u32>,
}

/// Returns the stream of the workbook.
pub fn workbook_stream(bytes: &[u8]) -> Result<Vec<u8>, BillError> {
    let shift = u32::from(u16_at(bytes, 30).ok_or(BillError::Truncated)?);
    if !matches!(shift, 9 | 12) {
        return Err(damaged("the container names an impossible sector size"));
    }
    let mut container = Container { bytes, shift, table: Vec::new() };
    container.read_table()?;
    let folder = container.chain(long_at(bytes, 48)?, usize::MAX, &container.table)?;
    let entry = |wanted: &str| {
        folder.chunks_exact(128).find(|entry| name(entry).eq_ignore_ascii_case(wanted))
    };
    let entry = entry("Workbook")
        .or_else(|| entry("Book"))
        .ok_or_else(|| damaged("the container holds no workbook"))?;
    let (start, length) = (long_at(entry, 116)?, long_at(entry, 120)? as usize);
    if length > STREAM_BYTES {
        return Err(BillError::Limit(Limit::Held));
    }
    let stream = if length >= SMALL_BELOW {
        container.chain(start, length, &container.table)?
    } else {
        container.small(&folder, start, length)?
    };
    if stream.is_empty() {
        return Err(BillError::Truncated);
    }
    Ok(stream)
}

impl<'a> Container<'a> {
    /// Reads the table that says which sector follows which.
    fn read_table(&mut self) -> Result<(), BillError> {
        let mut places: Vec<u32> =
            (0..109).map_while(|at| u32_at(self.bytes, 76 + 4 * at)).collect();
        let mut next = long_at(self.bytes, 68)?;
        let mut left = self.sectors();
        while next < MARKS {
            let sector: Vec<u32> = longs(self.sector(next)).collect();
            let Some((last, more)) = sector.split_last() else { return Err(BillError::Truncated) };
            places.extend(more);
            next = *last;
            left = left.checked_sub(1).ok_or_else(|| damaged("the container runs in circles"))?;
        }
        let known = self.sectors();
        for place in places.into_iter().filter(|place| *place < MARKS).take(known + 1) {
            self.table.extend(longs(self.sector(place)));
        }
        Ok(())
    }

    fn sectors(&self) -> usize {
        (self.bytes.len() >> self.shift) + 1
    }

    /// Returns a sector, shorter or empty where the file ends.
    fn sector(&self, number: u32) -> &'a [u8] {
        let size = 1_usize << self.shift;
        let start = (number as usize).saturating_add(1).saturating_mul(size).min(self.bytes.len());
        &self.bytes[start..start.saturating_add(size).min(self.bytes.len())]
    }

    fn chain(&self, start: u32, length: usize, table: &[u32]) -> Result<Vec<u8>, BillError> {
        follow(start, length, self.sectors(), table, |number| self.sector(number))
    }

    /// Reads a small stream, which lies in parts of 64 bytes inside the root's own stream.
    fn small(&self, folder: &[u8], start: u32, length: usize) -> Result<Vec<u8>, BillError> {
        let parts = self.chain(long_at(folder, 116)?, STREAM_BYTES, &self.table)?;
        let table = self.chain(long_at(self.bytes, 60)?, STREAM_BYTES, &self.table)?;
        let table: Vec<u32> = longs(&table).collect();
        let part = |number: u32| {
            let start = (number as usize).saturating_mul(64).min(parts.len());
            &parts[start..(start + 64).min(parts.len())]
        };
        follow(start, length, parts.len() / 64 + 1, &table, part)
    }
}

/// Joins sectors in the order of the table; `most` ends a chain that runs in circles.
fn follow<'a>(
    start: u32,
    length: usize,
    most: usize,
    table: &[u32],
    sector: impl Fn(u32) -> &'a [u8],
) -> Result<Vec<u8>, BillError> {
    let mut out = Vec::new();
    let mut next = start;
    let mut count = 0;
    while next < MARKS && out.len() < length {
        count += 1;
        if count > most {
            return Err(damaged("the container runs in circles"));
        }
        out.extend_from_slice(sector(next));
        next = table.get(next as usize).copied().unwrap_or(END);
    }
    out.truncate(length);
    Ok(out)
}

/// Puts a stream into a container of its own.
pub fn wrap(stream: &[u8]) -> Vec<u8> {
    const SECTOR: usize = 4096;
    const PER_TABLE: usize = SECTOR / 4;
    let sectors = stream.len().max(SMALL_BELOW).div_ceil(SECTOR);
    // The tables, one folder, the stream; 109 tables hold 446 MB.
    let tables = (sectors + 1).div_ceil(PER_TABLE - 1).min(109);
    let number = |at: usize| u32::try_from(at).unwrap_or(FREE);
    let mut file = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
    file.resize(24, 0);
    for short in [0x3E_u16, 4, 0xFFFE, 12, 6] {
        file.extend(short.to_le_bytes());
    }
    file.resize(40, 0);
    for long in [1, number(tables), number(tables), 0, 4096, END, 0, END, 0] {
        file.extend(long.to_le_bytes());
    }
    file.extend((0..109).flat_map(|at| if at < tables { number(at) } else { FREE }.to_le_bytes()));
    file.resize(SECTOR, 0);
    let first = tables + 1;
    let mut table: Vec<u32> = vec![0xFFFF_FFFD; tables];
    table.push(END);
    table.extend((first + 1..first + sectors).map(number));
    table.push(END);
    table.resize(tables * PER_TABLE, FREE);
    file.extend(table.into_iter().flat_map(u32::to_le_bytes));
    let folder = file.len();
    // Nothing lies in the root's own stream, and the parser takes the end of a chain for no root.
    file.extend(entry("Root Entry", 5, 1, FREE, 0));
    let length = stream.len().max(SMALL_BELOW);
    file.extend(entry("Workbook", 2, FREE, number(first), number(length)));
    file.resize(folder + SECTOR, 0);
    file.extend_from_slice(stream);
    file.resize(folder + SECTOR + sectors * SECTOR, 0);
    file
}

fn entry(name: &str, kind: u8, child: u32, start: u32, length: u32) -> Vec<u8> {
    let mut entry: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let used = u16::try_from(entry.len() + 2).unwrap_or(64);
    entry.resize(64, 0);
    entry.extend(used.to_le_bytes());
    entry.extend([kind, 1]);
    for link in [FREE, FREE, child] {
        entry.extend(link.to_le_bytes());
    }
    entry.resize(116, 0);
    entry.extend(start.to_le_bytes());
    entry.extend(length.to_le_bytes());
    entry.resize(128, 0);
    entry
}

fn name(entry: &[u8]) -> String {
    let letters = entry[..64].chunks_exact(2).map(|two| u16::from_le_bytes([two[0], two[1]]));
    char::decode_utf16(letters.take_while(|letter| *letter != 0)).map_while(Result::ok).collect()
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|two| u16::from_le_bytes(*two))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|four| u32::from_le_bytes(*four))
}

fn long_at(bytes: &[u8], at: usize) -> Result<u32, BillError> {
    u32_at(bytes, at).ok_or(BillError::Truncated)
}

fn longs(bytes: &[u8]) -> impl Iterator<Item = u32> {
    bytes.chunks_exact(4).map(|four| u32::from_le_bytes([four[0], four[1], four[2], four[3]]))
}

fn damaged(why: &'static str) -> BillError {
    BillError::Damaged(why.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrapped_comes_out_again() {
        for length in [4096, 5000, 4096 * 1023, 4096 * 1024, 5_000_000] {
            let stream: Vec<u8> = (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect();
            assert_eq!(workbook_stream(&wrap(&stream)).unwrap(), stream, "{length}");
        }
    }

    #[test]
    fn a_chain_in_circles_ends() {
        let mut file = wrap(&[7; 9000]);
        // The stream's first sector is followed by itself.
        file[4096 + 8..4096 + 12].copy_from_slice(&2_u32.to_le_bytes());
        file[4096 * 2 + 128 + 120..4096 * 2 + 128 + 124]
            .copy_from_slice(&90_000_000_u32.to_le_bytes());
        assert_eq!(workbook_stream(&file).unwrap_err().code(), "damaged");
    }

    #[test]
    fn a_short_file_is_cut_off() {
        assert_eq!(workbook_stream(&wrap(&[7; 9000])[..40]).unwrap_err().code(), "truncated");
    }
}
