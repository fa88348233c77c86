//! What the questions to the database tell of a name.

use admit_testkit::{PASSWORD, Postgres, Request, Server};
use serde_json::json;

use crate::nodes::support::BINARY;

#[test]
fn past_the_limit_of_an_address_every_name_costs_the_same_questions_of_the_store() {
    let postgres = Postgres::with().set("log_statement", "all").start();
    let url = postgres.create_database("names");
    let starting = Server::demo(BINARY).env("ADMIT_SERVER__TRUSTED_PROXIES", r#"["127.0.0.1"]"#);
    let server = starting.env("ADMIT_ACCOUNTS__URL", &url).start();
    for name in ["alice", "bob"] {
        server.user(name, &[]);
    }
    let guess_at = |address: &str, name: &str| {
        let guess = Request::new("POST", "/login").json(&json!({ "username": name, "password": PASSWORD }));
        server.client().send(&guess.header("x-forwarded-for", address)).status
    };
    // Where somebody signs in anyway, names are looked up past the limit too: theirs is not stopped.
    let guess = |name: &str| guess_at("203.0.113.9", name);
    assert_eq!(guess("bob"), 200);
    let past_its_limit = |address: &str| {
        for number in 0..50 {
            assert_eq!(guess_at(address, &format!("nobody{number}")), 401);
        }
    };
    past_its_limit("203.0.113.9");
    // The questions about accounts that a guess asks. What nodes ask by themselves is not about these tables.
    let asked_at = |address: &str, name: &str| {
        let log = || postgres.logged();
        let before = log().len();
        assert_eq!(guess_at(address, name), 429, "{name}");
        let log = log();
        let lines = log.get(before..).unwrap_or_default().lines();
        let count = |table: &str| lines.clone().filter(|line| line.contains("execute") && line.contains(table)).count();
        (count("username_canonical"), count("known_address"))
    };
    let unknown = asked_at("203.0.113.9", "nobody-else");
    assert_eq!(asked_at("203.0.113.9", "alice"), unknown);
    assert!(unknown.0 > 0, "the statements are in the log");
    assert_eq!(guess("bob"), 200, "who signs in there anyway");
    // Where nobody does, no name is looked up at all.
    past_its_limit("203.0.113.11");
    let first = asked_at("203.0.113.11", "nobody-else");
    assert_eq!((first.0, asked_at("203.0.113.11", "alice"), asked_at("203.0.113.11", "zoe")), (0, (0, 0), (0, 0)));
    // The limit of the pair needs no account, and is asked before the store is.
    for _ in 0..5 {
        let wrong = json!({ "username": "alice", "password": "wrong wrong wrong wrong" });
        let wrong = Request::new("POST", "/login").json(&wrong).header("x-forwarded-for", "203.0.113.10");
        assert_eq!(server.client().send(&wrong).status, 401);
    }
    let before = postgres.logged().len();
    let stopped = Request::new("POST", "/login").json(&json!({ "username": "alice", "password": PASSWORD }));
    assert_eq!(server.client().send(&stopped.header("x-forwarded-for", "203.0.113.10")).status, 429);
    let log = postgres.logged();
    assert!(!log.get(before..).unwrap_or_default().contains("username_canonical"), "{log}");
}
