//! Who handles the matter.

use crate::mail::inbound::suggest::sentences::Sentence;
use crate::mail::inbound::suggest::{Finding, Suggestion};

/// What such people are called before their name.
const ROLES: [&str; 34] = [
    "经办人",
    "承办人",
    "承办民警",
    "办案民警",
    "主办民警",
    "值班民警",
    "民警",
    "处理人员",
    "处理人",
    "处理专员",
    "受理人员",
    "受理人",
    "受理员",
    "理赔专员",
    "理赔经办",
    "理赔员",
    "理赔顾问",
    "理赔师",
    "查勘员",
    "核赔员",
    "客服专员",
    "客服代表",
    "客服经理",
    "投诉专员",
    "服务专员",
    "专员",
    "案件负责人",
    "负责人",
    "对接人",
    "联系人",
    "跟进人",
    "客户经理",
    "法务",
    "我是",
];

/// The same in English.
const ENGLISH: [&str; 8] = [
    "handled by",
    "case handler",
    "claims handler",
    "claim handler",
    "adjuster",
    "case manager",
    "case officer",
    "contact person",
];

/// The first character of most Chinese names.
const SURNAMES: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤欧温柳殷葛喻蓝詹凌霍翁";

/// What may follow a name.
const TITLES: [&str; 9] = ["先生", "女士", "小姐", "警官", "老师", "经理", "专员", "主任", "律师"];

/// Reads who handles it, with the number to call when it stands there or in the next sentence.
pub(super) fn read(sentences: &[Sentence]) -> Vec<Suggestion> {
    let mut found = Vec::new();
    for (index, sentence) in sentences.iter().enumerate() {
        let name = chinese(&sentence.text)
            .or_else(|| english(sentence))
            .or_else(|| staff_number(&sentence.text));
        let Some(name) = name else { continue };
        let near = [Some(sentence), sentences.get(index + 1)];
        let phone = near.into_iter().flatten().find_map(|sentence| phone(&sentence.lower));
        let phone = phone.or_else(|| right_behind(&sentence.text, &name));
        found.push(Suggestion::new(Finding::Handler { name, phone }, sentence));
    }
    found
}

fn chinese(text: &str) -> Option<String> {
    ROLES.iter().find_map(|role| {
        text.match_indices(role).find_map(|(start, _)| name(&text[start + role.len()..]))
    })
}

fn name(rest: &str) -> Option<String> {
    let skipped =
        rest.trim_start_matches(|c: char| c.is_whitespace() || ":：为是（(【".contains(c));
    let skipped = behind_department(skipped);
    let is_set_off = skipped.len() < rest.len();
    if rest.len() - skipped.len() > 40 || !SURNAMES.contains(skipped.chars().next()?) {
        return None;
    }
    let run: String =
        skipped.chars().take_while(|c| ('\u{4e00}'..='\u{9fff}').contains(c)).collect();
    let titled = TITLES.iter().find_map(|title| {
        run.find(title)
            .filter(|at| (1..=4).contains(&run[..*at].chars().count()))
            .map(|at| (at, *title))
    });
    if let Some((at, title)) = titled {
        let bare = &run[..at];
        // 王女士 is all there is of some names.
        return Some(if bare.chars().count() == 1 {
            format!("{bare}{title}")
        } else {
            bare.to_owned()
        });
    }
    let bare =
        run.split("工号").next().unwrap_or_default().split("电话").next().unwrap_or_default();
    let stops = ["联系", "与", "将", "会", "负责", "跟进", "处理", "为您", "来", "接"];
    let stop =
        stops.iter().filter_map(|word| bare.find(word)).filter(|at| *at >= "张三".len()).min();
    let bare = &bare[..stop.unwrap_or(bare.len())];
    let length = bare.chars().count();
    let fits =
        (2..=3).contains(&length) || (length == 4 && is_set_off && skipped.starts_with("欧阳"));
    fits.then(|| bare.to_owned())
}

/// 法务部 郑凯: what stands behind the department.
fn behind_department(text: &str) -> &str {
    let Some((first, rest)) = text.split_once(' ') else { return text };
    let is_one = ["部", "组", "科", "中心", "处", "室"].iter().any(|end| first.ends_with(end));
    if is_one && first.chars().count() <= 8 { rest.trim_start() } else { text }
}

fn english(sentence: &Sentence) -> Option<String> {
    ENGLISH.iter().find_map(|role| {
        let start = sentence.lower.find(role)? + role.len();
        let rest = sentence.text.get(start..)?.trim_start_matches([':', ' ', '-']);
        let rest = rest.strip_prefix("is ").unwrap_or(rest);
        let words = rest.split([' ', ',', '(', '.', '\t']).take(3);
        let name: Vec<&str> = words
            .take_while(|word| word.starts_with(|c: char| c.is_ascii_uppercase()) && word.len() > 1)
            .collect();
        (!name.is_empty()).then(|| name.join(" "))
    })
}

/// Staff who give only a number: 工号 8023.
fn staff_number(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("工号")?;
    let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || ":：为是".contains(c));
    let number: String = rest.chars().take_while(char::is_ascii_alphanumeric).collect();
    let fits = (3..=10).contains(&number.len()) && number.bytes().any(|byte| byte.is_ascii_digit());
    fits.then(|| format!("工号 {number}"))
}

/// A number to call that stands right behind a name: 李芳（021-60001234）.
fn right_behind(text: &str, name: &str) -> Option<String> {
    let (_, rest) = text.split_once(name)?;
    let rest = rest.strip_prefix(['（', '(', ' ', '，'])?;
    let end =
        rest.find(|c: char| !(c.is_ascii_digit() || "-+ 转".contains(c))).unwrap_or(rest.len());
    let digits = rest[..end].bytes().filter(u8::is_ascii_digit).count();
    (7..=18).contains(&digits).then(|| rest[..end].trim().to_owned())
}

/// A number to call, behind a word for it.
fn phone(text: &str) -> Option<String> {
    ["电话", "联系方式", "联系号码", "手机", "座机", "热线", "致电", "tel", "phone", "call "]
        .iter()
        .find_map(|word| {
            let rest = &text[text.find(word)? + word.len()..];
            let rest = rest.trim_start_matches(|c: char| {
                !c.is_ascii_digit() && c != '+' && c != '，' && c != '(' && c != '（'
            });
            let rest = rest.trim_start_matches(['(', '（']);
            let end = rest
                .find(|c: char| !(c.is_ascii_digit() || "-+ 转)）".contains(c)))
                .unwrap_or(rest.len());
            let number =
                rest[..end].trim_matches(|c: char| !c.is_ascii_digit() && c != '+').to_owned();
            let digits = number.bytes().filter(u8::is_ascii_digit).count();
            (5..=18).contains(&digits).then_some(number)
        })
}
