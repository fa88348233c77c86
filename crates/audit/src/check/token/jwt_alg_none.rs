//! `jwt-alg-none`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use super::forging::{Forgery, judged, present, verified};
use crate::jwt;
use crate::outcome::Answer;
use crate::site::Site;

pub(crate) static RULE: Rule = Rule {
    id: "jwt-alg-none",
    title: Words::fixed("A token that says it has no signature is refused", "서명이 없다고 밝힌 토큰은 거부된다"),
    severity: Severity::Critical,
    tier: Tier::Active,
    area: Area::Token,
    asvs: &["V9.1.1", "V9.1.2"],
    cwe: &[347, 327],
    why: Words::fixed(
        "`none` is an algorithm of the standard. A verifier that lets the token choose takes any text for genuine, and \
         everybody becomes whoever they name (RFC 8725 §2.1, §3.1).",
        "`none`은 표준에 있는 알고리즘입니다. 알고리즘을 토큰이 고르게 두는 검증기는 아무 글이나 진짜로 받아들이고, 누구든 \
         이름만 적으면 그 사용자가 됩니다(RFC 8725 §2.1, §3.1).",
    ),
    how: Words::fixed(
        "Presents the account's own claims under the header `alg: none`, spelt none, None, nOnE and NONE, with an empty \
         signature.",
        "계정 자신의 클레임을 헤더 `alg: none`(none, None, nOnE, NONE으로 표기)과 빈 서명으로 제시합니다.",
    ),
    remedy: Words::fixed(
        "Name the algorithms that are accepted, and let the token choose none.",
        "받아들일 알고리즘을 명시하고, 토큰이 알고리즘을 고르지 못하게 하세요.",
    ),
    stacks: &[
        (Stack::Express, "jwt.verify(token, key, { algorithms: ['RS256'] })"),
        (
            Stack::Django,
            "jwt.decode(token, key, algorithms=[\"RS256\"]); simplejwt: SIMPLE_JWT = {\"ALGORITHM\": \"RS256\", …}",
        ),
        (Stack::Rails, "JWT.decode(token, key, true, algorithm: 'RS256')"),
        (Stack::Spring, "NimbusJwtDecoder.withJwkSetUri(uri).jwsAlgorithm(SignatureAlgorithm.RS256).build()"),
        (Stack::Laravel, "JWT::decode($token, new Key($publicKey, 'RS256'))"),
        (Stack::Axum, "nothing to do: the algorithm is that of the key"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let genuine = verified(site).await?;
    let forgeries = ["none", "None", "nOnE", "NONE"]
        .into_iter()
        .map(|alg| {
            let signed = jwt::unsigned(&genuine.jwt.header_with("alg", alg), &genuine.jwt.claims);
            let made = say!("with the header alg {alg} and no signature", "헤더가 alg {alg}이고 서명이 없는");
            Forgery::new(made, jwt::with_signature(&signed, &[]))
        })
        .collect();
    let verdict = present(site, &genuine, forgeries).await?;
    Ok(judged(&genuine, verdict))
}
