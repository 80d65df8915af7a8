//! Tables nobody has described: columns are taken by the words banks and shops commonly use.
//! What this finds is marked `general`, so that a person can check it against a column map.

use crate::bills::layout::{Bound, Role, Sign, canonical};
use crate::bills::line::Provider;
use crate::bills::moment::DateOrder;

/// The words for each role; earlier words win.
const WORDS: &[(Role, &[&str])] = &[
    (
        Role::Time,
        &[
            "交易时间",
            "交易日期",
            "交易日",
            "付款时间",
            "支付时间",
            "成交日期",
            "交收日期",
            "记账日期",
            "日期",
            "时间",
            "date",
        ],
    ),
    (Role::Clock, &["交易时间", "成交时间", "记账时间", "时间"]),
    (
        Role::Out,
        &[
            "支出金额",
            "借方发生额",
            "取出金额",
            "支出",
            "借方金额",
            "转出金额",
            "debit",
            "withdrawal",
        ],
    ),
    (
        Role::In,
        &[
            "收入金额",
            "贷方发生额",
            "存入金额",
            "收入",
            "贷方金额",
            "转入金额",
            "credit",
            "deposit",
        ],
    ),
    (
        Role::Amount,
        &["交易金额", "发生金额", "清算金额", "金额(元)", "金额", "发生额", "成交额", "amount"],
    ),
    (Role::Flow, &["收/支", "借贷标志", "借贷", "收支", "收支类型"]),
    (
        Role::Payee,
        &[
            "交易对方",
            "对方户名",
            "对方名称",
            "收款人",
            "商户名称",
            "对手信息",
            "证券名称",
            "交易对",
            "对方账户名",
            "description",
        ],
    ),
    (Role::Kind, &["交易类型", "摘要", "交易摘要", "业务名称", "业务类型", "操作", "交易名称"]),
    (Role::Goods, &["商品", "商品说明", "用途", "附言", "交易附言"]),
    (Role::Method, &["支付方式"]),
    (Role::Country, &["交易国家或地区简称", "交易国家", "国家/地区", "国家", "country"]),
    (Role::Site, &["交易地点", "交易场所", "交易网点", "网点名称", "终端号"]),
    (Role::Via, &["交易渠道", "渠道", "交易终端", "交易设备"]),
    (Role::Status, &["当前状态", "交易状态", "状态"]),
    (Role::Id, &["交易单号", "订单号", "流水号", "交易流水号", "交易号", "成交编号"]),
    (Role::Note, &["备注", "交易备注"]),
    (Role::Currency, &["币种", "货币"]),
];

/// Guesses the meaning of a row of column names: a time and an amount must be among them.
pub fn guess(row: &csv::StringRecord) -> Option<Bound> {
    let names: Vec<String> = row.iter().map(canonical).collect();
    let mut columns: Vec<(Role, usize)> = Vec::new();
    for (role, words) in WORDS {
        let free = |column: &usize| columns.iter().all(|(_, taken)| taken != column);
        let found = words.iter().find_map(|word| {
            names.iter().position(|name| name.trim_start_matches('=') == *word).filter(free)
        });
        columns.extend(found.map(|column| (*role, column)));
    }
    let has = |role: Role| columns.iter().any(|(found, _)| *found == role);
    let sign = if has(Role::Out) && has(Role::In) {
        Sign::TwoColumns
    } else if has(Role::Amount) && has(Role::Flow) {
        Sign::Column
    } else {
        Sign::MinusIsOut
    };
    let usable = has(Role::Time)
        && (sign == Sign::TwoColumns || has(Role::Amount))
        && (has(Role::Payee) || has(Role::Kind));
    let width = names.iter().rposition(|name| !name.is_empty()).map_or(0, |last| last + 1);
    usable.then(|| {
        Bound::new(Provider::Other, "general".into(), sign, DateOrder::YearFirst, columns, width)
    })
}
