//! Counts of attempts: each store answers as the rules do, at any time and whatever comes at once.

use std::sync::Arc;
use std::time::Duration;

use admit_clock::SystemClock;
use admit_core::id::SessionId;
use admit_core::random::OsRandom;
use admit_core::secret::ServerSecret;
use admit_core::store::Limits;
use admit_core::throttle::{Claimant, Counter, CounterKeys, Counts, Ending, Receipt, Reserved, Settlement};
use admit_core::time::{Clock, Timestamp};

use super::fixture::at;
use super::{Fault, Outcome, Stores, ensure, fault};

/// Names of counters of a server that is started for the check.
fn counter_keys() -> Outcome<CounterKeys> {
    Ok(CounterKeys::new(&ServerSecret::new(&OsRandom)?))
}

fn stranger<'a>(account: &'a str, prefix: &'a str) -> Claimant<'a> {
    Claimant { account, prefix, known: false, session: None }
}

async fn begin(limits: &dyn Limits, counters: &[Counter], now: Timestamp) -> Outcome<Receipt> {
    match limits.reserve(counters.to_vec(), Some(now)).await? {
        Reserved::Counted(receipt) => Ok(receipt),
        refused => Err(fault(format!("an attempt did not begin: {refused:?}"))),
    }
}

async fn fail(limits: &dyn Limits, counters: &[Counter], now: Timestamp) -> Outcome {
    let receipt = begin(limits, counters, now).await?;
    Ok(limits.settle(Settlement::of(counters, receipt, Ending::Failed), Some(now)).await?)
}

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> u64 {
        // Knuth's MMIX; the low bits are the poor ones.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides.max(1)
    }
}

/// Many attempts with every kind of ending, early, late or never, at times that go on by seconds and by hours, and back now and then.
pub(super) async fn every_attempt_is_answered_as_the_rules_say(stores: Stores) -> Outcome {
    let (keys, mut model, mut dice) = (counter_keys()?, Counts::default(), Dice(20_261_130));
    let (mut millis, mut under_way) = (0_u64, Vec::new());
    let sessions = [1, 2].map(|byte| SessionId::from_bytes([byte; 16]));
    for step in 0..600 {
        millis += match dice.below(60) {
            0 => 3_700_000,
            1 => 61_000,
            2 => 90_000_000,
            3..8 => 7_000,
            _ => dice.below(400),
        };
        let now = at(0).plus(Duration::from_millis(millis));
        // A clock that is set back.
        let now = if dice.below(100) == 0 { now.minus(Duration::from_secs(30)) } else { now };
        if dice.below(5) < 3 {
            let (account, prefix) = (format!("user{}", dice.below(2)), format!("192.0.2.{}", dice.below(30) / 10));
            let session = usize::try_from(dice.below(12)).ok().and_then(|which| sessions.get(which)).copied();
            let known = dice.below(5) == 0;
            let counters = keys.of(Claimant { known, session, ..stranger(&account, &prefix) });
            let expected = model.reserve(&counters, now);
            let reserved = stores.limits.reserve(counters.clone(), Some(now)).await?;
            ensure!(reserved == expected, "step {step}: {reserved:?} and not {expected:?}");
            if let Reserved::Counted(receipt) = reserved {
                under_way.push((counters, receipt));
            }
        } else if !under_way.is_empty() {
            let which = usize::try_from(dice.below(under_way.len() as u64)).unwrap_or_default();
            let (counters, receipt) = under_way.swap_remove(which);
            let ending = match dice.below(12) {
                0 => Ending::Cleared,
                1..4 => Ending::TakenBack,
                _ => Ending::Failed,
            };
            let settlements = Settlement::of(&counters, receipt, ending);
            model.settle(&settlements, now);
            stores.limits.settle(settlements, Some(now)).await?;
        }
    }
    Ok(())
}

/// The fifty-first of an address and the hundred-and-first of an account wait, and a first try does not.
pub(super) async fn guesses_at_many_accounts_and_from_many_addresses_are_counted_together(stores: Stores) -> Outcome {
    let keys = counter_keys()?;
    for guess in 0..50 {
        fail(&*stores.limits, &keys.of(stranger(&format!("user{guess}"), "192.0.2.1")), at(0)).await?;
    }
    let others = keys.of(stranger("alice", "192.0.2.1"));
    let reserved = stores.limits.reserve(others, Some(at(0))).await?;
    ensure!(reserved == Reserved::Wait { counter: 1, wait: Duration::from_secs(1) }, "{reserved:?}");
    let owner = keys.of(Claimant { known: true, ..stranger("alice", "192.0.2.1") });
    begin(&*stores.limits, &owner, at(0)).await?;
    for guess in 0..100 {
        fail(&*stores.limits, &keys.of(stranger("bob", &format!("bot{}", guess % 25))), at(0)).await?;
    }
    let again = stores.limits.reserve(keys.of(stranger("bob", "bot1")), Some(at(0))).await?;
    ensure!(again == Reserved::Wait { counter: 2, wait: Duration::from_secs(1) }, "{again:?}");
    let first = begin(&*stores.limits, &keys.of(stranger("bob", "hotel")), at(0)).await?;
    ensure!(first.first_try, "a new address has a try: {first:?}");
    let second = stores.limits.reserve(keys.of(stranger("bob", "hotel")), Some(at(0))).await?;
    ensure!(matches!(second, Reserved::Wait { counter: 2, .. }), "one, and not two at once: {second:?}");
    Ok(())
}

/// Those that begin are counted before the others are asked about.
pub(super) async fn of_sixty_attempts_at_once_five_begin(stores: Stores) -> Outcome {
    let counters = counter_keys()?.of(stranger("alice", "192.0.2.1"));
    let attempts: Vec<_> = (0..60)
        .map(|_| {
            let (limits, counters) = (Arc::clone(&stores.limits), counters.clone());
            tokio::spawn(async move { limits.reserve(counters, Some(at(0))).await })
        })
        .collect();
    let mut begun = 0;
    for attempt in attempts {
        let reserved = attempt.await.map_err(Fault::from)??;
        begun += u32::from(matches!(reserved, Reserved::Counted(_)));
    }
    ensure!(begun == 5, "{begun} began");
    Ok(())
}

/// Servers give no time: it is that of the store.
pub(super) async fn the_clock_of_the_store_counts_where_no_time_is_given(stores: Stores) -> Outcome {
    let counters = counter_keys()?.of(stranger("alice", "192.0.2.1"));
    for _ in 0..5 {
        let before = SystemClock.now();
        let Reserved::Counted(receipt) = stores.limits.reserve(counters.clone(), None).await? else {
            return Err(fault("a free attempt did not begin".to_owned()));
        };
        let apart = receipt.at.since(before).max(before.since(receipt.at));
        ensure!(apart < Duration::from_secs(10), "{:?} from {before:?}", receipt.at);
        stores.limits.settle(Settlement::of(&counters, receipt, Ending::Failed), None).await?;
    }
    let sixth = stores.limits.reserve(counters, None).await?;
    ensure!(matches!(sixth, Reserved::Wait { counter: 0, .. }), "{sixth:?}");
    Ok(())
}

/// Cleaning up changes no answer.
pub(super) async fn a_purge_forgets_no_count_that_still_counts(stores: Stores) -> Outcome {
    let counters = counter_keys()?.of(stranger("alice", "192.0.2.1"));
    // A time of now: a store with a time to live goes by that.
    let now = SystemClock.now();
    for _ in 0..5 {
        fail(&*stores.limits, &counters, now).await?;
    }
    stores.limits.purge(Some(now)).await?;
    let reserved = stores.limits.reserve(counters.clone(), Some(now)).await?;
    ensure!(reserved == Reserved::Wait { counter: 0, wait: Duration::from_secs(1) }, "{reserved:?}");
    let in_two_days = now.plus(Duration::from_secs(2 * 24 * 3600));
    stores.limits.purge(Some(in_two_days)).await?;
    begin(&*stores.limits, &counters, in_two_days).await.map(drop)
}
