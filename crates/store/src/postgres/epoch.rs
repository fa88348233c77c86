//! In which epoch a database is ([`crate::epoch`]), and that it begins a new one when it is not what it was.
//!
//! It is looked at once on each new connection. A server gives numbers only when it is no standby, and then it stays what it
//! is for as long as its connections: a standby that takes over was none that a connection was made to, and a primary that
//! becomes a standby ends them. The database itself gives no number outside of its epoch (migration 0010), whoever asks.

use admit_core::signal::LogId;
use admit_core::time::Timestamp;
use admit_core::token::{LEEWAY, MAX_LIFETIME};
use tokio_postgres::Client;

use super::column::{number, time, value};
use super::error::Error;
use crate::seeded::{Bug, seeded};

/// 2020-01-01, in seconds since 1970. Generations go on from the seconds since then.
const SINCE: u64 = 1_577_836_800;

/// More changes than one subject has in what a standby lacks.
const JUMP: u32 = 1 << 16;

/// The epoch of a connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Epoch {
    /// Past all numbers of the epochs before.
    base: u64,
    begun_at: Timestamp,
    /// Nothing was lost before the first.
    is_first: bool,
}

impl Epoch {
    /// That of a new connection, which begins if the database is in none of its own yet.
    pub(super) async fn of(client: &Client) -> Result<Self, Error> {
        if seeded(Bug::EpochIgnored) {
            client.batch_execute("UPDATE epoch SET history = history() WHERE NOT in_its_epoch()").await?;
        }
        let begun: bool = client.query_one("SELECT NOT in_its_epoch() AND begin_epoch()", &[]).await?.try_get(0)?;
        if begun {
            tracing::warn!("another database server has taken over, or a backup was restored: a new epoch begins");
        }
        let sql = "SELECT base, begun_at, base = (SELECT min(base) FROM epoch) FROM epoch ORDER BY base DESC LIMIT 1";
        let row = client.query_one(sql, &[]).await?;
        Ok(Self { base: number(&row, 0)?, begun_at: time(&row, 1)?, is_first: value(&row, 2)? })
    }

    /// Past all numbers of the epochs before.
    pub(super) fn base(&self) -> u64 {
        self.base
    }

    /// When the last token ends that a session, a family or a subject can have, by when the last ends that is known. The note
    /// of one may be among what was lost.
    pub(super) fn token_until(&self, known: Option<Timestamp>) -> Option<Timestamp> {
        let lost = (!self.is_first).then(|| self.begun_at.plus(MAX_LIFETIME));
        known.max(lost)
    }

    /// The generation after this one, of a subject that was last changed at this number of its log.
    ///
    /// What was lost may have had higher ones than are there now, and what was made under these must not be good when they are reached again. So
    /// with the first change in an epoch counting goes on from where no count has come before: past what one subject can have had
    /// in what was lost, and past those of an epoch that was lost as a whole.
    pub(super) fn next(&self, generation: u32, changed_at: u64) -> Result<u32, Error> {
        if self.is_first || changed_at >= self.base {
            return generation.checked_add(1).ok_or(Error::Counter);
        }
        Ok(generation.checked_add(JUMP).ok_or(Error::Counter)?.max(self.floor()))
    }

    /// Whether something that was last changed at this number has to have another generation with its next change, whatever that is.
    pub(super) fn is_before(&self, changed_at: u64) -> bool {
        !self.is_first && changed_at < self.base
    }

    /// Whether something that was last changed at this number may have been changed in what was lost, and a token may say so still: what is
    /// so already is not known to be so everywhere.
    pub(super) fn may_differ(&self, changed_at: u64, now: Timestamp) -> bool {
        self.is_before(changed_at) && now < self.begun_at.plus(MAX_LIFETIME + LEEWAY * 2)
    }

    /// The number at which something was changed that is made now.
    pub(super) fn made_at(&self) -> u64 {
        if self.is_first { 0 } else { self.base }
    }

    /// The seconds since 2020 when it began.
    pub(super) fn floor(&self) -> u32 {
        let seconds = (self.base >> 20).saturating_sub(SINCE);
        if self.is_first { 0 } else { u32::try_from(seconds).unwrap_or(u32::MAX) }
    }
}

/// The name of a list of signals.
pub(super) fn log_id(kept: i64) -> LogId {
    LogId::from_u64(kept.cast_unsigned())
}
