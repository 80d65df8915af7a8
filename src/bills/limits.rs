//! The limits every reader keeps, so that no file can take the machine with it. Each is far above
//! what any wallet or bank exports; a file beyond one ends in an error that names it.

/// The longest record of a text table, in bytes.
pub const RECORD_BYTES: usize = 1 << 20;

/// The most columns a table may have.
pub const COLUMNS: usize = 256;

/// The longest cell that is kept, in bytes; what is beyond is cut off and the cut is counted.
pub const CELL_BYTES: usize = 4096;

/// The rows searched for column names, in each table.
pub const HEADER_ROWS: usize = 80;

/// The most rows one file may have.
pub const ROWS: usize = 5_000_000;

/// The largest file that has to be held in memory (archive entries, workbooks), in bytes.
pub const HELD_BYTES: u64 = 512 << 20;

/// The most that all entries of one archive may unpack to, in bytes.
pub const UNPACKED_BYTES: u64 = 1 << 30;

/// The most an entry may grow when unpacked: exports shrink ten- to thirtyfold, bombs a
/// thousandfold.
pub const UNPACK_RATIO: u64 = 400;

/// Entries below this many bytes are never called a bomb.
pub const UNPACK_FLOOR_BYTES: u64 = 8 << 20;

/// The most files one archive may hold.
pub const ENTRIES: usize = 64;

/// How deep an archive may lie in an archive.
pub const DEPTH: u32 = 2;

/// The most skipped rows that are listed one by one; all of them are counted.
pub const LISTED_SKIPS: usize = 50;

/// The rows of each table that are looked at to draft a column map.
pub const SAMPLED_ROWS: usize = 300;
