//! The sessions, which are here and not in the cookie.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use aws_lc_rs::constant_time::verify_slices_are_equal;

use crate::flaw::Flaw;
use crate::random;
use crate::site::lock;
use crate::user::Account;

/// A session as it was when the request came in.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) csrf: String,
    /// Nobody, before the login.
    pub(crate) user: Option<&'static Account>,
}

#[derive(Debug)]
pub(crate) struct Sessions {
    flaw: Option<Flaw>,
    idle: Duration,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    entries: HashMap<String, Entry>,
    counter: u128,
}

#[derive(Debug)]
struct Entry {
    session: Session,
    used: Instant,
}

impl Sessions {
    pub(crate) fn new(flaw: Option<Flaw>, idle: Duration) -> Self {
        Self { flaw, idle, state: Mutex::default() }
    }

    /// The session of an id that a cookie brought. It has been used by that.
    pub(crate) fn find(&self, id: &str) -> Option<Session> {
        let mut state = lock(&self.state);
        let now = Instant::now();
        if self.flaw != Some(Flaw::SessionExpiry) {
            state.entries.retain(|_, entry| now.duration_since(entry.used) < self.idle);
        }
        if self.flaw == Some(Flaw::SessionAdoption) && !state.entries.contains_key(id) {
            return Some(state.open(id.to_owned(), None));
        }
        let entry = state.entries.get_mut(id)?;
        entry.used = now;
        Some(entry.session.clone())
    }

    pub(crate) fn create(&self, user: Option<&'static Account>) -> Session {
        let mut state = lock(&self.state);
        let id = loop {
            let id = self.new_id(&mut state);
            if !state.entries.contains_key(&id) {
                break id;
            }
        };
        state.open(id, user)
    }

    /// Signs a user in within the session that there is, which is how sessions are fixed.
    pub(crate) fn raise(&self, id: &str, user: &'static Account) -> Option<Session> {
        let mut state = lock(&self.state);
        let entry = state.entries.get_mut(id)?;
        entry.session.user = Some(user);
        Some(entry.session.clone())
    }

    pub(crate) fn end(&self, id: &str) {
        lock(&self.state).entries.remove(id);
    }

    pub(crate) fn end_others(&self, user: &'static Account, kept: &str) {
        lock(&self.state).entries.retain(|id, entry| id == kept || entry.session.user != Some(user));
    }

    /// Whether any session at all has this CSRF token.
    pub(crate) fn anyone_has(&self, csrf: &str) -> bool {
        lock(&self.state)
            .entries
            .values()
            .any(|entry| verify_slices_are_equal(entry.session.csrf.as_bytes(), csrf.as_bytes()).is_ok())
    }

    fn new_id(&self, state: &mut State) -> String {
        match self.flaw {
            Some(Flaw::SessionEntropy) => {
                state.counter += 1;
                format!("{:032x}", state.counter)
            }
            Some(Flaw::SessionEntropyShort) => random::short_id(),
            _ => random::id(),
        }
    }
}

impl State {
    fn open(&mut self, id: String, user: Option<&'static Account>) -> Session {
        let session = Session { id: id.clone(), csrf: random::id(), user };
        self.entries.insert(id, Entry { session: session.clone(), used: Instant::now() });
        session
    }
}
