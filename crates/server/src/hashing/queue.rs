//! Who is next: a fair queue between accounts and between addresses. It runs nothing and reads no clock.
//!
//! - Of one account at most one hash runs at a time, however many connections ask for it. Its others wait behind it, and take no
//!   place in the queue from anybody.
//! - Next is whoever's address was served the longest time ago, and within an address whoever's account was.
//! - Who has several waiting while others are there too is slowed: one account to a tenth of one thread, one address to a quarter
//!   of all threads. Alone, everybody goes at full speed.
//! - When every place is taken, a newcomer gets one from the address that has the most.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use admit_core::throttle::site;
use admit_core::time::Moment;

/// So long after its last hash somebody counts as being there too.
const THERE: Duration = Duration::from_secs(1);
/// Of one account: time between the beginnings of two hashes, in times of what one takes.
const ACCOUNT_PACE: u32 = 10;
/// Of one address: the same, divided by the number of threads.
const ADDRESS_PACE: u32 = 4;
/// No pause is longer, however long a hash takes.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);
/// Jobs that may wait behind others of their accounts.
const MOST_BEHIND: usize = 1024;

/// For whom a hash is computed.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Asker {
    /// The account that is signed in to, or that acts.
    account: Arc<str>,
    /// The site of its client's address.
    site: Arc<str>,
    /// Whether the account is known at that address. Strangers' tries do not stand in the way of its owner's.
    known: bool,
}

impl Asker {
    /// An account, its client's address prefix, and whether it is known there.
    pub fn new(account: impl Into<Arc<str>>, prefix: &str, known: bool) -> Self {
        Self { account: account.into(), site: site(prefix).into(), known }
    }

    fn lane(&self) -> Lane {
        (Arc::clone(&self.account), self.known)
    }
}

type Lane = (Arc<str>, bool);

/// What one account, or one address, has of the pool.
#[derive(Default)]
struct Share {
    waiting: usize,
    running: usize,
    /// When its latest hash began.
    served: Option<Moment>,
    /// When it was last there.
    there: Moment,
    /// When its next hash may begin, if it has several waiting and is not alone.
    next: Moment,
}

impl Share {
    fn is_there(&self, now: Moment) -> bool {
        self.waiting > 0 || self.running > 0 || (self.served.is_some() && now.since(self.there) < THERE)
    }

    fn begin(&mut self, now: Moment, pause: Duration) {
        self.waiting = self.waiting.saturating_sub(1);
        self.running += 1;
        (self.served, self.there) = (Some(now), now);
        self.next = self.next.max(now.plus(pause));
    }

    fn end(&mut self, now: Moment) {
        self.running = self.running.saturating_sub(1);
        self.there = now;
    }
}

struct Waiting<T> {
    number: u64,
    asker: Asker,
    job: T,
}

/// A job that runs: given back when it is over.
pub(super) struct Running {
    asker: Asker,
    began: Moment,
    /// When the next of its address might have begun before this one did.
    address_next: Moment,
}

/// What a free thread does.
pub(super) enum Next<T> {
    /// This.
    Job(Running, T),
    /// Nothing, until something is pushed or this moment has come.
    Nothing(Option<Moment>),
}

/// Why a job is not taken, or was given up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Surplus {
    /// Others of its account are before it.
    Account,
    /// Others of its address are before it.
    Address,
    /// The pool has more than it can do.
    Pool,
}

/// The queue. `T` is the job.
pub(super) struct FairQueue<T> {
    places: usize,
    threads: u32,
    waiting: VecDeque<Waiting<T>>,
    accounts: HashMap<Lane, Share>,
    addresses: HashMap<Arc<str>, Share>,
    /// What a hash has taken of late.
    cost: Duration,
    numbers: u64,
}

impl<T> FairQueue<T> {
    /// A queue for so many threads, in which so many accounts may wait.
    pub(super) fn new(places: usize, threads: usize) -> Self {
        Self {
            places: places.max(1),
            threads: u32::try_from(threads).unwrap_or(u32::MAX).max(1),
            waiting: VecDeque::new(),
            accounts: HashMap::new(),
            addresses: HashMap::new(),
            cost: Duration::ZERO,
            numbers: 0,
        }
    }

    /// Jobs that wait.
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Takes a job: its number, and the jobs that had to make room for it.
    ///
    /// # Errors
    /// Why there is no room. The job is dropped.
    pub(super) fn push(&mut self, asker: Asker, job: T, now: Moment) -> Result<(u64, Vec<T>), Surplus> {
        let lane = asker.lane();
        let others = self.accounts.get(&lane).map_or(0, |share| share.waiting);
        let mut evicted = Vec::new();
        if others > 0 {
            if self.waiting.len() >= self.places + MOST_BEHIND {
                return Err(Surplus::Account);
            }
        } else if self.places_taken() >= self.places {
            evicted = self.make_room(&asker)?;
        }
        self.numbers += 1;
        for share in
            [self.accounts.entry(lane).or_default(), self.addresses.entry(Arc::clone(&asker.site)).or_default()]
        {
            share.waiting += 1;
            share.there = now;
        }
        self.waiting.push_back(Waiting { number: self.numbers, asker, job });
        Ok((self.numbers, evicted))
    }

    /// Gives up a job that still waits, and says why it had to. `None`: it has begun, or it was evicted.
    pub(super) fn withdraw(&mut self, number: u64) -> Option<Surplus> {
        let at = self.waiting.iter().position(|waiting| waiting.number == number)?;
        let asker = self.waiting.remove(at)?.asker;
        self.forget(&asker);
        let in_use = |share: &Share| share.waiting + share.running > 0;
        let others = self.addresses.iter().any(|(site, share)| *site != asker.site && in_use(share));
        Some(if self.accounts.get(&asker.lane()).is_some_and(in_use) {
            Surplus::Account
        } else if others && self.addresses.get(&asker.site).is_some_and(in_use) {
            Surplus::Address
        } else {
            Surplus::Pool
        })
    }

    /// Drops the jobs whose asker has gone.
    pub(super) fn drop_gone(&mut self, gone: impl Fn(&T) -> bool) {
        if self.waiting.iter().any(|waiting| gone(&waiting.job)) {
            self.take(|waiting| gone(&waiting.job)).iter().for_each(|waiting| self.forget(&waiting.asker));
        }
    }

    /// Drops every job.
    pub(super) fn clear(&mut self) {
        self.drop_gone(|_| true);
    }

    /// What a free thread does now.
    pub(super) fn next(&mut self, now: Moment) -> Next<T> {
        self.accounts.retain(|_, share| share.is_there(now) || share.next > now);
        self.addresses.retain(|_, share| share.is_there(now) || share.next > now);
        let there = |share: &&Share| share.is_there(now);
        let accounts_there = self.accounts.values().filter(there).take(2).count();
        let addresses_there = self.addresses.values().filter(there).take(2).count();
        let mut soonest: Option<Moment> = None;
        let mut best = None;
        for (at, waiting) in self.waiting.iter().enumerate() {
            let account = self.accounts.get(&waiting.asker.lane());
            let address = self.addresses.get(&waiting.asker.site);
            let (Some(account), Some(address)) = (account, address) else { continue };
            if account.running > 0 {
                continue;
            }
            let paused = |share: &Share, there: usize| if share.waiting > 1 && there > 1 { share.next } else { now };
            let from = paused(account, accounts_there).max(paused(address, addresses_there));
            if from > now {
                soonest = Some(soonest.map_or(from, |soonest| soonest.min(from)));
                continue;
            }
            let rank = (address.served, account.served, waiting.number);
            if best.is_none_or(|(_, least)| rank < least) {
                best = Some((at, rank));
            }
        }
        let Some(Waiting { asker, job, .. }) = best.and_then(|(at, _)| self.waiting.remove(at)) else {
            return Next::Nothing(soonest);
        };
        let pauses = self.pauses(self.cost);
        if let Some(share) = self.accounts.get_mut(&asker.lane()) {
            share.begin(now, pauses.0);
        }
        let mut address_next = now;
        if let Some(share) = self.addresses.get_mut(&asker.site) {
            address_next = share.next;
            share.begin(now, pauses.1);
        }
        Next::Job(Running { asker, began: now, address_next }, job)
    }

    /// Notes that a job was not done after all: nobody has to pause for it.
    pub(super) fn not_done(&mut self, running: &Running, now: Moment) {
        if let Some(share) = self.accounts.get_mut(&running.asker.lane()) {
            share.end(now);
            share.next = now;
        }
        if let Some(share) = self.addresses.get_mut(&running.asker.site) {
            share.end(now);
            share.next = share.next.min(running.address_next.max(now));
        }
    }

    /// Notes that a job is over.
    pub(super) fn finished(&mut self, running: &Running, now: Moment) {
        let took = now.since(running.began);
        self.cost = if self.cost.is_zero() { took } else { (self.cost * 7 + took) / 8 };
        let pauses = self.pauses(took);
        if let Some(share) = self.accounts.get_mut(&running.asker.lane()) {
            share.end(now);
            share.next = share.next.max(running.began.plus(pauses.0));
        }
        if let Some(share) = self.addresses.get_mut(&running.asker.site) {
            share.end(now);
        }
    }

    /// How far apart hashes of this cost begin, of one account and of one address.
    fn pauses(&self, cost: Duration) -> (Duration, Duration) {
        let pause = |times: u32, parts: u32| (cost.saturating_mul(times) / parts).min(LONGEST_PAUSE);
        (pause(ACCOUNT_PACE, 1), pause(ADDRESS_PACE, self.threads))
    }

    /// Accounts that wait. Each has a place, however many of its jobs there are.
    fn places_taken(&self) -> usize {
        self.accounts.values().filter(|share| share.waiting > 0).count()
    }

    /// Takes the place of the account that came last at the address with the most places, if that has more than the newcomer's
    /// address would have.
    fn make_room(&mut self, newcomer: &Asker) -> Result<Vec<T>, Surplus> {
        let mut heads: HashMap<Lane, Arc<str>> = HashMap::new();
        let mut last: HashMap<Arc<str>, (usize, Lane)> = HashMap::new();
        for waiting in &self.waiting {
            let (lane, site) = (waiting.asker.lane(), &waiting.asker.site);
            if heads.contains_key(&lane) {
                continue;
            }
            heads.insert(lane.clone(), Arc::clone(site));
            let entry = last.entry(Arc::clone(site)).or_insert_with(|| (0, lane.clone()));
            *entry = (entry.0 + 1, lane);
        }
        let own = last.get(&newcomer.site).map_or(0, |(count, _)| *count);
        let alone = last.len() == 1 && own > 0;
        let most = last.into_values().max_by_key(|(count, _)| *count);
        let Some((_, lane)) = most.filter(|(count, _)| *count > own + 1) else {
            return Err(if own > 0 && !alone { Surplus::Address } else { Surplus::Pool });
        };
        let taken = self.take(|waiting| waiting.asker.lane() == lane);
        taken.iter().for_each(|waiting| self.forget(&waiting.asker));
        Ok(taken.into_iter().map(|waiting| waiting.job).collect())
    }

    fn take(&mut self, which: impl Fn(&Waiting<T>) -> bool) -> Vec<Waiting<T>> {
        let (taken, kept) = std::mem::take(&mut self.waiting).into_iter().partition(|waiting| which(waiting));
        self.waiting = kept;
        Vec::from(taken)
    }

    fn forget(&mut self, asker: &Asker) {
        let (account, address) = (self.accounts.get_mut(&asker.lane()), self.addresses.get_mut(&asker.site));
        for share in [account, address].into_iter().flatten() {
            share.waiting = share.waiting.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests;
