//! Nodes that are not started alike.

use std::time::{Duration, Instant};

use admit_testkit::{Output, Pair, run};

use crate::nodes::support::{APP, BINARY, Nodes};

/// `serve` in a folder of its own with the configuration of the nodes and these settings instead.
fn another(nodes: &Nodes, instead: &[(&str, &str)]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    for name in ["admit.toml", "admit.secret", "policy.toml"] {
        std::fs::copy(nodes.all[0].folder().join(name), folder.path().join(name)).unwrap();
    }
    let mut environment = nodes.stores.environment();
    environment.retain(|(name, _)| instead.iter().all(|(other, _)| name != other));
    environment
        .extend([("ADMIT_SERVER__LISTEN", "127.0.0.1:0"), ("ADMIT_SERVER__TRUSTED_PROXIES", r#"["127.0.0.1"]"#)]);
    environment.extend(instead.iter().copied());
    run(BINARY, folder.path(), &["serve"], &environment, "")
}

fn a_node_that_is_started_with_other_settings_is_refused_and_told_which(pair: Pair) {
    let nodes = Nodes::start(pair);
    let mut all = vec![
        (vec![("ADMIT_SESSIONS__IDLE", "10m")], "sessions.idle: 600 s here, 1800 s at the others"),
        (vec![("ADMIT_SESSIONS__LIMIT", "3")], "sessions.limit: 3 here, 20 at the others"),
        (
            vec![("ADMIT_SERVER__PUBLIC_URL", "https://other.example.org")],
            "server.public_url: https://other.example.org here, https://login.example.org at the others",
        ),
    ];
    let environment = nodes.stores.environment();
    let url = environment.iter().find(|(name, _)| *name == "ADMIT_SESSIONS__URL").map(|(_, url)| {
        let others = |pair: &&str| !pair.starts_with("prefix=");
        let (place, query) = url.split_once('?').unwrap_or((url, ""));
        let kept: Vec<&str> = query.split('&').filter(others).chain(["prefix=other:"]).collect();
        format!("{place}?{}", kept.join("&"))
    });
    if let Some(url) = url.as_deref().filter(|url| url.starts_with("redis")) {
        all.push((vec![("ADMIT_SESSIONS__URL", url)], "prefix other: here"));
    }
    for (instead, says) in all {
        let refused = another(&nodes, &instead);
        assert_eq!(refused.code, 1, "{instead:?}: {refused:?}");
        assert!(refused.stderr.contains(says), "{instead:?}: {refused:?}");
        assert!(refused.stderr.contains("--change-shared-settings"), "{refused:?}");
    }
    let client = nodes.sign_in(0, "root");
    assert_eq!(nodes.answers(&client, "/session"), [200; 3], "the others go on");
}

fn a_client_that_another_node_knows_otherwise_has_no_good_tokens_and_each_says_so(pair: Pair) {
    let nodes = Nodes::start(pair);
    nodes.user("alice");
    let before = nodes.all[0].tokens(APP, "alice");
    assert_eq!(nodes.answers_to(&before), [200; 3]);
    let other = nodes.one_more("max_roles = []\n");
    assert_eq!(nodes.answers_to(&before), [401; 3], "it was told before the other node was there");
    let (old, new) = (nodes.all[1].tokens(APP, "alice"), other.tokens(APP, "alice"));
    assert_eq!(nodes.answers_to(&old), [401; 3], "a node with the configuration of before goes on issuing tokens");
    assert_eq!(nodes.answers_to(&new), [200; 3]);
    for node in &nodes.all {
        let said = || node.logged().contains("another node was started with a different configuration of this client");
        let deadline = Instant::now() + Duration::from_secs(10);
        while !said() {
            assert!(Instant::now() < deadline, "{}", node.logged());
            std::thread::sleep(Duration::from_millis(50));
        }
    }
    assert!(!other.logged().contains("different configuration of this client"));
}

on_each_pair!(
    a_node_that_is_started_with_other_settings_is_refused_and_told_which,
    a_client_that_another_node_knows_otherwise_has_no_good_tokens_and_each_says_so,
);
