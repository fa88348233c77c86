//! Sessions that are kept beside the accounts. A check is one question, that reads the session and its subject together.

use admit_core::audit::{Event, EventKind};
use admit_core::credential::SessionDigest;
use admit_core::id::{SessionId, SubjectId};
use admit_core::session::{Device, NewSession, OpenSession, SessionRecord, SessionRules};
use admit_core::signal::Signal;
use admit_core::store::{Checked, Exchanged, Issuable, Opened, eviction};
use admit_core::subject::{SubjectState, TokenGeneration};
use admit_core::time::Timestamp;

use super::column::{at, big, of_session, of_subject, session_id, subject_id, time_or_none, value};
use super::connection::On;
use super::error::Error;
use super::log::{self, About};
use super::secrets::{self, record, record_columns};
use super::{events, signals, subjects};
use crate::seeded::{Bug, seeded};
use crate::truth::Place;

/// Rows that a change deletes along with itself at most: logging out everywhere is to take no longer for a thousand sessions
/// than for ten.
const WITH_A_CHANGE: i64 = 64;

/// What has come of a change, beside its answer: the entries to be in force and the signals to be told.
#[derive(Default)]
pub(super) struct Effects {
    pub(super) places: Vec<Place>,
    pub(super) signals: Vec<Signal>,
}

/// Makes a session.
pub(super) async fn open(
    on: On<'_>,
    rules: &SessionRules,
    new: &NewSession,
    event: &Event,
) -> Result<(Opened, Effects), Error> {
    let mut effects = Effects::default();
    // Whoever acts by the session that is replaced holds its subject: that comes before this, or sees it.
    if let Some(replaced) = &new.replaces
        && let Some(owner) = secrets::owner(on, replaced).await?
    {
        subjects::lock_both(on, new.proved.subject(), owner).await?;
    }
    let subject = match subjects::hold(on, new.proved.subject()).await? {
        Some(held) if new.proved.is_still(&held.state) => held.state,
        Some(_) | None => return Ok((Opened::Refused, effects)),
    };
    let mut ended = Vec::new();
    let replaces = new.replaces.filter(|_| !seeded(Bug::ReplacedGoesOn));
    if let Some(replaced) = secrets::present_of(on, replaces, new.created_at).await?
        && let Some((id, owner, token_until)) = take(on, &replaced).await?
    {
        events::insert(on, &new.replacement(event, owner, id), None).await?;
        ended.push((owner, id, token_until));
    }
    for (digest, evicted) in over_limit(on, rules, &subject, new.created_at).await? {
        if let Some((id, owner, token_until)) = take(on, &digest).await? {
            let eviction =
                eviction(EventKind::SessionEvicted, subject.id, evicted.id, new.created_at, event.request.as_deref());
            events::insert(on, &eviction, None).await?;
            ended.push((owner, id, token_until));
        }
    }
    let session = new.record(&subject);
    insert(on, new, &session).await?;
    on.run("UPDATE subject SET last_login_at = $2 WHERE id = $1", &[&of_subject(subject.id), &at(new.created_at)])
        .await?;
    events::insert(on, event, Some(subject.id)).await?;
    end_all(on, rules, ended, new.created_at, &mut effects).await?;
    Ok((Opened::Session(Checked { session, subject }), effects))
}

/// Writes the ends of sessions into the log, shard by shard in order, and then tells of them.
async fn end_all(
    on: On<'_>,
    rules: &SessionRules,
    mut ended: Vec<(SubjectId, SessionId, Option<Timestamp>)>,
    now: Timestamp,
    effects: &mut Effects,
) -> Result<(), Error> {
    ended.sort_by_key(|(owner, ..)| owner.shard());
    for (owner, id, _) in &ended {
        effects.places.push(log::add(on, *owner, About::Session(*id), log::keep_until(now, rules)).await?);
    }
    for (_, id, token_until) in ended {
        effects.signals.extend(signals::session_ended(on, id, now, token_until).await?);
    }
    Ok(())
}

async fn insert(on: On<'_>, new: &NewSession, session: &SessionRecord) -> Result<(), Error> {
    let device = new.device.kept();
    on.run(
        "INSERT INTO session (digest, id, subject_id, generation, roles_version, created_at, last_seen_at,
         absolute_expires_at, user_agent, address, assurance) VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9, $10)",
        &[
            &new.digest.as_bytes().as_slice(),
            &of_session(session.id),
            &of_subject(new.proved.subject()),
            &i64::from(session.generation.0),
            &i64::from(session.roles_version),
            &at(session.created_at),
            &at(session.absolute_expires_at),
            &device.user_agent,
            &device.address,
            &big(session.assurance.stored()),
        ],
    )
    .await
    .map(drop)
}

/// Deletes a session and says which it was, whose, and when its last access token ends.
async fn take(on: On<'_>, digest: &SessionDigest) -> Result<Option<(SessionId, SubjectId, Option<Timestamp>)>, Error> {
    let row = on
        .opt(
            "DELETE FROM session WHERE digest = $1 RETURNING id, subject_id, token_until",
            &[&digest.as_bytes().as_slice()],
        )
        .await?;
    row.map(|row| Ok((session_id(&row, 0)?, subject_id(&row, 1)?, time_or_none(&row, 2)?))).transpose()
}

/// The live sessions that must go to make room for one more, oldest first.
async fn over_limit(
    on: On<'_>,
    rules: &SessionRules,
    subject: &SubjectState,
    now: Timestamp,
) -> Result<Vec<(SessionDigest, SessionRecord)>, Error> {
    Ok(rules.evicted(of_subject_live(on, rules, subject, now).await?))
}

/// The live sessions of a subject, oldest first.
pub(super) async fn of_subject_live(
    on: On<'_>,
    rules: &SessionRules,
    subject: &SubjectState,
    now: Timestamp,
) -> Result<Vec<(SessionDigest, SessionRecord)>, Error> {
    let rows = on
        .all(
            concat!(
                "SELECT ",
                record_columns!(),
                " FROM session x WHERE x.subject_id = $1 ORDER BY x.created_at, x.id"
            ),
            &[&of_subject(subject.id)],
        )
        .await?;
    let mut live = Vec::with_capacity(rows.len());
    for row in &rows {
        let (digest, session) = record(row, 0)?;
        if session.is_live(subject, rules, now) {
            live.push((digest, session));
        }
    }
    Ok(live)
}

/// Ends one session of a subject by its public name.
pub(super) async fn end(
    on: On<'_>,
    rules: &SessionRules,
    subject: SubjectId,
    id: SessionId,
    event: &Event,
) -> Result<Option<Effects>, Error> {
    subjects::hold(on, subject).await?;
    let row = on
        .opt(
            "DELETE FROM session WHERE subject_id = $1 AND id = $2 RETURNING token_until",
            &[&of_subject(subject), &of_session(id)],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    events::insert(on, event, Some(subject)).await?;
    let mut effects = Effects::default();
    end_all(on, rules, vec![(subject, id, time_or_none(&row, 0)?)], event.at, &mut effects).await?;
    Ok(Some(effects))
}

/// Ends these sessions of a subject, who is held. How many of them there were.
pub(super) async fn end_each(
    on: On<'_>,
    rules: &SessionRules,
    subject: SubjectId,
    ids: Vec<SessionId>,
    event: &Event,
) -> Result<(u64, Effects), Error> {
    let mut ended = Vec::with_capacity(ids.len());
    for id in ids {
        let sql = "DELETE FROM session WHERE subject_id = $1 AND id = $2 RETURNING token_until";
        let Some(row) = on.opt(sql, &[&of_subject(subject), &of_session(id)]).await? else { continue };
        let event = Event { kind: EventKind::SessionRevoked, ..event.clone() }.with("session", id.to_string());
        events::insert(on, &event, Some(subject)).await?;
        ended.push((subject, id, time_or_none(&row, 0)?));
    }
    let (count, mut effects) = (ended.len() as u64, Effects::default());
    end_all(on, rules, ended, event.at, &mut effects).await?;
    Ok((count, effects))
}

/// Deletes sessions of a subject whose generation was raised, up to [`WITH_A_CHANGE`].
///
/// They are dead already, by their generation, and no generation comes twice. A subject with more than that keeps the rest
/// until the next purge.
pub(super) async fn delete_some(on: On<'_>, subject: SubjectId) -> Result<(), Error> {
    on.run(
        "DELETE FROM session WHERE digest IN (SELECT digest FROM session WHERE subject_id = $1 LIMIT $2)",
        &[&of_subject(subject), &WITH_A_CHANGE],
    )
    .await
    .map(drop)
}

/// The live sessions of a subject, newest first.
pub(super) async fn list(
    on: On<'_>,
    rules: &SessionRules,
    subject: SubjectId,
    now: Timestamp,
) -> Result<Vec<OpenSession>, Error> {
    let Some(held) = subjects::by_id(on, subject).await? else { return Ok(Vec::new()) };
    let rows = on
        .all(
            concat!(
                "SELECT ",
                record_columns!(),
                ", x.user_agent, x.address FROM session x WHERE x.subject_id = $1 ORDER BY x.created_at DESC, x.id DESC"
            ),
            &[&of_subject(subject)],
        )
        .await?;
    let mut open = Vec::with_capacity(rows.len());
    for row in &rows {
        let (_, session) = record(row, 0)?;
        if session.is_live(&held.state, rules, now) {
            let device = Device { user_agent: value(row, 8)?, address: value(row, 9)? };
            open.push(OpenSession { record: session, device });
        }
    }
    Ok(open)
}

/// Notes that a live session has an access token that was made of what was `seen` and ends at `until`.
pub(super) async fn exchange(
    on: On<'_>,
    rules: &SessionRules,
    (subject, session): (SubjectId, SessionId),
    seen: TokenGeneration,
    until: Timestamp,
    event: &Event,
) -> Result<Exchanged, Error> {
    let Some(held) = subjects::hold(on, subject).await? else { return Ok(Exchanged::Ended) };
    let row = on
        .opt(
            concat!(
                "SELECT ",
                record_columns!(),
                " FROM session x WHERE x.subject_id = $1 AND x.id = $2 FOR NO KEY UPDATE"
            ),
            &[&of_subject(subject), &of_session(session)],
        )
        .await?;
    let Some(row) = row else { return Ok(Exchanged::Ended) };
    let (_, record) = record(&row, 0)?;
    if !record.is_live(&held.state, rules, event.at) {
        return Ok(Exchanged::Ended);
    }
    if held.state.token_generation() != seen {
        return Ok(Exchanged::Changed(held.state));
    }
    on.run(
        "UPDATE session SET token_until = greatest(token_until, $3) WHERE subject_id = $1 AND id = $2",
        &[&of_subject(subject), &of_session(session), &at(until)],
    )
    .await?;
    signals::note_token(on, subject, until).await?;
    events::insert(on, event, Some(subject)).await?;
    let (absolute_expires_at, assurance) = (record.absolute_expires_at, record.assurance.as_of(event.at));
    Ok(Exchanged::Session(Issuable { id: session, absolute_expires_at, assurance, subject: held.state }))
}
