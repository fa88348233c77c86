//! A public key with the one algorithm that it is for.

use std::fmt;

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
};

use super::Algorithm;

/// The numbers of a public key.
#[derive(Clone, Copy)]
pub(super) enum PublicKey<'a> {
    /// 32 bytes.
    EdDsa(&'a [u8]),
    /// An uncompressed point.
    Es256(&'a [u8]),
    /// Modulus and exponent, the most significant byte first and not zero (RFC 7518 section 2).
    Rs256(&'a [u8], &'a [u8]),
}

/// A public key, parsed once.
pub struct VerifyingKey {
    algorithm: Algorithm,
    key: ParsedPublicKey,
}

impl VerifyingKey {
    /// From its numbers. One of RSA has 2,048 to 8,192 bits.
    pub(super) fn new(key: PublicKey<'_>) -> Option<Self> {
        let (algorithm, key) = match key {
            PublicKey::EdDsa(bytes) => (Algorithm::EdDsa, ParsedPublicKey::new(&ED25519, bytes)),
            PublicKey::Es256(point) => (Algorithm::Es256, ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)),
            PublicKey::Rs256(n, e) if is_strong(n, e) => {
                let parsed = RsaPublicKeyComponents { n, e }.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256);
                (Algorithm::Rs256, parsed)
            }
            PublicKey::Rs256(..) => return None,
        };
        Some(Self { algorithm, key: key.ok()? })
    }

    /// Its algorithm.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Whether it is the same key, for the same algorithm.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.algorithm == other.algorithm && self.key.as_ref() == other.key.as_ref()
    }

    /// Whether this is the key's signature of these bytes.
    #[must_use]
    pub fn verifies(&self, signed: &[u8], signature: &[u8]) -> bool {
        self.key.verify_sig(signed, signature).is_ok()
    }
}

/// Whether an RSA key has 2,048 to 8,192 bits and an odd exponent, at least 3 and at most 32 bits long.
///
/// The library looks at this at every verification, and takes the key when it is read. A key that can verify nothing must
/// be refused where somebody configures it, and not where its tokens arrive.
fn is_strong(modulus: &[u8], exponent: &[u8]) -> bool {
    let bits =
        modulus.first().map_or(0, |first| modulus.len() * 8 - usize::try_from(first.leading_zeros()).unwrap_or(8));
    let odd = exponent.last().is_some_and(|last| last & 1 == 1);
    (2048..=8192).contains(&bits) && odd && exponent != [1] && exponent.len() <= 4
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({})", self.algorithm)
    }
}
