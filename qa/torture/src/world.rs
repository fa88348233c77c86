//! What all clients share: the nodes, the clock, what was recorded, and who is known.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use crate::feed::Heardings;
use crate::history::{
    Calm, Credential, CredentialId, Failover, Fault, Form, History, Nanos, Operation, SignIn, SignInRecord, Subject,
    TokenName,
};
use crate::node::Node;
use crate::proxy::Proxy;
use crate::signer::Signer;
use crate::topology::Stores;
use crate::verifier::Verifier;

/// A credential as a client holds it.
#[derive(Clone)]
pub(crate) struct Held {
    pub(crate) id: CredentialId,
    pub(crate) sign_in: SignIn,
    pub(crate) form: Form,
    /// The public name of its sign-in.
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) csrf_token: String,
    /// When it was known to the clients.
    pub(crate) born: Nanos,
}

/// What the clients believe of a subject's status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Belief {
    Active,
    Disabled,
    Unsure,
}

/// A subject, as the clients know it.
pub(crate) struct Person {
    pub(crate) subject: Subject,
    pub(crate) id: String,
    pub(crate) name: String,
    /// The numbers of the passwords that may be its present one.
    pub(crate) passwords: Vec<u32>,
    /// How many passwords it has had.
    pub(crate) passwords_had: u32,
    /// How often its roles were set.
    pub(crate) changes: u32,
    pub(crate) belief: Belief,
    /// What may be good.
    pub(crate) live: Vec<Held>,
    /// What was.
    pub(crate) dead: Vec<Held>,
    /// It administers too, now and then.
    pub(crate) is_deputy: bool,
}

/// Dead credentials of a subject that are kept, to be shown again.
const DEAD_KEPT: usize = 40;

/// Subjects that may have the role of the administrator: the first of them.
const DEPUTIES: usize = 3;

/// Access tokens of a subject that are kept.
const ACCESS_KEPT: usize = 8;

impl Person {
    pub(crate) fn new(subject: Subject, name: &str) -> Self {
        Self {
            subject,
            id: String::new(),
            name: name.to_owned(),
            passwords: vec![0],
            passwords_had: 1,
            changes: 0,
            belief: Belief::Active,
            live: Vec::new(),
            dead: Vec::new(),
            is_deputy: (1..=DEPUTIES).contains(&subject),
        }
    }

    pub(crate) fn of_form(&self, form: Form) -> Vec<&Held> {
        self.live.iter().filter(|held| held.form == form).collect()
    }

    /// Whether this was given before: what is used already may be given once more.
    pub(crate) fn has_had(&self, id: CredentialId) -> bool {
        self.live.iter().chain(&self.dead).any(|held| held.id == id)
    }

    /// Takes up what was given.
    pub(crate) fn hold(&mut self, held: Held) {
        if held.form == Form::Access && self.of_form(Form::Access).len() >= ACCESS_KEPT {
            let oldest = self.live.iter().position(|held| held.form == Form::Access);
            oldest.map(|oldest| self.live.remove(oldest));
        }
        self.live.push(held);
    }

    /// Moves what `ended` says to the dead; those that it moved.
    pub(crate) fn bury(&mut self, ended: impl Fn(&Held) -> bool) -> Vec<Held> {
        let (buried, live) = std::mem::take(&mut self.live).into_iter().partition(|held| ended(held));
        self.live = live;
        self.dead.extend(Vec::clone(&buried));
        self.dead.drain(..self.dead.len().saturating_sub(DEAD_KEPT));
        buried
    }
}

/// Everything that a run has.
pub(crate) struct World {
    began: Instant,
    history: Mutex<History>,
    /// The credentials by their texts.
    texts: Mutex<HashMap<String, CredentialId>>,
    pub(crate) nodes: Vec<Mutex<Node>>,
    pub(crate) addresses: Vec<SocketAddr>,
    pub(crate) stores: Stores,
    /// One a node, started when the nodes are.
    pub(crate) verifiers: OnceLock<Vec<Verifier>>,
    /// The way of each verifier to its node.
    pub(crate) ways: Vec<Proxy>,
    heard: Heardings,
    /// The number of the next subject that is nobody of `people`.
    next_subject: AtomicUsize,
    pub(crate) people: Vec<Mutex<Person>>,
    /// A service that every node knows.
    pub(crate) signer: Signer,
    /// The number of the next name that nobody has.
    next_name: AtomicUsize,
    /// The clients are to stop.
    pub(crate) over: AtomicBool,
    /// The clients are to revoke as much as they can.
    pub(crate) revoking: AtomicBool,
    /// Operations so far.
    pub(crate) done: AtomicUsize,
    /// Requests that found nobody to take them.
    pub(crate) unsent: AtomicUsize,
}

pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl World {
    pub(crate) fn new(
        began: Instant,
        (nodes, signer): (Vec<Node>, Signer),
        stores: Stores,
        (heard, ways): (Heardings, Vec<Proxy>),
        people: usize,
    ) -> Self {
        let addresses = nodes.iter().map(|node| node.launch().address).collect();
        Self {
            began,
            history: Mutex::default(),
            texts: Mutex::default(),
            nodes: nodes.into_iter().map(Mutex::new).collect(),
            addresses,
            stores,
            verifiers: OnceLock::new(),
            ways,
            heard,
            next_subject: AtomicUsize::new(people + 1),
            // Subject 0 administers the others.
            people: (0..=people).map(|number| Mutex::new(Person::new(number, &name(number)))).collect(),
            signer,
            next_name: AtomicUsize::new(0),
            over: AtomicBool::new(false),
            revoking: AtomicBool::new(false),
            done: AtomicUsize::new(0),
            unsent: AtomicUsize::new(0),
        }
    }

    pub(crate) fn now(&self) -> Nanos {
        u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    pub(crate) fn record(&self, operation: Operation) {
        locked(&self.history).operations.push(operation);
        self.done.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn fault(&self, fault: Fault) {
        locked(&self.history).faults.push(fault);
    }

    /// Notes that a standby took over.
    pub(crate) fn failover(&self, failover: Failover) {
        locked(&self.history).failovers.push(failover);
    }

    /// Whether what was acknowledged may have been lost by now.
    pub(crate) fn has_failed_over(&self) -> bool {
        !locked(&self.history).failovers.is_empty()
    }

    pub(crate) fn calm(&self, calm: Calm) {
        locked(&self.history).calms.push(calm);
    }

    pub(crate) fn sign_in(&self, subject: Subject, name: &str, app: bool) -> SignIn {
        let mut history = locked(&self.history);
        history.sign_ins.push(SignInRecord { subject, name: name.to_owned(), app });
        history.sign_ins.len() - 1
    }

    /// The number of a credential: of the same text the same, so that what is given twice is seen to be one.
    pub(crate) fn credential(&self, sign_in: SignIn, form: Form, text: &str) -> CredentialId {
        let mut texts = locked(&self.texts);
        *texts.entry(text.to_owned()).or_insert_with(|| {
            let mut history = locked(&self.history);
            history.credentials.push(Credential { sign_in, form });
            history.credentials.len() - 1
        })
    }

    /// Notes what an access token is called.
    pub(crate) fn token(&self, credential: CredentialId, name: TokenName) {
        locked(&self.history).tokens.insert(credential, name);
    }

    /// The number of a subject that is new.
    pub(crate) fn new_subject(&self) -> Subject {
        self.next_subject.fetch_add(1, Ordering::Relaxed)
    }

    /// The number of a name that nobody has and nobody has tried.
    pub(crate) fn new_name(&self) -> usize {
        self.next_name.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn verifiers(&self) -> &[Verifier] {
        self.verifiers.get().map_or(&[], Vec::as_slice)
    }

    pub(crate) fn faults(&self) -> usize {
        locked(&self.history).faults.len()
    }

    /// Everything that was recorded.
    pub(crate) fn take(&self) -> History {
        let mut history = std::mem::take(&mut *locked(&self.history));
        let ids: HashMap<String, Subject> =
            self.people.iter().map(locked).map(|person| (person.id.clone(), person.subject)).collect();
        history.heard = self.heard.take(|id| ids.get(id).copied());
        history
    }
}

fn name(number: usize) -> String {
    if number == 0 { "boss".to_owned() } else { format!("user{number}") }
}
