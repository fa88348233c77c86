//! Everybody who calls: sessions and tokens of each role, and those that must not be good.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use admit_clock::SystemClock;
use admit_core::assurance::Assurance;
use admit_core::audit::Event;
use admit_core::client::{Audience, ClientGeneration, ClientId};
use admit_core::credential::{SessionDigest, SessionToken};
use admit_core::csrf::{Csrf, Origin, Origins};
use admit_core::id::{SessionId, SubjectId};
use admit_core::jws::{Algorithm, KeyId, KeySet, SigningKey};
use admit_core::policy::LivePolicy;
use admit_core::random::OsRandom;
use admit_core::secret::ServerSecret;
use admit_core::session::{NewSession, OpenSession, SessionRecord};
use admit_core::signal::{Revocations, Signal, Told};
use admit_core::store::{Checked, Opened, Reply, Sessions, StoreError};
use admit_core::subject::{Generation, RoleName, Status, SubjectState, TokenGeneration};
use admit_core::time::{Clock, Timestamp};
use admit_core::token::{Claims, Current, Holder, TokenId, Verifier};
use axum::body::Body;
use http::Request;

use super::expect::{Credential, From, Visit, Whose};
use crate::gate::Gate;
use crate::table::Line;

const ISSUER: &str = "https://issuer.example";
const SITE: &str = "https://site.example";
const AUDIENCE: &str = "https://site.example";
const CLIENT: &str = "proof";

/// The callers, and the gate that they come to.
pub(super) struct Cast {
    pub(super) gate: Gate,
    /// Cookie and CSRF token.
    sessions: HashMap<Whose, (String, String)>,
    tokens: HashMap<Whose, String>,
}

/// Sessions that were made for this: nothing else is kept.
#[derive(Default)]
struct Made {
    live: HashMap<SessionDigest, Checked>,
    /// Asked for this one, the store does not answer.
    silent: Option<SessionDigest>,
}

fn not_here<T>() -> Reply<T> {
    Reply::ready(Err(StoreError::new("a proof keeps nothing")))
}

impl Sessions for Made {
    fn check(&self, digest: &SessionDigest, _: Timestamp) -> Reply<Option<Checked>> {
        match self.silent.as_ref() == Some(digest) {
            true => not_here(),
            false => Reply::ready(Ok(self.live.get(digest).cloned())),
        }
    }

    fn open(&self, _: NewSession, _: Event) -> Reply<Opened> {
        not_here()
    }

    fn rotate(&self, _: SessionDigest, _: SessionDigest, _: Event) -> Reply<bool> {
        not_here()
    }

    fn end(&self, _: SubjectId, _: SessionId, _: Event) -> Reply<bool> {
        not_here()
    }

    fn list(&self, _: SubjectId, _: Timestamp) -> Reply<Vec<OpenSession>> {
        not_here()
    }

    fn purge(&self, _: Timestamp) -> Reply<u64> {
        not_here()
    }
}

impl Cast {
    pub(super) fn new(policy: &LivePolicy, roles: &[RoleName]) -> Result<Self, String> {
        let say = |error: &dyn std::fmt::Display| error.to_string();
        let now = SystemClock.now();
        let (mut made, mut secrets) = (Made::default(), HashMap::new());
        let subject = SubjectId::new(now, &OsRandom).map_err(|error| say(&error))?;
        for whose in Whose::all(roles) {
            let token = SessionToken::new_for(subject, &OsRandom).map_err(|error| say(&error))?;
            let roles: Arc<[RoleName]> = whose.roles(roles).into();
            let checked = Checked { session: session(now)?, subject: Arc::new(state(subject, roles)) };
            match whose {
                Whose::Dead => {}
                Whose::Unanswered => made.silent = Some(token.digest()),
                Whose::Role(_) | Whose::NoRole => drop(made.live.insert(token.digest(), checked)),
            }
            secrets.insert(whose, token);
        }
        let (verifier, tokens) = tokens(subject, roles, now)?;
        let secret = ServerSecret::new(&OsRandom).map_err(|error| say(&error))?;
        let own = Origin::parse(SITE).map_err(|error| say(&error))?;
        let gate = Gate::builder(Arc::new(made), policy.clone(), &secret)
            .tokens(verifier)
            .named_clients([ClientId::parse(CLIENT).map_err(|error| say(&error))?])
            .origins(Origins { own: Some(own), ..Origins::default() })
            .build();
        let mut sessions = HashMap::new();
        for (whose, token) in secrets {
            let cookie = gate.cookies().set_session(&token);
            let cookie = cookie.to_str().unwrap_or_default().split(';').next().unwrap_or_default().to_owned();
            let csrf = gate.0.csrf_key.issue_session(&token, &OsRandom).map_err(|error| say(&error))?;
            sessions.insert(whose, (cookie, csrf.reveal().to_owned()));
        }
        Ok(Self { gate, sessions, tokens })
    }

    /// The request of a visit.
    pub(super) fn request(&self, line: &Line, visit: &Visit) -> Request<Body> {
        let mut request = Request::new(Body::empty());
        *request.method_mut() = line.row.method.clone();
        *request.uri_mut() = filled(&line.row.path).parse().unwrap_or_default();
        let headers = request.headers_mut();
        let mut put = |name: &'static str, value: &str| {
            if let Ok(value) = value.parse::<http::HeaderValue>() {
                headers.insert(name, value);
            }
        };
        put("host", "site.example");
        match visit.from {
            From::Program => {}
            From::OwnSite => put("sec-fetch-site", "same-origin"),
            From::OtherSite => {
                put("sec-fetch-site", "cross-site");
                put("origin", "https://evil.example");
            }
        }
        if line.row.csrf == Csrf::BeforeLogin {
            // What no form of another site can send.
            put("content-type", "application/json");
        }
        match &visit.credential {
            Credential::None => {}
            Credential::Session { whose, csrf } => {
                if let Some((cookie, token)) = self.sessions.get(whose) {
                    put("cookie", cookie);
                    if *csrf {
                        put("x-csrf-token", token);
                    }
                }
            }
            Credential::Token { whose } => {
                if let Some(token) = self.tokens.get(whose) {
                    put("authorization", &format!("Bearer {token}"));
                }
            }
            Credential::BadToken(how) => {
                if let Some(token) = self.tokens.get(&Whose::Role(0)).or_else(|| self.tokens.get(&Whose::NoRole)) {
                    put("authorization", &format!("Bearer {}", how.spoil(token, &self.tokens)));
                }
            }
        }
        request
    }
}

/// A path with something in each place.
fn filled(path: &str) -> String {
    let fill = |part: &str| if part.starts_with('{') { "1".to_owned() } else { part.to_owned() };
    path.split('/').map(fill).collect::<Vec<_>>().join("/")
}

fn session(now: Timestamp) -> Result<SessionRecord, String> {
    Ok(SessionRecord {
        id: SessionId::new(now, &OsRandom).map_err(|error| error.to_string())?,
        created_at: now,
        last_seen_at: now,
        absolute_expires_at: now.plus(Duration::from_secs(3600)),
        generation: Generation::default(),
        roles_version: 0,
        superseded_at: None,
        assurance: Assurance::of_before(now),
    })
}

fn state(id: SubjectId, roles: Arc<[RoleName]>) -> SubjectState {
    let (generation, roles_version) = (Generation::default(), 0);
    SubjectState { id, username: "proof".into(), status: Status::Active, generation, roles_version, roles }
}

/// A verifier that knows one key, and a token of each caller.
fn tokens(
    subject: SubjectId,
    roles: &[RoleName],
    now: Timestamp,
) -> Result<(Arc<Verifier>, HashMap<Whose, String>), String> {
    let say = |error: &dyn std::fmt::Display| error.to_string();
    let audience = Audience::parse(AUDIENCE).map_err(|error| say(&error))?;
    let (key, _) = SigningKey::generate(KeyId::from_text("proof"), Algorithm::EdDsa).map_err(|error| say(&error))?;
    let public = key.verifying().ok_or("the key cannot be published")?;
    let revocations = Arc::new(Revocations::default());
    let verifier = Arc::new(Verifier::new(ISSUER, audience.clone(), Arc::clone(&revocations), Arc::new(Current)));
    verifier.use_keys(KeySet::from_keys([(key.kid().clone(), public)]));
    let mut tokens = HashMap::new();
    for whose in Whose::all(roles) {
        let session = SessionId::new(now, &OsRandom).map_err(|error| say(&error))?;
        // What is over, and what is revoked, is right in everything else.
        let lifetime = Duration::from_secs(300);
        let issued = if whose == Whose::Unanswered { now.minus(Duration::from_secs(3600)) } else { now };
        let claims = Claims {
            holder: Holder::User {
                id: subject,
                session,
                generation: TokenGeneration::default(),
                assurance: Assurance::of_before(now),
            },
            client: ClientId::parse(CLIENT).map_err(|error| say(&error))?,
            client_generation: ClientGeneration::default(),
            audience: audience.clone(),
            roles: whose.roles(roles).into(),
            issued_at: Timestamp::from_seconds(issued.seconds()),
            expires_at: Timestamp::from_seconds(issued.plus(lifetime).seconds()),
            id: TokenId::new(&OsRandom).map_err(|error| say(&error))?,
        };
        if whose == Whose::Dead {
            let until = now.plus(Duration::from_secs(3600));
            revocations.apply(&Signal { seq: 1, at: now, until, told: Told::Session(session) });
        }
        let payload = claims.write(ISSUER).map_err(|error| say(&error))?;
        tokens.insert(whose, key.sign_access(&payload).map_err(|error| say(&error))?);
    }
    Ok((verifier, tokens))
}
