//! Limits that nodes share: whoever spreads over the nodes has the tries of one.

use std::sync::Arc;
use std::time::Instant;

use admit_testkit::redis::Redis;
use admit_testkit::{Client, PASSWORD, Pair, Postgres, Request, Server};
use serde_json::json;

use crate::nodes::outage;
use crate::nodes::support::Nodes;

const WRONG: &str = "wrong wrong wrong wrong";

/// What somebody at this address gets at this node.
fn login(node: &Server, name: &str, password: &str, address: &str) -> u16 {
    let login = Request::new("POST", "/login").json(&json!({ "username": name, "password": password }));
    node.client().send(&login.header("x-forwarded-for", address)).status
}

fn guess(node: &Server, name: &str, address: &str) -> u16 {
    login(node, name, WRONG, address)
}

/// The guesses at one account from one address that one node takes in this time: five, and one more when 1, 3, 7 … seconds are over.
fn tries_of_one_node(since: Instant) -> usize {
    let seconds = since.elapsed().as_secs();
    5 + usize::try_from((seconds + 1).ilog2()).unwrap()
}

fn a_guesser_who_spreads_over_two_nodes_gets_no_more_tries_than_at_one(pair: Pair) {
    let nodes = Nodes::start(pair);
    nodes.user("alice");
    for name in ["alice", "nobody"] {
        let begun = Instant::now();
        let statuses: Vec<u16> = (0..10).map(|round| guess(&nodes.all[round % 2], name, "203.0.113.7")).collect();
        let taken = statuses.iter().filter(|status| **status == 401).count();
        assert!((5..=tries_of_one_node(begun)).contains(&taken), "{name}: {statuses:?}");
        assert!(statuses.iter().all(|status| [401, 429].contains(status)), "{name}: {statuses:?}");
    }
    assert_eq!(login(&nodes.all[1], "alice", PASSWORD, "203.0.113.8"), 200, "the owner elsewhere");
}

fn guesses_sent_to_two_nodes_at_once_are_no_more_than_one_after_the_other(pair: Pair) {
    let nodes = Arc::new(Nodes::start(pair));
    let begun = Instant::now();
    let guesses: Vec<_> = (0..24)
        .map(|number| {
            let nodes = Arc::clone(&nodes);
            std::thread::spawn(move || guess(&nodes.all[number % 2], "root", "203.0.113.7"))
        })
        .collect();
    let statuses: Vec<u16> = guesses.into_iter().map(|guess| guess.join().unwrap()).collect();
    let taken = statuses.iter().filter(|status| **status == 401).count();
    assert!((5..=tries_of_one_node(begun)).contains(&taken), "{statuses:?}");
}

fn right_sign_ins_at_once_wait_for_each_other_and_none_is_refused(pair: Pair) {
    let nodes = Arc::new(Nodes::start(pair));
    let sign_ins: Vec<_> = (0..8)
        .map(|_| {
            let nodes = Arc::clone(&nodes);
            std::thread::spawn(move || login(&nodes.all[0], "root", PASSWORD, "203.0.113.7"))
        })
        .collect();
    let statuses: Vec<u16> = sign_ins.into_iter().map(|sign_in| sign_in.join().unwrap()).collect();
    assert_eq!(statuses, [200; 8]);
}

fn a_success_at_one_node_clears_the_failures_at_every_other(pair: Pair) {
    let nodes = Nodes::start(pair);
    nodes.user("alice");
    for node in [0, 1, 0] {
        assert_eq!(guess(&nodes.all[node], "alice", "203.0.113.7"), 401);
    }
    assert_eq!(login(&nodes.all[2], "alice", PASSWORD, "203.0.113.7"), 200);
    for node in [2, 1, 2, 2] {
        assert_eq!(guess(&nodes.all[node], "alice", "203.0.113.7"), 401);
    }
}

fn a_stolen_session_that_guesses_at_two_nodes_is_ended_after_ten(pair: Pair) {
    let nodes = Nodes::start(pair);
    nodes.user("alice");
    let alice = nodes.sign_in(0, "alice");
    let mut answers = Vec::new();
    for number in 0..10 {
        let mut thief: Client = nodes.at(number % 2, &alice);
        let guess = json!({ "current_password": WRONG, "new_password": "another long sentence" });
        let guess = Request::new("POST", "/account/password").header("x-csrf-token", &thief.csrf_token).json(&guess);
        answers.push(thief.send(&guess.header("x-forwarded-for", &format!("198.51.100.{number}"))).problem());
    }
    assert_eq!(answers.last().unwrap(), "session-ended", "{answers:?}");
    assert_eq!(nodes.answers(&alice, "/session"), [401; 3]);
}

on_each_pair!(
    a_guesser_who_spreads_over_two_nodes_gets_no_more_tries_than_at_one,
    guesses_sent_to_two_nodes_at_once_are_no_more_than_one_after_the_other,
    right_sign_ins_at_once_wait_for_each_other_and_none_is_refused,
    a_success_at_one_node_clears_the_failures_at_every_other,
    a_stolen_session_that_guesses_at_two_nodes_is_ended_after_ten,
);

/// What a wrong password gets.
fn wrong_password(node: &Server) -> u16 {
    node.client().login("ada", WRONG).status
}

#[test]
fn while_redis_cannot_say_how_often_somebody_tried_no_password_is_looked_at() {
    let postgres = Postgres::start();
    let mut redis = Redis::with().durable().start();
    let node = outage::node(&postgres.create_database("admit"), &redis.url());
    node.user("ada", &[]);
    assert_eq!(wrong_password(&node), 401);
    redis.pause();
    assert_eq!([(); 6].map(|()| wrong_password(&node)), [503; 6]);
    redis.resume();
    redis.kill();
    assert_eq!(wrong_password(&node), 503);
}

#[test]
fn while_postgresql_cannot_say_how_often_somebody_tried_no_password_is_looked_at() {
    let postgres = Postgres::start();
    let url = postgres.create_database("admit");
    let node = outage::node(&url, "accounts:");
    node.user("ada", &[]);
    assert_eq!(wrong_password(&node), 401);
    postgres.execute("admit", "ALTER TABLE admit.attempt_count RENAME TO elsewhere");
    assert_eq!([(); 6].map(|()| wrong_password(&node)), [503; 6]);
    postgres.execute("admit", "ALTER TABLE admit.elsewhere RENAME TO attempt_count");
    assert_eq!(wrong_password(&node), 401);
}
