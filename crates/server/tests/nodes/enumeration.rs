//! What the questions to the database tell of a name.

use admit_testkit::{PASSWORD, Postgres, Request, Server};
use serde_json::json;

use crate::support::BINARY;

#[test]
fn past_the_limit_of_an_address_every_name_costs_the_same_questions_of_the_store() {
    let postgres = Postgres::with().set("log_statement", "all").start();
    let url = postgres.create_database("names");
    let starting = Server::demo(BINARY).env("ADMIT_SERVER__TRUSTED_PROXIES", r#"["127.0.0.1"]"#);
    let server = starting.env("ADMIT_ACCOUNTS__URL", &url).start();
    server.user("alice", &[]);
    let guess = |name: &str| {
        let guess = Request::new("POST", "/login").json(&json!({ "username": name, "password": PASSWORD }));
        server.client().send(&guess.header("x-forwarded-for", "203.0.113.9")).status
    };
    for number in 0..50 {
        assert_eq!(guess(&format!("nobody{number}")), 401);
    }
    // The questions about accounts that a guess asks. What nodes ask by themselves is not about these tables.
    let asked = |name: &str| {
        let log = || postgres.logged();
        let before = log().len();
        assert_eq!(guess(name), 429, "{name}");
        let log = log();
        let lines = log.get(before..).unwrap_or_default().lines();
        let count = |table: &str| lines.clone().filter(|line| line.contains("execute") && line.contains(table)).count();
        (count("username_canonical"), count("known_address"))
    };
    let unknown = asked("nobody-else");
    assert_eq!(asked("alice"), unknown);
    assert!(unknown.0 > 0, "the statements are in the log");
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
