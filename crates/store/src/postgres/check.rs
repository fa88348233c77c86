//! The check of a session: one question. What it has seen is noted for others to write down.

use admit_core::credential::SessionDigest;
use admit_core::store::Checked;
use admit_core::time::Timestamp;

use super::error::Error;
use super::shared::{Seen, as_used};
use super::{Shared, secrets};

/// The live session with this digest, and its subject.
pub(super) async fn check(shared: &Shared, digest: &SessionDigest, now: Timestamp) -> Result<Option<Checked>, Error> {
    let seen = shared.uses.of(digest);
    if let Some(Seen::Expired(_)) = seen {
        // Refused once is refused, whatever the clock says next, where the database's says so too: that is being asked.
        shared.uses.settled(shared.db.deadline / 4).await;
    }
    let digest = *digest;
    let found = shared.db.read(move |on| Box::pin(async move { secrets::find(on, &digest).await })).await?;
    let Some(mut found) = found else { return Ok(None) };
    if let Some(Seen::Used(when)) = seen {
        found.session = as_used(found.session, when);
    }
    let kept = found.session;
    if !kept.is_live(&found.subject, &shared.rules, now) {
        if kept.is_expired(&shared.rules, now) {
            shared.uses.note(digest, Seen::Expired(kept.last_seen_at));
            // Whoever is refused is so at the other nodes too. That comes once: the next time there is nothing to be found.
            shared.uses.settled(shared.db.deadline / 4).await;
        }
        return Ok(None);
    }
    found.session = kept.as_of(now);
    if kept.needs_touch(&shared.rules, now) {
        // Once a minute.
        found.session.last_seen_at = now;
        shared.uses.note(digest, Seen::Used(now));
    }
    Ok(Some(found))
}
