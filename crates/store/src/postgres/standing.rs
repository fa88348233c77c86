//! The actors of a change, held and compared in the transaction that makes it.
//!
//! Locks are taken in the order of the whole store: tokens and keys, then subjects by id, then what is below them. What ends a
//! session, a family or a right takes the same ones, so it comes either before the comparison, which then sees it, or after
//! the change.

use std::collections::BTreeSet;

use admit_core::id::{SessionId, SubjectId};
use admit_core::jws::KeyId;
use admit_core::standing::{Credential, Present, Standing, TokenUser};
use admit_core::subject::SubjectState;
use admit_core::token::TokenId;

use super::column::{of_session, of_subject, value};
use super::connection::On;
use super::error::Error;
use super::{log, subjects};
use crate::actors::Actors;

/// Holds the actors and `targets`, the subjects that the change is about, and compares what each actor is with what it was.
///
/// `elsewhere`: sessions are kept in another store, and this one has the log of those that ended.
pub(super) async fn compare(on: On<'_>, actors: &Actors, targets: &[SubjectId], elsewhere: bool) -> Result<(), Error> {
    if actors.is_empty() {
        return Ok(());
    }
    lock_tokens(on, actors, None).await?;
    let mut good = Vec::new();
    for (standing, _) in actors.iter() {
        good.push(match standing.credential() {
            Credential::Session { .. } => true,
            Credential::Token { id, kid, .. } => is_good(on, *id, kid).await?,
        });
    }
    let mut held: Vec<SubjectId> = actors.iter().filter_map(|(standing, _)| standing.subject()).collect();
    held.extend(targets);
    held.sort_unstable();
    held.dedup();
    for id in held {
        if targets.contains(&id) {
            subjects::lock(on, id).await?;
        } else {
            on.opt("SELECT 1 FROM subject WHERE id = $1 FOR SHARE", &[&of_subject(id)]).await?;
        }
    }
    for ((standing, at), token) in actors.iter().zip(good) {
        let subject = match standing.subject() {
            Some(id) => subjects::by_id(on, id).await?.map(|found| found.state),
            None => None,
        };
        let sign_in = match &subject {
            Some(subject) => has_sign_in(on, standing, subject, elsewhere).await?,
            None => false,
        };
        standing.compare(Present { subject: subject.as_deref(), sign_in, token }, *at)?;
    }
    Ok(())
}

/// Whether the session or family of the actor has not ended. Whoever ends one holds its subject, which is held here.
async fn has_sign_in(on: On<'_>, standing: &Standing, subject: &SubjectState, elsewhere: bool) -> Result<bool, Error> {
    match standing.credential() {
        Credential::Session { session, .. } if elsewhere => Ok(!has_ended(on, subject.id, *session).await?),
        Credential::Session { session, .. } => has_session(on, subject, *session).await,
        Credential::Token { user: None, .. } => Ok(true),
        Credential::Token { user: Some(TokenUser { sign_in, .. }), .. }
            if has_family(on, subject, *sign_in).await? =>
        {
            Ok(true)
        }
        Credential::Token { user: Some(user), .. } if elsewhere => {
            // The generation of the session is known where sessions are. As a token's it is told by the sum.
            Ok(user.generation == subject.token_generation()
                && was_exchanged(on, subject.id, user.sign_in).await?
                && !has_ended(on, subject.id, user.sign_in).await?)
        }
        Credential::Token { user: Some(user), .. } => has_session(on, subject, user.sign_in).await,
    }
}

async fn has_ended(on: On<'_>, subject: SubjectId, session: SessionId) -> Result<bool, Error> {
    Ok(log::ended_at(on, subject, session).await?.is_some())
}

async fn has_session(on: On<'_>, subject: &SubjectState, session: SessionId) -> Result<bool, Error> {
    let sql = "SELECT EXISTS (SELECT 1 FROM session WHERE subject_id = $1 AND id = $2 AND generation = $3)";
    let row = on.one(sql, &[&of_subject(subject.id), &of_session(session), &i64::from(subject.generation.0)]).await?;
    value(&row, 0)
}

async fn has_family(on: On<'_>, subject: &SubjectState, family: SessionId) -> Result<bool, Error> {
    let sql = "SELECT EXISTS (SELECT 1 FROM token_family WHERE subject_id = $1 AND id = $2 AND generation = $3)";
    let row = on.one(sql, &[&of_subject(subject.id), &of_session(family), &i64::from(subject.generation.0)]).await?;
    value(&row, 0)
}

async fn was_exchanged(on: On<'_>, subject: SubjectId, session: SessionId) -> Result<bool, Error> {
    let sql = "SELECT EXISTS (SELECT 1 FROM exchanged_session WHERE subject_id = $1 AND id = $2)";
    let row = on.one(sql, &[&of_subject(subject), &of_session(session)]).await?;
    value(&row, 0)
}

/// Holds the tokens of the actors, so that none is revoked from here to the end of the transaction; and waits for the changes
/// that are being made with the one that is to be revoked. In the order of their names: two that revoke each other do not
/// wait in a circle.
async fn lock_tokens(on: On<'_>, actors: &Actors, revoked: Option<TokenId>) -> Result<(), Error> {
    let of_actors = actors.iter().filter_map(|(standing, _)| match standing.credential() {
        Credential::Token { id, .. } => Some(id.to_string()),
        Credential::Session { .. } => None,
    });
    let revoked = revoked.map(|token| token.to_string());
    let names: BTreeSet<String> = of_actors.chain(revoked.clone()).collect();
    for name in names {
        let lock = match revoked.as_ref() == Some(&name) {
            true => "SELECT pg_advisory_xact_lock(hashtextextended('admit token ' || $1, 0))",
            false => "SELECT pg_advisory_xact_lock_shared(hashtextextended('admit token ' || $1, 0))",
        };
        on.opt(lock, &[&name]).await?;
    }
    Ok(())
}

/// Whether neither the token, which is held, nor its key was revoked. From here to the end of the transaction neither is. What
/// revoked a token is kept for as long as the token could be shown.
async fn is_good(on: On<'_>, token: TokenId, kid: &KeyId) -> Result<bool, Error> {
    let name = token.to_string();
    let key = "SELECT 1 FROM signing_key WHERE kid = $1 AND revoked_at IS NULL FOR SHARE";
    if on.opt(key, &[&kid.as_str()]).await?.is_none() {
        return Ok(false);
    }
    let row = on.one("SELECT EXISTS (SELECT 1 FROM signal WHERE kind = 'token' AND name = $1)", &[&name]).await?;
    Ok(!value::<bool>(&row, 0)?)
}

/// Before `actors` revoke a token: waits for the changes that are being made with it, and holds theirs.
pub(super) async fn wait_for(on: On<'_>, token: TokenId, actors: &Actors) -> Result<(), Error> {
    lock_tokens(on, actors, Some(token)).await
}
