//! What every request shares.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Weak};
use std::time::Duration;

use admit_core::id::Shard;
use admit_core::session::SessionRules;
use admit_core::store::StoreError;
use redis::{Cmd, Value};
use tokio::sync::{Mutex, Notify, mpsc};
use tokio::time::{Instant, sleep};

use super::address::RedisAddress;
use super::broken::Broken;
use super::keys::Keys;
use super::line::Line;
use super::link::{Link, Trouble};
use super::numbers::Numbers;
use super::reconnect::reconnect;
use super::states::States;
use crate::truth::Truth;

/// Left to live by a key beyond what it is needed for: the clocks of nodes and servers are not one.
pub(super) const MARGIN: Duration = Duration::from_secs(60);

/// How long servers that are slow to answer are tried at the start: they may be starting too.
const AT_THE_START: Duration = Duration::from_secs(5);

/// How long to wait for a slot on its way from one server to another.
const MOVING: Duration = Duration::from_millis(10);

/// The parts of the store.
pub(super) struct Core {
    pub(super) me: Weak<Self>,
    pub(super) address: RedisAddress,
    pub(super) keys: Keys,
    pub(super) rules: SessionRules,
    pub(super) truth: Arc<dyn Truth>,
    pub(super) line: Line,
    /// For each shard the number of an entry that is committed: an answer of a Redis that is not as far is not believed.
    pub(super) known: Numbers,
    /// Whose turn it is to apply the log of a shard.
    pub(super) turns: [Mutex<()>; 256],
    /// There may be something pending.
    pub(super) pending: Arc<Notify>,
    /// Subjects' states as they were read last.
    pub(super) states: States,
    /// Tells the task that reconnects that the line broke.
    pub(super) broke: mpsc::UnboundedSender<Broken>,
    /// How many entries were, when it was last looked.
    pub(super) counted: AtomicU64,
}

/// What a store is made of.
pub(super) struct Parts {
    pub(super) address: RedisAddress,
    pub(super) rules: SessionRules,
    pub(super) truth: Arc<dyn Truth>,
    pub(super) broke: mpsc::UnboundedSender<Broken>,
}

impl Core {
    /// Connects.
    pub(super) async fn connect(parts: Parts) -> Result<Arc<Self>, Broken> {
        let Parts { address, rules, truth, broke } = parts;
        let (known, keys) = (Numbers::new(), Keys::new(&address.prefix));
        let until = Instant::now() + AT_THE_START;
        let link = loop {
            match reconnect(&address, &keys, &*truth, &known).await {
                Err(broken) if broken.late && Instant::now() < until => sleep(MOVING).await,
                // Later a part of a cluster may be away; at the start that is rather a wrong address.
                Ok(link) if link.missing().is_some() && Instant::now() < until => sleep(MOVING).await,
                Ok(link) if link.missing().is_some() => {
                    return Err(Broken::new(link.missing().map(|it| it.to_string()).unwrap_or_default()));
                }
                outcome => break outcome?,
            }
        };
        Ok(Arc::new_cyclic(|me| Self {
            me: me.clone(),
            address,
            keys,
            rules,
            truth,
            line: Line::new(link),
            known,
            turns: [const { Mutex::const_new(()) }; 256],
            pending: Arc::new(Notify::new()),
            states: States::default(),
            broke,
            counted: AtomicU64::new(0),
        }))
    }

    /// Sends a command that may be sent twice, until it is answered or time is up. Gives the connection of the answer too.
    pub(super) async fn call(
        self: &Arc<Self>,
        shard: Shard,
        until: Instant,
        command: Cmd,
    ) -> Result<(Arc<Link>, Value), StoreError> {
        loop {
            let link = self.line.link(until).await.map_err(Trouble::Broken)?;
            if let Some(answer) = self.once(&link, shard, until, &command).await? {
                return Ok((link, answer));
            }
        }
    }

    /// Sends a command over this connection. Nothing is an answer that may come the next time.
    pub(super) async fn once(
        self: &Arc<Self>,
        link: &Arc<Link>,
        shard: Shard,
        until: Instant,
        command: &Cmd,
    ) -> Result<Option<Value>, StoreError> {
        match link.send(shard, command).await {
            Ok(answer) => Ok(Some(answer)),
            Err(Trouble::Moving(_)) if Instant::now() + MOVING < until => {
                sleep(MOVING).await;
                Ok(None)
            }
            Err(trouble) => {
                let again = match &trouble {
                    Trouble::Broken(broken) => !broken.late,
                    Trouble::Outdated(_) => true,
                    Trouble::Moving(_) | Trouble::Refused(_) => false,
                };
                let error = self.failed(link, trouble);
                if again && Instant::now() < until { Ok(None) } else { Err(error) }
            }
        }
    }

    /// Takes connections out of use when that is what the trouble says, and gives the error to answer with.
    pub(super) fn failed(self: &Arc<Self>, link: &Arc<Link>, trouble: Trouble) -> StoreError {
        let broken = match &trouble {
            Trouble::Broken(broken) => Some(broken.clone()),
            // What the accounts and Redis are to each other is found out when connecting.
            Trouble::Outdated(words) => Some(Broken::new(words.clone())),
            Trouble::Moving(_) | Trouble::Refused(_) => None,
        };
        if let Some(broken) = broken
            && self.line.take_down(link, &broken)
        {
            // The task is gone when the store is being closed.
            drop(self.broke.send(broken));
        }
        trouble.into()
    }

    /// The shards in which Redis was not as far as it has to be, or as was due if that is less.
    pub(super) fn behind(&self, due: &[u64; 256]) -> Vec<Shard> {
        let last = self.line.last();
        let must = |(shard, due): &(Shard, &u64)| last.applied().at(*shard) < self.known.at(*shard).min(**due);
        Shard::all().zip(due).filter(must).map(|(shard, _)| shard).collect()
    }

    /// How many committed entries Redis had not applied.
    pub(super) fn unapplied(&self) -> u64 {
        let last = self.line.last();
        let of = |shard| last.epochs().between(shard, last.applied().at(shard), self.known.at(shard));
        Shard::all().map(of).sum()
    }

    /// How long a subject's state and index are kept, in milliseconds: longer than any session of it.
    pub(super) fn keep(&self) -> u64 {
        millis(self.rules.absolute + MARGIN)
    }
}

/// A time to live.
pub(super) fn millis(duration: Duration) -> u64 {
    // Redis refuses times that overflow when added to its clock.
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).min(1 << 50)
}
