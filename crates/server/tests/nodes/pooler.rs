//! pgbouncer between the nodes and their PostgreSQL.

use std::fs;
use std::sync::Arc;

use admit_testkit::{PASSWORD, Pgbouncer, Postgres, Server, run};
use serde_json::Value;

use crate::nodes::support::BINARY;

#[test]
fn a_sign_in_and_its_logout_count_at_every_node_behind_a_pooler() {
    let database = Postgres::start();
    let pooler = Pgbouncer::start(&database.url("postgres"), "session");
    let accounts = format!("{}?deadline=10000", pooler.in_front_of(&database.create_database("admit")));
    let first = admit_testkit::folder();
    let init = run(BINARY, first.path(), &["init", "--public-url", "https://login.example.org"], &[], "");
    assert_eq!(init.code, 0, "{init:?}");
    let node = || {
        let folder = admit_testkit::folder();
        for name in ["admit.toml", "admit.secret", "policy.toml"] {
            fs::copy(first.path().join(name), folder.path().join(name)).unwrap();
        }
        Server::with(BINARY, &["serve"]).within(Arc::new(folder)).env("ADMIT_ACCOUNTS__URL", &accounts).start()
    };
    let (here, there) = (node(), node());
    let added = there.cli(&["user", "create", "alice", "--password-stdin"], &format!("{PASSWORD}\n"));
    assert_eq!(added.code, 0, "{added:?}");
    let mut alice = here.signed_in("alice");
    let at = |client: &admit_testkit::Client| {
        let mut twin = there.client();
        twin.cookies.clone_from(&client.cookies);
        twin.csrf_token.clone_from(&client.csrf_token);
        twin
    };
    assert_eq!(at(&alice).get("/session").status, 200);
    let mut leaving = at(&alice);
    assert_eq!(leaving.call("POST", "/logout", &Value::Null).status, 204);
    assert_eq!([alice.get("/session").status, at(&alice).get("/session").status], [401; 2]);

    // The same in the mode that does not work.
    pooler.set_mode("transaction");
    let folder = here.folder();
    let refused = run(BINARY, folder, &["migrate", "up"], &[("ADMIT_ACCOUNTS__URL", &accounts)], "");
    assert!(refused.code != 0 && refused.stderr.contains("pool_mode = session"), "{refused:?}");
}
