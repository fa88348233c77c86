//! Deleting what has ended, however much there is.

use admit_core::store::{Accounts, Sessions};
use admit_core::time::Timestamp;
use tokio_postgres::{Client, NoTls};

use super::{at, node, sign_in, subject};

/// More than a step of each table that is deleted from, all of it ended long ago; those of `session` and `token_family` are of one
/// subject.
const ENDED: &str = "
    INSERT INTO used_assertion SELECT 'app', n::text, 'epoch' FROM generate_series(1, 1200) n;
    INSERT INTO signal (seq, at, until, kind, name) SELECT 100000 + n, 'epoch', 'epoch', 'token', n::text FROM generate_series(1, 1200) n;
    INSERT INTO log_entry (shard, seq, until, kind, subject_id) SELECT 0, 100000 + n, 'epoch', 'subject', gen_random_uuid()
        FROM generate_series(1, 1200) n;
    INSERT INTO known_address SELECT (SELECT id FROM subject), n::text, 'epoch' FROM generate_series(1, 1200) n;
    INSERT INTO exchanged_session SELECT gen_random_uuid(), (SELECT id FROM subject), 'epoch' FROM generate_series(1, 1200) n;
    INSERT INTO session SELECT sha256(n::text::bytea), gen_random_uuid(), (SELECT id FROM subject), 0, 0, 'epoch', 'epoch', 'epoch', NULL, '', ''
        FROM generate_series(1, 1200) n;
    INSERT INTO token_family SELECT gen_random_uuid(), (SELECT id FROM subject), 'app', sha256(n::text::bytea), 0, 'epoch',
        CASE WHEN n % 2 = 0 THEN 'epoch' ELSE '2099-01-01'::timestamptz END, 'epoch', 'epoch', '', '' FROM generate_series(1, 2400) n;
    INSERT INTO spent_refresh SELECT sha256(n::text::bytea), (SELECT id FROM token_family WHERE last_used_at > '2098-01-01' LIMIT 1), 'epoch'
        FROM generate_series(1, 1200) n;
    INSERT INTO one_time_token (digest, purpose, subject_id, generation, expires_at)
        SELECT sha256(n::text::bytea), n::text, (SELECT id FROM subject), 0, 'epoch' FROM generate_series(1, 1200) n";

const TABLES: [&str; 9] = [
    "used_assertion",
    "signal",
    "log_entry",
    "known_address",
    "exchanged_session",
    "session",
    "token_family",
    "spent_refresh",
    "one_time_token",
];

async fn hand(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute("SET search_path = admit").await.unwrap();
    client
}

/// How many rows have ended in each table.
async fn ended(client: &Client) -> Vec<i64> {
    let mut left = Vec::new();
    for table in TABLES {
        let column = match table {
            "used_assertion" | "signal" | "log_entry" => "until",
            "known_address" => "last_at",
            "exchanged_session" => "token_until",
            "spent_refresh" => "at",
            "one_time_token" => "expires_at",
            _ => "absolute_expires_at",
        };
        let sql = format!("SELECT count(*) FROM {table} WHERE {column} = 'epoch'");
        left.push(client.query_one(&sql, &[]).await.unwrap().get(0));
    }
    left
}

/// As of the present: the database's clock counts too.
fn now() -> Timestamp {
    Timestamp::from_seconds(std::time::UNIX_EPOCH.elapsed().unwrap().as_secs())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_transaction_of_a_purge_deletes_more_than_a_step_and_all_goes() {
    let server = admit_testkit::Postgres::start();
    let url = server.create_database("admit");
    let node = node(&url).await;
    let _alice = subject(&node, "alice", &[]).await;
    let hand = hand(&url).await;
    hand.batch_execute(ENDED).await.unwrap();
    let limit = "CREATE FUNCTION small() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                     IF (SELECT count(*) FROM gone) > 500 THEN RAISE 'too many at once'; END IF; RETURN NULL; END $$";
    hand.batch_execute(limit).await.unwrap();
    for table in TABLES {
        let trigger = format!(
            "CREATE TRIGGER small AFTER DELETE ON {table} REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION small()"
        );
        hand.batch_execute(&trigger).await.unwrap();
    }
    let went = node.purge(now()).await.unwrap();
    assert_eq!(ended(&hand).await, [0; 9]);
    assert_eq!(went, 1200 + 2400, "sessions and families");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_purge_passes_by_what_others_hold_and_by_a_table_that_refuses() {
    let server = admit_testkit::Postgres::start();
    let url = server.create_database("admit");
    let node = node(&url).await;
    let alice = subject(&node, "alice", &[]).await;
    let (hand, other) = (hand(&url).await, hand(&url).await);
    hand.batch_execute(ENDED).await.unwrap();
    other.batch_execute("BEGIN").await.unwrap();
    for table in TABLES {
        other.query_one(&format!("SELECT 1 FROM {table} LIMIT 1 FOR UPDATE"), &[]).await.unwrap();
    }
    node.purge(now()).await.unwrap();
    let left = ended(&hand).await;
    assert!(left.iter().all(|left| (0..=1).contains(left)) && left.contains(&1), "{left:?}");
    other.batch_execute("COMMIT").await.unwrap();
    let refuse = "CREATE FUNCTION never() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'never'; END $$;
                  CREATE TRIGGER never BEFORE DELETE ON known_address FOR EACH STATEMENT EXECUTE FUNCTION never()";
    hand.batch_execute(refuse).await.unwrap();
    let refused = node.purge(now()).await.unwrap_err().to_string();
    assert!(refused.contains("never"), "{refused}");
    let left = ended(&hand).await;
    assert_eq!(left.iter().enumerate().find(|(table, left)| *table != 3 && **left != 0), None, "{left:?}");
    // And whoever is signed in stays.
    assert!(node.by_id(alice.id).await.unwrap().is_some());
    let held = sign_in(&node, &alice).await;
    assert!(node.check(&held.digest, at(2)).await.unwrap().is_some());
}
