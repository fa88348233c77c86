//! `jwt-lifetime`

use super::access_jwt;
use crate::outcome::{Answer, Outcome};
use crate::rule::{Area, Rule, Severity, Stack, Tier};
use crate::site::Site;
use crate::words::{Words, say};

pub(crate) static RULE: Rule = Rule {
    id: "jwt-lifetime",
    title: Words::fixed("Access tokens live shortly", "액세스 토큰의 수명이 짧다"),
    severity: Severity::Medium,
    tier: Tier::Login,
    area: Area::Token,
    asvs: &["V7.3.2"],
    cwe: &[613],
    why: Words::fixed(
        "An API that checks tokens by itself accepts one until it ends, whatever happened to the account meanwhile. What \
         leaks is of use for that long (RFC 9700 §2.2.1).",
        "토큰을 스스로 확인하는 API는 그동안 계정에 무슨 일이 있었든 만료될 때까지 토큰을 받아들입니다. 새어 나간 토큰은 \
         그동안 쓸모가 있습니다(RFC 9700 §2.2.1).",
    ),
    how: Words::fixed(
        "Reads `exp` and `iat` of a token that was issued, and compares with the policy (token_seconds of [limits], an \
         hour unless it says otherwise).",
        "발급된 토큰의 `exp`와 `iat`를 읽어 정책([limits]의 token_seconds, 기본 1시간)과 비교합니다.",
    ),
    remedy: Words::fixed(
        "Let access tokens live for some minutes, and renew them with a refresh token that is good once.",
        "액세스 토큰의 수명을 몇 분으로 하고, 한 번만 쓸 수 있는 리프레시 토큰으로 갱신하세요.",
    ),
    stacks: &[
        (Stack::Express, "jwt.sign(claims, key, { algorithm: 'RS256', expiresIn: '5m' })"),
        (Stack::Django, "SIMPLE_JWT = {\"ACCESS_TOKEN_LIFETIME\": timedelta(minutes=5)}"),
        (Stack::Rails, "JWT.encode(claims.merge(exp: 5.minutes.from_now.to_i), key, 'RS256')"),
        (Stack::Spring, "TokenSettings.builder().accessTokenTimeToLive(Duration.ofMinutes(5))"),
        (Stack::Laravel, "Passport::tokensExpireIn(now()->addMinutes(5))"),
        (Stack::Axum, "[tokens] access = \"5m\"  # over 60 minutes admit does not start"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let (issued, jwt) = access_jwt(site).await?;
    let Some(seconds) = jwt.lifetime() else {
        return Ok(Outcome::not_applicable(Words::fixed(
            "The access token has no exp (jwt-no-expiry).",
            "액세스 토큰에 exp가 없습니다(jwt-no-expiry).",
        ))
        .seen(&issued.answer));
    };
    let allowed = site.recipe.limits.token_seconds;
    let outcome = if seconds > allowed {
        Outcome::fail(say!(
            "Access tokens live for {seconds} s; the policy allows {allowed} s.",
            "액세스 토큰의 수명이 {seconds}초입니다. 정책이 허용하는 것은 {allowed}초입니다."
        ))
    } else {
        Outcome::pass(say!(
            "Access tokens live for {seconds} s, within the policy ({allowed} s).",
            "액세스 토큰의 수명이 {seconds}초로 정책({allowed}초) 안에 있습니다."
        ))
    };
    Ok(outcome.seen(&issued.answer))
}
