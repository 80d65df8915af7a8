//! What holds for every letter and every mailbox server, however damaged or hostile.

use std::time::Duration;

use jiff::tz::TimeZone;
use secrecy::SecretString;
use tokio::io::AsyncWriteExt as _;

use crate::mail::imap::{Arrived, Mailbox};
use crate::mail::inbound::judge::{Belongs, Kind, OurCase, Ours, Sent, judge};
use crate::mail::inbound::letter::{LIMIT_BODY_CHARS, Letter};

/// A Message-ID of ours, as the seeds have it.
pub const OUR_ID: &str = "0123456789abcdef0123456789abcdef@mail.example";

/// The header of a report of delivery.
pub const REPORT: &[u8] = b"From: MAILER-DAEMON@mail.example\r\nTo: lin@mail.example\r\n\
    Subject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n\
    Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n";

fn ours() -> Ours {
    let sent = Sent {
        message_id: OUR_ID.into(),
        case: "W-2026-0001".into(),
        step: "notice".into(),
        visit: 1,
        recipient: "claims@insurer.example".into(),
    };
    let case = OurCase {
        id: "W-2026-0001".into(),
        tag: Some("w20260001".into()),
        numbers: vec!["CP20260918000123".into()],
        domains: vec!["insurer.example".into()],
    };
    Ours {
        sent: vec![sent],
        cases: vec![case],
        addresses: vec!["lin@mail.example".into()],
        zone: TimeZone::UTC,
    }
}

/// Reads bytes as a letter and judges it: nothing is certain that has nothing of ours in it.
pub fn read_any(bytes: &[u8]) {
    let Ok(letter) = Letter::read(bytes) else { return };
    assert!(letter.body.chars().count() <= LIMIT_BODY_CHARS, "a body has a limit");
    let judgement = judge(&letter, &ours());
    if let Belongs::Certain { case, .. } = &judgement.belongs {
        assert_eq!(case, "W-2026-0001", "there is only one case");
    }
    if judgement.kind == Kind::OwnCopy {
        assert!(contains(bytes, b"0123456789"), "our own copy has our Message-ID");
    }
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    // What is encoded can hide it: only a letter without encodings is held to it.
    let encoded = bytes.windows(2).any(|two| two == b"=?" || two == b"*=");
    encoded || bytes.windows(wanted.len()).any(|window| window == wanted)
}

/// Speaks to a server that says just these bytes, whatever it is asked.
pub fn listen_to(bytes: &[u8]) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without a network");
    runtime.block_on(async {
        let (ours, mut theirs) = tokio::io::duplex(bytes.len() + 64 * 1024);
        theirs.write_all(bytes).await.expect("there is room");
        let step = Duration::from_secs(1);
        let password = SecretString::from("swordfish".to_owned());
        // As in the program, a reader that stops in the middle ends its task and nothing else.
        let talk = tokio::spawn(async move {
            let opened = Mailbox::over(ours, step, "lin@mail.example", &password).await;
            let Ok(mut mailbox) = opened else { return };
            let day = jiff::civil::Date::constant(2026, 9, 18);
            if let Ok(found) = mailbox.new_mail(None, day).await {
                for arrived in found.arrived {
                    if let Arrived::Letter { bytes, .. } = arrived {
                        read_any(&bytes);
                    }
                }
            }
            let _ = mailbox.find(OUR_ID).await;
            let _ = mailbox.find_everywhere(OUR_ID).await;
            mailbox.close().await;
        });
        if let Err(stopped) = talk.await
            && let Ok(cause) = stopped.try_into_panic()
            && !came_from_the_parser(&*cause)
        {
            std::panic::resume_unwind(cause);
        }
    });
}

/// What the parser of responses may do, since it runs in a task of its own. Its panics have words
/// of its own; an assertion of ours is not among them.
fn came_from_the_parser(cause: &(dyn std::any::Any + Send)) -> bool {
    let words = cause.downcast_ref::<String>().map(String::as_str);
    let words = words.or_else(|| cause.downcast_ref::<&str>().copied()).unwrap_or_default();
    !words.contains("there is only one case") && !words.contains("has a limit")
}

/// All that a well-behaved server says in the session of `listen_to`.
pub const SESSION: &str = "* OK ready\r\n\
    A0001 OK in\r\n\
    * CAPABILITY IMAP4rev1 ID IDLE\r\nA0002 OK done\r\n\
    * ID NIL\r\nA0003 OK done\r\n\
    * LIST (\\HasNoChildren) \"/\" \"INBOX\"\r\n\
    * LIST (\\Sent) \"/\" \"&XfJT0ZAB-\"\r\n\
    * LIST (\\Junk) \"/\" Junk\r\nA0004 OK done\r\n\
    * FLAGS (\\Seen)\r\n* 1 EXISTS\r\n* OK [UIDVALIDITY 7] valid\r\n* OK [UIDNEXT 10] next\r\n\
    A0005 OK [READ-WRITE] done\r\n\
    * SEARCH 9\r\nA0006 OK done\r\n\
    * 1 FETCH (UID 9 RFC822.SIZE 40)\r\nA0007 OK done\r\n\
    * 1 FETCH (UID 9 BODY[] {40}\r\nFrom: a@b.example\r\nSubject: x\r\n\r\nhello..\r\n)\r\n\
    A0008 OK done\r\n\
    * 1 EXISTS\r\nA0009 OK done\r\n\
    * SEARCH\r\nA0010 OK done\r\n\
    * 1 FETCH (UID 9 BODY[HEADER.FIELDS (MESSAGE-ID)] {24}\r\nMessage-ID: <a@b.c.d>\r\n\r\n)\r\n\
    A0011 OK done\r\n";
