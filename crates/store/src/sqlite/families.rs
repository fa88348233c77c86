//! Families of refresh tokens, on disk whatever the sessions are kept in: an app that was signed in stays so.

use admit_core::assurance::Assurance;
use admit_core::audit::{Event, EventKind};
use admit_core::client::ClientId;
use admit_core::credential::RefreshDigest;
use admit_core::id::{SessionId, SubjectId};
use admit_core::session::{Device, SessionRules};
use admit_core::store::{Exchanged, FamilyBegun, Issuable, NewFamily, OpenFamily, Redeemed, Redemption, eviction};
use admit_core::subject::{Generation, Status, SubjectState, TokenGeneration};
use admit_core::time::Timestamp;
use admit_core::token::TokenRules;
use rusqlite::{Connection, OptionalExtension, Result, Row, params};

use super::column::{assurance, malformed, millis, of_assurance, time};
use super::sessions;
use super::writer::Done;
use super::{events, signals, subjects};
use crate::live::{Effect, Live};

/// A family's row.
struct Family {
    open: OpenFamily,
    subject: SubjectId,
    digest: RefreshDigest,
    generation: Generation,
    token_until: Timestamp,
    assurance: Assurance,
}

macro_rules! columns {
    () => {
        "id, subject_id, client, digest, generation, created_at, last_used_at, absolute_expires_at, token_until, \
         user_agent, address, assurance"
    };
}

fn family(row: &Row<'_>, rules: &TokenRules) -> Result<Family> {
    let client: String = row.get(2)?;
    let (created_at, last_used_at, absolute_expires_at) = (time(row, 5)?, time(row, 6)?, time(row, 7)?);
    Ok(Family {
        open: OpenFamily {
            id: SessionId::from_bytes(row.get(0)?),
            client: ClientId::parse(&client).map_err(|error| malformed(2, error))?,
            created_at,
            last_used_at,
            idle_expires_at: last_used_at.plus(rules.refresh_idle).min(absolute_expires_at),
            absolute_expires_at,
            device: Device { user_agent: row.get(9)?, address: row.get(10)? },
        },
        subject: SubjectId::from_bytes(row.get(1)?),
        digest: RefreshDigest::from_bytes(row.get(3)?),
        generation: Generation(row.get(4)?),
        token_until: time(row, 8)?,
        assurance: assurance(row, 11, created_at)?,
    })
}

impl Family {
    /// Whether a refresh token of it is good at `now`.
    fn is_live(&self, subject: &SubjectState, rules: &TokenRules, now: Timestamp) -> bool {
        let expired = self.open.is_expired(rules.refresh_idle, now);
        subject.status == Status::Active && subject.generation == self.generation && !expired
    }
}

fn of_subject(connection: &Connection, rules: &TokenRules, subject: SubjectId) -> Result<Vec<Family>> {
    connection
        .prepare_cached(concat!(
            "SELECT ",
            columns!(),
            " FROM token_family WHERE subject_id = ?1 ORDER BY created_at DESC, id DESC"
        ))?
        .query_map([subject.as_bytes()], |row| family(row, rules))?
        .collect()
}

fn by_id(connection: &Connection, rules: &TokenRules, id: SessionId) -> Result<Option<Family>> {
    connection
        .prepare_cached(concat!("SELECT ", columns!(), " FROM token_family WHERE id = ?1"))?
        .query_row([id.as_bytes()], |row| family(row, rules))
        .optional()
}

/// Deletes a family, and tells of it while a token of it could be alive.
fn delete(connection: &Connection, family: &Family, at: Timestamp) -> Result<Option<Effect>> {
    connection.prepare_cached("DELETE FROM token_family WHERE id = ?1")?.execute([family.open.id.as_bytes()])?;
    signals::session_ended(connection, family.open.id, at, family.token_until)
}

/// Begins a family.
pub(super) fn begin(
    connection: &Connection,
    rules: &TokenRules,
    new: &NewFamily,
    event: &Event,
) -> Result<Done<FamilyBegun>> {
    let subject = match subjects::state_by_id(connection, new.proved.subject())? {
        Some(subject) if new.proved.is_still(&subject) => subject,
        Some(_) | None => return Ok(Done::plain(FamilyBegun::Refused)),
    };
    if subject.roles_version != new.roles_version {
        return Ok(Done::plain(FamilyBegun::Changed(subject)));
    }
    let mut effects = Vec::new();
    let mut live = of_subject(connection, rules, subject.id)?;
    live.retain(|family| family.is_live(&subject, rules, new.created_at));
    live.reverse();
    for oldest in rules.evicted(live) {
        effects.extend(delete(connection, &oldest, new.created_at)?);
        let (kind, request) = (EventKind::TokenFamilyEvicted, event.request.as_deref());
        events::insert(connection, &eviction(kind, subject.id, oldest.open.id, new.created_at, request), None)?;
    }
    let device = new.device.kept();
    connection
        .prepare_cached(
            "INSERT INTO token_family (id, subject_id, client, digest, generation, created_at, last_used_at,
             absolute_expires_at, token_until, user_agent, address, assurance)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            new.id.as_bytes(),
            subject.id.as_bytes(),
            new.client.as_str(),
            new.digest.as_bytes(),
            subject.generation.0,
            millis(new.created_at),
            millis(new.absolute_expires_at),
            millis(new.token_until),
            device.user_agent,
            device.address,
            of_assurance(new.proved.assurance()),
        ])?;
    connection
        .prepare_cached("UPDATE subject SET last_login_at = ?2 WHERE id = ?1")?
        .execute(params![subject.id.as_bytes(), millis(new.created_at)])?;
    signals::note_token(connection, subject.id, new.token_until)?;
    events::insert(connection, event, Some(subject.id))?;
    let assurance = new.proved.assurance();
    let issuable = Issuable { id: new.id, absolute_expires_at: new.absolute_expires_at, assurance, subject };
    Ok(Done { answer: FamilyBegun::Family(issuable), effects })
}

/// Redeems a refresh token. The one writer runs this, so of many at once the first finds the digest, and the others that what
/// took its place is their token's one successor.
pub(super) fn redeem(
    connection: &Connection,
    rules: &TokenRules,
    redemption: &Redemption,
    event: &Event,
) -> Result<Done<Redeemed>> {
    let Some(family) = by_id(connection, rules, redemption.family)? else { return Ok(Done::plain(Redeemed::Unknown)) };
    if family.open.client != redemption.client {
        return Ok(Done::plain(Redeemed::OtherClient));
    }
    let is_first = family.digest == redemption.presented;
    if !is_first && !is_again(connection, rules, &family, redemption)? {
        return reused(connection, &family, redemption, event);
    }
    let subject = match subjects::state_by_id(connection, family.subject)? {
        Some(subject) if family.is_live(&subject, rules, redemption.at) => subject,
        Some(_) | None => return Ok(Done::plain(Redeemed::Unknown)),
    };
    let (id, absolute_expires_at) = (family.open.id, family.open.absolute_expires_at);
    let issuable = Issuable { id, absolute_expires_at, assurance: family.assurance.as_of(redemption.at), subject };
    if redemption.seen != Some(issuable.subject.token_generation()) {
        return Ok(Done::plain(Redeemed::Changed(issuable)));
    }
    if is_first {
        connection
            .prepare_cached("INSERT INTO spent_refresh (digest, family_id, at) VALUES (?1, ?2, ?3)")?
            .execute(params![redemption.presented.as_bytes(), id.as_bytes(), millis(redemption.at)])?;
    }
    connection
        .prepare_cached(
            "UPDATE token_family SET digest = ?2, last_used_at = max(last_used_at, ?3), token_until = max(token_until, ?4)
             WHERE id = ?1",
        )?
        .execute(params![
            id.as_bytes(),
            redemption.successor.as_bytes(),
            millis(redemption.at),
            millis(redemption.token_until)
        ])?;
    signals::note_token(connection, family.subject, redemption.token_until)?;
    Ok(Done::plain(Redeemed::Family(issuable)))
}

/// Whether what is presented was redeemed a moment ago, and what took its place is unused.
fn is_again(connection: &Connection, rules: &TokenRules, family: &Family, redemption: &Redemption) -> Result<bool> {
    if family.digest != redemption.successor {
        return Ok(false);
    }
    let spent = connection
        .prepare_cached("SELECT at FROM spent_refresh WHERE digest = ?1 AND family_id = ?2")?
        .query_row(params![redemption.presented.as_bytes(), family.open.id.as_bytes()], |row| time(row, 0))
        .optional()?;
    Ok(spent.is_some_and(|spent| redemption.at.is_soon_after(spent, rules.reuse_grace)))
}

/// A token that this server made for the family, and that is not its present one: somebody has a copy.
fn reused(connection: &Connection, family: &Family, redemption: &Redemption, event: &Event) -> Result<Done<Redeemed>> {
    let effects = delete(connection, family, redemption.at)?.into_iter().collect();
    let event = event.clone().about(family.subject).with("session", family.open.id.to_string());
    events::insert(connection, &event, None)?;
    Ok(Done { answer: Redeemed::Reused, effects })
}

/// Ends a family if `is_theirs` says so.
pub(super) fn end(
    connection: &Connection,
    rules: &TokenRules,
    id: SessionId,
    is_theirs: impl FnOnce(SubjectId, &ClientId) -> bool,
    event: &Event,
) -> Result<Done<bool>> {
    let Some(family) = by_id(connection, rules, id)? else { return Ok(Done::plain(false)) };
    if !is_theirs(family.subject, &family.open.client) {
        return Ok(Done::plain(false));
    }
    let effects = delete(connection, &family, event.at)?.into_iter().collect();
    let event = event.clone().with("session", id.to_string()).with("client", family.open.client.as_str());
    events::insert(connection, &event, Some(family.subject))?;
    Ok(Done { answer: true, effects })
}

/// Deletes the families of a subject whose generation was raised. What became of it is told of the subject.
pub(super) fn delete_all(connection: &Connection, subject: SubjectId) -> Result<()> {
    connection.prepare_cached("DELETE FROM token_family WHERE subject_id = ?1")?.execute([subject.as_bytes()]).map(drop)
}

/// The live families of a subject, newest first.
pub(super) fn list(
    connection: &Connection,
    rules: &TokenRules,
    subject: SubjectId,
    now: Timestamp,
) -> Result<Vec<OpenFamily>> {
    let Some(state) = subjects::state_by_id(connection, subject)? else { return Ok(Vec::new()) };
    let families = of_subject(connection, rules, subject)?;
    Ok(families.into_iter().filter(|family| family.is_live(&state, rules, now)).map(|family| family.open).collect())
}

/// Notes that a live session has an access token that was made of what was `seen` and ends at `until`.
pub(super) fn exchange(
    connection: &Connection,
    live: &Live,
    rules: &SessionRules,
    (subject, session): (SubjectId, SessionId),
    seen: TokenGeneration,
    until: Timestamp,
    event: &Event,
) -> Result<Done<Exchanged>> {
    let Some(state) = subjects::state_by_id(connection, subject)? else { return Ok(Done::plain(Exchanged::Ended)) };
    let Some(record) = sessions::live_by_id(connection, live, rules, &state, session, event.at)? else {
        return Ok(Done::plain(Exchanged::Ended));
    };
    if state.token_generation() != seen {
        return Ok(Done::plain(Exchanged::Changed(state)));
    }
    connection
        .prepare_cached("UPDATE session SET token_until = max(token_until, ?3) WHERE subject_id = ?1 AND id = ?2")?
        .execute(params![subject.as_bytes(), session.as_bytes(), millis(until)])?;
    signals::note_token(connection, subject, until)?;
    events::insert(connection, event, Some(subject))?;
    let (absolute_expires_at, assurance) = (record.absolute_expires_at, record.assurance.as_of(event.at));
    Ok(Done::plain(Exchanged::Session(Issuable { id: session, absolute_expires_at, assurance, subject: state })))
}
