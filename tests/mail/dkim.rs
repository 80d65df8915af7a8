//! Signed messages: whoever reads the standard can check them, and nothing leaves unsigned. The
//! checker here shares nothing with the signer and is itself held against the example of RFC 8463.

use std::collections::BTreeMap;

use appeal_daemon::mail::dkim::{Key, KeyError, Signer, sign};
use appeal_daemon::mail::message::{AttachedFile, Parts, compose};
use appeal_daemon::runtime::notify::Means;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{ED25519, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use sha2::{Digest as _, Sha256};

use crate::smtp::{Behaviour, STEP, Server, only_the_bank};
use crate::support::{Home, START, advance, block_on, example, open};

const RSA: &str = include_str!("dkim/rsa.pem");
const PKCS1: &str = include_str!("dkim/pkcs1.pem");
const WEAK: &str = include_str!("dkim/weak.pem");
/// The key of RFC 8463's example.
const ED25519_KEY: &str = include_str!("dkim/ed25519.pem");

const EXAMPLE: &str = "\
DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>

Hi.

We lost the game.  Are you hungry yet?

Joe.
";

fn tags(text: &str) -> BTreeMap<String, String> {
    let tags = text.split(';').filter_map(|tag| tag.split_once('='));
    let bare = |text: &str| text.split_whitespace().collect::<String>();
    tags.map(|(name, value)| (bare(name), bare(value))).collect()
}

fn blanks_as_one(text: &str) -> String {
    let one = text.replace('\t', " ");
    one.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Whether the first signature of a message is that of the key in `record`.
fn is_signed(message: &str, record: &str) -> bool {
    let (head, body) = message.split_once("\r\n\r\n").unwrap();
    let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    let fields: Vec<(String, String)> = unfolded
        .split("\r\n")
        .map(|field| field.split_once(':').unwrap())
        .map(|(name, value)| (name.trim().to_lowercase(), blanks_as_one(value)))
        .collect();
    let (name, signature) = &fields[0];
    assert_eq!(name, "dkim-signature");
    let tag = tags(signature);
    assert_eq!((tag["v"].as_str(), tag["c"].as_str()), ("1", "relaxed/relaxed"));

    let mut lines: Vec<String> = Vec::new();
    for line in body.split("\r\n") {
        let led = if line.starts_with([' ', '\t']) { " " } else { "" };
        let text = blanks_as_one(line);
        lines.push(if text.is_empty() { text } else { format!("{led}{text}") });
    }
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    let mut body = lines.join("\r\n");
    if !body.is_empty() {
        body.push_str("\r\n");
    }
    if STANDARD.encode(Sha256::digest(body)) != tag["bh"] {
        return false;
    }

    let mut left = fields[1..].to_vec();
    let mut said = String::new();
    for wanted in tag["h"].to_lowercase().split(':') {
        if let Some(at) = left.iter().rposition(|(name, _)| name == wanted) {
            let (name, value) = left.remove(at);
            said.push_str(&format!("{name}:{value}\r\n"));
        }
    }
    let without = signature.rsplit_once("b=").unwrap().0;
    said.push_str(&format!("dkim-signature:{without}b="));
    let signature = STANDARD.decode(&tag["b"]).unwrap();
    let key = tags(record);
    let public = STANDARD.decode(&key["p"]).unwrap();
    match tag["a"].as_str() {
        "ed25519-sha256" => {
            let digest = Sha256::digest(said);
            UnparsedPublicKey::new(&ED25519, public).verify(&digest, &signature).is_ok()
        }
        "rsa-sha256" => {
            // The key lies behind the name of its kind, 24 bytes for one of 2,048 bits.
            let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &public[24..]);
            key.verify(said.as_bytes(), &signature).is_ok()
        }
        other => panic!("{other}"),
    }
}

fn message() -> Vec<u8> {
    let file = |name: &str, bytes: &[u8]| AttachedFile {
        name: name.into(),
        media_type: "application/octet-stream",
        bytes: bytes.to_vec(),
    };
    compose(Parts {
        message_id: "0123@mail.firm.example".into(),
        date: "2026-09-18T07:25:00Z".parse().unwrap(),
        from_name: Some("林晓芸".into()),
        from: "lin@mail.firm.example".into(),
        to_name: Some("一个名字很长很长很长很长很长很长很长的理赔部门".into()),
        to: "claims@insurer.example".into(),
        reply_to: Some("lin+abc@mail.firm.example".into()),
        earlier: vec!["first@mail.example".into(), "last@mail.example".into()],
        subject: "理赔材料（本方编号 W-2026-0001），主题很长，要折成好几行才写得下".into(),
        body: "您好：\n\n  金额 <36,150.00> 元。  \n.\n\n\n".into(),
        attachments: vec![
            file("01-a.bin", &[0, 255, 13, 10, 46, 10, 7]),
            file("02-b.txt", b"plain \t words  \r\n\r\n.\r\n tail\r\n\r\n\r\n"),
            file("03-c.bin", b""),
        ],
        unsent: false,
    })
    .unwrap()
}

fn signed(key: &Key) -> String {
    let mut bytes = message();
    let signer = Signer { domain: "firm.example", selector: "mail2026", key };
    sign(&mut bytes, &signer, "2026-09-18T07:25:00Z".parse().unwrap()).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn the_checker_takes_the_example_of_the_standard_and_no_other() {
    let record = Key::read(ED25519_KEY).unwrap().record();
    assert_eq!(record, "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");
    let example = EXAMPLE.replace('\n', "\r\n");
    assert!(is_signed(&example, &record));
    assert!(!is_signed(&example.replace("dinner", "supper"), &record));
    assert!(!is_signed(&example.replace("hungry", "sleepy"), &record));
}

#[test]
fn what_is_signed_can_be_checked_and_changed_by_nobody() {
    for pem in [RSA, PKCS1, ED25519_KEY] {
        let key = Key::read(pem).unwrap();
        let text = signed(&key);
        assert!(is_signed(&text, &key.record()), "{text}");
        assert!(text.ends_with(std::str::from_utf8(&message()).unwrap()), "nothing else changed");
        assert!(text.lines().all(|line| line.len() <= 998));
        for (was, now) in [
            ("Subject: ", "Subject: x"),
            ("To: ", "To: eve@mail.example, "),
            ("\r\nFrom: ", "\r\nFrom: eve@mail.example\r\nFrom: "),
            ("In-Reply-To: <", "In-Reply-To: <x"),
            ("plain", "plane"),
        ] {
            assert!(text.contains(was), "{was}");
            let changed = text.replacen(was, now, 1);
            assert!(!is_signed(&changed, &key.record()), "{was}");
        }
        // What servers do on the way.
        assert!(is_signed(&format!("{text}\r\n\r\n"), &key.record()));
    }
    let (one, same) = (Key::read(RSA).unwrap(), Key::read(PKCS1).unwrap());
    assert_eq!(signed(&one), signed(&same), "the same key and message give the same bytes");
    assert_eq!(one.record(), same.record());
}

#[test]
fn a_key_that_cannot_sign_says_why() {
    let refused = |pem: &str| Key::read(pem).unwrap_err();
    assert_eq!(refused(""), KeyError::Absent);
    assert_eq!(refused(include_str!("tls/cert.pem")), KeyError::Absent);
    assert_eq!(refused(WEAK), KeyError::Unusable);
    assert_eq!(refused(&RSA.replace("PRIVATE", "ENCRYPTED PRIVATE")), KeyError::Locked);
    let cut: String = RSA.lines().filter(|line| !line.starts_with("MII")).collect();
    assert!(matches!(refused(&cut), KeyError::Absent | KeyError::Unusable));
}

/// A home whose account signs, and the server it sends to.
fn signing() -> (Home, Server, std::path::PathBuf) {
    let (home, server) = (Home::new(), Server::start(Behaviour::DropAfterBody));
    let key = home.path().join("dkim.pem");
    std::fs::write(&key, RSA).unwrap();
    let settings = server.settings().replace("user = \"lin@mail.example\"\n", "");
    let shown = key.display();
    home.configure(&format!(
        "{settings}[smtp.dkim]\ndomain = \"mail.example\"\nselector = \"s1\"\nkey_file = \"{shown}\"\n"
    ));
    (home, server, key)
}

#[test]
fn a_second_try_sends_the_signed_bytes_that_are_kept() {
    let (home, server, key) = signing();
    let (mut runtime, hand) = home.runtime(START);
    let folder = example(|text| only_the_bank(&text));
    let case = open(&mut runtime, &folder.path().join("case.toml"));
    // Another key, and the time moves on: what is kept is what leaves.
    std::fs::write(&key, ED25519_KEY).unwrap();
    hand.set("2026-09-18 16:30");
    server.become_(Behaviour::Accept);
    runtime.approve(&case, &[STEP.to_owned()], true).unwrap();
    advance(&mut runtime, &case);
    let desk = runtime.desk(&case).unwrap();
    let messages = runtime.messages(&desk, Some(STEP)).unwrap();
    let kept = runtime.store.message(&messages[0].message_id).unwrap().unwrap();
    assert_eq!(kept.digest(), messages[0].sha256, "the digest is of the signed bytes");
    let kept = String::from_utf8(kept.bytes).unwrap();
    assert!(is_signed(&kept, &Key::read(RSA).unwrap().record()));
    let received = server.received();
    assert_eq!(received.len(), 2);
    assert!(received.iter().all(|text| text.trim_end() == kept.trim_end()));
}

#[test]
fn without_its_key_nothing_leaves_and_doctor_says_so() {
    let (home, server, key) = signing();
    server.become_(Behaviour::Accept);
    let shown = home.expect(0, &["doctor"]);
    assert!(shown.contains("s1._domainkey.mail.example = v=DKIM1; k=rsa; p=MII"), "{shown}");
    std::fs::remove_file(&key).unwrap();
    let shown = home.expect(75, &["doctor"]);
    assert!(shown.contains("dkim.pem") && shown.contains("key_file"), "{shown}");
    let (mut runtime, _) = home.runtime(START);
    let folder = example(|text| only_the_bank(&text));
    let case = runtime.open_case(&folder.path().join("case.toml")).unwrap().id;
    let advanced = block_on(runtime.advance(&case, &Means::Screen)).unwrap();
    let (what, _) = advanced.troubles[0].words().unwrap();
    assert!(what.zh.contains("私钥") && what.zh.contains("没有发"), "{what:?}");
    assert!(server.received().is_empty());
    std::fs::write(&key, RSA).unwrap();
    drop(runtime);
    let (mut runtime, _) = home.runtime("2026-09-18 15:31");
    advance(&mut runtime, &case);
    assert_eq!(server.received().len(), 1);
}
