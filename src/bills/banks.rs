//! The known tables of banks. Names are written as [`crate::bills::layout::canonical`] gives them; a trailing `*`
//! matches any ending. To teach the program a new generation, add a row here.

use crate::bills::layout::Role::{
    Amount, Clock, Country, Currency, Flow, Goods, Id, In, Kind, Note, Out, Payee, PayeeInstead,
    Site, Status, Time, TimeInstead, Via,
};
use crate::bills::layout::{Layout, Role, Sign};
use crate::bills::line::Provider;
use crate::bills::moment::DateOrder::{DayFirst, YearFirst};

const ICBC: &[(Role, &str)] = &[
    (Time, "交易日期"),
    (Kind, "摘要"),
    (Payee, "对方户名"),
    (PayeeInstead, "交易场所"),
    (Goods, "交易场所"),
    (In, "记账金额(收入)"),
    (Out, "记账金额(支出)"),
    (Currency, "记账币种"),
    (Note, "交易详情"),
    (Country, "交易国家或地区简称"),
    (Site, "交易场所"),
];

const CCB: &[(Role, &str)] = &[
    (Time, "交易日期"),
    (TimeInstead, "记账日"),
    (Clock, "交易时间"),
    (Out, "支出"),
    (In, "收入"),
    (Currency, "币种"),
    (Kind, "摘要"),
    (Payee, "对方户名"),
    (Goods, "交易地点"),
    (Site, "交易地点"),
];

const CMB_DEBIT: &[(Role, &str)] = &[
    (Time, "记账日期"),
    (Currency, "货币"),
    (Amount, "交易金额"),
    (Kind, "交易摘要"),
    (Payee, "对手信息"),
    (Goods, "客户摘要"),
];

const CMB_CREDIT: &[(Role, &str)] = &[
    (Time, "交易日"),
    (TimeInstead, "记账日"),
    (Kind, "交易摘要"),
    (Payee, "交易摘要"),
    (Amount, "人民币金额"),
    (Country, "交易地金额"),
];

const ABC: &[(Role, &str)] = &[
    (Time, "交易日期"),
    (Clock, "交易时间"),
    (Kind, "交易摘要"),
    (Amount, "交易金额"),
    (Payee, "对手信息"),
    (Id, "日志号"),
    (Via, "交易渠道"),
    (Note, "交易附言"),
];

const BOC_DEBIT: &[(Role, &str)] = &[
    (Time, "记账日期"),
    (Clock, "记账时间"),
    (Currency, "币别"),
    (Amount, "金额"),
    (Kind, "交易名称"),
    (Via, "渠道"),
    (Payee, "对方账户名"),
    (Goods, "附言"),
    (Note, "网点名称"),
    (Site, "网点名称"),
];

const BOC_CREDIT: &[(Role, &str)] = &[
    (Time, "交易日"),
    (TimeInstead, "银行记账日"),
    (Kind, "交易描述"),
    (Payee, "交易描述"),
    (In, "存入"),
    (Out, "支出"),
    (Currency, "币种"),
];

const BOCOM_DEBIT: &[(Role, &str)] = &[
    (Time, "交易日期"),
    (Clock, "交易时间"),
    (Kind, "交易类型"),
    (Flow, "借贷"),
    (Amount, "交易金额"),
    (Payee, "对方户名"),
    (Goods, "摘要"),
    (Note, "交易地点"),
    (Site, "交易地点"),
];

const BOCOM_CREDIT: &[(Role, &str)] =
    &[(Time, "交易日期"), (Kind, "交易说明"), (Payee, "交易说明"), (Amount, "入账币种/金额")];

const CGB: &[(Role, &str)] = &[
    (Time, "交易日期"),
    (Kind, "交易摘要"),
    (Payee, "交易摘要"),
    (Amount, "入账金额"),
    (Currency, "入账货币"),
];

const SPDB: &[(Role, &str)] = &[
    (Time, "交易日期"),
    (Kind, "交易类型"),
    (In, "存入金额"),
    (Out, "取出金额"),
    (Payee, "交易对手名称"),
    (Goods, "附言"),
];

const CITIC: &[(Role, &str)] = &[
    (Time, "交易日期"),
    (Kind, "交易描述"),
    (Payee, "交易描述"),
    (Currency, "结算币种"),
    (Amount, "结算金额"),
];

const CIB: &[(Role, &str)] = &[
    (Time, "交易时间"),
    (TimeInstead, "记账日"),
    (Kind, "摘要"),
    (Out, "支出"),
    (In, "收入"),
    (Payee, "对方户名"),
    (Goods, "用途"),
    (Via, "交易渠道"),
];

const HSBC_CREDIT: &[(Role, &str)] = &[
    (Time, "transactiondate"),
    (Payee, "merchantname"),
    (PayeeInstead, "description"),
    (Kind, "description"),
    (Amount, "billingamount"),
    (Currency, "billingcurrency"),
    (Flow, "credit/debit"),
    (Status, "transactionstatus"),
    (Country, "country/region"),
    (Site, "area/district"),
];

const HSBC_DEBIT: &[(Role, &str)] = &[
    (Time, "date"),
    (Payee, "description"),
    (Kind, "description"),
    (Amount, "billingamount"),
    (Currency, "billingcurrency"),
];

const BMO_CREDIT: &[(Role, &str)] = &[
    (Time, "transactiondate"),
    (Payee, "description"),
    (Kind, "description"),
    (Amount, "transactionamount"),
];

const BMO_DEBIT: &[(Role, &str)] = &[
    (Time, "dateposted"),
    (Payee, "description"),
    (Kind, "transactiontype"),
    (Amount, "transactionamount"),
];

/// Every known table of a bank.
pub const BANKS: &[Layout] = &[
    Layout {
        provider: Provider::Bank("icbc"),
        generation: "icbc",
        needs: &["交易日期", "摘要", "记账金额(收入)", "记账金额(支出)"],
        roles: ICBC,
        sign: Sign::TwoColumns,
        order: YearFirst,
    },
    Layout {
        provider: Provider::Bank("ccb"),
        generation: "ccb",
        needs: &["记账日", "交易日期", "交易时间", "支出", "收入", "账户余额", "摘要"],
        roles: CCB,
        sign: Sign::TwoColumns,
        order: YearFirst,
    },
    Layout {
        provider: Provider::Bank("cmb"),
        generation: "cmb-debit",
        needs: &["记账日期", "货币", "交易金额", "联机余额", "交易摘要"],
        roles: CMB_DEBIT,
        sign: Sign::MinusIsOut,
        order: YearFirst,
    },
    Layout {
        provider: Provider::Bank("cmb"),
        generation: "cmb-credit",
        needs: &["交易日", "记账日", "交易摘要", "人民币金额"],
        roles: CMB_CREDIT,
        sign: Sign::MinusIsIn,
        order: YearFirst,
    },
    Layout {
        provider: Provider::Bank("abc"),
        generation: "abc-debit",
        needs: &["交易日期", "交易时间", "交易摘要", "交易金额", "日志号"],
        roles: ABC,
        sign: Sign::MinusIsOut,
        order: YearFirst,
    },
    Layout {
        provider: Provider::Bank("boc"),
        generation: "boc-debit",
        needs: &["记账日期", "记账时间", "金额", "交易名称", "对方账户名"],
        roles: BOC_DEBIT,
        sign: Sign::MinusIsOut,
        order: YearFirst,
    },
    Layout {
        provider: Provider::Bank("boc"),
        generation: "boc-credit",
        needs: &["交易日", "银行记账日", "交易描述", "存入", "支出"],
        roles: BOC_CREDIT,
        sign: Sign::TwoColumns,
        order: YearFirst,
    },
    Layout {
        provider: Provider::Bank("bocom"),
        generation: "bocom-debit",
        needs: &["交易日期", "交易时间", "交易类型", "借贷", "交易金额"],
        roles: BOCOM_DEBIT,
        sign: Sign::Column,
        order: YearFirst,
    },
    Layout {
        provider: Provider::Bank("bocom"),
        generation: "bocom-credit",
        needs: &["交易日期", "交易说明", "交易币种/金额", "入账币种/金额"],
        roles: BOCOM_CREDIT,
        sign: Sign::Words,
        order: YearFirst,
    },
    Layout {
        provider: Provider::Bank("cgb"),
        generation: "cgb-credit",
        needs: &["交易日期", "入账日期", "交易摘要", "入账金额", "入账货币"],
        roles: CGB,
        sign: Sign::MinusIsIn,
        order: YearFirst,
    },
    Layout {
        provider: Provider::Bank("spdb"),
        generation: "spdb-debit",
        needs: &["交易日期", "交易类型", "存入金额", "取出金额"],
        roles: SPDB,
        sign: Sign::TwoColumns,
        order: YearFirst,
    },
    Layout {
        provider: Provider::Bank("citic"),
        generation: "citic-credit",
        needs: &["交易日期", "入账日期", "交易描述", "结算金额"],
        roles: CITIC,
        sign: Sign::MinusIsIn,
        order: YearFirst,
    },
    Layout {
        provider: Provider::Bank("cib"),
        generation: "cib-debit",
        needs: &["交易时间", "支出", "收入", "账户余额", "摘要"],
        roles: CIB,
        sign: Sign::TwoColumns,
        order: YearFirst,
    },
    Layout {
        provider: Provider::Bank("hsbc-hk"),
        generation: "hsbc-credit",
        needs: &["transactiondate", "postdate", "billingamount", "credit/debit"],
        roles: HSBC_CREDIT,
        sign: Sign::Column,
        order: DayFirst,
    },
    Layout {
        provider: Provider::Bank("hsbc-hk"),
        generation: "hsbc-debit",
        needs: &["date", "description", "billingamount", "balance"],
        roles: HSBC_DEBIT,
        sign: Sign::MinusIsOut,
        order: DayFirst,
    },
    Layout {
        provider: Provider::Bank("bmo"),
        generation: "bmo-credit",
        needs: &["item#", "transactiondate", "transactionamount", "description"],
        roles: BMO_CREDIT,
        sign: Sign::MinusIsIn,
        order: YearFirst,
    },
    Layout {
        provider: Provider::Bank("bmo"),
        generation: "bmo-debit",
        needs: &["firstbankcard", "dateposted", "transactionamount", "description"],
        roles: BMO_DEBIT,
        sign: Sign::MinusIsOut,
        order: YearFirst,
    },
];
