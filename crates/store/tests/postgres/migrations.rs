//! The schema of a database that several nodes and several releases share.

use admit_store::{ConnectError, MIGRATIONS, Postgres, PostgresAddress};

use super::{node, subject};

async fn execute(url: &str, sql: &str) {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    client.batch_execute(sql).await.unwrap();
    drop(client);
    connection.await.unwrap().unwrap();
}

async fn refusal(url: &str) -> ConnectError {
    let address = PostgresAddress::parse(url).unwrap();
    Postgres::connect(&address, Default::default(), Default::default()).await.err().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_nodes_that_start_at_once_on_an_empty_database_make_one_schema() {
    let server = admit_testkit::Postgres::start();
    let url = server.create_database("admit");
    let starting: Vec<_> = (0..6)
        .map(|_| {
            let url = url.clone();
            tokio::spawn(async move { node(&url).await })
        })
        .collect();
    let mut nodes = Vec::new();
    for start in starting {
        nodes.push(start.await.unwrap());
    }
    let address = PostgresAddress::parse(&url).unwrap();
    let applied = Postgres::migrations(&address).await.unwrap();
    assert_eq!(applied.len(), MIGRATIONS.len());
    assert!(Postgres::migrate(&address, true).await.unwrap().is_empty(), "nothing is left to be made");
    subject(nodes.first().unwrap(), "alice", &[]).await;
}

#[tokio::test]
async fn a_later_release_that_only_added_is_worked_with_and_one_that_took_away_is_not() {
    let server = admit_testkit::Postgres::start();
    let url = server.create_database("admit");
    drop(node(&url).await);
    execute(&url, "INSERT INTO admit.migration (version, name, phase) VALUES (900, 'more', 'expand')").await;
    subject(&*node(&url).await, "alice", &[]).await;
    execute(&url, "INSERT INTO admit.migration (version, name, phase) VALUES (901, 'less', 'contract')").await;
    let refused = refusal(&url).await;
    assert!(matches!(refused, ConnectError::Newer { found: 901, .. }), "{refused}");
}

#[tokio::test]
async fn a_user_who_may_not_make_the_schema_is_told_what_to_do_and_one_who_may_only_use_it_can() {
    let server = admit_testkit::Postgres::start();
    let url = server.create_database("admit");
    execute(&url, "CREATE ROLE app LOGIN").await;
    let as_app = url.replace("postgres://admit@", "postgres://app@");
    let refused = refusal(&as_app).await;
    assert!(matches!(refused, ConnectError::Behind { found: 0, .. }), "{refused}");
    assert!(refused.to_string().contains("admit migrate up"), "{refused}");
    drop(node(&url).await);
    execute(
        &url,
        "GRANT USAGE ON SCHEMA admit TO app;
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA admit TO app",
    )
    .await;
    subject(&*node(&as_app).await, "alice", &[]).await;
}
