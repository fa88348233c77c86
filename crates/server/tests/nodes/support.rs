//! The nodes, and somebody who talks to them.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use admit_testkit::{Client, PASSWORD, Pair, Server, Stores, Tokens, run};
use serde_json::{Value, json};

/// The binary under test.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_admit");

/// The app in their configuration.
pub(crate) const APP: &str = "app";

/// Rounds of a test that looks for an answer that is a moment too old.
pub(crate) const ROUNDS: usize = 8;

/// A node with the configuration in this folder, and more of it.
fn node(configured: &Path, stores: &Stores, more: &str) -> Server {
    let folder = tempfile::tempdir().unwrap();
    for name in ["admit.toml", "admit.secret", "policy.toml"] {
        fs::copy(configured.join(name), folder.path().join(name)).unwrap();
    }
    let file = folder.path().join("admit.toml");
    fs::write(&file, fs::read_to_string(&file).unwrap() + more).unwrap();
    let mut starting = Server::with(BINARY, &["serve"]).within(Arc::new(folder));
    starting = starting.env("ADMIT_SERVER__TRUSTED_PROXIES", r#"["127.0.0.1"]"#);
    for (name, value) in stores.environment() {
        starting = starting.env(name, value);
    }
    starting.start()
}

/// Three nodes.
pub(crate) struct Nodes {
    pub(crate) all: Vec<Server>,
    pub(crate) stores: Arc<Stores>,
}

impl Nodes {
    /// On new stores, with an admin called `root`.
    pub(crate) fn start(pair: Pair) -> Self {
        let stores = Stores::new(pair);
        let first = tempfile::tempdir().unwrap();
        let init = run(BINARY, first.path(), &["init", "--public-url", "https://login.example.org"], &[], "");
        assert_eq!(init.code, 0, "{init:?}");
        fs::write(first.path().join("policy.toml"), admit_server::config::policy::BUILT_IN).unwrap();
        let file = first.path().join("admit.toml");
        let text = fs::read_to_string(&file).unwrap();
        fs::write(
            &file,
            format!("{text}\n[clients.{APP}]\nruns = \"native\"\naudience = [\"self\"]\nadmin_api = true\n"),
        )
        .unwrap();
        let all = (0..3).map(|_| node(first.path(), &stores, "")).collect();
        let nodes = Self { all, stores };
        nodes.all[0].user("root", &["admin"]);
        nodes
    }

    /// One more node, with this at the end of its configuration, which is that of the app.
    pub(crate) fn one_more(&self, with: &str) -> Server {
        node(self.all[0].folder(), &self.stores, with)
    }

    /// A user without roles.
    pub(crate) fn user(&self, name: &str) -> String {
        self.all[0].user(name, &[])
    }

    /// Signed in at this node as this user.
    pub(crate) fn sign_in(&self, node: usize, username: &str) -> Client {
        let mut client = self.all[node].client();
        client.sign_in(username, PASSWORD);
        client
    }

    /// The same browser at another node.
    pub(crate) fn at(&self, node: usize, client: &Client) -> Client {
        let mut twin = self.all[node].client();
        twin.cookies.clone_from(&client.cookies);
        twin.csrf_token.clone_from(&client.csrf_token);
        twin
    }

    /// What `GET` of a path answers this browser at each node.
    pub(crate) fn answers(&self, client: &Client, path: &str) -> [u16; 3] {
        [0, 1, 2].map(|node| self.at(node, client).get(path).status)
    }

    /// What `GET /session` answers this token at each node.
    pub(crate) fn answers_to(&self, tokens: &Tokens) -> [u16; 3] {
        [0, 1, 2].map(|node| self.token_at(node, tokens, "/session"))
    }

    /// What `GET` of a path answers this token at a node.
    pub(crate) fn token_at(&self, node: usize, tokens: &Tokens, path: &str) -> u16 {
        self.all[node].client().by_token(&tokens.access, "GET", path, &Value::Null).status
    }

    /// Something that the admin does to a user at a node.
    pub(crate) fn admin(&self, node: usize, root: &Client, user: &str, what: &str) {
        let path = format!("/admin/api/users/{user}/{what}");
        let answer = self.at(node, root).call("POST", &path, &Value::Null);
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// Other roles for a user, by the admin at a node.
    pub(crate) fn set_roles(&self, node: usize, root: &Client, user: &str, roles: &[&str]) {
        let path = format!("/admin/api/users/{user}/roles");
        let answer = self.at(node, root).call("PUT", &path, &json!({ "roles": roles }));
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
}

/// The three nodes with another of them first each time.
pub(crate) fn turned(round: usize) -> [usize; 3] {
    [round % 3, (round + 1) % 3, (round + 2) % 3]
}
