//! Whom a firm must not stand for at once: the one who lost the money and the one who received it,
//! or the insurer, bank or exchange it is claimed from.

use std::collections::HashMap;

use crate::batch::cross::Report;
use crate::batch::finding::{Finding, Rule, Spot};
use crate::batch::header::half_width;
use crate::batch::row::Draft;
use crate::domain::lang::Text;

/// Where a client's own names stand.
const OWN: [&str; 4] = ["victim.name", "victim.phone", "account.id", "account.phone"];

/// Where a client's row names institutions something is claimed from.
const CLAIMED_FROM: [&str; 2] = ["insurance.insurer", "account.exchange"];

/// What of a transaction names the other side.
const PAID: [&str; 3] = ["payee", "payee_account", "bank"];

/// A value as it is compared: half-width, without blanks and case.
pub(super) fn key(text: &str) -> String {
    let plain = text.chars().map(half_width).filter(|c| !c.is_whitespace());
    plain.flat_map(char::to_lowercase).collect()
}

pub(super) fn own(draft: &Draft) -> impl Iterator<Item = (&'static str, String)> {
    OWN.into_iter().filter_map(|path| Some((path, key(draft.text(path)?))))
}

/// The other sides a draft names: where, in which member, and who.
pub(super) fn others(draft: &Draft) -> impl Iterator<Item = (Spot, &'static str, String)> {
    let claimed = CLAIMED_FROM
        .into_iter()
        .filter_map(|path| Some((draft.spot, path, key(draft.text(path)?))));
    let paid = draft.lines.iter().flat_map(|line| {
        PAID.into_iter().filter_map(|member| Some((line.spot, member, key(line.text(member)?))))
    });
    claimed.chain(paid)
}

/// Two rows of one person: the same identity number, or none of them has one and the name agrees.
pub(super) fn same_person(left: &Draft, right: &Draft) -> bool {
    match (left.text("victim.id_no"), right.text("victim.id_no")) {
        (Some(left), Some(right)) => left.eq_ignore_ascii_case(right),
        _ => left.text("victim.name").map(key) == right.text("victim.name").map(key),
    }
}

/// Plainly another person: one of name and identity number may have been corrected, not both.
pub(super) fn another_person(left: &Draft, right: &Draft) -> bool {
    let differ = |path: &str| {
        let both = left.text(path).zip(right.text(path));
        both.is_some_and(|(left, right)| key(left) != key(right))
    };
    differ("victim.name") && differ("victim.id_no")
}

/// Reports what a person of the firm must look at before the client is taken in. Once somebody did
/// and said so in the row, it is only a warning that repeats their word.
pub(super) fn tell(
    draft: &Draft,
    index: usize,
    spot: Spot,
    path: &str,
    message: Text,
    report: &mut impl Report,
) {
    let finding = match &draft.reviewed {
        None => Finding::error(
            Rule::Conflict,
            spot,
            message,
            Text::new(
                "先由律师做利益冲突审查；可以办的，在“利益冲突审查”一列（没有就加上）写明谁审查的、结论",
                "have a lawyer look at the conflict; if it can be done, say who looked and what they found in a column named conflict review",
            ),
        ),
        Some(review) => {
            let (zh, en) = (message.zh, message.en);
            Finding::warning(
                Rule::Conflict,
                spot,
                crate::text!("{zh}；已审查：{review}", "{en}; reviewed: {review}"),
                Text::new("导入后留有记录", "it is kept with the matter"),
            )
        }
    };
    report.at(index, spot, path, finding);
}

/// Holds the rows against each other.
pub fn among(drafts: &[Draft], report: &mut impl Report) {
    let mut known: HashMap<String, (usize, &'static str)> = HashMap::new();
    for (index, draft) in drafts.iter().enumerate() {
        for (path, value) in own(draft) {
            known.entry(value).or_insert((index, path));
        }
    }
    for (index, draft) in drafts.iter().enumerate() {
        let mut told: Vec<usize> = Vec::new();
        for (spot, member, value) in others(draft) {
            let Some((other, path)) = known.get(&value).copied() else { continue };
            if other == index || same_person(draft, &drafts[other]) {
                continue;
            }
            let (theirs, ours) = (drafts[other].spot, spot.line);
            let row = theirs.line;
            let message = crate::text!(
                "对方和第 {row} 行的客户相同，可能有利益冲突",
                "the other side is the client of row {row}: a conflict of interest"
            );
            tell(draft, index, spot, member, message, report);
            if !told.contains(&other) {
                told.push(other);
                let message = crate::text!(
                    "这位客户是第 {ours} 行的对方，可能有利益冲突",
                    "this client is the other side of row {ours}: a conflict of interest"
                );
                tell(&drafts[other], other, theirs, path, message, report);
            }
        }
    }
}
