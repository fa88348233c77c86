//! `jwks-weak`

use std::collections::BTreeSet;

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use super::{der, key_set, member};
use crate::outcome::{Answer, Outcome};
use crate::site::Site;

pub(crate) static RULE: Rule = Rule {
    id: "jwks-weak",
    title: Words::fixed("The keys in the key set are strong and told apart", "키 집합의 키는 강하고 서로 구별된다"),
    severity: Severity::High,
    tier: Tier::Safe,
    area: Area::Token,
    asvs: &["V11.2.3"],
    cwe: &[326],
    why: Words::fixed(
        "Each key in the set is believed, so the weakest decides. RSA under 2,048 bits can be factored by those who want \
         to (RFC 7518 §3.3, NIST SP 800-131A); keys without `kid` cannot be told apart when they are replaced.",
        "집합의 모든 키가 신뢰되므로 가장 약한 키가 전체를 결정합니다. 2,048비트 미만의 RSA는 마음먹으면 소인수분해할 수 있고 \
         (RFC 7518 §3.3, NIST SP 800-131A), `kid`가 없는 키는 교체할 때 구별할 수 없습니다.",
    ),
    how: Words::fixed(
        "Reads the key set: lengths, exponents and curves of the keys, and whether several have a `kid` of their own.",
        "키 집합에서 키의 길이와 지수, 곡선, 그리고 여러 키에 각자의 `kid`가 있는지를 읽습니다.",
    ),
    remedy: Words::fixed(
        "Take weak keys out of the set; sign with Ed25519, P-256 or RSA of 2,048 bits or more, each with its own `kid`.",
        "약한 키를 집합에서 빼고, Ed25519나 P-256 또는 2,048비트 이상의 RSA로 서명하며, 키마다 고유한 `kid`를 두세요.",
    ),
    stacks: &[
        (Stack::Express, "generateKeyPair('EdDSA', { crv: 'Ed25519' })  // jose; or { modulusLength: 3072 } for RS256"),
        (Stack::Django, "openssl genpkey -algorithm ed25519"),
        (Stack::Rails, "JWT::JWK.new(OpenSSL::PKey::RSA.new(3072), use: 'sig', alg: 'RS256')"),
        (Stack::Spring, "new RSAKeyGenerator(3072).keyIDFromThumbprint(true).generate()"),
        (Stack::Laravel, "php artisan passport:keys --length=4096"),
        (Stack::Axum, "nothing to do: keys are made and replaced by admit"),
    ],
};

const SHORTEST: usize = 2_048;
const CURVES: [&str; 8] = ["P-256", "P-384", "P-521", "secp256k1", "Ed25519", "Ed448", "X25519", "X448"];

pub(crate) async fn run(site: &mut Site) -> Answer {
    let (exchange, keys) = key_set(site).await?;
    for key in &keys {
        let (kid, curve) = (member(key, "kid"), member(key, "crv"));
        let weak = match member(key, "kty") {
            "RSA" => match der::modulus_bits(key) {
                Some(bits) if bits < SHORTEST => Some(say!(
                    "The RSA key \"{kid}\" has {bits} bits; {SHORTEST} is the least.",
                    "RSA 키 \"{kid}\"이(가) {bits}비트입니다. 적어도 {SHORTEST}비트여야 합니다."
                )),
                Some(_) if member(key, "e") == "AQ" => Some(say!(
                    "The RSA key \"{kid}\" has the exponent 1: anybody can sign for it.",
                    "RSA 키 \"{kid}\"의 지수가 1이어서 누구나 서명할 수 있습니다."
                )),
                _ => None,
            },
            "EC" | "OKP" if !CURVES.contains(&curve) => Some(say!(
                "The key \"{kid}\" is on the curve \"{curve}\", which no standard of JOSE has.",
                "키 \"{kid}\"의 곡선 \"{curve}\"은(는) JOSE 표준에 없습니다."
            )),
            _ => None,
        };
        if let Some(told) = weak {
            return Ok(Outcome::fail(told).seen(&exchange));
        }
    }
    let count = keys.len();
    let names: BTreeSet<&str> = keys.iter().map(|key| member(key, "kid")).filter(|kid| !kid.is_empty()).collect();
    if count > 1 && names.len() < count {
        return Ok(Outcome::warn(say!(
            "The key set has {count} keys, and not each has a kid of its own.",
            "키 집합에 키가 {count}개 있는데, 모두가 고유한 kid를 갖고 있지는 않습니다."
        ))
        .seen(&exchange));
    }
    if count == 0 {
        return Ok(Outcome::not_applicable(say!("The key set is empty.", "키 집합이 비어 있습니다.")).seen(&exchange));
    }
    Ok(Outcome::pass(say!(
        "Each key in the key set ({count}) is strong enough.",
        "키 집합의 모든 키({count}개)가 충분히 강합니다."
    ))
    .seen(&exchange))
}
