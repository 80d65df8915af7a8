//! Setting the account up: servers on loopback stand for the provider, and what one takes in lies in
//! the other's inbox.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Output;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;

use crate::smtp::{Behaviour, Server, is_bearer};
use crate::support::Home;

const ADDRESS: &str = "lin@mail.example";
const PASSWORD: &str = "swordfish";

/// What the mailbox does that it should not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    /// Nothing ever arrives.
    StaysEmpty,
    /// It wants another password.
    RefusesLogin,
}

/// A mailbox on loopback that holds what the mail server received. It stops when it is dropped.
struct Inbox {
    port: u16,
    thread: Option<JoinHandle<()>>,
}

impl Inbox {
    fn start(letters: Arc<Mutex<Vec<String>>>, fault: Fault) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                let letters =
                    if fault == Fault::StaysEmpty { Arc::default() } else { letters.clone() };
                if converse(&stream, &letters, fault) {
                    return;
                }
            }
        });
        Self { port, thread: Some(thread) }
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) {
            let _ = stream.write_all(b"- STOP\r\n");
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Speaks with one client; returns true to stop the server.
fn converse(stream: &TcpStream, letters: &Mutex<Vec<String>>, fault: Fault) -> bool {
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    let mut say = |line: &str| writer.write_all(format!("{line}\r\n").as_bytes()).is_ok();
    say("* OK ready");
    let mut line = String::new();
    loop {
        line.clear();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return false;
        }
        let (tag, command) = line.trim_end().split_once(' ').unwrap_or_default();
        let letters = letters.lock().unwrap().clone();
        let word = command.trim_start_matches("UID ").split(' ').next().unwrap_or_default();
        let mut end = "OK done";
        match word {
            "STOP" => return true,
            "CAPABILITY" => drop(say("* CAPABILITY IMAP4rev1")),
            "LOGIN" if fault == Fault::RefusesLogin || !command.contains(PASSWORD) => {
                end = "NO [AUTHENTICATIONFAILED] password error";
            }
            "AUTHENTICATE" => {
                let mut said = String::new();
                say("+ ");
                let read = reader.read_line(&mut said);
                if read.is_err() || !is_bearer(said.trim_end()) {
                    say("+ eyJzdGF0dXMiOiI0MDAifQ==");
                    said.clear();
                    assert!(reader.read_line(&mut said).is_ok() && said == "\r\n", "{said:?}");
                    end = "NO [AUTHENTICATIONFAILED] Invalid credentials";
                }
            }
            "LIST" => drop(say("* LIST () \"/\" \"INBOX\"")),
            "SELECT" => {
                say(&format!("* {} EXISTS", letters.len()));
                say("* OK [UIDVALIDITY 1] valid");
            }
            "SEARCH" => drop(say("* SEARCH")),
            "FETCH" => {
                for (index, letter) in letters.iter().enumerate() {
                    let is_id = |line: &&str| line.starts_with("Message-ID:");
                    let field = letter.lines().find(is_id).unwrap_or_default();
                    let (number, size) = (index + 1, field.len() + 4);
                    say(&format!(
                        "* {number} FETCH (UID {number} BODY[HEADER.FIELDS (MESSAGE-ID)] {{{size}}}\r\n{field}\r\n\r\n)"
                    ));
                }
            }
            _ => {}
        }
        say(&format!("{tag} {end}"));
        if word == "LOGOUT" {
            return false;
        }
    }
}

struct Run {
    home: Home,
    server: Server,
    inbox: Inbox,
}

impl Run {
    fn new(behaviour: Behaviour, fault: Fault) -> Self {
        let server = Server::start(behaviour);
        let inbox = Inbox::start(Arc::clone(&server.received), fault);
        Self { home: Home::new(), server, inbox }
    }

    fn program(&self, further: &[&str]) -> std::process::Command {
        let (smtp, imap) = (self.server.port.to_string(), self.inbox.port.to_string());
        let mut arguments = vec!["mail", "setup", "--address", ADDRESS, "--wait", "0"];
        arguments.extend(["--smtp-host", "127.0.0.1", "--smtp-port", &smtp]);
        arguments.extend(["--smtp-security", "none", "--imap-host", "127.0.0.1"]);
        arguments.extend(["--imap-port", &imap, "--imap-security", "none"]);
        arguments.extend(further);
        self.home.program(&arguments)
    }

    /// Sets the account up with the password in the environment.
    #[track_caller]
    fn set_up(&self, code: i32, further: &[&str]) -> Output {
        let mut program = self.program(further);
        let output = program.env("APPEAL_SMTP_PASSWORD", PASSWORD).output().unwrap();
        self.told_nothing(&output);
        let said = String::from_utf8_lossy(&output.stderr);
        let shown = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(code), "{shown}{said}");
        output
    }

    #[track_caller]
    fn json(&self, code: i32) -> Value {
        serde_json::from_slice(&self.set_up(code, &["--json"]).stdout).unwrap()
    }

    fn settings(&self) -> String {
        let path = self.home.path().join("config/config.toml");
        std::fs::read_to_string(path).unwrap_or_default()
    }

    /// The password stands in no output, in no file and in no mail.
    #[track_caller]
    fn told_nothing(&self, output: &Output) {
        let encoded = "c3dvcmRmaXNo";
        let mut texts = vec![output.stdout.clone(), output.stderr.clone()];
        texts.extend(self.server.received().into_iter().map(String::into_bytes));
        let mut folders = vec![self.home.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    texts.push(std::fs::read(path).unwrap());
                }
            }
        }
        for text in texts {
            let text = String::from_utf8_lossy(&text);
            assert!(!text.contains(PASSWORD) && !text.contains(encoded), "{text}");
        }
    }
}

fn states(answer: &Value) -> Vec<(&str, Option<bool>)> {
    let checks = answer["checks"].as_array().unwrap();
    checks.iter().map(|check| (check["id"].as_str().unwrap(), check["ok"].as_bool())).collect()
}

#[test]
fn a_mail_to_oneself_is_read_back_before_the_first_real_one() {
    let run = Run::new(Behaviour::Accept, Fault::None);
    let answer = run.json(0);
    assert_eq!(answer["ok"], true);
    let all = [("send", Some(true)), ("read", Some(true)), ("copy", Some(true))];
    assert_eq!(states(&answer), all, "{answer}");
    let received = run.server.received();
    assert_eq!(received.len(), 1);
    assert!(received[0].contains(&format!("To: {ADDRESS}")), "to nobody else");
    // Setting it up again changes no letter of the file and only tries once more.
    let before = run.settings();
    assert!(before.contains("[smtp]\nhost = \"127.0.0.1\""), "{before}");
    let shown = run.set_up(0, &[]);
    let shown = String::from_utf8_lossy(&shown.stdout);
    for works in ["✓ 发信", "✓ 收信", "✓ 自己的副本：测试邮件到了收件箱", "可以用了"]
    {
        assert!(shown.contains(works), "{shown}");
    }
    assert_eq!(run.settings(), before);
    assert_eq!(run.server.received().len(), 2);
}

#[test]
fn a_password_from_standard_input_is_kept_encrypted() {
    use std::process::Stdio;
    let run = Run::new(Behaviour::Accept, Fault::None);
    let mut program = run.program(&["--password-stdin"]);
    program.env("APPEAL_PASSPHRASE", "correct horse");
    let mut child = program
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(format!(" {PASSWORD} \n").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    run.told_nothing(&output);
    let shown = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{shown}");
    assert!(shown.contains("密码在加密文件 secrets.age"), "{shown}");
    assert!(run.home.path().join("config/secrets.age").exists());
}

#[test]
fn nothing_is_kept_where_it_would_be_in_plain_text() {
    let run = Run::new(Behaviour::Accept, Fault::None);
    let output = run.program(&[]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "no password");
    assert!(String::from_utf8_lossy(&output.stderr).contains("--password-stdin"));
    assert_eq!(run.settings(), "", "and nothing was written");
    assert!(run.server.received().is_empty());
}

#[test]
fn a_wrong_password_is_said_with_where_the_right_one_is() {
    let run = Run::new(Behaviour::RefusePassword, Fault::RefusesLogin);
    let answer = run.json(1);
    let failed = [("send", Some(false)), ("read", Some(false)), ("copy", None)];
    assert_eq!(states(&answer), failed, "{answer}");
    let shown = run.set_up(1, &[]);
    let shown = String::from_utf8_lossy(&shown.stdout);
    assert!(shown.contains("授权码") && shown.contains("IMAP"), "{shown}");
    assert!(run.server.received().is_empty());
}

#[test]
fn a_server_that_cannot_be_reached_is_no_fault_of_the_person() {
    let run = Run::new(Behaviour::Accept, Fault::None);
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = closed.local_addr().unwrap().port().to_string();
    drop(closed);
    let output = run
        .home
        .program(&["mail", "setup", "--address", ADDRESS, "--smtp-host", "127.0.0.1"])
        .args(["--smtp-port", &port, "--smtp-security", "none"])
        .env("APPEAL_SMTP_PASSWORD", PASSWORD)
        .output()
        .unwrap();
    let shown = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(75), "{shown}");
    assert!(shown.contains("连不上发信服务器"), "{shown}");
    assert!(shown.contains("没有设置收信邮箱"), "{shown}");
    assert!(!shown.contains("会自己再试"), "nobody tries again: {shown}");
}

#[test]
fn a_copy_that_does_not_come_is_not_claimed() {
    let run = Run::new(Behaviour::Accept, Fault::StaysEmpty);
    let answer = run.json(3);
    let missing = [("send", Some(true)), ("read", Some(true)), ("copy", Some(false))];
    assert_eq!(states(&answer), missing, "{answer}");
    assert!(answer["checks"][2]["hint"].as_str().unwrap().contains("垃圾箱"), "{answer}");
}

#[test]
fn nothing_leaves_while_sending_is_stopped() {
    let run = Run::new(Behaviour::Accept, Fault::None);
    run.home.expect(0, &["halt"]);
    assert_eq!(states(&run.json(1))[0], ("send", Some(false)));
    assert!(run.server.received().is_empty());
}

#[test]
fn another_account_stays_unless_it_is_to_be_replaced() {
    let run = Run::new(Behaviour::Accept, Fault::None);
    let own = "# 公司的\n[smtp]\nhost = \"mail.firm.example\"\nport = 465\nuser = \"a@firm.example\"\nfrom = \"a@firm.example\"\nstep_seconds = 5 # 慢\n\n[reminders]\ndesktop = false # 不弹窗\n";
    run.home.configure(own);
    let refused = run.set_up(1, &["--no-test"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--replace"));
    assert_eq!(run.settings(), own);
    run.set_up(0, &["--replace", "--no-test"]);
    let settings = run.settings();
    for kept in ["# 公司的\n[smtp]", "step_seconds = 5 # 慢", "desktop = false # 不弹窗"] {
        assert!(settings.contains(kept), "{settings}");
    }
    assert!(!settings.contains("firm.example"), "{settings}");
    assert!(run.server.received().is_empty());
}

#[test]
fn a_mailbox_without_passwords_is_told_the_truth() {
    let home = Home::new();
    let output = home.run(&["mail", "setup", "--address", "lin@outlook.com"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("不再接受任何密码登录"));
    let output = home.run(&["mail", "setup", "--address", "lin@firm.example"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("--smtp-host"));
    let shown = home.expect(0, &["mail", "presets"]);
    assert!(shown.contains("smtp.qq.com:465") && shown.contains("授权码"), "{shown}");
    let presets = home.json(0, &["mail", "presets"]);
    let outlook = |row: &&Value| row["id"] == "outlook";
    let row = presets["providers"].as_array().unwrap().iter().find(outlook).unwrap();
    assert_eq!(row["access"], "token");
}

#[test]
fn a_token_command_takes_the_place_of_the_password() {
    let run = Run::new(Behaviour::Accept, Fault::None);
    let token = run.home.path().join("token");
    std::fs::write(&token, "sesame\n").unwrap();
    let command = format!("cat {}", token.display());
    let output = run.program(&["--token-command", &command]).output().unwrap();
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{shown}");
    assert!(!shown.contains("sesame"));
    assert_eq!(run.server.received().len(), 1);
    let settings = run.settings();
    assert!(settings.contains("token_command = [\"cat\", \"/"), "{settings}");
    let shown = run.home.expect(0, &["doctor", "--mail"]);
    assert_eq!(shown.matches("令牌由命令 cat 给出，连得上").count(), 2, "{shown}");
    // A token that ran out is refused on both sides, after the second question.
    std::fs::write(&token, "stale\n").unwrap();
    let shown = run.home.expect(75, &["doctor", "--mail"]);
    assert_eq!(shown.matches("不认访问令牌").count(), 2, "{shown}");
    assert_eq!(shown.matches("token_command").count(), 2, "{shown}");
    assert!(!shown.contains("授权码") && !shown.contains("stale"), "{shown}");
    std::fs::remove_file(&token).unwrap();
    let shown = run.home.expect(75, &["doctor", "--mail"]);
    assert_eq!(shown.matches("退出码 1").count(), 2, "{shown}");
}

#[test]
fn doctor_looks_at_the_settings_and_when_asked_at_the_servers() {
    let run = Run::new(Behaviour::Accept, Fault::None);
    run.set_up(0, &["--no-test"]);
    let doctor = |code, arguments: &[&str], password: Option<&str>| {
        let mut program = run.home.program(arguments);
        program.envs(password.map(|password| ("APPEAL_SMTP_PASSWORD", password)));
        let output = program.output().unwrap();
        run.told_nothing(&output);
        let shown = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(code), "{shown}");
        shown
    };
    let shown = doctor(75, &["doctor"], None);
    assert!(shown.contains("✗ 发信服务器 127.0.0.1") && shown.contains("没有密码"), "{shown}");
    let shown = doctor(0, &["doctor"], Some(PASSWORD));
    assert!(shown.contains("密码在环境变量") && !shown.contains("连得上"), "{shown}");
    let shown = doctor(0, &["doctor", "--mail"], Some(PASSWORD));
    assert_eq!(shown.matches("连得上").count(), 2, "{shown}");
    run.server.become_(Behaviour::RefusePassword);
    let shown = doctor(75, &["doctor", "--mail"], Some("otherwise"));
    assert_eq!(shown.matches("不认账号或授权码").count(), 2, "{shown}");
    assert!(run.server.received().is_empty(), "nothing is sent");
}
