//! A site whose handlers answer with their own route, so that it is known which one was matched.

use admit::core::policy::Policy;
use admit::{
    Endpoint, Gate, GateBuilder, Router, Rule, before_login, delete, get, post, public, put, require, signed_in,
};
use admit_testkit::paths::matched;
use http::{HeaderName, Method};

use crate::support::Bench;

/// The header in which a handler says which route it is on.
pub(crate) const HANDLER: &str = "x-handler";

const POLICY: &str = r#"
[roles.customer]
permissions = ["order:read"]
[roles.editor]
inherits = ["customer"]
permissions = ["file:read", "file:update", "item:update"]
[roles.admin]
inherits = ["editor"]
permissions = ["user:*"]
"#;

/// Paths that anybody may have.
pub(crate) const PUBLIC: [&str; 3] = ["/login", "/assets/x.css", "/files/readme.txt"];

/// Guarded paths, with what is left open in their routes filled in.
pub(crate) const GUARDED: [&str; 9] = [
    "/me",
    "/admin",
    "/admin/users/7",
    "/files/secret.txt",
    "/files/deep/er/secret.txt",
    "/users/me",
    "/shop/items/7",
    "/shop/orders",
    "/shop/orders/2026/7",
];

/// Who asks.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) name: &'static str,
    /// The credential's header lines.
    pub(crate) headers: String,
    permissions: &'static [&'static str],
}

impl Caller {
    /// Whether this rule lets the caller pass, by what is written here and not by the policy.
    pub(crate) fn may(&self, rule: &Rule) -> bool {
        match rule {
            Rule::Public => true,
            Rule::SignedIn => self.name != "anonymous",
            Rule::Require(permission) => self.permissions.contains(&permission.as_str()),
        }
    }
}

/// The three of the tests.
pub(crate) async fn callers(bench: &Bench, gate: &Gate) -> Vec<Caller> {
    let customer: &[&str] = &["order:read"];
    let editor: &[&str] = &["order:read", "file:read", "file:update", "item:update"];
    let mut all = vec![Caller { name: "anonymous", headers: String::new(), permissions: &[] }];
    for (name, permissions) in [("customer", customer), ("editor", editor)] {
        let subject = bench.subject(name, &[name]).await;
        let (cookie, token) = bench.sign_in(gate, &subject).await;
        all.push(Caller { name, headers: format!("cookie: {cookie}\r\nx-csrf-token: {token}\r\n"), permissions });
    }
    all
}

type Verb = fn(String) -> Endpoint;

/// A handler that answers with its route.
macro_rules! verb {
    ($verb:ident) => {
        |name: String| $verb(move || async move { ([(HeaderName::from_static(HANDLER), name.clone())], name) })
    };
}

const GET: (Verb, &str) = (verb!(get), "GET");
const POST: (Verb, &str) = (verb!(post), "POST");
const PUT: (Verb, &str) = (verb!(put), "PUT");
const DELETE: (Verb, &str) = (verb!(delete), "DELETE");

/// Routes under a prefix: each with a method, a path and a rule.
fn routes_of(prefix: &str, rows: &[((Verb, &str), &str, &str)]) -> Router {
    rows.iter().fold(Router::new(), |router, ((verb, method), path, rule)| {
        let whole = if *path == "/" && !prefix.is_empty() { prefix.to_owned() } else { format!("{prefix}{path}") };
        let endpoint = verb(format!("{method} {whole}"));
        let guarded = match *rule {
            "public" => public(endpoint),
            "before login" => before_login(endpoint),
            "signed in" => signed_in(endpoint),
            permission => require(permission, endpoint),
        };
        router.route(path, guarded)
    })
}

/// Public routes beside, below and inside guarded ones, rests, and a router in a router.
pub(crate) fn routes() -> Router {
    let shop = routes_of(
        "/shop",
        &[
            (GET, "/", "public"),
            (GET, "/items/{id}", "public"),
            (PUT, "/items/{id}", "item:update"),
            (DELETE, "/items/{id}", "user:update"),
            (GET, "/orders", "signed in"),
            (POST, "/orders", "signed in"),
            (GET, "/orders/{*rest}", "order:read"),
        ],
    );
    let own = routes_of(
        "",
        &[
            (GET, "/", "public"),
            (GET, "/login", "public"),
            (POST, "/login", "before login"),
            (GET, "/assets/{*rest}", "public"),
            (GET, "/me", "signed in"),
            (POST, "/me", "signed in"),
            (GET, "/admin", "user:read"),
            (POST, "/admin", "user:update"),
            (GET, "/admin/help", "public"),
            (GET, "/admin/users/{id}", "user:read"),
            (DELETE, "/admin/users/{id}", "user:update"),
            (GET, "/files/{*rest}", "file:read"),
            (PUT, "/files/{*rest}", "file:update"),
            (DELETE, "/files/{*rest}", "user:update"),
            (GET, "/files/readme.txt", "public"),
            (GET, "/users/me", "signed in"),
            (GET, "/users/{id}", "user:read"),
            (GET, "/users/{id}/avatar.css", "public"),
        ],
    );
    own.nest("/shop", shop)
}

/// A gate with the policy of this site.
pub(crate) fn gate(bench: &Bench) -> GateBuilder {
    let policy = Policy::read(POLICY, &routes().permissions()).unwrap();
    Gate::builder(std::sync::Arc::clone(&bench.store) as _, policy, &bench.secret)
}

/// What the table says of a request, read byte by byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// This handler, under this rule.
    Handler(String, Rule),
    /// The path is there, the method is not.
    OtherMethod,
    /// There is nothing.
    Nothing,
}

/// The table.
pub(crate) struct Table(Vec<admit::Row>);

impl Table {
    pub(crate) fn new() -> Self {
        Self(routes().table())
    }

    pub(crate) fn due(&self, method: &str, path: &[u8]) -> Due {
        let Some(pattern) = matched(self.0.iter().map(|row| row.path.as_str()), path) else { return Due::Nothing };
        // Of a GET, HEAD is the head.
        let method = if method == Method::HEAD.as_str() { "GET" } else { method };
        let row = self.0.iter().find(|row| row.path == pattern && row.method.as_str() == method);
        row.map_or(Due::OtherMethod, |row| Due::Handler(format!("{method} {pattern}"), row.rule.clone()))
    }
}
