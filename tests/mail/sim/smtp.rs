//! The mail server of the simulation, over streams in memory.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use appeal_daemon::mail::dial::{Dial, Streams};
use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader, DuplexStream,
    ReadBuf,
};
use tokio::time::sleep;

use crate::mail::sim::world::{At, Script, Shared, What};

/// Longer than anybody waits.
const FOR_EVER: Duration = Duration::from_hours(2);

/// One end of a pipe, as the mail library wants it.
#[derive(Debug)]
struct End(DuplexStream);

impl AsyncTokioStream for End {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        Ok(SocketAddr::from(([127, 0, 0, 1], 25)))
    }
}

impl AsyncRead for End {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for End {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

/// Every connection reaches a server of its own, and every message meets the next script.
pub(super) fn dial(world: &Shared) -> Dial {
    let world = Arc::clone(world);
    let streams: Streams = Arc::new(move || {
        let (ours, theirs) = tokio::io::duplex(256 * 1024);
        let script = {
            let mut world = world.lock().unwrap();
            world.connections += 1;
            world.next_script()
        };
        let talk = Talk { world: Arc::clone(&world), script, stream: BufReader::new(theirs) };
        tokio::spawn(talk.begin());
        Box::new(End(ours))
    });
    Dial::Given(streams)
}

struct Talk {
    world: Shared,
    script: Script,
    stream: BufReader<DuplexStream>,
}

impl Talk {
    async fn begin(mut self) {
        let _ = self.converse().await;
    }

    /// Speaks until the connection ends.
    async fn converse(&mut self) -> Option<()> {
        self.answer(At::Greeting, "220 memory ESMTP").await?;
        let mut recipients = Vec::new();
        let mut messages = 0;
        loop {
            let line = self.line().await?;
            let word = line.split_whitespace().next().unwrap_or_default().to_uppercase();
            match word.as_str() {
                "EHLO" => {
                    let size = self.world.lock().unwrap().size;
                    let size = size.map(|size| format!("250-SIZE {size}\r\n")).unwrap_or_default();
                    self.answer(At::Ehlo, &format!("250-memory\r\n{size}250 AUTH PLAIN")).await?
                }
                "AUTH" => self.answer(At::Auth, "235 welcome").await?,
                "MAIL" => {
                    if messages > 0 {
                        self.script = self.world.lock().unwrap().next_script();
                    }
                    messages += 1;
                    recipients.clear();
                    self.answer(At::Mail, "250 ok").await?
                }
                "RCPT" => {
                    let at = if recipients.is_empty() { At::Rcpt } else { At::Copy };
                    if self.answer(at, "250 ok").await? {
                        let address = line.split(['<', '>']).nth(1).unwrap_or_default();
                        recipients.push(address.to_owned());
                    }
                    true
                }
                "DATA" => {
                    if self.answer(At::Data, "354 go ahead").await? {
                        self.body(&recipients).await?;
                    }
                    true
                }
                "QUIT" => {
                    self.say("221 bye").await?;
                    return None;
                }
                _ => self.answer(At::Ehlo, "250 ok").await?,
            };
        }
    }

    async fn body(&mut self, recipients: &[String]) -> Option<()> {
        let mut text = String::new();
        loop {
            let line = self.line().await?;
            if line == ".\r\n" {
                break;
            }
            text.push_str(line.strip_prefix('.').unwrap_or(&line));
            if self.fault(At::Body).is_some() {
                self.answer(At::Body, "").await?;
            }
        }
        // What goes wrong at the dot goes wrong before the message is taken.
        if self.fault(At::Dot).is_some() {
            self.answer(At::Dot, "").await?;
            return Some(());
        }
        self.world.lock().unwrap().take(text, recipients);
        self.answer(At::Reply, "250 queued").await.map(drop)
    }

    /// Answers at a moment, as it should be or as the script wants it. Returns whether the client
    /// was told yes; none when the connection ends.
    async fn answer(&mut self, at: At, usual: &str) -> Option<bool> {
        match self.fault(at) {
            None => self.say(usual).await?,
            Some(What::Says(said)) => {
                self.say(said).await?;
                return Some(false);
            }
            Some(What::Late(seconds)) => {
                sleep(Duration::from_secs(seconds)).await;
                self.say(usual).await?;
            }
            Some(What::Drops) => return None,
            Some(What::Stalls) => {
                sleep(FOR_EVER).await;
                return None;
            }
            Some(What::Kills) => {
                self.world.lock().unwrap().kill.notify_one();
                sleep(FOR_EVER).await;
                return None;
            }
        }
        Some(true)
    }

    fn fault(&self, at: At) -> Option<What> {
        self.script.iter().find(|(when, _)| *when == at).map(|(_, what)| *what)
    }

    async fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.stream.read_line(&mut line).await.unwrap_or(0);
        (read > 0).then_some(line)
    }

    async fn say(&mut self, said: &str) -> Option<()> {
        self.stream.write_all(format!("{said}\r\n").as_bytes()).await.ok()?;
        self.stream.flush().await.ok()
    }
}
