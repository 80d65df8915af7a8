//! HTML to text: enough to read what somebody wrote, never to show it.

use mail_parser::decoders::html::add_html_token;

/// Elements whose content nobody sees.
const HIDDEN: [&str; 6] = ["head", "style", "script", "template", "title", "noscript"];

/// Elements that begin a new line.
const BLOCKS: [&str; 22] = [
    "p",
    "div",
    "br",
    "tr",
    "li",
    "ul",
    "ol",
    "table",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "section",
    "article",
    "header",
    "footer",
    "blockquote",
    "hr",
    "dt",
    "dd",
];

/// Returns the text of an HTML body, one line a block. What stands in a `blockquote` gets `> ` in
/// front of each line.
pub(super) fn text(html: &str) -> String {
    let mut page = Page::default();
    let mut endless: Vec<String> = Vec::new();
    let mut rest = html;
    while let Some(open) = rest.find('<') {
        page.words(&rest[..open]);
        rest = &rest[open..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.find("-->").map_or("", |end| &comment[end + 3..]);
            continue;
        }
        let is_tag = rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c));
        if !is_tag {
            page.words("<");
            rest = &rest[1..];
            continue;
        }
        let Some(close) = rest.find('>') else { break };
        let (name, is_end) = name(&rest[1..close]);
        rest = &rest[close + 1..];
        if !is_end && HIDDEN.contains(&name.as_str()) && !endless.contains(&name) {
            match after_end(rest, &name) {
                Some(after) => rest = after,
                // A forgotten end tag must not swallow a letter, nor be looked for again.
                None => endless.push(name),
            }
            continue;
        }
        page.tag(&name, is_end);
    }
    if !rest.starts_with('<') {
        page.words(rest);
    }
    page.finish()
}

/// Returns the element's name, and whether the tag ends it.
fn name(tag: &str) -> (String, bool) {
    let is_end = tag.starts_with('/');
    let name = tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric);
    (name.collect::<String>().to_ascii_lowercase(), is_end)
}

/// Returns what follows the end of a hidden element; none when it never ends.
fn after_end<'a>(rest: &'a str, name: &str) -> Option<&'a str> {
    let mut from = 0;
    while let Some(found) = rest[from..].find("</") {
        let at = from + found + 2;
        let is_it = rest.get(at..at + name.len()).is_some_and(|it| it.eq_ignore_ascii_case(name));
        if is_it {
            return Some(rest[at..].find('>').map_or("", |end| &rest[at + end + 1..]));
        }
        from = at;
    }
    None
}

#[derive(Default)]
struct Page {
    out: String,
    line: String,
    quotes: usize,
}

impl Page {
    fn tag(&mut self, name: &str, is_end: bool) {
        if BLOCKS.contains(&name) {
            self.end_line();
        } else if !is_end && (name == "td" || name == "th") {
            self.line.push('\t');
        }
        if name == "blockquote" {
            self.quotes = if is_end { self.quotes.saturating_sub(1) } else { self.quotes + 1 };
        }
    }

    fn words(&mut self, text: &str) {
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if c == '&'
                && let Some(end) = rest.bytes().take(12).position(|byte| byte == b';')
            {
                add_html_token(&mut self.line, &rest.as_bytes()[..=end], false);
                rest = &rest[end + 1..];
                continue;
            }
            if c.is_whitespace() {
                if !self.line.ends_with([' ', '\t']) {
                    self.line.push(' ');
                }
            } else {
                self.line.push(c);
            }
            rest = &rest[c.len_utf8()..];
        }
    }

    fn end_line(&mut self) {
        let line = self.line.replace(['\u{a0}', '\u{200b}', '\u{feff}'], " ");
        let line = line.trim();
        if !line.is_empty() {
            if self.quotes > 0 {
                self.out.push_str("> ");
            }
            self.out.push_str(line);
            self.out.push('\n');
        }
        self.line.clear();
    }

    fn finish(mut self) -> String {
        self.end_line();
        self.out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(html: &str, expected: &str) {
        assert_eq!(text(html), expected);
    }

    #[test]
    fn blocks_are_lines_and_hidden_things_are_gone() {
        check(
            "<html><head><title>t</title><style>p{}</style></head><body><p>您好，</p><div>工单号：&nbsp;<b>123</b></div></body>",
            "您好，\n工单号： 123\n",
        );
        check("<table><tr><td>工单号</td><td>88</td></tr></table>", "工单号\t88\n");
        check("a &lt; b &amp; c&#21152;<br/>d", "a < b & c加\nd\n");
    }

    #[test]
    fn quotes_are_marked() {
        check("好<blockquote>旧<div>文</div></blockquote>完", "好\n> 旧\n> 文\n完\n");
    }

    #[test]
    fn broken_markup_loses_nothing_that_was_said() {
        check("<style>p{} 您好", "p{} 您好\n");
        check("1 < 2，<b>对", "1 < 2，对\n");
        check("好<!-- 没有结束", "好\n");
        check("好<p", "好\n");
        check("&您好；&nosuch;", "&您好；&nosuch;\n");
    }
}
