//! What the columns of an export mean. A layout is recognised by the names it needs, wherever
//! the table starts and in whatever order its columns stand.

use crate::bills::banks::BANKS;
use crate::bills::cell::tidy;
use crate::bills::line::Provider;
use crate::bills::moment::DateOrder;
use crate::bills::wallets::WALLETS;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Date and time.
    Time,
    /// Date and time, used where `Time` is blank.
    TimeInstead,
    /// Time of day beside a date.
    Clock,
    /// 交易类型 or 交易分类.
    Kind,
    /// Counterparty.
    Payee,
    /// Counterparty, used where `Payee` is blank.
    PayeeInstead,
    /// What was bought.
    Goods,
    /// 收/支, or 借贷.
    Flow,
    /// The amount.
    Amount,
    /// The amount in a column for spending only.
    Out,
    /// The amount in a column for income only.
    In,
    /// What it was paid with.
    Method,
    /// The state.
    Status,
    /// Transaction number.
    Id,
    /// The merchant's number.
    MerchantId,
    /// Remark.
    Note,
    /// What came back.
    Refunded,
    /// 资金状态 of Alipay's web export.
    Funds,
    /// Currency.
    Currency,
    /// The country, or an amount with the country in brackets behind it, `3.90(CN)`.
    Country,
    /// The place, branch or terminal.
    Site,
    /// By what means the bank took the order: telephone, web, terminal, counter.
    Via,
}

/// How many roles there are.
pub const ROLES: usize = 22;

/// How the sign of a row is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// A column says 收入 or 支出 (or 借 or 贷, or DEBIT or CREDIT).
    Column,
    /// Negative is spent.
    MinusIsOut,
    /// Negative is received, as on credit card statements.
    MinusIsIn,
    /// Two columns.
    TwoColumns,
    /// Words of the summary: 消费 is spent, 还款 and 退货 are received.
    Words,
}

/// One known kind of table.
#[derive(Debug)]
pub struct Layout {
    /// Who writes it.
    pub provider: Provider,
    /// The generation, a stable word for JSON.
    pub generation: &'static str,
    /// The column names that must all be there, as [`canonical`] gives them.
    pub needs: &'static [&'static str],
    /// What each column means; of two names with one role the first that is present counts.
    pub roles: &'static [(Role, &'static str)],
    /// How the sign is found.
    pub sign: Sign,
    /// How dates are ordered.
    pub order: DateOrder,
}

/// A layout bound to the columns of one table.
#[derive(Clone, Debug)]
pub struct Bound {
    /// Who writes it.
    pub provider: Provider,
    /// The generation.
    pub generation: String,
    /// How the sign is found.
    pub sign: Sign,
    /// How dates are ordered.
    pub order: DateOrder,
    columns: [Option<u16>; ROLES],
    /// How many columns the table has, trailing blanks not counted.
    pub width: usize,
}

impl Bound {
    /// Binds roles to column numbers.
    pub fn new(
        provider: Provider,
        generation: String,
        sign: Sign,
        order: DateOrder,
        columns: impl IntoIterator<Item = (Role, usize)>,
        width: usize,
    ) -> Self {
        let mut bound = [None; ROLES];
        for (role, column) in columns {
            let slot = &mut bound[role as usize];
            if slot.is_none() {
                *slot = u16::try_from(column).ok();
            }
        }
        Self { provider, generation, sign, order, columns: bound, width }
    }

    /// Returns the column of a role.
    pub fn column(&self, role: Role) -> Option<usize> {
        self.columns[role as usize].map(usize::from)
    }

    /// Returns the tidied cell of a role, empty when the table has no such column.
    pub fn cell<'a>(&self, role: Role, row: &'a csv::StringRecord) -> &'a str {
        self.column(role).and_then(|column| row.get(column)).map(tidy).unwrap_or_default()
    }
}

/// Brings a column name to one spelling: no blanks, half-width brackets.
pub fn canonical(name: &str) -> String {
    name.chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '\u{feff}' | '"' | '\''))
        .map(|c| match c {
            '（' => '(',
            '）' => ')',
            '／' => '/',
            other => other.to_ascii_lowercase(),
        })
        .collect()
}

/// Finds the layout whose needs this row of names satisfies; of several, the one that needs most.
pub fn recognise(row: &csv::StringRecord) -> Option<Bound> {
    let names: Vec<String> = row.iter().map(canonical).collect();
    let place = |wanted: &str| {
        names.iter().position(|name| match wanted.strip_suffix('*') {
            Some(prefix) => name.starts_with(prefix),
            None => name == wanted,
        })
    };
    let layout = WALLETS
        .iter()
        .chain(BANKS)
        .filter(|layout| layout.needs.iter().all(|name| place(name).is_some()))
        .max_by_key(|layout| layout.needs.len())?;
    let columns = layout.roles.iter().filter_map(|(role, name)| Some((*role, place(name)?)));
    let width = names.iter().rposition(|name| !name.is_empty()).map_or(0, |last| last + 1);
    Some(Bound::new(
        layout.provider,
        layout.generation.to_owned(),
        layout.sign,
        layout.order,
        columns,
        width,
    ))
}

/// Returns true for a row that could be the names of a table's columns.
pub fn looks_like_names(row: &csv::StringRecord) -> bool {
    let named = row.iter().filter(|cell| {
        let cell = tidy(cell);
        !cell.is_empty()
            && cell.chars().count() <= 24
            && !cell.starts_with(|c: char| c.is_ascii_digit())
    });
    named.count() >= 4
}

/// Returns true for the columns of Alipay's bookkeeping export, which is not a bill.
pub fn is_bookkeeping(row: &csv::StringRecord) -> bool {
    let names: Vec<String> = row.iter().map(canonical).collect();
    let has = |name: &str| names.iter().any(|found| found == name);
    (has("记录时间") || has("时间")) && has("分类") && has("收支类型")
}
