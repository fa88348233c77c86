//! `jwt-embedded-key`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use super::forging::{Forgery, judged, present, verified};
use super::key::OwnKey;
use super::member;
use crate::outcome::{Answer, Outcome};
use crate::site::Site;

pub(crate) static RULE: Rule = Rule {
    id: "jwt-embedded-key",
    title: Words::fixed("A key that a token brings along is not believed", "토큰이 직접 가져온 키는 믿지 않는다"),
    severity: Severity::Critical,
    tier: Tier::Active,
    area: Area::Token,
    asvs: &["V9.1.3"],
    cwe: &[347],
    why: Words::fixed(
        "The header `jwk` may carry a key (RFC 7515 §4.1.3). Whoever checks a token with the key inside it learns only \
         that its writer had a key of their own.",
        "헤더 `jwk`에는 키가 들어갈 수 있습니다(RFC 7515 §4.1.3). 토큰 안의 키로 토큰을 확인하면, 쓴 사람에게 자기 키가 \
         있었다는 것만 알 수 있을 뿐입니다.",
    ),
    how: Words::fixed(
        "Signs the account's own claims with a key of the auditor's, of the same algorithm, and puts the public key into \
         the header: with the site's `kid`, with another, and with none.",
        "계정 자신의 클레임을 같은 알고리즘의 감사 프로그램 키로 서명하고 공개 키를 헤더에 넣습니다. `kid`는 사이트의 것, \
         다른 것, 없는 것을 모두 시도합니다.",
    ),
    remedy: Words::fixed(
        "Take keys from the configured issuer alone; ignore `jwk` and `x5c` in tokens (RFC 8725 §3.10).",
        "키는 설정된 발급자에게서만 받고, 토큰의 `jwk`와 `x5c`는 무시하세요(RFC 8725 §3.10).",
    ),
    stacks: &[
        (
            Stack::Express,
            "const keys = createRemoteJWKSet(new URL(JWKS_URL)); await jwtVerify(token, keys, { algorithms: ['RS256'] })  // not EmbeddedJWK",
        ),
        (Stack::Django, "key = jwt.PyJWKClient(JWKS_URL).get_signing_key_from_jwt(token).key"),
        (Stack::Rails, "JWT.decode(token, nil, true, algorithms: ['RS256'], jwks: jwks_of_the_issuer)"),
        (Stack::Spring, "spring.security.oauth2.resourceserver.jwt.jwk-set-uri=https://…"),
        (Stack::Laravel, "JWT::decode($token, JWK::parseKeySet($jwksOfTheIssuer, 'RS256'))"),
        (Stack::Axum, "nothing to do: a header with a key is refused"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let genuine = verified(site).await?;
    let alg = genuine.jwt.alg().to_owned();
    let Some(key) = OwnKey::like(&alg) else {
        return Ok(Outcome::untested(say!(
            "Tokens are signed with {alg}, for which the auditor has no keys.",
            "토큰이 {alg}(으)로 서명되는데, 감사 프로그램에는 그 알고리즘의 키가 없습니다."
        )));
    };
    let own = member(&genuine.jwt.header, "kid").to_owned();
    let ways = [
        (Some(own.as_str()), say!("with the site's kid", "사이트의 kid를 쓴")),
        (Some("audit-1"), say!("with a kid of its own", "자체 kid를 쓴")),
        (None, say!("with no kid", "kid가 없는")),
    ];
    let forgeries = ways
        .into_iter()
        .filter(|(kid, _)| *kid != Some(""))
        .filter_map(|(kid, Words { en, ko })| {
            let mut header = genuine.jwt.header_with("jwk", key.jwk(kid));
            match kid {
                Some(kid) => header.insert("kid".to_owned(), kid.into()),
                None => header.remove("kid"),
            };
            let made = say!(
                "signed with a stranger's key that stands in its header jwk, {en}",
                "헤더 jwk에 넣은 남의 키로 서명하고 {ko}"
            );
            Some(Forgery::new(made, key.sign(&header, &genuine.jwt.claims)?))
        })
        .collect();
    let verdict = present(site, &genuine, forgeries).await?;
    Ok(judged(&genuine, verdict))
}
