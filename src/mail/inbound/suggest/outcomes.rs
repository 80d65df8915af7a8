//! What was decided or done, by the words of a clause. A condition, a question and somebody else's
//! claim are not outcomes.

mod table;

use crate::mail::inbound::suggest::outcomes::table::RULES;
use crate::mail::inbound::suggest::sentences::{Sentence, fits, position};
use crate::mail::inbound::suggest::{Finding, Suggestion, papers};

/// What a letter seems to say was decided or done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// 拒绝、不予赔付、驳回。
    Refused,
    /// 不予受理。
    NotAccepted,
    /// 不予立案。
    NotFiled,
    /// 材料不全，要求补充。
    NeedMore,
    /// 部分退款或赔付。
    Partial,
    /// 已退款、已赔付。
    Paid,
    /// 同意退款或赔付，还没有付。
    WillPay,
    /// 已立案。
    Filed,
    /// 已结案、已办结。
    Closed,
    /// 已受理、已登记。
    Accepted,
    /// 正在处理。
    InProgress,
    /// 收到了。
    Received,
}

impl Outcome {
    /// Returns its name, as reports show it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::NotAccepted => "not_accepted",
            Self::NotFiled => "not_filed",
            Self::NeedMore => "need_more",
            Self::Partial => "partial",
            Self::Paid => "paid",
            Self::WillPay => "will_pay",
            Self::Filed => "filed",
            Self::Closed => "closed",
            Self::Accepted => "accepted",
            Self::InProgress => "in_progress",
            Self::Received => "received",
        }
    }

    /// Returns true for what decides something; the others only say that it is on its way.
    pub fn decides(self) -> bool {
        !matches!(self, Self::Accepted | Self::InProgress | Self::Received)
    }
}

/// Clauses that begin so are conditions, and so is what follows them in the sentence.
const CONDITIONS: [&str; 19] = [
    "如",
    "若",
    "倘",
    "一旦",
    "假如",
    "假设",
    "只有",
    "除非",
    "当您",
    "在您",
    "待",
    "if ",
    "in case",
    "should ",
    "unless ",
    "once ",
    "when ",
    "为避免",
    "为确保",
];

/// Refusals: where one stands, a clause promises nothing.
const REFUSALS: [Outcome; 3] = [Outcome::NotAccepted, Outcome::NotFiled, Outcome::Refused];

/// Reads the outcomes, the ones that decide first.
pub(super) fn read(sentences: &[Sentence]) -> Vec<Suggestion> {
    let mut found: Vec<(Outcome, &Sentence)> = Vec::new();
    for sentence in sentences {
        for outcome in of(sentence) {
            if !found.iter().any(|(known, _)| *known == outcome) {
                found.push((outcome, sentence));
            }
        }
    }
    found.sort_by_key(|(outcome, _)| *outcome);
    found
        .into_iter()
        .map(|(outcome, sentence)| Suggestion::new(Finding::Outcome(outcome), sentence))
        .collect()
}

fn of(sentence: &Sentence) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    let clauses = sentence.clauses();
    let asks = sentence.lower.ends_with(['？', '?']);
    for (index, clause) in clauses.iter().copied().enumerate() {
        if is_question(clause) || (asks && index + 1 == clauses.len()) {
            continue;
        }
        if is_condition(clause) {
            break;
        }
        if is_their_words(clause) {
            continue;
        }
        if asks_for_a_paper(clause) {
            outcomes.push(Outcome::NeedMore);
        }
        for rule in &RULES {
            if outcomes.iter().any(|found| REFUSALS.contains(found))
                && !REFUSALS.contains(&rule.outcome)
                && rule.outcome != Outcome::NeedMore
            {
                continue;
            }
            let Some(end) = rule.says.iter().find_map(|says| position(clause, says)) else {
                continue;
            };
            if rule.unless.iter().any(|unless| fits(clause, unless)) {
                continue;
            }
            // 拒赔案例: a word of the trade, not a decision.
            let is_noun = ["案例", "的案例", "纠纷", "的情形", "的争议"]
                .iter()
                .any(|word| clause[end..].starts_with(word));
            if is_noun {
                continue;
            }
            // 审核通过后: what comes then depends on it.
            let after = clause[end..].trim_start_matches(['的', ' ']);
            if ["后", "之后", "以后", "时", "与否"].iter().any(|word| after.starts_with(word))
                && rule.outcome != Outcome::Received
            {
                return outcomes;
            }
            outcomes.push(rule.outcome);
        }
    }
    outcomes.sort_unstable();
    outcomes.dedup();
    outcomes
}

/// 请在10月9日前提交聊天记录截图: a request, when what it wants is a paper.
fn asks_for_a_paper(clause: &str) -> bool {
    let requests = [
        "we need",
        "please send",
        "please attach",
        "请*携带",
        "请*提供",
        "请*提交",
        "请*补充",
        "请*上传",
        "请*发送",
        "请*寄",
        "请*回传",
        "请*出具",
    ];
    let mildly = ["无需", "请勿", "不要", "评价", "意见", "问卷"];
    papers::names_a_paper(clause)
        && requests.iter().any(|request| fits(clause, request))
        && !mildly.iter().any(|word| clause.contains(word))
}

fn is_condition(clause: &str) -> bool {
    let clause =
        clause.trim_start_matches(|c: char| c.is_ascii_digit() || ".、)）(（ ".contains(c));
    let is_as_said = ["如下", "如前", "如上", "如期", "如实", "待遇", "若干"]
        .iter()
        .any(|word| clause.starts_with(word));
    !is_as_said && CONDITIONS.iter().any(|word| clause.starts_with(word))
}

fn is_question(clause: &str) -> bool {
    ["是否", "能否", "可否", "有没有", "会不会", "请问", "吗"]
        .iter()
        .any(|word| clause.contains(word))
}

/// The person's own words, told back: 您反映的不予退款一事.
fn is_their_words(clause: &str) -> bool {
    let tells =
        ["反映", "咨询", "提到", "所述", "投诉", "申诉", "来信", "来函", "关于", "申请", "诉求"]
            .iter()
            .any(|word| clause.contains(word));
    let matter = ["一事", "问题", "事宜", "的诉求", "的情况", "的请求", "的要求", "一案", "之事"]
        .iter()
        .any(|word| clause.ends_with(word));
    tells && matter
}
