//! The way between one node and one store, or a verifier and its node: it can be cut, closed and stopped up, so that partitions
//! can be partial; and somebody may listen to what passes.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

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

/// Somebody who listens to one connection.
pub trait Listener: Send + 'static {
    /// These bytes are about to be passed on to the far side.
    fn sends(&mut self, bytes: &[u8]);

    /// These are about to be passed back.
    fn receives(&mut self, bytes: &[u8]);
}

/// Nobody listens.
impl Listener for () {
    fn sends(&mut self, _: &[u8]) {}

    fn receives(&mut self, _: &[u8]) {}
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
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0)), to, || ()).await
    }

    /// Starts one at this address, with a listener for each connection.
    ///
    /// # Errors
    /// When something else is there.
    pub async fn start_at<L: Listener>(
        at: SocketAddr,
        to: SocketAddr,
        listener_for_each: impl Fn() -> L + Send + 'static,
    ) -> std::io::Result<Self> {
        let listener = TcpListener::bind(at).await?;
        let address = listener.local_addr()?;
        let way = Arc::new(watch::Sender::new(Way::Open));
        let ways = Arc::clone(&way);
        tokio::spawn(async move {
            loop {
                let Ok((near, _)) = listener.accept().await else { continue };
                let (ways, heard) = (ways.subscribe(), listener_for_each());
                tokio::spawn(async move { carry(near, to, ways, heard).await });
            }
        });
        Ok(Self { address, way })
    }

    /// Sets how the way is from now on.
    pub fn set(&self, way: Way) {
        self.way.send_replace(way);
    }
}

async fn carry(near: TcpStream, to: SocketAddr, mut ways: watch::Receiver<Way>, heard: impl Listener) {
    let mut cuts = ways.clone();
    let cut = async move {
        drop(cuts.wait_for(|way| *way == Way::Cut).await);
    };
    let heard = Mutex::new(heard);
    let heard = || heard.lock().unwrap_or_else(PoisonError::into_inner);
    let through = async {
        // A connection that is made while nothing passes waits, as one over a network does.
        drop(ways.wait_for(|way| *way != Way::Stalled).await);
        let Ok(far) = TcpStream::connect(to).await else { return };
        drop(near.set_nodelay(true).and_then(|()| far.set_nodelay(true)));
        let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
        tokio::join!(
            pump(near_in, far_out, ways.clone(), |bytes| heard().sends(bytes)),
            pump(far_in, near_out, ways, |bytes| heard().receives(bytes))
        );
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
    passes: impl Fn(&[u8]),
) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        if ways.wait_for(|way| *way != Way::Stalled).await.is_err() {
            return;
        }
        passes(&buffer[..count]);
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
    drop(to.shutdown().await);
}
