//! One-time links: for the first administrator, and for the password of a user, who may have none yet.

use std::sync::Arc;

use admit_core::audit::{Actor, EventKind};
use admit_core::credential::{OneTimeToken, Purpose};
use admit_core::id::SubjectId;
use admit_core::proved::Proved;
use admit_core::store::{Change, Created};
use admit_core::subject::{RoleName, SubjectState, Username};
use admit_core::time::Timestamp;

use super::account::names;
use super::{ADMIN, Cause, Failure, Operations};

/// A link that can be used.
#[derive(Clone, Debug)]
pub enum LiveLink {
    /// For the first administrator.
    FirstAdmin,
    /// For the password of this user.
    Password(Arc<SubjectState>),
}

/// A link that was just made.
pub struct IssuedLink {
    /// Its secret.
    pub token: OneTimeToken,
    /// Until when it can be used.
    pub expires_at: Timestamp,
}

impl Operations {
    /// Whether some active subject is an administrator.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn has_admin(&self) -> Result<bool, Failure> {
        let admin = self.admin_role()?;
        Ok(self.accounts.anyone_holds(&admin).await?)
    }

    /// Makes a link for the first administrator, in place of any earlier one.
    ///
    /// # Errors
    /// When there is an administrator already.
    pub async fn issue_link(&self, by: &Cause) -> Result<IssuedLink, Failure> {
        if self.has_admin().await? {
            return Err(Failure::Conflict {
                kind: "admin-exists",
                sentence: "There is an administrator already. `admit user list` shows who; `admit user link NAME` creates a link that sets a new password.".to_owned(),
            });
        }
        Ok(self.keep_link(by, Purpose::FirstAdmin).await?.0)
    }

    /// Makes a link with which a user sets a password, in place of any earlier one of theirs. Until it is used, the password of before
    /// and every session stay.
    ///
    /// # Errors
    /// An unknown user, one who is disabled, or an administrator's own account: to set one's own password takes the current one.
    pub async fn issue_password_link(&self, by: &Cause, id: SubjectId) -> Result<IssuedLink, Failure> {
        if by.actor == Actor::Subject(id) {
            return Err(Failure::OwnAccount);
        }
        let subject = self.subject(id).await?;
        match self.keep_link(by, Purpose::Password(id)).await? {
            (issued, true) => Ok(issued),
            (_, false) => Err(Failure::Disabled(Arc::clone(&subject.username))),
        }
    }

    /// Makes a user who has no password yet, and the link with which they set one.
    ///
    /// # Errors
    /// As [`Self::create_user`]; [`Failure::NoLink`] when the user was made and the link was not.
    pub async fn invite(
        &self,
        by: &Cause,
        username: &str,
        roles: &[String],
    ) -> Result<(Arc<SubjectState>, IssuedLink), Failure> {
        let made = self.create_user(by, username, None, roles).await?;
        match self.issue_password_link(by, made.id).await {
            Ok(link) => Ok((made, link)),
            Err(why) => Err(Failure::NoLink { username: Arc::clone(&made.username), why: why.to_string() }),
        }
    }

    async fn keep_link(&self, by: &Cause, purpose: Purpose) -> Result<(IssuedLink, bool), Failure> {
        let (token, now) = (OneTimeToken::new(&*self.random)?, self.clock.now());
        let issued = IssuedLink { token, expires_at: now.plus(purpose.lifetime()) };
        let event = by.event(EventKind::SetupLinkIssued, now);
        let kept = self.accounts.keep_link(issued.token.digest(), purpose, issued.expires_at, event).await?;
        Ok((issued, kept))
    }

    /// What a link is for, if it can still be used. Looking does not use it up.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn live_link(&self, link: &OneTimeToken) -> Result<Option<LiveLink>, Failure> {
        Ok(match self.accounts.live_link(&link.digest(), self.clock.now()).await? {
            // Once there is an administrator, however it came to be, nobody becomes one by a link.
            Some(Purpose::FirstAdmin) if self.has_admin().await? => None,
            Some(Purpose::FirstAdmin) => Some(LiveLink::FirstAdmin),
            Some(Purpose::Password(id)) => {
                self.accounts.by_id(id).await?.map(|account| LiveLink::Password(account.subject))
            }
            None => None,
        })
    }

    /// Does what a link is for, and uses it up in the same step. Returns the proof that the new password was just set.
    ///
    /// # Errors
    /// A field that is wrong, or a link that is used, replaced or too old.
    pub async fn use_link(
        &self,
        by: &Cause,
        link: &OneTimeToken,
        username: Option<&str>,
        password: &str,
    ) -> Result<Proved, Failure> {
        // Before any hashing: whoever has no link gets no work done.
        let subject = match (self.live_link(link).await?, username) {
            (None, _) => return Err(Failure::LinkDead),
            (Some(LiveLink::FirstAdmin), username) => {
                self.make_first_admin(by, link, username.unwrap_or_default(), password).await?
            }
            (Some(LiveLink::Password(subject)), None) => self.set_password_by(by, link, &subject, password).await?,
            (Some(LiveLink::Password(_)), Some(_)) => {
                return Err(Failure::field(
                    "username",
                    "This link is for an existing account. Leave out the username.",
                ));
            }
        };
        let proved = Proved::by_new_password(&subject, link, self.clock.now());
        self.learn_address(subject.id, by.prefix()).await;
        Ok(proved)
    }

    async fn make_first_admin(
        &self,
        by: &Cause,
        link: &OneTimeToken,
        username: &str,
        password: &str,
    ) -> Result<Arc<SubjectState>, Failure> {
        let username = Self::username(username)?;
        let password = self.new_password("password", password, &username)?;
        let new = self.new_subject(by, username, Some(password), vec![self.admin_role()?]).await?;
        let used = by.event(EventKind::SetupLinkUsed, new.created_at).about(new.id);
        let created = by.event(EventKind::SubjectCreated, new.created_at).about(new.id);
        let created = created.with("username", new.username.as_str()).with("roles", names(&new.roles));
        let name = new.username.clone();
        match self.accounts.create_with_link(new, link.digest(), vec![used, created]).await? {
            Created::Subject(subject) => Ok(subject),
            Created::UsernameTaken => Err(Failure::UsernameTaken(name)),
            Created::LinkDead => Err(Failure::LinkDead),
        }
    }

    async fn set_password_by(
        &self,
        by: &Cause,
        link: &OneTimeToken,
        subject: &SubjectState,
        password: &str,
    ) -> Result<Arc<SubjectState>, Failure> {
        // They may have a name that nobody could take today.
        let username = Username::existing(&subject.username)?;
        let password = self.new_password("password", password, &username)?;
        let new = self.hasher.hash(by.asker(), password).await?;
        let event = by.event(EventKind::PasswordChanged, self.clock.now()).about(subject.id).with("by", "link");
        let change = Change::PasswordByLink { link: link.digest(), new };
        self.accounts.change(subject.id, change, event).await?.ok_or(Failure::LinkDead)
    }

    fn admin_role(&self) -> Result<RoleName, Failure> {
        RoleName::parse(ADMIN).ok().filter(|role| self.policy.now().has_role(role)).ok_or_else(|| Failure::Conflict {
            kind: "no-admin-role",
            sentence: "The policy has no role called admin, so there can be no administrator. Add [roles.admin] to it."
                .to_owned(),
        })
    }
}
