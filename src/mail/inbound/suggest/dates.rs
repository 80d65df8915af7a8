//! Days by which something is to be done.

use jiff::civil::Date;

use crate::domain::span::Span;
use crate::mail::inbound::suggest::sentences::Sentence;
use crate::mail::inbound::suggest::{Due, Finding, Suggestion, Whose};

type MakeSpan = fn(u32) -> Span;

/// Units behind a count, and what makes a span of it.
const UNITS: [(&str, MakeSpan); 18] = [
    ("个工作日", Span::Workdays),
    ("工作日", Span::Workdays),
    ("个自然日", Span::Days),
    ("自然日", Span::Days),
    ("个日历日", Span::Days),
    ("个小时", Span::Hours),
    ("小时", Span::Hours),
    ("个月", Span::Months),
    ("天", Span::Days),
    ("日", Span::Days),
    (" business day", Span::Workdays),
    (" working day", Span::Workdays),
    (" calendar day", Span::Days),
    (" workday", Span::Workdays),
    (" day", Span::Days),
    (" hour", Span::Hours),
    ("-day", Span::Days),
    (" month", Span::Months),
];

/// Words by which the person is asked.
const ASKED: [&str; 27] = [
    "请", "您需", "需您", "您可", "您应", "可在", "可以", "可于", "可向", "补充", "提供", "提交",
    "上传", "补正", "补交", "逾期", "寄", "回传", "签收", "复核", "复议", "please", "provide",
    "submit", "send us", "you must", "if you",
];

/// Words by which the sender speaks of itself.
const PROMISED: [&str; 32] = [
    "本院",
    "我院",
    "将在",
    "将于",
    "作出",
    "办理",
    "我们",
    "我司",
    "我行",
    "我局",
    "我单位",
    "本公司",
    "本行",
    "本局",
    "专员",
    "工作人员",
    "客服",
    "预计",
    "答复",
    "回复您",
    "反馈您",
    "联系您",
    "与您联系",
    "处理完",
    "到账",
    "审核",
    "核实",
    "办结",
    "we will",
    "we aim",
    "respond",
    "process",
];

/// Reads the dates that sentences set; `today` is the day of the letter.
pub(super) fn read(sentences: &[Sentence], today: Option<Date>) -> Vec<Suggestion> {
    let mut found = Vec::new();
    for sentence in sentences {
        for clause in sentence.clauses() {
            // 如三日内未到账: what to do if not, no date of anything.
            if clause.starts_with(['如', '若']) && clause.contains(['未', '没']) {
                continue;
            }
            let english = english_days(clause, today);
            let days = days(clause, today).into_iter().chain(english).map(Due::On);
            let spans = spans(clause).into_iter().map(Due::Within);
            for by in days.chain(spans) {
                let whose = whose(clause, &sentence.lower);
                found.push(Suggestion::new(Finding::Due { by, whose }, sentence));
            }
        }
    }
    found
}

fn whose(clause: &str, sentence: &str) -> Whose {
    let has = |text: &str, words: &[&str]| words.iter().any(|word| text.contains(word));
    // 申请书 asks nobody for anything.
    let (clause, sentence) = (clause.replace("申请", ""), sentence.replace("申请", ""));
    for text in [clause.as_str(), sentence.as_str()] {
        match (has(text, &ASKED), has(text, &PROMISED)) {
            (true, false) => return Whose::Ours,
            (false, true) => return Whose::Theirs,
            (true, true) => {
                let first = |words: &[&str]| words.iter().filter_map(|word| text.find(word)).min();
                return if first(&ASKED) < first(&PROMISED) { Whose::Ours } else { Whose::Theirs };
            }
            (false, false) => {}
        }
    }
    Whose::Theirs
}

/// Lengths of time that end something: 3个工作日内, within 5 business days.
fn spans(clause: &str) -> Vec<Span> {
    let mut found = Vec::new();
    for (start, count, end) in counts(clause) {
        let after = &clause[end..];
        let Some((unit, span)) = UNITS.iter().find(|(unit, _)| after.starts_with(unit)) else {
            continue;
        };
        let behind = after[unit.len()..].trim_start_matches('s').trim_start();
        let before = clause[..start].trim_end_matches(['的', ' ']);
        let ends = [
            "内",
            "之内",
            "以内",
            "左右",
            "后答复",
            "后回复",
            "到账",
            "完成",
            "办结",
            "答复",
            "回复",
            "处理",
        ]
        .iter()
        .any(|word| behind.starts_with(word));
        let is_within = [
            "within",
            "时限为",
            "时限",
            "期限为",
            "周期为",
            "in the next",
            "no later than",
            "预计",
            "预计需",
            "最迟",
            "最长",
            "不超过",
            "up to",
        ]
        .iter()
        .any(|word| before.ends_with(word));
        let is_past = ["近", "最近", "过去", "此前", "前", "past", "last"]
            .iter()
            .any(|word| before.ends_with(word));
        // 24小时 alone are office hours.
        if (ends || is_within) && !is_past && count > 0 && count <= 3_650 {
            found.push(span(count));
        }
    }
    found
}

/// Counts in a clause: where they start, how many, where they end. Of a range the larger one.
fn counts(clause: &str) -> Vec<(usize, u32, usize)> {
    let mut found: Vec<(usize, u32, usize)> = Vec::new();
    let mut index = 0;
    while let Some(c) = clause[index..].chars().next() {
        let Some((count, length)) = count(&clause[index..]) else {
            index += c.len_utf8();
            continue;
        };
        let range = found.last_mut().filter(|(_, _, end)| {
            matches!(
                clause[*end..index].trim(),
                "-" | "—" | "–" | "~" | "～" | "至" | "到" | "－" | "to"
            )
        });
        match range {
            Some(last) => (last.1, last.2) = (count.max(last.1), index + length),
            None => found.push((index, count, index + length)),
        }
        index += length;
    }
    found
}

/// Reads a whole number, in digits or Chinese, at the start of a text.
fn count(text: &str) -> Option<(u32, usize)> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    if digits > 0 {
        return (digits <= 4)
            .then(|| text[..digits].parse().ok())
            .flatten()
            .map(|count| (count, digits));
    }
    let value = |c: char| {
        "零一二三四五六七八九"
            .chars()
            .position(|digit| digit == c)
            .and_then(|at| u32::try_from(at).ok())
    };
    let is_part = |c: char| value(c).is_some() || c == '十' || c == '两';
    let length = text.len() - text.trim_start_matches(is_part).len();
    let mut total = 0;
    let mut last = 0;
    for c in text[..length].chars() {
        match c {
            '十' => (total, last) = (total + if last == 0 { 10 } else { last * 10 }, 0),
            '两' => last = 2,
            c => last = value(c)?,
        }
    }
    (length > 0).then_some((total + last, length))
}

/// Days that are named as a limit: 9月25日前, by 2026-09-25.
fn days(clause: &str, today: Option<Date>) -> Vec<Date> {
    let mut found = Vec::new();
    for (start, _) in clause.char_indices().filter(|(_, c)| c.is_ascii_digit()) {
        let is_inside =
            clause[..start].ends_with(|c: char| c.is_ascii_digit() || "年-/.月".contains(c));
        if is_inside {
            continue;
        }
        let Some((date, length)) = day(&clause[start..], today) else { continue };
        let behind = clause[start + length..].trim_start_matches(|c: char| {
            c.is_ascii_digit() || " :：时点分（）()周一二三四五六日下午上星期".contains(c)
        });
        let before = clause[..start].trim_end();
        let ends =
            ["前", "之前", "以前", "截止", "止", "内"].iter().any(|word| behind.starts_with(word));
        let is_limit = [
            "截至",
            "截止",
            "截止到",
            "截止日期",
            "截止时间",
            "最迟",
            "最晚",
            "不晚于",
            "不迟于",
            "by",
            "before",
            "no later than",
            "until",
            "至",
        ]
        .iter()
        .any(|word| {
            before.trim_end_matches(['：', ':', '为', '是', '于', '在', ' ']).ends_with(word)
        });
        if ends || is_limit {
            found.push(date);
        }
    }
    found
}

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Reads `by 5 October 2026` and `before October 5`.
fn english_days(clause: &str, today: Option<Date>) -> Vec<Date> {
    let words: Vec<&str> = clause.split(|c: char| c.is_whitespace() || c == '.').collect();
    let mut found = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let month = MONTHS.iter().position(|month| word.starts_with(month) && word.len() <= 9);
        let Some(month) = month.and_then(|at| i8::try_from(at + 1).ok()) else { continue };
        let number = |at: Option<usize>| -> Option<i16> {
            let word: String = words.get(at?)?.chars().take_while(char::is_ascii_digit).collect();
            word.parse().ok()
        };
        let is_day = |number: &i16| (1..=31).contains(number);
        let before = number(index.checked_sub(1)).filter(is_day);
        let day = before.or_else(|| number(Some(index + 1)).filter(is_day));
        let after = if before.is_some() { index + 1 } else { index + 2 };
        let year = number(Some(after)).filter(|year| *year > 2_000);
        let start = if before.is_some() { index.saturating_sub(1) } else { index };
        let limits = ["by", "before", "than"];
        let is_limit =
            words[start.saturating_sub(2)..start].iter().any(|word| limits.contains(word));
        let Some(day) = day.and_then(|day| i8::try_from(day).ok()).filter(|_| is_limit) else {
            continue;
        };
        let this = |year| Date::new(year, month, day).ok();
        found.extend(match (year, today) {
            (Some(year), _) => this(year),
            (None, Some(today)) => {
                this(today.year()).filter(|date| *date >= today).or_else(|| this(today.year() + 1))
            }
            (None, None) => None,
        });
    }
    found
}

/// Reads a date at the start of a text. One without a year is the next such day after the letter.
fn day(text: &str, today: Option<Date>) -> Option<(Date, usize)> {
    let mut rest = text;
    let mut numbers = Vec::new();
    for borders in [["年", "-", "/", "."], ["月", "-", "/", "."], ["日", "号", "", ""]] {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if digits == 0 || digits > 4 {
            break;
        }
        let number: i16 = rest[..digits].parse().ok()?;
        let after = rest[digits..].trim_start_matches(' ');
        if numbers.is_empty() && digits < 4 {
            // No year: this is the month.
            let (day, length) = month_and_day(text, number, today?)?;
            return Some((day, length));
        }
        numbers.push(number);
        let border =
            borders.iter().find(|border| !border.is_empty() && after.starts_with(**border));
        rest = border.map_or(after, |border| after[border.len()..].trim_start_matches(' '));
        if border.is_none() && numbers.len() < 3 {
            return None;
        }
    }
    let [year, month, day] = numbers.as_slice() else { return None };
    let date = Date::new(*year, i8::try_from(*month).ok()?, i8::try_from(*day).ok()?).ok()?;
    Some((date, text.len() - rest.len()))
}

fn month_and_day(text: &str, month: i16, today: Date) -> Option<(Date, usize)> {
    let (_, after) = text.split_once('月')?;
    let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let number: i8 = after.get(..digits)?.parse().ok()?;
    let rest = after[digits..].strip_prefix(['日', '号'])?;
    let before = text.split('月').next().unwrap_or_default();
    if before.len() > 2 {
        return None;
    }
    let month = i8::try_from(month).ok()?;
    let this_year = Date::new(today.year(), month, number).ok()?;
    let date = if this_year < today {
        Date::new(today.year() + 1, month, number).ok()?
    } else {
        this_year
    };
    Some((date, text.len() - rest.len()))
}
