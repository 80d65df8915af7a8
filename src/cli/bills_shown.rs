//! What `bills` says on the terminal, from the object of `bills --json`: what was read of each
//! file and what was not, what makes it doubtful, and what looks wrong.

use std::fmt::Write as _;

use serde_json::Value;

use crate::cli::bills::Unread;
use crate::cli::context::Context;
use crate::domain::money::Money;

/// The most skipped rows of a file that are shown.
const SHOWN_SKIPS: usize = 5;

/// Returns the whole text.
pub(crate) fn shown(object: &Value, unread: &[Unread], context: &Context) -> String {
    let mut out = String::new();
    for found in list(&object["files"]) {
        file(&mut out, found, context);
    }
    for found in list(&object["tokens"]) {
        let (count, path) = (&found["transfers"], text(&found["path"]));
        let said = crate::text!(
            "{path}　{count} 笔数字资产转账，没有人民币金额，不计入合计",
            "{path}　{count} transfers of tokens, which have no amount in yuan and enter no total"
        );
        let _ = writeln!(out, "{}", context.say(&said));
    }
    for gap in list(&object["gaps"]) {
        let (from, until) = (day(&gap["from"]), day(&gap["until"]));
        let said =
            crate::text!("这段时间没有账单：{from} 至 {until}", "no bill covers {from} to {until}");
        let _ = writeln!(out, "⚠ {}", context.say(&said));
    }
    for warning in list(&object["warnings"]) {
        let _ = writeln!(out, "⚠ {}", both(warning, context));
    }
    // Where nothing was read, "nothing suspicious" would be said of nothing.
    if !list(&object["files"]).is_empty() {
        findings(&mut out, object, context);
    }
    out.push_str(&unreadable(unread, context));
    out
}

fn file(out: &mut String, file: &Value, context: &Context) {
    let (rows, skipped) = (&file["rows"], &file["skipped"]);
    let (expense, income) = (yuan(&file["expense_fen"]), yuan(&file["income_fen"]));
    let said = crate::text!(
        "{rows} 笔，跳过 {skipped} 行；支出 {expense}，收入 {income}",
        "{rows} transactions, {skipped} rows skipped; spent {expense}, received {income}"
    );
    let (path, provider) = (text(&file["path"]), text(&file["provider"]));
    let _ =
        writeln!(out, "{path}　{provider} {}　{}", text(&file["generation"]), context.say(&said));
    for (name, zh, en) in [
        ("repeated", "笔与别的行是同一笔，只算一次", "are the same as other rows and count once"),
        (
            "mirrored",
            "笔是钱包付款在银行的记录，只算一次",
            "mirror a wallet's payments and count once",
        ),
    ] {
        let count = file[name].as_u64().unwrap_or_default();
        if count > 0 {
            let said = crate::text!("{count} {zh}", "{count} {en}");
            let _ = writeln!(out, "  · {}", context.say(&said));
        }
    }
    for warning in list(&file["warnings"]) {
        let _ = writeln!(out, "  ⚠ {}", both(warning, context));
    }
    let skips = list(&file["skips"]);
    for skip in skips.iter().take(SHOWN_SKIPS) {
        let (line, why) = (&skip["line"], both(&skip["reason"], context));
        let said = crate::text!("第 {line} 行没有读入：{why}", "line {line} was left out: {why}");
        let _ = writeln!(out, "  · {}", context.say(&said));
    }
    let more = skipped.as_u64().unwrap_or_default().saturating_sub(SHOWN_SKIPS as u64);
    if more > 0 {
        let said = crate::text!("还有 {more} 行没有读入，见 --json", "{more} more, see --json");
        let _ = writeln!(out, "  · {}", context.say(&said));
    }
}

fn findings(out: &mut String, object: &Value, context: &Context) {
    let findings = list(&object["findings"]);
    let suspected = yuan(&object["suspected_loss_fen"]);
    let count = findings.len();
    let said = crate::text!(
        "\n可疑 {count} 笔，合计 {suspected}；逐笔核对，只有本人确认的才算损失\n",
        "\n{count} suspicious transactions, {suspected}; only what you confirm is a loss\n"
    );
    out.push_str(context.say(&said));
    for finding in findings {
        let _ = writeln!(
            out,
            "  {}　{}　{}　{}",
            text(&finding["at"]),
            yuan(&finding["amount_fen"]),
            text(&finding["payee"]),
            text(&finding["method"])
        );
        for reason in list(&finding["reasons"]) {
            let _ = writeln!(out, "      {}", both(reason, context));
        }
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn both<'a>(value: &'a Value, context: &Context) -> &'a str {
    text(&value[context.word("zh", "en")])
}

fn yuan(value: &Value) -> String {
    Money::from_fen(value.as_i64().unwrap_or_default()).to_string()
}

fn day(value: &Value) -> &str {
    text(value).get(..10).unwrap_or_default()
}

fn unreadable(unread: &[Unread], context: &Context) -> String {
    let mut out = String::new();
    for unread in unread {
        let _ = writeln!(
            out,
            "\n{}{}：{}\n  {}",
            context.word("没读出来 ", "not read: "),
            unread.path,
            context.say(&unread.message),
            context.say(&unread.hint)
        );
    }
    out
}
