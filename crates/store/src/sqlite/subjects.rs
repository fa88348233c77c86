//! Subjects: their state, their credential, their roles.

use std::sync::Arc;

use admit_core::credential::password::PasswordHash;
use admit_core::id::SubjectId;
use admit_core::store::{Account, NewSubject};
use admit_core::subject::{Generation, RoleName, Status, SubjectState, Username};
use rusqlite::{Connection, OptionalExtension, Result, Row, params};

use super::column::{malformed, millis, time, time_or_none};

/// The columns that [`state`] reads, from `subject s`. The roles come along in one text, so that one statement sees one
/// state; no role name has a comma.
macro_rules! state_columns {
    () => {
        "s.id, s.username, s.status, s.generation, s.roles_version, \
         (SELECT group_concat(r.role, ',') FROM subject_role r WHERE r.subject_id = s.id)"
    };
}
pub(super) use state_columns;

pub(super) fn state(row: &Row<'_>) -> Result<Arc<SubjectState>> {
    let roles: Option<String> = row.get(5)?;
    let roles = roles.iter().flat_map(|text| text.split(',')).map(RoleName::parse).collect::<Result<Vec<_>, _>>();
    Ok(Arc::new(SubjectState {
        id: SubjectId::from_bytes(row.get(0)?),
        username: row.get::<_, String>(1)?.into(),
        status: match row.get_ref(2)?.as_str()? {
            "active" => Status::Active,
            "disabled" => Status::Disabled,
            other => return Err(malformed(2, format!("unknown status \"{other}\""))),
        },
        generation: Generation(row.get(3)?),
        roles_version: row.get(4)?,
        roles: sorted(roles.map_err(|error| malformed(5, error))?),
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

/// The state of a subject.
pub(super) fn state_by_id(connection: &Connection, id: SubjectId) -> Result<Option<Arc<SubjectState>>> {
    connection
        .prepare_cached(concat!("SELECT ", state_columns!(), " FROM subject s WHERE s.id = ?1"))?
        .query_row([id.as_bytes()], state)
        .optional()
}

/// A subject with its credential, by its name.
pub(super) fn by_username(connection: &Connection, name: &Username) -> Result<Option<Account>> {
    connection
        .prepare_cached(concat!(
            "SELECT ",
            state_columns!(),
            ", p.phc, s.created_at, s.last_login_at FROM subject s JOIN password p ON p.subject_id = s.id
             WHERE s.username_canonical IN (?1, ?2) ORDER BY s.username_canonical <> ?1 LIMIT 1"
        ))?
        .query_row(name.stored_forms(), account)
        .optional()
}

/// A subject with its credential, by its id.
pub(super) fn by_id(connection: &Connection, id: SubjectId) -> Result<Option<Account>> {
    connection
        .prepare_cached(concat!(
            "SELECT ",
            state_columns!(),
            ", p.phc, s.created_at, s.last_login_at FROM subject s JOIN password p ON p.subject_id = s.id WHERE s.id = ?1"
        ))?
        .query_row([id.as_bytes()], account)
        .optional()
}

fn account(row: &Row<'_>) -> Result<Account> {
    Ok(Account {
        subject: state(row)?,
        password: PasswordHash::from_phc(row.get(6)?),
        created_at: time(row, 7)?,
        last_login_at: time_or_none(row, 8)?,
    })
}

/// Active subjects that hold `role`, not counting `except`.
pub(super) fn holding(connection: &Connection, role: &RoleName, except: Option<SubjectId>) -> Result<u64> {
    connection
        .prepare_cached(
            "SELECT count(*) FROM subject_role r JOIN subject s ON s.id = r.subject_id
             WHERE r.role = ?1 AND s.status = 'active' AND (?2 IS NULL OR s.id <> ?2)",
        )?
        .query_row(params![role.as_str(), except.as_ref().map(SubjectId::as_bytes)], |row| super::column::count(row, 0))
}

/// Makes a subject; `None` when its name is taken.
pub(super) fn create(connection: &Connection, new: &NewSubject) -> Result<Option<Arc<SubjectState>>> {
    let id = new.id.as_bytes();
    let [earlier, canonical] = new.username.stored_forms();
    if earlier != canonical && by_username(connection, &new.username)?.is_some() {
        return Ok(None);
    }
    let made = connection
        .prepare_cached(
            "INSERT INTO subject (id, username, username_canonical, status, generation, roles_version, created_at)
             VALUES (?1, ?2, ?3, 'active', 0, 0, ?4) ON CONFLICT (username_canonical) DO NOTHING",
        )?
        .execute(params![id, new.username.as_str(), canonical, millis(new.created_at)])?;
    if made == 0 {
        return Ok(None);
    }
    connection
        .prepare_cached("INSERT INTO password (subject_id, phc, changed_at) VALUES (?1, ?2, ?3)")?
        .execute(params![id, new.password.as_phc(), millis(new.created_at)])?;
    let roles = sorted(new.roles.clone());
    add_roles(connection, new.id, &roles)?;
    state_by_id(connection, new.id)
}

pub(super) fn add_roles(connection: &Connection, id: SubjectId, roles: &[RoleName]) -> Result<()> {
    let mut insert = connection.prepare_cached("INSERT INTO subject_role (subject_id, role) VALUES (?1, ?2)")?;
    roles.iter().try_for_each(|role| insert.execute(params![id.as_bytes(), role.as_str()]).map(drop))
}

/// Whether another has this name, in either of the forms under which it may be stored.
pub(super) fn is_taken(connection: &Connection, username: &Username, id: SubjectId) -> Result<bool> {
    let [earlier, canonical] = username.stored_forms();
    connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM subject WHERE username_canonical IN (?1, ?2) AND id <> ?3)")?
        .query_row(params![earlier, canonical, id.as_bytes()], |row| row.get(0))
}

/// Replaces a password's hash by another of the same password, if it is still `old`.
pub(super) fn rehash(connection: &Connection, id: SubjectId, old: &PasswordHash, new: &PasswordHash) -> Result<bool> {
    connection
        .prepare_cached("UPDATE password SET phc = ?3 WHERE subject_id = ?1 AND phc = ?2")?
        .execute(params![id.as_bytes(), old.as_phc(), new.as_phc()])
        .map(|changed| changed == 1)
}

#[cfg(test)]
mod tests {
    use admit_core::random::OsRandom;
    use admit_core::time::Timestamp;

    use super::*;
    use crate::sqlite::{listing, schema};

    #[test]
    fn whoever_was_stored_in_an_earlier_canonical_form_is_found_and_has_no_second_account() {
        let connection = Connection::open_in_memory().unwrap();
        schema::migrate(&connection).unwrap();
        let made = |name: &str| {
            let new = NewSubject {
                id: SubjectId::new(Timestamp::default(), &OsRandom).unwrap(),
                username: Username::parse(name).unwrap(),
                password: PasswordHash::from_phc("x".to_owned()),
                roles: Vec::new(),
                created_at: Timestamp::default(),
            };
            create(&connection, &new).unwrap().map(|made| made.id)
        };
        let found = |name: &str| {
            let account = by_username(&connection, &Username::existing(name).unwrap()).unwrap();
            account.map(|account| account.subject.id)
        };
        let earlier = made("İlker");
        connection.execute_batch("UPDATE subject SET username_canonical = 'i' || char(0x307) || 'lker'").unwrap();
        assert!(earlier.is_some() && made("İlker").is_none(), "the name is taken");
        for spelling in ["İlker", "i\u{307}lker", "İLKER"] {
            assert_eq!(found(spelling), earlier, "{spelling}");
        }
        // Of two that the earlier form told apart, each is found by its own name.
        let other = made("ilker");
        assert_eq!((found("ilker"), found("İlker")), (other, earlier));
        // Nor does anybody get it by being renamed.
        let taken = |name: &str| is_taken(&connection, &Username::parse(name).unwrap(), other.unwrap()).unwrap();
        assert_eq!((taken("İlker"), taken("someone")), (true, false));
        let places: Vec<String> =
            listing::search(&connection, "", None, 9).unwrap().into_iter().map(|listed| listed.place).collect();
        assert_eq!(places, ["ilker", "i\u{307}lker"]);
        assert_eq!(listing::search(&connection, "", Some("i\u{307}lker"), 9).unwrap().len(), 0);
    }
}
