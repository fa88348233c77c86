//! The signals: written in the transaction of the change that they tell of.

use admit_core::client::{ClientGeneration, ClientId};
use admit_core::drift::GRACE;
use admit_core::id::{SessionId, SubjectId};
use admit_core::jws::KeyId;
use admit_core::signal::{Signal, SubjectChange, Told};
use admit_core::subject::TokenGeneration;
use admit_core::time::Timestamp;
use admit_core::token::{LEEWAY, TokenId};
use tokio_postgres::Row;

use super::column::{at, big, malformed, number, of_session, of_subject, session_id, subject_id, time, value};
use super::connection::On;
use super::error::Error;

/// Writes a signal that tokens need until `until`, by their own clocks. `None` when that has long passed: no token needs it. Not at
/// once: this clock may be ahead for the moment.
///
/// From here to the end of the transaction nobody else writes one. It is the last thing that a transaction takes.
pub(super) async fn tell(on: On<'_>, now: Timestamp, until: Timestamp, told: Told) -> Result<Option<Signal>, Error> {
    let until = until.plus(LEEWAY * 2);
    if until.plus(GRACE) <= now {
        return Ok(None);
    }
    let (kind, session, subject, generation, why, name) = match &told {
        Told::Session(id) => ("session", Some(of_session(*id)), None, None, None, None),
        Told::Subject { id, generation, why } => {
            ("subject", None, Some(of_subject(*id)), Some(big(generation.0)), Some(why_text(*why)), None)
        }
        Told::Token(id) => ("token", None, None, None, None, Some(id.to_string())),
        Told::Key(kid) => ("key", None, None, None, None, Some(kid.to_string())),
        Told::KeysChanged => ("keys", None, None, None, None, None),
        Told::Client { id, generation } => ("client", None, None, Some(big(generation.0)), None, Some(id.to_string())),
    };
    let row = on
        .one(
            "WITH head AS (UPDATE signal_head SET seq = seq + 1 RETURNING seq)
             INSERT INTO signal (seq, at, until, kind, session, subject, generation, why, name)
             SELECT seq, $1, $2, $3, $4, $5, $6, $7, $8 FROM head RETURNING seq",
            &[&at(now), &at(until), &kind, &session, &subject, &generation, &why, &name],
        )
        .await?;
    Ok(Some(Signal { seq: number(&row, 0)?, at: now, until, told }))
}

/// The same, unless it was told before. Of two that tell it at once, one does.
pub(super) async fn tell_once(
    on: On<'_>,
    now: Timestamp,
    until: Timestamp,
    told: Told,
) -> Result<Option<Signal>, Error> {
    let (kind, session, name) = match &told {
        Told::Session(id) => ("session", Some(of_session(*id)), None),
        Told::Token(id) => ("token", None, Some(id.to_string())),
        _ => return tell(on, now, until, told).await,
    };
    on.one("SELECT seq FROM signal_head FOR UPDATE", &[]).await?;
    let sql =
        "SELECT 1 FROM signal WHERE kind = $1 AND session IS NOT DISTINCT FROM $2 AND name IS NOT DISTINCT FROM $3";
    match on.opt(sql, &[&kind, &session, &name]).await? {
        Some(_) => Ok(None),
        None => tell(on, now, until, told).await,
    }
}

/// Tells that a session or family has ended that is not there: what it had may have been lost.
pub(super) async fn lost_ended(on: On<'_>, id: SessionId, now: Timestamp) -> Result<Option<Signal>, Error> {
    match on.epoch().token_until(None) {
        Some(until) if until > now => tell_once(on, now, until, Told::Session(id)).await,
        Some(_) | None => Ok(None),
    }
}

/// Tells that a session or family has ended, if it has a token that could be alive.
pub(super) async fn session_ended(
    on: On<'_>,
    id: SessionId,
    now: Timestamp,
    token_until: Option<Timestamp>,
) -> Result<Option<Signal>, Error> {
    match on.epoch().token_until(token_until) {
        Some(until) => tell(on, now, until, Told::Session(id)).await,
        None => Ok(None),
    }
}

/// Notes that a subject has a token that ends at `until`.
pub(super) async fn note_token(on: On<'_>, subject: SubjectId, until: Timestamp) -> Result<(), Error> {
    on.run(
        "UPDATE subject SET token_until = $2 WHERE id = $1 AND (token_until IS NULL OR token_until < $2)",
        &[&of_subject(subject), &at(until)],
    )
    .await
    .map(drop)
}

/// The last number that was given.
pub(super) async fn head(on: On<'_>) -> Result<u64, Error> {
    number(&on.one("SELECT seq FROM signal_head", &[]).await?, 0)
}

/// The signals after a number, in order.
pub(super) async fn after(on: On<'_>, seq: u64) -> Result<Vec<Signal>, Error> {
    on.all(
        "SELECT seq, at, until, kind, session, subject, generation, why, name FROM signal WHERE seq > $1 ORDER BY seq",
        &[&big(seq)],
    )
    .await?
    .iter()
    .map(signal)
    .collect()
}

fn signal(row: &Row) -> Result<Signal, Error> {
    let told = match value::<&str>(row, 3)? {
        "session" => Told::Session(session_id(row, 4)?),
        "subject" => Told::Subject {
            id: subject_id(row, 5)?,
            generation: TokenGeneration(number(row, 6)?),
            why: why(value(row, 7)?)?,
        },
        "token" => {
            let name: &str = value(row, 8)?;
            Told::Token(TokenId::parse(name).ok_or_else(|| malformed(format!("no token is called \"{name}\"")))?)
        }
        "key" => Told::Key(KeyId::from_text(value(row, 8)?)),
        "keys" => Told::KeysChanged,
        "client" => {
            let id = ClientId::parse(value(row, 8)?).map_err(malformed)?;
            Told::Client { id, generation: ClientGeneration(number(row, 6)?) }
        }
        other => return Err(malformed(format!("unknown kind of signal \"{other}\""))),
    };
    Ok(Signal { seq: number(row, 0)?, at: time(row, 1)?, until: time(row, 2)?, told })
}

const WHY: [(SubjectChange, &str); 4] = [
    (SubjectChange::SessionsRevoked, "sessions-revoked"),
    (SubjectChange::CredentialChange, "credential-change"),
    (SubjectChange::AccountDisabled, "account-disabled"),
    (SubjectChange::ClaimsChange, "claims-change"),
];

fn why_text(why: SubjectChange) -> &'static str {
    WHY.iter().find(|(known, _)| *known == why).map_or("", |(_, text)| text)
}

fn why(text: &str) -> Result<SubjectChange, Error> {
    let found = WHY.iter().find(|(_, known)| *known == text).map(|(why, _)| *why);
    found.ok_or_else(|| malformed(format!("unknown reason \"{text}\"")))
}
