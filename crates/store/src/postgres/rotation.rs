//! Another secret for a session. The entry of the log that says so leads from the old one to the new one, for the seconds that
//! the old one stays good; a session that has ended is found by neither.

use admit_core::audit::Event;
use admit_core::credential::SessionDigest;
use admit_core::session::SessionRules;
use admit_core::store::Checked;

use super::connection::On;
use super::error::Error;
use super::log::{self, About};
use super::secrets::{is_young, owner, present, superseded};
use super::sessions::Effects;
use super::{events, subjects};
use crate::truth::Successor;

/// Gives a live session a new secret and the subject's present roles version. `None` when `new` is not its secret now.
pub(super) async fn rotate(
    on: On<'_>,
    rules: &SessionRules,
    old: SessionDigest,
    new: SessionDigest,
    event: &Event,
) -> Result<Option<Effects>, Error> {
    let Some(owner) = owner(on, &old).await? else { return Ok(None) };
    let Some(held) = subjects::hold(on, owner).await? else { return Ok(None) };
    let Some(Checked { session, .. }) = present(on, &old).await? else {
        let Some((digest, checked)) = superseded(on, &old).await? else { return Ok(None) };
        let is_new = digest == new && checked.session.is_live(&held.state, rules, event.at);
        return Ok(is_new.then(Effects::default));
    };
    if !session.is_live(&held.state, rules, event.at) || is_young(on, &old, event.at).await? {
        return Ok(None);
    }
    let changed = on
        .run(
            "UPDATE session SET digest = $2, roles_version = $3 WHERE digest = $1",
            &[&old.as_bytes().as_slice(), &new.as_bytes().as_slice(), &i64::from(held.state.roles_version)],
        )
        .await?;
    if changed == 0 {
        return Ok(None);
    }
    events::insert(on, event, Some(owner)).await?;
    let by = Successor { digest: new, at: event.at, roles_version: held.state.roles_version };
    let place = log::add(on, owner, About::Secret(old, by), log::keep_until(event.at, rules)).await?;
    Ok(Some(Effects { places: vec![place], signals: Vec::new() }))
}
