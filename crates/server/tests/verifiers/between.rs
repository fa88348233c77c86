//! What stands between the verifiers and their issuer: passes everything on, until it is told to do something else.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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
    /// New ones are taken, and neither on them nor on those that there are does a byte come through, then or later. Nobody
    /// is told: they stay open.
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
    open: Mutex<Vec<Arc<Line>>>,
}

/// One connection of a verifier, and the one to the issuer that goes with it.
struct Line {
    near: TcpStream,
    far: TcpStream,
    /// Nothing comes through any more, though neither end is told: it never comes back to life.
    dead: AtomicBool,
}

impl Shared {
    fn way(&self) -> Way {
        *self.way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lines(&self) -> MutexGuard<'_, Vec<Arc<Line>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
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
                std::thread::spawn(move || take(&shared, stream));
            }
        });
        Self { address, shared }
    }

    /// From now on.
    pub(crate) fn set(&self, way: Way) {
        // Under the lock: a connection that is being taken is either there already or sees the new way.
        let mut lines = self.shared.lines();
        *self.shared.way.lock().unwrap_or_else(PoisonError::into_inner) = way;
        match way {
            Way::Cut => lines.drain(..).for_each(|line| line.close()),
            Way::Stalled => lines.iter().for_each(|line| line.dead.store(true, Ordering::Release)),
            Way::Open | Way::Slow(_) => {}
        }
    }
}

impl Line {
    fn close(&self) {
        drop(self.near.shutdown(Shutdown::Both));
        drop(self.far.shutdown(Shutdown::Both));
    }
}

/// Serves one connection of a verifier.
fn take(shared: &Arc<Shared>, near: TcpStream) {
    let Ok(far) = TcpStream::connect(shared.issuer) else { return };
    drop((near.set_nodelay(true), far.set_nodelay(true)));
    let line = {
        let mut lines = shared.lines();
        let way = shared.way();
        if way == Way::Cut {
            return;
        }
        let line = Arc::new(Line { near, far, dead: AtomicBool::new(way == Way::Stalled) });
        lines.push(Arc::clone(&line));
        line
    };
    std::thread::scope(|scope| {
        scope.spawn(|| pass(shared, &line, &line.near, &line.far, false));
        pass(shared, &line, &line.far, &line.near, true);
    });
}

/// Passes on what comes from the one to the other.
fn pass(shared: &Shared, line: &Line, mut from: &TcpStream, mut to: &TcpStream, slowly: bool) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        if let (Way::Slow(by), true) = (shared.way(), slowly) {
            std::thread::sleep(by);
        }
        if !line.dead.load(Ordering::Acquire) && to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    if !line.dead.load(Ordering::Acquire) {
        line.close();
    }
}
