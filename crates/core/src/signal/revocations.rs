//! What is revoked, in memory, read without a lock by every check of a token.

use std::hash::Hash;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use papaya::HashMap;

use super::{Signal, Told};
use crate::client::{ClientGeneration, ClientId};
use crate::id::{SessionId, SubjectId};
use crate::jws::KeyId;
use crate::subject::TokenGeneration;
use crate::time::Timestamp;
use crate::token::{Claims, Holder, TokenId};

/// What a token died of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Revoked {
    /// Its sign-in has ended.
    #[error("its session has ended")]
    Session,
    /// Its user was signed out everywhere or banned, or has another password or other roles.
    #[error("its user has been signed out, or has other roles since")]
    Subject,
    /// It was revoked by itself.
    #[error("it was revoked")]
    Token,
    /// Its key was withdrawn.
    #[error("its key was withdrawn")]
    Key,
    /// Its client is gone, or may have other tokens than before.
    #[error("its client has been removed, or its rights have changed")]
    Client,
}

/// Everything that is revoked and could still be asked for.
///
/// Nothing is ever taken out before its time, and a generation is never lowered. So a list that is begun anew (a restored
/// backup) can only make more tokens dead than there must be, for minutes, and never fewer.
#[derive(Default)]
pub struct Revocations {
    sessions: HashMap<SessionId, Timestamp>,
    subjects: HashMap<SubjectId, (TokenGeneration, Timestamp)>,
    tokens: HashMap<TokenId, Timestamp>,
    keys: HashMap<KeyId, Timestamp>,
    clients: HashMap<ClientId, (ClientGeneration, Timestamp)>,
    /// Whether any token, key or client was ever revoked, which is rare: most checks need not look.
    rare: AtomicBool,
    /// How often the keys may have changed.
    key_changes: AtomicU64,
}

impl Revocations {
    /// Takes note of a signal. Every check that starts after this returns sees it.
    ///
    /// For one caller at a time: the order of two signals about one subject does not matter, but two at once would.
    pub fn apply(&self, signal: &Signal) {
        match &signal.told {
            Told::Session(id) => keep(&self.sessions, *id, signal.until),
            Told::Subject { id, generation, .. } => {
                raise(&self.subjects, *id, *generation, signal.until);
            }
            Told::Client { id, generation } => {
                raise(&self.clients, id.clone(), *generation, signal.until);
                self.rare.store(true, Ordering::Release);
            }
            Told::Token(id) => {
                keep(&self.tokens, *id, signal.until);
                self.rare.store(true, Ordering::Release);
            }
            Told::Key(kid) => {
                keep(&self.keys, kid.clone(), signal.until);
                self.rare.store(true, Ordering::Release);
                self.keys_may_have_changed();
            }
            Told::KeysChanged => self.keys_may_have_changed(),
        }
    }

    /// The keys that are kept may be others than before. Counted before anybody is told of it, so whoever was told and asks for the
    /// keys is not given those of before.
    pub fn keys_may_have_changed(&self) {
        self.key_changes.fetch_add(1, Ordering::AcqRel);
    }

    /// How often the keys may have changed.
    #[must_use]
    pub fn key_changes(&self) -> u64 {
        self.key_changes.load(Ordering::Acquire)
    }

    /// Whether these claims, signed with this key, have been revoked.
    ///
    /// # Errors
    /// What the token died of.
    pub fn look_up(&self, claims: &Claims, kid: &KeyId) -> Result<(), Revoked> {
        if let Holder::User { id, session, generation, .. } = claims.holder {
            if self.sessions.pin().contains_key(&session) {
                return Err(Revoked::Session);
            }
            if self.subjects.pin().get(&id).is_some_and(|(first_good, _)| generation < *first_good) {
                return Err(Revoked::Subject);
            }
        }
        if self.rare.load(Ordering::Acquire) {
            if self.tokens.pin().contains_key(&claims.id) {
                return Err(Revoked::Token);
            }
            if self.keys.pin().contains_key(kid) {
                return Err(Revoked::Key);
            }
            let client = self.clients.pin().get(&claims.client).copied();
            if client.is_some_and(|(first_good, _)| claims.client_generation < first_good) {
                return Err(Revoked::Client);
            }
        }
        Ok(())
    }

    /// Forgets what no token needs any more.
    pub fn purge(&self, now: Timestamp) {
        self.sessions.pin().retain(|_, until| *until > now);
        self.subjects.pin().retain(|_, (_, until)| *until > now);
        self.tokens.pin().retain(|_, until| *until > now);
        self.keys.pin().retain(|_, until| *until > now);
        self.clients.pin().retain(|_, (_, until)| *until > now);
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sessions.len() + self.subjects.len() + self.tokens.len() + self.keys.len() + self.clients.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Notes a thing until this time, or for longer if that was told before: under other settings, perhaps, when tokens that
/// still live were given a longer life.
fn keep<K: Hash + Eq>(map: &HashMap<K, Timestamp>, thing: K, until: Timestamp) {
    let map = map.pin();
    let before = map.get(&thing).copied().unwrap_or_default();
    map.insert(thing, until.max(before));
}

/// Notes the first generation that is good. It is never lowered, and never kept for less.
fn raise<K: Hash + Eq, G: Ord + Copy + Default>(
    map: &HashMap<K, (G, Timestamp)>,
    thing: K,
    first_good: G,
    until: Timestamp,
) {
    let map = map.pin();
    let before = map.get(&thing).copied().unwrap_or_default();
    map.insert(thing, (first_good.max(before.0), until.max(before.1)));
}

impl std::fmt::Debug for Revocations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Revocations({})", self.len())
    }
}
