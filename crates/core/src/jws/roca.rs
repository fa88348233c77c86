//! RSA keys whose primes came out of a flawed generator (ROCA, CVE-2017-15361): from the public half of one of 2,048 bits the
//! private half can be computed. Smart cards and security chips made millions of them, and a client may have one.
//!
//! Their primes are powers of 65537 modulo the product of many small primes, and so is the modulus (Nemec et al., "The
//! Return of Coppersmith's Attack", CCS 2017, section 3.3). A good key has this mark by chance once in 240 million: it is
//! then refused, and its owner makes another.

/// The primes of the mark, from the one that is odd to the last that the authors' own tool looks at.
const PRIMES: [u32; 38] = [
    3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109,
    113, 127, 131, 137, 139, 149, 151, 157, 163, 167,
];

/// Whether a modulus, its most significant byte first, has the mark.
pub(super) fn is_marked(modulus: &[u8]) -> bool {
    PRIMES.iter().all(|prime| {
        let rest = modulus.iter().fold(0, |rest, byte| (rest * 256 + u32::from(*byte)) % prime);
        is_power(rest, *prime)
    })
}

/// Whether `rest` is a power of 65537 modulo `prime`.
fn is_power(rest: u32, prime: u32) -> bool {
    let mut power = 1;
    loop {
        if power == rest {
            return true;
        }
        power = power * (65537 % prime) % prime;
        if power == 1 {
            return false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jws::{Algorithm, JwkError, KeyId, KeySet, SigningKey};
    use data_encoding::BASE64URL_NOPAD;

    /// A power of 65537 modulo the product of the primes, which is what the generator's moduli are. The product has 220 bits.
    fn marked() -> Vec<u8> {
        let mut product: Vec<u32> = vec![1];
        for prime in PRIMES {
            times(&mut product, prime);
        }
        // 1 plus any multiple of the product is the power of 0, and as long as is asked for.
        let mut modulus = product;
        while modulus.len() < 256 {
            modulus.insert(0, 0);
        }
        modulus[0] += 1;
        modulus.iter().rev().map(|byte| u8::try_from(*byte).unwrap()).collect()
    }

    /// Multiplies a number in bytes, its least significant first.
    fn times(number: &mut Vec<u32>, by: u32) {
        let mut carry = 0;
        for byte in number.iter_mut() {
            let product = *byte * by + carry;
            (*byte, carry) = (product % 256, product / 256);
        }
        while carry > 0 {
            number.push(carry % 256);
            carry /= 256;
        }
    }

    #[test]
    fn a_marked_key_is_refused_alone_and_in_a_set_and_a_key_made_here_is_not() {
        let marked = BASE64URL_NOPAD.encode(&marked());
        let (good, _) = SigningKey::generate(KeyId::from_text("good"), Algorithm::Rs256).unwrap();
        let good = serde_json::to_string(&good.jwk().unwrap()).unwrap();
        assert!(KeySet::parse(&good).is_ok());
        let bad = format!(r#"{{"kty":"RSA","kid":"bad","e":"AQAB","n":"{marked}"}}"#);
        assert_eq!(KeySet::parse(&bad).err(), Some(JwkError::Weak));
        assert_eq!(KeySet::parse(&format!(r#"{{"keys":[{good},{bad}]}}"#)).err(), Some(JwkError::Weak));
    }

    #[test]
    fn a_leading_zero_does_not_hide_the_mark_and_one_more_or_less_is_another_number() {
        let marked = marked();
        assert!(is_marked(&marked) && is_marked(&[&[0], marked.as_slice()].concat()));
        for change in [1_u8, 255] {
            let mut other = marked.clone();
            let last = other.last_mut().unwrap();
            *last = last.wrapping_add(change);
            assert!(!is_marked(&other));
        }
    }
}
