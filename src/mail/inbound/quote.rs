//! What somebody wrote, without what they quote: a sentence of ours must not come back as theirs.

/// Lines that stand above a quoted mail.
const DIVIDERS: [&str; 10] = [
    "原始邮件",
    "原邮件",
    "回复的原邮件",
    "转发的邮件",
    "original message",
    "original email",
    "forwarded message",
    "forwarded email",
    "下面是被转发邮件",
    "转发邮件信息",
];

/// The first line of the block of fields that some programs put above a quoted mail, and what one
/// of the next lines begins with.
const FIELDS: [(&str, &[&str]); 3] = [
    ("发件人", &["发送时间", "收件人", "日期", "主题", "时间", "已发送", "发送日期"]),
    ("寄件者", &["收件者", "主旨", "寄件日期"]),
    ("from", &["sent", "to", "date", "subject"]),
];

/// Returns what the sender wrote. A mail that only passes another on is returned whole, because
/// then the other one is the message.
pub(super) fn own_words(subject: &str, body: &str) -> String {
    if passes_on(subject, body) {
        return body.lines().map(unmarked).collect::<Vec<_>>().join("\n");
    }
    let lines: Vec<&str> = body.lines().collect();
    let mut own: Vec<&str> = Vec::new();
    let mut index = 0;
    while index < lines.len() {
        let line = lines[index];
        if is_quoted(line) {
            index += 1;
            continue;
        }
        if let Some(length) = introduction(&lines[index..]) {
            let below = lines[index + length..].iter().find(|line| !line.trim().is_empty());
            // Marked lines below can have answers between them; unmarked ones are all quoted.
            if !below.is_some_and(|line| is_quoted(line)) {
                break;
            }
            index += length;
            continue;
        }
        own.push(line);
        index += 1;
    }
    own.join("\n")
}

/// True for a mail whose subject or first line with words says that it passes another on.
fn passes_on(subject: &str, body: &str) -> bool {
    let subject = subject.trim().to_lowercase();
    let says = ["转发:", "转发：", "轉寄:", "轉寄：", "fw:", "fwd:", "fw：", "fwd："];
    let first = body.lines().map(plain).find(|line| !line.is_empty()).unwrap_or_default();
    says.iter().any(|start| subject.starts_with(start))
        || [
            "forwarded message",
            "forwarded email",
            "转发的邮件",
            "下面是被转发邮件",
            "转发邮件信息",
        ]
        .contains(&first.trim_end_matches([':', '：']))
}

fn unmarked(line: &str) -> &str {
    line.trim_start_matches(['>', '＞', ' '])
}

fn is_quoted(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with('>') || line.starts_with('＞') || line.starts_with("|>")
}

/// Returns how many lines introduce a quoted mail here; none when they do not.
fn introduction(lines: &[&str]) -> Option<usize> {
    let first = plain(lines[0]);
    if is_divider(lines[0], &first) || wrote(&first) {
        return Some(1);
    }
    // `On … <address>` and `wrote:` often stand on two lines, at times on three.
    let begins = ["on ", "at ", "在 ", "在2", "于 ", "于2", "el ", "le "]
        .iter()
        .any(|start| first.starts_with(start));
    for length in 2..=3 {
        if begins && lines.len() >= length && wrote(&plain(&lines[..length].join(" "))) {
            return Some(length);
        }
    }
    is_field_block(lines, &first).then_some(1)
}

/// A line in lower case, without the stars and dashes around it.
fn plain(line: &str) -> String {
    line.trim_matches(|c: char| c.is_whitespace() || "-*_=—".contains(c)).to_lowercase()
}

fn is_divider(line: &str, plain: &str) -> bool {
    let has_rule = ["--", "——", "==", "__"].iter().any(|rule| line.contains(rule));
    let names_it = DIVIDERS.iter().any(|words| plain.trim_end_matches([':', '：']) == *words);
    let is_rule = line.trim().len() >= 30 && line.trim().chars().all(|c| c == '_');
    let stands_alone = has_rule || plain.ends_with([':', '：']) || line.trim() == plain;
    (names_it && stands_alone) || is_rule
}

fn wrote(line: &str) -> bool {
    let line = line.trim_end();
    let ends = ["wrote:", "写道：", "写道:", "寫道：", "寫道:", "said:", "write:"];
    let has_date = line.chars().filter(char::is_ascii_digit).count() >= 4 || line.contains('@');
    has_date && ends.iter().any(|end| line.ends_with(end))
}

fn is_field_block(lines: &[&str], first: &str) -> bool {
    let begins = |line: &str, name: &str| {
        line.strip_prefix(name).is_some_and(|rest| {
            rest.trim_start_matches(['*', ' ', '\u{3000}']).starts_with([':', '：'])
        })
    };
    FIELDS.iter().any(|(name, others)| {
        let next = lines.iter().skip(1).take(3).map(|line| plain(line));
        begins(first, name)
            && next.into_iter().any(|line| others.iter().any(|other| begins(&line, other)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(body: &str, expected: &str) {
        assert_eq!(own_words("Re: x", body).trim(), expected);
    }

    #[test]
    fn what_programs_put_above_a_quoted_mail_ends_the_answer() {
        check(
            "已受理。\n\n------------------ 原始邮件 ------------------\n发件人: \"林\"\n请退款",
            "已受理。",
        );
        check("已受理。\n---- 回复的原邮件 ----\n| 发件人 | 林 |\n请退款", "已受理。");
        check("已受理。\nAt 2026-09-20 10:00:00, \"林\" <lin@163.com> wrote:\n>请退款", "已受理。");
        check("已受理。\nOn Sun, 20 Sep 2026, Lin\n<lin@gmail.com> wrote:\n\n请退款", "已受理。");
        check("已受理。\n在 2026年9月20日，10:00，林 <lin@qq.com> 写道：\n\n请退款", "已受理。");
        check(
            "已受理。\n________________________________\n发件人: 林\n发送时间: 2026\n请退款",
            "已受理。",
        );
        check("已受理。\n**发件人：**林\n**发送时间：**2026\n请退款", "已受理。");
        check("Filed.\n\nFrom: Lin\nSent: Sunday\nTo: Claims\nrefund", "Filed.");
    }

    #[test]
    fn answers_between_quoted_lines_are_kept() {
        check(
            "On 2026-09-20, lin@qq.com wrote:\n> 受理了吗\n已受理。\n> 何时退款\n三天内。",
            "已受理。\n三天内。",
        );
    }

    #[test]
    fn a_mail_that_only_passes_another_on_is_its_message() {
        let body = "\n---------- Forwarded message ---------\nFrom: 客服\n不予受理";
        assert!(own_words("", body).contains("不予受理"));
    }

    #[test]
    fn a_sentence_that_only_looks_like_it_is_kept() {
        check(
            "请在回信中附上原始邮件。\n发件人：填您的姓名",
            "请在回信中附上原始邮件。\n发件人：填您的姓名",
        );
    }
}
