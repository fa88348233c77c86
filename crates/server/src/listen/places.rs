//! Who may have a connection: so many in all, so many of one address, and when there is no more room whoever has been silent
//! for longest goes.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use admit_core::throttle;
use tokio::sync::Notify;

use crate::proxy::TrustedProxies;

/// Connections that have been told to leave and have not left yet, at most.
const LEAVING: usize = 16;

/// How many connections a listener takes.
#[derive(Clone, Debug)]
pub struct Limits {
    /// In all.
    pub connections: usize,
    /// Of one address (of one /64, where it is IPv6).
    pub per_address: usize,
    /// Proxies, which may have as many as there are: theirs are those of many people.
    pub proxies: TrustedProxies,
}

/// What happens on a connection.
#[derive(Debug, Default)]
pub(super) struct Line {
    pub(super) begun: AtomicU64,
    pub(super) done: AtomicU64,
    /// The last time at which something was asked, by the clock of [`Places`].
    last: AtomicU64,
    leaves: AtomicBool,
    /// Told when it is to leave.
    pub(super) leave: Notify,
}

impl Line {
    /// Whether nothing is being answered.
    pub(super) fn is_idle(&self) -> bool {
        let done = self.done.load(Ordering::Relaxed);
        done == self.begun.load(Ordering::Relaxed)
    }

    /// Whether it is to be closed after the answer that is under way.
    pub(super) fn leaves(&self) -> bool {
        self.leaves.load(Ordering::Relaxed)
    }
}

/// The places of a listener.
pub(super) struct Places {
    limits: Limits,
    held: Mutex<Held>,
    /// Rises with each connection and each second. A clock would be asked at each request.
    time: AtomicU64,
    /// Told when a connection is gone.
    pub(super) freed: Notify,
}

#[derive(Default)]
struct Held {
    next: u64,
    places: HashMap<u64, Holder>,
    addresses: HashMap<String, usize>,
    leaving: usize,
}

struct Holder {
    /// `None` for a proxy.
    address: Option<String>,
    line: Arc<Line>,
}

/// What became of a connection.
pub(super) enum Taken {
    /// It has a place.
    Place(Place),
    /// Its address has as many as it may have, and is busy on all of them.
    TooMany,
    /// Everybody is busy, or is about to leave. A place will be free later.
    Full,
}

/// Whether somebody makes room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Away {
    /// Somebody was sent away.
    Sent,
    /// Those who were are still leaving.
    Leaving,
    /// Nobody is silent.
    AllBusy,
}

/// A place. It is free again when this is dropped.
pub(super) struct Place {
    places: Arc<Places>,
    number: u64,
    pub(super) line: Arc<Line>,
}

impl Places {
    pub(super) fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self { limits, held: Mutex::default(), time: AtomicU64::new(0), freed: Notify::new() })
    }

    /// A second has passed.
    pub(super) fn tick(&self) {
        self.time.fetch_add(1, Ordering::Relaxed);
    }

    /// Something is asked on a connection.
    pub(super) fn asked(&self, line: &Line) {
        line.begun.fetch_add(1, Ordering::Relaxed);
        line.last.store(self.time.load(Ordering::Relaxed), Ordering::Relaxed);
    }

    /// A place for a connection from this address.
    pub(super) fn take(self: &Arc<Self>, peer: SocketAddr) -> Taken {
        let address = peer.ip().to_canonical();
        let address = (!self.limits.proxies.contains(address)).then(|| throttle::prefix(address));
        let mut held = self.held();
        if let Some(address) = &address
            && held.addresses.get(address).is_some_and(|count| *count >= self.limits.per_address.max(1))
        {
            match held.send_away(Some(address)) {
                Away::Sent => {}
                Away::AllBusy => return Taken::TooMany,
                Away::Leaving => return Taken::Full,
            }
        }
        if held.places.len() >= self.limits.connections.max(1) && held.send_away(None) != Away::Sent {
            return Taken::Full;
        }
        let line = Arc::new(Line::default());
        line.last.store(self.time.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        if let Some(address) = &address {
            *held.addresses.entry(address.clone()).or_default() += 1;
        }
        let number = held.next;
        held.next += 1;
        held.places.insert(number, Holder { address, line: Arc::clone(&line) });
        drop(held);
        Taken::Place(Place { places: Arc::clone(self), number, line })
    }

    /// The system gives no more descriptors: whoever has been silent for longest goes.
    pub(super) fn make_room(&self) {
        self.held().send_away(None);
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// Tells the connection that has been silent for longest to leave, and gives its place away at once.
    fn send_away(&mut self, address: Option<&String>) -> Away {
        if self.leaving >= LEAVING {
            return Away::Leaving;
        }
        let silent = |holder: &&Holder| {
            holder.line.is_idle() && address.is_none_or(|address| holder.address.as_ref() == Some(address))
        };
        let holders = self.places.iter().filter(|(_, holder)| silent(holder));
        let longest = holders.min_by_key(|(number, holder)| (holder.line.last.load(Ordering::Relaxed), **number));
        let Some(number) = longest.map(|(number, _)| *number) else { return Away::AllBusy };
        if let Some(line) = self.remove(number) {
            line.leaves.store(true, Ordering::Relaxed);
            line.leave.notify_one();
            self.leaving += 1;
        }
        Away::Sent
    }

    fn remove(&mut self, number: u64) -> Option<Arc<Line>> {
        let Holder { address, line } = self.places.remove(&number)?;
        if let Some(address) = address
            && let Some(count) = self.addresses.get_mut(&address)
        {
            *count -= 1;
            if *count == 0 {
                self.addresses.remove(&address);
            }
        }
        Some(line)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.places.held();
        if held.remove(self.number).is_none() {
            held.leaving = held.leaving.saturating_sub(1);
        }
        drop(held);
        self.places.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(connections: usize, per_address: usize, proxies: &[&str]) -> Arc<Places> {
        let proxies: Vec<String> = proxies.iter().map(|text| (*text).to_owned()).collect();
        Places::new(Limits { connections, per_address, proxies: TrustedProxies::parse(&proxies).unwrap() })
    }

    fn from(address: &str) -> SocketAddr {
        SocketAddr::new(address.parse().unwrap(), 1)
    }

    fn place(places: &Arc<Places>, address: &str) -> Place {
        match places.take(from(address)) {
            Taken::Place(place) => place,
            Taken::TooMany => panic!("{address} has too many"),
            Taken::Full => panic!("it is full"),
        }
    }

    #[test]
    fn one_address_has_so_many_and_the_one_that_was_silent_for_longest_makes_room_for_its_next() {
        let places = places(10, 2, &[]);
        let (first, second) = (place(&places, "192.0.2.1"), place(&places, "192.0.2.1"));
        places.tick();
        places.asked(&first.line);
        first.line.done.fetch_add(1, Ordering::Relaxed);
        let third = place(&places, "192.0.2.1");
        assert!(second.line.leaves() && !first.line.leaves());
        places.asked(&first.line);
        places.asked(&third.line);
        assert!(matches!(places.take(from("192.0.2.1")), Taken::TooMany), "it is busy on both");
        let _other = place(&places, "192.0.2.2");
        drop(third);
        let _fourth = place(&places, "192.0.2.1");
    }

    #[test]
    fn an_ipv6_client_is_its_network_and_an_ipv4_client_is_one_however_it_is_written() {
        let places = places(10, 1, &[]);
        let first = place(&places, "2001:db8::1");
        let _second = place(&places, "2001:db8::2");
        assert!(first.line.leaves());
        let first = place(&places, "192.0.2.1");
        let _second = place(&places, "::ffff:192.0.2.1");
        assert!(first.line.leaves());
    }

    #[test]
    fn a_proxy_has_as_many_as_there_are() {
        let places = places(10, 1, &["192.0.2.0/24"]);
        let held: Vec<Place> = (0..10).map(|_| place(&places, "192.0.2.1")).collect();
        assert!(held.iter().all(|place| !place.line.leaves()));
    }

    #[test]
    fn when_there_is_no_room_whoever_was_silent_for_longest_goes_and_nobody_who_is_being_answered() {
        let places = places(3, 3, &[]);
        let held: Vec<Place> = (0..3).map(|_| place(&places, "192.0.2.1")).collect();
        places.asked(&held[0].line);
        let _new = place(&places, "192.0.2.2");
        assert_eq!(held.iter().map(|place| place.line.leaves()).collect::<Vec<_>>(), [false, true, false]);
        places.asked(&held[2].line);
        places.asked(&_new.line);
        assert!(matches!(places.take(from("192.0.2.3")), Taken::Full));
        drop(held);
        let _later = place(&places, "192.0.2.3");
    }

    #[test]
    fn only_so_many_leave_at_once_and_nothing_is_counted_twice() {
        let places = places(LEAVING * 3, LEAVING * 2, &[]);
        let held: Vec<Place> = (0..LEAVING * 2).map(|_| place(&places, "192.0.2.1")).collect();
        let filled: Vec<Place> = (0..LEAVING).map(|_| place(&places, "192.0.2.3")).collect();
        let new: Vec<Place> = (0..LEAVING).map(|_| place(&places, "192.0.2.2")).collect();
        for address in ["192.0.2.1", "192.0.2.2", "192.0.2.3"] {
            assert!(matches!(places.take(from(address)), Taken::Full), "{address}: descriptors are still taken");
        }
        drop((held, filled, new));
        let all = places.held();
        assert_eq!((all.places.len(), all.addresses.len(), all.leaving), (0, 0, 0));
    }
}
