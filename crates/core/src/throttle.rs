//! Guessing made slow without letting anybody lock out somebody else (NIST SP 800-63B-4 section 3.2.2, OWASP ASVS 5.0 6.3.1).
//!
//! Failures are counted in three places, and only failures:
//!
//! | counted | free failures | then | stops |
//! |---|---|---|---|
//! | account × address | 5 | 1 s doubling to 15 min | one client guessing at one account |
//! | address, for accounts that never signed in from it | 50 | 1 s doubling to 15 min | one client trying many accounts |
//! | account, from addresses it never signed in from | 100 | 1 s doubling to 1 h | many clients guessing at one account |
//!
//! The last two never apply at an address that the account has signed in from before, so neither a stranger elsewhere,
//! however many addresses they have, nor one behind the same office's address who tries every name keeps an owner out.
//! What remains: an attacker behind the owner's own address who guesses at that very account slows the owner down there,
//! to one try a quarter of an hour at worst.
//!
//! Accounts are counted by the name that was typed, in canonical form, whether or not it exists.
//!
//! Attempts under way are not counted until they fail, so a first burst may be larger by what the hashing pool holds.
//! Counts live in memory and are forgotten at restart.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::time::Timestamp;

/// Entries kept in each of the three tables. When one is full its least recently failed entries go first.
const CAPACITY: usize = 100_000;

#[derive(Clone, Copy)]
struct Limit {
    free: u32,
    most: Duration,
    forget: Duration,
}

const PAIR: Limit = Limit { free: 5, most: Duration::from_secs(15 * 60), forget: Duration::from_secs(3600) };
const ADDRESS: Limit = Limit { free: 50, most: Duration::from_secs(15 * 60), forget: Duration::from_secs(3600) };
const ACCOUNT: Limit = Limit { free: 100, most: Duration::from_secs(3600), forget: Duration::from_secs(24 * 3600) };

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    last: Timestamp,
}

impl Failures {
    fn wait(self, limit: Limit, now: Timestamp) -> Option<Duration> {
        let over = self.count.checked_sub(limit.free)?;
        let backoff = Duration::from_secs(1_u64.checked_shl(over.min(32)).unwrap_or(u64::MAX)).min(limit.most);
        let passed = now.since(self.last);
        (passed < backoff && passed < limit.forget).then(|| backoff - passed)
    }
}

/// The part of an address that one client is taken to own: all of an IPv4 address, the /64 of an IPv6 one.
#[must_use]
pub fn prefix(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

/// An attempt to sign in, as the throttle sees it.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// The canonical username.
    pub account: &'a str,
    /// The client's address [`prefix`].
    pub prefix: &'a str,
    /// Whether this account has signed in from there before.
    pub known: bool,
}

#[derive(Default)]
struct Tables {
    pairs: HashMap<(Box<str>, Box<str>), Failures>,
    addresses: HashMap<Box<str>, Failures>,
    accounts: HashMap<Box<str>, Failures>,
}

/// Failed attempts of the recent past.
#[derive(Default)]
pub struct Throttle(Mutex<Tables>);

impl Throttle {
    /// How long this attempt has to wait; `None` when it may go ahead.
    #[must_use]
    pub fn wait(&self, attempt: Attempt<'_>, now: Timestamp) -> Option<Duration> {
        let tables = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let pair = tables
            .pairs
            .get(&(attempt.account.into(), attempt.prefix.into()))
            .and_then(|failures| failures.wait(PAIR, now));
        // Whoever signs in here anyway is not stopped by what others behind the same address, or elsewhere, have tried.
        let strange = |failures: Option<&Failures>, limit| {
            failures.filter(|_| !attempt.known).and_then(|failures| failures.wait(limit, now))
        };
        let address = strange(tables.addresses.get(attempt.prefix), ADDRESS);
        let account = strange(tables.accounts.get(attempt.account), ACCOUNT);
        pair.max(address).max(account)
    }

    /// Notes that the attempt failed.
    pub fn failed(&self, attempt: Attempt<'_>, now: Timestamp) {
        let mut tables = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        count(&mut tables.pairs, (attempt.account.into(), attempt.prefix.into()), PAIR, now);
        count(&mut tables.addresses, attempt.prefix.into(), ADDRESS, now);
        if !attempt.known {
            count(&mut tables.accounts, attempt.account.into(), ACCOUNT, now);
        }
    }

    /// Notes that the attempt succeeded: this account at this address starts afresh. The counts of the address and of
    /// the account stay, or an attacker would clear them with an account of their own.
    pub fn succeeded(&self, attempt: Attempt<'_>) {
        let mut tables = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tables.pairs.remove(&(attempt.account.into(), attempt.prefix.into()));
    }
}

fn count<K: Eq + Hash + Clone>(table: &mut HashMap<K, Failures>, key: K, limit: Limit, now: Timestamp) {
    if table.len() >= CAPACITY && !table.contains_key(&key) {
        make_room(table, limit, now);
    }
    let failures = table.entry(key).or_insert(Failures { count: 0, last: now });
    if now.since(failures.last) >= limit.forget {
        failures.count = 0;
    }
    failures.count = failures.count.saturating_add(1);
    failures.last = now;
}

fn make_room<K: Eq + Hash + Clone>(table: &mut HashMap<K, Failures>, limit: Limit, now: Timestamp) {
    table.retain(|_, failures| now.since(failures.last) < limit.forget);
    if table.len() >= CAPACITY {
        let mut times: Vec<Timestamp> = table.values().map(|failures| failures.last).collect();
        let (_, median, _) = times.select_nth_unstable(CAPACITY / 2);
        let median = *median;
        table.retain(|_, failures| failures.last > median);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: &str = "192.0.2.1";

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_seconds(1_000_000 + seconds)
    }

    fn attempt<'a>(account: &'a str, prefix: &'a str, known: bool) -> Attempt<'a> {
        Attempt { account, prefix, known }
    }

    #[test]
    fn five_failures_are_free_and_then_each_waits_twice_as_long() {
        let throttle = Throttle::default();
        let guess = attempt("alice", HOME, false);
        let mut now = 0;
        let mut waits = Vec::new();
        for _ in 0..20 {
            let wait = throttle.wait(guess, at(now)).map_or(0, |wait| wait.as_secs());
            waits.push(wait);
            now += wait;
            throttle.failed(guess, at(now));
        }
        assert_eq!(waits[..9], [0, 0, 0, 0, 0, 1, 2, 4, 8]);
        assert_eq!(waits[19], 900);
    }

    #[test]
    fn a_stranger_elsewhere_cannot_lock_the_owner_out() {
        let throttle = Throttle::default();
        for n in 0..5_000_u32 {
            let address = format!("198.51.100.{}", n % 256);
            throttle.failed(attempt("alice", &address, false), at(u64::from(n)));
        }
        let now = at(5_000);
        assert!(throttle.wait(attempt("alice", "198.51.100.7", false), now).is_some());
        assert!(
            throttle.wait(attempt("alice", "203.0.113.9", false), now).is_some(),
            "a new address waits too: many clients are stopped"
        );
        assert_eq!(throttle.wait(attempt("alice", HOME, true), now), None, "an address she has used before does not");
    }

    #[test]
    fn one_address_trying_many_accounts_is_slowed_and_success_does_not_clear_it() {
        let throttle = Throttle::default();
        for n in 0..60 {
            throttle.failed(attempt(&format!("user{n}"), HOME, false), at(0));
        }
        throttle.succeeded(attempt("mine", HOME, true));
        assert!(throttle.wait(attempt("another", HOME, false), at(0)).is_some());
        assert_eq!(
            throttle.wait(attempt("colleague", HOME, true), at(0)),
            None,
            "who signs in here anyway is not stopped"
        );
    }

    #[test]
    fn success_clears_the_account_at_its_address_and_time_clears_the_rest() {
        let throttle = Throttle::default();
        for _ in 0..10 {
            throttle.failed(attempt("alice", HOME, true), at(0));
        }
        assert!(throttle.wait(attempt("alice", HOME, true), at(0)).is_some());
        throttle.succeeded(attempt("alice", HOME, true));
        assert_eq!(throttle.wait(attempt("alice", HOME, true), at(0)), None);
        for _ in 0..40 {
            throttle.failed(attempt("bob", HOME, false), at(0));
        }
        assert_eq!(throttle.wait(attempt("bob", HOME, false), at(3600)), None);
    }

    #[test]
    fn memory_is_bounded_and_the_newest_failures_are_kept() {
        let throttle = Throttle::default();
        for n in 0..(CAPACITY as u64 + 10) {
            throttle.failed(attempt(&format!("user{n}"), &format!("addr{n}"), false), at(n / 1000));
        }
        let tables = throttle.0.lock().unwrap();
        assert!(
            tables.pairs.len() <= CAPACITY && tables.addresses.len() <= CAPACITY && tables.accounts.len() <= CAPACITY
        );
        assert!(tables.accounts.contains_key(format!("user{}", CAPACITY + 9).as_str()));
    }

    #[test]
    fn an_ipv6_client_is_its_network() {
        assert_eq!(prefix("2001:db8:1:2:3:4:5:6".parse().unwrap()), "2001:db8:1:2::/64");
        assert_eq!(prefix("::ffff:192.0.2.1".parse().unwrap()), "192.0.2.1");
    }
}
