//! Every sign-in of a subject, by session or by token family.

use admit_core::audit::{Event, EventKind};
use admit_core::id::{SessionId, SubjectId};
use admit_core::session::SessionRules;
use admit_core::signal::Signal;
use admit_core::token::TokenRules;

use super::connection::On;
use super::error::Error;
use super::sessions::Effects;
use super::{families, sessions, subjects};

/// Ends every live sign-in of a subject but one.
pub(super) async fn end_others(
    on: On<'_>,
    (rules, tokens): (&SessionRules, &TokenRules),
    subject: SubjectId,
    keep: Option<SessionId>,
    event: &Event,
) -> Result<(u64, Effects), Error> {
    let Some(held) = subjects::hold(on, subject).await? else { return Ok((0, Effects::default())) };
    let live = sessions::of_subject_live(on, rules, &held.state, event.at).await?;
    let ids = live.iter().map(|(_, session)| session.id).filter(|id| Some(*id) != keep).collect();
    let (mut ended, mut effects) = sessions::end_each(on, rules, subject, ids, event).await?;
    let (families, signals) = end_families(on, tokens, subject, keep, event).await?;
    ended += families;
    effects.signals.extend(signals);
    Ok((ended, effects))
}

/// Ends every live family of a subject, who is held, but one.
pub(super) async fn end_families(
    on: On<'_>,
    tokens: &TokenRules,
    subject: SubjectId,
    keep: Option<SessionId>,
    event: &Event,
) -> Result<(u64, Vec<Signal>), Error> {
    let (mut ended, mut signals) = (0, Vec::new());
    let families = families::list(on, tokens, subject, event.at).await?;
    let event = Event { kind: EventKind::TokenFamilyEnded, ..event.clone() };
    for id in families.iter().map(|family| family.id).filter(|id| Some(*id) != keep) {
        let outcome = families::end(on, tokens, id, |owner, _| owner == subject, &event).await?;
        let (done, signal) = outcome.unwrap_or_default();
        ended += u64::from(done);
        signals.extend(signal);
    }
    Ok((ended, signals))
}
