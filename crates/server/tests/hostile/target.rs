//! The server under attack, its routes with their rules, and the questions that every test ends with.

use admit::{Accepts, Rule};
use admit_testkit::{Client, PASSWORD, Server};
use serde_json::json;

/// A running server with an administrator `boss` and a customer `alice`, both signed in before any attack.
pub(crate) struct Target {
    pub(crate) server: Server,
    pub(crate) boss: Client,
    pub(crate) alice: Client,
    pub(crate) alice_id: String,
}

impl Target {
    pub(crate) fn start() -> Self {
        Self::people(Self::empty())
    }

    /// A server on which nobody has done anything yet.
    pub(crate) fn empty() -> Server {
        Server::demo(env!("CARGO_BIN_EXE_admit")).start()
    }

    /// The two people of these tests, on a server that is empty.
    pub(crate) fn people(server: Server) -> Self {
        server.user("boss", &["admin"]);
        let alice_id = server.user("alice", &["customer"]);
        let (boss, alice) = (server.signed_in("boss"), server.signed_in("alice"));
        Self { server, boss, alice, alice_id }
    }

    /// A session cookie as a `Cookie` header.
    pub(crate) fn cookie(client: &Client) -> String {
        format!("admit_session={}", client.cookies["admit_session"])
    }

    /// The server goes on as before: alive, ready, the sessions as they were, nobody changed, nothing panicked.
    pub(crate) fn assert_unharmed(&mut self) {
        assert_eq!(self.server.client().get("/livez").status, 200);
        assert_eq!(self.server.client().get("/readyz").status, 200);
        let (boss, alice) = (self.boss.refresh(), self.alice.refresh());
        assert_eq!((boss.status, alice.status), (200, 200));
        assert_eq!(alice.json()["subject"]["roles"], json!(["customer"]));
        let users = self.boss.get("/admin/api/users").json();
        let names: Vec<_> = users["users"].as_array().expect("users").iter().map(|user| &user["username"]).collect();
        assert_eq!(names, ["alice", "boss"], "no user was made or lost");
        let product = self.server.client().get("/demo/api/products/1").json();
        assert_eq!(product, json!({ "id": 1, "name": product["name"], "price": product["price"] }));
        let logged = self.server.logged();
        assert!(!logged.contains("panicked"), "{logged}");
    }

    /// The same, and a password is still taken. Not after a test whose failed logins have the address throttled.
    pub(crate) fn assert_unharmed_and_open(&mut self) {
        self.assert_unharmed();
        assert_eq!(self.server.client().login("alice", PASSWORD).status, 200);
    }
}

/// A route of the real table: the server's own with the development page, and the shop's.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    pub(crate) method: String,
    /// With `{id}` filled in.
    pub(crate) path: String,
    pub(crate) rule: Rule,
    pub(crate) accepts: Accepts,
    segments: Vec<String>,
}

impl Route {
    pub(crate) fn is_guarded(&self) -> bool {
        self.rule != Rule::Public
    }

    /// Whether this method and path, as sent, are this route. `HEAD` is `GET`; a placeholder takes any one segment.
    pub(crate) fn takes(&self, method: &str, target: &str) -> bool {
        let method = if method == "HEAD" { "GET" } else { method };
        let path = target.split(['?', '#']).next().unwrap_or_default();
        let path: Vec<&str> = path.split('/').collect();
        let same = |(own, sent): (&String, &&str)| if own.starts_with('{') { !sent.is_empty() } else { own == sent };
        method == self.method && path.len() == self.segments.len() && self.segments.iter().zip(&path).all(same)
    }
}

/// Every route. `{id}` is filled with a user's id, a session's form of id, or a product's number.
pub(crate) fn routes(user_id: &str) -> Vec<Route> {
    let mut rows = admit_server::web::router::routes(true).table();
    rows.extend(admit_shop::routes(admit_shop::Shop::default()).table());
    let fill = |path: &str| match path {
        path if path.starts_with("/demo") => path.replace("{id}", "1"),
        path => path.replace("{id}", user_id),
    };
    let route = |row: admit::Row| Route {
        method: row.method.to_string(),
        path: fill(&row.path),
        segments: row.path.split('/').map(str::to_owned).collect(),
        rule: row.rule,
        accepts: row.accepts,
    };
    rows.into_iter().map(route).collect()
}

#[test]
fn the_table_of_routes_holds_those_that_these_tests_are_about() {
    let routes = routes("0");
    let guarded = |method: &str, path: &str| routes.iter().any(|it| it.is_guarded() && it.takes(method, path));
    for path in ["/session", "/sessions", "/account", "/admin", "/admin/api/users", "/admin/api/audit"] {
        assert!(guarded("GET", path), "{path}");
    }
    assert!(guarded("PUT", "/demo/api/products/1") && !guarded("GET", "/demo/api/products/1"));
    assert!(guarded("HEAD", "/session?x=/y") && !guarded("GET", "/session/") && !guarded("GET", "/demo/api/products/"));
}
