//! `jwt-audience`

use admit_rules::{Area, Rule, Severity, Stack, Tier};
use admit_words::{Words, say};
use serde_json::Value;

use super::forging::{Forgery, Verdict, accepted, genuine, present};
use super::member;
use crate::http::now;
use crate::jwt::Jwt;
use crate::outcome::{Answer, Outcome};
use crate::site::{Site, Who, unnamed};

pub(crate) static RULE: Rule = Rule {
    id: "jwt-audience",
    title: Words::fixed("A token for another audience is refused", "다른 대상(aud)의 토큰은 거부된다"),
    severity: Severity::High,
    tier: Tier::Active,
    area: Area::Token,
    asvs: &["V9.2.3", "V9.2.4", "V10.3.1"],
    cwe: &[863],
    why: Words::fixed(
        "Where `aud` is not looked at, a token for a harmless service of the same issuer opens this one, and that service \
         can act here as each of its users (RFC 8725 §3.9, RFC 9068 §4).",
        "`aud`를 확인하지 않으면 같은 발급자의 사소한 서비스에 쓰이는 토큰으로 이 서비스까지 열리고, 그 서비스는 자기 사용자 \
         누구로든 여기서 행동할 수 있습니다(RFC 8725 §3.9, RFC 9068 §4).",
    ),
    how: Words::fixed(
        "Presents a token of the same issuer for another audience, which the recipe has (foreign of [tokens]) or tells how \
         to ask for (foreign_fields). Without one it is only seen whether tokens name an audience.",
        "같은 발급자가 다른 대상에게 발급한 토큰을 제시합니다. 레시피에 적혀 있거나([tokens]의 foreign) 요청 방법이 적혀 \
         있어야 합니다(foreign_fields). 없으면 토큰에 대상이 적혀 있는지만 봅니다.",
    ),
    remedy: Words::fixed(
        "Name the audience in each token, and accept only those that name this API.",
        "모든 토큰에 대상을 적고, 이 API를 대상으로 하는 토큰만 받아들이세요.",
    ),
    stacks: &[
        (Stack::Express, "jwt.verify(token, key, { algorithms: ['RS256'], audience: 'https://api.example.org' })"),
        (
            Stack::Django,
            "jwt.decode(token, key, algorithms=[\"RS256\"], audience=AUDIENCE); SIMPLE_JWT = {\"AUDIENCE\": AUDIENCE}",
        ),
        (Stack::Rails, "JWT.decode(token, key, true, algorithm: 'RS256', aud: AUDIENCE, verify_aud: true)"),
        (Stack::Spring, "spring.security.oauth2.resourceserver.jwt.audiences=https://api.example.org"),
        (Stack::Laravel, "in_array($audience, (array) $claims->aud, true) or abort(401)  // php-jwt does not look"),
        (Stack::Axum, "Gate::offline(\"https://login.example.org\", \"https://api.example.org\")"),
    ],
};

pub(crate) async fn run(site: &mut Site) -> Answer {
    let genuine = genuine(site).await?;
    let recipe = site.token_recipe()?;
    let ours = genuine.jwt.claims.get("aud");
    if recipe.foreign.is_none() && recipe.foreign_fields.is_empty() {
        if ours.is_none() {
            return Ok(Outcome::warn(Words::fixed(
                "The access token names no audience (aud), so no API can tell whether it is meant.",
                "액세스 토큰에 대상(aud)이 없어, 어떤 API도 자신을 위한 토큰인지 알 수 없습니다.",
            )));
        }
        return Err(unnamed(
            "A token of the same issuer for another audience is needed: foreign or foreign_fields of [tokens].",
            "같은 발급자가 다른 대상에게 발급한 토큰이 필요합니다: [tokens]의 foreign 또는 foreign_fields.",
        ));
    }
    let foreign = match recipe.foreign {
        Some(token) => token,
        None => {
            let issued = site.issue(Who::Ordinary, &recipe.foreign_fields).await?;
            site.client.redactor.learn(issued.refresh.as_deref().unwrap_or_default(), "FOREIGN_REFRESH_TOKEN");
            issued.access
        }
    };
    site.client.redactor.learn(&foreign, "FOREIGN_TOKEN");
    let Some(read) = Jwt::read(&foreign) else {
        return Err(unnamed("The token for another audience is no JWT.", "다른 대상의 토큰이 JWT가 아닙니다."));
    };
    if audiences(read.claims.get("aud")).iter().any(|audience| audiences(ours).contains(audience)) {
        return Err(unnamed(
            "The token that was to be for another audience names the same one.",
            "다른 대상의 것이어야 할 토큰의 대상이 같습니다.",
        ));
    }
    let audience = read.claims.get("aud").map_or_else(String::new, Value::to_string);
    let made = say!("for the audience {audience}", "대상이 {audience}인");
    match present(site, &genuine, vec![Forgery::new(made, foreign)]).await? {
        Verdict::Accepted { made, exchange } => Ok(accepted(&made, &exchange)),
        Verdict::Refused { exchange, .. } => {
            // A refusal shows something only when nothing else is wrong with the token.
            let same = |name: &str| member(&read.header, name) == member(&genuine.jwt.header, name);
            let ended = read.seconds("exp").is_some_and(|exp| exp <= now());
            if ended || !same("kid") || read.claims.get("iss") != genuine.jwt.claims.get("iss") {
                return Ok(Outcome::untested(Words::fixed(
                    "The token for another audience has ended, or is of another issuer or key, so its refusal shows nothing.",
                    "다른 대상의 토큰이 만료되었거나 다른 발급자 또는 키의 것이어서, 거부되어도 알 수 있는 것이 없습니다.",
                ))
                .seen(&exchange));
            }
            Ok(Outcome::pass(say!(
                "A token for the audience {audience} was refused.",
                "대상이 {audience}인 토큰이 거부되었습니다."
            ))
            .seen(&exchange))
        }
    }
}

/// `aud` is one text or a list of them (RFC 7519 §4.1.3).
fn audiences(claim: Option<&Value>) -> Vec<&str> {
    match claim {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}
