//! A list of transactions for a bank or the police, as CSV that spreadsheets open with Chinese
//! letters intact and with numbers as text.

use crate::bills::ledger::{Event, Ledger};
use crate::bills::totals::Channel;
use crate::domain::lang::Lang;
use crate::domain::spreadsheet::harmless;

/// Writes the given events. The file begins with a byte order mark, lines end in CR LF, and
/// order numbers carry a TAB behind them, as the wallets' own exports do, so that no spreadsheet
/// turns them into 4.2E+27.
pub fn write(ledger: &Ledger, events: &[usize], lang: Lang) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(b"\xef\xbb\xbf".to_vec());
    let names = match lang {
        Lang::Zh => [
            "交易时间",
            "平台",
            "交易类型",
            "交易对方",
            "金额(元)",
            "已退回(元)",
            "支付方式",
            "渠道",
            "交易单号",
            "商户单号",
            "来源文件",
            "行",
        ],
        Lang::En => [
            "time",
            "platform",
            "type",
            "payee",
            "amount (CNY)",
            "returned (CNY)",
            "method",
            "channel",
            "transaction",
            "merchant order",
            "file",
            "line",
        ],
    };
    let mut whole = writer.write_record(names).is_ok();
    for event in events.iter().filter_map(|at| ledger.events.get(*at)) {
        whole &= writer.write_record(cells(ledger, event, lang)).is_ok();
    }
    debug_assert!(whole, "writing to memory does not fail");
    writer.into_inner().unwrap_or_default()
}

fn cells(ledger: &Ledger, event: &Event, lang: Lang) -> [String; 12] {
    let line = &event.line;
    let plain = |fen: i64| format!("{}.{:02}", fen / 100, fen % 100);
    let number = |id: &str| if id.is_empty() { String::new() } else { format!("{id}\t") };
    let path = ledger.sources.get(line.place.file as usize);
    [
        line.wall().strftime("%Y-%m-%d %H:%M:%S").to_string(),
        line.provider.name().to_owned(),
        harmless(line.kind()).into_owned(),
        harmless(line.payee()).into_owned(),
        plain(line.amount.fen()),
        plain(line.refunded.fen()),
        harmless(line.method()).into_owned(),
        Channel::of(line).text().get(lang).to_owned(),
        number(line.id()),
        number(line.merchant_id()),
        path.map(|source| source.export.path.clone()).unwrap_or_default(),
        line.place.line.to_string(),
    ]
}
