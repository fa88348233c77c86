//! A connection with its prepared statements, and the pool of those that are taken for one thing at a time.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use arc_swap::ArcSwap;
use deadpool::managed::{self, Metrics, RecycleError, RecycleResult};
use tokio::task::AbortHandle;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, Row, Statement, Transaction};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::epoch::Epoch;
use super::error::Error;
use super::settings;

/// How long making a connection of a pool may take.
const MADE_WITHIN: Duration = Duration::from_secs(1);

/// How long it may take to tell the server to stop something.
const CANCELLED_WITHIN: Duration = Duration::from_secs(2);

/// What a value of a statement is.
pub(super) type Value<'a> = &'a (dyn ToSql + Sync);

/// Statements by their text.
pub(super) type Prepared = RwLock<HashMap<&'static str, Statement>>;

/// A connection for whoever looks after the database as a whole.
pub(super) async fn connect(config: &Config, tls: MakeRustlsConnect) -> Result<Client, Error> {
    Ok(carried(config, tls).await?.0)
}

/// The same, and what carries its questions and answers.
async fn carried(config: &Config, tls: MakeRustlsConnect) -> Result<(Client, AbortHandle), Error> {
    let (client, connection) = config.connect(tls).await?;
    // It ends when its client is dropped, and says why to whoever waits for an answer.
    let carrier = tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(error = %super::error::InWords(&error), "a connection to the database ended");
        }
    });
    settings::make(&client).await?;
    Ok((client, carrier.abort_handle()))
}

/// A connection of a node. Its statements are prepared once each.
pub(super) struct Connection {
    client: Client,
    prepared: Prepared,
    epoch: Epoch,
    /// What carries its questions and answers.
    carrier: AbortHandle,
    given_up: AtomicBool,
    /// Whether all that were made with it are used no more.
    over: Arc<AtomicBool>,
}

impl Connection {
    /// Of this client, which is connected, and what carries its questions and answers.
    pub(super) async fn of((client, carrier): (Client, AbortHandle)) -> Result<Self, Error> {
        let epoch = Epoch::of(&client).await?;
        let (prepared, given_up) = (RwLock::default(), AtomicBool::new(false));
        Ok(Self { client, prepared, epoch, carrier, given_up, over: Arc::default() })
    }

    /// Closes one that does not answer; it is never used again. Whoever waits on it is told at once, and not when TCP has given
    /// it up.
    pub(super) fn hang_up(&self) {
        self.given_up.store(true, Ordering::Release);
        self.carrier.abort();
    }

    /// The same, and the server is told to stop what it is doing.
    pub(super) fn cancel(&self, tls: MakeRustlsConnect) {
        self.given_up.store(true, Ordering::Release);
        let (canceller, carrier) = (self.client.cancel_token(), self.carrier.clone());
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            // It is closed after that: before, the number of its process could become another's.
            let told = tokio::time::timeout(CANCELLED_WITHIN, canceller.cancel_query(tls)).await;
            if !matches!(told, Ok(Ok(()))) {
                tracing::debug!("the database could not be told to stop a question that nobody waits for");
            }
            carrier.abort();
        });
    }

    /// Whether it is gone, or was given up.
    pub(super) fn is_closed(&self) -> bool {
        self.given_up.load(Ordering::Acquire) || self.over.load(Ordering::Acquire) || self.client.is_closed()
    }

    /// What it is made on.
    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// To ask on, outside of any transaction.
    pub(super) fn on(&self) -> On<'_> {
        On { client: &self.client, prepared: &self.prepared, epoch: self.epoch }
    }

    /// Begins a transaction, and gives what makes it a place to ask on.
    pub(super) async fn begin(&mut self) -> Result<(Transaction<'_>, Within<'_>), tokio_postgres::Error> {
        let Self { client, prepared, epoch, .. } = self;
        Ok((client.transaction().await?, Within { prepared, epoch: *epoch }))
    }
}

/// What a transaction lacks to be asked on.
pub(super) struct Within<'a> {
    prepared: &'a Prepared,
    epoch: Epoch,
}

impl Within<'_> {
    /// In this transaction, which was begun with it.
    pub(super) fn on<'t>(&'t self, transaction: &'t Transaction<'_>) -> On<'t> {
        On { client: transaction.client(), prepared: self.prepared, epoch: self.epoch }
    }
}

/// Where a statement is asked: a connection, or a transaction on it.
#[derive(Clone, Copy)]
pub(super) struct On<'a> {
    client: &'a Client,
    prepared: &'a Prepared,
    epoch: Epoch,
}

impl On<'_> {
    /// The epoch that the database is in, for as long as this connection.
    pub(super) fn epoch(&self) -> &Epoch {
        &self.epoch
    }

    async fn statement(&self, sql: &'static str) -> Result<Statement, Error> {
        let known = self.prepared.read().unwrap_or_else(PoisonError::into_inner).get(sql).cloned();
        if let Some(statement) = known {
            return Ok(statement);
        }
        let statement = self.client.prepare(sql).await?;
        self.prepared.write().unwrap_or_else(PoisonError::into_inner).insert(sql, statement.clone());
        Ok(statement)
    }

    /// Every row.
    pub(super) async fn all(&self, sql: &'static str, values: &[Value<'_>]) -> Result<Vec<Row>, Error> {
        Ok(self.client.query(&self.statement(sql).await?, values).await?)
    }

    /// The row, if there is one.
    pub(super) async fn opt(&self, sql: &'static str, values: &[Value<'_>]) -> Result<Option<Row>, Error> {
        Ok(self.client.query_opt(&self.statement(sql).await?, values).await?)
    }

    /// The one row.
    pub(super) async fn one(&self, sql: &'static str, values: &[Value<'_>]) -> Result<Row, Error> {
        Ok(self.client.query_one(&self.statement(sql).await?, values).await?)
    }

    /// How many rows were changed.
    pub(super) async fn run(&self, sql: &'static str, values: &[Value<'_>]) -> Result<u64, Error> {
        Ok(self.client.execute(&self.statement(sql).await?, values).await?)
    }

    /// Every row of a statement that is put together as it is needed.
    pub(super) async fn all_of(&self, sql: &str, values: &[Value<'_>]) -> Result<Vec<Row>, Error> {
        Ok(self.client.query(sql, values).await?)
    }
}

/// A future that lives as long as what it asks on.
pub(super) type Asking<'t, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 't>>;

/// A question that may be asked more than once.
pub(super) trait Ask<T> {
    /// Asks it here.
    fn on<'t>(&self, on: On<'t>) -> Asking<'t, T>;
}

impl<T, F: for<'t> Fn(On<'t>) -> Asking<'t, T>> Ask<T> for F {
    fn on<'t>(&self, on: On<'t>) -> Asking<'t, T> {
        self(on)
    }
}

/// What makes connections.
pub(super) struct Making {
    config: Config,
    tls: MakeRustlsConnect,
    /// What tells those that were made so far that they are over.
    over: ArcSwap<AtomicBool>,
}

impl Making {
    pub(super) fn new(config: Config, tls: MakeRustlsConnect) -> Self {
        Self { config, tls, over: ArcSwap::default() }
    }

    /// Makes one.
    pub(super) async fn open(&self) -> Result<Connection, Error> {
        let over = self.over.load_full();
        Ok(Connection { over, ..Connection::of(carried(&self.config, self.tls.clone()).await?).await? })
    }

    /// None that has been made so far is used again.
    pub(super) fn give_up_all(&self) {
        self.over.swap(Arc::default()).store(true, Ordering::Release);
    }

    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    pub(super) fn tls(&self) -> MakeRustlsConnect {
        self.tls.clone()
    }
}

/// The pool's side of it.
pub(super) struct Pooled(pub(super) Arc<Making>);

impl managed::Manager for Pooled {
    type Type = Connection;
    type Error = Error;

    async fn create(&self) -> Result<Connection, Error> {
        // On the heap: it is large, and seldom made.
        Box::pin(self.0.open()).await
    }

    async fn recycle(&self, connection: &mut Connection, _: &Metrics) -> RecycleResult<Error> {
        if connection.is_closed() { Err(RecycleError::message("it is closed")) } else { Ok(()) }
    }
}

/// Connections that are taken for one thing at a time.
pub(super) type Pool = managed::Pool<Pooled>;

/// Makes the pool; it has no connections until they are asked for.
pub(super) fn pool(making: Arc<Making>, size: usize, wait: Duration) -> Result<Pool, Error> {
    Pool::builder(Pooled(making))
        .max_size(size)
        .wait_timeout(Some(wait))
        .create_timeout(Some(MADE_WITHIN))
        .runtime(deadpool::Runtime::Tokio1)
        .build()
        .map_err(|error| Error::Connection(error.to_string()))
}
