//! `jwt-jku`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use super::forging::{Forgery, Verdict, accepted, judged, present, verified};
use super::key::OwnKey;
use super::listener::Listener;
use super::member;
use crate::http::is_loopback;
use crate::outcome::{Answer, Outcome};
use crate::site::{Site, unnamed};

pub(crate) static RULE: Rule = Rule {
    id: "jwt-jku",
    title: Words::fixed("Keys are not fetched from where a token says", "토큰이 가리키는 곳에서 키를 가져오지 않는다"),
    severity: Severity::Critical,
    tier: Tier::Active,
    area: Area::Token,
    asvs: &["V9.1.3"],
    cwe: &[347, 918],
    why: Words::fixed(
        "With the header `jku` or `x5u` a token names the address of its key. A server that follows it believes \
         everybody, and sends requests into its own network for strangers (RFC 8725 §3.10).",
        "토큰은 헤더 `jku`나 `x5u`로 키의 주소를 가리킵니다. 이를 따라가는 서버는 누구의 토큰이든 믿게 되고, 낯선 사람을 대신해 \
         내부망으로 요청까지 보내게 됩니다(RFC 8725 §3.10).",
    ),
    how: Words::fixed(
        "Offers keys of the auditor's own at an address of this machine and presents tokens that point there. Accepted is \
         a failure; an address that was merely called is a warning.",
        "이 컴퓨터의 주소에서 감사 프로그램의 키를 제공하고, 그곳을 가리키는 토큰을 제시합니다. 받아들이면 실패이고, 주소를 \
         호출하기만 해도 경고입니다.",
    ),
    remedy: Words::fixed(
        "Take the address of the keys from the configuration alone; ignore `jku` and `x5u`, or refuse tokens that have them.",
        "키의 주소는 설정에서만 읽고, `jku`와 `x5u`는 무시하거나 그것이 있는 토큰을 거부하세요.",
    ),
    stacks: &[
        (Stack::Express, "jwtVerify(token, createRemoteJWKSet(new URL(JWKS_URL)), { algorithms: ['RS256'] })"),
        (Stack::Django, "jwt.PyJWKClient(settings.JWKS_URL)  # never jwt.get_unverified_header(token)[\"jku\"]"),
        (Stack::Rails, "JWT.decode(token, nil, true, algorithms: ['RS256'], jwks: jwks_of_the_issuer)"),
        (Stack::Spring, "spring.security.oauth2.resourceserver.jwt.jwk-set-uri=https://…"),
        (Stack::Laravel, "JWT::decode($token, JWK::parseKeySet($jwksOfTheIssuer, 'RS256'))"),
        (Stack::Axum, "nothing to do: such a header is refused and nothing is fetched because of it"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let address = site.token_recipe()?.listen;
    if address.is_none() && !is_loopback(&site.start) {
        return Err(unnamed(
            "The site is on another machine: name an address of this one that it can reach (listen of [tokens]).",
            "사이트가 다른 컴퓨터에 있습니다. 그곳에서 닿을 수 있는 이 컴퓨터의 주소를 알려 주세요([tokens]의 listen).",
        ));
    }
    let genuine = verified(site).await?;
    let alg = genuine.jwt.alg().to_owned();
    let Some(key) = OwnKey::like(&alg) else {
        return Ok(Outcome::untested(say!(
            "Tokens are signed with {alg}, for which the auditor has no keys.",
            "토큰이 {alg}(으)로 서명되는데, 감사 프로그램에는 그 알고리즘의 키가 없습니다."
        )));
    };
    let bind = match &address {
        None => "127.0.0.1:0".to_owned(),
        Some(address) => format!("0.0.0.0:{}", site.url(address)?.port_or_known_default().unwrap_or_default()),
    };
    let own = member(&genuine.jwt.header, "kid").to_owned();
    let listener = match Listener::start(&bind, address.as_deref(), &key, &[&own, "audit-1"]).await {
        Ok(listener) => listener,
        Err(error) => {
            return Ok(Outcome::untested(say!(
                "The auditor could not listen on {bind}: {error}.",
                "감사 프로그램이 {bind}에서 수신하지 못했습니다: {error}."
            )));
        }
    };
    let mut forgeries = Vec::new();
    for (name, path) in [("jku", "/jku.json"), ("x5u", "/x5u.json")] {
        for kid in [own.as_str(), "audit-1"] {
            let mut header = genuine.jwt.header_with(name, listener.url(path));
            header.insert("kid".to_owned(), kid.into());
            let Some(token) = key.sign(&header, &genuine.jwt.claims) else { continue };
            let made = say!(
                "signed with a stranger's key that the site fetched from where the header {name} points",
                "헤더 {name}이(가) 가리키는 곳에서 사이트가 가져온 남의 키로 서명한"
            );
            forgeries.push(Forgery::new(made, token));
        }
    }
    let verdict = present(site, &genuine, forgeries).await?;
    let seen = listener.seen();
    match (&verdict, seen.first()) {
        // Accepted without a call: whatever it was, the key was not fetched from here.
        (Verdict::Accepted { exchange, .. }, None) => {
            Ok(accepted(&say!("signed with a stranger's key", "남의 키로 서명한"), exchange))
        }
        (Verdict::Refused { exchange, .. }, Some(path)) => Ok(Outcome::warn(say!(
            "The forged tokens were refused, and yet the site fetched {path} from the address that they named.",
            "위조 토큰은 거부되었지만, 사이트가 토큰이 가리킨 주소에서 {path}을(를) 가져갔습니다."
        ))
        .seen(exchange)),
        _ => Ok(judged(&genuine, verdict)),
    }
}
