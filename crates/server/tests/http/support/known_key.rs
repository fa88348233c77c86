//! A server whose signing key the test has too: it can sign whatever an attacker would like to have signed, or what this
//! server would have said at another time.

use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;

use admit_clock::SystemClock;
use admit_core::audit::{Actor, Event, EventKind};
use admit_core::jws::{Algorithm, KeyId, SealingKey, SigningKey};
use admit_core::keyring::KeyRecord;
use admit_core::random::OsRandom;
use admit_core::secret::ServerSecret;
use admit_core::session::SessionRules;
use admit_core::store::Reply;
use admit_core::time::{Clock, Timestamp};
use admit_core::token::TokenRules;
use admit_store::{PostgresAddress, Stores};
use admit_testkit::{Folder, Server, stores_of};
use serde_json::{Value, json};

use super::BINARY;

/// A folder in which a server will find its secret and its signing key, and that key.
pub(crate) struct KnownKey {
    /// The key.
    pub(crate) key: SigningKey,
    /// The secret of the server.
    pub(crate) secret: ServerSecret,
    folder: Arc<Folder>,
}

/// Makes the folder: `admit-data/secret`, as development mode would, and the accounts with the key in them.
pub(crate) fn known_key(algorithm: Algorithm) -> KnownKey {
    known_key_since(algorithm, SystemClock.now())
}

/// The same with a key that was made, and has signed, since then.
pub(crate) fn known_key_since(algorithm: Algorithm, since: Timestamp) -> KnownKey {
    known_key_called("known", algorithm, since)
}

/// The same with a name of its own.
pub(crate) fn known_key_called(kid: &str, algorithm: Algorithm, since: Timestamp) -> KnownKey {
    let folder = Arc::new(tempfile::tempdir().expect("a temporary folder"));
    let data = folder.path().join("admit-data");
    std::fs::DirBuilder::new().mode(0o700).create(&data).expect("the data folder");
    let secret = ServerSecret::new(&OsRandom).expect("randomness");
    write_private(&data.join("secret"), &secret.reveal());
    let kid = KeyId::from_text(kid);
    let (key, private) = SigningKey::generate(kid.clone(), algorithm).expect("a key");
    let sealed = SealingKey::new(&secret).and_then(|sealing| sealing.seal(&kid, &private)).expect("a sealed key");
    let record = KeyRecord { kid, algorithm, sealed, created_at: since, signs_from: since, revoked_at: None };
    let known = KnownKey { key, secret, folder };
    let event = Event::new(EventKind::KeyCreated, Actor::Server, since);
    let added = known.store(|stores| stores.keys.add_key(record, 0, event));
    assert!(added, "it is the first");
    known
}

impl KnownKey {
    /// `serve --dev --demo`, with this key for its own. `algorithm` is the configured one: another would have a new key made.
    pub(crate) fn start(&self) -> Server {
        let algorithm = self.key.algorithm().as_str();
        Server::demo(BINARY).within(Arc::clone(&self.folder)).env("ADMIT_TOKENS__ALGORITHM", algorithm).start()
    }

    /// Does something to the accounts while no server runs on them: in the pair of stores that the tests run on.
    pub(crate) fn store<T: Unpin>(&self, work: impl FnOnce(&Stores) -> Reply<T>) -> T {
        let (rules, tokens) = (SessionRules::default(), TokenRules::default());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let elsewhere = stores_of(self.folder.path());
            let stores = match elsewhere.as_ref().and_then(|stores| stores.accounts()) {
                Some(url) => {
                    let address = PostgresAddress::parse(url).expect("an address");
                    Stores::postgres(&address, rules, tokens).await.expect("the database")
                }
                None => {
                    let path = self.folder.path().join("admit-data/admit.db");
                    Stores::sqlite(&path, rules, tokens).expect("the database")
                }
            };
            work(&stores).await.expect("the store's answer")
        })
    }

    /// An access token that says this.
    pub(crate) fn access(&self, claims: &Value) -> String {
        self.key.sign_access(claims.to_string().as_bytes()).expect("a signature")
    }

    /// The header that this server writes.
    pub(crate) fn header(&self) -> Value {
        json!({ "alg": self.key.algorithm().as_str(), "kid": self.key.kid().as_str(), "typ": "at+jwt" })
    }

    /// This payload under this header, signed.
    pub(crate) fn under(&self, header: &str, payload: &str) -> String {
        self.key.sign(header.as_bytes(), payload.as_bytes()).expect("a signature")
    }
}

/// These claims with one of them other than it was.
pub(crate) fn with(claims: &Value, name: &str, value: impl Into<Value>) -> Value {
    let mut claims = claims.clone();
    claims[name] = value.into();
    claims
}

/// These claims without one of them.
pub(crate) fn without(claims: &Value, name: &str) -> Value {
    let mut claims = claims.clone();
    claims.as_object_mut().expect("claims").remove(name);
    claims
}

/// Now, in seconds.
pub(crate) fn now() -> u64 {
    SystemClock.now().seconds()
}

/// So many seconds before now.
pub(crate) fn ago(seconds: u64) -> Timestamp {
    Timestamp::from_seconds(now() - seconds)
}

/// Writes a file that only its owner reads.
pub(crate) fn write_private(path: &Path, text: &str) {
    use std::io::Write;
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).expect("a new file");
    file.write_all(text.as_bytes()).expect("it can be written");
}
