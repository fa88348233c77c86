//! Families of refresh tokens.

use admit_core::assurance::Assurance;
use admit_core::audit::{Event, EventKind};
use admit_core::client::ClientId;
use admit_core::credential::RefreshDigest;
use admit_core::id::{SessionId, SubjectId};
use admit_core::session::Device;
use admit_core::signal::Signal;
use admit_core::store::{FamilyBegun, Issuable, NewFamily, OpenFamily, Redeemed, Redemption, eviction};
use admit_core::subject::{Generation, Status, SubjectState};
use admit_core::time::Timestamp;
use admit_core::token::TokenRules;
use tokio_postgres::Row;

use super::column::{
    assurance, at, big, malformed, of_session, of_subject, refresh_digest, session_id, small, subject_id, time, value,
};
use super::connection::On;
use super::error::Error;
use super::{events, signals, subjects};
use crate::seeded::{Bug, seeded};

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

fn family(row: &Row, rules: &TokenRules) -> Result<Family, Error> {
    let (created_at, last_used_at, absolute_expires_at) = (time(row, 5)?, time(row, 6)?, time(row, 7)?);
    Ok(Family {
        open: OpenFamily {
            id: session_id(row, 0)?,
            client: ClientId::parse(value(row, 2)?).map_err(malformed)?,
            created_at,
            last_used_at,
            idle_expires_at: last_used_at.plus(rules.refresh_idle).min(absolute_expires_at),
            absolute_expires_at,
            device: Device { user_agent: value(row, 9)?, address: value(row, 10)? },
        },
        subject: subject_id(row, 1)?,
        digest: refresh_digest(row, 3)?,
        generation: Generation(small(row, 4)?),
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

async fn of_one(on: On<'_>, rules: &TokenRules, subject: SubjectId) -> Result<Vec<Family>, Error> {
    on.all(
        concat!("SELECT ", columns!(), " FROM token_family WHERE subject_id = $1 ORDER BY created_at DESC, id DESC"),
        &[&of_subject(subject)],
    )
    .await?
    .iter()
    .map(|row| family(row, rules))
    .collect()
}

/// The family of this name. Its subject is held first, so nobody else changes it before the transaction ends.
async fn hold(on: On<'_>, rules: &TokenRules, id: SessionId) -> Result<Option<(Family, SubjectState)>, Error> {
    let owner = on.opt("SELECT subject_id FROM token_family WHERE id = $1", &[&of_session(id)]).await?;
    let Some(owner) = owner.map(|row| subject_id(&row, 0)).transpose()? else { return Ok(None) };
    let subject = if seeded(Bug::RefreshNotAtomic) {
        subjects::by_id(on, owner).await?
    } else {
        subjects::hold(on, owner).await?
    };
    let Some(subject) = subject else { return Ok(None) };
    let family = by_id(on, rules, id).await?;
    Ok(family.map(|family| (family, SubjectState::clone(&subject.state))))
}

async fn by_id(on: On<'_>, rules: &TokenRules, id: SessionId) -> Result<Option<Family>, Error> {
    let row = on.opt(concat!("SELECT ", columns!(), " FROM token_family WHERE id = $1"), &[&of_session(id)]).await?;
    row.map(|row| family(&row, rules)).transpose()
}

/// Deletes a family, and tells of it while a token of it could be alive.
async fn delete(on: On<'_>, family: &Family, now: Timestamp) -> Result<Option<Signal>, Error> {
    on.run("DELETE FROM token_family WHERE id = $1", &[&of_session(family.open.id)]).await?;
    signals::session_ended(on, family.open.id, now, Some(family.token_until)).await
}

/// Begins a family.
pub(super) async fn begin(
    on: On<'_>,
    rules: &TokenRules,
    new: &NewFamily,
    event: &Event,
) -> Result<(FamilyBegun, Vec<Signal>), Error> {
    let subject = match subjects::hold(on, new.proved.subject()).await? {
        Some(held) if new.proved.is_still(&held.state) => held.state,
        Some(_) | None => return Ok((FamilyBegun::Refused, Vec::new())),
    };
    if subject.roles_version != new.roles_version {
        return Ok((FamilyBegun::Changed(subject), Vec::new()));
    }
    let mut live = of_one(on, rules, subject.id).await?;
    live.retain(|family| family.is_live(&subject, rules, new.created_at));
    live.reverse();
    let over = rules.evicted(live);
    for oldest in &over {
        let (kind, request) = (EventKind::TokenFamilyEvicted, event.request.as_deref());
        events::insert(on, &eviction(kind, subject.id, oldest.open.id, new.created_at, request), None).await?;
    }
    let device = new.device.kept();
    on.run(
        "INSERT INTO token_family (id, subject_id, client, digest, generation, created_at, last_used_at,
         absolute_expires_at, token_until, user_agent, address, assurance)
         VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8, $9, $10, $11)",
        &[
            &of_session(new.id),
            &of_subject(subject.id),
            &new.client.as_str(),
            &new.digest.as_bytes().as_slice(),
            &i64::from(subject.generation.0),
            &at(new.created_at),
            &at(new.absolute_expires_at),
            &at(new.token_until),
            &device.user_agent,
            &device.address,
            &big(new.proved.assurance().stored()),
        ],
    )
    .await?;
    on.run("UPDATE subject SET last_login_at = $2 WHERE id = $1", &[&of_subject(subject.id), &at(new.created_at)])
        .await?;
    signals::note_token(on, subject.id, new.token_until).await?;
    events::insert(on, event, Some(subject.id)).await?;
    let mut told = Vec::new();
    for oldest in &over {
        told.extend(delete(on, oldest, new.created_at).await?);
    }
    let assurance = new.proved.assurance();
    let issuable = Issuable { id: new.id, absolute_expires_at: new.absolute_expires_at, assurance, subject };
    Ok((FamilyBegun::Family(issuable), told))
}

/// What a redemption would be of, when the token is good. Nothing is held, so that a renewal waits for its turn once: whoever
/// redeems compares this again.
pub(super) async fn look(on: On<'_>, rules: &TokenRules, redemption: &Redemption) -> Result<Option<Issuable>, Error> {
    let Some(family) = by_id(on, rules, redemption.family).await? else { return Ok(None) };
    let is_good = family.open.client == redemption.client
        && (family.digest == redemption.presented || is_again(on, rules, &family, redemption).await?);
    let Some(subject) = subjects::by_id(on, family.subject).await?.filter(|_| is_good) else { return Ok(None) };
    let (id, absolute_expires_at) = (family.open.id, family.open.absolute_expires_at);
    let is_live = family.is_live(&subject.state, rules, redemption.at);
    let assurance = family.assurance.as_of(redemption.at);
    Ok(is_live.then_some(Issuable { id, absolute_expires_at, assurance, subject: subject.state }))
}

/// Redeems a refresh token. Whoever redeems one of a family holds its subject, so of many at once the first finds the digest,
/// and the others that what took its place is their token's one successor.
pub(super) async fn redeem(
    on: On<'_>,
    rules: &TokenRules,
    redemption: &Redemption,
    event: &Event,
) -> Result<(Redeemed, Option<Signal>), Error> {
    let Some((family, subject)) = hold(on, rules, redemption.family).await? else {
        return Ok((Redeemed::Unknown, None));
    };
    if family.open.client != redemption.client {
        return Ok((Redeemed::OtherClient, None));
    }
    let is_first = family.digest == redemption.presented || seeded(Bug::RefreshNotAtomic);
    if !is_first && !is_again(on, rules, &family, redemption).await? {
        return reused(on, &family, redemption, event).await;
    }
    if !family.is_live(&subject, rules, redemption.at) {
        return Ok((Redeemed::Unknown, None));
    }
    let (id, absolute_expires_at) = (family.open.id, family.open.absolute_expires_at);
    let assurance = family.assurance.as_of(redemption.at);
    let issuable = Issuable { id, absolute_expires_at, assurance, subject: subject.into() };
    if redemption.seen != Some(issuable.subject.token_generation()) {
        return Ok((Redeemed::Changed(issuable), None));
    }
    if is_first {
        on.run(
            "INSERT INTO spent_refresh (digest, family_id, at) VALUES ($1, $2, $3) ON CONFLICT (digest) DO NOTHING",
            &[&redemption.presented.as_bytes().as_slice(), &of_session(id), &at(redemption.at)],
        )
        .await?;
    }
    on.run(
        "UPDATE token_family SET digest = $2, last_used_at = greatest(last_used_at, $3),
         token_until = greatest(token_until, $4) WHERE id = $1",
        &[
            &of_session(id),
            &redemption.successor.as_bytes().as_slice(),
            &at(redemption.at),
            &at(redemption.token_until),
        ],
    )
    .await?;
    signals::note_token(on, family.subject, redemption.token_until).await?;
    Ok((Redeemed::Family(issuable), None))
}

/// Whether what is presented was redeemed a moment ago, and what took its place is unused.
async fn is_again(on: On<'_>, rules: &TokenRules, family: &Family, redemption: &Redemption) -> Result<bool, Error> {
    if family.digest != redemption.successor {
        return Ok(false);
    }
    let spent = on
        .opt(
            "SELECT at FROM spent_refresh WHERE digest = $1 AND family_id = $2",
            &[&redemption.presented.as_bytes().as_slice(), &of_session(family.open.id)],
        )
        .await?;
    let spent = spent.map(|row| time(&row, 0)).transpose()?;
    Ok(spent.is_some_and(|spent| redemption.at.is_soon_after(spent, rules.reuse_grace)))
}

/// A token that this server made for the family, and that is not its present one: somebody has a copy.
async fn reused(
    on: On<'_>,
    family: &Family,
    redemption: &Redemption,
    event: &Event,
) -> Result<(Redeemed, Option<Signal>), Error> {
    let event = event.clone().about(family.subject).with("session", family.open.id.to_string());
    events::insert(on, &event, None).await?;
    Ok((Redeemed::Reused, delete(on, family, redemption.at).await?))
}

/// Ends a family if `is_theirs` says so. `None` when there is none of that name.
pub(super) async fn end(
    on: On<'_>,
    rules: &TokenRules,
    id: SessionId,
    is_theirs: impl FnOnce(SubjectId, &ClientId) -> bool,
    event: &Event,
) -> Result<Option<(bool, Option<Signal>)>, Error> {
    let Some((family, _)) = hold(on, rules, id).await? else { return Ok(None) };
    if !is_theirs(family.subject, &family.open.client) {
        return Ok(Some((false, None)));
    }
    let told = event.clone().with("session", id.to_string()).with("client", family.open.client.as_str());
    events::insert(on, &told, Some(family.subject)).await?;
    Ok(Some((true, delete(on, &family, event.at).await?)))
}

/// Deletes the families of a subject whose generation was raised. What became of it is told of the subject.
pub(super) async fn delete_all(on: On<'_>, subject: SubjectId) -> Result<(), Error> {
    on.run("DELETE FROM token_family WHERE subject_id = $1", &[&of_subject(subject)]).await.map(drop)
}

/// The live families of a subject, newest first.
pub(super) async fn list(
    on: On<'_>,
    rules: &TokenRules,
    subject: SubjectId,
    now: Timestamp,
) -> Result<Vec<OpenFamily>, Error> {
    let Some(held) = subjects::by_id(on, subject).await? else { return Ok(Vec::new()) };
    let families = of_one(on, rules, subject).await?;
    let live = families.into_iter().filter(|family| family.is_live(&held.state, rules, now));
    Ok(live.map(|family| family.open).collect())
}
