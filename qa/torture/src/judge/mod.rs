//! The judge: a history in, everything in it that the invariants I1 to I7 do not allow out. Pure.
//!
//! It never accuses wrongly: of two operations that overlapped either may have come first, and one whose answer stayed out
//! may have been done at any time after its start, or never. What was acknowledged while a standby was kept from hearing it may
//! have been lost with the primary. What is left is certain.

pub(crate) mod answers;
mod dead;
mod guarded;
mod heartbeat;
mod index;
mod lasting;
mod log;
mod lost;
mod once;
mod roles;
mod tries;
mod values;

use serde::Serialize;

use crate::history::{History, Nanos};
use index::Index;

/// The invariants that are judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Rule {
    /// No check that starts after an acknowledged revocation allows; at a verifier, after its bound.
    I1,
    /// No change by somebody is made after the acknowledged end of their session, right or status.
    I1b,
    /// No heartbeat claims a moment before which something was acknowledged that has not been told.
    I1c,
    /// A refresh token has at most one successor, ever.
    I2,
    /// What a client has signed is accepted once, ever.
    I2b,
    /// What was acknowledged lasts.
    I3,
    /// With a store out of reach the answer is 503, in time.
    I4,
    /// A node with one connection that is silent answers by the others.
    I4b,
    /// Roles are those of the last acknowledged change.
    I5,
    /// The audit log has every acknowledged event, in order.
    I6,
    /// Whoever guesses at several nodes has the tries of one.
    I7,
}

/// Something that must not be, with the operations that prove it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// Which promise is broken.
    pub rule: Rule,
    /// How.
    pub sentence: String,
    /// Places in [`History::operations`].
    pub proof: Vec<usize>,
}

/// How strictly times are judged. They depend on the machine as well, so a short run leaves them out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// 99 of 100 answers 503 take no longer.
    pub unavailable: Nanos,
    /// After the last fault every node is ready again within this.
    pub recovery: Nanos,
}

/// Judges a history. With bounds, times too.
#[must_use]
pub fn judge(history: &History, bounds: Option<Bounds>) -> Vec<Violation> {
    let index = Index::new(history);
    let mut found = Vec::new();
    guarded::judge(&index, &mut found);
    dead::judge(&index, &mut found);
    heartbeat::judge(&index, &mut found);
    once::judge(&index, &mut found);
    lasting::judge(&index, &mut found);
    roles::judge(&index, &mut found);
    answers::judge(&index, bounds, &mut found);
    log::judge(&index, &mut found);
    tries::judge(&index, &mut found);
    found.sort_by_key(|violation| violation.rule);
    found
}

impl Violation {
    fn new(rule: Rule, sentence: impl Into<String>, proof: impl IntoIterator<Item = usize>) -> Self {
        Self { rule, sentence: sentence.into(), proof: proof.into_iter().collect() }
    }
}
