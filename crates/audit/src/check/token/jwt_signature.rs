//! `jwt-signature`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use super::forging::{accepted, genuine, tampered};
use crate::outcome::{Answer, Outcome};
use crate::site::Site;

pub(crate) static RULE: Rule = Rule {
    id: "jwt-signature",
    title: Words::fixed("A token whose signature is not right is refused", "서명이 올바르지 않은 토큰은 거부된다"),
    severity: Severity::Critical,
    tier: Tier::Active,
    area: Area::Token,
    asvs: &["V9.1.1"],
    cwe: &[347],
    why: Words::fixed(
        "A JWT is text that anybody can write; the signature alone tells who wrote it. Where it is not checked, \
         everybody becomes whoever they name in `sub` (RFC 7519 §7.2, RFC 8725 §3.3).",
        "JWT는 누구나 쓸 수 있는 글이고, 누가 썼는지는 서명만이 알려 줍니다. 서명을 확인하지 않으면 누구든 `sub`에 적은 \
         사용자가 될 수 있습니다(RFC 7519 §7.2, RFC 8725 §3.3).",
    ),
    how: Words::fixed(
        "Presents the account's own token without its signature, with zeros in its place, with one byte of it changed, \
         and with a changed claim under the old signature.",
        "계정 자신의 토큰을 서명을 떼어 내거나, 0으로 채우거나, 한 바이트를 바꾸거나, 옛 서명을 둔 채 클레임을 바꾸어 제시합니다.",
    ),
    remedy: Words::fixed(
        "Verify the signature before reading anything else, with a function that verifies: those called decode often do not.",
        "다른 무엇을 읽기 전에 서명부터 검증하세요. decode라는 이름의 함수는 검증하지 않는 경우가 많으니 검증하는 함수를 쓰세요.",
    ),
    stacks: &[
        (Stack::Express, "jwt.verify(token, key, { algorithms: ['RS256'] })  // never jwt.decode(token)"),
        (Stack::Django, "jwt.decode(token, key, algorithms=[\"RS256\"])  # no options={\"verify_signature\": False}"),
        (Stack::Rails, "JWT.decode(token, key, true, algorithm: 'RS256')  # the third argument verifies"),
        (Stack::Spring, "spring.security.oauth2.resourceserver.jwt.issuer-uri=https://…"),
        (Stack::Laravel, "JWT::decode($token, new Key($publicKey, 'RS256'))  // firebase/php-jwt"),
        (Stack::Axum, "Gate::offline(issuer, audience): admit reads no claim of a token that it did not verify"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let genuine = genuine(site).await?;
    let tampered = tampered(site).await?;
    if let Some(made) = &tampered.accepted {
        return Ok(accepted(made, &tampered.exchange));
    }
    let places = genuine.places();
    Ok(Outcome::pass(say!(
        "Tokens with a missing, empty or changed signature were refused at {places}.",
        "서명이 없거나 비었거나 바뀐 토큰이 {places}에서 거부되었습니다."
    ))
    .seen(&tampered.exchange))
}
