//! A user behind a balancer, who does not know how many nodes there are.

use std::collections::BTreeSet;

use admit_testkit::{Client, PASSWORD, Pair, Request, Response};
use serde_json::Value;

use crate::nodes::balancer::{Balancer, Mode};
use crate::nodes::support::{APP, Nodes};

/// Which run of the server has answered: it is a part of the request's id.
fn answered_by(response: &Response) -> String {
    let id = response.header("x-request-id").expect("an id");
    id.split('-').next().unwrap_or_default().to_owned()
}

/// The same browser on a new connection.
fn again(balancer: &Balancer, browser: &Client) -> Client {
    let mut twin = balancer.client();
    twin.cookies.clone_from(&browser.cookies);
    twin.csrf_token.clone_from(&browser.csrf_token);
    twin
}

/// Signs in, is served by every node, changes what it may, and signs out: each request wherever the balancer sends it.
fn a_users_day(nodes: &Nodes, balancer: &Balancer, name: &str) {
    let id = nodes.user(name);
    let mut root = balancer.client();
    root.sign_in("root", PASSWORD);
    let mut browser = balancer.client();
    browser.sign_in(name, PASSWORD);
    let mut seen = BTreeSet::new();
    for _ in 0..12 {
        let answer = again(balancer, &browser).get("/session");
        assert_eq!(answer.status, 200, "{}", answer.text());
        seen.insert(answered_by(&answer));
    }
    assert_eq!(seen.len(), 3, "every node has answered");
    let roles = |roles: &[&str]| {
        let path = format!("/admin/api/users/{id}/roles");
        let answer = again(balancer, &root).call("PUT", &path, &serde_json::json!({ "roles": roles }));
        assert_eq!(answer.status, 200, "{}", answer.text());
    };
    for _ in 0..3 {
        roles(&["admin"]);
        assert!((0..4).all(|_| again(balancer, &browser).get("/admin/api/users").status == 200));
        roles(&[]);
        assert!((0..4).all(|_| again(balancer, &browser).get("/admin/api/users").status == 403));
    }
    let tokens = admit_testkit::Tokens::of(&balancer.client().login_client(APP, name, PASSWORD));
    let call = || balancer.client().by_token(&tokens.access, "GET", "/session", &Value::Null).status;
    assert!((0..6).all(|_| call() == 200));
    assert_eq!(again(balancer, &browser).call("POST", "/logout/all", &Value::Null).status, 204);
    assert!((0..6).all(|_| again(balancer, &browser).get("/session").status == 401));
    assert!((0..6).all(|_| call() == 401), "its app is signed out with it");
}

/// One node is gone without a word: the others serve on, and nobody is signed out.
fn survives_a_killed_node(nodes: &mut Nodes, balancer: &Balancer) {
    let mut browser = balancer.client();
    browser.sign_in("root", PASSWORD);
    nodes.all[1].kill();
    for _ in 0..9 {
        let answer = again(balancer, &browser).send(&Request::new("GET", "/session"));
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
}

fn behind_nginx_a_user_is_served_by_any_node_and_obeyed_by_all(pair: Pair) {
    let mut nodes = Nodes::start(pair);
    let nginx = Balancer::nginx(&nodes.all);
    a_users_day(&nodes, &nginx, "alice");
    survives_a_killed_node(&mut nodes, &nginx);
}

fn behind_haproxy_a_user_is_served_by_any_node_and_obeyed_by_all(pair: Pair) {
    let mut nodes = Nodes::start(pair);
    let by_connections = Balancer::haproxy(&nodes.all, Mode::Tcp);
    a_users_day(&nodes, &by_connections, "alice");
    let by_requests = Balancer::haproxy(&nodes.all, Mode::Http);
    a_users_day(&nodes, &by_requests, "bob");
    survives_a_killed_node(&mut nodes, &by_connections);
}

on_each_pair!(
    behind_nginx_a_user_is_served_by_any_node_and_obeyed_by_all,
    behind_haproxy_a_user_is_served_by_any_node_and_obeyed_by_all,
);
