//! Bringing in users that another system had.

use admit_core::audit::EventKind;
use admit_core::credential::password::PasswordHash;
use admit_core::id::SubjectId;
use admit_core::store::{Imported, ImportedSubject, NewSubject};
use admit_core::subject::{RoleName, Status, Username};
use admit_core::time::Timestamp;
use uuid::Uuid;

use super::account::names;
use super::{Cause, Failure, Operations};
use crate::import::{Entry, Outcome};

impl Operations {
    /// Imports users: those that can be, by one write. With `keep` false nothing stays, and the answer is the same.
    ///
    /// # Errors
    /// When the store does not answer. What is wrong with a user is its outcome.
    pub async fn import_users(
        &self,
        by: &Cause,
        source: &str,
        entries: Vec<Entry>,
        keep: bool,
    ) -> Result<Vec<Outcome>, Failure> {
        let now = self.clock.now();
        let mut given = Vec::new();
        let mut good = Vec::new();
        let mut outcomes = Vec::with_capacity(entries.len());
        for entry in entries {
            match self.importable(&entry, now)? {
                Ok(new) => {
                    let event = by.event(EventKind::SubjectImported, now).about(new.id);
                    let event = event.with("source", source).with("username", new.username.as_str());
                    let event = event.with("roles", names(&new.roles));
                    let status = if entry.disabled { Status::Disabled } else { Status::Active };
                    given.push((outcomes.len(), entry.id.map(|_| new.id)));
                    good.push(ImportedSubject { subject: new, status, event });
                    outcomes.push(Outcome::Imported);
                }
                Err(reason) => outcomes.push(Outcome::Rejected(reason)),
            }
        }
        if good.is_empty() {
            return Ok(outcomes);
        }
        let became = self.accounts.import(good, keep).await?;
        for ((place, given), became) in given.into_iter().zip(became) {
            let outcome = match became {
                Imported::Made => Outcome::Imported,
                Imported::There(id) if given.is_none_or(|given| given == id) => Outcome::There,
                Imported::There(id) => Outcome::Rejected(format!(
                    "A user of this name is there under another id, {id}. Leave the id out, or give that one."
                )),
                Imported::NameTaken => Outcome::Rejected(
                    "A user of this name is there with another password. Rename one of the two, or leave this one out."
                        .to_owned(),
                ),
                Imported::IdTaken => {
                    Outcome::Rejected("Another user has this id. Leave it out, and a new one is given.".to_owned())
                }
            };
            if let Some(slot) = outcomes.get_mut(place) {
                *slot = outcome;
            }
        }
        Ok(outcomes)
    }

    /// The subject that an entry says, or why it can be none.
    fn importable(&self, entry: &Entry, now: Timestamp) -> Result<Result<NewSubject, String>, Failure> {
        let made = entry.created_at.map_or(now, Timestamp::from_millis);
        let new = SubjectId::new(made, &*self.random)?;
        let read = || {
            let username = Username::parse(&entry.username).map_err(|error| error.to_string())?;
            let password = PasswordHash::import(&entry.password_hash).map_err(|unusable| unusable.to_string())?;
            if made > now {
                return Err("It was made in the future. Mend created_at, or leave it out.".to_owned());
            }
            let id = entry.id.as_deref().map_or(Ok(new), id)?;
            Ok(NewSubject { id, username, password, roles: self.imported_roles(&entry.roles)?, created_at: made })
        };
        Ok(read())
    }

    fn imported_roles(&self, held: &[String]) -> Result<Vec<RoleName>, String> {
        let mut roles = Vec::new();
        for name in held {
            let known = RoleName::parse(name).ok().filter(|role| self.policy.now().has_role(role));
            roles.push(known.ok_or_else(|| {
                let has = self.policy.now().roles().iter().map(RoleName::as_str).collect::<Vec<_>>().join(", ");
                format!(
                    "\"{name}\" is not a role of the policy. It has: {has}. Name one for it in the file of --role-map, or [] \
                     for none."
                )
            })?);
        }
        roles.sort();
        roles.dedup();
        Ok(roles)
    }
}

/// An id from outside. Clients that act for themselves have version 8: no user may be one of them.
fn id(text: &str) -> Result<SubjectId, String> {
    let uuid = Uuid::try_parse(text).ok().filter(|uuid| matches!(uuid.get_version_num(), 1..=7));
    let uuid = uuid.ok_or("The id is not a UUID of version 1 to 7. Leave it out, and one is given.")?;
    Ok(SubjectId::from_bytes(*uuid.as_bytes()))
}
