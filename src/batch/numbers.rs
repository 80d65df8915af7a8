//! The numbers of a folder of matters: one that was given is never given to somebody else, also
//! when its folder is long gone.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::case::Case;
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
}

impl Default for Numbers {
    fn default() -> Self {
        Self { schema: SCHEMA, given: BTreeMap::new() }
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
