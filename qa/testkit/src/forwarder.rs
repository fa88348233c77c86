//! An address that stays the same while the server behind it changes, as a virtual IP does.

use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Passes connections on to a server on this machine.
pub struct Forwarder {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

/// Where connections go, and both ends of those that are open.
struct State {
    target: Option<u16>,
    /// How often the target was changed.
    turn: u64,
    open: Vec<(TcpStream, TcpStream)>,
}

impl Forwarder {
    /// At a free port, to the server at this one.
    ///
    /// # Panics
    /// When there is no free port.
    #[must_use]
    pub fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("its address");
        let state = Arc::new(Mutex::new(State { target: Some(port), turn: 0, open: Vec::new() }));
        let its = Arc::clone(&state);
        // It ends with the process: whoever needs an address for a test needs it until then.
        std::thread::spawn(move || {
            for near in listener.incoming().flatten() {
                let state = Arc::clone(&its);
                std::thread::spawn(move || carry(near, &state));
            }
        });
        Self { address, state }
    }

    /// Where clients connect.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Breaks every connection and leads new ones to the server at this port.
    pub fn switch_to(&self, port: u16) {
        self.lead(Some(port));
    }

    /// Breaks every connection, and new ones at once, until [`Self::switch_to`].
    pub fn cut(&self) {
        self.lead(None);
    }

    fn lead(&self, target: Option<u16>) {
        let mut state = locked(&self.state);
        (state.target, state.turn) = (target, state.turn + 1);
        for (near, far) in state.open.drain(..) {
            drop(near.shutdown(Shutdown::Both));
            drop(far.shutdown(Shutdown::Both));
        }
    }
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn carry(near: TcpStream, state: &Mutex<State>) {
    let (target, turn) = {
        let state = locked(state);
        (state.target, state.turn)
    };
    let Some(far) = target.and_then(|port| TcpStream::connect(("127.0.0.1", port)).ok()) else { return };
    drop(near.set_nodelay(true).and_then(|()| far.set_nodelay(true)));
    let client = match (near.peer_addr(), near.try_clone(), far.try_clone()) {
        (Ok(peer), Ok(near), Ok(far)) => {
            let mut state = locked(state);
            // Made while the target was being changed: it leads to the old one.
            if state.turn != turn {
                return;
            }
            state.open.push((near, far));
            peer
        }
        _ => return,
    };
    std::thread::scope(|scope| {
        scope.spawn(|| pass(&near, &far));
        pass(&far, &near);
    });
    locked(state).open.retain(|(near, _)| near.peer_addr().is_ok_and(|peer| peer != client));
}

/// Passes on what comes until one side ends, and tells the other.
fn pass(mut from: &TcpStream, mut to: &TcpStream) {
    drop(std::io::copy(&mut from, &mut to));
    drop(to.shutdown(Shutdown::Write));
}
