//! The password credential: Argon2id (RFC 9106) with OWASP's parameters, kept as PHC strings.
//!
//! Hashing takes its memory as an argument, so that whoever runs it decides how much there is (a bounded pool, not one
//! allocation a login).

use std::fmt;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash as Phc, Salt};
use argon2::{Algorithm, Argon2, Params, Version};

pub use super::cost::{Cost, HashError, Memory};
pub use super::plaintext::{MAX_PASSWORD_BYTES, Password};
use super::stored::{self, Match, StoredHash, Unusable};
use crate::random::Random;

/// A password's hash: Argon2id as a PHC string, or what another system made and [`StoredHash`] reads. It has no `Debug` that
/// shows it.
#[derive(Clone)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Takes the hash of a user that another system had.
    ///
    /// # Errors
    /// When it is not one that can be verified here, at a cost that can be afforded.
    pub fn import(text: &str) -> Result<Self, Unusable> {
        let text = stored::bare(text);
        StoredHash::parse(&text)?;
        Ok(Self(text.into_owned()))
    }

    /// Takes a text from a store. Looked at when it is used.
    #[must_use]
    pub fn from_phc(text: String) -> Self {
        Self(text)
    }

    /// The text, for a store.
    #[must_use]
    pub fn as_phc(&self) -> &str {
        &self.0
    }

    /// Whether it is what [`hash`] makes at this cost, so that verifying it takes as long as verifying any other.
    #[must_use]
    pub fn is_current(&self, cost: Cost) -> bool {
        StoredHash::parse(&self.0).is_ok_and(|stored| stored.is_current(cost))
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// Hashes a password with a fresh 128-bit salt.
///
/// # Errors
/// When there is no randomness, or `cost` is not one Argon2 takes.
pub fn hash(
    password: &Password,
    cost: Cost,
    random: &dyn Random,
    memory: &mut Memory,
) -> Result<PasswordHash, HashError> {
    let mut salt = [0_u8; 16];
    random.fill(&mut salt)?;
    let params = cost.params()?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    let mut out = [0_u8; 32];
    argon2
        .hash_password_into_with_memory(
            password.text().as_bytes(),
            &salt,
            &mut out,
            memory.at_least(params.block_count()),
        )
        .map_err(|_| HashError::Cost)?;
    phc(&params, &salt, &out)
}

/// A hash of no password, for whoever has none: it is verified at the same cost as [`hash`] makes, and nothing matches it but
/// by a chance of 2^-256. Making it costs nothing.
///
/// # Errors
/// When there is no randomness, or `cost` is not one Argon2 takes.
pub fn decoy(cost: Cost, random: &dyn Random) -> Result<PasswordHash, HashError> {
    let (mut salt, mut out) = ([0_u8; 16], [0_u8; 32]);
    random.fill(&mut salt)?;
    random.fill(&mut out)?;
    phc(&cost.params()?, &salt, &out)
}

fn phc(params: &Params, salt: &[u8; 16], out: &[u8; 32]) -> Result<PasswordHash, HashError> {
    let phc = Phc {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(params).map_err(|_| HashError::Cost)?,
        salt: Some(Salt::new(salt).map_err(|_| HashError::Cost)?),
        hash: Some(Output::new(out).map_err(|_| HashError::Cost)?),
    };
    Ok(PasswordHash(phc.to_string()))
}

/// The outcome of a verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Another password.
    Wrong,
    /// The right one.
    Right(RightPassword),
}

/// Proof that a password was right: only [`verify`] makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RightPassword {
    rehash: bool,
}

impl RightPassword {
    /// Whether the stored hash is outdated: hash the password again while it is at hand.
    #[must_use]
    pub const fn rehash(self) -> bool {
        self.rehash
    }
}

/// Verifies a password against a stored hash, comparing in constant time.
///
/// # Errors
/// When the stored hash cannot be read or asks for more than a login may take. The caller must not treat that as a wrong
/// password without saying so in its log.
pub fn verify(
    password: &Password,
    stored: &PasswordHash,
    current: Cost,
    memory: &mut Memory,
) -> Result<Verdict, HashError> {
    let stored = StoredHash::parse(&stored.0)?;
    let outcome = stored.verify(password, memory);
    memory.trim(current);
    Ok(match outcome? {
        Match::No => Verdict::Wrong,
        Match::Yes => Verdict::Right(RightPassword { rehash: !stored.is_current(current) }),
        Match::InPart => Verdict::Right(RightPassword { rehash: false }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::OsRandom;

    const QUICK: Cost = Cost { memory_kib: 64, passes: 1, lanes: 1 };

    fn check(typed: &str, stored: &PasswordHash, cost: Cost) -> Result<Verdict, HashError> {
        verify(&Password::new(typed).unwrap(), stored, cost, &mut Memory::default())
    }

    #[test]
    fn the_right_password_verifies_and_another_does_not() {
        let password = Password::new("correct horse battery").unwrap();
        let stored = hash(&password, QUICK, &OsRandom, &mut Memory::default()).unwrap();
        assert!(stored.as_phc().starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{}", stored.as_phc());
        assert_eq!(
            check("correct horse battery", &stored, QUICK).unwrap(),
            Verdict::Right(RightPassword { rehash: false })
        );
        assert_eq!(check("correct horse batterz", &stored, QUICK).unwrap(), Verdict::Wrong);
    }

    #[test]
    fn a_decoy_is_a_hash_like_any_other_that_no_password_matches() {
        let (decoy, other) = (decoy(QUICK, &OsRandom).unwrap(), decoy(QUICK, &OsRandom).unwrap());
        let real =
            hash(&Password::new("correct horse battery").unwrap(), QUICK, &OsRandom, &mut Memory::default()).unwrap();
        assert!(decoy.is_current(QUICK), "verified at the cost of any other");
        assert_eq!(decoy.as_phc().len(), real.as_phc().len());
        assert_ne!(decoy.as_phc(), other.as_phc());
        assert_eq!(check("correct horse battery", &decoy, QUICK).unwrap(), Verdict::Wrong);
    }

    #[test]
    fn a_hash_made_at_another_cost_asks_to_be_made_again() {
        let stored =
            hash(&Password::new("correct horse battery").unwrap(), QUICK, &OsRandom, &mut Memory::default()).unwrap();
        assert_eq!(
            check("correct horse battery", &stored, Cost { passes: 2, ..QUICK }).unwrap(),
            Verdict::Right(RightPassword { rehash: true })
        );
    }

    #[test]
    fn the_same_characters_typed_in_another_unicode_form_are_the_same_password() {
        let stored =
            hash(&Password::new("pass\u{e9}word is long").unwrap(), QUICK, &OsRandom, &mut Memory::default()).unwrap();
        assert_eq!(
            check("passe\u{301}word is long", &stored, QUICK).unwrap(),
            Verdict::Right(RightPassword { rehash: false })
        );
    }

    #[test]
    fn a_stored_hash_that_asks_for_too_much_is_an_error_and_not_a_wrong_password() {
        let bomb = PasswordHash::from_phc(
            "$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                .into(),
        );
        assert!(matches!(check("x", &bomb, QUICK), Err(HashError::Unusable(Unusable::Costly { .. }))));
        let plain = PasswordHash::from_phc("plain".into());
        assert!(matches!(check("x", &plain, QUICK), Err(HashError::Unusable(Unusable::Unknown))));
    }

    #[test]
    fn memory_taken_by_a_costly_hash_is_given_back() {
        let big = Cost { memory_kib: 4096, passes: 1, lanes: 1 };
        let mut memory = Memory::default();
        let password = Password::new("correct horse battery").unwrap();
        let stored = hash(&password, big, &OsRandom, &mut memory).unwrap();
        verify(&password, &stored, QUICK, &mut memory).unwrap();
        assert!(memory.kept() <= 64);
    }

    #[test]
    fn nothing_prints_a_password_or_its_hash() {
        let password = Password::new("hunter2 hunter2").unwrap();
        let stored = PasswordHash::from_phc("$argon2id$secret".into());
        assert_eq!(format!("{password:?} {stored:?}"), "Password(…) PasswordHash(…)");
    }
}
