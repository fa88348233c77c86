//! `jwks-private`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use super::{key_set, member};
use crate::outcome::{Answer, Outcome};
use crate::site::Site;

pub(crate) static RULE: Rule = Rule {
    id: "jwks-private",
    title: Words::fixed("The key set holds public keys alone", "키 집합에는 공개 키만 있다"),
    severity: Severity::Critical,
    tier: Tier::Safe,
    area: Area::Token,
    asvs: &["V13.3.1"],
    cwe: &[200, 522],
    why: Words::fixed(
        "Whoever opens the address has the key that signs, and becomes anybody (RFC 7518 §6.3.2, RFC 7517 §9.2).",
        "이 주소를 여는 사람은 누구나 서명하는 키를 얻어 누구든 될 수 있습니다(RFC 7518 §6.3.2, RFC 7517 §9.2).",
    ),
    how: Words::fixed(
        "Reads the key set and looks for members of private keys (`d`, `p`, `q`, `dp`, `dq`, `qi`, `oth`, `k`, `priv`) and for keys of \
         the kind `oct`.",
        "키 집합을 읽어 개인 키의 항목(`d`, `p`, `q`, `dp`, `dq`, `qi`, `oth`, `k`, `priv`)과 `oct` 종류의 키를 찾습니다.",
    ),
    remedy: Words::fixed(
        "Publish the public half, replace the keys that were shown, and let no token live that they signed.",
        "공개 키만 게시하고, 드러난 키는 교체하며, 그 키로 서명된 토큰은 모두 무효로 하세요.",
    ),
    stacks: &[
        (
            Stack::Express,
            "res.json({ keys: [await exportJWK(publicKey)] })  // jose; node-jose: keystore.toJSON(false)",
        ),
        (Stack::Django, "jwk.JWK.from_pem(pem).export_public()  # jwcrypto"),
        (Stack::Rails, "JWT::JWK.new(key).export  # without include_private"),
        (Stack::Spring, "new JWKSet(key).toPublicJWKSet().toJSONObject()"),
        (Stack::Axum, "nothing to do: what is published is made from the public half"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let (exchange, keys) = key_set(site).await?;
    let count = keys.len();
    for key in &keys {
        let kid = member(key, "kid");
        if member(key, "kty") == "oct" {
            return Ok(Outcome::fail(say!(
                "The key \"{kid}\" of the key set is a shared secret (kty oct).",
                "키 집합의 키 \"{kid}\"은(는) 공유 비밀입니다(kty oct)."
            ))
            .seen(&exchange));
        }
        let private: Vec<&str> = ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"]
            .into_iter()
            .filter(|name| key.contains_key(*name))
            .collect();
        if !private.is_empty() {
            for name in &private {
                site.client.redactor.learn(member(key, name), "PRIVATE_KEY");
            }
            let names = private.join(", ");
            return Ok(Outcome::fail(say!(
                "The key \"{kid}\" of the key set shows its private half: {names}.",
                "키 집합의 키 \"{kid}\"이(가) 개인 키를 드러냅니다: {names}."
            ))
            .seen(&exchange));
        }
    }
    Ok(Outcome::pass(say!(
        "The key set holds public keys alone ({count}).",
        "키 집합에는 공개 키만 있습니다({count}개)."
    ))
    .seen(&exchange))
}
