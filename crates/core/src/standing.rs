//! What an actor was when a request was allowed. The store compares it again in the transaction that writes, so that a right
//! which was revoked in between stops the change (DESIGN I1: the right is never older than the deed).
//!
//! A standing comes from a [`Principal`](crate::principal::Principal) and goes with the audit event of the change. It is
//! never stored. The rule is here; a store only says what it finds, and holds that until its transaction ends.

use crate::id::{SessionId, SubjectId};
use crate::jws::KeyId;
use crate::session::SessionRecord;
use crate::subject::{Generation, Status, SubjectState, TokenGeneration};
use crate::time::Timestamp;
use crate::token::{Claims, Holder, LEEWAY, TokenId};

/// What an actor was when a request was allowed: its sign-in, its generation, its roles version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    credential: Credential,
    expires_at: Timestamp,
    with_roles: bool,
}

/// The credential that was good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// A session.
    Session {
        /// Whose.
        subject: SubjectId,
        /// Its public name.
        session: SessionId,
        /// The generation that it was born with.
        generation: Generation,
        /// The roles version that the check saw.
        roles_version: u32,
    },
    /// An access token.
    Token {
        /// Its name, the `jti`.
        id: TokenId,
        /// The key that signed it.
        kid: KeyId,
        /// The user that it speaks for; none for a service that acts for itself.
        user: Option<TokenUser>,
    },
}

/// The user that a token speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenUser {
    /// Who.
    pub subject: SubjectId,
    /// The session or token family that it came of, the `sid`.
    pub sign_in: SessionId,
    /// The token generation that it was born with.
    pub generation: TokenGeneration,
}

/// What a store finds of an actor, held until the transaction ends.
#[derive(Clone, Copy, Debug)]
pub struct Present<'a> {
    /// The subject as it is now.
    pub subject: Option<&'a SubjectState>,
    /// Whether the session, or the session or family that the token came of, has not ended.
    pub sign_in: bool,
    /// Of a token: whether neither it nor its key was revoked.
    pub token: bool,
}

/// What an actor lost between the check and the write. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LostStanding {
    /// Its session ended, or its account was disabled: 401.
    #[error("the session ended before the change was made, so nothing was changed")]
    Session,
    /// Its access token was revoked, or its account was disabled: 401.
    #[error("the access token was revoked before the change was made, so nothing was changed")]
    Token,
    /// Its roles changed: 403.
    #[error("the roles of the account that asked changed before the change was made, so nothing was changed")]
    Roles,
}

impl Standing {
    /// Of the holder of a session, as a check found both.
    #[must_use]
    pub fn of_session(session: &SessionRecord, subject: &SubjectState) -> Self {
        let credential = Credential::Session {
            subject: subject.id,
            session: session.id,
            generation: session.generation,
            roles_version: subject.roles_version,
        };
        Self { credential, expires_at: session.absolute_expires_at, with_roles: true }
    }

    /// Of the holder of a good access token that `kid` has signed.
    #[must_use]
    pub fn of_token(claims: &Claims, kid: &KeyId) -> Self {
        let user = match claims.holder {
            Holder::User { id, session, generation, .. } => {
                Some(TokenUser { subject: id, sign_in: session, generation })
            }
            Holder::Client => None,
        };
        let credential = Credential::Token { id: claims.id, kid: kid.clone(), user };
        Self { credential, expires_at: claims.expires_at.plus(LEEWAY), with_roles: true }
    }

    /// For what anybody may do to their own account, such as ending one's own sessions: roles have no say in that, so a change
    /// of them does not stop it.
    #[must_use]
    pub fn whatever_its_roles(mut self) -> Self {
        self.with_roles = false;
        self
    }

    /// The credential.
    #[must_use]
    pub const fn credential(&self) -> &Credential {
        &self.credential
    }

    /// The subject that acts. None for a service that acts for itself.
    #[must_use]
    pub const fn subject(&self) -> Option<SubjectId> {
        match &self.credential {
            Credential::Session { subject, .. } => Some(*subject),
            Credential::Token { user: Some(user), .. } => Some(user.subject),
            Credential::Token { user: None, .. } => None,
        }
    }

    /// Whether the actor still is what it was, at the time of the change.
    ///
    /// # Errors
    /// What it has lost: then nothing may be written.
    pub fn compare(&self, now: Present<'_>, at: Timestamp) -> Result<(), LostStanding> {
        let in_time = at < self.expires_at;
        let active = now.subject.filter(|subject| subject.status == Status::Active && now.sign_in);
        match &self.credential {
            Credential::Session { subject: id, generation, roles_version, .. } => {
                let active = active.filter(|subject| subject.id == *id && subject.generation == *generation);
                let subject = active.filter(|_| in_time).ok_or(LostStanding::Session)?;
                let same = !self.with_roles || subject.roles_version == *roles_version;
                if same { Ok(()) } else { Err(LostStanding::Roles) }
            }
            Credential::Token { user: Some(user), .. } => {
                let same = |subject: &&SubjectState| {
                    // A sign-in that has not ended is of the present generation: what is left of a difference is roles.
                    subject.id == user.subject && (!self.with_roles || subject.token_generation() == user.generation)
                };
                let good = active.filter(same).is_some() && now.token && in_time;
                if good { Ok(()) } else { Err(LostStanding::Token) }
            }
            Credential::Token { user: None, .. } => {
                if now.token && in_time {
                    Ok(())
                } else {
                    Err(LostStanding::Token)
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    fn subject(generation: u32, roles_version: u32, status: Status) -> SubjectState {
        SubjectState {
            id: SubjectId::from_bytes([7; 16]),
            username: "a".into(),
            status,
            generation: Generation(generation),
            roles_version,
            roles: [].into(),
        }
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_seconds(1_000 + seconds)
    }

    fn of_session(subject: &SubjectState) -> Standing {
        let record = SessionRecord {
            id: SessionId::from_bytes([1; 16]),
            created_at: at(0),
            last_seen_at: at(0),
            absolute_expires_at: at(100),
            generation: subject.generation,
            roles_version: subject.roles_version,
            superseded_at: None,
            assurance: crate::assurance::Assurance::of_before(at(0)),
        };
        Standing::of_session(&record, subject)
    }

    fn of_token(user: Option<TokenUser>) -> Standing {
        let credential =
            Credential::Token { id: TokenId::parse("AAAAAAAAAAAA").unwrap(), kid: KeyId::from_text("k"), user };
        Standing { credential, expires_at: at(100), with_roles: true }
    }

    fn status() -> impl Strategy<Value = Status> {
        prop_oneof![Just(Status::Active), Just(Status::Disabled)]
    }

    proptest! {
        #[test]
        fn only_an_actor_that_is_all_it_was_may_change_something(
            (before, after) in (0_u32..3, 0_u32..3), (roles_before, roles_after) in (0_u32..3, 0_u32..3),
            status in status(), sign_in: bool, seconds in 0_u64..200
        ) {
            let then = subject(before, roles_before, Status::Active);
            let now = subject(after, roles_after, status);
            let present = Present { subject: Some(&now), sign_in, token: true };
            let signed_in = status == Status::Active && before == after && sign_in && seconds < 100;
            let standing = of_session(&then);
            prop_assert_eq!(standing.compare(present, at(seconds)).is_ok(), signed_in && roles_before == roles_after);
            prop_assert_eq!(
                standing.compare(present, at(seconds)) == Err(LostStanding::Roles),
                signed_in && roles_before != roles_after
            );
            prop_assert_eq!(standing.whatever_its_roles().compare(present, at(seconds)).is_ok(), signed_in);
            let nobody = of_session(&then).compare(Present { subject: None, ..present }, at(seconds));
            prop_assert_eq!(nobody, Err(LostStanding::Session));
        }

        #[test]
        fn a_token_may_change_something_while_a_verifier_would_take_it(
            before in 0_u32..3, after in 0_u32..3, status in status(), sign_in: bool, token: bool, seconds in 0_u64..200
        ) {
            let then = subject(before, 0, Status::Active);
            let now = subject(after, 0, status);
            let present = Present { subject: Some(&now), sign_in, token };
            let user = TokenUser {
                subject: then.id, sign_in: SessionId::from_bytes([1; 16]), generation: then.token_generation()
            };
            let good = status == Status::Active && before == after && sign_in && token && seconds < 100;
            let answer = of_token(Some(user)).compare(present, at(seconds));
            prop_assert_eq!(answer, if good { Ok(()) } else { Err(LostStanding::Token) });
            let service = of_token(None).compare(Present { subject: None, sign_in: false, token }, at(seconds));
            prop_assert_eq!(service.is_ok(), token && seconds < 100);
        }
    }

    #[test]
    fn a_token_is_let_through_for_as_long_as_a_verifier_lets_it_through() {
        let claims = Claims {
            holder: Holder::Client,
            client: crate::client::ClientId::parse("robot").unwrap(),
            client_generation: crate::client::ClientGeneration::default(),
            audience: crate::client::Audience::parse("https://api.example").unwrap(),
            roles: [].into(),
            issued_at: at(0),
            expires_at: at(60),
            id: TokenId::parse("AAAAAAAAAAAA").unwrap(),
        };
        let standing = Standing::of_token(&claims, &KeyId::from_text("k"));
        let present = Present { subject: None, sign_in: false, token: true };
        let last = at(60).plus(LEEWAY);
        assert_eq!(standing.compare(present, Timestamp::from_millis(last.millis() - 1)), Ok(()));
        assert_eq!(standing.compare(present, last), Err(LostStanding::Token));
        assert!(LEEWAY < Duration::from_secs(300));
    }
}
