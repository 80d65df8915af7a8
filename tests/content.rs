//! What papers and letters say, and what they never say.

use std::collections::BTreeMap;
use std::path::Path;

use mail_parser::MessageParser;

use crate::support::{Home, START, example, names, open, pdf_text, repository, squeezed};

/// Words no paper and no letter of ours may have.
const NEVER: [&str; 9] =
    ["系统漏洞", "内部人员", "犯罪嫌疑人", "骗子", "案号", "立案回执", "保证追回", "未核实", "{{"];

/// Words a paper about deceived losses may not have.
const NOT_OF_DECEIVED: [&str; 6] =
    ["被盗", "盗刷", "未经授权", "非本人操作", "第五十七条", "先行赔付"];

/// Words a paper about thefts may not have.
const NOT_OF_THEFT: [&str; 3] = ["被骗", "受骗", "受他人欺骗"];

/// Every generated text of a case: papers, paste texts, letters.
fn texts(change: impl Fn(String) -> String) -> (BTreeMap<String, String>, Home) {
    let home = Home::new();
    let folder = example(change);
    let file = folder.path().join("case.toml").display().to_string();
    home.expect(3, &["start", &file, "--once", "--at", START]);
    let case = home.case("W-2026-0001");
    let mut texts = BTreeMap::new();
    for name in names(&case.join("documents")) {
        let path = case.join("documents").join(&name);
        let text = if name.ends_with(".pdf") { pdf_text(&path) } else { read(&path) };
        texts.insert(name, squeezed(&text));
    }
    for name in names(&case.join("outbox")) {
        let bytes = std::fs::read(case.join("outbox").join(&name)).unwrap();
        let message = MessageParser::default().parse(&bytes).unwrap();
        let text = format!("{}\n{}", message.subject().unwrap(), message.body_text(0).unwrap());
        texts.insert(name, squeezed(&text));
    }
    (texts, home)
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

fn all_of(kind: &str) -> impl Fn(String) -> String + '_ {
    move |text| text.replace("how = \"not_by_me\"", &format!("how = \"{kind}\""))
}

/// The second loss was made by the person themselves, the third is not understood yet.
fn mixed(text: String) -> String {
    let mut parts = text.split("how = \"not_by_me\"");
    let (first, second, third, rest) = (
        parts.next().unwrap(),
        parts.next().unwrap(),
        parts.next().unwrap(),
        parts.next().unwrap(),
    );
    format!(
        "{first}how = \"not_by_me\"{second}how = \"by_me_deceived\"{third}how = \"unknown\"{rest}"
    )
}

#[track_caller]
fn none_of(texts: &BTreeMap<String, String>, words: &[&str]) {
    for (name, text) in texts {
        for word in words {
            assert!(!text.contains(word), "{name} says {word}");
        }
    }
}

#[test]
fn a_theft_is_told_as_a_theft() {
    let (texts, _) = texts(|text| text);
    none_of(&texts, &NEVER);
    none_of(&texts, &NOT_OF_THEFT);
    for paper in ["appeal-letter.pdf", "police-statement.pdf", "ticket-text.txt"] {
        assert!(texts[paper].contains("非本人操作，亦未授权他人操作"), "{paper}");
    }
    assert!(texts["appeal-letter.pdf"].contains("申请人未向任何人提供密码、验证码"));
}

#[test]
fn a_deception_is_told_as_a_deception() {
    let (texts, _) = texts(all_of("by_me_deceived"));
    none_of(&texts, &NEVER);
    none_of(&texts, &NOT_OF_DECEIVED);
    for paper in ["appeal-letter.pdf", "police-statement.pdf", "ticket-text.txt"] {
        assert!(texts[paper].contains("受他人欺骗，由本人操作"), "{paper}");
    }
}

#[test]
fn what_is_not_known_is_not_claimed() {
    let (texts, _) = texts(all_of("unknown"));
    none_of(&texts, &NEVER);
    none_of(&texts, &NOT_OF_THEFT);
    none_of(&texts, &NOT_OF_DECEIVED);
    assert!(texts["police-statement.pdf"].contains("交易性质尚待核查"));
}

#[test]
fn a_mixed_case_never_mixes_in_one_paper() {
    let (texts, _) = texts(mixed);
    none_of(&texts, &NEVER);
    let kinds = ["非本人操作，亦未授权他人操作", "受他人欺骗，由本人操作", "交易性质尚待核查"];
    let mut told = [0; 3];
    for (name, text) in &texts {
        let found: Vec<usize> = (0..3).filter(|kind| text.contains(kinds[*kind])).collect();
        assert!(found.len() <= 1, "{name} mixes {found:?}");
        for kind in found {
            told[kind] += 1;
            let never: &[&str] = match kind {
                0 => &NOT_OF_THEFT,
                1 => &NOT_OF_DECEIVED,
                _ => &[],
            };
            for word in never {
                assert!(!text.contains(word), "{name} says {word}");
            }
        }
    }
    assert!(told.iter().all(|count| *count >= 3), "each kind is told: {told:?}");
    // One part holds one loss each, and together they are the whole.
    let statements: Vec<&String> = texts
        .iter()
        .filter(|(name, _)| name.starts_with("police-statement-"))
        .map(|(_, text)| text)
        .collect();
    assert_eq!(statements.len(), 3);
    assert!(statements.iter().all(|text| text.contains("合计1笔")));
}

#[test]
fn shares_sum_to_the_total_in_every_case() {
    for change in [all_of("not_by_me"), all_of("unknown")] {
        let (texts, _) = texts(change);
        let table = &texts["loss-table.pdf"];
        for amount in ["4,980.00", "3,000.00", "1,900.99", "9,880.99"] {
            assert!(table.contains(amount), "{amount} in {table}");
        }
    }
}

#[test]
fn only_police_and_insurer_see_the_whole_identity_number() {
    let (texts, _) = texts(|text| text);
    let whole = "11010519491231002X";
    let allowed =
        ["police-statement", "stop-payment-card", "insurance-account", "insurance-notice"];
    for (name, text) in &texts {
        let may = allowed.iter().any(|allowed| name.starts_with(allowed));
        assert!(may || !text.contains(whole), "{name} shows the identity number");
    }
    assert!(texts["police-statement.pdf"].contains(whole));
    assert!(texts["appeal-letter.pdf"].contains("1101***********02X"));
}

#[test]
fn a_ticket_is_short_and_cites_no_statute() {
    let (texts, _) = texts(|text| text);
    let ticket = &texts["ticket-text.txt"];
    assert!(ticket.chars().count() <= 300, "{}", ticket.chars().count());
    for word in ["法", "条例", "第五十七条"] {
        assert!(!ticket.contains(word), "{ticket}");
    }
    assert!(ticket.contains("请告知工单号"), "{ticket}");
}

#[test]
fn a_police_paper_leaves_the_law_to_the_police() {
    let (texts, _) = texts(|text| text);
    let statement = &texts["police-statement.pdf"];
    assert!(statement.contains(
        "性质及罪名以公安机关认定为准；请依法受理并出具回执。以上由本人核对，如实陈述。"
    ));
    for word in ["电子商务法", "条例", "赔偿", "赔付"] {
        assert!(!statement.contains(word), "{word}");
    }
}

#[test]
fn a_sentence_is_there_only_if_its_fact_is() {
    let (texts, _) = texts(|text| {
        text.replace("code_given = false\n", "").replace("screen_shared = false\n", "")
    });
    for (name, text) in &texts {
        assert!(!text.contains("未向任何人提供密码"), "{name}");
        assert!(!text.contains("未与他人共享过"), "{name}");
    }
    let (texts, _) = texts_of_given();
    assert!(texts["appeal-letter.pdf"].contains("申请人曾向他人提供过密码或验证码"));
}

fn texts_of_given() -> (BTreeMap<String, String>, Home) {
    texts(|text| text.replace("code_given = false", "code_given = true"))
}

#[test]
fn law_is_quoted_letter_by_letter() {
    let (texts, home) = texts(|text| text);
    let article = home.json(0, &["law", "show", "cn.ecl-57"]);
    let letter = &texts["appeal-letter.pdf"];
    // A page break may stand between paragraphs, so each is compared by itself.
    for paragraph in article["text"].as_str().unwrap().lines() {
        assert!(letter.contains(&squeezed(paragraph)), "{paragraph}");
    }
}

#[test]
fn personal_data_stays_out_of_subjects_and_file_names() {
    let (_, home) = texts(|text| text);
    let case = home.case("W-2026-0001");
    for name in names(&case.join("outbox")) {
        let bytes = std::fs::read(case.join("outbox").join(&name)).unwrap();
        let message = MessageParser::default().parse(&bytes).unwrap();
        let subject = message.subject().unwrap();
        for personal in ["林晓芸", "13800138000", "11010519491231002X", "9,980", "4,980"] {
            assert!(!subject.contains(personal), "{subject}");
            assert!(!name.contains(personal), "{name}");
        }
    }
}

#[test]
fn everything_a_paper_can_lack_has_a_name_in_words() {
    let home = Home::new();
    let (mut runtime, _) = home.runtime(START);
    let case = open(&mut runtime, &repository("examples/minimal/case.toml"));
    let desk = runtime.desk(&case).unwrap();
    let packs = std::sync::Arc::clone(&runtime.library.packs);
    let dossier = desk.dossier(&packs, runtime.clock.now());
    for template in packs.templates.values() {
        for label in dossier.maker().missing(template, &serde_json::json!({})) {
            assert!(
                !label.zh.contains('.') && !label.en.contains('.'),
                "{}: {label:?}",
                template.id
            );
        }
    }
}
