//! What leaves of an identity card, and how much of a person a paper shows to whom.

use std::path::Path;

use mail_parser::{MessageParser, MimeHeaders as _};

use crate::support::{Home, START, advance, example, names, open, pdf_text, squeezed};

/// One letter to a recipient that is asked to be approved, with both sides of the card.
const WORKFLOW: &str = r#"
schema = 1
id = "show-card"
name = "寄送身份证复印件"
name_en = "Send a copy of the card"
sources = ["written for a test"]

[step.letter]
title = "寄给理赔岗"
title_en = "Send it to the claims desk"
action = "submit"
to = "case.insurer"
template = "appeal-letter"
attach = ["id.front", "id.back"]
on_silence = {}
on_paid = "close"
"#;

fn photograph(path: &Path, shade: u8) {
    image::RgbImage::from_pixel(900, 560, image::Rgb([shade; 3])).save(path).unwrap();
}

#[test]
fn a_card_leaves_only_as_a_marked_picture() {
    let home = Home::new();
    let workflows = home.path().join("config/workflows/own");
    std::fs::create_dir_all(&workflows).unwrap();
    std::fs::write(workflows.join("show-card.toml"), WORKFLOW).unwrap();
    let folder = example(|text| {
        text.replace("platform = \"wechat\"", "platform = \"wechat\"\nworkflow = \"show-card\"")
    });
    let (mut runtime, _hand) = home.runtime("2026-09-18 15:25");
    let case = open(&mut runtime, &folder.path().join("case.toml"));
    let (front, better) = (folder.path().join("front.png"), folder.path().join("better.png"));
    photograph(&front, 90);
    photograph(&better, 200);
    runtime.add_evidence(&case, "id.front", &front).unwrap();
    runtime.add_evidence(&case, "id.front", &better).unwrap();
    advance(&mut runtime, &case);
    runtime.approve(&case, &["letter".into()], false).unwrap();
    advance(&mut runtime, &case);

    let outbox = home.case(case.as_str()).join("outbox");
    let letters = names(&outbox);
    assert_eq!(letters.len(), 1, "{letters:?}");
    let bytes = std::fs::read(outbox.join(&letters[0])).unwrap();
    let message = MessageParser::default().parse(&bytes).unwrap();
    let pictures: Vec<&[u8]> = message
        .attachments()
        .filter(|part| part.attachment_name().is_some_and(|name| name.ends_with(".jpg")))
        .map(mail_parser::MessagePart::contents)
        .collect();
    assert_eq!(pictures.len(), 1, "of two files in a slot only the newest is copied");
    let originals = [std::fs::read(&front).unwrap(), std::fs::read(&better).unwrap()];
    for part in message.attachments() {
        assert!(originals.iter().all(|original| part.contents() != original), "an original left");
    }
    let copy = image::load_from_memory(pictures[0]).unwrap().to_rgb8();
    assert_eq!((copy.width(), copy.height()), (1680, 1045));
    // Red is written over the whole of it: in every part of four by four.
    let is_red = |x: u32, y: u32| {
        let [red, green, _] = copy.get_pixel(x, y).0;
        i16::from(red) - i16::from(green) > 40
    };
    for part in 0..16 {
        let (left, top) = (part % 4 * 420, part / 4 * 261);
        let marked = (left..left + 420).any(|x| (top..top + 261).any(|y| is_red(x, y)));
        assert!(marked, "part {part} is not marked");
    }
    // The letter says that the copy goes along, and the person is shown the copy, not the card.
    let letter = home.case(case.as_str()).join("documents/appeal-letter.pdf");
    assert!(squeezed(&pdf_text(&letter)).contains("身份证人像面"));
}

#[test]
fn what_no_copy_can_be_made_of_is_refused_with_a_way_out() {
    let home = Home::new();
    let folder = example(|text| text);
    let file = folder.path().join("case.toml").display().to_string();
    home.expect(3, &["start", &file, "--once", "--at", START]);
    let scan = folder.path().join("card.jpg");
    std::fs::write(&scan, "%PDF-1.7").unwrap();
    let scan = scan.display().to_string();
    let output = home.run(&["evidence", "add", "W-2026-0001", "id.front", &scan]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("不是 JPG、PNG 或 WebP 图片") && said.contains("另存为 JPG"), "{said}");
    // As a line of the case file it is named with its place.
    let named = folder.path().join("evidence/card.jpg");
    std::fs::write(&named, "%PDF-1.7").unwrap();
    let case_file = folder.path().join("case.toml");
    let text = std::fs::read_to_string(&case_file).unwrap();
    let text = text.replace("[evidence]\n", "[evidence]\n\"id.back\" = \"evidence/card.jpg\"\n");
    std::fs::write(&case_file, text).unwrap();
    let checked = home.json(1, &["check", &file]);
    let problem = &checked["problems"][0];
    assert!(problem["message"].as_str().unwrap().contains("card.jpg"), "{checked}");
    assert!(problem["line"].as_u64().unwrap() > 1, "{checked}");
}

#[test]
fn a_person_chooses_how_much_a_recipient_sees() {
    let home = Home::new();
    let packs = home.path().join("config/workflows/cn/pack");
    std::fs::create_dir_all(&packs).unwrap();
    let redaction = "schema = 1\n[redaction.platform]\nid_no = \"masked\"\nphone = \"masked\"\n";
    std::fs::write(packs.join("redaction.toml"), redaction).unwrap();
    let folder = example(|text| text);
    let file = folder.path().join("case.toml").display().to_string();
    home.expect(3, &["start", &file, "--once", "--at", START]);
    let documents = home.case("W-2026-0001").join("documents");
    let letter = squeezed(&pdf_text(&documents.join("appeal-letter.pdf")));
    assert!(letter.contains("138****8000") && !letter.contains("13800138000"), "{letter}");
    // Who is not named sees everything but the identity number.
    let statement = squeezed(&pdf_text(&documents.join("police-statement.pdf")));
    assert!(statement.contains("13800138000"), "{statement}");
    assert!(!statement.contains("11010519491231002X"), "{statement}");
}
