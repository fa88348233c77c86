//! Sessions whose answers may be a little old where a route allows it.

use std::sync::Arc;
use std::time::Duration;

use admit_core::audit::Event;
use admit_core::credential::SessionDigest;
use admit_core::id::{SessionId, SubjectId};
use admit_core::session::{NewSession, OpenSession};
use admit_core::store::{Checked, Opened, Reply, Sessions};
use admit_core::time::Timestamp;

use super::Shared;
use crate::seeded::{Bug, seeded};

/// A store of sessions with a memory, kept true by the logs of the accounts.
pub struct Within {
    shared: Arc<Shared>,
    sessions: Arc<dyn Sessions>,
}

impl Within {
    pub(super) fn new(shared: Arc<Shared>, sessions: Arc<dyn Sessions>) -> Self {
        Self { shared, sessions }
    }
}

impl Sessions for Within {
    fn check(&self, digest: &SessionDigest, now: Timestamp) -> Reply<Option<Checked>> {
        if seeded(Bug::CacheWithoutFeed) {
            return self.check_within(digest, now, Duration::from_secs(5));
        }
        self.sessions.check(digest, now)
    }

    fn check_within(&self, digest: &SessionDigest, now: Timestamp, max_staleness: Duration) -> Reply<Option<Checked>> {
        let rules = &self.shared.rules;
        // How old the knowledge is, is asked before it is used: what is learned after that can only make the answer stricter.
        if self.shared.rounds.age().is_some_and(|age| age <= max_staleness)
            && let Some(known) = self.shared.cache.find(digest)
            && known.session.is_live(&known.subject, rules, now)
            && !known.session.needs_touch(rules, now)
        {
            return Reply::ready(Ok(Some(known)));
        }
        let (shared, digest) = (Arc::clone(&self.shared), *digest);
        let before = shared.cache.before(digest.shard());
        let answer = self.sessions.check(&digest, now);
        Reply::pending(async move {
            let answer = answer.await?;
            match &answer {
                Some(checked) => shared.cache.keep(before, digest, checked.clone()),
                None => shared.cache.forget(&digest),
            }
            Ok(answer)
        })
    }

    fn open(&self, new: NewSession, event: Event) -> Reply<Opened> {
        self.sessions.open(new, event)
    }

    fn rotate(&self, old: SessionDigest, new: SessionDigest, event: Event) -> Reply<bool> {
        self.sessions.rotate(old, new, event)
    }

    fn end(&self, subject: SubjectId, session: SessionId, event: Event) -> Reply<bool> {
        self.sessions.end(subject, session, event)
    }

    fn list(&self, subject: SubjectId, now: Timestamp) -> Reply<Vec<OpenSession>> {
        self.sessions.list(subject, now)
    }

    fn purge(&self, ended_by: Timestamp) -> Reply<u64> {
        self.sessions.purge(ended_by)
    }

    fn pull_back(&self, now: Timestamp) -> Reply<u64> {
        self.sessions.pull_back(now)
    }
}
