//! Changes of subjects, and what they end.

use std::sync::Arc;

use admit_core::audit::Event;
use admit_core::id::SubjectId;
use admit_core::session::SessionRules;
use admit_core::signal::{Signal, Told};
use admit_core::store::Change;
use admit_core::subject::{Generation, RoleName, Status, SubjectState, Username};
use tokio_postgres::error::SqlState;

use super::column::{at, big, of_subject, time_or_none};
use super::connection::On;
use super::error::Error;
use super::log::{self, About};
use super::subjects::{add_roles, by_id, hold, holding, sorted, status_text};
use super::{events, families, sessions, signals};
use crate::records::{conditions, erasure};
use crate::truth::{Place, Versioned};

/// Whether `change` would take `keep` from the last active subject that holds it. From here to the end of the transaction
/// nobody else asks that of the same role: of two who would leave none, the second sees what the first has done.
pub(super) async fn would_lose_the_last(
    on: On<'_>,
    id: SubjectId,
    change: &Change,
    keep: &RoleName,
) -> Result<bool, Error> {
    on.opt("SELECT pg_advisory_xact_lock(hashtextextended('admit role ' || $1, 0))", &[&keep.as_str()]).await?;
    let Some(Versioned { state: before, .. }) = by_id(on, id).await? else { return Ok(false) };
    Ok(change.takes_away(keep, &before) && holding(on, keep, Some(id)).await? == 0)
}

/// What came of a change.
pub(super) struct Changed {
    pub(super) subject: Arc<SubjectState>,
    /// The entry that has to be in force before anybody is told. Of a change to what is already so, the last one before it:
    /// it may be of a moment ago.
    pub(super) place: Place,
    pub(super) signal: Option<Signal>,
}

/// Changes a subject, and ends its sessions where the change asks for that.
///
/// A change to what is already so (the same roles, a ban of the banned) writes nothing and is no event, unless a standby has just taken
/// over: then tokens may say something else.
pub(super) async fn change(
    on: On<'_>,
    rules: &SessionRules,
    id: SubjectId,
    change: Change,
    mut event: Event,
) -> Result<Option<Changed>, Error> {
    let Some(Versioned { state: before, version }) = hold(on, id).await? else { return Ok(None) };
    if before.is_deleted() {
        return Ok(None);
    }
    if !conditions::hold(&on, &before, &change, event.at).await? {
        return Ok(None);
    }
    let mut after = SubjectState::clone(&before);
    let why = change.reason();
    let unchanged =
        |subject| Ok(Some(Changed { subject, place: Place { shard: id.shard(), seq: version }, signal: None }));
    let may_differ = on.epoch().may_differ(version, event.at);
    match change {
        Change::Roles(roles) | Change::RolesIf { roles, .. } => {
            after.roles = sorted(roles);
            if after.roles == before.roles && !may_differ {
                return unchanged(before);
            }
            on.run("DELETE FROM subject_role WHERE subject_id = $1", &[&of_subject(id)]).await?;
            add_roles(on, id, &after.roles).await?;
            after.roles_version = next(before.roles_version)?;
        }
        Change::Status(status) if status == before.status && !may_differ => return unchanged(before),
        Change::Status(status) => {
            after.status = status;
            if status == Status::Disabled {
                after.generation = Generation(on.epoch().next(before.generation.0, version)?);
            }
        }
        Change::Password(hash) | Change::PasswordIf { new: hash, .. } | Change::PasswordByLink { new: hash, .. } => {
            on.run(
                "INSERT INTO password (subject_id, phc, changed_at) VALUES ($1, $2, $3)
                 ON CONFLICT (subject_id) DO UPDATE SET phc = excluded.phc, changed_at = excluded.changed_at",
                &[&of_subject(id), &hash.as_phc(), &at(event.at)],
            )
            .await?;
            after.generation = Generation(on.epoch().next(before.generation.0, version)?);
        }
        Change::EndSessions => after.generation = Generation(on.epoch().next(before.generation.0, version)?),
        Change::Name(name) if *before.username == *name.as_str() && !may_differ => return unchanged(before),
        Change::Name(name) => {
            rename(on, id, &name).await?;
            after.username = name.as_str().into();
            event = event.with("from", &*before.username);
        }
        Change::Delete => {
            erasure::erase(&on, id).await?;
            after = after.deleted();
            after.generation = Generation(on.epoch().next(before.generation.0, version)?);
            after.roles_version = next(before.roles_version)?;
        }
    }
    // The first change after a standby took over ends what may have begun under a generation that was lost.
    if after.generation == before.generation && on.epoch().is_before(version) {
        after.generation = Generation(on.epoch().next(before.generation.0, version)?);
    }
    events::insert(on, &event, Some(id)).await?;
    if after.generation != before.generation {
        families::delete_all(on, id).await?;
        sessions::delete_some(on, id).await?;
    }
    let place = log::add(on, id, About::Subject, log::keep_until(event.at, rules)).await?;
    let row = on
        .one(
            "UPDATE subject SET status = $2, generation = $3, roles_version = $4, version = $5 WHERE id = $1
             RETURNING token_until",
            &[
                &of_subject(id),
                &status_text(after.status),
                &i64::from(after.generation.0),
                &i64::from(after.roles_version),
                &big(place.seq),
            ],
        )
        .await?;
    let signal = match on.epoch().token_until(time_or_none(&row, 0)?) {
        Some(until) if after.token_generation() != before.token_generation() => {
            let told = Told::Subject { id, generation: after.token_generation(), why };
            signals::tell(on, event.at, until, told).await?
        }
        Some(_) | None => None,
    };
    Ok(Some(Changed { subject: Arc::new(after), place, signal }))
}

/// Writes down another name. One renaming comes after the other: two who swap their names would wait for each other.
async fn rename(on: On<'_>, id: SubjectId, name: &Username) -> Result<(), Error> {
    on.opt("SELECT pg_advisory_xact_lock(hashtextextended('admit rename', 0))", &[]).await?;
    // The form that an earlier release stored is under no constraint, and nobody gets it anew.
    let [earlier, canonical] = name.stored_forms();
    if earlier != canonical {
        let sql = "SELECT 1 FROM subject WHERE username_canonical = $1 AND id <> $2";
        if on.opt(sql, &[&earlier, &of_subject(id)]).await?.is_some() {
            return Err(Error::NameTaken);
        }
    }
    let sql = "UPDATE subject SET username = $2, username_canonical = $3 WHERE id = $1";
    match on.run(sql, &[&of_subject(id), &name.as_str(), &canonical]).await {
        Err(Error::Sql(error)) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => Err(Error::NameTaken),
        written => written.map(drop),
    }
}

/// A counter that went round would bring dead sessions back to life, so it stops instead.
fn next(counter: u32) -> Result<u32, Error> {
    counter.checked_add(1).ok_or(Error::Counter)
}
