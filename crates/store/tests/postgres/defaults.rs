//! Defaults of the database that must not change what admit does.

use admit_core::audit::EventKind;
use admit_core::store::{Accounts, Change, Kept};
use admit_core::subject::{RoleName, Status};

use super::{event, node, subject};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_admins_who_ban_each_other_leave_one_whatever_isolation_is_the_default() {
    let server = admit_testkit::Postgres::start();
    let (client, connection) = tokio_postgres::connect(&server.url("postgres"), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute("ALTER SYSTEM SET default_transaction_isolation = 'repeatable read'").await.unwrap();
    client.batch_execute("SELECT pg_reload_conf()").await.unwrap();
    let node = node(&server.create_database("admit")).await;
    let (alice, bob) = (subject(&node, "alice", &["admin"]).await, subject(&node, "bob", &["admin"]).await);
    for round in 0..16 {
        let ban = |id| {
            let (node, keep) = (node.clone(), RoleName::parse("admin").unwrap());
            let event = event(EventKind::SubjectDisabled).about(id);
            tokio::spawn(async move { node.change_keeping(id, Change::Status(Status::Disabled), keep, event).await })
        };
        let (first, second) = (ban(alice.id), ban(bob.id));
        let outcomes = [first.await.unwrap().unwrap(), second.await.unwrap().unwrap()];
        let banned = outcomes.iter().filter(|kept| matches!(kept, Kept::Changed(_))).count();
        assert_eq!(banned, 1, "round {round}: {outcomes:?}");
        for id in [alice.id, bob.id] {
            let lift = Change::Status(Status::Active);
            node.change(id, lift, event(EventKind::SubjectEnabled).about(id)).await.unwrap();
        }
    }
}
