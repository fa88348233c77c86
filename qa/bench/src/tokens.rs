//! Access tokens against bare axum: a token seen before, and one seen for the first time.

use std::path::Path;
use std::sync::Arc;

use admit::{Gate, Router, get, signed_in};
use admit_clock::SystemClock;
use admit_core::assurance::Assurance;
use admit_core::client::{Audience, ClientGeneration, ClientId};
use admit_core::id::{SessionId, SubjectId};
use admit_core::jws::{Algorithm, KeyId, KeySet, SigningKey};
use admit_core::policy::{Policy, PolicySource};
use admit_core::random::OsRandom;
use admit_core::signal::Revocations;
use admit_core::subject::{RoleName, TokenGeneration};
use admit_core::time::{Clock, Timestamp};
use admit_core::token::{Claims, Current, Holder, TokenId, Verifier};

use crate::bare::Process;
use crate::load::Target;

const ISSUER: &str = "https://login.example.org";
const AUDIENCE: &str = "https://api.example.org";
/// Requests of one sample with tokens that were never seen before, and what all samples and the warming-up take.
const FIRST: usize = 6_000;
const DISTINCT: usize = FIRST * crate::PAIRS + FIRST / 12 + crate::CONNECTIONS;

fn token(key: &SigningKey, now: Timestamp) -> String {
    let id = |bytes| SubjectId::from_bytes(bytes);
    let claims = Claims {
        holder: Holder::User {
            id: id([7; 16]),
            session: SessionId::from_bytes([9; 16]),
            generation: TokenGeneration(3),
            assurance: Assurance::of_before(now),
        },
        client: ClientId::parse("shop-ios").expect("a name"),
        client_generation: ClientGeneration::default(),
        audience: Audience::parse(AUDIENCE).expect("an audience"),
        roles: [RoleName::parse("customer").expect("a role")].into(),
        issued_at: Timestamp::from_seconds(now.seconds()),
        expires_at: Timestamp::from_seconds(now.seconds() + 3000),
        id: TokenId::new(&OsRandom).expect("randomness"),
    };
    key.sign_access(&claims.write(ISSUER).expect("JSON")).expect("a signature")
}

/// Serves `/check` behind a gate for tokens; says its address, and a file with that many tokens.
pub(crate) fn serve(count: usize) {
    let (key, _) = SigningKey::generate(KeyId::new(&OsRandom).expect("randomness"), Algorithm::EdDsa).expect("a key");
    let now = SystemClock.now();
    let tokens: Vec<String> = (0..count).map(|_| token(&key, now)).collect();
    let folder = admit_testkit::folder();
    let file = folder.path().join("tokens");
    std::fs::write(&file, tokens.join("\n")).expect("a file");
    let audience = Audience::parse(AUDIENCE).expect("an audience");
    let verifier = Arc::new(Verifier::new(ISSUER, audience, Arc::new(Revocations::default()), Arc::new(Current)));
    let public = key.verifying().expect("its public half");
    verifier.use_keys(KeySet::from_keys([(key.kid().clone(), Arc::clone(&public))]));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let routes: Router = Router::new().route("/check", signed_in(get(|| async { "ok\n" })));
        let policy = Arc::new(Policy::compile(&PolicySource::default(), &[]).expect("a policy"));
        let gate = Gate::for_tokens(verifier, policy).expect("randomness").build();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        println!("{} {}", listener.local_addr().expect("an address"), file.display());
        // What nothing can be cheaper than: the signature, looked at with the key parsed once, and nothing else.
        let raw = move |headers: http::HeaderMap| async move {
            let token = headers["authorization"].to_str().expect("text").strip_prefix("Bearer ").expect("a token");
            let (signed, signature) = token.rsplit_once('.').expect("three parts");
            let mut bytes = [0; 64];
            data_encoding::BASE64URL_NOPAD.decode_mut(signature.as_bytes(), &mut bytes).expect("base64url");
            assert!(public.verifies(signed.as_bytes(), &bytes));
            "ok\n"
        };
        let app = routes.mount(&gate).expect("routes").route("/raw", axum::routing::get(raw));
        axum::serve(listener, app).await.expect("serving");
    });
}

/// Both rows.
pub(crate) fn compare(this: &Path, bare: &Process) {
    let shop = Process::start_with(this, "tokens", &[&(DISTINCT + 1).to_string()]);
    let text = std::fs::read_to_string(&shop.said[0]).expect("the tokens");
    let mut tokens: Vec<String> = text.lines().map(str::to_owned).collect();
    let one = tokens.pop().expect("a token");
    crate::pairs(
        "GET with an EdDSA token seen before (the check alone)",
        &Target::bearer(bare.address, bare.pid(), "/check", &one),
        &Target::bearer(shop.address, shop.pid(), "/check", &one),
        crate::REQUESTS,
    );
    let over = crate::pairs(
        "GET with an EdDSA token never seen before",
        &Target::bearer(bare.address, bare.pid(), "/check", &one),
        &Target::bearers(shop.address, shop.pid(), "/check", &tokens),
        FIRST,
    );
    let raw = crate::pairs(
        "GET with the same, its signature checked and nothing else",
        &Target::bearer(bare.address, bare.pid(), "/check", &one),
        &Target::bearers(shop.address, shop.pid(), "/raw", &tokens),
        FIRST,
    );
    println!("  over bare {over:.2} µs, with the signature alone {raw:.2} µs: {:.3} x", over / raw);
}
