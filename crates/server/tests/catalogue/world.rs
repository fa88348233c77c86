//! An issuer whose keys are known to the attacks, a shop behind an offline gate that follows it, another issuer, and the
//! hosts that nobody must call.

use std::fs::{DirBuilder, OpenOptions};
use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use admit_clock::SystemClock;
use admit_core::audit::{Actor, Event, EventKind};
use admit_core::jws::{Algorithm, KeyId, SealingKey};
use admit_core::keyring::KeyRecord;
use admit_core::random::OsRandom;
use admit_core::secret::ServerSecret;
use admit_core::session::SessionRules;
use admit_core::store::Keys;
use admit_core::time::{Clock, Timestamp};
use admit_core::token::{LEEWAY, MAX_LIFETIME};
use admit_store::Sqlite;
use admit_testkit::{PASSWORD, Request, Server, folder, free};
use num_bigint::BigUint;
use serde_json::{Value, json};

use super::bytes::{P256_ORDER, decode, encode, hex, wide};
use super::door::{Door, Place};
use super::forge::Forge;
use super::gate::{GateProcess, SHOP};
use super::key::Key;
use super::outside::{Lure, WayOut};

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_admit");

/// Who the tokens speak for: an administrator, signed in by an app.
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) session: String,
    pub(crate) generation: u64,
}

/// Another issuer with an administrator of its own.
pub(crate) struct Stranger {
    pub(crate) key: Key,
    /// Real tokens of it, for itself and for a shop.
    pub(crate) tokens: Vec<String>,
    _server: Server,
}

pub(crate) struct World {
    pub(crate) server: Server,
    pub(crate) gate: GateProcess,
    /// What the issuer is told to use for whatever it calls, and what stands in front of it for the gate.
    pub(crate) ways_out: [WayOut; 2],
    pub(crate) lures: Vec<Lure>,
    /// The issuer's published keys, one of each algorithm.
    pub(crate) keys: [Key; 3],
    /// A key of the issuer whose last token is dead.
    pub(crate) gone: Key,
    /// A key of the issuer that was withdrawn a moment ago.
    pub(crate) withdrawn: Key,
    /// Keys of the attacker's, one of each algorithm. The first is what the lures give away.
    pub(crate) own: [Key; 3],
    pub(crate) person: Person,
    pub(crate) refresh: String,
    /// The key set as it is published, letter for letter.
    pub(crate) jwks: String,
    /// By place: a token that was revoked, and the other way to write its signature.
    pub(crate) twins: Vec<[String; 2]>,
    pub(crate) stranger: Stranger,
}

impl World {
    pub(crate) fn begin() -> Self {
        let keys = Algorithm::ALL.map(Key::new);
        let (gone, withdrawn) = (Key::new(Algorithm::EdDsa), Key::new(Algorithm::EdDsa));
        let [ed, ec, rsa] = &keys;
        // One that is dead since a second, three that are published, and the one that signs.
        let kept = (MAX_LIFETIME + LEEWAY).as_secs();
        let line = [(&gone, 3 * kept), (ec, kept + 1), (rsa, 30), (&withdrawn, 20), (ed, 10)];
        let ways_out = [WayOut::open(), WayOut::open()];
        let address = free();
        ways_out[1].lead_to(address);
        // Named after what stands in front of it, and called there by the gate alone.
        let mut server = start(&line, &ways_out[0], Some((address, &ways_out[1].url)));
        server.address = address;
        server.user("boss", &["admin"]);
        let (token, refresh) = sign_in(&server, None);
        let claims: Value = serde_json::from_slice(&decode(token.split('.').nth(1).unwrap())).unwrap();
        let text = |name: &str| claims[name].as_str().unwrap().to_owned();
        let person = Person { id: text("sub"), session: text("sid"), generation: claims["gen"].as_u64().unwrap() };

        let own = Algorithm::ALL.map(Key::new);
        let published = format!(r#"{{"keys":[{}]}}"#, own[0].jwk);
        let lures = ["127.0.0.1:0", "[::1]:0"].into_iter().filter_map(|at| Lure::open(at, &published)).collect();
        let secret = std::fs::read_to_string(server.folder().join("admit-data/demo-shop.secret")).unwrap();
        let gate = GateProcess::start(&ways_out[1], secret.trim());
        let jwks = server.client().get("/.well-known/jwks.json").text();
        let twins = Vec::new();
        let stranger = Stranger::begin();
        let mut world =
            Self { server, gate, ways_out, lures, keys, gone, withdrawn, own, person, refresh, jwks, twins, stranger };
        world.withdraw();
        world.twins = Place::BOTH.map(|place| world.revoke_twin(place)).to_vec();
        world
    }

    /// What the issuer calls itself.
    pub(crate) fn issuer(&self) -> &str {
        &self.ways_out[1].url
    }

    pub(crate) fn audience(&self, place: Place) -> &str {
        match place {
            Place::Server => self.issuer(),
            Place::Gate => SHOP,
        }
    }

    pub(crate) fn door(&self, place: Place) -> Door {
        match place {
            Place::Server => Door::new(place, self.server.address),
            Place::Gate => Door::new(place, self.gate.address),
        }
    }

    /// A token as the issuer itself writes it.
    pub(crate) fn issued(&self, place: Place) -> String {
        sign_in(&self.server, Some(self.audience(place))).0
    }

    pub(crate) fn forge(&self, place: Place) -> Forge<'_> {
        Forge { world: self, place }
    }

    /// Withdraws a key whose tokens are good until then.
    fn withdraw(&self) {
        let tokens = Place::BOTH.map(|place| (place, self.forge(place).good_of(&self.withdrawn)));
        for (place, token) in &tokens {
            assert!(self.door(*place).opens(token), "a published key's token is good");
        }
        let output = self.server.cli(&["keys", "revoke", &self.withdrawn.kid], "");
        assert_eq!(output.code, 0, "{output:?}");
        for (place, token) in &tokens {
            self.await_dead(*place, token);
        }
    }

    /// Revokes a token of ES256 whose signature can be written in another way, both of which are good until then.
    fn revoke_twin(&self, place: Place) -> [String; 2] {
        let forge = self.forge(place);
        let token = forge.good_of(forge.ec());
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let (r, s) = (decode(signature)[..32].to_vec(), BigUint::from_bytes_be(&decode(signature)[32..]));
        let twin = format!("{signed}.{}", encode([r, wide(&(hex(P256_ORDER) - s), 32)].concat()));
        assert!(self.door(place).opens(&token) && self.door(place).opens(&twin), "both are the key's signatures");
        let form = Request::new("POST", "/oauth/revoke").form(&[("client_id", "demo-native"), ("token", &token)]);
        assert_eq!(self.server.client().send(&form).status, 200);
        self.await_dead(place, &token);
        [token, twin]
    }

    fn await_dead(&self, place: Place, token: &str) {
        let (mut door, since) = (self.door(place), Instant::now());
        while door.opens(token) {
            assert!(
                place == Place::Gate && since.elapsed() < Duration::from_secs(10),
                "revoked, and good at {place:?}"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Stranger {
    fn begin() -> Self {
        let key = Key::new(Algorithm::EdDsa);
        let server = start(&[(&key, 10)], &WayOut::open(), None);
        server.user("boss", &["admin"]);
        let tokens = [None, Some(SHOP)].map(|audience| sign_in(&server, audience).0).to_vec();
        Self { key, tokens, _server: server }
    }
}

/// A server with these keys, each of which has been the one that signs since so many seconds ago.
fn start(keys: &[(&Key, u64)], way_out: &WayOut, named: Option<(SocketAddr, &str)>) -> Server {
    let folder = Arc::new(folder());
    prepare(&folder.path().join("admit-data"), keys);
    let mut starting = Server::demo(BINARY).within(folder).env("ADMIT_TOKENS__HEARTBEAT", "5s");
    for name in ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        starting = starting.env(name, &way_out.url);
    }
    if let Some((address, url)) = named {
        starting = starting.env("ADMIT_SERVER__LISTEN", &address.to_string()).env("ADMIT_SERVER__PUBLIC_URL", url);
    }
    starting.start()
}

fn prepare(data: &Path, keys: &[(&Key, u64)]) {
    DirBuilder::new().mode(0o700).create(data).unwrap();
    let secret = ServerSecret::new(&OsRandom).unwrap();
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(data.join("secret")).unwrap();
    file.write_all(secret.reveal().as_bytes()).unwrap();
    let sealing = SealingKey::new(&secret).unwrap();
    let store = Sqlite::open(&data.join("admit.db"), SessionRules::default()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let now = SystemClock.now();
    for (beside, (key, ago)) in keys.iter().enumerate() {
        let kid = KeyId::from_text(&key.kid);
        let since = Timestamp::from_seconds(now.seconds() - ago);
        let sealed = sealing.seal(&kid, &key.pkcs8).unwrap();
        let algorithm = key.algorithm;
        let record = KeyRecord { kid, algorithm, sealed, created_at: since, signs_from: since, revoked_at: None };
        let event = Event::new(EventKind::KeyCreated, Actor::Server, since);
        assert!(runtime.block_on(async { store.add_key(record, beside, event).await }).unwrap());
    }
}

/// Access and refresh token of `boss`, by the app.
fn sign_in(server: &Server, audience: Option<&str>) -> (String, String) {
    let mut body = json!({ "username": "boss", "password": PASSWORD, "client_id": "demo-native" });
    if let Some(audience) = audience {
        body["audience"] = json!(audience);
    }
    let answer = server.client().send(&Request::new("POST", "/login").json(&body)).json();
    let text = |name: &str| answer[name].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
    (text("access_token"), text("refresh_token"))
}
