//! Access and refresh tokens: issued at one node, good at all, revoked at any, dead at all.

use admit_testkit::{Pair, Tokens};
use serde_json::Value;

use crate::nodes::support::{APP, Nodes, ROUNDS, turned};

fn an_access_token_that_is_revoked_at_one_node_is_dead_at_the_next_request_to_every_other(pair: Pair) {
    let nodes = Nodes::start(pair);
    nodes.user("alice");
    for round in 0..ROUNDS {
        let [here, there, last] = turned(round);
        let tokens = nodes.all[here].tokens(APP, "alice");
        assert_eq!(nodes.answers_to(&tokens), [200; 3], "round {round}");
        let fields = [("client_id", APP), ("token", tokens.access.as_str())];
        assert_eq!(nodes.all[there].client().post("/oauth/revoke", &fields).status, 200, "round {round}");
        assert_eq!(nodes.token_at(last, &tokens, "/session"), 401, "round {round}");
        assert_eq!(nodes.answers_to(&tokens), [401; 3], "round {round}");
    }
}

fn a_logout_a_ban_and_a_role_change_at_one_node_reach_tokens_at_every_other(pair: Pair) {
    let nodes = Nodes::start(pair);
    let id = nodes.user("alice");
    let root = nodes.sign_in(0, "root");
    for round in 0..ROUNDS / 2 {
        let [here, there, last] = turned(round);
        let tokens = nodes.all[here].tokens(APP, "alice");
        let logout = nodes.all[there].client().by_token(&tokens.access, "POST", "/logout", &Value::Null);
        assert_eq!(logout.status, 204, "round {round}");
        assert_eq!([last, here, there].map(|node| nodes.token_at(node, &tokens, "/session")), [401; 3]);

        let tokens = nodes.all[here].tokens(APP, "alice");
        nodes.set_roles(there, &root, &id, &["admin"]);
        assert_eq!([last, here, there].map(|node| nodes.token_at(node, &tokens, "/session")), [401; 3]);
        let tokens = Tokens::of(&nodes.all[last].client().redeem(APP, &tokens.refresh));
        let users = |node| nodes.token_at(node, &tokens, "/admin/api/users");
        assert_eq!([here, there, last].map(users), [200; 3], "round {round}");
        nodes.set_roles(last, &root, &id, &[]);
        // The token with the role is dead; no node honours what it says.
        assert_eq!([here, there, last].map(users), [401; 3], "round {round}");

        let tokens = nodes.all[here].tokens(APP, "alice");
        nodes.admin(there, &root, &id, "disable");
        assert_eq!([last, here, there].map(|node| nodes.token_at(node, &tokens, "/session")), [401; 3]);
        assert_eq!(nodes.all[last].client().redeem(APP, &tokens.refresh).status, 400, "round {round}");
        nodes.admin(last, &root, &id, "enable");
    }
}

fn a_refresh_token_of_one_node_has_one_successor_at_every_other(pair: Pair) {
    let nodes = Nodes::start(pair);
    nodes.user("alice");
    for round in 0..ROUNDS / 2 {
        let [here, there, last] = turned(round);
        let tokens = nodes.all[here].tokens(APP, "alice");
        // At all three at once: each gives the same one.
        let answers = std::thread::scope(|scope| {
            let redeem = |node: usize| {
                let (mut client, refresh) = (nodes.all[node].client(), tokens.refresh.clone());
                scope.spawn(move || client.redeem(APP, &refresh))
            };
            let redeeming: Vec<_> = (0..9).map(|number| redeem(number % 3)).collect();
            redeeming.into_iter().map(|answer| answer.join().unwrap()).collect::<Vec<_>>()
        });
        let given: Vec<_> = answers.iter().map(Tokens::of).collect();
        let renewed = &given[0];
        assert!(given.iter().all(|other| other.refresh == renewed.refresh), "round {round}: a second successor");
        assert_eq!(nodes.answers_to(renewed), [200; 3], "round {round}");
        assert_eq!(nodes.all[there].client().redeem(APP, &renewed.refresh).status, 200);
        assert_eq!(nodes.all[last].client().redeem(APP, &renewed.refresh).status, 200, "the answer may be lost there");
        assert_eq!(
            nodes.all[last].client().redeem(APP, &tokens.refresh).status,
            400,
            "its successor was used elsewhere"
        );
        assert_eq!(nodes.answers_to(renewed), [401; 3], "round {round}");
    }
}

on_each_pair!(
    an_access_token_that_is_revoked_at_one_node_is_dead_at_the_next_request_to_every_other,
    a_logout_a_ban_and_a_role_change_at_one_node_reach_tokens_at_every_other,
    a_refresh_token_of_one_node_has_one_successor_at_every_other,
);
