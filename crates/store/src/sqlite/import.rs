//! Bringing in subjects that another system had.

use admit_core::audit::EventKind;
use admit_core::id::SubjectId;
use admit_core::store::{Imported, ImportedSubject};
use admit_core::subject::Status;
use rusqlite::{Connection, OptionalExtension, Result, params};

use super::column::count;
use super::{events, subjects};

/// Makes what can be made, in order.
pub(super) fn import(connection: &Connection, subjects: &[ImportedSubject], keep: bool) -> Result<Vec<Imported>> {
    connection.prepare_cached("SAVEPOINT import")?.execute([])?;
    let outcome = subjects.iter().map(|subject| one(connection, subject)).collect::<Result<_>>()?;
    if !keep {
        connection.prepare_cached("ROLLBACK TO import")?.execute([])?;
    }
    connection.prepare_cached("RELEASE import")?.execute([])?;
    Ok(outcome)
}

fn one(connection: &Connection, imported: &ImportedSubject) -> Result<Imported> {
    let new = &imported.subject;
    let there = connection
        .prepare_cached(
            "SELECT s.id, p.phc FROM subject s LEFT JOIN password p ON p.subject_id = s.id
             WHERE s.username_canonical IN (?1, ?2) ORDER BY s.username_canonical <> ?1 LIMIT 1",
        )?
        .query_row(new.username.stored_forms(), |row| {
            Ok((SubjectId::from_bytes(row.get(0)?), row.get::<_, Option<String>>(1)?))
        })
        .optional()?;
    if let Some((id, phc)) = there {
        let same = phc.as_deref() == Some(new.password.as_phc()) || was_imported(connection, id)?;
        return Ok(if same { Imported::There(id) } else { Imported::NameTaken });
    }
    let taken: bool = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM subject WHERE id = ?1)")?
        .query_row([new.id.as_bytes()], |row| row.get(0))?;
    if taken {
        return Ok(Imported::IdTaken);
    }
    subjects::create(connection, new)?;
    if imported.status == Status::Disabled {
        connection
            .prepare_cached("UPDATE subject SET status = 'disabled' WHERE id = ?1")?
            .execute([new.id.as_bytes()])?;
    }
    events::insert(connection, &imported.event, Some(new.id))?;
    Ok(Imported::Made)
}

/// Whether a subject was imported, and what was done to its password since is no more than to hash it anew.
fn was_imported(connection: &Connection, id: SubjectId) -> Result<bool> {
    let kinds = |kind: EventKind| {
        connection
            .prepare_cached("SELECT count(*) FROM event WHERE subject = ?1 AND kind = ?2")?
            .query_row(params![id.as_bytes(), kind.as_str()], |row| count(row, 0))
    };
    Ok(kinds(EventKind::SubjectImported)? > 0
        && kinds(EventKind::PasswordRehashed)? > 0
        && kinds(EventKind::PasswordChanged)? == 0)
}
