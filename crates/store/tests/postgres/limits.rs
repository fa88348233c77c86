//! Counts of attempts in PostgreSQL: how many there are.

use std::time::Duration;

use admit_core::random::OsRandom;
use admit_core::secret::ServerSecret;
use admit_core::store::{Limits, MOST_COUNTERS};
use admit_core::throttle::{Claimant, CounterKeys, Reserved};
use tokio_postgres::Client;

use super::{at, node};

async fn count(client: &Client) -> i64 {
    client.query_one("SELECT count(*) FROM admit.attempt_count", &[]).await.unwrap().get(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counters_that_are_over_are_deleted_and_so_is_the_older_half_of_too_many() {
    let server = admit_testkit::Postgres::start();
    let url = server.create_database("admit");
    let node = node(&url).await;
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let keys = CounterKeys::new(&ServerSecret::new(&OsRandom).unwrap());
    let alice = keys.of(Claimant { account: "alice", prefix: "192.0.2.1", known: true, session: None });
    assert!(matches!(node.reserve(alice.clone(), Some(at(0))).await.unwrap(), Reserved::Counted(_)));
    assert_eq!(count(&client).await, 2);
    // That of the address is kept for an hour, that of the pair for a day: by whole hours.
    let after = |hours: u64| Some(at(0).plus(Duration::from_secs(hours * 3600)));
    for (hours, deleted) in [(0, 0), (3, 1), (3, 0), (26, 1)] {
        assert_eq!(node.purge(after(hours)).await.unwrap(), deleted, "after {hours} hours");
    }
    // Names that strangers made up, the oldest first, and after them somebody's.
    let fill = format!(
        "INSERT INTO admit.attempt_count (key, failed, begun, until)
         SELECT decode(lpad(to_hex(n), 32, '0'), 'hex'), 1, n, 4102444800000 FROM generate_series(1, {MOST_COUNTERS}) n"
    );
    client.batch_execute(&fill).await.unwrap();
    assert_eq!(node.purge(after(0)).await.unwrap(), 0, "there is room for so many");
    assert!(matches!(node.reserve(alice.clone(), Some(at(0))).await.unwrap(), Reserved::Counted(_)));
    assert_eq!(node.purge(after(0)).await.unwrap(), u64::from(MOST_COUNTERS / 2 + 1));
    let oldest: i64 = client.query_one("SELECT min(begun) FROM admit.attempt_count", &[]).await.unwrap().get(0);
    assert_eq!((count(&client).await, oldest), (i64::from(MOST_COUNTERS / 2 + 1), i64::from(MOST_COUNTERS / 2 + 2)));
}
