//! Papers that are asked for.

use crate::mail::inbound::suggest::sentences::{Sentence, fits, item};
use crate::mail::inbound::suggest::{Finding, Suggestion};

/// Words that ask for something.
const REQUESTS: [&str; 30] = [
    "without the following",
    "携带",
    "带上",
    "准备好",
    "提供",
    "补充",
    "补交",
    "补齐",
    "补正",
    "上传",
    "提交",
    "回传",
    "寄送",
    "寄回",
    "邮寄",
    "发送至",
    "另需",
    "尚需",
    "还需",
    "缺少",
    "尚缺",
    "附上",
    "出具",
    "provide",
    "submit",
    "send us",
    "send the",
    "upload",
    "require",
    "need",
];

/// Words that say it is done, or not asked.
const NOT_ASKED: [&str; 15] = [
    "已收到",
    "收悉",
    "感谢您提供",
    "无需",
    "不需要",
    "已提供",
    "已提交",
    "已上传",
    "请勿",
    "不要向",
    "不要提供",
    "我们提供",
    "为您提供",
    "we provide",
    "thank you for",
];

/// What papers are called. What is asked for must hold one of them.
const PAPERS: [&str; 72] = [
    "身份证",
    "户口",
    "护照",
    "回执",
    "立案告知书",
    "立案决定书",
    "受案",
    "报案证明",
    "报警记录",
    "报警回执",
    "笔录",
    "银行流水",
    "流水",
    "账单",
    "交易明细",
    "交易记录",
    "转账记录",
    "转账凭证",
    "付款凭证",
    "支付凭证",
    "截图",
    "截屏",
    "录屏",
    "录音",
    "视频",
    "照片",
    "聊天记录",
    "短信",
    "通话记录",
    "证明",
    "发票",
    "保单",
    "委托书",
    "声明",
    "申请书",
    "申请表",
    "索赔书",
    "情况说明",
    "说明材料",
    "承诺书",
    "银行卡",
    "存折",
    "凭证",
    "单据",
    "证据",
    "清单",
    "复印件",
    "扫描件",
    "告知书",
    "决定书",
    "通知书",
    "登录记录",
    "设备信息",
    "材料",
    "statement",
    "receipt",
    "screenshot",
    "police report",
    "id card",
    "passport",
    "proof",
    "bank record",
    "transaction record",
    "claim form",
    "power of attorney",
    "photo",
    "copy of",
    "invoice",
    "certificate",
    "affidavit",
    "document",
    "form",
];

/// Names that say nothing of what is asked for.
const TOO_GENERAL: [&str; 18] = [
    "材料",
    "资料",
    "相关材料",
    "以下材料",
    "如下材料",
    "下列材料",
    "补充材料",
    "证明材料",
    "相关证明材料",
    "相关证明",
    "上述材料",
    "以上材料",
    "完整材料",
    "所需材料",
    "书面材料",
    "证据材料",
    "documents",
    "the following documents",
];

/// Reads the papers that sentences ask for, in the sentence itself or in the list below it.
pub(super) fn read(sentences: &[Sentence]) -> Vec<Suggestion> {
    let mut found = Vec::new();
    let mut index = 0;
    while let Some(sentence) = sentences.get(index) {
        index += 1;
        if !asks(&sentence.lower) {
            continue;
        }
        let mut names = inside(&sentence.text);
        if sentence.text.trim_end().ends_with([':', '：']) || names.is_empty() {
            while let Some(line) = sentences.get(index).and_then(|next| item(&next.text)) {
                names.extend(listed(line));
                index += 1;
            }
        }
        for name in names {
            found.push(Suggestion::new(Finding::Paper(name), sentence));
        }
    }
    found
}

fn asks(sentence: &str) -> bool {
    statements(sentence).any(wants)
}

/// What stands between full commas; the narrow one also parts the things of a list.
fn statements(sentence: &str) -> impl Iterator<Item = &str> {
    sentence.split(['，', '；', ';', '。'])
}

fn wants(statement: &str) -> bool {
    REQUESTS.iter().any(|word| statement.contains(word))
        && !NOT_ASKED.iter().any(|word| statement.contains(word))
}

/// True when a clause names a paper, and not only 材料 in general.
pub(super) fn names_a_paper(clause: &str) -> bool {
    PAPERS.iter().filter(|paper| !TOO_GENERAL.contains(paper)).any(|paper| fits(clause, paper))
}

/// English words stand alone: a form is a paper, information is none.
fn is_a_paper(lower: &str) -> bool {
    let plural = |paper: &&str| paper.is_ascii() && fits(lower, &format!("{paper}s"));
    PAPERS.iter().any(|paper| fits(lower, paper) || plural(paper))
}

/// One line of a list; what it explains in brackets or behind a stop is left out.
fn listed(line: &str) -> Vec<String> {
    let line = line.split(['；', ';', '。', '，']).next().unwrap_or(line);
    name(line).into_iter().collect()
}

/// What stands behind the word that asks, up to the end of that statement.
fn inside(sentence: &str) -> Vec<String> {
    let mut names = Vec::new();
    let lower = sentence.to_lowercase();
    if lower.len() != sentence.len() {
        return names;
    }
    for request in REQUESTS {
        for (start, found) in lower.match_indices(request).take(3) {
            let statement = statements(&lower[start..]).next().unwrap_or_default();
            let before = statements(&lower[..start]).last().unwrap_or_default();
            if !wants(&format!("{before}{statement}")) {
                continue;
            }
            let rest = &sentence[start + found.len()..];
            let end = rest.find(['，', '。', '；', ';', '！', '\t']).unwrap_or(rest.len());
            let rest = rest[..end].split(['：', ':']).next_back().unwrap_or_default();
            for part in rest.split([')', '、', '及', '和', '与', ',']) {
                let parts: Vec<&str> = part
                    .split("以及")
                    .flat_map(|part| part.split(" and "))
                    .flat_map(|part| part.split("或者"))
                    .collect();
                names.extend(parts.into_iter().filter_map(name));
            }
        }
    }
    names.extend(handed_over(sentence));
    let longest = names.clone();
    names.retain(|name| {
        !longest.iter().any(|other| other != name && other.ends_with(name.as_str()))
    });
    names.dedup();
    names
}

/// What stands between 请将 and the word that sends it: 请将保单照片寄回.
fn handed_over(sentence: &str) -> Vec<String> {
    let Some(rest) =
        ["请将", "请把", "需将"].iter().find_map(|word| Some(sentence.split_once(word)?.1))
    else {
        return Vec::new();
    };
    let ends = ["寄", "发", "提交", "上传", "回传", "扫描后", "邮寄", "交", "传", "带"];
    let end = ends.iter().filter_map(|word| rest.find(word)).filter(|at| *at > 0).min();
    let named = &rest[..end.unwrap_or(0)];
    named.split(['、', '及', '和', '与']).filter_map(name).collect()
}

/// Cleans the name of a paper; none when it is no paper or says too little.
fn name(part: &str) -> Option<String> {
    let part = item(part).unwrap_or(part);
    let part = part.split(['（', '(']).next().unwrap_or_default();
    let mut part =
        part.trim_matches(|c: char| c.is_whitespace() || "。；;，,.：:”“\"'".contains(c));
    for start in [
        "您的",
        "您本人的",
        "您",
        "我们",
        "以下",
        "如下",
        "下列",
        "相关的",
        "有效的",
        "有效",
        "完整的",
        "清晰的",
        "本人",
        "一份",
        "一下",
        "如下材料",
        "至",
        "的",
        "us ",
        "your ",
        "the ",
        "a ",
        "an ",
        "with ",
    ] {
        part = part.strip_prefix(start).unwrap_or(part).trim();
    }
    for end in
        ["等相关材料", "等证明材料", "等材料", "等资料", "等", "给我们", "至本邮箱", "即可", "后"]
    {
        part = part.strip_suffix(end).unwrap_or(part).trim();
    }
    // What is to follow is no part of the name: 转账凭证后重新申诉, 流水到官网.
    for stop in ["后", "到", "至", "以便", "用于", "并", " by ", " to ", " so that", " within "]
    {
        let kept = part.split(stop).next().unwrap_or_default().trim();
        if kept.len() < part.len() && is_a_paper(&kept.to_lowercase()) {
            part = kept;
        }
    }
    // Of `1) receipt 2) photo` each name ends with the next one's number.
    part = part.trim_end_matches(|c: char| c.is_ascii_digit()).trim();
    if part.starts_with("材料") || part.starts_with("资料") {
        return None;
    }
    let lower = part.to_lowercase();
    let length = part.chars().count();
    let is_paper = is_a_paper(&lower);
    let is_sentence =
        ["请", "我们", "将", "如", "逾期"].iter().any(|word| part.contains(word)) && length > 16;
    let fits = is_paper
        && !is_sentence
        && (2..=40).contains(&length)
        && !TOO_GENERAL.contains(&lower.as_str());
    fits.then(|| part.to_owned())
}
