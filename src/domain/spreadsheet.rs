//! Text that a spreadsheet opens.

use std::borrow::Cow;

/// The signs a formula begins with, as spreadsheets take them.
pub const FORMULA_SIGNS: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// Returns a text as a cell that no spreadsheet runs: anyone can choose a name that begins with `=`.
pub fn harmless(text: &str) -> Cow<'_, str> {
    if text.starts_with(FORMULA_SIGNS) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_run_gets_a_mark_and_nothing_else_does() {
        for run in ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "＝1"] {
            assert_eq!(harmless(run), format!("'{run}"));
        }
        for plain in ["", "张三=李四", "1+1", "'=1"] {
            assert_eq!(harmless(plain), plain);
        }
    }
}
