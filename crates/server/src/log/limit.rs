//! So many lines of one kind in a while, and then how many more there were.
//!
//! Strangers cause lines: by guessing, by sending nonsense, by asking while a database is away. Without a limit they choose
//! how fast a disk fills. A kind is a place in the code, with the message and the cause that it logs: the flood of one kind
//! takes no line from another.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tracing::callsite::Identifier;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use super::REQUESTS;

/// How long lines of a kind are counted together.
const WINDOW: Duration = Duration::from_secs(10);
/// Lines of a kind that are written in that time.
const EACH: u64 = 5;
/// Most summaries that wait to be written.
const MOST_DUE: usize = 256;
/// Kinds of one place in the code that are told apart in that time: what strangers send may be in a cause.
const KINDS: usize = 64;
/// Most characters of a message that a summary repeats.
const MESSAGE: usize = 200;

/// One place in the code, and there one message and cause; `None` for those past [`KINDS`].
type Kind = (Identifier, Option<u64>);

struct Count {
    since: Instant,
    seen: u64,
    level: Level,
    message: String,
}

/// How many lines of a kind were left out.
#[derive(Debug)]
pub(super) struct Summary {
    pub(super) level: Level,
    pub(super) message: String,
    pub(super) more: u64,
    pub(super) seconds: u64,
}

/// The limit.
pub(super) struct Limit {
    clock: Box<dyn Fn() -> Instant + Send + Sync>,
    hasher: RandomState,
    counts: Mutex<Counts>,
    held: AtomicU64,
}

#[derive(Default)]
struct Counts {
    kinds: HashMap<Kind, Count>,
    places: HashMap<Identifier, usize>,
    due: Vec<Summary>,
}

impl Counts {
    /// Ends what is counted together for this long, or everything.
    fn end(&mut self, now: Instant, all: bool) {
        let (places, due) = (&mut self.places, &mut self.due);
        self.kinds.retain(|kind, count| {
            let age = now.saturating_duration_since(count.since);
            if !all && age < WINDOW {
                return true;
            }
            if let Some(place) = places.get_mut(&kind.0) {
                *place = place.saturating_sub(1);
            }
            if count.seen > EACH {
                let (more, seconds) = (count.seen - EACH, age.as_secs().max(1));
                // While the reader of the log stands still nobody takes these: they are added up, and their number is bounded.
                let is_room = due.len() < MOST_DUE;
                match due.iter_mut().find(|due| due.level == count.level && due.message == count.message) {
                    Some(due) => (due.more, due.seconds) = (due.more + more, due.seconds + seconds),
                    None if is_room => {
                        let message = std::mem::take(&mut count.message);
                        due.push(Summary { level: count.level, message, more, seconds });
                    }
                    None => {}
                }
            }
            false
        });
        places.retain(|_, kinds| *kinds > 0);
    }
}

impl Limit {
    pub(super) fn new(clock: impl Fn() -> Instant + Send + Sync + 'static) -> Self {
        Self { clock: Box::new(clock), hasher: RandomState::new(), counts: Mutex::default(), held: AtomicU64::new(0) }
    }

    /// Lines that were left out.
    pub(super) fn held(&self) -> u64 {
        self.held.load(Ordering::Relaxed)
    }

    /// The summaries of kinds whose time is over, or of all of them.
    pub(super) fn due(&self, all: bool) -> Vec<Summary> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.end((self.clock)(), all);
        std::mem::take(&mut counts.due)
    }

    /// Whether this line is written.
    fn takes(&self, place: Identifier, what: u64, level: Level, message: String) -> bool {
        let now = (self.clock)();
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let over = |count: &Count| now.saturating_duration_since(count.since) >= WINDOW;
        if counts.kinds.get(&(place.clone(), Some(what))).is_some_and(over) {
            counts.end(now, false);
        }
        let many = counts.places.get(&place).is_some_and(|kinds| *kinds >= KINDS);
        let known = counts.kinds.contains_key(&(place.clone(), Some(what)));
        let kind = (place.clone(), Some(what).filter(|_| known || !many));
        if !counts.kinds.contains_key(&kind) {
            *counts.places.entry(place).or_default() += 1;
        }
        let count = counts.kinds.entry(kind).or_insert(Count { since: now, seen: 0, level, message });
        count.seen += 1;
        let written = count.seen <= EACH;
        if !written {
            self.held.fetch_add(1, Ordering::Relaxed);
        }
        written
    }
}

/// The limit, where every event passes.
pub(super) struct Limiter(pub(super) Arc<Limit>);

impl<S: Subscriber> Layer<S> for Limiter {
    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        let metadata = event.metadata();
        // Whoever asks for debugging wants every line.
        if *metadata.level() > Level::INFO || metadata.target() == REQUESTS {
            return true;
        }
        let mut seen = Seen { message: String::new(), hasher: self.0.hasher.build_hasher() };
        event.record(&mut seen);
        let Seen { message, mut hasher } = seen;
        hasher.write(message.as_bytes());
        let message = message.chars().take(MESSAGE).collect();
        self.0.takes(metadata.callsite(), hasher.finish(), *metadata.level(), message)
    }
}

/// What of an event tells its kind.
struct Seen<H> {
    message: String,
    hasher: H,
}

impl<H: Hasher> Visit for Seen<H> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "message" => self.message = format!("{value:?}"),
            "cause" | "error" => self.hasher.write(format!("{value:?}").as_bytes()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use tracing::subscriber::with_default;
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    /// Counts what comes through.
    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<Level>>>);

    impl<S: Subscriber> Layer<S> for Written {
        fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
            self.0.lock().unwrap().push(*event.metadata().level());
        }
    }

    struct World {
        time: Arc<Mutex<Instant>>,
        limit: Arc<Limit>,
        written: Written,
    }

    impl World {
        fn new() -> Self {
            let time = Arc::new(Mutex::new(Instant::now()));
            let clock = Arc::clone(&time);
            let limit = Arc::new(Limit::new(move || *clock.lock().unwrap()));
            Self { time, limit, written: Written::default() }
        }

        fn pass(&self, seconds: u64) {
            *self.time.lock().unwrap() += Duration::from_secs(seconds);
        }

        /// How many of the lines that `log` logs are written.
        fn of(&self, log: impl FnOnce()) -> usize {
            let before = self.written.0.lock().unwrap().len();
            let registry = tracing_subscriber::registry().with(self.written.clone());
            with_default(registry.with(Limiter(Arc::clone(&self.limit))), log);
            self.written.0.lock().unwrap().len() - before
        }
    }

    fn throttled() {
        tracing::warn!(address = "192.0.2.1", "sign-in throttled");
    }

    fn failed(cause: &str) {
        tracing::error!(cause, "answered with a server error");
    }

    #[test]
    fn of_a_flood_of_one_kind_a_few_lines_are_written_and_then_how_many_more_there_were() {
        let world = World::new();
        assert_eq!(world.of(|| (0..1_473).for_each(|_| throttled())), 5);
        assert!(world.limit.due(false).is_empty(), "its time is not over");
        world.pass(10);
        let due = world.limit.due(false);
        assert_eq!((due.len(), due[0].more, due[0].seconds), (1, 1_468, 10));
        assert_eq!((due[0].message.as_str(), due[0].level), ("sign-in throttled", Level::WARN));
        assert_eq!(world.limit.held(), 1_468);
        assert!(world.limit.due(true).is_empty(), "it is said once");
        assert_eq!(world.of(throttled), 1, "another time");
    }

    #[test]
    fn a_flood_goes_on_without_anybody_looking_and_nothing_of_it_is_forgotten() {
        let world = World::new();
        for _ in 0..3 {
            assert_eq!(world.of(|| (0..100).for_each(|_| throttled())), 5);
            world.pass(11);
        }
        let due = world.limit.due(false);
        assert_eq!(due.iter().map(|summary| summary.more).sum::<u64>(), 3 * 95);
    }

    #[test]
    fn the_flood_of_one_kind_takes_no_line_from_another() {
        let world = World::new();
        assert_eq!(world.of(|| (0..50).for_each(|_| failed("no connection to the database"))), 5);
        assert_eq!(world.of(|| failed("the disk is full")), 1, "another cause at the same place");
        assert_eq!(world.of(throttled), 1);
    }

    #[test]
    fn causes_that_are_never_the_same_are_one_kind_in_the_end_and_memory_is_bounded() {
        let world = World::new();
        let written = world.of(|| (0..10_000).for_each(|number| failed(&format!("nonsense {number}"))));
        assert_eq!(written, KINDS + 5);
        assert!(world.limit.counts.lock().unwrap().kinds.len() <= KINDS + 1);
        assert_eq!(world.of(|| failed("nonsense 3")), 1, "one that is known is counted by itself");
    }

    #[test]
    fn requests_that_are_to_be_logged_and_debugging_are_not_limited() {
        let world = World::new();
        let requests = || (0..100).for_each(|_| tracing::info!(target: REQUESTS, "request"));
        assert_eq!(world.of(requests), 100);
        assert_eq!(world.of(|| (0..100).for_each(|_| tracing::debug!("detail"))), 100);
    }
}
