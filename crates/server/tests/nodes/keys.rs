//! Signing keys: a new one of one node is honoured by the others at once, a withdrawn one by none.

use admit_testkit::{Pair, Tokens};

use crate::nodes::support::{APP, Nodes, ROUNDS, turned};

fn kid(tokens: &Tokens) -> String {
    tokens.header()["kid"].as_str().unwrap().to_owned()
}

fn a_key_that_signs_at_once_at_one_node_is_honoured_at_the_first_request_to_every_other(pair: Pair) {
    let nodes = Nodes::start(pair);
    nodes.user("alice");
    let before = nodes.all[1].tokens(APP, "alice");
    for round in 0..ROUNDS {
        let [here, there, last] = turned(round);
        let rotated = nodes.all[here].cli(&["keys", "rotate", "--now"], "");
        assert_eq!(rotated.code, 0, "{rotated:?}");
        let tokens = nodes.all[here].tokens(APP, "alice");
        assert_ne!(kid(&tokens), kid(&before), "round {round}");
        assert_eq!([last, there, here].map(|node| nodes.token_at(node, &tokens, "/session")), [200; 3]);
        assert_eq!(nodes.answers_to(&before), [200; 3], "the old key's tokens live on");
        let published = nodes.all[last].client().get("/.well-known/jwks.json").json().to_string();
        assert!(published.contains(&kid(&tokens)), "{published}");
    }
}

fn a_key_that_is_withdrawn_at_one_node_is_dead_at_every_other(pair: Pair) {
    let nodes = Nodes::start(pair);
    nodes.user("alice");
    for round in 0..ROUNDS / 2 {
        let [here, there, last] = turned(round);
        let tokens = nodes.all[here].tokens(APP, "alice");
        assert_eq!(nodes.answers_to(&tokens), [200; 3], "round {round}");
        let revoked = nodes.all[there].cli(&["keys", "revoke", &kid(&tokens)], "");
        assert_eq!(revoked.code, 0, "{revoked:?}");
        assert_eq!([last, here, there].map(|node| nodes.token_at(node, &tokens, "/session")), [401; 3]);
        // A new one was made there. The others may still sign with the dead one for a moment: such a token is good nowhere.
        let next = nodes.all[there].tokens(APP, "alice");
        assert_eq!(nodes.answers_to(&next), [200; 3], "round {round}");
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(5);
        while kid(&nodes.all[last].tokens(APP, "alice")) != kid(&next) {
            assert!(std::time::Instant::now() < deadline, "the other nodes take up the new key");
        }
    }
}

on_each_pair!(
    a_key_that_signs_at_once_at_one_node_is_honoured_at_the_first_request_to_every_other,
    a_key_that_is_withdrawn_at_one_node_is_dead_at_every_other,
);
