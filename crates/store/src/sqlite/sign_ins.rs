//! Every sign-in of a subject, by session or by token family.

use admit_core::audit::{Event, EventKind};
use admit_core::id::{SessionId, SubjectId};
use admit_core::session::SessionRules;
use admit_core::token::TokenRules;
use rusqlite::{Connection, Result};

use super::writer::Done;
use super::{families, sessions, subjects};
use crate::live::Live;

/// Ends every live sign-in of a subject but one.
pub(super) fn end_others(
    connection: &Connection,
    live: &Live,
    (rules, tokens): (&SessionRules, &TokenRules),
    subject: SubjectId,
    keep: Option<SessionId>,
    event: &Event,
) -> Result<Done<u64>> {
    let Some(state) = subjects::state_by_id(connection, subject)? else { return Ok(Done::plain(0)) };
    let mut done = Done::plain(0);
    let mut add = |Done { answer, effects }: Done<bool>| {
        done.answer += u64::from(answer);
        done.effects.extend(effects);
    };
    let sessions = sessions::live_of(connection, live, rules, &state, event.at)?;
    for id in sessions.iter().map(|(_, session)| session.id).filter(|id| Some(*id) != keep) {
        let event = Event { kind: EventKind::SessionRevoked, ..event.clone() }.with("session", id.to_string());
        add(sessions::end(connection, subject, id, &event)?);
    }
    let families = families::list(connection, tokens, subject, event.at)?;
    for id in families.iter().map(|family| family.id).filter(|id| Some(*id) != keep) {
        let event = Event { kind: EventKind::TokenFamilyEnded, ..event.clone() };
        add(families::end(connection, tokens, id, |owner, _| owner == subject, &event)?);
    }
    Ok(done)
}
