//! Sessions: made at one node, good at all, ended at any, dead at all.

use admit_testkit::{PASSWORD, Pair};
use serde_json::{Value, json};

use crate::nodes::support::{Nodes, ROUNDS, turned};

fn a_session_of_one_node_is_good_at_every_other_and_its_logout_at_any_ends_it_at_all(pair: Pair) {
    let nodes = Nodes::start(pair);
    nodes.user("alice");
    for round in 0..ROUNDS {
        let [here, there, last] = turned(round);
        let alice = nodes.sign_in(here, "alice");
        assert_eq!(nodes.answers(&alice, "/session"), [200; 3], "round {round}");
        // The CSRF token that one node gave is good at another.
        assert_eq!(nodes.at(there, &alice).call("POST", "/logout", &Value::Null).status, 204, "round {round}");
        assert_eq!(nodes.at(last, &alice).get("/session").status, 401, "round {round}");
        assert_eq!(nodes.answers(&alice, "/session"), [401; 3], "round {round}");
    }
}

fn log_out_everywhere_at_one_node_ends_every_session_at_the_next_request_to_each(pair: Pair) {
    let nodes = Nodes::start(pair);
    nodes.user("alice");
    for round in 0..ROUNDS / 2 {
        let [here, there, last] = turned(round);
        let sessions = [here, there, last].map(|node| nodes.sign_in(node, "alice"));
        let mut leaving = nodes.at(there, &sessions[0]);
        assert_eq!(leaving.call("POST", "/logout/all", &Value::Null).status, 204, "round {round}");
        for session in &sessions {
            assert_eq!(nodes.answers(session, "/session"), [401; 3], "round {round}");
        }
    }
}

fn a_ban_at_one_node_is_obeyed_by_the_next_request_to_every_other(pair: Pair) {
    let nodes = Nodes::start(pair);
    let id = nodes.user("alice");
    let root = nodes.sign_in(0, "root");
    for round in 0..ROUNDS {
        let [here, there, last] = turned(round);
        let alice = nodes.sign_in(here, "alice");
        nodes.admin(there, &root, &id, "disable");
        assert_eq!(nodes.at(last, &alice).get("/session").status, 401, "round {round}");
        assert_eq!(nodes.answers(&alice, "/session"), [401; 3], "round {round}");
        assert_eq!(nodes.all[here].client().login("alice", PASSWORD).status, 401, "a banned user signs in nowhere");
        nodes.admin(last, &root, &id, "enable");
        assert_eq!(nodes.answers(&alice, "/session"), [401; 3], "what has ended stays so");
    }
}

fn a_role_that_is_taken_or_given_at_one_node_counts_at_the_next_request_to_every_other(pair: Pair) {
    let nodes = Nodes::start(pair);
    let id = nodes.user("alice");
    let root = nodes.sign_in(0, "root");
    let alice = nodes.sign_in(1, "alice");
    for round in 0..ROUNDS {
        let [here, there, last] = turned(round);
        let users = |node| nodes.at(node, &alice).get("/admin/api/users").status;
        assert_eq!([here, there, last].map(users), [403; 3], "round {round}");
        nodes.set_roles(there, &root, &id, &["admin"]);
        assert_eq!([last, here, there].map(users), [200; 3], "round {round}");
        nodes.set_roles(here, &root, &id, &[]);
        assert_eq!([last, there, here].map(users), [403; 3], "round {round}");
    }
}

fn a_password_that_is_changed_at_one_node_ends_the_other_sessions_at_all(pair: Pair) {
    let nodes = Nodes::start(pair);
    nodes.user("alice");
    let stolen = nodes.sign_in(0, "alice");
    let mut owner = nodes.sign_in(1, "alice");
    let body = json!({ "current_password": PASSWORD, "new_password": "another long sentence" });
    assert_eq!(owner.call("POST", "/account/password", &body).status, 200);
    assert_eq!(nodes.answers(&stolen, "/session"), [401; 3]);
    assert_eq!(nodes.all[2].client().login("alice", PASSWORD).status, 401, "the old one is good nowhere");
    assert_eq!(nodes.all[2].client().login("alice", "another long sentence").status, 200);
}

fn a_device_that_is_ended_from_another_node_is_out_everywhere_and_the_rest_stay(pair: Pair) {
    let nodes = Nodes::start(pair);
    nodes.user("alice");
    let (lost, kept) = (nodes.sign_in(0, "alice"), nodes.sign_in(1, "alice"));
    let lost_id = nodes.at(2, &lost).get("/session").json()["session"]["id"].as_str().unwrap().to_owned();
    let listed = nodes.at(2, &kept).get("/sessions").json();
    assert!(listed.to_string().contains(&lost_id), "every node lists the devices of all: {listed}");
    let ended = nodes.at(2, &kept).call("DELETE", &format!("/sessions/{lost_id}"), &Value::Null);
    assert_eq!(ended.status, 204, "{}", ended.text());
    assert_eq!(nodes.answers(&lost, "/session"), [401; 3]);
    assert_eq!(nodes.answers(&kept, "/session"), [200; 3]);
}

on_each_pair!(
    a_session_of_one_node_is_good_at_every_other_and_its_logout_at_any_ends_it_at_all,
    log_out_everywhere_at_one_node_ends_every_session_at_the_next_request_to_each,
    a_ban_at_one_node_is_obeyed_by_the_next_request_to_every_other,
    a_role_that_is_taken_or_given_at_one_node_counts_at_the_next_request_to_every_other,
    a_password_that_is_changed_at_one_node_ends_the_other_sessions_at_all,
    a_device_that_is_ended_from_another_node_is_out_everywhere_and_the_rest_stay,
);
