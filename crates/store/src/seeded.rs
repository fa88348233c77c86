//! Bugs on purpose, for the history checker (`qa/torture/`) to find: what would let them pass would let their like pass.
//!
//! In a release, and without the feature `seeded-bugs`, [`seeded`] is a constant, and nothing of this is compiled in. In a
//! debug build with it, the variable `ADMIT_SEEDED_BUG` names the one that a process has.

/// A bug.
#[cfg_attr(not(feature = "redis"), expect(dead_code, reason = "some are in stores that are not compiled"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bug {
    /// What ends sessions is committed, and no note of it is left for the store of sessions.
    OutboxSkipped,
    /// A refresh token is read without a lock, and replaced whatever it is by then.
    RefreshNotAtomic,
    /// Checked sessions are kept, believed for a while, and not kept true.
    CacheWithoutFeed,
    /// A change is acknowledged when it is committed, and put in force a little later.
    AcknowledgedBeforeInForce,
    /// A change is made whatever has become of its actor since it was allowed.
    StandingNotCompared,
    /// A node says that verifiers know everything as of now, whether or not the database has answered it.
    HeartbeatUnproved,
    /// A sign-in leaves the session alone that it takes the place of.
    ReplacedGoesOn,
    /// A database server that has taken over goes on with the numbers of the one before.
    EpochIgnored,
    /// A session has the roles that its subject had when it began.
    #[cfg_attr(
        not(all(feature = "seeded-bugs", debug_assertions)),
        expect(dead_code, reason = "asked for where the bug itself is")
    )]
    RolesInSession,
    /// Each node counts attempts by itself.
    LimitsNotShared,
    /// Whether an assertion was used before is not looked at.
    AssertionUsedTwice,
    /// A connection that hangs is waited for, and kept.
    HangingNotReplaced,
}

/// Whether this process has this bug.
#[cfg(not(all(feature = "seeded-bugs", debug_assertions)))]
pub(crate) const fn seeded(_: Bug) -> bool {
    false
}

/// Whether this process has this bug.
#[cfg(all(feature = "seeded-bugs", debug_assertions))]
pub(crate) fn seeded(bug: Bug) -> bool {
    use std::sync::LazyLock;
    static CHOSEN: LazyLock<Option<String>> = LazyLock::new(|| std::env::var("ADMIT_SEEDED_BUG").ok());
    let name = match bug {
        Bug::OutboxSkipped => "outbox-skipped",
        Bug::RefreshNotAtomic => "refresh-not-atomic",
        Bug::CacheWithoutFeed => "cache-without-feed",
        Bug::AcknowledgedBeforeInForce => "acknowledged-before-in-force",
        Bug::StandingNotCompared => "standing-not-compared",
        Bug::HeartbeatUnproved => "heartbeat-unproved",
        Bug::ReplacedGoesOn => "replaced-goes-on",
        Bug::EpochIgnored => "epoch-ignored",
        Bug::RolesInSession => "roles-in-session",
        Bug::LimitsNotShared => "limits-not-shared",
        Bug::AssertionUsedTwice => "assertion-used-twice",
        Bug::HangingNotReplaced => "hanging-not-replaced",
    };
    CHOSEN.as_deref() == Some(name)
}

/// The sessions as they are; with [`Bug::RolesInSession`], with roles of their own.
#[cfg(not(all(feature = "seeded-bugs", debug_assertions)))]
pub(crate) fn sessions<S>(sessions: S) -> S {
    sessions
}

#[cfg(all(feature = "seeded-bugs", debug_assertions))]
pub(crate) use with_roles::sessions;

#[cfg(all(feature = "seeded-bugs", debug_assertions))]
mod with_roles {
    use std::collections::HashMap;
    use std::sync::{Arc, Mutex, PoisonError};
    use std::time::Duration;

    use admit_core::audit::Event;
    use admit_core::credential::SessionDigest;
    use admit_core::id::{SessionId, SubjectId};
    use admit_core::session::{NewSession, OpenSession};
    use admit_core::store::{Checked, Opened, Reply, Sessions};
    use admit_core::subject::{RoleName, SubjectState};
    use admit_core::time::Timestamp;

    use super::{Bug, seeded};

    type Roles = Arc<Mutex<HashMap<SessionId, Arc<[RoleName]>>>>;

    /// The sessions as they are; with [`Bug::RolesInSession`], with roles of their own.
    pub(crate) fn sessions(sessions: Arc<dyn Sessions>) -> Arc<dyn Sessions> {
        if seeded(Bug::RolesInSession) { Arc::new(WithRoles(sessions, Roles::default())) } else { sessions }
    }

    struct WithRoles(Arc<dyn Sessions>, Roles);

    impl WithRoles {
        /// The roles that a session is found with first are its roles from then on.
        fn copied(&self, answer: Reply<Option<Checked>>) -> Reply<Option<Checked>> {
            let roles = Arc::clone(&self.1);
            Reply::pending(async move {
                let Some(mut checked) = answer.await? else { return Ok(None) };
                let mut roles = roles.lock().unwrap_or_else(PoisonError::into_inner);
                let first = roles.entry(checked.session.id).or_insert_with(|| Arc::clone(&checked.subject.roles));
                let subject = SubjectState { roles: Arc::clone(first), ..SubjectState::clone(&checked.subject) };
                checked.subject = Arc::new(subject);
                Ok(Some(checked))
            })
        }
    }

    impl Sessions for WithRoles {
        fn check(&self, digest: &SessionDigest, now: Timestamp) -> Reply<Option<Checked>> {
            self.copied(self.0.check(digest, now))
        }

        fn check_within(&self, digest: &SessionDigest, now: Timestamp, most: Duration) -> Reply<Option<Checked>> {
            self.copied(self.0.check_within(digest, now, most))
        }

        fn open(&self, new: NewSession, event: Event) -> Reply<Opened> {
            self.0.open(new, event)
        }

        fn rotate(&self, old: SessionDigest, new: SessionDigest, event: Event) -> Reply<bool> {
            self.0.rotate(old, new, event)
        }

        fn end(&self, subject: SubjectId, session: SessionId, event: Event) -> Reply<bool> {
            self.0.end(subject, session, event)
        }

        fn list(&self, subject: SubjectId, now: Timestamp) -> Reply<Vec<OpenSession>> {
            self.0.list(subject, now)
        }

        fn purge(&self, ended_by: Timestamp) -> Reply<u64> {
            self.0.purge(ended_by)
        }

        fn pull_back(&self, now: Timestamp) -> Reply<u64> {
            self.0.pull_back(now)
        }
    }
}
