//! Counts of attempts, which all nodes share.
//!
//! All counters are of one shard, so that those of an attempt change in one step, whichever account and address it is about. A slot of a
//! cluster has room for that: an attempt is one script, and each costs a node the work of a password's hash.
//!
//! What Redis loses is lost here: counts need no proof against the accounts. A server that comes back without them, or a replica that
//! takes over without the last ones, gives the free tries once more.

use std::sync::Arc;
use std::time::Duration;

use admit_core::id::Shard;
use admit_core::store::{Limits, MOST_COUNTERS, Reply, StoreError};
use admit_core::throttle::{Counter, Ending, Receipt, Reserved, Settlement};
use admit_core::time::Timestamp;
use redis::{Cmd, Value};
use tokio::time::{Instant, timeout_at};

use super::RedisSessions;
use super::broken::Broken;
use super::core::{Core, millis};
use super::link::Trouble;
use super::scripts;

/// How long a call may take.
const WITHIN: Duration = Duration::from_secs(1);

/// The longest that a counter is kept: the list of them lives as long after it was used last.
const KEPT: Duration = Duration::from_secs(2 * 24 * 3600);

/// Where the counters are.
const SHARD: Shard = Shard(0);

impl Core {
    /// Sends, once: a second time could take back what another attempt counts.
    async fn send_once(self: &Arc<Self>, command: Cmd) -> Result<Value, StoreError> {
        let until = Instant::now() + WITHIN;
        let link = self.line.link(until).await.map_err(Trouble::Broken)?;
        match timeout_at(until, link.send(SHARD, &command)).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(trouble)) => Err(self.failed(&link, trouble)),
            Err(_) => Err(Trouble::Broken(Broken::late()).into()),
        }
    }

    fn begin_call(&self, script: &scripts::Script, keys: &[&[u8]], at: Option<Timestamp>) -> Cmd {
        let mut call = script.call(1 + keys.len() as u64);
        call.arg(self.keys.counters());
        for key in keys {
            call.arg(self.keys.counter(key));
        }
        call.arg(at.map(|at| at.millis().to_string()).unwrap_or_default());
        call
    }

    async fn reserve(self: Arc<Self>, counters: Vec<Counter>, at: Option<Timestamp>) -> Result<Reserved, StoreError> {
        let keys: Vec<&[u8]> = counters.iter().map(|counter| counter.key.as_bytes().as_slice()).collect();
        let mut call = self.begin_call(&scripts::RESERVE, &keys, at);
        call.arg(u64::from(MOST_COUNTERS)).arg(millis(KEPT));
        for Counter { rule, stops, .. } in &counters {
            call.arg(u64::from(rule.free));
            for duration in [rule.most, rule.forget, rule.remember, rule.keep()] {
                call.arg(millis(duration));
            }
            call.arg(stops.as_str());
        }
        // What is sent twice may be counted twice, which gives nobody more.
        let (_, answer) = self.call(SHARD, Instant::now() + WITHIN, call).await?;
        reserved(&answer)
    }

    async fn settle(self: Arc<Self>, settlements: Vec<Settlement>, at: Option<Timestamp>) -> Result<(), StoreError> {
        let keys: Vec<&[u8]> = settlements.iter().map(|one| one.key.as_bytes().as_slice()).collect();
        let mut call = self.begin_call(&scripts::SETTLE, &keys, at);
        for one in &settlements {
            call.arg(millis(one.keep)).arg(one.at.millis()).arg(u64::from(one.delays)).arg(match one.ending {
                Ending::Failed => "failed",
                Ending::TakenBack => "taken-back",
                Ending::Cleared => "cleared",
            });
        }
        self.send_once(call).await.map(drop)
    }
}

fn reserved(answer: &Value) -> Result<Reserved, StoreError> {
    let something_else = || StoreError::new("Redis answered a script with something else");
    let number = |answer: &Value| match answer {
        Value::Int(number) => u64::try_from(*number).map_err(|_| something_else()),
        _ => Err(something_else()),
    };
    let Value::Array(list) = answer else { return Err(something_else()) };
    let numbers = list.iter().map(number).collect::<Result<Vec<_>, _>>()?;
    match numbers.as_slice() {
        [1, at, first_try, last] => Ok(Reserved::Counted(Receipt {
            at: Timestamp::from_millis(*at),
            first_try: *first_try == 1,
            last: *last == 1,
        })),
        [2, counter, wait] => Ok(Reserved::Wait {
            counter: usize::try_from(*counter).map_err(|_| something_else())?,
            wait: Duration::from_millis(*wait),
        }),
        [3] => Ok(Reserved::UsedUp),
        _ => Err(something_else()),
    }
}

impl Limits for RedisSessions {
    fn reserve(&self, counters: Vec<Counter>, at: Option<Timestamp>) -> Reply<Reserved> {
        Reply::pending(self.core.clone().reserve(counters, at))
    }

    fn settle(&self, settlements: Vec<Settlement>, at: Option<Timestamp>) -> Reply<()> {
        Reply::pending(self.core.clone().settle(settlements, at))
    }

    /// Counters have a time to live, and those over the number that there is room for go when others come.
    fn purge(&self, _: Option<Timestamp>) -> Reply<u64> {
        Reply::ready(Ok(0))
    }
}
