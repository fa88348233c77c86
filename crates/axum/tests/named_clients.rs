//! Routes that take tokens of named clients alone do so whatever their rule is.

use std::sync::Arc;

use admit::core::assurance::Assurance;
use admit::core::client::{Audience, ClientId};
use admit::core::id::{SessionId, SubjectId};
use admit::core::jws::{Algorithm, KeyId, KeySet, SigningKey};
use admit::core::random::OsRandom;
use admit::core::signal::Revocations;
use admit::core::subject::{RoleName, TokenGeneration};
use admit::core::time::{Clock, Timestamp};
use admit::core::token::{Claims, Current, Holder, TokenId, Verifier};
use admit::{Principal, Router, SystemClock, before_login, get, public, put, require, signed_in};
use axum::body::Body;
use http::Request;

use crate::support::{Bench, send};

const ISSUER: &str = "https://login.example";

/// A good token of an administrator, which this client has.
fn token(key: &SigningKey, audience: &Audience, client: &str) -> String {
    let now = SystemClock.now();
    let claims = Claims {
        holder: Holder::User {
            id: SubjectId::new(now, &OsRandom).unwrap(),
            session: SessionId::new(now, &OsRandom).unwrap(),
            generation: TokenGeneration::default(),
            assurance: Assurance::of_before(now),
        },
        client: ClientId::parse(client).unwrap(),
        client_generation: admit_core::client::ClientGeneration::default(),
        audience: audience.clone(),
        roles: [RoleName::parse("admin").unwrap()].into(),
        issued_at: Timestamp::from_seconds(now.seconds()),
        expires_at: Timestamp::from_seconds(now.seconds() + 300),
        id: TokenId::new(&OsRandom).unwrap(),
    };
    key.sign_access(&claims.write(ISSUER).unwrap()).unwrap()
}

async fn who(principal: Option<Principal>) -> &'static str {
    if principal.is_some() { "somebody" } else { "nobody" }
}

async fn open() -> &'static str {
    "open"
}

#[tokio::test]
async fn a_token_of_a_client_that_is_not_named_is_403_on_public_routes_too() {
    let audience = Audience::parse("https://api.example").unwrap();
    let (key, _) = SigningKey::generate(KeyId::from_text("key-1"), Algorithm::EdDsa).unwrap();
    let verifier = Verifier::new(ISSUER, audience.clone(), Arc::new(Revocations::default()), Arc::new(Current));
    verifier.use_keys(KeySet::from_keys([(key.kid().clone(), key.verifying().unwrap())]));
    let named = [ClientId::parse("console").unwrap()];
    let gate = Bench::new().builder().tokens(Arc::new(verifier)).named_clients(named).build();
    let routes = Router::new()
        .route("/public", public(get(who)).by_named_clients())
        .route("/login", before_login(get(who)).by_named_clients())
        .route("/me", signed_in(get(who)).by_named_clients())
        .route("/product", require("product:update", put(who)).by_named_clients())
        .route("/open", public(get(open)).by_named_clients());
    let site = routes.mount(&gate).unwrap();
    for (client, status) in [("console", 200), ("shop", 403)] {
        let bearer = format!("Bearer {}", token(&key, &audience, client));
        for (method, path) in [("GET", "/public"), ("GET", "/login"), ("GET", "/me"), ("PUT", "/product")] {
            let request = Request::builder().method(method).uri(path).header("host", "shop.example");
            let request = request.header("authorization", &bearer).body(Body::empty()).unwrap();
            assert_eq!(send(&site, request).await.status().as_u16(), status, "{client} at {path}");
        }
        // Nobody asks who it is.
        let request = Request::get("/open").header("authorization", &bearer).body(Body::empty()).unwrap();
        assert_eq!(send(&site, request).await.status().as_u16(), 200, "{client}");
    }
    let request = Request::get("/public").body(Body::empty()).unwrap();
    assert_eq!(send(&site, request).await.status().as_u16(), 200, "nobody");
}
