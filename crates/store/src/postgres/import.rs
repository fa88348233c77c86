//! Bringing in subjects that another system had: a handful of statements, however many there are.

use std::collections::HashSet;

use admit_core::id::SubjectId;
use admit_core::store::{Imported, ImportedSubject};
use admit_core::subject::Status;
use tokio_postgres::Row;
use uuid::Uuid;

use super::column::{at, of_subject, subject_id, value};
use super::connection::On;
use super::error::Error;
use super::events;

/// Makes what can be made, in order.
pub(super) async fn import(on: On<'_>, subjects: &[ImportedSubject]) -> Result<Vec<Imported>, Error> {
    let mut made = make(on, subjects).await?;
    // One that comes twice was made once: the first of the two.
    let made: Vec<bool> = subjects
        .iter()
        .map(|one| made.remove(&(one.subject.id, one.subject.username.canonical().to_owned())))
        .collect();
    let new = || subjects.iter().zip(&made).filter(|(_, made)| **made).map(|(subject, _)| subject);
    let ids: Vec<Uuid> = new().map(|one| of_subject(one.subject.id)).collect();
    let phcs: Vec<&str> = new().map(|one| one.subject.password.as_phc()).collect();
    let times: Vec<_> = new().map(|one| at(one.subject.created_at)).collect();
    on.run(
        "INSERT INTO password (subject_id, phc, changed_at) SELECT * FROM unnest($1::uuid[], $2::text[], $3::timestamptz[])",
        &[&ids, &phcs, &times],
    )
    .await?;
    let roles: Vec<(Uuid, &str)> = new()
        .flat_map(|one| one.subject.roles.iter().map(|role| (of_subject(one.subject.id), role.as_str())))
        .collect();
    let (ids, roles): (Vec<Uuid>, Vec<&str>) = roles.into_iter().unzip();
    on.run(
        "INSERT INTO subject_role (subject_id, role) SELECT * FROM unnest($1::uuid[], $2::text[]) ON CONFLICT DO NOTHING",
        &[&ids, &roles],
    )
    .await?;
    let told: Vec<_> = new().map(|one| one.event.clone().about(one.subject.id)).collect();
    events::insert_all(on, &told.iter().collect::<Vec<_>>()).await?;
    let mut outcome = Vec::with_capacity(subjects.len());
    for (subject, made) in subjects.iter().zip(made) {
        outcome.push(if made { Imported::Made } else { why_not(on, subject).await? });
    }
    Ok(outcome)
}

/// The subjects alone: which were made, by id and canonical name.
async fn make(on: On<'_>, subjects: &[ImportedSubject]) -> Result<HashSet<(SubjectId, String)>, Error> {
    let ids: Vec<Uuid> = subjects.iter().map(|one| of_subject(one.subject.id)).collect();
    let names: Vec<&str> = subjects.iter().map(|one| one.subject.username.as_str()).collect();
    let (earlier, canonical): (Vec<&str>, Vec<&str>) =
        subjects.iter().map(|one| one.subject.username.stored_forms().into()).unzip();
    let disabled: Vec<bool> = subjects.iter().map(|one| one.status == Status::Disabled).collect();
    let times: Vec<_> = subjects.iter().map(|one| at(one.subject.created_at)).collect();
    let made = |row: &Row| Ok((subject_id(row, 0)?, value(row, 1)?));
    on.all(
        "INSERT INTO subject (id, username, username_canonical, status, generation, roles_version, version, created_at)
         SELECT id, name, canonical, CASE WHEN disabled THEN 'disabled' ELSE 'active' END, 0, 0, $6, made_at
         FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bool[], $5::timestamptz[], $7::text[])
              AS it (id, name, canonical, disabled, made_at, earlier)
         WHERE earlier = canonical OR NOT EXISTS (SELECT 1 FROM subject WHERE username_canonical = earlier)
         ON CONFLICT DO NOTHING RETURNING id, username_canonical",
        &[&ids, &names, &canonical, &disabled, &times, &super::column::big(on.epoch().made_at()), &earlier],
    )
    .await?
    .iter()
    .map(made)
    .collect()
}

/// What stands in the way of a subject that was not made. Imported once, and only hashed anew since, it is the same.
async fn why_not(on: On<'_>, one: &ImportedSubject) -> Result<Imported, Error> {
    let [earlier, canonical] = one.subject.username.stored_forms();
    let row = on
        .opt(
            "SELECT s.id, p.phc IS NOT DISTINCT FROM $2
                 OR EXISTS (SELECT 1 FROM event WHERE subject = s.id AND kind = 'subject-imported')
                 AND EXISTS (SELECT 1 FROM event WHERE subject = s.id AND kind = 'password-rehashed')
                 AND NOT EXISTS (SELECT 1 FROM event WHERE subject = s.id AND kind = 'password-changed')
             FROM subject s LEFT JOIN password p ON p.subject_id = s.id
             WHERE s.username_canonical IN ($1, $3) ORDER BY s.username_canonical <> $1 LIMIT 1",
            &[&earlier, &one.subject.password.as_phc(), &canonical],
        )
        .await?;
    let Some(row) = row else { return Ok(Imported::IdTaken) };
    Ok(if value(&row, 1)? { Imported::There(subject_id(&row, 0)?) } else { Imported::NameTaken })
}
