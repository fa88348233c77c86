//! What several of the tests need: the processes, and the calls that get and use tokens.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use admit_testkit::{Client, PASSWORD, Request, Response, Server, Starting, Verifier, Wire, free};
use serde_json::{Value, json};

use super::between::Between;

/// The binary under test: `ADMIT_BINARY`, else the one that was built with this test.
pub(crate) fn binary() -> String {
    std::env::var("ADMIT_BINARY").unwrap_or_else(|_| env!("CARGO_BIN_EXE_admit").to_owned())
}

/// What only an admin gets.
pub(crate) const GUARDED: &str = "/demo/shop/products/1/edit";

/// The default bound of a verifier.
pub(crate) const BOUND: Duration = Duration::from_secs(5);

/// A short one, for tests that wait until it is over.
pub(crate) const SHORT: Duration = Duration::from_secs(1);

/// Time in which an answer comes, however busy this machine is.
pub(crate) const SLACK: Duration = Duration::from_millis(300);

/// `serve --dev --demo`, to be started.
pub(crate) fn issuer() -> Starting {
    Server::demo(&binary()).env("ADMIT_SESSIONS__LIMIT", "100000")
}

/// The same behind something of the test's own, under whose address it is known, with heartbeats for [`SHORT`].
pub(crate) fn issuer_behind() -> (Server, Between) {
    let here = free();
    let between = Between::new(here);
    let server = issuer()
        .env("ADMIT_SERVER__LISTEN", &here.to_string())
        .env("ADMIT_SERVER__PUBLIC_URL", &format!("http://{}", between.address))
        .env("ADMIT_TOKENS__HEARTBEAT", "200ms")
        .start();
    (directly(server, here), between)
}

/// The same server, talked to where it listens and not where it is known.
pub(crate) fn directly(mut server: Server, here: SocketAddr) -> Server {
    server.address = here;
    server
}

/// Ends the server as `kill -9` does and starts it again in the same folder, at the same address.
pub(crate) fn again(server: Server) -> Server {
    let here = server.address;
    directly(server.again(), here)
}

/// The secret of the verifiers.
pub(crate) fn secret_file(issuer: &Server) -> PathBuf {
    issuer.folder().join("admit-data/demo-shop.secret")
}

/// Two verifiers that know what was revoked.
pub(crate) fn verifiers(issuer: &Server, bound: Duration) -> [Verifier; 2] {
    [(); 2].map(|()| Verifier::start(&binary(), &issuer.url, &secret_file(issuer), bound))
}

/// The tokens of one sign-in in the app.
#[derive(Clone, Debug)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

impl Tokens {
    /// From an answer.
    pub(crate) fn of(response: &Response) -> Self {
        assert_eq!(response.status, 200, "{}", response.text());
        let body = response.json();
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        Self { access: text("access_token"), refresh: text("refresh_token") }
    }
}

/// Signs in with the app.
pub(crate) fn sign_in(issuer: &Server, username: &str) -> Tokens {
    sign_in_for(issuer, username, "demo-shop")
}

/// Signs in with the app, for this audience.
pub(crate) fn sign_in_for(issuer: &Server, username: &str, audience: &str) -> Tokens {
    let body = json!({ "username": username, "password": PASSWORD, "client_id": "demo-native", "audience": audience });
    Tokens::of(&issuer.client().send(&Request::new("POST", "/login").json(&body)))
}

/// `POST /oauth/token` with a refresh token.
pub(crate) fn redemption(refresh: &str) -> Request {
    Request::new("POST", "/oauth/token").form(&[
        ("grant_type", "refresh_token"),
        ("client_id", "demo-native"),
        ("refresh_token", refresh),
        ("audience", "demo-shop"),
    ])
}

/// `POST /oauth/revoke` by the app.
pub(crate) fn revocation(token: &str) -> Request {
    Request::new("POST", "/oauth/revoke").form(&[("client_id", "demo-native"), ("token", token)])
}

/// A token of the verifiers' own, with which they follow the feed.
pub(crate) fn service_token(issuer: &Server) -> String {
    let secret = std::fs::read_to_string(secret_file(issuer)).expect("the secret");
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "demo-shop"),
        ("client_secret", secret.trim()),
        ("audience", &issuer.url),
    ];
    Tokens::of(&issuer.client().send(&Request::new("POST", "/oauth/token").form(&form))).access
}

/// `GET`, with an access token.
pub(crate) fn with(token: &str, path: &str) -> Request {
    Request::new("GET", path).header("authorization", &format!("Bearer {token}"))
}

/// What a verifier answers to this token where only an admin may.
pub(crate) fn ask(verifier: &Verifier, token: &str) -> Response {
    Wire::new(verifier.address).ask(&with(token, GUARDED)).expect("an answer of the verifier")
}

/// The status of [`ask`].
pub(crate) fn status(verifier: &Verifier, token: &str) -> u16 {
    ask(verifier, token).status
}

/// Waits until a verifier gives this answer to this token, and says how long that took.
pub(crate) fn until(verifier: &Verifier, token: &str, status: u16, within: Duration) -> Duration {
    let begun = Instant::now();
    loop {
        let answer = ask(verifier, token);
        if answer.status == status {
            return begun.elapsed();
        }
        assert!(begun.elapsed() < within, "{} and not {status} after {within:?}: {}", answer.status, answer.text());
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// An administrator called `root`, signed in by session.
pub(crate) fn admin(issuer: &Server) -> Client {
    issuer.user("root", &["admin"]);
    issuer.signed_in("root")
}

/// `PUT /admin/api/users/{id}/roles`, acknowledged.
pub(crate) fn set_roles(admin: &mut Client, user: &str, roles: &[&str]) {
    let answer = admin.call("PUT", &format!("/admin/api/users/{user}/roles"), &json!({ "roles": roles }));
    assert_eq!(answer.status, 200, "{}", answer.text());
}

/// `POST` by a session, acknowledged.
pub(crate) fn post(client: &mut Client, path: &str) {
    let answer = client.call("POST", path, &Value::Null);
    assert!((200..300).contains(&answer.status), "{path}: {} {}", answer.status, answer.text());
}
