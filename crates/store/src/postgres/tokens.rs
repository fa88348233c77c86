//! [`Families`], [`Signals`] and [`Keys`] over PostgreSQL.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use admit_clock::SystemClock;
use admit_core::audit::Event;
use admit_core::client::{ClientGeneration, ClientId};
use admit_core::id::{SessionId, SubjectId};
use admit_core::jws::KeyId;
use admit_core::keyring::KeyRecord;
use admit_core::signal::{Position, Revocations, Signal, Told};
use admit_core::store::{
    Exchanged, Families, FamilyBegun, Following, Keys, NewFamily, OpenFamily, Redeemed, Redemption, Reply, Signals,
    StoreError,
};
use admit_core::subject::TokenGeneration;
use admit_core::time::{Clock, Moment, Timestamp};
use admit_core::token::TokenId;

use super::connection::{Asking, On};
use super::{Postgres, Shared, events, families, sessions, sign_ins, signals, standing};
use crate::actors::Actors;
use crate::records::{assertions, clients, keys};
use crate::seeded::{Bug, seeded};

impl Postgres {
    /// Does `work` for these actors and about these subjects, puts its signals in force, and answers the rest.
    fn telling<T, S, F>(&self, actors: Actors, targets: Vec<SubjectId>, work: F) -> Reply<T>
    where
        T: Send + 'static,
        S: IntoIterator<Item = Signal> + Send + 'static,
        F: for<'t> FnOnce(On<'t>) -> Asking<'t, (T, S)> + Send + 'static,
    {
        let shared = Arc::clone(&self.shared);
        Reply::pending(async move {
            let (answer, told) = shared.write_as(actors, targets, work).await?;
            let told: Vec<Signal> = told.into_iter().collect();
            shared.settle(&[], &told).await?;
            Ok(answer)
        })
    }
}

impl Families for Postgres {
    fn begin(&self, new: NewFamily, event: Event) -> Reply<FamilyBegun> {
        let rules = self.shared.tokens;
        self.telling(Actors::of(&event), vec![new.proved.subject()], move |on| {
            Box::pin(async move { families::begin(on, &rules, &new, &event).await })
        })
    }

    fn redeem(&self, redemption: Redemption, event: Event) -> Reply<Redeemed> {
        let (shared, rules) = (Arc::clone(&self.shared), self.shared.tokens);
        let first = redemption.seen.is_none().then(|| redemption.clone());
        let redeemed = self.telling(Actors::of(&event), Vec::new(), move |on| {
            Box::pin(async move { families::redeem(on, &rules, &redemption, &event).await })
        });
        Reply::pending(async move {
            if let Some(first) = first {
                let looked = shared.db.read(move |on| {
                    let first = first.clone();
                    Box::pin(async move { families::look(on, &rules, &first).await })
                });
                if let Some(issuable) = looked.await? {
                    return Ok(Redeemed::Changed(issuable));
                }
            }
            redeemed.await
        })
    }

    fn end_by_client(&self, family: SessionId, client: ClientId, event: Event) -> Reply<bool> {
        let rules = self.shared.tokens;
        self.telling(Actors::of(&event), Vec::new(), move |on| {
            Box::pin(async move {
                match families::end(on, &rules, family, |_, own| *own == client, &event).await? {
                    Some(ended) => Ok(ended),
                    // Its name came with a token that this server has made.
                    None => Ok((false, signals::lost_ended(on, family, event.at).await?)),
                }
            })
        })
    }

    fn end_family(&self, subject: SubjectId, family: SessionId, event: Event) -> Reply<bool> {
        let rules = self.shared.tokens;
        self.telling(Actors::of(&event), vec![subject], move |on| {
            Box::pin(async move {
                let ended = families::end(on, &rules, family, |own, _| own == subject, &event).await?;
                Ok(ended.unwrap_or_default())
            })
        })
    }

    fn end_others(&self, subject: SubjectId, keep: Option<SessionId>, event: Event) -> Reply<u64> {
        let (shared, rules, tokens) = (Arc::clone(&self.shared), self.shared.rules, self.shared.tokens);
        Reply::pending(async move {
            let (ended, effects) = shared
                .write_as(Actors::of(&event), vec![subject], move |on| {
                    Box::pin(async move { sign_ins::end_others(on, (&rules, &tokens), subject, keep, &event).await })
                })
                .await?;
            shared.settle(&effects.places, &effects.signals).await?;
            Ok(ended)
        })
    }

    fn families(&self, subject: SubjectId, now: Timestamp) -> Reply<Vec<OpenFamily>> {
        let rules = self.shared.tokens;
        self.read(move |on| Box::pin(async move { families::list(on, &rules, subject, now).await }))
    }

    fn exchange(
        &self,
        subject: SubjectId,
        session: SessionId,
        seen: TokenGeneration,
        until: Timestamp,
        event: Event,
    ) -> Reply<Exchanged> {
        let rules = self.shared.rules;
        self.write_as(Actors::of(&event), vec![subject], move |on| {
            Box::pin(async move { sessions::exchange(on, &rules, (subject, session), seen, until, &event).await })
        })
    }

    fn use_assertion(&self, client: ClientId, id: String, until: Timestamp, now: Timestamp) -> Reply<bool> {
        self.write(move |on| Box::pin(async move { assertions::take(&on, &client, &id, until, now).await }))
    }
}

impl Signals for Postgres {
    fn revocations(&self) -> Arc<Revocations> {
        Arc::clone(self.shared.feed.revocations())
    }

    fn confirm(&self, max_staleness: Duration) -> Reply<()> {
        let shared = Arc::clone(&self.shared);
        Reply::pending(async move { shared.rounds.confirm(max_staleness, shared.db.deadline).await.map(drop) })
    }

    fn revoke_token(&self, token: TokenId, until: Timestamp, event: Event) -> Reply<()> {
        let (actors, elsewhere) = (Actors::of(&event), self.shared.follower.get().is_some());
        self.telling(Actors::default(), Vec::new(), move |on| {
            Box::pin(async move {
                standing::wait_for(on, token, &actors).await?;
                standing::compare(on, &actors, &[], elsewhere).await?;
                events::insert(on, &event, None).await?;
                Ok(((), signals::tell(on, event.at, until, Told::Token(token)).await?))
            })
        })
    }

    fn declare_clients(
        &self,
        declared: BTreeMap<ClientId, String>,
        event: Event,
    ) -> Reply<BTreeMap<ClientId, ClientGeneration>> {
        self.telling(Actors::of(&event), Vec::new(), move |on| {
            Box::pin(async move { clients::declare(&on, declared, &event).await })
        })
    }

    fn follow(&self, from: Option<Position>) -> Reply<Following> {
        let shared = Arc::clone(&self.shared);
        Reply::pending(async move {
            // Whoever begins to follow gets everything that was acknowledged until now, by whichever node.
            shared.rounds.confirm(Duration::ZERO, shared.db.deadline).await?;
            let known = Arc::downgrade(&shared);
            Ok(shared.feed.follow(from, Box::new(move |at_most| known_as_of(&known, at_most))))
        })
    }
}

/// A follower does not keep a store alive that is being closed.
fn known_as_of(shared: &Weak<Shared>, at_most: Duration) -> Reply<Moment> {
    if seeded(Bug::HeartbeatUnproved) {
        return Reply::ready(Ok(SystemClock.monotonic()));
    }
    match shared.upgrade() {
        Some(shared) => Reply::pending(async move { shared.rounds.confirm(at_most, shared.db.deadline).await }),
        None => Reply::ready(Err(StoreError::new("the store has been closed"))),
    }
}

impl Keys for Postgres {
    fn keys(&self) -> Reply<Vec<KeyRecord>> {
        self.read(|on| Box::pin(async move { keys::list(&on).await }))
    }

    fn add_key(&self, key: KeyRecord, beside: usize, event: Event) -> Reply<bool> {
        self.telling(Actors::of(&event), Vec::new(), move |on| {
            Box::pin(async move { keys::add(&on, &key, beside, &event).await })
        })
    }

    fn revoke_key(&self, kid: KeyId, event: Event) -> Reply<bool> {
        self.telling(Actors::of(&event), Vec::new(), move |on| {
            Box::pin(async move { keys::revoke(&on, &kid, &event).await })
        })
    }

    fn delete_key(&self, kid: KeyId) -> Reply<()> {
        self.write(move |on| Box::pin(async move { keys::delete(&on, &kid).await }))
    }
}
