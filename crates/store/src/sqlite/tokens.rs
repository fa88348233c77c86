//! [`Families`], [`Signals`] and [`Keys`] over SQLite.

use std::collections::BTreeMap;
use std::sync::Arc;

use admit_clock::SystemClock;
use admit_core::audit::Event;
use admit_core::client::{ClientGeneration, ClientId};
use admit_core::id::{SessionId, SubjectId};
use admit_core::jws::KeyId;
use admit_core::keyring::KeyRecord;
use admit_core::signal::{Position, Revocations, Told};
use admit_core::store::{
    Exchanged, Families, FamilyBegun, Following, Keys, NewFamily, OpenFamily, Redeemed, Redemption, Reply, Signals,
};
use admit_core::subject::TokenGeneration;
use admit_core::time::{Clock, Timestamp};
use admit_core::token::TokenId;

use super::on::{On, at_once};
use super::writer::Done;
use super::{Sqlite, events, families, sign_ins, signals};
use crate::actors::Actors;
use crate::records::{assertions, clients, keys};

impl Families for Sqlite {
    fn begin(&self, new: NewFamily, event: Event) -> Reply<FamilyBegun> {
        let rules = self.tokens;
        self.write_as(Actors::of(&event), move |connection, _| families::begin(connection, &rules, &new, &event))
    }

    fn redeem(&self, redemption: Redemption, event: Event) -> Reply<Redeemed> {
        let rules = self.tokens;
        self.write_as(Actors::of(&event), move |connection, _| {
            families::redeem(connection, &rules, &redemption, &event)
        })
    }

    fn end_by_client(&self, family: SessionId, client: ClientId, event: Event) -> Reply<bool> {
        let rules = self.tokens;
        self.write_as(Actors::of(&event), move |connection, _| {
            families::end(connection, &rules, family, |_, own| *own == client, &event)
        })
    }

    fn end_family(&self, subject: SubjectId, family: SessionId, event: Event) -> Reply<bool> {
        let rules = self.tokens;
        self.write_as(Actors::of(&event), move |connection, _| {
            families::end(connection, &rules, family, |own, _| own == subject, &event)
        })
    }

    fn end_others(&self, subject: SubjectId, keep: Option<SessionId>, event: Event) -> Reply<u64> {
        let (rules, tokens) = (self.rules, self.tokens);
        self.write_as(Actors::of(&event), move |connection, live| {
            sign_ins::end_others(connection, live, (&rules, &tokens), subject, keep, &event)
        })
    }

    fn families(&self, subject: SubjectId, now: Timestamp) -> Reply<Vec<OpenFamily>> {
        self.read(|connection| families::list(connection, &self.tokens, subject, now))
    }

    fn exchange(
        &self,
        subject: SubjectId,
        session: SessionId,
        seen: TokenGeneration,
        until: Timestamp,
        event: Event,
    ) -> Reply<Exchanged> {
        let rules = self.rules;
        self.write_as(Actors::of(&event), move |connection, live| {
            families::exchange(connection, live, &rules, (subject, session), seen, until, &event)
        })
    }

    fn use_assertion(&self, client: ClientId, id: String, until: Timestamp, now: Timestamp) -> Reply<bool> {
        self.write(move |connection, _| {
            at_once(assertions::take(&On(connection), &client, &id, until, now)).map(Done::plain)
        })
    }
}

impl Signals for Sqlite {
    fn revocations(&self) -> Arc<Revocations> {
        Arc::clone(self.live.feed().revocations())
    }

    fn revoke_token(&self, token: TokenId, until: Timestamp, event: Event) -> Reply<()> {
        self.write_as(Actors::of(&event), move |connection, _| {
            events::insert(connection, &event, None)?;
            let told = signals::tell(connection, event.at, until, Told::Token(token))?;
            Ok(Done { answer: (), effects: told.into_iter().collect() })
        })
    }

    fn declare_clients(
        &self,
        declared: BTreeMap<ClientId, String>,
        event: Event,
    ) -> Reply<BTreeMap<ClientId, ClientGeneration>> {
        self.write_as(Actors::of(&event), move |connection, _| {
            at_once(clients::declare(&On(connection), declared, &event)).map(Done::telling)
        })
    }

    fn follow(&self, from: Option<Position>) -> Reply<Following> {
        // One process has the store, so what it knows is the truth of now, as long as somebody writes.
        let queue = self.writer.queue().clone();
        let known_as_of = move |_| Reply::ready(queue.is_alive().map(|()| SystemClock.monotonic()));
        Reply::ready(Ok(self.live.feed().follow(from, Box::new(known_as_of))))
    }
}

impl Keys for Sqlite {
    fn keys(&self) -> Reply<Vec<KeyRecord>> {
        self.read(|connection| at_once(keys::list(&On(connection))))
    }

    fn add_key(&self, key: KeyRecord, beside: usize, event: Event) -> Reply<bool> {
        self.write_as(Actors::of(&event), move |connection, _| {
            at_once(keys::add(&On(connection), &key, beside, &event)).map(Done::telling)
        })
    }

    fn revoke_key(&self, kid: KeyId, event: Event) -> Reply<bool> {
        self.write_as(Actors::of(&event), move |connection, _| {
            at_once(keys::revoke(&On(connection), &kid, &event)).map(Done::telling)
        })
    }

    fn delete_key(&self, kid: KeyId) -> Reply<()> {
        self.write(move |connection, _| at_once(keys::delete(&On(connection), &kid)).map(Done::plain))
    }
}
