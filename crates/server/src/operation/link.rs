//! The one-time link that makes the first administrator.

use std::sync::Arc;

use admit_core::audit::EventKind;
use admit_core::credential::{LINK_LIFETIME, LinkToken};
use admit_core::store::Created;
use admit_core::subject::{RoleName, SubjectState};

use super::account::names;
use super::{ADMIN, Cause, Failure, Operations};

impl Operations {
    /// Whether some active subject is an administrator.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn has_admin(&self) -> Result<bool, Failure> {
        let admin = self.admin_role()?;
        Ok(self.accounts.anyone_holds(&admin).await?)
    }

    /// Makes a set-up link, in place of any earlier one.
    ///
    /// # Errors
    /// When there is an administrator already.
    pub async fn issue_link(&self, by: &Cause) -> Result<LinkToken, Failure> {
        if self.has_admin().await? {
            return Err(Failure::Conflict {
                kind: "admin-exists",
                sentence: "There is an administrator already. `admit user list` shows who; `admit user set-password NAME` sets a new password.".to_owned(),
            });
        }
        let link = LinkToken::new(&*self.random)?;
        let now = self.clock.now();
        let event = by.event(EventKind::SetupLinkIssued, now);
        self.accounts.keep_link(link.digest(), now.plus(LINK_LIFETIME), event).await?;
        Ok(link)
    }

    /// Whether a set-up link can still be used. Looking does not use it up.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn link_is_live(&self, link: &LinkToken) -> Result<bool, Failure> {
        // Once there is an administrator, however it came to be, nobody becomes one by a link.
        Ok(self.accounts.link_is_live(&link.digest(), self.clock.now()).await? && !self.has_admin().await?)
    }

    /// Makes the first administrator and uses the link up, in one step.
    ///
    /// # Errors
    /// A field that is wrong, or a link that is used, replaced or too old.
    pub async fn use_link(
        &self,
        by: &Cause,
        link: &LinkToken,
        username: &str,
        password: &str,
    ) -> Result<Arc<SubjectState>, Failure> {
        // Before any hashing: whoever has no link gets no work done.
        if !self.link_is_live(link).await? {
            return Err(Failure::LinkDead);
        }
        let username = Self::username(username)?;
        let password = self.new_password("password", password, &username)?;
        let new = self.new_subject(by, username, password, vec![self.admin_role()?]).await?;
        let used = by.event(EventKind::SetupLinkUsed, new.created_at).about(new.id);
        let created = by.event(EventKind::SubjectCreated, new.created_at).about(new.id);
        let created = created.with("username", new.username.as_str()).with("roles", names(&new.roles));
        let name = new.username.clone();
        match self.accounts.create_with_link(new, link.digest(), vec![used, created]).await? {
            Created::Subject(subject) => {
                self.learn_address(subject.id, by.prefix()).await;
                Ok(subject)
            }
            Created::UsernameTaken => Err(Failure::UsernameTaken(name)),
            Created::LinkDead => Err(Failure::LinkDead),
        }
    }

    fn admin_role(&self) -> Result<RoleName, Failure> {
        RoleName::parse(ADMIN).ok().filter(|role| self.policy.now().has_role(role)).ok_or_else(|| Failure::Conflict {
            kind: "no-admin-role",
            sentence: "The policy has no role called admin, so there can be no administrator. Add [roles.admin] to it."
                .to_owned(),
        })
    }
}
