//! Sessions beside the accounts, where no other store has them.

use std::sync::Arc;

use admit_core::audit::Event;
use admit_core::credential::SessionDigest;
use admit_core::drift::GRACE;
use admit_core::id::{SessionId, SubjectId};
use admit_core::session::{NewSession, OpenSession};
use admit_core::store::{Checked, Opened, Reply, Sessions};
use admit_core::time::Timestamp;

use super::{Postgres, check, clock, pull_back, purge, rotation, sessions};
use crate::actors::Actors;

impl Sessions for Postgres {
    fn check(&self, digest: &SessionDigest, now: Timestamp) -> Reply<Option<Checked>> {
        let (shared, digest) = (Arc::clone(&self.shared), *digest);
        Reply::pending(async move { Ok(check::check(&shared, &digest, now).await?) })
    }

    fn open(&self, new: NewSession, event: Event) -> Reply<Opened> {
        let (shared, rules) = (Arc::clone(&self.shared), self.shared.rules);
        Reply::pending(async move {
            // Sessions that are in use are not those which make room.
            shared.uses.settled(shared.db.deadline / 4).await;
            let (opened, effects) = shared
                .write_as(Actors::of(&event), vec![new.proved.subject()], move |on| {
                    Box::pin(async move { sessions::open(on, &rules, &new, &event).await })
                })
                .await?;
            shared.settle(&effects.places, &effects.signals).await?;
            Ok(opened)
        })
    }

    fn rotate(&self, old: SessionDigest, new: SessionDigest, event: Event) -> Reply<bool> {
        let (shared, rules) = (Arc::clone(&self.shared), self.shared.rules);
        Reply::pending(async move {
            let Some(effects) = shared
                .write_as(Actors::of(&event), Vec::new(), move |on| {
                    Box::pin(async move { rotation::rotate(on, &rules, old, new, &event).await })
                })
                .await?
            else {
                return Ok(false);
            };
            shared.settle(&effects.places, &effects.signals).await?;
            Ok(true)
        })
    }

    fn end(&self, subject: SubjectId, session: SessionId, event: Event) -> Reply<bool> {
        let (shared, rules) = (Arc::clone(&self.shared), self.shared.rules);
        Reply::pending(async move {
            let Some(effects) = shared
                .write_as(Actors::of(&event), vec![subject], move |on| {
                    Box::pin(async move { sessions::end(on, &rules, subject, session, &event).await })
                })
                .await?
            else {
                return Ok(false);
            };
            shared.settle(&effects.places, &effects.signals).await?;
            Ok(true)
        })
    }

    fn list(&self, subject: SubjectId, now: Timestamp) -> Reply<Vec<OpenSession>> {
        let (shared, rules) = (Arc::clone(&self.shared), self.shared.rules);
        Reply::pending(async move {
            // It shows when each was last used.
            shared.uses.settled(shared.db.deadline / 4).await;
            Ok(shared
                .db
                .read(move |on| Box::pin(async move { sessions::list(on, &rules, subject, now).await }))
                .await?)
        })
    }

    fn purge(&self, ended_by: Timestamp) -> Reply<u64> {
        let shared = Arc::clone(&self.shared);
        Reply::pending(async move {
            // By the database's clock too, which is one for all nodes: whichever of the two is behind counts.
            let theirs = shared.db.read(|on| Box::pin(clock::theirs(on))).await?;
            let ended_by = ended_by.min(theirs.minus(GRACE));
            let purged = purge::purge(&shared.db, &shared.walk, shared.rules, shared.tokens, ended_by).await?;
            shared.feed.purge(ended_by);
            Ok(purged)
        })
    }

    fn pull_back(&self, now: Timestamp) -> Reply<u64> {
        let shared = Arc::clone(&self.shared);
        Reply::pending(async move {
            // It leaves alone what somebody else is writing.
            shared.uses.settled(shared.db.deadline).await;
            Ok(pull_back::pull_back(&shared.db, now).await?)
        })
    }
}
