//! The claims of an access token: written by the issuer, read strictly by everybody else.

use std::fmt;
use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use serde::{Serialize, Serializer};

use super::lifetime::{LEEWAY, MAX_LIFETIME};
use super::read::Read;
use crate::assurance::{Assurance, Methods};
use crate::client::{Audience, ClientGeneration, ClientId};
use crate::id::{SessionId, SubjectId};
use crate::random::{Random, RandomError};
use crate::subject::{RoleName, TokenGeneration};
use crate::time::Timestamp;

/// The name of one token, its `jti`: 72 random bits in 12 characters. It must be unique, not secret.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenId([u8; 9]);

impl TokenId {
    /// A new one.
    ///
    /// # Errors
    /// When `random` cannot answer.
    pub fn new(random: &dyn Random) -> Result<Self, RandomError> {
        let mut bytes = [0; 9];
        random.fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// Reads the text form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 9];
        if text.len() != 12 {
            return None;
        }
        BASE64URL_NOPAD.decode_mut(text.as_bytes(), &mut bytes).ok()?;
        Some(Self(bytes))
    }
}

impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64URL_NOPAD.encode(&self.0))
    }
}

impl fmt::Debug for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for TokenId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Whom a token speaks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A user, signed in by a session or a token family of this public name.
    User {
        /// Who.
        id: SubjectId,
        /// By which sign-in.
        session: SessionId,
        /// The token generation that it was born with.
        generation: TokenGeneration,
        /// What was proved at that sign-in.
        assurance: Assurance,
    },
    /// The client itself: a service that acts for nobody else.
    Client,
}

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// Whom it speaks for.
    pub holder: Holder,
    /// Which client it was issued to.
    pub client: ClientId,
    /// What that client was when it was issued.
    pub client_generation: ClientGeneration,
    /// Whom it is for.
    pub audience: Audience,
    /// The names of the roles held when it was issued.
    pub roles: Arc<[RoleName]>,
    /// When it was issued, to the second.
    pub issued_at: Timestamp,
    /// When it ends, to the second.
    pub expires_at: Timestamp,
    /// Its name.
    pub id: TokenId,
}

/// Why claims are not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimsError {
    /// Not a JSON object of the right form.
    #[error("its claims cannot be taken: {0}")]
    Form(String),
    /// Another issuer's.
    #[error("it is another issuer's")]
    Issuer,
    /// For another audience.
    #[error("it is for another audience")]
    Audience,
    /// A lifetime over [`MAX_LIFETIME`], or none.
    #[error("its lifetime is longer than 60 minutes, or none")]
    Lifetime,
    /// Its end has passed.
    #[error("it has expired")]
    Expired,
    /// Its beginning has not come.
    #[error("it is from the future: look at this machine's clock")]
    Future,
}

#[derive(Serialize)]
struct Written<'a> {
    iss: &'a str,
    aud: &'a Audience,
    sub: &'a dyn erased::Text,
    client_id: &'a ClientId,
    #[serde(skip_serializing_if = "ClientGeneration::is_first")]
    cgen: ClientGeneration,
    iat: u64,
    exp: u64,
    jti: TokenId,
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<SessionId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    r#gen: Option<TokenGeneration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_time: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amr: Option<Methods>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acr: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    roles: Vec<&'a RoleName>,
}

/// A subject's id or a client's name, as `sub`.
mod erased {
    use std::fmt::Display;

    pub(super) trait Text: Display {}
    impl<T: Display> Text for T {}

    impl serde::Serialize for dyn Text + '_ {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_str(self)
        }
    }
}

impl Claims {
    /// Who acts: a user, or the client under the id that it has for that.
    #[must_use]
    pub fn subject(&self) -> SubjectId {
        match self.holder {
            Holder::User { id, .. } => id,
            Holder::Client => SubjectId::of_client(&self.client),
        }
    }

    /// The sign-in that it came of; none for a client that acts for itself.
    #[must_use]
    pub const fn session(&self) -> Option<SessionId> {
        match self.holder {
            Holder::User { session, .. } => Some(session),
            Holder::Client => None,
        }
    }

    /// What its user proved to sign in; `None` for a client that acts for itself.
    #[must_use]
    pub const fn assurance(&self) -> Option<Assurance> {
        match self.holder {
            Holder::User { assurance, .. } => Some(assurance),
            Holder::Client => None,
        }
    }

    /// As JSON, to be signed.
    ///
    /// # Errors
    /// When it cannot be written, which strings and numbers always can.
    pub fn write(&self, issuer: &str) -> Result<Vec<u8>, ClaimsError> {
        let (sub, sid, generation): (&dyn erased::Text, _, _) = match &self.holder {
            Holder::User { id, session, generation, .. } => (id, Some(*session), Some(*generation)),
            Holder::Client => (&self.client, None, None),
        };
        let assurance = self.assurance();
        let written = Written {
            iss: issuer,
            aud: &self.audience,
            sub,
            client_id: &self.client,
            cgen: self.client_generation,
            iat: self.issued_at.seconds(),
            exp: self.expires_at.seconds(),
            jti: self.id,
            sid,
            r#gen: generation,
            auth_time: assurance.map(|assurance| assurance.proved_at().seconds()),
            amr: assurance.map(Assurance::methods),
            acr: assurance.map(|assurance| assurance.level().as_str()),
            roles: once_each(&self.roles),
        };
        serde_json::to_vec(&written).map_err(|error| ClaimsError::Form(error.to_string()))
    }

    /// Reads claims whose signature has been verified, and holds them to RFC 9068 section 4 and RFC 8725: every claim is
    /// there in its one type, the issuer and the audience are the expected ones letter for letter, and the lifetime is short.
    /// Time itself is looked at by [`Self::in_time`].
    ///
    /// # Errors
    /// As [`ClaimsError`] says.
    pub fn read(text: &str, issuer: &str, audience: &Audience) -> Result<Self, ClaimsError> {
        Self::read_for(text, issuer, std::slice::from_ref(audience))
    }

    /// The same for whoever answers for several audiences: the token must be for one of them.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn read_for(text: &str, issuer: &str, audiences: &[Audience]) -> Result<Self, ClaimsError> {
        let form = |what: &str| ClaimsError::Form(what.to_owned());
        let read: Read<'_> = serde_json::from_str(text).map_err(|error| ClaimsError::Form(error.to_string()))?;
        if read.iss != issuer {
            return Err(ClaimsError::Issuer);
        }
        let audience = audiences.iter().find(|audience| read.aud == audience.as_str()).ok_or(ClaimsError::Audience)?;
        let lifetime = read.exp.checked_sub(read.iat).filter(|seconds| (1..=MAX_LIFETIME.as_secs()).contains(seconds));
        if lifetime.is_none() || read.nbf.is_some_and(|nbf| nbf >= read.exp) {
            return Err(ClaimsError::Lifetime);
        }
        let client = ClientId::parse(&read.client_id).map_err(|error| ClaimsError::Form(error.to_string()))?;
        let holder = match (&read.sid, read.r#gen) {
            (Some(sid), Some(generation)) => {
                let session: SessionId = hyphenated(sid).ok_or_else(|| form("sid is not the id of a session"))?;
                Holder::User {
                    id: hyphenated(&read.sub).ok_or_else(|| form("sub is not the id of a user"))?,
                    session,
                    generation: TokenGeneration(generation),
                    assurance: assurance(&read, session).ok_or_else(|| form("auth_time, amr and acr do not match"))?,
                }
            }
            (None, None) if read.sub == client.as_str() && read.says_nothing_of_a_proof() => Holder::Client,
            _ => return Err(form("sub, sid and gen do not belong together")),
        };
        Ok(Self {
            holder,
            client,
            client_generation: ClientGeneration(read.cgen.unwrap_or_default()),
            audience: audience.clone(),
            roles: read.roles,
            issued_at: Timestamp::from_seconds(read.nbf.unwrap_or(read.iat).max(read.iat)),
            expires_at: Timestamp::from_seconds(read.exp),
            id: TokenId::parse(&read.jti).ok_or_else(|| form("jti is not the id of a token"))?,
        })
    }

    /// Whether `now` is within the token's life, give or take [`LEEWAY`].
    ///
    /// # Errors
    /// When it has ended or has not begun.
    pub fn in_time(&self, now: Timestamp) -> Result<(), ClaimsError> {
        if now >= self.expires_at.plus(LEEWAY) {
            Err(ClaimsError::Expired)
        } else if now.plus(LEEWAY) < self.issued_at {
            Err(ClaimsError::Future)
        } else {
            Ok(())
        }
    }
}

/// What the token says was proved. A token of an earlier release says nothing; it counts as a password, given at its sign-in.
fn assurance(read: &Read<'_>, session: SessionId) -> Option<Assurance> {
    match (read.auth_time, read.amr, read.acr.as_deref()) {
        // The sign-in may be of a clock that was ahead; the token is not.
        (None, None, None) => Some(Assurance::of_before(session.made_at().min(Timestamp::from_seconds(read.iat)))),
        (Some(at), Some(methods), Some(acr)) if acr == methods.level().as_str() => {
            Some(Assurance::new(methods, Timestamp::from_seconds(at)))
        }
        _ => None,
    }
}

/// The roles, each once, whatever the configuration says twice.
fn once_each(roles: &[RoleName]) -> Vec<&RoleName> {
    let mut seen = Vec::with_capacity(roles.len());
    for role in roles {
        if !seen.contains(&role) {
            seen.push(role);
        }
    }
    seen
}

/// An id in the one spelling that is written: lower case, with hyphens.
fn hyphenated<T: std::str::FromStr + fmt::Display>(text: &str) -> Option<T> {
    let plain = text.len() == 36 && !text.bytes().any(|byte| byte.is_ascii_uppercase());
    text.parse().ok().filter(|_| plain)
}
