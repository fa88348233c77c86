//! Uses of sessions, which no check waits to be written down.

use std::time::{Duration, Instant};

use admit_core::store::Sessions;

use super::{at, node, sign_in, subject};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_does_not_wait_until_a_use_of_its_session_is_written_down() {
    let server = admit_testkit::Postgres::start();
    let url = server.create_database("admit");
    let node = node(&url).await;
    let alice = subject(&node, "alice", &[]).await;
    let (held, other) = (sign_in(&node, &alice).await, sign_in(&node, &alice).await);
    let (hand, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    // Nobody can write a session down.
    hand.batch_execute("BEGIN; LOCK TABLE admit.session IN SHARE MODE").await.unwrap();
    let begun = Instant::now();
    for minute in 2..100 {
        let checked = node.check(&held.digest, at(60 * minute)).await.unwrap().unwrap();
        assert_eq!(checked.session.last_seen_at, at(60 * minute), "its own answer is right");
    }
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    hand.batch_execute("COMMIT").await.unwrap();
    // Whatever could not be written down, the next use is.
    let seen = async |digest: &[u8]| {
        let sql = "SELECT extract(epoch FROM last_seen_at)::bigint FROM admit.session WHERE digest = $1";
        hand.query_one(sql, &[&digest]).await.unwrap().get::<_, i64>(0)
    };
    let mut minute = 100;
    while seen(held.digest.as_bytes()).await < 1_700_000_000 + 60 * 100 {
        assert!(begun.elapsed() < Duration::from_secs(20), "the use was never written down");
        node.check(&held.digest, at(60 * minute)).await.unwrap();
        minute += 1;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(seen(other.digest.as_bytes()).await, 1_700_000_000, "one that was not used");
}
