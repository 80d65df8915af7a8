//! How fast small submissions leave with everything written down before and after, beside plain
//! `lettre` sending the same mails and writing nothing, over a connection for each as its transport
//! does it and over a single one; and how much memory large ones take.
//!
//! `cargo bench --bench mail [-- MESSAGES [PORT ROOT_CERTIFICATE USER PASSWORD]]`, by default 1,000
//! messages to a server of our own that takes everything at once and keeps nothing. With a port it
//! is a real one on this machine with STARTTLS, such as `tests/mail/real/servers.sh` starts: the
//! mails go from USER to USER.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    reason = "a program that measures and prints"
)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use appeal_daemon::domain::time;
use appeal_daemon::runtime::clock::Clock;
use appeal_daemon::runtime::environment::Environment;
use appeal_daemon::runtime::notify::Means;
use appeal_daemon::runtime::setup::{Options, Runtime};
use lettre::address::Envelope;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use rusqlite::Connection;

/// Letters of one case.
const STEPS: usize = 10;

/// What the large case sends: three letters with twelve megabytes each.
const LARGE: [usize; 3] = [12_000_000; 3];

struct Server {
    port: u16,
    real: Option<Real>,
}

struct Real {
    root: String,
    user: String,
    password: String,
}

impl Server {
    fn address(&self) -> &str {
        self.real.as_ref().map_or("me@post.test", |real| &real.user)
    }

    fn settings(&self) -> String {
        let (port, from) = (self.port, self.address());
        let more = match &self.real {
            None => "host = \"127.0.0.1\"\nsecurity = \"none\"".to_owned(),
            Some(Real { root, user, .. }) => format!(
                "host = \"localhost\"\nsecurity = \"starttls\"\nuser = \"{user}\"\nca_file = \"{root}\""
            ),
        };
        format!("[smtp]\nport = {port}\nfrom = \"{from}\"\n{more}\n[reminders]\ndesktop = false\n")
    }
}

/// Takes every message and forgets it.
fn sink() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || take(&stream));
        }
    });
    port
}

fn take(stream: &TcpStream) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut reader = BufReader::with_capacity(64 * 1024, stream);
    let mut writer = stream;
    let mut say = |line: &str| writer.write_all(line.as_bytes()).ok();
    say("220 sink\r\n")?;
    let mut line = Vec::new();
    let mut in_body = false;
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line).ok()? == 0 {
            return None;
        }
        match (in_body, line.as_slice()) {
            (true, b".\r\n") => {
                in_body = false;
                say("250 taken\r\n")?;
            }
            (true, _) => {}
            (false, line) if line.starts_with(b"DATA") => {
                in_body = true;
                say("354 go ahead\r\n")?;
            }
            (false, line) if line.starts_with(b"EHLO") => say("250-sink\r\n250 8BITMIME\r\n")?,
            (false, line) if line.starts_with(b"QUIT") => return say("221 bye\r\n"),
            (false, _) => say("250 ok\r\n")?,
        }
    }
}

fn write(path: &Path, text: &str) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// A home with cases of ten short letters each; returns the case files.
fn home(folder: &Path, server: &Server, cases: usize) -> Vec<std::path::PathBuf> {
    let template = folder.join("home/config/templates/bench-letter");
    write(
        &template.join("template.toml"),
        "schema = 1\ntitle = \"信\"\nuses = [\"case.our_number\", \"case.total\"]\n",
    );
    write(&template.join("text.hbs"), "共{{case.total.amount}}元。");
    write(&folder.join("home/config/config.toml"), &server.settings());
    let mut workflow = String::from("schema = 1\nid = \"bench\"\nname = \"基准\"\nsources = []\n");
    for step in 0..STEPS {
        workflow.push_str(&format!(
            "[step.s{step}]\ntitle = \"第{step}封\"\naction = \"submit\"\nto = \"case.office\"\ntemplate = \"bench-letter\"\nneeds = []\non_silence = {{}}\n"
        ));
    }
    let to = server.address();
    (0..cases)
        .map(|case| {
            let path = folder.join(format!("{case}/case.toml"));
            write(&path.with_file_name("bench.toml"), &workflow);
            write(&path, &format!(
                "id = \"B-{case}\"\nplatform = \"office\"\nworkflow = \"bench.toml\"\ndiscovered_at = 2026-09-18T15:20:00+08:00\n[victim]\nname = \"赵家长\"\nemail = \"{to}\"\n[[losses]]\nat = 2026-09-18T14:00:00+08:00\namount = \"12.00\"\npayee = \"某某商户\"\norder_no = \"100001\"\nchannel = \"balance\"\nhow = \"not_by_me\"\n[recipients.office]\nemail = \"{to}\"\nrole = \"other\"\nconfirmed = true\n[send]\napprove = \"auto\"\n"
            ));
            path
        })
        .collect()
}

fn runtime(folder: &Path, server: &Server) -> Runtime {
    let password = server.real.as_ref().map_or("", |real| &real.password);
    let appeal = [("APPEAL_NO_KEYRING", "1"), ("APPEAL_SMTP_PASSWORD", password)];
    let appeal = appeal.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let start = time::parse("2026-09-18T15:25:00+08:00").unwrap();
    // Time passes as it does, only from another day: entries of one instant have to be sorted.
    let (clock, hand) = Clock::manual(start);
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(Duration::from_millis(1));
            hand.fetch_add(1, Ordering::SeqCst);
        }
    });
    Runtime::open(Options {
        home: folder.join("home"),
        config: folder.join("home/config"),
        clock,
        environment: Environment { appeal, ..Environment::default() },
    })
    .unwrap()
}

/// Every message that was stored, as it was sent.
fn stored(folder: &Path) -> Vec<Vec<u8>> {
    let ledger = Connection::open(folder.join("home/ledger.sqlite")).unwrap();
    let mut statement = ledger.prepare("SELECT message FROM outbox").unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

fn taken(folder: &Path) -> usize {
    let ledger = Connection::open(folder.join("home/ledger.sqlite")).unwrap();
    let count = "SELECT count(*) FROM events WHERE kind = 'accepted'";
    ledger.query_row(count, [], |row| row.get::<_, u32>(0)).unwrap() as usize
}

fn plain(server: &Server) -> AsyncSmtpTransport<Tokio1Executor> {
    let Some(real) = &server.real else {
        let builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous("127.0.0.1");
        return builder.port(server.port).build();
    };
    let root = Certificate::from_pem(&std::fs::read(&real.root).unwrap()).unwrap();
    let tls = TlsParameters::builder("localhost".into()).add_root_certificate(root);
    AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous("localhost")
        .port(server.port)
        .tls(Tls::Required(tls.build().unwrap()))
        .credentials(Credentials::new(real.user.clone(), real.password.clone()))
        .build()
}

/// The least there can be: one login, and nothing but the messages.
async fn over_one_connection(server: &Server, envelope: &Envelope, sent: &[Vec<u8>]) {
    let (hello, host) =
        (ClientId::default(), if server.real.is_some() { "localhost" } else { "127.0.0.1" });
    let address = (host, server.port);
    let mut connection =
        AsyncSmtpConnection::connect_tokio1(address, None, &hello, None, None).await.unwrap();
    if let Some(real) = &server.real {
        let root = Certificate::from_pem(&std::fs::read(&real.root).unwrap()).unwrap();
        let tls = TlsParameters::builder("localhost".into()).add_root_certificate(root);
        connection.starttls(tls.build().unwrap(), &hello).await.unwrap();
        let credentials = Credentials::new(real.user.clone(), real.password.clone());
        connection.auth(&[Mechanism::Plain], &credentials).await.unwrap();
    }
    for message in sent {
        connection.send(envelope, message).await.unwrap();
    }
}

fn rates(server: &Server, messages: usize) {
    let folder = tempfile::tempdir().unwrap();
    let cases = home(folder.path(), server, messages.div_ceil(STEPS));
    let mut runtime = runtime(folder.path(), server);
    for case in &cases {
        runtime.open_case(case).unwrap();
    }
    let block = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let began = Instant::now();
    let troubles = block.block_on(runtime.advance_due(&Means::Screen)).unwrap();
    let ours = began.elapsed().as_secs_f64();
    assert!(troubles.is_empty(), "{troubles:?}");
    let sent = stored(folder.path());
    assert_eq!(taken(folder.path()), sent.len(), "every one was taken");
    let address: Address = server.address().parse().unwrap();
    let envelope = Envelope::new(Some(address.clone()), vec![address]).unwrap();
    let transport = plain(server);
    let began = Instant::now();
    block.block_on(async {
        for message in &sent {
            transport.send_raw(&envelope, message).await.unwrap();
        }
    });
    let bare = began.elapsed().as_secs_f64();
    let began = Instant::now();
    block.block_on(over_one_connection(server, &envelope, &sent));
    let barest = began.elapsed().as_secs_f64();
    let rate = |seconds: f64| sent.len() as f64 / seconds;
    println!(
        "{} small messages: {:.0} a second with everything written down, {:.0} by plain lettre; ratio {:.2}",
        sent.len(),
        rate(ours),
        rate(bare),
        bare / ours
    );
    println!(
        "{:.0} a second by lettre over a single connection; ratio {:.2}",
        rate(barest),
        barest / ours
    );
}

/// Sends large evidence with the program itself and watches its memory.
fn memory(server: &Server) {
    let folder = tempfile::tempdir().unwrap();
    let cases = home(folder.path(), server, 1);
    let mut case = std::fs::read_to_string(&cases[0]).unwrap();
    let mut workflow = String::from("schema = 1\nid = \"bench\"\nname = \"基准\"\nsources = []\n");
    case.push_str("[evidence]\n");
    for (index, size) in LARGE.into_iter().enumerate() {
        // Nothing in it can be pressed together.
        let mut state = 7 + index as u64;
        let noise = std::iter::repeat_with(|| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[3]
        });
        let name = format!("{index}.pdf");
        std::fs::write(cases[0].with_file_name(&name), noise.take(size).collect::<Vec<u8>>())
            .unwrap();
        case.push_str(&format!("\"big.n{index}\" = \"{name}\"\n"));
        workflow.push_str(&format!(
            "[step.s{index}]\ntitle = \"第{index}封\"\naction = \"submit\"\nto = \"case.office\"\ntemplate = \"bench-letter\"\nattach = [\"big.n{index}\"]\nneeds = []\non_silence = {{}}\n[slot.\"big.n{index}\"]\nname = \"材料\"\nhow = \"自备\"\n"
        ));
    }
    std::fs::write(&cases[0], case).unwrap();
    std::fs::write(cases[0].with_file_name("bench.toml"), workflow).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_appeal-daemon"))
        .env_clear()
        .env("APPEAL_NO_KEYRING", "1")
        .env("APPEAL_SMTP_PASSWORD", server.real.as_ref().map_or("", |real| &real.password))
        .arg("--home")
        .arg(folder.path().join("home"))
        .arg("start")
        .arg(&cases[0])
        .arg("--once")
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak_kb = 0;
    while child.try_wait().unwrap().is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let found = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let found = found.and_then(|found| found.trim().trim_end_matches(" kB").parse().ok());
        peak_kb = peak_kb.max(found.unwrap_or(0));
        std::thread::sleep(Duration::from_millis(2));
    }
    let megabytes = LARGE.iter().sum::<usize>() / 1_000_000;
    println!(
        "{megabytes} MB of attachments in {} letters, {} taken: {} MB resident at most",
        LARGE.len(),
        taken(folder.path()),
        peak_kb / 1024
    );
}

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|word| word != "--bench");
    let messages = arguments.next().map_or(1_000, |number| number.parse().unwrap());
    let rest: Vec<String> = arguments.collect();
    let server = match rest.as_slice() {
        [port, root, user, password] => Server {
            port: port.parse().unwrap(),
            real: Some(Real { root: root.clone(), user: user.clone(), password: password.clone() }),
        },
        _ => Server { port: sink(), real: None },
    };
    memory(&server);
    rates(&server, messages);
}
