//! `jwt-no-expiry`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use super::access_jwt;
use crate::outcome::{Answer, Outcome};
use crate::site::Site;

pub(crate) static RULE: Rule = Rule {
    id: "jwt-no-expiry",
    title: Words::fixed("Each access token says when it ends", "모든 액세스 토큰에는 만료 시각이 있다"),
    severity: Severity::High,
    tier: Tier::Login,
    area: Area::Token,
    asvs: &["V9.2.1"],
    cwe: &[613],
    why: Words::fixed(
        "A token without `exp` that leaks once, in a log, a backup or a lost phone, is good for ever. RFC 9068 §2.2 \
         requires the claim.",
        "`exp`가 없는 토큰은 로그나 백업, 분실한 전화기에서 한 번만 새어도 영원히 쓸 수 있습니다. RFC 9068 §2.2는 이 \
         클레임을 요구합니다.",
    ),
    how: Words::fixed(
        "Reads the claims of a token that was issued to the account.",
        "계정에 발급된 토큰의 클레임을 읽습니다.",
    ),
    remedy: Words::fixed(
        "Issue tokens that end after minutes, and refuse those that have no `exp`.",
        "몇 분 뒤 만료되는 토큰을 발급하고, `exp`가 없는 토큰은 거부하세요.",
    ),
    stacks: &[
        (Stack::Express, "jwt.sign(claims, key, { algorithm: 'RS256', expiresIn: '5m' })"),
        (
            Stack::Django,
            "SIMPLE_JWT = {\"ACCESS_TOKEN_LIFETIME\": timedelta(minutes=5)}; jwt.decode(…, options={\"require\": [\"exp\"]})",
        ),
        (
            Stack::Rails,
            "JWT.encode(claims.merge(exp: 5.minutes.from_now.to_i), key, 'RS256'); JWT.decode(…, required_claims: ['exp'])",
        ),
        (Stack::Spring, "JwtClaimsSet.builder().expiresAt(Instant.now().plus(5, ChronoUnit.MINUTES))"),
        (Stack::Laravel, "JWT::encode(['exp' => time() + 300] + $claims, $key, 'RS256')"),
        (Stack::Axum, "nothing to do: each token of admit ends, and one without exp is refused"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let (issued, jwt) = access_jwt(site).await?;
    Ok(match jwt.seconds("exp") {
        Some(_) => Outcome::pass(say!("The access token has an exp.", "액세스 토큰에 exp가 있습니다.")),
        None if jwt.claims.contains_key("exp") => {
            Outcome::fail(say!("The exp of the access token is no number.", "액세스 토큰의 exp가 숫자가 아닙니다."))
        }
        None => Outcome::fail(say!("The access token has no exp.", "액세스 토큰에 exp가 없습니다.")),
    }
    .seen(&issued.answer))
}
