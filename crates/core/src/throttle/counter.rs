//! What an attempt is counted in where nodes share the counts: counters by key, each with the numbers of its limit.

use std::fmt;
use std::time::Duration;

use hmac::Mac;
use zeroize::Zeroizing;

use super::table::{Ending, Limit};
use super::{ACCOUNT, ADDRESS, Claimant, PAIR, SESSION};
use crate::secret::{ServerSecret, hmac};
use crate::time::Timestamp;

/// The longest that an attempt is under way: whoever began it, and did not say within one to two of these how it ended, has failed.
pub const SLICE: Duration = Duration::from_secs(60);

/// The name of a counter: 16 bytes that tell nothing of what is counted ([`CounterKeys`]).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CounterKey([u8; 16]);

impl CounterKey {
    /// From its bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// The numbers of a limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rule {
    /// Failures that nobody waits for.
    pub free: u32,
    /// The longest wait: it doubles from a second up to this with each failure beyond the free ones.
    pub most: Duration,
    /// After so long without a failure the count begins at zero again.
    pub forget: Duration,
    /// So long it is remembered that there was a failure at all.
    pub remember: Duration,
}

impl Rule {
    /// How long a counter is kept after it was last written: after that it says what a new one does.
    #[must_use]
    pub fn keep(&self) -> Duration {
        self.forget.max(self.remember) + 2 * SLICE
    }
}

impl From<Limit> for Rule {
    fn from(limit: Limit) -> Self {
        Self { free: limit.free, most: limit.most, forget: limit.forget, remember: limit.remember }
    }
}

/// What a counter does to an attempt that is counted in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stops {
    /// Nothing: it is counted, for others.
    Never,
    /// It makes it wait.
    Waits,
    /// It makes it wait, but not when nothing is remembered in the first counter of the attempt: that is a first try. It is counted, and
    /// nobody else waits longer for it.
    WaitsUnlessFirst,
    /// It ends it for good when the free failures are used up.
    UsedUp,
}

impl Stops {
    /// Its name in a store.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Waits => "waits",
            Self::WaitsUnlessFirst => "unless-first",
            Self::UsedUp => "used-up",
        }
    }
}

/// One of the counters of an attempt.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Counter {
    /// Its name.
    pub key: CounterKey,
    /// Its numbers.
    pub rule: Rule,
    /// What it does to the attempt.
    pub stops: Stops,
    /// Whether a success clears it. Where it does not, a success counts for nothing.
    pub clears: bool,
}

/// What a store says to an attempt that wants to begin.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reserved {
    /// It may, and is counted in each counter.
    Counted(Receipt),
    /// It has to wait; it is counted nowhere.
    Wait {
        /// Which of its counters says so, beginning with 0; of several, the one with the longest wait.
        counter: usize,
        /// How long.
        wait: Duration,
    },
    /// A counter has no free failures left ([`Stops::UsedUp`]); it is counted nowhere.
    UsedUp,
}

/// What is needed to say later how a counted attempt ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Receipt {
    /// When it began, by the clock of the store.
    pub at: Timestamp,
    /// Whether a wait was waived for it, because it is a first try.
    pub first_try: bool,
    /// Whether it is the last that a counter with [`Stops::UsedUp`] allows.
    pub last: bool,
}

/// How an attempt ended, for one of its counters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Settlement {
    /// The counter.
    pub key: CounterKey,
    /// How long the counter is kept from now on, if it is written anew.
    pub keep: Duration,
    /// When the attempt began, by the clock of the store ([`Receipt::at`]).
    pub at: Timestamp,
    /// Whether others wait for it.
    pub delays: bool,
    /// How it ended.
    pub ending: Ending,
}

impl Settlement {
    /// Of each counter of an attempt.
    #[must_use]
    pub fn of(counters: &[Counter], receipt: Receipt, ending: Ending) -> Vec<Self> {
        let settle = |counter: &Counter| Self {
            key: counter.key,
            keep: counter.rule.keep(),
            at: receipt.at,
            delays: counter.delays(receipt.first_try),
            // What succeeded at one account at one address says nothing of other accounts or addresses.
            ending: if ending == Ending::Cleared && !counter.clears { Ending::TakenBack } else { ending },
        };
        counters.iter().map(settle).collect()
    }
}

impl Counter {
    /// Whether others wait for an attempt.
    pub(super) fn delays(&self, first_try: bool) -> bool {
        !(first_try && self.stops == Stops::WaitsUnlessFirst)
    }
}

/// Makes the names of counters, under a key of the server: whoever reads them learns no username, nor a password that somebody typed
/// in its place.
pub struct CounterKeys(Zeroizing<[u8; 32]>);

impl CounterKeys {
    /// By the secret that all nodes have.
    #[must_use]
    pub fn new(secret: &ServerSecret) -> Self {
        Self(secret.derive("attempt counters"))
    }

    /// The first 16 bytes of an HMAC-SHA-256 of the parts, each with its length before it. Two counters share a name once in 2^64
    /// names, and are one then.
    fn key(&self, parts: &[&[u8]]) -> CounterKey {
        let mut mac = hmac(&self.0);
        for part in parts {
            mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            mac.update(part);
        }
        CounterKey(mac.finalize().into_bytes().first_chunk().copied().unwrap_or_default())
    }

    /// The counter of an account at an address.
    #[must_use]
    pub fn pair(&self, account: &str, prefix: &str) -> CounterKey {
        self.key(&[b"pair", account.as_bytes(), prefix.as_bytes()])
    }

    /// The counter of an address.
    #[must_use]
    pub fn address(&self, prefix: &str) -> CounterKey {
        self.key(&[b"address", prefix.as_bytes()])
    }

    /// The counters of somebody who gives a password. The one of account × address is the first, that of the address the second.
    #[must_use]
    pub fn of(&self, claimant: Claimant<'_>) -> Vec<Counter> {
        let Claimant { account, prefix, known, session } = claimant;
        let counter = |key, rule: Limit, stops, clears| Counter { key, rule: rule.into(), stops, clears };
        let of_address = if known { Stops::Never } else { Stops::Waits };
        let mut counters = vec![
            counter(self.pair(account, prefix), PAIR, Stops::Waits, true),
            counter(self.address(prefix), ADDRESS, of_address, false),
        ];
        if !known {
            let key = self.key(&[b"account", account.as_bytes()]);
            counters.push(counter(key, ACCOUNT, Stops::WaitsUnlessFirst, false));
        }
        if let Some(session) = session {
            counters.push(counter(self.key(&[b"session", session.as_bytes()]), SESSION, Stops::UsedUp, true));
        }
        counters
    }
}

impl fmt::Debug for CounterKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CounterKeys(…)")
    }
}
