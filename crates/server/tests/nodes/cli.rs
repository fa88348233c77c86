//! The command line beside nodes: a process of its own on the same stores.

use admit_testkit::{Output, PASSWORD, Pair, run};
use serde_json::Value;

use crate::nodes::support::{APP, BINARY, Nodes};

/// Runs a command in a folder that no server runs in, with the configuration of the nodes.
fn beside(nodes: &Nodes, arguments: &[&str], stdin: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    for name in ["admit.toml", "admit.secret", "policy.toml"] {
        std::fs::copy(nodes.all[0].folder().join(name), folder.path().join(name)).unwrap();
    }
    let output = run(BINARY, folder.path(), arguments, &nodes.stores.environment(), stdin);
    assert_eq!(output.code, 0, "{arguments:?}: {output:?}");
    output
}

fn what_a_command_beside_the_nodes_does_is_obeyed_by_their_next_request(pair: Pair) {
    let nodes = Nodes::start(pair);
    let create = ["user", "create", "carol", "--role", "admin", "--password-stdin"];
    beside(&nodes, &create, &format!("{PASSWORD}\n"));
    let carol = nodes.sign_in(1, "carol");
    let tokens = nodes.all[2].tokens(APP, "carol");
    assert_eq!(nodes.answers(&carol, "/admin/api/users"), [200; 3]);
    beside(&nodes, &["user", "set-roles", "carol", "--none"], "");
    assert_eq!(nodes.answers(&carol, "/admin/api/users"), [403; 3]);
    assert_eq!(nodes.answers_to(&tokens), [401; 3], "a token says its roles itself, so it is dead");
    let listed = beside(&nodes, &["--json", "session", "list", "carol"], "").json();
    assert!(listed.as_array().is_some_and(|sessions| !sessions.is_empty()), "{listed}");
    beside(&nodes, &["session", "revoke", "carol"], "");
    assert_eq!(nodes.answers(&carol, "/session"), [401; 3]);
    let carol = nodes.sign_in(2, "carol");
    beside(&nodes, &["user", "disable", "carol"], "");
    assert_eq!(nodes.answers(&carol, "/session"), [401; 3]);
    let tokens = nodes.all[0].tokens(APP, "root");
    let kid = tokens.header()["kid"].as_str().unwrap().to_owned();
    beside(&nodes, &["keys", "rotate", "--now"], "");
    beside(&nodes, &["keys", "revoke", &kid], "");
    assert_eq!(nodes.answers_to(&tokens), [401; 3]);
}

fn the_schema_is_looked_at_and_brought_up_from_the_command_line(pair: Pair) {
    let nodes = Nodes::start(pair);
    let status = beside(&nodes, &["--json", "migrate", "status"], "").json();
    assert_eq!(
        (&status["store"], &status["missing"]),
        (&Value::from("postgres"), &Value::Array(Vec::new())),
        "{status}"
    );
    assert!(beside(&nodes, &["migrate", "status"], "").stdout.contains("up to date"));
    let up = beside(&nodes, &["--json", "migrate", "up", "--contract"], "").json();
    assert_eq!(up["made"], Value::Array(Vec::new()), "the nodes have done it when they started: {up}");
}

on_each_pair!(
    what_a_command_beside_the_nodes_does_is_obeyed_by_their_next_request,
    the_schema_is_looked_at_and_brought_up_from_the_command_line,
);
