//! `jwt-expired`

use std::time::Duration;

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use super::forging::{Forgery, Genuine, Verdict, genuine, present};
use super::member;
use crate::http::now;
use crate::jwt::Jwt;
use crate::outcome::{Answer, Outcome};
use crate::site::{Site, Who, unnamed};

pub(crate) static RULE: Rule = Rule {
    id: "jwt-expired",
    title: Words::fixed("An expired token is refused", "만료된 토큰은 거부된다"),
    severity: Severity::High,
    tier: Tier::Active,
    area: Area::Token,
    asvs: &["V9.2.1"],
    cwe: &[613],
    why: Words::fixed(
        "An end that nobody looks at is none: what leaked years ago still opens the account (RFC 7519 §4.1.4).",
        "아무도 확인하지 않는 만료 시각은 없는 것과 같습니다. 몇 해 전에 새어 나간 토큰으로도 계정이 열립니다 \
         (RFC 7519 §4.1.4).",
    ),
    how: Words::fixed(
        "Presents an expired token that the recipe has (expired of [tokens]). Without one it waits for a token to expire, \
         if that takes no longer than wait of [limits], and up to a minute more: clocks may differ by that much.",
        "레시피에 있는 만료된 토큰([tokens]의 expired)을 제시합니다. 없으면 만료까지 걸리는 시간이 [limits]의 wait 이하일 때 \
         만료를 기다리고, 시계 차이를 고려해 최대 1분 더 기다립니다.",
    ),
    remedy: Words::fixed(
        "Let the library check `exp`, require it, and allow clocks to differ by seconds, not minutes.",
        "라이브러리가 `exp`를 확인하게 하고 필수로 만들며, 허용하는 시계 차이는 몇 분이 아닌 몇 초로 하세요.",
    ),
    stacks: &[
        (Stack::Express, "jwt.verify(token, key, { algorithms: ['RS256'] })  // no ignoreExpiration"),
        (
            Stack::Django,
            "jwt.decode(token, key, algorithms=[\"RS256\"], options={\"require\": [\"exp\"]})  # no verify_exp: False",
        ),
        (Stack::Rails, "JWT.decode(token, key, true, algorithm: 'RS256')  # no verify_expiration: false"),
        (Stack::Spring, "new JwtTimestampValidator(Duration.ofSeconds(10)) in the validators of the JwtDecoder"),
        (Stack::Laravel, "JWT::$leeway = 10"),
        (Stack::Axum, "nothing to do: exp is required, and clocks may be ten seconds apart"),
    ],
};

/// By how much clocks may differ before it is a finding (Spring Security's own allowance).
const LEEWAY: i64 = 60;

/// After so long no clock is to blame (some frameworks allow five minutes).
const CERTAIN: i64 = 600;

pub(crate) async fn run(site: &mut Site) -> Answer {
    let genuine = genuine(site).await?;
    if let Some(expired) = site.token_recipe()?.expired {
        return given(site, &genuine, expired).await;
    }
    let Some(lifetime) = genuine.jwt.lifetime() else {
        return Ok(Outcome::not_applicable(Words::fixed(
            "The access token has no exp (jwt-no-expiry).",
            "액세스 토큰에 exp가 없습니다(jwt-no-expiry).",
        )));
    };
    let wait = i64::try_from(site.recipe.limits.wait).unwrap_or(i64::MAX);
    if lifetime > wait {
        return Ok(Outcome::untested(say!(
            "Tokens live for {lifetime} s, which is longer than the {wait} s that a check waits (wait of [limits]). Give an expired one: expired of [tokens].",
            "토큰의 수명이 {lifetime}초로, 검사가 기다리는 {wait}초([limits]의 wait)보다 깁니다. 만료된 토큰을 주세요: [tokens]의 expired."
        )));
    }
    let issued = site.fresh_tokens(Who::Ordinary).await?;
    let Some(exp) = Jwt::read(&issued.access).and_then(|jwt| jwt.seconds("exp")) else {
        return Err(unnamed("The next access token had no exp.", "다음 액세스 토큰에는 exp가 없었습니다."));
    };
    let (first, alive) = site.accepts(&issued.access).await?;
    if !alive {
        return Ok(Outcome::untested(say!(
            "A token that was just issued was refused.",
            "방금 발급된 토큰이 거부되었습니다."
        ))
        .seen(&first));
    }
    sleep(exp + 1 - now()).await;
    loop {
        let (exchange, accepted) = site.accepts(&issued.access).await?;
        let past = now() - exp;
        if !accepted {
            return Ok(Outcome::pass(say!(
                "The token was refused {past} s after it had expired.",
                "토큰이 만료되고 {past}초 뒤에는 거부되었습니다."
            ))
            .seen_all([&first, &exchange]));
        }
        if past > LEEWAY {
            return Ok(Outcome::warn(say!(
                "The token is still accepted {past} s after it expired: exp is not looked at, or clocks may differ by more than a minute.",
                "토큰이 만료되고 {past}초가 지나도 받아들여집니다. exp를 확인하지 않거나, 1분이 넘는 시계 차이를 허용합니다."
            ))
            .seen_all([&first, &exchange]));
        }
        sleep((LEEWAY + 1 - past).min(3)).await;
    }
}

/// An expired token of the recipe.
async fn given(site: &mut Site, genuine: &Genuine, expired: String) -> Answer {
    site.client.redactor.learn(&expired, "EXPIRED_TOKEN");
    let Some(read) = Jwt::read(&expired) else {
        return Err(unnamed("The expired token of the recipe is no JWT.", "레시피의 만료된 토큰이 JWT가 아닙니다."));
    };
    let past = read.seconds("exp").map_or(0, |exp| now() - exp);
    if past <= LEEWAY {
        return Ok(Outcome::untested(say!(
            "The expired token of the recipe ended {past} s ago; a minute is within what clocks may differ by.",
            "레시피의 만료된 토큰은 {past}초 전에 끝났습니다. 1분까지는 시계 차이일 수 있습니다."
        )));
    }
    let made = say!("that expired {past} s ago", "{past}초 전에 만료된");
    match present(site, genuine, vec![Forgery::new(made.clone(), expired)]).await? {
        Verdict::Accepted { exchange, .. } if past > CERTAIN => Ok(super::forging::accepted(&made, &exchange)),
        Verdict::Accepted { exchange, .. } => Ok(Outcome::warn(say!(
            "A token that expired {past} s ago was accepted: exp is not looked at, or clocks may differ by minutes.",
            "{past}초 전에 만료된 토큰이 받아들여졌습니다. exp를 확인하지 않거나, 몇 분의 시계 차이를 허용합니다."
        ))
        .seen(&exchange)),
        Verdict::Refused { exchange, .. } => {
            let same = |name: &str| member(&read.header, name) == member(&genuine.jwt.header, name);
            if !same("kid") || read.claims.get("iss") != genuine.jwt.claims.get("iss") {
                return Ok(Outcome::untested(Words::fixed(
                    "The expired token is of another issuer or key, so its refusal shows nothing.",
                    "만료된 토큰이 다른 발급자 또는 키의 것이어서, 거부되어도 알 수 있는 것이 없습니다.",
                ))
                .seen(&exchange));
            }
            Ok(Outcome::pass(say!(
                "A token that expired {past} s ago was refused.",
                "{past}초 전에 만료된 토큰이 거부되었습니다."
            ))
            .seen(&exchange))
        }
    }
}

async fn sleep(seconds: i64) {
    tokio::time::sleep(Duration::from_secs(u64::try_from(seconds).unwrap_or_default())).await;
}
