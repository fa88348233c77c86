//! A lane: connections of its own, each for one change or one list at a time, and a short wait when all are taken. What is slow
//! in one lane is not waited for in another.

use std::sync::Arc;
use std::time::Duration;

use deadpool::managed::{Object, PoolError, TimeoutType};

use super::connection::{Ask, Connection, Making, Pool, Pooled, pool};
use super::error::Error;

/// A connection that somebody has for themselves until it is dropped.
pub(super) type Taken = Object<Pooled>;

/// The lane. It has no connections until they are asked for.
pub(super) struct Lane {
    pool: Pool,
    making: Arc<Making>,
}

impl Lane {
    /// With so many connections at most; whoever comes when all are taken waits so long.
    pub(super) fn new(making: &Arc<Making>, size: usize, wait: Duration) -> Result<Self, Error> {
        Ok(Self { pool: pool(Arc::clone(making), size, wait)?, making: Arc::clone(making) })
    }

    /// A connection, in the order in which they were asked for.
    pub(super) async fn take(&self) -> Result<Taken, Error> {
        self.pool.get().await.map_err(|error| match error {
            PoolError::Timeout(TimeoutType::Wait) => Error::Crowded,
            PoolError::Backend(error) => error,
            error => Error::Connection(error.to_string()),
        })
    }

    /// Closes this one, which hangs, and those that nobody uses: about them nobody knows either.
    pub(super) fn give_up(&self, hangs: &Taken) {
        tracing::warn!("a connection to the database does not answer and is replaced");
        hangs.hang_up();
        self.pool.retain(|_, _| false);
    }

    /// Asks a question that changes nothing, and waits so long for the answer. When nobody waits any more, the database is told
    /// to stop.
    pub(super) async fn ask<T>(&self, within: Duration, ask: impl Ask<T>) -> Result<T, Error> {
        loop {
            let taken = self.take().await?;
            let mut asked = Asked { connection: &taken, making: &self.making, is_answered: false };
            let Ok(answer) = tokio::time::timeout(within, ask.on(taken.on())).await else {
                return Err(Error::Slow(within));
            };
            asked.is_answered = true;
            match answer {
                // The other side closed it since it was last used.
                Err(Error::Sql(error)) if error.is_closed() => {}
                answer => return answer,
            }
        }
    }
}

/// A question that was put. Its connection is good for another when it is answered, and for nothing until then.
struct Asked<'a> {
    connection: &'a Connection,
    making: &'a Making,
    is_answered: bool,
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        if !self.is_answered {
            self.connection.cancel(self.making.tls());
        }
    }
}
