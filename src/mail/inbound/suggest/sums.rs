//! Sums of money.

use crate::domain::money::Money;
use crate::mail::inbound::suggest::sentences::Sentence;
use crate::mail::inbound::suggest::{Finding, Purpose, Suggestion};

/// Words of a payment to the person.
const PAYMENTS: [&str; 18] = [
    "垫付",
    "credit of",
    "退款",
    "退还",
    "退回",
    "返还",
    "赔付",
    "赔款",
    "理赔",
    "赔偿",
    "补偿",
    "到账",
    "支付给您",
    "保险金",
    "refund",
    "reimburse",
    "paid to you",
    "compensat",
];

/// Words of what was lost.
const LOST: [&str; 7] = ["被盗", "损失", "转出", "扣款", "免赔", "stolen", "unauthori"];

/// Words of what is not paid.
const NOT_PAID: [&str; 8] = ["不予", "无法", "不能", "拒", "未", "不支持", "not ", "declin"];

/// Reads the sums that sentences name.
pub(super) fn read(sentences: &[Sentence]) -> Vec<Suggestion> {
    let mut found = Vec::new();
    for sentence in sentences {
        for clause in sentence.clauses() {
            for (start, amount) in amounts(clause) {
                let purpose = purpose(clause, start, &sentence.lower);
                found.push(Suggestion::new(Finding::Sum { amount, purpose }, sentence));
            }
        }
    }
    found
}

/// 退还被盗资金100元 pays; 被盗100元，要求退款 does not. A clause that says neither, such as
/// 即100元, is read with what stands before it.
fn purpose(clause: &str, start: usize, sentence: &str) -> Purpose {
    let has = |text: &str, words: &[&str]| words.iter().any(|word| text.contains(word));
    let before = sentence.split(clause).next().unwrap_or_default();
    let says_nothing = !has(clause, &PAYMENTS) && !has(clause, &LOST) && !has(clause, &NOT_PAID);
    let (text, ahead) = if says_nothing { (before, before) } else { (clause, &clause[..start]) };
    let pays = has(ahead, &PAYMENTS) || (has(text, &PAYMENTS) && !has(text, &LOST));
    let is_asked = has(text, &["要求", "申请", "诉求", "主张", "免赔"]);
    let to_them = has(text, &PAYMENTS) && has(text, &["至您", "给您", "到您", "回您", "入您"]);
    if (pays || to_them) && !is_asked && !has(text, &NOT_PAID) {
        Purpose::Payment
    } else {
        Purpose::Other
    }
}

/// Reads numbers that stand with a sign or name of the currency, and where they stand.
fn amounts(clause: &str) -> Vec<(usize, Money)> {
    let bytes = clause.as_bytes();
    let mut found = Vec::new();
    let mut index = 0;
    while index < bytes.len() {
        if !bytes[index].is_ascii_digit() {
            index += 1;
            continue;
        }
        let is_part = |byte: &u8| byte.is_ascii_digit() || b",.".contains(byte);
        let end = bytes[index..]
            .iter()
            .position(|byte| !is_part(byte))
            .map_or(bytes.len(), |at| index + at);
        let number = clause[index..end].trim_end_matches(['.', ',']);
        let before = clause[..index].trim_end();
        let after = clause[end..].trim_start();
        let signed = ["￥", "¥", "rmb", "cny", "人民币"].iter().any(|sign| before.ends_with(sign));
        let in_words =
            ["元", "圆", "yuan", "rmb", "cny"].iter().any(|unit| after.starts_with(unit));
        let in_ten_thousands = ["万元", "万人民币"].iter().any(|unit| after.starts_with(unit));
        if in_ten_thousands {
            found.extend(ten_thousands(number).map(|amount| (index, amount)));
        } else if signed || in_words {
            found.extend(Money::parse(number).ok().map(|amount| (index, amount)));
        }
        index = end.max(index + 1);
    }
    found.retain(|(_, amount)| !amount.is_zero());
    found
}

/// `1.25` of 万元.
fn ten_thousands(number: &str) -> Option<Money> {
    let digits = number.replace(',', "");
    let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
    if fraction.len() > 4 {
        return None;
    }
    Money::parse(&format!("{whole}{fraction:0<4}")).ok()
}
