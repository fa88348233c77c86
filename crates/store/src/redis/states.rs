//! Subjects' states as they were read last, so that one which has not changed is not decoded again.
//!
//! Nothing is decided by it: Redis is asked at each check, and what it answers is compared byte by byte.

use admit_core::id::SubjectId;
use admit_core::store::StoreError;
use papaya::HashMap;

use crate::truth::Versioned;

/// How many are remembered. Past that all are forgotten: those that are used come back with their next check.
const MOST: usize = 16_384;

/// Decoded states with the bytes that they came from.
#[derive(Default)]
pub(super) struct States(HashMap<SubjectId, (Box<[u8]>, Versioned)>);

impl States {
    /// The state that these bytes of this subject are.
    pub(super) fn decode(&self, subject: SubjectId, bytes: &[u8]) -> Result<Versioned, StoreError> {
        let states = self.0.pin();
        if let Some((known, state)) = states.get(&subject)
            && **known == *bytes
        {
            return Ok(state.clone());
        }
        let state = Versioned::decode(bytes)?;
        if states.len() >= MOST {
            states.clear();
        }
        states.insert(subject, (bytes.into(), state.clone()));
        Ok(state)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use admit_core::subject::{Generation, Status, SubjectState};

    use super::*;

    fn state(username: &str, version: u64) -> Versioned {
        let id = SubjectId::from_bytes([7; 16]);
        let (generation, roles) = (Generation(1), Arc::default());
        let state =
            SubjectState { id, username: username.into(), status: Status::Active, generation, roles_version: 0, roles };
        Versioned { state: Arc::new(state), version }
    }

    #[test]
    fn the_same_bytes_are_the_same_state_and_any_other_are_read_anew() {
        let (states, id) = (States::default(), SubjectId::from_bytes([7; 16]));
        let read = |bytes: &[u8]| states.decode(id, bytes);
        let first = read(&state("alice", 1).encode()).unwrap();
        assert!(Arc::ptr_eq(&first.state, &read(&state("alice", 1).encode()).unwrap().state));
        assert_eq!(read(&state("alice", 2).encode()).unwrap().version, 2);
        assert_eq!(&*read(&state("alicia", 2).encode()).unwrap().state.username, "alicia");
        assert!(read(&state("alice", 1).encode()[..20]).is_err());
        assert_eq!(read(&state("alice", 1).encode()).unwrap().version, 1, "whatever is there now");
    }
}
