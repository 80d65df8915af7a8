//! Text to sentences and clauses. Mail programs break lines in the middle of a sentence, and
//! tables put a label and its value on two lines.

use unicode_width::UnicodeWidthStr as _;

/// A line this wide that ends without a stop was broken by a program, in columns.
const BROKEN_COLUMNS: usize = 60;

/// The most sentences that are looked at.
const LIMIT_SENTENCES: usize = 400;

/// How much of a text is looked at, in characters: what somebody has to say stands at the top.
const LIMIT_TEXT: usize = 40_000;

/// A longer sentence is looked at in pieces, in characters.
const LIMIT_SENTENCE: usize = 600;

/// The longest sentence that is shown, in characters.
const LIMIT_SHOWN: usize = 300;

/// A sentence with its digits and letters in their narrow form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sentence {
    pub(super) text: String,
    /// The same in lower case, for looking up words.
    pub(super) lower: String,
}

impl Sentence {
    pub(super) fn of(text: &str) -> Self {
        let text: String = text.trim().chars().take(LIMIT_SENTENCE).map(narrow).collect();
        Self { lower: text.to_lowercase(), text }
    }

    /// Returns the sentence as it is shown.
    pub(super) fn shown(&self) -> String {
        let text = self.text.split_whitespace().collect::<Vec<_>>().join(" ");
        match text.char_indices().nth(LIMIT_SHOWN) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None => text,
        }
    }

    /// Returns its clauses in lower case.
    pub(super) fn clauses(&self) -> Vec<&str> {
        let is_border = |c: char| "，、,：".contains(c);
        let mut clauses = Vec::new();
        let mut start = 0;
        for (index, c) in self.lower.char_indices() {
            let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
            let in_number = c == ','
                && digit(self.lower[..index].chars().next_back())
                && digit(self.lower[index + 1..].chars().next());
            // The enumeration comma parts things, not statements.
            if is_border(c) && c != '、' && !in_number {
                clauses.push(self.lower[start..index].trim());
                start = index + c.len_utf8();
            }
        }
        clauses.push(self.lower[start..].trim());
        clauses.retain(|clause| !clause.is_empty());
        clauses
    }
}

/// Full-width digits and letters to their usual form.
fn narrow(c: char) -> char {
    match c {
        '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' | '－' | '．' | '＃' => {
            char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c)
        }
        '\u{a0}' | '\u{3000}' => ' ',
        other => other,
    }
}

/// Splits a text into its sentences.
pub(super) fn split(text: &str) -> Vec<Sentence> {
    let mut sentences = Vec::new();
    let end = text.char_indices().nth(LIMIT_TEXT).map_or(text.len(), |(end, _)| end);
    for line in lines(&text[..end]) {
        let (mut start, mut length) = (0, 0);
        for (index, c) in line.char_indices() {
            let after = &line[index + c.len_utf8()..];
            let is_stop = "。！？；!?;".contains(c)
                || (c == '.' && after.starts_with(' ') && ends_a_word(&line[start..index]));
            length += 1;
            if is_stop || length >= LIMIT_SENTENCE {
                length = 0;
                sentences.push(Sentence::of(&line[start..index + c.len_utf8()]));
                start = index + c.len_utf8();
            }
        }
        sentences.push(Sentence::of(&line[start..]));
        if sentences.len() >= LIMIT_SENTENCES {
            break;
        }
    }
    sentences.retain(|sentence| sentence.text.chars().any(char::is_alphanumeric));
    sentences.truncate(LIMIT_SENTENCES);
    sentences
}

/// A full stop behind `No` or a single letter does not end a sentence.
fn ends_a_word(before: &str) -> bool {
    let last = before.rsplit(' ').next().unwrap_or_default().to_lowercase();
    last.chars().count() > 1
        && !["no", "mr", "ms", "mrs", "ref", "dr", "approx", "st"].contains(&last.as_str())
}

/// Lines, with those put together that belong together.
fn lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in text.lines() {
        let trimmed = line.trim();
        match lines.last_mut() {
            Some(last) if goes_on && !trimmed.is_empty() && !is_item(trimmed) => {
                let between = if last.ends_with(|c: char| c.is_ascii_alphanumeric() || c == ',') {
                    " "
                } else {
                    ""
                };
                last.push_str(between);
                last.push_str(trimmed);
            }
            _ => lines.push(trimmed.to_owned()),
        }
        let is_label = trimmed.ends_with([':', '：']) && trimmed.chars().count() <= 12;
        let is_broken = line.width() >= BROKEN_COLUMNS
            && !trimmed.ends_with(['。', '！', '？', '；', '.', '!', '?', ':', '：']);
        goes_on = !trimmed.is_empty() && (is_label || is_broken);
    }
    lines
}

/// True for the line of a list.
pub(super) fn is_item(line: &str) -> bool {
    item(line).is_some()
}

/// Returns the text of a list's line, without its number or dot.
pub(super) fn item(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let bullets = ["- ", "* ", "• ", "·", "●", "■", "◆", "○", "– "];
    if let Some(rest) = bullets.iter().find_map(|bullet| line.strip_prefix(bullet)) {
        return Some(rest.trim());
    }
    let is_number = |c: char| c.is_ascii_digit() || "一二三四五六七八九十".contains(c);
    let open = line.strip_prefix(['(', '（']).unwrap_or(line);
    let rest = open.trim_start_matches(is_number);
    if rest.len() == open.len() {
        let first = line.chars().next()?;
        return ('①'..='⑳').contains(&first).then(|| line[first.len_utf8()..].trim());
    }
    let digits = open.len() - rest.len();
    let after = rest.strip_prefix(['、', '.', ')', '）', '．'])?;
    // 3.5 is a number, not an item.
    (digits <= 6 && !after.starts_with(|c: char| c.is_ascii_digit())).then(|| after.trim())
}

/// Returns true when `clause` holds `pattern`; one `*` in it stands for at most
/// sixteen characters, and `=` at its start for the whole clause.
pub(super) fn fits(clause: &str, pattern: &str) -> bool {
    position(clause, pattern).is_some()
}

/// Returns where `pattern` ends in `clause`, in bytes.
pub(super) fn position(clause: &str, pattern: &str) -> Option<usize> {
    if let Some(whole) = pattern.strip_prefix('=') {
        let bare = clause.trim_end_matches(|c: char| !c.is_alphanumeric());
        return (bare == whole).then_some(bare.len());
    }
    let Some((first, second)) = pattern.split_once('*') else {
        return whole_words(clause, pattern);
    };
    clause.match_indices(first).find_map(|(start, _)| {
        let from = start + first.len();
        let window: String = clause[from..].chars().take(16 + second.chars().count()).collect();
        window.find(second).map(|at| from + at + second.len())
    })
}

fn whole_words(clause: &str, pattern: &str) -> Option<usize> {
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    clause.match_indices(pattern).find_map(|(start, found)| {
        let end = start + found.len();
        let begins =
            !is_part(pattern.chars().next()) || !is_part(clause[..start].chars().next_back());
        let ends = !is_part(pattern.chars().next_back()) || !is_part(clause[end..].chars().next());
        (begins && ends).then_some(end)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let found: Vec<String> = split(text).into_iter().map(|sentence| sentence.text).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn lines_that_belong_together_are_one_sentence() {
        check("工单号：\n１２３４５", &["工单号：12345"]);
        check("请提供：\n1. 身份证\n2. 流水", &["请提供：", "1. 身份证", "2. 流水"]);
        check(
            "您于二〇二六年九月二十日提交的投诉我们已经收到并且转交给了相关的部门，现\n正在核实。",
            &["您于二〇二六年九月二十日提交的投诉我们已经收到并且转交给了相关的部门，现正在核实。"],
        );
    }

    #[test]
    fn numbers_do_not_end_sentences() {
        check(
            "Claim No. 12.5 is open. We pay 1,234.50 yuan",
            &["Claim No. 12.5 is open.", "We pay 1,234.50 yuan"],
        );
    }
}
