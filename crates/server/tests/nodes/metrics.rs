//! `[metrics]`: figures of operation on a listener of their own.

use std::net::SocketAddr;

use admit_testkit::{Client, Pair, free};

use crate::nodes::support::Nodes;

fn each_node_tells_what_is_pending_and_which_store_answers(pair: Pair) {
    let address: SocketAddr = free();
    let nodes = Nodes::start(pair);
    let folder = nodes.all[0].folder();
    let more = admit_testkit::folder();
    for name in ["admit.toml", "admit.secret", "policy.toml"] {
        std::fs::copy(folder.join(name), more.path().join(name)).unwrap();
    }
    let mut starting =
        admit_testkit::Server::with(crate::nodes::support::BINARY, &["serve"]).within(std::sync::Arc::new(more));
    for (name, value) in nodes.stores.environment() {
        starting = starting.env(name, value);
    }
    let fourth = starting.env("ADMIT_METRICS__LISTEN", &address.to_string()).start();
    assert_eq!(fourth.client().get("/readyz").status, 200);
    assert_eq!(fourth.client().get("/session").status, 401);
    assert_eq!(fourth.client().get("/metrics").status, 404, "not where everybody can ask");
    let answer = Client::new(address).get("/metrics");
    assert_eq!(answer.status, 200);
    let text = answer.text();
    for line in [
        "admit_outbox_pending 0",
        r#"admit_store_up{store="accounts"} 1"#,
        r#"admit_store_up{store="sessions"} 1"#,
        r#"admit_http_answers_total{class="2xx"} 1"#,
        "# EOF",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
}

on_each_pair!(each_node_tells_what_is_pending_and_which_store_answers);
