//! Clients: the programs that people and services use. Which credential one gets follows from where it runs.
//!
//! A page's JavaScript can keep no secret from the page's other JavaScript, so a browser gets a session in a cookie that
//! no script reads. A native app has storage of its own and gets short tokens. A service has a secret of its own, and
//! needs nothing that outlives its next call (RFC 9700, RFC 8252, draft-ietf-oauth-browser-based-apps section 6.1).

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::credential::SecretDigest;
use crate::csrf::Origin;
use crate::id::SubjectId;
use crate::jws::KeySet;
use crate::subject::RoleName;

/// The name of a client, its OAuth `client_id`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ClientId(Arc<str>);

/// Why a text is not the name of a client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a client name: use 1 to 64 lower-case letters, digits, - . and _, beginning with a letter")]
pub struct ClientIdError(pub String);

impl ClientId {
    /// Reads a client's name.
    ///
    /// # Errors
    /// When it has another shape.
    pub fn parse(text: &str) -> Result<Self, ClientIdError> {
        let plain = (1..=64).contains(&text.len())
            && text.starts_with(|first: char| first.is_ascii_lowercase())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b'.'));
        if plain { Ok(Self(text.into())) } else { Err(ClientIdError(text.to_owned())) }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl SubjectId {
    /// The id under which a client acts for itself: a version 8 UUID of its name (RFC 9562 section 5.8). Users have
    /// version 7, so no user has it.
    #[must_use]
    pub fn of_client(client: &ClientId) -> Self {
        let digest = Sha256::new().chain_update(b"admit client\0").chain_update(client.as_str()).finalize();
        let bytes = digest.first_chunk::<16>().copied().unwrap_or_default();
        Self::from_bytes(*uuid::Builder::from_custom_bytes(bytes).as_uuid().as_bytes())
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whom a token is for: the `aud` of one API.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(transparent)]
pub struct Audience(Arc<str>);

/// Why a text is not an audience.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not an audience: use 1 to 128 visible characters without quotes, such as https://api.example.org")]
pub struct AudienceError(pub String);

impl Audience {
    /// Reads an audience.
    ///
    /// # Errors
    /// When it is empty, over 128 characters, or has quotes, backslashes, spaces or others than ASCII.
    pub fn parse(text: &str) -> Result<Self, AudienceError> {
        let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
        if (1..=128).contains(&text.len()) && text.bytes().all(plain) {
            Ok(Self(text.into()))
        } else {
            Err(AudienceError(text.to_owned()))
        }
    }

    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where a client runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Runs {
    /// In a browser: its code comes with a page.
    Browser,
    /// On somebody's device, as an app of its own.
    Native,
    /// On a server, for nobody in particular.
    Service,
}

/// What a client gets to show who it, or its user, is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gets {
    /// A session cookie.
    Session,
    /// A short access token, and a refresh token that is replaced at each use.
    AccessAndRefresh,
    /// A short access token for its own secret or signature; no refresh token (RFC 6749 section 4.4.3).
    AccessAlone,
}

impl Runs {
    /// What follows from it.
    #[must_use]
    pub const fn gets(self) -> Gets {
        match self {
            Self::Browser => Gets::Session,
            Self::Native => Gets::AccessAndRefresh,
            Self::Service => Gets::AccessAlone,
        }
    }
}

/// How a service shows that it is itself.
#[derive(Clone, Debug)]
pub enum Proof {
    /// A shared secret, of which only the digest is kept (`client_secret_basic`, `client_secret_post`).
    Secret(SecretDigest),
    /// Its public keys (`private_key_jwt`, RFC 7523).
    Keys(KeySet),
}

/// How often what a client may have has changed. Tokens carry the one they were issued under, and those of a lower one are dead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct ClientGeneration(pub u64);

impl ClientGeneration {
    /// Whether nothing has changed yet. Tokens do not mention it then.
    #[must_use]
    pub const fn is_first(&self) -> bool {
        self.0 == 0
    }

    /// The one after it.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// A client.
#[derive(Clone, Debug)]
pub struct Client {
    /// Its name.
    pub id: ClientId,
    /// Where it runs.
    pub runs: Runs,
    /// Origins whose pages belong to it: a browser client's own, or a native app's web view.
    pub origins: Vec<Origin>,
    /// Whom its tokens may be for. The first is taken when a request names none.
    pub audiences: Vec<Audience>,
    /// How it shows that it is itself: services only, the others can keep no secret.
    pub proof: Option<Proof>,
    /// The roles of its own tokens: services only.
    pub roles: Vec<RoleName>,
    /// The roles that tokens of its users may carry at most; `None` for all that the user has.
    pub max_roles: Option<Vec<RoleName>>,
    /// Whether it may exchange a user's session for an access token: a server-rendered app that calls APIs.
    pub session_exchange: bool,
    /// Whether its tokens for the issuer itself are taken by the issuer's administration.
    pub admin_api: bool,
}

impl Client {
    /// Everything that its tokens may say, as a text to be compared with an earlier one. The issuer itself is written as `self`:
    /// when its name changes, no token is valid anyway.
    #[must_use]
    pub fn rights(&self, issuer: &str) -> String {
        let audience = |audience: &Audience| match audience.as_str() {
            own if own == issuer => "self".to_owned(),
            other => other.to_owned(),
        };
        let sorted = |roles: &[RoleName]| roles.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
        json!({
            "runs": self.runs,
            "audiences": self.audiences.iter().map(audience).collect::<BTreeSet<_>>(),
            "roles": sorted(&self.roles),
            "max_roles": self.max_roles.as_deref().map(sorted),
            "session_exchange": self.session_exchange,
        })
        .to_string()
    }

    /// Whether a token of one of its users may carry this role. A role without a tenant stands for itself in every tenant.
    #[must_use]
    pub fn may_carry(&self, role: &RoleName) -> bool {
        let covers = |most: &RoleName| most == role || (most.tenant().is_none() && most.role() == role.role());
        self.max_roles.as_ref().is_none_or(|all| all.iter().any(covers))
    }

    /// The audience that a request names, or the first.
    #[must_use]
    pub fn audience(&self, named: Option<&str>) -> Option<&Audience> {
        match named {
            None => self.audiences.first(),
            Some(named) => self.audiences.iter().find(|audience| audience.as_str() == named),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_credential_follows_from_where_a_client_runs() {
        assert_eq!(Runs::Browser.gets(), Gets::Session);
        assert_eq!(Runs::Native.gets(), Gets::AccessAndRefresh);
        assert_eq!(Runs::Service.gets(), Gets::AccessAlone);
    }

    #[test]
    fn names_and_audiences_are_plain() {
        assert!(ClientId::parse("shop-ios.2").is_ok() && Audience::parse("https://api.example.org/v1").is_ok());
        for bad in ["", "Shop", "1shop", "a b", "a:b", "앱", &"a".repeat(65)] {
            assert!(ClientId::parse(bad).is_err(), "{bad}");
        }
        for bad in ["", "a b", "a\"b", "a\\b", "a\u{0}", "é", &"a".repeat(129)] {
            assert!(Audience::parse(bad).is_err(), "{bad}");
        }
    }
}
