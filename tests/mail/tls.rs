//! Encryption for the servers of the tests: a certificate for localhost and the one that vouches.

use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::support::repository;

/// Returns the certificate that vouches for the server's, as PEM.
pub(crate) fn ca() -> Vec<u8> {
    std::fs::read(repository("tests/mail/tls/ca.pem")).unwrap()
}

/// Returns what takes encrypted connections as localhost.
pub(crate) fn acceptor() -> TlsAcceptor {
    let file = |name: &str| repository(&format!("tests/mail/tls/{name}.pem"));
    let chain = vec![CertificateDer::from_pem_file(file("cert")).unwrap()];
    let key = PrivateKeyDer::from_pem_file(file("key")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}
