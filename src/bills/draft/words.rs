//! The words that column names are made of, for a first guess at what a column holds. A word
//! counts most when it is the whole name; names that hold a word of `not` are never taken.

use crate::bills::layout::Role;

/// What names say about one role.
#[derive(Debug)]
pub struct Words {
    /// The role.
    pub role: Role,
    /// Words for it, in lower case and without blanks.
    pub are: &'static [&'static str],
    /// Words that rule it out.
    pub not: &'static [&'static str],
}

/// The words of every role that is guessed.
pub const WORDS: &[Words] = &[
    Words {
        role: Role::Time,
        are: &[
            "交易时间",
            "交易日期",
            "交易日",
            "付款时间",
            "支付时间",
            "创建时间",
            "入账日期",
            "记账日期",
            "记账日",
            "发生日",
            "日期",
            "时间",
            "日子",
            "datetime",
            "date",
            "time",
        ],
        not: &["到期", "修改", "结算", "更新"],
    },
    Words { role: Role::Clock, are: &["交易时间", "记账时间", "时间", "time"], not: &[] },
    Words {
        role: Role::Out,
        are: &[
            "支出",
            "借方",
            "取出",
            "转出",
            "付出",
            "消费金额",
            "debit",
            "withdraw",
            "moneyout",
            "paidout",
            "expense",
        ],
        not: &["类型", "标志", "余额"],
    },
    Words {
        role: Role::In,
        are: &["收入", "贷方", "存入", "转入", "credit", "deposit", "moneyin", "paidin", "income"],
        not: &["类型", "标志", "余额", "人", "方户名"],
    },
    Words {
        role: Role::Amount,
        are: &[
            "交易金额",
            "实付金额",
            "支付金额",
            "发生额",
            "发生金额",
            "金额",
            "数额",
            "总额",
            "amount",
            "sum",
            "total",
        ],
        not: &["余额", "结余", "balance", "手续费", "服务费", "优惠", "积分", "退款", "fee"],
    },
    Words {
        role: Role::Flow,
        are: &["收/支", "收支", "借贷", "借/贷", "收付", "方向", "进出", "direction", "dr/cr"],
        not: &["金额", "账户", "方式"],
    },
    Words {
        role: Role::Payee,
        are: &[
            "交易对方",
            "对方户名",
            "对方名称",
            "对方",
            "收款人",
            "收款方",
            "商户名称",
            "商户",
            "对手",
            "户名",
            "payee",
            "merchant",
            "counterparty",
            "recipient",
            "description",
        ],
        not: &["账号", "帐号", "卡号", "行名", "开户", "单号", "订单", "账户", "类别"],
    },
    Words {
        role: Role::Kind,
        are: &[
            "交易类型",
            "交易分类",
            "业务类型",
            "类型",
            "分类",
            "摘要",
            "业务",
            "kind",
            "type",
            "category",
        ],
        not: &["收支"],
    },
    Words {
        role: Role::Goods,
        are: &["商品", "用途", "附言", "说明", "订单标题", "memo", "goods", "item", "details"],
        not: &["单号"],
    },
    Words {
        role: Role::Method,
        are: &["支付方式", "付款方式", "账户类型", "method", "account", "card"],
        not: &["对方", "余额"],
    },
    Words {
        role: Role::Status,
        are: &["当前状态", "交易状态", "状态", "结果", "status", "state"],
        not: &[],
    },
    Words {
        role: Role::Id,
        are: &[
            "交易单号",
            "交易流水号",
            "流水号",
            "交易号",
            "订单号",
            "单号",
            "凭证号",
            "参考号",
            "transactionid",
            "reference",
            "orderid",
            "id",
        ],
        not: &["商户", "商家", "账号", "卡号", "paid"],
    },
    Words {
        role: Role::MerchantId, are: &["商户单号", "商家订单号", "商户订单号"], not: &[]
    },
    Words { role: Role::Note, are: &["备注", "remark", "note", "comment"], not: &[] },
    Words {
        role: Role::Refunded,
        are: &["退款金额", "已退款", "成功退款", "refunded"],
        not: &["状态"],
    },
    Words {
        role: Role::Currency, are: &["币种", "货币", "币别", "currency"], not: &["金额"]
    },
    Words { role: Role::Country, are: &["交易国家", "国家", "country"], not: &["对方"] },
    Words {
        role: Role::Site,
        are: &["交易地点", "交易场所", "网点", "终端号", "place", "location"],
        not: &["对方", "开户"],
    },
    Words {
        role: Role::Via,
        are: &["交易渠道", "渠道", "交易设备", "交易终端", "device", "via"],
        not: &["对方"],
    },
];

/// Returns how well a name fits a role, from 0 to 60. `name` is in canonical spelling.
pub fn name_points(role: Role, name: &str) -> u32 {
    let Some(words) = WORDS.iter().find(|words| words.role == role) else { return 0 };
    if words.not.iter().any(|word| name.contains(word)) {
        return 0;
    }
    let plain = name.split('(').next().unwrap_or(name);
    let points = words.are.iter().zip((0_u32..).step_by(1)).map(|(word, rank)| {
        if plain == *word {
            60 - rank.min(15)
        } else if !word.is_ascii() && name.contains(word) || word.len() > 3 && name.contains(word) {
            40 - rank.min(15)
        } else {
            0
        }
    });
    points.max().unwrap_or(0)
}
