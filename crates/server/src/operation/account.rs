//! Making and changing subjects. Each change is in force, and in the audit log, when it returns.

use std::sync::Arc;

use admit_core::audit::{Actor, Event, EventKind};
use admit_core::credential::password::{Password, PasswordHash, Verdict};
use admit_core::id::{SessionId, SubjectId};
use admit_core::proved::Proved;
use admit_core::store::{Change, Created, Kept, NewSubject, Renamed};
use admit_core::subject::{RoleName, Status, SubjectState, Username};
use admit_core::throttle::Claimant;

use super::{ADMIN, Cause, Failure, Operations};

/// Whose own password is changed, and where.
#[derive(Clone, Copy, Debug)]
pub struct PasswordChange<'a> {
    /// Whose.
    pub id: SubjectId,
    /// In which session.
    pub session: Option<SessionId>,
    /// The client's address prefix.
    pub prefix: &'a str,
}

impl Operations {
    /// Makes a subject; without a password, one that nobody can sign in as until a link has set one.
    ///
    /// # Errors
    /// A field that is wrong, a name that is taken, a full pool, a silent store.
    pub async fn create_user(
        &self,
        by: &Cause,
        username: &str,
        password: Option<&str>,
        roles: &[String],
    ) -> Result<Arc<SubjectState>, Failure> {
        let username = Self::username(username)?;
        let roles = self.roles(roles)?;
        let password = password.map(|typed| self.new_password("password", typed, &username)).transpose()?;
        let new = self.new_subject(by, username, password, roles).await?;
        let event =
            by.event(EventKind::SubjectCreated, new.created_at).about(new.id).with("username", new.username.as_str());
        let event = event.with("roles", names(&new.roles));
        let name = new.username.clone();
        match self.accounts.create(new, event).await? {
            Created::Subject(subject) => Ok(subject),
            Created::UsernameTaken => Err(Failure::UsernameTaken(name)),
            Created::LinkDead => Err(Failure::Unavailable("the store asked for a link where none is used".to_owned())),
        }
    }

    pub(super) async fn new_subject(
        &self,
        by: &Cause,
        username: Username,
        password: Option<Password>,
        roles: Vec<RoleName>,
    ) -> Result<NewSubject, Failure> {
        let password = match password {
            Some(password) => self.hasher.hash(by.asker(), password).await?,
            None => self.hasher.of_no_password(&*self.random)?,
        };
        let created_at = self.clock.now();
        Ok(NewSubject { id: SubjectId::new(created_at, &*self.random)?, username, password, roles, created_at })
    }

    /// Replaces the roles of a subject; with `seen`, the roles version of the ones that the asker saw, only if they are those
    /// still.
    ///
    /// # Errors
    /// An unknown role or subject; roles that have changed since; the last administrator losing that role by anything but the
    /// command line.
    pub async fn set_roles(
        &self,
        by: &Cause,
        id: SubjectId,
        roles: &[String],
        seen: Option<u32>,
    ) -> Result<Arc<SubjectState>, Failure> {
        let roles = self.roles(roles)?;
        let event = by.event(EventKind::RolesChanged, self.clock.now()).about(id).with("roles", names(&roles));
        let change = match seen {
            Some(version) => Change::RolesIf { version, roles },
            None => Change::Roles(roles),
        };
        match self.change_keeping_an_admin(by, id, change, event).await {
            Err(Failure::NotFound(_)) if self.accounts.by_id(id).await?.is_some() => Err(Failure::RolesOutdated),
            changed => changed,
        }
    }

    /// Gives a subject one more role. The others stay, whoever changes them at the same time.
    ///
    /// # Errors
    /// An unknown role or subject; others who change these roles all the time.
    pub async fn add_role(&self, by: &Cause, id: SubjectId, role: &str) -> Result<Arc<SubjectState>, Failure> {
        let added = self.roles(&[role.to_owned()])?;
        self.change_roles(by, id, |held| held.iter().chain(&added).cloned().collect()).await
    }

    /// Takes one role from a subject. The others stay, also those that the policy no longer has.
    ///
    /// # Errors
    /// As [`Self::set_roles`]; a role that is neither held nor one of the policy's.
    pub async fn remove_role(&self, by: &Cause, id: SubjectId, role: &str) -> Result<Arc<SubjectState>, Failure> {
        let held = RoleName::parse(role).ok();
        let subject = self.subject(id).await?;
        let Some(removed) = held.filter(|role| subject.roles.contains(role)) else {
            // Not to be held is what was asked for; a typing error must not pass for it.
            return self.roles(&[role.to_owned()]).map(|_| subject);
        };
        self.change_roles(by, id, |held| held.iter().filter(|role| **role != removed).cloned().collect()).await
    }

    /// Changes the roles as they are now: what was read is compared again in the write, and read again where it was no more so.
    async fn change_roles(
        &self,
        by: &Cause,
        id: SubjectId,
        change: impl Fn(&[RoleName]) -> Vec<RoleName>,
    ) -> Result<Arc<SubjectState>, Failure> {
        // Each time somebody else has made a change.
        const TRIES: usize = 64;
        for _ in 0..TRIES {
            let seen = self.subject(id).await?;
            let mut roles = change(&seen.roles);
            roles.sort();
            roles.dedup();
            let event = by.event(EventKind::RolesChanged, self.clock.now()).about(id).with("roles", names(&roles));
            let change = Change::RolesIf { version: seen.roles_version, roles };
            match self.change_keeping_an_admin(by, id, change, event).await {
                Err(Failure::NotFound(_)) => {}
                changed => return changed,
            }
        }
        Err(Failure::RolesOutdated)
    }

    /// Gives a subject another name. Its id and its sessions stay.
    ///
    /// # Errors
    /// A name that is none or that another has, an unknown subject.
    pub async fn rename(&self, by: &Cause, id: SubjectId, username: &str) -> Result<Arc<SubjectState>, Failure> {
        let username = Self::username(username)?;
        let event = by.event(EventKind::SubjectRenamed, self.clock.now()).about(id).with("to", username.as_str());
        match self.accounts.rename(id, username.clone(), event).await? {
            Renamed::Subject(subject) => Ok(subject),
            Renamed::Missing => Err(missing(id)),
            Renamed::Taken => Err(Failure::UsernameTaken(username)),
        }
    }

    /// Bans a subject or lifts the ban. A ban ends every session.
    ///
    /// # Errors
    /// An unknown subject; the last administrator being banned by anything but the command line.
    pub async fn set_status(&self, by: &Cause, id: SubjectId, status: Status) -> Result<Arc<SubjectState>, Failure> {
        let kind = match status {
            Status::Active => EventKind::SubjectEnabled,
            Status::Disabled => EventKind::SubjectDisabled,
        };
        let event = by.event(kind, self.clock.now()).about(id);
        self.change_keeping_an_admin(by, id, Change::Status(status), event).await
    }

    /// Deletes a subject and its personal data for good. Its id stays in the audit log. Calling it again finishes a deletion that
    /// was interrupted.
    ///
    /// # Errors
    /// An unknown subject; the last administrator, unless the command line asks.
    pub async fn delete(&self, by: &Cause, id: SubjectId) -> Result<(), Failure> {
        // Events changed in one step: a user may have a hundred thousand, and others write too.
        const STEP: u32 = 500;
        let event = by.event(EventKind::SubjectDeleted, self.clock.now()).about(id);
        match self.change_keeping_an_admin(by, id, Change::Delete, event).await {
            Ok(_) | Err(Failure::NotFound(_)) => {}
            Err(failure) => return Err(failure),
        }
        let mut after = 0;
        loop {
            match self.accounts.strip_events(id, after, STEP).await? {
                Some(last) if last > after => after = last,
                Some(_) => return Ok(()),
                None => return Err(missing(id)),
            }
        }
    }

    /// Sets a password without asking for the old one. Ends every session.
    ///
    /// # Errors
    /// A password that the rules refuse, an unknown subject.
    pub async fn set_password(
        &self,
        by: &Cause,
        id: SubjectId,
        field: &'static str,
        password: &str,
    ) -> Result<Arc<SubjectState>, Failure> {
        let subject = self.subject(id).await?;
        let username = Username::existing(&subject.username)?;
        let password = self.new_password(field, password, &username)?;
        let hash = self.hasher.hash(by.asker(), password).await?;
        let event = by.event(EventKind::PasswordChanged, self.clock.now()).about(id);
        self.change(id, Change::Password(hash), event).await
    }

    /// Changes one's own password, given the current one. Ends every session; the caller begins a new one with the returned proof.
    ///
    /// # Errors
    /// A wrong current password, one that the rules refuse, too many wrong ones before; [`Failure::SessionEnded`] when this
    /// session has given so many that it was ended.
    pub async fn change_own_password(
        &self,
        by: &Cause,
        from: PasswordChange<'_>,
        current: &str,
        new: &str,
    ) -> Result<Proved, Failure> {
        let PasswordChange { id, session, prefix } = from;
        let account = self.accounts.by_id(id).await?.ok_or(Failure::Credentials)?;
        let username = Username::existing(&account.subject.username)?;
        let known = self.knows_address(id, prefix).await?;
        // The same counts as at login, and one of the session: a stolen one must not be a way to guess on.
        let claimant = Claimant { account: username.canonical(), prefix, known, session };
        let typed = Password::new(current).ok_or(Failure::CurrentPassword)?;
        let (verified, attempt) = match self.attempt(by, claimant, typed, Some(account.password.clone())).await {
            Ok(judged) => judged,
            Err(failure) => {
                if let (Failure::SessionEnded, Some(session)) = (&failure, session) {
                    self.end_guessing_session(by, id, session).await?;
                }
                return Err(failure);
            }
        };
        let Verdict::Right(right) = verified.verdict else {
            let spent = attempt.failed();
            self.episodes.failed(claimant.account, prefix, id, self.clock.monotonic());
            let event = by.event(EventKind::CurrentPasswordWrong, self.clock.now()).about(id);
            self.accounts.record(event).await?;
            return Err(match session.filter(|_| spent) {
                Some(session) => {
                    self.end_guessing_session(by, id, session).await?;
                    Failure::SessionEnded
                }
                None => Failure::CurrentPassword,
            });
        };
        let proved_at = self.clock.now();
        attempt.succeeded();
        let hash = self.hasher.hash(by.asker(), self.new_password("new_password", new, &username)?).await?;
        let event = by.event(EventKind::PasswordChanged, self.clock.now()).about(id);
        // If it is still the password that was verified: one that an administrator has set meanwhile stays.
        let change = Change::PasswordIf { still: account.password, new: hash.clone() };
        let subject = match self.accounts.change(id, change, event.clone()).await? {
            Some(subject) => subject,
            None => self.change_what_was_hashed_anew(by, claimant, id, current, hash, event).await?,
        };
        self.learn_address(id, prefix.to_owned()).await;
        Ok(Proved::by_password(&subject, right, proved_at))
    }

    /// The same password may have been hashed anew after a sign-in, between the two hashes of a change: then what was typed is
    /// right for that hash too.
    async fn change_what_was_hashed_anew(
        &self,
        by: &Cause,
        claimant: Claimant<'_>,
        id: SubjectId,
        current: &str,
        new: PasswordHash,
        event: Event,
    ) -> Result<Arc<SubjectState>, Failure> {
        let still = self.accounts.by_id(id).await?.ok_or(Failure::Credentials)?.password;
        let typed = Password::new(current).ok_or(Failure::CurrentPassword)?;
        let (verified, attempt) = self.attempt(by, claimant, typed, Some(still.clone())).await?;
        if verified.verdict == Verdict::Wrong {
            return Err(Failure::CurrentPassword);
        }
        attempt.succeeded();
        let changed = self.accounts.change(id, Change::PasswordIf { still, new }, event).await?;
        changed.ok_or(Failure::CurrentPassword)
    }

    /// Ends a session in which the current password was given wrongly too often. It may have ended meanwhile.
    async fn end_guessing_session(&self, by: &Cause, id: SubjectId, session: SessionId) -> Result<(), Failure> {
        match self.end_session(by, id, session).await {
            Err(Failure::NotFound(_) | Failure::StandingLost(_)) => Ok(()),
            ended => ended,
        }
    }

    /// Ends every session of a subject by one write.
    ///
    /// # Errors
    /// An unknown subject.
    pub async fn end_sessions(&self, by: &Cause, id: SubjectId) -> Result<Arc<SubjectState>, Failure> {
        let event = by.event(EventKind::SessionsRevoked, self.clock.now()).about(id);
        self.change(id, Change::EndSessions, event).await
    }

    async fn change(&self, id: SubjectId, change: Change, event: Event) -> Result<Arc<SubjectState>, Failure> {
        let changed = self.accounts.change(id, change, event).await?;
        changed.ok_or_else(|| missing(id))
    }

    /// A change that must not take the console from its last administrator. The command line may: it can also mend it.
    async fn change_keeping_an_admin(
        &self,
        by: &Cause,
        id: SubjectId,
        change: Change,
        event: Event,
    ) -> Result<Arc<SubjectState>, Failure> {
        let admin = RoleName::parse(ADMIN).ok().filter(|_| by.actor != Actor::Operator);
        let Some(admin) = admin else { return self.change(id, change, event).await };
        match self.accounts.change_keeping(id, change, admin, event).await? {
            Kept::Changed(subject) => Ok(subject),
            Kept::Missing => Err(missing(id)),
            Kept::Last => Err(Failure::LastAdmin),
        }
    }
}

fn missing(id: SubjectId) -> Failure {
    Failure::NotFound(format!("There is no user {id}."))
}

pub(super) fn names(roles: &[RoleName]) -> Vec<String> {
    roles.iter().map(ToString::to_string).collect()
}
