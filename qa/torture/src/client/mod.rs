//! A client: it picks somebody and something to do, sends it to some node once, and writes down what came of it.

mod admin;
mod app;
mod guess;
mod held;
mod owner;
mod service;
mod signed;
mod sweep;

pub(crate) use admin::marks;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use admit_testkit::{Request, Seeded};

use crate::history::{Deed, Form, Nanos, Operation, Outcome};
use crate::signer::Signed;
use crate::wire::{Answer, Lost, Wire};
use crate::world::{Belief, Held, World, locked};

/// How long an answer is waited for. A server that cannot tell says so within a quarter of a second; one that stands still
/// says nothing.
const PATIENCE: Duration = Duration::from_millis(2500);

/// The same where passwords are hashed: others may be in front.
const HASHING: Duration = Duration::from_secs(10);

/// The first number of the dead that is shown again right after they died.
const PROBES: usize = 3;

/// A client.
pub(crate) struct Client {
    pub(crate) world: Arc<World>,
    pub(crate) number: usize,
    pub(crate) random: Seeded,
    wires: Vec<Wire>,
    /// To the verifiers.
    verifiers: Vec<Wire>,
    /// Its session as the administrator.
    admin: Option<Held>,
    /// The name that it guesses at.
    guessed: Option<usize>,
    /// Signed calls to send again, the latest first.
    signed: Vec<Signed>,
    /// Nothing is shown again for now: there is no time for it.
    hurries: bool,
}

/// A request that was sent.
pub(crate) struct Sent {
    node: usize,
    start: Nanos,
    /// Before this nothing can have come of it.
    not_before: Nanos,
    end: Nanos,
    outcome: Outcome,
    answer: Option<Answer>,
}

impl Sent {
    fn json(&self) -> serde_json::Value {
        self.answer.as_ref().map(Answer::json).unwrap_or_default()
    }
}

impl Client {
    pub(crate) fn new(world: &Arc<World>, number: usize, seed: u64) -> Self {
        let random = Seeded::new(seed ^ (number as u64 + 1).wrapping_mul(0x5851_F42D_4C95_7F2D));
        let wires = world.addresses.iter().map(|address| Wire::new(*address)).collect();
        let verifiers = world.verifiers().iter().map(|verifier| Wire::new(verifier.address)).collect();
        Self {
            world: Arc::clone(world),
            number,
            random,
            wires,
            verifiers,
            admin: None,
            guessed: None,
            signed: Vec::new(),
            hurries: false,
        }
    }

    /// Does one thing after another, at this pace, until it is told to stop.
    pub(crate) fn work(&mut self, pace: Duration) {
        let mut next = Instant::now();
        while !self.world.over.load(Ordering::Relaxed) {
            self.step();
            // Half to one and a half of the pace; what a fault has delayed is not made up for.
            next += pace.mul_f64(0.5 + self.random.below(1000) as f64 / 1000.0);
            let now = Instant::now();
            if next > now {
                std::thread::sleep(next - now);
            } else {
                next = now;
            }
        }
    }

    fn node(&mut self) -> usize {
        self.random.below(self.wires.len())
    }

    fn person(&mut self) -> usize {
        1 + self.random.below(self.world.people.len() - 1)
    }

    /// Sends a request once. `None` when there was nobody to send it to.
    fn send(&mut self, node: usize, ask: &Request, patience: Duration) -> Option<Sent> {
        let start = self.world.now();
        let answer = self.wires[node].ask(ask, patience);
        self.sent(node, start, answer)
    }

    /// Sends one request to several nodes at once.
    fn send_at_once(&mut self, count: usize, ask: &Request, patience: Duration) -> Vec<Sent> {
        let nodes: Vec<usize> = (0..count).map(|_| self.node()).collect();
        let (world, number) = (&self.world, self.number);
        std::thread::scope(|scope| {
            let send = |node| scope.spawn(move || Self::new(world, number, 0).send(node, ask, patience));
            let sending: Vec<_> = nodes.into_iter().map(send).collect();
            sending.into_iter().filter_map(|one| one.join().ok().flatten()).collect()
        })
    }

    /// Sends a request to a verifier once.
    fn send_to_verifier(&mut self, verifier: usize, ask: &Request) -> Option<Sent> {
        let start = self.world.now();
        let answer = self.verifiers[verifier].ask(ask, PATIENCE);
        self.sent(verifier, start, answer)
    }

    fn sent(&self, node: usize, start: Nanos, answer: Result<Answer, Lost>) -> Option<Sent> {
        let end = self.world.now();
        if answer.as_ref().err() == Some(&Lost::Unsent) {
            self.world.unsent.fetch_add(1, Ordering::Relaxed);
            std::thread::sleep(Duration::from_millis(5));
            return None;
        }
        let outcome = answer.as_ref().map_or(Outcome::Lost, |answer| Outcome::of(answer.status));
        Some(Sent { node, start, not_before: start, end, outcome, answer: answer.ok() })
    }

    fn record(&self, sent: &Sent, shown: Option<&Held>, deed: Deed) {
        let Sent { node, start, not_before, end, outcome, answer } = sent;
        self.world.record(Operation {
            client: self.number,
            node: *node,
            start: *start,
            not_before: *not_before,
            end: *end,
            shown: shown.map(|held| held.id),
            deed,
            outcome: *outcome,
            request: answer.as_ref().and_then(|answer| answer.request.clone()),
        });
    }

    /// One of somebody's credentials of this form: mostly one that may be good, at times a dead one.
    fn pick(&mut self, person: usize, form: Form, dead_once_in: usize) -> Option<Held> {
        let world = Arc::clone(&self.world);
        let person = locked(&world.people[person]);
        let dead: Vec<&Held> = person.dead.iter().filter(|held| held.form == form).collect();
        let live = person.of_form(form);
        let from = if self.random.once_in(dead_once_in) && !dead.is_empty() { dead } else { live };
        from.get(self.random.below(from.len())).map(|held| (*held).clone())
    }

    fn step(&mut self) {
        let person = self.person();
        let (belief, sessions, apps) = {
            let person = locked(&self.world.people[person]);
            (person.belief, person.of_form(Form::Secret).len(), person.of_form(Form::Refresh).len())
        };
        if belief != Belief::Active && self.random.once_in(3) {
            return self.set_status(person, true);
        }
        if belief == Belief::Active && sessions < 2 && self.random.once_in(3) {
            return self.sign_in(person);
        }
        if belief == Belief::Active && apps == 0 && self.random.once_in(4) {
            return self.sign_in_app(person);
        }
        let revoking = self.world.revoking.load(Ordering::Relaxed) && !self.random.once_in(3);
        match if revoking { 900 + self.random.below(100) } else { self.random.below(1000) } {
            0..450 => self.look(person),
            450..465 => self.call_signed(),
            465..470 => self.guess(),
            470..540 => self.edit_at_verifier(person),
            540..560 => self.hold_back(),
            560..690 => self.edit(person),
            690..750 => self.look_by_token(person),
            750..770 => self.introspect(person),
            770..782 => self.exchange(person),
            782..800 => self.list(),
            800..845 => self.redeem(person),
            845..857 => self.redeem_at_once(person),
            857..870 => self.redeem_again(person),
            870..892 if belief == Belief::Active && sessions < 5 => self.sign_in(person),
            892..900 if belief == Belief::Active => self.sign_in_over(person),
            900..920 => self.logout(person),
            920..934 => self.revoke_one(person),
            934..940 => self.revoke_family(person),
            940..944 => self.logout_everywhere(person),
            944..950 => self.revoke_all(person),
            950..955 => self.set_status(person, false),
            955..995 => self.set_roles(person),
            995..998 => self.change_password(person),
            _ => self.look(person),
        }
    }

    /// Shows some of those that have just been ended, at once, on any node.
    fn probe(&mut self, person: usize, mut ended: Vec<Held>) {
        for _ in 0..PROBES {
            if ended.is_empty() || self.hurries {
                return;
            }
            let held = ended.swap_remove(self.random.below(ended.len()));
            let node = self.node();
            if held.form == Form::Access && self.random.once_in(3) {
                self.edit_at_verifier_with(person, &held);
            } else if held.form == Form::Access && self.random.once_in(3) {
                self.introspect_with(person, &held, node);
            } else if held.form == Form::Secret && self.random.once_in(6) {
                self.exchange_with(person, &held, node);
            } else if held.form == Form::Refresh {
                self.redeem_this(person, &held, node);
            } else if held.form == Form::Secret && self.random.once_in(4) {
                self.edit_with(person, &held, node);
            } else {
                self.look_with(person, &held, node);
            }
        }
    }
}
