//! A pooler in front of the database (pgbouncer and its like), and whether a connection through it is one.
//!
//! In its session mode it is, and everything works. In its transaction mode each transaction has another connection of the
//! server: settings, prepared statements and `LISTEN` are then somebody else's, or nobody's. A prepared statement could even be
//! another node's by the same name. So each connection has a mark, and where a mark is not found again nothing is done.

use std::time::{Duration, Instant};

use tokio_postgres::{Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::connection::connect;
use super::error::Error;
use super::settings::{self, Mark};

/// How often two connections are compared while they are used.
const LOOKED_EVERY: Duration = Duration::from_millis(500);

/// How long a second connection may take. A pooler that has none left to give lets wait, and does not say so.
const SECOND_WITHIN: Duration = Duration::from_secs(5);

/// A connection, and a second one beside it by which is seen that it is one.
pub(super) struct Two {
    first: Mark,
    second: (Client, Mark),
    looked: Instant,
}

impl Two {
    /// Of this client's connection, whose settings are made, and one more.
    ///
    /// A pooler that gives out connections by transactions gives the second the one that the first has just put back, and the
    /// first another while the second holds it.
    pub(super) async fn of(config: &Config, tls: MakeRustlsConnect, client: &Client) -> Result<Self, Error> {
        let first = settings::make(client).await?;
        let few =
            "a second one was not given within 5 seconds: a pooler in front has to allow as many as the nodes need";
        let second = tokio::time::timeout(SECOND_WITHIN, connect(config, tls));
        let second = second.await.map_err(|_| Error::Connection(few.to_owned()))??;
        let mark = settings::make(&second).await?;
        first.is_on(client).await?;
        second.batch_execute("BEGIN").await?;
        first.is_on(client).await?;
        second.batch_execute("ROLLBACK").await?;
        Ok(Self { first, second: (second, mark), looked: Instant::now() })
    }

    /// Whether they still are two, if that was not asked a moment ago.
    pub(super) async fn are_two(&mut self, client: &Client) -> Result<(), Error> {
        if self.looked.elapsed() < LOOKED_EVERY {
            return Ok(());
        }
        self.looked = Instant::now();
        let (second, mark) = &self.second;
        mark.is_on(second).await?;
        self.first.is_on(client).await
    }
}

/// Whether a connection is one, for whoever does not keep it long.
pub(super) async fn refuse(config: &Config, tls: MakeRustlsConnect, client: &Client) -> Result<(), Error> {
    Two::of(config, tls, client).await.map(drop)
}
