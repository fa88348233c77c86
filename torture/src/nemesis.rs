//! The nemesis: it breaks things under the clients, one or two at a time, and mends them again. Its choices come from the
//! seed alone.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use admit_testkit::Seeded;

use crate::history::{Calm, Fault};
use crate::node::answers;
use crate::proxy::Way;
use crate::topology::{Store, Topology};
use crate::world::{World, locked};

/// How long a node may take to come back. Stores that are away do not let it.
const BACK_WITHIN: Duration = Duration::from_secs(60);

/// Something that breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Blow {
    /// `kill -9` of a node.
    KillNode(usize),
    /// A node stands still.
    PauseNode(usize),
    /// `kill -9` of a store.
    Kill(Store),
    /// A store stands still.
    Pause(Store),
    /// The ways of some nodes to a store are as they should not be.
    Ways(Store, Vec<usize>, Way),
    /// Redis forgets everything.
    Flush,
    /// No node reaches the sessions, and meanwhile as much as possible is revoked.
    FillOutbox,
}

/// How the nemesis goes about it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Temper {
    /// How many faults.
    pub(crate) faults: usize,
    /// Over how many operations they are spread.
    pub(crate) operations: usize,
    /// The longest that one lasts.
    pub(crate) longest: Duration,
    /// The time between one and the next, at most.
    pub(crate) between: Duration,
    /// After so many of them everything is left alone for a while.
    pub(crate) calm_every: usize,
    /// For so long.
    pub(crate) calm: Duration,
}

pub(crate) struct Nemesis {
    world: Arc<World>,
    topology: Topology,
    temper: Temper,
    random: Seeded,
}

impl Blow {
    fn name(&self) -> String {
        let store = |store: &Store| match store {
            Store::Postgres => "postgres",
            Store::Redis => "redis",
        };
        match self {
            Self::KillNode(_) => "kill node".to_owned(),
            Self::PauseNode(_) => "pause node".to_owned(),
            Self::Kill(which) => format!("kill {}", store(which)),
            Self::Pause(which) => format!("pause {}", store(which)),
            Self::Ways(which, nodes, way) => {
                let how = if *way == Way::Cut { "cut" } else { "stall" };
                let whom = if nodes.len() == 1 { "one node" } else { "nodes" };
                format!("{how} {whom} from {}", store(which))
            }
            Self::Flush => "flush redis".to_owned(),
            Self::FillOutbox => "fill the outbox".to_owned(),
        }
    }

    /// What it strikes. Two at once strike two things, or mending one would mend the other.
    fn target(&self) -> Option<Store> {
        match self {
            Self::KillNode(_) | Self::PauseNode(_) => None,
            Self::Kill(store) | Self::Pause(store) | Self::Ways(store, ..) => Some(*store),
            Self::Flush | Self::FillOutbox => Some(Store::Redis),
        }
    }

    fn nodes(&self) -> Vec<usize> {
        match self {
            Self::KillNode(node) | Self::PauseNode(node) => vec![*node],
            _ => Vec::new(),
        }
    }
}

impl Nemesis {
    pub(crate) fn new(world: &Arc<World>, topology: Topology, temper: Temper, seed: u64) -> Self {
        Self { world: Arc::clone(world), topology, temper, random: Seeded::new(seed) }
    }

    /// Strikes until it has struck as often as it is to. `false` when a node did not come back.
    pub(crate) fn rage(&mut self) -> bool {
        let mut struck = 0;
        let mut next_calm = self.temper.calm_every;
        let before = self.world.done.load(Ordering::Relaxed);
        while struck < self.temper.faults {
            self.rest(self.temper.between);
            // Not ahead of the clients.
            let due = before + self.temper.operations * struck / self.temper.faults;
            while self.world.done.load(Ordering::Relaxed) < due {
                std::thread::sleep(Duration::from_millis(5));
            }
            let mut blows = vec![self.blow()];
            // Now and then two at once.
            if self.random.once_in(5) && struck + 1 < self.temper.faults {
                let second = self.blow();
                if second.target() != blows[0].target() {
                    blows.push(second);
                }
            }
            if !self.strike(&blows) {
                return false;
            }
            struck += blows.len();
            if struck >= next_calm && struck < self.temper.faults {
                next_calm += self.temper.calm_every;
                if !self.calm() {
                    return false;
                }
            }
        }
        true
    }

    /// Waits until everything is whole, and then long enough for whatever was under way to be over.
    pub(crate) fn calm(&mut self) -> bool {
        let (deadline, mended) = (Instant::now() + BACK_WITHIN, self.world.now());
        let whole = || self.world.addresses.iter().all(|address| answers(*address, "/readyz"));
        while !whole() {
            if Instant::now() > deadline {
                return false;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let start = self.world.now();
        std::thread::sleep(self.temper.calm);
        self.world.calm(Calm { mended, start, end: self.world.now() });
        true
    }

    fn rest(&mut self, most: Duration) {
        let share = self.random.below(1000) as f64 / 1000.0;
        std::thread::sleep(most.mul_f64(0.2 + 0.8 * share));
    }

    fn blow(&mut self) -> Blow {
        let node = self.random.below(self.topology.nodes());
        let store = match self.topology {
            Topology::PostgresRedis if !self.random.once_in(3) => Store::Redis,
            _ => Store::Postgres,
        };
        let blows = match self.topology {
            Topology::Sqlite | Topology::Memory => 4,
            Topology::Postgres => 10,
            Topology::PostgresRedis => 13,
        };
        match self.random.below(blows) {
            0 | 1 => Blow::KillNode(node),
            2 | 3 => Blow::PauseNode(node),
            4 => Blow::Kill(store),
            5 => Blow::Pause(store),
            6 => Blow::Ways(store, vec![node], Way::Cut),
            7 => Blow::Ways(store, vec![node], Way::Stalled),
            8 => Blow::Ways(store, self.some(), Way::Cut),
            9 => Blow::Ways(store, self.some(), Way::Stalled),
            10 => Blow::Flush,
            _ => Blow::FillOutbox,
        }
    }

    /// Two or more of the nodes.
    fn some(&mut self) -> Vec<usize> {
        let all = self.topology.nodes();
        let spared = self.random.below(all + 1);
        (0..all).filter(|node| *node != spared).collect()
    }

    fn strike(&mut self, blows: &[Blow]) -> bool {
        let starts: Vec<u64> = blows
            .iter()
            .map(|blow| {
                let start = self.world.now();
                self.begin(blow);
                start
            })
            .collect();
        self.rest(self.temper.longest);
        // Stores first: a node that was killed does not start without them.
        let mut order: Vec<usize> = (0..blows.len()).collect();
        order.sort_by_key(|place| matches!(blows[*place], Blow::KillNode(_)));
        let mut back = true;
        for place in order {
            let blow = &blows[place];
            back &= self.end(blow);
            let loses_sessions = match blow {
                Blow::KillNode(_) => self.topology == Topology::Memory,
                Blow::Kill(Store::Redis) | Blow::Flush => true,
                _ => false,
            };
            let (start, end) = (starts[place], self.world.now());
            self.world.fault(Fault { kind: blow.name(), nodes: blow.nodes(), loses_sessions, start, end });
        }
        back
    }

    fn begin(&self, blow: &Blow) {
        let stores = &self.world.stores;
        match blow {
            Blow::KillNode(node) => locked(&self.world.nodes[*node]).kill(),
            Blow::PauseNode(node) => locked(&self.world.nodes[*node]).pause(),
            Blow::Kill(store) => stores.kill(*store),
            Blow::Pause(store) => stores.pause(*store),
            Blow::Ways(store, nodes, way) => nodes.iter().for_each(|node| stores.set(*node, *store, *way)),
            Blow::Flush => {
                if !stores.flush() {
                    eprintln!("Redis did not say that it was flushed");
                }
            }
            Blow::FillOutbox => {
                (0..self.topology.nodes()).for_each(|node| stores.set(node, Store::Redis, Way::Cut));
                self.world.revoking.store(true, Ordering::Relaxed);
            }
        }
    }

    /// Mends it. `false` when a node did not come back.
    fn end(&self, blow: &Blow) -> bool {
        let stores = &self.world.stores;
        match blow {
            Blow::KillNode(node) => return locked(&self.world.nodes[*node]).start(BACK_WITHIN),
            Blow::PauseNode(node) => locked(&self.world.nodes[*node]).resume(),
            Blow::Kill(store) => stores.restart(*store),
            Blow::Pause(store) => stores.resume(*store),
            Blow::Ways(store, nodes, _) => nodes.iter().for_each(|node| stores.set(*node, *store, Way::Open)),
            Blow::Flush => {}
            Blow::FillOutbox => {
                self.world.revoking.store(false, Ordering::Relaxed);
                (0..self.topology.nodes()).for_each(|node| stores.set(node, Store::Redis, Way::Open));
            }
        }
        true
    }
}
