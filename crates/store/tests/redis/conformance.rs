//! Every check of the conformance suite.

use std::sync::Arc;

use admit_store::conformance::{RULES, Stores, TOKENS};
use admit_store::{Postgres, PostgresAddress, RedisAddress, RedisSessions};
use admit_testkit::Pair;

async fn open() -> Stores {
    let stores = admit_testkit::Stores::new(Pair::PostgresRedis);
    let urls = stores.environment();
    let accounts = Postgres::connect(&PostgresAddress::parse(urls[0].1).unwrap(), RULES, TOKENS).await.unwrap();
    let sessions = RedisSessions::connect(&RedisAddress::parse(urls[1].1).unwrap(), &accounts, RULES).await.unwrap();
    Stores {
        accounts: accounts.clone(),
        sessions: sessions.clone(),
        families: sessions,
        signals: accounts.clone(),
        keys: accounts,
        beside: Arc::new(stores),
    }
}

admit_store::conformance_tests!(open().await);
