//! What stands between the verifiers and their issuer: passes everything on, until it is told to do something else.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What is done with connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Everything is passed on.
    Open,
    /// Everything is passed on, what the issuer says this much later.
    Slow(Duration),
    /// Those that there are were closed, and each new one is closed at once.
    Cut,
    /// All stay open, new ones are taken, and no byte comes through.
    Stalled,
}

/// The thing between. Its thread ends with the test's process.
pub(crate) struct Between {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    issuer: SocketAddr,
    way: Mutex<Way>,
    open: Mutex<Vec<TcpStream>>,
}

impl Shared {
    fn way(&self) -> Way {
        *self.way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Between {
    /// In front of this address. Nothing need listen there yet.
    pub(crate) fn new(issuer: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("its address");
        let shared = Arc::new(Shared { issuer, way: Mutex::new(Way::Open), open: Mutex::default() });
        let taking = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&taking);
                std::thread::spawn(move || take(&shared, &stream));
            }
        });
        Self { address, shared }
    }

    /// From now on. Connections of a way that let nothing through do not come back to life: they are closed.
    pub(crate) fn set(&self, way: Way) {
        let before = std::mem::replace(&mut *self.shared.way.lock().unwrap_or_else(PoisonError::into_inner), way);
        let healed = before == Way::Stalled;
        if way == Way::Cut || healed {
            for stream in self.shared.open.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
                drop(stream.shutdown(Shutdown::Both));
            }
        }
    }
}

/// Serves one connection of a verifier.
fn take(shared: &Arc<Shared>, near: &TcpStream) {
    if shared.way() == Way::Cut {
        return;
    }
    let Ok(far) = TcpStream::connect(shared.issuer) else { return };
    for stream in [near, &far] {
        drop(stream.set_nodelay(true));
        shared.open.lock().unwrap_or_else(PoisonError::into_inner).extend(stream.try_clone());
    }
    std::thread::scope(|scope| {
        scope.spawn(|| pass(shared, near, &far, false));
        pass(shared, &far, near, true);
    });
}

/// Passes on what comes from the one to the other.
fn pass(shared: &Shared, mut from: &TcpStream, mut to: &TcpStream, slowly: bool) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        let way = shared.way();
        match way {
            // What came meanwhile is lost, as on a line that is down.
            Way::Stalled => continue,
            Way::Slow(by) if slowly => std::thread::sleep(by),
            Way::Slow(_) | Way::Open | Way::Cut => {}
        }
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    if shared.way() != Way::Stalled {
        drop(to.shutdown(Shutdown::Both));
        drop(from.shutdown(Shutdown::Both));
    }
}
