//! What a store of sessions beside the accounts needs of them: the truth that it is a copy of.
//!
//! Whatever ends sessions, or changes what a subject is, is committed to the accounts first, as an entry in the log of the
//! subject's shard. A shard's entries are numbered from 1 without gaps, in the order of their commits, and are kept as long
//! as a session that they concern could live. So the state of a session store is told by one number a shard: up to which
//! entry it has applied the log. What it has not applied is pending; when it has lost writes (a failover, a flush) that
//! number has gone back, and applying the log from there brings it up again. Nothing else has to be remembered.

use std::sync::Arc;

use admit_core::audit::Event;
use admit_core::credential::SessionDigest;
use admit_core::id::{SessionId, Shard, SubjectId};
use admit_core::session::{NewSession, SessionRecord};
use admit_core::signal::Position;
use admit_core::store::{Exchanged, Reply};
use admit_core::subject::{SubjectState, TokenGeneration};
use admit_core::time::Timestamp;

use crate::epoch::Epochs;

/// A subject as it is now.
#[derive(Clone, Debug)]
pub(crate) struct Versioned {
    /// What it is.
    pub(crate) state: Arc<SubjectState>,
    /// A number of its shard's log: of the last entry that changed it, or of a later one at which it was read. Of two states the one with
    /// the higher number is the newer.
    pub(crate) version: u64,
}

/// What an entry of the log says.
#[derive(Clone, Debug)]
pub(crate) enum Said {
    /// The subject is this from now on. The state is as it is when the log is read: it may be newer than the entry.
    Subject(Versioned),
    /// A session has ended.
    Session {
        /// Whose.
        subject: SubjectId,
        /// Which.
        id: SessionId,
    },
    /// A session has another secret.
    Secret {
        /// Whose.
        subject: SubjectId,
        /// The old secret's digest.
        digest: SessionDigest,
        /// What took its place. An entry of an earlier release does not say it: the old one is dead.
        by: Option<Successor>,
    },
}

/// What took the place of a secret.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Successor {
    /// Its digest.
    pub(crate) digest: SessionDigest,
    /// When.
    pub(crate) at: Timestamp,
    /// The subject's roles version by then.
    pub(crate) roles_version: u32,
}

/// An entry of a shard's log.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// Its number in the shard.
    pub(crate) seq: u64,
    /// What it says.
    pub(crate) said: Said,
}

/// What was read of a shard's log.
#[derive(Clone, Debug)]
pub(crate) struct Read {
    /// In which epoch of the accounts: where that begins, and the name of its list of signals.
    pub(crate) epoch: Position,
    /// The number of the shard's last entry.
    pub(crate) head: u64,
    /// Entries, in order.
    pub(crate) entries: Vec<Entry>,
}

/// How far the accounts are.
#[derive(Clone, Debug)]
pub(crate) struct Heads {
    /// The number of the last entry of each shard, 256 of them.
    pub(crate) numbers: Vec<u64>,
    /// What these numbers are worth.
    pub(crate) epochs: Arc<Epochs>,
}

/// A place in a shard's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Which shard.
    pub(crate) shard: Shard,
    /// The number of the entry.
    pub(crate) seq: u64,
}

/// What became of a session that was to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Its end was written down.
    Now(Place),
    /// It had been, by whoever was first. That may be about to be in force, and is waited for like one's own.
    Before(Place),
}

/// A session that another takes the place of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Replaced {
    /// Whose it was.
    pub(crate) subject: SubjectId,
    /// Its public name.
    pub(crate) id: SessionId,
}

/// A session that may be made, as far as the accounts are concerned.
#[derive(Clone, Debug)]
pub(crate) struct Begun {
    /// Its subject, as it is now.
    pub(crate) subject: Versioned,
    /// Where the end of the replaced session stands in the log of its shard.
    pub(crate) replaced: Option<Place>,
}

/// The accounts, to a store of sessions. Each change is one transaction with its audit event, its signal where a token could
/// be out, and its entry in the log.
pub(crate) trait Truth: Send + Sync + 'static {
    /// Which database this is: what tells its numbers from another's. The same after a failover and after a backup was put
    /// back in its place.
    fn name(&self) -> Reply<String>;

    /// How far the logs are.
    fn heads(&self) -> Reply<Heads>;

    /// The entries of a shard after a number, at most so many.
    fn entries(&self, shard: Shard, after: u64, limit: u32) -> Reply<Read>;

    /// A subject as it is now, by the last number of its shard.
    fn subject(&self, id: SubjectId) -> Reply<Option<Versioned>>;

    /// Writes down that a session begins, and that the one it replaces ends. `None` when the subject is disabled or of
    /// another generation.
    fn begin_session(&self, new: &NewSession, replaced: Option<Replaced>, event: Event) -> Reply<Option<Begun>>;

    /// Writes down that sessions were ended to make room, when that is done. Where that stands in the log, so that it is not
    /// undone by a store that loses its last writes.
    fn evicted(
        &self,
        subject: SubjectId,
        sessions: Vec<SessionId>,
        at: Timestamp,
        request: Option<String>,
    ) -> Reply<Vec<Place>>;

    /// Writes down that a session ends, unless that is written there already.
    fn end_session(&self, subject: SubjectId, id: SessionId, event: Event) -> Reply<Ended>;

    /// Writes down that these sessions end, those that have not ended before, and ends the token families of their subject but
    /// `keep`. How many sign-ins that were, and where in the log the ends of the sessions stand.
    fn end_sign_ins(
        &self,
        subject: SubjectId,
        sessions: Vec<SessionId>,
        keep: Option<SessionId>,
        event: Event,
    ) -> Reply<(u64, Vec<Place>)>;

    /// Writes down that `new` takes the place of a live session's secret, unless that is written there already. Where it
    /// stands. `None` when the session was ended, its subject is disabled or of another generation than `session`'s, another
    /// secret has taken the place, or `old` itself took another's a moment ago.
    fn rotate_session(
        &self,
        subject: SubjectId,
        session: SessionRecord,
        old: SessionDigest,
        new: SessionDigest,
        event: Event,
    ) -> Reply<Option<Place>>;

    /// Writes down that a live session has an access token that was made of what was `seen` and ends at `until`.
    fn exchange_session(
        &self,
        subject: SubjectId,
        session: SessionRecord,
        seen: TokenGeneration,
        until: Timestamp,
        event: Event,
    ) -> Reply<Exchanged>;
}

/// A store of sessions, to the accounts: whether what was committed is in force there.
pub(crate) trait InForce: Send + Sync + 'static {
    /// Another process has changed the shard up to this entry. It applies it itself; what is kept here is older.
    fn heard(&self, place: Place);

    /// The accounts are another database than they were, or an earlier state of it: numbers may mean something else now.
    fn unsettled(&self);

    /// Applies the log of the shard up to this entry, if it is not yet. When this has answered every check sees it.
    fn in_force(&self, place: Place) -> Reply<()>;
}
