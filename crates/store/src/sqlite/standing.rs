//! The actors of a change, compared by the one writer in the transaction that makes it.

use admit_core::id::{SessionId, SubjectId};
use admit_core::jws::KeyId;
use admit_core::standing::{Credential, LostStanding, Present, TokenUser};
use admit_core::token::TokenId;
use rusqlite::{Connection, Result, params};

use super::subjects;
use crate::actors::Actors;

/// Whether each actor still is what it was. What memory knows does not count: it has not yet what the jobs before this one
/// have changed.
pub(super) fn compare(connection: &Connection, actors: &Actors) -> Result<std::result::Result<(), LostStanding>> {
    for (standing, at) in actors.iter() {
        let subject = match standing.subject() {
            Some(id) => subjects::state_by_id(connection, id)?,
            None => None,
        };
        let (sign_in, token) = match standing.credential() {
            Credential::Session { subject, session, .. } => (has_session(connection, *subject, *session)?, true),
            Credential::Token { id, kid, user } => {
                let sign_in = match user {
                    Some(TokenUser { subject, sign_in, .. }) => {
                        has_session(connection, *subject, *sign_in)? || has_family(connection, *subject, *sign_in)?
                    }
                    None => true,
                };
                (sign_in, is_good(connection, *id, kid)?)
            }
        };
        let present = Present { subject: subject.as_deref(), sign_in, token };
        if let Err(lost) = standing.compare(present, *at) {
            return Ok(Err(lost));
        }
    }
    Ok(Ok(()))
}

/// Whether the subject has this session, of its present generation.
fn has_session(connection: &Connection, subject: SubjectId, session: SessionId) -> Result<bool> {
    connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM session x JOIN subject s ON s.id = x.subject_id
             WHERE x.subject_id = ?1 AND x.id = ?2 AND x.generation = s.generation)",
        )?
        .query_row(params![subject.as_bytes(), session.as_bytes()], |row| row.get(0))
}

/// Whether the subject has this token family, of its present generation.
fn has_family(connection: &Connection, subject: SubjectId, family: SessionId) -> Result<bool> {
    connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM token_family x JOIN subject s ON s.id = x.subject_id
             WHERE x.subject_id = ?1 AND x.id = ?2 AND x.generation = s.generation)",
        )?
        .query_row(params![subject.as_bytes(), family.as_bytes()], |row| row.get(0))
}

/// Whether neither the token nor its key was revoked. What revoked a token is kept for as long as the token could be shown.
fn is_good(connection: &Connection, token: TokenId, kid: &KeyId) -> Result<bool> {
    connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM signing_key WHERE kid = ?1 AND revoked_at IS NULL)
                AND NOT EXISTS (SELECT 1 FROM signal WHERE kind = 'token' AND name = ?2)",
        )?
        .query_row(params![kid.as_str(), token.to_string()], |row| row.get(0))
}
