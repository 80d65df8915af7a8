//! A text as QR codes that a telephone reads without a network: the text itself, in as many codes
//! as it needs.

use qrcodegen::{QrCode, QrCodeEcc};

/// So many bytes of text go into one code: on paper it can still be read by a telephone.
const LIMIT_BYTES: usize = 690;

/// More codes than this nobody scans one after the other.
const LIMIT_CODES: usize = 6;

/// The white border a reader needs, in dots.
const BORDER: i32 = 4;

/// Returns the codes of a text in order, each as rows of `1` for black and `0` for white, with the
/// border. Empty for a text that is too long.
pub fn codes(text: &str) -> Vec<Vec<String>> {
    let count = text.len().div_ceil(LIMIT_BYTES).max(1);
    // Codes of one size look alike, and a character may be cut off before each end.
    let size = text.len().div_ceil(count) + 3;
    let parts = parts(text, size.min(LIMIT_BYTES));
    if parts.len() > LIMIT_CODES {
        return Vec::new();
    }
    parts.into_iter().filter_map(code).collect()
}

fn parts(text: &str, size_bytes: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while rest.len() > size_bytes {
        let mut end = size_bytes;
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        let (part, after) = rest.split_at(end);
        parts.push(part);
        rest = after;
    }
    parts.push(rest);
    parts
}

fn code(text: &str) -> Option<Vec<String>> {
    let code = QrCode::encode_text(text, QrCodeEcc::Low).ok()?;
    let range = -BORDER..code.size() + BORDER;
    let row =
        |y: i32| range.clone().map(|x| if code.get_module(x, y) { '1' } else { '0' }).collect();
    Some(range.clone().map(row).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a code with another library, from an image four dots wide for each of its own.
    fn read(rows: &[String]) -> String {
        let dots: Vec<Vec<u8>> = rows.iter().map(|row| row.bytes().collect()).collect();
        let size = dots.len() * 4;
        let shade = |at: usize| {
            let (x, y) = (at % size, at / size);
            if dots[y / 4][x / 4] == b'1' { 0 } else { 255 }
        };
        let image: Vec<u8> = (0..size * size).map(shade).collect();
        let mut reader = quircs::Quirc::default();
        let found: Vec<_> = reader.identify(size, size, &image).collect();
        assert_eq!(found.len(), 1);
        let payload = found[0].as_ref().unwrap().decode().unwrap().payload;
        String::from_utf8(payload).unwrap()
    }

    #[track_caller]
    fn check(text: &str, codes_wanted: usize) {
        let found = codes(text);
        assert_eq!(found.len(), codes_wanted);
        let said: String = found.iter().map(|rows| read(rows)).collect();
        assert_eq!(said, text);
    }

    #[test]
    fn what_is_read_back_is_the_text() {
        check("本人账户资金异常，请核查。\n交易单号：4200001121202609180311", 1);
        check(&"非本人操作，亦未授权他人操作。".repeat(30), 2);
    }

    #[test]
    fn what_nobody_would_scan_has_no_code() {
        assert!(codes(&"长".repeat(3000)).is_empty());
    }
}
