//! What the values of a column look like, whatever its name says.

use std::collections::BTreeSet;

use crate::bills::cell;
use crate::bills::layout::canonical;
use crate::bills::moment::{self, DateOrder, Fineness};
use crate::domain::money::Money;

/// The orders of date that are tried, the most likely first.
const ORDERS: [DateOrder; 3] = [DateOrder::YearFirst, DateOrder::DayFirst, DateOrder::MonthFirst];

/// Words that say which way the money went.
const FLOWS: &[&str] = &[
    "支出",
    "收入",
    "支",
    "收",
    "借",
    "贷",
    "转出",
    "转入",
    "付",
    "出",
    "入",
    "存",
    "取",
    "debit",
    "credit",
    "dr",
    "d",
    "c",
    "expense",
    "income",
    "deposit",
    "withdrawal",
    "消费",
    "退",
    "cr",
    "in",
    "out",
    "不计收支",
    "其他",
    "/",
    "-",
    "+",
];

/// Words that end a state.
const STATES: &[&str] =
    &["成功", "失败", "完成", "已", "关闭", "退款", "处理中", "posted", "pending"];

/// Counts over the cells of one column.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// Number of the column, from 0.
    pub column: usize,
    /// Its name in canonical spelling; empty in a table without names.
    pub name: String,
    /// Cells that hold anything.
    pub filled: usize,
    /// Cells that are a date, perhaps with a time, in each order of [`DateOrder`].
    pub dates: [usize; 3],
    /// Serial numbers of a day, as spreadsheets keep dates.
    pub serials: usize,
    /// Cells that are a time of day alone.
    pub clocks: usize,
    /// Cells that are money.
    pub money: usize,
    /// Money with a minus.
    pub negative: usize,
    /// Money that is not nothing.
    pub nonzero: usize,
    /// Long numbers without blanks.
    pub numbers: usize,
    /// Words of direction.
    pub flows: usize,
    /// Words of a state.
    pub states: usize,
    /// Cells with letters.
    pub worded: usize,
    /// How many different values.
    pub distinct: usize,
}

impl Profile {
    /// Looks at a column of some rows.
    pub fn of(column: usize, name: &str, rows: &[&csv::StringRecord]) -> Self {
        let mut profile = Self { column, name: canonical(name), ..Self::default() };
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let cells = rows.iter().filter_map(|row| row.get(column)).map(cell::tidy);
        for cell in cells.filter(|cell| !cell.is_empty()) {
            profile.filled += 1;
            seen.insert(cell);
            profile.take(cell);
        }
        profile.distinct = seen.len();
        profile
    }

    fn take(&mut self, cell: &str) {
        let lower = cell.to_lowercase();
        let digits = cell.bytes().filter(u8::is_ascii_digit).count();
        let is_date = ORDERS.map(|order| is_date(cell, order));
        for (count, found) in self.dates.iter_mut().zip(is_date) {
            *count += usize::from(found);
        }
        let dated = is_date.contains(&true);
        self.serials += usize::from(is_serial(cell));
        self.clocks += usize::from(!dated && is_clock(cell));
        if let Some(money) = money(cell).filter(|_| !dated) {
            self.money += 1;
            self.negative += usize::from(money < Money::ZERO);
            self.nonzero += usize::from(!money.is_zero());
        }
        let long = cell.len() >= 10 && digits >= 6 && digits * 2 >= cell.len();
        self.numbers += usize::from(long && !dated && !cell.contains([' ', '.', ':']));
        self.flows += usize::from(
            cell.chars().count() <= 6
                && FLOWS
                    .iter()
                    .any(|word| lower == *word || word.len() > 2 && lower.starts_with(word)),
        );
        self.states += usize::from(STATES.iter().any(|word| lower.contains(word)));
        self.worded += usize::from(cell.chars().any(char::is_alphabetic));
    }

    /// Returns how many of `count` stand for each hundred filled cells.
    pub fn percent(&self, count: usize) -> usize {
        count * 100 / self.filled.max(1)
    }

    /// Returns the order of dates that reads most, and how many of the cells it reads.
    pub fn order(&self) -> (DateOrder, usize) {
        let most = self.dates.iter().copied().max().unwrap_or(0);
        let first = self.dates.iter().position(|count| *count == most).unwrap_or(0);
        (ORDERS[first], most)
    }

    /// Returns true when two orders of date read equally much, and neither has the year first.
    pub fn order_is_open(&self) -> bool {
        self.dates[0] < self.dates[1] && self.dates[1] == self.dates[2]
    }
}

fn is_date(cell: &str, order: DateOrder) -> bool {
    let digits = cell.bytes().filter(u8::is_ascii_digit).count();
    let plain = digits == cell.len();
    // A bare number is a date only when it is written out whole; `45000` is more likely money.
    if plain && !matches!(digits, 8 | 14) || digits < 6 && !cell.contains(['-', '/', '月']) {
        return false;
    }
    !is_serial(cell) && moment::time(cell, order).is_some()
}

/// Times in a spreadsheet are days since 1899 with a long fraction, or none.
fn is_serial(cell: &str) -> bool {
    let (whole, fraction) = cell.split_once('.').unwrap_or((cell, ""));
    whole.len() == 5
        && (fraction.is_empty() || fraction.len() >= 3)
        && moment::time(cell, DateOrder::YearFirst).is_some()
}

fn is_clock(cell: &str) -> bool {
    let shape = cell.contains(':') || cell.len() == 6 && cell.bytes().all(|b| b.is_ascii_digit());
    let dated = format!("2000-01-01 {cell}");
    shape
        && moment::time(&dated, DateOrder::YearFirst)
            .is_some_and(|(_, fineness)| fineness != Fineness::Day)
}

/// Reads a cell as money, unless it looks like the number of something.
pub fn money(cell: &str) -> Option<Money> {
    let digits = cell.bytes().filter(u8::is_ascii_digit).count();
    let padded = cell.len() > 1 && cell.starts_with('0') && !cell.starts_with("0.");
    if digits > 11 || padded || cell.chars().filter(|c| c.is_alphabetic()).count() > 3 {
        return None;
    }
    cell::amount(cell)
}
