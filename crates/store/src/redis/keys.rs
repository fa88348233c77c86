//! The names of the keys.
//!
//! | key | type | what |
//! |---|---|---|
//! | `admit:{a7}:f` | string | the fence: up to which number the log of shard a7 is applied |
//! | `admit:{a7}:e` | string | the epoch of the accounts whose log that is |
//! | `admit:{a7}:s:` digest | string | a session, by the digest of its secret |
//! | `admit:{a7}:u:` subject | string | a subject's state |
//! | `admit:{a7}:i:` subject | hash | a subject's sessions: public name → digest |
//! | `admit:{00}:a:` name | string | a counter of attempts, by a name that tells nothing of what is counted |
//! | `admit:{00}:a` | sorted set | those names, by when the counter was written last |
//! | `admit:{00}:o` | string | the owner: of which database of accounts all this is a copy |
//!
//! Digests and ids are their bytes. What is in the braces alone decides the slot of a cluster, so what is of one shard
//! is in one place. All but the fences, the epochs and the owner have a time to live.

use admit_core::credential::SessionDigest;
use admit_core::id::{Shard, SubjectId};

/// Slots of a cluster.
const SLOTS: u16 = 16384;

/// The names of the keys under one prefix.
pub(super) struct Keys {
    prefix: String,
}

impl Keys {
    /// Under this prefix.
    pub(super) fn new(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned() }
    }

    fn key(&self, shard: Shard, kind: &str, name: &[u8]) -> Vec<u8> {
        let mut key = Vec::with_capacity(self.prefix.len() + 7 + name.len());
        key.extend_from_slice(self.prefix.as_bytes());
        key.push(b'{');
        key.extend_from_slice(&tag(shard));
        key.extend_from_slice(b"}:");
        key.extend_from_slice(kind.as_bytes());
        key.extend_from_slice(name);
        key
    }

    /// The fence of a shard.
    pub(super) fn fence(&self, shard: Shard) -> Vec<u8> {
        self.key(shard, "f", &[])
    }

    /// The epoch of a shard's fence.
    pub(super) fn epoch(&self, shard: Shard) -> Vec<u8> {
        self.key(shard, "e", &[])
    }

    /// The owner.
    pub(super) fn owner(&self) -> Vec<u8> {
        self.key(Shard(0), "o", &[])
    }

    /// The list of counters of attempts.
    pub(super) fn counters(&self) -> Vec<u8> {
        self.key(Shard(0), "a", &[])
    }

    /// A counter of attempts.
    pub(super) fn counter(&self, name: &[u8]) -> Vec<u8> {
        self.key(Shard(0), "a:", name)
    }

    /// What all keys match, as SCAN takes it.
    pub(super) fn pattern(&self) -> String {
        let literal = |c: char| if "*?[]\\^".contains(c) { format!("\\{c}") } else { c.to_string() };
        self.prefix.chars().map(literal).chain(["{*".to_owned()]).collect()
    }

    /// The shard of a key.
    pub(super) fn shard_of(&self, key: &[u8]) -> Option<Shard> {
        let rest = key.strip_prefix(self.prefix.as_bytes())?.strip_prefix(b"{")?;
        Shard::all().find(|shard| rest.starts_with(&tag(*shard)) && rest.get(2..4) == Some(b"}:"))
    }

    /// A session.
    pub(super) fn session(&self, digest: &SessionDigest) -> Vec<u8> {
        self.key(digest.shard(), "s:", digest.as_bytes())
    }

    /// A subject's state.
    pub(super) fn state(&self, subject: SubjectId) -> Vec<u8> {
        self.key(subject.shard(), "u:", subject.as_bytes())
    }

    /// The index of a subject's sessions.
    pub(super) fn index(&self, subject: SubjectId) -> Vec<u8> {
        self.key(subject.shard(), "i:", subject.as_bytes())
    }
}

/// The two digits in the braces.
fn tag(shard: Shard) -> [u8; 2] {
    let digit = |value: u8| if value < 10 { b'0' + value } else { b'a' + value - 10 };
    [digit(shard.0 >> 4), digit(shard.0 & 15)]
}

/// The slot of a cluster that a shard is in: the CRC-16 (XMODEM) of what is in the braces, modulo 16,384.
pub(super) fn slot(shard: Shard) -> u16 {
    let crc = tag(shard).iter().fold(0_u16, |crc, byte| {
        (0..8).fold(
            crc ^ (u16::from(*byte) << 8),
            |crc, _| {
                if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 }
            },
        )
    });
    crc % SLOTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_of_one_shard_has_one_tag_and_the_slot_that_a_server_computes() {
        let keys = Keys::new("admit:");
        let subject = SubjectId::from_bytes([0xa7; 16]);
        let digest = SessionDigest::from_bytes([0xa7; 32]);
        for key in [keys.session(&digest), keys.state(subject), keys.index(subject), keys.fence(Shard(0xa7))] {
            assert!(key.starts_with(b"admit:{a7}:"), "{key:?}");
            assert_eq!(keys.shard_of(&key), Some(Shard(0xa7)));
        }
        assert_eq!(keys.shard_of(b"other:{a7}:f"), None);
        assert_eq!(Keys::new("a[*]:").pattern(), r"a\[\*\]:{*");
        // As CLUSTER KEYSLOT of Redis 7.0 says.
        assert_eq!([slot(Shard(0x00)), slot(Shard(0xa7)), slot(Shard(0xff))], SLOTS_OF_A_SERVER);
    }

    const SLOTS_OF_A_SERVER: [u16; 3] = [13254, 16047, 11756];
}
