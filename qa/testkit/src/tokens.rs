//! Access and refresh tokens, as an app gets, shows and renews them.

use data_encoding::{BASE64, BASE64URL_NOPAD};
use serde_json::{Value, json};

use crate::client::{Client, Request, Response};
use crate::server::{PASSWORD, Server};

/// The native app of `--demo`.
pub const APP: &str = "demo-native";

/// What an app holds after signing somebody in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokens {
    /// For calls.
    pub access: String,
    /// For new tokens; empty where none was given.
    pub refresh: String,
}

impl Tokens {
    /// From an answer that carries them.
    ///
    /// # Panics
    /// When it is not 200 with an access token.
    #[must_use]
    pub fn of(answer: &Response) -> Self {
        assert_eq!(answer.status, 200, "{}", answer.text());
        let body = answer.json();
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        assert!(!text("access_token").is_empty(), "{body}");
        Self { access: text("access_token"), refresh: text("refresh_token") }
    }

    /// The header of the access token.
    #[must_use]
    pub fn header(&self) -> Value {
        jwt_part(&self.access, 0)
    }

    /// The claims of the access token.
    #[must_use]
    pub fn claims(&self) -> Value {
        jwt_part(&self.access, 1)
    }

    /// One claim as text; a number in digits.
    #[must_use]
    pub fn claim(&self, name: &str) -> String {
        let claims = self.claims();
        claims[name].as_str().map_or_else(|| claims[name].to_string(), str::to_owned)
    }
}

/// The header (0) or the claims (1) of a token, read without a look at its signature.
///
/// # Panics
/// When that part is not JSON in base64url.
#[must_use]
pub fn jwt_part(token: &str, part: usize) -> Value {
    let text = token.split('.').nth(part).unwrap_or_default();
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {token}"));
    serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{error}: {token}"))
}

/// The value of an `Authorization: Basic` header for a client whose name and secret need no encoding of their own.
#[must_use]
pub fn basic(name: &str, secret: &str) -> String {
    format!("Basic {}", BASE64.encode(format!("{name}:{secret}").as_bytes()))
}

impl Request {
    /// With an access token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    /// With the name and secret of a service.
    #[must_use]
    pub fn basic(self, name: &str, secret: &str) -> Self {
        self.header("authorization", &basic(name, secret))
    }
}

impl Client {
    /// `POST /login` of an app, without judging the answer.
    pub fn login_client(&mut self, client_id: &str, username: &str, password: &str) -> Response {
        let body = json!({ "username": username, "password": password, "client_id": client_id });
        self.send(&Request::new("POST", "/login").json(&body))
    }

    /// `POST` with these parameters as a form.
    pub fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Response {
        self.send(&Request::new("POST", path).form(fields))
    }

    /// Redeems a refresh token, without judging the answer.
    pub fn redeem(&mut self, client_id: &str, refresh: &str) -> Response {
        let fields = [("grant_type", "refresh_token"), ("client_id", client_id), ("refresh_token", refresh)];
        self.post("/oauth/token", &fields)
    }

    /// A call with an access token and, unless it is null, a JSON body.
    pub fn by_token(&mut self, token: &str, method: &str, path: &str, body: &Value) -> Response {
        let request = Request::new(method, path).bearer(token);
        self.send(&if body.is_null() { request } else { request.json(body) })
    }
}

impl Server {
    /// The tokens of this user, signed in with [`PASSWORD`] by this app.
    ///
    /// # Panics
    /// When the login is not answered 200.
    #[must_use]
    pub fn tokens(&self, client_id: &str, username: &str) -> Tokens {
        Tokens::of(&self.client().login_client(client_id, username, PASSWORD))
    }

    /// The secret of the service of `--demo`, `demo-shop`.
    ///
    /// # Panics
    /// When it cannot be read.
    #[must_use]
    pub fn demo_secret(&self) -> String {
        let path = self.folder().join("admit-data/demo-shop.secret");
        std::fs::read_to_string(path).expect("the secret of demo-shop").trim().to_owned()
    }
}
