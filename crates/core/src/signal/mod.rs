//! Signals: what makes tokens that are still in time dead, told to everybody who checks tokens.
//!
//! A token cannot be taken back, but it lives minutes. So a short list of what was revoked in the last minutes is enough to
//! know every dead one. The list is numbered; a verifier follows it and keeps [`Revocations`] in memory. Revocation is by
//! sign-in, by subject's or client's generation, by token name or by key: never by a hash of the token, because a signature can be
//! written in more than one way (CVE-2026-65632).

mod revocations;
mod wire;

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;

use crate::client::{ClientGeneration, ClientId};
use crate::id::{SessionId, SubjectId};
use crate::jws::KeyId;
use crate::random::{Random, RandomError};
use crate::subject::TokenGeneration;
use crate::time::Timestamp;
use crate::token::TokenId;

pub use revocations::{Revocations, Revoked};
pub use wire::{WireError, read, write};

/// What happened to a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubjectChange {
    /// Every sign-in was ended.
    SessionsRevoked,
    /// The password was changed.
    CredentialChange,
    /// It was banned.
    AccountDisabled,
    /// Its roles were changed.
    ClaimsChange,
}

/// What is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// A session or a token family has ended: its tokens are dead.
    Session(SessionId),
    /// Tokens of this subject with a lower generation are dead.
    Subject {
        /// Who.
        id: SubjectId,
        /// The first generation that is good.
        generation: TokenGeneration,
        /// Why.
        why: SubjectChange,
    },
    /// One token is dead.
    Token(TokenId),
    /// A key was withdrawn: its tokens are dead.
    Key(KeyId),
    /// A client is gone, or may have other tokens than before: its tokens with a lower generation are dead.
    Client {
        /// Which.
        id: ClientId,
        /// The first generation that is good.
        generation: ClientGeneration,
    },
    /// The published keys have changed: fetch them.
    KeysChanged,
}

/// One entry of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signal {
    /// Its number: rising by one, never used again.
    pub seq: u64,
    /// When it happened.
    pub at: Timestamp,
    /// After this no token needs it any more.
    pub until: Timestamp,
    /// What.
    pub told: Told,
}

/// Which list a number belongs to: random, made whenever a store is opened. A number of another list says nothing about this
/// one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LogId(u64);

impl LogId {
    /// A new one.
    ///
    /// # Errors
    /// When `random` cannot answer.
    pub fn new(random: &dyn Random) -> Result<Self, RandomError> {
        let mut bytes = [0; 8];
        random.fill(&mut bytes)?;
        Ok(Self(u64::from_le_bytes(bytes)))
    }

    /// From a store's number.
    #[must_use]
    pub const fn from_u64(number: u64) -> Self {
        Self(number)
    }

    /// For a store.
    #[must_use]
    pub const fn as_u64(self) -> u64 {
        self.0
    }
}

/// A place in a list, as `Last-Event-ID` carries it: `0123456789abcdef.42`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Position {
    /// Which list.
    pub log: LogId,
    /// The last number seen.
    pub seq: u64,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", HEXLOWER.encode(&self.log.0.to_be_bytes()), self.seq)
    }
}

/// A text that is no place in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not a place in the list of signals, such as 0123456789abcdef.42")]
pub struct PositionError;

impl FromStr for Position {
    type Err = PositionError;

    fn from_str(text: &str) -> Result<Self, PositionError> {
        let (log, seq) = text.split_once('.').ok_or(PositionError)?;
        let log = LogId(u64::from_str_radix(log, 16).map_err(|_| PositionError)?);
        let position = Self { log, seq: seq.parse().map_err(|_| PositionError)? };
        // Signs, capitals and leading zeros are read by the above, and never written.
        if position.to_string() == text { Ok(position) } else { Err(PositionError) }
    }
}
