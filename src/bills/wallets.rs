//! The known tables of wallets and shops. Names are written as [`crate::bills::layout::canonical`] gives them; a trailing `*`
//! matches any ending. To teach the program a new generation, add a row here.

use crate::bills::layout::Role::{
    Amount, Clock, Flow, Funds, Goods, Id, Kind, MerchantId, Method, Note, Payee, Refunded, Status,
    Time, TimeInstead, Via,
};
use crate::bills::layout::{Layout, Role, Sign};
use crate::bills::line::Provider;
use crate::bills::moment::DateOrder::YearFirst;

const WECHAT: &[(Role, &str)] = &[
    (Time, "交易时间"),
    (Kind, "交易类型"),
    (Payee, "交易对方"),
    (Goods, "商品"),
    (Flow, "收/支"),
    (Amount, "金额(元)"),
    (Amount, "金额"),
    (Method, "支付方式"),
    (Status, "当前状态"),
    (Id, "交易单号"),
    (MerchantId, "商户单号"),
    (Note, "备注"),
];

const ALIPAY_APP: &[(Role, &str)] = &[
    (Time, "交易时间"),
    (Kind, "交易分类"),
    (Payee, "交易对方"),
    (Goods, "商品说明"),
    (Flow, "收/支"),
    (Amount, "金额"),
    (Method, "收/付款方式"),
    (Status, "交易状态"),
    (Id, "交易订单号"),
    (MerchantId, "商家订单号"),
    (Note, "备注"),
];

const ALIPAY_WEB: &[(Role, &str)] = &[
    (Time, "付款时间"),
    (TimeInstead, "交易创建时间"),
    (Kind, "类型"),
    (Payee, "交易对方"),
    (Goods, "商品名称"),
    (Flow, "收/支"),
    (Amount, "金额(元)"),
    (Status, "交易状态"),
    (Refunded, "成功退款(元)"),
    (Funds, "资金状态"),
    (Id, "交易号"),
    (MerchantId, "商家订单号"),
    (Note, "备注"),
    (Via, "交易来源地"),
];

const JD: &[(Role, &str)] = &[
    (Time, "交易时间"),
    (Kind, "交易分类"),
    (Payee, "商户名称"),
    (Goods, "交易说明"),
    (Flow, "收/支"),
    (Amount, "金额"),
    (Method, "收/付款方式"),
    (Status, "交易状态"),
    (Id, "交易订单号"),
    (MerchantId, "商家订单号"),
    (Note, "备注"),
];

const MEITUAN: &[(Role, &str)] = &[
    (Time, "交易成功时间"),
    (TimeInstead, "交易创建时间"),
    (Kind, "交易类型"),
    (Payee, "订单标题"),
    (Goods, "订单标题"),
    (Flow, "收/支"),
    (Amount, "实付金额"),
    (Method, "支付方式"),
    (Id, "交易单号"),
    (MerchantId, "商家单号"),
    (Note, "备注"),
];

const UNIONPAY: &[(Role, &str)] = &[
    (Time, "交易日期"),
    (Clock, "交易时间"),
    (Kind, "交易类型"),
    (Amount, "交易金额"),
    (Payee, "交易对方"),
    (Note, "交易备注"),
    (Note, "备注"),
];

/// Every known table of a wallet.
pub const WALLETS: &[Layout] = &[
    Layout {
        provider: Provider::WeChat,
        generation: "wechat",
        needs: &["交易时间", "交易类型", "交易对方", "收/支", "当前状态", "交易单号"],
        roles: WECHAT,
        sign: Sign::Column,
        order: YearFirst,
    },
    Layout {
        provider: Provider::Alipay,
        generation: "alipay-app",
        needs: &["交易时间", "交易分类", "交易对方", "收/支", "金额", "交易状态", "交易订单号"],
        roles: ALIPAY_APP,
        sign: Sign::Column,
        order: YearFirst,
    },
    Layout {
        provider: Provider::Alipay,
        generation: "alipay-web",
        needs: &["交易号", "交易创建时间", "交易对方", "金额(元)", "收/支", "交易状态"],
        roles: ALIPAY_WEB,
        sign: Sign::Column,
        order: YearFirst,
    },
    Layout {
        provider: Provider::Jd,
        generation: "jd",
        needs: &["交易时间", "商户名称", "交易说明", "金额", "收/支", "交易状态"],
        roles: JD,
        sign: Sign::Column,
        order: YearFirst,
    },
    Layout {
        provider: Provider::Meituan,
        generation: "meituan",
        needs: &["交易创建时间", "订单标题", "收/支", "实付金额", "交易单号"],
        roles: MEITUAN,
        sign: Sign::Column,
        order: YearFirst,
    },
    Layout {
        provider: Provider::UnionPay,
        generation: "unionpay",
        needs: &["交易日期", "交易时间", "交易金额", "交易对方"],
        roles: UNIONPAY,
        sign: Sign::MinusIsOut,
        order: YearFirst,
    },
];
