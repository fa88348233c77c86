//! Access tokens against bare axum: a token seen before, and one seen for the first time.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use admit::{Gate, Router, get, signed_in};
use admit_core::client::{Audience, ClientId};
use admit_core::id::{SessionId, SubjectId};
use admit_core::jws::{Algorithm, Compact, KeyId, KeySet, SigningKey};
use admit_core::policy::{Policy, PolicySource};
use admit_core::random::OsRandom;
use admit_core::signal::Revocations;
use admit_core::subject::{RoleName, TokenGeneration};
use admit_core::time::{Clock, SystemClock, Timestamp};
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
        },
        client: ClientId::parse("shop-ios").expect("a name"),
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
    verifier.use_keys(KeySet::from_keys([(key.kid().clone(), key.verifying().expect("its public half"))]));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let routes: Router = Router::new().route("/check", signed_in(get(|| async { "ok\n" })));
        let policy = Arc::new(Policy::compile(&PolicySource::default(), &[]).expect("a policy"));
        let gate = Gate::for_tokens(verifier, policy).expect("randomness").build();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        println!("{} {}", listener.local_addr().expect("an address"), file.display());
        axum::serve(listener, routes.mount(&gate).expect("routes")).await.expect("serving");
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
    let raw = raw_check();
    println!("  over bare {over:.2} µs; the raw signature check {raw:.2} µs: {:.3} x", over / raw);
}

/// One signature check, in µs: the library alone, with its key parsed once.
fn raw_check() -> f64 {
    const TIMES: u32 = 20_000;
    let (key, _) = SigningKey::generate(KeyId::from_text("k"), Algorithm::EdDsa).expect("a key");
    let text = token(&key, SystemClock.now());
    let verifying = key.verifying().expect("its public half");
    let (signed, signature) = text.rsplit_once('.').expect("three parts");
    let signature = data_encoding::BASE64URL_NOPAD.decode(signature.as_bytes()).expect("base64url");
    assert!(Compact::split(&text).is_ok());
    let started = Instant::now();
    for _ in 0..TIMES {
        assert!(verifying.verifies(std::hint::black_box(signed.as_bytes()), &signature));
    }
    started.elapsed().as_secs_f64() * 1e6 / f64::from(TIMES)
}
