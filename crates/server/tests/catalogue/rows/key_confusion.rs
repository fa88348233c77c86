//! A key of one algorithm used with another: above all a public key, which everybody has, as the secret of an HMAC.

use super::super::bytes::{decode, encode, pem, random};
use super::super::forge::Forge;
use super::super::key::{Key, mac};
use super::super::row::{Row, Rows};

const SPKI: &str = "PUBLIC KEY";

pub(super) fn rows() -> Rows {
    vec![
        ("key-confusion-17", |forge| {
            let pem = pem(SPKI, &forge.rsa().spki());
            macs(forge, forge.rsa(), &[pem.as_bytes(), pem.trim_end().as_bytes()])
        }),
        ("key-confusion-18", |forge| {
            let pem = pem("RSA PUBLIC KEY", &forge.rsa().public());
            macs(forge, forge.rsa(), &[pem.as_bytes(), pem.trim_end().as_bytes()])
        }),
        ("key-confusion-19", |forge| changed(forge, |pem| [format!(" {pem}"), format!("\n\t{pem}")])),
        ("key-confusion-20", |forge| changed(forge, |pem| [format!("issuer\n{pem}"), format!("# key\n\n{pem}")])),
        ("key-confusion-21", |forge| {
            changed(forge, |pem| [pem.replace('\n', "\r\n"), pem.trim_end().replace('\n', "\r\n")])
        }),
        ("key-confusion-22", |forge| macs(forge, forge.rsa(), &[&forge.rsa().spki(), &forge.rsa().public()])),
        ("key-confusion-23", |forge| {
            let alone = published(forge, forge.rsa());
            let parsed: serde_json::Value = serde_json::from_str(&alone).unwrap();
            macs(forge, forge.rsa(), &[alone.as_bytes(), forge.world.jwks.as_bytes(), parsed.to_string().as_bytes()])
        }),
        ("key-confusion-24", |forge| {
            let modulus = forge.rsa().member("n");
            macs(forge, forge.rsa(), &[&decode(&modulus), modulus.as_bytes()])
        }),
        ("key-confusion-25", |forge| every_form(forge, forge.ec(), "x")),
        ("key-confusion-26", |forge| every_form(forge, forge.ed(), "x")),
        ("key-confusion-27", |forge| {
            let secret = random::<32>();
            let jwk = format!(r#""jwk":{{"kty":"oct","alg":"RS256","k":"{}"}}"#, encode(secret));
            let bare = forge.unsigned("RS256", &forge.rsa().kid);
            let brought = format!("{}.{}", encode(forge.header_and(&jwk)), encode(forge.claims().json()));
            let close = |signed: String| format!("{signed}.{}", encode(mac(256, &secret, &signed)));
            Row::near(forge.good_of(forge.rsa()), [close(bare), close(brought)])
        }),
        ("key-confusion-28", |forge| other_names(forge, forge.ec(), &["ES384", "ES512", "ES256K", "ESP256", "es256"])),
        ("key-confusion-29", |forge| {
            let key = forge.rsa();
            let mut row = other_names(forge, key, &["PS256", "RS384", "RS512", "RS1", "rs256", "RSA-OAEP"]);
            for named in ["PS256", "RS256"] {
                let signed = forge.unsigned(named, &key.kid);
                row = row.and([format!("{signed}.{}", encode(key.sign_pss(&signed)))]);
            }
            row
        }),
        ("key-confusion-30", |forge| {
            // One key's signature and algorithm under another key's name, and the reverse of both.
            let pairs = [forge.ed(), forge.ec(), forge.rsa()];
            let mut bad = Vec::new();
            for signer in pairs {
                for named in pairs.into_iter().filter(|named| named.kid != signer.kid) {
                    bad.push(signer.close(&forge.unsigned(signer.algorithm.as_str(), &named.kid)));
                    bad.push(signer.close(&forge.unsigned(named.algorithm.as_str(), &named.kid)));
                    bad.push(signer.close(&forge.unsigned(named.algorithm.as_str(), &signer.kid)));
                }
            }
            Row::near(forge.good_of(forge.ec()), bad)
        }),
    ]
}

/// HMACs with each of these as the secret, under the name of `key`.
fn macs(forge: &Forge<'_>, key: &Key, secrets: &[&[u8]]) -> Row {
    let mut bad = Vec::new();
    for secret in secrets {
        // Named for what it is, and under the key's own algorithm.
        for (bits, named) in [(256, "HS256"), (384, "HS384"), (512, "HS512"), (256, key.algorithm.as_str())] {
            let signed = forge.unsigned(named, &key.kid);
            bad.push(format!("{signed}.{}", encode(mac(bits, secret, &signed))));
        }
    }
    Row::near(forge.good_of(key), bad)
}

fn changed(forge: &Forge<'_>, change: fn(&str) -> [String; 2]) -> Row {
    let [one, two] = change(&pem(SPKI, &forge.rsa().spki()));
    let [three, four] = change(&pem("RSA PUBLIC KEY", &forge.rsa().public()));
    macs(forge, forge.rsa(), &[one.as_bytes(), two.as_bytes(), three.as_bytes(), four.as_bytes()])
}

/// Everything that somebody could take for the key.
fn every_form(forge: &Forge<'_>, key: &Key, number: &str) -> Row {
    let (spki, public, number) = (key.spki(), key.public(), key.member(number));
    let (pem, jwk) = (pem(SPKI, &spki), published(forge, key));
    let forms: [&[u8]; 7] = [
        pem.as_bytes(),
        pem.trim_end().as_bytes(),
        &spki,
        &public,
        number.as_bytes(),
        &decode(&number),
        jwk.as_bytes(),
    ];
    macs(forge, key, &forms)
}

/// The key's own signature under another algorithm's name.
fn other_names(forge: &Forge<'_>, key: &Key, names: &[&str]) -> Row {
    let bad: Vec<String> = names.iter().map(|name| key.close(&forge.unsigned(name, &key.kid))).collect();
    Row::near(forge.good_of(key), bad)
}

/// The key as the issuer publishes it, letter for letter.
fn published(forge: &Forge<'_>, key: &Key) -> String {
    let jwks = &forge.world.jwks;
    let end = jwks.find(&key.kid).expect("it is published");
    let from = jwks[..end].rfind('{').unwrap();
    let to = end + jwks[end..].find('}').unwrap();
    jwks[from..=to].to_owned()
}
