//! `jwt-key-confusion`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};
use serde_json::{Map, Value};

use super::forging::{Forgery, Genuine, judged, present, verified};
use super::{der, key_set, member};
use crate::jwt;
use crate::outcome::{Answer, Outcome};
use crate::site::Site;

pub(crate) static RULE: Rule = Rule {
    id: "jwt-key-confusion",
    title: Words::fixed("The public key is not taken for a shared secret", "공개 키가 공유 비밀로 쓰이지 않는다"),
    severity: Severity::Critical,
    tier: Tier::Active,
    area: Area::Token,
    asvs: &["V9.1.2"],
    cwe: &[347, 327],
    why: Words::fixed(
        "A verifier that reads the algorithm from the token checks an HS256 token with the bytes of the public key, \
         which everybody has: everybody can sign (RFC 8725 §2.1, §3.1).",
        "알고리즘을 토큰에서 읽는 검증기는 HS256 토큰을 공개 키의 바이트로 확인합니다. 공개 키는 누구나 갖고 있으므로 \
         누구나 서명할 수 있게 됩니다(RFC 8725 §2.1, §3.1).",
    ),
    how: Words::fixed(
        "Signs the account's own claims with HS256, with each published key as the secret: as PEM (SPKI and PKCS #1, with \
         and without the last newline), as DER, and as the text of the JWK.",
        "계정 자신의 클레임을 HS256으로 서명하되, 공개된 키를 비밀로 씁니다. PEM(SPKI와 PKCS #1, 끝의 줄바꿈이 있는 것과 \
         없는 것), DER, JWK의 글자 그대로를 모두 시도합니다.",
    ),
    remedy: Words::fixed(
        "Bind one algorithm to each key, and refuse tokens that name another.",
        "키마다 알고리즘 하나를 정하고, 다른 알고리즘을 말하는 토큰은 거부하세요.",
    ),
    stacks: &[
        (Stack::Express, "jwt.verify(token, publicKey, { algorithms: ['RS256'] })"),
        (Stack::Django, "jwt.decode(token, public_key, algorithms=[\"RS256\"])  # never RS256 and HS256 in one list"),
        (Stack::Rails, "JWT.decode(token, public_key, true, algorithm: 'RS256')"),
        (Stack::Spring, "NimbusJwtDecoder.withPublicKey(key).signatureAlgorithm(SignatureAlgorithm.RS256).build()"),
        (Stack::Laravel, "JWT::decode($token, new Key($publicKey, 'RS256'))  // the algorithm belongs to the key"),
        (Stack::Axum, "nothing to do: no symmetric algorithm is accepted, and the algorithm is that of the key"),
    ],
};

/// At most this many keys are tried: the token's own first.
const KEYS: usize = 3;

pub(crate) async fn run(site: &mut Site) -> Answer {
    let genuine = verified(site).await?;
    let (exchange, mut keys) = key_set(site).await?;
    keys.retain(|key| matches!(member(key, "kty"), "RSA" | "EC" | "OKP"));
    if keys.is_empty() {
        return Ok(Outcome::not_applicable(Words::fixed(
            "The key set has no public key.",
            "키 집합에 공개 키가 없습니다.",
        ))
        .seen(&exchange));
    }
    let own = member(&genuine.jwt.header, "kid").to_owned();
    keys.sort_by_key(|key| member(key, "kid") != own);
    let forgeries = keys.iter().take(KEYS).flat_map(|key| forged(&genuine, key)).collect();
    let verdict = present(site, &genuine, forgeries).await?;
    Ok(judged(&genuine, verdict))
}

/// Tokens whose secret is this key, in each form in which a server may hold it.
fn forged(genuine: &Genuine, key: &Map<String, Value>) -> Vec<Forgery> {
    let header = genuine.jwt.header_with("alg", "HS256");
    let mut forms: Vec<(&'static str, Vec<u8>)> = Vec::new();
    if let Some((spki, text)) = der::spki(key).and_then(|spki| der::pem("PUBLIC KEY", &spki).map(|text| (spki, text))) {
        forms.push(("SPKI PEM", text.clone().into_bytes()));
        forms.push(("SPKI PEM without the last newline", text.trim_end().as_bytes().to_vec()));
        forms.push(("SPKI DER", spki));
    }
    if let Some(text) = der::pkcs1(key).and_then(|pkcs1| der::pem("RSA PUBLIC KEY", &pkcs1)) {
        forms.push(("PKCS #1 PEM", text.clone().into_bytes()));
        forms.push(("PKCS #1 PEM without the last newline", text.trim_end().as_bytes().to_vec()));
    }
    forms.push(("JWK", Value::Object(key.clone()).to_string().into_bytes()));
    forms
        .into_iter()
        .map(|(form, secret)| {
            let made = say!(
                "signed with HS256 and the public key ({form}) as the secret",
                "공개 키({form})를 비밀로 써서 HS256으로 서명한"
            );
            Forgery::new(made, jwt::hs256(&header, &genuine.jwt.claims, &secret))
        })
        .collect()
}
