//! The way between one node and one store, or a verifier and its node: it can be cut, closed and stopped up, so that partitions
//! can be partial; and somebody may listen to what passes.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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
    /// Nothing passes on one of the connections that are open, the one at this place among them; the rest is as it should be.
    OneStalled(usize),
}

/// What passes now.
#[derive(Clone, Copy)]
struct Passage {
    way: Way,
    /// The number of the connection that is stalled alone.
    stalled: Option<u64>,
}

impl Passage {
    fn is_open_to(self, connection: u64) -> bool {
        self.way != Way::Stalled && self.stalled != Some(connection)
    }
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
    way: Arc<watch::Sender<Passage>>,
    /// The numbers of the connections that are open.
    open: Arc<Mutex<Vec<u64>>>,
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
        let way = Arc::new(watch::Sender::new(Passage { way: Way::Open, stalled: None }));
        let open = Arc::new(Mutex::new(Vec::new()));
        let (ways, all) = (Arc::clone(&way), Arc::clone(&open));
        tokio::spawn(async move {
            for number in 0.. {
                let Ok((near, _)) = listener.accept().await else { continue };
                let (ways, heard, all) = (ways.subscribe(), listener_for_each(), Arc::clone(&all));
                tokio::spawn(async move {
                    locked(&all).push(number);
                    carry(near, to, number, ways, heard).await;
                    locked(&all).retain(|other| *other != number);
                });
            }
        });
        Ok(Self { address, way, open })
    }

    /// Sets how the way is from now on.
    pub fn set(&self, way: Way) {
        let stalled = match way {
            Way::OneStalled(place) => {
                let open = locked(&self.open);
                open.get(place % open.len().max(1)).copied()
            }
            _ => None,
        };
        self.way.send_replace(Passage { way, stalled });
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn carry(near: TcpStream, to: SocketAddr, number: u64, mut ways: watch::Receiver<Passage>, heard: impl Listener) {
    let mut cuts = ways.clone();
    let cut = async move {
        drop(cuts.wait_for(|passage| passage.way == Way::Cut).await);
    };
    let heard = Mutex::new(heard);
    let heard = || locked(&heard);
    let through = async {
        // A connection that is made while nothing passes waits, as one over a network does.
        drop(ways.wait_for(|passage| passage.is_open_to(number)).await);
        let Ok(far) = TcpStream::connect(to).await else { return };
        drop(near.set_nodelay(true).and_then(|()| far.set_nodelay(true)));
        let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
        tokio::join!(
            pump(near_in, far_out, number, ways.clone(), |bytes| heard().sends(bytes)),
            pump(far_in, near_out, number, ways, |bytes| heard().receives(bytes))
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
    number: u64,
    mut ways: watch::Receiver<Passage>,
    passes: impl Fn(&[u8]),
) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        if ways.wait_for(|passage| passage.is_open_to(number)).await.is_err() {
            return;
        }
        passes(&buffer[..count]);
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
    drop(to.shutdown().await);
}
