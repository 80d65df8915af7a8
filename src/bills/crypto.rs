//! Exports of block explorers: who sent what token where, with exact decimals. A token is its
//! contract, never its symbol: thieves send worthless tokens with borrowed names, and transfers
//! of nothing, to get their address into the victim's history.

use std::io::Read;

use crate::bills::cell::tidy;
use crate::bills::layout::canonical;
use crate::bills::limits::{COLUMNS, ROWS};
use crate::bills::records::Records;

/// A decimal number as written: `digits` divided by ten to the power of `scale`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    /// All digits, without the point.
    pub digits: i128,
    /// How many of them stand behind the point.
    pub scale: u32,
}

impl Decimal {
    /// Reads `1182.744798` or `1.9E-4` exactly; at most 38 digits.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = text.replace(',', "");
        if let Some((mantissa, exponent)) = plain.split_once(['E', 'e']) {
            let mut number = Self::parse(mantissa)?;
            let exponent: i32 = exponent.parse().ok().filter(|e: &i32| e.abs() <= 38)?;
            let shift = exponent.unsigned_abs();
            if exponent < 0 {
                number.scale = number.scale.checked_add(shift)?;
            } else {
                number.digits = number.digits.checked_mul(10i128.checked_pow(shift)?)?;
            }
            return Some(number);
        }
        let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
        let all = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !all(whole) || !all(fraction) {
            return None;
        }
        let digits = format!("{whole}{fraction}").parse().ok()?;
        Some(Self { digits, scale: u32::try_from(fraction.len()).ok()? })
    }
}

/// One transfer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// Line of the file, from 1.
    pub line: u32,
    /// Transaction hash.
    pub hash: String,
    /// Time in UTC as written.
    pub time: String,
    /// Sender.
    pub from: String,
    /// Recipient.
    pub to: String,
    /// What was moved.
    pub amount: Decimal,
    /// The symbol, which anyone can choose.
    pub symbol: String,
    /// The contract, which nobody can borrow; empty for the chain's own coin.
    pub contract: String,
    /// True when the transaction failed: its fee is gone, the amount is not.
    pub failed: bool,
    /// True for a transfer of nothing, a bait to make one copy a wrong address.
    pub bait: bool,
}

/// A file of transfers.
#[derive(Clone, Debug, Default)]
pub struct CryptoExport {
    /// Its name.
    pub path: String,
    /// `oklink` or `etherscan`.
    pub generation: &'static str,
    /// The transfers.
    pub transfers: Vec<Transfer>,
    /// Rows that could not be read.
    pub skipped: usize,
}

struct Columns {
    generation: &'static str,
    hash: usize,
    time: usize,
    from: usize,
    to: usize,
    amounts: Vec<usize>,
    symbol: Option<usize>,
    contract: Option<usize>,
    failed: Option<usize>,
}

fn columns(row: &csv::StringRecord) -> Option<Columns> {
    let names: Vec<String> = row.iter().map(canonical).collect();
    let at = |wanted: &[&str]| {
        names.iter().position(|name| wanted.iter().any(|word| name.starts_with(word)))
    };
    let amounts =
        |wanted: &[&str]| -> Vec<usize> { wanted.iter().filter_map(|word| at(&[word])).collect() };
    let chinese = at(&["交易哈希"]).is_some();
    let columns = Columns {
        generation: if chinese { "oklink" } else { "etherscan" },
        hash: at(&["交易哈希", "txhash", "transactionhash"])?,
        time: at(&["utc时间", "datetime"])?,
        from: at(&["发送方", "from"])?,
        to: at(&["接收方", "to"])?,
        amounts: amounts(&["数量", "value_out", "value_in", "tokenvalue", "quantity"]),
        symbol: at(&["代币符号", "tokensymbol"]),
        contract: at(&["代币地址", "contractaddress"]),
        failed: at(&["status", "errcode"]),
    };
    (!columns.amounts.is_empty()).then_some(columns)
}

/// Reads a file of transfers; `None` when it is none.
pub fn read<R: Read>(path: &str, input: R) -> Option<CryptoExport> {
    let mut records = Records::new(input, b',', true);
    let mut export = CryptoExport { path: path.to_owned(), ..CryptoExport::default() };
    let mut found: Option<Columns> = None;
    let mut record = csv::StringRecord::new();
    while let Some(line) = records.next(&mut record).ok()? {
        if record.len() > COLUMNS || export.transfers.len() >= ROWS {
            return None;
        }
        match &found {
            None => found = Some(columns(&record)?),
            Some(columns) => match transfer(columns, line, &record) {
                Some(transfer) => export.transfers.push(transfer),
                None => export.skipped += 1,
            },
        }
    }
    export.generation = found?.generation;
    (!export.transfers.is_empty()).then_some(export)
}

fn transfer(columns: &Columns, line: u32, row: &csv::StringRecord) -> Option<Transfer> {
    let cell = |at: usize| row.get(at).map(tidy).unwrap_or_default();
    let read = columns.amounts.iter().filter_map(|at| Decimal::parse(cell(*at)));
    let amount = read.max_by_key(|amount| amount.digits != 0)?;
    let state = columns.failed.map(cell).unwrap_or_default();
    Some(Transfer {
        line,
        hash: cell(columns.hash).to_owned(),
        time: cell(columns.time).to_owned(),
        from: cell(columns.from).to_owned(),
        to: cell(columns.to).to_owned(),
        amount,
        symbol: columns.symbol.map(cell).unwrap_or_default().to_owned(),
        contract: columns.contract.map(cell).unwrap_or_default().to_owned(),
        failed: state.starts_with("Error") || state.starts_with("Fail"),
        bait: amount.digits == 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact() {
        let amount = Decimal::parse("1,182.744798").unwrap();
        assert_eq!((amount.digits, amount.scale), (1_182_744_798, 6));
        assert_eq!(Decimal::parse("1.9E-4"), Some(Decimal { digits: 19, scale: 5 }));
        assert_eq!(Decimal::parse("1e999"), None);
    }

    #[test]
    fn a_transfer_of_nothing_is_a_bait() {
        let file = "交易哈希,UTC时间,发送方,接收方,数量,代币符号,代币地址\n0xa,2025/11/09 05:46:11,0x1,0x2,0,USDT,0xc\n";
        let export = read("t.csv", file.as_bytes()).unwrap();
        assert!(export.transfers[0].bait);
    }
}
