//! Gates for tokens of several issuers, audiences and keys in one program: what one has found good says nothing at another.

use std::sync::Arc;
use std::time::Duration;

use admit::core::assurance::Assurance;
use admit::core::client::{Audience, ClientId};
use admit::core::credential::AccessToken;
use admit::core::id::{SessionId, SubjectId};
use admit::core::jws::{Algorithm, KeyId, KeySet, SigningKey};
use admit::core::random::OsRandom;
use admit::core::signal::Revocations;
use admit::core::subject::{RoleName, TokenGeneration};
use admit::core::time::{Clock, Timestamp};
use admit::core::token::{Claims, Current, Holder, TokenId, Verifier};
use admit::{Gate, Policy, Router, SystemClock, get, require};
use admit_testkit::Seeded;
use axum::body::Body;
use http::Request;

use crate::support::send;

const ISSUERS: [&str; 2] = ["https://one.example", "https://one.example.org"];
const AUDIENCES: [&str; 2] = ["https://api.example", "https://api.example.org"];

/// One configuration: a gate of its own, and a token that is good there and nowhere else.
struct One {
    site: axum::Router,
    verifier: Arc<Verifier>,
    audience: Audience,
    token: String,
}

fn routes() -> Router {
    Router::new().route("/", require("report:read", get(async || "read")))
}

fn one(issuer: &str, audience: &str, key: &SigningKey) -> One {
    let now = SystemClock.now();
    let audience = Audience::parse(audience).unwrap();
    let verifier =
        Arc::new(Verifier::new(issuer, audience.clone(), Arc::new(Revocations::default()), Arc::new(Current)));
    verifier.use_keys(KeySet::from_keys([(key.kid().clone(), key.verifying().unwrap())]));
    let policy = Policy::read("[roles.reader]\npermissions = [\"report:read\"]\n", &routes().permissions()).unwrap();
    let gate = Gate::for_tokens(Arc::clone(&verifier), policy).unwrap().build();
    let session = SessionId::new(now, &OsRandom).unwrap();
    let claims = Claims {
        holder: Holder::User {
            id: SubjectId::new(now, &OsRandom).unwrap(),
            session,
            generation: TokenGeneration::default(),
            assurance: Assurance::of_before(now),
        },
        client: ClientId::parse("app").unwrap(),
        client_generation: admit_core::client::ClientGeneration::default(),
        audience: audience.clone(),
        roles: [RoleName::parse("reader").unwrap()].into(),
        issued_at: Timestamp::from_seconds(now.seconds()),
        expires_at: Timestamp::from_seconds(now.seconds() + 300),
        id: TokenId::new(&OsRandom).unwrap(),
    };
    let token = key.sign_access(&claims.write(issuer).unwrap()).unwrap();
    One { site: routes().mount(&gate).unwrap(), verifier, audience, token }
}

#[tokio::test]
async fn cve_2026_33496_no_two_verifiers_share_what_they_remember_in_whatever_order_they_are_asked() {
    // Of the two keys each has the same name.
    let keys = [(); 2].map(|()| SigningKey::generate(KeyId::from_text("key-1"), Algorithm::EdDsa).unwrap().0);
    let of_key = |key| ISSUERS.into_iter().flat_map(move |issuer| AUDIENCES.map(|audience| one(issuer, audience, key)));
    let all: Vec<One> = keys.iter().flat_map(of_key).collect();
    assert_eq!(all.len(), 8);
    let mut random = Seeded::new(0x33496);
    let mut good = 0;
    for asked in 0..2_000 {
        let (at, of) = (random.below(all.len()), random.below(all.len()));
        let (there, token) = (&all[at], &all[of].token);
        if random.once_in(4) {
            // Asked about a token for somebody, as introspection does: that is remembered for nobody.
            let audiences = all.iter().map(|one| one.audience.clone()).collect::<Vec<_>>();
            let presented = AccessToken::parse(token).unwrap();
            let now = SystemClock.now();
            let found = there.verifier.check_for(&presented, &audiences, now, Duration::ZERO, Some(Duration::ZERO));
            // Four configurations are of one key, two of these of one issuer.
            assert_eq!(found.is_ok(), at / 2 == of / 2, "{asked}: token {of} for whoever, asked at {at}");
        }
        let request = Request::get("/").header("authorization", format!("Bearer {token}")).body(Body::empty()).unwrap();
        let status = send(&there.site, request).await.status().as_u16();
        good += u32::from(status == 200);
        assert_eq!(status, if at == of { 200 } else { 401 }, "{asked}: token {of} at {at}");
    }
    assert!(good > 100, "{good} were good");
}
