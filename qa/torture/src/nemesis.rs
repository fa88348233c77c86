//! The nemesis: it breaks things under the clients, one or two at a time, and mends them again. Its choices come from the
//! seed alone.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use admit_testkit::{Dump, Seeded};

use crate::blow::Blow;
use crate::history::{Calm, Failover, Fault, Nanos};
use crate::node::answers;
use crate::pair::Pair;
use crate::proxy::Way;
use crate::topology::{Store, Topology};
use crate::verifier::Verifier;
use crate::world::{World, locked};

/// How long a node may take to come back. Stores that are away do not let it.
const BACK_WITHIN: Duration = Duration::from_secs(60);

/// How long revocations go on after a standby took over: with some of the nodes, and then with all of them.
const AFTERMATH: Duration = Duration::from_millis(400);

/// So many of a node's connections are made when it starts, among them one for checks.
const FIRST: usize = 3;

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
    /// Nothing is killed or emptied.
    pub(crate) spare_processes: bool,
    /// One early connection to PostgreSQL falls silent, and nothing else breaks.
    pub(crate) silent_connections: bool,
}

pub(crate) struct Nemesis {
    world: Arc<World>,
    topology: Topology,
    temper: Temper,
    random: Seeded,
    /// When the standby was last kept from hearing more.
    stopped: Nanos,
    dump: Option<Dump>,
}

impl Nemesis {
    pub(crate) fn new(world: &Arc<World>, topology: Topology, temper: Temper, seed: u64) -> Self {
        Self { world: Arc::clone(world), topology, temper, random: Seeded::new(seed), stopped: 0, dump: None }
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
            // A standby takes over every other time.
            let spared = self.temper.spare_processes || self.temper.silent_connections;
            let fails_over = self.topology.has_standby() && struck.is_multiple_of(2) && !spared;
            let mut blows = vec![if fails_over { self.failover() } else { self.blow() }];
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
        let whole = || {
            let nodes = self.world.addresses.iter().all(|address| answers(*address, "/readyz"));
            nodes && self.world.verifiers().iter().all(Verifier::is_ready)
        };
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
        let nodes = self.world.nodes.len();
        let node = self.random.below(nodes);
        if self.temper.silent_connections {
            return Blow::OneConnection(Store::Postgres, node, self.random.below(FIRST));
        }
        let store = match self.topology {
            topology if topology.has_redis() && !self.random.once_in(3) => Store::Redis,
            _ => Store::Postgres,
        };
        let way = if self.random.once_in(2) { Way::Cut } else { Way::Stalled };
        let shared = self.topology.is_shared();
        let kinds = if self.topology.has_redis() { 16 } else { 13 };
        if self.random.once_in(12) {
            return Blow::RotateKeys(node);
        }
        if shared && !self.temper.spare_processes && self.random.once_in(12) {
            return Blow::StartBesideDump(node);
        }
        // The first of these break nothing but ways, and let processes stand still.
        match self.random.below(if self.temper.spare_processes { 9 } else { kinds }) {
            0 => Blow::PauseVerifier(node),
            1 => Blow::VerifierWay(node, way),
            2 | 3 => Blow::PauseNode(node),
            4 if shared => Blow::Pause(store),
            5 if shared => Blow::Ways(store, vec![node], way),
            6 if shared => Blow::OneConnection(store, node, self.random.below(100)),
            7 | 8 if shared => Blow::Ways(store, self.some(), way),
            4..9 => Blow::PauseNode(node),
            9 if shared => Blow::Kill(store),
            9..13 => Blow::KillNode(node),
            13 => Blow::Flush,
            _ => Blow::FillOutbox,
        }
    }

    fn failover(&mut self) -> Blow {
        let (mut paused, mut deaf) = (self.several(), self.several());
        // Somebody is there when the new primary is.
        paused.truncate(self.world.nodes.len() - 1);
        deaf.retain(|node| !paused.contains(node));
        Blow::Failover { paused, deaf }
    }

    /// Any of the nodes.
    fn several(&mut self) -> Vec<usize> {
        (0..self.world.nodes.len()).filter(|_| self.random.once_in(2)).collect()
    }

    /// All of the nodes, or all but one.
    fn some(&mut self) -> Vec<usize> {
        let all = self.world.nodes.len();
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
        order.sort_by_key(|place| matches!(blows[*place], Blow::KillNode(_) | Blow::StartBesideDump(_)));
        let mut back = true;
        for place in order {
            let blow = &blows[place];
            back &= self.end(blow);
            let (start, end) = (starts[place], self.world.now());
            let (kind, nodes, survived_by) = (blow.name(), blow.nodes(), blow.survived_by());
            let (loses_sessions, loses_counts) = (blow.loses_sessions(self.topology), blow.loses_counts(self.topology));
            self.world.fault(Fault { kind, nodes, survived_by, loses_sessions, loses_counts, start, end });
        }
        back
    }

    fn begin(&mut self, blow: &Blow) {
        let stores = &self.world.stores;
        match blow {
            Blow::KillNode(node) => locked(&self.world.nodes[*node]).kill(),
            Blow::PauseNode(node) => locked(&self.world.nodes[*node]).pause(),
            Blow::Kill(store) => stores.kill(*store),
            Blow::Pause(store) => stores.pause(*store),
            Blow::PauseVerifier(number) => self.world.verifiers()[*number].pause(),
            Blow::VerifierWay(number, way) => self.world.ways[*number].set(*way),
            Blow::Ways(store, nodes, way) => nodes.iter().for_each(|node| stores.set(*node, *store, *way)),
            Blow::OneConnection(store, node, place) => stores.set(*node, *store, Way::OneStalled(*place)),
            Blow::StartBesideDump(node) => {
                self.dump = stores.pair(|pair| pair.primary().dump("admit"));
                locked(&self.world.nodes[*node]).kill();
            }
            Blow::RotateKeys(node) => {
                let launch = locked(&self.world.nodes[*node]).launch().clone();
                if let Err(error) = launch.run(&["keys", "rotate", "--now"], "") {
                    eprintln!("keys rotate: {error}");
                }
            }
            Blow::Failover { deaf, .. } => {
                self.stopped = self.world.now();
                stores.pair(|pair| pair.stop_replication());
                // What is lost is to be what matters most.
                self.world.revoking.store(true, Ordering::Relaxed);
                deaf.iter().for_each(|verifier| self.world.ways[*verifier].set(Way::Cut));
            }
            Blow::Flush => {
                if !stores.flush() {
                    eprintln!("Redis did not say that it was flushed");
                }
            }
            Blow::FillOutbox => {
                (0..self.world.nodes.len()).for_each(|node| stores.set(node, Store::Redis, Way::Cut));
                self.world.revoking.store(true, Ordering::Relaxed);
            }
        }
    }

    fn fail_over(&self, paused: &[usize], deaf: &[usize]) {
        let world = &self.world;
        paused.iter().for_each(|node| locked(&world.nodes[*node]).pause());
        world.stores.kill(Store::Postgres);
        let killed = world.now();
        world.stores.pair(Pair::promote);
        world.failover(Failover { stopped: self.stopped, killed, over: world.now() });
        // The first that the new primary hears is what it has heard already and lost.
        std::thread::sleep(AFTERMATH);
        deaf.iter().for_each(|verifier| world.ways[*verifier].set(Way::Open));
        paused.iter().for_each(|node| locked(&world.nodes[*node]).resume());
        world.stores.pair(Pair::rejoin);
        std::thread::sleep(AFTERMATH);
        world.revoking.store(false, Ordering::Relaxed);
    }

    /// Mends it. `false` when a node did not come back.
    fn end(&mut self, blow: &Blow) -> bool {
        let stores = &self.world.stores;
        match blow {
            Blow::KillNode(node) => return locked(&self.world.nodes[*node]).start(BACK_WITHIN),
            Blow::StartBesideDump(node) => {
                let back = locked(&self.world.nodes[*node]).start(BACK_WITHIN);
                self.dump = None;
                return back;
            }
            Blow::PauseNode(node) => locked(&self.world.nodes[*node]).resume(),
            Blow::Kill(store) => stores.restart(*store),
            Blow::Pause(store) => stores.resume(*store),
            Blow::PauseVerifier(number) => self.world.verifiers()[*number].resume(),
            Blow::VerifierWay(number, _) => self.world.ways[*number].set(Way::Open),
            Blow::Ways(store, nodes, _) => nodes.iter().for_each(|node| stores.set(*node, *store, Way::Open)),
            Blow::OneConnection(store, node, _) => stores.set(*node, *store, Way::Open),
            Blow::Failover { paused, deaf } => self.fail_over(paused, deaf),
            Blow::Flush | Blow::RotateKeys(_) => {}
            Blow::FillOutbox => {
                self.world.revoking.store(false, Ordering::Relaxed);
                (0..self.world.nodes.len()).for_each(|node| stores.set(node, Store::Redis, Way::Open));
            }
        }
        true
    }
}
