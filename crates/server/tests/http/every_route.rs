//! Every route of the server and of the shop, called as everybody: the answers are those of `admit routes`.
//!
//! The real binary, the real handlers, over HTTP, with sessions and with access tokens. A gate's refusal is known by its
//! problem type; whatever a handler answers, 404 for a user that is not there or 422 for an empty body, has passed the gate.

use std::collections::BTreeMap;

use admit::{Accepts, Cell, Csrf, Line, Rule, Table};
use admit_core::jws::Algorithm;
use admit_core::policy::Policy;
use admit_server::config::policy::BUILT_IN;
use admit_server::web::router;
use admit_testkit::{APP, Client, PASSWORD, Request, Response, Server};

use crate::http::support::feed::Feed;
use crate::http::support::known_key::{KnownKey, known_key, now, with};
use crate::http::support::twin;

/// What a gate says when it turns somebody away.
const REFUSALS: [&str; 8] = [
    "not-signed-in",
    "session-ended",
    "invalid-token",
    "not-permitted",
    "cross-origin",
    "csrf-token-missing",
    "csrf-token-wrong",
    "already-signed-in",
];

/// Public pages that greet whoever is signed in, so that they hear of a token that is bad. The others do not look at it.
const GREETING: [&str; 7] = ["/", "/docs/choose", "/login", "/logout", "/setup", "/dev/flow", "/demo/shop"];

fn table() -> Table {
    let routes = router::routes(true).merge(admit_shop::routes(admit_shop::Shop::default()).with_state(()));
    let policy = Policy::read(BUILT_IN, &routes.permissions()).unwrap();
    Table::new(routes.table(), &policy)
}

fn filled(path: &str) -> String {
    path.replace("/products/{id}", "/products/1")
        .replace("{id}", "01900000-0000-7000-8000-000000000000")
        .replace("{permission}", "user:read")
}

/// The gate's refusal, or that it let the request through.
fn came(answer: &Response) -> String {
    let kind = answer.problem();
    if REFUSALS.contains(&kind.as_str()) { answer.status.to_string() } else { "passed".to_owned() }
}

fn said(cell: &Cell) -> String {
    match cell {
        Cell::Passes => "passed",
        Cell::Unauthorized => "401",
        Cell::Forbidden => "403",
        Cell::Depends(_) => panic!("the built-in policy has no conditions"),
    }
    .to_owned()
}

/// Ends all sign-ins of whoever calls it.
fn ends_everything(line: &Line) -> bool {
    matches!(line.row.path.as_str(), "/logout" | "/logout/all" | "/account/sessions/end-others")
}

struct World {
    it: KnownKey,
    server: Server,
    wrong: Vec<String>,
    calls: usize,
}

/// Somebody who is signed in both ways.
struct Somebody {
    session: Client,
    token: String,
}

impl World {
    fn somebody(&self, role: &str, name: &str) -> Somebody {
        self.server.user(name, &[role]);
        let mut session = self.server.client();
        session.sign_in(name, PASSWORD);
        Somebody { session, token: self.server.tokens(APP, name).access }
    }

    fn note(&mut self, line: &Line, caller: &str, due: &str, came: &str) {
        self.calls += 1;
        if due != came {
            self.wrong.push(format!("{} {} as {caller}: due {due}, came {came}", line.row.method, line.row.path));
        }
    }

    fn ask(&mut self, line: &Line, caller: &str, due: &str, client: &mut Client, dress: impl Fn(Request) -> Request) {
        // What streams for ever is looked at by itself.
        if line.row.path == "/revocations" && due == "passed" {
            return;
        }
        let mut request = Request::new(line.row.method.as_str(), &filled(&line.row.path));
        if line.row.csrf == Csrf::BeforeLogin && line.row.method != "GET" {
            request = request.json(&serde_json::json!({}));
        }
        let answer = client.send(&dress(request));
        self.note(line, caller, due, &came(&answer));
    }
}

#[admit_testkit::everywhere]
fn every_route_answers_everybody_as_the_table_of_routes_says_by_sessions_and_by_tokens() {
    let it = known_key(Algorithm::EdDsa);
    let server = it.start();
    let mut world = World { it, server, wrong: Vec::new(), calls: 0 };
    let table = table();
    let mut people: BTreeMap<String, Somebody> =
        table.roles.iter().map(|role| (role.to_string(), world.somebody(role.as_str(), role.as_str()))).collect();
    let mut ended = world.somebody("admin", "ended");
    let mut copy = twin(&world.server, &ended.session);
    assert_eq!(ended.session.call("POST", "/logout/all", &serde_json::Value::Null).status, 204);
    let claims = world.server.tokens(APP, "admin").claims();
    let expired = world.it.access(&with(&with(&claims, "iat", now() - 400), "exp", now() - 100));
    let good = world.it.access(&claims);
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let turned: String = signature.chars().rev().collect();
    let forged_token = format!("{signed}.{turned}");
    let dead = [("revoked", ended.token.clone()), ("expired", expired), ("forged", forged_token)];
    let mut fresh = 0;
    for line in &table.lines {
        let anonymous = said(&line.anonymous);
        let client = &mut world.server.client();
        world.ask(line, "anonymous", &anonymous, client, |request| request);
        for (place, role) in table.roles.iter().enumerate() {
            let due = said(&line.by_role[place]);
            let mut own;
            let who = if ends_everything(line) {
                fresh += 1;
                own = world.somebody(role.as_str(), &format!("fresh-{fresh}"));
                &mut own
            } else {
                people.get_mut(role.as_str()).unwrap()
            };
            credentials(&mut world, line, role.as_str(), &due, who);
        }
        bad(&mut world, line, &anonymous, &mut copy, &dead);
        forged(&mut world, line, people.get_mut("admin").unwrap());
    }
    let stream = Feed::open(world.server.address, &people["verifier"].token, None);
    assert!(stream.head.contains("text/event-stream"));
    assert!(world.wrong.is_empty(), "{}", world.wrong.join("\n"));
    assert!(world.calls > 550, "{}", world.calls);
}

/// With a token first: a session that ends itself ends its owner's tokens too where it says so.
fn credentials(world: &mut World, line: &Line, role: &str, due: &str, who: &mut Somebody) {
    let token = who.token.clone();
    let by_token = match (line.row.csrf, line.row.accepts) {
        (Csrf::Client, _) => "passed",
        (_, Accepts::Session) => "400",
        // The app of the demonstration is named.
        (_, Accepts::Any | Accepts::NamedClients) => due,
    };
    let client = &mut world.server.client();
    let path = filled(&line.row.path);
    if by_token == "400" {
        let answer = client.send(&Request::new(line.row.method.as_str(), &path).bearer(&token));
        world.note(line, &format!("{role} with a token, which it does not take"), "400", &answer.status.to_string());
    } else if !ends_everything(line) {
        world.ask(line, &format!("{role} with a token"), by_token, client, |request| request.bearer(&token));
    }
    let csrf = who.session.csrf_token.clone();
    let due = if line.row.csrf == Csrf::Client { "passed" } else { due };
    world.ask(line, &format!("{role} with a session"), due, &mut who.session, |request| {
        request.header("x-csrf-token", &csrf)
    });
}

/// Credentials that must not be good: a session that has ended, tokens that are revoked, expired, forged.
fn bad(world: &mut World, line: &Line, anonymous: &str, ended: &mut Client, tokens: &[(&str, String)]) {
    let unsafe_method = line.row.method != "GET";
    let csrf = ended.csrf_token.clone();
    let due = if line.row.csrf == Csrf::Client { "passed" } else { anonymous };
    world.ask(line, "an admin whose session has ended", due, ended, |request| request.header("x-csrf-token", &csrf));
    for (what, token) in tokens {
        let due = match (line.row.csrf, line.row.accepts) {
            (Csrf::Client, _) => "passed",
            _ if line.row.rule == Rule::Public && (unsafe_method || !GREETING.contains(&line.row.path.as_str())) => {
                "passed"
            }
            (_, Accepts::Session) => continue,
            (_, Accepts::Any | Accepts::NamedClients) => "401",
        };
        let client = &mut world.server.client();
        world.ask(line, &format!("an admin with a token that is {what}"), due, client, |request| request.bearer(token));
    }
}

/// An admin's own session, used by a page of another site, and without its token.
fn forged(world: &mut World, line: &Line, admin: &mut Somebody) {
    if line.row.method == "GET" {
        return;
    }
    let csrf = admin.session.csrf_token.clone();
    world.ask(line, "an admin on another site's page", "403", &mut admin.session, |request| {
        request
            .header("sec-fetch-site", "cross-site")
            .header("origin", "https://evil.example")
            .header("x-csrf-token", &csrf)
    });
    let due = match line.row.csrf {
        Csrf::Client => "passed",
        Csrf::BeforeLogin => "409",
        Csrf::Session | Csrf::AnyOrigin => "403",
    };
    world.ask(line, "an admin without the session's CSRF token", due, &mut admin.session, |request| request);
    assert!(!matches!(line.row.rule, Rule::Public) || line.row.csrf != Csrf::AnyOrigin, "the server has no such route");
}
