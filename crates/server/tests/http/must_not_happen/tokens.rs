//! What a token must not get away with saying, though the server's own key has signed it.

use admit_core::jws::Algorithm;
use admit_testkit::{APP, Request, Server};
use serde_json::{Value, json};

use crate::http::support::clients::{API, configured, is_good};
use crate::http::support::known_key::{KnownKey, known_key, with, without};
use crate::http::support::{edit, product};

/// A server with an admin's token to begin from, and its key.
pub(super) struct Forger {
    pub(super) key: KnownKey,
    pub(super) server: Server,
    /// What an admin's token says, and is good for.
    pub(super) claims: Value,
    before: Value,
}

impl Forger {
    pub(super) fn new(algorithm: Algorithm) -> Self {
        let key = known_key(algorithm);
        let server = key.start();
        server.user("root", &["admin"]);
        let claims = server.tokens(APP, "root").claims();
        let before = product(&server);
        Self { key, server, claims, before }
    }

    /// A token that is good.
    pub(super) fn good(&self) -> String {
        self.key.access(&self.claims)
    }

    /// This token is taken nowhere: not to read, not to write, and nobody is told that it is good.
    pub(super) fn refused(&self, token: &str, what: &str) {
        let mut client = self.server.client();
        for (method, path, body) in [("GET", "/session", Value::Null), ("PUT", "/demo/api/products/1", edit())] {
            let answer = client.by_token(token, method, path, &body);
            assert_eq!((answer.status, answer.problem().as_str()), (401, "invalid-token"), "{what}: {token}");
        }
        let asks = Request::new("POST", "/oauth/introspect").basic("demo-shop", &self.server.demo_secret());
        let said = client.send(&asks.form(&[("token", token)]));
        assert_eq!(said.text(), r#"{"active":false}"#, "{what}: {token}");
    }

    /// What is good still is, nothing was changed, and nothing broke.
    pub(super) fn unharmed(&self) {
        assert!(is_good(&self.server, &self.good()), "the forgeries failed for what was wrong with them");
        assert_eq!(product(&self.server), self.before);
        assert!(!self.server.logged().contains("panicked"), "{}", self.server.logged());
    }
}

#[admit_testkit::everywhere]
fn cve_2026_25537_a_claim_of_another_type_is_refused_and_never_taken_for_absent() {
    let it = Forger::new(Algorithm::EdDsa);
    let names = [
        "exp",
        "iat",
        "nbf",
        "aud",
        "iss",
        "sub",
        "client_id",
        "jti",
        "sid",
        "gen",
        "auth_time",
        "amr",
        "acr",
        "roles",
    ];
    let values = [
        "\"\"",
        "\"1\"",
        "1.5",
        "-1",
        "9223372036854775808",
        "18446744073709551616",
        "1e400",
        "1e3",
        "9007199254740992",
        "null",
        "true",
        "[]",
        "[null]",
        "{}",
        "\"9999999999\"",
        "NaN",
    ];
    for name in names {
        let others = without(&it.claims, name).to_string();
        let others = others.trim_end_matches('}');
        for value in values {
            // A token of somebody without roles says so, or leaves them out.
            // And the only level is 1.
            if [("roles", "[]"), ("acr", "\"1\"")].contains(&(name, value)) {
                continue;
            }
            let payload = format!("{others},\"{name}\":{value}}}");
            it.refused(&it.key.under(&it.key.header().to_string(), &payload), &format!("{name}: {value}"));
        }
        let own = &it.claims[name];
        if !own.is_null() {
            let twice = format!("{others},\"{name}\":{own},\"{name}\":{own}}}");
            it.refused(&it.key.under(&it.key.header().to_string(), &twice), &format!("{name} twice"));
            let listed = format!("{others},\"{name}\":[{own}]}}");
            it.refused(&it.key.under(&it.key.header().to_string(), &listed), &format!("{name} in a list"));
        }
        if own.is_number() {
            let text = format!("{others},\"{name}\":\"{own}\"}}");
            it.refused(&it.key.under(&it.key.header().to_string(), &text), &format!("{name} as text"));
        }
        if !matches!(name, "nbf" | "roles") {
            it.refused(&it.key.access(&without(&it.claims, name)), &format!("without {name}"));
        }
    }
    for payload in ["[]", "null", "\"x\"", "", "{", "{}{}"] {
        it.refused(&it.key.under(&it.key.header().to_string(), payload), payload);
    }
    it.unharmed();
}

#[admit_testkit::everywhere]
fn cve_2026_32597_and_cve_2025_59420_a_header_that_says_more_is_not_taken_for_less() {
    let it = Forger::new(Algorithm::EdDsa);
    let payload = it.claims.to_string();
    for more in [
        r#""crit":["b64"],"b64":false"#,
        r#""crit":["b64"],"b64":true"#,
        r#""crit":["x-unknown"],"x-unknown":1"#,
        r#""crit":[]"#,
        r#""crit":["exp"]"#,
        r#""crit":["alg"]"#,
        r#""crit":["kid","kid"]"#,
        r#""crit":"b64""#,
        r#""crit":null"#,
        r#""crit":{}"#,
        r#""crit":true"#,
        r#""crit":["x"],"crit":[]"#,
        r#""crit":[1]"#,
        r#""b64":false"#,
        r#""zip":"DEF""#,
        r#""jku":"http://127.0.0.1:1/keys""#,
        r#""x5u":"http://127.0.0.1:1/cert""#,
        r#""jwk":{"kty":"OKP","crv":"Ed25519","x":"AAAA"}"#,
        r#""x5c":["AAAA"]"#,
        r#""epk":{}"#,
        r#""alg":"EdDSA""#,
        r#""kid":"known""#,
        r#""typ":"at+jwt""#,
        r#""unknown":1"#,
    ] {
        let header = format!(r#"{{"alg":"EdDSA","kid":"known","typ":"at+jwt",{more}}}"#);
        it.refused(&it.key.under(&header, &payload), more);
        let header = format!(r#"{{{more},"alg":"EdDSA","kid":"known","typ":"at+jwt"}}"#);
        it.refused(&it.key.under(&header, &payload), more);
    }
    for typ in
        ["JWT", "jwt", "at+JWT2", "logout+jwt", "dpop+jwt", "client-authentication+jwt", "secevent+jwt", "", "at"]
    {
        let header = json!({ "alg": "EdDSA", "kid": "known", "typ": typ }).to_string();
        it.refused(&it.key.under(&header, &payload), &format!("typ {typ}: a token for something else"));
    }
    it.refused(&it.key.under(r#"{"alg":"EdDSA","kid":"known"}"#, &payload), "no typ");
    it.unharmed();
}

#[admit_testkit::everywhere]
fn cve_2024_28180_a_token_that_would_unfold_is_refused_and_takes_no_memory() {
    let it = Forger::new(Algorithm::EdDsa);
    let memory = || -> u64 {
        let text = std::fs::read_to_string(format!("/proc/{}/status", it.server.pid())).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
        line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).unwrap_or(0)
    };
    // What DEFLATE (RFC 1951) makes of 400,000 zeros: 404 bytes.
    let begins = data_encoding::HEXLOWER.decode(b"edc13101000000c2a0f54f6d0a3fa0").unwrap();
    let bomb = [begins.as_slice(), &[0; 387], &[0xe0, 0x6f]].concat();
    let bomb = data_encoding::BASE64URL_NOPAD.encode(&bomb);
    let before = memory();
    for header in [
        r#"{"alg":"EdDSA","kid":"known","typ":"at+jwt","zip":"DEF"}"#,
        r#"{"alg":"dir","enc":"A256GCM","kid":"known","zip":"DEF"}"#,
    ] {
        let header = data_encoding::BASE64URL_NOPAD.encode(header.as_bytes());
        for _ in 0..50 {
            it.refused(&format!("{header}.{bomb}.AAAA"), "compressed, three parts");
            it.refused(&format!("{header}..AAAA.{bomb}.AAAA"), "compressed, five parts");
        }
    }
    it.refused(
        &it.key.under(r#"{"alg":"EdDSA","kid":"known","typ":"at+jwt","zip":"DEF"}"#, &it.claims.to_string()),
        "signed",
    );
    let deep = format!("{}{}", "[".repeat(350), "]".repeat(350));
    it.refused(&it.key.under(&it.key.header().to_string(), &deep), "nested without end");
    let wide = with(&it.claims, "roles", json!(vec!["r"; 300]));
    it.refused(&it.key.access(&wide), "more roles than a token has room for");
    let grown = memory().saturating_sub(before);
    assert!(grown < 8 * 1024, "{grown} KiB more");
    it.unharmed();
}

#[admit_testkit::everywhere]
fn cve_2026_33496_what_was_verified_for_one_is_not_remembered_for_another() {
    let (one, two) = (Forger::new(Algorithm::EdDsa), Forger::new(Algorithm::EdDsa));
    let foreign = two.good();
    assert!(is_good(&two.server, &foreign));
    one.refused(&foreign, "another server's key of the same name");
    one.refused(&one.key.access(&two.claims), "its own key, another server's claims");
    two.refused(&two.key.access(&one.claims), "and the other way round");

    let it = configured();
    it.server.user("alice", &[]);
    let (here, there) = (it.server.tokens("app", "alice"), it.server.tokens("api-app", "alice"));
    let asked = |service: &str, token: &str| it.service(service, "/oauth/introspect", &[("token", token)]).json();
    assert_eq!(there.claim("aud"), API);
    for _ in 0..3 {
        assert!(is_good(&it.server, &here.access));
        assert_eq!(asked("api", &there.access)["active"], true);
        assert!(!is_good(&it.server, &there.access), "found good for that API a moment ago");
        assert_eq!(asked("api", &here.access), json!({ "active": false }), "and here for this server");
    }
    one.unharmed();
}

#[admit_testkit::everywhere]
fn cve_2026_121802_the_server_signs_nothing_that_a_caller_chose() {
    let it = configured();
    it.server.user("alice", &[]);
    let mark = "chosen-by-the-caller";
    let names =
        ["state", "nonce", "scope", "sub", "iss", "jti", "claims", "roles", "exp", "sid", "typ", "kid", "username"];
    let chosen: Vec<(&str, &str)> = names.iter().map(|name| (*name, mark)).collect();
    let tokens = it.server.tokens("app", "alice");
    let mut answers = Vec::new();
    let refresh = [("grant_type", "refresh_token"), ("client_id", "app"), ("refresh_token", tokens.refresh.as_str())];
    answers.push(it.client().post("/oauth/token", &[&refresh[..], &chosen].concat()));
    answers.push(it.billing("/oauth/token", &[&[("grant_type", "client_credentials")][..], &chosen].concat()));
    for name in ["audience", "resource"] {
        let fields = [("grant_type", "client_credentials"), (name, mark)];
        assert_eq!(it.billing("/oauth/token", &fields).status, 400, "{name}: an audience is configured, not chosen");
    }
    for answer in &answers {
        let tokens = admit_testkit::Tokens::of(answer);
        assert!(!tokens.claims().to_string().contains(mark) && !tokens.header().to_string().contains(mark));
    }
    for name in &names {
        let mut body = json!({ "username": "alice", "password": admit_testkit::PASSWORD, "client_id": "app" });
        if *name != "username" {
            body[*name] = json!(mark);
            let answer = it.client().send(&Request::new("POST", "/login").json(&body));
            assert_eq!(answer.status, 422, "{name}: {}", answer.text());
        }
    }
    let said = it.introspected(&admit_testkit::Tokens::of(&answers[1]).access);
    assert!(said["active"] == true && !said.to_string().contains(mark));
}
