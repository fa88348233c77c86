//! The signature algorithms, each with one kind of key.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An algorithm of RFC 7518 section 3.1 or RFC 8037 section 3.1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Algorithm {
    /// Ed25519. Short, fast to make, and without a random number that could be bad.
    #[default]
    #[serde(rename = "EdDSA")]
    EdDsa,
    /// ECDSA on P-256 with SHA-256, for peers without Ed25519.
    #[serde(rename = "ES256")]
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256, for peers that know nothing else. Its signature alone is 342 characters.
    #[serde(rename = "RS256")]
    Rs256,
}

/// A name that is none of ours: `none`, any HMAC, anything unheard of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the algorithm is none of EdDSA, ES256 and RS256")]
pub struct UnknownAlgorithm;

impl Algorithm {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::EdDsa, Self::Es256, Self::Rs256];

    /// Its registered name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }

    /// Reads a registered name, letter for letter. `Ed25519` is the newer name of what `EdDSA` stands for here (RFC 9864).
    ///
    /// # Errors
    /// For every other text.
    pub fn parse(name: &str) -> Result<Self, UnknownAlgorithm> {
        let name = if name == "Ed25519" { Self::EdDsa.as_str() } else { name };
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str() == name).ok_or(UnknownAlgorithm)
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
