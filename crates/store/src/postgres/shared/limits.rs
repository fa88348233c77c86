//! Counts of attempts, which all nodes share: each call is one function in the database, so one round trip.
//!
//! They have a connection of their own: calls take turns in the database, and no check of a session waits behind them.

use std::sync::Arc;
use std::time::Duration;

use admit_core::store::{Limits, MOST_COUNTERS, Reply, StoreError};
use admit_core::throttle::{Counter, Ending, Receipt, Reserved, Settlement};
use admit_core::time::Timestamp;
use arc_swap::ArcSwapOption;
use tokio::sync::Mutex;
use tokio_postgres::Row;

use super::Shared;
use crate::postgres::Postgres;
use crate::postgres::column::{big, malformed, number, value};
use crate::postgres::connection::{Asking, Connection, On};
use crate::postgres::db::Db;
use crate::postgres::error::Error;

/// How long a call may take, the making of a connection and a second try included.
const WITHIN: Duration = Duration::from_secs(1);

/// How long the answer may take. It waits for no disk.
const ANSWERED_WITHIN: Duration = Duration::from_millis(400);

/// Counters deleted in one transaction.
const STEP: i64 = 10_000;

/// The connection of their own.
#[derive(Default)]
pub(in crate::postgres) struct Line {
    connection: ArcSwapOption<Connection>,
    making: Mutex<()>,
}

impl Line {
    async fn open(&self, db: &Db) -> Result<Arc<Connection>, Error> {
        let open = || self.connection.load_full().filter(|connection| !connection.is_closed());
        if let Some(connection) = open() {
            return Ok(connection);
        }
        let _making = self.making.lock().await;
        if let Some(connection) = open() {
            return Ok(connection);
        }
        let connection = Arc::new(db.making().open().await?);
        self.connection.store(Some(Arc::clone(&connection)));
        Ok(connection)
    }
}

impl Shared {
    async fn count<T, F>(&self, may_be_twice: bool, ask: F) -> Result<T, Error>
    where
        F: for<'t> Fn(On<'t>) -> Asking<'t, T>,
    {
        if !self.db.is_up() {
            return Err(Error::Down);
        }
        tokio::time::timeout(WITHIN, self.count_at_last(may_be_twice, ask)).await.unwrap_or(Err(Error::Slow(WITHIN)))
    }

    /// Asks. What was sent on a connection that turns out to be gone, or to hang, is sent again only if it may be, and once.
    async fn count_at_last<T, F>(&self, may_be_twice: bool, ask: F) -> Result<T, Error>
    where
        F: for<'t> Fn(On<'t>) -> Asking<'t, T>,
    {
        let mut again = may_be_twice;
        loop {
            let connection = self.attempts.open(&self.db).await?;
            match tokio::time::timeout(ANSWERED_WITHIN, ask(connection.on())).await {
                Ok(Err(Error::Sql(_))) if again && connection.is_closed() => {}
                Ok(answer) => return answer,
                Err(_) => {
                    tracing::warn!("a connection to the database does not answer and is replaced");
                    connection.hang_up();
                    if !again {
                        return Err(Error::Slow(ANSWERED_WITHIN));
                    }
                }
            }
            again = false;
        }
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn time(at: Option<Timestamp>) -> Option<i64> {
    at.map(|at| big(at.millis()))
}

async fn reserve(on: On<'_>, counters: &[Counter], at: Option<i64>) -> Result<Reserved, Error> {
    let keys: Vec<&[u8]> = counters.iter().map(|counter| counter.key.as_bytes().as_slice()).collect();
    let free: Vec<i32> = counters.iter().map(|counter| i32::try_from(counter.rule.free).unwrap_or(i32::MAX)).collect();
    let each = |read: fn(&Counter) -> Duration| counters.iter().map(|one| millis(read(one))).collect::<Vec<i64>>();
    let [most, forget, remember] =
        [each(|one| one.rule.most), each(|one| one.rule.forget), each(|one| one.rule.remember)];
    let keep = each(|one| one.rule.keep());
    let stops: Vec<&str> = counters.iter().map(|counter| counter.stops.as_str()).collect();
    let row = on
        .one(
            "SELECT outcome, counter::bigint, wait, counted_at, first_try, last
             FROM reserve_attempt($1, $2, $3, $4, $5, $6, $7, $8)",
            &[&keys, &free, &most, &forget, &remember, &keep, &stops, &at],
        )
        .await?;
    reserved(&row)
}

fn reserved(row: &Row) -> Result<Reserved, Error> {
    match value::<&str>(row, 0)? {
        "counted" => Ok(Reserved::Counted(Receipt {
            at: Timestamp::from_millis(number(row, 3)?),
            first_try: value(row, 4)?,
            last: value(row, 5)?,
        })),
        "wait" => Ok(Reserved::Wait {
            counter: usize::try_from(number(row, 1)?).map_err(malformed)?,
            wait: Duration::from_millis(number(row, 2)?),
        }),
        "used-up" => Ok(Reserved::UsedUp),
        other => Err(malformed(format!("an attempt that is {other}"))),
    }
}

async fn settle(on: On<'_>, settlements: &[Settlement], at: Option<i64>) -> Result<(), Error> {
    let keys: Vec<&[u8]> = settlements.iter().map(|one| one.key.as_bytes().as_slice()).collect();
    let keep: Vec<i64> = settlements.iter().map(|one| millis(one.keep)).collect();
    let began: Vec<i64> = settlements.iter().map(|one| big(one.at.millis())).collect();
    let delays: Vec<bool> = settlements.iter().map(|one| one.delays).collect();
    let ending = |one: &Settlement| match one.ending {
        Ending::Failed => "failed",
        Ending::TakenBack => "taken-back",
        Ending::Cleared => "cleared",
    };
    let endings: Vec<&str> = settlements.iter().map(ending).collect();
    on.one("SELECT settle_attempts($1, $2, $3, $4, $5, $6)", &[&keys, &keep, &began, &delays, &endings, &at])
        .await
        .map(drop)
}

/// Deletes counters in steps, on connections that no attempt waits behind: those that are over, and when there are more than there is
/// room for, the half that was not used for longest, as in memory.
async fn purge(shared: &Shared, at: Option<i64>) -> Result<u64, Error> {
    let mut total = 0;
    loop {
        let deleted = shared.db.write(move |on| Box::pin(forgotten(on, at))).await?;
        total += deleted;
        if deleted < STEP.cast_unsigned() {
            break;
        }
    }
    let oldest = shared.db.write(|on| Box::pin(too_old(on))).await?;
    while let Some(used) = oldest {
        let deleted = shared.db.write(move |on| Box::pin(not_used_since(on, used))).await?;
        total += deleted;
        if deleted < STEP.cast_unsigned() {
            break;
        }
    }
    Ok(total)
}

async fn forgotten(on: On<'_>, at: Option<i64>) -> Result<u64, Error> {
    on.run(
        "DELETE FROM attempt_count WHERE key IN (
             SELECT key FROM attempt_count
             WHERE until <= (SELECT coalesce($1, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint))
             LIMIT $2 FOR UPDATE SKIP LOCKED)",
        &[&at, &STEP],
    )
    .await
}

/// By when a counter was used that has to go for others; `None` while there is room.
async fn too_old(on: On<'_>) -> Result<Option<i64>, Error> {
    let row = on.one("SELECT count(*) FROM attempt_count", &[]).await?;
    if number(&row, 0)? <= u64::from(MOST_COUNTERS) {
        return Ok(None);
    }
    let row = on
        .one(
            "SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY greatest(begun, failed_at, seen)) FROM attempt_count",
            &[],
        )
        .await?;
    value(&row, 0)
}

async fn not_used_since(on: On<'_>, used: i64) -> Result<u64, Error> {
    on.run(
        "DELETE FROM attempt_count WHERE key IN (
             SELECT key FROM attempt_count WHERE greatest(begun, failed_at, seen) <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)",
        &[&used, &STEP],
    )
    .await
}

impl Limits for Postgres {
    fn reserve(&self, counters: Vec<Counter>, at: Option<Timestamp>) -> Reply<Reserved> {
        let (shared, counters): (_, Arc<[Counter]>) = (Arc::clone(&self.shared), counters.into());
        Reply::pending(async move {
            // Counted twice, it gives nobody more.
            let reserved = shared.count(true, move |on| {
                let counters = Arc::clone(&counters);
                Box::pin(async move { reserve(on, &counters, time(at)).await })
            });
            Ok(reserved.await?)
        })
    }

    fn settle(&self, settlements: Vec<Settlement>, at: Option<Timestamp>) -> Reply<()> {
        let (shared, settlements): (_, Arc<[Settlement]>) = (Arc::clone(&self.shared), settlements.into());
        Reply::pending(async move {
            let settled = shared.count(false, move |on| {
                let settlements = Arc::clone(&settlements);
                Box::pin(async move { settle(on, &settlements, time(at)).await })
            });
            Ok(settled.await?)
        })
    }

    fn purge(&self, at: Option<Timestamp>) -> Reply<u64> {
        let shared = Arc::clone(&self.shared);
        Reply::pending(async move { purge(&shared, time(at)).await.map_err(StoreError::from) })
    }
}
