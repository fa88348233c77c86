//! The way to a server: TCP, TLS over it, or a socket of this machine.

use std::io;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::TlsConnector;

use super::address::{Host, RedisAddress};
use super::broken::Broken;
use crate::tls;

/// Bytes to a server and back.
pub(super) trait Socket: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Socket for T {}

/// Where one server is.
#[derive(Clone, Copy)]
pub(super) enum Place<'a> {
    /// At this host and port.
    Host(&'a Host),
    /// At this socket.
    Socket(&'a Path),
}

/// Opens the way.
pub(super) async fn open(address: &RedisAddress, place: Place<'_>) -> Result<Box<dyn Socket>, Broken> {
    let told = |error: io::Error| Broken::new(error.to_string());
    let host = match place {
        Place::Socket(path) => return Ok(Box::new(UnixStream::connect(path).await.map_err(told)?)),
        Place::Host(host) => host,
    };
    if !address.may_reach(host) {
        // A sentinel or a node of a cluster may name any machine.
        return Err(Broken::new(format!(
            "{host} is not this machine, and the address has no TLS: begin it with rediss instead of redis. If nobody else \
             can read or change anything on that network, add danger_plain=true"
        )));
    }
    let plain = TcpStream::connect((host.name.as_str(), host.port)).await.map_err(told)?;
    // Questions are gathered before they are written: there is nothing to wait for.
    plain.set_nodelay(true).map_err(told)?;
    if !address.tls {
        return Ok(Box::new(plain));
    }
    let config = match &address.ca {
        Some(path) => tls::trusting(path),
        None => tls::trusting_system(),
    };
    let config = config.map_err(|error| Broken::new(error.to_string()))?;
    let name = ServerName::try_from(host.name.clone()).map_err(|error| Broken::new(error.to_string()))?;
    Ok(Box::new(TlsConnector::from(Arc::new(config)).connect(name, plain).await.map_err(told)?))
}
