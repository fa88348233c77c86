//! Where admit keeps accounts and sessions.
//!
//! The contract is [`admit_core::store`]; this crate keeps it, twice:
//!
//! | backend | accounts | sessions | after a restart |
//! |---|---|---|---|
//! | [`Sqlite`] | SQLite | SQLite, every change written through, with the live ones in memory too | everybody is still signed in |
//! | [`MemorySessions`] | SQLite | memory | everybody signs in again |
//!
//! Either way a session check is a read of memory that takes no lock, and a change follows one path: it waits in a
//! queue, one writer commits it together with its audit event, then it is put into memory, and only then is it
//! acknowledged. So a check that starts after the acknowledgement sees the change, and the change survives a crash.
//!
//! Another backend passes [`conformance`] and is done.

pub mod conformance;
mod feed;
mod live;
mod memory;
mod postgres;
mod redis;
mod sqlite;
mod stores;
mod truth;

pub use memory::MemorySessions;
pub use postgres::{
    AddressError, Applied, ConnectError, MIGRATIONS, Migration, Phase, Postgres, PostgresAddress, Within,
};
pub use redis::{FileError, RedisAddress, RedisAddressError, RedisError, RedisSessions};
pub use sqlite::{OpenError, Sqlite};
pub use stores::{Part, Stores};
