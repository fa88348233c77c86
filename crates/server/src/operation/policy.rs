//! The policy in force: what this server needs of it beside its routes, and how another takes its place.

use std::time::Duration;

use admit_core::audit::{Event, EventKind};
use admit_core::policy::{Holds, Permission, Policy};
use admit_core::subject::RoleName;
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::{ADMIN, Cause, Operations};
use crate::config::client::Clients;

/// Characters of the mistakes in a policy that its event tells. The log has all of them.
const MOST_TOLD: usize = 1_000;
const TRIES: u32 = 10;
const AGAIN: Duration = Duration::from_secs(1);

/// Whether this server can be run by a policy.
///
/// # Errors
/// What is missing, and what to write.
pub fn fits(policy: &Policy) -> Result<(), String> {
    let admin = RoleName::parse(ADMIN).ok().filter(|role| policy.has_role(role)).ok_or_else(|| {
        "the policy has no role called admin, so there could be no administrator: add [roles.admin] to it".to_owned()
    })?;
    // Without this one nobody could give anybody a role again, but at the command line.
    let update = Permission::parse("user:update").map_err(|error| error.to_string())?;
    if policy.holds(std::slice::from_ref(&admin), &update) == Holds::No {
        return Err(
            "the role admin may not user:update, so no administrator could manage users: give it that permission, \
                    and let no deny rule without conditions take it away"
                .to_owned(),
        );
    }
    Ok(())
}

/// Whether a policy knows a role of a client.
///
/// # Errors
/// Which client and role.
pub fn knows(policy: &Policy, client: &str, role: &RoleName) -> Result<(), String> {
    match policy.has_role(role) {
        true => Ok(()),
        false => Err(format!("[clients.{client}] has the role \"{role}\", which the policy does not know")),
    }
}

/// Both, for all clients: asked at the start and at each reload, so that neither takes what the other refuses.
///
/// # Errors
/// As the two.
pub fn fits_with(policy: &Policy, clients: &Clients) -> Result<(), String> {
    fits(policy)?;
    for client in clients.values() {
        for role in client.roles.iter().chain(client.max_roles.iter().flatten()) {
            knows(policy, client.id.as_str(), role).map_err(|wrong| {
                format!("{wrong}: add [roles.{}] to it, or remove the role from the client", role.role())
            })?;
        }
    }
    Ok(())
}

impl Operations {
    /// Puts another policy in force: all of it, or nothing. `allows` is asked last, with the new policy. Either way it is in the
    /// audit log, with the digest of what was read.
    ///
    /// # Errors
    /// Why the one in force stays.
    pub async fn reload_policy(
        &self,
        by: &Cause,
        text: &str,
        name: &str,
        allows: impl FnOnce(&Policy) -> Result<(), String>,
    ) -> Result<(), String> {
        let outcome = self.policy.reload_if(text, name, |fresh| {
            fits_with(fresh, &self.clients)?;
            allows(fresh)
        });
        let kind = if outcome.is_ok() { EventKind::PolicyReloaded } else { EventKind::PolicyRefused };
        let digest = HEXLOWER.encode(&Sha256::digest(text));
        let mut event = by.event(kind, self.clock.now()).with("policy", name).with("sha256", digest);
        if let Err(mistakes) = &outcome {
            event = event.with("because", mistakes.chars().take(MOST_TOLD).collect::<String>());
        }
        self.record_patiently(event).await;
        outcome
    }

    /// Writes down that a policy could not even be read.
    pub async fn policy_unreadable(&self, by: &Cause, name: &str, because: &str) {
        let because = because.chars().take(MOST_TOLD).collect::<String>();
        let event = by.event(EventKind::PolicyRefused, self.clock.now()).with("policy", name);
        self.record_patiently(event.with("because", because)).await;
    }

    /// Writes an event about something that has happened already, and tries for a while where the store does not answer.
    async fn record_patiently(&self, event: Event) {
        for _ in 0..TRIES {
            match self.accounts.record(event.clone()).await {
                Ok(()) => return,
                Err(error) => {
                    tracing::error!(%error, kind = event.kind.as_str(), "an event could not be written to the audit log");
                }
            }
            tokio::time::sleep(AGAIN).await;
        }
    }
}
