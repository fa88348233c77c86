//! A server with a client of each kind in its configuration.

use std::sync::Arc;

use admit_core::credential::ClientSecret;
use admit_core::jws::{Algorithm, KeyId, SigningKey};
use admit_core::random::OsRandom;
use admit_testkit::{Client, Request, Response, Server, Tokens};
use serde_json::{Value, json};

use super::known_key::{now, write_private};
use super::{BINARY, members};

/// An API elsewhere, whom some of the tokens are for.
pub(crate) const API: &str = "https://api.example.org";

/// A client of each kind, beside those of the demonstration.
const CLIENTS: &str = r#"
[clients.page]
runs = "browser"
origins = ["https://page.example"]

[clients.app]
runs = "native"
audience = ["self"]
origins = ["https://view.example"]

[clients.other-app]
runs = "native"
audience = ["self"]

[clients.api-app]
runs = "native"
audience = ["https://api.example.org", "https://other.example.org"]

# Its name wants encoding in Authorization: Basic, as much as a name can.
[clients."billing.v2_x-1"]
runs = "service"
audience = ["self"]
roles = ["customer"]
secret_file = "billing.secret"

[clients.signer]
runs = "service"
audience = ["self"]
admin_api = true
roles = ["admin"]
jwks_file = "signer.json"

[clients.site]
runs = "service"
audience = ["self"]
secret_file = "billing.secret"
session_exchange = true

[clients.api]
runs = "service"
audience = ["https://api.example.org"]
secret_file = "billing.secret"
session_exchange = true
"#;

/// The service with a secret.
pub(crate) const BILLING: &str = "billing.v2_x-1";

/// The server, and what its services show of themselves.
pub(crate) struct Configured {
    pub(crate) server: Server,
    /// The secret of every service that has one.
    pub(crate) secret: String,
    /// The private key of `signer`.
    pub(crate) signer: SigningKey,
}

/// `serve --dev --demo` with these clients.
pub(crate) fn configured() -> Configured {
    configured_with("")
}

/// The same with more in the configuration.
pub(crate) fn configured_with(more: &str) -> Configured {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let secret = ClientSecret::new(&OsRandom).expect("randomness").reveal().to_owned();
    let (signer, _) = SigningKey::generate(KeyId::from_text("signer-1"), Algorithm::Es256).expect("a key");
    let jwk = serde_json::to_string(&signer.jwk().expect("its public part")).expect("JSON");
    std::fs::write(folder.path().join("admit.toml"), format!("{more}\n{CLIENTS}")).expect("the configuration");
    std::fs::write(folder.path().join("signer.json"), jwk).expect("the public key");
    write_private(&folder.path().join("billing.secret"), &secret);
    let starting = Server::with(BINARY, &["serve", "--dev", "--demo", "--config", "admit.toml"]);
    Configured { server: starting.within(Arc::new(folder)).start(), secret, signer }
}

impl Configured {
    /// A client without cookies.
    pub(crate) fn client(&self) -> Client {
        self.server.client()
    }

    /// A form sent by `billing` with its secret in the header.
    pub(crate) fn billing(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        self.service(BILLING, path, fields)
    }

    /// A form sent by a service with its secret in the header.
    pub(crate) fn service(&self, name: &str, path: &str, fields: &[(&str, &str)]) -> Response {
        self.client().send(&Request::new("POST", path).basic(name, &self.secret).form(fields))
    }

    /// The session of this client, exchanged by a service.
    pub(crate) fn exchange(&self, service: &str, user: &Client, audience: &str) -> Response {
        let cookie = format!("{}={}", super::COOKIE, super::secret(user));
        let request = Request::new("POST", "/session/token").basic(service, &self.secret).header("cookie", &cookie);
        self.client().send(&request.form(&[("audience", audience)]))
    }

    /// The claims of an assertion of `signer` for this server, good for a minute and not used before.
    pub(crate) fn claims(&self) -> Value {
        let jti = ClientSecret::new(&OsRandom).expect("randomness").reveal().to_owned();
        json!({ "iss": "signer", "sub": "signer", "aud": self.server.url, "exp": now() + 60, "iat": now(), "jti": jti })
    }

    /// An assertion that says this, signed by `signer`.
    pub(crate) fn assertion(&self, claims: &Value) -> String {
        self.signer.sign(br#"{"alg":"ES256","kid":"signer-1"}"#, claims.to_string().as_bytes()).expect("a signature")
    }

    /// A token request of `signer` with this assertion.
    pub(crate) fn asserted(&self, path: &str, assertion: &str, fields: &[(&str, &str)]) -> Response {
        let mut all = vec![("client_assertion_type", ASSERTION_TYPE), ("client_assertion", assertion)];
        all.extend(fields);
        self.client().post(path, &all)
    }

    /// What introspection says of a token, asked by `billing`, which is for this server's audience.
    pub(crate) fn introspected(&self, token: &str) -> Value {
        let answer = self.billing("/oauth/introspect", &[("token", token)]);
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }
}

/// RFC 7523 section 2.2.
pub(crate) const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// An error of a token endpoint (RFC 6749 section 5.2): its status and name, and that it says why.
pub(crate) fn oauth_error(answer: &Response) -> (u16, String) {
    let body = answer.json();
    assert_eq!(members(&body), ["error", "error_description"].into(), "{body}");
    assert!(body["error_description"].as_str().is_some_and(|text| text.len() > 10), "{body}");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(answer.all("set-cookie").is_empty());
    (answer.status, body["error"].as_str().unwrap_or_default().to_owned())
}

/// Whether this access token is taken.
pub(crate) fn is_good(server: &Server, access: &str) -> bool {
    let answer = server.client().by_token(access, "GET", "/session", &Value::Null);
    assert!(matches!(answer.status, 200 | 401), "{} {}", answer.status, answer.text());
    if answer.status == 401 {
        assert_eq!(answer.problem(), "invalid-token");
    }
    answer.status == 200
}

/// Whether these tokens are all dead: the access token, and the refresh token at its own app.
pub(crate) fn are_dead(server: &Server, app: &str, tokens: &Tokens) -> bool {
    let redeemed = server.client().redeem(app, &tokens.refresh);
    assert!(matches!(redeemed.status, 200 | 400), "{} {}", redeemed.status, redeemed.text());
    !is_good(server, &tokens.access) && redeemed.status == 400
}
