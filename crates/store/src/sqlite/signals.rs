//! The signals: written in the transaction of the change that they tell of.

use admit_core::client::{ClientGeneration, ClientId};
use admit_core::drift::GRACE;
use admit_core::id::{SessionId, SubjectId};
use admit_core::jws::KeyId;
use admit_core::signal::{LogId, Signal, SubjectChange, Told};
use admit_core::subject::TokenGeneration;
use admit_core::time::Timestamp;
use admit_core::token::{LEEWAY, TokenId};
use rusqlite::{Connection, Result, Row, params};

use super::column::{count, malformed, millis, time};
use crate::feed::Feed;
use crate::live::Effect;

/// Writes a signal that tokens need until `until`, by their own clocks. `None` when that has long passed: no token needs it. Not at
/// once: this clock may be ahead for the moment.
pub(super) fn tell(connection: &Connection, at: Timestamp, until: Timestamp, told: Told) -> Result<Option<Effect>> {
    Ok(write(connection, at, until, told)?.map(Effect::Signal))
}

/// The same, but the caller has to send the signal.
pub(super) fn write(connection: &Connection, at: Timestamp, until: Timestamp, told: Told) -> Result<Option<Signal>> {
    let until = until.plus(LEEWAY * 2);
    if until.plus(GRACE) <= at {
        return Ok(None);
    }
    let (kind, session, subject, generation, why, name) = match &told {
        Told::Session(id) => ("session", Some(*id.as_bytes()), None, None, None, None),
        Told::Subject { id, generation, why } => (
            "subject",
            None,
            Some(*id.as_bytes()),
            Some(i64::try_from(generation.0).unwrap_or(i64::MAX)),
            Some(why_text(*why)),
            None,
        ),
        Told::Token(id) => ("token", None, None, None, None, Some(id.to_string())),
        Told::Key(kid) => ("key", None, None, None, None, Some(kid.to_string())),
        Told::KeysChanged => ("keys", None, None, None, None, None),
        Told::Client { id, generation } => {
            ("client", None, None, Some(i64::try_from(generation.0).unwrap_or(i64::MAX)), None, Some(id.to_string()))
        }
    };
    connection
        .prepare_cached(
            "INSERT INTO signal (at, until, kind, session, subject, generation, why, name)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![millis(at), millis(until), kind, session, subject, generation, why, name])?;
    let seq = u64::try_from(connection.last_insert_rowid()).unwrap_or_default();
    Ok(Some(Signal { seq, at, until, told }))
}

/// Tells that a session or family has ended, if it has a token that could be alive.
pub(super) fn session_ended(
    connection: &Connection,
    id: SessionId,
    at: Timestamp,
    token_until: Timestamp,
) -> Result<Option<Effect>> {
    if token_until == Timestamp::default() {
        return Ok(None);
    }
    tell(connection, at, token_until, Told::Session(id))
}

/// Notes that a subject has a token that ends at `until`.
pub(super) fn note_token(connection: &Connection, subject: SubjectId, until: Timestamp) -> Result<()> {
    connection
        .prepare_cached("UPDATE subject SET token_until = ?2 WHERE id = ?1 AND token_until < ?2")?
        .execute(params![subject.as_bytes(), millis(until)])
        .map(drop)
}

/// Every signal that is kept, in order, as a list of a new name.
///
/// The database may be a backup that was put back: its numbers would then be given a second time, to other signals, and a
/// follower that is ahead of it would take the new for the old. Under a new name it is told everything; that is minutes' worth.
pub(super) fn load(connection: &Connection) -> Result<Feed> {
    let log: i64 = connection.query_row("SELECT random()", [], |row| row.get(0))?;
    let last = connection.query_row(
        "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'signal'), 0)",
        [],
        |row| count(row, 0),
    )?;
    let signals = connection
        .prepare("SELECT seq, at, until, kind, session, subject, generation, why, name FROM signal ORDER BY seq")?
        .query_map([], signal)?
        .collect::<Result<Vec<_>>>()?;
    Ok(Feed::new(LogId::from_u64(log.cast_unsigned()), last, signals))
}

fn signal(row: &Row<'_>) -> Result<Signal> {
    let kind: String = row.get(3)?;
    let told = match kind.as_str() {
        "session" => Told::Session(SessionId::from_bytes(row.get(4)?)),
        "subject" => Told::Subject {
            id: SubjectId::from_bytes(row.get(5)?),
            generation: TokenGeneration(count(row, 6)?),
            why: why(row, 7)?,
        },
        "token" => {
            let name: String = row.get(8)?;
            Told::Token(TokenId::parse(&name).ok_or_else(|| malformed(8, format!("no token is called \"{name}\"")))?)
        }
        "key" => Told::Key(KeyId::from_text(&row.get::<_, String>(8)?)),
        "keys" => Told::KeysChanged,
        "client" => {
            let id = ClientId::parse(&row.get::<_, String>(8)?).map_err(|error| malformed(8, error))?;
            Told::Client { id, generation: ClientGeneration(count(row, 6)?) }
        }
        other => return Err(malformed(3, format!("unknown kind of signal \"{other}\""))),
    };
    Ok(Signal { seq: count(row, 0)?, at: time(row, 1)?, until: time(row, 2)?, told })
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

fn why(row: &Row<'_>, index: usize) -> Result<SubjectChange> {
    let text: String = row.get(index)?;
    let found = WHY.iter().find(|(_, known)| *known == text).map(|(why, _)| *why);
    found.ok_or_else(|| malformed(index, format!("unknown reason \"{text}\"")))
}
