//! The policy in force: what this server needs of it beside its routes, and how another takes its place.

use admit_core::policy::{Holds, Permission, Policy};
use admit_core::subject::RoleName;

use super::{ADMIN, Operations};
use crate::config::client::Clients;

/// Whether this server can be run by a policy: asked at the start and at each reload, so that neither takes what the other
/// refuses.
///
/// # Errors
/// What is missing, and what to write.
pub fn fits(policy: &Policy, clients: &Clients) -> Result<(), String> {
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
    for client in clients.values() {
        let named = client.roles.iter().chain(client.max_roles.iter().flatten());
        if let Some(role) = named.into_iter().find(|role| !policy.has_role(role)) {
            return Err(format!(
                "[clients.{}] has the role \"{role}\", which the policy does not know: add [roles.{}] to it, or take the role \
                 from the client",
                client.id,
                role.role()
            ));
        }
    }
    Ok(())
}

impl Operations {
    /// Puts another policy in force: all of it, or nothing. `allows` is asked last, with the new policy.
    ///
    /// # Errors
    /// Why the one in force stays.
    pub fn reload_policy(
        &self,
        text: &str,
        name: &str,
        allows: impl FnOnce(&Policy) -> Result<(), String>,
    ) -> Result<(), String> {
        self.policy.reload_if(text, name, |fresh| {
            fits(fresh, &self.clients)?;
            allows(fresh)
        })
    }
}
