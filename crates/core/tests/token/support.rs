//! An issuer, an API that checks its tokens, and a clock that stands still.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use admit_core::assurance::Assurance;
use admit_core::client::{Audience, ClientGeneration, ClientId};
use admit_core::credential::AccessToken;
use admit_core::id::{SessionId, SubjectId};
use admit_core::jws::{Algorithm, KeyId, KeySet, SigningKey};
use admit_core::signal::{Revocations, Signal, SubjectChange, Told};
use admit_core::subject::{RoleName, TokenGeneration};
use admit_core::time::Timestamp;
use admit_core::token::{Claims, Freshness, Holder, Refusal, TokenId, Unverified, Verified, Verifier};
use data_encoding::BASE64URL_NOPAD;

pub(crate) const ISSUER: &str = "https://login.example.org";
pub(crate) const AUDIENCE: &str = "https://api.example.org";
/// When every test takes place, in seconds.
pub(crate) const NOW: u64 = 1_800_000_000;
/// How old an API's knowledge of revocations may be.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) fn audience(text: &str) -> Audience {
    Audience::parse(text).unwrap()
}

pub(crate) fn subject(number: u8) -> SubjectId {
    SubjectId::from_bytes([number; 16])
}

pub(crate) fn session(number: u8) -> SessionId {
    SessionId::from_bytes([number; 16])
}

pub(crate) fn token_id(number: u8) -> TokenId {
    TokenId::parse(&BASE64URL_NOPAD.encode(&[number; 9])).unwrap()
}

/// What a customer's app is given: subject 1, session 2, generation 3, token 4.
pub(crate) fn customer() -> Claims {
    let assurance = Assurance::of_before(Timestamp::from_seconds(NOW - 60));
    Claims {
        holder: Holder::User { id: subject(1), session: session(2), generation: TokenGeneration(3), assurance },
        client: ClientId::parse("shop-ios").unwrap(),
        client_generation: ClientGeneration::default(),
        audience: audience(AUDIENCE),
        roles: [RoleName::parse("customer").unwrap()].into(),
        issued_at: Timestamp::from_seconds(NOW),
        expires_at: Timestamp::from_seconds(NOW + 300),
        id: token_id(4),
    }
}

/// What a service is given that acts for itself.
/// That the customer's client has changed.
pub(crate) fn client_changed(generation: u64) -> Told {
    Told::Client { id: customer().client, generation: ClientGeneration(generation) }
}

pub(crate) fn service() -> Claims {
    Claims { holder: Holder::Client, client: ClientId::parse("billing").unwrap(), ..customer() }
}

pub(crate) fn key(kid: &str, algorithm: Algorithm) -> SigningKey {
    SigningKey::generate(KeyId::from_text(kid), algorithm).unwrap().0
}

pub(crate) fn key_set(keys: &[&SigningKey]) -> KeySet {
    KeySet::from_keys(keys.iter().map(|key| (key.kid().clone(), key.verifying().unwrap())))
}

/// A token that says this, signed.
pub(crate) fn sign(key: &SigningKey, claims: &Claims) -> String {
    key.sign_access(&claims.write(ISSUER).unwrap()).unwrap()
}

pub(crate) fn presented(text: &str) -> AccessToken {
    AccessToken::parse(text).unwrap()
}

/// A signal of now, good for an hour.
pub(crate) fn signal(told: Told) -> Signal {
    Signal { seq: 1, at: Timestamp::from_seconds(NOW), until: Timestamp::from_seconds(NOW + 3600), told }
}

pub(crate) fn generation(number: u64) -> Told {
    Told::Subject { id: subject(1), generation: TokenGeneration(number), why: SubjectChange::SessionsRevoked }
}

/// The age of what an API knows, in milliseconds; the highest number for no knowledge.
#[derive(Default)]
pub(crate) struct Age(AtomicU64);

impl Age {
    pub(crate) fn set(&self, age: Option<Duration>) {
        self.0.store(age.map_or(u64::MAX, |age| u64::try_from(age.as_millis()).unwrap()), Ordering::Relaxed);
    }
}

impl Freshness for Age {
    fn age(&self) -> Option<Duration> {
        Some(self.0.load(Ordering::Relaxed)).filter(|age| *age != u64::MAX).map(Duration::from_millis)
    }
}

/// An API with one key of its issuer's, named `k`.
pub(crate) struct Api {
    pub(crate) key: SigningKey,
    pub(crate) verifier: Verifier,
    pub(crate) revocations: Arc<Revocations>,
    pub(crate) age: Arc<Age>,
}

impl Api {
    pub(crate) fn new(algorithm: Algorithm) -> Self {
        let key = key("k", algorithm);
        let (revocations, age) = (Arc::new(Revocations::default()), Arc::new(Age::default()));
        let verifier = Verifier::new(ISSUER, audience(AUDIENCE), Arc::clone(&revocations), age.clone());
        verifier.use_keys(key_set(&[&key]));
        Self { key, verifier, revocations, age }
    }

    pub(crate) fn sign(&self, claims: &Claims) -> String {
        sign(&self.key, claims)
    }

    pub(crate) fn check(&self, text: &str) -> Result<Arc<Verified>, Unverified> {
        self.check_at(text, Timestamp::from_seconds(NOW))
    }

    pub(crate) fn check_at(&self, text: &str, now: Timestamp) -> Result<Arc<Verified>, Unverified> {
        self.verifier.check(&presented(text), now, PATIENCE)
    }

    /// Why a token is refused.
    pub(crate) fn refusal(&self, text: &str) -> Refusal {
        match self.check(text) {
            Err(Unverified::Refused(refusal)) => refusal,
            other => panic!("it was not refused: {:?}", other.map(|verified| verified.claims().clone())),
        }
    }
}
