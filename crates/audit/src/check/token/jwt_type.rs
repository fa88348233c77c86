//! `jwt-type`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};

use super::forging::{Forgery, Verdict, accepted, genuine, present};
use super::fresh_pair;
use crate::outcome::{Answer, Outcome};
use crate::site::Site;

pub(crate) static RULE: Rule = Rule {
    id: "jwt-type",
    title: Words::fixed(
        "Each kind of token is good for its own purpose alone",
        "토큰은 종류마다 제 용도로만 쓸 수 있다",
    ),
    severity: Severity::High,
    tier: Tier::Active,
    area: Area::Token,
    asvs: &["V9.2.2"],
    cwe: &[287],
    why: Words::fixed(
        "A refresh token that opens the API makes a token of minutes one of weeks; an ID token that does so was meant for \
         the app's eyes (RFC 8725 §2.8, §3.11, §3.12; RFC 9068 §2.1).",
        "리프레시 토큰으로 API가 열리면 몇 분짜리 토큰이 몇 주짜리가 됩니다. ID 토큰은 앱이 읽으라고 준 것이지 API를 열라고 준 \
         것이 아닙니다(RFC 8725 §2.8, §3.11, §3.12; RFC 9068 §2.1).",
    ),
    how: Words::fixed(
        "Presents the refresh token, and the ID token where there is one, as access tokens; sends the access token where \
         tokens are renewed.",
        "리프레시 토큰과 (있다면) ID 토큰을 액세스 토큰으로 제시하고, 액세스 토큰을 갱신 주소에 보냅니다.",
    ),
    remedy: Words::fixed(
        "Give access tokens the type `at+jwt` and require it, and let refresh tokens be random text that only the issuer knows.",
        "액세스 토큰에 `at+jwt` 타입을 지정하고 이를 요구하세요. 리프레시 토큰은 발급자만 아는 무작위 문자열로 하세요.",
    ),
    stacks: &[
        (Stack::Express, "jwtVerify(token, keys, { typ: 'at+jwt', algorithms: ['RS256'] })  // jose"),
        (Stack::Django, "SIMPLE_JWT = {\"AUTH_TOKEN_CLASSES\": (\"rest_framework_simplejwt.tokens.AccessToken\",)}"),
        (
            Stack::Rails,
            "_claims, header = JWT.decode(token, key, true, algorithm: 'RS256'); header['typ'] == 'at+jwt' or head :unauthorized",
        ),
        (Stack::Spring, "JwtValidators.createAtJwtValidator().issuer(…).audience(…).clientId(…).build()"),
        (Stack::Laravel, "($claims->use ?? null) === 'access' or abort(401)"),
        (Stack::Axum, "nothing to do: at+jwt is required, and a refresh token is no JWT"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let genuine = genuine(site).await?;
    let renews = site.token_recipe()?.refresh.is_some();
    let (issued, refresh) = fresh_pair(site).await?;
    let mut others = vec![Forgery::new(say!("that is a refresh token", "리프레시"), refresh)];
    let json = issued.answer.json();
    if let Some(id) = json.as_ref().and_then(|json| json.get("id_token")).and_then(|token| token.as_str()) {
        others.push(Forgery::new(say!("that is an ID token", "ID"), id.to_owned()));
    }
    let refused = match present(site, &genuine, others).await? {
        Verdict::Accepted { made, exchange } => return Ok(accepted(&made, &exchange)),
        Verdict::Refused { exchange, .. } => exchange,
    };
    if !renews {
        return Ok(Outcome::pass(Words::fixed(
            "The refresh token is refused as an access token.",
            "리프레시 토큰은 액세스 토큰으로 쓸 수 없습니다.",
        ))
        .seen(&refused));
    }
    let (answer, renewed) = site.redeem(&issued.access).await?;
    if renewed.is_some() {
        return Ok(Outcome::fail(Words::fixed(
            "The access token was renewed as if it were a refresh token.",
            "액세스 토큰을 리프레시 토큰처럼 보냈는데 새 토큰이 발급되었습니다.",
        ))
        .seen(&answer));
    }
    Ok(Outcome::pass(Words::fixed(
        "The refresh token is refused as an access token, and the access token as a refresh token.",
        "리프레시 토큰은 액세스 토큰으로, 액세스 토큰은 리프레시 토큰으로 쓸 수 없습니다.",
    ))
    .seen_all([&refused, &answer]))
}
