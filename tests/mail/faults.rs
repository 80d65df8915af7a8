//! Every fault at every moment of a delivery, and what became of the message: the written table.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use appeal_daemon::config::{Security, Smtp};
use appeal_daemon::domain::refusal::RefusalClass;
use appeal_daemon::mail::dial::Dial;
use appeal_daemon::mail::smtp::{Account, Delivery, Outcome, deliver_alone};
use secrecy::SecretString;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::advance;

use crate::mail::tls;

/// When a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Connect,
    Ehlo,
    Starttls,
    /// The question for the limit, after the login.
    Limit,
    Auth,
    Mail,
    Rcpt,
    /// The recipient that is the sender.
    Copy,
    Data,
    /// While the body comes.
    Body,
    Dot,
    Quit,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    /// The connection ends.
    Drop,
    /// Nothing comes any more.
    Stall,
    /// This reply comes; after 421 the connection ends.
    Says(&'static str),
    /// The right reply comes so many seconds later.
    Late(u64),
    /// What comes is no TLS.
    NotTls,
    /// The certificate is nobody's.
    Untrusted,
    /// The most the server takes, in bytes.
    Limit(usize),
}

/// One conversation: what goes wrong, and when.
#[derive(Clone)]
struct Script {
    at: At,
    fault: Fault,
    starttls: bool,
    /// Every command that came, and the bodies that came whole.
    heard: Arc<Mutex<Vec<String>>>,
}

/// What the conversation does next.
#[derive(PartialEq, Eq)]
enum Next {
    Goes,
    Ends,
    Hangs,
}

impl Script {
    /// Answers at a moment: as it should be, or as the fault wants it.
    async fn answer<W: AsyncWrite + Unpin>(&self, writer: &mut W, at: At, usual: &str) -> Next {
        let fault = if at == self.at { self.fault } else { Fault::None };
        match fault {
            Fault::Drop => return Next::Ends,
            Fault::Stall => return Next::Hangs,
            Fault::Late(seconds) => advance(Duration::from_secs(seconds)).await,
            _ => {}
        }
        let said = if let Fault::Says(said) = fault { said } else { usual };
        if writer.write_all(format!("{said}\r\n").as_bytes()).await.is_err() {
            return Next::Ends;
        }
        let _ = writer.flush().await;
        if said.starts_with("421") { Next::Ends } else { Next::Goes }
    }

    fn hear(&self, line: &str) {
        self.heard.lock().unwrap().push(line.trim_end().to_owned());
    }

    async fn begin(&self, mut stream: TcpStream) {
        match self.answer(&mut stream, At::Connect, "220 loopback ESMTP").await {
            Next::Goes => {}
            Next::Ends => return,
            Next::Hangs => return hang().await,
        }
        let Some(stream) = self.talk(stream, self.starttls).await else { return };
        if self.fault == Fault::NotTls {
            let mut stream = stream;
            let _ = stream.write_all(b"500 what is that\r\n").await;
            return;
        }
        let Ok(stream) = tls::acceptor().accept(stream).await else { return };
        self.talk(stream, false).await;
    }

    /// Speaks until the connection ends, or until encryption begins.
    async fn talk<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: S, offers: bool) -> Option<S> {
        let mut stream = BufReader::new(stream);
        let mut logged_in = false;
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                return None;
            }
            self.hear(&line);
            let command = line.split_whitespace().next().unwrap_or_default().to_uppercase();
            let (at, usual) = match command.as_str() {
                "EHLO" if logged_in => (At::Limit, self.ehlo(offers)),
                "EHLO" => (At::Ehlo, self.ehlo(offers)),
                "STARTTLS" => (At::Starttls, "220 go ahead".into()),
                "AUTH" => (At::Auth, "235 welcome".into()),
                "MAIL" => (At::Mail, "250 ok".into()),
                "RCPT" if line.contains("lin@") => (At::Copy, "250 ok".into()),
                "RCPT" => (At::Rcpt, "250 ok".into()),
                "DATA" => (At::Data, "354 go ahead".into()),
                "QUIT" => (At::Quit, "221 bye".into()),
                _ => (At::Connect, "250 ok".into()),
            };
            logged_in |= command == "AUTH";
            match self.answer(&mut stream, at, &usual).await {
                Next::Goes => {}
                Next::Ends => return None,
                Next::Hangs => {
                    hang().await;
                    return None;
                }
            }
            match at {
                At::Starttls if self.answers_well(at) => return Some(stream.into_inner()),
                At::Data if self.answers_well(at) && !self.take(&mut stream).await => return None,
                _ => {}
            }
        }
    }

    fn answers_well(&self, at: At) -> bool {
        at != self.at || !matches!(self.fault, Fault::Says(_))
    }

    fn ehlo(&self, offers: bool) -> String {
        let limit = match self.fault {
            Fault::Limit(limit) => format!("250-SIZE {limit}\r\n"),
            _ => String::new(),
        };
        let offer = if offers { "250-STARTTLS\r\n" } else { "" };
        format!("250-loopback\r\n{limit}{offer}250-AUTH PLAIN LOGIN\r\n250 8BITMIME")
    }

    /// Takes a body. Returns false when the connection ends with it.
    async fn take<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: &mut BufReader<S>) -> bool {
        let mut body = String::new();
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                return false;
            }
            if self.at == At::Body && self.fault != Fault::None {
                break;
            }
            if line == ".\r\n" {
                self.hear(&format!("body of {}", body.len()));
                break;
            }
            body.push_str(&line);
        }
        let at = if self.at == At::Body { At::Body } else { At::Dot };
        match self.answer(stream, at, "250 queued").await {
            Next::Goes => true,
            Next::Ends => false,
            Next::Hangs => {
                hang().await;
                false
            }
        }
    }
}

/// Lets more time pass than anybody waits for, with the connection open.
pub(crate) async fn hang() {
    for _ in 0..90 {
        advance(Duration::from_secs(10)).await;
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
    }
}

/// Runs something in a time that moves only when the script says so.
pub(crate) fn in_our_time<T>(act: impl Future<Output = T>) -> T {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.unwrap().block_on(async {
        // Paused time jumps when nobody has anything to do: somebody always has.
        let busy = tokio::spawn(async {
            loop {
                tokio::task::yield_now().await;
            }
        });
        let result = act.await;
        busy.abort();
        result
    })
}

const BYTES: &[u8] = b"Subject: x\r\n\r\nbody\r\n";

/// Delivers one message to a server that follows the script.
fn outcome(script: &Script) -> Outcome {
    in_our_time(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = script.clone();
        let serving = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            server.begin(stream).await;
        });
        let settings = Smtp {
            host: "localhost".into(),
            port,
            security: if script.starttls { Security::Starttls } else { Security::None },
            user: Some("lin@mail.example".into()),
            from: "lin@mail.example".into(),
            token_command: None,
            plus: false,
            dkim: None,
            ca_file: None,
            step_seconds: None,
            reply_seconds: None,
        };
        let ca = (script.fault != Fault::Untrusted).then(tls::ca);
        let password = SecretString::from("swordfish".to_owned());
        let delivery = Delivery {
            sender: "lin@mail.example",
            recipient: "claims@insurer.example",
            bytes: BYTES,
        };
        let account = Account {
            settings: &settings,
            ca: ca.as_deref(),
            password: Some(&password),
            dial: &Dial::Network,
        };
        let outcome = deliver_alone(&account, &delivery, |_| {
            std::future::ready(Ok::<bool, std::convert::Infallible>(true))
        })
        .await;
        serving.abort();
        outcome.unwrap()
    })
}

fn script(at: At, fault: Fault) -> Script {
    Script { at, fault, starttls: at == At::Starttls, heard: Arc::default() }
}

fn shown(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Accepted { .. } => "accepted".into(),
        Outcome::CalledOff => "called off".into(),
        Outcome::Unknown => "unknown".into(),
        Outcome::Refused(refusal) => {
            let class = format!("{:?}", refusal.class).to_lowercase();
            refusal.code.map_or(class.clone(), |code| format!("{class} {code}"))
        }
    }
}

/// What becomes of a message. `unknown` stands only behind the body: before it, nothing was taken.
const TABLE: &str = "
             drop         stall        421          451          550
    Connect  unreachable  unreachable  rate 421     rate 451     content 550
    Ehlo     unreachable  unreachable  rate 421     rate 451     content 550
    Starttls unreachable  unreachable  rate 421     rate 451     tls 550
    Auth     unreachable  unreachable  rate 421     rate 451     auth 550
    Limit    unreachable  unreachable  unreachable  accepted     accepted
    Mail     unreachable  unreachable  rate 421     rate 451     content 550
    Rcpt     unreachable  unreachable  rate 421     rate 451     mailbox 550
    Copy     unreachable  unreachable  unreachable  accepted     accepted
    Data     unreachable  unreachable  rate 421     rate 451     content 550
    Body     unknown      unknown      rate 421     rate 451     content 550
    Dot      unknown      unknown      rate 421     rate 451     content 550
    Quit     accepted     accepted     accepted     accepted     accepted
";

const MOMENTS: [At; 12] = [
    At::Connect,
    At::Ehlo,
    At::Starttls,
    At::Auth,
    At::Limit,
    At::Mail,
    At::Rcpt,
    At::Copy,
    At::Data,
    At::Body,
    At::Dot,
    At::Quit,
];

const FAULTS: [Fault; 5] = [
    Fault::Drop,
    Fault::Stall,
    Fault::Says("421 closing down"),
    Fault::Says("451 not now"),
    Fault::Says("550 no"),
];

#[test]
fn each_fault_at_each_moment_ends_as_written() {
    let mut rows = TABLE.lines().skip(2);
    let mut wrong = Vec::new();
    for at in MOMENTS {
        let row = rows.next().unwrap().trim();
        let (name, cells) = row.split_once(' ').unwrap();
        assert_eq!(name, format!("{at:?}"), "the table has its rows in order");
        let cells: Vec<&str> =
            cells.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
        assert_eq!(cells.len(), FAULTS.len(), "{row}");
        for (fault, expected) in FAULTS.into_iter().zip(cells) {
            let found = shown(&outcome(&script(at, fault)));
            if found != expected {
                wrong.push(format!("{at:?} {fault:?}: {found}, written is {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[track_caller]
fn check(at: At, fault: Fault, expected: &str) {
    assert_eq!(shown(&outcome(&script(at, fault))), expected, "{at:?} {fault:?}");
}

#[test]
fn without_a_fault_the_message_is_taken_once() {
    for starttls in [false, true] {
        let script = Script { starttls, ..script(At::Connect, Fault::None) };
        assert!(matches!(outcome(&script), Outcome::Accepted { .. }));
        let heard = script.heard.lock().unwrap().clone();
        assert_eq!(heard.iter().filter(|line| line.starts_with("body")).count(), 1, "{heard:?}");
        let logins = heard.iter().position(|line| line.starts_with("AUTH"));
        let encrypts = heard.iter().position(|line| line == "STARTTLS");
        assert!(!starttls || encrypts < logins, "no password before encryption: {heard:?}");
    }
}

#[test]
fn a_reply_that_comes_late_is_waited_for_up_to_the_limit() {
    for at in [At::Ehlo, At::Auth, At::Mail, At::Rcpt, At::Data] {
        check(at, Fault::Late(50), "accepted");
        check(at, Fault::Late(65), "unreachable");
    }
    // Ten minutes, and one more for each megabyte begun.
    check(At::Dot, Fault::Late(600), "accepted");
    check(At::Dot, Fault::Late(655), "accepted");
    check(At::Dot, Fault::Late(665), "unknown");
}

#[test]
fn encryption_that_fails_is_never_given_up_for_an_open_line() {
    check(At::Starttls, Fault::NotTls, "tls");
    check(At::Starttls, Fault::Untrusted, "tls");
    let hidden = Script { starttls: true, ..script(At::Ehlo, Fault::Says("250 loopback")) };
    assert_eq!(shown(&outcome(&hidden)), "tls");
    let heard = hidden.heard.lock().unwrap().clone();
    assert!(!heard.iter().any(|line| line.starts_with("AUTH") || line.starts_with("MAIL")));
}

#[test]
fn answers_of_providers_have_their_meaning() {
    let rows = [
        (At::Auth, "535 Error: authentication failed", "auth 535"),
        (
            At::Auth,
            "535 Login fail. Account is abnormal, service is not open, password is incorrect, login frequency limited, or system is busy",
            "auth 535",
        ),
        (At::Auth, "526 Authentication failure[0]", "auth 526"),
        (At::Auth, "550 User has no permission", "auth 550"),
        (At::Auth, "421 4.7.0 Try again later", "rate 421"),
        (At::Mail, "553 Mail from must equal authorized user", "auth 553"),
        (At::Mail, "501 Mail from address must be same as authorization user.", "auth 501"),
        (At::Mail, "550 5.4.5 Daily user sending quota exceeded.", "rate 550"),
        (At::Mail, "554 MI:STC", "rate 554"),
        (At::Mail, "552 5.3.4 Message size exceeds fixed limit", "size 552"),
        (At::Rcpt, "550 Mailbox not found. http://service.mail.qq.com", "mailbox 550"),
        (At::Rcpt, "550 Domain frequency limited", "rate 550"),
        (At::Rcpt, "451 RP:QRC", "rate 451"),
        (At::Rcpt, "550 RP:TRC too many recipients", "rate 550"),
        (At::Rcpt, "552 5.2.2 Mailbox is full", "mailbox 552"),
        (At::Rcpt, "554 5.7.1 Service unavailable; Client host blocked using zen", "content 554"),
        (At::Rcpt, "550 5.7.1 corporate policy", "mailbox 550"),
        (At::Dot, "550 Mail content denied", "content 550"),
        (At::Dot, "550 Sender frequency limited", "rate 550"),
        (At::Dot, "554 DT:SPM 163 smtp3", "content 554"),
        (At::Dot, "451 DT:SPM ,please try again", "rate 451"),
        (At::Dot, "450 MI:DMC", "rate 450"),
        (At::Dot, "554 5.0.0 system is busy", "rate 554"),
    ];
    for (at, said, expected) in rows {
        check(at, Fault::Says(said), expected);
    }
}

#[test]
fn a_limit_is_honoured_before_the_sender_is_named() {
    let small = script(At::Connect, Fault::Limit(10));
    let Outcome::Refused(refusal) = outcome(&small) else { panic!("refused") };
    assert_eq!((refusal.class, refusal.code), (RefusalClass::Size, None));
    let heard = small.heard.lock().unwrap().clone();
    assert!(!heard.iter().any(|line| line.starts_with("MAIL")), "{heard:?}");
    check(At::Connect, Fault::Limit(BYTES.len()), "accepted");
    check(At::Connect, Fault::Limit(0), "accepted");
}
