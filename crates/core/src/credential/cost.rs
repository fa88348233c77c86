//! What a password's hash costs, and the memory that it takes.

use argon2::{Block, Params};

use super::unusable::Unusable;
use crate::random::RandomError;

/// What hashing costs: memory in KiB, passes, lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Cost {
    /// OWASP Password Storage Cheat Sheet: 19 MiB, 2 passes, 1 lane.
    pub const OWASP: Self = Self { memory_kib: 19_456, passes: 2, lanes: 1 };

    /// The most that a stored hash may ask for, so that an imported one cannot take the machine. Django's default is 100 MiB
    /// and 8 lanes.
    pub const CAP: Self = Self { memory_kib: 131_072, passes: 16, lanes: 8 };

    pub(super) fn params(self) -> Result<Params, HashError> {
        Params::new(self.memory_kib, self.passes, self.lanes, Some(32)).map_err(|_| HashError::Cost)
    }
}

/// Why hashing or verifying could not be done. It never means "wrong password".
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// The stored text is not a hash that can be used.
    #[error("a stored password hash cannot be used: {0}")]
    Unusable(#[from] Unusable),
    /// The parameters are outside what the algorithm takes.
    #[error("the stored password hash asks for a cost outside the allowed bounds")]
    Cost,
    /// No randomness for the salt.
    #[error(transparent)]
    Random(#[from] RandomError),
}

/// Memory that one hasher uses again and again.
#[derive(Default)]
pub struct Memory(Vec<Block>);

impl Memory {
    pub(super) fn at_least(&mut self, blocks: usize) -> &mut [Block] {
        if self.0.len() < blocks {
            self.0.resize(blocks, Block::new());
        }
        &mut self.0
    }

    /// Gives back what an unusually costly hash took.
    pub(super) fn trim(&mut self, cost: Cost) {
        let usual = cost.memory_kib as usize;
        if self.0.len() > usual {
            self.0.truncate(usual);
            self.0.shrink_to_fit();
        }
    }

    /// How many blocks it holds.
    #[cfg(test)]
    pub(super) fn kept(&self) -> usize {
        self.0.capacity()
    }
}
