//! A mailbox server that does what it is told, and what is read from it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use appeal_daemon::config::{Imap, Security};
use appeal_daemon::mail::imap::error::ImapError;
use appeal_daemon::mail::imap::search::Place;
use appeal_daemon::mail::imap::{Arrived, Mailbox, NewMail, Seen};
use jiff::civil::Date;
use secrecy::SecretString;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

use crate::mail::faults::{hang, in_our_time};
use crate::mail::tls;

/// What a server does that it should not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Fault {
    #[default]
    None,
    /// Lets nobody SELECT who did not send ID, as NetEase does.
    WantsId,
    /// Says nothing any more when this command comes.
    StallsAt(&'static str),
    /// Closes in the middle of a letter.
    DropsInLetter,
    /// Sends more than it said.
    SendsTooMuch,
    /// Refuses this command.
    Refuses(&'static str),
    /// Finds nothing, whatever it is asked.
    SearchFindsNothing,
    /// Finds everything, whatever it is asked.
    SearchFindsAll,
    /// Says goodbye at once.
    Bye,
    /// What comes after STARTTLS is no TLS.
    NotTls,
}

/// A folder: its name, what the server says it is for, and its letters.
#[derive(Clone, Debug)]
struct Folder {
    name: &'static str,
    attribute: &'static str,
    letters: Vec<(u32, String)>,
}

/// A server.
#[derive(Clone, Debug)]
struct Server {
    fault: Fault,
    capabilities: &'static str,
    security: Security,
    validity: u32,
    folders: Vec<Folder>,
    heard: Arc<Mutex<Vec<String>>>,
    /// Time goes on while it speaks.
    ticks: bool,
    /// Announced when somebody waits.
    news: bool,
}

fn letter(id: &str) -> String {
    format!("From: claims@insurer.example\r\nMessage-ID: <{id}>\r\nSubject: x\r\n\r\n{id}\r\n")
}

fn server(fault: Fault) -> Server {
    let letters = |ids: &[(u32, &str)]| ids.iter().map(|(uid, id)| (*uid, letter(id))).collect();
    Server {
        fault,
        capabilities: "IMAP4rev1 ID IDLE",
        security: Security::None,
        validity: 7,
        folders: vec![
            Folder {
                name: "INBOX",
                attribute: "\\HasNoChildren",
                letters: letters(&[(3, "a@x"), (4, "b@x"), (9, "c@x")]),
            },
            Folder { name: "Drafts", attribute: "\\Drafts", letters: letters(&[(1, "draft@x")]) },
            Folder { name: "&XfJT0ZAB-", attribute: "\\Sent", letters: letters(&[(1, "sent@x")]) },
        ],
        heard: Arc::default(),
        ticks: false,
        news: false,
    }
}

/// What a session has said so far.
#[derive(Default)]
struct State {
    said_id: bool,
    selected: usize,
}

impl Server {
    async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
        greets: bool,
    ) -> Option<S> {
        let mut stream = BufReader::new(stream);
        if greets {
            let word = if self.fault == Fault::Bye { "BYE too many" } else { "OK ready" };
            say(&mut stream, &format!("* {word}")).await?;
        }
        let mut state = State::default();
        loop {
            let mut line = String::new();
            if self.listen(&mut stream, &mut line).await? == 0 {
                return None;
            }
            let line = line.trim_end();
            let (tag, command) = line.split_once(' ').unwrap_or((line, ""));
            let name = command.split(' ').next().unwrap_or_default();
            let name =
                if name == "UID" { command.split(' ').nth(1).unwrap_or_default() } else { name };
            self.heard.lock().unwrap().push(command.to_owned());
            if self.fault == Fault::StallsAt(name_of(name)) {
                hang().await;
                return None;
            }
            if self.fault == Fault::Refuses(name_of(name)) {
                say(&mut stream, &format!("{tag} NO [ALERT] not today")).await?;
                continue;
            }
            if name == "STARTTLS" {
                say(&mut stream, &format!("{tag} OK go")).await?;
                return Some(stream.into_inner());
            }
            let end = self.answer(&mut stream, name, command, &mut state).await?;
            say(&mut stream, &format!("{tag} {end}")).await?;
        }
    }

    /// Does a command and returns the words of its end; none when the connection ends with it.
    async fn answer<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: &mut BufReader<S>,
        name: &str,
        command: &str,
        state: &mut State,
    ) -> Option<&'static str> {
        match name {
            "CAPABILITY" => say(stream, &format!("* CAPABILITY {}", self.capabilities)).await?,
            "LOGIN" if !command.contains("\"swordfish\"") => {
                return Some("NO [AUTHENTICATIONFAILED] LOGIN Login error or password error");
            }
            "ID" => {
                state.said_id = true;
                say(stream, "* ID NIL").await?;
            }
            "SELECT" if self.fault == Fault::WantsId && !state.said_id => {
                return Some("NO SELECT Unsafe Login. Please contact kefu@188.com for help");
            }
            "SELECT" => {
                let wanted = command.split('"').nth(1).unwrap_or_default();
                let is_it = |folder: &Folder| folder.name == wanted;
                state.selected = self.folders.iter().position(is_it).unwrap();
                self.say_selected(stream, state.selected).await?;
            }
            "LIST" => {
                for Folder { name, attribute, .. } in &self.folders {
                    say(stream, &format!("* LIST ({attribute}) \"/\" \"{name}\"")).await?;
                }
            }
            "SEARCH" => {
                let found = self.search(command, &self.folders[state.selected]);
                let found: Vec<String> = found.iter().map(u32::to_string).collect();
                say(stream, &format!("* SEARCH {}", found.join(" "))).await?;
            }
            "FETCH" => {
                let goes_on = self.fetch(stream, command, &self.folders[state.selected]).await?;
                goes_on.then_some(())?;
            }
            "IDLE" => self.idle(stream).await?,
            "LOGOUT" => say(stream, "* BYE").await?,
            _ => {}
        }
        Some("OK done")
    }

    /// Reads a line. Where time goes on, it does so while nothing comes.
    async fn listen<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: &mut BufReader<S>,
        line: &mut String,
    ) -> Option<usize> {
        let mut bytes = Vec::new();
        loop {
            let passing = async {
                for _ in 0..500 {
                    tokio::task::yield_now().await;
                }
                tokio::time::advance(Duration::from_secs(5)).await;
            };
            tokio::select! {
                read = stream.read_until(b'\n', &mut bytes) => {
                    read.ok()?;
                    line.push_str(std::str::from_utf8(&bytes).ok()?);
                    return Some(bytes.len());
                }
                () = passing, if self.ticks => {}
            }
        }
    }

    async fn idle<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: &mut BufReader<S>,
    ) -> Option<()> {
        say(stream, "+ idling").await?;
        if self.news {
            say(stream, "* OK Still here").await?;
            say(stream, "* 4 EXISTS").await?;
        }
        let mut done = String::new();
        self.listen(stream, &mut done).await?;
        assert_eq!(done.trim_end(), "DONE");
        Some(())
    }

    async fn say_selected<S: AsyncWrite + Unpin>(
        &self,
        stream: &mut S,
        selected: usize,
    ) -> Option<()> {
        let letters = &self.folders[selected].letters;
        say(stream, &format!("* {} EXISTS", letters.len())).await?;
        say(stream, &format!("* OK [UIDVALIDITY {}] valid", self.validity)).await?;
        let next = letters.last().map_or(1, |(uid, _)| uid + 1);
        say(stream, &format!("* OK [UIDNEXT {next}] next")).await
    }

    fn search(&self, command: &str, folder: &Folder) -> Vec<u32> {
        let all = folder.letters.iter().map(|(uid, _)| *uid);
        if command.contains("HEADER") {
            return match self.fault {
                Fault::SearchFindsNothing => Vec::new(),
                Fault::SearchFindsAll => all.collect(),
                _ => {
                    let wanted = command.split('"').nth(1).unwrap_or_default();
                    let has = |text: &String| text.contains(&format!("Message-ID: {wanted}"));
                    folder
                        .letters
                        .iter()
                        .filter(|(_, text)| has(text))
                        .map(|(uid, _)| *uid)
                        .collect()
                }
            };
        }
        if let Some(range) = command.strip_prefix("UID SEARCH UID ") {
            let from: u32 = range.trim_end_matches(":*").parse().unwrap();
            let newest = folder.letters.last().map(|(uid, _)| *uid);
            return all.filter(|uid| *uid >= from || Some(*uid) == newest).collect();
        }
        // Since: the first letter of these is older than any day that is asked for.
        all.skip(1).collect()
    }

    /// Answers a FETCH. Returns false when the connection ends with it.
    async fn fetch<S: AsyncWrite + Unpin>(
        &self,
        stream: &mut S,
        command: &str,
        folder: &Folder,
    ) -> Option<bool> {
        let by_uid = command.starts_with("UID");
        let set = command.split(' ').nth(if by_uid { 2 } else { 1 }).unwrap_or_default();
        for (index, (uid, text)) in folder.letters.iter().enumerate() {
            let number = if by_uid { *uid } else { u32::try_from(index + 1).unwrap() };
            let wanted = set.split(',').any(|part| match part.split_once(':') {
                Some((from, to)) => (from.parse().unwrap()..=to.parse().unwrap()).contains(&number),
                None => part.parse() == Ok(number),
            });
            if !wanted {
                continue;
            }
            let sequence = index + 1;
            if command.contains("RFC822.SIZE") {
                let size = if text.contains("huge@x") { 60 * 1024 * 1024 } else { text.len() };
                say(stream, &format!("* {sequence} FETCH (UID {uid} RFC822.SIZE {size})")).await?;
                continue;
            }
            let (section, data) = if command.contains("HEADER.FIELDS") {
                let field = text.lines().find(|line| line.starts_with("Message-ID")).unwrap();
                ("BODY[HEADER.FIELDS (MESSAGE-ID)]", format!("{field}\r\n\r\n"))
            } else {
                ("BODY[]", text.clone())
            };
            let size = if self.fault == Fault::SendsTooMuch && section == "BODY[]" {
                900_000
            } else {
                data.len()
            };
            let data = data.repeat(size.div_ceil(data.len()));
            let cut =
                if self.fault == Fault::DropsInLetter && section == "BODY[]" { 20 } else { size };
            let start = format!("* {sequence} FETCH (UID {uid} {section} {{{size}}}\r\n");
            stream.write_all(start.as_bytes()).await.ok()?;
            stream.write_all(&data.as_bytes()[..cut]).await.ok()?;
            if cut < size {
                return Some(false);
            }
            say(stream, ")").await?;
        }
        Some(true)
    }
}

/// Commands by which the faults know them.
fn name_of(name: &str) -> &'static str {
    ["LOGIN", "SELECT", "SEARCH", "FETCH", "LIST", "ID", "IDLE", "NOOP", "STARTTLS"]
        .into_iter()
        .find(|known| *known == name)
        .unwrap_or_default()
}

async fn say<S: AsyncWrite + Unpin>(stream: &mut S, line: &str) -> Option<()> {
    stream.write_all(format!("{line}\r\n").as_bytes()).await.ok()?;
    stream.flush().await.ok()
}

/// Runs `act` with a session on a server that behaves so, or returns why there is none.
fn with<T>(
    server: &Server,
    password: &str,
    act: impl AsyncFnOnce(&mut Mailbox) -> Result<T, ImapError>,
) -> Result<T, ImapError> {
    in_our_time(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let serving = {
            let server = server.clone();
            tokio::spawn(async move {
                let (stream, _) = listener.accept().await.unwrap();
                match server.security {
                    Security::None => drop(server.converse(stream, true).await),
                    Security::Tls => {
                        let Ok(stream) = tls::acceptor().accept(stream).await else { return };
                        server.converse(stream, true).await;
                    }
                    Security::Starttls => {
                        let Some(stream) = server.converse(stream, true).await else { return };
                        if server.fault == Fault::NotTls {
                            return;
                        }
                        let Ok(stream) = tls::acceptor().accept(stream).await else { return };
                        server.converse(stream, false).await;
                    }
                }
            })
        };
        let settings = Imap {
            host: "localhost".into(),
            port,
            security: server.security,
            user: None,
            ca_file: None,
            // Where time goes on by itself, only the waiting that is asked for may end.
            token_command: None,
            step_seconds: server.ticks.then_some(1_000_000),
        };
        let password = SecretString::from(password.to_owned());
        let ca = tls::ca();
        let result = async {
            let mut mailbox =
                Mailbox::open(&settings, "lin@mail.example", Some(&ca), &password).await?;
            act(&mut mailbox).await
        }
        .await;
        serving.abort();
        result
    })
}

const DAY: Date = Date::constant(2026, 9, 19);

fn read(server: &Server, seen: Option<Seen>) -> Result<NewMail, ImapError> {
    with(server, "swordfish", async |mailbox| mailbox.new_mail(seen, DAY).await)
}

fn find(server: &Server, id: &str) -> Result<Option<Place>, ImapError> {
    with(server, "swordfish", async |mailbox| mailbox.find(id).await)
}

fn uids(mail: &NewMail) -> Vec<u32> {
    let uid = |arrived: &Arrived| match arrived {
        Arrived::Letter { uid, .. } | Arrived::TooLarge { uid, .. } => *uid,
    };
    mail.arrived.iter().map(uid).collect()
}

#[test]
fn letters_are_handed_over_once_and_whole() {
    let server = server(Fault::None);
    let first = read(&server, None).unwrap();
    assert_eq!((uids(&first), first.from_scratch, first.more), (vec![4, 9], true, false));
    assert_eq!(first.arrived[0], Arrived::Letter { uid: 4, bytes: letter("b@x").into_bytes() });
    assert_eq!(first.seen, Seen { validity: 7, last: 9 });
    let again = read(&server, Some(first.seen)).unwrap();
    assert_eq!((uids(&again), again.seen, again.from_scratch), (vec![], first.seen, false));
    let later = read(&server, Some(Seen { validity: 7, last: 3 })).unwrap();
    assert_eq!(uids(&later), [4, 9]);
    let heard = server.heard.lock().unwrap().join("\n");
    assert!(
        !heard.contains("STORE") && !heard.contains("BODY[]"),
        "nothing is marked as read: {heard}"
    );
}

#[test]
fn a_mailbox_numbered_anew_is_read_from_the_day_on() {
    let server = server(Fault::None);
    let mail = read(&server, Some(Seen { validity: 6, last: 9 })).unwrap();
    assert_eq!((uids(&mail), mail.from_scratch), (vec![4, 9], true));
    assert_eq!(mail.seen.validity, 7);
}

#[test]
fn old_letters_are_not_read_when_nothing_came_since() {
    let mut server = server(Fault::None);
    server.folders[0].letters.truncate(1);
    let mail = read(&server, None).unwrap();
    assert_eq!((uids(&mail), mail.seen.last), (vec![], 3), "the old one is passed over for good");
}

#[test]
fn netease_is_told_who_we_are_before_select() {
    assert!(read(&server(Fault::WantsId), None).is_ok());
    let silent = Server { capabilities: "IMAP4rev1", ..server(Fault::WantsId) };
    let error = read(&silent, None).unwrap_err();
    let (what, next) = error.explain();
    assert!(what.zh.contains("网易") && next.zh.contains("网页版"), "{error:?}");
    let heard = silent.heard.lock().unwrap().join("\n");
    assert!(!heard.contains("ID ("), "only where the server lists it: {heard}");
    let open = server(Fault::None);
    read(&open, None).unwrap();
    let heard = open.heard.lock().unwrap().clone();
    let place = |start: &str| heard.iter().position(|line| line.starts_with(start));
    assert!(place("LOGIN") < place("ID (\"name\"") && place("ID (\"name\"") < place("SELECT"));
    assert!(read(&server(Fault::Refuses("ID")), None).is_ok(), "and it may decline");
}

#[test]
fn a_wrong_password_is_told_apart_and_never_shown() {
    let wrong = with(&server(Fault::None), "herring", async |mailbox| mailbox.find("a@x").await);
    let error = wrong.unwrap_err();
    assert!(matches!(error, ImapError::Auth { .. }), "{error:?}");
    assert!(!format!("{error:?} {error}").contains("herring"));
    assert!(error.explain().1.zh.contains("授权码"));
    assert!(!error.passes_by_itself());
}

#[test]
fn a_server_that_stalls_is_given_up() {
    for at in ["LOGIN", "ID", "SELECT", "SEARCH", "FETCH"] {
        let error = read(&server(Fault::StallsAt(at)), None).unwrap_err();
        let expected = if at == "LOGIN" {
            matches!(error, ImapError::Unreachable { .. })
        } else {
            matches!(error, ImapError::Lost { .. })
        };
        assert!(expected && error.passes_by_itself(), "{at}: {error:?}");
    }
}

#[test]
fn a_connection_that_ends_within_a_letter_hands_over_nothing() {
    let error = read(&server(Fault::DropsInLetter), None).unwrap_err();
    assert!(matches!(error, ImapError::Lost { .. }), "{error:?}");
}

#[test]
fn letters_over_the_limit_are_named_and_not_fetched() {
    let mut large = server(Fault::None);
    large.folders[0].letters.push((12, letter("huge@x")));
    let mail = read(&large, Some(Seen { validity: 7, last: 9 })).unwrap();
    assert_eq!(mail.arrived, [Arrived::TooLarge { uid: 12, size_bytes: 60 * 1024 * 1024 }]);
    assert_eq!(mail.seen.last, 12, "and not asked for again");
    let error = read(&server(Fault::SendsTooMuch), None).unwrap_err();
    assert!(matches!(error, ImapError::TooMuch { .. }), "{error:?}");
}

#[test]
fn a_message_is_found_in_the_inbox_and_among_the_sent() {
    let server = server(Fault::None);
    assert_eq!(find(&server, "b@x").unwrap(), Some(Place { folder: "INBOX".into(), uid: 4 }));
    assert_eq!(
        find(&server, "SENT@x").unwrap(),
        Some(Place { folder: "&XfJT0ZAB-".into(), uid: 1 })
    );
    assert_eq!(find(&server, "draft@x").unwrap(), None, "a draft was not sent");
    assert_eq!(find(&server, "nowhere@x").unwrap(), None);
    assert!(matches!(find(&server, "a\"x").unwrap_err(), ImapError::NotAskable { .. }));
}

#[test]
fn a_search_that_cannot_be_trusted_is_not_trusted() {
    for fault in [Fault::SearchFindsNothing, Fault::SearchFindsAll, Fault::Refuses("SEARCH")] {
        let server = server(fault);
        let place = find(&server, "sent@x").unwrap();
        assert_eq!(place, Some(Place { folder: "&XfJT0ZAB-".into(), uid: 1 }), "{fault:?}");
        assert_eq!(find(&server, "nowhere@x").unwrap(), None, "{fault:?}");
    }
    // Not having looked is never the same as not having found.
    for fault in [Fault::Refuses("FETCH"), Fault::StallsAt("SEARCH"), Fault::StallsAt("FETCH")] {
        assert!(find(&server(fault), "nowhere@x").is_err(), "{fault:?}");
    }
    let closed = find(&server(Fault::Refuses("SELECT")), "nowhere@x").unwrap_err();
    assert!(matches!(closed, ImapError::Refused { .. }), "{closed:?}");
}

#[test]
fn waiting_ends_with_news_or_with_the_time() {
    let wait = |server: &Server, limit| {
        let server = &Server { ticks: true, ..server.clone() };
        with(server, "swordfish", async |mailbox| mailbox.wait(limit).await)
    };
    let hour = Duration::from_hours(1);
    assert!(wait(&Server { news: true, ..server(Fault::None) }, hour).unwrap());
    assert!(!wait(&server(Fault::None), hour).unwrap(), "and is renewed by the caller");
    for server in [
        Server { capabilities: "IMAP4rev1", ..server(Fault::None) },
        server(Fault::Refuses("IDLE")),
    ] {
        assert!(wait(&server, hour).unwrap(), "without IDLE one has to look");
        let heard = server.heard.lock().unwrap().join("\n");
        assert!(heard.contains("NOOP"), "{heard}");
    }
}

#[test]
fn encryption_is_required_where_it_was_asked_for() {
    for security in [Security::Tls, Security::Starttls] {
        let server = Server { security, ..server(Fault::None) };
        assert_eq!(uids(&read(&server, None).unwrap()), [4, 9], "{security:?}");
    }
    for fault in [Fault::NotTls, Fault::Refuses("STARTTLS")] {
        let server = Server { security: Security::Starttls, ..server(fault) };
        let error = read(&server, None).unwrap_err();
        assert!(matches!(error, ImapError::Tls { .. }), "{fault:?}: {error:?}");
        let heard = server.heard.lock().unwrap().join("\n");
        assert!(!heard.contains("swordfish"), "no password on an open line: {heard}");
    }
    let goodbye = read(&server(Fault::Bye), None).unwrap_err();
    assert!(matches!(goodbye, ImapError::Refused { .. }), "{goodbye:?}");
}
