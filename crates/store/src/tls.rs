//! Whom the stores trust over TLS.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject};
use rustls::{ClientConfig, RootCertStore};

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    /// The file of the authorities to trust cannot be read.
    #[error("cannot read {}: {source}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: pem::Error,
    },
    /// It has a certificate that is of no use.
    #[error("{} has a bad certificate: {source}", .path.display())]
    Bad {
        /// The file.
        path: PathBuf,
        /// Why.
        source: rustls::Error,
    },
    /// It has none.
    #[error("{} has no certificate", .0.display())]
    Empty(PathBuf),
    /// The library refuses its own defaults.
    #[error("TLS cannot be used: {0}")]
    Library(#[from] rustls::Error),
}

/// A client that trusts the authorities of this PEM file alone.
pub(crate) fn trusting(path: &Path) -> Result<ClientConfig, TlsError> {
    let unreadable = |source| TlsError::Unreadable { path: path.to_owned(), source };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(unreadable)? {
        let bad = |source| TlsError::Bad { path: path.to_owned(), source };
        roots.add(certificate.map_err(unreadable)?).map_err(bad)?;
    }
    if roots.is_empty() { Err(TlsError::Empty(path.to_owned())) } else { client(roots) }
}

/// A client that trusts those whom this system trusts.
pub(crate) fn trusting_system() -> Result<ClientConfig, TlsError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    client(roots)
}

/// A client that trusts nobody.
pub(crate) fn trusting_nobody() -> Result<ClientConfig, TlsError> {
    client(RootCertStore::empty())
}

fn client(roots: RootCertStore) -> Result<ClientConfig, TlsError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
