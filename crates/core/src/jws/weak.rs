//! Keys under which anybody can sign, because the private half follows from the public one or is not needed.
//!
//! An RSA modulus with a small factor is soon factored (NIST SP 800-89 section 5.3.3), and so is one of two primes that are close
//! (CVE-2022-26320); one that is a prime itself has its private exponent written on it. Under an Ed25519 key of small order one
//! signature is good for every text or for one in eight (RFC 8032 section 5.1.7; Chalkias et al., "Taming the many EdDSAs").

use num_bigint::BigUint;

/// Small factors are looked for up to here: anybody finds one in no time, and a good key has none.
const FACTORS_BELOW: usize = 1 << 16;

/// Steps of Fermat's method. Primes of those broken generators are found in the first few.
const STEPS: u32 = 32;

/// Whether an RSA modulus, its most significant byte first, is one that anybody can factor.
pub(super) fn is_factored(modulus: &[u8]) -> bool {
    let n = BigUint::from_bytes_be(modulus);
    // What is too short or too long is refused as such.
    if !(2048..=8192).contains(&n.bits()) {
        return false;
    }
    let one = BigUint::from(1_u8);
    has_small_factor(&n) || has_close_factors(&n) || BigUint::from(2_u8).modpow(&(&n - &one), &n) == one
}

fn has_small_factor(n: &BigUint) -> bool {
    let digits = n.to_u32_digits();
    let rest = |by: u64| digits.iter().rev().fold(0, |rest, digit| ((rest << 32) | u64::from(*digit)) % by);
    let mut is_prime = vec![true; FACTORS_BELOW];
    (2..FACTORS_BELOW).any(|number| {
        if is_prime.get(number) != Some(&true) {
            return false;
        }
        is_prime.iter_mut().skip(number * number).step_by(number).for_each(|multiple| *multiple = false);
        rest(number as u64) == 0
    })
}

/// Fermat's method: a difference of two squares that are close.
fn has_close_factors(n: &BigUint) -> bool {
    let root = n.sqrt();
    (0..=STEPS).any(|step| {
        let middle = &root + step;
        let square = &middle * &middle;
        square >= *n && {
            let rest = square - n;
            let half = rest.sqrt();
            &half * &half == rest
        }
    })
}

/// The order of the field, as the key's 32 bytes write it: the least significant first, without the sign of x.
const P: [u8; 32] = [
    0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f,
];

/// The y of one of the points of order 8, and that of another.
const EIGHTH: [[u8; 32]; 2] = [
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20,
        0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf,
        0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
];

/// Whether an Ed25519 key is one of the eight points of small order, or is written with a y that is not below the order of the field.
pub(super) fn is_of_small_order_or_odd_spelling(key: &[u8]) -> bool {
    let mut y = key.to_vec();
    if let Some(last) = y.last_mut() {
        *last &= 0x7f;
    }
    // 0 is of order 4, 1 is neutral, and p - 1 is of order 2. Written the most significant first, texts compare as numbers do.
    let is_at_most = |text: &[u8], most: &[u8]| text.iter().rev().le(most.iter().rev());
    let mut one = [0; 32];
    let mut below = P;
    (one[0], below[0]) = (1, P[0] - 1);
    is_at_most(&y, &one) || is_at_most(&below, &y) || EIGHTH.iter().any(|eighth| y == eighth)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jws::{Algorithm, JwkError, KeyId, KeySet, SigningKey};
    use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
    use proptest::prelude::*;

    fn rsa(n: &BigUint) -> Option<JwkError> {
        let n = BASE64URL_NOPAD.encode(&n.to_bytes_be());
        KeySet::parse(&format!(r#"{{"kty":"RSA","kid":"a","e":"AQAB","n":"{n}"}}"#)).err()
    }

    fn ed25519(x: &[u8]) -> Option<JwkError> {
        let x = BASE64URL_NOPAD.encode(x);
        KeySet::parse(&format!(r#"{{"kty":"OKP","crv":"Ed25519","kid":"a","x":"{x}"}}"#)).err()
    }

    /// A prime, the next after this power of two or after some more: of numbers that have one soon.
    fn prime(bits: u32, after: u32) -> BigUint {
        let mut number = (BigUint::from(1_u8) << bits) + after;
        number.set_bit(0, true);
        let is_prime =
            |n: &BigUint| !has_small_factor(n) && BigUint::from(2_u8).modpow(&(n - 1_u8), n) == BigUint::from(1_u8);
        while !is_prime(&number) {
            number += 2_u8;
        }
        number
    }

    #[test]
    fn an_rsa_key_that_anybody_can_factor_is_refused() {
        let (good, _) = SigningKey::generate(KeyId::from_text("good"), Algorithm::Rs256).unwrap();
        let jwk = serde_json::to_value(good.jwk().unwrap()).unwrap();
        let n = BigUint::from_bytes_be(&BASE64URL_NOPAD.decode(jwk["n"].as_str().unwrap().as_bytes()).unwrap());
        assert_eq!(rsa(&n), None);
        for factor in [2_u32, 3, 5, 7, 641, 7919, 65_521] {
            assert_eq!(rsa(&(&n / factor * factor)), Some(JwkError::Factored), "{factor}");
        }
        let large = prime(2050, 0);
        assert_eq!(rsa(&large), Some(JwkError::Factored), "a prime alone");
        let (half, next) = (prime(1030, 0), prime(1030, 100_000));
        assert_eq!(rsa(&(&half * &half)), Some(JwkError::Factored), "a square");
        assert_eq!(rsa(&(&half * &next)), Some(JwkError::Factored), "two primes that are close");
    }

    /// All 32-byte texts that decode to a point of small order, as libsodium and others list them.
    const SMALL: [&str; 7] = [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ];

    #[test]
    fn an_ed25519_key_of_small_order_or_in_another_spelling_is_refused() {
        for key in SMALL {
            let mut key = HEXLOWER.decode(key.as_bytes()).unwrap();
            assert_eq!(ed25519(&key), Some(JwkError::SmallOrder), "{key:02x?}");
            key[31] |= 0x80;
            assert_eq!(ed25519(&key), Some(JwkError::SmallOrder), "{key:02x?}");
        }
        for first in 0xed..=0xff_u8 {
            for last in [0x7f, 0xff] {
                let mut key = [0xff; 32];
                (key[0], key[31]) = (first, last);
                assert_eq!(ed25519(&key), Some(JwkError::SmallOrder), "{key:02x?}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_key_that_was_made_here_is_none_of_these(_ in 0..1_u8) {
            let (key, _) = SigningKey::generate(KeyId::from_text("a"), Algorithm::EdDsa).unwrap();
            prop_assert!(!is_of_small_order_or_odd_spelling(key.public()));
        }
    }
}
