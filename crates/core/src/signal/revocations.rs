//! What is revoked, in memory, read without a lock by every check of a token.

use std::hash::Hash;
use std::sync::atomic::{AtomicBool, Ordering};

use papaya::HashMap;

use super::{Signal, Told};
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
    /// Whether any token or key was ever revoked by itself, which is rare: most checks need not look.
    single: AtomicBool,
}

impl Revocations {
    /// Takes note of a signal. Every check that starts after this returns sees it.
    ///
    /// For one caller at a time: the order of two signals about one subject does not matter, but two at once would.
    pub fn apply(&self, signal: &Signal) {
        match &signal.told {
            Told::Session(id) => keep(&self.sessions, *id, signal.until),
            Told::Subject { id, generation, .. } => {
                let subjects = self.subjects.pin();
                let (before, until) = subjects.get(id).copied().unwrap_or_default();
                subjects.insert(*id, ((*generation).max(before), signal.until.max(until)));
            }
            Told::Token(id) => {
                keep(&self.tokens, *id, signal.until);
                self.single.store(true, Ordering::Release);
            }
            Told::Key(kid) => {
                keep(&self.keys, kid.clone(), signal.until);
                self.single.store(true, Ordering::Release);
            }
            Told::KeysChanged => {}
        }
    }

    /// Whether these claims, signed with this key, have been revoked.
    ///
    /// # Errors
    /// What the token died of.
    pub fn look_up(&self, claims: &Claims, kid: &KeyId) -> Result<(), Revoked> {
        if let Holder::User { id, session, generation } = claims.holder {
            if self.sessions.pin().contains_key(&session) {
                return Err(Revoked::Session);
            }
            if self.subjects.pin().get(&id).is_some_and(|(first_good, _)| generation < *first_good) {
                return Err(Revoked::Subject);
            }
        }
        if self.single.load(Ordering::Acquire) {
            if self.tokens.pin().contains_key(&claims.id) {
                return Err(Revoked::Token);
            }
            if self.keys.pin().contains_key(kid) {
                return Err(Revoked::Key);
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
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sessions.len() + self.subjects.len() + self.tokens.len() + self.keys.len()
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

impl std::fmt::Debug for Revocations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Revocations({})", self.len())
    }
}
