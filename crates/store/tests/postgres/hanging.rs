//! Single connections that hang while the database is well: a firewall forgot them, a machine on the way is gone.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use admit_core::audit::EventKind;
use admit_core::random::OsRandom;
use admit_core::secret::ServerSecret;
use admit_core::store::{Accounts, Limits, Sessions};
use admit_core::throttle::{Claimant, CounterKeys, Reserved};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::{at, event, node, sign_in, subject};

/// A way to the database on which single connections can be stopped up: nothing passes, and nobody is told.
struct Way {
    url: String,
    connections: Arc<Mutex<Vec<watch::Sender<bool>>>>,
}

impl Way {
    async fn to(server: &admit_testkit::Postgres) -> Self {
        let url = server.create_database("admit");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = url.replace(&server.port().to_string(), &listener.local_addr().unwrap().port().to_string());
        let (connections, to) = (Arc::<Mutex<Vec<_>>>::default(), ("127.0.0.1", server.port()));
        let known = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let far = TcpStream::connect(to).await.unwrap();
                let (stopped_up, state) = watch::channel(false);
                known.lock().unwrap_or_else(PoisonError::into_inner).push(stopped_up);
                let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
                tokio::spawn(pump(near_in, far_out, state.clone()));
                tokio::spawn(pump(far_in, near_out, state));
            }
        });
        Self { url, connections }
    }

    fn count(&self) -> usize {
        self.connections.lock().unwrap().len()
    }

    fn stop_up(&self, number: usize) {
        self.connections.lock().unwrap().get(number).unwrap().send_replace(true);
    }
}

async fn pump(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    mut stopped_up: watch::Receiver<bool>,
) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        let read = buffer.get(..count).unwrap();
        if stopped_up.wait_for(|stopped_up| !stopped_up).await.is_err() || to.write_all(read).await.is_err() {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_check_and_no_change_fails_because_one_connection_hangs() {
    let server = admit_testkit::Postgres::start();
    let way = Way::to(&server).await;
    let node = node(&way.url).await;
    let alice = subject(&node, "alice", &[]).await;
    let held = sign_in(&node, &alice).await;
    for _ in 0..12 {
        assert!(node.check(&held.digest, at(2)).await.unwrap().is_some());
    }
    for number in 0..way.count() {
        way.stop_up(number);
        for check in 0..9 {
            let answer = node.check(&held.digest, at(2)).await;
            assert!(answer.is_ok_and(|live| live.is_some()), "connection {number}, check {check}");
        }
        let changed = node.record(event(EventKind::SessionRevoked)).await;
        assert!(changed.is_ok(), "connection {number}: {changed:?}");
    }
    let begun = Instant::now();
    while node.staleness().is_none_or(|age| age > Duration::from_secs(1)) {
        assert!(begun.elapsed() < Duration::from_secs(5), "what others change is not followed any more");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_every_connection_hangs_at_once_new_ones_are_made() {
    let server = admit_testkit::Postgres::start();
    let way = Way::to(&server).await;
    let node = node(&way.url).await;
    let alice = subject(&node, "alice", &[]).await;
    let held = sign_in(&node, &alice).await;
    for _ in 0..12 {
        assert!(node.check(&held.digest, at(2)).await.unwrap().is_some());
    }
    (0..way.count()).for_each(|number| way.stop_up(number));
    let mut lost = 0;
    while node.check(&held.digest, at(2)).await.is_err() {
        lost += 1;
        assert!(lost <= 3, "{lost} checks failed");
    }
    let changed = node.record(event(EventKind::SessionRevoked)).await;
    assert!(changed.is_ok(), "{changed:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sign_ins_are_counted_on_when_the_connection_for_that_hangs() {
    let server = admit_testkit::Postgres::start();
    let way = Way::to(&server).await;
    let node = node(&way.url).await;
    let keys = CounterKeys::new(&ServerSecret::new(&OsRandom).unwrap());
    let alice = keys.of(Claimant { account: "alice", prefix: "192.0.2.1", known: true, session: None });
    for _ in 0..2 {
        let begun = node.reserve(alice.clone(), None).await;
        assert!(matches!(begun, Ok(Reserved::Counted(_))), "{begun:?}");
        (0..way.count()).for_each(|number| way.stop_up(number));
    }
}
