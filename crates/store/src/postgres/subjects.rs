//! Subjects: their state, their credential, their roles.

use std::sync::Arc;

use admit_core::credential::password::PasswordHash;
use admit_core::id::SubjectId;
use admit_core::store::{Account, NewSubject};
use admit_core::subject::{Generation, RoleName, Status, SubjectState, Username};
use tokio_postgres::Row;

use super::column::{at, malformed, number, of_subject, small, subject_id, time, time_or_none, value};
use super::connection::On;
use super::error::Error;
use crate::truth::Versioned;

/// The columns that [`state`] reads, from `subject s`.
macro_rules! state_columns {
    () => {
        "s.id, s.username, s.status, s.generation, s.roles_version, \
         ARRAY(SELECT r.role FROM subject_role r WHERE r.subject_id = s.id ORDER BY r.role)"
    };
}
pub(super) use state_columns;

pub(super) fn state(row: &Row) -> Result<Arc<SubjectState>, Error> {
    let roles: Vec<&str> = value(row, 5)?;
    let roles = roles.into_iter().map(RoleName::parse).collect::<Result<Vec<_>, _>>().map_err(malformed)?;
    Ok(Arc::new(SubjectState {
        id: subject_id(row, 0)?,
        username: value::<&str>(row, 1)?.into(),
        status: match value::<&str>(row, 2)? {
            "active" => Status::Active,
            "disabled" => Status::Disabled,
            other => return Err(malformed(format!("unknown status \"{other}\""))),
        },
        generation: Generation(small(row, 3)?),
        roles_version: small(row, 4)?,
        roles: roles.into(),
    }))
}

pub(super) fn status_text(status: Status) -> &'static str {
    match status {
        Status::Active => "active",
        Status::Disabled => "disabled",
    }
}

pub(super) fn sorted(mut roles: Vec<RoleName>) -> Arc<[RoleName]> {
    roles.sort_unstable();
    roles.dedup();
    roles.into()
}

fn versioned(row: &Row) -> Result<Versioned, Error> {
    Ok(Versioned { state: state(row)?, version: number(row, 6)? })
}

/// The state of a subject.
pub(super) async fn by_id(on: On<'_>, id: SubjectId) -> Result<Option<Versioned>, Error> {
    let row = on
        .opt(concat!("SELECT ", state_columns!(), ", s.version FROM subject s WHERE s.id = $1"), &[&of_subject(id)])
        .await?;
    row.as_ref().map(versioned).transpose()
}

/// The same, as of the last number of its shard: it is what all entries up to there have made of it.
pub(super) async fn as_of_now(on: On<'_>, id: SubjectId) -> Result<Option<Versioned>, Error> {
    let row = on
        .opt(
            concat!(
                "SELECT ",
                state_columns!(),
                ", (SELECT head FROM shard WHERE shard.id = $2) FROM subject s WHERE s.id = $1"
            ),
            &[&of_subject(id), &i16::from(id.shard().0)],
        )
        .await?;
    row.as_ref().map(versioned).transpose()
}

/// One that is held, as of the last number of its shard: none after that is about it until the transaction ends.
pub(super) async fn held_as_of_now(on: On<'_>, held: Versioned) -> Result<Versioned, Error> {
    let row = on.one("SELECT head FROM shard WHERE id = $1", &[&i16::from(held.state.id.shard().0)]).await?;
    Ok(Versioned { version: number(&row, 0)?, ..held })
}

/// The same as [`by_id`], and until the transaction ends nobody else changes it: what is written about one subject is written in the
/// order in which it happened. Taken before anything else.
pub(super) async fn hold(on: On<'_>, id: SubjectId) -> Result<Option<Versioned>, Error> {
    // The lock is asked for first and the state read after it: one statement would read the roles as they were before.
    if lock(on, id).await? { by_id(on, id).await } else { Ok(None) }
}

/// Only the lock. `false` when there is no such subject.
pub(super) async fn lock(on: On<'_>, id: SubjectId) -> Result<bool, Error> {
    let held = on.opt("SELECT 1 FROM subject WHERE id = $1 FOR NO KEY UPDATE", &[&of_subject(id)]).await?;
    Ok(held.is_some())
}

/// The locks of two subjects, in the order of their ids.
pub(super) async fn lock_both(on: On<'_>, one: SubjectId, other: SubjectId) -> Result<(), Error> {
    lock(on, one.min(other)).await?;
    lock(on, one.max(other)).await.map(drop)
}

const ACCOUNT_BY_NAME: &str = concat!(
    "SELECT ",
    state_columns!(),
    ", p.phc, s.created_at, s.last_login_at FROM subject s JOIN password p ON p.subject_id = s.id ",
    "WHERE s.username_canonical IN ($1, $2) ORDER BY s.username_canonical <> $1 LIMIT 1"
);
const ACCOUNT_BY_ID: &str = concat!(
    "SELECT ",
    state_columns!(),
    ", p.phc, s.created_at, s.last_login_at FROM subject s JOIN password p ON p.subject_id = s.id WHERE s.id = $1"
);

/// A subject with its credential, by its name.
pub(super) async fn account_by_username(on: On<'_>, name: &Username) -> Result<Option<Account>, Error> {
    let [earlier, canonical] = name.stored_forms();
    on.opt(ACCOUNT_BY_NAME, &[&earlier, &canonical]).await?.as_ref().map(account).transpose()
}

/// A subject with its credential, by its id.
pub(super) async fn account_by_id(on: On<'_>, id: SubjectId) -> Result<Option<Account>, Error> {
    on.opt(ACCOUNT_BY_ID, &[&of_subject(id)]).await?.as_ref().map(account).transpose()
}

fn account(row: &Row) -> Result<Account, Error> {
    Ok(Account {
        subject: state(row)?,
        password: PasswordHash::from_phc(value(row, 6)?),
        created_at: time(row, 7)?,
        last_login_at: time_or_none(row, 8)?,
    })
}

/// Active subjects that hold `role`, not counting `except`.
pub(super) async fn holding(on: On<'_>, role: &RoleName, except: Option<SubjectId>) -> Result<u64, Error> {
    let row = on
        .one(
            "SELECT count(*) FROM subject_role r JOIN subject s ON s.id = r.subject_id
             WHERE r.role = $1 AND s.status = 'active' AND ($2::uuid IS NULL OR s.id <> $2)",
            &[&role.as_str(), &except.map(of_subject)],
        )
        .await?;
    number(&row, 0)
}

/// Makes a subject; `None` when its name is taken.
pub(super) async fn create(on: On<'_>, new: &NewSubject) -> Result<Option<Arc<SubjectState>>, Error> {
    let (id, created_at) = (of_subject(new.id), at(new.created_at));
    let [earlier, canonical] = new.username.stored_forms();
    if earlier != canonical && account_by_username(on, &new.username).await?.is_some() {
        return Ok(None);
    }
    let made = on
        .run(
            "INSERT INTO subject (id, username, username_canonical, status, generation, roles_version, version, created_at)
             VALUES ($1, $2, $3, 'active', 0, 0, $5, $4) ON CONFLICT (username_canonical) DO NOTHING",
            &[&id, &new.username.as_str(), &canonical, &created_at, &i64::from(on.epoch().floor())],
        )
        .await?;
    if made == 0 {
        return Ok(None);
    }
    on.run(
        "INSERT INTO password (subject_id, phc, changed_at) VALUES ($1, $2, $3)",
        &[&id, &new.password.as_phc(), &created_at],
    )
    .await?;
    add_roles(on, new.id, &sorted(new.roles.clone())).await?;
    Ok(by_id(on, new.id).await?.map(|made| made.state))
}

pub(super) async fn add_roles(on: On<'_>, id: SubjectId, roles: &[RoleName]) -> Result<(), Error> {
    let names: Vec<&str> = roles.iter().map(RoleName::as_str).collect();
    on.run("INSERT INTO subject_role (subject_id, role) SELECT $1, unnest($2::text[])", &[&of_subject(id), &names])
        .await
        .map(drop)
}

/// Replaces a password's hash by another of the same password, if it is still `old`.
pub(super) async fn rehash(on: On<'_>, id: SubjectId, old: &PasswordHash, new: &PasswordHash) -> Result<bool, Error> {
    let changed = on
        .run(
            "UPDATE password SET phc = $3 WHERE subject_id = $1 AND phc = $2",
            &[&of_subject(id), &old.as_phc(), &new.as_phc()],
        )
        .await?;
    Ok(changed == 1)
}
