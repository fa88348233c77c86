//! Following the database: what other processes have changed, and how old the knowledge of that is.
//!
//! Every node asks for the numbers of the logs four times a second, at once when another node says that it has changed
//! something (`NOTIFY`), and whenever somebody needs to know what is true now. A round answers everybody who asked before it
//! began, so a thousand checks that need the present cost one question. The numbers have no gaps, so what is missed is seen
//! to be missing; a lost notification costs a quarter of a second and nothing else.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use admit_clock::SystemClock;
use admit_core::id::Shard;
use admit_core::random::{OsRandom, spread};
use admit_core::signal::LogId;
use admit_core::time::Clock;
use tokio_postgres::AsyncMessage;

use super::column::{number, value};
use super::connection::{Connection, On};
use super::error::Error;
use super::pooler::Two;
use super::{Shared, again, epoch, log, signals};
use crate::epoch::{In, Lost};
use crate::truth::{Place, Read};

/// How long nobody has to have changed anything before the numbers are asked for all the same.
const EVERY: Duration = Duration::from_millis(250);

/// How long the first pause is after something went wrong.
const AT_FIRST: Duration = Duration::from_millis(20);

/// How long a new connection may take.
const CONNECT_WITHIN: Duration = Duration::from_millis(500);

/// Entries that are read at a time.
const PAGE: u32 = 1000;

/// Follows for as long as it is let.
pub(super) async fn follow(shared: Arc<Shared>) {
    let mut pause = AT_FIRST;
    loop {
        // Once may be a moment's delay; the second time it is the database, and at once when a check has had no answer either.
        let again = pause > AT_FIRST;
        let mut answers = shared.db.answers();
        if let Err(error) = connected(&shared, &mut pause, &mut answers).await {
            if matches!(error, Error::Pooled) {
                // What is asked may be taken for another question. Nothing is asked until it is over, and then anew.
                tracing::error!(%error, "the database is not used");
                shared.db.making().give_up_all();
                shared.db.is_silent_since(shared.db.answers());
            } else if !again {
                tracing::warn!(%error, "the database is not followed; trying again");
            }
            if again || shared.db.has_missed(answers) {
                shared.db.is_silent_since(answers);
            }
        }
        let number = shared.rounds.begin();
        shared.rounds.end(number, None);
        tokio::time::sleep(spread(pause, &OsRandom)).await;
        pause = (pause * 2).min(Duration::from_millis(500));
    }
}

/// Follows on one connection until that ends.
async fn connected(shared: &Arc<Shared>, pause: &mut Duration, answers: &mut usize) -> Result<(), Error> {
    let making = shared.db.making();
    let connect = making.config().connect(making.tls());
    let (client, mut connection) =
        tokio::time::timeout(CONNECT_WITHIN, connect).await.map_err(|_| Error::Slow(CONNECT_WITHIN))??;
    let listening = Arc::clone(shared);
    let listening = tokio::spawn(async move {
        while let Some(Ok(message)) = std::future::poll_fn(|context| connection.poll_message(context)).await {
            if matches!(message, AsyncMessage::Notification(_)) {
                listening.rounds.wanted.notify_one();
            }
        }
    });
    let listening = AbortOnDrop(listening);
    let two = Two::of(making.config(), making.tls(), &client);
    let mut two = tokio::time::timeout(CONNECT_WITHIN, two).await.map_err(|_| Error::Slow(CONNECT_WITHIN))??;
    let connection = within(shared, async {
        // What is notified is written down elsewhere: it may be lost, and need not be waited for.
        client.batch_execute("SET synchronous_commit = off; LISTEN admit").await?;
        Connection::of((client, listening.0.abort_handle())).await
    })
    .await?;
    let on = connection.on();
    loop {
        let number = shared.rounds.begin();
        let fresh = SystemClock.monotonic();
        *answers = shared.db.answers();
        if shared.rounds.announce.swap(false, Ordering::AcqRel) {
            within(shared, async { on.run("NOTIFY admit", &[]).await }).await?;
        }
        within(shared, two.are_two(connection.client())).await?;
        within(shared, round(shared, on)).await?;
        if !shared.db.is_up() {
            tracing::info!("the database answers again");
        }
        shared.db.is_back();
        shared.rounds.end(number, Some(fresh));
        *pause = AT_FIRST;
        drop(tokio::time::timeout(EVERY, shared.rounds.wanted.notified()).await);
    }
}

async fn within<T>(shared: &Shared, answer: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let deadline = shared.db.deadline;
    tokio::time::timeout(deadline, answer).await.map_err(|_| Error::Slow(deadline))?
}

/// How far the database is, as of one moment.
struct Numbers {
    log: LogId,
    signals: u64,
    heads: Vec<u64>,
}

async fn numbers(on: On<'_>) -> Result<Numbers, Error> {
    let row = on
        .one(
            "SELECT (SELECT log FROM epoch ORDER BY base DESC LIMIT 1), (SELECT seq FROM signal_head),
                    array_agg(head ORDER BY id) FROM shard",
            &[],
        )
        .await?;
    let heads: Vec<i64> = value(&row, 2)?;
    let heads = heads.into_iter().map(|head| u64::try_from(head).unwrap_or_default()).collect();
    Ok(Numbers { log: epoch::log_id(value(&row, 0)?), signals: number(&row, 1)?, heads })
}

/// Asks for the numbers, and reads what is new. The database may be another than it was: a standby that took over, or a backup
/// that was put back. Then all of it is new.
async fn round(shared: &Arc<Shared>, on: On<'_>) -> Result<(), Error> {
    let found = numbers(on).await?;
    if !shared.feed.is(found.log, found.signals) || !shared.cache.is_behind(&found.heads) {
        return begin_anew(shared, on, found).await;
    }
    let Numbers { signals: seq, heads, .. } = found;
    if seq > shared.feed.seq() {
        for signal in signals::after(on, shared.feed.seq()).await? {
            shared.feed.publish(signal);
        }
        shared.feed.advance(seq);
    }
    for (shard, head) in Shard::all().zip(heads) {
        let known = shared.cache.position(shard);
        if head > known {
            if let Some(follower) = shared.follower() {
                follower.heard(Place { shard, seq: head });
            }
            catch_up(shared, on, shard, known, head).await?;
        }
    }
    Ok(())
}

/// Takes the database for what it is now, and says what is not there any more of what was known.
async fn begin_anew(shared: &Arc<Shared>, on: On<'_>, found: Numbers) -> Result<(), Error> {
    let epochs = log::epochs(on).await?;
    let (before, known) = (shared.feed.log(), shared.feed.seq());
    let lost = Lost {
        changes: shared.cache.lost(&epochs, &found.heads),
        signals: match epochs.lost(In::Signals, known) {
            0 => known.saturating_sub(found.signals),
            lost => lost,
        },
    };
    shared.lost.note(lost);
    let Lost { changes, signals } = lost;
    if before == found.log {
        tracing::error!(
            changes,
            signals,
            "the database was set back to an earlier state: run `admit restored`, or what has ended since then is valid again"
        );
    } else if lost == Lost::default() {
        tracing::warn!(
            "another database server has taken over, or a backup was restored; it has all that this node knew of"
        );
    } else {
        tracing::error!(
            changes,
            revocations = signals,
            "another database server has taken over without the last commits, or a backup was restored: these acknowledged \
             changes to users and sessions, and these revocations of tokens, are lost"
        );
    }
    let signals = signals::after(on, 0).await?;
    // One that came after the number was read is read again by the next round, and must not come twice.
    let signals = signals.into_iter().filter(|signal| signal.seq <= found.signals).collect();
    let gone = shared.feed.reset(found.log, found.signals, signals);
    let gone = gone.into_iter().filter(|signal| epochs.is_lost(In::Signals, signal.seq)).collect();
    shared.cache.reset(&found.heads);
    if let Some(follower) = shared.follower() {
        follower.unsettled();
    }
    shared.db.is_known_in(epochs.present.seq);
    tokio::spawn(again::make(Arc::downgrade(shared), gone));
    Ok(())
}

/// Drops from the cache what the log has ended.
async fn catch_up(shared: &Shared, on: On<'_>, shard: Shard, mut known: u64, head: u64) -> Result<(), Error> {
    if shared.cache.is_empty(shard) {
        shared.cache.skip_to(shard, head);
        return Ok(());
    }
    while known < head {
        let Read { entries, .. } = log::entries(on, shard, known, PAGE).await?;
        // What is older than any session is not there any more, and concerns none that is kept.
        known = entries.last().map_or(head, |entry| entry.seq);
        shared.cache.apply(shard, known, entries);
    }
    Ok(())
}

/// A task that ends with its owner.
pub(super) struct AbortOnDrop(pub(super) tokio::task::JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
