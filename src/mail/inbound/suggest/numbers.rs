//! Numbers others gave the matter.

use crate::mail::inbound::judge::Ours;
use crate::mail::inbound::suggest::sentences::Sentence;
use crate::mail::inbound::suggest::{Finding, LIMIT_SUGGESTIONS, NumberOf, Suggestion};

/// Words before a number, longer ones first where one holds another.
const LABELS: [(NumberOf, &[&str]); 3] = [
    (
        NumberOf::Claim,
        &[
            "报案编号",
            "报案号码",
            "报案单号",
            "报案号",
            "理赔编号",
            "理赔单号",
            "理赔号",
            "赔案编号",
            "赔案号码",
            "赔案号",
            "赔案",
            "赔付编号",
            "立案号",
            "claim number",
            "claim reference",
            "claim ref",
            "claim no",
            "claim id",
            "claim #",
        ],
    ),
    (
        NumberOf::Document,
        &[
            "受案回执编号",
            "受案登记编号",
            "受案登记号",
            "接报案回执编号",
            "回执编号",
            "回执号",
            "警情编号",
            "警情号",
            "接警编号",
            "接警单号",
            "报警回执号",
            "文书编号",
            "文书号",
            "文号",
        ],
    ),
    (
        NumberOf::Ticket,
        &[
            "工单编号",
            "工单号码",
            "工单号",
            "工单",
            "受理编号",
            "受理单号",
            "受理号码",
            "受理号",
            "服务单编号",
            "服务单号",
            "服务编号",
            "服务请求号",
            "投诉编号",
            "投诉单号",
            "投诉号",
            "申诉编号",
            "申诉单号",
            "申诉号",
            "处理编号",
            "反馈编号",
            "反馈单号",
            "案件编号",
            "案件号",
            "案号",
            "查询编号",
            "查询码",
            "登记编号",
            "登记号",
            "业务编号",
            "业务单号",
            "业务号",
            "申请编号",
            "申请单号",
            "申请号",
            "事件编号",
            "事件单号",
            "举报编号",
            "举报单号",
            "咨询编号",
            "来电编号",
            "跟踪号",
            "跟踪编号",
            "参考编号",
            "参考号",
            "编号",
            "单号",
            "編號",
            "編号",
            "ticket number",
            "ticket no",
            "ticket id",
            "ticket",
            "case number",
            "case no",
            "case id",
            "case",
            "reference number",
            "reference no",
            "reference",
            "ref no",
            "ref",
            "request number",
            "request no",
            "request id",
            "request",
            "tracking number",
            "incident",
            "service request",
            "sr",
        ],
    ),
];

/// What makes a number somebody else's: it stands right before the label.
const NOT_THEIRS: [&str; 29] = [
    "交易",
    "订",
    "流水",
    "快递",
    "运",
    "商户",
    "转账",
    "支付",
    "付款",
    "收款",
    "保",
    "身份证",
    "证件",
    "银行卡",
    "账户",
    "邮政",
    "本方",
    "贵方",
    "你方",
    "物流",
    "发票",
    "合同",
    "产品",
    "条款",
    "附件",
    "设备",
    "门店",
    "order ",
    "policy ",
];

/// Reads the numbers in the subject and the sentences.
pub(super) fn read(subject: &Sentence, sentences: &[Sentence], ours: &Ours) -> Vec<Suggestion> {
    let mut found = Vec::new();
    let in_brackets = hash_number(&subject.text);
    if let Some(number) = in_brackets.filter(|number| !is_ours(number, ours)) {
        found.push(Suggestion::new(Finding::Number { of: NumberOf::Ticket, number }, subject));
    }
    for sentence in std::iter::once(subject).chain(sentences) {
        if found.len() >= LIMIT_SUGGESTIONS {
            break;
        }
        let numbers = labelled(sentence).into_iter().chain(documents(sentence));
        for (of, number) in numbers.filter(|(_, number)| !is_ours(number, ours)) {
            let says = Finding::Number { of, number };
            let is_known = found.iter().any(|known: &Suggestion| same_number(&known.says, &says));
            if !is_known {
                found.push(Suggestion::new(says, sentence));
            }
        }
    }
    found
}

fn same_number(left: &Finding, right: &Finding) -> bool {
    matches!((left, right), (Finding::Number { number: left, .. }, Finding::Number { number: right, .. }) if left == right)
}

fn is_ours(number: &str, ours: &Ours) -> bool {
    ours.cases.iter().any(|case| case.id.eq_ignore_ascii_case(number))
}

/// The number of `[#12345]`, as ticket systems put it into a subject.
fn hash_number(subject: &str) -> Option<String> {
    let is_word = |c: char| c.is_alphabetic() || " :：".contains(c);
    subject.split(['[', '(', '【']).skip(1).find_map(|inside| {
        let number = inside.trim_start_matches(is_word).strip_prefix('#')?;
        token(number.trim_start()).map(|(number, _)| number)
    })
}

fn labelled(sentence: &Sentence) -> Vec<(NumberOf, String)> {
    let mut found: Vec<(usize, NumberOf, String)> = Vec::new();
    for (of, labels) in LABELS {
        for label in labels {
            for (start, _) in sentence.lower.match_indices(label) {
                let before = &sentence.lower[..start];
                let is_foreign = NOT_THEIRS.iter().any(|word| before.ends_with(word))
                    || (label.is_ascii() && before.ends_with(|c: char| c.is_ascii_alphanumeric()));
                // Lower-casing keeps the length of everything a number can stand behind here.
                let rest = sentence.text.get(start + label.len()..).unwrap_or_default();
                if let Some((number, at)) = value(rest).filter(|_| !is_foreign) {
                    let at = start + label.len() + at;
                    let is_inside = |(known, _, number): &(usize, NumberOf, String)| {
                        (*known..*known + number.len()).contains(&at)
                    };
                    if !found.iter().any(is_inside) {
                        found.push((at, of, number));
                    }
                }
            }
        }
    }
    found.sort_by_key(|(at, ..)| *at);
    found.into_iter().map(|(_, of, number)| (of, number)).collect()
}

/// Reads the number behind a label, over the marks that may stand between.
fn value(rest: &str) -> Option<(String, usize)> {
    let skipped = rest.trim_start_matches(|c: char| {
        c.is_whitespace() || ":：#.=【[(（「『<《“\"'为是号码|".contains(c)
    });
    let filler = ["编号", "is ", "no. ", "no "].iter().find_map(|word| skipped.strip_prefix(word));
    let skipped = filler.unwrap_or(skipped);
    let skipped = skipped.trim_start_matches(|c: char| c.is_whitespace() || ":：为是".contains(c));
    let gap = rest.len() - skipped.len();
    if gap > 16 {
        return None;
    }
    token(skipped).map(|(number, _)| (number, gap))
}

/// Reads a number at the start of a text: letters, digits and hyphens with at least four digits.
fn token(text: &str) -> Option<(String, usize)> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-_/".contains(c);
    let end = text.find(|c: char| !is_part(c)).unwrap_or(text.len());
    let number = text[..end].trim_end_matches(['-', '_', '/']);
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    let is_date = is_a_date(number) || text[end..].starts_with(['年', '月']);
    let is_money =
        text[end..].trim_start().starts_with(['元', '.', '万']) && number.len() == digits;
    let begins = number.starts_with(|c: char| c.is_ascii_alphanumeric());
    let fits = begins && (4..=40).contains(&number.len()) && digits >= 4 && !is_date && !is_money;
    fits.then(|| (number.to_owned(), end))
}

/// `2026-09-18` and `2026/9/18` are dates.
fn is_a_date(number: &str) -> bool {
    let fields: Vec<&str> = number.split(['-', '/']).collect();
    let digits = |field: &&str| field.bytes().all(|byte| byte.is_ascii_digit());
    fields.len() == 3
        && fields.iter().all(digits)
        && fields[0].len() == 4
        && fields[1].len() <= 2
        && fields[2].len() <= 2
}

/// Numbers of official papers, such as 京公（朝）受案字〔2026〕12345号.
fn documents(sentence: &Sentence) -> Vec<(NumberOf, String)> {
    let text = &sentence.text;
    let mut found = Vec::new();
    for (open, c) in text.char_indices().filter(|(_, c)| "〔[［【(（".contains(*c)) {
        let year: String = text[open + c.len_utf8()..].chars().take(4).collect();
        let after = text.get(open + c.len_utf8() + year.len()..).unwrap_or_default();
        let is_year = year.starts_with("20") && year.bytes().all(|byte| byte.is_ascii_digit());
        let Some(close) = after.chars().next().filter(|c| "〕]］】)）".contains(*c) && is_year)
        else {
            continue;
        };
        let behind = &after[close.len_utf8()..];
        let Some(end) = behind.find('号').filter(|end| *end > 0 && *end <= 60) else { continue };
        let serial = &behind[..end];
        if !serial.ends_with(|c: char| c.is_ascii_digit()) || serial.contains(['，', ' ', '。']) {
            continue;
        }
        let is_name = |c: &char| ('\u{4e00}'..='\u{9fff}').contains(c) || "（）()".contains(*c);
        let before: Vec<char> = text[..open].chars().rev().take(20).take_while(is_name).collect();
        let before: String = before.into_iter().rev().collect();
        let start = before.rfind(['为', '是', '号']).map_or(0, |at| at + "为".len());
        found.push((NumberOf::Document, format!("{}{c}{year}{close}{serial}号", &before[start..])));
    }
    found
}
