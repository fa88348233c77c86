//! Public names of things. None of them lets its reader act as anybody.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::random::{Random, RandomError};
use crate::time::Timestamp;

macro_rules! public_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id: a version 7 UUID (RFC 9562 section 5.7), so that ids sort by the time of their making.
            ///
            /// # Errors
            /// When `random` cannot answer.
            pub fn new(now: Timestamp, random: &dyn Random) -> Result<Self, RandomError> {
                let mut tail = [0_u8; 10];
                random.fill(&mut tail)?;
                Ok(Self(uuid::Builder::from_unix_timestamp_millis(now.millis(), &tail).into_uuid()))
            }

            /// From its 16 bytes, as a store keeps them.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }

            /// Its 16 bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::from_str(text).map(Self)
            }
        }
    };
}

public_id! {
    /// Who somebody is, for good: it never changes and is never given to another.
    SubjectId
}
public_id! {
    /// The public name of one session, or of one family of refresh tokens, as shown in a list of devices. The secret that proves it is a
    /// [`crate::credential::SessionToken`].
    SessionId
}

impl SessionId {
    /// When it was made, which is when its owner signed in: the first 48 bits (RFC 9562 section 5.7).
    #[must_use]
    pub fn made_at(&self) -> Timestamp {
        let [a, b, c, d, e, f, ..] = *self.as_bytes();
        Timestamp::from_millis(u64::from_be_bytes([0, 0, a, b, c, d, e, f]))
    }
}

/// One of 256 parts that subjects, and everything that is theirs, are divided into.
///
/// A store that is spread over several servers keeps a shard in one place; what changes in a shard is numbered by itself.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Shard(pub u8);

impl Shard {
    /// Every shard.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..=u8::MAX).map(Self)
    }
}

impl SubjectId {
    /// The shard that the subject is in: the last byte of its id, which is random.
    #[must_use]
    pub const fn shard(&self) -> Shard {
        let [.., last] = *self.0.as_bytes();
        Shard(last)
    }
}
