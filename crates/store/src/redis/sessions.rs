//! Sessions begin and end: in the accounts first, then here.

use std::sync::Arc;
use std::time::Duration;

use admit_core::audit::Event;
use admit_core::credential::SessionDigest;
use admit_core::id::{SessionId, SubjectId};
use admit_core::session::{NewSession, OpenSession, SessionRecord, is_good_beside};
use admit_core::store::{Checked, Opened, StoreError};
use admit_core::subject::Status;
use admit_core::time::Timestamp;
use redis::{Cmd, Value};
use tokio::time::{Instant, sleep};

use super::core::{Core, MARGIN, millis};
use super::fence::number;
use super::log::FORCE;
use super::record::{Kept, began_at};
use super::scripts;
use crate::epoch::In;
use crate::seeded::{Bug, seeded};
use crate::truth::{Ended, Place, Replaced, Versioned};
use crate::whole::keepable;

/// How long to wait for a session that is between two secrets: a node of the release before takes two steps.
const BETWEEN: Duration = Duration::from_millis(5);

/// The sessions of a subject that its index names. A record is missing when time has dropped it, and for a moment while a node
/// of the release before replaces its secret.
struct Indexed {
    subject: Option<Versioned>,
    sessions: Vec<(SessionId, Option<Kept>)>,
}

impl Core {
    pub(super) async fn open(self: Arc<Self>, new: NewSession, event: Event) -> Result<Opened, StoreError> {
        keepable(new.absolute_expires_at)?;
        if new.digest.shard() != new.proved.subject().shard() {
            return Err(StoreError::new(
                "the session's secret was not made for its subject: use SessionToken::new_for",
            ));
        }
        let replaced = match &new.replaces {
            Some(digest) => {
                let found = self.look(digest).await?.map(|(it, _)| it);
                let is_good = |at: Timestamp| is_good_beside(at, new.created_at);
                let found = found.filter(|it| it.record.superseded_at.is_none_or(is_good));
                found.map(|it| Replaced { subject: it.subject, id: it.record.id })
            }
            None => None,
        };
        let request = event.request.clone();
        let Some(begun) = self.truth.begin_session(&new, replaced, event).await? else { return Ok(Opened::Refused) };
        if let Some(place) = begun.replaced {
            self.force(place).await?;
        }
        let record = new.record(&begun.subject.state);
        let record = SessionRecord { created_at: began_at(record.created_at, record.assurance), ..record };
        let kept = Kept { subject: new.proved.subject(), record, device: new.device }.in_whole_seconds();
        let until = Instant::now() + FORCE;
        let call = self.open_call(&kept, new.digest, &begun.subject);
        let (_, Value::Array(answer)) = self.call(new.digest.shard(), until, call).await? else {
            return Err(something_else());
        };
        let [outcome, others @ ..] = answer.as_slice() else { return Err(something_else()) };
        if number(outcome)? == 0 {
            return Ok(Opened::Refused);
        }
        if !others.is_empty() {
            self.make_room(&kept, &begun.subject, pairs(others)?, request).await?;
        }
        Ok(Opened::Session(Checked { session: kept.record, subject: begun.subject.state }))
    }

    fn open_call(&self, kept: &Kept, digest: SessionDigest, subject: &Versioned) -> Cmd {
        let record = &kept.record;
        let longest = record.absolute_expires_at.since(record.created_at) + MARGIN;
        let mut call = scripts::OPEN.call(4);
        call.arg(self.keys.session(&digest))
            .arg(self.keys.fence(digest.shard()))
            .arg(self.keys.state(kept.subject))
            .arg(self.keys.index(kept.subject))
            .arg(subject.encode())
            .arg(self.keep().max(millis(longest)))
            .arg(kept.encode())
            .arg(self.time_to_live(record, record.created_at))
            .arg(record.id.as_bytes())
            .arg(digest.as_bytes())
            .arg(u64::from(self.rules.limit));
        call
    }

    /// Ends the oldest sessions over the limit, and forgets those that time has ended.
    ///
    /// The new one is there already, so of two that are opened at once the later one sees both, and ends as many as it must.
    async fn make_room(
        self: &Arc<Self>,
        new: &Kept,
        subject: &Versioned,
        others: Vec<(SessionId, Option<Kept>)>,
        request: Option<String>,
    ) -> Result<(), StoreError> {
        let now = new.record.created_at;
        let (mut live, mut dead) = (Vec::new(), Vec::new());
        for (id, other) in others {
            match other {
                _ if id == new.record.id => {}
                Some(other) if other.record.is_live(&subject.state, &self.rules, now) => live.push(other.record),
                // Of a later generation than the one that was read: whoever ended the generation in between sees to it.
                Some(other) if other.record.generation > subject.state.generation => {}
                Some(_) => dead.push(id),
                // Without a record it may be between two secrets, but not when it began before any live one did.
                None if began(id).plus(self.rules.absolute + MARGIN) < now => dead.push(id),
                None => {}
            }
        }
        live.sort_unstable_by_key(|record| (record.created_at, record.id));
        let oldest: Vec<SessionId> = self.rules.evicted(live).iter().map(|record| record.id).collect();
        if !dead.is_empty() {
            self.drop_sessions(new.subject, &dead).await?;
        }
        if !oldest.is_empty() {
            for place in self.truth.evicted(new.subject, oldest, now, request).await? {
                self.force(place).await?;
            }
        }
        Ok(())
    }

    async fn drop_sessions(self: &Arc<Self>, subject: SubjectId, ids: &[SessionId]) -> Result<(), StoreError> {
        let mut call = scripts::DROP.call(2);
        call.arg(self.keys.fence(subject.shard())).arg(self.keys.index(subject));
        for id in ids {
            call.arg(id.as_bytes());
        }
        self.call(subject.shard(), Instant::now() + FORCE, call).await.map(drop)
    }

    pub(super) async fn rotate(
        self: Arc<Self>,
        old: SessionDigest,
        new: SessionDigest,
        event: Event,
    ) -> Result<bool, StoreError> {
        let Some((front, subject)) = self.look(&old).await? else { return Ok(false) };
        if !front.record.is_live(&subject.state, &self.rules, event.at) {
            return Ok(false);
        }
        if new.shard() != front.subject.shard() {
            return Err(StoreError::new(
                "the session's secret was not made for its subject: use SessionToken::new_for",
            ));
        }
        if front.record.superseded_at.is_none() {
            // The entry of the log that says so replaces the secret in Redis too, wherever and whenever it is applied.
            let rotated = self.truth.rotate_session(front.subject, front.record, old, new, event).await?;
            let Some(place) = rotated else { return Ok(false) };
            self.force(place).await?;
        }
        let present = self.look(&new).await?.map(|(it, _)| it.record);
        Ok(present.is_some_and(|present| present.id == front.record.id && present.superseded_at.is_none()))
    }

    pub(super) async fn end(
        self: Arc<Self>,
        subject: SubjectId,
        id: SessionId,
        event: Event,
    ) -> Result<bool, StoreError> {
        let Indexed { subject: Some(state), sessions } = self.indexed(subject, Some(id)).await? else {
            return Ok(false);
        };
        // One without a record may be between two secrets, and is ended. One of another generation is ended already.
        let is_there =
            |kept: &Option<Kept>| kept.as_ref().is_none_or(|kept| kept.record.generation == state.state.generation);
        let active = state.state.status == Status::Active;
        if !active || !sessions.iter().any(|(_, kept)| is_there(kept)) {
            return Ok(false);
        }
        match self.truth.end_session(subject, id, event).await? {
            Ended::Now(place) => self.force(place).await.map(|()| true),
            // Whoever says that it has ended says so when it is so.
            Ended::Before(place) => self.force(place).await.map(|()| false),
        }
    }

    pub(super) async fn end_others(
        self: Arc<Self>,
        subject: SubjectId,
        keep: Option<SessionId>,
        event: Event,
    ) -> Result<u64, StoreError> {
        let found = self.settled(subject).await?;
        let live = |kept: &Kept| {
            let state = found.subject.as_ref();
            state.is_some_and(|state| kept.record.is_live(&state.state, &self.rules, event.at))
        };
        let sessions: Vec<SessionId> = found
            .sessions
            .iter()
            .filter(|(id, kept)| Some(*id) != keep && kept.as_ref().is_some_and(live))
            .map(|(id, _)| *id)
            .collect();
        let (ended, places) = self.truth.end_sign_ins(subject, sessions, keep, event).await?;
        // They are all of one shard, and the last one is in force when those before it are.
        if let Some(last) = places.into_iter().max_by_key(|place| place.seq) {
            self.force(last).await?;
        }
        Ok(ended)
    }

    pub(super) async fn list(
        self: Arc<Self>,
        subject: SubjectId,
        now: Timestamp,
    ) -> Result<Vec<OpenSession>, StoreError> {
        let Indexed { subject: Some(state), sessions } = self.indexed(subject, None).await? else {
            return Ok(Vec::new());
        };
        let mut live: Vec<_> = sessions
            .into_iter()
            .filter_map(|(_, kept)| kept)
            .filter(|kept| kept.record.is_live(&state.state, &self.rules, now))
            .map(|kept| OpenSession { record: kept.record, device: kept.device })
            .collect();
        live.sort_unstable_by_key(|open| std::cmp::Reverse((open.record.created_at, open.record.id)));
        Ok(live)
    }

    /// The record of a live session by its public name, for its exchange.
    pub(super) async fn live_by_id(
        self: &Arc<Self>,
        subject: SubjectId,
        id: SessionId,
        now: Timestamp,
    ) -> Result<Option<SessionRecord>, StoreError> {
        let found = self.indexed(subject, Some(id)).await?;
        let Some(subject) = found.subject else { return Ok(None) };
        let records = found.sessions.into_iter().filter_map(|(_, kept)| kept).map(|kept| kept.record);
        Ok(records.into_iter().find(|record| record.is_live(&subject.state, &self.rules, now)))
    }

    /// What a subject's index names, waiting a little for the one asked for when it is between two secrets.
    async fn indexed(self: &Arc<Self>, subject: SubjectId, only: Option<SessionId>) -> Result<Indexed, StoreError> {
        for _ in 0..4 {
            let found = self.read_index(subject, only).await?;
            if only.is_none() || found.sessions.iter().all(|(_, kept)| kept.is_some()) {
                return Ok(found);
            }
            sleep(BETWEEN).await;
        }
        self.read_index(subject, only).await
    }

    /// What a subject's index names, waiting a little for those that are between two secrets. What has no record then has been
    /// dropped by time.
    async fn settled(self: &Arc<Self>, subject: SubjectId) -> Result<Indexed, StoreError> {
        for _ in 0..4 {
            let found = self.read_index(subject, None).await?;
            if found.sessions.iter().all(|(_, kept)| kept.is_some()) {
                return Ok(found);
            }
            sleep(BETWEEN).await;
        }
        self.read_index(subject, None).await
    }

    /// The same, as it is, from a Redis that has applied all that was known to be committed before.
    async fn read_index(self: &Arc<Self>, subject: SubjectId, only: Option<SessionId>) -> Result<Indexed, StoreError> {
        let until = Instant::now() + FORCE;
        let shard = subject.shard();
        loop {
            let mut call = scripts::LIST.call(3);
            call.arg(self.keys.fence(shard)).arg(self.keys.state(subject)).arg(self.keys.index(subject));
            if let Some(id) = &only {
                call.arg(id.as_bytes());
            }
            let (link, answer) = self.call(shard, until, call).await?;
            let Value::Array(answer) = answer else { return Err(something_else()) };
            let [fence, state, sessions @ ..] = answer.as_slice() else { return Err(something_else()) };
            let fence = number(fence)?;
            link.applied().set(shard, fence);
            // Read after the answer: it may be more than the answer has to have, and is what the next one has.
            let known = self.known.at(shard);
            let sessions = pairs(sessions)?;
            match state {
                _ if fence < known => drop(self.apply_until(shard, known, until).await?),
                Value::BulkString(state) => {
                    let state = Versioned::decode(state)?;
                    if !link.epochs().is_lost(In::Shard(shard), state.version) {
                        return Ok(Indexed { subject: Some(state), sessions });
                    }
                    self.load_state(subject, until).await?;
                }
                _ if sessions.is_empty() => return Ok(Indexed { subject: None, sessions }),
                _ => {
                    if !self.load_state(subject, until).await? {
                        return Ok(Indexed { subject: None, sessions: Vec::new() });
                    }
                }
            }
        }
    }

    async fn force(self: &Arc<Self>, place: Place) -> Result<(), StoreError> {
        if seeded(Bug::AcknowledgedBeforeInForce) {
            Arc::clone(self).force_later(place);
            return Ok(());
        }
        self.put_in_force(place).await
    }
}

/// When a session began, by its public name, which is a version 7 UUID.
fn began(id: SessionId) -> Timestamp {
    let [a, b, c, d, e, f, ..] = *id.as_bytes();
    Timestamp::from_millis(u64::from_be_bytes([0, 0, a, b, c, d, e, f]))
}

fn something_else() -> StoreError {
    StoreError::new("Redis answered a script with something else")
}

fn id(value: &Value) -> Result<SessionId, StoreError> {
    match value {
        Value::BulkString(bytes) => bytes.first_chunk().copied().map(SessionId::from_bytes).ok_or_else(something_else),
        _ => Err(something_else()),
    }
}

fn pairs(values: &[Value]) -> Result<Vec<(SessionId, Option<Kept>)>, StoreError> {
    let (pairs, _) = values.as_chunks::<2>();
    let read = |[name, record]: &[Value; 2]| {
        let record = match record {
            Value::BulkString(bytes) if !bytes.is_empty() => Some(Kept::decode(bytes)?),
            _ => None,
        };
        Ok((id(name)?, record))
    };
    pairs.iter().map(read).collect()
}
