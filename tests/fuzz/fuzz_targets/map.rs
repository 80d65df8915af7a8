//! Column maps and the tables read through them: the map, a zero byte, the table.
#![no_main]

use appeal_daemon_fuzz::bills::mapping::ColumnMap;
use appeal_daemon_fuzz::promises;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let at = data.iter().position(|byte| *byte == 0).unwrap_or(data.len());
    let (map, table) = data.split_at(at);
    if let Ok(map) = std::str::from_utf8(map)
        && let Ok(map) = ColumnMap::parse(map)
    {
        promises::read_any(table.get(1..).unwrap_or_default(), Some(map));
    }
});
