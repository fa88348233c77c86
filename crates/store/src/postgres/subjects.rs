//! Subjects: their state, their credential, their roles.

use std::sync::Arc;

use admit_core::audit::Event;
use admit_core::credential::LinkPurpose;
use admit_core::credential::password::PasswordHash;
use admit_core::id::SubjectId;
use admit_core::session::SessionRules;
use admit_core::signal::{Signal, SubjectChange, Told};
use admit_core::store::{Account, Change, NewSubject};
use admit_core::subject::{Generation, RoleName, Status, SubjectState, Username};
use admit_core::time::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;

use super::column::{at, malformed, number, of_subject, small, subject_id, time, time_or_none, value};
use super::connection::On;
use super::error::Error;
use super::log::{self, About};
use super::{erasure, events, families, links, sessions, signals};
use crate::truth::{Place, Versioned};

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

fn status_text(status: Status) -> &'static str {
    match status {
        Status::Active => "active",
        Status::Disabled => "disabled",
    }
}

fn sorted(mut roles: Vec<RoleName>) -> Arc<[RoleName]> {
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

async fn add_roles(on: On<'_>, id: SubjectId, roles: &[RoleName]) -> Result<(), Error> {
    let names: Vec<&str> = roles.iter().map(RoleName::as_str).collect();
    on.run("INSERT INTO subject_role (subject_id, role) SELECT $1, unnest($2::text[])", &[&of_subject(id), &names])
        .await
        .map(drop)
}

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
    let loses = match change {
        Change::Roles(roles) | Change::RolesIf { roles, .. } => !roles.contains(keep),
        Change::Status(status) => *status == Status::Disabled,
        Change::Delete => true,
        Change::Password(_)
        | Change::PasswordIf { .. }
        | Change::PasswordByLink { .. }
        | Change::EndSessions
        | Change::Name(_) => false,
    };
    let holds = before.status == Status::Active && before.roles.contains(keep);
    Ok(holds && loses && holding(on, keep, Some(id)).await? == 0)
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
    if !goes_by_what_is(on, &before, &change, event.at).await? {
        return Ok(None);
    }
    let mut after = SubjectState::clone(&before);
    let why = match &change {
        Change::Roles(_) | Change::RolesIf { .. } | Change::Name(_) => SubjectChange::ClaimsChange,
        Change::Status(_) | Change::Delete => SubjectChange::AccountDisabled,
        Change::Password(_) | Change::PasswordIf { .. } | Change::PasswordByLink { .. } => {
            SubjectChange::CredentialChange
        }
        Change::EndSessions => SubjectChange::SessionsRevoked,
    };
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
            erasure::erase(on, id).await?;
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
    // Whatever ends every session ends the link too: one whose use a failover has lost would come back.
    if after.generation != before.generation {
        links::end(on, id).await?;
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
                &super::column::big(place.seq),
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

/// Whether the subject, which is held, still is what a conditional change goes by. Its hash is locked too: to hash a password
/// anew takes no lock on the subject.
async fn goes_by_what_is(on: On<'_>, before: &SubjectState, change: &Change, now: Timestamp) -> Result<bool, Error> {
    match change {
        // Of two uses at once the second has waited for the subject, and finds no link.
        Change::PasswordByLink { link, .. } => {
            Ok(links::live(on, link, now).await? == Some(LinkPurpose::Password(before.id)))
        }
        Change::RolesIf { version, .. } => Ok(before.roles_version == *version),
        Change::PasswordIf { still, .. } => {
            let sql = "SELECT 1 FROM password WHERE subject_id = $1 AND phc = $2 FOR UPDATE";
            Ok(on.opt(sql, &[&of_subject(before.id), &still.as_phc()]).await?.is_some())
        }
        Change::Roles(_)
        | Change::Status(_)
        | Change::Password(_)
        | Change::EndSessions
        | Change::Name(_)
        | Change::Delete => Ok(true),
    }
}

/// A counter that went round would bring dead sessions back to life, so it stops instead.
fn next(counter: u32) -> Result<u32, Error> {
    counter.checked_add(1).ok_or(Error::Counter)
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
