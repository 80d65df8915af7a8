//! Against a mail server that does what it is told: each fault ends in the state the design names.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;

use crate::support::{Home, pdf_text, repository, squeezed};

/// What the server does with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Behaviour {
    /// Takes it.
    Accept,
    /// Does not know the recipient.
    RefuseRecipient,
    /// Is too busy for now.
    RefuseForNow,
    /// Says 550 as QQ does for too many messages.
    RefuseAsTooFrequent,
    /// Refuses the content after the body.
    RefuseContent,
    /// Takes the body and closes without a word.
    DropAfterBody,
    /// Takes the body and never says anything.
    HangAfterBody,
    /// Says nothing at all.
    HangAtConnect,
    /// Does not accept the password.
    RefusePassword,
}

/// A mail server on loopback. It stops when it is dropped.
pub(crate) struct Server {
    pub(crate) port: u16,
    pub(crate) received: Arc<Mutex<Vec<String>>>,
    connections: Arc<AtomicUsize>,
    behaviour: Arc<Mutex<Behaviour>>,
    bodies: Receiver<()>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let received = Arc::new(Mutex::new(Vec::new()));
        let behaviour = Arc::new(Mutex::new(behaviour));
        let connections = Arc::new(AtomicUsize::new(0));
        let (sender, bodies) = channel();
        let thread = {
            let (received, behaviour) = (Arc::clone(&received), Arc::clone(&behaviour));
            let connections = Arc::clone(&connections);
            std::thread::spawn(move || {
                serve(&listener, &received, &connections, &behaviour, &sender);
            })
        };
        Self { port, received, connections, behaviour, bodies, thread: Some(thread) }
    }

    pub(crate) fn become_(&self, behaviour: Behaviour) {
        *self.behaviour.lock().unwrap() = behaviour;
    }

    /// Returns every body that came, whatever was said to it.
    pub(crate) fn received(&self) -> Vec<String> {
        self.received.lock().unwrap().clone()
    }

    /// Returns how often somebody connected.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn settings(&self) -> String {
        format!(
            "[smtp]\nhost = \"127.0.0.1\"\nport = {}\nsecurity = \"none\"\nuser = \"lin@mail.example\"\n\
             from = \"lin@mail.example\"\nstep_seconds = 2\nreply_seconds = 2\n[reminders]\ndesktop = false\n",
            self.port
        )
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A connection that says nothing but this ends the server's loop.
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) {
            let _ = stream.write_all(b"STOP\r\n");
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(
    listener: &TcpListener,
    received: &Arc<Mutex<Vec<String>>>,
    connections: &AtomicUsize,
    behaviour: &Arc<Mutex<Behaviour>>,
    bodies: &Sender<()>,
) {
    let mut hanging = Vec::new();
    for stream in listener.incoming() {
        let Ok(stream) = stream else { return };
        connections.fetch_add(1, Ordering::SeqCst);
        let now = *behaviour.lock().unwrap();
        if now == Behaviour::HangAtConnect {
            let mut first = [0; 4];
            stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
            if stream.peek(&mut first).is_ok_and(|read| &first[..read] == b"STOP") {
                return;
            }
            hanging.push(stream);
            continue;
        }
        match converse(&stream, now, received, bodies) {
            Some(true) => return,
            Some(false) => {}
            None => hanging.push(stream),
        }
    }
}

/// Reads a body up to the dot; none when the connection ends before it.
fn body_of(reader: &mut BufReader<&TcpStream>) -> Option<String> {
    let mut body = String::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return None;
        }
        if line == ".\r\n" {
            return Some(body);
        }
        body.push_str(&line);
    }
}

/// Speaks with one client. Returns true to stop the server, none to keep the connection hanging.
fn converse(
    stream: &TcpStream,
    behaviour: Behaviour,
    received: &Arc<Mutex<Vec<String>>>,
    bodies: &Sender<()>,
) -> Option<bool> {
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    let mut say = |line: &str| writer.write_all(format!("{line}\r\n").as_bytes()).is_ok();
    say("220 loopback ESMTP");
    let mut line = String::new();
    loop {
        line.clear();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return Some(false);
        }
        let command = line.trim_end().to_uppercase();
        if command == "STOP" {
            return Some(true);
        } else if command.starts_with("EHLO") {
            say("250-loopback");
            say("250-AUTH PLAIN LOGIN XOAUTH2");
            say("250 8BITMIME");
        } else if command.starts_with("AUTH XOAUTH2") {
            if is_bearer(line.split_whitespace().nth(2).unwrap_or_default()) {
                say("235 ok");
            } else {
                // As Gmail does: first a question, then after an empty line the refusal.
                say("334 eyJzdGF0dXMiOiI0MDAifQ==");
                reader.read_line(&mut line).unwrap();
                say("535 5.7.8 Username and Password not accepted");
            }
        } else if command.starts_with("AUTH") {
            let refused = behaviour == Behaviour::RefusePassword;
            say(if refused { "535 Error: authentication failed" } else { "235 ok" });
        } else if command.starts_with("MAIL") {
            say("250 ok");
        } else if command.starts_with("RCPT") {
            match behaviour {
                Behaviour::RefuseRecipient => say("550 User unknown"),
                Behaviour::RefuseForNow => say("451 try later"),
                Behaviour::RefuseAsTooFrequent => say("550 Connection frequency limited"),
                _ => say("250 ok"),
            };
        } else if command == "DATA" {
            say("354 go ahead");
            let Some(body) = body_of(&mut reader) else { return Some(false) };
            received.lock().unwrap().push(body);
            let _ = bodies.send(());
            match behaviour {
                Behaviour::RefuseContent => say("554 DT:SPM refused 疑似垃圾邮件"),
                Behaviour::DropAfterBody => return Some(false),
                Behaviour::HangAfterBody => return None,
                _ => say("250 queued as 1"),
            };
        } else if command == "QUIT" {
            say("221 bye");
            return Some(false);
        } else {
            say("250 ok");
        }
    }
}

/// True for the login of Lin with the token `sesame`.
pub(crate) fn is_bearer(said: &str) -> bool {
    let expected = "user=lin@mail.example\u{1}auth=Bearer sesame\u{1}\u{1}";
    said == base64::Engine::encode(&base64::engine::general_purpose::STANDARD, expected)
}

/// The one step of the example that leaves by itself and has a recipient outside.
pub(crate) const STEP: &str = "bank-dispute";

/// A copy of the example in which only that step is mailed.
fn folder() -> tempfile::TempDir {
    crate::support::example(|text| only_the_bank(&text))
}

/// The text of the example with the bank as its only recipient.
pub(crate) fn only_the_bank(text: &str) -> String {
    let (before, recipients) = text.split_once("[recipients.self]").unwrap();
    let (_, rest) = recipients.split_once("[recipients.bank]").unwrap();
    let (bank, _) = rest.split_once("[recipients.insurer]").unwrap();
    format!("{before}[recipients.bank]{bank}[send]\napprove = \"auto\"\n")
}

struct Run {
    home: Home,
    server: Server,
    folder: tempfile::TempDir,
}

impl Run {
    fn new(behaviour: Behaviour) -> Self {
        let run = Self { home: Home::new(), server: Server::start(behaviour), folder: folder() };
        run.home.configure(&run.server.settings());
        run
    }

    fn program(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = self.home.program(arguments);
        command.env("APPEAL_SMTP_PASSWORD", "swordfish");
        command
    }

    fn file(&self) -> String {
        self.folder.path().join("case.toml").display().to_string()
    }

    #[track_caller]
    fn start(&self) {
        let output = self.program(&["start", &self.file(), "--once"]).output().unwrap();
        assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
        let shown = String::from_utf8_lossy(&output.stdout);
        assert!(!shown.contains("swordfish"), "a password is never shown");
    }

    fn say(&self, arguments: &[&str]) -> Option<i32> {
        self.program(arguments).output().unwrap().status.code()
    }

    #[track_caller]
    fn step(&self) -> Value {
        let status = self.home.json(0, &["status", "W-2026-0001"]);
        let steps = status["steps"].as_array().unwrap();
        steps.iter().find(|step| step["id"] == STEP).unwrap().clone()
    }
}

#[test]
fn accepted_is_submitted_and_waits_for_an_answer() {
    let run = Run::new(Behaviour::Accept);
    run.start();
    assert_eq!(run.step()["state"], "submitted");
    assert_eq!(run.server.received().len(), 1);
    run.start();
    assert_eq!(run.server.received().len(), 1, "once");
}

#[test]
fn an_unknown_recipient_moves_to_the_next_channel() {
    let run = Run::new(Behaviour::RefuseRecipient);
    run.start();
    let today = run.home.json(0, &["today", "W-2026-0001"]);
    let tasks = today["tasks"].as_array().unwrap();
    let task = tasks.iter().find(|task| task["step"] == STEP).unwrap();
    assert_eq!(task["kind"], "visit", "the counter of the bank is next");
    assert!(run.server.received().is_empty());
}

#[test]
fn a_busy_server_is_tried_again_later() {
    for behaviour in [Behaviour::RefuseForNow, Behaviour::RefuseAsTooFrequent] {
        let run = Run::new(behaviour);
        run.start();
        let step = run.step();
        assert_eq!(step["state"], "prepared", "{behaviour:?}");
        assert!(step["waiting"].as_str().unwrap().contains("再试"), "{step}");
        // The person can ask for it at once.
        run.server.become_(Behaviour::Accept);
        assert_eq!(run.say(&["approve", "W-2026-0001", STEP]), Some(0));
        assert_eq!(run.step()["state"], "submitted");
        assert_eq!(run.server.received().len(), 1);
    }
}

#[test]
fn refused_content_wants_a_person() {
    let run = Run::new(Behaviour::RefuseContent);
    run.start();
    let step = run.step();
    assert_eq!(step["state"], "blocked");
    assert!(step["waiting"].as_str().unwrap().contains("拒绝"), "{step}");
    run.start();
    assert_eq!(run.server.received().len(), 1, "not tried again by itself");
}

#[test]
fn a_wrong_password_wants_a_person() {
    let run = Run::new(Behaviour::RefusePassword);
    run.start();
    assert_eq!(run.step()["state"], "blocked");
    assert!(run.step()["waiting"].as_str().unwrap().contains("授权码"));
}

#[test]
fn a_server_that_hangs_before_the_body_took_nothing() {
    let run = Run::new(Behaviour::HangAtConnect);
    run.start();
    let step = run.step();
    assert_eq!(step["state"], "prepared");
    assert!(step["waiting"].as_str().unwrap().contains("再试"), "{step}");
}

#[test]
fn silence_after_the_body_is_doubt_and_never_sent_again_unasked() {
    for behaviour in [Behaviour::DropAfterBody, Behaviour::HangAfterBody] {
        let run = Run::new(behaviour);
        run.start();
        assert_eq!(run.step()["state"], "in_doubt", "{behaviour:?}");
        run.server.become_(Behaviour::Accept);
        run.start();
        assert_eq!(run.say(&["run", "--once"]), Some(3));
        assert_eq!(run.server.received().len(), 1, "{behaviour:?}");
        assert_eq!(run.say(&["approve", "W-2026-0001", STEP]), Some(1), "only with --again");
        assert_eq!(run.server.received().len(), 1);
        assert_eq!(run.say(&["approve", "W-2026-0001", STEP, "--again"]), Some(0));
        let received = run.server.received();
        assert_eq!(received.len(), 2);
        assert_eq!(received[0], received[1], "the same bytes");
        assert_eq!(run.step()["state"], "submitted");
        assert_eq!(run.say(&["approve", "W-2026-0001", STEP, "--again"]), Some(1), "once");
    }
}

#[test]
fn the_person_can_say_that_it_arrived() {
    let run = Run::new(Behaviour::DropAfterBody);
    run.start();
    assert_eq!(run.say(&["done", "W-2026-0001", STEP]), Some(0));
    assert_eq!(run.step()["state"], "submitted");
    assert_eq!(run.server.received().len(), 1);
}

#[test]
fn killed_between_body_and_reply_nothing_is_sent_again_and_nothing_forgotten() {
    let run = Run::new(Behaviour::HangAfterBody);
    let mut child = run.program(&["start", &run.file(), "--once"]).spawn().unwrap();
    run.server.bodies.recv_timeout(Duration::from_mins(1)).expect("the body arrives");
    child.kill().unwrap();
    child.wait().unwrap();
    run.server.become_(Behaviour::Accept);
    run.start();
    assert_eq!(run.server.received().len(), 1, "no second body");
    assert_eq!(run.step()["state"], "in_doubt", "and it is not forgotten");
}

#[test]
fn a_certificate_nobody_vouches_for_is_refused_before_anything_leaves() {
    // A server that does not speak TLS at all stands for one whose certificate is wrong: either
    // way the handshake fails and nothing was said.
    let run = Run::new(Behaviour::Accept);
    run.home.configure(&run.server.settings().replace("security = \"none\"", "security = \"tls\""));
    run.start();
    assert_ne!(run.step()["state"], "submitted");
    assert!(run.server.received().is_empty());
    run.home.configure(
        &run.server.settings().replace("security = \"none\"", "security = \"starttls\""),
    );
    assert_ne!(run.say(&["run", "--once"]), Some(70));
    assert!(run.server.received().is_empty(), "no fall-back to an open line");
}

#[test]
fn rehearsals_never_send_real_mail() {
    let run = Run::new(Behaviour::Accept);
    let at = [
        "start",
        &repository("examples/minimal/case.toml").display().to_string(),
        "--at",
        "2026-09-18T16:00:00+08:00",
    ]
    .map(str::to_owned);
    let arguments: Vec<&str> = at.iter().map(String::as_str).collect();
    assert_eq!(run.say(&arguments), Some(1));
}

#[test]
fn a_second_try_that_is_refused_says_nothing_of_the_first() {
    let run = Run::new(Behaviour::DropAfterBody);
    run.start();
    run.server.become_(Behaviour::RefuseForNow);
    assert_eq!(run.say(&["approve", "W-2026-0001", STEP, "--again"]), Some(0));
    assert_eq!(run.step()["state"], "in_doubt", "the first may still have arrived");
    run.server.become_(Behaviour::Accept);
    assert_eq!(run.say(&["run", "--once"]), Some(3));
    assert_eq!(run.server.received().len(), 1, "and nothing leaves by itself");
}

#[test]
fn an_answer_to_a_letter_in_doubt_says_that_it_arrived() {
    let run = Run::new(Behaviour::DropAfterBody);
    run.start();
    run.server.become_(Behaviour::Accept);
    assert_eq!(
        run.say(&["reply", "W-2026-0001", STEP, "--outcome", "refused", "--note", "已收到"]),
        Some(0)
    );
    assert_eq!(run.step()["state"], "done");
    assert_eq!(run.say(&["approve", "W-2026-0001", STEP, "--again"]), Some(1));
    assert_eq!(run.server.received().len(), 1);
}

/// A letter from the bank, with these further header lines and this text.
fn letter(headers: &str, text: &str) -> String {
    format!(
        "From: =?UTF-8?B?5LqJ6K6u5Lqk5piT57uE?= <disputes@bank.example>\r\nTo: lin@mail.example\r\nDate: Fri, 25 Sep 2026 10:00:00 +0800\r\nMessage-ID: <{}@bank.example>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n{headers}\r\n{text}\r\n",
        text.len()
    )
}

impl Run {
    /// The Message-ID of what the server received.
    fn message_id(&self) -> String {
        let received = self.server.received();
        let (_, rest) = received[0].split_once("Message-ID: <").unwrap();
        rest.split_once('>').unwrap().0.to_owned()
    }

    /// Puts a letter into the inbox folder and has it taken in.
    #[track_caller]
    fn comes(&self, letter: &str) -> Value {
        let folder = self.home.path().join("inbox");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("new.eml"), letter).unwrap();
        let output = self.program(&["--json", "inbox", "check"]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(matches!(output.status.code(), Some(0 | 3)), "{said}");
        assert!(!folder.join("new.eml").exists(), "it is kept under its digest");
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

#[test]
fn an_answer_is_found_and_only_the_person_says_what_it_means() {
    let run = Run::new(Behaviour::Accept);
    run.start();
    let reply = format!("In-Reply-To: <{}>\r\nSubject: Re: x\r\n", run.message_id());
    let text = "您的申请经审核，不予赔付。";
    let held = run.comes(&letter(&reply, text));
    let found = &held["letters"][0];
    assert_eq!((&found["case"], &found["step"]), (&"W-2026-0001".into(), &STEP.into()));
    assert_eq!(found["suggestions"][0]["value"], "refused", "{found}");
    assert_eq!(run.step()["state"], "submitted", "nothing moves by itself");
    // The same letter again changes nothing.
    assert_eq!(run.comes(&letter(&reply, text))["letters"].as_array().unwrap().len(), 1);
    let id = found["id"].as_str().unwrap();
    let assigned = ["inbox", "assign", id, "W-2026-0001", STEP, "--outcome", "refused"];
    assert_eq!(run.say(&assigned), Some(0));
    assert_ne!(run.step()["state"], "submitted");
    let evidence = run.home.json(0, &["evidence", "list", "W-2026-0001"]);
    let kept = evidence["evidence"].as_array().unwrap();
    assert!(kept.iter().any(|item| item["slot"] == "reply.bank-dispute"), "{evidence}");
    assert_eq!(run.home.json(0, &["inbox", "list"])["letters"], serde_json::json!([]));
}

#[test]
fn an_automatic_answer_stops_no_follow_up() {
    let run = Run::new(Behaviour::Accept);
    run.start();
    let before = run.step()["silence"].clone();
    let headers = format!(
        "In-Reply-To: <{}>\r\nAuto-Submitted: auto-replied\r\nSubject: received\r\n",
        run.message_id()
    );
    let held = run.comes(&letter(&headers, "您的来信已收到，将尽快处理。"));
    assert_eq!(held["letters"], serde_json::json!([]), "nobody has to look");
    assert_eq!((&run.step()["state"], &run.step()["silence"]), (&"submitted".into(), &before));
}

/// A report that a message to the bank did not arrive, because there is no such address.
pub(crate) fn bounce(original: &str) -> String {
    format!(
        "From: MAILER-DAEMON@mail.example\r\nTo: lin@mail.example\r\nSubject: Undelivered Mail Returned to Sender\r\nDate: Fri, 18 Sep 2026 16:00:00 +0800\r\nMessage-ID: <b1@mail.example>\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nThe mail system could not deliver.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mail.example\r\n\r\nFinal-Recipient: rfc822; disputes@bank.example\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 user unknown\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <{original}>\r\nSubject: x\r\nTo: disputes@bank.example\r\n\r\nx\r\n--b--\r\n"
    )
}

#[test]
fn a_bounce_leads_to_the_next_channel() {
    let run = Run::new(Behaviour::Accept);
    run.start();
    run.comes(&bounce(&run.message_id()));
    run.start();
    let today = run.home.json(0, &["today", "W-2026-0001"]);
    let tasks = today["tasks"].as_array().unwrap();
    let task = tasks.iter().find(|task| task["step"] == STEP).unwrap();
    assert_eq!(task["kind"], "visit", "the counter of the bank is next: {task}");
    assert_eq!(run.server.received().len(), 1, "nothing is sent there again");
}

#[test]
fn our_own_copy_ends_a_doubt() {
    let run = Run::new(Behaviour::DropAfterBody);
    run.start();
    assert_eq!(run.step()["state"], "in_doubt");
    let copy = run.server.received()[0].clone();
    run.comes(&copy);
    assert_eq!(run.step()["state"], "submitted");
    assert_eq!(run.server.received().len(), 1, "and nothing is sent again");
}

#[test]
fn a_forged_sender_moves_nothing() {
    let run = Run::new(Behaviour::Accept);
    run.start();
    let held = run.comes(&letter("Subject: W-2026-0001\r\n", "您的申请已受理，无需再联系。"));
    let found = &held["letters"][0];
    assert_eq!((&found["certain"], &found["step"]), (&false.into(), &Value::Null), "{found}");
    assert_eq!(run.step()["state"], "submitted");
}

#[test]
fn a_follow_up_joins_the_thread_and_an_answer_to_the_tag_finds_its_case() {
    let run = Run::new(Behaviour::Accept);
    run.home.configure(&run.server.settings().replacen("[smtp]\n", "[smtp]\nplus = true\n", 1));
    run.start();
    let first = run.server.received()[0].clone();
    assert!(!first.contains("In-Reply-To"), "{first}");
    let (_, rest) = first.split_once("<lin+").expect("answers go to the case's own address");
    let tag = rest.split_once("@mail.example>").unwrap().0;
    assert_eq!(tag.len(), 16);
    // Nothing but the address says whose it is.
    let answer = letter("Subject: hello\r\n", "请补充材料。");
    let answer = answer.replace("To: lin@", &format!("To: lin+{tag}@"));
    assert_eq!(run.comes(&answer)["letters"][0]["case"], "W-2026-0001");
    let other = letter("Subject: other\r\n", "与您无关。").replace("To: lin@", "To: lin+guess@");
    let held = run.comes(&other)["letters"].clone();
    let stranger = held.as_array().unwrap().iter().find(|letter| letter["subject"] == "other");
    assert_eq!(stranger.unwrap()["case"], Value::Null);

    let said = ["reply", "W-2026-0001", STEP, "--outcome", "need_more", "--note", "补材料"];
    assert_eq!(run.say(&said), Some(0));
    let received = run.server.received();
    assert_eq!(received.len(), 2, "what they ask for is mailed, too");
    let id = run.message_id();
    assert!(received[1].contains(&format!("In-Reply-To: <{id}>")), "{}", received[1]);
    assert!(received[1].contains(&format!("References: <{id}>")));
}

#[test]
fn a_refusal_is_kept_in_the_servers_own_words() {
    let run = Run::new(Behaviour::RefuseContent);
    run.start();
    let page = run.home.path().join("mail.pdf").display().to_string();
    let record = run.home.json(0, &["proof", "W-2026-0001", STEP, "-o", &page]);
    let last = record["messages"][0]["events"].as_array().unwrap().last().unwrap();
    assert!(last["what"].as_str().unwrap().contains("554"), "{last}");
    assert_eq!(last["said"], "127.0.0.1：554 DT:SPM refused 疑似垃圾邮件");
    let text = squeezed(&pdf_text(std::path::Path::new(&page)));
    assert!(text.contains("DT:SPMrefused疑似垃圾邮件"), "{text}");
}

#[test]
fn the_record_of_mail_says_what_is_known_and_no_more() {
    let run = Run::new(Behaviour::DropAfterBody);
    run.start();
    let page = run.home.path().join("mail.pdf");
    let record = |code| {
        let path = page.display().to_string();
        let record = run.home.json(code, &["proof", "W-2026-0001", STEP, "-o", &path]);
        (record["messages"][0].clone(), squeezed(&pdf_text(&page)))
    };
    let (message, text) = record(0);
    assert!(text.contains("不知道它是否被接收"), "{text}");
    assert!(!text.contains("服务器已接收。"), "{text}");
    run.server.become_(Behaviour::Accept);
    assert_eq!(run.say(&["approve", "W-2026-0001", STEP, "--again"]), Some(0));
    let (sent, text) = record(0);
    assert_eq!(sent["message_id"], message["message_id"]);
    for shown in ["发信邮箱的服务器已接收", "127.0.0.1：250queuedas1", "disputes@bank.example"]
    {
        assert!(text.contains(shown), "{shown}: {text}");
    }
    assert!(text.contains(&run.message_id()), "{text}");
    for file in sent["files"].as_array().unwrap() {
        let digest = file["sha256"].as_str().unwrap();
        assert!(text.contains(digest), "{digest}");
    }
    // What ends the body on the wire begins with a line end of its own.
    let received = run.server.received()[1].clone();
    let delivered = received.strip_suffix("\r\n").unwrap();
    let digest = appeal_daemon::domain::digest::Digest::of(delivered.as_bytes());
    assert_eq!(sent["sha256"], digest.as_str(), "what arrived is what was stored");
    // The bundle holds the same page.
    let bundle = run.home.json(0, &["bundle", "W-2026-0001"]);
    let file = std::fs::File::open(bundle["path"].as_str().unwrap()).unwrap();
    let mut archive = zip::ZipArchive::new(file).unwrap();
    assert!(archive.by_name("W-2026-0001/mail-record.pdf").is_ok());
    assert_eq!(run.say(&["proof", "W-2026-0001", "police", "-o", "x.pdf"]), Some(1));
}
