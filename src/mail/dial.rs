//! Where a connection for sending comes from: the network, or whoever holds the other end.

use std::fmt;
use std::sync::Arc;

use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream, TlsParameters};
use lettre::transport::smtp::extension::ClientId;

use crate::config::Smtp;

/// Gives a stream to a server for each connection.
pub type Streams = Arc<dyn Fn() -> Box<dyn AsyncTokioStream> + Send + Sync>;

/// Where connections come from.
#[derive(Clone, Default)]
pub enum Dial {
    /// The network.
    #[default]
    Network,
    /// Streams that are open already. They are as safe as whoever gave them made them: encryption
    /// from the first byte is not added.
    Given(Streams),
}

impl Dial {
    /// Connects to the server of the settings and hears its greeting.
    pub(super) async fn connect(
        &self,
        settings: &Smtp,
        implicit: Option<TlsParameters>,
        hello: &ClientId,
    ) -> Result<AsyncSmtpConnection, SmtpError> {
        match self {
            Self::Network => {
                let server = (settings.host.as_str(), settings.port);
                let step = Some(settings.step_timeout());
                AsyncSmtpConnection::connect_tokio1(server, step, hello, implicit, None).await
            }
            Self::Given(streams) => {
                AsyncSmtpConnection::connect_with_transport(streams(), hello).await
            }
        }
    }
}

impl fmt::Debug for Dial {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Network => "Network",
            Self::Given(_) => "Given",
        })
    }
}
