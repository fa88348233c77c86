//! Tokens that others took: unsigned, signed with what is public, signed by nobody, wrapped, compressed.
//!
//! The attacker here even has the server's own signing key where that makes the attempt a better one.

use admit_core::jws::{Algorithm, KeyId, SigningKey};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::tokens::Forger;

fn part(text: &str) -> String {
    BASE64URL_NOPAD.encode(text.as_bytes())
}

/// A token with this signature, whatever it is.
fn unsigned(header: &Value, claims: &Value, signature: &[u8]) -> String {
    format!("{}.{}.{}", part(&header.to_string()), part(&claims.to_string()), BASE64URL_NOPAD.encode(signature))
}

#[admit_testkit::everywhere]
fn cve_2022_23540_a_token_without_a_signature_is_refused_in_every_spelling() {
    let it = Forger::new(Algorithm::EdDsa);
    let own = it.good().rsplit_once('.').map(|(_, signature)| signature.to_owned()).unwrap();
    let own = BASE64URL_NOPAD.decode(own.as_bytes()).unwrap();
    let spellings = (0..16_u8).map(|bits| {
        let letter = |(at, c): (usize, char)| if bits & (1 << at) == 0 { c } else { c.to_ascii_uppercase() };
        json!("none".chars().enumerate().map(letter).collect::<String>())
    });
    let odd = [
        json!(""),
        json!(" none"),
        json!("none\u{0}"),
        json!("null"),
        Value::Null,
        json!(["none"]),
        json!({}),
        json!(0),
    ];
    for alg in spellings.chain(odd) {
        let header = json!({ "alg": alg, "kid": "known", "typ": "at+jwt" });
        let empty = unsigned(&header, &it.claims, b"");
        it.refused(&empty, &format!("{alg}, and nothing after the last dot"));
        it.refused(empty.trim_end_matches('.'), &format!("{alg}, in two parts"));
        it.refused(&unsigned(&header, &it.claims, &own), &format!("{alg}, with a signature of another token"));
        it.refused(&it.key.under(&header.to_string(), &it.claims.to_string()), &format!("{alg}, signed all the same"));
    }
    let header = json!({ "kid": "known", "typ": "at+jwt" });
    it.refused(&it.key.under(&header.to_string(), &it.claims.to_string()), "no alg at all");
    it.unharmed();
}

#[admit_testkit::everywhere]
fn cve_2026_34950_and_cve_2026_107722_a_mac_with_the_public_key_is_no_signature() {
    for algorithm in [Algorithm::EdDsa, Algorithm::Rs256] {
        let it = Forger::new(algorithm);
        let public = it.key.key.public().to_vec();
        // SubjectPublicKeyInfo of Ed25519 (RFC 8410 section 4); RSA's is PKCS#1 as it is.
        let der = match algorithm {
            Algorithm::EdDsa => [b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00".as_slice(), &public].concat(),
            _ => public.clone(),
        };
        let set = it.server.client().get("/.well-known/jwks.json");
        let jwk = set.json()["keys"][0].to_string();
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", BASE64.encode(&der));
        let mut keys: Vec<Vec<u8>> = vec![public.clone(), der, set.body.clone(), jwk.into_bytes()];
        keys.push(BASE64URL_NOPAD.encode(&public).into_bytes());
        for prefix in ["", " ", "\n", "\r\n", "\t", "\u{feff}", "\u{a0}", "x"] {
            keys.push(format!("{prefix}{pem}").into_bytes());
            keys.push(format!("{prefix}{}", pem.trim_end()).replace('\n', "\r\n").into_bytes());
        }
        for alg in ["HS256", "hs256", algorithm.as_str()] {
            let header = json!({ "alg": alg, "kid": "known", "typ": "at+jwt" });
            let signed = format!("{}.{}", part(&header.to_string()), part(&it.claims.to_string()));
            for (number, key) in keys.iter().enumerate() {
                let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).unwrap().chain_update(&signed).finalize();
                let token = format!("{signed}.{}", BASE64URL_NOPAD.encode(&mac.into_bytes()));
                it.refused(&token, &format!("{alg} with spelling {number} of the public key"));
            }
        }
        it.unharmed();
    }
}

#[admit_testkit::everywhere]
fn cve_2026_44351_and_cve_2026_44699_a_key_that_is_not_known_is_no_key_and_no_empty_one() {
    let it = Forger::new(Algorithm::EdDsa);
    let (stranger, _) = SigningKey::generate(KeyId::from_text("stranger"), Algorithm::EdDsa).unwrap();
    let kids = [
        json!("unknown"),
        json!(""),
        json!("KNOWN"),
        json!("known "),
        json!("known\u{0}"),
        json!("../known"),
        json!("/dev/null"),
        json!("' OR 1=1 --"),
        Value::Null,
        json!(["known"]),
        json!(0),
        json!({}),
    ];
    for kid in kids {
        for alg in ["EdDSA", "HS256"] {
            let header = json!({ "alg": alg, "kid": kid, "typ": "at+jwt" }).to_string();
            let signed = format!("{}.{}", part(&header), part(&it.claims.to_string()));
            for key in [b"".as_slice(), b"\0", &[0; 32]] {
                let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).unwrap().chain_update(&signed).finalize();
                let token = format!("{signed}.{}", BASE64URL_NOPAD.encode(&mac.into_bytes()));
                it.refused(&token, &format!("{alg}, kid {kid}, an empty key"));
            }
            let foreign = stranger.sign(header.as_bytes(), it.claims.to_string().as_bytes()).unwrap();
            it.refused(&foreign, &format!("{alg}, kid {kid}, a stranger's signature"));
            it.refused(
                &it.key.under(&header, &it.claims.to_string()),
                &format!("kid {kid}, signed with the right key"),
            );
        }
    }
    let nameless = r#"{"alg":"EdDSA","typ":"at+jwt"}"#;
    it.refused(&it.key.under(nameless, &it.claims.to_string()), "no kid");
    let known = it.key.header().to_string();
    it.refused(&stranger.sign(known.as_bytes(), it.claims.to_string().as_bytes()).unwrap(), "its name, another's key");
    it.unharmed();
}

#[admit_testkit::everywhere]
fn cve_2022_21449_no_signature_of_zeros_or_out_of_range_is_one() {
    let it = Forger::new(Algorithm::Es256);
    let n =
        data_encoding::HEXLOWER.decode(b"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551").unwrap();
    let mut n_plus_1 = n.clone();
    *n_plus_1.last_mut().unwrap() += 1;
    let mut one = vec![0; 32];
    *one.last_mut().unwrap() = 1;
    let numbers = [vec![0; 32], one, n, n_plus_1, vec![0xff; 32], [vec![0x80], vec![0; 31]].concat()];
    for r in &numbers {
        for s in &numbers {
            let signature = [r.as_slice(), s].concat();
            it.refused(&unsigned(&it.key.header(), &it.claims, &signature), &format!("r {r:?}, s {s:?}"));
        }
    }
    let good = it.good();
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap();
    let (r, s) = signature.split_at(32);
    for (what, wrong) in [
        ("r alone", r.to_vec()),
        ("r and zeros", [r, &[0; 32]].concat()),
        ("zeros and s", [&[0; 32], s].concat()),
        ("s and r", [s, r].concat()),
        ("a byte less", signature.get(..63).unwrap().to_vec()),
        ("a byte more", [signature.as_slice(), &[0]].concat()),
        ("a byte before", [&[0], signature.as_slice()].concat()),
        ("each number a byte longer", [&[0], r, &[0], s].concat()),
        ("as ASN.1", [b"\x30\x44\x02\x20", r, b"\x02\x20", s].concat()),
        ("ASN.1 of two zeros", b"\x30\x06\x02\x01\x00\x02\x01\x00".to_vec()),
    ] {
        it.refused(&format!("{signed}.{}", BASE64URL_NOPAD.encode(&wrong)), what);
    }
    it.unharmed();
}

#[admit_testkit::everywhere]
fn cve_2026_29000_nothing_that_is_wrapped_is_opened_or_believed() {
    let it = Forger::new(Algorithm::EdDsa);
    let claims = it.claims.to_string();
    let bare = unsigned(&json!({ "alg": "none" }), &it.claims, b"");
    let good = it.good();
    for inside in [bare.as_str(), &good, &claims] {
        for alg in ["dir", "RSA-OAEP-256", "ECDH-ES", "none", "EdDSA", "A256KW"] {
            let header =
                json!({ "alg": alg, "enc": "A256GCM", "kid": "known", "typ": "at+jwt", "cty": "JWT" }).to_string();
            let five =
                [part(&header), String::new(), part("twelve bytes"), part(inside), part("sixteen bytes...")].join(".");
            it.refused(&five, &format!("{alg}: five parts"));
            it.refused(&five.replacen("..", ".AAAA.", 1), &format!("{alg}: five parts, none empty"));
            let twice = [part(&header), String::new(), part("twelve bytes"), part(&five), part("tag")].join(".");
            it.refused(&twice, &format!("{alg}: wrapped twice"));
        }
        for header in
            [r#"{"alg":"EdDSA","kid":"known","typ":"at+jwt","cty":"JWT"}"#.to_owned(), it.key.header().to_string()]
        {
            if inside != claims {
                it.refused(&it.key.under(&header, inside), "a token inside a token that is signed");
            }
        }
    }
    it.refused(
        &it.key.under(r#"{"alg":"EdDSA","kid":"known","typ":"at+jwt","cty":"JWT"}"#, &claims),
        "says that it wraps",
    );
    let (header, payload, signature) = match *good.split('.').collect::<Vec<_>>() {
        [header, payload, signature] => (header, payload, signature),
        _ => panic!("{good}"),
    };
    let json = json!({ "protected": header, "payload": payload, "signature": signature }).to_string();
    let request = admit_testkit::Request::new("GET", "/session").header("authorization", &format!("Bearer {json}"));
    assert_eq!(it.server.client().send(&request).status, 400, "the JSON form is no Bearer token");
    it.refused(&part(&json), "the JSON form in base64url");
    it.unharmed();
}
