//! Numbers and domains that only look like others: `96ll0` for `96110`, `weixin11O.qq.com` for
//! `weixin110.qq.com`. Search results are themselves a trap for victims.

/// What a character is mistaken for, in the order of Unicode's table of confusable characters
/// (UTS 39), as far as digits and Latin letters of domains go.
const CONFUSABLE: [(&str, &str); 22] = [
    ("rn", "m"),
    ("vv", "w"),
    ("o", "0"),
    ("i", "1"),
    ("l", "1"),
    ("|", "1"),
    ("s", "5"),
    ("z", "2"),
    ("а", "a"),
    ("е", "e"),
    ("о", "0"),
    ("р", "p"),
    ("с", "c"),
    ("х", "x"),
    ("у", "y"),
    ("і", "1"),
    ("ӏ", "1"),
    ("ο", "0"),
    ("α", "a"),
    ("ν", "v"),
    ("。", "."),
    ("．", "."),
];

/// Returns the shape of a number or domain: what looks alike has the same.
fn shape(text: &str) -> String {
    let narrow = text.chars().map(|c| match c {
        // Full-width forms stand a fixed distance above the ASCII ones.
        '！'..='～' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        c => c,
    });
    let mut shape = narrow.collect::<String>().to_lowercase();
    for (like, meant) in CONFUSABLE {
        shape = shape.replace(like, meant);
    }
    shape
}

/// Returns the known number or domain that `text` looks like without being it.
pub fn looks_like<'a>(text: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let (plain, own) = (text.to_lowercase(), shape(text));
    let mut like = None;
    for known in known {
        if plain == known.to_lowercase() {
            return None;
        }
        if own == shape(known) {
            like = Some(known);
        }
    }
    like
}

/// Returns the host of a page's address, or of a mail address.
pub fn host(address: &str) -> Option<&str> {
    let rest = match address.split_once("://") {
        Some((_, rest)) => rest,
        None => address.rsplit_once('@')?.1,
    };
    let host = rest.split(['/', '?', '#', ':']).next()?;
    (!host.is_empty()).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let known = ["96110", "weixin110.qq.com", "95188"];
        assert_eq!(looks_like(text, known), expected, "{text}");
    }

    #[test]
    fn sees_what_only_looks_alike() {
        check("96ll0", Some("96110"));
        check("９６１１０", Some("96110"));
        check("weixin11O.qq.com", Some("weixin110.qq.com"));
        check("wеixin110.qq.com", Some("weixin110.qq.com"));
    }

    #[test]
    fn leaves_others_alone() {
        check("96110", None);
        check("WEIXIN110.qq.com", None);
        check("110.qq.com", None);
        check("95017", None);
    }

    #[test]
    fn hosts() {
        assert_eq!(host("https://weixin110.qq.com/a?b"), Some("weixin110.qq.com"));
        assert_eq!(host("claims@insurer.example"), Some("insurer.example"));
        assert_eq!(host("95017"), None);
    }
}
