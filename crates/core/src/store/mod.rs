//! What a store promises. Backends are in `admit-store`; the rules that they keep are in this crate.
//!
//! Two promises hold for every method that changes something: when it has answered, the change is in force for every
//! check that starts afterwards, and (on a durable store) it survives a crash of the process at any point.
//!
//! Where an event carries the [`Standing`](crate::standing::Standing) of its actor, the store compares it in the transaction
//! that writes. When the actor is no longer what it was, nothing is written, the event neither, and the answer is
//! [`StoreError::StandingLost`].

mod error;
mod limits;
mod reply;
mod rules;
mod tokens;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::audit::{Event, EventKind, Recorded};
use crate::credential::password::PasswordHash;
use crate::credential::{OneTimeTokenDigest, Purpose, SessionDigest};
use crate::id::{SessionId, SubjectId};
use crate::session::{NewSession, OpenSession, SessionRecord};
use crate::subject::{RoleName, Status, SubjectState, Username};
use crate::time::Timestamp;

pub use error::StoreError;
pub use limits::{Limits, MOST_COUNTERS};
pub use reply::Reply;
pub use rules::eviction;
pub use tokens::{
    Coming, Exchanged, Families, FamilyBegun, Following, Issuable, Keys, NewFamily, OpenFamily, Redeemed, Redemption,
    Signals,
};

/// A live session and the state of its subject, read together.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The session.
    pub session: SessionRecord,
    /// Its subject, as it is now.
    pub subject: Arc<SubjectState>,
}

/// The outcome of making a session.
#[derive(Clone, Debug)]
pub enum Opened {
    /// It is there.
    Session(Checked),
    /// The subject was disabled, or its generation rose, between the password check and now.
    Refused,
}

/// Where sessions live.
pub trait Sessions: Send + Sync + 'static {
    /// The live session with this digest, if there is one at `now`. Writes down that it was seen, at most once a minute.
    fn check(&self, digest: &SessionDigest, now: Timestamp) -> Reply<Option<Checked>>;

    /// The same, from knowledge that may be `max_staleness` old where that saves asking a store across a network. Past
    /// that the store is asked.
    fn check_within(&self, digest: &SessionDigest, now: Timestamp, max_staleness: Duration) -> Reply<Option<Checked>> {
        let _ = max_staleness;
        self.check(digest, now)
    }

    /// Makes a session, ends the one it replaces, and ends the oldest ones over the limit.
    fn open(&self, new: NewSession, event: Event) -> Reply<Opened>;

    /// Puts `new` in the place of a live session's secret. `old` is good beside it for
    /// [`SUPERSEDED_GRACE`](crate::session::SUPERSEDED_GRACE), and dead at once by whatever ends the session.
    ///
    /// `true` when `new` is the session's secret now: by this call, or by an earlier one of the same two within that time.
    /// Of any number at once, one writes. `false` when the session is not live, when another secret took the place, and
    /// when `old` is that young itself: a session never has three.
    fn rotate(&self, old: SessionDigest, new: SessionDigest, event: Event) -> Reply<bool>;

    /// Ends one session of a subject by its public name. `false` when it had none of that name.
    fn end(&self, subject: SubjectId, session: SessionId, event: Event) -> Reply<bool>;

    /// The live sessions of a subject, newest first.
    fn list(&self, subject: SubjectId, now: Timestamp) -> Reply<Vec<OpenSession>>;

    /// Deletes what had ended at `ended_by`. Expiry never waits for this. Whoever calls it leaves a time of grace, by
    /// [`crate::drift::Drift`]; where several processes share a database, that one's clock has a say too.
    fn purge(&self, ended_by: Timestamp) -> Reply<u64>;

    /// Writes down as now what is further ahead of `now` than clocks differ: a clock that was wrong wrote it, and what nobody
    /// uses would otherwise live until the right time has come there. Sign-ins, known addresses and one-time tokens. Answers how many
    /// sign-ins there were. A superseded secret or spent refresh token that is dated so is over. Called at the start, when the clock
    /// was set back, and now and then.
    fn pull_back(&self, now: Timestamp) -> Reply<u64> {
        let _ = now;
        Reply::ready(Ok(0))
    }
}

/// A subject to be made.
#[derive(Clone, Debug)]
pub struct NewSubject {
    /// Its id.
    pub id: SubjectId,
    /// Its name.
    pub username: Username,
    /// Its password's hash.
    pub password: PasswordHash,
    /// Its roles.
    pub roles: Vec<RoleName>,
    /// When.
    pub created_at: Timestamp,
}

/// The outcome of making a subject.
#[derive(Clone, Debug)]
pub enum Created {
    /// It is there.
    Subject(Arc<SubjectState>),
    /// Another has this name.
    UsernameTaken,
    /// The one-time link was used, replaced or has expired.
    LinkDead,
}

/// A subject that another system had.
#[derive(Clone, Debug)]
pub struct ImportedSubject {
    /// The subject. Its hash may be of any kind that [`PasswordHash::import`] takes.
    pub subject: NewSubject,
    /// Whether it may act.
    pub status: Status,
    /// What to write down when it is made.
    pub event: Event,
}

/// What became of a subject to be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Imported {
    /// It was made.
    Made,
    /// It was there already, under this id, by this name, with this hash. Or it was imported before and has signed in since:
    /// its hash was made anew at that login and its password is the same.
    There(SubjectId),
    /// Another has this name, or the same one with another password.
    NameTaken,
    /// Another has this id.
    IdTaken,
}

/// What can be changed about a subject. Each is one write, in force when acknowledged.
#[derive(Clone, Debug)]
pub enum Change {
    /// Replace the roles. Sessions live on, with these roles.
    Roles(Vec<RoleName>),
    /// Ban or lift the ban. A ban ends every session.
    Status(Status),
    /// Set the password. Ends every session.
    Password(PasswordHash),
    /// Replace the roles if the roles version is still `version`: for a caller that decided by what it had read.
    RolesIf {
        /// The version that was read.
        version: u32,
        /// The roles from now on.
        roles: Vec<RoleName>,
    },
    /// Set the password if its hash is still `still`: for a caller that verified the one before.
    PasswordIf {
        /// The hash that was read.
        still: PasswordHash,
        /// The hash from now on.
        new: PasswordHash,
    },
    /// Set the password by a one-time link that can still be used, and use the link up. As any new password it ends every session.
    PasswordByLink {
        /// The link.
        link: OneTimeTokenDigest,
        /// The hash from now on.
        new: PasswordHash,
    },
    /// End every session.
    EndSessions,
    /// Take another name: by [`Accounts::rename`], which answers when another has it. Sessions live on.
    Name(Username),
    /// Delete all personal data, for good. Ends every session. The id stays, as a disabled subject without a name, a password or
    /// roles, and no change finds it any more. Its events stay with the id; [`Accounts::strip_events`] removes the personal data in them.
    Delete,
}

/// What became of a subject that was to have another name.
#[derive(Clone, Debug)]
pub enum Renamed {
    /// It has that name now.
    Subject(Arc<SubjectState>),
    /// There is no such subject.
    Missing,
    /// Another has this name. Nothing was changed.
    Taken,
}

/// The outcome of a change that must leave a holder of a role.
#[derive(Clone, Debug)]
pub enum Kept {
    /// It is done.
    Changed(Arc<SubjectState>),
    /// There is no such subject, or it is no longer what a conditional change goes by.
    Missing,
    /// It is the last active one that holds the role. Nothing was changed.
    Last,
}

/// A subject with its credential, as a login needs it.
#[derive(Clone, Debug)]
pub struct Account {
    /// The subject.
    pub subject: Arc<SubjectState>,
    /// Its password's hash.
    pub password: PasswordHash,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last signed in.
    pub last_login_at: Option<Timestamp>,
}

/// A subject as an administrator sees it in a list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// The subject.
    pub subject: Arc<SubjectState>,
    /// Its place in the list, to ask for what comes after it: its name as it is stored to be compared.
    pub place: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last signed in.
    pub last_login_at: Option<Timestamp>,
}

/// Which events to read: newest first, by their numbers; by their times where an address or a time is asked for.
#[derive(Clone, Debug, Default)]
pub struct EventQuery {
    /// About this subject only.
    pub subject: Option<SubjectId>,
    /// Of this kind only.
    pub kind: Option<EventKind>,
    /// From this address only, as the log has it.
    pub address: Option<String>,
    /// Not before this time.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
    /// Those that come after this place in the list: the number of the last one of the page before.
    pub before: Option<u64>,
    /// At most this many, newest first.
    pub limit: u32,
}

impl EventQuery {
    /// Whether the events come in the order of their times. A clock that was wrong makes that another than the order of their numbers.
    #[must_use]
    pub const fn is_by_time(&self) -> bool {
        self.address.is_some() || self.from.is_some() || self.until.is_some()
    }

    /// The latest time that an event of this page can have, where the last one of the page before was of `last`.
    #[must_use]
    pub fn latest(&self, last: Option<Timestamp>) -> Option<Timestamp> {
        let until = self.until.map(|until| until.minus(Duration::from_millis(1)));
        match (until, last) {
            (Some(until), Some(last)) => Some(until.min(last)),
            (until, last) => until.or(last),
        }
    }
}

/// Where subjects, their credentials, their roles and the audit log live.
pub trait Accounts: Send + Sync + 'static {
    /// Makes a subject.
    fn create(&self, new: NewSubject, event: Event) -> Reply<Created>;

    /// Makes the first administrator with a one-time link, and uses the link up in the same step. When an active subject holds
    /// one of the new one's roles by then, the link is dead: it is for the first.
    fn create_with_link(&self, new: NewSubject, link: OneTimeTokenDigest, events: Vec<Event>) -> Reply<Created>;

    /// Makes many subjects at once, in one transaction: all that can be made, in their order. Answers for each what became of
    /// it. With `keep` false everything is taken back in the end: what would have become of each.
    fn import(&self, subjects: Vec<ImportedSubject>, keep: bool) -> Reply<Vec<Imported>>;

    /// Keeps a one-time link by its digest, in place of any earlier one for the same. `false` when it is for a subject that is not
    /// there or is disabled.
    ///
    /// Whatever ends all sign-ins of the subject (a new password, disabling, deleting, signing out everywhere) voids its link: it goes by the
    /// generation that the subject has now.
    fn keep_link(&self, link: OneTimeTokenDigest, purpose: Purpose, expires_at: Timestamp, event: Event)
    -> Reply<bool>;

    /// What a one-time link is for, if it can still be used at `now`. To look does not use it up.
    fn live_link(&self, link: &OneTimeTokenDigest, now: Timestamp) -> Reply<Option<Purpose>>;

    /// Whether an active subject holds `role`.
    fn anyone_holds(&self, role: &RoleName) -> Reply<bool>;

    /// By name.
    fn by_username(&self, username: &Username) -> Reply<Option<Account>>;

    /// By id.
    fn by_id(&self, id: SubjectId) -> Reply<Option<Account>>;

    /// Subjects whose name begins with `query`, by name, after the canonical name `after`. An index answers it.
    fn search(&self, query: &str, after: Option<&str>, limit: u32) -> Reply<Vec<Listed>>;

    /// Subjects that hold any of these roles of the policy, in a tenant or everywhere, by name, after the canonical name
    /// `after`. Banned ones too.
    fn holders(&self, roles: &[&str], after: Option<&str>, limit: u32) -> Reply<Vec<Listed>>;

    /// Changes a subject. `None` when there is none of that id, or when it is no longer what a conditional change goes by:
    /// nothing was changed then.
    fn change(&self, id: SubjectId, change: Change, event: Event) -> Reply<Option<Arc<SubjectState>>>;

    /// Changes a subject, unless that would leave no active subject with the role `keep`. Decided in the same step as the
    /// change: of two administrators who ban each other at once, one stays.
    fn change_keeping(&self, id: SubjectId, change: Change, keep: RoleName, event: Event) -> Reply<Kept>;

    /// Gives a subject another name. Its id and its sessions stay, and the name that it had is free. The event gets the detail `from`:
    /// the name before. Of any number who want one name at once, by this or by being made, one gets it.
    fn rename(&self, id: SubjectId, username: Username, event: Event) -> Reply<Renamed>;

    /// Replaces a password's hash by one of the same password, if it is still `old`. Ends no session.
    fn rehash(&self, id: SubjectId, old: PasswordHash, new: PasswordHash, event: Event) -> Reply<bool>;

    /// Whether this subject has signed in from this address prefix since `since`.
    fn knows_address(&self, id: SubjectId, prefix: &str, since: Timestamp) -> Reply<bool>;

    /// Whether any subject has signed in from an address with this prefix since then.
    fn knows_anyone_at(&self, prefix: &str, since: Timestamp) -> Reply<bool>;

    /// Notes that this subject has signed in from this address prefix.
    fn learn_address(&self, id: SubjectId, prefix: String, now: Timestamp) -> Reply<()>;

    /// Writes down an event that changes nothing else. One that anybody can cause over and over ([`Event::repeats`]) is
    /// counted in the row of the one before: `count` and `last_at` in its details say how often, and until when.
    fn record(&self, event: Event) -> Reply<()>;

    /// Deletes events that were older than `keep` at `ended_by`, the oldest `limit` of them at most. Answers how many. Whoever
    /// calls it leaves a time of grace, as with [`Sessions::purge`].
    fn forget_events(&self, ended_by: Timestamp, keep: Duration, limit: u32) -> Reply<u64>;

    /// Removes usernames, and addresses from which only the user, an app of theirs or nobody known acted, from the events about a
    /// deleted subject: of the next `limit` events after number `after`. Answers the number of the last of these, `after` when there
    /// are none left, and `None` when the subject was not deleted.
    fn strip_events(&self, id: SubjectId, after: u64, limit: u32) -> Reply<Option<u64>>;

    /// Reads the log, newest first.
    fn events(&self, query: EventQuery) -> Reply<Vec<Recorded>>;
}

/// Whether a store can be reached and written.
pub trait Health: Send + Sync + 'static {
    /// An error when it could not take a change now.
    fn healthy(&self) -> Reply<()>;

    /// Comes when the store can never work again in this process, with the reason. Most stores never do this.
    fn ended(&self) -> Pin<Box<dyn Future<Output = StoreError> + Send>> {
        Box::pin(std::future::pending())
    }
}
