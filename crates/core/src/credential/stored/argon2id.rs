//! Argon2 in all its variants (RFC 9106), as PHC strings. What admit makes itself is the one of them called Argon2id.

use argon2::password_hash::phc::{Output, PasswordHash as Phc, Salt};
use argon2::{Algorithm, Argon2, Params, Version};
use subtle::ConstantTimeEq;

use super::{Match, Unusable};
use crate::credential::cost::{Cost, HashError, Memory};
use crate::credential::plaintext::Password;

const SCHEME: &str = "Argon2";

/// The most memory times passes, in KiB: half a second.
const MAX_WORK: u64 = 1024 * 1024;

pub(super) struct Stored {
    algorithm: Algorithm,
    version: Version,
    params: Params,
    salt: Salt,
    hash: Output,
}

impl Stored {
    pub(super) fn parse(text: &str) -> Result<Self, Unusable> {
        let malformed = || Unusable::Malformed(SCHEME);
        let phc = Phc::new(text).map_err(|_| malformed())?;
        let algorithm = Algorithm::new(phc.algorithm.as_str()).map_err(|_| malformed())?;
        let version = phc.version.map_or(Ok(Version::V0x13), Version::try_from).map_err(|_| malformed())?;
        let params = Params::try_from(&phc).map_err(|_| malformed())?;
        let (Some(salt), Some(hash)) = (phc.salt, phc.hash) else { return Err(malformed()) };
        let stored = Self { algorithm, version, params, salt, hash };
        stored.afford()?;
        Ok(stored)
    }

    fn afford(&self) -> Result<(), Unusable> {
        let asked = self.cost();
        let costly = |asked: String, most: String| Err(Unusable::Costly { scheme: SCHEME, asked, most });
        if asked.memory_kib > Cost::CAP.memory_kib {
            return costly(format!("{} KiB of memory", asked.memory_kib), format!("{} KiB", Cost::CAP.memory_kib));
        }
        if asked.passes > Cost::CAP.passes {
            return costly(format!("{} passes", asked.passes), Cost::CAP.passes.to_string());
        }
        if asked.lanes > Cost::CAP.lanes {
            return costly(format!("{} lanes", asked.lanes), Cost::CAP.lanes.to_string());
        }
        if u64::from(asked.memory_kib) * u64::from(asked.passes) > MAX_WORK {
            return costly(
                format!("{} passes over {} KiB of memory", asked.passes, asked.memory_kib),
                format!("{MAX_WORK} KiB in all passes together"),
            );
        }
        Ok(())
    }

    pub(super) fn cost(&self) -> Cost {
        Cost { memory_kib: self.params.m_cost(), passes: self.params.t_cost(), lanes: self.params.p_cost() }
    }

    pub(super) fn is_current(&self, cost: Cost) -> bool {
        self.cost() == cost && self.algorithm == Algorithm::Argon2id && self.version == Version::V0x13
    }

    /// Compares with the password in normal form, as admit hashes it, and where that is another text with the one that was
    /// typed, as others do: nothing tells whose hash this is.
    pub(super) fn verify(&self, password: &Password, memory: &mut Memory) -> Result<Match, HashError> {
        let mut same = self.is_of(password.text(), memory)?;
        if password.typed() != password.text() {
            same |= self.is_of(password.typed(), memory)?;
        }
        Ok(Match::of(same))
    }

    fn is_of(&self, text: &str, memory: &mut Memory) -> Result<bool, HashError> {
        let mut out = [0_u8; Output::MAX_LENGTH];
        let out = out.get_mut(..self.hash.len()).ok_or(HashError::Cost)?;
        Argon2::new(self.algorithm, self.version, self.params.clone())
            .hash_password_into_with_memory(
                text.as_bytes(),
                self.salt.as_ref(),
                out,
                memory.at_least(self.params.block_count()),
            )
            .map_err(|_| HashError::Cost)?;
        Ok(out.ct_eq(self.hash.as_bytes()).into())
    }
}
