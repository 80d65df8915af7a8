//! What the source articles demand, row by row: each row names what covers it, and fails when that
//! no longer exists. A row is covered when a person can see it work, or see why it is refused.

use std::path::Path;

use appeal_daemon::runtime::setup;

/// What covers a row.
enum By {
    /// A step of a workflow.
    Step(&'static str, &'static str),
    /// A step and how long after its submission, or by when, something follows: its limit or rung.
    Clock(&'static str, &'static str, &'static str),
    /// A channel.
    Channel(&'static str),
    /// An item of a check list, by a word of it.
    Check(&'static str, &'static str),
    /// An evidence slot.
    Slot(&'static str),
    /// A field a person fills in.
    Field(&'static str),
    /// A paper or text.
    Template(&'static str),
    /// A reason of a refusal with its answer.
    Refusal(&'static str),
    /// A product or promise.
    Product(&'static str),
    /// A usual standard for filing.
    Threshold(&'static str),
    /// A card that warns or explains, or says why something is not done.
    Card(&'static str),
    /// An article of law.
    Law(&'static str),
    /// A command of the program.
    Command(&'static str),
}

use By::{
    Card, Channel, Check, Clock, Command, Field, Law, Product, Refusal, Slot, Step, Template,
    Threshold,
};

/// A row: its number in the list of demands, what it says in short, what covers it.
type Row = (u16, &'static str, &'static [By]);

const ROWS: [Row; 139] = [
    // 000 微信零钱被清零
    (
        1,
        "八个方向都有一步",
        &[
            Step("wechat-theft", "harden"),
            Step("wechat-theft", "bill-coverage"),
            Step("wechat-theft", "open-ticket"),
            Step("wechat-theft", "police/station"),
            Step("wechat-theft", "recover-chats"),
            Step("wechat-theft", "linked/wechat"),
            Step("wechat-theft", "insurance/notice"),
            Step("wechat-theft", "lawyer/handoff"),
            Command("status"),
        ],
    ),
    (
        2,
        "查登录设备",
        &[
            Check("wechat-hardening", "移除陌生登录设备"),
            Slot("devices.screen"),
            Step("wechat-theft", "capture-volatile"),
        ],
    ),
    (3, "查密码修改", &[Check("wechat-hardening", "修改微信登录密码"), Slot("password.screen")]),
    (
        4,
        "查绑定的手机和邮箱，排第一",
        &[
            Check("wechat-hardening", "绑定的手机号、邮箱"),
            Slot("binding.screen"),
            Check("monthly-devices", "绑定的手机号"),
        ],
    ),
    (
        5,
        "陌生设备：先截图，再改密、二次验证",
        &[
            Step("wechat-theft", "capture-volatile"),
            Step("wechat-theft", "harden"),
            Check("wechat-hardening", "登录保护"),
        ],
    ),
    (
        6,
        "导出三年账单",
        &[
            Step("wechat-theft", "capture-exports"),
            Slot("bill.pdf"),
            Slot("bill.xlsx"),
            Check("bill-coverage", "最近三年"),
            Template("records-request-text"),
        ],
    ),
    (
        7,
        "筛大额、红包、陌生收款码",
        &[
            Check("bill-screening", "单笔大额"),
            Check("bill-screening", "红包、没有扫过"),
            Check("monthly-bills", "单笔大额"),
        ],
    ),
    (
        8,
        "零钱和银行卡分开，各找各的",
        &[
            Check("bill-coverage", "零钱、零钱通、银行卡"),
            Check("bill-screening", "从哪里付出"),
            Step("wechat-theft", "bank-dispute"),
            Template("loss-table"),
        ],
    ),
    (
        9,
        "夜间集中转出，最急",
        &[Check("bill-screening", "夜间"), Check("monthly-bills", "夜间连续")],
    ),
    (
        10,
        "小额多笔，连同免密代扣",
        &[
            Check("bill-screening", "小额多笔"),
            Check("wechat-hardening", "免密支付"),
            Refusal("standing-authority"),
        ],
    ),
    (11, "境外交易只当线索", &[Check("bill-screening", "境外交易"), Card("overseas-base-station")]),
    (
        12,
        "微信投诉入口提交",
        &[Channel("wechat.ticket"), Step("wechat-theft", "open-ticket"), Template("ticket-text")],
    ),
    (
        13,
        "身份证、流水、截图",
        &[
            Step("wechat-theft", "open-ticket"),
            Slot("id.front"),
            Slot("id.back"),
            Slot("bank.statement"),
            Slot("txn.screens"),
            Card("id-copies"),
        ],
    ),
    (14, "总述、时间线、诉求", &[Template("appeal-letter"), Template("case-timeline")]),
    (
        15,
        "两天不回就打电话催",
        &[
            Clock("wechat-theft", "open-ticket", "48h"),
            Step("wechat-theft", "chase-call"),
            Template("chase-script"),
        ],
    ),
    (
        16,
        "工单二到五个工作日",
        &[
            Clock("wechat-theft", "open-ticket", "5wd"),
            Step("wechat-theft", "ask-upgrade"),
            Channel("wechat.ticket"),
            Card("reply-times"),
        ],
    ),
    (
        17,
        "95017 马上冻结，记通话",
        &[
            Clock("wechat-theft", "freeze-pay", "10m"),
            Channel("wechat.95017"),
            Template("freeze-script"),
            Template("call-log"),
        ],
    ),
    (18, "线下网点没有官方依据", &[Channel("wechat.offline"), Card("offline-counter")]),
    (
        19,
        "五千元报案的说法，从不作门槛",
        &[
            Threshold("theft.article-000"),
            Card("police-threshold"),
            Channel("cyberpolice.report"),
            Card("net110"),
        ],
    ),
    (
        20,
        "立案文书，和回执分开",
        &[
            Slot("police.filing"),
            Slot("police.receipt"),
            Step("wechat-theft", "police/filing-paper"),
            Field("receipt_title"),
        ],
    ),
    (
        21,
        "登录 IP、公证、沟通记录",
        &[Slot("login.ip"), Slot("flow.notarised"), Slot("service.record")],
    ),
    (
        22,
        "工单号每封信都引用",
        &[
            Field("ticket_no"),
            Step("wechat-theft", "open-ticket"),
            Template("second-notice"),
            Template("review-letter"),
        ],
    ),
    (23, "账单加公证，证明力强", &[Slot("flow.notarised"), Slot("bill.pdf")]),
    (24, "录屏加时间，证明力中", &[Slot("service.record"), Slot("chat.record")]),
    (25, "手机识别码和位置，证明力弱", &[Slot("phone.imei"), Slot("phone.location")]),
    (
        26,
        "从云备份找回聊天，不覆盖现机",
        &[
            Step("wechat-theft", "recover-chats"),
            Check("chat-recovery", "云备份还原"),
            Check("chat-recovery", "找回来的记录"),
            Slot("chat.backup"),
        ],
    ),
    (27, "不自己翻数据库", &[Card("self-recovery"), Check("chat-recovery", "第三方恢复软件")]),
    (
        28,
        "三种恢复办法对照",
        &[
            Check("chat-recovery", "微信自带修复"),
            Check("chat-recovery", "第三方恢复软件"),
            Check("chat-recovery", "云备份还原"),
        ],
    ),
    (
        29,
        "支付宝的险、云闪付的赔付",
        &[
            Product("alipay.account-insurance"),
            Step("alipay-theft", "insurance/notice"),
            Product("unionpay.fraud-comp"),
            Step("unionpay-theft", "comp-lookup"),
            Channel("unionpay.safety-centre"),
        ],
    ),
    (
        30,
        "微信有没有保险，自己看",
        &[
            Step("wechat-theft", "insurance/cover"),
            Slot("insurance.screen"),
            Product("wechat.account-insurance"),
            Card("platform-insurance"),
        ],
    ),
    (31, "七十二小时到账，没有依据", &[Product("wechat.webank-72h"), Card("webank-72h")]),
    (32, "三个平台对照", &[Product("platform-comparison"), Card("platform-insurance")]),
    (
        33,
        "安全锁和单独的支付密码",
        &[
            Check("wechat-hardening", "修改支付密码"),
            Check("wechat-hardening", "安全锁"),
            Check("quarterly-limits", "支付密码与登录密码不同"),
            Check("quarterly-limits", "安全锁"),
        ],
    ),
    (
        34,
        "生物识别锁",
        &[Check("quarterly-limits", "锁屏密码、生物识别"), Check("phone-hardening", "换锁屏密码")],
    ),
    (
        35,
        "安全应用检测，不指定品牌",
        &[
            Check("quarterly-watch", "账户安全检测"),
            Check("monthly-system", "安全检测"),
            Product("tencent.guard"),
        ],
    ),
    (
        36,
        "清理第三方授权，先截图",
        &[
            Check("wechat-hardening", "取消第三方应用"),
            Check("monthly-grants", "第三方应用"),
            Slot("grants.screen"),
        ],
    ),
    (
        37,
        "零钱通：关自动转入",
        &[
            Check("linked-wechat", "零钱通"),
            Step("linked-products", "wechat"),
            Step("linked-products", "capture"),
        ],
    ),
    (
        38,
        "微粒贷、分付：冻结和异议",
        &[
            Step("linked-products", "webank"),
            Step("linked-products", "fenfu"),
            Step("linked-products", "loan-dispute"),
            Channel("webank.loan"),
            Template("loan-dispute"),
            Check("linked-wechat", "微粒贷、分付"),
        ],
    ),
    (
        39,
        "信用卡临时挂失",
        &[
            Step("linked-products", "credit-cards"),
            Step("wechat-theft", "freeze-cards"),
            Channel("bank.hotline"),
            Template("card-script"),
        ],
    ),
    (40, "理财通一起查", &[Check("linked-wechat", "理财通"), Check("linked-alipay", "理财、基金")]),
    (
        41,
        "满三十天查信用报告",
        &[
            Clock("wechat-theft", "later/credit-report", "30d"),
            Step("credit-record", "credit-objection"),
            Slot("credit.report"),
            Channel("credit.centre"),
            Template("credit-objection"),
        ],
    ),
    (
        42,
        "止损、保全、追索、加固的次序",
        &[
            Step("wechat-theft", "freeze-pay"),
            Step("wechat-theft", "capture-volatile"),
            Step("wechat-theft", "open-ticket"),
            Step("wechat-theft", "police/station"),
            Step("wechat-theft", "harden"),
            Template("case-timeline"),
        ],
    ),
    (
        43,
        "微信重追溯，支付宝先找保障",
        &[
            Product("platform-comparison"),
            Step("wechat-theft", "review-once"),
            Step("alipay-theft", "capture-promise"),
            Step("alipay-theft", "insurance/cover"),
        ],
    ),
    (
        44,
        "每月备份账单",
        &[
            Step("monthly-check", "backup"),
            Check("monthly-backup", "导出上月账单"),
            Command("remind add"),
        ],
    ),
    (
        45,
        "开启安全提醒",
        &[Check("quarterly-watch", "安全预警通知"), Check("monthly-balance", "安全提醒")],
    ),
    (
        46,
        "冻结、报警、申诉并行",
        &[
            Clock("wechat-theft", "freeze-pay", "10m"),
            Clock("wechat-theft", "call-110", "30m"),
            Clock("wechat-theft", "open-ticket", "3h"),
            Step("wechat-theft", "insurance/notice"),
        ],
    ),
    (47, "演练整个案件", &[Command("simulate"), Check("quarterly-drill", "simulate")]),
    (
        48,
        "身份、监控、备份三组",
        &[
            Step("quarterly-safety-day", "limits"),
            Step("quarterly-safety-day", "devices"),
            Step("quarterly-safety-day", "watch"),
            Step("quarterly-safety-day", "backup"),
        ],
    ),
    // 001 微信钱包钱不见了
    (
        49,
        "先问怎么丢的",
        &[
            Field("how"),
            Field("code_given"),
            Field("password_known_by"),
            Step("wechat-theft", "loss-facts"),
            Step("wechat-theft", "report-sim"),
            Step("wechat-theft", "deceived"),
            Command("new"),
        ],
    ),
    (
        50,
        "陌生设备：正常、异常、怎么办",
        &[
            Check("wechat-hardening", "移除陌生登录设备"),
            Step("wechat-theft", "freeze-account"),
            Channel("wechat.safety-centre"),
        ],
    ),
    (51, "安全锁被关", &[Check("wechat-hardening", "安全锁"), Slot("lock.screen")]),
    (52, "限额被调高是线索", &[Check("wechat-hardening", "支付限额"), Slot("limits.screen")]),
    (
        53,
        "生物识别，定期换支付密码",
        &[
            Check("monthly-devices", "支付密码定期更换"),
            Step("monthly-check", "devices-and-binding"),
        ],
    ),
    (
        54,
        "账单只有两年的说法",
        &[
            Card("bill-years"),
            Check("bill-coverage", "分三次"),
            Step("wechat-theft", "ask-records"),
        ],
    ),
    (
        55,
        "平时不用的时段",
        &[Check("bill-screening", "平时不用的时段"), Check("monthly-bills", "夜间连续")],
    ),
    (
        56,
        "陌生、仿冒的商户",
        &[Check("bill-screening", "差一两个字"), Check("monthly-bills", "像正规的商户")],
    ),
    (57, "小额试探", &[Check("bill-screening", "试探"), Check("monthly-bills", "0.01 元试探")]),
    (
        58,
        "表格按金额、时间排",
        &[
            Slot("bill.xlsx"),
            Step("wechat-theft", "capture-exports"),
            Check("bill-screening", "按时间排一次"),
        ],
    ),
    (
        59,
        "异地、游戏、红包分级",
        &[
            Check("bill-screening", "异地消费"),
            Check("bill-screening", "游戏账号"),
            Check("bill-screening", "陌生好友"),
        ],
    ),
    (
        60,
        "一天内：截图、冻结、工单",
        &[
            Clock("wechat-theft", "capture-volatile", "2h"),
            Clock("wechat-theft", "freeze-pay", "10m"),
            Clock("wechat-theft", "open-ticket", "3h"),
        ],
    ),
    (
        61,
        "截余额和交易",
        &[Step("wechat-theft", "capture-volatile"), Slot("balance.screen"), Slot("txn.screens")],
    ),
    (
        62,
        "95017 临时冻结",
        &[
            Step("wechat-theft", "freeze-pay"),
            Channel("wechat.95017"),
            Template("freeze-script"),
            Template("call-log"),
        ],
    ),
    (63, "腾讯客服小程序", &[Channel("tencent.kefu-mini"), Step("wechat-theft", "open-ticket")]),
    (
        64,
        "对方账号资料",
        &[
            Slot("counterparty.screen"),
            Slot("scam.profile"),
            Step("wechat-theft", "capture-volatile"),
        ],
    ),
    (65, "总分总的写法", &[Template("appeal-letter"), Template("ticket-text")]),
    (
        66,
        "身份证、流水、识别码",
        &[
            Slot("id.front"),
            Slot("bank.statement"),
            Slot("phone.imei"),
            Step("wechat-theft", "police/station"),
        ],
    ),
    (
        67,
        "要工单号，留录音",
        &[
            Field("ticket_no"),
            Field("agent"),
            Template("call-log"),
            Slot("service.record"),
            Command("done"),
        ],
    ),
    (
        68,
        "三到七个工作日的说法",
        &[
            Channel("tencent.kefu-mini"),
            Clock("wechat-theft", "open-ticket", "5wd"),
            Card("reply-times"),
        ],
    ),
    (
        69,
        "各渠道多久答复",
        &[
            Channel("wechat.95017"),
            Channel("tencent.kefu-mini"),
            Card("reply-times"),
            Command("channel"),
        ],
    ),
    (
        70,
        "三千元立案的说法",
        &[
            Threshold("fraud.article-001"),
            Threshold("theft.national"),
            Threshold("telecom.national"),
            Card("police-threshold"),
        ],
    ),
    (
        71,
        "报案不需要先有回执",
        &[
            Card("receipt-first"),
            Step("wechat-theft", "police/station"),
            Template("police-statement"),
        ],
    ),
    (
        72,
        "民事还是刑事，措辞不越界",
        &[
            Card("civil-or-crime"),
            Field("how"),
            Step("wechat-theft", "loss-facts"),
            Refusal("police-civil"),
            Refusal("kind-of-transaction"),
        ],
    ),
    (
        73,
        "起诉和立案两条路",
        &[
            Card("civil-or-crime"),
            Step("wechat-theft", "police/ask-filing"),
            Step("wechat-theft", "lawyer/outline"),
            Template("civil-complaint-outline"),
        ],
    ),
    (
        74,
        "财产保全只给律师提纲",
        &[
            Step("wechat-theft", "lawyer/preservation"),
            Template("preservation-outline"),
            Law("cn.civp-103"),
        ],
    ),
    (
        75,
        "加固四件，取证以后",
        &[
            Step("wechat-theft", "harden-phone"),
            Check("phone-hardening", "卸载不是从官方应用商店"),
            Check("wechat-hardening", "允许通过手机号搜索"),
            Check("phone-hardening", "查找手机"),
            Check("wechat-hardening", "取消第三方应用"),
        ],
    ),
    (
        76,
        "调试和屏幕使用时间",
        &[Check("phone-hardening", "USB 调试"), Check("phone-hardening", "屏幕使用时间")],
    ),
    (
        77,
        "两种手机各写路径",
        &[
            Check("phone-hardening", "换锁屏密码"),
            Check("phone-hardening", "短信权限"),
            Check("monthly-devices", "支付密码定期更换"),
            Command("remind show"),
        ],
    ),
    (
        78,
        "看保险服务页",
        &[
            Step("wechat-theft", "insurance/cover"),
            Slot("insurance.screen"),
            Channel("insurer.report"),
            Product("wechat.account-insurance"),
        ],
    ),
    (
        79,
        "发现后两天内报保险",
        &[
            Clock("wechat-theft", "insurance/notice", "24h"),
            Card("insurance-48h"),
            Template("insurance-notice"),
        ],
    ),
    (
        80,
        "理赔三项材料",
        &[
            Step("wechat-theft", "insurance/claim"),
            Slot("police.receipt"),
            Slot("bill.pdf"),
            Slot("id.front"),
            Template("insurance-account"),
        ],
    ),
    (
        81,
        "五到十个工作日审核",
        &[
            Clock("wechat-theft", "insurance/claim", "10wd"),
            Step("wechat-theft", "insurance/chase"),
        ],
    ),
    (
        82,
        "最高赔付以保单为准",
        &[
            Product("wechat.account-insurance"),
            Slot("insurance.policy"),
            Card("platform-insurance"),
        ],
    ),
    (
        83,
        "百万保障",
        &[
            Product("wechat.million-guarantee"),
            Channel("wechat.guarantee"),
            Step("wechat-theft", "capture-promise"),
        ],
    ),
    (
        84,
        "三级防御",
        &[
            Step("quarterly-safety-day", "limits"),
            Step("quarterly-safety-day", "watch"),
            Step("quarterly-safety-day", "backup"),
        ],
    ),
    (
        85,
        "每月三步检",
        &[
            Step("monthly-check", "balance"),
            Step("monthly-check", "contacts"),
            Step("monthly-check", "system"),
        ],
    ),
    (
        86,
        "老人亲属卡五百元",
        &[Check("elder-family", "亲属卡"), Step("quarterly-safety-day", "family")],
    ),
    (
        87,
        "每月更新安全知识",
        &[Step("monthly-check", "news"), Check("monthly-news", "国家反诈中心")],
    ),
    (
        88,
        "每季度安全日",
        &[
            Step("quarterly-safety-day", "limits"),
            Step("quarterly-safety-day", "drill"),
            Command("remind add"),
        ],
    ),
    (
        89,
        "手法会变，数据带日期",
        &[Card("fraud-tricks-change"), Command("pack"), Command("workflow migrate")],
    ),
    // 002 IM 钱包被盗
    (
        90,
        "四种泄露原因",
        &[
            Step("im-wallet-theft", "cause-kind"),
            Check("wallet-causes", "钓鱼"),
            Check("wallet-causes", "应用"),
            Check("wallet-causes", "公共 Wi-Fi"),
            Check("wallet-causes", "二次验证"),
            Field("cause"),
        ],
    ),
    (
        91,
        "改密、看记录、找客服、报警",
        &[
            Step("im-wallet-theft", "password"),
            Step("im-wallet-theft", "capture-chain"),
            Step("im-wallet-theft", "suspend"),
            Step("im-wallet-theft", "call-110"),
            Step("im-wallet-theft", "police/station"),
        ],
    ),
    (
        92,
        "客服忙，隔一段再找",
        &[
            Clock("im-wallet-theft", "suspend", "48h"),
            Step("im-wallet-theft", "chase"),
            Refusal("busy"),
        ],
    ),
    (
        93,
        "缺证据就补",
        &[
            Step("im-wallet-theft", "supplement"),
            Template("supplement-text"),
            Refusal("not-enough-evidence"),
        ],
    ),
    (
        94,
        "转上级或投诉",
        &[
            Step("im-wallet-theft", "superior"),
            Template("superior-script"),
            Step("im-wallet-theft", "complain"),
            Refusal("no-authority"),
        ],
    ),
    (
        95,
        "说是政策，问哪一条",
        &[
            Step("im-wallet-theft", "clause"),
            Template("policy-clause-text"),
            Slot("wallet.terms"),
            Refusal("policy"),
        ],
    ),
    (
        96,
        "清楚简短、一个诉求",
        &[
            Template("ticket-text"),
            Template("wallet-ticket-text"),
            Template("wallet-complaint-text"),
            Command("template preview"),
        ],
    ),
    (
        97,
        "邮件、聊天、社交媒体",
        &[Channel("wallet.support"), Channel("exchange.support"), Channel("social.exposure")],
    ),
    (
        98,
        "向监管投诉",
        &[
            Step("im-wallet-theft", "licence"),
            Step("im-wallet-theft", "complaint-12363/file"),
            Channel("pboc.12363"),
            Step("wechat-theft", "complaint/file"),
        ],
    ),
    (
        99,
        "民事诉讼",
        &[
            Step("im-wallet-theft", "lawyer/handoff"),
            Step("im-wallet-theft", "lawyer/outline"),
            Template("civil-complaint-outline"),
            Command("bundle"),
        ],
    ),
    (100, "曝光默认关闭", &[Channel("social.exposure"), Card("social-exposure")]),
    (
        101,
        "行业协会",
        &[
            Channel("pcac.report"),
            Step("im-wallet-theft", "association"),
            Template("association-report-text"),
        ],
    ),
    (
        102,
        "一天内报警",
        &[
            Clock("im-wallet-theft", "call-110", "1h"),
            Clock("im-wallet-theft", "police/station", "0d"),
        ],
    ),
    (
        103,
        "资金去了几处",
        &[
            Template("fund-flow"),
            Template("asset-table"),
            Slot("wallet.txns"),
            Step("im-wallet-theft", "police/station"),
        ],
    ),
    (
        104,
        "写明紧急的理由",
        &[
            Template("wallet-complaint-text"),
            Template("ticket-text"),
            Step("im-wallet-theft", "second-letter"),
        ],
    ),
    (
        105,
        "先看自助",
        &[Channel("wallet.support"), Channel("wechat.95017"), Step("im-wallet-theft", "suspend")],
    ),
    (
        106,
        "没到期不催",
        &[
            Clock("im-wallet-theft", "suspend", "48h"),
            Clock("wechat-theft", "open-ticket", "48h"),
            Card("reply-times"),
        ],
    ),
    (
        107,
        "钱包自称的保险",
        &[Product("wallet.insurance"), Check("wallet-hardening", "账户保障或保险")],
    ),
    (
        108,
        "加密、双重认证；自管无人能冻结",
        &[
            Product("wallet.security-features"),
            Card("self-custody"),
            Step("im-wallet-theft", "move-rest"),
            Field("custodial"),
        ],
    ),
    (
        109,
        "权利要有法条",
        &[
            Card("user-rights"),
            Law("cn.npi-20"),
            Law("cn.npi-35"),
            Law("cn.cpl-11"),
            Law("cn.cpl-39"),
            Law("cn.pipl-45"),
        ],
    ),
    (
        110,
        "选钱包看四样",
        &[
            Step("im-wallet-theft", "choose-safely"),
            Check("wallet-choice", "安全功能"),
            Check("wallet-choice", "口碑"),
            Check("wallet-choice", "更新和维护"),
            Check("wallet-choice", "币种"),
        ],
    ),
    (
        111,
        "多少都报案",
        &[
            Card("police-threshold"),
            Threshold("theft.below"),
            Threshold("fraud.below"),
            Step("im-wallet-theft", "police/station"),
        ],
    ),
    // 003 封号后提取财产
    (112, "借款保号是谣言", &[Card("weilidai-ban"), Step("account-banned-withdrawal", "loan")]),
    (
        113,
        "处罚页点提取财产",
        &[Step("account-banned-withdrawal", "open-entry"), Channel("wechat.penalty-page")],
    ),
    (
        114,
        "五样逐项提，从大到小",
        &[
            Step("account-banned-withdrawal", "inventory"),
            Step("account-banned-withdrawal", "withdraw"),
            Check("withdraw-48h", "理财通赎回"),
            Check("withdraw-48h", "再提零钱"),
            Check("withdraw-48h", "微粒贷"),
            Template("withdrawal-checklist"),
        ],
    ),
    (
        115,
        "从点开算四十八小时",
        &[Clock("account-banned-withdrawal", "withdraw", "48h"), Field("opened_at")],
    ),
    (
        116,
        "开启后只能提现还款，先存证",
        &[
            Step("account-banned-withdrawal", "capture-page"),
            Check("withdraw-preflight", "聊天和账单"),
            Slot("penalty.screen"),
        ],
    ),
    (
        117,
        "能否再开没人答，按一次准备",
        &[
            Card("one-shot-window"),
            Step("account-banned-withdrawal", "preflight"),
            Step("account-banned-withdrawal", "ask-entry"),
            Check("withdraw-preflight", "提现限额"),
        ],
    ),
    (
        118,
        "微粒贷照还",
        &[
            Step("account-banned-withdrawal", "loan"),
            Step("account-banned-withdrawal", "repay-day"),
            Template("repay-script"),
            Channel("webank.loan"),
        ],
    ),
    (
        119,
        "封禁原因分开申诉",
        &[
            Step("account-banned-withdrawal", "ban-reason"),
            Step("account-banned-withdrawal", "ban-kind"),
            Check("ban-kinds", "发布内容"),
            Check("ban-kinds", "干扰运行"),
            Template("ban-appeal-text"),
        ],
    ),
    (120, "有争议不注销", &[Card("keep-account"), Check("withdraw-48h", "注销账号")]),
    (
        121,
        "有钱的号不回收",
        &[Card("account-recycle"), Step("account-banned-withdrawal", "ban-kind")],
    ),
    (
        122,
        "久未用的先解封再提",
        &[
            Step("account-banned-withdrawal", "unban-protection"),
            Check("ban-kinds", "长期未用"),
            Channel("wechat.unban"),
        ],
    ),
    (
        123,
        "司法冻结找律师",
        &[
            Step("account-banned-withdrawal", "frozen-or-not"),
            Step("account-banned-withdrawal", "who-froze"),
            Step("account-banned-withdrawal", "court-lawyer"),
            Template("court-freeze-script"),
        ],
    ),
    (
        124,
        "不能把余额当罚款",
        &[
            Step("account-banned-withdrawal", "withheld-letter"),
            Template("withheld-funds-letter"),
            Refusal("account-violation"),
            Law("cn.npi-27"),
        ],
    ),
    (
        125,
        "只走官方，不信解封渠道",
        &[Card("paid-unban"), Card("recovery-scam"), Channel("wechat.unban"), Command("channel")],
    ),
    // 004 支付宝官方号
    (
        126,
        "被盗全赔是承诺证据",
        &[
            Slot("promise.screen"),
            Step("alipay-theft", "capture-promise"),
            Product("alipay.stolen-promise"),
            Card("promise-old"),
            Law("cn.bankcard-10"),
        ],
    ),
    (
        127,
        "账户安全险，以保单为准",
        &[
            Product("alipay.account-insurance"),
            Channel("insurer.report"),
            Step("alipay-theft", "insurance/cover"),
            Slot("insurance.policy"),
        ],
    ),
    (128, "95188", &[Channel("alipay.95188"), Clock("alipay-theft", "freeze-pay", "10m")]),
    (
        129,
        "丢手机也赔，要挂失记录",
        &[
            Product("alipay.lost-phone"),
            Step("alipay-theft", "lost-phone/report-sim"),
            Step("alipay-theft", "lost-phone/record-alipay"),
            Slot("sim.report"),
            Slot("device.loss"),
        ],
    ),
    (
        130,
        "被盗被骗，看谁操作",
        &[
            Field("how"),
            Step("alipay-theft", "loss-facts"),
            Check("second-appeal-gap", "本人主动操作"),
            Refusal("done-by-owner"),
            Template("correction-notice"),
        ],
    ),
    (
        131,
        "如实陈述，不骗保",
        &[
            Card("truth-only"),
            Refusal("truthfulness"),
            Template("insurance-account"),
            Check("family-close", "给保险公司的报案"),
        ],
    ),
    (132, "秒到账没有数字，不设期限", &[Product("alipay.stolen-promise")]),
    (
        133,
        "首次被拒再申诉",
        &[
            Step("alipay-second-appeal", "second-appeal"),
            Step("alipay-second-appeal", "gap-check"),
            Check("second-appeal-gap", "材料不足"),
            Step("alipay-theft", "second-appeal/second-appeal"),
            Template("second-appeal-text"),
        ],
    ),
    (
        134,
        "可能是家里人，只给本人看",
        &[
            Step("family-talk", "talk"),
            Check("family-talk", "手机在谁手里"),
            Template("family-note"),
            Card("talk-first"),
            Refusal("relatives"),
        ],
    ),
    (
        135,
        "追究就先报案",
        &[
            Step("alipay-second-appeal", "police-first"),
            Step("family-talk", "police-first"),
            Check("second-appeal-gap", "亲友操作"),
        ],
    ),
    (
        136,
        "换人复核",
        &[
            Step("alipay-second-appeal", "ask-reason"),
            Step("alipay-second-appeal", "second-appeal"),
            Template("reason-script"),
            Refusal("already-decided"),
        ],
    ),
    (137, "公开喊话默认关闭", &[Channel("alipay.public-account"), Card("social-exposure")]),
    (138, "旧的、利益相关的说法", &[Product("alipay.stolen-promise"), Card("promise-old")]),
    (
        139,
        "要专人姓名或工号",
        &[
            Field("handler"),
            Template("ticket-text"),
            Template("upgrade-script"),
            Step("alipay-theft", "ask-upgrade"),
        ],
    ),
];

/// Contradictions between the articles, each with what shows how it is handled.
const CONTRADICTIONS: [Row; 19] = [
    (
        1,
        "账单三年还是两年",
        &[
            Law("cn.ecl-53"),
            Card("bill-years"),
            Check("bill-coverage", "分三次"),
            Step("wechat-theft", "ask-records"),
            Template("records-request-text"),
        ],
    ),
    (
        2,
        "五千还是三千",
        &[
            Threshold("theft.article-000"),
            Threshold("fraud.article-001"),
            Threshold("theft.national"),
            Threshold("fraud.national"),
            Card("police-threshold"),
            Card("net110"),
            Law("cn.mps.crim-169"),
            Law("cn.mps.crim-171"),
        ],
    ),
    (
        3,
        "先打电话还是等两天",
        &[
            Clock("wechat-theft", "freeze-pay", "10m"),
            Clock("wechat-theft", "open-ticket", "48h"),
            Step("wechat-theft", "chase-call"),
            Card("wait-48h"),
        ],
    ),
    (
        4,
        "保险要立案文书又限两天",
        &[
            Clock("wechat-theft", "insurance/notice", "24h"),
            Step("wechat-theft", "insurance/claim"),
            Card("insurance-48h"),
            Refusal("filing-paper-wanted"),
            Law("cn.ins-21"),
            Law("cn.ins-22"),
        ],
    ),
    (
        5,
        "微信有没有保险",
        &[
            Step("wechat-theft", "insurance/cover"),
            Slot("insurance.screen"),
            Card("platform-insurance"),
            Product("wechat.million-guarantee"),
        ],
    ),
    (6, "识别码重要还是不重要", &[Slot("phone.imei"), Step("wechat-theft", "police/station")]),
    (
        7,
        "支付宝的险免费还是收费",
        &[
            Product("alipay.account-insurance"),
            Card("platform-insurance"),
            Slot("insurance.policy"),
            Step("alipay-second-appeal", "second-appeal"),
        ],
    ),
    (
        8,
        "先报警还是先工单",
        &[
            Clock("wechat-theft", "freeze-pay", "10m"),
            Clock("wechat-theft", "call-110", "30m"),
            Clock("wechat-theft", "open-ticket", "3h"),
            Clock("wechat-theft", "insurance/notice", "24h"),
            Clock("wechat-theft", "police/station", "0d"),
        ],
    ),
    (
        9,
        "工单多久",
        &[
            Card("reply-times"),
            Clock("wechat-theft", "open-ticket", "48h"),
            Clock("wechat-theft", "open-ticket", "5wd"),
            Clock("wechat-theft", "open-ticket", "15d"),
            Channel("tencent.kefu-mini"),
            Channel("wechat.ticket"),
        ],
    ),
    (
        10,
        "带回执去报案",
        &[
            Card("receipt-first"),
            Step("wechat-theft", "police/station"),
            Step("wechat-theft", "police/receipt"),
            Command("workflow check"),
        ],
    ),
    (
        11,
        "最高赔多少",
        &[
            Product("wechat.account-insurance"),
            Product("wechat.million-guarantee"),
            Product("alipay.account-insurance"),
            Slot("insurance.policy"),
        ],
    ),
    (
        12,
        "入口能不能再开",
        &[
            Card("one-shot-window"),
            Step("account-banned-withdrawal", "preflight"),
            Clock("account-banned-withdrawal", "withdraw", "48h"),
            Step("account-banned-withdrawal", "ask-entry"),
        ],
    ),
    (
        13,
        "自己恢复数据库",
        &[
            Card("self-recovery"),
            Card("no-reset"),
            Check("chat-recovery", "第三方恢复软件"),
            Law("cn.si.evid-15"),
        ],
    ),
    (
        14,
        "公司自己 2018 年的话",
        &[
            Product("alipay.stolen-promise"),
            Card("promise-old"),
            Slot("promise.screen"),
            Step("alipay-theft", "capture-promise"),
        ],
    ),
    (
        15,
        "五天是自然日还是工作日",
        &[
            Clock("wechat-theft", "open-ticket", "5d"),
            Clock("wechat-theft", "open-ticket", "5wd"),
            Card("reply-times"),
            Command("why"),
            Command("workflow check"),
        ],
    ),
    (
        16,
        "被盗、被骗、说不清",
        &[
            Field("how"),
            Step("wechat-theft", "loss-facts"),
            Step("wechat-theft", "deceived"),
            Card("truth-only"),
            Template("correction-notice"),
        ],
    ),
    (
        17,
        "钱包托管还是自管",
        &[
            Field("custodial"),
            Step("im-wallet-theft", "custody"),
            Step("im-wallet-theft", "move-rest"),
            Step("im-wallet-theft", "exchange-letter"),
            Card("self-custody"),
            Card("wallet-source"),
        ],
    ),
    (
        18,
        "要不要曝光",
        &[Channel("social.exposure"), Channel("alipay.public-account"), Card("social-exposure")],
    ),
    (
        19,
        "没有依据的三种说法",
        &[
            Channel("wechat.offline"),
            Card("offline-counter"),
            Product("wechat.webank-72h"),
            Card("webank-72h"),
            Card("overseas-base-station"),
        ],
    ),
];

#[test]
fn every_demand_of_the_articles_is_covered() {
    covered(&ROWS);
}

#[test]
fn every_contradiction_of_the_articles_is_handled() {
    covered(&CONTRADICTIONS);
}

fn covered(rows: &[Row]) {
    let library = setup::library(Path::new("/nonexistent")).unwrap();
    let packs = &library.packs;
    let workflows = library.workflows();
    let mut open = Vec::new();
    for (index, (number, says, covers)) in rows.iter().enumerate() {
        assert_eq!(usize::from(*number), index + 1, "rows in order");
        assert!(!covers.is_empty(), "row {number} ({says}) is covered by nothing");
        for by in *covers {
            let step = |workflow: &str, step: &str| {
                let workflow = workflows.iter().find(|known| known.id == workflow);
                workflow.and_then(|workflow| workflow.step(step)).cloned()
            };
            let (name, exists) = match by {
                Step(workflow, id) => (format!("{workflow} {id}"), step(workflow, id).is_some()),
                Clock(workflow, id, span) => {
                    let found = step(workflow, id).is_some_and(|step| {
                        step.due.is_some_and(|due| due.to_string() == *span)
                            || step.ladder.iter().any(|rung| rung.span.to_string() == *span)
                    });
                    (format!("{workflow} {id} {span}"), found)
                }
                Channel(id) => ((*id).to_owned(), packs.channels.contains_key(*id)),
                Check(list, word) => {
                    let found = packs.checks.get(*list).is_some_and(|list| {
                        list.items.iter().any(|item| item.what.zh.contains(word))
                    });
                    (format!("{list} {word}"), found)
                }
                Slot(id) => ((*id).to_owned(), packs.slots.contains_key(*id)),
                Field(id) => ((*id).to_owned(), packs.fields.contains_key(*id)),
                Template(id) => ((*id).to_owned(), packs.templates.contains_key(*id)),
                Refusal(id) => ((*id).to_owned(), packs.refusals.contains_key(*id)),
                Product(id) => ((*id).to_owned(), packs.products.contains_key(*id)),
                Threshold(id) => ((*id).to_owned(), packs.thresholds.contains_key(*id)),
                Card(id) => ((*id).to_owned(), packs.cards.contains_key(*id)),
                Law(id) => ((*id).to_owned(), packs.law.contains_key(*id)),
                Command(name) => ((*name).to_owned(), has_command(name)),
            };
            if !exists {
                open.push(format!("{number} {says}: {name}"));
            }
        }
    }
    assert!(open.is_empty(), "{} not there:\n{}", open.len(), open.join("\n"));
}

fn has_command(name: &str) -> bool {
    use clap::CommandFactory as _;
    let command = appeal_daemon::cli::args::Arguments::command();
    let mut words = name.split(' ');
    let first = words.next().unwrap_or_default();
    let Some(found) = command.find_subcommand(first) else { return false };
    words.next().is_none_or(|second| found.find_subcommand(second).is_some())
}
