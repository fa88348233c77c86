//! What must be known before the first answer over a new connection is believed.
//!
//! A failover or a restart breaks the connections, and whoever answers afterwards may have lost the last writes. So every
//! new connection is held to the accounts first: whose keys these are, how far the logs must be, and that Redis is not
//! further than that.

use std::collections::BTreeMap;
use std::time::Duration;

use admit_core::id::Shard;
use redis::Value;
use tokio::time::timeout;

use super::address::RedisAddress;
use super::broken::Broken;
use super::fence::{Fence, Verdict, fence};
use super::keys::Keys;
use super::link::{Link, Server, Trouble, typed};
use super::numbers::Numbers;
use super::scripts;
use crate::truth::{Heads, Truth};

/// How long connecting anew may take, with all that must be known.
const RECONNECT: Duration = Duration::from_secs(3);

/// How long deleting shards may take: all keys are looked at once, a million of them in some seconds.
const FORGET: Duration = Duration::from_secs(120);

/// Connects, and learns from the accounts how far the logs must be.
pub(super) async fn reconnect(
    address: &RedisAddress,
    keys: &Keys,
    truth: &dyn Truth,
    known: &Numbers,
) -> Result<Link, Broken> {
    let compared = async {
        let link = address.dial().await?;
        is_theirs(&link, keys, truth).await?;
        compare(link, keys, truth, known).await
    };
    let (link, lost) = timeout(RECONNECT, compared).await.unwrap_or_else(|_| Err(Broken::late()))?;
    if lost.is_empty() {
        return Ok(link);
    }
    // The accounts were put back to an earlier state, by a backup or by a standby that had not got everything.
    tracing::error!(
        shards = lost.len(),
        "Redis has applied changes that the accounts have lost. The sessions of these shards are deleted, and their subjects \
         have to sign in again"
    );
    let again = async {
        forget(&link, keys, &lost).await?;
        compare(link, keys, truth, known).await
    };
    match timeout(FORGET, again).await {
        Ok(Ok((link, lost))) if lost.is_empty() => Ok(link),
        Ok(Ok(_)) => Err(Broken::new("Redis is further than the accounts still")),
        Ok(Err(broken)) => Err(broken),
        Err(_) => Err(Broken::late()),
    }
}

fn unknown(error: impl std::fmt::Display) -> Broken {
    Broken::late_because(format!("the accounts cannot say what Redis must have applied: {error}"))
}

/// Whether the keys are a copy of these accounts. Two deployments under one prefix would take each other's numbers for
/// their own.
async fn is_theirs(link: &Link, keys: &Keys, truth: &dyn Truth) -> Result<(), Broken> {
    if link.missing().is_some() && link.server(Shard(0)).is_none() {
        // It was asked when all of it was within reach, which it was at the start.
        return Ok(());
    }
    let name = truth.name().await.map_err(unknown)?;
    let mut call = scripts::OWNER.call(1);
    call.arg(keys.owner()).arg(&name);
    match link.send(Shard(0), &call).await? {
        Value::BulkString(owner) if owner == name.as_bytes() => Ok(()),
        _ => Err(Broken::new(format!(
            "the keys that match {} there are the sessions of other accounts: give each deployment a prefix of its own, as in \
             redis://host?prefix=shop: or, if the accounts were moved to another database, delete those keys",
            keys.pattern()
        ))),
    }
}

/// Reads how far the logs are, at both ends, and puts the fences into the epoch of the accounts. Gives the shards that have what the
/// accounts have lost: from then on nothing is applied there.
async fn compare(link: Link, keys: &Keys, truth: &dyn Truth, known: &Numbers) -> Result<(Link, Vec<Shard>), Broken> {
    loop {
        // The fences first: they are at most what the accounts say afterwards.
        let fences = link.send_to_all(|shard| fence(keys, shard)).await?;
        let Heads { numbers, epochs } = truth.heads().await.map_err(unknown)?;
        for (shard, head) in Shard::all().zip(&numbers) {
            known.raise(shard, *head);
        }
        let mut found = BTreeMap::new();
        // A shard without a server has no fence.
        for (shard, answer) in fences {
            let fence = Fence::read(&answer).map_err(|error| Broken::new(error.to_string()))?;
            let head = numbers.get(usize::from(shard.0)).copied().unwrap_or_default();
            link.applied().set(shard, fence.number);
            let verdict = fence.verdict(shard, head, &epochs);
            if verdict == Verdict::Later {
                return Err(Broken::new(
                    "it is a copy of a later state of the accounts than the database has: is this the database server that the \
                     others use? If it was put back from a backup, delete the keys of admit in Redis",
                ));
            }
            found.insert(shard, (fence, verdict));
        }
        let lost =
            found.iter().filter(|(_, (_, verdict))| *verdict == Verdict::Forget).map(|(shard, _)| *shard).collect();
        if found.values().all(|(_, verdict)| *verdict == Verdict::Good) {
            return Ok((link.compared(epochs), lost));
        }
        let give = |shard: Shard| match found.get(&shard) {
            Some((fence, Verdict::Forget)) => fence.empty(keys, shard),
            Some((fence, _)) => fence.adopt(keys, shard, &epochs),
            None => Fence::emptied().adopt(keys, shard, &epochs),
        };
        let given = link.send_to_all(give).await?;
        // Somebody else was faster in one of those where there was something to do: it is looked at anew.
        let was_seen = |(shard, answer): &(Shard, Value)| {
            *answer == Value::Int(1) || found.get(shard).is_some_and(|(_, verdict)| *verdict == Verdict::Good)
        };
        if given.iter().all(was_seen) {
            return Ok((link.compared(epochs), lost));
        }
    }
}

/// Deletes all that is of these shards, the fences last. Then they are in the accounts' epoch again.
async fn forget(link: &Link, keys: &Keys, shards: &[Shard]) -> Result<(), Broken> {
    for server in link.servers() {
        let mut cursor = 0_u64;
        loop {
            let mut scan = redis::cmd("SCAN");
            scan.arg(cursor).arg("MATCH").arg(keys.pattern()).arg("COUNT").arg(1000);
            let (next, found): (u64, Vec<Vec<u8>>) = typed(server.ask(&scan).await?)?;
            let theirs = |key: &Vec<u8>| keys.shard_of(key).is_some_and(|shard| shards.contains(&shard));
            let kept: Vec<_> = shards.iter().flat_map(|shard| [keys.fence(*shard), keys.epoch(*shard)]).collect();
            // Counts of attempts are no copy of anything.
            let counts = keys.counters();
            let goes =
                |key: &Vec<u8>| theirs(key) && !kept.contains(key) && *key != keys.owner() && !key.starts_with(&counts);
            delete(server, found.into_iter().filter(goes)).await?;
            cursor = next;
            if cursor == 0 {
                break;
            }
        }
    }
    for shard in shards {
        if let Some(server) = link.server(*shard) {
            delete(server, [keys.fence(*shard)]).await?;
            link.send(*shard, &Fence::emptied().adopt(keys, *shard, link.epochs())).await?;
        }
    }
    Ok(())
}

async fn delete(server: &Server, keys: impl IntoIterator<Item = Vec<u8>>) -> Result<(), Broken> {
    let delete = |key| {
        let mut command = redis::cmd("DEL");
        command.arg(key);
        command
    };
    Ok(server.ask_all(keys.into_iter().map(delete)).await.map(drop)?)
}

impl From<Trouble> for Broken {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Broken(broken) => broken,
            Trouble::Moving(words) | Trouble::Outdated(words) | Trouble::Refused(words) => Self::new(words),
        }
    }
}
