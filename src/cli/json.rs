//! JSON that survives any terminal and any redirection: only ASCII, one object.

use std::fmt::Write as _;

use serde_json::Value;

/// Writes `value` with every character outside ASCII escaped.
pub fn ascii(value: &Value) -> String {
    let plain = serde_json::to_string_pretty(value).unwrap_or_default();
    let mut out = String::with_capacity(plain.len());
    for c in plain.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                write!(out, "\\u{unit:04x}").expect("writing to a string cannot fail");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_is_not_ascii() {
        let value = serde_json::json!({ "姓名": "张𬭎" });
        let written = ascii(&value);
        assert!(written.is_ascii());
        assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), value);
    }
}
