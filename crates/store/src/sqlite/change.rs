//! Changes of subjects, and what they end.

use std::sync::Arc;

use admit_core::audit::Event;
use admit_core::id::SubjectId;
use admit_core::signal::Told;
use admit_core::store::Change;
use admit_core::subject::{Generation, RoleName, Status, SubjectState};
use admit_core::time::Timestamp;
use rusqlite::{Connection, Error, Result, params};

use super::column::{millis, time};
use super::on::{On, at_once};
use super::subjects::{add_roles, holding, sorted, state_by_id, status_text};
use super::writer::Done;
use super::{events, families, sessions, signals};
use crate::live::Effect;
use crate::records::{conditions, erasure};

/// Whether `change` would take `keep` from the last active subject that holds it.
pub(super) fn would_lose_the_last(
    connection: &Connection,
    id: SubjectId,
    change: &Change,
    keep: &RoleName,
) -> Result<bool> {
    let Some(before) = state_by_id(connection, id)? else { return Ok(false) };
    Ok(change.takes_away(keep, &before) && holding(connection, keep, Some(id))? == 0)
}

/// Changes a subject, and ends its sessions where the change asks for that.
///
/// A change to what is already so (the same roles, a ban of the banned) writes nothing and is no event.
pub(super) fn change(
    connection: &Connection,
    id: SubjectId,
    change: Change,
    mut event: Event,
) -> Result<Done<Option<Arc<SubjectState>>>> {
    let Some(before) = state_by_id(connection, id)?.filter(|subject| !subject.is_deleted()) else {
        return Ok(Done::plain(None));
    };
    if !at_once(conditions::hold(&On(connection), &before, &change, event.at))? {
        return Ok(Done::plain(None));
    }
    let mut after = SubjectState::clone(&before);
    let why = change.reason();
    match change {
        Change::Roles(roles) | Change::RolesIf { roles, .. } => {
            after.roles = sorted(roles);
            if after.roles == before.roles {
                return Ok(Done::plain(Some(before)));
            }
            connection.prepare_cached("DELETE FROM subject_role WHERE subject_id = ?1")?.execute([id.as_bytes()])?;
            add_roles(connection, id, &after.roles)?;
            after.roles_version = next(before.roles_version)?;
        }
        Change::Status(status) if status == before.status => return Ok(Done::plain(Some(before))),
        Change::Status(status) => {
            after.status = status;
            if status == Status::Disabled {
                after.generation = Generation(next(before.generation.0)?);
            }
        }
        Change::Password(hash) | Change::PasswordIf { new: hash, .. } | Change::PasswordByLink { new: hash, .. } => {
            connection
                .prepare_cached(
                    "INSERT INTO password (subject_id, phc, changed_at) VALUES (?1, ?2, ?3)
                     ON CONFLICT (subject_id) DO UPDATE SET phc = excluded.phc, changed_at = excluded.changed_at",
                )?
                .execute(params![id.as_bytes(), hash.as_phc(), millis(event.at)])?;
            after.generation = Generation(next(before.generation.0)?);
        }
        Change::EndSessions => after.generation = Generation(next(before.generation.0)?),
        Change::Name(name) if *before.username == *name.as_str() => return Ok(Done::plain(Some(before))),
        Change::Name(name) => {
            connection
                .prepare_cached("UPDATE subject SET username = ?2, username_canonical = ?3 WHERE id = ?1")?
                .execute(params![id.as_bytes(), name.as_str(), name.canonical()])?;
            after.username = name.as_str().into();
            event = event.with("from", &*before.username);
        }
        Change::Delete => {
            at_once(erasure::erase(&On(connection), id))?;
            after = after.deleted();
            after.generation = Generation(next(before.generation.0)?);
            after.roles_version = next(before.roles_version)?;
        }
    }
    connection
        .prepare_cached("UPDATE subject SET status = ?2, generation = ?3, roles_version = ?4 WHERE id = ?1")?
        .execute(params![id.as_bytes(), status_text(after.status), after.generation.0, after.roles_version])?;
    events::insert(connection, &event, Some(id))?;
    let after = Arc::new(after);
    let mut effects = vec![Effect::Subject(after.clone())];
    if after.token_generation() != before.token_generation() {
        let token_until = connection
            .prepare_cached("SELECT token_until FROM subject WHERE id = ?1")?
            .query_row([id.as_bytes()], |row| time(row, 0))?;
        if token_until != Timestamp::default() {
            let told = Told::Subject { id, generation: after.token_generation(), why };
            effects.extend(signals::tell(connection, event.at, token_until, told)?);
        }
    }
    if after.generation != before.generation {
        families::delete_all(connection, id)?;
        effects.extend(sessions::delete_some(connection, id)?.into_iter().map(Effect::Remove));
    }
    Ok(Done { answer: Some(after), effects })
}

/// A counter that went round would bring dead sessions back to life, so it stops instead.
fn next(counter: u32) -> Result<u32> {
    counter.checked_add(1).ok_or(Error::IntegralValueOutOfRange(0, i64::from(counter) + 1))
}
