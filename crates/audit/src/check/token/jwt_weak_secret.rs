//! `jwt-weak-secret`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use super::access_jwt;
use super::secrets::COMMON;
use crate::jwt::Jwt;
use crate::outcome::{Answer, Outcome};
use crate::site::Site;

pub(crate) static RULE: Rule = Rule {
    id: "jwt-weak-secret",
    title: Words::fixed("The secret that signs tokens cannot be guessed", "토큰에 서명하는 비밀은 추측할 수 없다"),
    severity: Severity::Critical,
    tier: Tier::Login,
    area: Area::Token,
    asvs: &["V11.2.3"],
    cwe: &[326, 1391],
    why: Words::fixed(
        "Whoever holds one HS256 token can try millions of secrets a second without asking the site. One hit, and they \
         sign tokens for everybody (RFC 8725 §2.2, §3.5; RFC 7518 §3.2 asks for as many bits as the hash has).",
        "HS256 토큰 하나만 있으면 사이트에 묻지 않고도 초당 수백만 개의 비밀을 시험할 수 있습니다. 하나만 맞으면 누구의 토큰이든 \
         서명할 수 있습니다(RFC 8725 §2.2, §3.5; RFC 7518 §3.2는 해시 길이만큼의 비트를 요구합니다).",
    ),
    how: Words::fixed(
        "Checks a token that was issued against secrets from documentation and templates, and the site's own names. \
         Nothing is sent for it.",
        "발급된 토큰을 문서와 예제에 나오는 비밀, 사이트 자신의 이름과 대조합니다. 이를 위해 아무것도 전송하지 않습니다.",
    ),
    remedy: Words::fixed(
        "Sign with 32 random bytes or more (openssl rand -base64 32) from a secret store, or with a key pair.",
        "비밀 저장소에 둔 32바이트 이상의 무작위 값(openssl rand -base64 32)이나 키 쌍으로 서명하세요.",
    ),
    stacks: &[
        (Stack::Express, "jwt.sign(claims, process.env.JWT_SECRET)  // 32 random bytes, and no default"),
        (Stack::Django, "SIMPLE_JWT = {\"SIGNING_KEY\": os.environ[\"JWT_KEY\"]}"),
        (Stack::Rails, "JWT.encode(claims, Rails.application.credentials.jwt_key!, 'HS256')"),
        (Stack::Spring, "NimbusJwtDecoder.withSecretKey(new SecretKeySpec(bytes, \"HmacSHA256\"))  // 32 random bytes"),
        (Stack::Laravel, "php artisan jwt:secret"),
        (Stack::Axum, "nothing to do: tokens are signed with key pairs"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let (issued, jwt) = access_jwt(site).await?;
    let alg = jwt.alg().to_owned();
    if !alg.starts_with("HS") {
        return Ok(Outcome::not_applicable(say!(
            "Tokens are signed with {alg}: there is no shared secret to guess.",
            "토큰이 {alg}(으)로 서명되므로 추측할 공유 비밀이 없습니다."
        ))
        .seen(&issued.answer));
    }
    let own = own_names(site, &jwt);
    let tried = COMMON.len() + own.len();
    let found =
        COMMON.iter().copied().chain(own.iter().map(String::as_str)).find(|secret| jwt.is_signed_by(secret.as_bytes()));
    Ok(match found {
        Some(secret) => Outcome::fail(say!(
            "Tokens are signed with {alg} and the secret \"{secret}\".",
            "토큰이 {alg}와(과) 비밀 \"{secret}\"(으)로 서명됩니다."
        )),
        None => Outcome::pass(say!(
            "None of {tried} common secrets signs the {alg} token. A short one may still be found by trying.",
            "흔한 비밀 {tried}개 가운데 어느 것도 이 {alg} 토큰의 비밀이 아닙니다. 짧은 비밀은 그래도 대입으로 찾을 수 있습니다."
        )),
    }
    .seen(&issued.answer))
}

/// What the site and its tokens are called.
fn own_names(site: &Site, jwt: &Jwt) -> Vec<String> {
    let host = site.start.host_str().unwrap_or_default();
    let claims = ["iss", "aud", "client_id", "azp"].into_iter().filter_map(|claim| jwt.claims.get(claim)?.as_str());
    let parts = host.split('.').chain([host]).chain(claims);
    parts
        .filter(|name| !name.is_empty())
        .flat_map(|name| [name.to_owned(), format!("{name}-secret"), format!("{name}_secret"), format!("{name}123")])
        .collect()
}
