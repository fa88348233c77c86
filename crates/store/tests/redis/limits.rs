//! Counts of attempts in Redis: how long they live, and how many there are.

use admit_core::random::OsRandom;
use admit_core::secret::ServerSecret;
use admit_core::store::{Limits, MOST_COUNTERS};
use admit_core::throttle::{Claimant, Counter, CounterKeys, Ending, Reserved, Settlement};
use admit_testkit::Redis;

use crate::redis::node::{Node, at, database};

fn counters(account: &str) -> Vec<Counter> {
    let keys = CounterKeys::new(&ServerSecret::new(&OsRandom).unwrap());
    keys.of(Claimant { account, prefix: "192.0.2.1", known: true, session: None })
}

#[tokio::test(flavor = "multi_thread")]
async fn counters_have_a_time_to_live_and_what_was_taken_back_leaves_none() {
    let (redis, (_stores, url)) = (Redis::start(), database());
    let node = Node::new(&url, &redis.url()).await;
    let alice = counters("alice");
    let Reserved::Counted(receipt) = node.sessions.reserve(alice.clone(), Some(at(0))).await.unwrap() else {
        panic!("it did not begin");
    };
    let lives = "local least = 1e15 for _, key in ipairs(redis.call('KEYS', 'admit:{00}:a*')) do \
                 least = math.min(least, redis.call('PTTL', key)) end return least";
    let least: u64 = redis.command(&["EVAL", lives, "0"]).trim().parse().unwrap();
    assert!((3_600_000..=3_720_000).contains(&least), "{least}: the address is forgotten after an hour");
    node.sessions.settle(Settlement::of(&alice, receipt, Ending::TakenBack), Some(at(0))).await.unwrap();
    assert_eq!(redis.command(&["KEYS", "admit:{00}:a*"]).trim(), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_more_counters_than_there_is_room_for_the_newest_stay() {
    let (redis, (_stores, url)) = (Redis::start(), database());
    let node = Node::new(&url, &redis.url()).await;
    // Names that strangers made up a moment ago; of two there are the counters too.
    let fill = format!(
        "for n = 1, {MOST_COUNTERS} do redis.call('ZADD', 'admit:{{00}}:a', 1699999000000 + n, n) end \
         redis.call('SET', 'admit:{{00}}:a:1', '1') redis.call('SET', 'admit:{{00}}:a:3', '1')"
    );
    redis.command(&["EVAL", &fill, "0"]);
    assert!(matches!(node.sessions.reserve(counters("alice"), Some(at(0))).await.unwrap(), Reserved::Counted(_)));
    assert_eq!(redis.command(&["ZCARD", "admit:{00}:a"]).trim(), MOST_COUNTERS.to_string());
    assert_eq!(redis.command(&["EXISTS", "admit:{00}:a:1"]).trim(), "0");
    assert_eq!(redis.command(&["EXISTS", "admit:{00}:a:3"]).trim(), "1");
    // What nobody needs any more goes with the next attempt.
    let in_three_days = at(3 * 24 * 3600);
    assert!(matches!(node.sessions.reserve(counters("bob"), Some(in_three_days)).await.unwrap(), Reserved::Counted(_)));
    assert_eq!(redis.command(&["ZCARD", "admit:{00}:a"]).trim(), "2");
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_stay_when_a_shard_is_emptied_that_has_what_the_accounts_lack() {
    let (redis, (_stores, url)) = (Redis::start(), database());
    let node = Node::new(&url, &redis.url()).await;
    let alice = counters("alice");
    for _ in 0..5 {
        assert!(matches!(node.sessions.reserve(alice.clone(), None).await.unwrap(), Reserved::Counted(_)));
    }
    // As it is after the accounts were put back to before its last entries.
    redis.command(&["SET", "admit:{00}:f", "1000"]);
    let another = Node::new(&url, &redis.url()).await;
    assert_eq!(redis.command(&["GET", "admit:{00}:f"]).trim(), "", "it was emptied");
    let sixth = another.sessions.reserve(alice, None).await.unwrap();
    assert!(matches!(sixth, Reserved::Wait { .. }), "{sixth:?}");
}
