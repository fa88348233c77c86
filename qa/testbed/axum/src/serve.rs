//! Starts the site on 127.0.0.1 and answers until it is dropped.

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet, spawn_blocking};
use tokio_rustls::TlsAcceptor;

use crate::flaw::Flaw;
use crate::routes::router;
use crate::site::{Options, Site, Tls};
use crate::token::foreign;
use crate::user::Users;

/// A site that runs until this is dropped.
#[derive(Debug)]
pub struct Running {
    /// Where it is: scheme, address and port, without a slash behind.
    pub url: String,
    site: Arc<Site>,
    task: JoinHandle<()>,
}

impl Running {
    /// An access token of this site that is good but for its audience, as a partner of the site would hold one. `None`
    /// where there is no such user.
    #[must_use]
    pub fn foreign_token(&self, user: &str, audience: &str) -> Option<String> {
        Some(foreign(&self.site, Users::find(user)?, audience))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Starts a site, sound or with one flaw, in the runtime that this is called in. It answers from then on.
///
/// # Errors
///
/// The port is taken, or the certificate and the key are not a pair in PEM.
pub async fn start(flaw: Option<Flaw>, options: Options) -> io::Result<Running> {
    let tls = options.tls.as_ref().map(acceptor).transpose()?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let url = format!("{scheme}://{}", listener.local_addr()?);
    let site = {
        let url = url.clone();
        Arc::new(spawn_blocking(move || Site::new(flaw, url, options)).await.map_err(io::Error::other)??)
    };
    let task = tokio::spawn(accept(listener, tls, router(Arc::clone(&site))));
    Ok(Running { url, site, task })
}

fn acceptor(tls: &Tls) -> io::Result<TlsAcceptor> {
    let chain = CertificateDer::pem_slice_iter(&tls.cert).collect::<Result<Vec<_>, _>>().map_err(io::Error::other)?;
    let key = PrivateKeyDer::from_pem_slice(&tls.key).map_err(io::Error::other)?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(io::Error::other)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// The connections end with the loop, whose set they are in.
async fn accept(listener: TcpListener, tls: Option<TlsAcceptor>, router: Router) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // A connection that broke before it was accepted is the caller's to repeat.
                if let Ok((stream, _)) = accepted {
                    connections.spawn(connection(stream, tls.clone(), router.clone()));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(stream: TcpStream, tls: Option<TlsAcceptor>, router: Router) {
    // Small answers must not wait for the acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    match tls {
        None => answer(stream, router).await,
        Some(tls) => {
            if let Ok(stream) = tls.accept(stream).await {
                answer(stream, router).await;
            }
        }
    }
}

async fn answer(stream: impl AsyncRead + AsyncWrite + Unpin + 'static, router: Router) {
    let service = TowerToHyperService::new(router);
    // What ends a connection early is between the caller and the network.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}
