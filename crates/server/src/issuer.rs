//! The issuer: signs access tokens with the key whose turn it is, and looks after the keys.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use admit_core::audit::{Actor, Event, EventKind};
use admit_core::client::{Audience, Client, ClientGeneration, ClientId};
use admit_core::credential::{MAX_ACCESS_TOKEN_BYTES, RefreshKey};
use admit_core::jws::{KeyId, KeySet, PublicJwk, SealingKey, SigningKey};
use admit_core::keyring::{self, Due, KeyRecord, Schedule};
use admit_core::random::Random;
use admit_core::secret::ServerSecret;
use admit_core::standing::LostStanding;
use admit_core::store::{Keys, StoreError};
use admit_core::subject::RoleName;
use admit_core::time::{Clock, Moment, Timestamp};
use admit_core::token::{Claims, Holder, TokenId, TokenRules, Verifier};
use arc_swap::ArcSwap;
use tokio::sync::Mutex;
use zeroize::Zeroizing;

/// How long the store is waited for when somebody asks for the public keys, before they get those that are held.
const KEYS_WITHIN: Duration = Duration::from_millis(100);

/// For how long what was read of the keys is published without asking again, unless it is told that they have changed.
const KEYS_FOR: Duration = Duration::from_secs(1);

/// When the keys were last asked for: as of which change, and until when the answer does.
type Asked = Option<(u64, Moment)>;

/// A key that this process can sign with.
struct Held {
    record: KeyRecord,
    key: SigningKey,
    jwk: PublicJwk,
}

/// An access token that was just made.
pub struct Issued {
    /// Its text, for the one answer that carries it.
    pub token: Zeroizing<String>,
    /// How long it lives, in seconds.
    pub expires_in: u64,
    /// When it ends. Until then its end has to be told, so it is what a store is given.
    pub expires_at: Timestamp,
}

/// Why no token was made.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// No key could sign, or there is no randomness.
    #[error("{0}")]
    Unavailable(String),
    /// Its roles alone would make the token too long.
    #[error(
        "The access token would be longer than 1,024 bytes, because of the many roles in it. Give this user or client fewer \
         roles, and let roles inherit from one another."
    )]
    TooLarge,
    /// Whoever asked is no longer what they were.
    #[error(transparent)]
    StandingLost(#[from] LostStanding),
}

/// Signs access tokens and makes refresh tokens.
pub struct Issuer {
    url: String,
    rules: TokenRules,
    schedule: Schedule,
    held: ArcSwap<Vec<Held>>,
    /// One looks after the keys at a time: what one has read must not take the place of what another read later.
    tending: Mutex<()>,
    asked: Mutex<Asked>,
    /// Of each client, as the store has them.
    generations: OnceLock<BTreeMap<ClientId, ClientGeneration>>,
    refresh: RefreshKey,
    sealing: SealingKey,
    store: Arc<dyn Keys>,
    verifier: Arc<Verifier>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

/// What an issuer is made of.
pub struct Parts<'a> {
    /// Its name: the public URL.
    pub url: String,
    /// Lifetimes.
    pub rules: TokenRules,
    /// When keys are replaced.
    pub schedule: Schedule,
    /// What keys are sealed under.
    pub secret: &'a ServerSecret,
    /// Where keys are kept.
    pub store: Arc<dyn Keys>,
    /// What checks the tokens of this issuer for itself.
    pub verifier: Arc<Verifier>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
}

impl Issuer {
    /// An issuer that has no keys yet: [`Self::tend`] gives it some.
    ///
    /// # Errors
    /// When the key for sealing cannot be made.
    pub fn new(parts: Parts<'_>) -> Result<Self, String> {
        let Parts { url, rules, schedule, secret, store, verifier, clock, random } = parts;
        let sealing = SealingKey::new(secret).map_err(|error| error.to_string())?;
        let refresh = RefreshKey::new(secret);
        let (held, tending, asked, generations) =
            (ArcSwap::default(), Mutex::default(), Mutex::default(), OnceLock::new());
        Ok(Self {
            url,
            rules,
            schedule,
            held,
            tending,
            asked,
            generations,
            refresh,
            sealing,
            store,
            verifier,
            clock,
            random,
        })
    }

    /// Its name, the `iss` of its tokens.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Lifetimes.
    #[must_use]
    pub fn rules(&self) -> &TokenRules {
        &self.rules
    }

    /// What makes refresh tokens and knows them again.
    #[must_use]
    pub fn refresh(&self) -> &RefreshKey {
        &self.refresh
    }

    /// Takes up the generations of the clients, once.
    pub fn use_generations(&self, generations: BTreeMap<ClientId, ClientGeneration>) {
        if self.generations.set(generations).is_err() {
            tracing::error!("the clients were declared twice; what was declared first stays");
        }
    }

    /// Whether tokens that are issued here to this client are dead: another node was started with another configuration of it.
    #[must_use]
    pub fn is_behind(&self, client: &ClientId, generation: ClientGeneration) -> bool {
        self.generation(client) < generation
    }

    fn generation(&self, client: &ClientId) -> ClientGeneration {
        self.generations.get().and_then(|all| all.get(client)).copied().unwrap_or_default()
    }

    /// What checks its own tokens.
    #[must_use]
    pub fn verifier(&self) -> &Arc<Verifier> {
        &self.verifier
    }

    /// The keys to publish now. Whoever was told that they have changed gets the changed ones, however soon it asks; while the
    /// store does not answer, those that are held are published, so that an outage here is none elsewhere.
    pub async fn published(&self) -> Vec<PublicJwk> {
        self.look_at_keys().await;
        let held = self.held.load();
        let records: Vec<KeyRecord> = held.iter().map(|held| held.record.clone()).collect();
        let published = keyring::published(&records, self.clock.now());
        let is_published = |held: &&Held| published.iter().any(|record| record.kid == held.record.kid);
        held.iter().filter(is_published).map(|held| held.jwk.clone()).collect()
    }

    /// Takes up the keys that are kept, if they are not those that are held. One asks, whoever else wants them meanwhile waits for
    /// that, and nobody asks again for a second: anybody at all may ask for the keys, as often as they like.
    async fn look_at_keys(&self) {
        let mut asked = self.asked.lock().await;
        // Before they are read: a change that comes meanwhile counts as one that was not seen.
        let changes = self.verifier.key_changes();
        let now = self.clock.monotonic();
        if asked.is_some_and(|(seen, until)| seen == changes && now < until) {
            return;
        }
        if let Ok(Ok(records)) = tokio::time::timeout(KEYS_WITHIN, self.store.keys()).await
            && !self.holds(&records)
            && let Err(error) = self.tend().await
        {
            tracing::warn!(
                error,
                "the signing keys have changed and could not be taken up; those that are held are published"
            );
        }
        // After a failure too: while the store does not answer, one a second waits for it.
        *asked = Some((changes, now.plus(KEYS_FOR)));
    }

    /// Whether these are the keys that are held.
    fn holds(&self, records: &[KeyRecord]) -> bool {
        let usable = records.iter().filter(|record| record.revoked_at.is_none()).map(|record| &record.kid);
        usable.eq(self.held.load().iter().map(|held| &held.record.kid))
    }

    /// Takes up the keys as they are kept, if they are others than those that are held: somebody else has changed them.
    /// `false` when they are the same.
    ///
    /// # Errors
    /// As [`Self::tend`].
    pub async fn refresh_keys(&self) -> Result<bool, String> {
        let records = self.store.keys().await.map_err(say)?;
        if self.holds(&records) {
            return Ok(false);
        }
        self.tend().await?;
        Ok(true)
    }

    /// Signs an access token that ends when its time is over, and at `latest` if that comes first.
    ///
    /// # Errors
    /// When there is no key or no randomness, or the token would be too long.
    pub fn issue(
        &self,
        holder: Holder,
        client: &Client,
        audience: &Audience,
        roles: Arc<[RoleName]>,
        latest: Option<Timestamp>,
    ) -> Result<Issued, IssueError> {
        let now = self.clock.now();
        let ends = now.plus(self.rules.access).min(latest.unwrap_or(Timestamp::from_millis(u64::MAX)));
        let failed = |error: &dyn std::fmt::Display| IssueError::Unavailable(error.to_string());
        let claims = Claims {
            holder,
            client: client.id.clone(),
            client_generation: self.generation(&client.id),
            audience: audience.clone(),
            roles,
            issued_at: Timestamp::from_seconds(now.seconds()),
            expires_at: Timestamp::from_seconds(ends.seconds().max(now.seconds() + 1)),
            id: TokenId::new(&*self.random).map_err(|error| failed(&error))?,
        };
        let payload = claims.write(&self.url).map_err(|error| failed(&error))?;
        let held = self.held.load();
        // The newest whose time has come: the same that the keyring calls active.
        let turn = held.iter().filter(|held| held.record.revoked_at.is_none() && held.record.signs_from <= now);
        let order = |held: &&Held| (held.record.signs_from, held.record.created_at, held.record.kid.clone());
        let key = turn.max_by_key(order).ok_or_else(|| failed(&"there is no signing key"))?;
        let token = Zeroizing::new(key.key.sign_access(&payload).map_err(|error| failed(&error))?);
        if token.len() > MAX_ACCESS_TOKEN_BYTES {
            return Err(IssueError::TooLarge);
        }
        let expires_at = claims.expires_at;
        Ok(Issued { token, expires_in: expires_at.seconds() - now.seconds(), expires_at })
    }

    /// Does what the schedule asks for, and takes up the keys as they are kept. At the start, every minute, and after each
    /// change of the keys.
    ///
    /// # Errors
    /// When the store does not answer, or a key cannot be opened or made.
    pub async fn tend(&self) -> Result<(), String> {
        let _alone = self.tending.lock().await;
        let now = self.clock.now();
        let mut records = self.store.keys().await.map_err(say)?;
        // A key that was withdrawn signs nothing any more, even if none can be made in its place.
        self.take_up(&records, now)?;
        for due in keyring::due(&records, &self.schedule, now) {
            match due {
                Due::Delete(kid) => self.store.delete_key(kid).await.map_err(say)?,
                Due::Make { signs_from } => {
                    let event = Event::new(EventKind::KeyCreated, Actor::Server, now);
                    drop(self.make(&records, signs_from, event).await.map_err(say)?);
                }
            }
            records = self.store.keys().await.map_err(say)?;
            self.take_up(&records, now)?;
        }
        Ok(())
    }

    fn take_up(&self, records: &[KeyRecord], now: Timestamp) -> Result<(), String> {
        let held = records.iter().filter(|record| record.revoked_at.is_none());
        let held = held.map(|record| self.open(record)).collect::<Result<Vec<_>, _>>()?;
        let verifying = held.iter().filter_map(|held| Some((held.record.kid.clone(), held.key.verifying()?)));
        let published = keyring::published(records, now);
        let good = |kid: &KeyId| published.iter().any(|record| record.kid == *kid);
        self.verifier.use_keys(KeySet::from_keys(verifying.filter(|(kid, _)| good(kid))));
        self.held.store(Arc::new(held));
        Ok(())
    }

    /// Makes the next key: it signs at once, or after it has been published for as long as the schedule says.
    ///
    /// # Errors
    /// As [`Self::tend`]; whoever asked is no longer what they were.
    pub async fn rotate(&self, at_once: bool, event: Event) -> Result<KeyId, StoreError> {
        let now = self.clock.now();
        let signs_from = if at_once { now } else { now.plus(self.schedule.publish_before) };
        let records = self.store.keys().await?;
        let kid = self.make(&records, signs_from, event).await?;
        self.tend().await.map_err(StoreError::new)?;
        kid.ok_or_else(|| StoreError::new("Another key was made at this moment; `admit keys list` shows it."))
    }

    async fn make(
        &self,
        records: &[KeyRecord],
        signs_from: Timestamp,
        event: Event,
    ) -> Result<Option<KeyId>, StoreError> {
        let kid = KeyId::new(&*self.random).map_err(StoreError::new)?;
        let algorithm = self.schedule.algorithm;
        // An RSA key takes a tenth of a second and more to make: not on a thread that answers requests.
        let name = kid.clone();
        let made = tokio::task::spawn_blocking(move || SigningKey::generate(name, algorithm)).await;
        let (_, private) = made.map_err(StoreError::new)?.map_err(StoreError::new)?;
        let sealed = self.sealing.seal(&kid, &private).map_err(StoreError::new)?;
        let created_at = self.clock.now();
        let record = KeyRecord { kid: kid.clone(), algorithm, sealed, created_at, signs_from, revoked_at: None };
        let beside = records.iter().filter(|record| record.revoked_at.is_none()).count();
        let event = Event { at: created_at, ..event }
            .with("kid", kid.as_str())
            .with("algorithm", algorithm.as_str())
            .with("signs_from", signs_from.to_string());
        Ok(self.store.add_key(record, beside, event).await?.then_some(kid))
    }

    fn open(&self, record: &KeyRecord) -> Result<Held, String> {
        let open = || {
            let private = self.sealing.open(&record.kid, &record.sealed).map_err(say)?;
            SigningKey::from_pkcs8(record.kid.clone(), record.algorithm, &private).map_err(say)
        };
        let key = open().map_err(|error| {
            format!(
                "The signing key {} {error}. Put back the server secret that it was made with, or give the key up with \
                 `admit keys revoke {}` while the server is stopped: its tokens are dead then, and a new key is made.",
                record.kid, record.kid
            )
        })?;
        let jwk = key.jwk().ok_or("A signing key has no public form.")?;
        Ok(Held { record: record.clone(), key, jwk })
    }
}

fn say(error: impl std::fmt::Display) -> String {
    error.to_string()
}

impl From<StoreError> for IssueError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::StandingLost(lost) => lost.into(),
            StoreError::Unavailable(_)
            | StoreError::OutcomeUnknown
            | StoreError::TooManyLists
            | StoreError::ListTooSlow => Self::Unavailable(error.to_string()),
        }
    }
}
