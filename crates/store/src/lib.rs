//! Where admit keeps accounts and sessions.
//!
//! The contract is [`admit_core::store`]; this crate keeps it, with four pairs of [`Stores`]:
//!
//! | accounts | sessions | nodes | after a restart | a check | feature |
//! |---|---|---|---|---|---|
//! | [`Sqlite`] | beside them, with the live ones in memory too | one | everybody is still signed in | a read of memory | `sqlite`, the default |
//! | [`Sqlite`] | [`MemorySessions`] | one | everybody signs in again | a read of memory | `sqlite` |
//! | `Postgres` | beside them | any number | everybody is still signed in | one question to the database | `postgres` |
//! | `Postgres` | `RedisSessions` | any number | everybody is still signed in | one question to Redis | `redis` |
//!
//! With one node a change follows one path: it waits in a queue, one writer commits it together with its audit event, then
//! it is put into memory, and only then is it acknowledged. With several, the database orders the changes, and one that ends
//! sessions is acknowledged when it is in force where sessions are checked. Either way a check that starts after the
//! acknowledgement sees the change, and the change survives a crash.
//!
//! Another backend only has to pass `conformance`, which is a feature too.

#![cfg_attr(
    all(feature = "postgres", not(feature = "redis")),
    expect(dead_code, reason = "only sessions in Redis use some of the accounts in PostgreSQL")
)]

#[cfg(not(any(feature = "sqlite", feature = "postgres")))]
compile_error!("admit-store has no store for accounts: enable its feature `sqlite`, `postgres` or `redis`");

mod actors;
#[cfg(feature = "conformance")]
pub mod conformance;
mod counts;
#[cfg(feature = "postgres")]
mod epoch;
mod feed;
#[cfg(feature = "sqlite")]
mod live;
mod mark;
#[cfg(feature = "sqlite")]
mod memory;
mod names;
#[cfg(feature = "postgres")]
mod postgres;
mod records;
#[cfg(feature = "redis")]
mod redis;
mod repeats;
mod seeded;
pub mod snapshot;
#[cfg(feature = "sqlite")]
mod sqlite;
mod stores;
#[cfg(feature = "postgres")]
mod tls;
#[cfg(feature = "postgres")]
mod truth;
#[cfg(feature = "postgres")]
mod url;
#[cfg(any(feature = "sqlite", feature = "redis"))]
mod whole;
mod writable;

#[cfg(feature = "redis")]
pub use self::redis::{FileError, RedisAddress, RedisAddressError, RedisError, RedisSessions};
pub use counts::MemoryLimits;
#[cfg(feature = "postgres")]
pub use epoch::Lost;
pub use mark::Mark;
#[cfg(feature = "sqlite")]
pub use memory::MemorySessions;
#[cfg(feature = "postgres")]
pub use postgres::{
    AddressError, Applied, ConnectError, Joined, MIGRATIONS, Migration, Phase, Postgres, PostgresAddress,
    PostgresSnapshot, SAID_EVERY, Settings, Within,
};
#[cfg(feature = "sqlite")]
pub use sqlite::{OpenError, Sqlite, SqliteSnapshot};
#[cfg(feature = "redis")]
pub use stores::StoresError;
pub use stores::{Part, Stores};
#[cfg(feature = "postgres")]
pub use url::UrlError;
