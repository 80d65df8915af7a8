//! The columns a workbook may have: what firms call them, and what of a case each holds. What a
//! value may look like is not said here: that is the case schema's.

use crate::domain::role::Role;

/// Which sheet a column stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// One row a client.
    Client,
    /// One row a transaction; also read beside the client, where there is only one sheet.
    Line,
}

/// A column by its names.
#[derive(Debug)]
pub struct Entry {
    /// Where it stands.
    pub place: Place,
    /// The path below the case, or one of the names below that no case has.
    pub path: &'static str,
    /// The Chinese header.
    pub zh: &'static str,
    /// The English header.
    pub en: &'static str,
    /// What else people write over it.
    pub aliases: &'static [&'static str],
}

/// Our number, which joins the two sheets and becomes the case's id.
pub const NUMBER: &str = "id";
/// What the losses of a client come to.
pub const TOTAL: &str = "batch.total";
/// The names of the client's files.
pub const FILES: &str = "batch.files";
/// What the client allowed their data to be used for.
pub const PURPOSE: &str = "consent.purpose";
/// The day the client allowed it.
pub const CONSENT_DATE: &str = "consent.date";
/// To whom the client's data may be shown.
pub const SCOPE: &str = "consent.scope";

/// Who looked at a conflict of interest, and what they found.
pub const CONFLICT_REVIEW: &str = "batch.conflict_review";

/// Below it stand the recipients a case may have, each with its mail address.
pub const RECIPIENTS: &str = "recipients";
/// The addresses were given by the recipients themselves, and somebody compared them.
pub const ADDRESSES_CONFIRMED: &str = "batch.addresses_confirmed";

/// The recipients a workbook has columns for, and who each is.
pub const ROLES: [(&str, Role); 4] = [
    ("insurer", Role::Insurer),
    ("bank", Role::Bank),
    ("exchange", Role::Platform),
    ("lender", Role::Bank),
];
/// Until when the client's data may be kept.
pub const RETAIN: &str = "consent.retain_until";

/// Headers that are known and say nothing of a case: remarks, and what a report adds.
pub const IGNORED: [&str; 6] = ["备注", "序号", "状态", "问题", "note", "no"];

const fn client(
    path: &'static str,
    zh: &'static str,
    en: &'static str,
    aliases: &'static [&'static str],
) -> Entry {
    Entry { place: Place::Client, path, zh, en, aliases }
}

const fn line(
    path: &'static str,
    zh: &'static str,
    en: &'static str,
    aliases: &'static [&'static str],
) -> Entry {
    Entry { place: Place::Line, path, zh, en, aliases }
}

/// Every column there is, in the order a new workbook has them.
pub const CATALOGUE: [Entry; 68] = [
    client(NUMBER, "本方编号", "our number", &["案号", "编号", "我方编号", "客户编号", "案件编号"]),
    client(
        "victim.name",
        "姓名",
        "name",
        &["客户姓名", "客户", "当事人", "委托人", "受害人", "名字"],
    ),
    client(
        "victim.id_no",
        "身份证号",
        "identity number",
        &["身份证", "身份证号码", "证件号码", "证件号", "居民身份证号"],
    ),
    client(
        "victim.phone",
        "联系电话",
        "telephone",
        &["电话", "手机", "手机号", "手机号码", "联系方式", "phone"],
    ),
    client(
        "victim.email",
        "电子邮箱",
        "mail address",
        &["邮箱", "邮件", "电子邮件", "email", "e-mail"],
    ),
    client("victim.address", "住址", "address", &["地址", "联系地址", "家庭住址", "现住址"]),
    client("province", "省份", "province", &["省", "所在省份"]),
    client("city", "城市", "city", &["市", "所在城市"]),
    client("platform", "平台", "platform", &["支付平台", "出事平台", "涉案平台"]),
    client("discovered_at", "发现时间", "discovered at", &["发现日期", "何时发现", "发现被盗时间"]),
    client(TOTAL, "损失合计", "total loss", &["损失总额", "合计", "总金额", "合计金额", "总损失"]),
    client(
        "account.id",
        "账号",
        "account",
        &["微信号", "支付宝账号", "平台账号", "账户", "帐号", "涉案账号"],
    ),
    client("account.nickname", "昵称", "nickname", &["账号昵称", "微信昵称"]),
    client(
        "account.phone",
        "绑定手机号",
        "bound telephone",
        &["账号绑定手机", "绑定手机", "注册手机号"],
    ),
    client("account.balance", "账户余额", "balance", &["余额", "剩余金额"]),
    client("account.cards", "绑定银行卡", "linked cards", &["绑定的银行卡", "银行卡"]),
    client("account.wallet_address", "钱包地址", "wallet address", &["数字钱包地址"]),
    client("account.exchange", "交易所", "exchange", &["交易所名称"]),
    client("facts.still_moving", "钱还在转出", "money still leaving", &["是否还在转出"]),
    client("facts.intruder_inside", "陌生人仍登录", "intruder inside", &["陌生人是否仍登录"]),
    client("facts.frozen_out", "本人无法登录", "owner locked out", &["是否无法登录"]),
    client("facts.phone_lost", "手机丢失", "phone lost", &["手机或SIM卡丢失", "是否丢失手机"]),
    client("facts.account_banned", "账户被封", "account banned", &["是否被封", "账号被封"]),
    client(
        "facts.code_given",
        "提供过密码或验证码",
        "code given",
        &["是否提供过验证码", "验证码是否提供"],
    ),
    client(
        "facts.screen_shared",
        "共享过屏幕",
        "screen shared",
        &["是否共享过屏幕", "是否共享屏幕"],
    ),
    client(
        "facts.password_known_by",
        "谁知道支付密码",
        "password known by",
        &["还有谁知道支付密码"],
    ),
    client("facts.phone_lent", "手机借给过别人", "phone lent", &["是否借过手机"]),
    client("facts.account_lent", "出借过账户或卡", "account lent", &["是否出借账户"]),
    client("facts.fake_orders", "参与过刷单", "fake orders", &["是否刷单"]),
    client("facts.gambling", "涉及赌博", "gambling", &["是否涉赌"]),
    client("facts.custodial", "钱包由平台托管", "custodial wallet", &[]),
    client("facts.family_suspected", "怀疑家里人", "family suspected", &["是否怀疑家人"]),
    client("facts.assets_frozen_by_court", "被司法冻结", "frozen by a court", &["是否司法冻结"]),
    client("facts.elderly", "老年人", "elderly", &["是否老年人"]),
    client("facts.cause", "可能的原因", "likely cause", &["被盗原因", "原因"]),
    client("facts.ban_reason", "封禁原因", "reason of the ban", &[]),
    client("facts.sim_reported_at", "挂失手机卡时间", "SIM reported at", &["挂失时间"]),
    client("facts.last_seen_intact", "最后余额正常时间", "last seen intact", &["最后一次余额正常"]),
    client("facts.whereabouts", "事发时在哪里", "whereabouts", &["事发时本人在哪", "事发地点"]),
    client("facts.how_discovered", "怎么发现的", "how discovered", &["发现经过"]),
    client("insurance.insurer", "保险公司", "insurer", &["承保公司"]),
    client("insurance.product", "险种", "insurance product", &["险种名称", "保险产品"]),
    client("insurance.policy_no", "保险单号", "policy number", &["保单号", "保单号码"]),
    client("insurance.period", "保险期间", "period of cover", &[]),
    client("insurance.other_cover", "其他保险或赔付", "other cover", &["其他保险"]),
    client(
        "recipients.insurer.email",
        "保险理赔邮箱",
        "insurer's mail",
        &["理赔邮箱", "保险公司邮箱"],
    ),
    client("recipients.bank.email", "银行争议邮箱", "bank's mail", &["银行邮箱"]),
    client("recipients.exchange.email", "交易所邮箱", "exchange's mail", &[]),
    client("recipients.lender.email", "贷款机构邮箱", "lender's mail", &[]),
    client(ADDRESSES_CONFIRMED, "邮箱已核对", "addresses confirmed", &["邮箱核对"]),
    client(PURPOSE, "授权用途", "consent: purpose", &["同意用途", "委托事项", "授权事项"]),
    client(CONSENT_DATE, "授权日期", "consent: date", &["同意日期", "委托日期", "签署日期"]),
    client(SCOPE, "授权范围", "consent: scope", &["同意范围"]),
    client(RETAIN, "资料保存到", "consent: keep until", &["保存期限", "资料保存期限", "保存至"]),
    client(
        CONFLICT_REVIEW,
        "利益冲突审查",
        "conflict review",
        &["冲突审查", "利冲审查", "利益冲突审查意见"],
    ),
    client(FILES, "材料文件", "files", &["文件", "证据文件"]),
    line("at", "交易时间", "transaction time", &["支付时间", "转账时间"]),
    line("amount", "金额", "amount", &["交易金额", "损失金额", "转账金额"]),
    line("payee", "对方名称", "payee", &["收款方", "收款人", "交易对方", "商户名称", "对方户名"]),
    line("payee_account", "对方账号", "payee's account", &["收款账号", "收款方账号"]),
    line("order_no", "交易单号", "transaction number", &["订单号", "流水号", "交易号", "转账单号"]),
    line("merchant_no", "商户单号", "merchant number", &["商户订单号"]),
    line("channel", "资金渠道", "channel", &["支付方式", "付款方式"]),
    line("bank", "付款银行", "bank", &["银行", "开户行", "银行和尾号"]),
    line("how", "怎么发生的", "how it happened", &["损失性质", "操作人", "性质"]),
    line("refunded", "已退回", "refunded", &["退款", "退款金额", "已退款"]),
    line("asset", "数字资产", "crypto asset", &["币种"]),
    line("quantity", "数量", "quantity", &["币数量"]),
];
