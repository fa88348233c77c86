//! Where admit keeps accounts and sessions.
//!
//! The contract is [`admit_core::store`]; this crate keeps it, with four pairs of [`Stores`]:
//!
//! | accounts | sessions | nodes | after a restart | a check |
//! |---|---|---|---|---|
//! | [`Sqlite`] | beside them, with the live ones in memory too | one | everybody is still signed in | a read of memory |
//! | [`Sqlite`] | [`MemorySessions`] | one | everybody signs in again | a read of memory |
//! | [`Postgres`] | beside them | any number | everybody is still signed in | one question to the database |
//! | [`Postgres`] | [`RedisSessions`] | any number | everybody is still signed in | one question to Redis |
//!
//! With one node a change follows one path: it waits in a queue, one writer commits it together with its audit event, then
//! it is put into memory, and only then is it acknowledged. With several, the database orders the changes, and one that ends
//! sessions is acknowledged when it is in force where sessions are checked. Either way a check that starts after the
//! acknowledgement sees the change, and the change survives a crash.
//!
//! Another backend passes [`conformance`] and is done.

mod actors;
mod clients;
pub mod conformance;
mod counts;
mod epoch;
mod erasure;
mod feed;
#[doc(hidden)]
pub mod fuzzed;
mod live;
mod memory;
mod names;
mod postgres;
mod redis;
mod repeats;
mod seeded;
pub mod snapshot;
mod sqlite;
mod stores;
mod tls;
mod truth;
mod url;
mod writable;

pub use counts::MemoryLimits;
pub use epoch::Lost;
pub use memory::MemorySessions;
pub use postgres::{
    AddressError, Applied, ConnectError, Joined, MIGRATIONS, Migration, Phase, Postgres, PostgresAddress,
    PostgresSnapshot, SAID_EVERY, Settings, Within,
};
pub use redis::{FileError, RedisAddress, RedisAddressError, RedisError, RedisSessions};
pub use sqlite::{OpenError, Sqlite, SqliteSnapshot};
pub use stores::{Mark, Part, Stores, StoresError};
pub use url::UrlError;
