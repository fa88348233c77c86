//! Guessing made slow without letting anybody lock out somebody else (NIST SP 800-63B-4 section 3.2.2, OWASP ASVS 5.0 6.3.1).
//!
//! Failures are counted in three places, and only failures:
//!
//! | counted | free failures | then | stops |
//! |---|---|---|---|
//! | account × address | 5 | 1 s doubling to 15 min | one client guessing at one account |
//! | address, for accounts that never signed in from it | 50 | 1 s doubling to 15 min | one client trying many accounts |
//! | account, from addresses it never signed in from | 100 | 1 s doubling to 2 min | many clients guessing at one account |
//!
//! The last two never apply at an address that the account has signed in from before, so neither a stranger elsewhere,
//! however many addresses they have, nor one behind the same office's address who tries every name keeps an owner out.
//! The third does not apply to the first try of an address at an account in [`REMEMBERED`] either: an owner who comes from a new
//! address has one try there, whatever others are doing. A botnet has that too: one guess a day for each address that it has.
//! What remains: an attacker behind the owner's own address who guesses at that very account slows the owner down there,
//! to one try a quarter of an hour at worst.
//!
//! **An attempt counts from when it begins** ([`Throttle::begin`]), and it counts as a failure until it is known to be none.
//! Guesses sent at the same time are no more than guesses sent one after the other, and a client that hangs up has failed.
//!
//! A session in which the current password is given wrongly [`SESSION_FAILURES`] times is to be ended.
//!
//! Accounts are counted by the name that was typed, in canonical form, whether or not it exists. The counts of a [`Throttle`] live in
//! memory and are forgotten at restart. Time is monotonic: correcting the clock neither shortens nor lengthens a wait.
//!
//! Where several nodes serve one site they count together too, by the same rules, in a store ([`crate::store::Limits`]): an attempt is
//! [`Counted`] there before it begins here. Each node's own counts stay: they stop earlier than the shared ones, and never later.

mod count;
mod counted;
mod counter;
#[cfg(test)]
mod shared_tests;
mod table;
#[cfg(test)]
mod tests;

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use self::table::{Limit, Table};
use crate::id::SessionId;
use crate::time::Moment;

pub use count::{Count, Counts};
pub use counted::{Counted, Settles};
pub use counter::{Counter, CounterKey, CounterKeys, Receipt, Reserved, Rule, SLICE, Settlement, Stops};
pub use table::Ending;

/// So long an address that failed at an account is no new one there.
pub const REMEMBERED: Duration = DAY;

/// Wrong current passwords after which a session is to be ended.
pub const SESSION_FAILURES: u32 = 10;

const QUARTER: Duration = Duration::from_secs(15 * 60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

const PAIR: Limit = Limit { free: 5, most: QUARTER, forget: HOUR, remember: REMEMBERED, under_way: true };
const ADDRESS: Limit = Limit { free: 50, most: QUARTER, forget: HOUR, remember: HOUR, under_way: true };
const ACCOUNT: Limit = Limit { free: 100, most: Duration::from_secs(120), forget: DAY, remember: DAY, under_way: true };
const SESSION: Limit = Limit { free: SESSION_FAILURES, most: DAY, forget: DAY, remember: DAY, under_way: true };
/// Of programs: many may show at the same time that they are who they are, and each is right.
const CLIENT: Limit = Limit { under_way: false, ..ADDRESS };

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

/// What whoever owns a [`prefix`] may own besides, as a site gets it (RFC 6177): the /48 of an IPv6 one, which has 65,536 of them.
/// For sharing what is scarce, where a neighbour who is counted too gets less and is not refused.
#[must_use]
pub fn site(prefix: &str) -> &str {
    let network = prefix.strip_suffix("::/64").and_then(|network| network.rsplit_once(':'));
    network.map_or(prefix, |(site, _)| site)
}

/// Who says to be whom, from where.
#[derive(Clone, Copy, Debug)]
pub struct Claimant<'a> {
    /// The canonical username.
    pub account: &'a str,
    /// The client's address [`prefix`].
    pub prefix: &'a str,
    /// Whether this account has signed in from there before.
    pub known: bool,
    /// The session in which the password is asked for again.
    pub session: Option<SessionId>,
}

/// Why an attempt may not begin.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stopped {
    /// It has to wait this long.
    Wait(Duration),
    /// Too many wrong passwords were given in this session: it is to be ended.
    Session,
}

impl Claimant<'_> {
    fn pair(&self) -> Pair {
        (self.account.into(), self.prefix.into())
    }
}

type Pair = (Box<str>, Box<str>);

struct Tables {
    pairs: Table<Pair>,
    addresses: Table<Box<str>>,
    accounts: Table<Box<str>>,
    sessions: Table<SessionId>,
}

impl Tables {
    /// Whether an attempt may begin, and if so whether the account-wide wait does not stop it because it is the first of its
    /// address.
    fn check(&mut self, claimant: Claimant<'_>, pair: &Pair, now: Moment) -> Result<bool, Stopped> {
        if claimant.session.is_some_and(|session| self.sessions.is_used_up(&session, now)) {
            return Err(Stopped::Session);
        }
        let mut wait = self.pairs.wait(pair, now);
        let mut first_try = false;
        // Whoever signs in here anyway is not stopped by what others behind the same address, or elsewhere, have tried.
        if !claimant.known {
            first_try = self.pairs.is_fresh(pair, now) && self.accounts.is_used_up(&pair.0, now);
            wait = wait.max(self.addresses.wait(&pair.1, now));
            if !first_try {
                wait = wait.max(self.accounts.wait(&pair.0, now));
            }
        }
        wait.map_or(Ok(first_try), |wait| Err(Stopped::Wait(wait)))
    }
}

/// Attempts under way, and failures of the recent past.
pub struct Throttle(Mutex<Tables>);

impl Default for Throttle {
    fn default() -> Self {
        Self(Mutex::new(Tables {
            pairs: Table::new(PAIR),
            addresses: Table::new(ADDRESS),
            accounts: Table::new(ACCOUNT),
            sessions: Table::new(SESSION),
        }))
    }
}

impl Throttle {
    /// For programs that show who they are. A secret or a key of theirs cannot be guessed, and a mistake in how one is deployed is
    /// made over and over: fifty wrong proofs of one client from one address are free.
    #[must_use]
    pub fn for_clients() -> Self {
        Self(Mutex::new(Tables {
            pairs: Table::new(CLIENT),
            addresses: Table::new(CLIENT),
            accounts: Table::new(ACCOUNT),
            sessions: Table::new(SESSION),
        }))
    }

    /// How long this name has to wait at this address, whoever it is: what can be asked before any store is, so that a refusal
    /// by it says nothing about the account. [`Self::begin`] asks it again.
    #[must_use]
    pub fn wait(&self, account: &str, prefix: &str, now: Moment) -> Option<Duration> {
        self.tables().pairs.wait(&(account.into(), prefix.into()), now)
    }

    /// How long strangers have to wait at this address, whatever their names.
    #[must_use]
    pub fn wait_of_address(&self, prefix: &str, now: Moment) -> Option<Duration> {
        self.tables().addresses.wait(&prefix.into(), now)
    }

    /// Whether an attempt might begin now. Nothing is counted: [`Self::begin`] asks again.
    ///
    /// # Errors
    /// When it would have to wait, or its session has to be ended.
    pub fn check(&self, claimant: Claimant<'_>, now: Moment) -> Result<(), Stopped> {
        self.tables().check(claimant, &claimant.pair(), now).map(drop)
    }

    /// Begins an attempt, and counts it as failed from now on. Whoever is told [`Stopped`] is not counted.
    ///
    /// # Errors
    /// When it has to wait, or its session has to be ended.
    pub fn begin(self: &Arc<Self>, claimant: Claimant<'_>, now: Moment) -> Result<Attempt, Stopped> {
        let mut tables = self.tables();
        let pair = claimant.pair();
        let first_try = tables.check(claimant, &pair, now)?;
        tables.addresses.begin(pair.1.clone(), true, now);
        if !claimant.known {
            // A first try is counted, and nobody else waits longer for it: or a botnet's would leave nobody a second one.
            tables.accounts.begin(pair.0.clone(), !first_try, now);
        }
        if let Some(session) = claimant.session {
            tables.sessions.begin(session, true, now);
        }
        tables.pairs.begin(pair.clone(), true, now);
        Ok(Attempt {
            throttle: Arc::clone(self),
            pair,
            stranger: !claimant.known,
            first_try,
            session: claimant.session,
            begun: now,
            ending: Ending::Failed,
            counted: None,
        })
    }

    /// Counts a failure that is found out afterwards.
    pub fn failed(self: &Arc<Self>, claimant: Claimant<'_>, now: Moment) {
        drop(self.begin(claimant, now));
    }

    fn session_is_used_up(&self, session: SessionId, now: Moment) -> bool {
        self.tables().sessions.is_used_up(&session, now)
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An attempt under way. Dropped, it has failed: a wrong password and a client that hangs up alike.
#[must_use = "an attempt that is dropped has failed"]
pub struct Attempt {
    throttle: Arc<Throttle>,
    pair: Pair,
    stranger: bool,
    first_try: bool,
    session: Option<SessionId>,
    begun: Moment,
    ending: Ending,
    counted: Option<Counted>,
}

impl Attempt {
    /// The same, counted in a store too: it ends there as it ends here.
    pub fn also_counted(mut self, counted: Counted) -> Self {
        self.counted = Some(counted);
        self
    }

    /// It succeeded: this account at this address starts afresh. The counts of the address and of the account stay as they were
    /// before it, or an attacker would clear them with an account of their own.
    pub fn succeeded(mut self) {
        self.ending = Ending::Cleared;
    }

    /// The server did not judge it: it had no room, or its store no answer. Nothing is counted, and nothing was learned.
    pub fn not_judged(mut self) {
        self.ending = Ending::TakenBack;
    }

    /// It failed. Whether its session, if it has one, is to be ended now.
    #[must_use]
    pub fn failed(self) -> bool {
        let (throttle, session, begun) = (Arc::clone(&self.throttle), self.session, self.begun);
        let is_last = self.counted.as_ref().is_some_and(Counted::is_last);
        drop(self);
        is_last || session.is_some_and(|session| throttle.session_is_used_up(session, begun))
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if let Some(counted) = self.counted.take() {
            counted.end(self.ending);
        }
        // What succeeded at one account at one address says nothing of other accounts or addresses.
        let elsewhere = if self.ending == Ending::Failed { Ending::Failed } else { Ending::TakenBack };
        let mut tables = self.throttle.tables();
        tables.pairs.end(&self.pair, true, self.begun, self.ending);
        tables.addresses.end(&self.pair.1, true, self.begun, elsewhere);
        if self.stranger {
            tables.accounts.end(&self.pair.0, !self.first_try, self.begun, elsewhere);
        }
        if let Some(session) = self.session {
            tables.sessions.end(&session, true, self.begun, self.ending);
        }
    }
}

impl std::fmt::Debug for Attempt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Attempt(…)")
    }
}
