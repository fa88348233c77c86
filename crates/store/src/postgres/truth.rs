//! The accounts, to a store of sessions beside them.

use std::sync::Arc;

use admit_core::audit::{Event, EventKind};
use admit_core::credential::SessionDigest;
use admit_core::id::{SessionId, Shard, SubjectId};
use admit_core::session::{NewSession, SessionRecord};
use admit_core::signal::Signal;
use admit_core::store::{Exchanged, Issuable, Reply, eviction};
use admit_core::subject::{Status, TokenGeneration};
use admit_core::time::Timestamp;

use super::column::{at, of_session, of_subject, time, value};
use super::connection::On;
use super::error::Error;
use super::log::{self, About, keep_until};
use super::sign_ins::end_families;
use super::{Postgres, events, secrets, signals, subjects};
use crate::actors::Actors;
use crate::truth::{Begun, Ended, Heads, Place, Read, Replaced, Successor, Truth, Versioned};

/// When the last access token of an exchanged session ends. It is not asked again.
async fn take_exchanged(on: On<'_>, id: SessionId) -> Result<Option<Timestamp>, Error> {
    let row = on.opt("DELETE FROM exchanged_session WHERE id = $1 RETURNING token_until", &[&of_session(id)]).await?;
    row.map(|row| time(&row, 0)).transpose()
}

/// A subject whose session of this generation may go on. It is held until the transaction ends.
async fn alive(on: On<'_>, subject: SubjectId, session: &SessionRecord) -> Result<Option<Versioned>, Error> {
    let Some(held) = subjects::hold(on, subject).await? else { return Ok(None) };
    let good = held.state.status == Status::Active && held.state.generation == session.generation;
    Ok(if good && log::ended_at(on, subject, session.id).await?.is_none() { Some(held) } else { None })
}

impl Truth for Postgres {
    fn name(&self) -> Reply<String> {
        self.read(|on| {
            Box::pin(async move {
                let row = on
                    .one(
                        "SELECT (SELECT system_identifier FROM pg_control_system())::text || '/' || oid::text
                         FROM pg_database WHERE datname = current_database()",
                        &[],
                    )
                    .await?;
                value(&row, 0)
            })
        })
    }

    fn heads(&self) -> Reply<Heads> {
        self.read(|on| {
            Box::pin(async move {
                // The epochs first: one that begins between the two gives numbers past those that are known to be lost.
                let epochs = Arc::new(log::epochs(on).await?);
                Ok(Heads { epochs, numbers: log::heads(on).await? })
            })
        })
    }

    fn entries(&self, shard: Shard, after: u64, limit: u32) -> Reply<Read> {
        self.read(move |on| Box::pin(log::entries(on, shard, after, limit)))
    }

    fn subject(&self, id: SubjectId) -> Reply<Option<Versioned>> {
        self.read(move |on| Box::pin(subjects::as_of_now(on, id)))
    }

    fn begin_session(&self, new: &NewSession, replaced: Option<Replaced>, event: Event) -> Reply<Option<Begun>> {
        let (shared, rules, new) = (Arc::clone(&self.shared), self.shared.rules, new.clone());
        Reply::pending(async move {
            let targets =
                [Some(new.proved.subject()), replaced.map(|replaced| replaced.subject)].into_iter().flatten().collect();
            let Some((begun, told)) = shared
                .write_as(Actors::of(&event), targets, move |on| {
                    Box::pin(async move {
                        if let Some(Replaced { subject: owner, .. }) = replaced {
                            subjects::lock_both(on, new.proved.subject(), owner).await?;
                        }
                        let id = new.proved.subject();
                        let subject = match subjects::hold(on, id).await? {
                            Some(held) if new.proved.is_still(&held.state) => {
                                subjects::held_as_of_now(on, held).await?
                            }
                            Some(_) | None => return Ok(None),
                        };
                        on.run(
                            "UPDATE subject SET last_login_at = $2 WHERE id = $1",
                            &[&of_subject(id), &at(new.created_at)],
                        )
                        .await?;
                        events::insert(on, &event, Some(id)).await?;
                        let mut begun = Begun { subject, replaced: None };
                        let mut told: Option<Signal> = None;
                        if let Some(Replaced { subject: owner, id }) = replaced {
                            if let Some(place) = log::ended_at(on, owner, id).await? {
                                begun.replaced = Some(place);
                                return Ok(Some((begun, told)));
                            }
                            events::insert(on, &new.replacement(&event, owner, id), None).await?;
                            let token_until = take_exchanged(on, id).await?;
                            let until = keep_until(new.created_at, &rules);
                            begun.replaced = Some(log::add(on, owner, About::Session(id), until).await?);
                            told = signals::session_ended(on, id, new.created_at, token_until).await?;
                        }
                        Ok(Some((begun, told)))
                    })
                })
                .await?
            else {
                return Ok(None);
            };
            // The session store puts its own place in force; signals are this store's.
            shared.settle(&[], told.as_slice()).await?;
            Ok(Some(begun))
        })
    }

    fn evicted(
        &self,
        subject: SubjectId,
        sessions: Vec<SessionId>,
        at: Timestamp,
        request: Option<String>,
    ) -> Reply<Vec<Place>> {
        let (shared, rules) = (Arc::clone(&self.shared), self.shared.rules);
        Reply::pending(async move {
            let (places, told) = shared
                .db
                .write(move |on| {
                    Box::pin(async move {
                        subjects::hold(on, subject).await?;
                        let (mut places, mut told) = (Vec::new(), Vec::<Signal>::new());
                        for id in sessions {
                            if let Some(place) = log::ended_at(on, subject, id).await? {
                                places.push(place);
                                continue;
                            }
                            events::insert(
                                on,
                                &eviction(EventKind::SessionEvicted, subject, id, at, request.as_deref()),
                                None,
                            )
                            .await?;
                            let token_until = take_exchanged(on, id).await?;
                            places.push(log::add(on, subject, About::Session(id), keep_until(at, &rules)).await?);
                            told.extend(signals::session_ended(on, id, at, token_until).await?);
                        }
                        Ok((places, told))
                    })
                })
                .await?;
            shared.settle(&[], &told).await?;
            Ok(places)
        })
    }

    fn end_session(&self, subject: SubjectId, id: SessionId, event: Event) -> Reply<Ended> {
        let (shared, rules) = (Arc::clone(&self.shared), self.shared.rules);
        Reply::pending(async move {
            let (ended, told) = shared
                .write_as(Actors::of(&event), vec![subject], move |on| {
                    Box::pin(async move {
                        subjects::hold(on, subject).await?;
                        if let Some(place) = log::ended_at(on, subject, id).await? {
                            return Ok((Ended::Before(place), None));
                        }
                        events::insert(on, &event, Some(subject)).await?;
                        let token_until = take_exchanged(on, id).await?;
                        let place = log::add(on, subject, About::Session(id), keep_until(event.at, &rules)).await?;
                        Ok((Ended::Now(place), signals::session_ended(on, id, event.at, token_until).await?))
                    })
                })
                .await?;
            shared.settle(&[], told.as_slice()).await?;
            Ok(ended)
        })
    }

    fn end_sign_ins(
        &self,
        subject: SubjectId,
        sessions: Vec<SessionId>,
        keep: Option<SessionId>,
        event: Event,
    ) -> Reply<(u64, Vec<Place>)> {
        let (shared, rules, tokens) = (Arc::clone(&self.shared), self.shared.rules, self.shared.tokens);
        Reply::pending(async move {
            let (ended, places, told) = shared
                .write_as(Actors::of(&event), vec![subject], move |on| {
                    Box::pin(async move {
                        subjects::hold(on, subject).await?;
                        let (mut ended, mut places, mut ends) = (0, Vec::new(), Vec::new());
                        for id in sessions {
                            if let Some(place) = log::ended_at(on, subject, id).await? {
                                places.push(place);
                                continue;
                            }
                            let event = Event { kind: EventKind::SessionRevoked, ..event.clone() };
                            events::insert(on, &event.with("session", id.to_string()), Some(subject)).await?;
                            ends.push((id, take_exchanged(on, id).await?));
                            ended += 1;
                        }
                        // The log first, then the list of signals: the order of locks.
                        for (id, _) in &ends {
                            let until = keep_until(event.at, &rules);
                            places.push(log::add(on, subject, About::Session(*id), until).await?);
                        }
                        let mut told = Vec::<Signal>::new();
                        for (id, token_until) in ends {
                            told.extend(signals::session_ended(on, id, event.at, token_until).await?);
                        }
                        let (families, signals) = end_families(on, &tokens, subject, keep, &event).await?;
                        told.extend(signals);
                        Ok((ended + families, places, told))
                    })
                })
                .await?;
            shared.settle(&[], &told).await?;
            Ok((ended, places))
        })
    }

    fn rotate_session(
        &self,
        subject: SubjectId,
        session: SessionRecord,
        old: SessionDigest,
        new: SessionDigest,
        event: Event,
    ) -> Reply<Option<Place>> {
        let rules = self.shared.rules;
        self.write_as(Actors::of(&event), vec![subject], move |on| {
            Box::pin(async move {
                let Some(held) = alive(on, subject, &session).await? else { return Ok(None) };
                if let Some((place, _, by)) = log::superseded(on, &old).await? {
                    return Ok(by.filter(|by| by.digest == new).map(|_| place));
                }
                if secrets::is_young(on, &old, event.at).await? {
                    return Ok(None);
                }
                events::insert(on, &event, Some(subject)).await?;
                let by = Successor { digest: new, at: event.at, roles_version: held.state.roles_version };
                log::add(on, subject, About::Secret(old, by), keep_until(event.at, &rules)).await.map(Some)
            })
        })
    }

    fn exchange_session(
        &self,
        subject: SubjectId,
        session: SessionRecord,
        seen: TokenGeneration,
        until: Timestamp,
        event: Event,
    ) -> Reply<Exchanged> {
        self.write_as(Actors::of(&event), vec![subject], move |on| {
            Box::pin(async move {
                let Some(held) = alive(on, subject, &session).await? else { return Ok(Exchanged::Ended) };
                if held.state.token_generation() != seen {
                    return Ok(Exchanged::Changed(held.state));
                }
                on.run(
                    "INSERT INTO exchanged_session (id, subject_id, token_until) VALUES ($1, $2, $3)
                     ON CONFLICT (id) DO UPDATE
                     SET token_until = greatest(exchanged_session.token_until, excluded.token_until)",
                    &[&of_session(session.id), &of_subject(subject), &at(until)],
                )
                .await?;
                signals::note_token(on, subject, until).await?;
                events::insert(on, &event, Some(subject)).await?;
                let (absolute_expires_at, assurance) = (session.absolute_expires_at, session.assurance.as_of(event.at));
                let subject = held.state;
                Ok(Exchanged::Session(Issuable { id: session.id, absolute_expires_at, assurance, subject }))
            })
        })
    }
}
