//! Encrypted tokens. None is ever taken, so that there is nothing to decrypt, to unwrap or to inflate. They are real ones:
//! whoever decrypted them as they ask would find what is said here.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OaepPublicEncryptingKey, Pkcs1PublicEncryptingKey, PublicEncryptingKey};

use super::super::bytes::{decode, deflate_bomb, encode, random};
use super::super::forge::Forge;
use super::super::row::{Row, Rows};

pub(super) fn rows() -> Rows {
    vec![
        ("jwe-148", |forge| {
            // The content is encrypted under what everybody has.
            let keys = [
                decode(&forge.ed().member("x")),
                decode(&forge.ec().member("x")),
                decode(&forge.rsa().member("n"))[..32].to_vec(),
                digest(&SHA256, &forge.rsa().spki()).as_ref().to_vec(),
            ];
            let under = keys.map(|key| seal(&header(forge, "dir", ""), b"", &key, forge.good()));
            Row::new(forge, under)
        }),
        ("jwe-149", |forge| {
            let signed = format!("{}.{}.", encode(forge.ed().header_as("none")), encode(forge.claims().json()));
            let claims = forge.claims().json();
            Row::new(forge, [oaep(forge, signed.clone()), oaep(forge, claims)]).and([dir(forge, &signed)])
        }),
        ("jwe-150", |forge| {
            let key = decode(&forge.ed().member("x"));
            // 18,000 bytes that grow to 18 million, and a few that grow to 100,000.
            let bombs = [18_000, 100].map(deflate_bomb);
            let header = header(forge, "dir", r#","zip":"DEF""#);
            let signed = forge.headed(forge.header_and(r#""zip":"DEF""#));
            let inflated = forge.ed().token(forge.header_and(r#""zip":"DEF""#), deflate_bomb(100));
            Row::new(forge, bombs.map(|bomb| seal(&header, b"", &key, bomb))).and([signed, inflated])
        }),
        ("jwe-151", |forge| {
            let salt = encode(random::<16>());
            let stretched = [1_000_000_000_u64, u64::from(u32::MAX), u64::MAX].map(|rounds| {
                let more = format!(r#","p2s":"{salt}","p2c":{rounds}"#);
                seal(&header(forge, "PBES2-HS256+A128KW", &more), &random::<40>(), &random::<32>(), forge.good())
            });
            let signed = forge.headed(forge.header_and(r#""p2c":1000000000"#));
            Row::new(forge, stretched).and([signed, short(forge, "PBES2-HS256+A128KW", r#","p2c":1000000000"#)])
        }),
        ("jwe-152", |forge| {
            let key = random::<32>();
            let wrapping = Pkcs1PublicEncryptingKey::new(encrypting(forge)).unwrap();
            let mut wrapped = vec![0; wrapping.ciphertext_size()];
            wrapping.encrypt(&key, &mut wrapped).unwrap();
            let header = header(forge, "RSA1_5", "");
            let garbled = seal(&header, &random::<256>(), &key, forge.good());
            Row::new(forge, [seal(&header, &wrapped, &key, forge.good()), garbled, short(forge, "RSA1_5", "")])
        }),
        ("jwe-153", |forge| {
            let zero = encode([0; 32]);
            let points = [
                (encode(random::<32>()), encode(random::<32>())),
                (zero.clone(), zero),
                (forge.ec().member("x"), encode(random::<32>())),
            ];
            let sealed = points.map(|(x, y)| {
                let more = format!(r#","epk":{{"kty":"EC","crv":"P-256","x":"{x}","y":"{y}"}}"#);
                seal(&header(forge, "ECDH-ES", &more), b"", &random::<32>(), "x")
            });
            let signed = forge.headed(forge.header_and(r#""epk":{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}"#));
            Row::new(forge, sealed).and([signed])
        }),
        ("jwe-154", |forge| {
            let sealed = (0..3).fold(forge.good(), |inner, _| dir(forge, &inner));
            // Signatures in signatures, each good.
            let header = forge.header_and(r#""cty":"JWT""#);
            let signed = (0..3).fold(forge.good(), |inner, _| forge.ed().token(&header, inner));
            let once = forge.ed().token(forge.ed().header(), forge.good());
            Row::new(forge, [sealed, signed, once])
        }),
        ("jwe-155", |forge| {
            let good = forge.good();
            let (signed, _) = good.rsplit_once('.').unwrap();
            let spoilt = format!("{signed}.{}", encode(random::<64>()));
            let stranger = forge.good_of(&forge.world.own[0]);
            Row::new(forge, [oaep(forge, spoilt.clone()), oaep(forge, stranger)]).and([dir(forge, &spoilt)])
        }),
    ]
}

fn header(forge: &Forge<'_>, algorithm: &str, more: &str) -> String {
    let kid = &forge.rsa().kid;
    format!(r#"{{"alg":"{algorithm}","enc":"A256GCM","kid":"{kid}","typ":"at+jwt","cty":"JWT"{more}}}"#)
}

/// The compact form of RFC 7516 section 7.1: header, wrapped key, nonce, text, tag.
fn seal(header: &str, wrapped: &[u8], key: &[u8], text: impl AsRef<[u8]>) -> String {
    let (header, nonce) = (encode(header), random::<12>());
    let sealing = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).unwrap());
    let mut text = text.as_ref().to_vec();
    let nonce_used = Nonce::assume_unique_for_key(nonce);
    let tag = sealing.seal_in_place_separate_tag(nonce_used, Aad::from(header.as_bytes()), &mut text).unwrap();
    [header, encode(wrapped), encode(nonce), encode(text), encode(tag)].join(".")
}

/// Under the public key of Ed25519 as if it were a secret.
fn dir(forge: &Forge<'_>, text: &str) -> String {
    seal(&header(forge, "dir", ""), b"", &decode(&forge.ed().member("x")), text)
}

/// Under a key that only the issuer can unwrap.
fn oaep(forge: &Forge<'_>, text: String) -> String {
    let key = random::<32>();
    let wrapping = OaepPublicEncryptingKey::new(encrypting(forge)).unwrap();
    let mut wrapped = vec![0; wrapping.ciphertext_size()];
    wrapping.encrypt(&OAEP_SHA1_MGF1SHA1, &key, &mut wrapped, None).unwrap();
    seal(&header(forge, "RSA-OAEP", ""), &wrapped, &key, text)
}

fn encrypting(forge: &Forge<'_>) -> PublicEncryptingKey {
    PublicEncryptingKey::from_der(&forge.rsa().spki()).unwrap()
}

/// One that is no longer than a token may be.
fn short(forge: &Forge<'_>, algorithm: &str, more: &str) -> String {
    seal(&header(forge, algorithm, more), &random::<40>(), &random::<32>(), "x")
}
