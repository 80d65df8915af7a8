//! What single values may look like, and the sentences said when they do not.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;
use toml::de::DeValue;

use crate::domain::case::CaseId;
use crate::domain::document::{LIMIT_CHARACTERS, LIMIT_ITEMS};
use crate::domain::hours::Hours;
use crate::domain::id_number::{self, IdNumberError};
use crate::domain::lang::{Lang, Text};
use crate::domain::money::{Money, MoneyError};
use crate::domain::span::{Span, SpanError};
use crate::domain::time;

/// A value that cannot be used: what is wrong, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong.
    pub message: Text,
    /// What to do.
    pub hint: Text,
}

impl Fault {
    fn new(message: Text, hint: Text) -> Self {
        Self { message, hint }
    }

    pub(crate) fn unknown_key(path: &str, near: Option<&str>) -> Self {
        let path = shown_path(path);
        let message = crate::text!("不认识的名称 `{path}`", "unknown key `{path}`");
        let hint = match near {
            Some(near) => crate::text!("是不是想写 `{near}`？", "did you mean `{near}`?"),
            None => Text::new(
                "删掉这一行，或用 `schema` 命令查看可以写哪些名称",
                "delete the line, or see `schema` for the keys there are",
            ),
        };
        Self::new(message, hint)
    }

    pub(crate) fn missing(path: &str, meaning: &str) -> Self {
        let path = shown_path(path);
        Self::new(
            crate::text!("缺少必填项 `{path}`", "`{path}` is missing"),
            if meaning.is_empty() {
                crate::text!("加上一行 {path} = …", "add a line {path} = …")
            } else {
                crate::text!(
                    "加上一行 {path} = …（{meaning}）",
                    "add a line {path} = … ({meaning})"
                )
            },
        )
    }

    pub(crate) fn wrong_type(path: &str, expected: &str, found: &DeValue<'_>) -> Self {
        let path = shown_path(path);
        let expected = type_name(expected);
        let found = type_name(match found {
            DeValue::String(_) => "string",
            DeValue::Integer(_) | DeValue::Float(_) => "number",
            DeValue::Boolean(_) => "boolean",
            DeValue::Datetime(_) => "date-time",
            DeValue::Array(_) => "array",
            DeValue::Table(_) => "object",
        });
        let (expected_zh, expected_en) = (expected.get(Lang::Zh), expected.get(Lang::En));
        let (found_zh, found_en) = (found.get(Lang::Zh), found.get(Lang::En));
        Self::new(
            crate::text!(
                "`{path}` 应该是{expected_zh}，这里写的是{found_zh}",
                "`{path}` should be {expected_en}, this is {found_en}"
            ),
            type_hint(expected_en),
        )
    }

    pub(crate) fn too_many(path: &str, count: usize) -> Self {
        let path = shown_path(path);
        Self::new(
            crate::text!(
                "`{path}` 有 {count} 项，最多 {LIMIT_ITEMS} 项",
                "`{path}` has {count} items, the limit is {LIMIT_ITEMS}"
            ),
            Text::new("分成几个案件", "split it into several cases"),
        )
    }

    pub(crate) fn not_a_choice(
        path: &str,
        text: &str,
        choices: &[String],
        near: Option<&str>,
    ) -> Self {
        let path = shown_path(path);
        let all = choices.join(", ");
        let hint = match near {
            Some(near) => crate::text!("是不是想写 \"{near}\"？", "did you mean \"{near}\"?"),
            None => crate::text!("可以写：{all}", "choose one of: {all}"),
        };
        Self::new(crate::text!("`{path}` 不能写 \"{text}\"", "`{path}` cannot be \"{text}\""), hint)
    }
}

fn type_name(name: &str) -> Text {
    match name {
        "string" => Text::new("文字", "text"),
        "number" | "integer" => Text::new("数字", "a number"),
        "boolean" => Text::new("true 或 false", "true or false"),
        "date-time" => Text::new("时间", "a time"),
        "array" => Text::new("列表", "a list"),
        _ => Text::new("一个段落（表）", "a table"),
    }
}

fn type_hint(expected: &str) -> Text {
    match expected {
        "text" => Text::new("给内容加上英文双引号 \"", "put the value in straight quotes"),
        "true or false" => {
            Text::new("写 true（是）或 false（否），不加引号", "write true or false without quotes")
        }
        "a list" => Text::new("写成 [\"甲\", \"乙\"] 的形式", "write it as [\"a\", \"b\"]"),
        "a number" => Text::new("只写数字，不加引号", "write digits only, without quotes"),
        _ => Text::new("对照示例文件的写法", "compare it with the example file"),
    }
}

/// The formats this reader knows; others, such as those of number types, say nothing to it.
pub const KNOWN: [&str; 17] = [
    "case-id",
    "condition",
    "date-time",
    "day",
    "email",
    "evidence",
    "hours",
    "id-number",
    "money",
    "name",
    "number-text",
    "phone",
    "prose",
    "rung",
    "span",
    "text-or-list",
    "zone",
];

/// Returns a path as a person counts: `losses[0].amount` is `losses #1 amount`.
pub fn shown_path(path: &str) -> String {
    let mut shown = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('[') {
        let Some((index, tail)) = after.split_once(']') else { break };
        let Ok(index) = index.parse::<usize>() else { break };
        shown.push_str(&format!("{before} #{}", index + 1));
        rest = tail;
        if let Some(name) = rest.strip_prefix('.') {
            shown.push(' ');
            rest = name;
        }
    }
    shown.push_str(rest);
    shown
}

/// Reads a value of a named format into its normal form.
pub fn read(format: &str, value: &DeValue<'_>, path: &str) -> Result<Value, Fault> {
    let shown = shown_path(path);
    let path = shown.as_str();
    match format {
        "date-time" => instant(value, path),
        "day" => day(value, path),
        "money" => money(value, path),
        "span" => span(value, path),
        "text-or-list" => text_or_list(value, path),
        "rung" => match value {
            DeValue::String(step) => Ok(serde_json::json!({ "step": step.trim() })),
            other => Err(Fault::wrong_type(path, "string", other)),
        },
        _ => {
            let Some(found) = value.as_str() else {
                return Err(Fault::wrong_type(path, "string", value));
            };
            let value = text(found)?;
            let trimmed = found.trim();
            match format {
                "email" => email(trimmed)?,
                "phone" => phone(trimmed)?,
                "id-number" => id_no(trimmed)?,
                "zone" => zone(trimmed)?,
                "case-id" => case_id(trimmed)?,
                "name" => name(trimmed)?,
                "number-text" => number_text(trimmed)?,
                "hours" => hours(trimmed)?,
                _ => return Ok(value),
            }
            Ok(Value::from(trimmed))
        }
    }
}

/// Checks free text: no control or direction-changing characters, not endless.
pub fn text(found: &str) -> Result<Value, Fault> {
    if let Some(bad) = found.chars().find(|c| is_hidden(*c)) {
        let code = format!("U+{:04X}", u32::from(bad));
        return Err(Fault::new(
            crate::text!(
                "文字里有看不见的控制字符 {code}",
                "the text has the invisible character {code}"
            ),
            Text::new("删掉这个字符，重新输入这段文字", "delete it and type the text again"),
        ));
    }
    let count = found.chars().count();
    if count > LIMIT_CHARACTERS {
        return Err(Fault::new(
            crate::text!(
                "文字有 {count} 字，最多 {LIMIT_CHARACTERS} 字",
                "the text has {count} characters, the limit is {LIMIT_CHARACTERS}"
            ),
            Text::new(
                "写得短一些，长的内容作为证据文件附上",
                "shorten it, and add the long form as evidence",
            ),
        ));
    }
    Ok(Value::from(found))
}

/// Control characters, and those that make a reader see another order than is stored.
fn is_hidden(c: char) -> bool {
    let direction =
        matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}');
    direction || c == '\u{FEFF}' || (c.is_control() && !matches!(c, '\n' | '\t' | '\r'))
}

/// Words a Chinese reader may write for a closed choice.
pub fn choice_alias(text: &str) -> &str {
    match text.trim() {
        "非本人操作" | "不是我操作的" | "被盗" => "not_by_me",
        "受骗操作" | "我操作的，但受了骗" | "被骗" => "by_me_deceived",
        "不清楚" | "还不清楚" | "未知" => "unknown",
        "本人" => "owner",
        "律师" => "lawyer",
        "平台" | "支付平台" => "platform",
        "银行" => "bank",
        "保险公司" | "保险" => "insurer",
        "警方" | "公安机关" => "police",
        "检察院" => "procuratorate",
        "法院" => "court",
        "监管部门" | "监管" => "regulator",
        "商户" => "merchant",
        "运营商" | "电信运营商" => "operator",
        "其他" => "other",
        "先问" => "ask",
        "自动" => "auto",
        other => other,
    }
}

fn instant(value: &DeValue<'_>, path: &str) -> Result<Value, Fault> {
    let written = match value {
        DeValue::Datetime(datetime) => datetime.to_string(),
        DeValue::String(text) => text.trim().to_owned(),
        other => return Err(Fault::wrong_type(path, "date-time", other)),
    };
    if let Ok(instant) = written.replacen(' ', "T", 1).parse::<Timestamp>() {
        return Ok(Value::from(instant.to_string()));
    }
    let zoned = format!("{}+08:00", written.replacen(' ', "T", 1));
    if zoned.parse::<Timestamp>().is_ok() {
        return Err(Fault::new(
            crate::text!("`{path}` 的时间没有写时区", "the time of `{path}` has no zone"),
            crate::text!("中国时间写成 {zoned}", "for Chinese time write {zoned}"),
        ));
    }
    if written.len() == 10 && format!("{written}T00:00:00Z").parse::<Timestamp>().is_ok() {
        return Err(Fault::new(
            crate::text!("`{path}` 只有日期，没有时刻", "`{path}` is a day without a time"),
            crate::text!("写成 {written}T15:20:00+08:00", "write {written}T15:20:00+08:00"),
        ));
    }
    Err(Fault::new(
        crate::text!("`{path}` 不是一个存在的时间", "`{path}` is not a time that exists"),
        Text::new(
            "写成 2026-09-18T15:20:00+08:00 的形式",
            "write it like 2026-09-18T15:20:00+08:00",
        ),
    ))
}

fn day(value: &DeValue<'_>, path: &str) -> Result<Value, Fault> {
    let written = match value {
        DeValue::Datetime(datetime) => datetime.to_string(),
        DeValue::String(text) => text.trim().to_owned(),
        other => return Err(Fault::wrong_type(path, "date-time", other)),
    };
    match written.parse::<Date>() {
        Ok(day) if written.len() == 10 => Ok(Value::from(day.to_string())),
        _ => Err(Fault::new(
            crate::text!("`{path}` 不是一个日期", "`{path}` is not a day"),
            Text::new("写成 2026-09-20 的形式", "write it like 2026-09-20"),
        )),
    }
}

fn money(value: &DeValue<'_>, path: &str) -> Result<Value, Fault> {
    let written = match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(number) if number.radix() == 10 => number.as_str().replace('_', ""),
        DeValue::Float(number) => number.as_str().replace('_', ""),
        other => return Err(Fault::wrong_type(path, "number", other)),
    };
    let shape =
        Text::new("写成 \"4980.00\" 的形式，单位是元", "write it like \"4980.00\", in yuan");
    let fault = match Money::parse(&written) {
        Ok(amount) if amount.fen() < 0 => Fault::new(
            crate::text!("`{path}` 是负数", "`{path}` is negative"),
            Text::new(
                "金额写正数；退回的钱写在 refunded",
                "write it positive; refunds go to `refunded`",
            ),
        ),
        Ok(amount) => return Ok(Value::from(amount.fen())),
        Err(MoneyError::TooFine) => {
            Fault::new(crate::text!("`{path}` 比一分钱还细", "`{path}` is finer than a fen"), shape)
        }
        Err(MoneyError::TooLarge) => Fault::new(
            crate::text!("`{path}` 超过一千亿元", "`{path}` is above a hundred billion yuan"),
            Text::new("检查是不是多打了数字", "check for extra digits"),
        ),
        Err(MoneyError::NotANumber) => {
            Fault::new(crate::text!("`{path}` 不是金额", "`{path}` is not an amount"), shape)
        }
    };
    Err(fault)
}

/// Reads a length of time, or says what is wrong with it.
pub fn span_text(written: &str, path: &str) -> Result<Span, Fault> {
    written.parse::<Span>().map_err(|error| {
        let message = match error {
            SpanError::NoUnit => crate::text!(
                "`{path}` 的 \"{written}\" 没有单位",
                "\"{written}\" of `{path}` has no unit"
            ),
            SpanError::UnknownUnit => crate::text!(
                "`{path}` 的 \"{written}\" 单位不认识",
                "\"{written}\" of `{path}` has an unknown unit"
            ),
            SpanError::NoNumber => crate::text!(
                "`{path}` 的 \"{written}\" 不是一段时间",
                "\"{written}\" of `{path}` is not a length of time"
            ),
            SpanError::TooLong => crate::text!(
                "`{path}` 的 \"{written}\" 超过二十年",
                "\"{written}\" of `{path}` is more than twenty years"
            ),
        };
        let hint = Text::new(
            "30m 分钟、48h 小时、7d 自然日、5wd 工作日、5mo 月、3y 年；也可写 48小时、5个工作日",
            "30m minutes, 48h hours, 7d days, 5wd working days, 5mo months, 3y years",
        );
        Fault::new(message, hint)
    })
}

fn span(value: &DeValue<'_>, path: &str) -> Result<Value, Fault> {
    let written = match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(number) => number.as_str().to_owned(),
        other => return Err(Fault::wrong_type(path, "string", other)),
    };
    span_text(&written, path).map(|span| Value::from(span.to_string()))
}

fn text_or_list(value: &DeValue<'_>, path: &str) -> Result<Value, Fault> {
    let one = |value: &DeValue<'_>| match value {
        DeValue::String(found) => text(found),
        other => Err(Fault::wrong_type(path, "string", other)),
    };
    match value {
        DeValue::Array(items) => {
            let items: Result<Vec<Value>, Fault> =
                items.iter().map(|item| one(item.get_ref())).collect();
            Ok(Value::Array(items?))
        }
        single => Ok(Value::Array(vec![one(single)?])),
    }
}

/// Returns true when `text` has the shape of a mail address we would write to.
pub fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let local_ok = !local.is_empty()
        && local.len() <= 64
        && local.bytes().all(|b| b.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&b))
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..");
    let labels: Vec<&str> = domain.split('.').collect();
    let domain_ok = domain.len() <= 253
        && labels.len() >= 2
        && labels.iter().all(|label| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        });
    local_ok && domain_ok
}

fn email(text: &str) -> Result<(), Fault> {
    if is_email(text) {
        return Ok(());
    }
    let hint = if text.contains('＠') {
        Text::new("把全角的＠换成半角的 @", "use the half-width @")
    } else {
        Text::new("地址的样子是 name@example.com", "an address looks like name@example.com")
    };
    Err(Fault::new(
        crate::text!("\"{text}\" 不是电子邮箱地址", "\"{text}\" is not a mail address"),
        hint,
    ))
}

fn phone(text: &str) -> Result<(), Fault> {
    let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')')).collect();
    let number = digits.strip_prefix('+').unwrap_or(&digits);
    let plausible = (5..=15).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    let mobile = digits.len() == 11 && digits.starts_with('1');
    let misdialled = digits.starts_with('1') && (12..=13).contains(&digits.len());
    if plausible && (mobile || !misdialled) {
        return Ok(());
    }
    Err(Fault::new(
        Text::new("电话号码的位数或字符不对", "the telephone number has wrong digits"),
        Text::new(
            "手机号是 11 位数字；国外号码以 + 开头",
            "a mobile number has 11 digits; foreign numbers begin with +",
        ),
    ))
}

fn id_no(text: &str) -> Result<(), Fault> {
    if let Some(name) = text.strip_prefix("secret:") {
        return secret_name(name);
    }
    let message = match id_number::check(text) {
        Ok(_) => return Ok(()),
        // The number itself is personal data and is never repeated in a message.
        Err(IdNumberError::Shape) => Text::new(
            "身份证号应为 17 位数字加 1 位校验码",
            "an identity number is 17 digits and a check character",
        ),
        Err(IdNumberError::BirthDate) => Text::new(
            "身份证号里的出生日期不存在",
            "the birth date inside the identity number does not exist",
        ),
        Err(IdNumberError::Checksum { .. }) => Text::new(
            "身份证号的校验码不对，至少有一位写错了",
            "the check character of the identity number does not fit: at least one digit is wrong",
        ),
    };
    Err(Fault::new(message, Text::new("对照身份证重新输入", "type it again from the card")))
}

fn secret_name(name: &str) -> Result<(), Fault> {
    let fits = !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'));
    if fits {
        return Ok(());
    }
    Err(Fault::new(
        Text::new(
            "密钥名称只能有字母、数字、点、横线",
            "a secret's name has letters, digits, dots and hyphens",
        ),
        Text::new("例如 \"secret:victim.id_no\"", "for example \"secret:victim.id_no\""),
    ))
}

fn zone(text: &str) -> Result<(), Fault> {
    if time::zone(text).is_some() {
        return Ok(());
    }
    Err(Fault::new(
        crate::text!("不认识的时区 \"{text}\"", "unknown time zone \"{text}\""),
        Text::new("中国写 \"Asia/Shanghai\"", "for China write \"Asia/Shanghai\""),
    ))
}

fn case_id(text: &str) -> Result<(), Fault> {
    if CaseId::parse(text).is_some() {
        return Ok(());
    }
    Err(Fault::new(
        crate::text!("编号 \"{text}\" 不能用作文件夹名", "the id \"{text}\" cannot name a folder"),
        Text::new(
            "只用字母、数字和连字符，最多 64 个，例如 \"W-2026-0001\"",
            "use letters, digits and hyphens, at most 64, as in \"W-2026-0001\"",
        ),
    ))
}

fn name(text: &str) -> Result<(), Fault> {
    let count = text.chars().count();
    if (1..=100).contains(&count) && !text.contains(['\n', '\r', '\t']) {
        return Ok(());
    }
    Err(Fault::new(
        Text::new("名称应为一行，1 到 100 字", "a name is one line of 1 to 100 characters"),
        Text::new("写在一行里", "write it on one line"),
    ))
}

/// Transaction and policy numbers are text: as numbers a spreadsheet has often destroyed them.
fn hours(text: &str) -> Result<(), Fault> {
    text.parse::<Hours>().map(drop).map_err(|shown| {
        Fault::new(
            crate::text!("办理时间 {shown} 写得不对", "the hours {shown} have the wrong form"),
            Text::new(
                "写成 \"24h\"、\"09:00-18:00\" 或 \"09:00-17:00 workdays\"",
                "write \"24h\", \"09:00-18:00\" or \"09:00-17:00 workdays\"",
            ),
        )
    })
}

fn number_text(text: &str) -> Result<(), Fault> {
    let destroyed = text.contains(['E', 'e'])
        && text.contains('+')
        && text.bytes().all(|b| b.is_ascii_digit() || b".Ee+".contains(&b));
    if !destroyed {
        return Ok(());
    }
    Err(Fault::new(
        crate::text!(
            "单号 \"{text}\" 被表格软件改坏了",
            "a spreadsheet has destroyed the number \"{text}\""
        ),
        Text::new(
            "从账单原件重新复制完整的单号",
            "copy the whole number again from the original bill",
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_addresses() {
        for good in ["a@b.cn", "claims+w1@insurer.example", "x.y@mail.example"] {
            assert!(is_email(good), "{good}");
        }
        for bad in
            ["a@b", "disputes.bank.example", "a b@c.cn", "a@@c.cn", "张@c.cn", ".a@c.cn", "a@-c.cn"]
        {
            assert!(!is_email(bad), "{bad}");
        }
    }

    #[test]
    fn phone_numbers() {
        for good in ["13800000000", "+86 138 0000 0000", "95017", "0571-88880000"] {
            assert!(phone(good).is_ok(), "{good}");
        }
        for bad in ["1380000000012", "12", "138****0000"] {
            assert!(phone(bad).is_err(), "{bad}");
        }
    }
}
