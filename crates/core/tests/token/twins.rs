//! Signatures written in another way: what is revoked stays revoked, and what is no signature is none.
//!
//! An ECDSA signature (r, s) has a twin (r, n-s) that anybody can write down and that is as good, so a token has two texts
//! (CVE-2026-65632). All that is remembered by the text is that it was verified; what is revoked is asked by name.

use admit_core::jws::{Algorithm, JwsError, KeyId};
use admit_core::signal::Told;
use admit_core::token::{Refusal, Unverified};
use data_encoding::{BASE64URL, BASE64URL_NOPAD};

use super::support::{Api, customer, generation, session, signal, token_id};

/// The order of P-256, most significant byte first.
const ORDER: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa,
    0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
];

/// The order of Ed25519, least significant byte first.
const ED_ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// What is signed, and the signature's bytes.
fn parts(token: &str) -> (&str, Vec<u8>) {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    (signed, BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap())
}

fn join(signed: &str, signature: &[u8]) -> String {
    format!("{signed}.{}", BASE64URL_NOPAD.encode(signature))
}

/// `a - b` or `a + b` of numbers whose most significant byte comes first; they must fit.
fn subtract(a: &[u8], b: &[u8]) -> Vec<u8> {
    let mut borrow = 0;
    let mut digits: Vec<u8> = a
        .iter()
        .zip(b)
        .rev()
        .map(|(a, b)| {
            let difference = i16::from(*a) - i16::from(*b) - borrow;
            borrow = i16::from(difference < 0);
            u8::try_from(difference.rem_euclid(256)).unwrap()
        })
        .collect();
    digits.reverse();
    digits
}

fn twin(token: &str) -> String {
    let (signed, signature) = parts(token);
    let (r, s) = signature.split_at(32);
    join(signed, &[r, &subtract(&ORDER, s)].concat())
}

#[test]
fn the_twin_of_a_revoked_token_is_revoked_whatever_was_seen_first() {
    for seen_first in [true, false] {
        for told in
            [Told::Token(token_id(4)), Told::Session(session(2)), generation(4), Told::Key(KeyId::from_text("k"))]
        {
            let api = Api::new(Algorithm::Es256);
            let token = api.sign(&customer());
            let twin = twin(&token);
            assert_ne!(token, twin);
            if seen_first {
                assert!(api.check(&token).is_ok());
                assert!(api.check(&twin).is_ok(), "the twin is as good: that is why no text is ever revoked");
            }
            api.revocations.apply(&signal(told.clone()));
            for text in [&token, &twin] {
                let answer = api.check(text).map(drop);
                assert!(matches!(answer, Err(Unverified::Refused(Refusal::Revoked(_)))), "{told:?}: {answer:?}");
            }
        }
    }
}

#[test]
fn a_signature_of_es256_with_a_part_out_of_range_is_none() {
    let api = Api::new(Algorithm::Es256);
    let token = api.sign(&customer());
    let (signed, signature) = parts(&token);
    let (r, s) = signature.split_at(32);
    let mut one = [0; 32];
    one[31] = 1;
    let mut past = ORDER;
    past[31] += 1;
    // 0 and n in both places was good for any message, once (CVE-2022-21449).
    let strange: [&[u8]; 6] = [&[0; 32], &one, &ORDER, &past, &[0xff; 32], &subtract(&ORDER, &one)];
    for a in strange {
        for b in strange {
            assert_eq!(api.refusal(&join(signed, &[a, b].concat())), Refusal::Signature(JwsError::Signature));
        }
        assert_eq!(api.refusal(&join(signed, &[a, s].concat())), Refusal::Signature(JwsError::Signature));
        assert_eq!(api.refusal(&join(signed, &[r, a].concat())), Refusal::Signature(JwsError::Signature));
    }
    assert_eq!(api.refusal(&join(signed, &[s, r].concat())), Refusal::Signature(JwsError::Signature));
    assert!(api.check(&token).is_ok());
}

#[test]
fn a_signature_of_another_length_is_none_in_any_algorithm() {
    for algorithm in Algorithm::ALL {
        let api = Api::new(algorithm);
        let token = api.sign(&customer());
        let (signed, signature) = parts(&token);
        let half = signature.len() / 2;
        let (front, back) = signature.split_at(half);
        let longer: [Vec<u8>; 7] = [
            signature[1..].to_vec(),
            signature[..signature.len() - 1].to_vec(),
            [&[0], signature.as_slice()].concat(),
            [signature.as_slice(), &[0]].concat(),
            [&[0], front, &[0], back].concat(),
            [signature.as_slice(), &signature].concat(),
            vec![0],
        ];
        for other in longer {
            // Twice of RSA's is longer than any access token.
            let refusal = api.refusal(&join(signed, &other));
            assert!(matches!(refusal, Refusal::Signature(JwsError::Signature) | Refusal::Long), "{refusal:?}");
        }
        // Two numbers in DER are a signature of ECDSA elsewhere.
        let integer = |bytes: &[u8]| [&[2, 33, 0], bytes].concat();
        if algorithm == Algorithm::Es256 {
            let der = [vec![0x30, 70], integer(front), integer(back)].concat();
            assert_eq!(api.refusal(&join(signed, &der)), Refusal::Signature(JwsError::Signature));
        }
        assert!(api.check(&token).is_ok());
    }
}

#[test]
fn a_signature_of_eddsa_whose_number_is_not_reduced_is_none() {
    let api = Api::new(Algorithm::EdDsa);
    let token = api.sign(&customer());
    let (signed, signature) = parts(&token);
    let (point, number) = signature.split_at(32);
    let mut number = number.to_vec();
    // S + L, S + 2L and so on say the same to whoever does not look (RFC 8032 section 5.1.7).
    for times in 1..15 {
        let mut carry = 0;
        for (digit, order) in number.iter_mut().zip(ED_ORDER) {
            let sum = u16::from(*digit) + u16::from(order) + carry;
            (*digit, carry) = (u8::try_from(sum % 256).unwrap(), sum / 256);
        }
        let other = join(signed, &[point, &number].concat());
        assert_eq!(api.refusal(&other), Refusal::Signature(JwsError::Signature), "S + {times} L");
    }
    let mut high = signature.clone();
    high[63] |= 0x80;
    assert_eq!(api.refusal(&join(signed, &high)), Refusal::Signature(JwsError::Signature));
    assert!(api.check(&token).is_ok());
}

#[test]
fn the_holder_cannot_spell_a_token_otherwise() {
    for algorithm in Algorithm::ALL {
        let api = Api::new(algorithm);
        let token = api.sign(&customer());
        assert!(api.check(&token).is_ok());
        let (signed, signature) = parts(&token);
        let padded = format!("{signed}.{}", BASE64URL.encode(&signature));
        assert!(padded.ends_with('=') && matches!(api.refusal(&padded), Refusal::Signature(JwsError::Base64)));
        // The last letter of a signature has bits that no byte has: other letters read as the same bytes, to a lax reader.
        let (body, last) = token.split_at(token.len() - 1);
        for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/~.".chars() {
            let other = format!("{body}{letter}");
            if other != token {
                assert!(api.check(&other).is_err(), "{last} as {letter}");
            }
        }
        for (from, to) in [("-", "+"), ("_", "/"), (".", ".."), (".", ".A.")] {
            if token.contains(from) {
                assert!(api.check(&token.replace(from, to)).is_err(), "{from} as {to}");
            }
        }
    }
}
