//! The logs of the shards: what has ended sessions or changed a subject, in the order of the commits.

use std::time::Duration;

use admit_core::credential::SessionDigest;
use admit_core::id::{SessionId, Shard, SubjectId};
use admit_core::session::SessionRules;
use admit_core::signal::Position;
use admit_core::time::Timestamp;
use tokio_postgres::Row;

use super::column::{
    at, big, malformed, number, of_session, of_subject, session_digest, session_id, small, subject_id, time, value,
};
use super::connection::On;
use super::error::Error;
use super::{epoch, subjects};
use crate::epoch::{Epochs, Loss};
use crate::seeded::{Bug, seeded};
use crate::truth::{Entry, Place, Read, Said, Successor, Versioned};

/// How long an entry is kept at least, so that a setting that was shortened does not lose one early.
const AT_LEAST: Duration = Duration::from_secs(24 * 3600);

/// What an entry is about.
#[derive(Clone, Copy)]
pub(super) enum About {
    /// A subject has changed.
    Subject,
    /// A session has ended.
    Session(SessionId),
    /// Another secret takes the place of this one.
    Secret(SessionDigest, Successor),
}

/// Until when an entry that is made now is kept: no session of now lives longer.
pub(super) fn keep_until(now: Timestamp, rules: &SessionRules) -> Timestamp {
    now.plus(rules.absolute.max(AT_LEAST))
}

fn number_of(shard: Shard) -> i16 {
    i16::from(shard.0)
}

/// Adds an entry. From here to the end of the transaction nobody else adds one to the shard, so the numbers are in the order
/// of the commits. Shards are taken after subjects and sessions, in the order of their numbers, so that nobody waits in a
/// circle.
pub(super) async fn add(on: On<'_>, subject: SubjectId, about: About, until: Timestamp) -> Result<Place, Error> {
    let shard = match about {
        About::Subject | About::Session(_) => subject.shard(),
        About::Secret(digest, _) => digest.shard(),
    };
    if seeded(Bug::OutboxSkipped) {
        let row = on.one("SELECT head FROM shard WHERE id = $1", &[&number_of(shard)]).await?;
        return Ok(Place { shard, seq: number(&row, 0)? });
    }
    let (kind, session, secret) = match about {
        About::Subject => ("subject", None, None),
        About::Session(id) => ("session", Some(of_session(id)), None),
        About::Secret(digest, by) => ("secret", None, Some((digest, by))),
    };
    let digest = secret.map(|(digest, _)| digest.as_bytes().to_vec());
    let by = secret.map(|(_, by)| by);
    let row = on
        .one(
            "WITH head AS (UPDATE shard SET head = head + 1 WHERE id = $1 RETURNING head)
             INSERT INTO log_entry
                 (shard, seq, until, kind, subject_id, session_id, digest, successor, superseded_at, roles_version)
             SELECT $1, head, $2, $3, $4, $5, $6, $7, $8, $9 FROM head RETURNING seq",
            &[
                &number_of(shard),
                &at(until),
                &kind,
                &of_subject(subject),
                &session,
                &digest,
                &by.map(|by| by.digest.as_bytes().to_vec()),
                &by.map(|by| at(by.at)),
                &by.map(|by| i64::from(by.roles_version)),
            ],
        )
        .await?;
    Ok(Place { shard, seq: number(&row, 0)? })
}

/// Where in the log of its subject's shard the end of this session is, if it is there.
pub(super) async fn ended_at(on: On<'_>, subject: SubjectId, session: SessionId) -> Result<Option<Place>, Error> {
    let row = on.one("SELECT max(seq) FROM log_entry WHERE session_id = $1", &[&of_session(session)]).await?;
    let seq: Option<i64> = value(&row, 0)?;
    let seq = seq.map(u64::try_from).transpose().map_err(malformed)?;
    Ok(seq.map(|seq| Place { shard: subject.shard(), seq }))
}

/// Where in the log it is, whose, and what took the place, when another secret has taken this one's.
pub(super) async fn superseded(
    on: On<'_>,
    digest: &SessionDigest,
) -> Result<Option<(Place, SubjectId, Option<Successor>)>, Error> {
    let row = on
        .opt(
            "SELECT seq, subject_id, successor, superseded_at, roles_version FROM log_entry WHERE digest = $1",
            &[&digest.as_bytes().as_slice()],
        )
        .await?;
    let Some(row) = row else { return Ok(None) };
    let place = Place { shard: digest.shard(), seq: number(&row, 0)? };
    Ok(Some((place, subject_id(&row, 1)?, successor(&row, 2)?)))
}

/// When this secret took the place of another, if it did.
pub(super) async fn took_over_at(on: On<'_>, digest: &SessionDigest) -> Result<Option<Timestamp>, Error> {
    let row =
        on.opt("SELECT superseded_at FROM log_entry WHERE successor = $1", &[&digest.as_bytes().as_slice()]).await?;
    row.map(|row| time(&row, 0)).transpose()
}

/// Three columns of an entry; none of them in one of an earlier release.
fn successor(row: &Row, from: usize) -> Result<Option<Successor>, Error> {
    if value::<Option<&[u8]>>(row, from)?.is_none() {
        return Ok(None);
    }
    let (at, roles_version) = (time(row, from + 1)?, small(row, from + 2)?);
    Ok(Some(Successor { digest: session_digest(row, from)?, at, roles_version }))
}

/// The last number of each shard.
pub(super) async fn heads(on: On<'_>) -> Result<Vec<u64>, Error> {
    let row = on.one("SELECT array_agg(head ORDER BY id) FROM shard", &[]).await?;
    let heads: Vec<i64> = value(&row, 0)?;
    if heads.len() != 256 {
        return Err(malformed("there are not 256 shards"));
    }
    heads.into_iter().map(|head| u64::try_from(head).map_err(malformed)).collect()
}

/// All epochs of the database.
pub(super) async fn epochs(on: On<'_>) -> Result<Epochs, Error> {
    let rows = on.all("SELECT base, log, survived FROM epoch ORDER BY base", &[]).await?;
    let last = rows.last().ok_or_else(|| malformed("there is no epoch"))?;
    let present = Position { log: epoch::log_id(value(last, 1)?), seq: number(last, 0)? };
    let loss = |row: &Row| {
        let survived: Vec<i64> = value(row, 2)?;
        let survived =
            survived.into_iter().map(|head| u64::try_from(head).map_err(malformed)).collect::<Result<_, _>>()?;
        Ok(Loss { survived, base: number(row, 0)? })
    };
    let losses = rows.iter().skip(1).map(loss).collect::<Result<_, Error>>()?;
    Ok(Epochs { present, losses })
}

/// What the log of a shard has after a number, in order, all as of one moment.
pub(super) async fn entries(on: On<'_>, shard: Shard, after: u64, limit: u32) -> Result<Read, Error> {
    let rows = on
        .all(
            concat!(
                "SELECT ",
                subjects::state_columns!(),
                ", s.version, e.seq, e.kind, e.subject_id, e.session_id, e.digest, e.successor, e.superseded_at,
                 e.roles_version, p.log, p.base, h.head
                 FROM shard h CROSS JOIN (SELECT base, log FROM epoch ORDER BY base DESC LIMIT 1) p
                 LEFT JOIN log_entry e ON e.shard = h.id AND e.seq > $2
                 LEFT JOIN subject s ON s.id = e.subject_id
                 WHERE h.id = $1 ORDER BY e.seq LIMIT $3"
            ),
            &[&number_of(shard), &big(after), &i64::from(limit)],
        )
        .await?;
    let first = rows.first().ok_or_else(|| malformed("a shard or its epoch is not there"))?;
    let epoch = Position { log: epoch::log_id(value(first, 15)?), seq: number(first, 16)? };
    let head = number(first, 17)?;
    let is_there = |row: &&Row| !matches!(value::<Option<i64>>(row, 7), Ok(None));
    let entries = rows.iter().filter(is_there).map(entry).collect::<Result<_, _>>()?;
    Ok(Read { epoch, head, entries })
}

fn entry(row: &Row) -> Result<Entry, Error> {
    let said = match value::<&str>(row, 8)? {
        "subject" => Said::Subject(Versioned { state: subjects::state(row)?, version: number(row, 6)? }),
        "session" => Said::Session { subject: subject_id(row, 9)?, id: session_id(row, 10)? },
        "secret" => {
            Said::Secret { subject: subject_id(row, 9)?, digest: session_digest(row, 11)?, by: successor(row, 12)? }
        }
        other => return Err(malformed(format!("unknown kind of log entry \"{other}\""))),
    };
    Ok(Entry { seq: number(row, 7)?, said })
}
