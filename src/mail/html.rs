//! The page that goes along with the text of a mail: the same words, nothing else. It loads nothing,
//! links to nothing, and everything in it is escaped.

use crate::domain::markup::entity;

/// Returns the page of a text. An empty line begins a paragraph; other lines end where they end.
pub(super) fn page(title: &str, text: &str) -> String {
    let mut body = String::with_capacity(text.len() + text.len() / 4);
    let mut paragraph: Vec<String> = Vec::new();
    for line in text.lines().chain([""]) {
        let line = line.trim_end();
        if !line.is_empty() {
            paragraph.push(escaped(line));
        } else if !paragraph.is_empty() {
            body.push_str(&format!("<p>{}</p>\n", paragraph.join("<br>\n")));
            paragraph.clear();
        }
    }
    let title = escaped(title);
    format!(
        "<!DOCTYPE html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )
}

/// Two blanks side by side stay two.
fn escaped(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut after_blank = true;
    for c in line.chars() {
        match (entity(c), c) {
            (Some(entity), _) => out.push_str(entity),
            (None, ' ') if after_blank => out.push_str("&nbsp;"),
            (None, c) if c.is_control() => {}
            (None, c) => out.push(c),
        }
        after_blank = c == ' ';
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_it_is_anything_but_words() {
        let page = page("a<b", "见 <script src=x>\n  两格 \"引\" & '号'\n\n\n第二段\n");
        let (_, body) = page.split_once("<body>\n").unwrap();
        assert_eq!(
            body,
            "<p>见 &lt;script src=x&gt;<br>\n&nbsp;&nbsp;两格 &quot;引&quot; &amp; &#39;号&#39;</p>\n<p>第二段</p>\n</body>\n</html>\n"
        );
        assert!(page.contains("<title>a&lt;b</title>"));
    }
}
