//! The check of an access token without a call to anybody: signature, claims, and what has been revoked.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;

use super::remembered::{Remembered, Spelled};
use super::{Claims, ClaimsError, KnownClients};
use crate::client::Audience;
use crate::credential::{AccessToken, MAX_ACCESS_TOKEN_BYTES};
use crate::jws::{Compact, JwsError, KeyId, KeySet, VerifyingKey};
use crate::signal::{Revocations, Revoked};
use crate::store::{Reply, StoreError};
use crate::time::Timestamp;

/// A token whose signature and claims have been verified. Whether it is still good is another question, asked each time.
pub struct Verified {
    claims: Claims,
    kid: KeyId,
    key: Arc<VerifyingKey>,
    /// The token itself, to know it again by. No `Debug` shows it.
    text: Box<str>,
}

impl Verified {
    /// What it says.
    #[must_use]
    pub fn claims(&self) -> &Claims {
        &self.claims
    }

    /// The key that signed it.
    #[must_use]
    pub fn kid(&self) -> &KeyId {
        &self.kid
    }
}

impl Spelled for Verified {
    fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified").field("claims", &self.claims).field("kid", &self.kid).finish_non_exhaustive()
    }
}

/// Why a token is refused: 401, `invalid_token`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is over [`MAX_ACCESS_TOKEN_BYTES`].
    #[error("it is longer than 1,024 bytes")]
    Long,
    /// It is no signature, or not ours.
    #[error(transparent)]
    Signature(#[from] JwsError),
    /// Its header says more or less than an access token's.
    #[error("its header is not that of an access token (typ at+jwt)")]
    Type,
    /// None of our keys has this name.
    #[error("it is signed with a key that is not known, or no longer")]
    Key,
    /// It says what it must not, or is out of time.
    #[error(transparent)]
    Claims(#[from] ClaimsError),
    /// Its client is gone, or may no longer have what it says.
    #[error("its client is not configured any more, or may no longer have this token")]
    Client,
    /// It was revoked.
    #[error(transparent)]
    Revoked(#[from] Revoked),
}

/// Why a token does not tell who it is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unverified {
    /// It is bad or dead: 401.
    #[error("The access token is refused: {0}.")]
    Refused(#[from] Refusal),
    /// Whether it was revoked cannot be told: 503.
    #[error("what has been revoked is not known as of {}", .0.map_or("any time".to_owned(), |age| format!("{} ms ago", age.as_millis())))]
    Stale(Option<Duration>),
}

/// How old the knowledge of what was revoked is.
pub trait Freshness: Send + Sync + 'static {
    /// Its age; `None` when there is none yet.
    fn age(&self) -> Option<Duration>;

    /// Learns what was revoked up to `max_staleness` before now, where somebody can be asked. `false` where nobody can:
    /// then the age alone decides.
    fn renew(&self, max_staleness: Duration) -> Reply<bool> {
        let _ = max_staleness;
        Reply::ready(Ok(false))
    }

    /// Learns the keys anew, where somebody can be asked, because a token names one that is not known: another node may
    /// have made it a moment ago. `false` where there is nothing new.
    fn renew_keys(&self) -> Reply<bool> {
        Reply::ready(Ok(false))
    }
}

/// At the issuer itself: what is revoked is known before anybody is told that it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Current;

impl Freshness for Current {
    fn age(&self) -> Option<Duration> {
        Some(Duration::ZERO)
    }
}

/// Checks tokens of one issuer for one audience.
pub struct Verifier {
    issuer: String,
    audience: Audience,
    keys: ArcSwap<KeySet>,
    revocations: Arc<Revocations>,
    freshness: Arc<dyn Freshness>,
    /// At the issuer itself: its clients as they are now.
    clients: Option<KnownClients>,
    /// Tokens that are known again. Each was put here after its signature was checked, and everything that may change is
    /// looked at again each time.
    remembered: Remembered<Verified>,
}

impl Verifier {
    /// A verifier without keys: it refuses every token until it has some.
    #[must_use]
    pub fn new(
        issuer: impl Into<String>,
        audience: Audience,
        revocations: Arc<Revocations>,
        freshness: Arc<dyn Freshness>,
    ) -> Self {
        let keys = ArcSwap::from_pointee(KeySet::default());
        let remembered = Remembered::default();
        Self { issuer: issuer.into(), audience, keys, revocations, freshness, clients: None, remembered }
    }

    /// Takes tokens of these clients alone, with what they may have now: for the issuer itself, which knows them.
    #[must_use]
    pub fn of_clients(mut self, clients: KnownClients) -> Self {
        self.clients = Some(clients);
        self
    }

    /// The issuer whose tokens it takes.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The audience whose tokens it takes.
    #[must_use]
    pub fn audience(&self) -> &Audience {
        &self.audience
    }

    /// How old the knowledge of what was revoked is; `None` while there is none.
    #[must_use]
    pub fn staleness(&self) -> Option<Duration> {
        self.freshness.age()
    }

    /// How often the issuer's keys may have changed, as far as is known here.
    #[must_use]
    pub fn key_changes(&self) -> u64 {
        self.revocations.key_changes()
    }

    /// Takes these keys from now on. Tokens of keys that are not among them are dead.
    pub fn use_keys(&self, keys: KeySet) {
        self.keys.store(Arc::new(keys));
    }

    /// Whose token this is, if it is good at `now` and what is known of revocations is at most `max_staleness` old.
    ///
    /// A token that is bad for certain is refused however old that knowledge is. One that may be good is not taken on it.
    ///
    /// # Errors
    /// [`Unverified::Refused`] for a bad or dead token; [`Unverified::Stale`] when it cannot be told.
    pub fn check(
        &self,
        token: &AccessToken,
        now: Timestamp,
        max_staleness: Duration,
    ) -> Result<Arc<Verified>, Unverified> {
        // How much is known is asked first: what is learned after that can only make the answer stricter than it need be.
        let age = self.freshness.age();
        self.judge(self.find(token), age, now, max_staleness)
    }

    /// The same, and where that knowledge is too old it is renewed first, if there is somebody to ask.
    ///
    /// # Errors
    /// As [`Self::check`] inside; outside when whoever was asked did not answer.
    pub fn check_renewed(
        self: &Arc<Self>,
        token: &AccessToken,
        now: Timestamp,
        max_staleness: Duration,
    ) -> Reply<Result<Arc<Verified>, Unverified>> {
        if self.knows(max_staleness) {
            return Reply::ready(Ok(self.check(token, now, max_staleness)));
        }
        let (verifier, token) = (Arc::clone(self), token.clone());
        Reply::pending(async move {
            let renewed = verifier.freshness.renew(max_staleness).await?;
            // Renewed counts from the asking: by now it may be older than a bound of nothing, and is no less good for that.
            let age = if renewed { Some(Duration::ZERO) } else { verifier.freshness.age() };
            let mut found = verifier.find(&token);
            if matches!(found, Err(Refusal::Key)) && verifier.freshness.renew_keys().await? {
                found = verifier.find(&token);
            }
            Ok(verifier.judge(found, age, now, max_staleness))
        })
    }

    /// Whether what is known of revocations is at most this old.
    fn knows(&self, max_staleness: Duration) -> bool {
        self.freshness.age().is_some_and(|age| age <= max_staleness)
    }

    /// Renews what is known of revocations, before a [`Self::check_for`], where there is somebody to ask.
    ///
    /// # Errors
    /// When whoever was asked did not answer.
    pub async fn renew(&self, max_staleness: Duration) -> Result<Option<Duration>, StoreError> {
        if self.knows(max_staleness) {
            return Ok(self.freshness.age());
        }
        let renewed = self.freshness.renew(max_staleness).await?;
        Ok(if renewed { Some(Duration::ZERO) } else { self.freshness.age() })
    }

    /// Learns the keys anew, after a [`Self::check_for`] that did not know the token's. `false` when there is nothing new.
    ///
    /// # Errors
    /// When whoever was asked did not answer.
    pub async fn renew_keys(&self) -> Result<bool, StoreError> {
        self.freshness.renew_keys().await
    }

    /// Whose token this is, for one of several audiences, without anything being remembered: for whoever is asked about tokens
    /// that are for somebody else (RFC 7662). `age` is what [`Self::renew`] answered before.
    ///
    /// # Errors
    /// As [`Self::check`].
    pub fn check_for(
        &self,
        token: &AccessToken,
        audiences: &[Audience],
        now: Timestamp,
        max_staleness: Duration,
        age: Option<Duration>,
    ) -> Result<Arc<Verified>, Unverified> {
        self.judge(self.verify(token, audiences).map(Arc::new), age, now, max_staleness)
    }

    fn judge(
        &self,
        found: Result<Arc<Verified>, Refusal>,
        age: Option<Duration>,
        now: Timestamp,
        max_staleness: Duration,
    ) -> Result<Arc<Verified>, Unverified> {
        let fresh = age.is_some_and(|age| age <= max_staleness);
        let verified = match found {
            Ok(verified) => verified,
            // It may be a key that was published since.
            Err(Refusal::Key) if !fresh => return Err(Unverified::Stale(age)),
            Err(refusal) => return Err(refusal.into()),
        };
        self.is_still_good(&verified, now)?;
        if fresh { Ok(verified) } else { Err(Unverified::Stale(age)) }
    }

    /// Whether a token that was verified before is good now, as far as is known here. Its key need not be known any more: that it
    /// was withdrawn is among what is revoked.
    ///
    /// # Errors
    /// Why it is not.
    pub fn is_still_good(&self, verified: &Verified, now: Timestamp) -> Result<(), Refusal> {
        verified.claims.in_time(now)?;
        self.revocations.look_up(&verified.claims, &verified.kid)?;
        match &self.clients {
            Some(clients) if !clients.could_have(&verified.claims) => Err(Refusal::Client),
            _ => Ok(()),
        }
    }

    fn find(&self, token: &AccessToken) -> Result<Arc<Verified>, Refusal> {
        let text = token.text();
        if let Some(verified) = self.remembered.get(text) {
            match self.keys.load().find(Some(verified.kid.as_str())) {
                Some((Some(_), key)) if key.is(&verified.key) => return Ok(verified),
                // Its name is another key's now: what was verified with the one was not with the other.
                Some((Some(_), _)) => {}
                // A key that was withdrawn takes its tokens along.
                _ => return Err(Refusal::Key),
            }
        }
        let verified = Arc::new(self.verify(token, std::slice::from_ref(&self.audience))?);
        self.remembered.keep(Arc::clone(&verified));
        Ok(verified)
    }

    fn verify(&self, token: &AccessToken, audiences: &[Audience]) -> Result<Verified, Refusal> {
        let text = token.text();
        if text.len() > MAX_ACCESS_TOKEN_BYTES {
            return Err(Refusal::Long);
        }
        let compact = Compact::split(text)?;
        // A part of a text of 1,024 bytes decodes to no more than three quarters of that.
        let mut payload = [0; MAX_ACCESS_TOKEN_BYTES * 3 / 4];
        let keys = self.keys.load();
        // Our issuer begins every token of a key with the same letters. Where they are not there, the reading tells why.
        let (kid, key, payload) = match keys.find_by_header(compact.header_text()) {
            Some((kid, key)) => (kid, key, compact.verify_signature(key, &mut payload)?),
            None => {
                let mut decoded = [0; MAX_ACCESS_TOKEN_BYTES * 3 / 4];
                let header = compact.header(&mut decoded)?;
                // Our issuer writes three members and no other: whatever else is there, somebody else wrote it.
                let typ = header.typ.as_deref().is_some_and(|typ| typ.eq_ignore_ascii_case("at+jwt"));
                if !typ || header.more {
                    return Err(Refusal::Type);
                }
                let kid = header.kid.as_deref().ok_or(Refusal::Type)?;
                let (Some(kid), key) = keys.find(Some(kid)).ok_or(Refusal::Key)? else { return Err(Refusal::Key) };
                (kid, key, compact.verify(&header, key, &mut payload)?)
            }
        };
        let claims = Claims::read_for(payload, &self.issuer, audiences)?;
        Ok(Verified { claims, kid: kid.clone(), key: Arc::clone(key), text: text.into() })
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Verifier({} for {})", self.issuer, self.audience)
    }
}
