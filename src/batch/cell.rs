//! One cell → a value of a case. What a value must look like is the case schema's; here stands
//! only what spreadsheets and people do to it.

use jiff::Timestamp;
use serde_json::Value;
use toml::de::DeValue;

use crate::batch::column::{Column, Columns, Kind, ways};
use crate::batch::finding::Rule;
use crate::batch::grid::{Cell, CellKind};
use crate::batch::header::half_width;
use crate::bills::cell::is_destroyed;
use crate::bills::moment::{self, DateOrder, Fineness};
use crate::domain::formats::{self, Fault};
use crate::domain::lang::Text;
use crate::domain::names;

/// A value that cannot be used: which rule it breaks, what is wrong, what to do.
pub type Refusal = (Rule, Fault);

/// Digits beyond this many are lost when a spreadsheet takes them for a number.
const KEPT_DIGITS: usize = 15;

/// So many zeros at the end of a long number are no coincidence.
const TELLING_ZEROS: usize = 4;

/// What people write for yes, and for no.
const YES: [&str; 9] = ["是", "有", "对", "y", "yes", "true", "1", "√", "t"];
const NO: [&str; 9] = ["否", "无", "没有", "n", "no", "false", "0", "×", "f"];
const NOT_KNOWN: [&str; 5] = ["不清楚", "不知道", "未知", "不详", "?"];

/// What people call platforms, where their word is not the one cases use.
const PLATFORMS: [(&str, &str); 8] = [
    ("微信", "wechat"),
    ("微信支付", "wechat"),
    ("财付通", "wechat"),
    ("支付宝", "alipay"),
    ("银行", "bank"),
    ("银行卡", "bank"),
    ("云闪付", "unionpay"),
    ("银联", "unionpay"),
];

/// Reads a cell that is not empty; none when it says that nothing is known.
pub fn read(column: &Column, columns: &Columns, cell: &Cell) -> Result<Option<Value>, Refusal> {
    if cell.kind == CellKind::Broken {
        return Err((Rule::Broken, broken(&cell.text)));
    }
    let title = column.entry.zh;
    match column.kind {
        Kind::Text => formats::text(&cell.text).map(Some).map_err(|fault| (Rule::Form, fault)),
        Kind::Format("date-time") => instant(title, cell).map(Some),
        Kind::Format(format) => formatted(format, title, cell).map(Some),
        Kind::Flag => flag(title, &plain(&cell.text).to_lowercase()),
        Kind::How => how(title, &cell.text),
        Kind::Platform => platform(columns, &cell.text).map(Some),
        Kind::List => Ok(Some(list(&cell.text))),
        Kind::Day => day(title, cell).map(Some),
    }
}

fn broken(shown: &str) -> Fault {
    fault(
        crate::text!("这一格的公式出错了：{shown}", "the formula of this cell came to {shown}"),
        Text::new("把公式换成它应有的值", "write the value itself"),
    )
}

fn fault(message: Text, hint: Text) -> Fault {
    Fault { message, hint }
}

/// Half-width, without blanks inside.
fn plain(text: &str) -> String {
    text.chars().map(half_width).filter(|c| !c.is_whitespace()).collect()
}

fn formatted(format: &'static str, title: &str, cell: &Cell) -> Result<Value, Refusal> {
    let text = match format {
        "name" => cell.text.clone(),
        _ => plain(&cell.text),
    };
    let long = matches!(format, "id-number" | "number-text" | "case-id");
    if long && is_rounded(format, cell, &text) {
        return Err((Rule::Destroyed, destroyed(title)));
    }
    if format == "name" && text.chars().any(|c| half_width(c).is_ascii_digit()) {
        let wrong = fault(
            crate::text!("{title} 里有数字", "there are digits in {title}"),
            Text::new("检查是不是填错了列", "check whether it stands in the wrong column"),
        );
        return Err((Rule::Form, wrong));
    }
    if format == "phone" && is_short_mobile(&text) {
        let wrong = fault(
            crate::text!(
                "{title} 像手机号，但不是 11 位",
                "{title} looks like a mobile number and has not 11 digits"
            ),
            Text::new("对照原件补全", "complete it from its source"),
        );
        return Err((Rule::Form, wrong));
    }
    let rule = match format {
        "id-number" => Rule::IdNumber,
        "money" => Rule::Amount,
        _ => Rule::Form,
    };
    let text = if format == "id-number" { text.to_uppercase() } else { text };
    // A secret's name is not in capitals.
    let text = if text.starts_with("SECRET:") { plain(&cell.text) } else { text };
    formats::read(format, &DeValue::String(text.into()), title).map_err(|fault| (rule, fault))
}

/// A mobile number with a digit too few: no other number in China begins like it and is as long.
fn is_short_mobile(text: &str) -> bool {
    let mut digits = text.bytes().filter(u8::is_ascii_digit);
    let begins = text.starts_with('1') && matches!(digits.nth(1), Some(b'3'..=b'9'));
    begins && (9..=10).contains(&(digits.count() + 2))
}

/// A spreadsheet keeps fifteen digits of a number and writes the rest as zeros.
fn is_rounded(format: &str, cell: &Cell, text: &str) -> bool {
    if cell.kind == CellKind::Rounded || is_destroyed(text) {
        return true;
    }
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let tail = text.get(KEPT_DIGITS..).unwrap_or_default();
    let zeros = !tail.is_empty() && tail.bytes().all(|byte| byte == b'0');
    match format {
        // The identity number has eighteen places, of which three would be lost.
        "id-number" => {
            digits && zeros && text.len() == 18 && crate::domain::id_number::check(text).is_err()
        }
        _ => digits && zeros && tail.len() >= TELLING_ZEROS,
    }
}

fn destroyed(title: &str) -> Fault {
    fault(
        crate::text!(
            "{title} 被表格软件当成数字，第 15 位以后已经丢失",
            "a spreadsheet took {title} for a number: the digits behind the 15th are lost"
        ),
        Text::new(
            "先把这一列设为“文本”格式，再从原件重新输入完整的号码",
            "make the column a text column, then type the whole number again from its source",
        ),
    )
}

fn moment_of(title: &str, cell: &Cell) -> Result<(Timestamp, Fineness), Refusal> {
    let text: String = cell.text.chars().map(half_width).collect();
    if let Ok(instant) = text.replacen(' ', "T", 1).parse::<Timestamp>() {
        return Ok((instant, Fineness::Second));
    }
    moment::time(&text, DateOrder::YearFirst).ok_or_else(|| {
        let wrong = fault(
            crate::text!("{title} 不是一个存在的时间", "{title} is not a time that exists"),
            Text::new(
                "写成 2026-09-18 15:20 的形式，年份在前",
                "write it like 2026-09-18 15:20, the year first",
            ),
        );
        (Rule::Time, wrong)
    })
}

fn instant(title: &str, cell: &Cell) -> Result<Value, Refusal> {
    let (instant, fineness) = moment_of(title, cell)?;
    if fineness == Fineness::Day {
        let wrong = fault(
            crate::text!("{title} 只有日期，没有时刻", "{title} is a day without a time"),
            Text::new(
                "期限按小时计算，请补上时刻，例如 2026-09-18 15:20",
                "limits are counted in hours: add the time, as in 2026-09-18 15:20",
            ),
        );
        return Err((Rule::Time, wrong));
    }
    Ok(Value::from(instant.to_string()))
}

fn day(title: &str, cell: &Cell) -> Result<Value, Refusal> {
    moment_of(title, cell).map(|(instant, _)| Value::from(instant.to_string()))
}

fn flag(title: &str, text: &str) -> Result<Option<Value>, Refusal> {
    if YES.contains(&text) {
        return Ok(Some(Value::Bool(true)));
    }
    if NO.contains(&text) {
        return Ok(Some(Value::Bool(false)));
    }
    if NOT_KNOWN.contains(&text) {
        return Ok(None);
    }
    Err(no_choice(title, text, &["是", "否", "不清楚"]))
}

fn how(title: &str, text: &str) -> Result<Option<Value>, Refusal> {
    let ways = ways();
    let text = text.trim();
    let word = formats::choice_alias(text);
    let found = ways.iter().find(|(how, name)| how.as_str() == word || name == text);
    if let Some((how, _)) = found {
        return Ok(Some(Value::from(how.as_str())));
    }
    let names: Vec<&str> = ways.iter().map(|(_, name)| name.as_str()).collect();
    Err(no_choice(title, text, &names))
}

fn platform(columns: &Columns, text: &str) -> Result<Value, Refusal> {
    let text = plain(text).to_lowercase();
    let word = PLATFORMS.iter().find(|(said, _)| *said == text).map_or(text.as_str(), |(_, id)| id);
    if columns.platforms.is_empty() || columns.platforms.iter().any(|known| known == word) {
        return formats::text(word).map_err(|fault| (Rule::Form, fault));
    }
    let words = platform_words(columns);
    let known: Vec<&str> = words.iter().map(String::as_str).collect();
    Err(no_choice("平台", &text, &known))
}

/// Returns the words of the drop-down for the platform: Chinese where there is one.
pub fn platform_words(columns: &Columns) -> Vec<String> {
    let word = |id: &String| {
        PLATFORMS.iter().find(|(_, known)| known == id).map_or(id.clone(), |(zh, _)| (*zh).into())
    };
    columns.platforms.iter().map(word).collect()
}

fn no_choice(title: &str, text: &str, choices: &[&str]) -> Refusal {
    let listed = choices.join("、");
    let hint = match names::nearest(text, choices.iter().copied()) {
        Some(near) => {
            crate::text!("是不是 {near}？可以写：{listed}", "did you mean {near}? one of: {listed}")
        }
        None => crate::text!("可以写：{listed}", "write one of: {listed}"),
    };
    let message = crate::text!("{title} 不能写成“{text}”", "{title} cannot be \"{text}\"");
    (Rule::Choice, fault(message, hint))
}

fn list(text: &str) -> Value {
    text.split(['、', ';', '；', '\n'])
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(Value::from)
        .collect()
}
