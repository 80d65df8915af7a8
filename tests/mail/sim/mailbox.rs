//! The mailbox of the simulation, over a stream in memory.

use std::sync::Arc;
use std::time::Duration;

use appeal_daemon::mail::imap::Mailbox;
use appeal_daemon::mail::imap::error::ImapError;
use secrecy::SecretString;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream};

use crate::mail::sim::world::{OwnCopy, Shared, message_id};

/// Opens the mailbox as it is now.
pub(super) async fn open(world: &Shared) -> Result<Mailbox, ImapError> {
    let (ours, theirs) = tokio::io::duplex(256 * 1024);
    let ends_at = {
        let mut world = world.lock().unwrap();
        world.deliver_copies();
        world.next_session_ends_at()
    };
    let session = Session {
        world: Arc::clone(world),
        ends_at,
        folder: String::new(),
        stream: BufReader::new(theirs),
    };
    tokio::spawn(session.begin());
    let password = SecretString::from("swordfish".to_owned());
    Mailbox::over(ours, Duration::from_mins(1), "lin@mail.example", &password).await
}

struct Session {
    world: Shared,
    ends_at: Option<u64>,
    folder: String,
    stream: BufReader<DuplexStream>,
}

impl Session {
    async fn begin(mut self) {
        let _ = self.converse().await;
    }

    async fn converse(&mut self) -> Option<()> {
        self.say("* OK ready").await?;
        let mut commands = 0;
        loop {
            let mut line = String::new();
            if self.stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                return None;
            }
            commands += 1;
            if self.ends_at == Some(commands) {
                return None;
            }
            let (tag, command) = line.trim_end().split_once(' ').unwrap_or_default();
            for said in self.answer(command) {
                self.say(&said).await?;
            }
            self.say(&format!("{tag} OK done")).await?;
        }
    }

    fn answer(&mut self, command: &str) -> Vec<String> {
        let word = command.trim_start_matches("UID ").split(' ').next().unwrap_or_default();
        match word {
            "CAPABILITY" => vec!["* CAPABILITY IMAP4rev1".into()],
            "LIST" => {
                let names = ["INBOX", "Sent", "Junk"];
                names.iter().map(|name| format!("* LIST () \"/\" \"{name}\"")).collect()
            }
            "SELECT" => {
                command.split('"').nth(1).unwrap_or_default().clone_into(&mut self.folder);
                let letters = self.letters();
                let next = letters.last().map_or(1, |letter| letter.uid + 1);
                vec![
                    format!("* {} EXISTS", letters.len()),
                    "* OK [UIDVALIDITY 1] valid".into(),
                    format!("* OK [UIDNEXT {next}] next"),
                ]
            }
            "SEARCH" => vec![format!("* SEARCH {}", self.search(command).join(" "))],
            "FETCH" => self.fetch(command),
            _ => Vec::new(),
        }
    }

    fn letters(&self) -> Vec<OwnCopy> {
        let world = self.world.lock().unwrap();
        world.mailbox.iter().filter(|letter| letter.folder == self.folder).cloned().collect()
    }

    fn search(&self, command: &str) -> Vec<String> {
        let is_blind = self.world.lock().unwrap().search_is_blind;
        let is_found = |letter: &OwnCopy| {
            if let Some(range) = command.strip_prefix("UID SEARCH UID ") {
                let from: u32 = range.trim_end_matches(":*").parse().unwrap();
                letter.uid >= from
            } else if command.contains("HEADER") {
                !is_blind && command.contains(&format!("<{}>", message_id(&letter.text)))
            } else {
                true
            }
        };
        let found = self.letters().into_iter().filter(is_found);
        found.map(|letter| letter.uid.to_string()).collect()
    }

    fn fetch(&self, command: &str) -> Vec<String> {
        let by_uid = command.starts_with("UID");
        let set = command.split(' ').nth(if by_uid { 2 } else { 1 }).unwrap_or_default();
        let is_wanted = |number: u32| {
            set.split(',').any(|part| match part.split_once(':') {
                Some((from, to)) => (from.parse().unwrap()..=to.parse().unwrap()).contains(&number),
                None => part.parse() == Ok(number),
            })
        };
        let mut said = Vec::new();
        for (index, OwnCopy { uid, text, .. }) in self.letters().into_iter().enumerate() {
            let number = u32::try_from(index).unwrap() + 1;
            if !is_wanted(if by_uid { uid } else { number }) {
                continue;
            }
            said.push(if command.contains("RFC822.SIZE") {
                format!("* {number} FETCH (UID {uid} RFC822.SIZE {})", text.len())
            } else if command.contains("HEADER.FIELDS") {
                let field = format!("Message-ID: <{}>\r\n\r\n", message_id(&text));
                let section = "BODY[HEADER.FIELDS (MESSAGE-ID)]";
                format!("* {number} FETCH (UID {uid} {section} {{{}}}\r\n{field})", field.len())
            } else {
                format!("* {number} FETCH (UID {uid} BODY[] {{{}}}\r\n{text})", text.len())
            });
        }
        said
    }

    async fn say(&mut self, said: &str) -> Option<()> {
        self.stream.write_all(format!("{said}\r\n").as_bytes()).await.ok()?;
        self.stream.flush().await.ok()
    }
}
