//! Signatures out of range, of another length, in another form, and of keys that are too weak.

use num_bigint::BigUint;

use super::super::bytes::{ED25519_ORDER, P256_ORDER, decode, der, der_integer, encode, hex, pem, wide};
use super::super::door::Place;
use super::super::forge::Forge;
use super::super::key::{ShortRsa, mac, padded, rsa_jwk};
use super::super::row::{Row, Rows};

pub(super) fn rows() -> Rows {
    vec![
        ("signature-60", |forge| ecdsa(forge, |_, _| vec![[vec![0; 32], vec![0; 32]]])),
        ("signature-61", |forge| ecdsa(forge, |_, s| vec![[vec![0; 32], s]])),
        ("signature-62", |forge| ecdsa(forge, |r, _| vec![[r, vec![0; 32]]])),
        ("signature-63", |forge| ecdsa(forge, |_, s| vec![[order_plus(0), s.clone()], [order_plus(1), s]])),
        ("signature-64", |forge| {
            ecdsa(forge, |r, _| vec![[r.clone(), order_plus(0)], [r, order_plus(1)], [order_plus(0), order_plus(0)]])
        }),
        ("signature-65", |forge| {
            let place = Place::BOTH.iter().position(|place| *place == forge.place).unwrap();
            Row::near(forge.good_of(forge.ec()), forge.world.twins[place].clone())
        }),
        ("signature-66", |forge| {
            lengths(forge, |whole| vec![whole[1..].to_vec(), whole[..63].to_vec(), whole[..1].to_vec()])
        }),
        ("signature-67", |forge| {
            lengths(forge, |whole| {
                let (front, back) = whole.split_at(32);
                vec![
                    [&[0], whole].concat(),
                    [whole, &[0]].concat(),
                    [front, &[0], back].concat(),
                    [whole, whole].concat(),
                ]
            })
        }),
        ("signature-68", |forge| {
            let sequence = |r: Vec<u8>, s: Vec<u8>| der(0x30, [der_integer(&r), der_integer(&s)].concat());
            let token = forge.good_of(forge.ec());
            let (signed, signature) = parts(&token);
            let (r, s) = signature.split_at(32);
            let bad = format!("{signed}.{}", encode(sequence(r.to_vec(), s.to_vec())));
            Row::near(token, [bad])
        }),
        ("signature-69", |forge| {
            let token = forge.good();
            let (signed, signature) = parts(&token);
            let (point, number) = signature.split_at(32);
            // S + L and S + 2L say the same to whoever does not look (RFC 8032 section 5.1.7).
            let more = (1..=14_u32).map(|times| {
                let sum = BigUint::from_bytes_le(number) + hex(ED25519_ORDER) * times;
                let mut sum = wide(&sum, 32);
                sum.reverse();
                format!("{signed}.{}", encode([point, &sum].concat()))
            });
            Row::near(token.clone(), more.collect::<Vec<_>>())
        }),
        ("signature-70", |forge| {
            // One signature in 256 begins with a byte of zeros.
            let token = std::iter::repeat_with(|| forge.good_of(forge.rsa())).find(|token| parts(token).1[0] == 0);
            let token = token.unwrap();
            let (signed, signature) = parts(&token);
            let bad = [&signature[1..], &[&[0], signature.as_slice()].concat()]
                .map(|other| format!("{signed}.{}", encode(other)));
            Row::near(token.clone(), bad)
        }),
        ("signature-71", |forge| {
            let signed = forge.unsigned("RS256", &forge.rsa().kid);
            let named = format!(r#"{{"alg":"RS256","kid":"short","typ":"at+jwt","jwk":{}}}"#, ShortRsa::jwk("short"));
            let brought = format!("{}.{}", encode(named), encode(forge.claims().json()));
            let bad = [signed, brought].map(|signed| format!("{signed}.{}", encode(ShortRsa::sign(&signed))));
            Row::near(forge.good_of(forge.rsa()), bad)
        }),
        ("signature-72", |forge| {
            // With an exponent of 1 the padded digest is its own signature, whatever the modulus.
            let key = forge.rsa();
            let jwk = rsa_jwk("one", &decode(&key.member("n")), "AQ");
            let named = format!(r#"{{"alg":"RS256","kid":"{}","typ":"at+jwt","jwk":{jwk}}}"#, key.kid);
            let brought = format!("{}.{}", encode(named), encode(forge.claims().json()));
            let bad = [forge.unsigned("RS256", &key.kid), brought];
            Row::near(forge.good_of(key), bad.map(|signed| format!("{signed}.{}", encode(padded(&signed, 256)))))
        }),
        ("signature-73", |forge| {
            let secret = pem("PUBLIC KEY", &forge.rsa().spki());
            let mut bad = Vec::new();
            for (named, key) in [("HS256", forge.rsa()), ("HS256", forge.ed()), ("EdDSA", forge.ed())] {
                let signed = forge.unsigned(named, &key.kid);
                let whole = mac(256, secret.as_bytes(), &signed);
                bad.extend([16, 8, 1].map(|length| format!("{signed}.{}", encode(&whole[..length]))));
            }
            // Nor is half of a real signature worth anything.
            let good = forge.good();
            let (signed, signature) = parts(&good);
            bad.push(format!("{signed}.{}", encode(&signature[..16])));
            Row::near(good.clone(), bad)
        }),
    ]
}

fn order_plus(more: u32) -> Vec<u8> {
    wide(&(hex(P256_ORDER) + more), 32)
}

/// What is signed of a token, and the signature's bytes.
fn parts(token: &str) -> (&str, Vec<u8>) {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    (signed, decode(signature))
}

/// The two halves of a signature of ES256.
type Numbers = [Vec<u8>; 2];

/// A token of ES256 with other numbers in place of r and s.
fn ecdsa(forge: &Forge<'_>, change: fn(Vec<u8>, Vec<u8>) -> Vec<Numbers>) -> Row {
    let token = forge.good_of(forge.ec());
    let (signed, signature) = parts(&token);
    let (r, s) = signature.split_at(32);
    let bad: Vec<String> = change(r.to_vec(), s.to_vec())
        .into_iter()
        .map(|numbers| format!("{signed}.{}", encode(numbers.concat())))
        .collect();
    Row::near(token.clone(), bad)
}

/// Tokens of the two algorithms whose signatures have 64 bytes, with others in their place.
fn lengths(forge: &Forge<'_>, change: fn(&[u8]) -> Vec<Vec<u8>>) -> Row {
    let mut bad = Vec::new();
    for key in [forge.ec(), forge.ed()] {
        let token = forge.good_of(key);
        let (signed, signature) = parts(&token);
        bad.extend(change(&signature).into_iter().map(|other| format!("{signed}.{}", encode(other))));
    }
    Row::near(forge.good_of(forge.ec()), bad)
}
