//! The way between one node and one store: it can be cut, closed and stopped up, so that partitions can be partial.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// How the way is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Open.
    Open,
    /// Every connection is broken, and a new one is closed at once.
    Cut,
    /// Nothing passes, in either direction, and nobody is told.
    Stalled,
}

/// A small TCP proxy.
pub struct Proxy {
    /// Where it listens.
    pub address: SocketAddr,
    way: Arc<watch::Sender<Way>>,
}

impl Proxy {
    /// Starts one on a free port.
    ///
    /// # Errors
    /// When there is no port.
    pub async fn start(to: SocketAddr) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let way = Arc::new(watch::Sender::new(Way::Open));
        let ways = Arc::clone(&way);
        tokio::spawn(async move {
            loop {
                let Ok((near, _)) = listener.accept().await else { continue };
                let ways = ways.subscribe();
                tokio::spawn(async move { carry(near, to, ways).await });
            }
        });
        Ok(Self { address, way })
    }

    /// Sets how the way is from now on.
    pub fn set(&self, way: Way) {
        self.way.send_replace(way);
    }
}

async fn carry(near: TcpStream, to: SocketAddr, mut ways: watch::Receiver<Way>) {
    let mut cuts = ways.clone();
    let cut = async move {
        drop(cuts.wait_for(|way| *way == Way::Cut).await);
    };
    let through = async {
        // A connection that is made while nothing passes waits, as one over a network does.
        drop(ways.wait_for(|way| *way != Way::Stalled).await);
        let Ok(far) = TcpStream::connect(to).await else { return };
        drop(near.set_nodelay(true).and_then(|()| far.set_nodelay(true)));
        let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
        tokio::join!(pump(near_in, far_out, ways.clone()), pump(far_in, near_out, ways));
    };
    tokio::select! {
        () = cut => {}
        () = through => {}
    }
}

async fn pump(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    mut ways: watch::Receiver<Way>,
) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        if ways.wait_for(|way| *way != Way::Stalled).await.is_err() {
            return;
        }
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
    drop(to.shutdown().await);
}
