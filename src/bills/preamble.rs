//! What an export says about itself above or below its table: whose it is, which days it covers,
//! how many rows it has and what they sum to.

use jiff::Timestamp;

use crate::bills::cell;
use crate::bills::moment::{self, DateOrder};
use crate::domain::money::Money;

/// A declared number of rows and their sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// How many.
    pub rows: u64,
    /// Their sum.
    pub sum: Money,
}

/// What an export says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preamble {
    /// The real name, where the export has it.
    pub owner: Option<String>,
    /// The nickname.
    pub nickname: Option<String>,
    /// The account, often masked.
    pub account: Option<String>,
    /// The first instant it covers.
    pub from: Option<Timestamp>,
    /// The last instant it covers.
    pub until: Option<Timestamp>,
    /// When it was made.
    pub exported: Option<Timestamp>,
    /// All rows.
    pub rows: Option<u64>,
    /// Income.
    pub income: Option<Declared>,
    /// Spending.
    pub expense: Option<Declared>,
    /// Moves that are neither.
    pub neutral: Option<Declared>,
    /// Year and month of a card statement, whose rows name no year.
    pub statement: Option<(i64, i64)>,
    /// The wallet company named in the head.
    pub entity: Option<String>,
    /// True once a word of a known export was seen, so that a missing table means a cut-off file.
    pub known: bool,
}

/// What stands before a nickname.
const NICKNAME_LABELS: &[&str] = &["微信昵称", "美团用户名", "昵称"];

/// What stands before the real name.
const OWNER_LABELS: &[&str] =
    &["姓名", "用户", "户名", "客户姓名", "客户名称", "账户名称", "账户名", "持卡人", "持卡人姓名"];

/// What stands before the account.
const ACCOUNT_LABELS: &[&str] = &[
    "支付宝账户",
    "京东账号名",
    "微信号",
    "账号",
    "帐号",
    "卡号",
    "账户",
    "客户账号",
    "账户号码",
    "交易卡号",
];

fn is_label(text: &str) -> bool {
    [NICKNAME_LABELS, OWNER_LABELS, ACCOUNT_LABELS].iter().any(|labels| labels.contains(&text))
}

impl Preamble {
    /// Takes in one row outside the table; returns true when it understood it.
    pub fn take(&mut self, row: &csv::StringRecord) -> bool {
        let cells: Vec<&str> = row.iter().map(cell::tidy).filter(|cell| !cell.is_empty()).collect();
        let mut understood = self.take_beside(&cells);
        for cell in cells {
            understood |= self.take_text(cell);
        }
        understood
    }

    /// Reads `户名：` in one cell and the name in the next, as banks write heads in workbooks.
    fn take_beside(&mut self, cells: &[&str]) -> bool {
        let mut understood = false;
        for pair in cells.windows(2) {
            let [label, value] = pair else { continue };
            let bare = label.trim_end_matches(['：', ':']).trim_end();
            // Without a colon these may be the names of columns.
            let says_label = bare.len() < label.len() || cells.len() == 2;
            if !says_label || is_label(value.trim_end_matches(['：', ':'])) {
                continue;
            }
            let slot = if OWNER_LABELS.contains(&bare) {
                &mut self.owner
            } else if ACCOUNT_LABELS.contains(&bare) {
                &mut self.account
            } else {
                continue;
            };
            slot.get_or_insert((*value).to_owned());
            understood = true;
        }
        understood
    }

    fn take_text(&mut self, text: &str) -> bool {
        // Every label is Chinese; a long table of other rows is passed over quickly.
        if text.is_ascii() {
            return false;
        }
        let known =
            ["微信支付账单", "支付宝", "电子客户回单", "导出信息", "美团交易账单", "京东账号"];
        self.known |= known.iter().any(|word| text.contains(word));
        if text.contains("电子客户回单") {
            self.entity =
                Some(text.trim_matches('-').replace("电子客户回单", "").trim().to_owned());
        }
        if self.statement.is_none() && text.contains("账单") {
            self.statement = year_and_month(text);
        }
        let named = [
            (NICKNAME_LABELS, &mut self.nickname),
            (OWNER_LABELS, &mut self.owner),
            (ACCOUNT_LABELS, &mut self.account),
        ];
        let mut understood = false;
        for (labels, slot) in named {
            if let Some(value) = labels.iter().find_map(|label| after(text, label)) {
                slot.get_or_insert(value.to_owned());
                understood = true;
            }
        }
        understood | self.take_times(text) | self.take_totals(text)
    }

    fn take_times(&mut self, text: &str) -> bool {
        let time = |value: &str| moment::time(value, DateOrder::YearFirst).map(|(at, _)| at);
        let last_second = |value: &str| {
            let (at, fineness) = moment::time(value, DateOrder::YearFirst)?;
            let whole_day = fineness == moment::Fineness::Day;
            Some(if whole_day { at + jiff::SignedDuration::from_secs(86_399) } else { at })
        };
        let mut understood = false;
        for (label, first) in
            [("起始时间", true), ("起始日期", true), ("终止时间", false), ("终止日期", false)]
        {
            let Some(value) = after(text, label) else { continue };
            understood = true;
            if first {
                self.from = self.from.or_else(|| time(value));
            } else {
                self.until = self.until.or_else(|| last_second(value));
            }
        }
        if let Some((first, last)) =
            after(text, "日期区间").and_then(|range| range.split_once('至'))
        {
            self.from = time(first.trim());
            self.until = last_second(last.trim());
            understood = true;
        }
        for label in ["导出时间", "申请时间"] {
            if let Some(value) = after(text, label) {
                self.exported = time(value);
                understood = true;
            }
        }
        understood
    }

    fn take_totals(&mut self, text: &str) -> bool {
        if let Some(rest) = text.strip_prefix('共') {
            let digits: String = rest
                .trim_start_matches(['：', ':'])
                .chars()
                .take_while(char::is_ascii_digit)
                .collect();
            self.rows = digits.parse().ok().or(self.rows);
            return !digits.is_empty();
        }
        let slots = [
            (&["收入", "已收入"][..], &mut self.income),
            (&["支出", "已支出"], &mut self.expense),
            (&["中性交易", "不计收支", "其他"], &mut self.neutral),
        ];
        for (labels, slot) in slots {
            let rest = labels.iter().find_map(|label| text.strip_prefix(label));
            let Some(rest) = rest.and_then(|rest| rest.strip_prefix(['：', ':'])) else {
                continue;
            };
            *slot = declared(rest).or(*slot);
            return true;
        }
        text.starts_with("待收入") || text.starts_with("待支出")
    }
}

/// Reads `1笔 0.35元`, `747笔,17165.25元` and `16笔(含4笔部分退款)，1648.43元`.
fn declared(text: &str) -> Option<Declared> {
    let (rows, _) = text.split_once('笔')?;
    let sum = text.trim_end_matches('元').rsplit(['笔', ',', '，', ')', ' ']).next()?;
    Some(Declared { rows: rows.trim().parse().ok()?, sum: cell::amount(sum)? })
}

/// Returns what follows `label：`, up to the closing bracket or a wide gap.
fn after<'a>(text: &'a str, label: &str) -> Option<&'a str> {
    let (before, rest) = text.split_once(label)?;
    if before.chars().next_back().is_some_and(|c| !c.is_whitespace() && c != ']') {
        return None;
    }
    let rest = rest.trim_start().strip_prefix(['：', ':'])?.trim_start();
    let value = match rest.strip_prefix('[') {
        Some(inside) => inside.split(']').next()?,
        None => rest.split("  ").next()?,
    };
    Some(value.trim()).filter(|value| !value.is_empty())
}

/// Finds `2024年01月` in a title.
fn year_and_month(text: &str) -> Option<(i64, i64)> {
    let (before, rest) = text.split_once('年')?;
    let year = before.get(before.len().checked_sub(4)?..)?.parse().ok()?;
    let month = rest.split_once('月')?.0.parse().ok()?;
    (1..=12).contains(&month).then_some((year, month))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(rows: &[&str]) -> Preamble {
        let mut preamble = Preamble::default();
        for row in rows {
            preamble.take(&csv::StringRecord::from(vec![*row, "", ""]));
        }
        preamble
    }

    #[test]
    fn reads_the_head_of_a_wallet_export() {
        let head = read(&[
            "微信支付账单明细",
            "微信昵称：[小王]",
            "起始时间：[2024-09-01 00:00:00] 终止时间：[2025-01-28 23:59:59]",
            "共632笔记录",
            "支出：589笔 68942.24元",
        ]);
        assert_eq!(head.nickname.as_deref(), Some("小王"));
        assert_eq!(head.rows, Some(632));
        assert_eq!(head.expense, Some(Declared { rows: 589, sum: Money::from_fen(6_894_224) }));
        assert_eq!(head.until.unwrap().to_string(), "2025-01-28T15:59:59Z");
        assert!(head.known);
    }

    #[test]
    fn reads_totals_with_a_remark_between() {
        let head = read(&["支出：16笔(含4笔部分退款)，1648.43元", "已收入:747笔,17165.25元"]);
        assert_eq!(head.expense.unwrap().sum, Money::from_fen(164_843));
        assert_eq!(head.income.unwrap().rows, 747);
    }

    #[test]
    fn finds_the_holder_beside_and_behind_a_label() {
        let mut head = Preamble::default();
        head.take(&csv::StringRecord::from(vec!["户名：", "王*明", "卡号：", "6222****1234"]));
        assert_eq!(head.owner.as_deref(), Some("王*明"));
        assert_eq!(head.account.as_deref(), Some("6222****1234"));
        assert_eq!(read(&["卡号: 1234****9876"]).account.as_deref(), Some("1234****9876"));
        let mut names = Preamble::default();
        names.take(&csv::StringRecord::from(vec!["户名", "账号", "发生日", "发生数"]));
        assert_eq!(names.owner, None);
    }

    #[test]
    fn finds_the_month_of_a_card_statement() {
        assert_eq!(
            read(&["招商银行信用卡对账单（个人消费卡账户 2024年01月）"]).statement,
            Some((2024, 1))
        );
    }
}
