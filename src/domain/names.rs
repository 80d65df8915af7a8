//! The nearest name to a misspelt one, for hints.

/// Returns the candidate nearest to `name`, when it is near enough to be what was meant.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = name.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| {
            (strsim::damerau_levenshtein(&folded, &candidate.to_lowercase()), candidate)
        })
        .filter(|(distance, candidate)| *distance <= allowed(&folded, candidate))
        .min_by_key(|(distance, candidate)| (*distance, *candidate))
        .map(|(_, candidate)| candidate)
}

/// A third of the longer name, at least one letter: more changes than that is another word.
fn allowed(name: &str, candidate: &str) -> usize {
    (name.chars().count().max(candidate.chars().count()) / 3).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, expected: Option<&str>) {
        assert_eq!(nearest(name, ["platform", "province", "discovered_at"]), expected);
    }

    #[test]
    fn finds_transposed_and_missing_letters() {
        check("platfrom", Some("platform"));
        check("discoverd_at", Some("discovered_at"));
        check("Province", Some("province"));
    }

    #[test]
    fn does_not_guess_wildly() {
        check("banana", None);
    }
}
