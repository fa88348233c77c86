//! `jwt-size`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use super::{access_jwt, jwt_permissions, jwt_personal};
use crate::outcome::{Answer, Outcome};
use crate::site::Site;

pub(crate) static RULE: Rule = Rule {
    id: "jwt-size",
    title: Words::fixed("Access tokens are short", "액세스 토큰이 짧다"),
    severity: Severity::Low,
    tier: Tier::Login,
    area: Area::Token,
    asvs: &[],
    cwe: &[],
    why: Words::fixed(
        "The token goes with every request. One that grows with its user's groups fails one day at a proxy's limit for \
         headers, often 4 to 8 KiB, and for the users with the most rights first.",
        "토큰은 모든 요청에 실립니다. 사용자의 그룹에 따라 길어지는 토큰은 언젠가 프록시의 헤더 한도(흔히 4~8KiB)에 걸리고, \
         권한이 많은 사용자부터 접속하지 못하게 됩니다.",
    ),
    how: Words::fixed(
        "Counts the bytes of a token that was issued: 1,024 are enough. What is in it because of jwt-permissions or \
         jwt-personal is told there.",
        "발급된 토큰의 바이트 수를 셉니다. 1,024바이트면 충분합니다. jwt-permissions나 jwt-personal 때문에 길어진 부분은 \
         그 검사에서 알립니다.",
    ),
    remedy: Words::fixed(
        "Leave in the token who it is for, by whom and until when, and look the rest up.",
        "토큰에는 누구의 것이고 누가 발급했으며 언제까지인지만 남기고, 나머지는 조회하세요.",
    ),
    stacks: &[
        (
            Stack::Express,
            "jwt.sign({ roles: user.roles }, key, { algorithm: 'RS256', subject: user.id, expiresIn: '5m' })",
        ),
        (Stack::Django, "SIMPLE_JWT: no further claims in TokenObtainPairSerializer.get_token()"),
        (Stack::Rails, "JWT.encode({ sub: user.id.to_s, exp: 5.minutes.from_now.to_i }, key, 'RS256')"),
        (Stack::Spring, "OAuth2TokenCustomizer<JwtEncodingContext> that adds no groups"),
        (Stack::Laravel, "public function getJWTCustomClaims() { return []; }  // jwt-auth"),
        (Stack::Axum, "nothing to do: some 500 bytes, and over 1,024 none is issued"),
    ],
};

const MOST: usize = 1_024;

pub(crate) async fn run(site: &mut Site) -> Answer {
    let (issued, jwt) = access_jwt(site).await?;
    let bytes = issued.access.len();
    let told: Vec<String> = jwt_permissions::listed(&jwt.claims)
        .into_iter()
        .map(|(name, _)| name)
        .chain(jwt_personal::personal(&jwt.claims))
        .collect();
    // Base64 makes four letters of three bytes.
    let of_told =
        |name: &String| jwt.claims.get(name).map_or(0, |value| (value.to_string().len() + name.len()) * 4 / 3);
    let rest = bytes.saturating_sub(told.iter().map(of_told).sum());
    let outcome = if bytes <= MOST {
        Outcome::pass(say!("The access token has {bytes} bytes.", "액세스 토큰은 {bytes}바이트입니다."))
    } else if rest <= MOST {
        let told = told.join(", ");
        Outcome::not_applicable(say!(
            "The access token has {bytes} bytes because of {told}, which another check tells.",
            "액세스 토큰이 {told} 때문에 {bytes}바이트입니다. 이는 다른 검사가 알립니다."
        ))
    } else {
        let longest = jwt.claims.iter().max_by_key(|(_, value)| value.to_string().len());
        let longest = longest.map_or("", |(name, _)| name.as_str());
        Outcome::fail(say!(
            "The access token has {bytes} bytes; the longest claim is {longest}.",
            "액세스 토큰이 {bytes}바이트입니다. 가장 긴 클레임은 {longest}입니다."
        ))
    };
    Ok(outcome.seen(&issued.answer))
}
