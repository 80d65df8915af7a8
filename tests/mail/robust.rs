//! Mail that was damaged, or made to do damage: it is read or refused, and never anything else.

use appeal_daemon::mail::inbound::judge::{Ours, judge};
use appeal_daemon::mail::inbound::letter::{
    Damage, LIMIT_BODY_CHARS, LIMIT_DEPTH, LIMIT_PARTS, LIMIT_SIZE_BYTES, Letter, ReadError,
};
use jiff::tz::TimeZone;

use crate::support::repository;

fn nobody() -> Ours {
    Ours { sent: Vec::new(), cases: Vec::new(), addresses: Vec::new(), zone: TimeZone::UTC }
}

fn corpus() -> Vec<Vec<u8>> {
    let entries = std::fs::read_dir(repository("tests/mail/corpus")).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
        .iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "eml"))
        .map(|path| std::fs::read(path).unwrap())
        .collect()
}

/// A small generator, so that every run tries the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % (limit.max(1) as u64)).unwrap()
    }
}

fn harm(bytes: &mut Vec<u8>, dice: &mut Dice, others: &[Vec<u8>]) {
    let at = dice.below(bytes.len());
    match dice.below(6) {
        0 => bytes.truncate(at),
        1 => bytes[at] = u8::try_from(dice.below(256)).unwrap(),
        2 => {
            let end = (at + dice.below(200)).min(bytes.len());
            bytes.drain(at..end);
        }
        3 => {
            let other = &others[dice.below(others.len())];
            let from = dice.below(other.len());
            let end = (from + dice.below(300)).min(other.len());
            bytes.splice(at..at, other[from..end].iter().copied());
        }
        4 => bytes.retain(|byte| *byte != b'\r'),
        _ => bytes.insert(at, b"\n\r\"<>=?;:-\0\xff"[dice.below(12)]),
    }
    if bytes.is_empty() {
        bytes.push(b'x');
    }
}

#[test]
fn damaged_letters_are_read_or_refused() {
    let letters = corpus();
    let ours = nobody();
    let mut dice = Dice(0x5eed_1e77_e45e_ed01);
    let mut read = 0;
    for round in 0..700 {
        let mut bytes = letters[round % letters.len()].clone();
        for _ in 0..=dice.below(8) {
            harm(&mut bytes, &mut dice, &letters);
        }
        if let Ok(letter) = Letter::read(&bytes) {
            read += 1;
            let _ = judge(&letter, &ours);
        }
    }
    assert!(read > 600, "nearly all are still letters: {read}");
}

#[track_caller]
fn refused(bytes: &[u8], expected: ReadError) {
    assert_eq!(Letter::read(bytes).map(|letter| letter.subject), Err(expected));
}

#[test]
fn what_is_no_mail_says_so() {
    refused(b"", ReadError::Empty);
    refused(b" \r\n\r\n", ReadError::Empty);
    refused(b"%PDF-1.4\nnothing of a mail\n", ReadError::NotAMail);
    refused(&[0xff; 64], ReadError::NotAMail);
}

#[test]
fn limits_are_kept() {
    let large = vec![b'a'; LIMIT_SIZE_BYTES + 1];
    refused(&large, ReadError::TooLarge { found: LIMIT_SIZE_BYTES + 1 });
    let mut deep = String::new();
    for _ in 0..=LIMIT_DEPTH {
        deep.push_str("Content-Type: message/rfc822\n\n");
    }
    refused(deep.as_bytes(), ReadError::TooDeep);
    let folded = "Content-Type:\n message/rfc822\n\n".repeat(LIMIT_DEPTH + 1);
    refused(folded.as_bytes(), ReadError::TooDeep);
    let mut many = String::from("Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n");
    many.push_str(&"--b\nContent-Type: text/plain\n\nx\n".repeat(LIMIT_PARTS + 1));
    refused(many.as_bytes(), ReadError::TooManyParts);
    let long = format!("Subject: x\n\n{}", "钱".repeat(LIMIT_BODY_CHARS + 5));
    let letter = Letter::read(long.as_bytes()).unwrap();
    assert_eq!(letter.body.chars().count(), LIMIT_BODY_CHARS);
    assert_eq!(letter.damage, [Damage::TooLong]);
}

#[test]
fn hostile_text_is_judged_in_reasonable_time() {
    // Each is a pattern over which a careless search takes the square of its length.
    let fillings = [
        "工单号",
        "〔2026〕",
        "请提供",
        "(",
        "=?utf-8?B?",
        "9",
        "发件人:",
        "a@",
        "&",
        "<",
        "> ",
        "如",
        "、",
        "1、",
        "电话",
    ];
    for filling in fillings {
        let body = filling.repeat(LIMIT_BODY_CHARS / filling.chars().count());
        for kind in ["plain", "html"] {
            let mail = format!(
                "Subject: {}\nContent-Type: text/{kind}; charset=utf-8\n\n{body}",
                &body[..filling.len() * 500]
            );
            let letter = Letter::read(mail.as_bytes()).unwrap();
            let _ = judge(&letter, &nobody());
        }
    }
}
