//! The server's own secret, and the keys that are derived from it for one purpose each.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::random::{Random, RandomError};

/// Why a text is not a usable secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// Not the 43 characters of base64url that `admit init` writes.
    #[error("is not 43 characters of base64url without padding")]
    Malformed,
    /// So regular that nobody's random source made it, or a text that somebody has encoded.
    #[error("is not random (fewer than 16 different bytes in 32, or nothing but printable characters)")]
    Weak,
}

/// 256 random bits from which each key of the server is derived (HKDF-SHA-256, RFC 5869).
///
/// It has no `Debug`, `Display` or `Serialize` that shows it.
pub struct ServerSecret(Zeroizing<[u8; 32]>);

impl ServerSecret {
    /// A new secret.
    ///
    /// # Errors
    /// When `random` cannot answer.
    pub fn new(random: &dyn Random) -> Result<Self, RandomError> {
        let mut bytes = Zeroizing::new([0; 32]);
        random.fill(bytes.as_mut_slice())?;
        Ok(Self(bytes))
    }

    /// Reads the text form, as [`Self::reveal`] writes it.
    ///
    /// # Errors
    /// When it is malformed or evidently not random.
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        let decoded =
            Zeroizing::new(BASE64URL_NOPAD.decode(text.trim().as_bytes()).map_err(|_| SecretError::Malformed)?);
        let bytes: [u8; 32] = decoded.as_slice().try_into().map_err(|_| SecretError::Malformed)?;
        let mut distinct = bytes.to_vec();
        distinct.sort_unstable();
        distinct.dedup();
        // 32 random bytes hold fewer than 16 different values less than once in 10^15 draws, and are all printable once in
        // 10^13: a pass phrase in base64url is as easy to guess as it is without.
        let same_step = |window: &[u8]| matches!(window, [a, b, c] if b.wrapping_sub(*a) == c.wrapping_sub(*b));
        if distinct.len() < 16
            || bytes.iter().all(|byte| matches!(byte, b' '..=b'~'))
            // 0, 1, 2 … 31 is the secret of every tutorial.
            || bytes.windows(3).all(same_step)
        {
            return Err(SecretError::Weak);
        }
        Ok(Self(Zeroizing::new(bytes)))
    }

    /// The text form, for the one place that writes it to its file.
    #[must_use]
    pub fn reveal(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE64URL_NOPAD.encode(self.0.as_slice()))
    }

    /// The key for one purpose. Two purposes never share a key.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        // HKDF refuses only outputs over 255 blocks; 32 bytes is one block, so this cannot fail and leave zeros behind.
        let expanded = Hkdf::<Sha256>::new(Some(b"admit server secret v1"), self.0.as_slice())
            .expand(purpose.as_bytes(), key.as_mut_slice());
        debug_assert!(expanded.is_ok(), "one block of HKDF output is always available");
        key
    }
}

/// HMAC-SHA-256 under a key of 32 bytes.
pub(crate) fn hmac(key: &[u8; 32]) -> Hmac<Sha256> {
    // A block-sized key, zero-padded, is what HMAC itself makes of a 32-byte one (RFC 2104 section 2).
    let mut block = Zeroizing::new([0_u8; 64]);
    block.iter_mut().zip(key).for_each(|(out, byte)| *out = *byte);
    let block: &[u8; 64] = &block;
    <Hmac<Sha256> as KeyInit>::new(block.into())
}

impl fmt::Debug for ServerSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::OsRandom;

    #[test]
    fn a_secret_survives_its_text_form_and_derives_one_key_a_purpose() {
        let secret = ServerSecret::new(&OsRandom).unwrap();
        let again = ServerSecret::parse(&format!("{}\n", secret.reveal().as_str())).unwrap();
        assert_eq!(secret.derive("csrf").as_slice(), again.derive("csrf").as_slice());
        assert_ne!(secret.derive("csrf").as_slice(), secret.derive("other").as_slice());
    }

    #[test]
    fn short_and_regular_secrets_are_refused_and_nothing_prints_one() {
        assert_eq!(ServerSecret::parse("changeme").err(), Some(SecretError::Malformed));
        assert_eq!(ServerSecret::parse(&"A".repeat(43)).err(), Some(SecretError::Weak));
        let phrase = BASE64URL_NOPAD.encode(b"correct horse battery staple now");
        assert_eq!(ServerSecret::parse(&phrase).err(), Some(SecretError::Weak));
        for step in [1_u8, 3, 8, 255] {
            let counted: Vec<u8> = (0..32).map(|number: u8| number.wrapping_mul(step)).collect();
            let text = BASE64URL_NOPAD.encode(&counted);
            assert_eq!(ServerSecret::parse(&text).err(), Some(SecretError::Weak), "in steps of {step}");
        }
        assert_eq!(format!("{:?}", ServerSecret::new(&OsRandom).unwrap()), "ServerSecret(…)");
    }
}
