//! The line to a mailbox server: connected, encrypted, measured, and every command with its limit
//! in time. A refusal is an error here, never an empty answer: "not found" decides whether a
//! message is sent again.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use async_imap::error::Error;
use async_imap::imap_proto::{Response, Status};
use async_imap::{Authenticator, Client, Session};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::config::Security;
use crate::mail::imap::error::ImapError;
use crate::mail::imap::said::Said;
use crate::mail::xoauth2;

/// The most a server may send in answer to a command that asks for no letter, in bytes.
const LIMIT_ANSWER_BYTES: usize = 8 * 1024 * 1024;

/// Any stream a session can run over.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send + std::fmt::Debug {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send + std::fmt::Debug> Stream for T {}

/// What is left to be sent by the server before the connection is given up.
#[derive(Clone, Debug)]
struct Allowance(Arc<AtomicUsize>);

/// A stream that counts what comes.
#[derive(Debug)]
pub(super) struct Measured {
    stream: Box<dyn Stream>,
    left: Allowance,
}

impl AsyncRead for Measured {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        let came = buffer.filled().len() - before;
        let left = self.left.0.load(Ordering::Relaxed);
        self.left.0.store(left.saturating_sub(came), Ordering::Relaxed);
        if came > left {
            return Poll::Ready(Err(io::Error::other("more than was agreed")));
        }
        polled
    }
}

impl AsyncWrite for Measured {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// Where a server is and how it is reached.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reach<'a> {
    pub(super) host: &'a str,
    pub(super) port: u16,
    pub(super) security: Security,
    /// Further root certificates, as PEM.
    pub(super) ca: Option<&'a [u8]>,
    pub(super) step: Duration,
}

/// What opens a mailbox.
#[derive(Clone, Copy)]
pub(super) enum Login<'a> {
    /// A password.
    Password(&'a str),
    /// An access token.
    Token(&'a str),
}

/// The login with an access token. A server that refuses it says why in a second question, which
/// wants an empty answer before the refusal itself comes.
struct Bearer {
    sentence: Option<String>,
}

impl Authenticator for Bearer {
    type Response = String;

    fn process(&mut self, _: &[u8]) -> String {
        self.sentence.take().unwrap_or_default()
    }
}

/// A line on which somebody is logged in.
#[derive(Debug)]
pub(super) struct Line {
    session: Session<Measured>,
    left: Allowance,
    step: Duration,
}

impl Line {
    /// Connects, encrypts and logs in.
    pub(super) async fn open(
        reach: &Reach<'_>,
        user: &str,
        login: Login<'_>,
    ) -> Result<Self, ImapError> {
        let connecting = TcpStream::connect((reach.host, reach.port));
        let stream = match timeout(reach.step, connecting).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(source)) => return Err(ImapError::Unreachable { source: Some(source) }),
            Err(_) => return Err(ImapError::Unreachable { source: None }),
        };
        let left = Allowance(Arc::new(AtomicUsize::new(LIMIT_ANSWER_BYTES)));
        let client = match reach.security {
            Security::None => greeted(Box::new(stream), &left, reach.step).await?,
            Security::Tls => {
                let stream = encrypted(Box::new(stream), reach).await?;
                greeted(stream, &left, reach.step).await?
            }
            Security::Starttls => {
                let client = greeted(Box::new(stream), &left, reach.step).await?;
                let stream = encrypted(starttls(client, reach.step).await?.stream, reach).await?;
                Client::new(Measured { stream, left: left.clone() })
            }
        };
        Self::log_in(client, left, reach.step, user, login).await
    }

    /// Logs in over a stream that is open already.
    pub(super) async fn over(
        stream: Box<dyn Stream>,
        step: Duration,
        user: &str,
        login: Login<'_>,
    ) -> Result<Self, ImapError> {
        let left = Allowance(Arc::new(AtomicUsize::new(LIMIT_ANSWER_BYTES)));
        let client = greeted(stream, &left, step).await?;
        Self::log_in(client, left, step, user, login).await
    }

    async fn log_in(
        client: Client<Measured>,
        left: Allowance,
        step: Duration,
        user: &str,
        login: Login<'_>,
    ) -> Result<Self, ImapError> {
        let logging_in = async {
            match login {
                Login::Password(password) => client.login(user, password).await,
                Login::Token(token) => {
                    let sentence = Some(xoauth2::sentence(user, token));
                    client.authenticate("XOAUTH2", Bearer { sentence }).await
                }
            }
        };
        match timeout(step, logging_in).await {
            Ok(Ok(session)) => Ok(Self { session, left, step }),
            Ok(Err((error, _))) => Err(of_login(error)),
            Err(_) => Err(ImapError::Unreachable { source: None }),
        }
    }

    /// Runs a command and returns what was said before its end and with it.
    pub(super) async fn ask(
        &mut self,
        what: &'static str,
        command: &str,
    ) -> Result<Vec<Said>, ImapError> {
        self.ask_for(what, command, LIMIT_ANSWER_BYTES, self.step).await
    }

    /// The same, with the most that may come in bytes, and how long it may take.
    pub(super) async fn ask_for(
        &mut self,
        what: &'static str,
        command: &str,
        limit: usize,
        time: Duration,
    ) -> Result<Vec<Said>, ImapError> {
        self.left.0.store(limit, Ordering::Relaxed);
        match timeout(time, self.exchange(what, command)).await {
            Ok(Err(ImapError::Lost { .. })) if self.left.0.load(Ordering::Relaxed) == 0 => {
                Err(ImapError::TooMuch { limit })
            }
            Ok(result) => result,
            Err(_) => Err(ImapError::Lost { source: None }),
        }
    }

    async fn exchange(
        &mut self,
        what: &'static str,
        command: &str,
    ) -> Result<Vec<Said>, ImapError> {
        let id = self.session.run_command(command).await.map_err(lost)?;
        let mut came = Vec::new();
        loop {
            let response = received(self.session.read_response().await)?;
            came.extend(Said::of(response.parsed()));
            match response.parsed() {
                Response::Done { tag, status: Status::Ok, .. } if *tag == id => return Ok(came),
                Response::Done { tag, outcome, .. } if *tag == id => {
                    let said = outcome.information.as_deref().unwrap_or_default().to_owned();
                    return Err(ImapError::Refused { what, said });
                }
                Response::Data { status: Status::Bye, .. } => {
                    return Err(ImapError::Lost { source: None });
                }
                _ => {}
            }
        }
    }

    /// Returns how long the fetching of so many bytes may take: a minute for each megabyte begun,
    /// beside the usual time.
    pub(super) fn time_for(&self, size_bytes: usize) -> Duration {
        let megabytes = u32::try_from(size_bytes.div_ceil(1024 * 1024)).unwrap_or(u32::MAX);
        self.step.saturating_add(Duration::from_mins(1).saturating_mul(megabytes))
    }

    /// Waits for new letters, at most for `time`. Returns false when none were announced.
    pub(super) async fn idle(&mut self, time: Duration) -> Result<bool, ImapError> {
        self.left.0.store(LIMIT_ANSWER_BYTES, Ordering::Relaxed);
        let step = self.step;
        let session = &mut self.session;
        let (tag, mut news) = within(step, begin_idle(session)).await?;
        let waited = timeout(time, async {
            while !news {
                let response = received(session.read_response().await)?;
                if let Response::Data { status: Status::Bye, .. } = response.parsed() {
                    return Err(ImapError::Lost { source: None });
                }
                news = is_news(response.parsed());
            }
            Ok(())
        })
        .await;
        if let Ok(Err(error)) = waited {
            return Err(error);
        }
        within(step, end_idle(session, &tag)).await?;
        Ok(news)
    }
}

fn is_news(response: &Response<'_>) -> bool {
    matches!(Said::of(response), Some(Said::Exists(_)))
}

/// Begins to wait; returns the command's tag, and whether news came at once.
async fn begin_idle(session: &mut Session<Measured>) -> Result<(String, bool), ImapError> {
    let id = session.run_command("IDLE").await.map_err(lost)?;
    let mut news = false;
    loop {
        let response = received(session.read_response().await)?;
        match response.parsed() {
            Response::Continue(_) => return Ok((id.0, news)),
            Response::Done { tag, outcome, .. } if *tag == id => {
                let said = outcome.information.as_deref().unwrap_or_default().to_owned();
                return Err(ImapError::Refused { what: "IDLE", said });
            }
            other => news |= is_news(other),
        }
    }
}

async fn end_idle(session: &mut Session<Measured>, tag: &str) -> Result<(), ImapError> {
    session.run_command_untagged("DONE").await.map_err(lost)?;
    loop {
        if let Response::Done { tag: found, .. } = received(session.read_response().await)?.parsed()
            && found.0 == tag
        {
            return Ok(());
        }
    }
}

async fn within<T>(
    time: Duration,
    act: impl Future<Output = Result<T, ImapError>>,
) -> Result<T, ImapError> {
    timeout(time, act).await.unwrap_or(Err(ImapError::Lost { source: None }))
}

/// The next response, or why there is none.
fn received<T>(read: io::Result<Option<T>>) -> Result<T, ImapError> {
    match read {
        Ok(Some(response)) => Ok(response),
        Ok(None) => Err(ImapError::Lost { source: None }),
        Err(error) => Err(lost(Error::Io(error))),
    }
}

fn lost(error: Error) -> ImapError {
    ImapError::Lost { source: Some(error) }
}

/// Waits for the server's first word.
async fn greeted(
    stream: Box<dyn Stream>,
    left: &Allowance,
    step: Duration,
) -> Result<Client<Measured>, ImapError> {
    let mut client = Client::new(Measured { stream, left: left.clone() });
    let greeting = match timeout(step, client.read_response()).await {
        Ok(Ok(Some(greeting))) => greeting,
        Ok(Ok(None)) | Err(_) => return Err(ImapError::Unreachable { source: None }),
        Ok(Err(source)) => return Err(ImapError::Unreachable { source: Some(source) }),
    };
    match greeting.parsed() {
        Response::Data { status: Status::Ok, .. } => Ok(client),
        Response::Data { status: Status::Bye, outcome } => {
            let said = outcome.information.as_deref().unwrap_or_default().to_owned();
            Err(ImapError::Refused { what: "the connection", said })
        }
        _ => Err(ImapError::Unreachable { source: None }),
    }
}

/// Asks for encryption; without it nothing else is said.
async fn starttls(mut client: Client<Measured>, step: Duration) -> Result<Measured, ImapError> {
    match timeout(step, client.run_command_and_check_ok("STARTTLS", None)).await {
        Ok(Ok(())) => Ok(client.into_inner()),
        Ok(Err(Error::No(_) | Error::Bad(_))) => Err(ImapError::Tls { source: None }),
        Ok(Err(_)) | Err(_) => Err(ImapError::Unreachable { source: None }),
    }
}

async fn encrypted(
    stream: Box<dyn Stream>,
    reach: &Reach<'_>,
) -> Result<Box<dyn Stream>, ImapError> {
    let name =
        ServerName::try_from(reach.host.to_owned()).map_err(|_| ImapError::Tls { source: None })?;
    let connector = TlsConnector::from(Arc::new(trust(reach.ca)?));
    match timeout(reach.step, connector.connect(name, stream)).await {
        Ok(Ok(stream)) => Ok(Box::new(stream)),
        Ok(Err(source)) => Err(ImapError::Tls { source: Some(source) }),
        Err(_) => Err(ImapError::Unreachable { source: None }),
    }
}

/// Who is believed: the system's certificates, and the one the settings name.
fn trust(ca: Option<&[u8]>) -> Result<ClientConfig, ImapError> {
    let unusable = |error: &dyn std::fmt::Display| ImapError::Tls {
        source: Some(io::Error::other(error.to_string())),
    };
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    for certificate in ca.into_iter().flat_map(CertificateDer::pem_slice_iter) {
        let certificate = certificate.map_err(|error| unusable(&error))?;
        roots.add(certificate).map_err(|error| unusable(&error))?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(&error))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// The server's words, without what the library puts around them.
fn bare(said: &str) -> String {
    let inside = said.split_once("info: Some(\"").and_then(|(_, rest)| rest.rsplit_once("\")"));
    inside.map_or(said, |(words, _)| words).to_owned()
}

fn of_login(error: Error) -> ImapError {
    match error {
        Error::No(said) | Error::Bad(said) => ImapError::Auth { said: bare(&said) },
        Error::Validate(_) => ImapError::Auth { said: "the password has a line break".into() },
        error => lost(error),
    }
}
