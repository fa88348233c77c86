//! What Redis has of a subject that is deleted.

use admit_core::store::Change;
use admit_testkit::Redis;

use crate::redis::node::{Node, database};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_deleted_subject_but_its_empty_state_stays_in_redis() {
    let (redis, (_stores, url)) = (Redis::start(), database());
    let node = Node::new(&url, &redis.url()).await;
    let (alice, bob) = (node.subject("alice-of-redis").await, node.subject("bob").await);
    let held = [node.sign_in(&alice).await, node.sign_in(&alice).await];
    let other = node.sign_in(&bob).await;
    let sessions = || redis.command(&["EVAL", "return #redis.call('KEYS', 'admit:{*}:s:*')", "0"]).trim().to_owned();
    assert_eq!(sessions(), "3");
    node.change(alice.id, Change::Delete).await.unwrap().unwrap();
    assert_eq!(sessions(), "1", "with their devices and addresses");
    let named = "local found = 0 for _, key in ipairs(redis.call('KEYS', 'admit:{*}:u:*')) do \
                 if string.find(redis.call('GET', key), 'alice%-of%-redis') then found = found + 1 end end return found";
    assert_eq!(redis.command(&["EVAL", named, "0"]).trim(), "0");
    for held in &held {
        assert!(!node.is_live(held).await);
    }
    assert!(node.is_live(&other).await);
}
