//! The words by which letters say what was decided or done.

use crate::mail::inbound::suggest::outcomes::Outcome;

/// One row: the outcome, what says it, and what beside it says something else.
pub(super) struct Rule {
    pub(super) outcome: Outcome,
    pub(super) says: &'static [&'static str],
    pub(super) unless: &'static [&'static str],
}

/// Read from the top; the first refusal in a clause hides what stands below it.
#[rustfmt::skip]
pub(super) const RULES: [Rule; 12] = [
    Rule {
        outcome: Outcome::NotAccepted,
        says: &[
            "不予受理", "不受理", "未予受理", "无法受理", "不能受理", "未受理", "不符合受理",
            "不属于*受理", "不在*受理", "终止受理", "不属于*管辖", "不予登记", "cannot accept your",
            "unable to accept your", "has not been accepted", "was not accepted",
        ],
        unless: &["不予受理的", "不受理的情形"],
    },
    Rule {
        outcome: Outcome::NotFiled,
        says: &[
            "不予立案", "不立案", "未予立案", "不符合立案", "未达到立案", "未达立案", "无法立案",
        ],
        unless: &[],
    },
    Rule {
        outcome: Outcome::Refused,
        says: &[
            "拒赔", "拒绝赔", "拒绝退", "拒绝您", "不予赔", "不予退", "不予支付", "不予补偿",
            "不予支持", "不予通过", "不予办理", "不予处理", "不予理赔", "不予认可", "不予采纳",
            "不予返还", "不予恢复", "不予解", "无法核实", "无法认定", "无法确认", "无法*赔", "无法*退", "未能通过", "不能通过", "没能通过", "无法退", "无法予以", "无法为您退",
            "无法为您赔", "无法为您办理退", "无法给予", "无法支持", "无法满足", "无法通过",
            "无法理赔", "无法办理退", "无法提供赔", "无法返还", "不能赔", "不能退", "不能予以",
            "不能支持", "不支持退", "不支持赔", "不支持您", "不同意退", "不同意赔", "不同意您",
            "不符合*条件", "不符合*标准", "不符合*规则", "不符合赔付", "不符合退款", "不符合理赔",
            "不属于*保险责任", "不属于保险", "不属于赔付", "不属于理赔", "不属于保障",
            "不属于*赔付范围", "不属于*理赔范围", "不在保障", "不在赔付", "不在理赔", "不在保险",
            "不承担*责任", "审核不通过", "审核未通过", "审核结果为不通过", "审核没有通过",
            "未通过", "申诉失败", "申诉不成立", "投诉不成立", "理由不成立", "驳回", "维持原",
            "维持此前", "declined", "rejected", "denied", "not eligible", "unable to refund",
            "cannot refund", "unable to reimburse", "unable to approve", "not covered",
            "regret to inform", "unsuccessful", "cannot be approved", "could not be approved",
            "will not be refunded", "not been approved",
        ],
        unless: &[
            "未通过电话", "未通过邮", "未通过短信", "的情形", "如您不", "未被驳回", "可能被驳回",
            "不符合要求",
        ],
    },
    Rule {
        outcome: Outcome::NeedMore,
        says: &[
            "补充材料", "补充资料", "补充提供", "补充以下", "补充如下", "补充下列", "补充上传",
            "补充提交", "补充证", "补充相关", "补齐", "补正", "补交", "将以下", "将下列", "以下材料", "以下资料", "下列材料", "下列资料", "without the following", "the following documents", "请重新上传", "请重新提交", "请重新拍", "凭证缺失", "材料缺失", "不清晰", "照片模糊", "材料不全", "资料不全",
            "材料不齐", "资料不齐", "材料不足", "资料不足", "材料不完整", "资料不完整",
            "材料有误", "缺少", "尚缺", "请提供", "请您提供", "请你提供", "需要您提供",
            "需要你提供", "需您提供", "需提供", "需要提供", "烦请提供", "请补充", "请您补充",
            "需补充", "需要补充", "还需要补", "请上传", "请您上传", "请重新上传", "请重新提交",
            "请提交", "请您提交", "请您补", "另需", "尚需", "请回传", 
            "please provide", "please submit", "please send us", "please send the",
            "please upload", "please reply with", "additional documents",
            "additional information", "further information", "missing documents",
            "documents are missing", "we require", "we still need", "we need the following",
            "supporting documents",
        ],
        unless: &[
            "未在", "未按", "未及时", "逾期未", "无需", "不需", "不用", "已收到", "收悉", "感谢", "意见", "评价", "满意度", "评分",
            "问卷", "已补充", "已提供", "已补齐", "反馈建议", "thank you for", "we have received",
            "no further information", "不要提供", "请勿", "不要向",
        ],
    },
    Rule {
        outcome: Outcome::Partial,
        says: &[
            "部分退款", "部分赔付", "部分赔偿", "部分退还", "部分返还", "退还部分", "赔付部分",
            "部分补偿", "按比例赔", "按比例退", "其中*可退", "partial refund", "partially",
            "partial payment",
        ],
        unless: &["不支持部分", "无法部分"],
    },
    Rule {
        outcome: Outcome::Paid,
        says: &[
            "已退款", "退款成功", "退款已", "已*原路退", "已退回", "已退还", "已返还", "已全额退",
            "已为您退", "已将*退", "已赔付", "赔付完成", "完成赔付", "赔款已", "赔付款已",
            "赔付金已", "理赔款已", "理赔金已", "保险金已", "补偿款已", "已补偿", "已支付赔",
            "已支付理赔", "已支付保险金", "已向您支付", "已向您*付", "已到账", "已打款", "已汇款",
            "已划付", "已划转至您", "已转入您", "已汇入您", "已付至您", "has been posted", "'ve refunded", "we refunded", "has been refunded",
            "refund has been issued", "have refunded", "have issued a refund", "has been paid",
            "have paid", "have been credited", "has been credited", "payment has been made",
            "have been refunded",
        ],
        unless: &[
            "未", "没有", "无法", "申请已退回", "材料已退回", "工单已退回", "申诉已退回",
            "资料已退回", "对方", "收款方", "商户已", "退款申请已", "退款请求已", "not been",
            "no refund",
        ],
    },
    Rule {
        outcome: Outcome::WillPay,
        says: &[
            "同意退", "同意赔", "同意为您", "同意您", "愿意*补偿", "给予*补偿", "同意*垫付", "先行垫付", "申请已通过", "已获通过", "予以赔付", "予以退款", "予以退还",
            "予以赔偿", "予以补偿", "予以返还", "将为您退", "将退还", "将全额", "将*原路退",
            "将赔付", "将支付赔", "将向您支付", "将*退回", "将*返还", "会*退还", "会*退回",
            "审核通过", "审核已通过", "通过审核", "已通过审核", "申诉成功", "申诉成立",
            "申诉通过", "申诉已通过", "核定赔", "核赔通过", "理赔通过", "支持您的申诉",
            "支持您的诉求", "支持您的请求", "属于保险责任", "we will refund", "will be refunded",
            "has been approved", "have approved", "is approved", "will be paid", "will pay",
        ],
        unless: &["不", "未", "无法", "没有", "not ", "拒"],
    },
    Rule {
        outcome: Outcome::Filed,
        says: &[
            "已立案", "予以立案", "决定立案", "已经立案", "立案侦查", "已受案", "已立为刑事案件",
        ],
        unless: &["不", "未", "尚", "等待"],
    },
    Rule {
        outcome: Outcome::Closed,
        says: &[
            "已结案", "已办结", "已关闭", "予以办结", "已撤销", "已撤案", "is now closed", "予以结案", "作结案", "工单关闭", "已完结", "处理完毕",
            "处理完成", "已处理完", "case is closed", "case has been closed", "has been closed",
            "has been resolved", "ticket closed",
        ],
        unless: &["将", "会", "未", "预计", "内处理", "账户已关闭", "账号已关闭", "功能已关闭", "尚"],
    },
    Rule {
        outcome: Outcome::Accepted,
        says: &[
            "已记录", "已经记录", "已受理", "予以受理", "受理成功", "已经受理", "受理了您", "正式受理", "决定受理",
            "准予受理", "已登记", "登记成功", "已为您登记", "已*建立工单", "已*创建工单",
            "已生成工单", "提交成功", "has been accepted", "have opened a", "has been opened",
            "has been created", "has been registered", "has been logged", "have registered",
        ],
        unless: &["不", "未", "尚"],
    },
    Rule {
        outcome: Outcome::InProgress,
        says: &[
            "稍后*联系", "会有专人", "暂缓处理", "正在处理", "处理中", "正在核实", "核实中", "正在审核", "审核中", "正在调查",
            "调查中", "正在核查", "核查中", "已转交", "已转*处理", "已转至", "已转给", "已转相关", "已经提交至", "进入*审核", "进入*环节", "已提交至",
            "已提交给", "已反馈", "尽快处理", "尽快*回复", "尽快*答复", "尽快与您", "尽快联系",
            "将尽快", "会尽快", "正在跟进", "持续跟进", "耐心等待", "under review",
            "being processed", "being reviewed", "looking into", "investigating",
            "will get back to you", "will respond", "being handled",
        ],
        unless: &["为尽快", "为了尽快", "以便尽快", "不会"],
    },
    Rule {
        outcome: Outcome::Received,
        says: &[
            "=收到", "已收到", "已经收到", "收悉", "来信收到", "邮件收到", "邮件已收到", "材料已收到",
            "收到您的", "收到了您", "received your", "have received", "thank you for contacting",
            "thank you for your email", "thank you for your message", "has been received",
        ],
        unless: &["未收到", "没有收到", "如已收到", "not received"],
    },
];
