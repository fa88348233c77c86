//! Secrets and keys that are bad in themselves: refused where they are configured, and not taken from an issuer that
//! publishes them. That is where the rows `weak-secret` end, `key-confusion-27`, `kid-38`, `signature-71` and `-72`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::Ordering;
use std::time::Duration;

use admit_core::credential::ClientSecret;
use admit_core::jws::Algorithm;
use admit_core::random::OsRandom;
use admit_testkit::{Folder, Output, folder, run};
use axum::body::Body;
use http::{Request, StatusCode};
use tower::ServiceExt;

use super::bytes::{decode, encode, random};
use super::fake_issuer::FakeIssuer;
use super::forge::now;
use super::gate::{SHOP, shop};
use super::key::{Key, ShortRsa, mac, padded, rsa_jwk};
use super::rows::weak_secret::{SHORT, WELL_KNOWN};
use super::world::BINARY;

/// A folder in which `init` has run, with a service in its configuration whose proof is this line.
fn configured(proof: &str) -> Folder {
    let at = folder();
    let init = run(BINARY, at.path(), &["init", "--public-url", "https://login.example.org"], &[], "");
    assert_eq!(init.code, 0, "{init:?}");
    let path = at.path().join("admit.toml");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(path, format!("{text}\n[clients.reports]\nruns = \"service\"\naudience = [\"self\"]\n{proof}\n"))
        .unwrap();
    at
}

fn serve(at: &Folder, environment: &[(&str, &str)]) -> Output {
    // Where it may start, it fails at the next step: that address is not this machine's.
    let environment = [&[("ADMIT_SERVER__LISTEN", "192.0.2.1:1")], environment].concat();
    run(BINARY, at.path(), &["serve"], &environment, "")
}

/// It does not start, for this reason alone.
#[track_caller]
fn refused(output: &Output, id: &str, what: &str) {
    let named = output.stderr.contains(&format!("\n  {id}: [clients.reports]"));
    assert!(output.code == 1 && named && output.stderr.matches("\n  ").count() == 2, "{what}: {output:?}");
}

#[track_caller]
fn starts(output: &Output) {
    assert!(output.code == 3 && output.stderr.contains("Cannot listen"), "{output:?}");
}

#[test]
fn no_server_starts_with_a_secret_that_is_well_known_short_empty_or_of_zeros() {
    let good = ClientSecret::new(&OsRandom).unwrap();
    let zeros = ["0".repeat(32), "0".repeat(43), "A".repeat(43), encode([0; 32]), encode([0; 64]), "\0".repeat(32)];
    let well_known = WELL_KNOWN.iter().flat_map(|secret| [(*secret).to_owned(), encode(secret)]);
    let mut secrets: Vec<String> = well_known.chain(SHORT.iter().map(|secret| (*secret).to_owned())).collect();
    secrets.extend(zeros);
    secrets.extend([String::new(), " ".to_owned(), "\n".to_owned()]);

    let at = configured("");
    starts(&serve(&at, &[("ADMIT_CLIENTS__REPORTS__SECRET", good.reveal())]));
    // No variable holds a zero byte.
    for secret in secrets.iter().filter(|secret| !secret.contains('\0')) {
        refused(&serve(&at, &[("ADMIT_CLIENTS__REPORTS__SECRET", secret)]), "client-secret-weak", secret);
    }
    let at = configured("secret_file = \"reports.secret\"");
    let path = at.path().join("reports.secret");
    fs::write(&path, good.reveal()).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    starts(&serve(&at, &[]));
    for secret in &secrets {
        fs::write(&path, secret).unwrap();
        refused(&serve(&at, &[]), "client-secret-weak", secret);
        assert!(ClientSecret::parse(secret).is_err(), "nor does a service that follows an issuer: {secret}");
    }
}

type Sign = fn(&str) -> Vec<u8>;

/// What must not be taken for a public key, each with the way to sign with it.
fn bad_sets() -> Vec<(&'static str, String, Sign)> {
    let oct = |secret: &[u8], algorithm: &str| {
        format!(r#"{{"kty":"oct","k":"{}","alg":"{algorithm}","use":"sig","kid":"k"}}"#, encode(secret))
    };
    let one = rsa_jwk("k", &modulus(), "AQ");
    let twice = [Key::new(Algorithm::EdDsa), Key::new(Algorithm::EdDsa)].map(|key| key.jwk.replace(&key.kid, "k"));
    let nobody = |_: &str| random::<64>().to_vec();
    vec![
        ("weak-secret-156", oct(b"secret", "HS256"), |signed| mac(256, b"secret", signed)),
        ("weak-secret-157", oct(b"short", "HS256"), |signed| mac(256, b"short", signed)),
        ("weak-secret-158", oct(b"", "HS256"), |signed| mac(256, b"", signed)),
        ("weak-secret-159", oct(&[0; 32], "HS256"), |signed| mac(256, &[0; 32], signed)),
        ("a secret that is none of these", oct(&random::<32>(), "HS256"), nobody),
        ("key-confusion-27", oct(&[7; 32], "RS256"), |signed| mac(256, &[7; 32], signed)),
        ("kid-38", twice.join(","), nobody),
        ("kid-38, one key twice", format!("{},{}", twice[0], twice[0]), nobody),
        ("signature-71", ShortRsa::jwk("k"), |signed| ShortRsa::sign(signed)),
        ("signature-72", one, |signed| padded(signed, 256)),
    ]
}

/// That of a good key, in which nothing is wrong but the exponent.
fn modulus() -> Vec<u8> {
    let jwk: serde_json::Value = serde_json::from_str(&Key::new(Algorithm::Rs256).jwk).unwrap();
    decode(jwk["n"].as_str().unwrap())
}

#[test]
fn no_server_starts_with_a_key_for_a_service_that_is_symmetric_short_or_there_twice() {
    let at = configured("jwks_file = \"reports.json\"");
    let path = at.path().join("reports.json");
    for algorithm in Algorithm::ALL {
        fs::write(&path, Key::new(algorithm).jwk).unwrap();
        starts(&serve(&at, &[]));
    }
    for (id, keys, _) in bad_sets() {
        fs::write(&path, format!("{{\"keys\":[{keys}]}}")).unwrap();
        refused(&serve(&at, &[]), "client-key", id);
        if !id.starts_with("kid") {
            fs::write(&path, &keys).unwrap();
            refused(&serve(&at, &[]), "client-key", id);
        }
    }
}

#[tokio::test]
async fn no_gate_takes_such_a_key_from_its_issuer_and_no_token_of_one_is_accepted() {
    let real = Key::new(Algorithm::EdDsa);
    let good = Gate::open(&real.jwk, true).await;
    assert_eq!(good.answer(&good.token(&real)).await, StatusCode::OK);
    for (id, keys, sign) in bad_sets() {
        let alone = Gate::open(&keys, false).await;
        for algorithm in ["EdDSA", "RS256", "HS256"] {
            let status = alone.answer(&alone.forged(algorithm, sign)).await;
            assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{id}: it has no keys");
        }
        // Beside a good key the whole set is refused, unless it is merely of no use.
        let useless = id.starts_with("signature");
        let beside = Gate::open(&format!("{keys},{}", real.jwk), useless).await;
        let (of_real, nothing) = if useless {
            (StatusCode::OK, StatusCode::UNAUTHORIZED)
        } else {
            (StatusCode::SERVICE_UNAVAILABLE, StatusCode::SERVICE_UNAVAILABLE)
        };
        assert_eq!(beside.answer(&beside.token(&real)).await, of_real, "{id}");
        for algorithm in ["EdDSA", "RS256", "HS256"] {
            assert_eq!(beside.answer(&beside.forged(algorithm, sign)).await, nothing, "{id}");
        }
    }
}

/// A shop behind an offline gate in this process, and its issuer.
struct Gate {
    issuer: FakeIssuer,
    router: axum::Router,
    _gate: admit::Gate,
}

impl Gate {
    /// Of an issuer with these keys, once it has taken them or has refused them twice.
    async fn open(keys: &str, taken: bool) -> Self {
        let issuer = FakeIssuer::publishing(&format!("{{\"keys\":[{keys}]}}"));
        let secret = ClientSecret::new(&OsRandom).unwrap();
        let (gate, router) = shop(&issuer.url, secret.reveal());
        let settled = || gate.token_staleness().is_some() || issuer.fetched.load(Ordering::Acquire) > 1;
        while !settled() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(gate.token_staleness().is_some(), taken);
        Self { issuer, router, _gate: gate }
    }

    fn claims(&self) -> String {
        let (iss, iat, exp, jti) = (&self.issuer.url, now(), now() + 300, encode(random::<9>()));
        let id = "01960000-0000-7000-8000-000000000000";
        format!(
            r#"{{"iss":"{iss}","aud":"{SHOP}","sub":"{id}","client_id":"app","iat":{iat},"exp":{exp},"jti":"{jti}","sid":"{id}","gen":0,"roles":["admin"]}}"#
        )
    }

    fn token(&self, key: &Key) -> String {
        key.token(key.header(), self.claims())
    }

    fn forged(&self, algorithm: &str, sign: Sign) -> String {
        let header = format!(r#"{{"alg":"{algorithm}","kid":"k","typ":"at+jwt"}}"#);
        let signed = format!("{}.{}", encode(header), encode(self.claims()));
        let signature = sign(&signed);
        format!("{signed}.{}", encode(signature))
    }

    async fn answer(&self, token: &str) -> StatusCode {
        let request = Request::get("/demo/shop/products/1/edit").header("authorization", format!("Bearer {token}"));
        let request = request.body(Body::empty()).unwrap();
        self.router.clone().oneshot(request).await.unwrap().status()
    }
}
