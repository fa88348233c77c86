//! Sessions in memory, accounts in SQLite.

use std::path::Path;
use std::sync::Arc;

use admit_core::audit::Event;
use admit_core::credential::SessionDigest;
use admit_core::id::{SessionId, SubjectId};
use admit_core::session::{NewSession, OpenSession, SessionRules};
use admit_core::store::{Checked, Opened, Reply, Sessions};
use admit_core::time::Timestamp;
use admit_core::token::TokenRules;

use crate::sqlite::{Keep, OpenError, Sqlite};

/// Sessions that a restart ends: everybody signs in again.
///
/// Accounts, roles and the audit log are in SQLite and last. The sessions are in a table that SQLite holds in memory, on
/// the connection that writes the accounts, so that one transaction still covers a login and its audit event, or a ban
/// and the end of its sessions. What is saved over [`Sqlite`] is the disk space, and that no session data rests there.
/// Families of refresh tokens are no sessions of a browser: they are in the file and last, as signing keys do.
pub struct MemorySessions(Arc<Sqlite>);

impl MemorySessions {
    /// Opens the accounts at `path`, making the database when there is none. Sessions that an earlier run kept in it are
    /// deleted: they could be neither shown nor ended here, and must not come back later.
    ///
    /// # Errors
    /// As [`Sqlite::open`].
    pub fn open(path: &Path, rules: SessionRules) -> Result<Arc<Self>, OpenError> {
        Self::open_with(path, rules, TokenRules::default())
    }

    /// The same, with lifetimes for tokens other than the default.
    ///
    /// # Errors
    /// As [`Sqlite::open`].
    pub fn open_with(path: &Path, rules: SessionRules, tokens: TokenRules) -> Result<Arc<Self>, OpenError> {
        Sqlite::open_keeping(path, rules, tokens, Keep::InMemory).map(|accounts| Arc::new(Self(accounts)))
    }

    /// The accounts beside these sessions.
    #[must_use]
    pub fn accounts(&self) -> &Arc<Sqlite> {
        &self.0
    }
}

impl Sessions for MemorySessions {
    fn check(&self, digest: &SessionDigest, now: Timestamp) -> Reply<Option<Checked>> {
        self.0.check(digest, now)
    }

    fn open(&self, new: NewSession, event: Event) -> Reply<Opened> {
        Sessions::open(&*self.0, new, event)
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
