//! The numbers of a folder of matters: one that was given is never given to somebody else, also
//! when its folder is long gone.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::case::{Case, CaseId};
use crate::domain::digest::Digest;
use crate::domain::lang::Text;

/// The version of the record.
pub const SCHEMA: u32 = 1;

/// Every number that was ever given, kept as `numbers.json` in the folder of the matters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbers {
    /// Version of this record.
    pub schema: u32,
    /// Who has it, by number: a digest of name and identity number.
    pub given: BTreeMap<String, Digest>,
    /// Which number a row was given by a pattern, by what tells the row again.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rows: BTreeMap<Digest, String>,
}

/// What tells a row again that has no matter number of its own: what stands in its column for our
/// number, or the time of the discovery, together with the name, and together with the identity
/// number. Either may be corrected later.
pub fn marks(
    own: Option<&str>,
    discovered: &str,
    name: Option<&str>,
    id_no: Option<&str>,
) -> Vec<Digest> {
    let own = own.unwrap_or(discovered);
    let mark = |(kind, value): (&str, &str)| Digest::of(format!("{own}|{kind}|{value}").as_bytes());
    let values = [("id", id_no), ("name", name)];
    values.into_iter().filter_map(|(kind, value)| Some((kind, value?))).map(mark).collect()
}

impl Default for Numbers {
    fn default() -> Self {
        Self { schema: SCHEMA, given: BTreeMap::new(), rows: BTreeMap::new() }
    }
}

/// Returns the digest that stands for the person of a case.
pub fn person(case: &Case) -> Digest {
    let victim = &case.victim;
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    Digest::of(format!("{}|{}", text(&victim.name), text(&victim.id_no)).as_bytes())
}

impl Numbers {
    /// Returns why a number cannot be this client's: it was given, and the folder is not there any
    /// more. With its folder there, the case in it says whose it is.
    pub fn refusal(&self, number: &str, has_folder: bool) -> Option<Text> {
        (!has_folder && self.given.contains_key(number)).then(|| {
            crate::text!(
                "编号 {number} 用过了，文件夹已经移走；编号不重复使用",
                "the number {number} was given before and its folder is gone; numbers are not used twice"
            )
        })
    }

    /// Returns the number that a row was given before.
    pub fn of_row(&self, marks: &[Digest]) -> Option<&str> {
        marks.iter().find_map(|mark| self.rows.get(mark)).map(String::as_str)
    }

    /// Writes down which number a row was given.
    pub fn give_row(&mut self, marks: Vec<Digest>, number: &str) {
        self.rows.extend(marks.into_iter().map(|mark| (mark, number.to_owned())));
    }

    /// Writes down whose a number is.
    pub fn give(&mut self, number: &str, case: &Case) {
        self.given.insert(number.to_owned(), person(case));
    }
}

/// Returns true when the case of a number is plainly another person's than the row's.
pub fn is_another(file: &Case, row: &Case) -> bool {
    let differ = |left: &Option<String>, right: &Option<String>| matches!((left, right), (Some(left), Some(right)) if left != right);
    differ(&file.victim.name, &row.victim.name) && differ(&file.victim.id_no, &row.victim.id_no)
}

/// How matter numbers look: `2026-DS-{0000}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    before: String,
    places: usize,
    after: String,
}

impl Pattern {
    /// Reads a pattern: letters, digits and hyphens, once `{0000}` with as many zeros as the number
    /// has places at least, and perhaps `{year}`.
    pub fn parse(text: &str, year: i16) -> Result<Self, Text> {
        let year = year.to_string();
        let text = text.trim().replace("{year}", &year).replace("{年}", &year);
        let wrong = || {
            Text::new(
                "编号样式要有一个 {0000}，其余只用字母、数字和连字符，例如 2026-DS-{0000} 或 {year}-WX-{0000}",
                "a pattern has {0000} once and else letters, digits and hyphens, such as 2026-DS-{0000} or {year}-WX-{0000}",
            )
        };
        let (before, rest) = text.split_once('{').ok_or_else(wrong)?;
        let (zeros, after) = rest.split_once('}').ok_or_else(wrong)?;
        let pattern = Self { before: before.into(), places: zeros.len(), after: after.into() };
        let zeros = (1..=9).contains(&zeros.len()) && zeros.bytes().all(|byte| byte == b'0');
        // The longest number there can be must be an id, too.
        let fits = CaseId::parse(&pattern.number(u64::MAX)).is_some();
        let ends = !pattern.after.ends_with('-') && !is_reserved(&pattern.number(1));
        (zeros && fits && ends).then_some(pattern).ok_or_else(wrong)
    }

    fn number(&self, count: u64) -> String {
        let Self { before, places, after } = self;
        format!("{before}{count:0places$}{after}")
    }

    /// Returns the count in a number of this pattern.
    fn count_of(&self, number: &str) -> Option<u64> {
        let inner = number.strip_prefix(&self.before)?.strip_suffix(&self.after)?;
        inner.parse().ok().filter(|_| inner.bytes().all(|byte| byte.is_ascii_digit()))
    }
}

/// Names that are no folders on some machines.
fn is_reserved(number: &str) -> bool {
    let upper = number.to_ascii_uppercase();
    let device = |name: &str| {
        let rest = upper.strip_prefix(name);
        rest.is_some_and(|rest| rest.len() == 1 && rest != "0")
    };
    ["CON", "PRN", "AUX", "NUL"].contains(&upper.as_str()) || device("COM") || device("LPT")
}

/// Gives numbers by a pattern, each once.
#[derive(Clone, Debug)]
pub struct Counter {
    pattern: Pattern,
    last: u64,
}

impl Counter {
    /// Begins behind the highest number that was ever given.
    pub fn new(pattern: Pattern, numbers: &Numbers) -> Self {
        let given = numbers.given.keys().chain(numbers.rows.values());
        let last = given.filter_map(|number| pattern.count_of(number)).max().unwrap_or_default();
        Self { pattern, last }
    }

    /// Returns the next number that is not taken.
    pub fn next<E>(
        &mut self,
        mut is_taken: impl FnMut(&str) -> Result<bool, E>,
    ) -> Result<String, E> {
        loop {
            self.last = self.last.saturating_add(1);
            let number = self.pattern.number(self.last);
            if self.last == u64::MAX || !is_taken(&number)? {
                return Ok(number);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_counts_on_and_never_goes_back() {
        let pattern = Pattern::parse("{year}-DS-{000}", 2026).unwrap();
        let mut numbers = Numbers::default();
        for given in ["2026-DS-007", "2025-DS-099", "2026-DS-x08", "W-1"] {
            numbers.given.insert(given.into(), Digest::of(b""));
        }
        let mut counter = Counter::new(pattern.clone(), &numbers);
        let mut next = |taken: &str| counter.next(|number| Ok::<_, ()>(number == taken));
        assert_eq!(next("2026-DS-008").as_deref(), Ok("2026-DS-009"));
        assert_eq!(next("").as_deref(), Ok("2026-DS-010"));
        assert_eq!(counter.next(|_| Err("away")), Err("away"));
        numbers.given.insert("2026-DS-999".into(), Digest::of(b""));
        let next = Counter::new(pattern, &numbers).next(|_| Ok::<_, ()>(false));
        assert_eq!(next.as_deref(), Ok("2026-DS-1000"));
    }

    #[test]
    fn a_pattern_that_makes_no_folder_is_refused() {
        for bad in [
            "",
            "2026",
            "盗刷-{0000}",
            "a/{0000}",
            "{0000",
            "{0}{0}",
            "{12}",
            "{}",
            "-{00}",
            "x-{00}-",
            "COM{0}",
        ] {
            assert!(Pattern::parse(bad, 2026).is_err(), "{bad}");
        }
        assert!(Pattern::parse("{0000}", 2026).is_ok());
    }

    #[test]
    fn a_row_is_told_again_after_one_of_name_and_identity_was_corrected() {
        let mut numbers = Numbers::default();
        numbers.give_row(marks(Some("7"), "t", Some("李一"), Some("1")), "N-1");
        let of = |own, name, id| numbers.of_row(&marks(own, "t", name, id)).map(str::to_owned);
        assert_eq!(of(Some("7"), Some("李壹"), Some("1")).as_deref(), Some("N-1"));
        assert_eq!(of(Some("7"), Some("李一"), Some("2")).as_deref(), Some("N-1"));
        assert_eq!(of(Some("8"), Some("李一"), Some("1")), None);
        assert_eq!(of(None, Some("李一"), Some("1")), None);
    }
}
